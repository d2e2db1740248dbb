//! `runs-fetch check` and `task-pause check`: what is wrong is found, and nothing is changed.

use std::fs;

use maintenance_core::clock;
use maintenance_core::ledger::Ledger;
use serde_json::Value;
use tmc_standin::{Effect, Fault, Standin, World, WorldAction};

use crate::support::ended::Ended;
use crate::support::runs::{open_now, soon};
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::world;

/// Runs a tool's `check` in that scene.
fn check(scene: &Scene, name: &str, args: &[&str]) -> Ended {
    let mut command = tool(name);
    command.envs(scene.connection()).arg("check").args(args);
    Ended::of_records(command.output().unwrap())
}

/// The status of the worst result of that name.
fn status(ended: &Ended, check: &str) -> String {
    let of = ended.records().iter().filter(|record| record["check"] == check);
    let rank = |status: &&str| ["ok", "warning", "error"].iter().position(|known| known == status);
    let worst = of.map(|record| record["status"].as_str().unwrap()).max_by_key(rank);
    worst.unwrap_or("none").to_owned()
}

/// The result of that name and status.
fn result_of<'a>(ended: &'a Ended, check: &str, status: &str) -> &'a Value {
    let found = |record: &&Value| record["check"] == check && record["status"] == status;
    ended.records().iter().find(found).unwrap_or_else(|| panic!("{check} {status}: {ended:#?}"))
}

// README: `check` tries the connection and the token
#[test]
fn check_of_an_account_that_works_finds_nothing_and_changes_nothing() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let ledger = fs::read(scene.ledger()).unwrap();
    for (name, args, checks) in [
        (
            "runs-fetch",
            &["--environment", "Production"][..],
            &[
                "connection",
                "token",
                "workspaces",
                "environments",
                "tasks",
                "plans",
                "runs",
                "executions",
            ][..],
        ),
        (
            "task-pause",
            &["--environment", "Production"],
            &["lock", "ledger", "connection", "token", "environments", "pauses", "executions"],
        ),
        ("runs-fetch", &[], &["runs", "tasks"]),
        ("task-pause", &[], &["pauses"]),
    ] {
        let ended = check(&scene, name, args);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{name}: {ended:#?}");
        for check in checks {
            assert_eq!(status(&ended, check), "ok", "{name} {check}: {ended:#?}");
        }
    }
    assert_eq!(fs::read(scene.ledger()).unwrap(), ledger);
    let changes = scene.standin.requests().into_iter().filter(|one| one.method == "PUT").count();
    assert_eq!(changes, 1, "{}", scene.story());
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn check_reports_what_the_api_refuses_and_ends_with_the_code_of_the_main_job() {
    const ALL: &str = "/orchestration/executables/tasks";
    for (name, method, path, answer, check_name, expected, code) in [
        ("runs-fetch", "GET", "/orchestration/workspaces", 401, "connection", "error", 77),
        ("runs-fetch", "GET", "/orchestration/workspaces", 503, "connection", "error", 69),
        ("runs-fetch", "GET", "/orchestration/environments", 403, "environments", "warning", 0),
        ("runs-fetch", "GET", ALL, 403, "tasks", "warning", 0),
        (
            "runs-fetch",
            "POST",
            "/orchestration/executables/events/search",
            403,
            "runs",
            "error",
            77,
        ),
        ("runs-fetch", "GET", "/processing/**", 403, "executions", "warning", 0),
        ("runs-fetch", "GET", "/processing/**", 503, "executions", "error", 69),
        ("task-pause", "GET", "/orchestration/workspaces", 401, "connection", "error", 77),
        ("task-pause", "GET", "/orchestration/executables/tasks/*", 403, "pauses", "error", 77),
        ("task-pause", "GET", "/processing/**", 403, "executions", "warning", 0),
        ("task-pause", "GET", ALL, 403, "tasks", "warning", 0),
    ] {
        let scene = Scene::new();
        let args: &[&str] = if name == "task-pause" {
            scene.expect(0, &["sync", "--environment", "e1"], "");
            &["--retries", "0"]
        } else {
            &["--environment", "Production", "--retries", "0"]
        };
        let fault = Fault::new(Effect::status(answer)).on(method, path);
        scene.standin.add_faults(vec![fault]).unwrap();
        let ended = check(&scene, name, args);
        let case = format!("{name} {path} {answer}: {ended:#?}");
        assert_eq!(ended.code, code, "{case}");
        assert_eq!(status(&ended, check_name), expected, "{case}");
        assert!(
            result_of(&ended, check_name, expected)["hint"].is_string() || answer == 503,
            "{case}"
        );
        assert_eq!(ended.stderr.is_empty(), code == 0, "{case}");
    }
}

#[test]
fn check_without_a_connection_says_which_setting_is_missing() {
    let scene = Scene::new();
    for (unset, set, code) in [
        ("TALEND_TOKEN", None, 78),
        ("TALEND_API_URL", None, 78),
        ("TALEND_API_URL", Some("http://127.0.0.1:9"), 69),
        ("TALEND_TOKEN", Some("another"), 77),
    ] {
        for name in ["runs-fetch", "task-pause"] {
            let mut command = tool(name);
            command.envs(scene.connection()).env_remove("TASK_PAUSE_LEDGER");
            command.env("HOME", scene.file("home")).env_remove(unset);
            command.envs(set.map(|value| (unset, value)));
            let output = command.args(["check", "--retries", "0"]).output().unwrap();
            let ended = Ended::of_records(output);
            assert_eq!(ended.code, code, "{name} {unset}: {ended:#?}");
            let check = if code == 78 { "configuration" } else { "connection" };
            assert_eq!(status(&ended, check), "error", "{name} {unset}: {ended:#?}");
            assert!(ended.stderr.contains("checks failed"), "{name} {unset}: {ended:#?}");
        }
    }
    assert!(!scene.ledger().exists() && fs::metadata(scene.file("home")).is_err());
}

#[test]
fn check_of_task_pause_reports_the_ledger_its_lock_its_journal_and_the_clock() {
    let scene = Scene::new();
    // A ledger that was named is missed; one that was not is begun later.
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!((ended.code, status(&ended, "ledger")), (78, "error".to_owned()), "{ended:#?}");
    // What is held, and what is overdue.
    scene.expect(0, &[], &open_now(&["t1"]));
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!((ended.code, status(&ended, "holds")), (0, "none".to_owned()), "{ended:#?}");
    scene.expect(0, &[], &soon("t0", 0, Some(1500)));
    let mut ended = check(&scene, "task-pause", &[]);
    while status(&ended, "holds") == "none" {
        ended = check(&scene, "task-pause", &[]);
    }
    assert_eq!((ended.code, status(&ended, "holds")), (0, "warning".to_owned()), "{ended:#?}");
    scene.expect(0, &["resume"], "");
    // Another call that is at work.
    let api = Ledger::read(&scene.ledger()).unwrap().api().unwrap().to_owned();
    let other = Ledger::open(&scene.ledger(), &api, clock::now()).unwrap();
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!((ended.code, status(&ended, "lock")), (0, "warning".to_owned()), "{ended:#?}");
    assert!(result_of(&ended, "lock", "warning")["message"].as_str().unwrap().contains("process"));
    drop(other);
    assert_eq!(status(&check(&scene, "task-pause", &[]), "lock"), "ok");
    // Another API.
    let other = ["--api-url", "http://127.0.0.1:9", "--retries", "0"];
    let ended = check(&scene, "task-pause", &other);
    assert_eq!((ended.code, status(&ended, "ledger")), (78, "error".to_owned()), "{ended:#?}");
    // A journal and a ledger of somebody else.
    let journal = scene.ledger().with_file_name("ledger.journal.jsonl");
    let receipts = fs::read(&journal).unwrap();
    fs::write(&journal, "theirs\n").unwrap();
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!((ended.code, status(&ended, "journal")), (65, "error".to_owned()), "{ended:#?}");
    fs::write(&journal, receipts).unwrap();
    let lines = fs::read(scene.ledger()).unwrap();
    fs::write(scene.ledger(), "theirs\n").unwrap();
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!(status(&ended, "ledger"), "error", "{ended:#?}");
    assert_eq!(fs::read_to_string(scene.ledger()).unwrap(), "theirs\n");
    fs::write(scene.ledger(), lines).unwrap();
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
    scene.set_clock(90);
    let ended = check(&scene, "task-pause", &[]);
    assert_eq!((ended.code, status(&ended, "clock")), (0, "warning".to_owned()), "{ended:#?}");
}

#[test]
fn check_reports_how_long_a_token_is_good_where_that_is_known() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let home = tempfile::tempdir().unwrap();
    for name in ["runs-fetch", "task-pause"] {
        let mut command = tool(name);
        command.env("TALEND_API_URL", standin.url()).env("HOME", home.path());
        command.env("TALEND_SERVICE_ACCOUNT_ID", "sample-service-account");
        command.env("TALEND_SERVICE_ACCOUNT_SECRET", "sample-service-account-secret");
        let ended = Ended::of_records(command.arg("check").output().unwrap());
        let reported = result_of(&ended, "token", "ok")["message"].as_str().unwrap();
        assert!(
            reported.starts_with("good until ") && reported.ends_with(" min)"),
            "{name}: {reported}"
        );
    }
}

#[test]
fn check_warns_of_an_account_that_sees_nothing_and_of_a_held_task_that_is_gone() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    scene.standin.act(WorldAction::delete("t0")).unwrap();
    let ended = check(&scene, "task-pause", &["--environment", "Production"]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    let reported = result_of(&ended, "pauses", "warning")["message"].as_str().unwrap();
    assert!(reported.ends_with("is held and no longer exists"), "{reported}");
    scene.check(&ended);

    let empty = Scene::of(World { tasks: Vec::new(), plans: Vec::new(), ..world(1) });
    empty.expect(0, &["sync", "--environment", "e1"], "");
    let ended = check(&empty, "task-pause", &["--environment", "Production"]);
    let reported = result_of(&ended, "tasks", "warning")["message"].as_str().unwrap();
    assert_eq!(reported, "the account sees no task in Production");

    let none = World { tasks: Vec::new(), plans: Vec::new(), workspaces: Vec::new(), ..world(1) };
    let bare = Scene::of(none);
    bare.expect(0, &["sync", "--environment", "e1"], "");
    for name in ["runs-fetch", "task-pause"] {
        let ended = check(&bare, name, &[]);
        let reported = result_of(&ended, "workspaces", "warning");
        assert_eq!(reported["message"], "the account sees no workspace", "{name}");
        assert!(reported["hint"].as_str().unwrap().contains("READ"), "{name}: {reported}");
        assert_eq!(ended.code, 0, "{name}: {ended:#?}");
    }
}
