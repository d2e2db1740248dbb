//! A clock that is behind the ledger's last line gives nothing back. Pure.
//!
//! To a clock that is behind, a window that is on has not begun, so that a
//! timetable seems to have no window for what is held. Either that clock is
//! wrong, or the one that wrote the line was: only the operator knows, and
//! says so with `--accept-clock`.
//!
//! Pausing goes on. A task that is paused needlessly is given back later, and
//! is in the receipts until then; a run that meets a maintenance is not undone.

use maintenance_core::ledger::LedgerState;

use crate::types::{Action, Candidate, Decision, DecisionStep, Report, Wish};

/// The decision on a candidate that would be given back.
const WITHHELD: Decision = Decision::because(
    DecisionStep::Report,
    Action::Held,
    "not given back: the clock is behind the ledger: see --accept-clock",
);

/// Takes out the candidates that would be given back, as a whole or one window
/// of them: the others, and the reports on these, which are held.
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
