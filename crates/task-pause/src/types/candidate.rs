//! Candidates: the tasks and plans that a pass decides on.

use std::sync::Arc;

use maintenance_core::change::Target;
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{ActiveHold, LedgerState, Settled};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use super::{Policy, WantedTarget};

/// One task or plan to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) target: Target,
    pub(crate) labels: Arc<Labels>,
    /// The hold from now on.
    pub(crate) hold: Hold,
    /// The result of input, ledger and timetable.
    pub(crate) wish: Wish,
}

/// The state in which a task or plan should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Held from the begin of its hold to the end.
    Hold,
    /// Given back now: its active hold is over, or a command ends it.
    GiveBack,
    /// Held by another window after a command gave the named window back.
    KeptByOther,
    /// Not held: the timetable no longer has its window.
    Cancelled,
    /// Not held: its hold was given up before its end, for this reason.
    GivenUp(Settled),
}

/// The time of a pass, and the settings that decide which windows are open then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: UtcTime,
    pub(crate) policy: Policy,
}

impl Moment {
    /// Whether a hold is pending, open or over. Its task is paused `lead` before it begins.
    pub(crate) fn tense(self, hold: &Hold) -> Tense {
        hold.tense(self.now, self.policy.lead)
    }

    /// Whether a window is pending, open or over. Its tasks are paused `lead` before it opens.
    pub(crate) fn tense_of(self, window: &HoldWindow) -> Tense {
        window.tense(self.now, self.policy.lead)
    }
}

/// The ledger at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerAt<'a> {
    pub(crate) state: &'a LedgerState,
    pub(crate) moment: Moment,
}

impl Candidate {
    /// The candidate of a task or plan that the ledger does not hold.
    pub(crate) fn new(wanted: &WantedTarget, hold: Hold, wish: Wish) -> Self {
        let (target, labels) = (wanted.target.clone(), Arc::clone(&wanted.labels));
        Self { target, labels, hold, wish }
    }

    /// The candidate of an active hold, with this hold from now on.
    pub(crate) fn of_active_hold(active: &ActiveHold, hold: Hold, wish: Wish) -> Self {
        // Share the memory of a hold that did not change.
        let hold = if hold == active.hold { active.hold.clone() } else { hold };
        Self { target: active.target.clone(), labels: Arc::clone(&active.labels), hold, wish }
    }

    /// Whether the task or plan is to be given back.
    pub(crate) fn is_to_give_back(&self) -> bool {
        self.wish == Wish::GiveBack
    }
}
