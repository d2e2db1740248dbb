//! Giving back: what is ours, when its hold is over, and nothing else.

use serde_json::json;
use tmc_standin::{Effect, Fault, Request, WorldAction};

use crate::support::all_at_once::all_at_once;
use crate::support::runs::{open_now, selected, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::ENVIRONMENT;

// README: `task-pause resume` gives the tasks back
#[test]
fn a_hold_that_ended_is_given_back_and_others_are_not() {
    let scene = Scene::new();
    let lead = selected("t0", "soon", 3, Some(60)) + &open_now(&["t1"]);
    scene.expect(0, &["--lead", "5m"], &lead);
    let ended = scene.expect(0, &["resume"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("held".into(), "held".into()));
    scene.end_clean();
    assert_eq!(scene.count("PUT", "/pause"), 4);
}

#[test]
fn sync_pauses_moves_and_gives_back() {
    let scene = Scene::new();
    let first = selected("t0", "a", -30, Some(30)) + &selected("t1", "b", -30, Some(30));
    assert_eq!(scene.expect(0, &["sync"], &first).action("t0"), "paused");
    // The same again, and again: nothing happens.
    let puts = scene.count("PUT", "/pause");
    for _ in 0..2 {
        assert_eq!(scene.expect(0, &["sync"], &first).action("t0"), "held");
    }
    assert_eq!(scene.count("PUT", "/pause"), puts);
    // Window a is extended, window b is cut short and over.
    let second = selected("t0", "a", -30, Some(90)) + &selected("t1", "b", -30, Some(-10));
    let ended = scene.expect(0, &["sync"], &second);
    assert_eq!(ended.action("t0"), "held");
    assert_eq!(ended.action("t1"), "resumed");
    assert!(scene.is_paused("t0") && !scene.is_paused("t1"));
    assert_eq!(scene.status()[0]["hold"]["end"], ended.receipt("t0")["hold"]["end"]);
    // Paused runs may have vanished from the list: that ends nothing.
    assert_eq!(scene.expect(0, &["sync", "--environment", ENVIRONMENT], "").action("t0"), "held");
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn what_was_given_back_early_stays_so_for_that_hold() {
    let scene = Scene::new();
    let runs = open_now(&["t0"]);
    scene.expect(0, &["sync"], &runs);
    scene.expect(0, &["resume", "--all"], "");
    let ended = scene.expect(0, &["sync"], &runs);
    assert_eq!(ended.action("t0"), "kept");
    assert!(!scene.is_paused("t0"));
    // Another window is another decision, and so is --reassert.
    let other = runs.clone() + &selected("t0", "emergency", -5, Some(20));
    assert_eq!(scene.expect(0, &["sync"], &other).action("t0"), "paused");
    scene.expect(0, &["resume", "--all"], "");
    assert_eq!(scene.expect(0, &["sync", "--reassert"], &runs).action("t0"), "paused");
    scene.end_clean();
}

// README: What somebody else paused is left alone
#[test]
fn a_person_who_resumes_early_has_decided() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    scene.expect(0, &["sync"], &runs);
    scene.human_resumes("t0");
    let ended = scene.expect(0, &["sync"], &runs);
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "held".into()));
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "kept");
    assert!(!scene.is_paused("t0"));
    assert_eq!(scene.count("PUT", "/t0/pause"), 1);
    scene.end_clean();
}

#[test]
fn reassert_pauses_again_what_a_person_resumed() {
    let scene = Scene::new();
    let runs = open_now(&["t0"]);
    scene.expect(0, &["sync"], &runs);
    scene.standin.act(WorldAction::resume("t0")).unwrap();
    assert_eq!(scene.expect(0, &["sync", "--reassert"], &runs).action("t0"), "paused");
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn resume_keeps_a_task_that_a_person_paused_again() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    scene.human_resumes("t0");
    scene.human_pauses("t0");
    let ended = scene.expect(0, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    assert!(ended.receipt("t0")["why"].as_str().unwrap().contains("paused it anew"));
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn a_resume_by_a_person_just_before_ours_is_reported_as_unchanged() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let faster = Fault::new(Effect::before(WorldAction::resume("t0"))).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![faster]).unwrap();
    scene.human_did("t0", false);
    let ended = scene.expect(0, &["resume", "--all"], "");
    // It was ours when it was looked at, and tenants answer 204 to a change, too.
    assert_eq!(ended.action("t0"), "resumed");
    assert_eq!(ended.receipt("t0")["answer"], "unchanged", "an audit finds it");
    scene.standin.clear_faults();
    scene.end_clean();
}

// README: **End a maintenance early**
#[test]
fn one_window_is_ended_and_the_other_still_holds() {
    let scene = Scene::new();
    let runs = selected("t0", "a", -30, Some(30))
        + &selected("t0", "b", -10, Some(60))
        + &selected("t1", "a", -30, Some(30));
    scene.expect(0, &["sync"], &runs);
    let ended = scene.expect(0, &["resume", "--window", "a"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    assert!(scene.is_paused("t0") && !scene.is_paused("t1"));
    assert!(ended.stderr.contains("t0 stays paused: \"b\" holds it, too, until "), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert_eq!(scene.status()[0]["hold"]["windows"][0], "b");
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t1"), "kept");
    scene.end_clean();
}

#[test]
fn a_pause_that_shows_late_stays_open_until_it_shows() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.shows_after_ms = 2_000);
    let quick = ["--verify-timeout", "0s"];
    let ended = scene.expect(1, &quick, &open_now(&["t0"]));
    assert_eq!(ended.action("t0"), "accepted");
    assert_eq!(scene.status()[0]["state"], "accepted");
    while scene.run(&["sync"], &open_now(&["t0"])).action("t0") != "held" {}
    assert_eq!(scene.count("PUT", "/pause"), 1);
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.end_clean();
}

#[test]
fn a_pause_that_lands_after_the_resume_is_caught() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.pause_lands_after_ms = 1_500);
    scene.expect(1, &["--verify-timeout", "0s"], &open_now(&["t0"]));
    let ended = scene.expect(1, &["resume", "--all", "--verify-timeout", "0s"], "");
    assert!(ended.receipt("t0")["why"].as_str().unwrap().contains("may still take effect"));
    assert_eq!(scene.status().len(), 1);
    while !scene.is_paused("t0") {
        std::thread::yield_now();
    }
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn what_may_still_take_effect_is_not_done_also_if_nobody_verifies() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.pause_lands_after_ms = 1_500);
    scene.expect(0, &["--no-verify"], &open_now(&["t0"]));
    let ended = scene.expect(1, &["resume", "--all", "--no-verify"], "");
    assert_eq!(ended.action("t0"), "accepted");
    while !scene.is_paused("t0") {
        std::thread::yield_now();
    }
    scene.end_clean();
}

#[test]
fn an_intent_that_was_never_sent_is_given_up_in_the_end() {
    let scene = Scene::new();
    let hang = Fault::new(Effect::latency_ms(60_000)).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![hang]).unwrap();
    let args = ["--timeout", "300ms", "--retries", "0"];
    let ended = scene.run(&args, &open_now(&["t0"]));
    assert_ne!(ended.code, 0, "{ended:?}");
    assert_eq!(scene.status()[0]["state"], "pausing");
    scene.standin.clear_faults();
    // It may still take effect, so it is kept and reported …
    assert_eq!(scene.expect(1, &["resume", "--all"], "").action("t0"), "accepted");
    // … until nobody can believe that any more.
    scene.an_hour_later();
    assert_eq!(scene.expect(0, &["resume", "--all"], "").action("t0"), "kept");
    scene.end_clean();
}

/// Whether the pauses of a call that was killed took effect is not known yet when
/// they are given back.
#[test]
fn what_was_given_back_in_doubt_is_not_paused_again_by_a_later_call() {
    let calls = || {
        [
            (&["sync"][..], open_now(&["t0", "t1"])),
            (&["sync", "--environment", ENVIRONMENT], String::new()),
            (&["sync", "--with-plans"], open_now(&["t0"])),
            (&[], open_now(&["t0", "t1"])),
            (&[], open_now(&["t2"])),
            (&["wait"], open_now(&["t0"])),
            (&["resume"], String::new()),
        ]
    };
    let cases = [false, true].into_iter().flat_map(|lands| calls().map(|call| (lands, call)));
    all_at_once(cases.collect(), |(lands, (args, stdin))| {
        let scene = Scene::new();
        let hang = Fault::new(Effect::latency_ms(60_000)).on("PUT", "/**/pause");
        scene.standin.add_faults(vec![hang]).unwrap();
        let ended = scene.run(&["--timeout", "2s", "--retries", "0"], &open_now(&["t0"]));
        assert_ne!(ended.code, 0, "{ended:?}");
        scene.standin.clear_faults();
        let ended = scene.expect(1, &["resume", "--all"], "");
        assert_eq!(ended.action("t0"), "accepted");
        assert!(ended.stderr.contains("run the same command again after 20"), "{ended:#?}");
        if lands {
            let context = scene.ledger_text();
            let context = context.split(r#""context":""#).nth(1).unwrap();
            let context = Some(context.split('"').next().unwrap().to_owned());
            let pause = WorldAction::Pause { id: "t0".into(), user: "ops".into(), context };
            scene.standin.act(pause).unwrap();
        }
        scene.an_hour_later();
        let pauses = || {
            let requests = scene.standin.requests();
            let of_task = requests.iter().filter(|one| one.path.ends_with("/t0/pause"));

            let asks = |one: &&Request| one.body.as_ref().is_some_and(|body| body["pause"] == true);
            of_task.filter(asks).count()
        };
        let before = pauses();
        let ended = scene.run(args, &stdin);
        assert_eq!(pauses(), before, "{lands} {args:?} {ended:#?}\n{}", scene.story());
        assert!(["kept", "resumed", "held"].contains(&&*ended.action("t0")), "{ended:#?}");
        scene.expect(0, &["resume"], "");
        assert_eq!(scene.status().iter().filter(|one| one["id"] == "t0").count(), 0);
        assert!(!scene.is_paused("t0"), "{lands} {args:?} {ended:#?}\n{}", scene.story());
        let ended = scene.run(&["sync", "--reassert"], &open_now(&["t0"]));
        assert_eq!(ended.action("t0"), "paused", "{ended:#?}");
        scene.end_clean();
    });
}

/// An order to give everything back that the API could not take.
#[test]
fn what_could_not_be_given_back_is_given_back_by_the_next_sync() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let refused = Fault::new(Effect::status(403)).on("PUT", "/**/t1/pause");
    scene.standin.add_faults(vec![refused]).unwrap();
    let ended = scene.expect(1, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "failed".into()));
    scene.standin.clear_faults();
    let ended = scene.expect(0, &[], &open_now(&["t0", "t1"]));
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "held".into()));
    assert!(ended.receipt("t1")["why"].as_str().unwrap().contains("`task-pause resume`"));
    let ended = scene.expect(0, &["sync"], &open_now(&["t0", "t1"]));
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    scene.end_clean();
}

// README: **See what is held, and be told when something is wrong**
#[test]
fn overdue_holds_are_reported_by_the_exit_code() {
    let scene = Scene::new();
    scene.expect(0, &[], &selected("t0", "a", -30, Some(3)));
    scene.expect(0, &["status", "--overdue"], "");
    // The ledger is aged, since nobody wants to wait for minutes.
    let text = scene.ledger_text();
    let end = scene.status()[0]["hold"]["end"].as_str().unwrap().to_owned();
    let start = scene.status()[0]["hold"]["start"].as_str().unwrap().to_owned();
    let text = text.replace(&end, "2026-01-01T00:00:00.000Z");
    scene.write_ledger(&text.replace(&start, "2025-12-31T00:00:00.000Z"));
    let ended = scene.expect(1, &["status", "--overdue"], "");
    assert!(ended.records()[0]["overdueSeconds"].as_u64().unwrap() > 3600);
    scene.expect(1, &["status", "--overdue", "1h"], "");
    scene.expect(0, &["status", "--overdue", "99999d"], "");
    assert_eq!(scene.expect(0, &["resume"], "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn without_contexts_the_account_and_the_date_show_whose_a_pause_is() {
    let scene = Scene::new();
    scene.standin.set_options(|options| options.hide_pause_context = true);
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    scene.human_resumes("t1");
    scene.human_pauses("t1");
    let ended = scene.expect(0, &["resume", "--all"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "kept".into()));
    scene.end_clean();
}

#[test]
fn a_pause_without_any_context_is_a_persons_where_contexts_are_shown() {
    let scene = Scene::new();
    // The answer is lost before the change is made, and then a person pauses.
    let lost = Fault::new(Effect::reset()).on("PUT", "/**/t0/pause");
    scene.standin.add_faults(vec![lost]).unwrap();
    scene.run(&["--retries", "0"], &open_now(&["t0"]));
    scene.standin.clear_faults();
    assert!(!scene.status().is_empty(), "no open intent\n{}", scene.story());
    scene.standin.act(WorldAction::pause("t0")).unwrap();
    scene.human_did("t0", true);
    let unclear = scene.expect(1, &["resume", "--all"], "");
    assert_eq!(unclear.action("t0"), "failed", "nothing was seen of this tenant yet");
    assert!(scene.is_paused("t0"));
    let reported = scene.expect(0, &[], &open_now(&["t1"]));
    assert_eq!(reported.action("t1"), "paused", "the account of this pause is ours");
    assert_eq!(reported.action("t0"), "foreign", "another account's");
    assert_eq!(reported.receipt("t0")["pausedBy"]["user"], "a-person");
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn many_tasks_that_another_window_holds_are_reported_in_one_line() {
    let scene = Scene::new();
    let ids = ["t0", "t1", "t2", "t3", "t4"];
    let runs = ids.map(|id| selected(id, "a", -30, Some(30)) + &selected(id, "b", -10, Some(60)));
    scene.expect(0, &["sync"], &runs.concat());
    for args in [&["--dry-run"][..], &[]] {
        let ended = scene.expect(0, &[&["resume", "--window", "a"], args].concat(), "");
        let message = "5 tasks and plans stay paused: other windows hold them, too (\"b\")";
        assert!(ended.stderr.contains(message), "{args:?}: {ended:?}");
    }
    scene.end_clean();
}

/// Where another window goes on holding, too; with a timetable and without.
#[test]
fn a_window_that_was_given_back_by_name_is_not_taken_up_again() {
    let scene = Scene::new();
    let edge = |offset| whole_minute(offset).to_string();
    let timetable = scene.file("windows.csv");
    let row = |name, start, end| format!("{name},{},{}\n", edge(start), edge(end));
    let table = ["name,start,end\n".to_owned(), row("a", -30, 90), row("b", -10, 60)].concat();
    std::fs::write(&timetable, table).unwrap();
    let runs = ["t0", "t1"].map(|id| selected(id, "a", -30, Some(90))).concat()
        + &selected("t0", "b", -10, Some(60));
    let passes: [&[&str]; 4] = [&["sync"], &[], &["sync", "--timetable", &timetable], &["sync"]];
    scene.expect(0, &["sync"], &runs);
    let dry = scene.expect(0, &["resume", "--window", "a", "--dry-run"], "");
    assert_eq!((dry.action("t0"), dry.action("t1")), ("kept".into(), "resumed".into()));
    assert!(!scene.ledger_text().contains("released"));
    let ended = scene.expect(0, &["resume", "--window", "a"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "resumed".into()));
    let until = edge(60);
    for args in passes {
        let ended = scene.expect(0, args, &runs);
        // The timetable has "b" for both tasks, and t1 is selected for "a" alone.
        assert_eq!(ended.action("t0"), "held", "{args:?}");
        assert_eq!(scene.status()[0]["hold"]["end"], *until, "{args:?}");
        assert_eq!(scene.status()[0]["hold"]["windows"], json!(["b"]), "{args:?}");
    }
    assert_eq!(scene.count("PUT", "/t0/pause"), 1, "{}", scene.story());
    // Asked for, it is, and stays.
    scene.expect(0, &["sync", "--reassert"], &runs);
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "held");
    assert_eq!(
        scene.status().iter().find(|hold| hold["id"] == "t0").unwrap()["hold"]["end"],
        *edge(90)
    );
    scene.end_clean();
}

/// The decision stands also where it could not be carried out.
#[test]
fn a_window_that_was_given_back_while_the_api_was_away_is_given_back_later() {
    let scene = Scene::new();
    let runs = selected("t0", "a", -30, Some(90));
    scene.expect(0, &["sync"], &runs);
    let away = Fault::new(Effect::status(503));
    scene.standin.add_faults(vec![away]).unwrap();
    scene.expect(69, &["resume", "--window", "a", "--retries", "0"], "");
    scene.standin.clear_faults();
    assert!(scene.is_paused("t0"));
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "resumed");
    assert_eq!(scene.expect(0, &["sync"], &runs).action("t0"), "kept");
    scene.end_clean();
}

/// The same name, and no instant in common.
/// Nothing holds for it any more, so there is nothing to remember, whether the API was
/// there or not.
#[test]
fn a_window_that_was_over_when_it_was_given_back_may_be_made_longer() {
    for (flags, fails) in [
        (["--window", "patching"].as_slice(), false),
        (&["--window", "patching"], true),
        (&["--all"], true),
    ] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        let end = whole_minute(60).to_string();
        scene.write_ledger(&scene.ledger_text().replace(&end, &whole_minute(-1).to_string()));
        if fails {
            scene.standin.add_faults(vec![Fault::new(Effect::status(503))]).unwrap();
        }
        let args = [&["resume", "--retries", "0"], flags].concat();
        let ended = scene.run(&args, "");
        assert_eq!(scene.is_paused("t0"), fails, "{flags:?} {ended:#?}");
        scene.standin.clear_faults();
        let ended = scene.expect(0, &["sync"], &open_now(&["t0"]));
        let action = if fails { "held" } else { "paused" };
        assert_eq!(ended.action("t0"), action, "{flags:?} {fails} {ended:#?}");
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    }
}

#[test]
fn the_next_occurrence_of_a_window_that_was_given_back_is_paused() {
    let scene = Scene::new();
    let tonight = selected("t0", "nightly", -30, Some(30));
    scene.expect(0, &["sync"], &tonight);
    scene.expect(0, &["resume", "--window", "nightly"], "");
    let later = tonight + &selected("t0", "nightly", 60, Some(90));
    assert_eq!(scene.expect(0, &["sync"], &later).action("t0"), "kept");
    let tomorrow = ["sync", "--lead", "61m"];
    assert_eq!(scene.expect(0, &tomorrow, &later).action("t0"), "paused");
    scene.end_clean();
}

#[test]
fn a_name_that_nothing_is_held_for_names_those_that_are_held() {
    let scene = Scene::new();
    let mut runs = selected("t0", "Q3 patching", -30, Some(30));
    runs += &selected("t0", "esc\u{1b}[2Jape", -30, Some(30));
    scene.expect(0, &["sync"], &runs);
    for (name, said) in [
        ("q3 patching", "did you mean \"Q3 patching\"?"),
        ("Q3 patching ", "did you mean \"Q3 patching\"?"),
        ("Q3 pathcing", "did you mean \"Q3 patching\"?"),
        ("freeze", "windows with holds: "),
        ("", "windows with holds: "),
    ] {
        for more in [&[][..], &["--dry-run"]] {
            let args = [&["resume", "--window", name], more].concat();
            let ended = scene.expect(78, &args, "");
            assert!(ended.stderr.contains(said), "{name:?} {}", ended.stderr);
            assert!(ended.stderr.contains("\"Q3 patching\"") && !ended.stderr.contains('\u{1b}'));
        }
    }
    assert_eq!(scene.count("PUT", ""), 1);
    assert!(!scene.ledger_text().contains("released"));
    scene.end_clean();
    let ended = scene.expect(78, &["resume", "--window", "Q3 patching"], "");
    assert!(ended.stderr.contains("nothing at all is held"), "{}", ended.stderr);

    let many: String =
        (0..13).map(|n| selected("t0", &format!("w{n:02}"), -30, Some(30))).collect();
    scene.expect(0, &["sync"], &many);
    let ended = scene.expect(78, &["resume", "--window", "freeze"], "");
    assert!(ended.stderr.contains("\"w09\", and 3 more"), "{}", ended.stderr);
    scene.end_clean();
}

/// Two windows of one name, each of which holds.
#[test]
fn all_windows_of_the_name_are_given_back() {
    let scene = Scene::new();
    let runs = selected("t0", "a", -30, Some(30))
        + &selected("t0", "a", -10, Some(50))
        + &selected("t1", "a", -20, Some(40));
    scene.expect(0, &["sync"], &runs);
    let ended = scene.expect(0, &["resume", "--window", "a"], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "resumed".into()));
    let ended = scene.expect(0, &["sync"], &runs);
    assert_eq!((ended.action("t0"), ended.action("t1")), ("kept".into(), "kept".into()));
    scene.end_clean();
}
