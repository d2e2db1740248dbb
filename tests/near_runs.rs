//! `--guard`: planned runs that are too near to a change.

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::ended::Ended;
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::world::HUMAN;

/// The number of searches.
fn searches(scene: &Scene) -> usize {
    scene.count("POST", "/events/search")
}

/// The run that the receipt of a task warns of; empty if it warns of none.
fn near(ended: &Ended, id: &str) -> String {
    let warnings = ended.receipt(id)["warnings"].as_array();
    let texts = warnings.into_iter().flatten().filter_map(Value::as_str);
    let run = texts.filter_map(|text| text.strip_prefix("the run planned for ")?.split_once(' '));
    run.map(|(run, _)| run.to_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_planned_run_too_near_is_reported() {
    let scene = Scene::new();
    let runs = selected("t0", "a", 3, Some(60));
    let ended = scene.expect(0, &["--lead", "5m", "--guard", "4m"], &runs);
    assert_eq!(near(&ended, "t0"), ended.receipt("t0")["runs"][0]);
    scene.end_clean();
}

#[test]
fn runs_before_and_after_a_window_that_no_input_lists_are_reported() {
    let scene = Scene::new();
    // `t4` runs every ten minutes, `t0` never.
    let runs = selected("t4", "a", 12, Some(60)) + &selected("t0", "a", 12, Some(60));
    let early = ["--lead", "15m", "--guard", "10m"];
    for dry in [true, false] {
        let args = [&early[..], if dry { &["-n"] } else { &[] }].concat();
        let ended = scene.expect(0, &args, &runs);
        let run = near(&ended, "t4");
        let start = ended.receipt("t4")["hold"]["start"].as_str().unwrap();
        assert!(!run.is_empty() && *run < *start, "{run} {start}");
        assert_eq!((ended.action("t0"), near(&ended, "t0")), ("paused".into(), String::new()));
        assert_eq!(searches(&scene), if dry { 1 } else { 2 }, "once, for both");
    }
    let ended = scene.expect(0, &["resume", "--all", "--guard", "10m"], "");
    assert!(!near(&ended, "t4").is_empty(), "{ended:?}");
    assert_eq!((near(&ended, "t0"), searches(&scene)), (String::new(), 3));
    scene.end_clean();
}

#[test]
fn nothing_is_asked_where_nothing_changes() {
    let scene = Scene::new();
    let runs = open_now(&["t4"]);
    scene.expect(0, &["sync", "--guard", "0s"], &runs);
    for (args, stdin) in [
        (&["sync"][..], &*runs),
        (&["sync", "-n"], &runs),
        (&[], &open_now(&[HUMAN])),
        (&[], &selected("t0", "later", 30, Some(60))),
        (&["resume"], ""),
        (&["status"], ""),
        (&["resume", "--all", "--guard", "0s"], ""),
    ] {
        scene.expect(0, args, stdin);
        assert_eq!(searches(&scene), 0, "{args:?}");
    }
    scene.end_clean();
}

#[test]
fn a_search_that_fails_stops_nothing() {
    let scene = Scene::new();
    let away = Fault::new(Effect::status(500)).on("POST", "/**/events/search");
    scene.standin.add_faults(vec![away]).unwrap();
    for (args, stdin, action) in [
        (&["sync"][..], open_now(&["t4"]), "paused"),
        (&["resume", "--all"], String::new(), "resumed"),
    ] {
        let ended = scene.expect(0, &[args, &["--retries", "0"]].concat(), &stdin);
        assert_eq!(ended.action("t4"), action);
        assert!(ended.stderr.contains("which runs are near is not known"), "{}", ended.stderr);
    }
    assert_eq!(searches(&scene), 2);
    scene.end_clean();
}
