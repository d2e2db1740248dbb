//! A clock that is behind the ledger's last line gives nothing back. Pure.
//!
//! By a clock that is behind, an open window has not begun, so the timetable seems to
//! have no window for a held task. Either this clock is wrong, or the clock that wrote
//! the line was. Only the operator knows, and confirms this clock with `--accept-clock`.
//!
//! Pausing goes on: a needless pause is given back later, a run during maintenance
//! cannot be undone.

use maintenance_core::ledger::LedgerState;

use crate::types::{Action, Candidate, Decision, DecisionStep, Report, Wish};

/// The decision on a candidate that would be given back.
const WITHHELD: Decision = Decision::because(
    DecisionStep::Report,
    Action::Held,
    "not given back: the clock is behind the ledger: see --accept-clock",
);

/// Takes out the candidates that would be given back, as a whole or for one window.
/// Returns the other candidates, and the reports on those taken out.
pub(crate) fn withhold(
    candidates: Vec<Candidate>,
    state: &LedgerState,
) -> (Vec<Candidate>, Vec<Report>) {
    let mut withheld = Vec::new();
    let mut left = candidates;
    left.retain(|candidate| {
        let gives_back = matches!(candidate.wish, Wish::GiveBack | Wish::KeptByOther);
        let open = state.open(&candidate.target).filter(|_| gives_back);
        let report = |hold| Report::with_hold(candidate, hold, WITHHELD);
        withheld.extend(open.map(|open| report(open.hold.clone())));
        open.is_none()
    });
    (left, withheld)
}
