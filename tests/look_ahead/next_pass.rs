//! `sync --every`: what opens before the next pass is paused by this one, at its start.

use std::fs;
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::Value;
use tmc_standin::{Effect, Fault};

use super::{SOON, Window, arrived, end_of_story, pauses, until, window};
use crate::support::all_at_once::all_at_once;
use crate::support::process::{signal, start};
use crate::support::runs::{open_now, selected, soon};
use crate::support::scene::Scene;
use crate::support::world::ENVIRONMENT;

/// Longer than any story here takes, so that no story ends by it.
pub(super) const EVERY: [&str; 3] = ["sync", "--every", "55s"];

/// A timetable with a window of that name; its file.
fn timetable(scene: &Scene, name: &str, start: UtcTime, end: UtcTime) -> String {
    let file = scene.file("timetable.csv");
    fs::write(&file, format!("name,start,end\n{name},{start},{end}\n")).unwrap();
    file
}

#[test]
fn what_is_open_is_paused_at_once_and_what_opens_later_as_it_does() {
    let scene = Scene::new();
    let over = selected("t3", "over", -30, Some(-10));
    scene.expect(0, &[], &selected("t3", "over", -30, Some(60)));
    let Window { start, runs } = window(&["t1", "t2"], SOON);
    let ended = scene.expect(0, &EVERY, &(open_now(&["t0"]) + &runs + &over));
    let reported = |id: &str| -> Vec<Value> {
        let of_task = ended.records().iter().filter(|record| record["id"] == id);
        of_task.map(|record| record["action"].clone()).collect()
    };
    assert_eq!(reported("t0"), ["paused"]);
    assert_eq!(
        (reported("t1"), reported("t2")),
        (vec!["pending".into(), "paused".into()], reported("t1"))
    );
    assert_eq!(reported("t3"), ["resumed"]);
    let pauses = pauses(&scene);
    assert_eq!(pauses.len(), 4, "{}", scene.story());
    assert!(arrived(&pauses[1]) < start, "{}", scene.story());
    assert!(pauses[2..].iter().all(|pause| start <= arrived(pause)), "{}", scene.story());
    end_of_story(&scene);
}

/// It stays neither for what the next pass will see in time, nor in a dry run: a call
/// that stayed here would be ended by the test.
#[test]
fn a_call_before_which_nothing_opens_ends_at_once() {
    let scene = Scene::new();
    let later = soon("t0", 900_000, Some(1_800_000));
    for (args, runs, action) in [
        (&["sync", "--every", "10m"][..], &later, "pending"),
        (&["sync", "--every", "20m", "--dry-run"], &later, "pending"),
        (&["sync", "--every", "0s"], &later, "pending"),
        (&["sync", "--every", "10m"], &open_now(&["t0"]), "paused"),
        (&["sync", "--every", "10m"], &open_now(&["t0"]), "held"),
    ] {
        assert_eq!(scene.expect(0, args, runs).action("t0"), action, "{args:?}");
    }
    end_of_story(&scene);
}

/// With a head start, that is when a window's tasks are paused.
#[test]
fn a_head_start_moves_the_time_at_which_tasks_are_paused() {
    let scene = Scene::new();
    let Window { start, runs } = window(&["t0"], SOON + Duration::from_secs(600));
    let args = [&EVERY[..], &["--lead", "10m"]].concat();
    scene.expect(0, &args, &runs);
    let pauses = pauses(&scene);
    let due = start.saturating_sub(Duration::from_secs(600));
    assert_eq!(pauses.len(), 1, "{}", scene.story());
    assert!((due..start).contains(&arrived(&pauses[0])), "{}", scene.story());
    end_of_story(&scene);
}

/// The windows are those of the timetable, whatever the list says.
#[test]
fn the_timetable_says_what_opens() {
    all_at_once(vec![true, false], |is_moved| {
        let scene = Scene::new();
        let Window { start, runs } = window(&["t0"], SOON);
        let later = Duration::from_secs(if is_moved { 3_000 } else { 0 });
        let begin = start.saturating_add(later);
        let end = start.saturating_add(Duration::from_secs(600)).saturating_add(later);
        let file = timetable(&scene, "patching", begin, end);
        let args = [&EVERY[..], &["--timetable", &file]].concat();
        scene.expect(0, &args, &runs);
        assert_eq!(scene.is_paused("t0"), !is_moved, "{}", scene.story());
        end_of_story(&scene);
    });
}

/// Between the intents, which are on disk, and the start.
#[test]
fn a_pass_that_ends_before_the_start_has_paused_nothing_and_the_next_one_does() {
    all_at_once(vec!["KILL", "TERM"], |name| {
        let scene = Scene::new();
        let Window { start: opens, runs } = window(&["t0", "t1"], SOON);
        let mut pass = start(&scene, &EVERY, &runs);
        until("an intent", || scene.ledger_text().matches("\"pausing\"").count() == 2);
        signal(&pass, name);
        assert_eq!(pass.wait().unwrap().code(), (name == "TERM").then_some(143));
        assert!(clock::now() < opens, "it ended before the window");
        assert_eq!(pauses(&scene).len(), 0, "{name}\n{}", scene.story());
        // The next one may come before the start, or after it.
        let ended = scene.expect(0, &EVERY, &runs);
        for id in ["t0", "t1"] {
            assert!(scene.is_paused(id), "{name} {ended:?}\n{}", scene.story());
        }
        let pauses = pauses(&scene);
        assert_eq!(pauses.len(), 2, "{name}: each once\n{}", scene.story());
        assert!(pauses.iter().all(|pause| opens <= arrived(pause)), "{name}\n{}", scene.story());
        end_of_story(&scene);
    });
}

/// The window was put off after the intents were written.
#[test]
fn an_intent_of_a_pass_whose_window_never_came_is_withdrawn() {
    let scene = Scene::new();
    let Window { start: opens, runs } = window(&["t0"], SOON);
    let end = opens.saturating_add(Duration::from_secs(600));
    let file = timetable(&scene, "patching", opens, end);
    let args = [&EVERY[..], &["--environment", ENVIRONMENT, "--timetable", &file]].concat();
    let mut pass = start(&scene, &args, &runs);
    until("an intent", || scene.ledger_text().contains("\"pausing\""));
    signal(&pass, "KILL");
    pass.wait().unwrap();
    let put_off = opens.saturating_add(Duration::from_secs(3_600));
    timetable(&scene, "patching", put_off, put_off.saturating_add(Duration::from_secs(600)));
    until("the start", || opens <= clock::now());
    // Whether it was sent is not known yet.
    scene.run(&args, &runs);
    scene.an_hour_later();
    scene.expect(0, &args, &runs);
    assert_eq!(scene.status(), Vec::<Value>::new());
    assert_eq!(scene.count("PUT", ""), 0, "{}", scene.story());
    scene.end_clean();
}

#[test]
fn two_passes_that_meet_one_edge_pause_each_task_once() {
    let pairs = [[&EVERY[..], &EVERY], [&EVERY, &["wait", "--lock-timeout", "30s"]]];
    all_at_once(pairs.to_vec(), |pair| {
        let scene = Scene::new();
        let Window { runs, .. } = window(&["t0", "t1", "t2"], SOON);
        let calls = pair.map(|args| start(&scene, args, &runs));
        for mut call in calls {
            assert_eq!(call.wait().unwrap().code(), Some(0), "{pair:?}");
        }
        assert_eq!(pauses(&scene).len(), 3, "{pair:?} {}", scene.story());
        end_of_story(&scene);
    });
}

/// A pause that fails at the start is tried again until the next pass, which is reported.
#[test]
fn what_a_pass_cannot_pause_in_time_is_an_error_and_left_to_the_next() {
    let cases = [(500, 1, 1), (403, 1, 2)];
    all_at_once(cases.to_vec(), |(status, code, tasks)| {
        let scene = Scene::new();
        let fault = Fault::new(Effect::status(status)).on("PUT", "/**/t0/pause");
        scene.standin.add_faults(vec![fault]).unwrap();
        let ids = &["t0", "t1"][..tasks];
        let Window { runs, .. } = window(ids, SOON);
        let ended = scene.run(&["sync", "--every", "14s", "--retries", "0"], &runs);
        assert_eq!(ended.code, code, "{status} {ended:#?}\n{}", scene.story());
        scene.standin.clear_faults();
        scene.expect(0, &["sync"], &runs);
        assert!(ids.iter().all(|id| scene.is_paused(id)), "{status}\n{}", scene.story());
        end_of_story(&scene);
    });
}

/// More than `--max-tasks` would be held with what opens: the next pass decides.
#[test]
fn what_opens_beyond_the_limit_is_left_to_the_next_pass() {
    let scene = Scene::new();
    let Window { start: opens, runs } = window(&["t1", "t2"], SOON);
    let runs = runs + &open_now(&["t0"]);
    let args = [&EVERY[..], &["--max-tasks", "2"]].concat();
    let ended = scene.expect(0, &args, &runs);
    assert!(ended.stderr.contains("what opens before the next pass is left to"), "{ended:?}");
    until("the start", || opens <= clock::now());
    scene.expect(78, &args, &runs);
    assert_eq!(pauses(&scene).len(), 1, "{}", scene.story());
    end_of_story(&scene);
}
