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
