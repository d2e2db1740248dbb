//! `resume --window NAME` and `resume --all`: records which windows are given back.
//!
//! The record is on disk before the first request. If the API is unavailable, or a
//! pause that an earlier call asked for comes late, the next call gives back the
//! rest, and no call pauses for these windows again without `--reassert`.

use std::time::Duration;

use maintenance_core::hold::{HoldWindow, Tense};
use maintenance_core::ledger::{ActiveHold, Ledger, LedgerError};
use maintenance_core::time::UtcTime;

use crate::decide::candidates::ResumeSelection;
use crate::types::{Candidate, Wish};

/// Records on disk which windows are given back by that command, for all candidates
/// that have one. A window that is over is not recorded: nothing holds for it.
pub(crate) fn record(
    ledger: &mut Ledger,
    which: &ResumeSelection,
    candidates: &[Candidate],
    now: UtcTime,
) -> Result<(), LedgerError> {
    for candidate in candidates {
        let Some(active) = ledger.state().snapshot(&candidate.target) else { continue };
        let mut windows = given_back(&active, which, now);
        if !windows.iter().all(|window| active.is_released(window)) {
            // Only the last such line of a hold counts, so repeat the earlier windows.
            windows.extend(
                active.released.iter().flat_map(|released| released.hold.windows()).cloned(),
            );
            ledger.release(&candidate.target, &windows, now)?;
        }
        if candidate.wish == Wish::KeptByOther {
            ledger.move_hold(&candidate.target, &candidate.hold, now)?;
        }
    }
    ledger.sync()
}

/// The windows of a hold that the command gives back.
fn given_back(active: &ActiveHold, which: &ResumeSelection, now: UtcTime) -> Vec<HoldWindow> {
    let is_chosen = |window: &&HoldWindow| match which {
        ResumeSelection::Ended => false,
        ResumeSelection::All => true,
        ResumeSelection::Window(name) => *window.name == **name,
    };
    let windows = active.hold.windows().iter().filter(is_chosen);
    windows.filter(|window| window.tense(now, Duration::ZERO) != Tense::Over).cloned().collect()
}

/// Records that `--reassert` takes up again windows that were given back.
pub(crate) fn take_up(
    ledger: &mut Ledger,
    candidate: &Candidate,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let Some(active) = ledger.state().snapshot(&candidate.target) else { return Ok(()) };
    let Some(released) = &active.released else { return Ok(()) };
    if candidate.is_to_give_back()
        || !candidate.hold.windows().iter().any(|window| active.is_released(window))
    {
        return Ok(());
    }
    let is_left = |window: &&HoldWindow| !candidate.hold.has(window);
    let left: Vec<HoldWindow> = released.hold.windows().iter().filter(is_left).cloned().collect();
    ledger.release(&candidate.target, &left, now)
}
