//! Opens the ledger of a call, and warns if something was wrong with it.

use std::error::Error as _;

use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use tokio::time::Instant;

use crate::ledger_path::used_journal;
use crate::session::Session;
use crate::timing::LOCK_RETRY_DELAY;

/// Reads the ledger without locking it.
pub(super) fn read(session: &Session<'_>) -> Result<LedgerState, LedgerError> {
    let state = Ledger::read(session.ledger)?;
    match state.api().filter(|known| *known != session.api) {
        None => Ok(state),
        Some(known) => Err(LedgerError::OtherApi {
            path: session.ledger.to_owned(),
            known: known.to_owned(),
            wanted: session.api.clone(),
        }),
    }
}

/// Opens the ledger for writing. While another call has the lock, waits up to
/// `--lock-timeout`, or until a signal.
pub(super) async fn open(session: &Session<'_>) -> Result<Ledger, LedgerError> {
    let began = Instant::now();
    let is_new = !session.ledger.exists();
    let timeout = session.settings.lock_timeout();
    let ledger = loop {
        match Ledger::open(session.ledger, &session.api, clock::now()) {
            Err(LedgerError::Busy { .. })
                if began.elapsed() < timeout && !session.stop.is_asked() =>
            {
                let left = timeout.saturating_sub(began.elapsed());
                session.stop.sleep(LOCK_RETRY_DELAY.min(left)).await;
            }
            opened => break opened?,
        }
    };
    warn_of_damage(&ledger, session);
    if is_new {
        warn_of_new_ledger(session);
    }
    Ok(ledger)
}

/// Warns of a torn last line and of a failed compaction.
fn warn_of_damage(ledger: &Ledger, session: &Session<'_>) {
    let path = session.ledger.display();
    let messages = session.messages;
    if ledger.was_mended() {
        messages.warn(&format!("{path}: a torn last line was cut off; it is kept in {path}.torn"));
    }
    if let Some(error) = ledger.compaction_error() {
        let reason = error.source().map_or(String::new(), |source| format!(": {source}"));
        messages.warn(&format!("the ledger is used as it is, and not compacted: {error}{reason}"));
    }
}

/// Says that a new ledger was begun: the path may have a typo, or the ledger may have
/// been removed.
fn warn_of_new_ledger(session: &Session<'_>) {
    let path = session.ledger.display();
    if let Some(journal) = used_journal(session.ledger) {
        let journal = journal.display();
        session.messages.warn(&format!(
            "a new ledger is begun at {path}, but {journal} has receipts of one that was there before: \
             if it was lost, `task-pause recover` finds what it held"
        ));
    } else {
        session.messages.note(&format!("a new ledger is begun at {path}"));
    }
}
