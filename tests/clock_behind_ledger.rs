//! A clock that is behind the ledger gives nothing back.

use crate::support::ended::Ended;
use crate::support::runs::{NOTHING, minutes, open_now, selected, soon};
use crate::support::scene::Scene;
use crate::support::waiting::Waiting;

/// Tasks t0, whose hold is over, and t1, whose hold is not, in a ledger whose
/// lines are of a time that many minutes from now.
fn held(ahead: i64) -> Scene {
    let scene = Scene::new();
    scene.expect(0, &["sync"], &open_now(&["t0", "t1"]));
    let end = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
    let ended = scene.ledger_text().replacen(&end, &minutes(-1).to_string(), 1);
    scene.write_ledger(&ended);
    scene.move_ledger(ahead);
    scene
}

/// Nothing is given back, and it is said why.
fn assert_withheld(scene: &Scene, ended: &Ended, args: &[&str]) {
    assert_eq!(scene.count("PUT", ""), 2, "{args:?} {}", scene.story());
    let said = &ended.stderr;
    assert!(said.contains("behind the last line") && said.contains("--accept-clock"), "{said}");
    assert!(ended.records().iter().all(|receipt| receipt["action"] != "resumed"), "{ended:?}");
}

#[test]
fn a_clock_that_is_behind_gives_nothing_back_until_it_is_accepted() {
    let place = tempfile::tempdir().unwrap();
    let timetable = place.path().join("other.csv");
    let (start, end) = (minutes(-90), minutes(-80));
    std::fs::write(&timetable, format!("name,start,end\npatching,{start},{end}\n")).unwrap();
    let timetable = timetable.to_str().unwrap();
    let runs = open_now(&["t1"]);
    let calls: [(&[&str], &str, &str); 5] = [
        (&["resume"], "", "t0"),
        (&["resume", "--all"], "", "t1"),
        (&["resume", "--window", "patching"], "", "t1"),
        (&["sync"], &runs, "t0"),
        // By the timetable nothing is on.
        (&["sync", "--timetable", timetable], &runs, "t1"),
    ];
    for ahead in [6, 60, 3 * 24 * 60] {
        for (args, runs, task) in calls {
            let scene = held(ahead);
            let before = scene.ledger_text();
            let with = |flags: &[&'static str]| [args, flags].concat();
            let dry = scene.expect(1, &with(&["--dry-run"]), runs);
            assert_withheld(&scene, &dry, args);
            for _ in 0..2 {
                let ended = scene.expect(1, args, runs);
                assert_withheld(&scene, &ended, args);
                assert_eq!(ended.action(task), "held", "{args:?}");
                let why = "not given back: the clock is behind the ledger: see --accept-clock";
                assert_eq!(ended.receipt(task)["why"], why, "{args:?}");
            }
            assert_eq!(scene.ledger_text(), before, "{args:?}");
            let dry = scene.expect(0, &with(&["--accept-clock", "--dry-run"]), runs);
            assert_eq!(dry.action(task), "resumed", "{args:?}");
            assert_eq!(scene.ledger_text(), before, "{args:?}");
            let ended = scene.expect(0, &with(&["--accept-clock"]), runs);
            assert_eq!(ended.action(task), "resumed", "{args:?} {ended:?}");
            // It is accepted from now on.
            scene.expect(0, &["sync"], NOTHING);
            scene.end_clean();
        }
    }
}

#[test]
fn a_clock_that_is_minutes_behind_gives_back_as_usual() {
    let scene = held(4);
    assert_eq!(scene.expect(0, &["resume"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn a_clock_that_is_behind_pauses_all_the_same() {
    let scene = held(60);
    let ended = scene.expect(0, &[], &open_now(&["t2"]));
    assert_eq!(ended.action("t2"), "paused");
    assert!(ended.stderr.contains("behind the last line"), "{}", ended.stderr);
    // What that call wrote makes the clock no better.
    let ended = scene.expect(1, &["sync"], &open_now(&["t2", "t3"]));
    assert_eq!((ended.action("t0"), ended.action("t3")), ("held".into(), "paused".into()));
    assert!(scene.is_paused("t0"));
    let last = scene.expect(0, &["resume", "--all", "--accept-clock"], "");
    scene.check(&last);
}

/// With nothing to give back there is nothing to keep back.
#[test]
fn a_clock_that_is_behind_an_empty_ledger_is_reported_and_harmless() {
    let scene = Scene::new();
    scene.expect(0, &["sync"], &selected("t0", "later", 30, Some(60)));
    scene.move_ledger(60);
    let ended = scene.expect(0, &["resume"], "");
    assert!(ended.stderr.contains("behind the last line"), "{}", ended.stderr);
    let status = scene.expect(0, &["status"], "");
    assert!(status.stderr.contains("behind the last line"), "{}", status.stderr);
}

#[test]
fn waiting_gives_nothing_back_by_a_clock_that_is_behind() {
    let scene = held(60);
    let runs = soon("t2", 0, Some(60_000));
    let mut waiting = Waiting::start_with(&scene, &["wait", "--resume"], &runs);
    assert_eq!([waiting.action(), waiting.action()], ["paused", "held"]);
    waiting.end("TERM");
    assert!(scene.is_paused("t0"));
    assert_eq!(scene.count("PUT", ""), 3);
    let args = ["wait", "--resume", "--accept-clock"];
    let mut waiting = Waiting::start_with(&scene, &args, &soon("t3", 0, Some(60_000)));
    let actions = [waiting.action(), waiting.action()];
    assert!(actions.contains(&"resumed".into()), "{actions:?}");
    waiting.end("TERM");
    scene.end_clean();
}
