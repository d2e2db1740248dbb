//! The values that a caller hands to the ledger.

use std::sync::Arc;

use crate::change::{PauseState, Target};
use crate::hold::{Hold, Mark};
use crate::run::Labels;
use crate::time::UtcTime;

/// A hold that is about to begin.
#[derive(Clone, Debug)]
pub struct NewHold {
    /// The task or plan to pause.
    pub target: Target,
    /// The names of the task or plan.
    pub labels: Arc<Labels>,
    /// The windows of the hold, and the runs that it suppresses.
    pub hold: Hold,
    /// The pause state that the API showed just before.
    pub prior: PauseState,
    /// The text for people in the pause's context.
    pub reason: String,
}

/// A change that is wanted, as the ledger takes it.
#[derive(Clone, Debug)]
pub enum Intent {
    /// A new hold of a task or plan that is not paused.
    Pause(Box<NewHold>),
    /// A pause once more for a hold that is active already.
    PauseAgain {
        /// The task or plan to pause.
        target: Target,
        /// The text for people in the pause's context.
        reason: String,
        /// When the API showed just before that the target is not paused, by the
        /// API's own clock.
        looked: Option<UtcTime>,
    },
    /// The end of our pause.
    Resume {
        /// The task or plan to resume.
        target: Target,
        /// Whether to start the task once afterwards, if the hold suppressed a
        /// run.
        catch_up: bool,
    },
}

/// A pause with our mark that the ledger is to take over from another ledger.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// The mark in the context of the pause.
    pub mark: Mark,
    /// The task or plan that is paused.
    pub target: Target,
    /// The names of the task or plan.
    pub labels: Arc<Labels>,
    /// A window from the pause's date to the mark's end.
    pub hold: Hold,
    /// The pause, as the API shows it.
    pub seen: PauseState,
}
