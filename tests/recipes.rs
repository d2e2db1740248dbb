//! The commands that the documents hand out: the recipes with a real jq, and
//! the examples of the help, against the stand-in.

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tmc_standin::{Effect, Fault};

mod bench;
mod hostile;

use bench::{avoid_the_hour, daily};

use crate::support::skip::skip_without;
use crate::support::tool::{TOOLS, tool};
pub(crate) use bench::{Bench, Stdout};
pub(crate) use hostile::bench as hostile_bench;

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn reports_of_what_maintenance_touches() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    avoid_the_hour(&bench);
    let text = bench.report("by-workspace");
    let finance = daily(&bench, 2, 7) + daily(&bench, 4, 7);
    assert_eq!(text, format!("Finance: {finance} runs of 2 tasks\nSales: 28 runs of 1 tasks\n"));

    let text = bench.report("next-90-days");
    assert!(text.ends_with("  Patching: 54 runs of 3 tasks\n"), "{text}");

    let text = bench.report("ticket-csv");
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "\"run (UTC)\",\"workspace\",\"name\",\"type\",\"window\",\"until (UTC)\""
    );
    assert_eq!(lines.clone().count(), finance + 28);
    assert!(lines.any(|line| line.contains(",\"Finance\",\"Month end\",\"PLAN\",\"Patching\",")));

    let text = bench.recipe("quiet-hours").arg("Production").stdout();
    assert_eq!(text.lines().count(), 24, "{text}");
    assert!(text.contains("00  28\t####") && text.contains("01  0\t\n"), "{text}");
}

#[test]
fn the_weekend_mail_counts_the_tasks_that_miss_a_run() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    let mail = bench
        .recipe("weekend-mail")
        .args(["Production", "maintenance.csv", "ops@example.com"])
        .stdout();
    let (head, body) = mail.split_once("\n\n").unwrap();
    let tasks = body.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(
        head,
        format!(
            "To: ops@example.com\nSubject: Production: {tasks} tasks miss a run this weekend\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\
             Content-Transfer-Encoding: 8bit"
        )
    );
    for line in body.lines().filter(|line| line.starts_with(' ')) {
        let date = line.split_whitespace().next().unwrap();
        let date: DateTime<Utc> = date.parse().unwrap();
        let day = date.format("%a").to_string();
        assert!(day == "Sat" || day == "Sun", "{line}");
    }
}

#[test]
fn a_list_that_was_cut_short_makes_no_report() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    for recipe in [
        "by-workspace",
        "next-90-days",
        "ticket-csv",
        "weekend-mail",
        "critical-only",
        "quiet-hours",
    ] {
        let mut command = bench.recipe(recipe);
        command.args(["Nowhere", "maintenance.csv"]);
        if recipe == "weekend-mail" {
            command.arg("ops@example.com");
        }
        let assert = command.assert().failure();
        let output = assert.get_output();
        assert!(!matches!(output.status.code(), Some(0 | 1)), "{recipe}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{recipe}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not whole"), "{recipe}");
    }
    let mut command = bench.recipe("pause-by-list");
    command.args(["Nowhere", "maintenance.csv", "list.txt"]).assert().failure();
    assert!(!bench.path("list.txt").exists());
}

#[test]
fn critical_tasks_hold_up_a_change() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    avoid_the_hour(&bench);
    let mut recipe = bench.recipe("critical-only");
    let assert = recipe.args(["Production", "maintenance.csv"]).assert().code(1);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), daily(&bench, 2, 7));
    assert!(text.lines().all(|line| line.ends_with("\tFinance\tLoad invoices\tPatching")));
    let mut recipe = bench.recipe("critical-only");
    recipe.args(["Production", "maintenance.csv", "no-such-tag"]).assert().success().stdout("");
}

#[test]
fn two_lists_of_selected_runs_are_compared() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    let run = |name: &str, window: &str| {
        format!(
            r#"{{"id":"{name}","date":"2026-12-05T02:00:00.000Z","window":{{"name":"{window}","end":"2026-12-05T06:00:00.000Z"}}}}"#
        )
    };
    let old = [run("same", "A"), run("gone", "A"), run("moved", "A")].join("\n");
    let new = [run("same", "A"), run("moved", "B"), run("new", "B")].join("\n");
    let whole = |runs: &str, count: usize| {
        format!("{runs}\n{{\"end\":{{\"runs\":90,\"selected\":{count}}}}}\n")
    };
    bench.write("old.jsonl", &whole(&old, 3));
    bench.write("new.jsonl", &whole(&new, 3));
    let mut recipe = bench.recipe("selection-diff");
    let assert = recipe.args(["old.jsonl", "new.jsonl"]).assert().code(1);
    assert_eq!(
        String::from_utf8_lossy(&assert.get_output().stdout),
        "- 2026-12-05T02:00:00.000Z gone  A\n\
         ~ 2026-12-05T02:00:00.000Z moved  A 2026-12-05T06:00:00.000Z -> B 2026-12-05T06:00:00.000Z\n\
         + 2026-12-05T02:00:00.000Z new  B\n"
    );
    bench.recipe("selection-diff").args(["old.jsonl", "old.jsonl"]).assert().success().stdout("");
    // A list that was cut is no change, where one of the two has its last line.
    for cut in [old.clone(), whole(&run("same", "A"), 3), String::new()] {
        bench.write("cut.jsonl", &cut);
        for files in [["cut.jsonl", "new.jsonl"], ["new.jsonl", "cut.jsonl"]] {
            let assert = bench.recipe("selection-diff").args(files).assert().failure().stdout("");
            let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
            assert!(said.contains("a list is not whole"), "{cut} {said}");
        }
    }
    // Two runs of a task at one instant, of which one is gone.
    bench.write("twice.jsonl", &whole(&[run("same", "A"), run("same", "A")].join("\n"), 2));
    bench.write("once.jsonl", &whole(&run("same", "A"), 1));
    let assert =
        bench.recipe("selection-diff").args(["twice.jsonl", "once.jsonl"]).assert().code(1);
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert_eq!(said, "- 2026-12-05T02:00:00.000Z same  A\n");
}

#[test]
fn a_list_edited_by_hand_decides() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    let arguments = ["Production", "maintenance.csv", "list.txt"];
    bench.recipe("pause-by-list").args(arguments).assert().success().stdout("");
    let list = bench.read("list.txt");
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(bench.paused().is_empty(), "the list alone pauses nothing");
    let kept: Vec<_> = list.lines().filter(|line| line.contains("Export orders")).collect();
    bench.write("list.txt", &format!("# agreed with Sales\n{}\n", kept.join("\n")));
    let receipts = bench.recipe("pause-by-list").args(arguments).stdout();
    assert_eq!(json(receipts.trim())["action"], "paused", "{receipts}");
    assert_eq!(bench.paused(), ["61323d2498d04f63ee690002"]);
}

#[test]
fn missed_runs_are_started_once_and_only_on_request() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = Bench::start();
    let receipts = r#"{"id":"61323d2498d04f63ee690001","type":"TASK","name":"Load invoices","action":"resumed","runs":["2026-12-05T02:00:00.000Z"]}
{"id":"61323d2498d04f63ee690003","type":"PLAN","name":"Month end","action":"resumed","runs":["2026-12-05T04:00:00.000Z","2026-12-06T04:00:00.000Z"]}
{"id":"61323d2498d04f63ee690002","type":"TASK","name":"Export orders","action":"kept","runs":["2026-12-05T06:00:00.000Z"]}
"#;
    let said = "Load invoices missed 1 runs\nMonth end missed 2 runs\n";
    assert_eq!(bench.recipe("rerun-missed").write_stdin(receipts).stdout(), said);
    assert!(bench.standin.requests().is_empty(), "without --yes nothing is started");
    let text = bench.recipe("rerun-missed").arg("--yes").write_stdin(receipts).stdout();
    assert_eq!(text.matches("  started: ").count(), 2, "{text}");
    let asked: Vec<_> = bench
        .standin
        .requests()
        .into_iter()
        .map(|request| (request.path, request.status))
        .collect();
    assert_eq!(
        asked,
        [
            ("/processing/executions".to_owned(), Some(201)),
            ("/processing/executions/plans".to_owned(), Some(201))
        ]
    );
}

/// Whoever repeats a start that worked runs a task twice.
#[test]
fn a_start_of_which_nothing_is_known_is_not_called_not_started() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = Bench::start();
    let receipt = r#"{"id":"61323d2498d04f63ee690001","type":"TASK","name":"Load invoices","action":"resumed","runs":["2026-12-05T02:00:00.000Z"]}"#;
    for (effect, says) in [
        (Effect::status(403), "  not started (HTTP status 403)\n"),
        (Effect::status(503), "  not known whether it was started (HTTP status 503)"),
        (Effect::reset_after(), "  not known whether it was started: look"),
    ] {
        bench.standin.add_faults(vec![Fault::new(effect).on("POST", "/**/executions")]).unwrap();
        let assert =
            bench.recipe("rerun-missed").arg("--yes").write_stdin(receipt).assert().code(1);
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.contains(says), "{says} {text}");
        bench.standin.clear_faults();
    }
    // An answer that accepts it without an ID that can be read.
    for text in ["OK", "", "{}"] {
        let body = Fault::new(Effect::Body { text: text.to_owned() }).on("POST", "/**/executions");
        bench.standin.add_faults(vec![body]).unwrap();
        let said = bench.recipe("rerun-missed").arg("--yes").write_stdin(receipt).stdout();
        assert!(said.ends_with("\n  started\n"), "{text} {said}");
        bench.standin.clear_faults();
    }
}

#[test]
fn an_auditor_gets_changes_and_no_messages() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    bench.write(
        "sync.log",
        r#"2026-12-05T00:00:00Z maintenance-sync: Production
{"id":"k1","type":"TASK","name":"Load, \"all\"","action":"paused","at":"2026-12-05T00:00:01.000Z","hold":{"start":"2026-12-05T00:00:00.000Z","end":"2026-12-05T06:00:00.000Z","windows":["A","B"]},"runs":[],"reason":"Patching"}
{"id":"k1","type":"TASK","action":"held","at":"2026-12-05T00:05:00.000Z"}
{"id":"k2","type":"TASK","action":"paused","at":"2026-12-05T00:05:00.000Z","dryRun":true}
{"level":"warning","message":"not a receipt"}
{"id":"k1","type":"TASK","action":"failed","at":"2026-12-05T06:00:00.000Z","error":{"code":"unavailable","message":"away"}}
"#,
    );
    assert_eq!(
        bench.recipe("audit-report").arg("sync.log").stdout(),
        r#""time","action","type","id","name","windows","hold until","reason","error"
"2026-12-05T00:00:01.000Z","paused","TASK","k1","Load, ""all""","A; B","2026-12-05T06:00:00.000Z","Patching",
"2026-12-05T06:00:00.000Z","failed","TASK","k1",,"",,,"away"
"#
    );
}

#[test]
fn several_regions_make_one_list() {
    if skip_without("jq") {
        return;
    }
    let (here, there) = (Bench::start(), Bench::start());
    here.write(
        "accounts.tsv",
        &format!(
            "# region\tenvironment\ttoken\n{}\tProduction\ttoken\n{}\tProduction\ttoken\n",
            here.standin.url(),
            there.standin.url()
        ),
    );
    let mut recipe = here.recipe("several-regions");
    let text =
        recipe.env_remove("TALEND_API_URL").args(["accounts.tsv", "+7d", "--names"]).stdout();
    let (runs, end) = text.trim_end().rsplit_once('\n').unwrap();
    let regions: Vec<_> =
        runs.lines().map(|line| json(line)["region"].as_str().unwrap().to_owned()).collect();
    assert_eq!(json(end)["end"]["runs"], regions.len());
    assert_eq!(json(end)["end"]["environments"], serde_json::json!(["6242bc6eac74e9757cda0001"]));
    let selected =
        here.shell("window-filter --timetable maintenance.csv").write_stdin(text.clone()).stdout();
    let counted = json(selected.lines().last().unwrap());
    assert_eq!(counted["end"]["selected"], selected.lines().count() - 1);
    let (first, second) = regions.split_at(regions.len() / 2);
    assert!(first.len() > 28 && first.iter().all(|region| *region == here.standin.url()));
    assert!(second.iter().all(|region| *region == there.standin.url()));
    // One that cannot be listed is reported by the exit code.
    let url = here.standin.url();
    here.write("accounts.tsv", &format!("{url}\tNowhere\ttoken\n{url}\tProduction\ttoken\n"));
    let mut recipe = here.recipe("several-regions");
    let assert =
        recipe.env_remove("TALEND_API_URL").args(["accounts.tsv", "+7d"]).assert().code(78);
    assert_eq!(assert.get_output().stdout.split(|b| *b == b'\n').count(), first.len() + 1);
}

#[test]
fn a_chat_is_notified_and_never_matters() {
    if skip_without("jq") || skip_without("curl") {
        return;
    }
    let bench = Bench::start();
    let receipts = r#"{"id":"k1","name":"Load invoices","action":"paused"}
{"id":"k2","name":"Export orders","action":"held"}
{"id":"k3","action":"failed"}
"#;
    assert_eq!(bench.chat(receipts)["text"], "*failed*: k3\n*paused*: Load invoices");
}

#[test]
fn what_is_held_too_long_is_critical() {
    if skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    let is_ok = || {
        let assert = bench.recipe("check-overdue").assert().success();
        let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(said.starts_with("OK: nothing is held past its window, by /"), "{said}");
        assert!(said.ends_with(".jsonl\n"), "{said:?}");
    };
    // Without a name the default one would be asked, which no pass may use.
    let mut unnamed = bench.recipe("check-overdue");
    let unnamed = unnamed.env_remove("TASK_PAUSE_LEDGER").assert().code(3);
    unnamed.stdout("UNKNOWN: no ledger is named: set TASK_PAUSE_LEDGER\n");
    // A ledger that was named and is not there says nothing of what is held.
    let help = bench.recipe("check-overdue").arg("--help").assert().success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    assert!(help.contains("check-overdue [30m [LEDGER]...]"), "{help}");
    for misplaced in ["ledger.jsonl", "./ledger", "soon", "-5m"] {
        let assert = bench.recipe("check-overdue").arg(misplaced).assert().code(3);
        let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(said.starts_with("UNKNOWN: the first argument is how long "), "{said}");
    }
    let unknown = bench.recipe("check-overdue").assert().code(3);
    let said = String::from_utf8_lossy(&unknown.get_output().stdout).into_owned();
    assert!(said.starts_with("UNKNOWN: ") && said.contains("there is no ledger at"), "{said}");
    bench.shell("task-pause </dev/null").assert().success();
    is_ok();
    bench.write(
        "selected.jsonl",
        &format!(
            r#"{{"id":"61323d2498d04f63ee690002","type":"TASK","environmentId":"6242bc6eac74e9757cda0001","name":"Export orders","date":"{now}","window":{{"name":"Short","start":"{now}","end":"{end}"}}}}"#,
            now = (bench.now() - TimeDelta::hours(1)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            end = (bench.now() + TimeDelta::milliseconds(1500)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        ),
    );
    bench.shell("task-pause <selected.jsonl").assert().success();
    is_ok();
    bench
        .shell("until ! task-pause status --overdue 0s >/dev/null; do sleep 0.1; done")
        .assert()
        .success();
    bench
        .recipe("check-overdue")
        .arg("0s")
        .assert()
        .code(2)
        .stdout("CRITICAL: held past its window: Export orders\n");
}

#[test]
fn the_wrapper_pauses_and_gives_back() {
    let bench = Bench::start();
    let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/maintenance-sync");
    let sync = |flags: &[&str]| {
        let mut command = bench.command(&wrapper);
        command
            .env("TALEND_ENVIRONMENT", "Production")
            .env("MAINTENANCE_TIMETABLE", "maintenance.csv")
            .args(flags);
        command
    };
    sync(&["--dry-run"]).assert().success();
    assert!(bench.paused().is_empty(), "a dry run changes nothing");
    let receipts = sync(&[]).stdout();
    assert_eq!(receipts.matches(r#""action":"paused""#).count(), 3, "{receipts}");
    assert_eq!(bench.paused().len(), 3);
    // Again: nothing new.
    let receipts = sync(&[]).stdout();
    assert_eq!(receipts.matches(r#""action":"held""#).count(), 3, "{receipts}");
    // The list cannot be had, and the window is over by the timetable.
    let now = bench.now();
    let window = format!(
        "name,start,end\nPatching,{},{}\n",
        (now - TimeDelta::hours(1)).to_rfc3339(),
        (now - TimeDelta::minutes(1)).to_rfc3339()
    );
    bench.write("maintenance.csv", &window);
    let refused = Fault::new(Effect::status(403)).on("POST", "/**/events/search");
    bench.standin.add_faults(vec![refused]).unwrap();
    let assert = sync(&[]).assert().code(77);
    let receipts = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert_eq!(receipts.matches(r#""action":"resumed""#).count(), 3, "{receipts}");
    assert!(bench.paused().is_empty());
}

#[test]
fn the_examples_of_the_help_work_as_they_stand() {
    if skip_without("jq") {
        return;
    }
    for name in TOOLS {
        let help = tool(name).arg("--help").output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        let (examples, _) = examples.split_once("\nExit codes:\n").unwrap();
        let examples: Vec<_> = examples.split("\n\n").filter(|text| !text.is_empty()).collect();
        assert!(examples.len() >= 4, "{name}: {examples:?}");
        let bench = Bench::start();
        for example in examples {
            let (purpose, command) = example.split_once('\n').unwrap();
            let assert = bench.shell(command).assert().success();
            let output = assert.get_output();
            // Nothing is wrong, or outside of a window.
            let quiet = ["Every mistake", "The runs that no window"];
            let quiet = quiet.iter().any(|start| purpose.trim_start().starts_with(start));
            // What goes into a file is in it.
            let ends: Vec<&str> = command.lines().filter(|line| !line.ends_with('|')).collect();
            let files = ends.iter().filter_map(|line| line.rsplit_once(" >"));
            let files: Vec<&str> = files.map(|(_, file)| file.trim()).collect();
            let is_quiet = quiet || files.len() == ends.len();
            assert_eq!(output.stdout.is_empty(), is_quiet, "{name}: {example}");
            assert!(files.iter().all(|file| !bench.read(file).is_empty()), "{name}: {example}");
        }
    }
}

#[test]
fn every_recipe_is_tested_here_and_says_how_it_is_called() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/recipes");
    let tests = [include_str!("recipes.rs"), include_str!("recipes/hostile.rs")].concat();
    let mut count = 0;
    for entry in fs::read_dir(recipes).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(tests.contains(&format!("\"{name}\"")), "{name} has no test");
        assert!(
            text.contains(&format!("#   {name}")) || text.contains(&format!("| {name}")),
            "{name}"
        );
        count += 1;
    }
    assert!(count >= 10);
}
