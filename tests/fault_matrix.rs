//! Every fault of the stand-in at every endpoint that `task-pause` asks: which
//! exit code it leads to, how often it is tried, that it is named, and that in
//! the end everything is given back. Of faults that differ in nothing but a number, the
//! suite puts one at each endpoint by turns; `scripts/matrices` puts all of them.

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::cells::tries_every_cell;
use crate::support::faults::{Consequence, bounds, faults, faults_of_turn, may_ask_too_much};
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::world::PLAN;

/// The end of a call that meets a lasting fault: the exit code, and the action of
/// the target's receipt; empty if there is none to be seen.
type Expected = fn(&Effect, Consequence) -> (i32, Option<&'static str>);

/// An endpoint: its turn among all of them, its method and its path.
type Endpoint<'a> = (usize, &'a str, &'a str);

/// Puts the faults of its turn at one endpoint, for good and once. `before` is called
/// without faults; `args` with them, about `target`.
fn matrix(
    (turn, method, path): Endpoint<'_>,
    before: &[&[&str]],
    args: &[&str],
    target: &str,
    expected: Expected,
) {
    let call = |fault: Option<Fault>| {
        let scene = Scene::new();
        let input = open_now(&[target]);
        for args in before {
            scene.expect(0, args, &input);
        }
        let asked = |scene: &Scene| {
            let all = scene.standin.requests();
            all.iter().filter(|one| one.method == method && one.path == path).count()
        };
        let earlier = asked(&scene);
        let bounds = bounds(fault.as_ref().map(|fault| &fault.effect));
        scene.standin.add_faults(fault.into_iter().collect()).unwrap();
        let ended = scene.run(&[args, &bounds].concat(), &input);
        let asked = asked(&scene) - earlier;
        scene.standin.clear_faults();
        (scene, ended, asked)
    };
    let (scene, truth, usual) = call(None);
    assert_eq!(truth.code, 0, "{truth:?}");
    assert!(usual > 0, "{args:?} does not ask {method} {path}");
    scene.end_clean();
    for (effect, then, words) in faults_of_turn(turn) {
        let fault = Fault::new(effect.clone()).on(method, path);
        let (scene, ended, asked) = call(Some(fault.clone()));
        // A list without a body is one without items.
        let is_nothing = method == "GET"
            && effect == Effect::Body { text: String::new() }
            && ["/tasks", "/plans", "/executions"].iter().any(|list| path.ends_with(list));
        // The environments of the workspaces do as well.
        let is_helped = is(&effect, 403) && path.ends_with("/environments");
        let is_nothing = is_nothing || is_helped;
        let (code, action) = if is_nothing { (0, None) } else { expected(&effect, then) };
        assert_eq!(ended.code, code, "{effect:?} {ended:#?}");
        if let Some(action) = action {
            assert_eq!(ended.action(target), action, "{effect:?} {ended:#?}");
        }
        let harmless =
            code == 0 && action == Some(truth.action(target).as_str()) && method == "PUT";
        if is_helped {
            assert_eq!((asked, ended.action(target)), (1, truth.action(target)), "{ended:#?}");
        }
        if !harmless && !is_nothing {
            let said = format!("{} {}", ended.stderr, Value::from(ended.records()));
            let quoted = Value::from(words).to_string();
            let said_so = said.contains(words) || said.contains(quoted.trim_matches('"'));
            assert!(said_so && said.contains(path), "{effect:?} {words}: {said}");
            let times = if matches!(then, Consequence::Again(_)) { 2 } else { 1 };
            // A refusal that may be about the span of time is tried with less.
            let spans =
                if path.ends_with("/executions") && may_ask_too_much(&effect) { 2 } else { 1 };
            assert_eq!(asked, times * spans, "{effect:?}");
        }
        // An intent whose fate nobody knows is given up after a while.
        if scene.end().code != 0 {
            scene.an_hour_later();
            scene.end_clean();
        }
        if matches!(then, Consequence::Again(_)) {
            let (scene, ended, _) = call(Some(fault.times(1)));
            assert_eq!(ended.code, 0, "{effect:?} {ended:#?}");
            assert_eq!(ended.action(target), truth.action(target), "{effect:?}");
            assert_eq!(scene.end().code, 0, "{effect:?}");
        }
    }
}

fn code(then: Consequence) -> i32 {
    let (Consequence::Again(code) | Consequence::Over(code)) = then;
    code
}

fn is(effect: &Effect, wanted: u16) -> bool {
    matches!(effect, Effect::Status { status, .. } if *status == wanted)
}

/// Whether a fault damages the body of the answer alone.
fn is_only_a_body(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Body { .. } | Effect::Truncate { .. } | Effect::Huge { .. } | Effect::Drip { .. }
    )
}

/// A task that cannot be looked at is not touched, and one that the list has is
/// not gone.
fn of_a_look(effect: &Effect, then: Consequence) -> (i32, Option<&'static str>) {
    if is(effect, 404) { (1, Some("failed")) } else { (code(then), None) }
}

/// A change counts by its status, and by what is seen afterwards: its answer's
/// body may be anything.
fn of_a_change(effect: &Effect, then: Consequence) -> (i32, Option<&'static str>) {
    match effect {
        effect if is_only_a_body(effect) => (0, None),
        // Found out by looking.
        Effect::Reset { processed: true } => (0, None),
        // A route that is missing is not a task that is gone.
        _ if is(effect, 404) => (1, Some("failed")),
        _ => (code(then), Some("failed")),
    }
}

fn of_a_pause(effect: &Effect, then: Consequence) -> (i32, Option<&'static str>) {
    let (code, action) = of_a_change(effect, then);
    (code, action.or(Some("paused")))
}

fn of_a_resume(effect: &Effect, then: Consequence) -> (i32, Option<&'static str>) {
    let (code, action) = of_a_change(effect, then);
    (code, action.or(Some("resumed")))
}

/// A failed request for a detail fails nothing.
fn of_advice(_: &Effect, _: Consequence) -> (i32, Option<&'static str>) {
    (0, Some("paused"))
}

fn of_a_whole(_: &Effect, then: Consequence) -> (i32, Option<&'static str>) {
    (code(then), None)
}

/// It is paused, and whether its runs have ended is not known.
fn of_a_drain(_: &Effect, _: Consequence) -> (i32, Option<&'static str>) {
    (1, Some("paused"))
}

#[test]
fn faults_of_a_task() {
    matrix((0, "GET", "/orchestration/executables/tasks/t0"), &[], &[], "t0", of_a_look);
}

#[test]
fn faults_of_a_plan() {
    matrix((1, "GET", "/orchestration/executables/plans/plan"), &[], &[], PLAN, of_a_look);
}

#[test]
fn faults_of_a_tasks_pause() {
    matrix((2, "PUT", "/orchestration/executables/tasks/t0/pause"), &[], &[], "t0", of_a_pause);
}

#[test]
fn faults_of_a_plans_pause() {
    matrix((4, "PUT", "/orchestration/executables/plans/plan/pause"), &[], &[], PLAN, of_a_pause);
}

#[test]
fn faults_of_a_tasks_resume() {
    let endpoint = (5, "PUT", "/orchestration/executables/tasks/t0/pause");
    matrix(endpoint, &[&[]], &["resume", "--all"], "t0", of_a_resume);
}

#[test]
fn faults_of_the_plans_of_a_task() {
    matrix((6, "GET", "/orchestration/executables/plans"), &[], &["-n"], "t0", of_advice);
}

#[test]
fn faults_of_the_coverage() {
    matrix((8, "GET", "/orchestration/executables/tasks"), &[], &["coverage"], "t0", of_a_whole);
}

#[test]
fn faults_of_the_recovery() {
    let recover = ["recover", "--environment", "e1"];
    matrix((9, "GET", "/orchestration/environments"), &[], &recover, "t0", of_a_whole);
}

/// The lists by status and the one without: the first of them meets the fault.
fn drain_matrix(turn: usize, target: &str, path: &str) {
    matrix((turn, "GET", path), &[], &["--drain", "0s"], target, of_a_drain);
}

#[test]
fn faults_of_the_executions_of_tasks_while_draining() {
    drain_matrix(3, "t0", "/processing/executables/tasks/executions");
}

#[test]
fn faults_of_the_executions_of_plans_while_draining() {
    drain_matrix(7, PLAN, "/processing/executables/plans/executions");
}

#[test]
fn a_start_is_repeated_only_if_it_was_certainly_refused() {
    let path = "/processing/executions";
    // Each of them refuses, or leaves in doubt, as another one does that is tried.
    let is_another = |effect: &Effect| [405, 406, 502, 503].iter().any(|code| is(effect, *code));
    let mut effects: Vec<Effect> = faults().into_iter().map(|(effect, ..)| effect).collect();
    effects.retain(|effect| tries_every_cell() || !is_another(effect));
    for effect in effects {
        let scene = Scene::new();
        scene.set_clock(-60);
        scene.expect(0, &[], &open_now(&["t4"]));
        scene.an_hour_later();
        scene.set_clock(0);
        let fault = Fault::new(effect.clone()).on("POST", path);
        scene.standin.add_faults(vec![fault]).unwrap();
        let catch_up = ["resume", "--all", "--catch-up", "once"];
        let ended = scene.run(&[&catch_up[..], &bounds(Some(&effect))].concat(), "");
        let asked = scene.count("POST", path);
        let refused = is(&effect, 425) || is(&effect, 429);
        assert_eq!(asked, if refused { 2 } else { 1 }, "{effect:?}");
        // A start counts by its status: the ID in the body is a receipt.
        let code = i32::from(!is_only_a_body(&effect));
        assert_eq!(ended.code, code, "{effect:?} {ended:#?}");
        scene.standin.clear_faults();
        // What was certainly not started is, by the next call; all else never
        // again.
        let refused = match effect {
            Effect::Status { status, .. } => {
                (400..500).contains(&status) && status != 404 && status != 408
            }
            Effect::Redirect { .. } => true,
            _ => false,
        };
        assert_eq!(ended.stderr.contains("the next call tries again"), refused, "{effect:?}");
        for _ in 0..2 {
            scene.expect(0, &catch_up, "");
            assert_eq!(scene.count("POST", path), asked + usize::from(refused), "{effect:?}");
        }
        scene.end_clean();
    }
}
