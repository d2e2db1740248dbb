//! Lists of executions: no request asks for more than the API takes, whatever
//! period is wanted, and what the API no longer shows is reported.

use std::collections::BTreeMap;

use serde_json::Value;
use tmc_standin::{HistoryRule, Standin};

use crate::support::ended::Ended;
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::tool::{run, tool};
use crate::support::world::ENVIRONMENT;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The periods and offsets of all requests for executions.
fn asked(standin: &Standin) -> Vec<(i64, i64, i64)> {
    let requests = standin.requests().into_iter().filter(|one| one.path.ends_with("executions"));
    let lists = requests.filter(|one| one.method == "GET");
    lists
        .map(|one| {
            let query: BTreeMap<&str, &str> =
                one.query.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let number = |name| query[name].parse::<i64>().unwrap();
            (number("from"), number("to"), number("offset"))
        })
        .collect()
}

/// Checks that each request was within the bounds, and returns how many there
/// were.
fn check_bounds(standin: &Standin) -> usize {
    let asked = asked(standin);
    for (from, to, offset) in &asked {
        assert!(*to > *from && to - from <= 10 * DAY - DAY / 24, "{from} {to}");
        assert!(*offset <= 1_000, "{offset}");
    }
    asked.len()
}

/// Lists runs with their usual lengths.
fn durations(scene: &Scene) -> Ended {
    let mut command = tool("runs-fetch");
    command.envs(scene.connection()).args(["-e", ENVIRONMENT, "--to", "+1h", "--durations"]);
    run(command.args(["--retries", "0"]))
}

#[test]
fn sixty_days_are_asked_for_ten_at_a_time() {
    let scene = Scene::new();
    for rule in [HistoryRule::Announced, HistoryRule::Described] {
        scene.standin.set_options(|options| options.history = rule);
        let ended = durations(&scene);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{rule:?}");
        assert!(ended.stdout.contains("\"durationMs\":900000"), "{rule:?}: {}", ended.stdout);
    }
    check_bounds(&scene.standin);
    let oldest = asked(&scene.standin).into_iter().map(|(from, to, _)| to - from).sum::<i64>();
    assert!(oldest >= 59 * DAY, "the slices make sixty days");
}

#[test]
fn what_the_api_no_longer_shows_is_not_known_and_no_error() {
    let scene = Scene::new();
    for days in [60, 25, 3] {
        scene.standin.set_options(|options| {
            options.execution_days = days;
            options.refuse_older_executions = true;
        });
        let ended = durations(&scene);
        assert_eq!(ended.code, 0, "{days}: {}", ended.stderr);
        assert!(ended.stdout.contains("\"durationMs\":900000"), "{days}: {}", ended.stdout);
        let reported = ended.stderr.lines().filter(|line| line.contains("is not known")).count();
        // Of tasks and of plans.
        let expected = if days == 60 { 0 } else { 2 };
        assert_eq!(reported, expected, "{days}: {}", ended.stderr);
    }
    check_bounds(&scene.standin);
}

#[test]
fn executions_that_are_refused_altogether_are_an_error() {
    let scene = Scene::new();
    let fault = tmc_standin::Fault::new(tmc_standin::Effect::status(400));
    scene.standin.add_faults(vec![fault.on("GET", "/processing/**")]).unwrap();
    let ended = durations(&scene);
    assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{}", ended.stderr);
}

#[test]
fn a_hold_of_weeks_shows_all_the_runs_that_it_suppressed() {
    for (refuses, most) in [(false, 3_000), (true, 1_500)] {
        let scene = Scene::new();
        scene.set_clock(-20 * 24 * 60);
        scene.expect(0, &[], &selected("t4", "upgrade", -20 * 24 * 60, Some(60)));
        scene.move_ledger(-20 * 24 * 60);
        scene.set_clock(0);
        scene.standin.set_options(|options| {
            options.execution_days = if refuses { 8 } else { 60 };
            options.refuse_older_executions = refuses;
        });
        let ended = scene.expect(0, &["resume", "--all"], "");
        let runs = ended.receipt("t4")["runs"].as_array().unwrap();
        // Six an hour, as far as the API shows.
        let least = if refuses { 6 * 24 * 6 } else { 6 * 24 * 20 - 6 };
        assert!((least..most).contains(&runs.len()), "{} runs", runs.len());
        assert!(runs.iter().all(Value::is_string));
        assert_eq!(ended.stderr.contains("are not known"), refuses, "{}", ended.stderr);
        check_bounds(&scene.standin);
        scene.end_clean();
    }
}

#[test]
fn draining_names_its_period_and_sees_what_began_weeks_ago() {
    let mut world = crate::support::world::world(6);
    let start = crate::support::runs::minutes(-12 * 24 * 60).to_string();
    world.executions = serde_json::from_value(serde_json::json!([{
        "id": "x-old", "executable": "t0", "status": "executing", "trigger": start,
        "start": start,
    }]))
    .unwrap();
    let scene = Scene::of(world);
    let ended = scene.expect(1, &["--drain", "0s"], &open_now(&["t0"]));
    assert!(ended.receipt("t0")["inFlight"].to_string().contains("x-old"), "{ended:?}");
    assert!(check_bounds(&scene.standin) > 0);
    scene.end_clean();
}
