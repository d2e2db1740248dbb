//! Occurrences of one window, and what the input shows of them.

use maintenance_core::change::{PauseState, TargetKind};
use maintenance_core::ledger::{Entry, Event};

use super::*;

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
fn held(windows: &[HoldWindow]) -> State {
    let hold = "l-2".to_owned();
    let pausing = Event::Pausing {
        hold: hold.clone(),
        target: target(),
        labels: Arc::default(),
        windows: windows.to_vec(),
        runs: Vec::new(),
        prior: PauseState::default(),
        context: None,
    };
    let seen = Some(PauseState { paused: true, ..PauseState::default() });
    let settled = Event::Settled { hold, result: Settled::Paused, answer: None, seen };
    let mut state = State::default();
    let first = Event::Ledger { id: "l".into(), api: "a".into(), next: None };
    for (seq, event) in (1..).zip([first, pausing, settled]) {
        state.apply(&Entry { v: 1, seq, at: at(0), event }).unwrap();
    }
    state
}

/// Whether it is due at that minute, and until when it is held, if the input
/// has runs in these windows.
fn synced(state: &State, windows: &[HoldWindow], minute: i64) -> (bool, Option<UtcTime>) {
    let selected = windows.iter().map(|window| (window.clone(), Some(window.start))).collect();
    let wanted = Wanted { target: target(), labels: Arc::default(), holds: hold::merge(selected) };
    let moment = Moment { now: at(minute), lead: Duration::ZERO, reassert: false };
    let items = syncing(&[wanted], state, None, moment);
    assert_eq!(items.len(), 1);
    (items[0].due, items[0].hold.end())
}

#[test]
fn the_next_occurrence_does_not_end_the_one_that_is_on() {
    let (saturday, sunday) = (window(0, 24 * HOUR), window(24 * HOUR, 48 * HOUR));
    let both = held(&[saturday.clone(), sunday.clone()]);
    let minute = 10 * HOUR + 5;
    let until = |hours: i64| (false, Some(at(hours * HOUR)));
    assert_eq!(synced(&both, std::slice::from_ref(&sunday), minute), until(48));
    let first = held(std::slice::from_ref(&saturday));
    assert_eq!(synced(&first, &[sunday], minute), until(48), "new to the entry");
    let widened = window(23 * HOUR, 48 * HOUR);
    assert_eq!(synced(&first, std::slice::from_ref(&widened), minute), until(48), "widened");
    let both = held(&[saturday, widened.clone()]);
    assert_eq!(synced(&both, &[widened], minute), until(48), "widened, and known");
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
