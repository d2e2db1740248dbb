//! Runs of the past, runs under way, and runs that a pause suppressed.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tmc_standin::{
    ExecutionKind, HistoryRule, Permission, Plan, RecordedExecution, Standin, Step, Task, Time,
    Trigger, World, WorldAction,
};

use crate::client::{ask, get};

const TASKS: &str = "/processing/executables/tasks/executions";
const PLANS: &str = "/processing/executables/plans/executions";

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// A task every day at noon for ten minutes, one without triggers, and a plan
/// over both at six in the evening. The time is 2022-07-10T11:00:00Z.
fn world() -> World {
    let mut world = World::documentation_sample();
    world.clock = Some(time("2022-07-10T11:00:00Z"));
    world.frozen = true;
    let workspace = world.workspaces[0].id.clone();
    world.tasks = ["k1", "k2"]
        .map(|id| Task {
            id: id.into(),
            name: id.into(),
            workspace: workspace.clone(),
            duration_seconds: 600,
            start_delay_seconds: 5,
            tags: vec![format!("tag-{id}")],
            ..Task::default()
        })
        .to_vec();
    world.tasks[0].triggers = vec![Trigger::daily("2022-07-08", "12:00", "UTC")];
    world.plans = vec![Plan {
        id: "p1".into(),
        name: "Evening".into(),
        workspace,
        steps: ["k1", "k2"]
            .map(|id| Step {
                id: format!("step-{id}"),
                name: id.into(),
                tasks: vec![id.into()],
                on_exception: None,
            })
            .to_vec(),
        triggers: vec![Trigger::once("2022-07-09", "18:00", "UTC")],
        ..Plan::default()
    }];
    world
}

fn items(standin: &Standin, path: &str) -> Vec<Value> {
    let reply = get(standin, path);
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["items"].as_array().unwrap().clone()
}

/// The members of each item, as words.
fn words(items: &[Value], names: &[&str]) -> Vec<String> {
    let word = |item: &Value, name: &str| item[name].as_str().unwrap_or("-").to_owned();
    let line = |item| names.iter().map(|name| word(item, name)).collect::<Vec<_>>().join(" ");
    items.iter().map(line).collect()
}

#[test]
fn schedules_and_plans_leave_executions_behind() {
    let standin = Standin::start(world()).unwrap();
    let all = items(&standin, TASKS);
    assert_eq!(
        words(&all, &["taskId", "executionType", "planId", "triggerTimestamp", "status"]),
        [
            "k2 PLAN p1 2022-07-09T18:10:05.000Z execution_successful",
            "k1 PLAN p1 2022-07-09T18:00:00.000Z execution_successful",
            "k1 SCHEDULED - 2022-07-09T12:00:00.000Z execution_successful",
            "k1 SCHEDULED - 2022-07-08T12:00:00.000Z execution_successful",
        ]
    );
    assert_eq!(all[3]["startTimestamp"], "2022-07-08T12:00:05.000Z");
    assert_eq!(all[3]["finishTimestamp"], "2022-07-08T12:10:05.000Z");
    assert_eq!(items(&standin, TASKS), all, "ids and times do not change");
    let plans = items(&standin, PLANS);
    assert_eq!(
        words(&plans, &["planId", "status", "startTimestamp", "finishTimestamp"]),
        ["p1 execution_successful 2022-07-09T18:00:00.000Z 2022-07-09T18:20:10.000Z"]
    );
}

#[test]
fn a_run_is_dispatched_then_executing_then_over() {
    let standin = Standin::start(world()).unwrap();
    let newest = || words(&items(&standin, TASKS)[..1], &["status", "finishTimestamp"]).remove(0);
    for (seconds, expected) in [
        (0, "dispatching -"),
        (5, "executing -"),
        (604, "executing -"),
        (605, "execution_successful 2022-07-10T12:10:05.000Z"),
    ] {
        standin.freeze(time("2022-07-10T12:00:00Z").plus(seconds * 1_000));
        assert_eq!(newest(), expected);
    }
}

#[test]
fn a_pause_suppresses_runs_and_says_so() {
    let standin = Standin::start(world()).unwrap();
    standin.act(WorldAction::pause("k1")).unwrap();
    standin.advance(SignedDuration::from_hours(24));
    standin.act(WorldAction::resume("k1")).unwrap();
    standin.advance(SignedDuration::from_hours(24));
    let items = items(&standin, &format!("{TASKS}?lastDays=2"));
    assert_eq!(
        words(&items, &["triggerTimestamp", "status", "misfiredExecutionReason", "startTimestamp"]),
        [
            "2022-07-11T12:00:00.000Z execution_successful - 2022-07-11T12:00:05.000Z",
            "2022-07-10T12:00:00.000Z execution_rejected TASK_IS_PAUSED -",
        ]
    );
}

#[test]
fn a_paused_task_makes_the_plan_fail_and_a_paused_plan_does_not_run() {
    let mut world = world();
    world.plans[0].triggers = vec![Trigger::daily("2022-07-09", "18:00", "UTC")];
    let standin = Standin::start(world).unwrap();
    standin.act(WorldAction::pause("k1")).unwrap();
    standin.advance(SignedDuration::from_hours(8));
    assert_eq!(words(&items(&standin, PLANS)[..1], &["status"]), ["execution_failed"]);
    let children = items(&standin, &format!("{TASKS}?lastDays=1"));
    assert_eq!(
        words(&children[..1], &["taskId", "planId", "misfiredExecutionReason"]),
        ["k1 p1 TASK_IS_PAUSED"],
        "the second step did not run"
    );
    standin.act(WorldAction::pause("p1")).unwrap();
    standin.advance(SignedDuration::from_hours(24));
    assert_eq!(
        words(&items(&standin, PLANS)[..1], &["status", "misfiredExecutionReason"]),
        ["execution_misfired PLAN_EXECUTIONS_PAUSED"]
    );
}

#[test]
fn a_plan_shows_how_its_last_run_goes() {
    let standin = Standin::start(world()).unwrap();
    let path = "/orchestration/executables/plans/p1";
    let status = || get(&standin, path).json()["status"].clone();
    standin.freeze(time("2022-07-09T17:59:59Z"));
    assert_eq!(status(), Value::Null);
    standin.freeze(time("2022-07-09T18:05:00Z"));
    assert_eq!(status(), "executing");
    standin.freeze(time("2022-07-10T00:00:00Z"));
    assert_eq!(status(), "execution_successful");
    let listed = items(&standin, "/orchestration/executables/plans");
    assert_eq!(listed[0]["status"], "execution_successful");
}

#[test]
fn lists_are_filtered() {
    let standin = Standin::start(world()).unwrap();
    let count = |query: &str| items(&standin, &format!("{TASKS}?{query}")).len();
    assert_eq!(count("environmentId=6242bc6eac74e9757cda41bb"), 4);
    assert_eq!(count("environmentId=e9"), 0);
    assert_eq!(count("workspaceId=6242bc6eac74e9757cda41bc&status=execution_successful"), 4);
    assert_eq!(count("status=executing"), 0);
    assert_eq!(count("lastDays=1"), 3, "from 11:00 the day before");
    assert_eq!(count("limit=1&offset=1"), 1);
    let (from, to) = (time("2022-07-09T18:05:00Z").millis(), time("2022-07-09T18:06:00Z").millis());
    assert_eq!(count(&format!("from={from}&to={to}")), 1, "it ran throughout");
    assert_eq!(items(&standin, "/processing/executables/tasks/k2/executions").len(), 1);
    assert_eq!(items(&standin, "/processing/executables/plans/p1/executions").len(), 1);
    let posted = ask(&standin, "POST", TASKS, r#"{"tags": ["tag-k2"], "lastDays": 10}"#).json();
    assert_eq!(posted["total"], 1);
    for query in
        ["status=asleep", "lastDays=11", "lastDays=0", "offset=1001", "limit=0", "colour=red"]
    {
        assert_eq!(get(&standin, &format!("{TASKS}?{query}")).status, 400, "{query}");
    }
    assert_eq!(get(&standin, &format!("{PLANS}?status=terminated")).status, 400);
    assert_eq!(get(&standin, "/processing/executables/tasks/k9/executions").status, 404);
    assert_eq!(ask(&standin, "POST", PLANS, "{}").status, 405);
}

#[test]
fn some_tenants_refuse_some_filters() {
    let standin = Standin::start(world()).unwrap();
    standin.set_options(|options| {
        options.refuse_from_per_task = true;
        options.execution_offset_cap = Some(2);
        options.execution_days = 1;
    });
    let one = "/processing/executables/tasks/k1/executions";
    assert_eq!(get(&standin, &format!("{one}?from=1")).status, 400);
    assert_eq!(get(&standin, &format!("{one}?limit=1")).status, 400);
    assert_eq!(get(&standin, &format!("{one}?lastDays=10")).json()["total"], 2);
    assert_eq!(get(&standin, &format!("{TASKS}?offset=2")).status, 200);
    assert_eq!(get(&standin, &format!("{TASKS}?offset=3")).status, 400);
}

#[test]
fn a_period_is_as_long_as_the_rule_of_the_tenant_has_it() {
    let standin = Standin::start(world()).unwrap();
    let now = time("2022-07-10T11:00:00Z").millis();
    let ago = |days: i64| now - days * 86_400_000;
    let status = |from: i64, to: i64| get(&standin, &format!("{TASKS}?from={from}&to={to}")).status;
    assert_eq!((status(ago(10), now), status(ago(10) - 1, now)), (200, 400));
    assert_eq!(status(ago(60), ago(50)), 200, "it reaches back as far as before");
    assert_eq!(get(&standin, &format!("{TASKS}?from={}", ago(11))).status, 400);
    standin.set_options(|options| options.refuse_older_executions = true);
    assert_eq!((status(ago(60), ago(50)), status(ago(61), ago(52))), (200, 400));
    standin.set_options(|options| options.history = HistoryRule::Described);
    assert_eq!(status(ago(60), now), 200);
    assert_eq!(get(&standin, &format!("{TASKS}?lastDays=60&offset=1001")).status, 200);
}

#[test]
fn a_start_on_request_is_listed_later() {
    let standin = Standin::start(world()).unwrap();
    let start =
        |path: &str, id: &str| ask(&standin, "POST", path, &json!({"executable": id}).to_string());
    let reply = start("/processing/executions", "k2");
    assert_eq!(reply.status, 201);
    let listed = items(&standin, "/processing/executables/tasks/k2/executions");
    assert_eq!(
        words(&listed[..1], &["executionType", "status", "userId"]),
        ["MANUAL dispatching operator"]
    );
    assert_eq!(listed[0]["executionId"], reply.json()["executionId"]);
    standin.set_options(|options| options.start_answer_has_other_id = true);
    let receipt = start("/processing/executions", "k2").json()["executionId"].clone();
    let listed = items(&standin, "/processing/executables/tasks/k2/executions");
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|item| item["executionId"] != receipt));
    assert_eq!(start("/processing/executions/plans", "p1").status, 201);
    assert_eq!(items(&standin, PLANS).len(), 2);
    standin.act(WorldAction::pause("k2")).unwrap();
    standin.act(WorldAction::pause("p1")).unwrap();
    assert_eq!(start("/processing/executions", "k2").status, 405);
    assert_eq!(start("/processing/executions/plans", "p1").status, 405);
    assert_eq!(start("/processing/executions", "p1").status, 404);
    assert_eq!(ask(&standin, "POST", "/processing/executions", "{}").status, 400);
}

#[test]
fn starting_needs_the_permission_to_execute() {
    let mut world = world();
    world.users[0].permissions = vec![Permission::View, Permission::Author];
    let standin = Standin::start(world).unwrap();
    let body = r#"{"executable": "k1"}"#;
    assert_eq!(ask(&standin, "POST", "/processing/executions", body).status, 403);
}

#[test]
fn a_webhook_that_meets_a_pause_is_recorded() {
    let standin = Standin::start(world()).unwrap();
    standin.act(WorldAction::pause("k2")).unwrap();
    standin.act(WorldAction::Start { id: "k2".into(), kind: ExecutionKind::Webhook }).unwrap();
    let listed = items(&standin, "/processing/executables/tasks/k2/executions");
    assert_eq!(
        words(&listed[..1], &["executionType", "misfiredExecutionReason"]),
        ["WEBHOOK TASK_IS_PAUSED"]
    );
}

#[test]
fn the_world_file_may_record_what_no_schedule_explains() {
    let mut world = world();
    world.executions = vec![RecordedExecution {
        id: "x1".into(),
        executable: "k2".into(),
        kind: ExecutionKind::Manual,
        status: "hibernating".into(),
        trigger: time("2022-07-10T01:00:00Z"),
        start: Some(time("2022-07-10T01:00:01Z")),
        finish: None,
        error_message: None,
    }];
    let standin = Standin::start(world).unwrap();
    assert_eq!(
        words(&items(&standin, TASKS)[..1], &["executionId", "status", "executionStatus"]),
        ["x1 hibernating EXECUTION_EVENT_RECEIVED"]
    );
}

#[test]
fn a_long_history_is_complete_over_its_pages() {
    let standin = Standin::start(World::generate(5, 100)).unwrap();
    // Sixty days at once, and offsets without a bound.
    standin.set_options(|options| options.history = HistoryRule::Described);
    let mut seen = Vec::new();
    loop {
        let page = get(&standin, &format!("{TASKS}?offset={}", seen.len())).json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["executionId"].as_str().unwrap().to_owned()));
        if items.len() < 100 {
            break;
        }
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "every id is unique");
    assert!(all > 2_000, "{all}");
}
