//! The schedule of a call that waits for the windows of the task `t`, in minutes.

use std::sync::Arc;

use maintenance_core::ledger::{LedgerEvent, Settled};

use super::*;
use crate::decide::test_ledger::{at, hold, ledger, moment, pausing, settled, task, window};

/// The windows of the task: two that touch, and one a while later.
fn windows() -> [HoldWindow; 3] {
    [window("a", 10, 20), window("b", 20, 30), window("c", 50, 60)]
}

/// The task, wanted for these windows, a hold for each.
fn wanted(windows: &[HoldWindow]) -> WantedTarget {
    let holds = windows.iter().map(|window| hold(std::slice::from_ref(window))).collect();
    WantedTarget { target: task("t"), labels: Arc::default(), holds }
}

/// The ledger in which the task is held for that window.
fn held(window: &HoldWindow) -> [LedgerEvent; 2] {
    [pausing(&task("t"), std::slice::from_ref(window)), settled("t", Settled::Paused)]
}

fn report(wanted: &WantedTarget, place: usize, action: Action) -> Report {
    let candidate = Candidate::new(wanted, wanted.holds[place].clone(), Wish::Hold);
    Report::of(&candidate, Decision::new(DecisionStep::Report, action))
}

#[test]
fn candidates_are_due_windows_unsettled_holds_and_with_resume_ended_holds() {
    let [a, b, _] = windows();
    let unsettled = || vec![pausing(&task("t"), std::slice::from_ref(&a))];
    let held = || held(&a).to_vec();
    let (keep, back) = (Some(Wish::Hold), Some(Wish::GiveBack));
    for (windows, events, minute, is_new, resume, reassert, expected) in [
        // The first pass takes all that is wanted.
        (vec![a.clone()], vec![], 5, true, false, false, keep),
        (vec![a.clone()], vec![], 5, false, false, false, None),
        (vec![a.clone()], vec![], 10, false, false, false, keep),
        (vec![a.clone()], vec![], 20, false, false, false, None),
        // Held for that window: nothing to do but with --reassert, or if it is unsettled.
        (vec![a.clone()], held(), 10, false, false, false, None),
        (vec![a.clone()], held(), 10, false, false, true, keep),
        (vec![a.clone()], unsettled(), 10, false, false, false, keep),
        // At its end.
        (vec![a.clone()], held(), 20, false, false, false, None),
        (vec![a.clone()], held(), 19, false, true, false, None),
        (vec![a.clone()], held(), 20, false, true, false, back),
        // The next window of the task is open: no resume in between.
        (vec![a.clone(), b.clone()], held(), 20, false, true, false, keep),
    ] {
        let wanted = [wanted(&windows)];
        let schedule = WaitSchedule { is_new, ..WaitSchedule::new(&wanted, resume) };
        let found = schedule.candidates(&ledger(events.clone()), moment(minute, reassert));
        let found: Vec<Wish> = found.iter().map(|candidate| candidate.wish).collect();
        let expected: Vec<Wish> = expected.into_iter().collect();
        assert_eq!(found, expected, "minute {minute}, {windows:?}, {events:?}");
    }
}

#[test]
fn the_next_edge_is_a_start_less_the_lead_or_with_resume_an_end() {
    let [a, _, c] = windows();
    let wanted = [wanted(&[a.clone(), c])];
    for (minute, lead, resume, expected) in [
        (0, 0, false, Some(10)),
        (0, 3, false, Some(7)),
        (7, 3, false, Some(47)),
        (10, 0, false, Some(50)),
        (10, 0, true, Some(20)),
        (50, 0, false, None),
    ] {
        let schedule = WaitSchedule::new(&wanted, resume);
        let mut now = moment(minute, false);
        now.policy.lead = Duration::from_secs(lead * 60);
        let edge = schedule.next_edge(&ledger(held(&a)), now);
        assert_eq!(edge, expected.map(at), "minute {minute}, lead {lead}, resume {resume}");
    }
}

#[test]
fn starts_ahead_are_those_of_tasks_that_are_not_held_within_the_time() {
    let [a, _, c] = windows();
    let wanted = [wanted(&[a.clone(), c])];
    let schedule = WaitSchedule::new(&wanted, false);
    for (events, minute, length, expected) in [
        (vec![], 0, 9, vec![]),
        (vec![], 0, 10, vec![10]),
        (vec![], 0, 50, vec![10, 50]),
        (vec![], 10, 40, vec![50]),
        (held(&a).to_vec(), 10, 40, vec![]),
    ] {
        let length = Duration::from_secs(length * 60);
        let found = schedule.starts_ahead(&ledger(events), moment(minute, false), length);
        let expected: BTreeSet<UtcTime> = expected.into_iter().map(at).collect();
        assert_eq!(found, expected, "minute {minute}, {length:?}");
    }
}

#[test]
fn a_window_that_ended_unhandled_is_missed_and_reported_unless_a_receipt_says_more() {
    let [a, _, _] = windows();
    let wanted = [wanted(&[a])];
    // The last receipt with its minute, the begin of the call, the present.
    for (receipt, began, now, is_missed, is_reported) in [
        (None, 5, 19, false, false),
        (None, 5, 20, true, true),
        (None, 20, 25, false, false),
        (Some((Action::Pending, 6)), 5, 20, true, true),
        (Some((Action::Expired, 12)), 5, 20, true, true),
        // It says already that the window was missed, and why.
        (Some((Action::Failed, 12)), 5, 20, true, false),
        (Some((Action::Paused, 12)), 5, 20, false, false),
        (Some((Action::Foreign, 12)), 5, 20, false, false),
    ] {
        let mut schedule = WaitSchedule::new(&wanted, false);
        if let Some((action, minute)) = receipt {
            schedule.record(&report(&wanted[0], 0, action), false, moment(minute, false));
        }
        let (began, now) = (moment(began, false), at(now));
        assert_eq!(schedule.is_missed(began, now), is_missed, "{receipt:?} {now}");
        let missed = schedule.missed_holds(began, now);
        let actions: Vec<Action> = missed.iter().map(|report| report.action).collect();
        let expected = if is_reported { vec![Action::Expired] } else { Vec::new() };
        assert_eq!(actions, expected, "{receipt:?} {now}");
    }
}

#[test]
fn a_report_is_news_if_it_is_a_pause_or_differs_from_the_last_on_its_hold() {
    let [a, _, c] = windows();
    let wanted = wanted(&[a, c]);
    let targets = std::slice::from_ref(&wanted);
    let mut schedule = WaitSchedule::new(targets, false);
    let mut record = |place, action, is_partial| {
        schedule.record(&report(&wanted, place, action), is_partial, moment(12, false))
    };
    assert!(record(0, Action::Held, false));
    assert!(!record(0, Action::Held, false));
    assert!(record(0, Action::Held, true), "something was left undone");
    assert!(record(1, Action::Held, true), "another hold");
    assert!(record(0, Action::Failed, true));
    assert!(record(0, Action::Paused, false));
    assert!(record(0, Action::Paused, false), "every pause is");
    let actions: Vec<(Action, bool)> = schedule.actions().collect();
    assert_eq!(actions, [(Action::Paused, false), (Action::Held, true)]);
}

#[test]
fn a_call_is_over_if_its_windows_were_handled_and_with_resume_nothing_is_held() {
    let [a, _, _] = windows();
    let wanted = [wanted(std::slice::from_ref(&a))];
    let unsettled = || vec![pausing(&task("t"), std::slice::from_ref(&a))];
    let other =
        || vec![pausing(&task("x"), std::slice::from_ref(&a)), settled("x", Settled::Paused)];
    for (events, minute, resume, expected) in [
        (vec![], 5, false, false),
        (vec![], 20, false, true),
        (held(&a).to_vec(), 12, false, true),
        (unsettled(), 12, false, false),
        (unsettled(), 20, false, false),
        (held(&a).to_vec(), 12, true, false),
        // Of an earlier call: it is given back as well.
        (other(), 20, true, false),
        (other(), 20, false, true),
    ] {
        let schedule = WaitSchedule::new(&wanted, resume);
        let found = schedule.is_over(&ledger(events.clone()), moment(minute, false));
        assert_eq!(found, expected, "minute {minute}, resume {resume}, {events:?}");
    }
}

#[test]
fn a_window_counts_as_handled_if_a_settled_hold_has_it_or_a_command_gave_it_back() {
    let [a, b, _] = windows();
    let both = || vec![pausing(&task("t"), &[a.clone(), b.clone()]), settled("t", Settled::Paused)];
    let released = || {
        let (hold, windows) = ("t".to_owned(), vec![a.clone()]);
        let moved =
            LedgerEvent::Moved { hold: hold.clone(), windows: vec![b.clone()], runs: vec![] };
        [both(), vec![LedgerEvent::Released { hold, windows }, moved]].concat()
    };
    // Begun at minute 0, which is the end of the window before.
    let before = window("z", -10, 0);
    let late =
        || vec![pausing(&task("t"), &[before.clone(), a.clone()]), settled("t", Settled::Paused)];
    for (wanted_window, events, minute, reassert, is_handled) in [
        (&a, held(&a).to_vec(), 10, false, true),
        (&a, held(&a).to_vec(), 9, false, false),
        (&a, vec![pausing(&task("t"), std::slice::from_ref(&a))], 12, false, false),
        (&a, both(), 20, false, true),
        (&a, vec![], 12, false, false),
        (&b, held(&a).to_vec(), 22, false, false),
        (&a, released(), 12, false, true),
        (&a, released(), 12, true, false),
        (&a, released(), 9, false, false),
        (&before, late(), 0, false, false),
    ] {
        let wanted = [wanted(std::slice::from_ref(wanted_window))];
        let mut schedule = WaitSchedule::new(&wanted, false);
        schedule.record_held_windows(&ledger(events.clone()), moment(minute, reassert));
        let is_missed = schedule.is_missed(moment(-20, false), at(40));
        assert_eq!(!is_missed, is_handled, "{wanted_window:?} minute {minute}, {events:?}");
    }
}

#[test]
fn a_resume_shows_that_its_window_was_met_if_the_pause_began_before_the_end() {
    let [a, _, _] = windows();
    let wanted = [wanted(&[a])];
    for (action, since, is_missed) in [
        (Action::Resumed, Some(19), false),
        (Action::Resumed, Some(20), true),
        (Action::Resumed, Some(21), true),
        (Action::Resumed, None, true),
        (Action::Held, Some(12), true),
    ] {
        let mut schedule = WaitSchedule::new(&wanted, true);
        let mut report = report(&wanted[0], 0, action);
        report.paused_since = since.map(at);
        schedule.record(&report, false, moment(20, false));
        assert_eq!(schedule.is_missed(moment(5, false), at(20)), is_missed, "{action:?} {since:?}");
    }
}

#[test]
fn a_request_may_show_for_the_time_that_it_takes_effect_and_no_longer() {
    let [a, _, _] = windows();
    let wanted = [wanted(std::slice::from_ref(&a))];
    let schedule = WaitSchedule::new(&wanted, false);
    let begun = |id| vec![pausing(&task(id), std::slice::from_ref(&a))];
    for (events, minute, expected) in [
        (begun("t"), 1, true),
        (begun("t"), 2, false),
        (begun("t"), 3, false),
        (begun("x"), 1, false),
        (held(&a).to_vec(), 1, false),
    ] {
        let found = schedule.is_to_show(&ledger(events.clone()), moment(minute, false));
        assert_eq!(found, expected, "minute {minute}, {events:?}");
    }
}

#[test]
fn a_catch_up_is_waited_for_if_its_task_or_plan_is_wanted() {
    let [a, _, _] = windows();
    let given_back = |target: &Target| {
        let hold = target.id.to_string();
        let mut begun = pausing(target, std::slice::from_ref(&a));
        if let LedgerEvent::Pausing { runs, .. } = &mut begun {
            runs.push(at(12));
        }
        ledger([
            begun,
            settled(&hold, Settled::Paused),
            LedgerEvent::Resuming { hold: hold.clone(), catch_up: true },
            settled(&hold, Settled::Resumed),
        ])
    };
    let plan = Target { kind: TargetKind::Plan, ..task("p") };
    let targets = [wanted(std::slice::from_ref(&a))];
    let mut schedule = WaitSchedule::new(&targets, true);
    assert!(schedule.is_to_catch_up(&given_back(&task("t"))));
    assert!(!schedule.is_to_catch_up(&given_back(&task("x"))));
    assert!(!schedule.is_to_catch_up(&given_back(&plan)));
    assert!(!schedule.is_to_catch_up(&LedgerState::default()));
    // Also where the plan is wanted no longer.
    let with_plan = WantedTarget { target: plan.clone(), ..targets[0].clone() };
    schedule.want(vec![targets[0].clone(), with_plan]);
    assert_eq!(schedule.wanted().len(), 2);
    schedule.want(targets.to_vec());
    assert_eq!(schedule.wanted().len(), 1);
    assert!(schedule.is_to_catch_up(&given_back(&plan)));
    assert!(!schedule.is_to_catch_up(&given_back(&Target { id: "t2".into(), ..task("t") })));
}

#[test]
fn all_is_past_once_every_hold_is_over_and_the_first_end_of_an_open_window_is_the_next() {
    let [a, b, _] = windows();
    let long = window("d", 12, 40);
    let targets = [wanted(&[a, b, long])];
    let schedule = WaitSchedule::new(&targets, false);
    for (minute, is_past, next_end) in [
        (9, false, None),
        (10, false, Some(20)),
        (20, false, Some(30)),
        (39, false, Some(40)),
        (40, true, None),
    ] {
        assert_eq!(schedule.is_past(moment(minute, false)), is_past, "{minute}");
        assert_eq!(schedule.next_end(moment(minute, false)), next_end.map(at), "{minute}");
    }
}

#[test]
fn with_resume_tasks_in_windows_without_an_end_are_counted_once_each() {
    let [a, _, _] = windows();
    let endless = HoldWindow { end: None, ..a.clone() };
    let held = |id, window: &HoldWindow| {
        vec![pausing(&task(id), std::slice::from_ref(window)), settled(id, Settled::Paused)]
    };
    for (wanted_window, events, resume, expected) in [
        (&endless, vec![], true, 1),
        (&endless, held("t", &endless), true, 1),
        (&endless, held("x", &endless), true, 2),
        (&a, held("x", &endless), true, 1),
        (&a, held("x", &a), true, 0),
        (&a, vec![], true, 0),
        (&endless, held("x", &endless), false, 0),
    ] {
        let targets = [wanted(std::slice::from_ref(wanted_window))];
        let schedule = WaitSchedule::new(&targets, resume);
        assert_eq!(schedule.endless(&ledger(events.clone())), expected, "{events:?}");
    }
}

#[test]
fn the_next_step_has_the_tasks_that_an_edge_pauses_and_with_resume_gives_back() {
    let [a, b, c] = windows();
    let targets = [wanted(&[a.clone(), b, c])];
    let state =
        ledger([pausing(&task("x"), std::slice::from_ref(&a)), settled("x", Settled::Paused)]);
    for (edge, resume, pauses, resumes) in [
        (10, false, vec![task("t")], vec![]),
        (20, false, vec![task("t")], vec![]),
        (20, true, vec![task("t")], vec![task("x")]),
        (30, true, vec![], vec![]),
    ] {
        let schedule = WaitSchedule::new(&targets, resume);
        let step = schedule.next_step(&state, moment(0, false), Some(at(edge)));
        assert_eq!(step, NextStep::Edge { at: at(edge), pauses, resumes });
    }
    let schedule = WaitSchedule::new(&targets, false);
    assert!(matches!(schedule.next_step(&state, moment(0, false), None), NextStep::Again));
}

#[test]
fn after_the_first_pass_unsettled_holds_of_other_tasks_are_left_to_another_call() {
    let [a, _, _] = windows();
    let targets = [wanted(std::slice::from_ref(&a))];
    let begun = |id| ledger([pausing(&task(id), std::slice::from_ref(&a))]);
    let found = |schedule: &WaitSchedule<'_>, id, minute| {
        schedule.candidates(&begun(id), moment(minute, false)).len()
    };
    let alone = WaitSchedule::after_first_pass(&targets);
    let all = WaitSchedule { is_new: false, ..WaitSchedule::new(&targets, false) };
    assert_eq!((found(&alone, "x", 5), found(&all, "x", 5)), (0, 1));
    assert_eq!((found(&alone, "t", 5), found(&all, "t", 5)), (1, 1));
    assert_eq!((found(&alone, "x", 12), found(&all, "x", 12)), (1, 2));
    assert_eq!(alone.candidates(&LedgerState::default(), moment(5, false)).len(), 0, "not new");
}
