//! `--with-plans`: a plan is paused for its tasks' sake, as long as they are.

use serde_json::{Value, json};
use tmc_standin::{Effect, Fault};

use crate::support::all_at_once::all_at_once;
use crate::support::runs::{open_now, selected, soon, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, PLAN};

/// The number of lists of the environment's plans.
fn lists(scene: &Scene) -> usize {
    scene.count("GET", "/executables/plans")
}

/// A timetable whose windows are those of the task `t5` alone.
fn timetable(scene: &Scene, windows: &[(i64, i64)]) -> String {
    let file = scene.file("timetable.csv");
    let rows = windows
        .iter()
        .map(|(start, end)| format!("night,{},{},t5", whole_minute(*start), whole_minute(*end)));
    let text = [String::from("name,start,end,task")].into_iter().chain(rows);
    let text: String = text.map(|line| line + "\n").collect();
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_plan_keeps_step_with_its_tasks_under_a_timetable_that_knows_only_these() {
    let scene = Scene::new();
    let file = timetable(&scene, &[(-30, 60)]);
    let with_plans = ["sync", "--environment", ENVIRONMENT, "--with-plans", "--timetable", &file];
    let runs = selected("t5", "night", -30, Some(60));
    let ended = scene.expect(0, &with_plans, &runs);
    assert_eq!((ended.action("t5"), ended.action(PLAN)), ("paused".into(), "paused".into()));
    // Neither the next call nor one without the runs, or the flag, ends it.
    let without = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    for (args, stdin) in [(&with_plans[..], &*runs), (&with_plans, ""), (&without, "")] {
        let ended = scene.expect(0, args, stdin);
        assert_eq!((ended.action("t5"), ended.action(PLAN)), ("held".into(), "held".into()));
    }
    let end = whole_minute(90);
    timetable(&scene, &[(-30, 90)]);
    let ended = scene.expect(0, &with_plans, "");
    assert_eq!(ended.receipt(PLAN)["hold"]["end"], json!(end));
    // What cannot be listed is not ended on suspicion.
    timetable(&scene, &[(600, 660)]);
    let refused = Fault::new(Effect::status(403)).on("GET", "/**/executables/plans");
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &with_plans, "");
    assert_eq!((ended.action("t5"), ended.action(PLAN)), ("resumed".into(), "held".into()));
    assert!(ended.stderr.contains("which tasks are part of plans"), "{}", ended.stderr);
    scene.standin.clear_faults();
    // Cancelled: given back.
    assert_eq!(scene.expect(0, &with_plans, "").action(PLAN), "resumed");
    scene.end_clean();
}

/// The plan was not held when its task was given back.
#[test]
fn a_window_that_its_task_was_given_back_from_does_not_pause_a_plan() {
    for back in [&["--window", "night"][..], &["--all"]] {
        for by_timetable in [true, false] {
            let scene = Scene::new();
            let runs = selected("t5", "night", -30, Some(60));
            let mut resume = vec!["resume"];
            resume.extend(back);
            scene.expect(0, &[], &runs);
            assert_eq!(scene.expect(0, &resume, "").action("t5"), "resumed");
            let file = timetable(&scene, &[(-30, 60)]);
            // Another task is paused now, so that the plans are asked for.
            std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("t5", "t5|t1"))
                .unwrap();
            let runs = runs + &selected("t1", "night", -30, Some(60));
            let by = if by_timetable { &["--timetable", &*file][..] } else { &[] };
            let sync = ["sync", "--environment", ENVIRONMENT, "--with-plans"];
            let changes = scene.count("PUT", "/pause") + 1;
            for _ in 0..2 {
                let ended = scene.expect(0, &[&sync[..], by].concat(), &runs);
                assert_eq!(ended.action("t5"), "kept", "{back:?} {ended:#?}");
                assert!(!scene.is_paused(PLAN) && !scene.is_paused("t5"), "{back:?} {ended:#?}");
            }
            assert_eq!(scene.count("PUT", "/pause"), changes, "{}", scene.story());
            // Unless that is wanted.
            let again = [&sync[..], by, &["--reassert"]].concat();
            let ended = scene.expect(0, &again, &runs);
            assert_eq!(
                (ended.action("t5"), ended.action(PLAN)),
                ("paused".into(), "paused".into())
            );
            scene.end_clean();
        }
    }
}

/// Another window holds the task on.
#[test]
fn a_plan_is_paused_for_the_windows_that_its_task_is_still_held_for() {
    let scene = Scene::new();
    let runs = selected("t5", "night", -30, Some(60)) + &selected("t5", "late", -20, Some(40));
    scene.expect(0, &[], &runs);
    assert_eq!(scene.expect(0, &["resume", "--window", "night"], "").action("t5"), "kept");
    let ended = scene.expect(0, &["sync", "--with-plans"], &runs);
    assert_eq!((ended.action("t5"), ended.action(PLAN)), ("held".into(), "paused".into()));
    assert_eq!(ended.receipt(PLAN)["hold"]["windows"], json!(["late"]));
    assert_eq!(ended.receipt(PLAN)["hold"]["end"], json!(whole_minute(40)));
    scene.end_clean();
}

#[test]
fn plans_are_listed_once_and_only_where_it_matters() {
    let scene = Scene::new();
    let file = timetable(&scene, &[(-30, 60), (120, 180)]);
    let with_plans = ["sync", "--environment", ENVIRONMENT, "--with-plans", "--timetable", &file];
    scene.expect(0, &with_plans, &selected("t5", "night", 120, Some(180)));
    assert_eq!(lists(&scene), 0, "nothing is to be paused, and no plan is held");
    scene.expect(0, &with_plans, &selected("t5", "night", -30, Some(60)));
    assert_eq!(lists(&scene), 1);
    scene.expect(0, &with_plans, "");
    assert_eq!(lists(&scene), 2, "a plan is held");
    scene.end_clean();
}

#[test]
fn plans_are_named_and_on_request_paused_too() {
    let scene = Scene::new();
    let ended = scene.expect(0, &["-n"], &open_now(&["t5"]));
    assert_eq!(ended.receipt("t5")["plans"][0]["id"], PLAN);
    assert_eq!(ended.receipt("t5")["environmentId"], ENVIRONMENT);
    let warning = ended.receipt("t5")["warnings"][0].as_str().unwrap();
    assert!(warning.contains("can fail"), "{warning}");
    let ended = scene.expect(0, &["--with-plans"], &open_now(&["t5", "t0"]));
    assert_eq!(ended.action(PLAN), "paused");
    assert_eq!(ended.receipt("t5")["warnings"], Value::Null);
    assert!(scene.is_paused(PLAN));
    scene.end_clean();
    assert!(!scene.is_paused(PLAN));
}

#[test]
fn a_plan_that_was_refused_is_tried_again_while_its_tasks_are_held() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(403)).on("PUT", "/**/plan/pause");
    scene.standin.add_faults(vec![refused]).unwrap();
    let sync = ["sync", "--with-plans"];
    let ended = scene.expect(1, &sync, &open_now(&["t5"]));
    assert_eq!((ended.action("t5"), ended.action(PLAN)), ("paused".into(), "failed".into()));
    assert_eq!(scene.expect(1, &sync, &open_now(&["t5"])).action(PLAN), "failed");
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &sync, &open_now(&["t5"])).action(PLAN), "paused");
    scene.end_clean();
}

#[test]
fn plans_to_be_paused_that_cannot_be_listed_are_work_left_undone() {
    for (args, code) in [(&["--with-plans"][..], 1), (&[], 0)] {
        let scene = Scene::new();
        let unlisted = Fault::new(Effect::status(403)).on("GET", "/**/executables/plans");
        scene.standin.add_faults(vec![unlisted]).unwrap();
        let ended = scene.expect(code, args, &open_now(&["t5"]));
        assert_eq!(ended.action("t5"), "paused");
        assert!(ended.stderr.contains("part of plans is not known"), "{}", ended.stderr);
        scene.standin.clear_faults();
        scene.end_clean();
    }
}

/// A plan of which one task is not known would be taken for one without it.
#[test]
fn steps_that_cannot_be_read_are_reported_and_their_plans_are_not_guessed() {
    for (args, code) in [(&[][..], 0), (&["--with-plans"], 1)] {
        let scene = Scene::new();
        let text = r#"{"items":[{"executable":"plan","name":"Nightly",
            "chart":{"taskIds":["t0",{"id":"t5"}]}}],"limit":100,"offset":0,"total":1}"#;
        let odd = Effect::Body { text: text.to_owned() };
        scene.standin.add_faults(vec![Fault::new(odd).on("GET", "/**/executables/plans")]).unwrap();
        let ended = scene.expect(code, args, &open_now(&["t5"]));
        assert_eq!(ended.action("t5"), "paused");
        assert!(ended.records().iter().all(|record| record["id"] != PLAN), "{ended:?}");
        let reported = r#"the ID of a step's task is none: {"id":"t5"} is no text"#;
        assert!(ended.stderr.contains(reported), "{}", ended.stderr);
        scene.standin.clear_faults();
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    }
}

/// Which plans a task is part of is advice, unless it is asked to pause them.
#[test]
fn the_plans_are_asked_for_when_the_pauses_are_made() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t5", "t0"]));
    let requests = scene.standin.requests();
    let place = |method: &str, end: &str| {
        requests.iter().rposition(|r| r.method == method && r.path.ends_with(end)).unwrap()
    };
    assert!(place("PUT", "/pause") < place("GET", "/executables/plans"));
    scene.end_clean();
}

#[test]
fn waiting_counts_the_plans_of_what_opens_later() {
    let scene = Scene::new();
    let runs = open_now(&["t0"]) + &selected("t5", "later", 30, Some(60));
    let ended = scene.expect(78, &["wait", "--with-plans", "--max-tasks", "2"], &runs);
    assert!(ended.stderr.contains("3 more are to be paused"), "{}", ended.stderr);
    assert_eq!((scene.count("PUT", ""), lists(&scene)), (0, 1));
}

#[test]
fn a_plan_that_joins_while_waiting_is_paused_within_the_limit_only() {
    for (limit, expected) in [("1", "failed"), ("2", "paused")] {
        let scene = Scene::new();
        // At the start the plan does not exist yet.
        let text = r#"{"items": [], "limit": 100, "offset": 0, "total": 0}"#.to_owned();
        let none = Fault::new(Effect::Body { text }).on("GET", "/**/executables/plans").times(1);
        scene.standin.add_faults(vec![none]).unwrap();
        let args = ["wait", "--resume", "--with-plans", "--max-tasks", limit];
        // What is left out for the limit's sake is left undone.
        let code = i32::from(limit == "1");
        let ended = scene.expect(code, &args, &soon("t5", 2_500, Some(5_000)));
        assert_eq!(ended.action(PLAN), expected, "{ended:?}");
        let of_plan = &ended.receipt(PLAN)["why"];
        let why = "not paused: --max-tasks would be exceeded";
        assert_eq!(of_plan.as_str(), (expected == "failed").then_some(why), "{ended:?}");
        let paused = ended.records().iter().find(|record| record["action"] == "paused").unwrap();
        assert_eq!(paused["plans"][0]["id"], PLAN);
        let warned = paused["warnings"][0].as_str().is_some_and(|text| text.contains("can fail"));
        assert_eq!(warned, expected == "failed", "{ended:?}");
        let last = ended.records().iter().rfind(|record| record["id"] == "t5").unwrap();
        assert_eq!(last["action"], "resumed");
        scene.end_clean();
    }
}

/// The second task's window is the next time that something is done.
#[test]
fn a_plan_that_failed_in_any_way_is_tried_again_while_waiting() {
    let cases = [
        ("PUT", "/**/plan/pause", &["failed", "paused", "resumed"][..]),
        ("GET", "/**/executables/plans", &["paused", "resumed"]),
    ];
    all_at_once(cases.to_vec(), |(method, path, expected)| {
        let scene = Scene::new();
        let refused = Fault::new(Effect::status(403)).on(method, path).times(1);
        scene.standin.add_faults(vec![refused]).unwrap();
        // On a busy machine the list takes seconds, and has to come while the windows are on.
        let runs = soon("t5", 0, Some(20_000)) + &soon("t0", 6_000, Some(20_000));
        let ended = scene.expect(0, &["wait", "--resume", "--with-plans"], &runs);
        let of_plan = ended.records().iter().filter(|record| record["id"] == PLAN);
        let actions: Vec<_> = of_plan.map(|record| record["action"].clone()).collect();
        assert_eq!(actions, expected, "{ended:?}");
        scene.end_clean();
    });
}

/// A pause ahead of the second window begins before the first ends.
#[test]
fn a_plan_is_not_given_back_in_a_gap_that_its_tasks_are_held_over() {
    let scene = Scene::new();
    let runs = soon("t5", 0, Some(4_000)) + &soon("t5", 5_500, Some(7_500));
    let args = ["wait", "--resume", "--with-plans", "--lead", "2s"];
    scene.expect(0, &args, &runs);
    for id in ["t5", PLAN] {
        assert_eq!(scene.count("PUT", &format!("/{id}/pause")), 2, "{id}: {}", scene.story());
    }
    scene.end_clean();
}
