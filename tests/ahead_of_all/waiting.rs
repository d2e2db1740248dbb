//! Killed while it waits: the next call puts everything right.

use std::thread;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::Value;
use tmc_standin::{Effect, ExecutionKind, Fault, WorldAction};

use crate::support::all_at_once::all_at_once;
use crate::support::process;
use crate::support::runs::{NOTHING, open_now, soon, whole_minute};
use crate::support::scene::Scene;
use crate::support::waiting::Waiting;
use crate::support::world::{ENVIRONMENT, PLAN, world};

/// The length of the window of these stories, in milliseconds: a busy machine may
/// take a second to start a process.
const LENGTH: u64 = 2_500;

/// Every way to end it, and every mode that comes next.
const CASES: [(&str, &str); 4] =
    [("KILL", "resume"), ("KILL", "sync"), ("TERM", "resume"), ("TERM", "sync")];

#[test]
fn before_its_window_nothing_is_left_behind() {
    all_at_once(CASES.to_vec(), |(name, next)| {
        let scene = Scene::new();
        let runs = soon("t0", 60_000, Some(120_000));
        let mut waiting = Waiting::start(&scene, &runs);
        assert_eq!(waiting.action(), "pending");
        waiting.end(name);
        let ended = scene.expect(0, &[next], &runs);
        assert_eq!(ended.action("t0"), if next == "sync" { "pending" } else { "" });
        assert_eq!(scene.count("PUT", ""), 0);
        scene.end_clean();
    });
}

#[test]
fn during_its_window_what_it_held_is_held_to_the_end_and_given_back() {
    all_at_once(CASES.to_vec(), |(name, next)| {
        let scene = Scene::new();
        let runs = soon("t0", 0, Some(LENGTH));
        let mut waiting = Waiting::start(&scene, &runs);
        assert_eq!(waiting.action(), "paused");
        waiting.end(name);
        assert!(scene.is_paused("t0"));
        // The window may end while the first call is under way, which then has two receipts.
        let call = || {
            let ended = scene.expect(0, &[next], NOTHING);
            ended.records().last().unwrap()["action"].as_str().unwrap().to_owned()
        };
        let first = call();
        if first != "resumed" {
            assert_eq!(first, "held");
            until_end_of(&runs);
            assert_eq!(call(), "resumed");
        }
        assert!(!scene.is_paused("t0"));
        scene.end_clean();
    });
}

/// Sleeps until the window of a run is over.
#[expect(clippy::disallowed_methods, reason = "the end of the window is what comes next")]
fn until_end_of(run: &str) {
    let run: Value = serde_json::from_str(run).unwrap();
    let end = UtcTime::parse(run["window"]["end"].as_str().unwrap()).unwrap();
    thread::sleep(end.since(clock::now()));
}

#[test]
fn after_its_window_what_it_was_giving_back_is_given_back() {
    all_at_once(CASES.to_vec(), |(name, next)| {
        let scene = Scene::new();
        let hang = Fault::new(Effect::latency_ms(1_000)).on("PUT", "/**/pause").skip(1).times(1);
        scene.standin.add_faults(vec![hang]).unwrap();
        let mut waiting = Waiting::start(&scene, &soon("t0", 0, Some(LENGTH)));
        assert_eq!(waiting.action(), "paused");
        let is_resuming = |requests: &[tmc_standin::Request]| {
            requests.iter().filter(|request| request.method == "PUT").count() == 2
        };
        assert!(scene.standin.wait_for(is_resuming));
        waiting.end(name);
        let ended = scene.expect(0, &[next], NOTHING);
        // A call that gets SIGTERM settles the change that is under way.
        let expected = if name == "KILL" { "resumed" } else { "" };
        assert_eq!(ended.action("t0"), expected, "{}", scene.story());
        assert!(!scene.is_paused("t0"));
        scene.end_clean();
    });
}

#[test]
fn between_two_windows_the_second_is_met_by_the_next_call() {
    all_at_once(CASES.to_vec(), |(name, next)| {
        let scene = Scene::new();
        let runs = soon("t0", 0, Some(LENGTH)) + &soon("t0", 60_000, Some(120_000));
        let mut waiting = Waiting::start(&scene, &runs);
        assert_eq!((waiting.action(), waiting.action()), ("paused".into(), "resumed".into()));
        waiting.end(name);
        let ended = scene.expect(0, &[next], &runs);
        assert_eq!(ended.action("t0"), if next == "sync" { "pending" } else { "" });
        assert_eq!(scene.count("PUT", "/t0/pause"), 2);
        scene.end_clean();
    });
}

#[test]
fn a_window_that_went_by_with_the_api_away_is_reported_by_the_exit_code() {
    let scene = Scene::new();
    let away = Fault::new(Effect::status(503)).on("GET", "/**/tasks/t0");
    scene.standin.add_faults(vec![away]).unwrap();
    let runs = soon("t0", 200, Some(LENGTH));
    let ended = scene.expect(1, &["wait", "--retries", "0"], &runs);
    assert!(ended.stderr.contains("a window went by"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 task or plan was not paused"), "{}", ended.stderr);
    assert_eq!(ended.records().last().unwrap()["action"], "expired", "{ended:#?}");
    assert_eq!(scene.count("PUT", ""), 0);
    scene.standin.clear_faults();
    scene.end_clean();
}

/// The second window opens while the first task's pause takes its time.
#[test]
fn a_window_that_opens_during_a_slow_pause_is_paused_at_once() {
    let scene = Scene::new();
    let slow = Fault::new(Effect::latency_ms(4_000)).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![slow]).unwrap();
    let runs = soon("t0", 0, Some(60_000)) + &soon("t1", 2_500, Some(14_000));
    let ended = scene.expect(0, &["wait"], &runs);
    // Half a minute later, at the next look at the clock, its window would
    // have been over.
    assert_eq!(ended.records().iter().rfind(|r| r["id"] == "t1").unwrap()["action"], "paused");
    scene.end_clean();
}

#[test]
fn a_deadline_ends_the_waiting() {
    let scene = Scene::new();
    let runs = soon("t0", 20_000, Some(60_000));
    let ended = scene.expect(69, &["wait", "--deadline", "1s"], &runs);
    assert!(ended.stderr.contains("deadline"), "{}", ended.stderr);
    scene.end_clean();
}

/// A request that only reads never outlasts a change that is due.
#[test]
fn a_request_that_hangs_is_left_when_the_next_window_opens() {
    for (path, skip, args, end, code) in [
        // The look that reads the pause back.
        ("/**/tasks/t0", 1, &["wait"][..], 17_500, 0),
        // The list of runs in flight, which is asked for again then.
        ("/**/executions", 0, &["wait", "--drain"], 7_500, 0),
        // The list of the plans that are named in the receipts.
        ("/**/executables/plans", 0, &["wait"], 7_500, 0),
    ] {
        let scene = Scene::new();
        let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", path).skip(skip).times(1);
        scene.standin.add_faults(vec![hang]).unwrap();
        let runs = soon("t0", 0, Some(60_000)) + &soon("t1", 2_500, Some(end));
        let ended = scene.expect(code, args, &runs);
        let last = ended.records().iter().rfind(|record| record["id"] == "t1").unwrap();
        assert_eq!(last["action"], "paused", "{path}: {ended:?}");
        let last = ended.records().iter().rfind(|record| record["id"] == "t0").unwrap();
        assert!(matches!(last["action"].as_str(), Some("paused" | "held")), "{path}: {ended:?}");
        scene.end_clean();
    }
}

/// Somebody could end it before the next look, so it must not count as lost.
#[test]
fn a_pause_whose_watch_was_cut_short_is_not_taken_for_a_lost_one() {
    let mut world = world(6);
    world.options.shows_after_ms = 6_000;
    let scene = Scene::of(world);
    let runs = soon("t0", 0, Some(60_000)) + &soon("t1", 2_500, Some(60_000));
    let mut waiting = Waiting::start(&scene, &runs);
    let actions = [waiting.action(), waiting.action(), waiting.action()];
    assert_eq!(actions, ["accepted", "pending", "paused"], "{}", scene.story());
    waiting.end("TERM");
    let ledger = scene.ledger_text();
    let accepted = ledger.lines().find(|line| line.contains("\"accepted\"")).unwrap();
    assert!(!accepted.contains("\"seen\""), "{accepted}");
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.standin.act(WorldAction::Settle {}).unwrap();
    scene.end_clean();
}

/// A run is started by the pass after the one that its task was resumed in.
#[test]
fn what_is_started_after_an_edge_has_its_receipt() {
    let scene = Scene::new();
    let runs = soon("t0", 0, Some(4_000)) + &soon("t1", 0, Some(6_000));
    let args = ["wait", "--resume", "--catch-up", "once"];
    let mut waiting = Waiting::start_with(&scene, &args, &runs);
    assert_eq!([waiting.action(), waiting.action()], ["paused", "paused"]);
    scene
        .standin
        .act(WorldAction::Start { id: "t0".into(), kind: ExecutionKind::default() })
        .unwrap();
    let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/executions").times(1);
    scene.standin.add_faults(vec![hang]).unwrap();
    let rest = waiting.rest(0);
    let reported = |started: bool| {
        let of = |receipt: &&Value| receipt["id"] == "t0" && receipt["action"] == "resumed";
        let of = rest.iter().filter(of);
        of.filter(|receipt| receipt["caughtUp"].is_string() == started).count()
    };
    // The first receipt of the resume did not know the runs that were missed.
    assert_eq!((reported(false), reported(true)), (1, 1), "{rest:?}");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

/// Everything in the ledger is given back, whoever paused it: a call that was
/// ended and started again cannot know what it was that paused.
#[test]
fn what_another_call_holds_longer_is_waited_for_and_given_back() {
    let scene = Scene::new();
    let later = soon(PLAN, 0, Some(LENGTH + 4_000)).replace("\"soon\"", "\"other\"");
    scene.expect(0, &["--no-verify"], &later);
    let ended = scene.expect(0, &["wait", "--resume"], &soon("t0", 0, Some(LENGTH)));
    assert_eq!(ended.records().last().unwrap()["action"], "resumed");
    assert_eq!(ended.records().last().unwrap()["id"], PLAN);
    assert!(!scene.is_paused(PLAN), "{}", scene.story());
    scene.end_clean();
}

/// Its window opens while another task is looked at with all the patience
/// there is, and is over before that is.
#[test]
fn what_was_postponed_keeps_no_window_from_being_met() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/tasks/t0").times(2);
    scene.standin.add_faults(vec![hang]).unwrap();
    let runs = soon("t0", 0, Some(60_000)) + &soon("t1", 12_000, Some(18_000));
    let ended = scene.expect(0, &["wait"], &runs);
    for id in ["t0", "t1"] {
        let last = ended.records().iter().rfind(|record| record["id"] == id).unwrap();
        assert_eq!(last["action"], "paused", "{id}: {ended:?}");
    }
    scene.end_clean();
}

/// The window that ends while a start takes its time is the last: another
/// start is left, and the call stays for it.
#[test]
fn a_start_that_was_left_at_an_edge_is_made_before_it_ends() {
    let scene = Scene::new();
    let runs = ["t0", "t1"].map(|id| soon(id, 0, Some(4_000))).concat();
    let runs = runs + &soon("t2", 0, Some(5_500));
    let args = ["wait", "--resume", "--catch-up", "once"];
    let mut waiting = Waiting::start_with(&scene, &args, &runs);
    for _ in 0..3 {
        assert_eq!(waiting.action(), "paused");
    }
    for id in ["t0", "t1"] {
        let kind = ExecutionKind::default();
        scene.standin.act(WorldAction::Start { id: id.into(), kind }).unwrap();
    }
    let hang = Fault::new(Effect::latency_ms(3_000)).on("POST", "/processing/executions").times(1);
    scene.standin.add_faults(vec![hang]).unwrap();
    let rest = waiting.rest(0);
    let started = rest.iter().filter(|receipt| receipt["caughtUp"].is_string());
    assert_eq!(started.count(), 2, "{rest:?}");
    assert_eq!(scene.count("POST", "/processing/executions"), 2);
    scene.end_clean();
}

/// A list that the account may not read stays so; otherwise a
/// window without an end would keep the call for ever.
#[test]
fn plans_that_may_never_be_listed_are_not_waited_for() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(403)).on("GET", "/**/executables/plans");
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &["wait", "--with-plans"], &soon("t5", 0, None));
    assert_eq!(ended.action("t5"), "paused");
    let words = "which tasks are part of plans is not known";
    assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
    scene.end_clean();
}

/// The second look at runs in flight hangs until the next window opens.
#[test]
fn where_a_drain_is_cut_off_its_last_look_counts() {
    let scene = Scene::new();
    // One look is three lists, two of them in six slices of time.
    let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/executions").skip(13).times(1);
    scene.standin.add_faults(vec![hang]).unwrap();
    let runs = soon("t4", 0, Some(60_000)) + &soon("t1", 4_000, Some(9_000));
    let ended = scene.expect(1, &["wait", "--drain", "6s"], &runs);
    let in_flight = ended.receipt("t4")["inFlight"].as_array();
    assert!(in_flight.is_some_and(|runs| !runs.is_empty()), "{ended:?}");
    assert_eq!(ended.receipt("t1")["action"], "pending");
    assert_eq!(ended.records().last().unwrap()["action"], "paused");
    assert!(!ended.stderr.contains("is not known"), "{}", ended.stderr);
    scene.end_clean();
}

#[test]
fn a_signal_while_the_lock_is_waited_for_is_reported_by_its_code() {
    let scene = Scene::new();
    let file = scene.file("timetable.csv");
    let (start, end) = (whole_minute(-60), whole_minute(-5));
    std::fs::write(&file, format!("name,start,end\npatching,{start},{end}\n")).unwrap();
    scene.expect(0, &["sync"], &open_now(&["t0"]));
    let over = scene.ledger_text().replace(&whole_minute(60).to_string(), &end.to_string());
    scene.write_ledger(&over);
    // Another call has the ledger.
    let hang = Fault::new(Effect::latency_ms(4_000)).on("GET", "/**/tasks/*");
    scene.standin.add_faults(vec![hang]).unwrap();
    let mut other = process::start(&scene, &["resume"], "");
    assert!(scene.standin.wait_for(|all| {
        all.iter().filter(|one| one.method == "GET" && one.path.ends_with("/t0")).count() > 2
    }));
    let args = ["sync", "--environment", ENVIRONMENT, "--timetable", &file, "--lock-timeout", "9s"];
    let waiting = process::start(&scene, &args, "");
    std::thread::park_timeout(std::time::Duration::from_millis(700));
    process::signal(&waiting, "TERM");
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(other.wait().unwrap().code(), Some(0));
    scene.standin.clear_faults();
    scene.end_clean();
}
