//! Ledgers and holds for unit tests. The ID of a hold is that of its task or plan,
//! and times are minutes since the epoch.

use std::sync::Arc;

use maintenance_core::change::{PauseState, Target, TargetKind};
use maintenance_core::client::Executable;
use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::ledger::{Entry, LedgerEvent, LedgerState, Settled};
use maintenance_core::time::UtcTime;

use crate::types::{Moment, Policy};

pub(crate) fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(minute * 60_000).unwrap()
}

pub(crate) fn task(id: &str) -> Target {
    Target { environment_id: "e".into(), kind: TargetKind::Task, id: id.into() }
}

pub(crate) fn window(name: &str, start: i64, end: i64) -> HoldWindow {
    HoldWindow { name: name.into(), start: at(start), end: Some(at(end)) }
}

pub(crate) fn hold(windows: &[HoldWindow]) -> Hold {
    Hold::new(windows.to_vec(), Vec::new()).unwrap()
}

pub(crate) fn moment(minute: i64, reassert: bool) -> Moment {
    Moment { now: at(minute), policy: Policy { reassert, ..Policy::default() } }
}

/// The first request for a hold.
pub(crate) fn pausing(target: &Target, windows: &[HoldWindow]) -> LedgerEvent {
    LedgerEvent::Pausing {
        hold: target.id.to_string(),
        target: target.clone(),
        labels: Arc::default(),
        windows: windows.to_vec(),
        runs: Vec::new(),
        prior: PauseState::default(),
        context: None,
    }
}

pub(crate) fn settled(id: &str, result: Settled) -> LedgerEvent {
    LedgerEvent::Settled { hold: id.to_owned(), result, answer: None, seen: None }
}

/// The ledger after these events, all at minute 0.
pub(crate) fn ledger(events: impl IntoIterator<Item = LedgerEvent>) -> LedgerState {
    let first = LedgerEvent::Ledger { id: "l".into(), api: "a".into(), next: None };
    let mut state = LedgerState::default();
    for (seq, event) in (1..).zip([first].into_iter().chain(events)) {
        state.apply(&Entry { v: 3, seq, at: at(0), event }).unwrap();
    }
    state
}

/// A task or plan as the API shows it, with the tasks of a plan.
pub(crate) fn executable(id: &str, name: Option<&str>, tasks: &[&str]) -> Executable {
    Executable {
        id: id.to_owned(),
        name: name.map(str::to_owned),
        workspace: None,
        pause: None,
        shows_pause: false,
        unread_pause: None,
        tags: Vec::new(),
        tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
    }
}
