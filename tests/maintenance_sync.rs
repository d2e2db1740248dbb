//! Running it unattended: the wrapper for cron, with tools that only note how
//! they were called, and the units and manifests that call the wrapper.

mod arithmetic;
mod by_tag;
mod category_and_name;
mod fetched;
mod idle;
mod last_resort;
mod lists;
mod mistyped;
mod unknown;
mod wait_between_passes;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::skip::skip_without;
use crate::support::stub::stub;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory with tools of our own making, first on the wrapper's path.
pub(crate) struct Bench {
    dir: TempDir,
}

impl Bench {
    /// Each tool notes its arguments in `NAME.args`, reads its stdin if it is
    /// not the first one, and ends with 0.
    pub(crate) fn new() -> Self {
        let bench = Self { dir: TempDir::new().unwrap() };
        bench.stub("runs-fetch", "");
        bench.stub("window-filter", "cat");
        bench.stub("task-pause", "cat >/dev/null; echo receipt; echo message >&2");
        bench.stub("curl", "cat >>\"$0.stdin\"");
        bench
    }

    pub(crate) fn stub(&self, name: &str, work: &str) {
        stub(&self.path(name), &format!("echo \"$*\" >>\"$0.args\"\n{work}\n"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The wrapper, with the settings that it cannot do without.
    pub(crate) fn sync(&self) -> assert_cmd::Command {
        assert_cmd::Command::from_std(self.command())
    }

    fn command(&self) -> Command {
        self.command_of(&root().join("scripts/maintenance-sync"))
    }

    fn command_of(&self, wrapper: &Path) -> Command {
        let mut command = Command::new(wrapper);
        let path = std::env::var("PATH").unwrap();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.dir.path().display()))
            .env("HOME", self.dir.path())
            .env("TALEND_ENVIRONMENT", "Production")
            .env("MAINTENANCE_TIMETABLE", "a.csv:b c.ics");
        command
    }
}

// README: **Leave it to a timer**
#[test]
fn the_wrapper_joins_the_three_tools() {
    let bench = Bench::new();
    bench
        .sync()
        .env("MAINTENANCE_TIMEZONE", "Europe/Paris")
        .env("MAINTENANCE_AFTER", "10m")
        .env("MAINTENANCE_MAX_TASKS", "7")
        .env("MAINTENANCE_RATE", "600")
        .args(["--dry-run", "--every=0s"])
        .assert()
        .success()
        .stdout("receipt\n")
        .stderr("message\n");
    assert_eq!(bench.read("runs-fetch.args"), "--to +7d --names --end-record --rate 600\n");
    let timetable =
        "--timetable a.csv --timetable b c.ics --timezone Europe/Paris --before 15m --after 10m";
    assert_eq!(
        bench.read("window-filter.args"),
        format!("windows --quiet {timetable} --from now --to +7d\n{timetable}\n")
    );
    assert_eq!(
        bench.read("task-pause.args"),
        "sync --environment Production --require-end --timetable a.csv --timetable b c.ics \
         --timezone Europe/Paris --before 15m --after 10m --rate 600 --max-tasks 7 --dry-run --every=0s\n"
    );
    assert!(!bench.path("curl.args").exists(), "no health check was asked for");
}

#[test]
fn the_flag_of_runs_fetch_is_handed_on_to_it_alone() {
    let bench = Bench::new();
    bench.stub("runs-fetch", "exit 69");
    let flags = ["--verbose", "--accept-total-mismatch", "--every=0s"];
    bench.sync().args(flags).assert().code(69);
    let list = bench.read("runs-fetch.args");
    assert_eq!(list, "--accept-total-mismatch --to +7d --names --end-record\n");
    let calls = bench.read("task-pause.args");
    assert_eq!(calls.lines().count(), 2, "{calls}");
    assert!(calls.lines().all(|call| call.ends_with(" --before 15m --verbose --every=0s")));
}

#[test]
fn the_first_stage_that_failed_gives_the_exit_code() {
    for (failing, code) in
        [([69, 65, 65], 69), ([0, 65, 65], 65), ([0, 0, 75], 75), ([77, 0, 1], 77)]
    {
        let bench = Bench::new();
        for (name, code) in ["runs-fetch", "window-filter", "task-pause"].iter().zip(failing) {
            bench.stub(name, &format!("exit {code}"));
        }
        let assert = bench.sync().assert().code(code);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert_eq!(stderr, format!("maintenance-sync: Production: ended with exit code {code}\n"));
    }
}

#[test]
fn without_a_list_what_is_over_is_given_back_all_the_same() {
    let list_fails = [69, 65, 65];
    let timetable_fails = [0, 65, 65];
    let timetable_is_empty = [0, 0, 65];
    for (failing, asked) in [(list_fails, 2), (timetable_fails, 3), (timetable_is_empty, 3)] {
        let bench = Bench::new();
        for (name, code) in ["runs-fetch", "window-filter"].iter().zip(failing) {
            bench.stub(name, &format!("exit {code}"));
        }
        // It reads no list twice, and refuses a timetable that is of no use.
        let timetable = if failing == list_fails { 0 } else { 65 };
        bench.stub(
            "task-pause",
            &format!(
                "read -r && exit 1\n\
                 case $* in *--require-end*) exit 65;; *--timetable*) exit {timetable};; esac"
            ),
        );
        let code = failing.into_iter().find(|code| *code != 0).unwrap();
        bench.sync().assert().code(code);
        let calls = bench.read("task-pause.args");
        let calls: Vec<_> = calls.lines().collect();
        assert_eq!(calls.len(), asked, "{calls:?}");
        let by_ledger = "sync --environment Production";
        let by_timetable =
            format!("{by_ledger} --timetable a.csv --timetable b c.ics --before 15m");
        assert_eq!(calls[1], by_timetable);
        let has_fallen_back = failing != list_fails;
        assert_eq!(*calls.last().unwrap() == by_ledger, has_fallen_back, "{calls:?}");
    }
}

/// By default each environment has a ledger of its own.
#[test]
fn each_environment_has_a_file_for_its_ledger() {
    let bench = Bench::new();
    bench.stub("task-pause", "cat >/dev/null; echo \"$TASK_PAUSE_LEDGER\"");
    let ledger = |environment: &str| {
        let assert = bench.sync().env("TALEND_ENVIRONMENT", environment).assert().success();
        let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        let path = text.trim_end_matches('\n').to_owned();
        let directory = format!("{}/.local/state/task-pause/", bench.dir.path().display());
        path.strip_prefix(&directory).expect(&path).to_owned()
    };
    for (environment, file) in [
        ("Production", "Production.jsonl"),
        ("6242bc6eac74e9757cda41bb", "6242bc6eac74e9757cda41bb.jsonl"),
        ("DEV (EU)/1", "DEV%20%28EU%29%2F1.jsonl"),
        ("DEV%20", "DEV%2520.jsonl"),
        ("..", "%2E%2E.jsonl"),
        ("Production.journal", "Production%2Ejournal.jsonl"),
        ("Müll", "M%C3%BCll.jsonl"),
        ("a\nb*", "a%0Ab%2A.jsonl"),
        ("-n", "-n.jsonl"),
    ] {
        assert_eq!(ledger(environment), file);
    }
    bench.sync().env("XDG_STATE_HOME", "relative").assert().success();
    let own = bench.sync().env("TASK_PAUSE_LEDGER", "/my/ledger").assert().success();
    own.stdout("/my/ledger\n");
    let elsewhere = bench.sync().env("XDG_STATE_HOME", "/state").assert().success();
    elsewhere.stdout("/state/task-pause/Production.jsonl\n");
    let long = "ä".repeat(34);
    for sync in [bench.sync().env("TALEND_ENVIRONMENT", long), bench.sync().env_remove("HOME")] {
        let assert = sync.assert().code(78).stdout("");
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.contains("TASK_PAUSE_LEDGER"), "{stderr}");
    }
}

#[test]
fn the_wrapper_explains_itself_and_does_nothing_else() {
    let bench = Bench::new();
    for flag in ["--help", "-h"] {
        let assert = bench.sync().env_clear().arg(flag).assert().success().stderr("");
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.starts_with("One pass of the whole pipeline"), "{text}");
        for name in ["TALEND_ENVIRONMENT ", "MAINTENANCE_TIMETABLE_URL\n", "MAINTENANCE_HORIZON "] {
            assert!(text.contains(&format!("\n  {name}")), "{name} {text}");
        }
        assert!(!text.contains("set -e"), "{text}");
    }
    assert!(!bench.path("runs-fetch.args").exists() && !bench.path("task-pause.args").exists());
}

#[test]
fn settings_that_are_missing_are_named() {
    let bench = Bench::new();
    for missing in ["TALEND_ENVIRONMENT", "MAINTENANCE_TIMETABLE"] {
        let assert = bench.sync().env_remove(missing).assert().code(78);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert_eq!(stderr, format!("maintenance-sync: error: {missing} is not set\n"));
    }
    bench.sync().arg("no-such-file.env").assert().code(78);
    assert!(!bench.path("runs-fetch.args").exists(), "nothing may have been started");
}

#[test]
fn settings_come_from_a_file_and_messages_go_to_a_log() {
    let bench = Bench::new();
    let log = bench.path("sync.log");
    fs::write(
        bench.path("production.env"),
        format!("MAINTENANCE_HORIZON=+2d\nMAINTENANCE_LOG='{}'\n", log.display()),
    )
    .unwrap();
    bench.sync().arg(bench.path("production.env")).assert().success().stdout("").stderr("");
    assert_eq!(bench.read("runs-fetch.args"), "--to +2d --names --end-record\n");
    let text = bench.read("sync.log");
    assert!(text.ends_with("receipt\nmessage\n") || text.ends_with("message\nreceipt\n"), "{text}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    // A failure is reported where cron sees it, too.
    bench.stub("runs-fetch", "exit 69");
    let assert = bench.sync().arg(bench.path("production.env")).assert().code(69).stdout("");
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("exit code 69, see "), "{stderr}");
}

#[test]
fn the_health_check_is_notified_and_never_matters() {
    for (work, code) in [("exit 0", 0), ("exit 69", 69)] {
        let bench = Bench::new();
        bench.stub("runs-fetch", work);
        // A health check that cannot be reached.
        bench.stub("curl", "cat >>\"$0.stdin\"; exit 7");
        bench
            .sync()
            .env("MAINTENANCE_PING_URL", "https://health.example/secret-key/")
            .assert()
            .code(code);
        assert_eq!(
            bench.read("curl.stdin"),
            format!(
                "url = \"https://health.example/secret-key/start\"\n\
                 url = \"https://health.example/secret-key/{code}\"\n"
            )
        );
        let arguments = bench.read("curl.args");
        assert!(!arguments.contains("secret-key"), "who may see processes could forge a ping");
        assert_eq!(arguments.matches("--max-time 10").count(), 2, "{arguments}");
    }
}

#[test]
fn the_work_does_not_wait_for_the_health_check() {
    let bench = Bench::new();
    // The first ping is answered only when the work has begun: if that waited
    // for it, both would wait for ever.
    bench.stub("runs-fetch", "touch \"${0%/*}/working\"; exit 0");
    let answer = "read -r url; case $url in *start*) \
                  until [ -e \"${0%/*}/working\" ]; do sleep 0.05; done;; esac; \
                  echo \"$url\" >>\"$0.answered\"";
    bench.stub("curl", answer);
    let mut sync = bench.sync();
    sync.timeout(std::time::Duration::from_secs(60));
    sync.env("MAINTENANCE_PING_URL", "https://health.example/key").assert().code(0);
    assert_eq!(
        bench.read("curl.answered"),
        "url = \"https://health.example/key/start\"\nurl = \"https://health.example/key/0\"\n"
    );
}

#[test]
fn a_signal_to_the_wrapper_reaches_every_stage() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let bench = Bench::new();
        bench.stub("runs-fetch", "exec sleep 60");
        bench.stub(
            "task-pause",
            &format!(
                "case $* in *--require-end*) ;; *) exit 0;; esac\n\
                 trap 'echo settled; exit {code}' {signal}\necho ready\nwhile :; do sleep 0.1; done"
            ),
        );
        let mut child =
            bench.command().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        let pid = child.id().to_string();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success()
        );
        assert_eq!(lines.next().unwrap().unwrap(), "settled");
        assert_eq!(child.wait().unwrap().code(), Some(code));
        // What is over is given back then, unless a person wants the end of it.
        let calls = bench.read("task-pause.args").lines().count();
        assert_eq!(calls, if signal == "TERM" { 2 } else { 1 });
    }
}

/// A call of task-pause that has no list, in the lines of its stub.
const GIVES_BACK: &str = "case $* in *--require-end*) ;; *) echo given back; exit 0;; esac";

#[test]
fn a_signal_while_the_deadline_is_set_ends_the_stages_and_not_the_wrapper_alone() {
    let bench = Bench::new();
    bench.stub("runs-fetch", "exec sleep 60");
    bench.stub("task-pause", &format!("{GIVES_BACK}\nexec sleep 60"));
    // The wrapper, with a signal between the start of that sleep and the note of it.
    let text = fs::read_to_string(root().join("scripts/maintenance-sync")).unwrap();
    let note = "  alarms+=($!)\n";
    assert_eq!(text.matches(note).count(), 1);
    let signal = "  [[ -n ${HAS_COME:-} ]] || { HAS_COME=1 && kill -TERM $$; }\n";
    let wrapper = bench.path("maintenance-sync");
    stub(&wrapper, &text.replace(note, &format!("{signal}{note}")));
    let output = bench.command_of(&wrapper).stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "given back\n", "{stderr}");
    assert!(
        stderr.ends_with("maintenance-sync: Production: ended with exit code 143\n"),
        "{stderr}"
    );
}

#[test]
fn a_stage_that_hangs_is_ended_at_the_deadline_and_what_is_over_is_given_back() {
    let ignores = "trap '' TERM; while :; do sleep 1; done";
    let cases = [
        ("runs-fetch", "exec sleep 600", 69),
        ("window-filter", "exec sleep 600", 69),
        ("task-pause", "exec sleep 600", 69),
        // Killed ten seconds after the signal to end.
        ("runs-fetch", ignores, 69),
        ("task-pause", ignores, 69),
        // What failed by itself before that counts.
        ("task-pause", "exec sleep 600", 77),
    ];
    std::thread::scope(|scope| {
        for (name, work, code) in cases {
            scope.spawn(move || {
                let bench = Bench::new();
                bench.stub("task-pause", &format!("{GIVES_BACK}\ncat"));
                let guard = if name == "task-pause" { GIVES_BACK } else { "" };
                bench.stub(name, &format!("{guard}\n{work}"));
                if code == 77 {
                    bench.stub("runs-fetch", "exit 77");
                }
                let mut sync = bench.sync();
                sync.timeout(std::time::Duration::from_secs(60));
                // What fails by itself has to be started before that.
                let deadline = if code == 77 { 5 } else { 1 };
                let assert =
                    sync.env("MAINTENANCE_DEADLINE", deadline.to_string()).assert().code(code);
                let output = assert.get_output();
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(
                    stderr.contains(&format!(
                        "not done after {deadline} seconds (MAINTENANCE_DEADLINE)"
                    )),
                    "{stderr}"
                );
                assert_eq!(String::from_utf8_lossy(&output.stdout), "given back\n", "{name}");
                assert!(stderr.ends_with(&format!("ended with exit code {code}\n")), "{stderr}");
            });
        }
    });
}

#[test]
fn a_deadline_is_seconds_or_a_time_and_anything_else_starts_nothing() {
    for deadline in ["0", "0m", "soon", "-5", "4 m", "1h30m", "PT4M", "1.5h", "99999999"] {
        let bench = Bench::new();
        let assert = bench.sync().env("MAINTENANCE_DEADLINE", deadline).assert().code(78);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.contains("MAINTENANCE_DEADLINE"), "{stderr}");
        assert!(!bench.path("runs-fetch.args").exists(), "{deadline}");
    }
    for deadline in ["", "240", "08m", "90s", "1h"] {
        Bench::new().sync().env("MAINTENANCE_DEADLINE", deadline).assert().success();
    }
}

// README: **Leave it to a timer**
#[test]
fn systemd_takes_the_units_and_finds_little_exposed() {
    if skip_without("systemd-analyze") {
        return;
    }
    let dir = TempDir::new().unwrap();
    let units = root().join("scripts/packaging/systemd");
    let service = fs::read_to_string(units.join("maintenance-sync@.service")).unwrap();
    let wrapper = root().join("scripts/maintenance-sync");
    let installed = "ExecStart=/usr/bin/maintenance-sync";
    assert!(service.contains(installed));
    // The wrapper is not installed here, and verify wants to find it.
    let installable = service.replace(installed, &format!("ExecStart={}", wrapper.display()));
    let file = dir.path().join("maintenance-sync@.service");
    fs::write(&file, installable).unwrap();
    let timer = dir.path().join("maintenance-sync@.timer");
    fs::copy(units.join("maintenance-sync@.timer"), &timer).unwrap();
    let verify = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args([&file, &timer])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&verify.stderr);
    assert!(verify.status.success() && stderr.is_empty(), "{stderr}");
    // What is written has a place that can be written, and what may be reached an option.
    for line in [
        "StateDirectory=talend-maintenance/%i",
        "Environment=TASK_PAUSE_LEDGER=%S/talend-maintenance/%i/ledger.jsonl",
        "User=talend-maintenance",
        "CacheDirectory=talend-maintenance",
        "CacheDirectoryMode=0755",
        "Environment=MAINTENANCE_METRICS=%C/talend-maintenance",
        "#   IPAddressDeny=any",
        "LimitCORE=0",
    ] {
        assert!(service.lines().any(|found| found == line), "{line} is missing");
    }
    // 100 is wide open; the template needs a name to be looked at.
    let instance = dir.path().join("instance.service");
    fs::copy(&file, &instance).unwrap();
    let security = Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--threshold=15", "--no-pager"])
        .arg(&instance)
        .output()
        .unwrap();
    assert!(security.status.success(), "{}", String::from_utf8_lossy(&security.stdout));
}

#[test]
fn the_manifest_for_kubernetes_is_private_and_never_overtakes_itself() {
    let file = root().join("scripts/packaging/kubernetes/cronjob.yaml");
    let text = fs::read_to_string(&file).unwrap();
    for line in [
        "concurrencyPolicy: Forbid",
        "backoffLimit: 0",
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [ALL]",
        "defaultMode: 0400",
        "fsGroupChangePolicy: OnRootMismatch",
        "automountServiceAccountToken: false",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{line} is missing");
    }
    assert!(!text.contains("kind: Secret"), "a secret belongs in no file of ours");
    if !skip_without("kubernetes-validate") {
        let output =
            Command::new("kubernetes-validate").arg("--strict").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_snippet_for_airflow_is_python() {
    if skip_without("python3") {
        return;
    }
    let status = Command::new("python3")
        .args(["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"])
        .arg(root().join("scripts/packaging/airflow/maintenance_sync.py"))
        .status()
        .unwrap();
    assert!(status.success());
}
