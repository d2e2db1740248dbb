//! `resume --window NAME`: records which windows are given back.
//!
//! The record is on disk before the first request. If the API is unavailable, the
//! next call gives back the rest.

use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::ledger::{Ledger, LedgerError};
use maintenance_core::time::UtcTime;

use crate::types::{Candidate, Wish};

/// Records on disk that the windows of that name are given back, for all candidates
/// that have one.
pub(crate) fn record(
    ledger: &mut Ledger,
    name: &str,
    candidates: &[Candidate],
    now: UtcTime,
) -> Result<(), LedgerError> {
    for candidate in candidates {
        let Some(open) = ledger.state().snapshot(&candidate.target) else { continue };
        let is_named = |window: &&HoldWindow| *window.name == *name;
        let mut windows: Vec<HoldWindow> =
            open.hold.windows().iter().filter(is_named).cloned().collect();
        if windows.is_empty() {
            continue;
        }
        // Only the last such line of a hold counts, so repeat the earlier windows.
        windows.extend(open.released.iter().flat_map(Hold::windows).cloned());
        ledger.release(&candidate.target, &windows, now)?;
        if candidate.wish == Wish::KeptByOther {
            ledger.move_hold(&candidate.target, &candidate.hold, now)?;
        }
    }
    ledger.sync()
}

/// Records that `--reassert` takes up again windows that were given back.
pub(crate) fn take_up(
    ledger: &mut Ledger,
    candidate: &Candidate,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let Some(open) = ledger.state().snapshot(&candidate.target) else { return Ok(()) };
    let Some(released) = &open.released else { return Ok(()) };
    if candidate.is_to_give_back()
        || !candidate.hold.windows().iter().any(|window| open.is_released(window))
    {
        return Ok(());
    }
    let is_left = |window: &&HoldWindow| !candidate.hold.has(window);
    let left: Vec<HoldWindow> = released.windows().iter().filter(is_left).cloned().collect();
    ledger.release(&candidate.target, &left, now)
}
