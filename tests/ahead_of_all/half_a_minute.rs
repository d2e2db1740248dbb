//! Calls that stay, and look again after half a minute.

use tmc_standin::{Effect, ExecutionKind, Fault, WorldAction};

use crate::support::runs::soon;
use crate::support::scene::Scene;
use crate::support::waiting::{Waiting, actions};

fn start(scene: &Scene, id: &str) {
    scene
        .standin
        .act(WorldAction::Start { id: id.into(), kind: ExecutionKind::default() })
        .unwrap();
}

#[test]
fn what_a_person_resumed_is_paused_again_if_that_is_wanted() {
    let scene = Scene::new();
    let runs = soon("t0", 0, Some(36_000));
    let mut waiting = Waiting::start_with(&scene, &["wait", "--resume", "--reassert"], &runs);
    assert_eq!(waiting.action(), "paused");
    scene.human_resumes("t0");
    let rest = waiting.rest(0);
    assert_eq!(actions(&rest, "t0"), ["paused", "resumed"]);
    assert_eq!(scene.count("PUT", "/t0/pause"), 3);
    scene.end_clean();
}

/// The list of what was missed fails at the last edge of all.
#[test]
fn a_start_that_may_yet_be_made_is_waited_for() {
    let scene = Scene::new();
    let args = ["wait", "--resume", "--catch-up", "once", "--retries", "0"];
    let mut waiting = Waiting::start_with(&scene, &args, &soon("t0", 0, Some(4_000)));
    assert_eq!(waiting.action(), "paused");
    start(&scene, "t0");
    let away = Fault::new(Effect::status(500)).on("GET", "/**/executions").times(1);
    scene.standin.add_faults(vec![away]).unwrap();
    let rest = waiting.rest(0);
    assert!(rest.last().unwrap()["caughtUp"].is_string(), "{rest:?}");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

/// The first task's missed run is made up for while the second is waited for.
#[test]
fn a_drain_keeps_no_start_waiting() {
    let scene = Scene::new();
    let args = ["wait", "--resume", "--catch-up", "once", "--retries", "0", "--drain", "10m"];
    let runs = soon("t0", 0, Some(3_500)) + &soon("t4", 3_500, Some(43_500));
    let mut waiting = Waiting::start_with(&scene, &args, &runs);
    assert_eq!([waiting.action(), waiting.action()], ["paused", "pending"]);
    start(&scene, "t0");
    let away = Fault::new(Effect::status(500))
        .on("GET", "/**/executions")
        .containing("execution_rejected");
    scene.standin.add_faults(vec![away.times(1)]).unwrap();
    let rest = waiting.rest(1);
    let started = rest.iter().position(|record| record["caughtUp"].is_string()).unwrap();
    let given_back = rest.iter().position(|r| r["id"] == "t4" && r["action"] == "resumed");
    assert!(started < given_back.unwrap(), "{rest:?}");
    scene.end_clean();
}
