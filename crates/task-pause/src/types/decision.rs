//! Decisions: the step for one task or plan, and the words of its receipt.

use std::time::Duration;

use maintenance_core::ledger::Settled;
use maintenance_core::receipt::Action;

/// The part of the settings that decisions depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// The time before its first window at which a hold begins.
    pub(crate) lead: Duration,
    /// Pause again what somebody resumed during the hold.
    pub(crate) reassert: bool,
    /// Look at what is held already, too.
    pub(crate) verify: bool,
}

/// The step that a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecisionStep {
    /// Only a receipt.
    Report,
    /// Record a result in the ledger.
    Settle(Settled),
    /// Begin a new hold.
    Pause,
    /// Pause once more for the hold that is open.
    PauseAgain,
    /// Give it back.
    Resume,
}

impl DecisionStep {
    /// Whether it pauses.
    pub(crate) const fn is_pause(self) -> bool {
        matches!(self, Self::Pause | Self::PauseAgain)
    }
}

/// The decision on one candidate. Where a step changes something, `action` is
/// the word of the receipt if all goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) step: DecisionStep,
    pub(crate) action: Action,
    /// The reason, where the action does not say it.
    pub(crate) why: Option<&'static str>,
}

/// The reason where nothing proves whose pause it is.
pub(crate) const UNCLEAR: &str =
    "it is paused, and nothing that the API shows proves whose pause it is";

/// The reason where a pause was not sent because its window ended meanwhile.
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

    /// Whether it finds that the hold has ended, whoever ended it.
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
