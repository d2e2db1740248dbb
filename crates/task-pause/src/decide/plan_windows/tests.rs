//! A plan that is held, or wanted, for its tasks' sake, under timetables that
//! know only the tasks.

use std::sync::Arc;

use maintenance_core::change::PauseState;
use maintenance_core::client::Executable;
use maintenance_core::ledger::{Entry, LedgerEvent, Settled};
use maintenance_core::time::UtcTime;

use maintenance_core::hold::HoldWindow;

use super::*;
use crate::decide::candidates::syncing;
use crate::decide::plan_holds;

use crate::types::{Candidate, Moment, Policy, Wish};

const ENVIRONMENT: &str = "e";

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

fn target(kind: TargetKind, id: &str) -> Target {
    Target { environment_id: ENVIRONMENT.into(), kind, id: id.into() }
}

fn plan() -> Target {
    target(TargetKind::Plan, "p")
}

fn window(start: i64, end: i64) -> HoldWindow {
    HoldWindow { name: "night".into(), start: at(start), end: Some(at(end)) }
}

/// The plan has the tasks `a` and `b`.
fn plans() -> Plans {
    let mut plans = Plans::default();
    let tasks = vec!["a".to_owned(), "b".to_owned()];
    let pause = None;
    let plan = Executable {
        id: "p".into(),
        name: None,
        workspace: None,
        pause,
        shows_pause: false,
        unread_pause: None,
        tags: vec![],
        tasks,
    };
    plans.add(ENVIRONMENT, vec![plan]);
    plans
}

/// A ledger in which these are held, from minute 0 to 60.
fn held(targets: &[Target]) -> LedgerState {
    let mut state = LedgerState::default();
    let mut events = vec![LedgerEvent::Ledger { id: "l".into(), api: "a".into(), next: None }];
    for (n, target) in targets.iter().enumerate() {
        let hold = format!("l-{n}");
        events.push(LedgerEvent::Pausing {
            hold: hold.clone(),
            target: target.clone(),
            labels: Arc::default(),
            windows: vec![window(0, 60)],
            runs: Vec::new(),
            prior: PauseState::default(),
            context: None,
        });
        let seen = Some(PauseState { paused: true, ..PauseState::default() });
        events.push(LedgerEvent::Settled { hold, result: Settled::Paused, answer: None, seen });
    }
    for (seq, event) in (1..).zip(events) {
        state.apply(&Entry { v: 1, seq, at: at(0), event }).unwrap();
    }
    state
}

/// A timetable that has these windows, each of one task or plan.
struct Table<'a>(&'a [(&'a str, HoldWindow)]);

impl TimetableWindows for Table<'_> {
    fn windows(
        &self,
        target: &Target,
        _: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        let here = self.0.iter().filter(|(id, _)| **id == *target.id).map(|(_, window)| window);
        let touching = here.filter(|window| {
            Hold::new(vec![(*window).clone()], Vec::new()).unwrap().touches(around)
        });
        let windows = touching.cloned().collect();
        Ok(RuledWindows { windows, is_by_former_name: false })
    }
}

fn wanted(target: Target, windows: &[HoldWindow]) -> WantedTarget {
    let windows = windows.iter().map(|window| (window.clone(), None)).collect();
    WantedTarget { target, labels: Arc::default(), holds: maintenance_core::hold::merge(windows) }
}

fn half_past() -> Moment {
    Moment { now: at(30), policy: Policy::default() }
}

/// The candidate of the plan at minute 30.
fn synced(
    plans: &Plans,
    state: &LedgerState,
    wanted: &[WantedTarget],
    table: &[(&str, HoldWindow)],
    with_plans: bool,
) -> Option<Candidate> {
    let table = Table(table);
    let ledger = LedgerAt { state, moment: half_past() };
    let tasks = tasks_of(wanted, state);
    let timetable = PlanWindows { timetable: &table, plans, tasks, ledger, with_plans };
    let all = syncing(wanted, ledger, Some(&timetable));
    all.candidates.into_iter().find(|item| item.target == plan())
}

#[test]
fn a_plan_that_is_wanted_for_its_tasks_has_their_windows() {
    let wanted = vec![wanted(target(TargetKind::Task, "a"), &[window(0, 60)])];
    let ledger = LedgerAt { state: &LedgerState::default(), moment: half_past() };
    let wanted = plan_holds::with_plans(wanted, &plans(), ledger);
    let longer = [("a", window(0, 90))];
    let item = synced(&plans(), &LedgerState::default(), &wanted, &longer, true).unwrap();
    assert!(item.wish != Wish::Cancelled);
    assert_eq!(item.hold.end(), Some(at(90)));
    let item = synced(&plans(), &LedgerState::default(), &wanted, &[], true).unwrap();
    assert!(item.wish == Wish::Cancelled, "its task's window is gone, too");
}

#[test]
fn a_plan_that_is_held_follows_the_tasks_that_are() {
    let a = target(TargetKind::Task, "a");
    let state = held(&[a, plan()]);
    // `b` is neither held nor wanted: its window is none of the plan's.
    let table = [("a", window(0, 45)), ("b", window(0, 120))];
    for with_plans in [true, false] {
        let item = synced(&plans(), &state, &[], &table, with_plans).unwrap();
        assert_eq!((item.is_to_give_back(), item.hold.end()), (false, Some(at(45))));
        let item = synced(&plans(), &state, &[], &table[1..], with_plans).unwrap();
        assert!(item.is_to_give_back(), "cancelled: given back with its task");
    }
    let b = [wanted(target(TargetKind::Task, "b"), &[window(0, 120)])];
    let item = synced(&plans(), &state, &b, &table, true).unwrap();
    assert_eq!(item.hold.end(), Some(at(120)));
}

#[test]
fn a_plan_with_a_window_of_its_own_has_those_of_its_tasks_only_with_plans() {
    let state = held(&[target(TargetKind::Task, "a"), plan()]);
    let table = [("a", window(0, 90)), ("p", window(0, 60))];
    let end = |with_plans| synced(&plans(), &state, &[], &table, with_plans).unwrap().hold.end();
    assert_eq!(end(false), Some(at(60)));
    assert_eq!(end(true), Some(at(90)));
}

#[test]
fn a_plan_that_is_not_held_has_the_windows_of_its_tasks_only_with_plans() {
    let wanted =
        [wanted(target(TargetKind::Task, "a"), &[window(0, 60)]), wanted(plan(), &[window(0, 60)])];
    let table = [("a", window(0, 60))];
    let item = |with_plans| synced(&plans(), &LedgerState::default(), &wanted, &table, with_plans);
    assert!(item(false).unwrap().wish == Wish::Cancelled);
    assert!(item(true).unwrap().wish != Wish::Cancelled);
}

#[test]
fn a_plan_whose_tasks_are_not_known_stays_as_it_is() {
    let state = held(&[target(TargetKind::Task, "a"), plan()]);
    let item = synced(&Plans::unlisted(ENVIRONMENT), &state, &[], &[], true).unwrap();
    assert_eq!((item.is_to_give_back(), item.hold.end()), (false, Some(at(60))));
}

/// A timetable that has a window by a former name, of the tasks in question alone.
struct Renamed(TargetKind, &'static str);

impl TimetableWindows for Renamed {
    fn windows(&self, target: &Target, _: &Labels, _: &Hold) -> Result<RuledWindows, Undecided> {
        let is_by_former_name = target.kind == self.0 && *target.id == *self.1;
        Ok(RuledWindows { windows: vec![window(0, 60)], is_by_former_name })
    }
}

#[test]
fn a_plan_is_matched_by_a_former_name_if_it_or_any_of_its_tasks_is() {
    let state = held(&[target(TargetKind::Task, "a"), target(TargetKind::Task, "b"), plan()]);
    for (timetable, expected) in [
        (Renamed(TargetKind::Plan, "p"), true),
        (Renamed(TargetKind::Task, "a"), true),
        (Renamed(TargetKind::Task, "b"), true),
        (Renamed(TargetKind::Task, "c"), false),
    ] {
        let tasks = tasks_of(&[], &state);
        let ledger = LedgerAt { state: &state, moment: half_past() };
        let plans = plans();
        let (timetable, plans, state) = (&timetable, &plans, &state);
        let by = PlanWindows { timetable, plans, tasks, ledger, with_plans: true };
        let around = state.active(&plan()).unwrap();
        let ruled = by.windows(&plan(), &around.labels, &around.hold).unwrap();
        assert_eq!(ruled.is_by_former_name, expected, "{}", timetable.1);
    }
}
