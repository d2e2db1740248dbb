//! A stay meets every window, whatever else goes on at its edges.

use std::time::Duration;

use maintenance_core::clock;
use serde_json::Value;
use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::runs::{NOTHING, selected, soon};
use crate::support::scene::Scene;
use crate::support::waiting::{Waiting, actions};
use crate::support::world::PLAN;

const STAY: &[&str] = &["wait", "--resume"];

/// The resume after the first window shows while the second is open.
#[test]
fn a_resume_that_shows_late_keeps_no_window_from_being_met() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.shows_after_ms = 2_500);
    let runs = soon("t0", 0, Some(4_000)) + &soon("t0", 5_000, Some(60_000));
    let mut waiting = Waiting::start_with(&scene, STAY, &runs);
    let reported: Vec<_> = std::iter::repeat_with(|| waiting.action()).take(4).collect();
    // It is still paused when the second opens, and a little later it is not.
    assert_eq!(reported, ["paused", "accepted", "resumed", "paused"]);
    waiting.end("TERM");
    assert!(scene.is_paused("t0"));
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.end_clean();
}

/// `t1` is held by an earlier call.
#[test]
fn a_hold_without_an_end_is_reported_at_the_beginning_and_at_the_end_of_a_wait() {
    let scene = Scene::new();
    let endless = |stderr: &str, count: &str| {
        let reported = stderr.lines().filter(|line| line.contains(count));
        assert!(reported.clone().all(|line| line.contains("resume --all")), "{stderr}");
        reported.count()
    };
    scene.expect(0, &[], &selected("t1", "freeze", -60, None));
    let runs = soon("t0", 0, None) + &soon("t2", 0, Some(2_500));
    let ended = scene.expect(1, STAY, &runs);
    assert_eq!(actions(ended.records(), "t2"), ["paused", "resumed"]);
    assert_eq!(endless(&ended.stderr, "2 tasks and plans stay paused"), 2, "{}", ended.stderr);
    assert!(scene.is_paused("t0") && scene.is_paused("t1"));
    scene.expect(0, &["resume", "--window", "freeze"], "");
    // Nothing is left to stay for.
    let ended = scene.expect(1, STAY, &runs.replace("t2", "t0"));
    assert_eq!(endless(&ended.stderr, "1 task or plan stays paused"), 1, "{}", ended.stderr);
    scene.expect(0, &["wait"], &runs.replace("t2", "t0"));
    scene.end_clean();
}

#[test]
fn a_task_resumed_by_a_person_between_two_windows_is_paused_for_the_next() {
    let scene = Scene::new();
    // Just before the first look after the first window.
    let resumes = Effect::before(WorldAction::resume("t0"));
    let resumes = Fault::new(resumes).on("GET", "/**/tasks/t0").skip(2).times(1);
    scene.standin.add_faults(vec![resumes]).unwrap();
    let runs = soon("t0", 0, Some(2_500)) + &soon("t0", 4_000, Some(60_000));
    let ended = scene.expect(0, &["wait"], &runs);
    assert_eq!(actions(ended.records(), "t0"), ["paused", "kept", "paused"]);
    assert!(scene.is_paused("t0"));
    scene.human_did("t0", false);
    scene.end_clean();
}

/// The two windows are one hold, until a person gives one of them up.
#[test]
fn a_window_that_was_given_up_takes_no_other_with_it() {
    let scene = Scene::new();
    let mut second = soon("t0", 4_500, Some(8_000));
    second = second.replace("\"soon\"", "\"second\"");
    let runs = soon("t0", 0, Some(6_000)) + &second;
    let mut waiting = Waiting::start_with(&scene, STAY, &runs);
    assert_eq!(waiting.action(), "paused");
    // The stay has the ledger for a moment.
    let args = ["resume", "--window", "soon", "--lock-timeout", "5s"];
    assert_eq!(scene.expect(0, &args, "").action("t0"), "resumed");
    let rest = waiting.rest(0);
    assert_eq!(actions(&rest, "t0"), ["paused", "resumed"]);
    assert_eq!(rest[0]["hold"]["windows"], serde_json::json!(["second"]));
    scene.end_clean();
}

#[test]
fn a_change_that_hangs_keeps_no_window_from_being_met() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(25_000)).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![hang]).unwrap();
    let runs = soon("t0", 0, Some(60_000)) + &soon("t1", 2_500, Some(18_000));
    let ended = scene.expect(0, &["wait"], &runs);
    assert_eq!(actions(ended.records(), "t1"), ["pending", "paused"]);
    assert_eq!(actions(ended.records(), "t0").last().unwrap(), "paused", "{ended:?}");
    scene.end_clean();
}

/// Else the task would be unpaused for as long as others drain.
#[test]
fn what_failed_is_tried_again_while_others_drain() {
    let scene = Scene::new();
    let fault = Fault::new(Effect::status(500)).on("GET", "/**/tasks/t0").times(1);
    scene.standin.add_faults(vec![fault]).unwrap();
    let runs = soon("t4", 0, Some(40_000)) + &soon("t0", 0, Some(40_000));
    let args = ["wait", "--drain", "8s", "--retries", "0"];
    let ended = scene.expect(1, &args, &runs);
    assert_eq!(actions(ended.records(), "t0"), ["failed", "paused"], "{ended:?}");
    scene.end_clean();
}

#[test]
fn credentials_that_are_refused_for_a_while_do_not_end_a_wait() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(401)).on("GET", "/**/tasks/t0").skip(2).times(1);
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(0, STAY, &soon("t0", 0, Some(2_500)));
    assert_eq!(actions(ended.records(), "t0"), ["paused", "resumed"]);
    assert!(ended.stderr.contains("trying again"), "{}", ended.stderr);
    scene.end_clean();
}

/// Whose pause it was when they were counted, its task is none of ours.
#[test]
fn no_more_is_paused_than_was_allowed_whatever_others_give_back() {
    let scene = Scene::new();
    scene.human_pauses("t0");
    let runs = soon("t0", 4_000, Some(6_500)) + &soon("t1", 0, Some(6_500));
    let args = ["wait", "--resume", "--max-tasks", "1"];
    let mut waiting = Waiting::start_with(&scene, &args, &runs);
    assert_eq!([waiting.action(), waiting.action()], ["pending", "paused"]);
    scene.human_resumes("t0");
    let rest = waiting.rest(1);
    assert_eq!(actions(&rest, "t0"), ["failed"]);
    assert_eq!(scene.count("PUT", "/t0/pause"), 0);
    scene.end_clean();
}

/// The two windows are one hold, and the first was over before it began.
#[test]
fn a_window_that_was_missed_is_reported_though_the_next_of_its_hold_was_met() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(403)).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![refused]).unwrap();
    let touches = clock::now().saturating_add(Duration::from_secs(5));
    let edge = |runs: String, member: &str| {
        let mut run: Value = serde_json::from_str(&runs).unwrap();
        run["window"][member] = serde_json::json!(touches);
        format!("{run}\n")
    };
    let runs = edge(soon("t0", 2_500, Some(5_000)), "end")
        + &edge(soon("t0", 5_000, Some(7_500)).replace("\"soon\"", "\"second\""), "start");
    let ended = scene.expect(1, STAY, &runs);
    assert_eq!(actions(ended.records(), "t0"), ["pending", "failed", "paused", "resumed"]);
    assert!(ended.stderr.contains("a window went by"), "{}", ended.stderr);
    scene.end_clean();
}

#[test]
fn a_ledger_that_disappears_is_reported() {
    let scene = Scene::new();
    let runs = soon("t0", 0, Some(4_000));
    let mut waiting = Waiting::start_with(&scene, STAY, &runs);
    assert_eq!(waiting.action(), "paused");
    let kept = scene.file("kept");
    std::fs::copy(scene.ledger(), &kept).unwrap();
    std::fs::remove_file(scene.ledger()).unwrap();
    waiting.rest(65);
    assert!(scene.is_paused("t0"));
    std::fs::copy(&kept, scene.ledger()).unwrap();
    scene.end_clean();
}

/// It is held now, and paused anew when its second window opens.
#[test]
fn what_is_given_back_and_paused_again_counts_for_max_tasks() {
    let scene = Scene::new();
    scene.expect(0, &[], &soon("t0", 0, Some(20_000)));
    let runs = ["t0", "t1"].map(|id| soon(id, 30_000, Some(40_000))).concat();
    let args = ["wait", "--resume", "--max-tasks", "1"];
    let ended = scene.expect(78, &args, &runs);
    let said = "1 task or plan is held already, 1 more is to be paused, up to 2 at once";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    scene.end_clean();
}

/// As many as there may be, one window after the other.
#[test]
fn what_is_given_back_while_waiting_makes_room_under_max_tasks() {
    let scene = Scene::new();
    let (first, second) = (soon("t0", 0, Some(2_500)), soon("t1", 3_000, Some(5_500)));
    let args = ["wait", "--resume", "--max-tasks", "1"];
    let ended = scene.expect(0, &args, &(first + &second));
    for id in ["t0", "t1"] {
        assert!(actions(ended.records(), id).ends_with(&["paused".into(), "resumed".into()]));
    }
    // Without --resume the first one stays held.
    let (first, second) = (soon("t0", 0, Some(60_000)), soon("t1", 61_000, Some(70_000)));
    scene.expect(78, &["wait", "--max-tasks", "1"], &(first + &second));
    assert_eq!(scene.count("PUT", ""), 4);
    scene.end_clean();
}

/// The list of plans is under way when the next window opens.
#[test]
fn a_list_of_plans_that_an_edge_cut_off_is_read_after_it() {
    let scene = Scene::new();
    let slow = Fault::new(Effect::latency_ms(1_000)).on("GET", "/**/executables/plans");
    scene.standin.add_faults(vec![slow]).unwrap();
    let runs = soon("t5", 2_500, Some(12_000)) + &soon("t1", 3_000, Some(12_000));
    let ended = scene.expect(0, &["wait", "--resume", "--with-plans"], &runs);
    assert_eq!(actions(ended.records(), PLAN), ["paused", "resumed"], "{ended:?}");
    scene.end_clean();
}

/// Runs of what is paused may not be listed, so an empty list says nothing of
/// what an earlier call holds.
#[test]
fn wait_gives_back_the_holds_of_an_earlier_call() {
    let scene = Scene::new();
    scene.expect(0, &[], &(soon("t0", 0, Some(4_000)) + &soon("t1", 0, Some(2_500))));
    let ended = scene.expect(0, &["wait", "--resume"], NOTHING);
    assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "resumed".into()));
    assert!(!scene.is_paused("t0") && !scene.is_paused("t1"), "{}", scene.story());
    assert_eq!(scene.status(), Vec::<serde_json::Value>::new());
    scene.end_clean();
}
