//! On a terminal each job ends with a summary of one to three lines, also after a signal
//! and after a refusal.

use tmc_standin::{Effect, Fault};

use crate::support::faults::status;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::skip::skip_without;
use crate::support::terminal::{left_over, on_a_terminal, shown, shown_until, tool_on_a_terminal};

/// The lines that are left on the terminal in the end.
fn last_lines(scene: &Scene, flags: &str) -> Vec<String> {
    let shown = shown(&mut on_a_terminal(scene, flags, &open_now(&["t1"])));
    left_over(&shown).lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_job_that_only_reads_ends_with_a_summary() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "human"]));
    for (flags, expected) in [
        ("status", "held: 1, overdue: 0, in 1 ledger; the next hold ends 20"),
        ("coverage", "not covered: 6 of 7 tasks, in 1 of 1 environments"),
        ("history", "pauses: 1, still held: 1; left alone: 1; failed: 0"),
        ("history --format csv", "pauses: 1, still held: 1; left alone: 1; failed: 0"),
        ("check", "checks: "),
        (
            "recover --environment Production",
            "paused: 2, of them known: 1, taken over: 0, ours to take over: 0, candidates: 0; ledger: ",
        ),
        (
            "recover --environment Production --yes",
            "paused: 2, of them known: 1, taken over: 0, ours to take over: 0, candidates: 0; ledger: ",
        ),
    ] {
        let lines = last_lines(&scene, flags);
        assert!((1..=3).contains(&lines.len()), "{flags}: {lines:?}");
        let is_told = lines.last().unwrap().starts_with(&format!("task-pause: {expected}"));
        assert!(is_told, "{flags}: {lines:?}");
    }
    // Tables have their own.
    assert_eq!(last_lines(&scene, "status --format table"), [""; 0]);
    assert_eq!(last_lines(&scene, "history --format table"), [""; 0]);
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn a_refusal_is_the_last_line_and_the_summary_stands_before_it() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    scene.standin.add_faults(vec![Fault::new(status(403))]).unwrap();
    for (flags, summary, refusal) in [
        ("coverage", "not covered: 0 of 0 tasks, in 0 of 1 environments", "403 Forbidden"),
        ("check", "checks: ", "403 Forbidden"),
        ("recover --environment e", "paused: 0, of them known: 0, ", "403 Forbidden"),
    ] {
        let lines = last_lines(&scene, flags).join("\n");
        assert!(lines.contains(&format!("task-pause: {summary}")), "{flags}: {lines}");
        assert!(lines.contains(refusal), "{flags}: {lines}");
    }
    scene.standin.clear_faults();
    let dry_run = "dry run, nothing was changed; it would be: nothing was decided";
    for (flags, summary, refusal) in [
        ("--max-tasks 1", "nothing was decided; ledger: ", "--max-tasks"),
        ("--max-tasks 1 --format table", "nothing was decided; ledger: ", "--max-tasks"),
        ("--dry-run --max-tasks 1", dry_run, "--max-tasks"),
        ("--require-end", "nothing was decided; ledger: ", "end record"),
    ] {
        let lines = last_lines(&scene, flags).join("\n");
        assert!(lines.contains(&format!("task-pause: {summary}")), "{flags}: {lines}");
        assert!(lines.contains(refusal), "{flags}: {lines}");
    }
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn a_signal_ends_a_job_that_only_reads_at_once_and_is_told() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let slow = Effect::Status {
        status: 503,
        retry_after: Some("100".to_owned()),
        body: None,
        processed: false,
    };
    scene.standin.add_faults(vec![Fault::new(slow)]).unwrap();
    for flags in ["coverage", "check", "recover --environment Production", "--dry-run"] {
        let mut terminal = on_a_terminal(&scene, flags, &open_now(&["t1"]));
        let (shown, _) = shown_until(&scene, &mut terminal, ("the API asks to wait", "INT"));
        let left = left_over(&shown).trim_end();
        assert_eq!(left, "task-pause: interrupted (SIGINT): nothing was changed", "{flags}");
    }
    let flags = "recover --environment Production --yes";
    let mut terminal = on_a_terminal(&scene, flags, "");
    let (shown, code) = shown_until(&scene, &mut terminal, ("the API asks to wait", "TERM"));
    assert_eq!(code, Some(143), "{shown:?}");
    assert!(left_over(&shown).contains("task-pause: paused: 0, of them known: 0"), "{shown:?}");
    scene.standin.clear_faults();
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn check_of_runs_fetch_ends_with_a_summary_too() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let shown = shown(&mut tool_on_a_terminal(&scene, "runs-fetch check", ""));
    assert!(left_over(&shown).starts_with("runs-fetch: checks: "), "{shown:?}");
    assert!(left_over(&shown).contains(", 0 failed"), "{shown:?}");
}
