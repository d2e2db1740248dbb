//! Checks the clock of this computer before anything is given back.

use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};

use crate::output::short_length;
use crate::session::Session;

/// The reason why nothing may be given back, or `None`.
pub(super) fn problem(session: &Session<'_>, state: &LedgerState) -> Option<String> {
    let behind = state.clock_is_behind(clock::now());
    let behind = behind.filter(|_| !session.settings.change.accept_clock)?;
    Some(format!(
        "the clock of this computer is {} behind the last line of the ledger {}: nothing is \
         given back until it is set; if it is right, say so with --accept-clock",
        short_length(behind),
        session.ledger.display(),
    ))
}

/// With `--accept-clock`: records that the clock is right, though it is behind.
pub(super) fn accept(session: &Session<'_>, ledger: &mut Ledger) -> Result<(), LedgerError> {
    let now = clock::now();
    if session.settings.change.accept_clock && ledger.state().clock_is_behind(now).is_some() {
        return ledger.accept_clock(now);
    }
    Ok(())
}
