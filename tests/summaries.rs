//! On a terminal each job ends with a summary of one to three lines, also after a signal
//! and after a refusal.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use tmc_standin::{Effect, Fault};

use crate::support::faults::status;
use crate::support::runs::{minutes, open_now};
use crate::support::scene::Scene;
use crate::support::skip::skip_without;
use crate::support::terminal::{left_over, on_a_terminal, shown, shown_until, tool_on_a_terminal};
use crate::support::tool::tool;

/// The lines that are left on the terminal in the end.
fn last_lines(scene: &Scene, flags: &str) -> Vec<String> {
    let shown = shown(&mut on_a_terminal(scene, flags, &open_now(&["t1"])));
    left_over(&shown).lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The API asks to wait for longer than a test does.
fn asks_to_wait() -> Effect {
    let retry_after = Some("100".to_owned());
    Effect::Status { status: 503, retry_after, body: None, processed: false }
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
        let is_reported = lines.last().unwrap().starts_with(&format!("task-pause: {expected}"));
        assert!(is_reported, "{flags}: {lines:?}");
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
fn a_signal_ends_a_job_that_only_reads_at_once_and_is_reported() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    scene.standin.add_faults(vec![Fault::new(asks_to_wait())]).unwrap();
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

/// A timetable of two windows that are open now.
fn two_windows(scene: &Scene) -> String {
    let file = scene.file("t.csv");
    let (start, end) = (minutes(-60), minutes(60));
    let rows = ["Patching", "Upgrade"].map(|name| format!("{name},{start},{end},{name}\n"));
    fs::write(&file, format!("name,start,end,task\n{}", rows.concat())).unwrap();
    file
}

/// Runs of these tasks, now.
fn runs_of(names: &[&str]) -> String {
    let run = |name: &&str| {
        format!("{{\"id\":\"{name}\",\"date\":\"{}\",\"name\":\"{name}\"}}\n", minutes(0))
    };
    names.iter().map(run).collect()
}

#[test]
fn a_list_of_runs_ends_with_its_counts_and_its_time() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let list = "runs-fetch --to 2099-01-02 --from 2099-01-01 --timezone Asia/Tokyo";
    let lines = |flags: &str| {
        let shown = shown(&mut tool_on_a_terminal(&scene, &format!("{list} {flags}"), ""));
        left_over(&shown).lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let period = "runs-fetch: from 2099-01-01 00:00 to 2099-01-02 00:00 Asia/Tokyo";
    let counts = "runs-fetch: runs: 144, tasks: 1, environments: 1";
    assert_eq!(lines("-e Production"), [counts, period]);
    assert_eq!(lines("-e Production --quiet"), [""; 0]);
    assert_eq!(lines("-e Production --verbose").last().unwrap(), period);
    // What is warned of, and what was listed before an error.
    let found = lines("-e Production --tag x");
    let warned = "runs-fetch: runs: 0, tasks: 0, environments: 1, warnings: 1";
    assert_eq!(found[found.len() - 2..], [warned, period], "{found:?}");
    scene
        .standin
        .add_faults(vec![
            Fault::new(status(403)).on("POST", "/orchestration/executables/events/search"),
        ])
        .unwrap();
    let found = lines("-e Production");
    assert_eq!(found[..2], ["runs-fetch: runs: 0, tasks: 0, environments: 0 of 1", period]);
    assert!(found[2].contains("403 Forbidden"), "{found:?}");
}

#[test]
fn a_filter_ends_with_what_it_read_and_selected_by_window() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let call = format!("window-filter --timetable {}", two_windows(&scene));
    let lines = |flags: &str, input: &str| {
        let shown = shown(&mut tool_on_a_terminal(&scene, &format!("{call} {flags}"), input));
        left_over(&shown).lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let runs = runs_of(&["Upgrade", "Patching", "x", "Upgrade"]);
    let end = "{\"end\":{\"runs\":4}}\n";
    let counts = "window-filter: lines read: 5, runs: 4, selected: 3";
    let windows = "window-filter: by window: 2 in Upgrade, 1 in Patching";
    for flags in ["", "--format csv", "--format html", "--threads 1"] {
        assert_eq!(lines(flags, &(runs.clone() + end)), [counts, windows], "{flags}");
    }
    let free = "window-filter: lines read: 4, runs: 4, selected: 1";
    assert_eq!(lines("--invert-match", &runs), [free]);
    // Tables have totals of their own.
    for flags in ["--format table", "--format timeline", "--quiet", "--log-format json"] {
        assert_eq!(lines(flags, &runs), [""; 0], "{flags}");
    }
    let broken = format!("{runs}x\n{runs}");
    let found = lines("", &broken);
    assert_eq!(found[..2], [counts, windows], "up to the error, which comes last");
    assert!(found[2].contains("line 5: not JSON"), "{found:?}");
    let found = lines("--on-error skip --format table", "x\n");
    assert!(found.last().unwrap().contains("1 line was left out"), "{found:?}");
    let left_out = "window-filter: lines read: 9, runs: 8, selected: 6, left out: 1";
    assert!(lines("--on-error skip", &broken).contains(&left_out.to_owned()));
    // Nothing was read.
    let found = lines("--title x", &runs);
    assert!(found[0].contains("--title is for"), "{found:?}");
    let found = lines("--timetable absent.csv", &runs);
    assert!(found[0].contains("cannot read the timetable"), "{found:?}");
}

#[test]
fn nothing_is_summed_up_where_nobody_looks_on() {
    let scene = Scene::new();
    let timetable = two_windows(&scene);
    for (name, args, input) in [
        ("window-filter", &["--timetable", &timetable][..], runs_of(&["Upgrade"])),
        ("window-filter", &["windows", "--timetable", &timetable], String::new()),
        ("runs-fetch", &["-e", "e1", "--to", "+1d"], String::new()),
        ("runs-fetch", &["tasks", "-e", "e1"], String::new()),
    ] {
        let mut command = tool(name);
        let output = command.args(args).envs(scene.connection()).write_stdin(input).output();
        let output = output.unwrap();
        assert_ne!(output.stdout, b"", "{name} {args:?}");
        assert_eq!(output.stderr, b"", "{name} {args:?}");
    }
}

#[test]
fn lists_of_windows_and_of_objects_end_with_their_number() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let timetable = two_windows(&scene);
    for (call, expected) in [
        (format!("window-filter windows --timetable {timetable}"), "window-filter: windows: 2"),
        ("window-filter suggest --length 1h --count 2 --from now --to +1d".to_owned(), "slots: 2"),
        ("runs-fetch environments".to_owned(), "runs-fetch: environments: 1"),
        ("runs-fetch workspaces".to_owned(), "runs-fetch: workspaces: 1"),
        ("runs-fetch tasks -e e1".to_owned(), "runs-fetch: tasks: 7"),
        ("runs-fetch plans -e e1".to_owned(), "runs-fetch: plans: 1"),
    ] {
        let run = runs_of(&["x"]);
        let lines = shown(&mut tool_on_a_terminal(&scene, &call, &run));
        assert!(left_over(&lines).trim_end().ends_with(expected), "{call}: {lines:?}");
        let table = shown(&mut tool_on_a_terminal(&scene, &format!("{call} --format table"), &run));
        assert!(!table.contains(expected), "{call}: {table:?}");
    }
}

#[test]
fn a_signal_ends_a_list_and_a_filter_with_what_was_done_so_far() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    scene
        .standin
        .add_faults(vec![
            Fault::new(asks_to_wait()).on("POST", "/orchestration/executables/events/search"),
        ])
        .unwrap();
    let mut terminal = tool_on_a_terminal(&scene, "runs-fetch -e e1 --to +1d", "");
    let (text, code) = shown_until(&scene, &mut terminal, ("the API asks to wait", "INT"));
    let lines: Vec<&str> = left_over(&text).lines().map(str::trim_end).collect();
    assert_eq!(lines[0], "runs-fetch: runs: 0, tasks: 0, environments: 0 of 1", "{text:?}");
    assert_eq!(lines[2], "runs-fetch: interrupted (SIGINT): the list is not complete", "{text:?}");
    assert_eq!((lines.len(), code), (3, Some(130)), "{text:?}");
    scene.standin.clear_faults();
    scene.standin.add_faults(vec![Fault::new(asks_to_wait())]).unwrap();
    for (call, reported) in [
        ("runs-fetch tasks -e e1", "interrupted (SIGINT): the list is not complete"),
        ("runs-fetch check", "interrupted (SIGINT): nothing was changed"),
    ] {
        let mut terminal = tool_on_a_terminal(&scene, call, "");
        let (text, code) = shown_until(&scene, &mut terminal, ("the API asks to wait", "INT"));
        assert_eq!(left_over(&text).trim_end(), format!("runs-fetch: {reported}"), "{text:?}");
        assert_eq!(code, Some(130), "{text:?}");
    }

    // A pipe whose writer is slow.
    let call = format!("window-filter --timetable {} --on-error skip", two_windows(&scene));
    let mut terminal = tool_on_a_terminal(&scene, &call, "");
    fs::remove_file(scene.file("stdin")).unwrap();
    let pipe = scene.file("stdin");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    let mut pipe = OpenOptions::new().read(true).write(true).open(pipe).unwrap();
    pipe.write_all(format!("{}x\n", runs_of(&["Upgrade"])).as_bytes()).unwrap();
    let (text, code) = shown_until(&scene, &mut terminal, ("left out", "TERM"));
    let lines: Vec<&str> = left_over(&text).lines().map(str::trim_end).collect();
    let expected = [
        "window-filter: lines read: 2, runs: 1, selected: 1, left out: 1",
        "window-filter: by window: 1 in Upgrade",
        "window-filter: terminated (SIGTERM): the input was not read to its end",
    ];
    assert_eq!((&lines[1..], code), (&expected[..], Some(143)), "{text:?}");
}
