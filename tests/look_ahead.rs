//! `wait`, and `sync` that knows the next pass, look at tasks ahead of their window,
//! so that at its start only the pauses are sent. Whatever happens between the look and the pause, the rules hold.

mod next_pass;

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, Request, WorldAction};

use next_pass::EVERY;

use crate::support::all_at_once::all_at_once;
use crate::support::process::{signal, start};
use crate::support::runs::{open_now, selected, soon};
use crate::support::scene::Scene;
use crate::support::waiting::Waiting;
use crate::support::world::{PLAN, world};

/// The time from the start of a call to the start of its window.
const SOON: Duration = Duration::from_secs(7);

/// The calls that look ahead: one that waits, and a pass that knows the next.
const CALLS: [&[&str]; 2] = [&["wait"], &EVERY];

/// A window in which tasks are paused.
struct Window {
    start: UtcTime,
    /// One run of each task.
    runs: String,
}

/// One window for all these tasks, and its start.
fn window(ids: &[&str], until_start: Duration) -> Window {
    let start = clock::now().saturating_add(until_start);
    let end = start.saturating_add(Duration::from_secs(600));
    let mut runs = String::new();
    for id in ids {
        let mut run: Value = serde_json::from_str(&selected(id, "patching", 0, None)).unwrap();
        run["window"]["start"] = json!(start);
        run["window"]["end"] = json!(end);
        writeln!(runs, "{run}").unwrap();
    }
    Window { start, runs }
}

fn arrived(request: &Request) -> UtcTime {
    UtcTime::parse(&request.at.to_string()).unwrap()
}

/// The requests for pauses, in the order in which they came.
fn pauses(scene: &Scene) -> Vec<Request> {
    let is_pause = |request: &Request| {
        request.method == "PUT" && request.body.as_ref().is_some_and(|body| body["pause"] == true)
    };
    scene.standin.requests().into_iter().filter(is_pause).collect()
}

/// Waits until something is so.
#[expect(clippy::disallowed_methods, reason = "it looks again and again")]
fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

/// Gives everything back before its end.
fn end_of_story(scene: &Scene) {
    scene.run(&["resume", "--all", "--lock-timeout", "30s"], "");
    scene.an_hour_later();
    scene.end_clean();
}

#[test]
fn at_its_start_a_window_asks_for_nothing_but_its_pauses() {
    const TASKS: usize = 40;
    let ids: Vec<String> = (0..TASKS).map(|n| format!("t{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let sync = ["sync", "--every", "40s"];
    let cases = [&["wait"][..], &["wait", "--max-tasks", "40"], &sync];
    all_at_once(cases.to_vec(), |args| {
        let scene = Scene::of(world(TASKS));
        let Window { start, runs } = window(&ids, SOON);
        let ended = scene.expect(0, args, &runs);
        for id in &ids {
            assert!(scene.is_paused(id), "{id} {ended:?}");
        }
        let pauses = pauses(&scene);
        assert_eq!(pauses.len(), TASKS, "each once\n{}", scene.story());
        let early = pauses.iter().filter(|pause| arrived(pause) < start).count();
        assert_eq!(early, 0, "none before the window\n{}", scene.story());
        let (first, last) = (pauses[0].n, pauses[TASKS - 1].n);
        let between = scene.standin.requests().into_iter().filter(|request| {
            request.method != "PUT"
                && (first..last).contains(&request.n)
                && arrived(request) >= start
        });
        assert_eq!(between.count(), 0, "{args:?}\n{}", scene.story());
        let looks = scene.standin.requests().into_iter().filter(|request| {
            request.method == "GET" && request.path.contains("/tasks/") && request.n < first
        });
        assert_eq!(looks.count(), TASKS, "one look at each\n{}", scene.story());
        end_of_story(&scene);
    });
}

/// The acts of a person after the look and before the start, and the action of the last
/// receipt.
#[test]
fn a_change_by_a_person_between_look_and_pause_is_respected() {
    let cases = [
        ("pauses", &[true][..], "foreign"),
        ("pauses and resumes", &[true, false], "paused"),
        ("has paused and resumes", &[false], "paused"),
        ("has paused, resumes and pauses", &[false, true], "foreign"),
    ];
    let cases = CALLS.iter().flat_map(|call| cases.map(|case| (*call, case)));
    all_at_once(cases.collect(), |(call, (name, acts, expected))| {
        let name = format!("{call:?} {name}");
        let scene = Scene::new();
        // By a pause of ours this tenant is known.
        scene.expect(0, &[], &open_now(&["t1"]));
        let has_paused = !acts[0];
        if has_paused {
            scene.human_pauses("t0");
        }
        let Window { runs, .. } = window(&["t0"], SOON);
        let mut waiting = Waiting::start_with(&scene, call, &(runs + &open_now(&["t1"])));
        assert_eq!((waiting.action(), waiting.action()), ("pending".into(), "held".into()));
        until("a look", || scene.count("GET", "/tasks/t0") > 0);
        for pause in acts {
            if *pause { scene.human_pauses("t0") } else { scene.human_resumes("t0") }
        }
        let rest = waiting.rest(0);
        assert_eq!(rest.last().unwrap()["action"], expected, "{name}\n{}", scene.story());
        let is_by_person = expected == "foreign";
        scene.human_did("t0", is_by_person);
        end_of_story(&scene);
        assert_eq!(scene.is_paused("t0"), is_by_person, "{name}");
    });
}

/// A person pauses in the instant before our request arrives: nothing shows it before.
#[test]
fn a_person_who_pauses_at_the_edge_keeps_the_pause() {
    all_at_once(CALLS.to_vec(), |call| {
        let scene = Scene::new();
        // By a pause of ours this tenant is known.
        scene.expect(0, &[], &open_now(&["t1"]));
        let context = Some("by hand".to_owned());
        let pause = WorldAction::Pause { id: "t0".into(), user: "a-person".into(), context };
        let fault = Fault::new(Effect::before(pause)).on("PUT", "/**/t0/pause").times(1);
        scene.standin.add_faults(vec![fault]).unwrap();
        let Window { runs, .. } = window(&["t0"], SOON);
        let ended = scene.expect(0, call, &(runs + &open_now(&["t1"])));
        let story = scene.story();
        assert_eq!(ended.records().last().unwrap()["action"], "foreign", "{call:?}\n{story}");
        scene.human_did("t0", true);
        end_of_story(&scene);
    });
}

/// Between the intents, which are on disk, and the start.
#[test]
fn a_call_that_ends_before_the_start_has_paused_nothing_and_the_next_one_does() {
    for name in ["KILL", "TERM"] {
        let scene = Scene::new();
        let Window { start: opens, runs } = window(&["t0", "t1"], SOON);
        let mut waiting = start(&scene, &["wait"], &runs);
        until("an intent", || scene.ledger_text().matches("\"pausing\"").count() == 2);
        signal(&waiting, name);
        let code = waiting.wait().unwrap().code();
        assert_eq!(code, (name == "TERM").then_some(143));
        assert!(clock::now() < opens, "it ended before the window");
        assert_eq!(pauses(&scene).len(), 0, "{name}\n{}", scene.story());
        // A call without lead leaves them alone until then.
        let ended = scene.run(&[], &runs);
        if clock::now() < opens {
            assert_eq!(ended.code, 0, "{name} {ended:?}");
            assert_eq!((&*ended.action("t0"), &*ended.action("t1")), ("pending", "pending"));
            assert_eq!(pauses(&scene).len(), 0, "{name}\n{}", scene.story());
        }
        until("the start", || opens <= clock::now());
        let ended = scene.expect(0, &[], &runs);
        assert_eq!((&*ended.action("t0"), &*ended.action("t1")), ("paused", "paused"));
        assert_eq!(pauses(&scene).len(), 2, "{name}: each once\n{}", scene.story());
        end_of_story(&scene);
    }
}

/// The window was taken out of the plan after the intents were written.
#[test]
fn an_intent_whose_window_never_came_is_withdrawn() {
    let scene = Scene::new();
    let Window { runs, .. } = window(&["t0"], SOON);
    let mut waiting = start(&scene, &["wait"], &runs);
    until("an intent", || scene.ledger_text().contains("\"pausing\""));
    signal(&waiting, "KILL");
    waiting.wait().unwrap();
    scene.run(&["resume", "--all"], "");
    scene.an_hour_later();
    scene.expect(0, &["resume", "--all"], "");
    assert_eq!(scene.status(), Vec::<Value>::new());
    assert_eq!(scene.count("PUT", ""), 0, "{}", scene.story());
    scene.end_clean();
}

#[test]
fn two_calls_that_meet_one_edge_pause_each_task_once() {
    let scene = Scene::new();
    let Window { runs, .. } = window(&["t0", "t1", "t2"], SOON);
    let args = ["wait", "--lock-timeout", "30s"];
    let calls = [0, 1].map(|_| start(&scene, &args, &runs));
    for mut call in calls {
        assert_eq!(call.wait().unwrap().code(), Some(0));
    }
    assert_eq!(pauses(&scene).len(), 3, "{}", scene.story());
    end_of_story(&scene);
}

/// A task that was not seen in time is looked at when the window opens.
#[test]
fn a_look_ahead_that_fails_costs_no_pause() {
    let cases = [
        ("every look", Fault::new(Effect::status(500)).on("GET", "/**/tasks/*").times(3)),
        ("one look", Fault::new(Effect::status(403)).on("GET", "/**/tasks/t1").times(1)),
        ("one hangs", Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/tasks/t1").times(1)),
        ("no near runs", Fault::new(Effect::status(500)).on("POST", "/**/search")),
    ];
    let calls = [&["wait"][..], &["sync", "--every", "50s"]];
    let cases =
        cases.into_iter().flat_map(|(name, fault)| calls.map(|call| (name, fault.clone(), call)));
    all_at_once(cases.collect(), |(name, fault, call)| {
        let scene = Scene::new();
        scene.standin.add_faults(vec![fault]).unwrap();
        let Window { runs, .. } = window(&["t0", "t1", "t2"], SOON);
        let ended = scene.expect(0, &[call, &["--retries", "0"]].concat(), &runs);
        for id in ["t0", "t1", "t2"] {
            assert!(scene.is_paused(id), "{name} {id} {ended:#?}\n{}", scene.story());
        }
        end_of_story(&scene);
    });
}

/// The plans of the tasks are listed with the looks.
#[test]
fn plans_are_known_before_the_start() {
    let scene = Scene::new();
    let Window { start, runs } = window(&["t5"], SOON);
    scene.expect(0, &["wait", "--with-plans"], &runs);
    assert!(scene.is_paused("t5") && scene.is_paused(PLAN), "{}", scene.story());
    let pauses = pauses(&scene);
    assert_eq!(pauses.len(), 2, "{}", scene.story());
    let asked = scene.standin.requests().into_iter().filter(|request| {
        request.method == "GET" && arrived(request) >= start && request.n < pauses[1].n
    });
    assert_eq!(asked.count(), 0, "{}", scene.story());
    end_of_story(&scene);
}

/// The first window is over before the look at the task of the second is answered.
#[test]
fn a_look_ahead_that_hangs_keeps_no_other_window_from_being_met() {
    let lost = Fault::new(Effect::status(500)).on("PUT", "/**/t0/pause").times(1);
    let cases = [
        ("a window that opens before", 4_000, 9_000, None),
        ("a pause that is tried again", 0, 8_000, Some(lost)),
    ];
    all_at_once(cases.to_vec(), |(name, start, end, fault)| {
        let scene = Scene::new();
        let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/tasks/t1").times(1);
        scene.standin.add_faults(fault.into_iter().chain([hang]).collect()).unwrap();
        let runs = soon("t0", start, Some(end)) + &soon("t1", 30_000, Some(60_000));
        let mut waiting = Waiting::start_with(&scene, &["wait", "--retries", "0"], &runs);
        until(name, || scene.is_paused("t0"));
        while waiting.action() != "paused" {}
        waiting.end("TERM");
        end_of_story(&scene);
    });
}
