//! A clock that is behind the ledger's last line gives nothing back.
//!
//! To a clock that is behind, a window that is on has not begun, so that a
//! timetable seems to have no window for what is held. Either that clock is
//! wrong, or the one that wrote the line was: only the operator knows, and
//! says so with `--accept-clock`.
//!
//! Pausing goes on. A task that is paused needlessly is given back later, and
//! is in the receipts until then; a run that meets a maintenance is not undone.

use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use maintenance_core::receipt::Action;

use crate::agenda::Item;
use crate::decide::{Decision, Step};
use crate::progress::in_words;
use crate::report::Report;
use crate::work::Work;

/// What becomes of what would be given back.
const WITHHELD: Decision = Decision {
    step: Step::Report,
    action: Action::Held,
    why: Some("not given back: the clock is behind the ledger: see --accept-clock"),
};

impl Work<'_> {
    /// Why nothing may be given back, if that is so.
    pub(crate) fn clock_problem(&self, state: &LedgerState) -> Option<String> {
        let behind = state.clock_is_behind(clock::now()).filter(|_| !self.settings.accept_clock)?;
        Some(format!(
            "the clock of this computer is {} behind the last line of the ledger {}: nothing is \
             given back until it is set; if it is right, say so with --accept-clock",
            in_words(behind),
            self.ledger.display(),
        ))
    }

    /// Leaves out what a clock that is behind would give back, and says so: the
    /// reports on it, and whether what is to be given back is known.
    pub(crate) fn withhold(
        &self,
        items: &mut Vec<Item>,
        state: &LedgerState,
    ) -> (Vec<Report>, bool) {
        let Some(problem) = self.clock_problem(state) else { return (Vec::new(), true) };
        self.messages.warn(&problem);
        let withheld = withhold(items, state);
        let gives_back = self.settings.job.gives_back();
        (withheld, !gives_back || self.open(state).next().is_none())
    }

    /// With `--accept-clock`: records that a clock which is behind is right.
    pub(crate) fn accept_clock(&self, ledger: &mut Ledger) -> Result<(), LedgerError> {
        let now = clock::now();
        if self.settings.accept_clock && ledger.state().clock_is_behind(now).is_some() {
            return ledger.accept_clock(now);
        }
        Ok(())
    }
}

/// Takes out of the items what would be given back, as a whole or one window of
/// it, and reports it as held.
pub(crate) fn withhold(items: &mut Vec<Item>, state: &LedgerState) -> Vec<Report> {
    let mut withheld = Vec::new();
    items.retain(|item| {
        let open = state.open(&item.target).filter(|_| item.due || item.still_held);
        withheld.extend(open.map(|open| {
            let held = Item { hold: open.hold.clone(), ..item.clone() };
            Report::of(&held, WITHHELD)
        }));
        open.is_none()
    });
    withheld
}
