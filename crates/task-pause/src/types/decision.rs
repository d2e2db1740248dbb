//! Decisions: the step for one task or plan, and the words of its receipt.

use std::time::Duration;

use maintenance_core::ledger::Settled;

use super::Action;

/// The part of the settings that decisions depend on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy {
    /// The head start of the pausing: a task is paused that long before its hold begins.
    pub(crate) lead: Duration,
    /// Whether a task that somebody resumed during its hold is paused again.
    pub(crate) reassert: bool,
    /// Whether held tasks are looked at.
    pub(crate) verify: bool,
}

/// The step that follows from a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecisionStep {
    /// Only write a receipt.
    Report,
    /// Record a result in the ledger.
    Settle(Settled),
    /// Begin a new hold.
    Pause,
    /// Pause once more for the active hold.
    PauseAgain,
    /// Give the task back.
    Resume,
}

impl DecisionStep {
    /// Whether the step pauses.
    pub(crate) const fn is_pause(self) -> bool {
        matches!(self, Self::Pause | Self::PauseAgain)
    }
}

/// The decision on one candidate. If the step changes something, `action` is the
/// action of the receipt on success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) step: DecisionStep,
    pub(crate) action: Action,
    /// The reason, if the action alone does not say it.
    pub(crate) why: Option<&'static str>,
}

/// The reason if nothing proves the owner of the pause.
pub(crate) const UNCLEAR: &str =
    "it is paused, and nothing that the API shows proves whose pause it is";

/// The reason if a task is not paused (again) for a window that was given back.
pub(crate) const GIVEN_BACK_EARLY: &str = "given back before the end of this hold";

/// The reason if a task stays paused for another window than the one given back.
pub(crate) const HELD_BY_ANOTHER: &str = "another window still holds it";

/// The reason of a resume whose task could not be started for the run that it missed.
pub(crate) const NOT_STARTED: &str = "it was resumed, but not started";

/// The reason if a pause was not sent because its window ended.
pub(crate) const WINDOW_ENDED: &str = "not sent: its window ended before";

impl Decision {
    /// The decision whose action says all.
    pub(crate) const fn new(step: DecisionStep, action: Action) -> Self {
        Self { step, action, why: None }
    }

    /// The decision with a reason.
    pub(crate) const fn because(step: DecisionStep, action: Action, why: &'static str) -> Self {
        Self { step, action, why: Some(why) }
    }

    /// Whether the decision records that the hold has ended.
    pub(crate) const fn ends_hold(&self) -> bool {
        use Settled::{Accepted, Paused, Unknown, Withdrawn};
        match self.step {
            DecisionStep::Settle(result) => {
                !matches!(result, Accepted | Paused | Unknown | Withdrawn)
            }
            _ => false,
        }
    }
}
