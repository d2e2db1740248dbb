//! IDs from anywhere: what leads to another path of the API, or looks like
//! another object, is refused before it is used; all else is one path segment.

use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, Standin, World};

use crate::support::checksums::with_checksums;
use crate::support::ended::Ended;
use crate::support::runs::{NOTHING, open_now};
use crate::support::scene::Scene;
use crate::support::tool::{api_tool, run};
use crate::support::world::{ENVIRONMENT, HUMAN};

/// Texts that are no IDs, and what is said of each.
fn bad() -> [(String, &'static str); 9] {
    [
        (String::new(), "empty"),
        (".".to_owned(), "`..`"),
        ("..".to_owned(), "`..`"),
        ("t0\n".to_owned(), "cannot be seen"),
        ("t\0".to_owned(), "cannot be seen"),
        ("t\u{202e}0".to_owned(), "cannot be seen"),
        (" t0".to_owned(), "a blank"),
        ("t0\u{a0}".to_owned(), "a blank"),
        ("x".repeat(129), "129 bytes"),
    ]
}

/// The run of `t0`, with that value of a member.
fn with(member: &str, value: &str) -> String {
    let mut run: Value = serde_json::from_str(&open_now(&["t0"])).unwrap();
    run[member] = json!(value);
    format!("{run}\n")
}

#[test]
fn an_id_of_the_input_that_is_none_is_refused_with_its_line() {
    for (id, why) in bad() {
        let scene = Scene::new();
        let good = open_now(&["t1"]);
        for member in ["id", "environmentId", "workspaceId"] {
            let runs = good.clone() + &with(member, &id);
            let sync = ["sync", "--environment", ENVIRONMENT];
            let all = [&[][..], &["--dry-run"], &sync, &["coverage"], &["wait"]];
            let most = if member == "id" { all.len() } else { 1 };
            for args in &all[..most] {
                let ended = scene.expect(65, args, &runs);
                let line = format!("line 2: `{member}` is no ID: ");
                assert!(ended.stderr.contains(&line), "{id:?}: {}", ended.stderr);
                assert!(ended.stderr.contains(why), "{id:?}: {}", ended.stderr);
            }
        }
        let end = json!({"end": {"runs": 1, "selected": 1, "environments": ["e1", id]}});
        let ended = scene.expect(65, &["sync"], &format!("{good}{end}\n"));
        assert!(ended.stderr.contains("line 2: `end.environments`"), "{id:?}: {}", ended.stderr);
        assert!(scene.standin.requests().is_empty() && !scene.ledger().exists());
    }
}

#[test]
fn an_id_of_the_ledger_that_is_none_is_refused_with_its_line() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let whole = scene.ledger_text();
    for (id, why) in bad() {
        for member in ["id", "environmentId"] {
            let mut lines: Vec<Value> =
                whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            lines[1]["event"]["pausing"]["target"][member] = json!(id);
            let text: Vec<String> = lines.iter().map(Value::to_string).collect();
            std::fs::write(scene.ledger(), with_checksums(&text.join("\n"))).unwrap();
            let asked = scene.standin.requests().len();
            for args in [&["resume", "--all"][..], &["status"], &["resume", "--dry-run"]] {
                let ended = scene.expect(65, args, "");
                let is_reported = [":2: the ledger is damaged", "an ID that is none", why];
                let is_reported = is_reported.iter().all(|words| ended.stderr.contains(words));
                assert!(is_reported, "{id:?}: {}", ended.stderr);
            }
            assert_eq!(scene.standin.requests().len(), asked, "{id:?}");
        }
    }
    std::fs::write(scene.ledger(), whole).unwrap();
    scene.end_clean();
}

#[test]
fn an_id_of_an_answer_that_is_none_is_an_error_that_says_where() {
    for (id, _) in bad() {
        let standin = Standin::start(World::documentation_sample()).unwrap();
        let run_of = |id: &str| json!({"id": id, "type": "TASK", "date": "2022-07-20T18:00:00Z"});
        let list = |item: Value| json!({"items": [item], "limit": 100, "offset": 0, "total": 1});
        let place =
            json!({"id": "w", "name": "W", "environment": {"id": id, "name": "Production"}});
        for (method, path, body) in [
            ("POST", "/orchestration/executables/events/search", list(run_of(&id))),
            ("GET", "/orchestration/workspaces", json!([{"id": id, "name": "W"}])),
            ("GET", "/orchestration/workspaces", json!([place])),
        ] {
            let body = Effect::Body { text: body.to_string() };
            standin.add_faults(vec![Fault::new(body).on(method, path)]).unwrap();
            let mut command = api_tool("runs-fetch", &standin);
            let period = ["--from", "2022-07-01", "--to", "2023-01-01", "--retries", "0"];
            let ended: Ended = run(command.args(["-e", "Production"]).args(period));
            standin.clear_faults();
            assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{id:?} {path}: {ended:?}");
            let is_reported =
                ended.stderr.contains(path) || ended.stderr.contains("scheduled runs");
            assert!(is_reported, "{id:?} {path}: {}", ended.stderr);
        }
        let scene = Scene::new();
        let (item, plan) =
            (json!({"executable": id, "name": "n"}), "/orchestration/executables/plans");
        for (path, body) in [
            ("/orchestration/environments", json!([{"id": id, "name": ENVIRONMENT}])),
            ("/orchestration/executables/tasks", list(item.clone())),
            (plan, list(item)),
            (plan, list(json!({"executable": "p", "name": "n", "chart": {"taskIds": [id]}}))),
        ] {
            let body = Effect::Body { text: body.to_string() };
            scene.standin.add_faults(vec![Fault::new(body).on("GET", path)]).unwrap();
            let args = ["recover", "--environment", ENVIRONMENT, "--yes", "--retries", "0"];
            let ended = scene.expect(69, &args, "");
            scene.standin.clear_faults();
            assert!(ended.stderr.contains(path) || ended.stderr.contains("list of"), "{ended:?}");
            assert!(!scene.ledger().exists(), "{id:?} {path}");
        }
        assert_eq!(scene.count("PUT", ""), 0);
    }
}

/// An argument is compared with what the API shows, and is never a part of a
/// path.
#[test]
fn an_argument_that_is_no_id_is_an_unknown_name() {
    for (id, _) in bad().into_iter().filter(|(id, _)| !id.contains('\0')) {
        let standin = Standin::start(World::documentation_sample()).unwrap();
        for args in [["-e", &id, "-e", "Production"], ["-e", "Production", "--workspace", &id]] {
            let ended = run(api_tool("runs-fetch", &standin).args(args).args(["--to", "+1d"]));
            assert!(matches!(ended.code, 2 | 78), "{id:?}: {ended:?}");
        }
        let scene = Scene::new();
        for mode in ["sync", "recover"] {
            let ended = scene.run(&[mode, "--environment", &id], NOTHING);
            assert!(matches!(ended.code, 2 | 78), "{mode} {id:?}: {ended:?}");
        }
        let asked = scene.standin.requests().into_iter().map(|request| request.path);
        let known = ["/orchestration/environments", "/orchestration/workspaces"];
        assert!(asked.into_iter().all(|path| known.contains(&&*path)), "{id:?}");
    }
}

#[test]
fn every_other_id_is_one_segment_of_a_path() {
    let odd =
        ["a/b", "../t1", "t1/..", "%2e%2e", "a?b#c", "a b", "...", "a\\b", "é日🛠", "-n", "a;b=c&d"];
    let mut world = crate::support::world::world(2);
    for id in odd {
        let mut task = world.tasks[0].clone();
        id.clone_into(&mut task.id);
        world.tasks.push(task);
    }
    let scene = Scene::of(world);
    let runs: String = odd.iter().map(|id| with("id", id)).collect();
    let ended = scene.expect(0, &["--guard", "0s"], &runs);
    for id in odd {
        assert_eq!(ended.action(id), "paused", "{id}: {}", scene.story());
        assert!(scene.is_paused(id), "{id}");
    }
    assert_eq!(scene.count("PUT", "/pause"), odd.len());
    assert!(!scene.is_paused("t0") && !scene.is_paused("t1"));
    scene.end_clean();
    assert_eq!(scene.count("PUT", "/pause"), 2 * odd.len());
}

/// The same task, written in two ways, is one hold; where it cannot be the
/// same, the input is refused.
#[test]
fn one_task_has_one_identity() {
    let t0 = open_now(&["t0"]);
    for (other, is_one) in [
        (t0.replace("TASK", "task"), true),
        (t0.replace("TASK", "Task"), true),
        (t0.replace("\"t0\"", "\"\\u00740\""), true),
        (t0.replace("\"t0\"", "\"t0 \""), false),
        (t0.replace("\"t0\"", "0"), false),
        (t0.replace("\"t0\"", "[\"t0\"]"), false),
        // By the name of the environment instead of its ID.
        (t0.replace("\"e1\"", "\"Production\""), false),
        (t0.replace("\"e1\"", "\"E1\""), false),
        (t0.replace("TASK", "task").replace("\"e1\"", "\"e2\""), false),
    ] {
        assert_ne!(other, t0);
        let scene = Scene::new();
        let runs = format!("{t0}{other}");
        if is_one {
            let ended = scene.expect(0, &[], &runs);
            assert_eq!((ended.records().len(), scene.status().len()), (1, 1), "{other}");
            // And so it is when it comes alone.
            let ended = scene.expect(0, &[], &other);
            assert_eq!((ended.action("t0"), scene.status().len()), ("held".to_owned(), 1));
            assert_eq!(scene.count("PUT", ""), 1, "{other}");
            scene.end_clean();
        } else {
            let ended = scene.expect(65, &[], &runs);
            assert!(ended.stderr.contains("line 2: "), "{other}: {}", ended.stderr);
            assert!(scene.standin.requests().is_empty(), "{other}");
        }
    }
    // Held already, it is not held once more for what is another name of a place.
    let scene = Scene::new();
    scene.expect(0, &[], &t0);
    let ended = scene.run(&[], &t0.replace("\"e1\"", "\"Production\""));
    assert!(matches!(&*ended.action("t0"), "foreign" | "failed"), "{ended:?}");
    assert_eq!((scene.count("PUT", ""), scene.status().len()), (1, 1));
    let ended = scene.expect(0, &[], &open_now(&[HUMAN]).replace("TASK", "task"));
    assert_eq!(ended.receipt(HUMAN)["type"], "TASK");
    scene.end_clean();
}
