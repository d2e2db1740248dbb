//! Occurrences of one window, and what the input shows of them.

mod single_rules;

use std::sync::Arc;

use maintenance_core::change::{PauseState, TargetKind};
use maintenance_core::ledger::{Entry, LedgerEvent, Settled};

use super::*;
use crate::types::Policy;

const HOUR: i64 = 60;

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

fn target() -> Target {
    Target { environment_id: "e".into(), kind: TargetKind::Task, id: "t".into() }
}

fn window(start: i64, end: i64) -> HoldWindow {
    HoldWindow { name: "weekend".into(), start: at(start), end: Some(at(end)) }
}

/// A ledger in which the task is held for these windows.
fn held(windows: &[HoldWindow]) -> LedgerState {
    begun(windows, 0, Some(Settled::Paused))
}

/// A ledger in which such a hold was begun at that minute, with that result.
fn begun(windows: &[HoldWindow], minute: i64, result: Option<Settled>) -> LedgerState {
    let hold = "l-2".to_owned();
    let pausing = LedgerEvent::Pausing {
        hold: hold.clone(),
        target: target(),
        labels: Arc::default(),
        windows: windows.to_vec(),
        runs: Vec::new(),
        prior: PauseState::default(),
        context: None,
    };
    let seen = Some(PauseState { paused: true, ..PauseState::default() });
    let settled = |result| LedgerEvent::Settled { hold, result, answer: None, seen };
    let mut state = LedgerState::default();
    let first = LedgerEvent::Ledger { id: "l".into(), api: "a".into(), next: None };
    for (seq, event) in (1..).zip([first, pausing].into_iter().chain(result.map(settled))) {
        state.apply(&Entry { v: 1, seq, at: at(minute), event }).unwrap();
    }
    state
}

/// The task, wanted for runs in these windows.
fn wanted(windows: &[HoldWindow]) -> WantedTarget {
    let selected = windows.iter().map(|window| (window.clone(), Some(window.start))).collect();
    WantedTarget { target: target(), labels: Arc::default(), holds: hold::merge(selected) }
}

/// Whether it is due at that minute, and until when it is held, if the input
/// has runs in these windows.
fn synced(state: &LedgerState, windows: &[HoldWindow], minute: i64) -> (bool, Option<UtcTime>) {
    let wanted = wanted(windows);
    let moment = Moment { now: at(minute), policy: Policy::default() };
    let items = syncing(&[wanted], ledger_at(state, moment), None).candidates;
    assert_eq!(items.len(), 1);
    (items[0].is_to_give_back(), items[0].hold.end())
}

#[test]
fn the_next_occurrence_does_not_end_the_one_that_is_on() {
    let (saturday, sunday) = (window(0, 24 * HOUR), window(24 * HOUR, 48 * HOUR));
    let both = held(&[saturday.clone(), sunday.clone()]);
    let minute = 10 * HOUR + 5;
    let until = |hours: i64| (false, Some(at(hours * HOUR)));
    assert_eq!(synced(&both, std::slice::from_ref(&sunday), minute), until(48));
    let first = held(std::slice::from_ref(&saturday));
    assert_eq!(synced(&first, &[sunday], minute), until(48), "new to the hold");
    let widened = window(23 * HOUR, 48 * HOUR);
    assert_eq!(synced(&first, std::slice::from_ref(&widened), minute), until(48), "widened");
    let both = held(&[saturday, widened.clone()]);
    assert_eq!(synced(&both, &[widened], minute), until(48), "widened, and known");
}

/// A call wrote its intent ahead of the window, and was killed before it.
#[test]
fn a_pause_that_was_intended_ahead_of_its_window_is_held_until_the_window_is_put_off() {
    let coming = window(60, 120);
    for (windows, phase, due) in [
        (&[coming.clone()][..], None, false),
        (&[window(61, 120)], None, false),
        // Without a list, the ledger's own window counts.
        (&[], None, false),
        (&[window(600, 660)], None, true),
        // It was sent: `--lead` was given, and is not any more.
        (std::slice::from_ref(&coming), Some(Settled::Unknown), true),
        (std::slice::from_ref(&coming), Some(Settled::Paused), true),
    ] {
        let intended = if phase.is_none() { 60 } else { 0 };
        let state = begun(std::slice::from_ref(&coming), intended, phase);
        let timetable = |windows: &[HoldWindow]| {
            let wanted = wanted(windows);
            let active = state.active(&target()).unwrap();
            let mut all = SyncCandidates::default();
            let fixed = Fixed(windows.to_vec());
            let by: Option<&dyn TimetableWindows> = (!windows.is_empty()).then_some(&fixed);
            all.add_active(active, Some(&wanted), ledger_at(&state, moment(59, false)), by);
            all.candidates[0].is_to_give_back()
        };
        assert_eq!(timetable(windows), due, "{windows:?} {phase:?}");
    }
}

/// A timetable that has these windows for every task.
struct Fixed(Vec<HoldWindow>);

impl TimetableWindows for Fixed {
    fn windows(&self, _: &Target, _: &Labels, _: &Hold) -> Result<RuledWindows, Undecided> {
        Ok(RuledWindows { windows: self.0.clone(), ..RuledWindows::default() })
    }
}

#[test]
fn a_window_that_was_changed_is_replaced() {
    let state = held(&[window(0, 4 * HOUR)]);
    let shortened = [window(0, 2 * HOUR)];
    assert_eq!(synced(&state, &shortened, HOUR), (false, Some(at(2 * HOUR))));
    assert_eq!(synced(&state, &shortened, 3 * HOUR), (true, Some(at(2 * HOUR))));
    let moved = [window(-HOUR, 3 * HOUR)];
    assert_eq!(synced(&state, &moved, HOUR), (false, Some(at(3 * HOUR))));
}

/// A timetable that has these windows for every task.
struct Table(Vec<HoldWindow>);

impl TimetableWindows for Table {
    fn windows(&self, _: &Target, _: &Labels, around: &Hold) -> Result<RuledWindows, Undecided> {
        let touches = |window: &&HoldWindow| {
            Hold::new(vec![(*window).clone()], Vec::new()).is_some_and(|hold| hold.touches(around))
        };
        let windows = self.0.iter().filter(touches).cloned().collect();
        Ok(RuledWindows { windows, is_by_former_name: false })
    }
}

fn named(name: &str, start: i64, end: i64) -> HoldWindow {
    HoldWindow { name: name.into(), ..window(start * HOUR, end * HOUR) }
}

/// In these states "a" was given back, of a hold that has or had other windows.
#[test]
fn a_window_that_was_given_back_is_not_taken_up_again_by_any_call() {
    let (a, b) = (named("a", 0, 8), named("b", 0, 4));
    let release = |state: &mut LedgerState, windows: &[HoldWindow]| {
        let event = LedgerEvent::Released { hold: "l-2".into(), windows: windows.to_vec() };
        state.apply(&Entry { v: 3, seq: 4, at: at(1), event }).unwrap();
    };
    // As it is after a whole call, and after one that was killed in between.
    let mut moved = held(std::slice::from_ref(&b));
    release(&mut moved, std::slice::from_ref(&a));
    let mut cut = held(&[a.clone(), b.clone()]);
    release(&mut cut, std::slice::from_ref(&a));
    for state in [&moved, &cut] {
        for (windows, until) in [
            (vec![a.clone(), b.clone()], 4),
            (vec![a.clone()], 4),
            (vec![], 4),
            // It was moved or extended: the same window still.
            (vec![named("a", -1, 9), b.clone()], 4),
            // The others are followed, and new ones count.
            (vec![a.clone(), named("b", 0, 5)], 5),
            (vec![a.clone(), b.clone(), named("c", 3, 6)], 6),
            // Another occurrence is another window.
            (vec![a.clone(), b.clone(), named("c", 3, 9), named("a", 9, 10)], 10),
        ] {
            let calls = [
                ("pass", pausing(&[wanted(&windows)], ledger_at(state, moment(60, false)))),
                (
                    "sync",
                    syncing(&[wanted(&windows)], ledger_at(state, moment(60, false)), None)
                        .candidates,
                ),
            ];
            let table = Table(if windows.is_empty() { vec![b.clone()] } else { windows.clone() });
            let ruled =
                syncing(&[wanted(&windows)], ledger_at(state, moment(60, false)), Some(&table))
                    .candidates;
            for (call, items) in calls {
                assert_eq!(items[0].hold.end(), Some(at(until * HOUR)), "{call} {windows:?}");
                assert!(
                    !items[0].is_to_give_back() && !items[0].hold.names().starts_with(&["a"]),
                    "{call}"
                );
            }
            // A timetable that has "a" alone no longer has what holds.
            let is_left = windows.iter().any(|window| *window.name != *"a") || windows.is_empty();
            assert_eq!(ruled[0].is_to_give_back(), !is_left, "{windows:?}");
            if is_left {
                assert_eq!(ruled[0].hold.end(), Some(at(until * HOUR)), "timetable {windows:?}");
            }
        }
        // Asked for, it is.
        let windows = [a.clone(), b.clone()];
        for timetable in [None, Some(&Table(windows.to_vec()) as &dyn TimetableWindows)] {
            let items = syncing(&[wanted(&windows)], ledger_at(state, moment(60, true)), timetable)
                .candidates;
            assert_eq!(items[0].hold.end(), Some(at(8 * HOUR)));
        }
        // Once "b" is over, too, the task is to be given back, by each call that may.
        let late = moment(4 * HOUR, false);
        let table = Table(windows.to_vec());
        for items in [
            syncing(&[wanted(&windows)], ledger_at(state, late), None).candidates,
            syncing(&[wanted(&windows)], ledger_at(state, late), Some(&table)).candidates,
            giving_back(ledger_at(state, late), &ResumeSelection::Ended),
        ] {
            assert!(items[0].is_to_give_back(), "{items:?}");
        }
    }
    // Given back whole, while the API was away.
    let mut whole = held(std::slice::from_ref(&a));
    release(&mut whole, std::slice::from_ref(&a));
    let windows = std::slice::from_ref(&a);
    assert!(
        syncing(&[wanted(windows)], ledger_at(&whole, moment(60, false)), None).candidates[0]
            .is_to_give_back()
    );
    assert!(
        giving_back(ledger_at(&whole, moment(60, false)), &ResumeSelection::Ended)[0]
            .is_to_give_back()
    );
    assert!(
        !syncing(&[wanted(windows)], ledger_at(&whole, moment(60, true)), None).candidates[0]
            .is_to_give_back()
    );
}

/// "a" was given back, and the hold was moved to "c", which begins soon: paused ahead.
#[test]
fn a_hold_that_goes_on_for_a_coming_window_alone_is_given_back_at_its_end() {
    let mut state = held(&[named("c", 2, 4)]);
    let windows = vec![named("a", 0, 2)];
    let event = LedgerEvent::Released { hold: "l-2".into(), windows };
    state.apply(&Entry { v: 3, seq: 4, at: at(1), event }).unwrap();
    for (minute, due) in [(115, false), (120, false), (239, false), (240, true)] {
        let ledger = ledger_at(&state, moment(minute, false));
        let items = giving_back(ledger, &ResumeSelection::Ended);
        assert_eq!(items[0].is_to_give_back(), due, "minute {minute}");
    }
}

#[test]
fn a_hold_ends_now_if_its_window_was_deleted_and_at_the_end_that_the_timetable_has_else() {
    let state = held(&[named("v", 0, 1), named("w", 1, 5)]);
    for (windows, end) in [
        (vec![named("v", 0, 1)], 180),
        (vec![named("v", 0, 1), named("w", 1, 2)], 120),
        (vec![named("w", 1, 2)], 120),
        (vec![named("v", 0, 1), named("x", 1, 2)], 180),
        // It was put off.
        (vec![named("w", 4, 6)], 180),
        (vec![], 180),
    ] {
        let ledger = ledger_at(&state, moment(180, false));
        let table = Table(windows.clone());
        let items = syncing(&[], ledger, Some(&table)).candidates;
        assert!(items[0].is_to_give_back(), "{windows:?}");
        assert_eq!(items[0].hold.end(), Some(at(end)), "{windows:?}");
    }
}

/// Of a pause that was given back, nothing is known yet.
#[test]
fn an_unsettled_hold_that_was_given_back_has_no_other_window_in_any_call() {
    let (a, b) = (named("a", 0, 8), named("b", 8, 9));
    let mut state = held(&[a.clone(), b.clone()]);
    let released = LedgerEvent::Released { hold: "l-2".into(), windows: vec![a.clone()] };
    let again = LedgerEvent::Again { hold: "l-2".into(), looked: None, context: None };
    for (seq, event) in (4..).zip([released, again]) {
        state.apply(&Entry { v: 3, seq, at: at(1), event }).unwrap();
    }
    let other = WantedTarget {
        target: Target { id: "u".into(), ..target() },
        ..wanted(std::slice::from_ref(&a))
    };
    for (wanted, reassert, names) in [
        (vec![], false, &["a"][..]),
        (vec![wanted(&[a.clone(), b.clone()])], false, &["a"]),
        (vec![other], false, &["a"]),
        (vec![wanted(&[named("c", 1, 2)])], false, &["c"]),
        (vec![], true, &["a", "b"]),
    ] {
        let items = pausing(&wanted, ledger_at(&state, moment(60, reassert)));
        let of_hold = items.iter().find(|item| item.target == target()).unwrap();
        assert_eq!(of_hold.hold.names(), names, "{wanted:?}");
        let is_given_back = state.active(&target()).unwrap().is_all_released(&of_hold.hold);
        assert_eq!(is_given_back, names == ["a"], "{wanted:?}");
    }
}

fn ledger_at(state: &LedgerState, moment: Moment) -> LedgerAt<'_> {
    LedgerAt { state, moment }
}

fn moment(minute: i64, reassert: bool) -> Moment {
    Moment { now: at(minute), policy: Policy { reassert, ..Policy::default() } }
}

/// A timetable that asks for a field which is not known of these tasks.
struct Undecidable;

impl TimetableWindows for Undecidable {
    fn windows(
        &self,
        target: &Target,
        labels: &Labels,
        _: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        if target.kind == TargetKind::Plan {
            return Err(Undecided::UnknownTasks);
        }
        let csv = "name,start,end,tag\nw,2026-12-01T00:00Z,2026-12-01T04:00Z,nightly\n";
        let zones = maintenance_core::zone::ZoneTable::bundled();
        let options = maintenance_core::timetable::ReadOptions::new(zones);
        let file = maintenance_core::timetable::TimetableFile {
            file: "t.csv",
            format: None,
            bytes: csv.as_bytes(),
        };
        let (timetable, _) = maintenance_core::timetable::load([file], &options).unwrap();
        let time = |text: &str| UtcTime::parse(text).unwrap();
        let (start, end) = (time("2026-12-01T00:00:00Z"), time("2026-12-01T04:00:00Z"));
        let window = HoldWindow { name: "w".into(), start, end: Some(end) };
        let hold = Hold::new(vec![window], Vec::new()).unwrap();
        let widening = maintenance_core::window_set::Widening::default();
        let holds = [&hold].into_iter();
        let around = crate::decide::timetable_windows::WindowsAround::new(
            &timetable, widening, holds, start,
        );
        around.unwrap().windows(target, labels, &hold)
    }
}

/// Each of them is to be reported, also where another environment's comes first.
#[test]
fn every_task_that_the_timetable_cannot_rule_on_is_known() {
    let named = |environment: &str, kind, id: &str| WantedTarget {
        target: Target { environment_id: environment.into(), kind, id: id.into() },
        ..wanted(&[window(0, HOUR)])
    };
    let wanted = [
        named("a", TargetKind::Plan, "p"),
        named("a", TargetKind::Task, "t"),
        named("b", TargetKind::Task, "t"),
    ];
    let moment = moment(1, false);
    let all = syncing(&wanted, ledger_at(&LedgerState::default(), moment), Some(&Undecidable));
    let undecided: Vec<_> = all.undecided.keys().map(|target| &*target.environment_id).collect();
    assert_eq!(undecided, ["a", "b"]);
    assert_eq!(all.candidates.len(), 3, "{:?}", all.candidates);
}
