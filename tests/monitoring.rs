//! Monitoring: the metrics of passes in one directory, as a `node_exporter` shows them;
//! the rules for Prometheus and the dashboard for Grafana; the check for Nagios.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, World};

use crate::recipes::{Bench, Stdout};
use crate::support::skip::skip_without;

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/packaging").join(path)
}

/// A tenant with a task each in Production and in "Test (EU)", and a directory for
/// metrics.
fn bench() -> Bench {
    let triggers = json!([{"type": "CRON", "cronExpression": "*/5 * * * ?"}]);
    let world = json!({
        "environments": [{"id": "ep", "name": "Production"}, {"id": "et", "name": "Test (EU)"}],
        "workspaces": [{"id": "wp", "name": "Finance", "environment": "ep"},
            {"id": "wt", "name": "Finance", "environment": "et"}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
        "tasks": [
            {"id": "kp", "name": "Load", "workspace": "wp", "triggers": triggers},
            {"id": "kt", "name": "Load", "workspace": "wt", "triggers": triggers}],
    });
    let bench = Bench::of(World::from_json(&world.to_string()).unwrap());
    fs::create_dir(bench.path("metrics")).unwrap();
    bench
}

/// A pass of an environment, with a ledger of its own and the strictest umask.
fn pass(bench: &Bench, environment: &str) -> assert_cmd::assert::Assert {
    let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/maintenance-sync");
    let mut command = bench.command("bash");
    command
        .args(["-c", "umask 077; exec \"$0\""])
        .arg(wrapper)
        .env_remove("TASK_PAUSE_LEDGER")
        .env("TALEND_ENVIRONMENT", environment)
        .env("MAINTENANCE_TIMETABLE", bench.path("maintenance.csv"))
        .env("MAINTENANCE_METRICS", bench.path("metrics"));
    command.assert()
}

fn window(bench: &Bench, from: i64, to: i64) {
    let at = |minutes| (bench.now() + TimeDelta::minutes(minutes)).to_rfc3339();
    bench.write("maintenance.csv", &format!("name,start,end\nPatching,{},{}\n", at(from), at(to)));
}

/// The value of a metric, by its name and labels.
fn metric(text: &str, metric: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

const SUCCESS: &str = "task_pause_last_success_timestamp_seconds{environment=\"Production\"}";
const WELL: &str = "task_pause_last_call_succeeded{environment=\"Production\"}";

#[test]
fn metrics_are_of_an_environment_and_go_on_where_a_pass_has_nothing_to_do() {
    let bench = bench();
    let file = "metrics/task-pause-Production.prom";
    window(&bench, -5, 60);
    pass(&bench, "Production").success();
    let mode = fs::metadata(bench.path(file)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let text = bench.read(file);
    let of = |name: &str| metric(&text, &format!("{name}{{environment=\"Production\"}}"));
    assert_eq!(of("task_pause_active_holds"), Some(1.0), "{text}");
    assert_eq!(of("task_pause_overdue_holds"), Some(0.0), "{text}");
    assert_eq!(of("task_pause_overdue_seconds"), Some(0.0), "{text}");
    assert_eq!(of("task_pause_retries"), Some(0.0), "{text}");
    assert_eq!(of("task_pause_throttled_seconds"), Some(0.0), "{text}");
    let accepted = "task_pause_requests{environment=\"Production\",status=\"202\"}";
    assert_eq!(metric(&text, accepted), Some(1.0), "{text}");
    let unlabelled = |line: &&str| !line.starts_with('#') && !line.contains("{environment=\"");
    assert_eq!(text.lines().find(unlabelled), None, "{text}");
    window(&bench, -5, -1);
    pass(&bench, "Production").success();
    let before = metric(&bench.read(file), SUCCESS).unwrap();
    let asked = bench.standin.requests().len();
    pass(&bench, "Production").success();
    assert_eq!(bench.standin.requests().len(), asked);
    let text = bench.read(file);
    assert!(metric(&text, SUCCESS).unwrap() > before, "{text}");
    assert_eq!(metric(&text, WELL), Some(1.0), "{text}");
    // A failure is no success, also of a pass that could not list.
    window(&bench, 5, 60);
    let before = metric(&text, SUCCESS);
    bench.standin.add_faults(vec![Fault::new(Effect::status(403))]).unwrap();
    pass(&bench, "Production").code(77);
    let text = bench.read(file);
    assert_eq!((metric(&text, SUCCESS), metric(&text, WELL)), (before, Some(0.0)), "{text}");
}

/// Its own port, and nothing but our files.
struct Exporter {
    child: Child,
    port: u16,
}

impl Exporter {
    fn start(directory: &Path) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let child = Command::new("prometheus-node-exporter")
            .args(["--collector.disable-defaults", "--collector.textfile"])
            .arg(format!("--collector.textfile.directory={}", directory.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    fn scrape(&self) -> String {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let curl = ["--silent", "--fail", "--retry", "20", "--retry-connrefused", "--retry-delay"];
        let output = Command::new("curl").args(curl).args(["1", &url]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_node_exporter_shows_the_metrics_of_several_environments_in_one_directory() {
    if skip_without("prometheus-node-exporter") || skip_without("curl") {
        return;
    }
    let bench = bench();
    window(&bench, -5, 60);
    pass(&bench, "Production").success();
    window(&bench, 600, 660);
    for _ in 0..2 {
        pass(&bench, "Test (EU)").success();
    }
    pass(&bench, "Test (EU):Production").code(78);
    let exporter = Exporter::start(&bench.path("metrics"));
    let text = exporter.scrape();
    assert_eq!(metric(&text, "node_textfile_scrape_error"), Some(0.0), "{text}");
    for (environment, held) in [("Production", 1.0), ("Test (EU)", 0.0)] {
        let holds = format!("task_pause_active_holds{{environment=\"{environment}\"}}");
        assert_eq!(metric(&text, &holds), Some(held), "{text}");
        let well = format!("task_pause_last_call_succeeded{{environment=\"{environment}\"}}");
        assert_eq!(metric(&text, &well), Some(1.0), "{text}");
    }
}

#[test]
fn prometheus_takes_the_rules_and_they_fire_when_they_should() {
    if skip_without("promtool") {
        return;
    }
    let directory = packaging("prometheus");
    for args in [["check", "talend-maintenance.rules.yml"], ["test", "talend-maintenance.test.yml"]]
    {
        let mut command = Command::new("promtool");
        let [what, file] = args;
        let words = if what == "check" { ["check", "rules"] } else { ["test", "rules"] };
        let output = command.args(words).arg(file).current_dir(&directory).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// The names of our metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_in_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("task_pause_") {
        let end = text[at..].find(|c| !is_in_name(c)).map_or(text.len(), |end| at + end);
        names.insert(text[at..end].to_owned());
    }
    names
}

#[test]
fn rules_and_dashboard_ask_for_metrics_that_are_written() {
    let bench = bench();
    window(&bench, -5, 60);
    pass(&bench, "Production").success();
    let written = names(&bench.read("metrics/task-pause-Production.prom"));
    let dashboard = fs::read_to_string(packaging("grafana/talend-maintenance.json")).unwrap();
    let rules = fs::read_to_string(packaging("prometheus/talend-maintenance.rules.yml")).unwrap();
    assert!(names(&rules).is_subset(&written), "{:?}", names(&rules));
    assert_eq!(names(&dashboard), written);
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels {
        let asked = panel["targets"][0]["expr"].as_str().unwrap();
        assert!(asked.contains("{environment=~\"$environment\"}"), "{asked}");
    }
}

// README: **See what is held, and be told when something is wrong**
#[test]
fn the_check_reads_every_ledger_that_is_named() {
    if skip_without("jq") {
        return;
    }
    let bench = bench();
    let ledger = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let hold = |name: &str, id: &str, seconds: i64| {
        let at = |offset| (bench.now() + TimeDelta::seconds(offset)).to_rfc3339();
        let run = json!({"id": id, "type": "TASK", "environmentId": format!("e{}", &id[1..]), "name": id,
            "date": at(-60), "window": {"name": "Short", "start": at(-60), "end": at(seconds)}});
        bench.write("selected.jsonl", &format!("{run}\n"));
        let line = format!("task-pause --ledger '{}' <selected.jsonl", ledger(name));
        bench.shell(&line).stdout();
    };
    hold("one", "kp", 3600);
    hold("two", "kt", 15);
    let (one, two, none) = (ledger("one"), ledger("two"), ledger("none"));
    let wait = format!(
        "until ! task-pause status --overdue 0s --ledger '{two}' >/dev/null 2>&1; do sleep 0.1; done"
    );
    bench.shell(&wait).assert().success();
    for (ledgers, code, said) in [
        (&[&one][..], 0, "OK: nothing is held past its window, by /"),
        (&[&one, &two], 2, "CRITICAL: held past its window: kt\n"),
        (&[&two, &one], 2, "CRITICAL: held past its window: kt\n"),
        (
            &[&none, &two],
            2,
            "CRITICAL: held past its window: kt; besides, task-pause: error: there is no",
        ),
        (&[&none, &one], 3, "UNKNOWN: task-pause: error: there is no ledger at"),
    ] {
        let assert = bench.recipe("check-overdue").arg("0s").args(ledgers).assert().code(code);
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.starts_with(said) && text.lines().count() == 1, "{ledgers:?} {text}");
    }
}
