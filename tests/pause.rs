//! Pausing: what is paused, what is left alone, and what is never sent.

use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::runs::{minutes, open_now, selected};
use crate::support::scene::Scene;
use crate::support::skip::skip_without_tracing;
use crate::support::world::{ENVIRONMENT, HUMAN, PLAN, world};

// README: It pauses the tasks whose window is open now
#[test]
fn what_is_open_is_paused_once_and_given_back() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", "t0"])
        + &selected("t2", "later", 120, Some(180))
        + &selected("t3", "earlier", -180, Some(-120))
        + &open_now(&[PLAN]);
    let ended = scene.expect(0, &["--reason", "Q3 {name}"], &runs);
    let actions: Vec<_> = ["t0", "t1", "t2", "t3", PLAN].map(|id| ended.action(id)).into();
    assert_eq!(actions, ["paused", "paused", "pending", "expired", "paused"]);
    assert_eq!(ended.records().len(), 5);
    assert_eq!(scene.count("PUT", "/t0/pause"), 1);
    assert!(scene.is_paused("t0") && scene.is_paused(PLAN) && !scene.is_paused("t2"));

    let receipt = ended.receipt("t0");
    assert_eq!(receipt["environmentId"], ENVIRONMENT);
    assert_eq!(receipt["type"], "TASK");
    assert_eq!(receipt["hold"]["windows"], json!(["patching"]));
    assert_eq!(receipt["runs"].as_array().unwrap().len(), 1);
    assert_eq!(receipt["reason"], "Q3 patching");
    let state = scene.standin.state();
    let context = state.task("t0").unwrap().details.as_ref().unwrap().context.clone().unwrap();
    assert!(context.starts_with("Q3 patching [task-pause hold="), "{context}");

    let status = scene.status();
    assert_eq!(status.len(), 3);
    assert_eq!(status[0]["state"], "held");
    let again = scene.expect(0, &[], &runs);
    assert_eq!(again.action("t0"), "held");
    assert_eq!(scene.count("PUT", "/pause"), 3, "nothing is paused twice");

    let resumed = scene.expect(0, &["resume", "--all"], "");
    assert_eq!(resumed.action(PLAN), "resumed");
    assert!(!scene.is_paused("t0"));
    scene.end_clean();
}

// README: What somebody else paused is left alone
#[test]
fn what_a_person_paused_is_left_alone_now_and_later() {
    let scene = Scene::new();
    let ended = scene.expect(0, &[], &open_now(&[HUMAN, "t0"]));
    assert_eq!(ended.action(HUMAN), "foreign");
    scene.expect(0, &["resume", "--all"], "");
    assert!(scene.is_paused(HUMAN));
    assert_eq!(scene.count("PUT", "/human/pause"), 0);
    scene.end_clean();
}

#[test]
fn a_person_who_is_faster_than_our_request_keeps_the_pause() {
    let scene = Scene::new();
    let faster = |id: &str| {
        Fault::new(Effect::before(WorldAction::pause(id))).on("PUT", &format!("**/{id}/pause"))
    };
    scene.standin.add_faults(vec![faster("t0"), faster("t1")]).unwrap();
    let ended = scene.expect(1, &[], &open_now(&["t0"]));
    scene.human_did("t0", true);
    assert_eq!(ended.action("t0"), "failed", "204, and no pause of ours was seen that proves it");
    assert_eq!(ended.receipt("t0")["pausedBy"]["user"], "a-person");
    assert_eq!(scene.status().len(), 1);
    // In one call with a pause that shows who we are, in whatever order.
    let ended = scene.expect(0, &[], &open_now(&["t1", "t2"]));
    scene.human_did("t1", true);
    assert_eq!(["t0", "t1", "t2"].map(|id| ended.action(id)), ["foreign", "foreign", "paused"]);
    let ended = scene.expect(0, &["sync"], &open_now(&["t0", "t1", "t2"]));
    assert_eq!(["t0", "t1", "t2"].map(|id| ended.action(id)), ["foreign", "foreign", "held"]);
    assert_eq!(scene.status().len(), 1);
    scene.standin.clear_faults();
    scene.end_clean();
}

// README: A list that broke off
#[test]
fn nothing_is_paused_on_a_broken_list() {
    let scene = Scene::new();
    let good = open_now(&["t0"]);
    for (runs, args, message) in [
        (format!("{good}{{\"id\":\"t1\"\n"), &[][..], "line 2: not JSON"),
        (format!("{good}{{\"id\":\"t1\"}}\n"), &[], "line 2: no `"),
        (good.clone(), &["--require-end"], "no end record"),
        (
            format!("{good}{good}{{\"end\":{{\"runs\":1}}}}\n"),
            &[],
            "line 3: the end record counts 1",
        ),
    ] {
        let ended = scene.expect(65, args, &runs);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    assert_eq!(scene.standin.requests().len(), 0);
    assert!(!scene.ledger().exists());
    let whole = format!("{good}{{\"end\":{{\"runs\":9}}}}\n");
    assert_eq!(scene.expect(0, &["--require-end"], &whole).action("t0"), "paused");
    scene.end_clean();
}

// README: `--dry-run` does every read and changes nothing
// README: with `--dry-run` it only says what it would do
#[test]
fn a_dry_run_changes_nothing_anywhere() {
    let scene = Scene::new();
    let runs = open_now(&["t0", HUMAN]) + &selected("t1", "later", 120, Some(180));
    let ended = scene.expect(0, &["--dry-run"], &runs);
    assert_eq!(ended.action("t0"), "paused");
    assert_eq!(ended.action(HUMAN), "foreign");
    assert!(ended.records().iter().all(|receipt| receipt["dryRun"] == true));
    let later = minutes(150).to_string();
    let then = scene.expect(0, &["-n", "--at", &later], &runs);
    assert_eq!((then.action("t0"), then.action("t1")), ("expired".into(), "paused".into()));
    assert_eq!(scene.count("PUT", ""), 0);
    assert!(!scene.ledger().exists());

    scene.expect(0, &[], &runs);
    let before = scene.ledger_text();
    let ended = scene.expect(0, &["resume", "-n", "--all"], "");
    assert_eq!(ended.action("t0"), "resumed");
    assert_eq!(scene.ledger_text(), before);
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

// README: `--dry-run` does every read and changes nothing
#[test]
fn more_than_max_tasks_pauses_none() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", HUMAN]);
    let ended = scene.expect(78, &["--max-tasks", "1"], &runs);
    assert!(ended.stderr.contains("--max-tasks 1"), "{}", ended.stderr);
    assert_eq!(scene.count("PUT", ""), 0);
    // What a person paused does not count, and where nothing is to be paused
    // nothing is too much.
    scene.expect(0, &["--max-tasks", "2"], &runs);
    scene.expect(0, &["--max-tasks", "0"], &runs);
    // What is paused again counts, with what is held.
    scene.standin.act(WorldAction::resume("t0")).unwrap();
    scene.expect(78, &["--reassert", "--max-tasks", "0"], &runs);
    scene.expect(78, &["--reassert", "--max-tasks", "1"], &runs);
    scene.expect(0, &["--reassert", "--max-tasks", "2"], &runs);
    scene.end_clean();
}

/// The limit is the ledger's, not the call's.
#[test]
fn calls_in_a_row_never_hold_more_than_max_tasks() {
    let calls: [&[&str]; 4] = [&[], &["sync"], &["sync", "--reassert"], &["wait"]];
    for args in calls {
        let scene = Scene::new();
        let with = |flags: &[&'static str]| [args, &["--max-tasks", "3"], flags].concat();
        scene.expect(0, &with(&[]), &open_now(&["t0", "t1"]));
        for runs in [open_now(&["t2", "t3"]), open_now(&["t0", "t1", "t2", "t3"])] {
            if !args.contains(&"wait") {
                let dry = scene.expect(78, &with(&["--dry-run"]), &runs);
                assert!(dry.stderr.contains("2 tasks and plans are held already, 2 more are"));
            }
            let ended = scene.expect(78, &with(&[]), &runs);
            let said = "2 tasks and plans are held already, 2 more are to be paused";
            assert!(ended.stderr.contains(said), "{args:?} {}", ended.stderr);
            assert_eq!(scene.count("PUT", ""), 2, "{args:?}");
        }
        // What fits is paused, and the next is one too many.
        scene.expect(0, &with(&[]), &open_now(&["t2"]));
        scene.expect(78, &with(&[]), &open_now(&["t3"]));
        assert_eq!((scene.count("PUT", ""), scene.status().len()), (3, 3), "{args:?}");
        // A plan counts like a task.
        scene.expect(78, &with(&["--with-plans"]), &open_now(&["t5"]));
        assert_eq!(scene.count("PUT", ""), 3, "{args:?}");
        scene.end_clean();
    }
}

/// An entry whose pause was never seen may be a pause all the same.
#[test]
fn what_is_not_settled_counts_for_max_tasks() {
    let scene = Scene::new();
    let lost = Fault::new(Effect::reset()).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![lost]).unwrap();
    scene.run(&["--retries", "0"], &open_now(&["t0"]));
    scene.standin.clear_faults();
    assert_eq!(scene.status()[0]["state"], "pausing");
    let ended = scene.expect(78, &["--max-tasks", "1"], &open_now(&["t1"]));
    assert!(ended.stderr.contains("1 task or plan is held already, 1 more is"));
    assert!(!scene.is_paused("t1"));
    scene.an_hour_later();
    scene.end_clean();
}

/// Half of them end while the other half begins: first the ones, then the others.
#[test]
fn what_sync_gives_back_makes_room_under_max_tasks() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let end = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
    scene.write_ledger(&scene.ledger_text().replace(&end, &minutes(-1).to_string()));
    let (args, runs) = (["sync", "--max-tasks", "2"], open_now(&["t2", "t3"]));
    // What cannot be given back makes no room.
    let refused = Fault::new(Effect::status(403)).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![refused]).unwrap();
    scene.expect(0, &[&args[..], &["--dry-run"]].concat(), &runs);
    let ended = scene.expect(78, &args, &runs);
    assert!(ended.stderr.contains("1 task or plan is held already, 2 more are"), "{ended:?}");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("failed".into(), "resumed".into()));
    assert!(!scene.is_paused("t2") && !scene.is_paused("t3"));
    scene.standin.clear_faults();
    let ended = scene.expect(0, &args, &runs);
    let actions = ["t0", "t2", "t3"].map(|id| ended.action(id));
    assert_eq!(actions, ["resumed", "paused", "paused"], "{ended:?}");
    scene.end_clean();
}

/// With a limit, what is over is given back before the rest begins.
#[test]
fn under_max_tasks_one_hold_that_cannot_be_given_back_keeps_no_task_from_being_paused() {
    for (method, effect) in [
        ("GET", Effect::status(503)),
        ("PUT", Effect::status(503)),
        ("GET", Effect::reset()),
        ("PUT", Effect::reset()),
    ] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        let end = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
        scene.write_ledger(&scene.ledger_text().replace(&end, &minutes(-1).to_string()));
        let case = format!("{method} {effect:?}");
        let path = if method == "GET" { "/**/t0" } else { "/**/t0/pause" };
        scene.standin.add_faults(vec![Fault::new(effect).on(method, path)]).unwrap();
        let args = ["sync", "--max-tasks", "5", "--retries", "0"];
        let ended = scene.expect(1, &args, &open_now(&["t1", "t2"]));
        let actions = ["t0", "t1", "t2"].map(|id| ended.action(id));
        assert_eq!(actions, ["failed", "paused", "paused"], "{case} {ended:#?}");
        scene.standin.clear_faults();
        scene.an_hour_later();
        scene.end_clean();
    }
}

#[test]
fn what_is_over_is_given_back_also_where_too_much_would_be_paused() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let text = scene.ledger_text();
    let cut = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
    let first = text.replacen(&cut, &minutes(-1).to_string(), 1);
    scene.write_ledger(&first);
    let ended = scene.expect(78, &["sync", "--max-tasks", "1"], &open_now(&["t1", "t2", "t3"]));
    assert_eq!(ended.action("t0"), "resumed");
    assert_eq!(ended.action("t1"), "held");
    assert!(!scene.is_paused("t2") && !scene.is_paused("t3"));
    scene.end_clean();
}

#[test]
fn nothing_is_paused_again_where_too_much_would_be_paused() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    scene.expect(0, &[], &runs);
    scene.human_resumes("t0");
    scene.expect(78, &["sync", "--reassert", "--max-tasks", "0"], &runs);
    assert_eq!(scene.count("PUT", ""), 2);
    assert!(!scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn lead_pauses_a_task_before_its_window_opens() {
    let scene = Scene::new();
    let runs = selected("t0", "soon", 10, Some(60));
    assert_eq!(scene.expect(0, &[], &runs).action("t0"), "pending");
    assert_eq!(scene.expect(0, &["--lead", "15m"], &runs).action("t0"), "paused");
    scene.end_clean();
}

#[test]
fn an_open_ended_window_is_held_until_it_is_given_back() {
    let scene = Scene::new();
    let ended = scene.expect(0, &[], &selected("t0", "freeze", -60, None));
    assert_eq!(ended.receipt("t0")["hold"]["end"], Value::Null);
    assert_eq!(scene.expect(0, &["resume"], "").action("t0"), "held");
    assert!(scene.is_paused("t0"));
    assert_eq!(scene.expect(0, &["resume", "--window", "freeze"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn a_ledger_that_cannot_be_made_sends_nothing() {
    let scene = Scene::new();
    std::fs::write(scene.ledger().parent().unwrap(), "").unwrap();
    let ended = scene.run(&[], &open_now(&["t0"]));
    assert_eq!(ended.code, 73, "{ended:?}");
    assert_eq!(scene.standin.requests().len(), 0);
}

#[test]
fn types_without_a_pause_are_failures_of_their_own() {
    let scene = Scene::new();
    let runs = open_now(&["t0"]) + &open_now(&["t1"]).replace("TASK", "PIPELINE");
    let ended = scene.expect(1, &[], &runs);
    assert_eq!(ended.action("t0"), "paused");
    assert_eq!(ended.receipt("t1")["error"]["code"], "unsupported-type");
    scene.end_clean();
}

#[test]
fn one_task_that_is_refused_stops_no_other() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(403)).on("PUT", "**/t0/pause");
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &[], &open_now(&["t0", "t1"]));
    assert_eq!((ended.action("t0"), ended.action("t1")), ("failed".into(), "paused".into()));
    assert_eq!(ended.receipt("t0")["error"]["status"], 403);
    assert_eq!(scene.status().len(), 1, "what was refused is not held");
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn an_answer_that_is_lost_is_found_out_by_looking() {
    let scene = Scene::new();
    let lost = Fault::new(Effect::reset_after()).on("PUT", "**/t0/pause").times(1);
    scene.standin.add_faults(vec![lost]).unwrap();
    let ended = scene.expect(0, &[], &open_now(&["t0"]));
    assert_eq!(ended.action("t0"), "paused", "204 to the second attempt, with our mark");
    scene.end_clean();
}

#[test]
fn a_server_that_is_gone_is_69_and_leaves_nothing_open() {
    let scene = Scene::new();
    let gone = Fault::new(Effect::reset());
    scene.standin.add_faults(vec![gone]).unwrap();
    scene.expect(69, &["--retries", "1"], &open_now(&["t0", "t1"]));
    assert_eq!(scene.count("PUT", ""), 0);
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn credentials_that_are_refused_are_77() {
    let scene = Scene::new();
    let mut command = scene.command(&[]);
    let output =
        command.env("TALEND_TOKEN", "wrong").write_stdin(open_now(&["t0"])).output().unwrap();
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    scene.end_clean();
}

#[test]
fn the_ledger_of_one_api_is_not_used_for_another() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let other = Scene::new();
    let mut command = other.command(&["resume", "--all"]);
    let output = command.env("TASK_PAUSE_LEDGER", scene.ledger()).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert_eq!(other.standin.requests().len(), 0);
    scene.end_clean();
}

#[test]
fn the_ledger_holds_no_secret_and_jq_reads_it() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let ledger = scene.ledger_text();
    assert!(!ledger.contains("not-a-real-token"));
    assert!(ledger.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["v"] == 3));
    scene.end_clean();
}

#[test]
fn a_closed_pipe_stops_the_receipts_and_not_the_work() {
    let scene = Scene::new();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("task-pause"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let runs = scene.ledger().with_extension("runs");
    std::fs::create_dir_all(runs.parent().unwrap()).unwrap();
    std::fs::write(&runs, open_now(&["t0", "t1"])).unwrap();
    command.envs(scene.connection()).stdout(writer);
    command.stdin(std::fs::File::open(&runs).unwrap()).stderr(std::process::Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(0));
    assert!(scene.is_paused("t0") && scene.is_paused("t1"));
    scene.end_clean();
}

/// Pauses so many tasks in one call, and returns the number of its syncs.
fn pause_many(scene: &Scene, tasks: usize) -> usize {
    let ids: Vec<String> = (0..tasks).map(|n| format!("t{n}")).collect();
    let runs = open_now(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let log = scene.file("strace");
    let trace = ["-f", "-qq", "-o", &log, "--seccomp-bpf", "-e", "trace=fdatasync,fsync"];
    let mut command = assert_cmd::Command::new("strace");
    command.args(trace).arg(assert_cmd::cargo::cargo_bin("task-pause"));
    command.args(["--rate", "1000000", "--concurrency", "32"]).envs(scene.connection());
    let output = command.write_stdin(runs).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(scene.status().len(), tasks);
    std::fs::read_to_string(log).unwrap().lines().count()
}

#[test]
fn many_tasks_are_paused_with_one_sync_a_batch() {
    // Two whole batches, and a part of one.
    const TASKS: usize = 2 * 256 + 16;
    if skip_without_tracing() {
        return;
    }
    let scene = |tasks| {
        let mut world = world(tasks);
        world.options.orchestration_limit = 0;
        Scene::of(world)
    };
    let (few, many) = (scene(16), scene(TASKS));
    // A part of a batch takes a sync, as a new ledger and the outcomes take some.
    let more = pause_many(&many, TASKS) - pause_many(&few, 16);
    assert_eq!(more, 2, "more syncs for {TASKS} tasks than for 16");
    few.end_clean();
    let args = ["resume", "--all", "--rate", "1000000", "--concurrency", "32"];
    let last = many.expect(0, &args, "");
    assert_eq!(last.records().len(), TASKS);
    many.check(&last);
}

#[test]
fn waiting_counts_what_opens_later() {
    let scene = Scene::new();
    let runs = selected("t0", "soon", 10, Some(60)) + &selected("t1", "later", 30, Some(60));
    scene.expect(78, &["wait", "--max-tasks", "1"], &runs);
    assert_eq!(scene.count("PUT", ""), 0);
}

#[test]
fn one_task_that_cannot_be_looked_at_stops_no_other() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    scene.expect(0, &[], &runs);
    let away = Fault::new(Effect::status(503)).on("GET", "/**/t0");
    scene.standin.add_faults(vec![away]).unwrap();
    let ended = scene.expect(1, &["resume", "--all", "--retries", "0"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("failed".into(), "resumed".into()));

    // Gone, it seems; and the account may not list environments.
    let last = runs.split_inclusive('\n').next_back().unwrap();
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &["--reassert"], last).action("t1"), "paused");
    let gone = Fault::new(Effect::status(404)).on("GET", "/**/t0");
    let hidden = Fault::new(Effect::status(403)).on("GET", "/**/environments");
    scene.standin.add_faults(vec![gone, hidden]).unwrap();
    let ended = scene.expect(1, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("failed".into(), "resumed".into()));
    scene.standin.clear_faults();
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn a_route_that_is_missing_is_not_a_task_that_is_gone() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let missing = Fault::new(Effect::status(404)).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![missing]).unwrap();
    assert_eq!(scene.expect(1, &["resume", "--all"], "").action("t0"), "failed");
    assert_eq!(scene.status().len(), 1, "it is still to be given back");
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn a_dry_run_can_look_back() {
    let scene = Scene::new();
    let ended = scene.expect(0, &["-n", "--at", "-90m"], &open_now(&["t0"]));
    assert_eq!(ended.action("t0"), "pending");
}

#[test]
fn metrics_that_cannot_be_written_do_not_hide_what_went_wrong() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    let nowhere = ["--metrics-file", "/nowhere/at/all", "--max-tasks", "1"];
    scene.expect(78, &nowhere, &runs);
}
