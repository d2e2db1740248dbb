//! The windows that are only taken up again with `--reassert`. Pure.

use maintenance_core::change::Target;
use maintenance_core::hold::HoldWindow;
use maintenance_core::ledger::Settled;

use crate::types::LedgerAt;

/// Whether a window was given up before its end, and is not to be taken up again.
pub(crate) fn is_given_up(window: &HoldWindow, target: &Target, ledger: LedgerAt<'_>) -> bool {
    !ledger.moment.policy.reassert && ledger.state.given_up(target, window).is_some()
}

/// Whether a command gave a window of a task back, so that its plans are not
/// paused for it (again) either.
pub(crate) fn is_given_back(window: &HoldWindow, target: &Target, ledger: LedgerAt<'_>) -> bool {
    let is_back = ledger.state.given_up(target, window) == Some(Settled::Resumed);
    !ledger.moment.policy.reassert && is_back
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::test_ledger::{ledger, moment, pausing, settled, task, window};

    #[test]
    fn a_window_is_given_up_by_whoever_ended_its_hold_and_given_back_by_a_command_until_reassert() {
        let own = window("w", 10, 20);
        for (result, is_up, is_back) in [
            (Settled::Resumed, true, true),
            (Settled::Overridden, true, false),
            (Settled::Foreign, false, false),
        ] {
            let begun = pausing(&task("a"), std::slice::from_ref(&own));
            let state = ledger([begun, settled("a", result)]);
            for reassert in [false, true] {
                let ledger = LedgerAt { state: &state, moment: moment(15, reassert) };
                let up = is_given_up(&own, &task("a"), ledger);
                let back = is_given_back(&own, &task("a"), ledger);
                assert_eq!((up, back), (is_up && !reassert, is_back && !reassert), "{result:?}");
            }
        }
    }
}
