//! The progress that task-pause shows to somebody who watches: on a terminal only, and gone
//! in the end. `script` is the terminal; only stderr is looked at.

use std::process::{Command, Stdio};

use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::skip::skip_without;
use crate::support::terminal::{left_over, on_a_terminal, shown, shown_until};

#[test]
fn counts_are_shown_while_tasks_are_paused_and_resumed() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", "t2"]);
    let paused = shown(&mut on_a_terminal(&scene, "", &runs));
    assert!(paused.contains("looking at 0 of 3"), "{paused:?}");
    assert!(paused.contains("pausing 0 of 3"), "{paused:?}");
    let summary = left_over(&paused);
    assert!(summary.starts_with("task-pause: paused: 3, failed: 0; ledger: "), "{paused:?}");
    assert!(summary.contains("task-pause: the first hold ends "), "{paused:?}");
    assert_eq!(summary.lines().count(), 2, "{paused:?}");
    let resumed = shown(&mut on_a_terminal(&scene, "resume --all", ""));
    assert!(resumed.contains("resuming 0 of 3"), "{resumed:?}");
    let summary = left_over(&resumed);
    assert!(summary.starts_with("task-pause: given back: 3, failed: 0; ledger: "), "{resumed:?}");
    assert_eq!(summary.lines().count(), 1, "{resumed:?}");
    scene.end_clean();
}

#[test]
fn a_call_at_a_terminal_ends_with_a_summary_also_after_a_refusal_and_a_dry_run() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", "human"]);
    for (flags, expected) in [
        (
            "--dry-run",
            "dry run, nothing was changed; it would be: paused: 2, left alone: 1 (paused by a-person), failed: 0",
        ),
        ("--max-tasks 1", "nothing was decided; ledger: "),
        ("", "paused: 2, left alone: 1 (paused by a-person), failed: 0; ledger: "),
        ("", "held already: 2, left alone: 1 (paused by a-person), failed: 0; ledger: "),
    ] {
        let shown = shown(&mut on_a_terminal(&scene, flags, &runs));
        assert!(shown.contains(&format!("task-pause: {expected}")), "{flags}: {shown:?}");
    }
    let table = shown(&mut on_a_terminal(&scene, "resume --all --format table", ""));
    assert!(!table.contains("given back"), "the table has it: {table:?}");
    scene.end_clean();
}

#[test]
fn runs_in_flight_are_counted_while_they_are_waited_for() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    // It runs every ten minutes, for a quarter of an hour.
    let shown = shown(&mut on_a_terminal(&scene, "--drain 1s", &open_now(&["t4"])));
    assert!(shown.contains("in flight of t4, for "), "{shown:?}");
    assert!(!shown.contains("note"), "twice the same: {shown:?}");
    assert!(left_over(&shown).starts_with("task-pause: "), "the message alone: {shown:?}");
    scene.end_clean();
}

#[test]
fn waiting_reports_what_is_next_until_it_is_interrupted() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let runs = selected("t0", "patching", 60, Some(90)) + &selected("t1", "patching", 60, Some(90));
    let flags = "wait --timezone Asia/Tokyo";
    let mut terminal = on_a_terminal(&scene, flags, &runs);
    let (shown, code) = shown_until(&scene, &mut terminal, (" Asia/Tokyo, in 5", "INT"));
    assert_eq!(code, Some(130), "{shown:?}");
    assert!(shown.contains("next: pause 2 tasks at "), "{shown:?}");
    let left = left_over(&shown);
    assert!(left.starts_with("task-pause: "), "the message alone: {shown:?}");
    assert!(left.contains("task-pause: pending: 2, failed: 0; ledger: "), "{shown:?}");
}

#[test]
fn no_progress_is_drawn_without_a_terminal() {
    let scene = Scene::new();
    // That it begins a ledger is reported.
    scene.expect(0, &[], "");
    let runs = open_now(&["t0", "t1"]);
    for (args, stdin) in [(&[][..], &*runs), (&["resume", "--all"], "")] {
        let ended = scene.expect(0, args, stdin);
        assert_eq!(ended.stderr, "", "{args:?}");
    }
    // Nor on a terminal, if nobody wants to see it.
    if !skip_without("script") {
        let quiet = shown(&mut on_a_terminal(&scene, "--quiet", &runs));
        assert_eq!(quiet, "");
    }
    scene.end_clean();
}

#[test]
fn a_tool_that_reads_runs_from_a_terminal_says_what_it_waits_for() {
    if skip_without("script") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("t.csv");
    std::fs::write(&file, "name,start,end\nw,2098-01-01T00:00Z,2098-01-02T00:00Z\n").unwrap();
    for (name, flags, said) in [
        ("window-filter", format!("--timetable {}", file.display()), "waiting for runs, one JSON"),
        ("window-filter", "suggest --length 1h".to_owned(), "waiting for runs, one JSON"),
        ("task-pause", "--token-file absent".to_owned(), "standard input is a terminal"),
    ] {
        let tool = assert_cmd::cargo::cargo_bin(name);
        let mut command = Command::new("script");
        // What `script` gets for input ends at once: Ctrl-D.
        command.args(["-qec", &format!("{} {flags} 2>&1", tool.display()), "/dev/null"]);
        command.env("SHELL", "/bin/sh").env("HOME", place.path()).stdin(Stdio::null());
        let shown = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(shown.contains(&format!("{name}: ")) && shown.contains(said), "{shown}");
    }
}
