//! `task-pause history`: who was paused, by whom and for how long, from the journal.

use std::fs;

use serde_json::Value;

use crate::support::ended::Ended;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::HUMAN;

/// A task that was paused and given back, one that is held, and one of a person.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", HUMAN]));
    scene.expect(0, &["resume", "--all"], "");
    scene.expect(0, &[], &open_now(&["t1", HUMAN]));
    scene.expect(0, &["sync"], &open_now(&["t1", HUMAN]));
    scene
}

/// The history as it stands on stdout.
fn text(scene: &Scene, args: &[&str]) -> String {
    let output = scene.command(&[&["history"], args].concat()).output().unwrap();
    let ended = Ended::of(output);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{args:?}");
    ended.stdout
}

// README: **Find out who paused a task**
#[test]
fn history_shows_who_was_paused_by_which_account_and_for_how_long() {
    let scene = scene();
    let asked = scene.standin.requests().len();
    let history = scene.expect(0, &["history"], "");
    let [human, first, second] = history.records() else { panic!("{history:#?}") };
    assert_eq!((&human["id"], &human["what"]), (&HUMAN.into(), &"foreign".into()));
    assert_eq!(human["by"], "a-person");
    assert!(human["pausedAt"].is_string() && human["ended"].is_null(), "{human}");
    assert!(human["seenAt"].as_str() < human["lastSeenAt"].as_str(), "{human}");
    assert_eq!((&first["id"], &first["what"]), (&"t0".into(), &"paused".into()));
    assert_eq!((&first["by"], &first["ended"]["action"]), (&"ops".into(), &"resumed".into()));
    assert_eq!(first["hold"]["windows"][0], "patching");
    assert!(first["seconds"].is_u64() && first["host"].is_string(), "{first}");
    assert_ne!(first["call"], first["ended"]["call"]);
    assert_eq!((&second["id"], &second["ended"]), (&"t1".into(), &Value::Null));
    assert!(second["reason"].as_str().unwrap().contains("patching"), "{second}");
    assert_eq!(scene.standin.requests().len(), asked, "it asks the API for nothing");
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn history_is_a_table_and_csv_for_people() {
    let scene = scene();
    let table = text(&scene, &["--format", "table", "--timezone", "Europe/Paris"]);
    for part in ["t0", "t1", "ops", "a-person", "patching", "resumed", "held", "foreign"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(table.contains("Pauses: 2, still held: 1; left alone: 1; failed: 0."), "{table}");
    assert!(table.contains("Times are in Europe/Paris"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let table = text(&scene, &["--format", "csv"]);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(table.as_bytes()).records().map(Result::unwrap).collect();
    let cells: Vec<_> = rows.iter().map(|row| (&row[0], &row[4], &row[6], &row[9])).collect();
    assert_eq!(
        cells,
        [
            (HUMAN, "foreign", "a-person", "foreign"),
            ("t0", "paused", "ops", "resumed"),
            ("t1", "paused", "ops", "held"),
        ]
    );
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn history_is_of_the_time_that_was_asked_for() {
    let scene = scene();
    let ids = |args: &[&str]| {
        let history = scene.expect(0, &[&["history"], args].concat(), "");
        let ids = history.records().iter().map(|record| record["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--from", "-1h"]), [HUMAN, "t0", "t1"]);
    assert_eq!(ids(&["--from", "-1h", "--to", "now"]), [HUMAN, "t0", "t1"]);
    // What is still held goes on.
    assert_eq!(ids(&["--from", "+1h"]), ["t1"]);
    let before = ids(&["--to", "-1h"]);
    assert!(before.iter().all(|id| id == HUMAN), "{before:?}");
    scene.expect(2, &["history", "--from", "now", "--to", "-1h"], "");
    scene.expect(2, &["history", "--from", "soon"], "");
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn history_reads_rotated_journals_and_passes_over_what_is_no_receipt() {
    let scene = scene();
    let whole = scene.expect(0, &["history"], "").stdout;
    let journal = scene.ledger().with_file_name("ledger.journal.jsonl");
    let rotated = scene.file("ledger.journal.jsonl.1");
    let text = fs::read_to_string(&journal).unwrap();
    let third = text.match_indices('\n').nth(2).unwrap().0 + 1;
    fs::write(&rotated, &text[..third]).unwrap();
    fs::write(&journal, &text[third..]).unwrap();
    assert_eq!(scene.expect(0, &["history", "--journal", &rotated], "").stdout, whole);
    // A line that both have counts once, and a journal that is named twice is read once.
    fs::write(&journal, &text).unwrap();
    let again = ["history", "--journal", &rotated, "--journal", &rotated];
    let named = journal.to_str().unwrap();
    assert_eq!(scene.expect(0, &again, "").stdout, whole);
    assert_eq!(scene.expect(0, &["history", "--journal", named], "").stdout, whole);
    // The last line of a call that was killed.
    fs::write(&journal, format!("{text}{{\"id\":\"t5\",")).unwrap();
    let torn = scene.expect(0, &["history"], "");
    assert_eq!(torn.stdout, whole);
    assert!(torn.stderr.contains("not a receipt, passed over"), "{}", torn.stderr);
    fs::write(&journal, "theirs\n").unwrap();
    let theirs = scene.expect(65, &["history"], "");
    assert!(theirs.stderr.contains("is not a journal"), "{}", theirs.stderr);
    fs::write(&journal, &text).unwrap();
    let missing = scene.expect(78, &["history", "--journal", "/nowhere/journal.jsonl"], "");
    assert!(missing.stderr.contains("/nowhere/journal.jsonl"), "{}", missing.stderr);
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn history_without_a_journal_says_so_and_a_ledger_that_is_named_must_be_there() {
    let scene = Scene::new();
    let missing = scene.expect(78, &["history"], "");
    assert!(missing.stderr.contains("there is no ledger at"), "{}", missing.stderr);
    let home = scene.file("home");
    let output =
        tool("task-pause").args(["history", "--format", "table"]).env("HOME", home).output();
    let ended = Ended::of(output.unwrap());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no journal at"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "The journal has no pause in that time.\n");
    scene.end_clean();
}
