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
                let moment = moment(15, reassert);
                let up = is_given_up(&own, &task("a"), &state, moment);
                let back = is_given_back(&own, &task("a"), &state, moment);
                assert_eq!((up, back), (is_up && !reassert, is_back && !reassert), "{result:?}");
            }
        }
    }
}
