//! Changes that are sent and read back, many of them at once.

use std::os::unix::process::ExitStatusExt;

use tmc_standin::{Effect, ExecutionKind, Fault, WorldAction};

use crate::support::all_at_once::all_at_once;
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::world::world;

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("t{n}")).collect()
}

fn runs(ids: &[String]) -> String {
    open_now(&ids.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The requests so far that have to do with single tasks, in their order.
fn requests(scene: &Scene) -> Vec<(String, String)> {
    let requests = scene.standin.requests().into_iter();
    requests.filter(|r| r.path.contains("/tasks/")).map(|r| (r.method, r.path)).collect()
}

#[test]
fn what_shows_late_keeps_nothing_from_being_paused_in_time() {
    const TASKS: usize = 300;
    let mut world = world(TASKS);
    world.options.orchestration_limit = 0;
    world.options.shows_after_ms = 1_000;
    let scene = Scene::of(world);
    let ids = ids(TASKS);
    let quick = ["--rate", "1000000", "--concurrency", "2"];
    let ended = scene.expect(0, &quick, &runs(&ids));
    assert!(ended.records().iter().all(|receipt| receipt["action"] == "paused"), "{ended:?}");
    // Everything is looked at and paused before anything is read back.
    let requests = requests(&scene);
    let is_put = |request: &&(String, String)| request.0 == "PUT";
    assert_eq!(requests.iter().filter(is_put).count(), TASKS);
    let last = requests.iter().rposition(|request| is_put(&request)).unwrap();
    assert_eq!(last + 1, 2 * TASKS, "one look and one change each");
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.end_clean();
}

#[test]
fn a_signal_while_reading_back_leaves_everything_recorded() {
    let mut world = world(20);
    world.options.shows_after_ms = 60_000;
    let scene = Scene::of(world);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("task-pause"));
    let runs_file = scene.file("runs");
    std::fs::write(&runs_file, runs(&ids(20))).unwrap();
    command.envs(scene.connection()).stdin(std::fs::File::open(runs_file).unwrap());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let child = command.spawn().unwrap();
    let changes = |requests: &[tmc_standin::Request]| {
        requests
            .iter()
            .filter(|request| request.method == "PUT" && request.status.is_some())
            .count()
    };
    assert!(scene.standin.wait_for(|requests| changes(requests) == 20));
    let killed = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    let receipts = crate::support::ended::records(&output.stdout);
    assert_eq!(receipts.len(), 20);
    assert!(receipts.iter().all(|receipt| receipt["action"] == "accepted"), "{receipts:?}");
    assert!(scene.status().iter().all(|hold| hold["state"] == "accepted"));
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.standin.act(tmc_standin::WorldAction::Settle {}).unwrap();
    scene.end_clean();
}

#[test]
fn a_change_that_is_tried_again_and_again_is_left_soon_after_a_signal() {
    let scene = Scene::new();
    let later = Fault::new(Effect::Status {
        status: 503,
        retry_after: Some("120".to_owned()),
        body: None,
        processed: false,
    });
    scene.standin.add_faults(vec![later.on("PUT", "/**/t0/pause")]).unwrap();
    let mut command = crate::support::process::command(&scene, &[], &runs(&ids(1)));
    let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    assert!(scene.standin.wait_for(|requests| requests.iter().any(|r| r.method == "PUT")));
    crate::support::process::signal(&child, "TERM");
    // As long as the API asks for, it would be made again.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(scene.count("PUT", "/pause"), 1, "no new request");
    assert_eq!(scene.status()[0]["state"], "pausing", "and its intent is kept");
    scene.standin.clear_faults();
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

#[test]
fn one_task_that_cannot_be_changed_starves_no_other() {
    let scene = Scene::of(world(40));
    let ids = ids(40);
    let away = Fault::new(Effect::status(503)).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![away]).unwrap();
    let args = ["--retries", "0", "--concurrency", "1"];
    let ended = scene.expect(1, &args, &runs(&ids));
    assert_eq!(ended.action("t0"), "failed");
    assert_eq!(ended.receipt("t0")["error"]["status"], 503);
    for id in &ids[1..] {
        assert_eq!(ended.action(id), "paused", "{id}");
    }
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &["sync"], &runs(&ids)).action("t0"), "paused");
    scene.end_clean();
}

#[test]
fn an_api_that_is_away_is_not_asked_for_every_task() {
    let scene = Scene::of(world(200));
    let away = Fault::new(Effect::status(503)).on("PUT", "/**");
    scene.standin.add_faults(vec![away]).unwrap();
    let ended = scene.expect(69, &["--retries", "0", "--concurrency", "4"], &runs(&ids(200)));
    assert!(ended.stderr.contains("503 Service"), "{}", ended.stderr);
    let asked = scene.count("PUT", "/pause");
    assert!((4..12).contains(&asked), "{asked} requests");
    // What was not sent is as it was before; what was sent is not given up.
    assert_eq!(scene.status().len(), asked);
    scene.standin.clear_faults();
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

#[test]
fn credentials_that_are_refused_stop_at_the_first_answer() {
    let scene = Scene::of(world(50));
    let refused = Fault::new(Effect::status(401)).on("PUT", "/**");
    scene.standin.add_faults(vec![refused]).unwrap();
    scene.expect(77, &["--concurrency", "2"], &runs(&ids(50)));
    let asked = scene.count("PUT", "/pause");
    assert!(asked <= 6, "{asked} requests");
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn one_look_that_hangs_keeps_no_other_task_from_being_paused() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(25_000)).on("GET", "/**/tasks/t0").times(1);
    scene.standin.add_faults(vec![hang]).unwrap();
    let ids = ids(3);
    let ended = scene.expect(0, &[], &runs(&ids));
    let order: Vec<_> = ended.records().iter().map(|receipt| receipt["id"].clone()).collect();
    assert_eq!(order, ["t1", "t2", "t0"], "what was postponed comes last");
    assert!(ended.records().iter().all(|receipt| receipt["action"] == "paused"), "{ended:?}");
    let requests = requests(&scene);
    let place = |method: &str, id: &str| {
        requests.iter().rposition(|(m, path)| m == method && path.contains(id)).unwrap()
    };
    // What was sent is known for ours before anybody has time to change it.
    assert!(place("GET", "/tasks/t2") < place("PUT", "/t0/"), "{requests:?}");
    scene.end_clean();
}

#[test]
fn a_signal_ends_the_last_look_at_what_was_postponed() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(600_000)).on("GET", "/**/tasks/t0");
    scene.standin.add_faults(vec![hang]).unwrap();
    let mut child = crate::support::process::start(&scene, &["--timeout", "500s"], &runs(&ids(2)));
    let looks = |requests: &[tmc_standin::Request]| {
        requests.iter().filter(|r| r.method == "GET" && r.path.ends_with("/tasks/t0")).count()
    };
    assert!(scene.standin.wait_for(|requests| looks(requests) == 2));
    crate::support::process::signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(looks(&scene.standin.requests()), 2, "no new request");
    // What had been sent by then is known.
    assert_eq!(scene.status()[0]["state"], "held");
    scene.standin.clear_faults();
    scene.end_clean();
}

/// One task that hangs is no API that is away.
#[test]
fn a_look_that_never_ends_has_its_receipt() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(600_000)).on("GET", "/**/tasks/t1");
    scene.standin.add_faults(vec![hang]).unwrap();
    let ended = scene.expect(1, &["--timeout", "12s", "--retries", "0"], &runs(&ids(3)));
    assert_eq!(["t0", "t1", "t2"].map(|id| ended.action(id)), ["paused", "failed", "paused"]);
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn what_needs_no_look_is_reported_where_the_api_is_away() {
    let scene = Scene::new();
    scene.expect(0, &[], &runs(&ids(2)));
    let away = Fault::new(Effect::status(503)).on("GET", "/**/tasks/*");
    scene.standin.add_faults(vec![away]).unwrap();
    let args = ["--no-verify", "--retries", "0"];
    let ended = scene.expect(69, &args, &runs(&ids(3)));
    assert_eq!(["t0", "t1", "t2"].map(|id| ended.action(id)), ["held", "held", "failed"]);
    scene.standin.clear_faults();
    scene.end_clean();
}

/// The pause lands while no look is answered, and a person ends it.
#[test]
fn a_pause_that_nobody_could_see_does_not_count_as_lost() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.shows_after_ms = 1_000);
    let blind = Fault::new(Effect::status(500)).on("GET", "/**/tasks/t0").skip(2);
    scene.standin.add_faults(vec![blind]).unwrap();
    let args = ["--verify-timeout", "11s", "--retries", "0"];
    let ended = scene.expect(1, &args, &runs(&ids(1)));
    assert_eq!(ended.action("t0"), "accepted");
    scene.standin.clear_faults();
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.standin.act(WorldAction::Settle {}).unwrap();
    scene.human_resumes("t0");
    scene.an_hour_later();
    assert_eq!(scene.expect(1, &["sync"], &runs(&ids(1))).action("t0"), "failed");
    assert!(!scene.is_paused("t0"), "it may be a person who ended it");
    scene.end_clean();
}

/// Whatever can be asked for, and never answered, is left after a signal, and nothing
/// more is changed.
#[test]
fn a_signal_ends_whatever_hangs() {
    let tasks = ("GET", "/**/executables/tasks/*");
    let environments = ("GET", "/orchestration/environments");
    let cases: [((&str, &str), &[&str], usize); 16] = [
        (("GET", "/**/executions"), &["resume", "--all"], 2),
        (("GET", "/**/executions"), &["--drain", "10m"], 2),
        (("GET", "/**/executables/plans"), &["--with-plans"], 1),
        (("GET", "/**/executables/tasks"), &["coverage"], 1),
        (("POST", "/processing/executions"), &["resume", "--all", "--catch-up", "once"], 2),
        // With a head start, near runs are asked for before the first pause.
        (("POST", "/**/events/search"), &["--lead", "1s"], 1),
        (("POST", "/**/events/search"), &["--guard", "3m"], 2),
        (("PUT", "/**/pause"), &[], 2),
        // A task that is held, and missing, is looked for after the pause.
        (environments, &["--verbose"], 2),
        (environments, &["recover", "--environment", "Production", "--yes"], 1),
        (tasks, &[], 1),
        (tasks, &["sync"], 1),
        (tasks, &["wait"], 1),
        (tasks, &["resume", "--all"], 1),
        (tasks, &["--dry-run"], 1),
        // The count before anything is begun.
        (tasks, &["--max-tasks", "1"], 1),
    ];
    all_at_once(cases.to_vec(), |((method, path), args, changes)| {
        let scene = Scene::new();
        scene.expect(0, &[], &runs(&ids(1)));
        scene
            .standin
            .act(WorldAction::Start { id: "t0".into(), kind: ExecutionKind::default() })
            .unwrap();
        if args == ["--verbose"] {
            let gone = Fault::new(Effect::status(404)).on("GET", "/**/tasks/t0");
            scene.standin.add_faults(vec![gone]).unwrap();
        }
        let hang = Fault::new(Effect::latency_ms(600_000)).on(method, path);
        scene.standin.add_faults(vec![hang]).unwrap();
        let ids = ids(if path == tasks.1 { 3 } else { 2 });
        let mut child = crate::support::process::start(
            &scene,
            &[args, &["--timeout", "500s"]].concat(),
            &runs(&ids),
        );
        let hangs = |requests: &[tmc_standin::Request]| {
            requests.iter().any(|one| {
                let is_hit = one.faults.iter().any(|fault| fault.contains("latency"));
                one.method == method && one.status.is_none() && is_hit
            })
        };
        let case = format!("{args:?} {method} {path}");
        assert!(scene.standin.wait_for(hangs), "{case}");
        crate::support::process::signal(&child, "TERM");
        let status = child.wait().unwrap();
        // Jobs that change nothing leave signals to the system; a shell shows the same.
        let code = status.code().or(status.signal().map(|signal| 128 + signal));
        assert_eq!(code, Some(143), "{case}");
        // The pause of the beginning is one of them.
        assert_eq!(scene.count("PUT", ""), changes, "{case}: {}", scene.story());
        scene.standin.clear_faults();
        scene.end();
    });
}

/// One look of the first batch hangs, and there is a second batch.
#[test]
fn a_signal_during_the_looks_of_a_batch_changes_nothing_and_begins_no_other() {
    let scene = Scene::of(world(300));
    let hang = Fault::new(Effect::latency_ms(600_000)).on("GET", "/**/tasks/t0");
    scene.standin.add_faults(vec![hang]).unwrap();
    let args = ["--timeout", "500s", "--rate", "1000000"];
    let mut child = crate::support::process::start(&scene, &args, &runs(&ids(300)));
    let looks = |requests: &[tmc_standin::Request]| {
        requests.iter().filter(|r| r.method == "GET" && r.path.contains("/tasks/")).count()
    };
    let are_begun = |requests: &[tmc_standin::Request]| looks(requests) == 256;
    assert!(scene.standin.wait_for(are_begun));
    crate::support::process::signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!((looks(&scene.standin.requests()), scene.count("PUT", "")), (256, 0));
}

/// One task that fails, and hundreds that need no look.
#[test]
fn one_task_that_fails_keeps_nothing_in_later_batches_from_being_given_back() {
    let scene = Scene::of(world(300));
    scene.expect(0, &[], &runs(&["t299".to_owned()]));
    let bad = Fault::new(Effect::status(503)).on("GET", "/**/tasks/t0");
    scene.standin.add_faults(vec![bad]).unwrap();
    let all: String =
        ids(290).iter().skip(1).map(|id| selected(id, "later", 60, Some(90))).collect();
    let input = runs(&["t0".to_owned()]) + &all + &runs(&["t299".to_owned()]);
    let ended = scene.expect(1, &["sync", "--retries", "0"], &input);
    assert_eq!(["t0", "t1", "t299"].map(|id| ended.action(id)), ["failed", "pending", "held"]);
    scene.standin.clear_faults();
    scene.end_clean();
}

/// It answered all looks of the first batch.
#[test]
fn an_api_that_goes_away_in_the_middle_is_not_asked_for_every_task() {
    let scene = Scene::of(world(700));
    let away = Fault::new(Effect::status(503)).on("GET", "/**/tasks/*").skip(256);
    scene.standin.add_faults(vec![away]).unwrap();
    let args = ["--no-verify", "--retries", "0", "--rate", "1000000"];
    let ended = scene.expect(69, &args, &runs(&ids(700)));
    assert_eq!([ended.action("t0"), ended.action("t300")], ["accepted", "failed"]);
    let looks = requests(&scene).iter().filter(|(method, _)| method == "GET").count();
    // All that may be in flight at once, where answers are slow.
    assert!(looks <= 256 + 32, "{looks} requests");
    assert_eq!(scene.count("PUT", ""), 256);
    scene.standin.clear_faults();
    let last = scene.expect(0, &["resume", "--all", "--rate", "1000000"], "");
    scene.check(&last);
}
