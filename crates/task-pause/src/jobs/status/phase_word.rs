//! The word for the phase of a hold, in records and tables.

use maintenance_core::ledger::Phase;

/// The word for a phase.
pub(super) fn phase_word(phase: &Phase) -> &'static str {
    match phase {
        Phase::Pausing { .. } => "pausing",
        Phase::Accepted { .. } => "accepted",
        Phase::Held { .. } => "held",
        Phase::Resuming { .. } => "resuming",
    }
}
