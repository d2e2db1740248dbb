//! Looking after it: a lost ledger, coverage, metrics, signals.

use std::process::Child;

use serde_json::json;
use tmc_standin::{Effect, Fault};

use crate::support::process::{self, signal, start};
use crate::support::runs::{open_now, selected, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, HUMAN, PLAN};

// README: Our pauses carry a *mark*
#[test]
fn a_lost_ledger_is_rebuilt_from_the_marks() {
    let scene = Scene::new();
    let recover = ["recover", "--environment", "Production"];
    let nothing = scene.expect(0, &recover, "");
    assert_eq!(nothing.stdout, "");
    assert!(nothing.stderr.contains("carries a mark of ours"), "{}", nothing.stderr);
    scene.expect(0, &[], &open_now(&["t0", PLAN]));
    std::fs::remove_file(scene.ledger()).unwrap();
    let listed = scene.expect(0, &recover, "");
    let found: Vec<_> = listed.records().iter().map(|r| (&r["id"], &r["recover"])).collect();
    assert_eq!(found.len(), 2, "not what a person paused: {found:?}");
    assert!(found.iter().all(|(_, recover)| *recover == "ours"), "{found:?}");
    assert!(!scene.ledger().exists(), "nothing without --yes");

    let taken = scene.expect(0, &[&recover[..], &["--yes"]].concat(), "");
    assert!(taken.records().iter().all(|record| record["recover"] == "recovered"));
    // The journal beside the lost ledger is there, too, and has the pauses already.
    for with_journal in [true, false] {
        if !with_journal {
            let journal = scene.ledger().with_file_name("ledger.journal.jsonl");
            let lines = std::fs::read_to_string(&journal).unwrap();
            let taken: Vec<&str> =
                lines.lines().filter(|line| line.contains("taken over")).collect();
            assert_eq!(taken.len(), 2, "{lines}");
            std::fs::write(&journal, taken.join("\n") + "\n").unwrap();
        }
        let history = scene.expect(0, &["history"], "");
        let [plan, task] = history.records() else { panic!("{history:?}") };
        for record in [plan, task] {
            assert_eq!(record["by"], "ops", "{record}");
            assert!(record["pausedAt"].is_string() && record["ended"].is_null(), "{record}");
            let why = "taken over into this ledger by `task-pause recover`";
            assert_eq!(record["why"], why, "{record}");
            assert!(record["reason"].as_str().unwrap().contains("patching"), "{record}");
            let windows = if with_journal { "patching" } else { "recovered" };
            assert_eq!(record["hold"]["windows"][0], windows, "{record}");
        }
    }
    let again = scene.expect(0, &["recover", "--environment", ENVIRONMENT, "--yes"], "");
    assert!(again.records().iter().all(|record| record["recover"] == "known"));
    assert_eq!(scene.status().len(), 2);
    assert_eq!(scene.expect(0, &["resume"], "").action("t0"), "held", "its end is in the mark");
    scene.end_clean();
    assert!(scene.is_paused(HUMAN));
}

/// The mark has the time of its hold and no name, so any window of that time counts.
#[test]
fn a_recovered_hold_is_given_back_for_good_and_follows_its_window() {
    let recovered = || {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        std::fs::remove_file(scene.ledger()).unwrap();
        scene.expect(0, &["recover", "--environment", ENVIRONMENT, "--yes"], "");
        scene
    };
    let timetable = |scene: &Scene, minutes: (i64, i64)| {
        let file = scene.file("timetable.csv");
        let (start, end) = (whole_minute(minutes.0), whole_minute(minutes.1));
        std::fs::write(&file, format!("name,start,end\npatching,{start},{end}\n")).unwrap();
        file
    };
    // Given back by a command: no later call pauses it again.
    let scene = recovered();
    scene.expect(0, &["resume", "--all"], "");
    let file = timetable(&scene, (-60, 60));
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    for args in [&sync[..], &[]] {
        let ended = scene.expect(0, args, &open_now(&["t0"]));
        assert_eq!(ended.action("t0"), "kept", "{args:?} {ended:#?}");
        assert!(!scene.is_paused("t0"), "{args:?}");
    }
    scene.end_clean();
    let scene = recovered();
    scene.expect(78, &["resume", "--window", "patching"], "");
    let ended = scene.expect(0, &["resume", "--window", "recovered"], "");
    assert_eq!(ended.action("t0"), "resumed", "{ended:#?}");
    assert_eq!(scene.expect(0, &[], &open_now(&["t0"])).action("t0"), "kept");
    scene.end_clean();
    // The window is shorter now, or put off, by the timetable or by the list.
    for (minutes, has_list) in [((-60, -1), false), ((600, 660), false), ((-60, 5), true)] {
        let scene = recovered();
        let file = timetable(&scene, minutes);
        let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
        let list = selected("t0", "patching", -60, Some(5));
        let (args, stdin) = if has_list { (&sync[..3], &*list) } else { (&sync[..], "") };
        let ended = scene.expect(0, args, stdin);
        let expected = if has_list { "held" } else { "resumed" };
        assert_eq!(ended.action("t0"), expected, "{minutes:?} {ended:#?}");
        if has_list {
            assert_eq!(ended.receipt("t0")["hold"]["windows"], json!(["patching"]), "{ended:#?}");
        }
        scene.end();
        scene.an_hour_later();
        scene.end_clean();
    }
}

#[test]
fn what_the_same_user_paused_without_a_mark_is_a_candidate_only() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let user = scene.standin.state().task("t0").unwrap().details.clone().unwrap().user;
    let by_hand = tmc_standin::WorldAction::Pause { id: "t1".into(), user, context: None };
    scene.standin.act(by_hand).unwrap();
    scene.human_did("t1", true);
    std::fs::remove_file(scene.ledger()).unwrap();
    let found = scene.expect(0, &["recover", "--environment", ENVIRONMENT, "--yes"], "");
    assert_eq!(found.receipt("t0")["recover"], "recovered");
    assert_eq!(found.receipt("t1")["recover"], "candidate");
    scene.end_clean();
}

#[test]
fn of_two_pauses_with_one_mark_none_is_taken_over() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let details = scene.standin.state().task("t0").unwrap().details.clone().unwrap();
    let user = "a-person".to_owned();
    let copied =
        tmc_standin::WorldAction::Pause { id: "t1".into(), user, context: details.context };
    scene.standin.act(copied).unwrap();
    scene.human_did("t1", true);
    let recover = ["recover", "--environment", ENVIRONMENT, "--yes"];
    // The ledger knows which of the two is ours.
    let found = scene.expect(0, &recover, "");
    assert_eq!(found.receipt("t0")["recover"], "known");
    assert_eq!(found.receipt("t1")["recover"], "candidate");
    // A new one does not.
    let ledger = scene.ledger_text();
    std::fs::remove_file(scene.ledger()).unwrap();
    let found = scene.expect(0, &recover, "");
    for id in ["t0", "t1"] {
        assert_eq!(found.receipt(id)["recover"], "candidate", "{id}");
    }
    std::fs::write(scene.ledger(), ledger).unwrap();
    scene.end_clean();
}

#[test]
fn an_unknown_environment_names_the_others() {
    let scene = Scene::new();
    let ended = scene.expect(78, &["recover", "--environment", "Nowhere"], "");
    assert!(ended.stderr.contains("Production (e1)"), "{}", ended.stderr);
}

// README: It does not see tasks
#[test]
fn coverage_lists_the_tasks_that_no_run_protects() {
    let scene = Scene::new();
    let ended = scene.expect(0, &["coverage"], &open_now(&["t0", "t1", PLAN]));
    let ids: Vec<_> = ended.records().iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["t2", "t3", "t4", HUMAN], "t5 is part of the plan");
    // Nothing was selected in the environment that was asked for.
    let end = "{\"end\":{\"runs\":0,\"selected\":0,\"environments\":[\"e1\"]}}\n";
    let ended = scene.expect(0, &["coverage", "--require-end"], end);
    let ids: Vec<_> = ended.records().iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["t0", "t1", "t2", "t3", "t4", "t5", HUMAN], "{ended:?}");
    assert!(!ended.stderr.contains("nothing to do"), "{ended:?}");
    assert!(scene.expect(0, &["coverage"], "").stderr.contains("nothing to do"));
    assert_eq!(scene.count("PUT", ""), 0);
}

#[test]
fn metrics_are_written_for_each_environment() {
    let scene = Scene::new();
    let file = scene.file("task-pause.prom");
    scene.expect(0, &["--metrics-file", &file], &open_now(&["t0"]));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\ntask_pause_active_holds{environment=\"e1\"} 1\n"), "{text}");
    assert!(text.contains("task_pause_requests{environment=\"e1\",status=\"202\"} 1"), "{text}");
    let success = |text: &str| {
        let name = "task_pause_last_success_timestamp_seconds{environment=\"e1\"} ";
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
    };
    let first = success(&text);
    scene.standin.add_faults(vec![Fault::new(Effect::status(403))]).unwrap();
    scene.run(&["resume", "--all", "--metrics-file", &file], "");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(success(&text), first, "a failure is no success");
    scene.standin.clear_faults();
    scene.end_clean();
}

/// A task-pause that hangs in its first change.
fn hanging(scene: &Scene) -> Child {
    let hang = Fault::new(Effect::latency_ms(2_000)).on("PUT", "/**/pause");
    scene.standin.add_faults(vec![hang]).unwrap();
    let child = start(scene, &["--concurrency", "1"], &open_now(&["t0", "t1", "t2"]));
    assert!(scene.standin.wait_for(|requests| requests.iter().any(|r| r.method == "PUT")));
    child
}

#[test]
fn a_signal_settles_what_is_in_flight_and_sends_nothing_new() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let scene = Scene::new();
        let mut child = hanging(&scene);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(scene.count("PUT", "/pause"), 1);
        scene.standin.clear_faults();
        assert_eq!(scene.status().len(), 1, "the others were withdrawn");
        scene.end_clean();
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_recovery_settles_it() {
    let scene = Scene::new();
    let mut child = hanging(&scene);
    signal(&child, "TERM");
    signal(&child, "TERM");
    // Two signals of one kind that are pending at once are one.
    while child.try_wait().unwrap().is_none() {
        signal(&child, "TERM");
    }
    assert_eq!(child.wait().unwrap().code(), Some(143));
    scene.standin.clear_faults();
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

#[test]
fn a_stopped_holder_of_the_ledger_is_named_and_waited_for() {
    let scene = Scene::new();
    let mut child = hanging(&scene);
    signal(&child, "STOP");
    let busy = scene.expect(75, &["resume", "--all"], "");
    assert!(busy.stderr.contains(&format!("process {}", child.id())), "{}", busy.stderr);
    let sync = ["sync", "--environment", ENVIRONMENT, "--lock-timeout"];
    scene.expect(75, &[&sync[..], &["100ms"]].concat(), "");
    scene.expect(0, &["status"], "");
    signal(&child, "CONT");
    scene.standin.clear_faults();
    let ended = scene.expect(0, &["resume", "--all", "--lock-timeout", "50s"], "");
    assert_eq!(ended.action("t2"), "resumed");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    scene.end_clean();
}

#[test]
fn a_signal_ends_a_call_of_any_job_that_waits_for_the_ledger() {
    let scene = Scene::new();
    let mut holder = hanging(&scene);
    signal(&holder, "STOP");
    let runs = open_now(&["t0"]);
    let calls = [
        (&["sync", "--environment", ENVIRONMENT][..], "", "TERM"),
        (&[], &*runs, "INT"),
        (&["wait"], &runs, "TERM"),
        (&["resume", "--all"], "", "INT"),
        (&["recover", "--environment", ENVIRONMENT, "--yes"], "", "TERM"),
        (&["recover", "--environment", ENVIRONMENT, "--yes"], "", "INT"),
    ];
    let mut waiting = calls.map(|(args, stdin, name)| {
        let child = start(&scene, &[args, &["--lock-timeout", "1h"]].concat(), stdin);
        process::wait_until_handled(&child, name);
        (child, args, name)
    });
    #[expect(clippy::disallowed_methods, reason = "nothing shows from outside that they wait")]
    std::thread::sleep(std::time::Duration::from_millis(700));
    for (child, args, name) in &mut waiting {
        assert!(child.try_wait().unwrap().is_none(), "it waits");
        signal(child, name);
        let code = if *name == "TERM" { 143 } else { 130 };
        assert_eq!(child.wait().unwrap().code(), Some(code), "{args:?} {name}");
    }
    signal(&holder, "CONT");
    scene.standin.clear_faults();
    assert_eq!(holder.wait().unwrap().code(), Some(0));
    scene.end_clean();
}

#[test]
fn one_task_that_may_not_be_read_does_not_stop_recovery() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    std::fs::remove_file(scene.ledger()).unwrap();
    let refused = Fault::new(Effect::status(403)).on("GET", "/**/tasks/t1");
    scene.standin.add_faults(vec![refused]).unwrap();
    let recover = ["recover", "--environment", "Production", "--yes"];
    let taken = scene.expect(1, &recover, "");
    assert_eq!(taken.receipt("t0")["recover"], "recovered");
    let said = "GET /orchestration/executables/tasks/t1: the API answered 403 Forbidden";
    assert!(taken.stderr.contains(said), "{}", taken.stderr);
    scene.standin.clear_faults();
    assert_eq!(scene.expect(0, &recover, "").receipt("t1")["recover"], "recovered");
    scene.end_clean();
}

#[test]
fn a_dry_run_without_a_ledger_writes_no_metrics() {
    let scene = Scene::new();
    let file = scene.file("metrics.prom");
    let state = scene.file("");
    let call = |more: &[&str]| {
        let mut command =
            crate::support::process::command(&scene, &["resume", "--metrics-file", &file], "");
        command.env_remove("TASK_PAUSE_LEDGER").env("XDG_STATE_HOME", &state).args(more);
        assert!(command.status().unwrap().success());
    };
    call(&["--dry-run"]);
    assert!(!std::path::Path::new(&file).exists());
    call(&[]);
    assert!(std::path::Path::new(&file).exists());
}

/// It needs no more rights than `sync` does.
#[test]
fn recovering_needs_no_list_of_environments() {
    for workspaces_too in [false, true] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        std::fs::remove_file(scene.ledger()).unwrap();
        let mut refused = vec![Fault::new(Effect::status(403)).on("GET", "/**/environments")];
        if workspaces_too {
            refused.push(Fault::new(Effect::status(403)).on("GET", "/**/workspaces"));
        }
        scene.standin.add_faults(refused).unwrap();
        let ended = scene.run(&["recover", "--environment", ENVIRONMENT, "--yes"], "");
        assert_eq!(ended.code, 0, "{ended:#?}");
        assert_eq!(ended.stderr.contains("is taken for the ID"), workspaces_too, "{ended:#?}");
        scene.end_clean();
    }
}
