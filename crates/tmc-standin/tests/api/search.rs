//! The lists of the Orchestration API, above all the planned runs.

use serde_json::{Value, json};
use tmc_standin::{
    EnvironmentSpec, Permission, Plan, Standin, Step, Task, Time, Trigger, WorkspaceSpec, World,
    WorldAction,
};

use crate::client::{ask, get};

const SEARCH: &str = "/orchestration/executables/events/search";
const ENVIRONMENT: &str = "6242bc6eac74e9757cda41bb";
const TASK: &str = "61323d2498d04f63ee697541";

fn search(standin: &Standin, body: &Value) -> Value {
    let reply = ask(standin, "POST", SEARCH, &body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

fn dates(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["date"].as_str().unwrap()).collect()
}

/// Two workspaces, three tasks and a plan, at a time that stands still.
fn world() -> World {
    let mut world = World::documentation_sample();
    let workspace = world.workspaces[0].id.clone();
    world.frozen = true;
    world.environments.push(EnvironmentSpec {
        id: "e2".into(),
        name: "Development".into(),
        ..EnvironmentSpec::default()
    });
    world.workspaces.push(WorkspaceSpec {
        id: "w2".into(),
        name: "Sales".into(),
        environment: ENVIRONMENT.into(),
        ..WorkspaceSpec::default()
    });
    for (id, workspace, tag) in [("k2", workspace.as_str(), "night"), ("k3", "w2", "day")] {
        world.tasks.push(Task {
            id: id.into(),
            name: format!("Load {id}"),
            workspace: workspace.into(),
            tags: vec![tag.into()],
            triggers: vec![
                Trigger::daily("2022-07-01", "08:00", "UTC").named("morning"),
                Trigger::cron("0 20 * * ?", "UTC").named("evening"),
            ],
            ..Task::default()
        });
    }
    world.plans.push(Plan {
        id: "p1".into(),
        name: "Nightly".into(),
        workspace,
        steps: vec![
            Step {
                id: "s1".into(),
                name: "First".into(),
                tasks: vec!["k2".into()],
                ..Step::default()
            },
            Step {
                id: "s2".into(),
                name: "Then".into(),
                tasks: vec!["k3".into()],
                ..Step::default()
            },
        ],
        triggers: vec![Trigger::once("2022-07-02", "20:00", "UTC")],
        ..Plan::default()
    });
    world
}

#[test]
fn the_documentation_sample_is_answered_as_documented() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    for to in [json!(1_672_531_199_000_i64), json!("1672531199000")] {
        let answer = search(&standin, &json!({"environmentId": ENVIRONMENT, "to": to}));
        assert_eq!(
            dates(&answer),
            [
                "2022-07-20T18:00:00.000Z",
                "2022-08-20T18:00:00.000Z",
                "2022-09-20T18:00:00.000Z",
                "2022-10-20T18:00:00.000Z",
                "2022-11-20T19:00:00.000Z",
                "2022-12-20T19:00:00.000Z"
            ]
        );
        assert_eq!(
            answer["items"][0],
            json!({
                "id": TASK, "date": "2022-07-20T18:00:00.000Z", "type": "TASK"
            })
        );
        assert_eq!((&answer["limit"], &answer["offset"]), (&json!(100), &json!(0)));
        assert_eq!(answer["total"], 6);
    }
}

#[test]
fn pages_join_to_the_whole_list() {
    let standin = Standin::start(world()).unwrap();
    let body = |limit: usize, offset: usize| {
        json!({"environmentId": ENVIRONMENT, "from": "1656633600000", "to": "1659312000000",
               "limit": limit, "offset": offset})
    };
    let whole = search(&standin, &body(100, 0));
    let offset = search(&standin, &body(100, 100));
    let total = whole["total"].as_u64().unwrap();
    // 31 days, two tasks, two runs each; the monthly run and the plan.
    assert_eq!(total, 31 * 4 + 2);
    let mut all = whole["items"].as_array().unwrap().clone();
    all.extend(offset["items"].as_array().unwrap().clone());
    assert_eq!(all.len() as u64, total);
    let mut paged = Vec::new();
    while paged.len() < all.len() {
        let page = search(&standin, &body(7, paged.len()));
        paged.extend(page["items"].as_array().unwrap().clone());
    }
    assert_eq!(paged, all);
    let mut sorted = all.clone();
    sorted.sort_by_key(|item| item["date"].as_str().unwrap().to_owned());
    assert_eq!(sorted, all);
    assert_eq!(search(&standin, &body(7, 1_000))["items"], json!([]));
}

#[test]
fn a_search_is_narrowed_by_workspace_tag_and_runtime() {
    let standin = Standin::start(world()).unwrap();
    let count = |filter: Value| {
        let mut body = json!({"environmentId": ENVIRONMENT, "to": 1_656_806_400_000_i64});
        body.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        search(&standin, &body)["total"].as_u64().unwrap()
    };
    // Two days from 2022-07-01.
    assert_eq!(count(json!({})), 9);
    assert_eq!(count(json!({"workspaceIds": ["w2"]})), 4);
    assert_eq!(count(json!({"tags": ["night", "day"]})), 8);
    assert_eq!(count(json!({"tags": ["night"]})), 4);
    assert_eq!(count(json!({"runtime": {"type": "REMOTE_ENGINE"}})), 0);
    assert_eq!(count(json!({"runtime": {"type": "CLOUD"}})), 8);
}

#[test]
fn several_triggers_are_distinguished_by_name() {
    let standin = Standin::start(world()).unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": 1_656_720_000_000_i64, "tags": ["day"]});
    let answer = search(&standin, &body);
    let names: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|item| &item["sourceTriggerName"]).collect();
    assert_eq!(names, ["morning", "evening"]);
}

#[test]
fn two_triggers_may_fall_on_the_same_instant() {
    let mut world = world();
    world.tasks.truncate(1);
    world.plans.clear();
    let trigger = Trigger::daily("2022-07-01", "08:00", "UTC");
    world.tasks[0].triggers = vec![trigger.clone(), trigger];
    let standin = Standin::start(world).unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": 1_656_720_000_000_i64});
    let items = search(&standin, &body)["items"].clone();
    assert_eq!((items.as_array().unwrap().len(), &items[0]), (2, &items[1]));
}

#[test]
fn whether_the_end_belongs_to_it_is_an_option() {
    let standin = Standin::start(world()).unwrap();
    let noon: Time = "2022-07-01T20:00:00Z".parse().unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": noon.millis()});
    assert_eq!(search(&standin, &body)["total"], 2);
    standin.set_options(|options| options.to_inclusive = true);
    assert_eq!(search(&standin, &body)["total"], 4);
}

#[test]
fn runs_of_what_is_paused_are_listed_or_not() {
    let standin = Standin::start(world()).unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": 1_656_806_400_000_i64});
    standin.act(WorldAction::pause("k2")).unwrap();
    assert_eq!(search(&standin, &body)["total"], 9);
    standin.set_options(|options| options.hide_paused_runs = true);
    assert_eq!(search(&standin, &body)["total"], 5);
    standin.act(WorldAction::resume("k2")).unwrap();
    assert_eq!(search(&standin, &body)["total"], 9);
}

#[test]
fn a_changed_schedule_and_a_deleted_task_show_at_once() {
    let standin = Standin::start(world()).unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": 1_656_806_400_000_i64});
    assert_eq!(search(&standin, &body)["total"], 9);
    standin
        .act(WorldAction::SetTriggers {
            id: "k3".into(),
            triggers: vec![Trigger::cron("0 4 * * ?", "UTC")],
        })
        .unwrap();
    assert_eq!(search(&standin, &body)["total"], 7);
    standin.act(WorldAction::delete("k3")).unwrap();
    assert_eq!(search(&standin, &body)["total"], 5);
    assert_eq!(get(&standin, "/orchestration/executables/tasks/k3").status, 404);
}

#[test]
fn what_the_description_does_not_allow_is_refused() {
    let standin = Standin::start(world()).unwrap();
    let refused = [
        (json!({"to": 1}), "environmentId"),
        (json!({"environmentId": ENVIRONMENT}), "to"),
        (json!({"environmentId": ENVIRONMENT, "to": "tomorrow"}), "milliseconds"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "limit": 0}), "limit 0"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "limit": 101}), "limit 101"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "offset": -1}), "offset -1"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "workspaceId": "w2"}), "workspaceId"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "from": 2}), "from is after to"),
        (json!({"environmentId": ENVIRONMENT, "to": i64::MAX}), "too long"),
        (json!({"environmentId": ENVIRONMENT, "to": 1, "runtime": {"type": "SUN"}}), "SUN"),
    ];
    for (body, expected) in refused {
        let reply = ask(&standin, "POST", SEARCH, &body.to_string());
        assert_eq!(reply.status, 400, "{body}");
        let error = reply.json();
        assert_eq!(error["status"], 400);
        assert!(error["detail"].as_str().unwrap().contains(expected), "{error}");
        assert!(error["requestId"].is_string());
    }
    let body = json!({"environmentId": "e9", "to": 1}).to_string();
    assert_eq!(ask(&standin, "POST", SEARCH, &body).status, 404);
    assert_eq!(ask(&standin, "GET", SEARCH, "").status, 405);
    assert_eq!(get(&standin, "/orchestration/executables/tasks?colour=red").status, 400);
    assert_eq!(get(&standin, "/orchestration/nothing").status, 404);
}

#[test]
fn environments_and_workspaces_are_found_by_query() {
    let standin = Standin::start(world()).unwrap();
    let names = |path: &str| -> Vec<String> {
        let answer = get(&standin, path).json();
        let all = answer.as_array().unwrap().iter();
        all.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/orchestration/environments"), ["Production", "Development"]);
    assert_eq!(names("/orchestration/environments?query=name%3D%3DDev*"), ["Development"]);
    assert_eq!(names("/orchestration/workspaces?query=name==Sa*;type==shared"), ["Sales"]);
    assert_eq!(names("/orchestration/workspaces?query=environment.name==Dev*").len(), 0);
    let workspaces = get(&standin, "/orchestration/workspaces").json();
    assert_eq!(workspaces[0]["environment"]["id"], ENVIRONMENT);
}

#[test]
fn tasks_and_plans_are_listed_and_filtered() {
    let standin = Standin::start(world()).unwrap();
    let ids = |path: &str| -> Vec<String> {
        let answer = get(&standin, &format!("/orchestration/executables/{path}")).json();
        let all = answer["items"].as_array().unwrap().iter();
        all.map(|item| item["executable"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("tasks"), [TASK, "k2", "k3"]);
    assert_eq!(ids("tasks?name=Load"), ["k2", "k3"]);
    assert_eq!(ids("tasks?workspaceId=w2"), ["k3"]);
    assert_eq!(ids("tasks?limit=1&offset=1"), ["k2"]);
    assert_eq!(ids("tasks?environmentId=e2").len(), 0);
    assert_eq!(ids("tasks?runtimeType=CLOUD&artifactId=artifact-k2"), ["k2"]);
    assert_eq!(ids("plans?taskId=k3"), ["p1"]);
    assert_eq!(ids(&format!("plans?taskId={TASK}")).len(), 0);
    let plan = get(&standin, "/orchestration/executables/plans/p1").json();
    assert_eq!(plan["chart"]["taskIds"], json!(["k2"]));
    assert_eq!(plan["chart"]["nextStep"]["flows"][0]["workspaceId"], "w2");
    assert_eq!(get(&standin, "/orchestration/executables/plans/k2").status, 404);
}

#[test]
fn cron_events_are_plain_times() {
    let standin = Standin::start(world()).unwrap();
    let path = "/orchestration/executables/tasks/k2/run-config/events?to=1656806400000&limit=1";
    let answer = get(&standin, path).json();
    assert_eq!(answer["items"], json!(["2022-07-01T20:00:00.000Z"]));
    assert_eq!(answer["total"], 2);
    let path = "/orchestration/executables/tasks/k2/run-config/events";
    assert_eq!(get(&standin, path).status, 400, "to is required");
    assert_eq!(get(&standin, &format!("{path}?to={}", i64::MAX)).status, 400, "too long");
}

#[test]
fn what_a_user_may_not_see_is_not_listed() {
    let mut world = world();
    world.users[0].workspaces.insert("w2".into(), Vec::new());
    world.users[0].permissions = vec![Permission::View];
    let standin = Standin::start(world).unwrap();
    let body = json!({"environmentId": ENVIRONMENT, "to": 1_656_806_400_000_i64});
    assert_eq!(search(&standin, &body)["total"], 5);
    let tasks = get(&standin, "/orchestration/executables/tasks").json();
    assert_eq!(tasks["total"], 2);
    assert_eq!(get(&standin, "/orchestration/executables/tasks/k3").status, 403);
    assert_eq!(get(&standin, "/orchestration/workspaces").json().as_array().unwrap().len(), 1);
}
