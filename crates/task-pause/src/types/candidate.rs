//! Candidates: the tasks and plans that a pass decides on.

use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{LedgerState, OpenHold, Settled};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use super::WantedTarget;

/// One task or plan to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) target: Target,
    pub(crate) labels: Arc<Labels>,
    /// Its hold from now on.
    pub(crate) hold: Hold,
    /// The wish that the input, the ledger and the timetable come to.
    pub(crate) wish: Wish,
}

/// The state in which a task or plan should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Held while its hold is open.
    Hold,
    /// Given back now: its entry is in the ledger, and its hold is over.
    GiveBack,
    /// Held by another window, though the window that a command named is given
    /// back.
    KeptByOther,
    /// Not held: the timetable no longer has its window.
    Cancelled,
    /// Not held: its hold was given up before its end, for this reason.
    GivenUp(Settled),
}

/// The moment of a pass, and the flags that shift or widen it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: UtcTime,
    pub(crate) lead: Duration,
    pub(crate) reassert: bool,
}

impl Moment {
    /// The place of this moment in a hold, which begins `lead` early.
    pub(crate) fn tense(self, hold: &Hold) -> Tense {
        hold.tense(self.now, self.lead)
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

    /// The candidate of an open entry, with this hold from now on.
    pub(crate) fn of_entry(open: &OpenHold, hold: Hold, wish: Wish) -> Self {
        // A hold that did not change is kept in memory once.
        let hold = if hold == open.hold { open.hold.clone() } else { hold };
        Self { target: open.target.clone(), labels: Arc::clone(&open.labels), hold, wish }
    }

    /// The candidate of an open entry whose hold stays as it is.
    pub(crate) fn unchanged(open: &OpenHold) -> Self {
        Self::of_entry(open, open.hold.clone(), Wish::Hold)
    }

    /// Whether it is to be given back.
    pub(crate) fn is_due(&self) -> bool {
        self.wish == Wish::GiveBack
    }
}
