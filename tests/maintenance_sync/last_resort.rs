//! The deeds and messages of `scripts/maintenance-sync` where its stages are of
//! no use.

use std::path::Path;
use std::process::Command;

use super::{Bench, root};

/// The pass does its work without it.
#[test]
fn a_log_that_cannot_be_written_is_reported_in_the_end_and_stops_no_work() {
    let bench = Bench::new();
    let missing = bench.path("no such directory/sync.log");
    for (log, code, fault) in
        [(missing.as_path(), 73, "append"), (Path::new("/dev/full"), 74, "write")]
    {
        let assert = bench.sync().env("MAINTENANCE_LOG", log).assert().code(code);
        let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert_eq!(
            said,
            format!(
                "maintenance-sync: error: cannot {fault} to MAINTENANCE_LOG, {}: \
                 the pass goes on without it\n\
                 message\n\
                 maintenance-sync: Production: ended with exit code {code}\n",
                log.display()
            )
        );
        assert_eq!(String::from_utf8_lossy(&assert.get_output().stdout), "receipt\n");
    }
    // What failed before that counts.
    bench.stub("runs-fetch", "exit 77");
    bench.sync().env("MAINTENANCE_LOG", "/dev/full").assert().code(77);
}

/// A full disk, a closed stream, and a reader that has ended.
#[test]
fn messages_that_cannot_be_written_stop_no_work() {
    let output = ["exec >/dev/full 2>&1", "exec >&- 2>&-", "exec 2> >(:); sleep 0.2; exec >&2"];
    let hangs = "exec sleep 600";
    // At the deadline, at the end, and where the settings are read.
    let faults =
        [("runs-fetch", hangs, "", 69), ("runs-fetch", "exit 77", "", 77), ("", "", "x", 2)];
    std::thread::scope(|scope| {
        for (output, fault) in output.iter().flat_map(|output| faults.map(|fault| (output, fault)))
        {
            scope.spawn(move || {
                let (name, work, rate, code) = fault;
                let bench = Bench::new();
                bench.stub("task-pause", "cat >/dev/null");
                if !name.is_empty() {
                    bench.stub(name, work);
                }
                let wrapper = root().join("scripts/maintenance-sync");
                let mut command = bench.command_of(Path::new("bash"));
                let status = command
                    .args(["-c", &format!("{output}\nexec {}", wrapper.display())])
                    .env("MAINTENANCE_DEADLINE", if work == hangs { "1s" } else { "60s" })
                    .env("MAINTENANCE_RATE", rate)
                    .env("MAINTENANCE_PING_URL", "https://health.example/key")
                    .status();
                assert_eq!(status.unwrap().code(), Some(code), "{output} {fault:?}");
                let calls = bench.read("task-pause.args");
                let last = calls.lines().last().unwrap();
                assert!(!last.contains("--require-end"), "what is over is given back: {calls}");
                let end = format!("url = \"https://health.example/key/{code}\"\n");
                assert!(bench.read("curl.stdin").ends_with(&end), "{output} {fault:?}");
            });
        }
    });
}

/// Some flags mean something only with a timetable.
#[test]
fn flags_that_need_a_timetable_do_not_stop_the_last_resort() {
    let bench = Bench::new();
    let by_timetable = "case $* in *--timetable*) exit 65;; esac";
    bench.stub("task-pause", &format!("{by_timetable}\necho given back"));
    let mut sync = bench.sync();
    let flags = ["--allow-empty", "--before", "20m", "--after=1m", "--verbose"];
    let assert = sync.args(flags).assert().code(65).stdout("given back\n");
    drop(assert);
    let calls = bench.read("task-pause.args");
    let last = calls.lines().last().unwrap();
    assert_eq!(last, "sync --environment Production --verbose", "{calls}");
}

/// A panic and a kill for want of memory, but not what fails without the timetable, too.
#[test]
fn a_timetable_at_which_a_tool_breaks_keeps_nothing_from_being_given_back() {
    for (code, falls_back) in [(101, true), (137, true), (69, false), (75, false), (1, false)] {
        let bench = Bench::new();
        bench.stub("window-filter", "exit 101");
        let by_timetable = format!("case $* in *--timetable*) exit {code};; esac");
        bench.stub("task-pause", &format!("{by_timetable}\necho given back"));
        let given_back = if falls_back { "given back\n" } else { "" };
        bench.sync().assert().code(101).stdout(given_back);
    }
}

/// Giving back alone is no success of the pass.
#[test]
fn metrics_are_written_by_the_pass_with_the_list_alone() {
    let bench = Bench::new();
    bench.stub("runs-fetch", "exit 77");
    bench.stub("task-pause", "exit 0");
    bench.sync().env("MAINTENANCE_METRICS", "/tmp/x.prom").assert().code(77);
    let calls = bench.read("task-pause.args");
    let with: Vec<bool> = calls.lines().map(|call| call.contains("--metrics-file")).collect();
    assert_eq!(with, [true, false], "{calls}");
}

/// A FIFO hangs as a file system that is away does.
#[test]
fn a_timetable_that_cannot_be_read_keeps_nothing_from_being_given_back() {
    let bench = Bench::new();
    let fifo = bench.path("t.csv");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    bench.stub("window-filter", "exec sleep 600");
    let hangs = "case $* in *--timetable*) exec sleep 600;; esac";
    bench.stub("task-pause", &format!("{hangs}\necho given back"));
    let mut sync = bench.sync();
    sync.timeout(std::time::Duration::from_secs(60));
    let assert = sync
        .env("MAINTENANCE_TIMETABLE", &fifo)
        .env("MAINTENANCE_DEADLINE", "1s")
        .assert()
        .code(69)
        .stdout("given back\n");
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("the timetable cannot be read in time"), "{said}");
}
