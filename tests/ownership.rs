//! Whose pause it is, where the API's details do not make it easy.

use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::ended::Ended;
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, HUMAN, world};

/// The context of a task's pause as it is, whatever the stand-in shows.
fn context(scene: &Scene, id: &str) -> String {
    let state = scene.standin.state();
    let task = state.tasks.into_iter().find(|task| task.id == id).unwrap();
    task.details.and_then(|details| details.context).unwrap_or_default()
}

#[test]
fn a_person_who_pauses_anew_with_our_own_words_keeps_the_pause() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let ours = context(&scene, "t0");
    assert!(ours.contains("[task-pause hold="), "{ours}");
    // The form for it shows the last text, and the person leaves it there.
    scene.human_resumes("t0");
    let user = "a-person".to_owned();
    scene.standin.act(WorldAction::Pause { id: "t0".into(), user, context: Some(ours) }).unwrap();
    scene.human_did("t0", true);
    let ended = scene.expect(0, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    scene.end_clean();
}

#[test]
fn a_tenant_that_cuts_contexts_short_still_shows_what_is_ours() {
    for characters in [20, 60] {
        let scene = Scene::new();
        scene.standin.set_options(|options| options.context_characters = Some(characters));
        let runs = open_now(&["t0", "t1", "t2", HUMAN]);
        let ended = scene.expect(0, &[], &runs);
        assert_eq!(ended.action("t0"), "paused", "{characters}");
        assert_eq!(ended.action(HUMAN), "foreign");
        assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "held");
        scene.human_resumes("t1");
        scene.human_pauses("t1");
        scene.human_resumes("t2");
        let ended = scene.expect(0, &["resume", "--all"], "");
        let actions = ["t0", "t1", "t2"].map(|id| ended.action(id));
        assert_eq!(actions, ["resumed", "kept", "kept"], "{characters}");
        scene.end_clean();
    }
}

// README: If nothing proves whose a pause is
#[test]
fn what_is_cut_beyond_recognition_is_reported_and_not_given_up() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.context_characters = Some(3));
    let ended = scene.expect(1, &[], &open_now(&["t0"]));
    assert_eq!(ended.action("t0"), "failed", "we changed it, and cannot prove that it is ours");
    assert_eq!(scene.expect(1, &["sync"], &open_now(&["t0"])).action("t0"), "failed");
    assert_eq!(scene.expect(1, &["resume", "--all"], "").action("t0"), "failed");
    assert_eq!(scene.status().len(), 1);
    // Once the API shows all of it, it is known again.
    scene.standin.set_options(|options| options.context_characters = None);
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

/// The first request was made and its answer lost; it does not show yet, so it
/// is made again, which changes nothing; and no context shows by whom.
#[test]
fn a_second_request_that_changes_nothing_proves_nothing() {
    let scene = Scene::new();
    scene.standin.set_options(|options| {
        options.hide_pause_context = true;
        options.shows_after_ms = 1_500;
    });
    let lost = Fault::new(Effect::reset_after()).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![lost]).unwrap();
    scene.run(&["--retries", "0"], &open_now(&["t0"]));
    assert_eq!(scene.status()[0]["state"], "pausing");
    let ended = scene.expect(1, &["sync"], &open_now(&["t0"]));
    assert_eq!(scene.count("PUT", "/pause"), 2);
    assert_eq!(ended.action("t0"), "failed", "{ended:?}");
    assert_eq!(scene.status().len(), 1, "it may be ours, so it is not given up");
    scene.standin.set_options(|options| options.hide_pause_context = false);
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn a_workspace_that_is_no_longer_seen_is_no_sign_that_a_task_is_gone() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    assert!(scene.ledger_text().contains("\"workspaceId\":\"w1\""), "{}", scene.ledger_text());
    let hidden = Fault::new(Effect::status(404)).on("GET", "/**/t0");
    let nothing = Effect::Body { text: "[]".to_owned() };
    let unseen = Fault::new(nothing).on("GET", "/orchestration/workspaces");
    scene.standin.add_faults(vec![hidden.clone(), unseen]).unwrap();
    assert_eq!(scene.expect(1, &["resume", "--all"], "").action("t0"), "failed");
    assert_eq!(scene.status().len(), 1, "it is still to be given back");
    // Where the workspace is seen, and the list has the task, it is not gone.
    scene.standin.clear_faults();
    scene.standin.add_faults(vec![hidden]).unwrap();
    for args in [&["--dry-run"][..], &[]] {
        let args = [&["sync", "--environment", ENVIRONMENT], args].concat();
        assert_eq!(scene.expect(1, &args, "").action("t0"), "failed");
    }
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

/// Between the answer to a pause and the next look at it a person may have
/// ended it. It looks the same as a pause that was lost.
#[test]
fn a_pause_that_nobody_looked_at_and_that_is_gone_is_not_made_again_unasked() {
    let scene = Scene::new();
    let runs = selected("t0", "patching", -30, Some(120));
    scene.expect(0, &["--no-verify"], &runs);
    scene.human_resumes("t0");
    let sync = ["sync"];
    assert_eq!(scene.expect(1, &sync, &runs).action("t0"), "accepted", "it may still come");
    scene.an_hour_later();
    for _ in 0..2 {
        let ended = scene.expect(1, &sync, &runs);
        assert_eq!(ended.action("t0"), "failed");
        assert!(ended.receipt("t0")["why"].as_str().unwrap().contains("--reassert"), "{ended:?}");
    }
    assert_eq!(scene.count("PUT", ""), 1);
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "kept");
    scene.end_clean();
}

/// A pause that was looked at at once, and did not show, cannot have been ended.
#[test]
fn a_pause_that_was_lost_before_anybodys_eyes_is_made_again() {
    let mut world = world(6);
    world.options.shows_after_ms = 3_600_000;
    let scene = Scene::of(world);
    let runs = selected("t0", "patching", -30, Some(120));
    let ended = scene.expect(1, &["--verify-timeout", "10s"], &runs);
    assert_eq!(ended.action("t0"), "accepted");
    scene.an_hour_later();
    let ended = scene.expect(1, &["sync", "--verify-timeout", "1s"], &runs);
    assert_eq!((ended.action("t0"), scene.count("PUT", "")), ("accepted".into(), 2));
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.standin.act(tmc_standin::WorldAction::Settle {}).unwrap();
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "held");
    scene.end_clean();
}

/// Where only the beginning of a text shows, a call that did not see its pause
/// itself cannot distinguish it from another that begins so.
#[test]
fn a_pause_that_shows_only_its_beginning_is_not_taken_for_anothers() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.context_characters = Some(30));
    scene.expect(0, &["--no-verify"], &open_now(&["t0", "t1"]));
    scene.human_resumes("t1");
    scene.human_pauses("t1");
    let ended = scene.expect(1, &["resume", "--all"], "");
    assert_eq!(ended.action("t0"), "failed", "it may be ours: {ended:?}");
    assert_eq!(ended.action("t1"), "failed", "a tenant may replace texts, too: {ended:?}");
    assert_eq!(scene.status().len(), 2);
    // Once the API shows all of it, it is known again, and with it our account. (What
    // `resume --all` was to give back is only held on if that is asked for.)
    scene.standin.set_options(|options| options.context_characters = None);
    let ended = scene.expect(0, &["sync", "--reassert"], &open_now(&["t0"]));
    assert_eq!((ended.action("t0"), ended.action("t1")), ("held".into(), "foreign".into()));
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

/// The order in which tasks are looked at does not decide whose their pauses are: the proof
/// may come from a task that is looked at later in the pass, or whose look takes long.
#[test]
fn whose_a_pause_is_does_not_depend_on_the_order_of_the_looks() {
    for (ours, theirs, slow_ms) in [("t0", "t1", 0), ("t1", "t0", 0), ("t0", "t1", 11_000)] {
        let scene = Scene::new();
        scene.standin.set_options(|options| options.context_characters = Some(30));
        scene.expect(0, &["--no-verify"], &open_now(&[ours, theirs]));
        scene.human_resumes(theirs);
        scene.human_pauses(theirs);
        let ended = scene.expect(1, &["resume", "--all"], "");
        assert_eq!([ours, theirs].map(|id| ended.action(id)), ["failed", "failed"]);
        scene.standin.set_options(|options| options.context_characters = None);
        let slow = Effect::Latency { min_ms: slow_ms, max_ms: slow_ms, processed: false };
        let slow = Fault::new(slow).on("GET", &format!("/**/{ours}")).times(1);
        scene.standin.add_faults(vec![slow]).unwrap();
        let ended = scene.expect(0, &["sync", "--reassert"], &open_now(&[ours]));
        let actions = [ours, theirs].map(|id| ended.action(id));
        assert_eq!(actions, ["held", "foreign"], "{ours}, after {slow_ms} ms");
        let dry = scene.expect(0, &["resume", "--all", "--dry-run"], "");
        assert_eq!(dry.action(ours), "resumed");
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    }
}

/// Within the second between our look and our request: the tenant shows our mark
/// on that pause, as one that answers 204 to every change does on ours.
#[test]
fn a_persons_pause_that_our_request_rewrote_is_ours_and_an_audit_finds_it() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.repeated_pause_rewrites = true);
    let pause = WorldAction::Pause { id: "t0".into(), user: "a-person".into(), context: None };
    let faster = Fault::new(Effect::before(pause)).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![faster]).unwrap();
    let ended = scene.expect(0, &[], &open_now(&["t0", "t1"]));
    assert_eq!(["t0", "t1"].map(|id| ended.action(id)), ["paused", "paused"]);
    assert_eq!(ended.receipt("t0")["answer"], "unchanged");
    assert!(ended.receipt("t1")["answer"].is_null(), "{ended:?}");
    scene.end_clean();
}

/// The call that gives everything back has the last word, until the next hold.
#[test]
fn what_was_given_back_before_its_end_is_not_paused_again() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    scene.expect(0, &["--no-verify"], &runs);
    scene.human_resumes("t0");
    scene.an_hour_later();
    let ended = scene.expect(0, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    let ended = scene.expect(0, &["sync"], &runs);
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "kept".into()));
    assert!(!scene.is_paused("t0") && !scene.is_paused("t1"));
    scene.end_clean();
}

/// The clock of this computer is not that of the API, and an answer is lost:
/// the pause is dated hours before our intent, or hours after it.
#[test]
fn a_clock_that_is_wrong_makes_a_pause_of_ours_nobody_elses() {
    type Hides = fn(&mut tmc_standin::Options);
    let hides: [(Hides, &str); 3] = [
        (|_| {}, "resumed"),
        (|options| options.hide_pause_context = true, "failed"),
        (|options| options.context_characters = Some(30), "failed"),
    ];
    for offset in [-3 * 24 * 60, -120, 120] {
        for (hide, expected) in hides {
            let scene = Scene::new();
            scene.set_clock(offset);
            scene.standin.set_options(hide);
            let lost = Fault::new(Effect::reset_after()).on("PUT", "/**/t0/pause").times(1);
            let blind = Fault::new(Effect::status(500)).on("GET", "/**/t0").skip(1);
            scene.standin.add_faults(vec![lost, blind]).unwrap();
            scene.run(&["--retries", "0"], &open_now(&["t0"]));
            scene.standin.clear_faults();
            assert_eq!(scene.status()[0]["state"], "pausing", "{offset}");
            let code = i32::from(expected == "failed");
            let ended = scene.expect(code, &["resume", "--all"], "");
            assert_eq!(ended.action("t0"), expected, "{offset} {ended:?}");
            assert_eq!(scene.status().len(), usize::from(expected == "failed"), "{offset}");
            // Once the API shows all of it, it is known for ours.
            scene.standin.set_options(|options| {
                options.hide_pause_context = false;
                options.context_characters = None;
            });
            scene.end_clean();
        }
    }
}

/// The stories' own check of what is held after a person resumed a task.
#[test]
fn a_window_that_a_person_ended_may_not_be_held_again_and_another_one_may() {
    for (window, may_be_held) in [("a", false), ("b", true)] {
        let scene = Scene::new();
        scene.expect(0, &[], &selected("t0", "a", -30, Some(30)));
        scene.human_resumes("t0");
        // As a tool would that forgot it, or had another window.
        scene.write_ledger(&scene.ledger_text().replace(r#""name":"a""#, &named(window)));
        let context = Some("maintenance [task-pause hold=x-1 until=open]".to_owned());
        let pause = WorldAction::Pause { id: "t0".into(), user: "ops".into(), context };
        scene.standin.act(pause).unwrap();
        let mut reported = Ended::done();
        reported.code = 1;
        let check = std::panic::AssertUnwindSafe(|| scene.check(&reported));
        assert_eq!(std::panic::catch_unwind(check).is_ok(), may_be_held, "{window}");
    }
}

fn named(window: &str) -> String {
    format!(r#""name":"{window}""#)
}
