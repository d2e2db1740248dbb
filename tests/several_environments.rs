//! `runs-fetch` in a tenant of several environments: which runs are listed,
//! and what is added to them.

use serde_json::{Value, json};
use tmc_standin::{Standin, World};

use crate::support::ended::Ended;
use crate::support::tool::{run, tool};
use crate::support::world::TOKEN;

/// Two environments, three workspaces, three tasks and a plan that all run
/// once an hour.
fn tenant() -> Standin {
    let hourly = json!([{"name": "hourly", "type": "CRON", "cronExpression": "0 * * * ?", "timeZone": "UTC"}]);
    let task = |id: &str, workspace: &str, tags: Value, runtime: &str| {
        json!({"id": id, "name": format!("Task {id}"), "workspace": workspace, "tags": tags,
               "runtime": {"type": runtime}, "triggers": hourly, "durationSeconds": 60})
    };
    let world = json!({
        "environments": [{"id": "e1", "name": "PROD"}, {"id": "e2", "name": "DEV"}],
        "workspaces": [
            {"id": "w1", "name": "Finance", "environment": "e1"},
            {"id": "w2", "name": "Sales", "environment": "e1"},
            {"id": "w3", "name": "Finance", "environment": "e2"},
        ],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": TOKEN, "user": "ops"}],
        "tasks": [
            task("a", "w1", json!(["critical"]), "CLOUD"),
            task("b", "w2", json!([]), "REMOTE_ENGINE"),
            task("c", "w3", json!(["critical", "nightly"]), "CLOUD"),
        ],
        "plans": [{"id": "p", "name": "Close \"Q3\"", "workspace": "w1", "triggers": hourly,
                   "steps": [{"id": "s", "name": "First", "tasks": ["a"]}],
                   "paused": {"user": "ops", "date": "2026-01-01T00:00:00Z"}}],
    });
    Standin::start(World::from_json(&world.to_string()).unwrap()).unwrap()
}

/// An hour that is not near, with one run of each: of those that start while a list is
/// made, some list has them and some has not.
const HOUR: [&str; 4] = ["--from", "2030-01-01", "--to", "2030-01-01T01:00"];

fn fetch(standin: &Standin, flags: &[&str]) -> Ended {
    let mut command = tool("runs-fetch");
    command.env("TALEND_API_URL", standin.url()).env("TALEND_TOKEN", TOKEN);
    run(command.args(HOUR).args(flags))
}

/// The runs as objects.
fn runs(standin: &Standin, flags: &[&str]) -> Vec<Value> {
    let ended = fetch(standin, flags);
    assert_eq!(ended.code, 0, "{flags:?}: {}", ended.stderr);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whose runs are listed: `environment/id`, in order of the IDs within each.
fn whose(standin: &Standin, flags: &[&str]) -> Vec<String> {
    let of = |run: &Value| format!("{}/{}", run["environmentId"], run["id"]).replace('"', "");
    let mut all: Vec<_> = runs(standin, flags).iter().map(of).collect();
    all.sort();
    all
}

#[test]
fn environments_workspaces_tags_and_runtimes() {
    let standin = tenant();
    let all = ["e1/a", "e1/b", "e1/p", "e2/c"];
    assert_eq!(whose(&standin, &["--all-environments"]), all);
    assert_eq!(whose(&standin, &["-e", "PROD", "-e", "e2"]), all);
    assert_eq!(whose(&standin, &["-e", "DEV"]), all[3..]);
    assert_eq!(whose(&standin, &["--all-environments", "-w", "Finance"]), ["e1/a", "e1/p", "e2/c"]);
    assert_eq!(whose(&standin, &["-e", "PROD", "-w", "w2"]), ["e1/b"]);
    assert_eq!(whose(&standin, &["-e", "PROD", "-w", "Sales", "-w", "Finance"]), all[..3]);
    assert_eq!(whose(&standin, &["--all-environments", "--tag", "critical"]), ["e1/a", "e2/c"]);
    for (runtime, asked, listed) in [
        ("cloud", "CLOUD", &["e1/a", "e2/c"][..]),
        ("remote-engine", "REMOTE_ENGINE", &["e1/b"]),
        ("remote-engine-cluster", "REMOTE_ENGINE_CLUSTER", &[]),
        ("cloud-exclusive", "CLOUD_EXCLUSIVE", &[]),
        ("pipeline-engine", "PIPELINE_ENGINE", &[]),
    ] {
        assert_eq!(whose(&standin, &["--all-environments", "--runtime", runtime]), listed);
        let requests = standin.requests();
        let search = requests.iter().rfind(|one| one.method == "POST").unwrap();
        assert_eq!(search.body.as_ref().unwrap()["runtime"], json!({"type": asked}), "{runtime}");
    }
    let mut command = tool("runs-fetch");
    command.env("TALEND_API_URL", standin.url()).env("TALEND_TOKEN", TOKEN);
    let ended = run(command.args(HOUR).env("TALEND_ENVIRONMENT", "DEV"));
    assert!(ended.stdout.starts_with(r#"{"id":"c","#), "{ended:?}");
    // What no environment has is said once, with those that there are.
    let ended = fetch(&standin, &["--all-environments", "-w", "Logistics"]);
    assert_eq!(ended.code, 78);
    assert!(ended.stderr.contains("Finance (w1), Sales (w2), Finance (w3)"), "{}", ended.stderr);
}

#[test]
fn tags_of_tasks_are_listed_and_plans_have_none() {
    let runs = runs(&tenant(), &["-e", "PROD", "--tags"]);
    let mut tags: Vec<_> =
        runs.iter().map(|run| (run["id"].as_str().unwrap(), &run["tags"])).collect();
    tags.sort_by_key(|&(id, _)| id);
    assert_eq!(tags, [("a", &json!(["critical"])), ("b", &json!([])), ("p", &json!([]))]);
}

#[test]
fn one_end_record_counts_all_environments_and_says_what_was_asked_for() {
    let standin = tenant();
    let end = |flags: &[&str]| {
        let times = ["--from", "2026-11-01", "--to", "2026-11-01T01:00", "--end-record"];
        let mut command = tool("runs-fetch");
        command.env("TALEND_API_URL", standin.url()).env("TALEND_TOKEN", TOKEN);
        let ended = run(command.args(times).args(flags));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let (records, end) = ended.stdout.trim_end().rsplit_once('\n').unwrap();
        (records.lines().count(), end.to_owned())
    };
    let asked = r#""from":"2026-11-01T00:00:00.000Z","to":"2026-11-01T01:00:00.000Z""#;
    let all = format!(r#"{{"end":{{"runs":4,"environments":["e1","e2"],{asked}}}}}"#);
    assert_eq!(end(&["--all-environments"]), (4, all));
    for (flags, runs, environments) in [
        (&["-e", "PROD", "--workspace", "Sales"][..], 1, r#"["e1"]"#),
        (&["--all-environments", "--tag", "critical"], 2, r#"["e1","e2"]"#),
        (&["-e", "DEV", "--runtime", "cloud"], 1, r#"["e2"]"#),
    ] {
        let narrow = format!(
            r#"{{"end":{{"runs":{runs},"environments":{environments},{asked},"filtered":true}}}}"#
        );
        assert_eq!(end(flags), (runs, narrow), "{flags:?}");
    }
}

#[test]
fn names_of_tasks_and_plans_and_what_is_paused() {
    let standin = tenant();
    let all = runs(&standin, &["--all-environments", "--names"]);
    let about = |id: &str| all.iter().find(|run| run["id"] == id).unwrap().clone();
    let (plan, task) = (about("p"), about("c"));
    assert_eq!(plan["name"], "Close \"Q3\"");
    assert_eq!(plan["paused"], true);
    assert_eq!(
        (&plan["workspaceName"], &plan["environmentName"]),
        (&json!("Finance"), &json!("PROD"))
    );
    assert_eq!((&task["name"], &task["workspaceId"]), (&json!("Task c"), &json!("w3")));
    assert_eq!(task.get("paused"), None);
}

#[test]
fn usual_durations_come_from_one_listing_however_offsets_are_limited() {
    let standin = tenant();
    for cap in [None, Some(1_000), Some(150)] {
        standin.set_options(|options| options.execution_offset_cap = cap);
        let before = standin.requests().len();
        let all = runs(&standin, &["-e", "PROD", "--durations"]);
        let asked = standin.requests().len() - before;
        assert_eq!(all.len(), 3);
        for run in &all {
            let paused = run["id"] == "p";
            let expected = if paused { json!(null) } else { json!(60_000) };
            assert_eq!(run["durationMs"], expected, "{run} with an offset cap of {cap:?}");
        }
        // Sixty days of three hourly runs are some 4,300 executions.
        assert!(asked < 150, "{asked} requests with an offset cap of {cap:?}");
    }
}
