//! The holds that a person ended, and may not be taken up again.

use std::collections::BTreeMap;
use std::path::Path;

use maintenance_core::hold::Hold;
use maintenance_core::ledger::{ActiveHold, Ledger};

/// The holds that a person ended by resuming their task or plan, by its ID.
#[derive(Default)]
pub(crate) struct HumanEnds {
    holds: BTreeMap<String, Vec<Hold>>,
    /// Whether a call that may take all of them up again goes on beside the story.
    is_void: bool,
}

impl HumanEnds {
    /// Notes that a person resumed a task or plan: the hold that the ledger has of it
    /// is ended, if the tool has seen its pause.
    pub(super) fn note(&mut self, ledger: &Path, id: &str) {
        let Some(active) = active_hold(ledger, id) else { return };
        if active.is_settled() || active.shown_in_doubt().is_some() {
            self.holds.entry(id.to_owned()).or_default().push(active.hold);
        }
    }

    /// Forgets them all if a call with these arguments pauses again what a person resumed.
    pub(super) fn may_be_forgotten(&mut self, args: &[&str]) {
        if args.contains(&"--reassert") {
            self.holds.clear();
        }
    }

    /// The same for a call that a person acts beside.
    pub(super) fn may_be_forgotten_later(&mut self, args: &[&str]) {
        self.is_void |= args.contains(&"--reassert");
    }

    /// Whether the ledger holds a task or plan for a window that a person ended.
    pub(super) fn is_held_again(&self, ledger: &Path, id: &str) -> bool {
        let Some(active) = active_hold(ledger, id) else { return false };
        let ended = self.holds.get(id).filter(|_| !self.is_void);
        let has = |hold: &Hold| active.hold.windows().iter().any(|window| hold.has(window));
        ended.is_some_and(|holds| holds.iter().any(has))
    }
}

/// The active hold of a task or plan.
fn active_hold(ledger: &Path, id: &str) -> Option<ActiveHold> {
    if !ledger.exists() {
        return None;
    }
    let state = Ledger::read(ledger).unwrap();
    state.all_active().find(|active| *active.target.id == *id).cloned()
}
