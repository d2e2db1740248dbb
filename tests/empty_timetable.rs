//! A timetable without any window, while something is held: perhaps it was cut.

use serde_json::json;

use crate::support::runs::{NOTHING, open_now, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::ENVIRONMENT;

/// Writes a timetable of that name.
fn write(scene: &Scene, name: &str, text: &str) -> String {
    let file = scene.file(name);
    std::fs::write(&file, text).unwrap();
    file
}

/// A calendar with these lines.
fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{lines}END:VCALENDAR\r\n")
}

/// A calendar's event, from an hour ago, with these lines more.
fn event(lines: &str) -> String {
    let stamp = |minute| whole_minute(minute).to_string()[..19].replace(['-', ':'], "") + "Z";
    let (start, end) = (stamp(-60), stamp(60));
    calendar(&format!(
        "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:w\r\nDTSTART:{start}\r\nDTEND:{end}\r\n{lines}END:VEVENT\r\n"
    ))
}

fn row(name: &str, start: i64, end: i64, kind: &str) -> String {
    format!("name,start,end,kind\n{name},{},{},{kind}\n", whole_minute(start), whole_minute(end))
}

#[test]
fn a_timetable_without_any_window_gives_nothing_back_unless_that_is_meant() {
    let stamp = whole_minute(-60).to_string()[..19].replace(['-', ':'], "") + "Z";
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let before = scene.count("PUT", "");
    for (name, text) in [
        ("header.csv", "name,start,end\n".to_owned()),
        ("open.csv", row("w", -60, 60, "open")),
        ("none.ics", calendar("")),
        ("cancelled.ics", event("STATUS:CANCELLED\r\n")),
        ("excluded.ics", event(&format!("RRULE:FREQ=DAILY;COUNT=1\r\nEXDATE:{stamp}\r\n"))),
    ] {
        let file = write(&scene, name, &text);
        let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
        for (args, stdin) in [
            (&sync[..], ""),
            (&sync, NOTHING),
            (&sync, &open_now(&["t0", "t2"])),
            (&[&sync[..], &["--dry-run"]].concat(), ""),
        ] {
            let ended = scene.expect(65, args, stdin);
            assert!(ended.stderr.contains("while 2 tasks and plans are held"), "{ended:#?}");
            assert!(ended.stderr.contains("--allow-empty"), "{ended:#?}");
            assert!(ended.stderr.contains(name), "{ended:#?}");
            assert!(ended.records().is_empty(), "{ended:#?}");
        }
        let meant = [&sync[..], &["--allow-empty", "--dry-run"]].concat();
        let ended = scene.expect(0, &meant, "");
        assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "resumed".into()));
        assert_eq!(ended.stderr.matches("is given back early").count(), 2, "{}", ended.stderr);
    }
    assert_eq!(scene.count("PUT", ""), before, "nothing was changed");
    scene.end_clean();
}

/// The window was put off, or called off in a series.
#[test]
fn a_timetable_whose_windows_are_far_away_is_as_good_as_any() {
    for (start, end) in [(-6_000_000, -5_000_000), (5_000_000, 6_000_000)] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        let file = write(&scene, "t.csv", &row("patching", start, end, ""));
        let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
        let ended = scene.expect(0, &sync, "");
        assert_eq!(ended.action("t0"), "resumed");
        assert!(ended.stderr.contains("t0 is given back early"), "{}", ended.stderr);
        scene.end_clean();
    }
}

#[test]
fn one_empty_timetable_of_several_is_reported_and_the_others_count() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let empty = write(&scene, "empty.csv", "name,start,end\n");
    let full = write(&scene, "full.csv", &row("patching", -30, 60, ""));
    for files in [[&empty, &full], [&full, &empty]] {
        let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", files[0]];
        let ended = scene.expect(0, &[&sync[..], &["--timetable", files[1]]].concat(), "");
        assert_eq!(ended.action("t0"), "held");
        assert_eq!(ended.receipt("t0")["hold"]["windows"], json!(["patching"]));
        assert!(ended.stderr.contains("empty.csv has no windows"), "{}", ended.stderr);
    }
    scene.end_clean();
}

/// Nothing can be given back by it, and what is selected cannot be paused.
#[test]
fn an_empty_timetable_while_nothing_is_held_is_a_warning() {
    let scene = Scene::new();
    let file = write(&scene, "empty.csv", "name,start,end\n");
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let ended = scene.expect(0, &sync, &open_now(&["t0"]));
    assert_eq!(ended.action("t0"), "expired");
    assert!(ended.stderr.contains("empty.csv: no window at all"), "{}", ended.stderr);
    // What is held in another environment is not its business.
    let other = open_now(&["t1"]).replace(r#""e1""#, r#""e2""#);
    scene.expect(0, &[], &other);
    let ended = scene.expect(0, &sync, "");
    assert!(ended.stderr.contains("1 of e2"), "{}", ended.stderr);
    scene.end_clean();
    assert_eq!(scene.run(&["sync", "--allow-empty"], NOTHING).code, 2);
}
