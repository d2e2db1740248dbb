//! `task-pause --format table`: receipts and dry runs for people.

use crate::support::ended::Ended;
use crate::support::runs::{NOTHING, open_now, selected};
use crate::support::scene::Scene;
use crate::support::world::HUMAN;

/// The table that a call writes.
fn table(scene: &Scene, args: &[&str], stdin: &str) -> String {
    let args = [args, &["--format", "table"]].concat();
    let ended = Ended::of(scene.command(&args).write_stdin(stdin).output().unwrap());
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{args:?}: {ended:#?}");
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ended.stdout);
    ended.stdout
}

/// The lines of a table that name this task.
fn lines<'a>(table: &'a str, id: &str) -> Vec<&'a str> {
    table.lines().filter(|line| line.contains(id)).collect()
}

#[test]
fn receipts_are_a_table_by_window_with_the_number_of_each_action() {
    let scene = Scene::new();
    // That it begins a ledger is reported.
    scene.expect(0, &["sync"], NOTHING);
    let runs = selected("t3", "later", 60, Some(90)) + &open_now(&["t0", "t1", HUMAN]);
    let dry = table(&scene, &["--dry-run", "--timezone", "Europe/Paris"], &runs);
    let counts = "aused: 2, left alone: 1 (paused by a-person), pending: 1, failed: 0.";
    let would = format!("Dry run, nothing was changed. It would be: p{counts}");
    // The terminal ends within it.
    assert!(dry.replace('\n', " ").contains(&would), "{dry}");
    assert!(dry.contains("Times are in Europe/Paris."), "{dry}");
    let paused = table(&scene, &[], &runs);
    assert!(paused.contains(&format!("\nP{counts}")) && !paused.contains("Dry run"), "{paused}");
    assert!(lines(&paused, "t0")[0].contains("paused"), "{paused}");
    assert!(lines(&paused, HUMAN)[0].contains("foreign"), "{paused}");
    assert!(paused.contains("a-person"), "{paused}");
    // By window, the first one first.
    let place = |text: &str| paused.find(text).unwrap();
    assert!(place("t0") < place("t1") && place("t1") < place("t3"), "{paused}");
    let resumed = table(&scene, &["resume", "--all"], "");
    assert!(resumed.contains("\nGiven back: 2, failed: 0.\n"), "{resumed}");
    assert_eq!(table(&scene, &["resume", "--all"], ""), "", "nothing was decided");
    scene.end_clean();
}

#[test]
fn the_journal_has_the_receipts_whatever_form_stdout_has() {
    let scene = Scene::new();
    scene.expect(0, &["sync"], NOTHING);
    table(&scene, &[], &open_now(&["t0"]));
    table(&scene, &["resume", "--all"], "");
    let history = scene.expect(0, &["history"], "");
    assert_eq!(history.receipt("t0")["ended"]["action"], "resumed", "{history:#?}");
    scene.end_clean();
}
