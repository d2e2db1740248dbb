//! The life of a hold: timetables that change, waiting, and what was missed.

use maintenance_core::time::UtcTime;
use serde_json::{Value, json};
use tmc_standin::{Effect, ExecutionKind, Fault, World, WorldAction};

use crate::support::ended::records;
use crate::support::runs::{minutes, open_now, selected, soon, whole_minute};
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::{ENVIRONMENT, PLAN, world};

/// A timetable of one window, in a file.
fn timetable(scene: &Scene, rows: &[(&str, i64, i64)]) -> String {
    let file = scene.file("timetable.csv");
    let mut text = String::from("name,start,end\n");
    for (name, start, end) in rows {
        let line = format!("{name},{},{}\n", whole_minute(*start), whole_minute(*end));
        text.push_str(&line);
    }
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_timetable_moves_holds_whose_runs_are_no_longer_listed() {
    let scene = Scene::new();
    let file = timetable(&scene, &[("a", -30, 30)]);
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    assert_eq!(scene.expect(0, &sync, &selected("t0", "a", -30, Some(30))).action("t0"), "paused");
    // Extended: the hold follows, without any run on standard input.
    timetable(&scene, &[("a", -30, 90)]);
    let ended = scene.expect(0, &sync, "");
    assert_eq!(ended.action("t0"), "held");
    assert_eq!(ended.receipt("t0")["hold"]["end"], json!(whole_minute(90)));
    // Moved away: given back now, and paused again when it is time.
    timetable(&scene, &[("a", 60, 90)]);
    assert_eq!(scene.expect(0, &sync, "").action("t0"), "resumed");
    // Back again: that was no person's decision, so it is held again.
    timetable(&scene, &[("a", -30, 30)]);
    let runs = selected("t0", "a", -30, Some(30));
    assert_eq!(scene.expect(0, &sync, &runs).action("t0"), "paused");
    // Cancelled, or another file: held until somebody says which. Consequence it is given
    // back, and what is still selected for it is not paused.
    timetable(&scene, &[("b", 600, 660)]);
    assert_eq!(scene.expect(65, &sync, &runs).action("t0"), "held");
    let ended = scene.expect(0, &[&sync[..], &["--allow-empty"]].concat(), &runs);
    assert_eq!(ended.action("t0"), "resumed");
    assert_eq!(ended.stderr.matches("is given back early").count(), 1, "{}", ended.stderr);
    let ended = scene.expect(0, &sync, &runs);
    assert_eq!(ended.action("t0"), "expired");
    // Nothing is held: the only message is that the list and the timetable differ.
    assert!(ended.stderr.contains("not by this call's timetable"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(!scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn a_timetable_is_widened_as_the_filter_widens_it() {
    let scene = Scene::new();
    let file = scene.file("timetable.csv");
    let base = whole_minute(0).as_millis();
    let at = |minute: i64| UtcTime::from_millis(base + minute * 60_000).unwrap();
    let rows = [("past", -20, -5, ""), ("next", 10, 30, ""), ("let through", 38, 45, "open")];
    let mut text = vec!["name,start,end,kind".to_owned()];
    text.extend(
        rows.iter()
            .map(|(name, start, end, kind)| format!("{name},{},{},{kind}", at(*start), at(*end))),
    );
    std::fs::write(&file, text.join("\n") + "\n").unwrap();
    let run = |(id, minute)| {
        let date = at(minute);
        json!({"id": id, "type": "TASK", "environmentId": ENVIRONMENT, "date": date}).to_string()
    };
    let runs = [("t0", -7), ("t1", 5)].map(run).join("\n");
    let widening = ["--before", "15m", "--after", "10m"];
    let mut filter = tool("window-filter");
    filter.args(["--timetable", &file]).args(widening);
    let filtered = filter.write_stdin(runs).output().unwrap();
    let selected = String::from_utf8(filtered.stdout).unwrap();
    assert_eq!(selected.lines().count(), 2, "{selected}");

    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let ended = scene.expect(0, &[&sync[..], &["-n"]].concat(), &selected);
    assert_eq!((ended.action("t0"), ended.action("t1")), ("expired".into(), "pending".into()));
    let sync = [&sync[..], &widening].concat();
    for (stdin, action) in [(&*selected, "paused"), (&*selected, "held"), ("", "held")] {
        let ended = scene.expect(0, &sync, stdin);
        let span = |id| {
            let receipt = ended.receipt(id);
            assert_eq!(receipt["action"], action, "{ended:?}");
            (receipt["hold"]["start"].clone(), receipt["hold"]["end"].clone())
        };
        // They overlap, once they are widened; the open period is not, and cuts
        // the end off.
        let expected = (json!(at(-35)), json!(at(38)));
        assert_eq!((span("t0"), span("t1")), (expected.clone(), expected));
    }
    assert_eq!(scene.count("PUT", ""), 2);
    scene.end_clean();
}

#[test]
fn a_timetable_that_cannot_be_read_pauses_nothing() {
    let scene = Scene::new();
    let file = timetable(&scene, &[("a", 30, -30)]);
    let ended = scene.expect(65, &["sync", "--timetable", &file], &open_now(&["t0"]));
    assert!(ended.stderr.contains("timetable.csv:2"), "{}", ended.stderr);
    assert_eq!(scene.standin.requests().len(), 0);
}

#[test]
fn wait_pauses_as_windows_open_and_gives_everything_back() {
    let scene = Scene::new();
    let runs = soon("t0", 2_500, Some(3_700)) + &soon("t1", 3_100, Some(4_000));
    let ended = scene.expect(0, &["wait", "--resume"], &runs);
    let actions: Vec<(&str, &str)> = ended
        .records()
        .iter()
        .map(|record| (record["id"].as_str().unwrap(), record["action"].as_str().unwrap()))
        .collect();
    let of = |id| actions.iter().filter(|a| a.0 == id).map(|a| a.1).collect::<Vec<_>>();
    assert_eq!(of("t0"), ["pending", "paused", "resumed"], "{ended:?}");
    assert_eq!(of("t1"), ["pending", "paused", "resumed"], "{ended:?}");
    assert_eq!(scene.count("PUT", "/pause"), 4);
    scene.end_clean();
}

#[test]
fn wait_alone_ends_when_the_last_window_has_opened() {
    let scene = Scene::new();
    let runs = soon("t0", 400, Some(60_000));
    let ended = scene.expect(0, &["wait"], &runs);
    assert_eq!(ended.records().last().unwrap()["action"], "paused");
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn wait_outlasts_a_server_that_is_away_and_a_token_that_expires() {
    let mut world = world(6);
    world.options.token_seconds = 1;
    let account = json!({"id": "account", "secret": "not-a-real-secret", "user": "ops"});
    world.service_accounts.push(serde_json::from_value(account).unwrap());
    let scene = Scene::of(world);
    let away = Fault::new(Effect::reset()).on("GET", "/**/tasks/*").times(1);
    scene.standin.add_faults(vec![away]).unwrap();
    let mut command = scene.command(&["wait", "--resume", "--retries", "0"]);
    command.env_remove("TALEND_TOKEN").env("TALEND_SERVICE_ACCOUNT_ID", "account");
    command.env("TALEND_SERVICE_ACCOUNT_SECRET", "not-a-real-secret");
    let output = command.write_stdin(soon("t0", 0, Some(7_000))).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("trying again"), "{stderr}");
    let actions: Vec<_> = records(&output.stdout).iter().map(|r| r["action"].clone()).collect();
    assert_eq!(actions, ["paused", "resumed"]);
    assert!(scene.count("POST", "/oauth/token") > 1);
    scene.end_clean();
}

#[test]
fn without_verifying_nothing_is_read_back() {
    let scene = Scene::new();
    let runs = open_now(&["t0"]);
    assert_eq!(scene.expect(0, &["--no-verify"], &runs).action("t0"), "accepted");
    assert_eq!(scene.count("GET", "/t0"), 1, "only the look before the pause");
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "held");
    scene.expect(0, &["sync", "--no-verify"], &runs);
    assert_eq!(scene.count("GET", "/t0"), 2, "what is held is taken as held");
    scene.end_clean();
}

#[test]
fn resume_lists_the_runs_that_the_api_saw_suppressed() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4"]));
    scene.an_hour_later();
    scene.set_clock(0);
    let ended = scene.expect(0, &["resume", "--all"], "");
    let runs = ended.receipt("t4")["runs"].as_array().unwrap();
    assert!((5..=7).contains(&runs.len()), "every ten minutes for an hour: {runs:?}");
    assert_eq!(scene.count("POST", "/executions"), 0, "listed, not started");
    scene.end_clean();
}

// README: It does not start what a pause suppressed
#[test]
fn catch_up_starts_what_missed_a_run_once() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4", "t0"]));
    scene.an_hour_later();
    scene.set_clock(0);
    let ended = scene.expect(0, &["resume", "--all", "--catch-up", "once"], "");
    assert!(ended.receipt("t4")["caughtUp"].is_string(), "{ended:?}");
    assert_eq!(ended.receipt("t0")["caughtUp"], Value::Null, "its run was only planned");
    assert_eq!(ended.receipt("t0")["runsSource"], "planned");
    let warning = ended.receipt("t0")["warnings"][0].as_str().unwrap().to_owned();
    assert!(warning.contains("recorded no run that it missed"), "{warning}");
    scene.expect(0, &["resume", "--all", "--catch-up", "once"], "");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

#[test]
fn what_is_not_known_to_be_missed_is_made_up_for_later() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4"]));
    scene.an_hour_later();
    scene.set_clock(0);
    let away = Fault::new(Effect::status(500)).on("GET", "/processing/**");
    scene.standin.add_faults(vec![away]).unwrap();
    let once = ["--catch-up", "once", "--retries", "0"];
    let ended = scene.expect(1, &[&["resume", "--all"][..], &once].concat(), "");
    assert_eq!(ended.action("t4"), "resumed");
    assert_eq!(scene.count("POST", "/processing/executions"), 0);
    scene.standin.clear_faults();
    // By then the input has its next window.
    let next = selected("t4", "later", 120, Some(180));
    scene.expect(0, &[&["sync"][..], &once].concat(), &next);
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

#[test]
fn a_start_that_was_refused_is_made_by_the_next_call() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4"]));
    scene.an_hour_later();
    scene.set_clock(0);
    let refused = Fault::new(Effect::status(403)).on("POST", "/processing/executions");
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &["resume", "--all", "--catch-up", "once"], "");
    assert_eq!(ended.action("t4"), "resumed");
    assert_eq!(ended.receipt("t4")["why"], "it was resumed, but not started", "{ended:?}");
    assert_eq!(ended.receipt("t4")["error"]["status"], 403, "{ended:?}");
    let history = scene.expect(0, &["history"], "");
    let ends: Vec<_> = history.records().iter().map(|one| &one["ended"]["action"]).collect();
    assert_eq!(ends, ["resumed"], "the pause and its end are one record: {history:#?}");
    assert!(ended.stderr.contains("the next call tries again"), "{}", ended.stderr);
    scene.standin.clear_faults();
    let ended = scene.expect(0, &["resume"], "");
    assert_eq!(ended.receipt("t4")["why"], "resumed by an earlier call", "{ended:?}");
    assert!(ended.receipt("t4")["caughtUp"].is_string(), "{ended:?}");
    scene.expect(0, &["resume"], "");
    assert_eq!(scene.count("POST", "/processing/executions"), 2);

    scene.end_clean();
}

/// Much later it may meet the next planned run, and is a person's to decide.
#[test]
fn a_start_that_was_refused_is_not_tried_for_ever() {
    let scene = Scene::new();
    scene.set_clock(-180);
    scene.expect(0, &[], &open_now(&["t4"]));
    for _ in 0..3 {
        scene.an_hour_later();
    }
    scene.set_clock(-61);
    let refused = Fault::new(Effect::status(403)).on("POST", "/processing/executions");
    scene.standin.add_faults(vec![refused]).unwrap();
    let held = scene.ledger_text();
    scene.expect(1, &["resume", "--all", "--catch-up", "once"], "");
    // The hold is as old as it was; the resume is an hour old now.
    let resumed = scene.ledger_text()[held.len()..].to_owned();
    std::fs::write(scene.ledger(), &resumed).unwrap();
    scene.an_hour_later();
    let resumed = scene.ledger_text();
    std::fs::write(scene.ledger(), held + &resumed).unwrap();
    scene.set_clock(0);
    scene.standin.clear_faults();
    let ended = scene.expect(1, &["resume"], "");
    let warning = ended.receipt("t4")["warnings"][0].as_str().unwrap();
    assert!(warning.contains("no longer started"), "{warning}");
    scene.expect(0, &["resume"], "");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

#[test]
fn a_start_that_may_have_happened_is_not_repeated() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4"]));
    scene.an_hour_later();
    scene.set_clock(0);
    scene.expect(0, &["resume", "--all", "--catch-up", "once"], "");
    // As if it had died between the start and its record.
    let text = scene.ledger_text();
    let cut = text.trim_end().rfind('\n').unwrap() + 1;
    std::fs::write(scene.ledger(), &text[..cut]).unwrap();
    let ended = scene.expect(1, &["resume"], "");
    let warning = ended.receipt("t4")["warnings"][0].as_str().unwrap();
    assert!(warning.contains("may have been started"), "{warning}");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.expect(0, &["resume"], "");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

// README: It does not stop runs that are under way
#[test]
fn drain_reports_what_is_still_running() {
    let scene = Scene::new();
    let ended = scene.expect(1, &["--drain", "0s"], &open_now(&["t4", "t0"]));
    let in_flight = ended.receipt("t4")["inFlight"].as_array().unwrap();
    assert!(!in_flight.is_empty());
    assert_eq!(ended.receipt("t0")["inFlight"], Value::Null);
    assert_eq!(scene.count("DELETE", ""), 0, "runs are never killed");
    scene.end_clean();
}

/// A world in which `t0` and the plan have runs with a status that nobody has
/// heard of; the task's began three days ago.
fn hibernating() -> World {
    let mut world = world(6);
    let run = |id: &str, of: &str, began: i64| {
        let began = minutes(began);
        serde_json::from_value(json!({"id": id, "executable": of, "status": "hibernating",
            "trigger": began, "start": began}))
        .unwrap()
    };
    world.executions = vec![run("x-task", "t0", -3 * 24 * 60), run("x-plan", PLAN, -10)];
    world
}

#[test]
fn a_run_with_an_unknown_status_counts_as_in_flight_and_is_reported_once() {
    let scene = Scene::of(hibernating());
    // Two looks: at once, and when the time is up.
    let ended = scene.expect(1, &["--drain", "1s"], &open_now(&["t0", "t1", PLAN]));
    assert_eq!(ended.receipt("t0")["inFlight"], json!(["x-task"]));
    assert_eq!(ended.receipt(PLAN)["inFlight"], json!(["x-plan"]));
    assert_eq!(ended.receipt("t1")["inFlight"], Value::Null);
    for words in ["task t0: run x-task counts as in flight", "plan plan: run x-plan counts as in"] {
        assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
    }
    assert_eq!(ended.stderr.matches("its status is unknown: hibernating").count(), 2);
    scene.end_clean();
}

#[test]
fn a_run_of_another_task_with_an_unknown_status_is_not_waited_for() {
    let scene = Scene::of(hibernating());
    let ended = scene.expect(0, &["--drain", "0s"], &open_now(&["t1"]));
    assert_eq!(ended.receipt("t1")["inFlight"], Value::Null);
    assert!(!ended.stderr.contains("hibernating"), "{}", ended.stderr);
    scene.end_clean();
}

#[test]
fn a_tenant_that_refuses_the_list_without_a_status_is_reported() {
    let scene = Scene::of(hibernating());
    let refused = Fault::new(Effect::status(400)).on("GET", "/processing/**");
    let refused = refused.containing(&format!("environmentId={ENVIRONMENT}&from="));
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &["--drain", "1s"], &open_now(&["t4", "t0"]));
    assert!(!ended.receipt("t4")["inFlight"].as_array().unwrap().is_empty(), "{ended:?}");
    assert_eq!(ended.receipt("t0")["inFlight"], Value::Null, "nothing shows it");
    let words = "runs with an unknown status are not listed";
    assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
    scene.standin.clear_faults();
    scene.end_clean();
}

/// It would run inside the next maintenance.
#[test]
fn what_missed_a_run_is_not_started_while_it_is_held_again() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    scene
        .standin
        .act(WorldAction::Start { id: "t0".into(), kind: ExecutionKind::default() })
        .unwrap();
    let away = Fault::new(Effect::status(500)).on("GET", "/processing/**");
    scene.standin.add_faults(vec![away]).unwrap();
    let args = ["resume", "--all", "--catch-up", "once", "--retries", "0"];
    assert_eq!(scene.expect(1, &args, "").action("t0"), "resumed");
    scene.standin.clear_faults();
    let next = selected("t0", "next", -1, Some(30));
    let ended = scene.expect(1, &["sync", "--catch-up", "once"], &next);
    let warned = ended.records().iter().find(|record| record["warnings"].is_array()).unwrap();
    assert!(warned["warnings"][0].as_str().unwrap().contains("held again"), "{warned}");
    let history = scene.expect(0, &["history"], "");
    let ends: Vec<_> = history.records().iter().map(|one| &one["ended"]["action"]).collect();
    assert_eq!(ends, [&json!("resumed"), &Value::Null], "the second hold goes on: {history:#?}");
    assert_eq!(scene.count("POST", "/processing/executions"), 0);
    // Both holds suppressed a run: one start makes up for both.
    scene
        .standin
        .act(WorldAction::Start { id: "t0".into(), kind: ExecutionKind::default() })
        .unwrap();
    let ended = scene.expect(0, &["resume", "--all", "--catch-up", "once"], "");
    let reported: Vec<_> = ended.records().iter().filter_map(|r| r["caughtUp"].as_str()).collect();
    assert_eq!(reported.len(), 2, "{ended:?}");
    assert_eq!(reported[0], reported[1]);
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

/// A person resumed it between the two holds, which says nothing of the second.
#[test]
fn who_resumes_a_task_between_two_holds_gives_up_the_first_alone() {
    for (args, paused) in
        [(&[][..], "paused"), (&["sync"], "paused"), (&["--no-verify"], "accepted")]
    {
        let scene = Scene::new();
        scene.expect(0, &[], &selected("t0", "first", -30, Some(60)));
        let end = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
        let over = scene.ledger_text().replace(&end, &minutes(-10).to_string());
        scene.write_ledger(&over);
        scene.human_resumes("t0");
        let ended = scene.expect(0, args, &selected("t0", "second", -5, Some(60)));
        let actions: Vec<_> =
            ended.records().iter().map(|record| record["action"].clone()).collect();
        assert_eq!(actions, ["kept", paused], "{args:?} {ended:?}");
        assert_eq!(ended.records()[0]["hold"]["windows"], json!(["first"]));
        assert!(scene.is_paused("t0"));
        scene.human_did("t0", false);
        scene.end_clean();
    }
}

/// Of two holds that wait to be made up for, one may have been already.
#[test]
fn what_may_have_been_started_is_not_started_for_another_hold() {
    let scene = Scene::new();
    let start = || {
        let kind = ExecutionKind::default();
        scene.standin.act(WorldAction::Start { id: "t0".into(), kind }).unwrap();
    };
    let args = ["resume", "--all", "--catch-up", "once", "--retries", "0"];
    for (window, code) in [("first", 0), ("second", 1)] {
        // While it is held for the second, the first still waits.
        scene.expect(code, &[], &selected("t0", window, -1, Some(30)));
        start();
        let away = Fault::new(Effect::status(500)).on("GET", "/processing/**");
        scene.standin.add_faults(vec![away]).unwrap();
        scene.expect(1, &args, "");
        scene.standin.clear_faults();
    }
    let lost = Fault::new(Effect::reset_after()).on("POST", "/processing/executions").times(1);
    scene.standin.add_faults(vec![lost]).unwrap();
    let ended = scene.expect(1, &args, "");
    let warned = ended.records().iter().find(|record| record["warnings"].is_array()).unwrap();
    assert!(warned["warnings"][0].as_str().unwrap().contains("may have been started"), "{warned}");
    assert_eq!(scene.count("POST", "/processing/executions"), 1);
    scene.end_clean();
}

/// Its look fails, so its hold is not moved; then the end that the ledger has
/// for it goes by, while another task is paused.
#[test]
fn a_window_that_was_extended_holds_though_the_look_at_its_task_failed() {
    let scene = Scene::new();
    scene.expect(0, &["sync"], &soon("t1", 0, Some(4_000)));
    let look = Fault::new(Effect::status(500)).on("GET", "/**/tasks/t1").times(1);
    let slow = Fault::new(Effect::latency_ms(4_500)).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![look, slow]).unwrap();
    let ended = scene.run(&["sync", "--retries", "0"], &open_now(&["t1", "t0"]));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(scene.is_paused("t1"), "{ended:#?}\n{}", scene.story());
    assert!(scene.is_paused("t0"), "{ended:#?}\n{}", scene.story());
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &["sync"], &open_now(&["t1", "t0"])).action("t1"), "held");
    scene.end_clean();
}

#[test]
fn runs_from_the_end_of_a_hold_on_are_left_out_once_the_end_moved_earlier() {
    let scene = Scene::new();
    let run = |window: &str, end: i64, date: i64| {
        let mut run: Value = serde_json::from_str(&selected("t0", window, -30, Some(end))).unwrap();
        run["date"] = json!(whole_minute(date));
        format!("{run}\n")
    };
    let dates =
        |minutes: &[i64]| json!(minutes.iter().map(|m| whole_minute(*m)).collect::<Vec<_>>());
    // The first one was under way when the windows began.
    let runs = run("A", 120, -40) + &run("A", 120, 50) + &run("A", 120, 110) + &run("B", 60, 20);
    let paused = scene.expect(0, &[], &runs);
    assert_eq!(paused.records()[0]["runs"], dates(&[-40, 20, 50, 110]));
    let left = scene.expect(0, &["resume", "--window", "A"], "");
    assert_eq!(left.records()[0]["runs"], dates(&[-40, 20, 50]));
    assert_eq!(scene.status()[0]["runs"], dates(&[-40, 20, 50]));
    let file = timetable(&scene, &[("B", -30, 40)]);
    let moved = scene.expect(0, &["sync", "--environment", ENVIRONMENT, "--timetable", &file], "");
    assert_eq!(moved.records()[0]["runs"], dates(&[-40, 20]));
    assert_eq!(scene.status()[0]["runs"], dates(&[-40, 20]));
    scene.end_clean();
}
