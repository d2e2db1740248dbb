//! Short windows: an API that is away when one opens, and one that ends while
//! its tasks are still being paused.

use std::thread;
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use tmc_standin::{Effect, Fault, Request};

use crate::support::all_at_once::all_at_once;
use crate::support::ended::Ended;
use crate::support::runs::{selected, soon};
use crate::support::scene::Scene;
use crate::support::world::{PLAN, world};

/// The time for which the API is away.
const OUTAGE: Duration = Duration::from_secs(2);

/// The status with a wait that is longer than the window.
fn come_back_later(status: u16) -> Effect {
    let retry_after = Some("60".to_owned());
    Effect::Status { status, retry_after, body: None, processed: false }
}

/// The actions of a task's receipts, in order.
fn actions(ended: &Ended, id: &str) -> Vec<String> {
    let of_task = ended.records().iter().filter(|record| record["id"] == id);
    of_task.map(|record| record["action"].as_str().unwrap().to_owned()).collect()
}

/// Whether a request asks for a pause.
fn is_pause(request: &Request) -> bool {
    let body = request.body.as_ref();
    request.method == "PUT" && body.is_some_and(|body| body["pause"] == true)
}

/// The requests for a pause that arrived at that time or later.
fn pauses_since(scene: &Scene, end: UtcTime) -> Vec<Request> {
    let is_late = |request: &Request| {
        UtcTime::parse(&request.at.to_string()).is_some_and(|at| at >= end) && is_pause(request)
    };
    scene.standin.requests().into_iter().filter(is_late).collect()
}

/// Lets the API come back after so long.
#[expect(clippy::disallowed_methods, reason = "an outage lasts as long as it lasts")]
fn come_back(scene: &Scene, after: Duration) {
    thread::sleep(after);
    scene.standin.clear_faults();
}

#[test]
fn a_window_of_ten_seconds_is_met_where_the_api_is_away_for_two_at_its_start() {
    let hang = Effect::latency_ms(25_000);
    let mut cases = Vec::new();
    for (method, path) in [("GET", "/**/tasks/*"), ("PUT", "/**/pause")] {
        for effect in [
            Effect::status(503),
            come_back_later(503),
            Effect::status(500),
            Effect::reset(),
            Effect::reset_after(),
            hang.clone(),
        ] {
            cases.push((method, path, effect, &[][..]));
        }
        cases.push((method, path, Effect::status(503), &["--retries", "0"][..]));
    }
    cases.push(("GET", "/**/executables/plans", hang, &["--with-plans"]));
    all_at_once(cases, |(method, path, effect, args)| {
        let scene = Scene::new();
        let fault = Fault::new(effect.clone()).on(method, path);
        scene.standin.add_faults(vec![fault]).unwrap();
        let end = clock::now().saturating_add(Duration::from_secs(10));
        let runs = soon("t5", 0, Some(10_000)) + &soon("t1", 0, Some(10_000));
        let ended = thread::scope(|scope| {
            scope.spawn(|| come_back(&scene, OUTAGE));
            scene.run(&[&["wait"], args].concat(), &runs)
        });
        let reported =
            format!("{method} {path} {effect:?} {args:?}: {ended:#?}\n{}", scene.story());
        assert_eq!(ended.code, 0, "{reported}");
        for id in ["t1", "t5"] {
            let last = ended.records().iter().rfind(|record| record["id"] == id).unwrap();
            assert_eq!(last["action"], "paused", "{reported}");
        }
        assert_eq!(scene.is_paused(PLAN), args.contains(&"--with-plans"), "{reported}");
        assert!(clock::now() < end, "{reported}");
        scene.end_clean();
    });
}

#[test]
fn what_a_window_holds_is_given_back_soon_where_the_api_is_away_at_its_end() {
    let scene = Scene::new();
    let away = Fault::new(come_back_later(503)).on("GET", "/**/tasks/*").skip(2);
    scene.standin.add_faults(vec![away]).unwrap();
    let runs = soon("t0", 0, Some(4_000));
    let ended = thread::scope(|scope| {
        scope.spawn(|| come_back(&scene, Duration::from_secs(4) + OUTAGE));
        scene.run(&["wait", "--resume"], &runs)
    });
    assert_eq!(ended.code, 0, "{ended:#?}\n{}", scene.story());
    assert_eq!(ended.records().last().unwrap()["action"], "resumed", "{ended:#?}");
    scene.end_clean();
}

/// The calls that give back what ends.
const CALLS: [&[&str]; 2] = [&["wait", "--resume"], &["sync"]];

/// Runs a call on tasks of one window, some of which it does not come to in
/// time: those are left, and the others are given back by the same call.
fn story_of_the_end(scene: &Scene, args: &[&str], runs: &str, end: UtcTime) -> Ended {
    let ended = scene.run(args, runs);
    let context = format!("{args:?} {ended:#?}\n{}", scene.story());
    assert_eq!(pauses_since(scene, end), [], "{context}");
    assert!(ended.code >= 0 && clock::now() >= end, "{context}");
    for id in ["t0", "t1", "t2", "t3", "t4", "t5", PLAN] {
        assert!(!scene.is_paused(id), "{id} {context}");
    }
    // What is said of the exit code, and nothing else.
    let errors = ended.stderr.matches("error: ").count();
    assert_eq!(errors, usize::from(ended.code != 0), "{context}");
    if ended.code != 0 {
        let is_partial = ended.code == 1;
        let reasons =
            ["a window went by in which not everything was paused", "runs are in flight still"];
        assert!(is_partial && reasons.iter().any(|text| ended.stderr.contains(text)), "{context}");
    }
    scene.end_clean();
    ended
}

#[test]
fn a_window_that_ends_while_its_tasks_are_paused_is_left_and_given_back() {
    // More than can be paused in time one after the other, and the last of them.
    const IDS: [&str; 6] = ["t0", "t1", "t2", "t4", "t5", "t3"];
    let cases = CALLS.iter().flat_map(|call| {
        [
            // Each pause takes its time.
            (*call, vec!["--concurrency", "1"], Effect::latency_ms(900), "PUT", "/**/pause"),
            // They are looked at for long.
            (*call, vec![], Effect::latency_ms(4_100), "GET", "/**/tasks/t3"),
            // They wait for the runs that are near.
            (*call, vec!["--lead", "1s"], Effect::latency_ms(4_800), "POST", "/**/events/search"),
        ]
    });
    // One is refused, and tried again: only a call that stays is there to see
    // the end.
    let refused = ("PUT", "/**/t3/pause");
    let refused = (CALLS[0], vec![], come_back_later(429), refused.0, refused.1);
    all_at_once(cases.chain([refused]).collect(), |(call, more, effect, method, path)| {
        let scene = Scene::new();
        scene.standin.add_faults(vec![Fault::new(effect).on(method, path)]).unwrap();
        let end = clock::now().saturating_add(Duration::from_secs(4));
        let runs = IDS.map(|id| soon(id, 0, Some(4_000))).concat();
        let args = [call, &more[..]].concat();
        let ended = story_of_the_end(&scene, &args, &runs, end);
        let late = actions(&ended, "t3");
        assert!(!late.contains(&"paused".to_owned()), "{late:?} {ended:#?}");
    });
}

#[test]
fn no_call_sends_a_pause_whose_window_ended_while_it_waited_for_its_place_in_the_minute() {
    let cases: Vec<&[&str]> = vec![&[], &["wait"], &["sync"]];
    all_at_once(cases, |call| {
        let scene = Scene::new();
        let end = clock::now().saturating_add(Duration::from_secs(4));
        let runs = ["t0", "t1", "t2", "t3"].map(|id| soon(id, 0, Some(4_000))).concat();
        // Four looks and three pauses; giving back has to wait as well.
        let args = ["--rate", "7", "--no-verify", "--guard", "0s", "--deadline", "7s"];
        let ended = scene.run(&[call, &args].concat(), &runs);
        let context = format!("{call:?} {ended:#?}\n{}", scene.story());
        assert_eq!(
            scene.standin.requests().iter().filter(|one| is_pause(one)).count(),
            3,
            "{context}"
        );
        assert_eq!(pauses_since(&scene, end), [], "{context}");
        let actions = ended.records().iter().map(|record| record["action"].clone());
        assert_eq!(actions.filter(|action| action == "expired").count(), 1, "{context}");
        scene.end_clean();
    });
}

#[test]
fn a_window_that_ends_while_it_is_read_back_or_drained_is_given_back_by_the_same_call() {
    for (call, shows_after_ms, args) in [
        (CALLS[1], 60_000, &["--verify-timeout", "60s"][..]),
        (CALLS[1], 0, &["--drain", "60s"]),
        (CALLS[0], 0, &["--drain", "60s"]),
        (CALLS[1], 0, &["--with-plans", "--lead", "30s", "--drain", "60s"]),
    ] {
        let scene = Scene::of(world(6));
        let end = clock::now().saturating_add(Duration::from_secs(4));
        // A run of `t4` is in flight for a quarter of an hour.
        let runs = ["t4", "t5"].map(|id| soon(id, 0, Some(4_000))).concat();
        scene.standin.set_options(|options| options.shows_after_ms = shows_after_ms);
        if shows_after_ms > 0 {
            let ended = scene.run(&[call, args].concat(), &runs);
            // Whether it will show is not known yet: the next call looks again.
            assert_eq!(ended.code, 1, "{ended:#?}\n{}", scene.story());
            assert!(clock::now().since(end) < Duration::from_secs(30), "{ended:#?}");
            scene.standin.set_options(|options| options.shows_after_ms = 0);
            scene.standin.act(tmc_standin::WorldAction::Settle {}).unwrap();
            scene.end_clean();
            continue;
        }
        let ended = story_of_the_end(&scene, &[call, args].concat(), &runs, end);
        for id in ["t4", "t5"] {
            let reported = actions(&ended, id);
            assert_eq!(reported, ["paused", "resumed"], "{ended:#?}");
        }
    }
}

#[test]
fn what_another_window_holds_is_drained_on_when_the_first_has_ended() {
    let scene = Scene::new();
    let runs = soon("t0", 0, Some(4_000)) + &selected("t4", "night", -30, Some(60));
    let ended = scene.expect(1, &["sync", "--drain", "6s"], &runs);
    assert_eq!(actions(&ended, "t0"), ["paused", "resumed"], "{ended:#?}");
    assert_eq!(actions(&ended, "t4"), ["paused"]);
    let in_flight = ended.receipt("t4")["inFlight"].as_array();
    assert!(in_flight.is_some_and(|runs| !runs.is_empty()), "{ended:#?}");
    assert!(scene.is_paused("t4"));
    scene.end_clean();
}
