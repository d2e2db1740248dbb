//! The deeds and messages of `scripts/maintenance-sync` where its stages are of
//! no use.

use std::process::Command;

use super::Bench;

#[test]
fn a_log_that_cannot_be_written_is_reported_and_nothing_is_done() {
    let bench = Bench::new();
    let mut sync = bench.sync();
    let log = bench.path("no such directory/sync.log");
    let assert = sync.env("MAINTENANCE_LOG", &log).assert().code(73);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert_eq!(
        said,
        format!("maintenance-sync: error: cannot append to MAINTENANCE_LOG, {}\n", log.display())
    );
    assert!(!bench.path("runs-fetch.args").exists());
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
