//! The windows that are only taken up again with `--reassert`. Pure.

use maintenance_core::change::Target;
use maintenance_core::hold::HoldWindow;
use maintenance_core::ledger::{LedgerState, Settled};

use crate::types::Moment;

/// Whether a window was given up before its end, and is not to be taken up again.
pub(crate) fn is_given_up(
    window: &HoldWindow,
    target: &Target,
    state: &LedgerState,
    moment: Moment,
) -> bool {
    !moment.policy.reassert && state.given_up(target, window).is_some()
}

/// Whether a command gave a window of a task back, so that its plans are not
/// paused for it (again) either.
pub(crate) fn is_given_back(
    window: &HoldWindow,
    target: &Target,
    state: &LedgerState,
    moment: Moment,
) -> bool {
    !moment.policy.reassert && state.given_up(target, window) == Some(Settled::Resumed)
}
