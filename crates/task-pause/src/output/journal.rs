//! The journal of a call, written after each pass. A failure does not stop the work.

use std::path::Path;

use maintenance_core::cli::{Ending, Messages};
use maintenance_core::exit::Exit;
use maintenance_core::ledger::{Journal, JournalError};

/// The receipts of one call, until they are in the journal.
#[derive(Debug)]
pub(crate) struct CallJournal {
    receipts: Journal,
    /// Whether a warning said that they cannot be written.
    is_warned: bool,
}

impl CallJournal {
    /// For a call with that ledger. The error is a journal that must not be
    /// written to.
    pub(crate) fn new(ledger: &Path) -> Result<Self, JournalError> {
        let receipts = Journal::new(ledger);
        receipts.check()?;
        Ok(Self { receipts, is_warned: false })
    }

    /// Keeps a receipt, with the account that its pause shows.
    pub(crate) fn add(&mut self, line: &[u8], by: Option<&str>) {
        self.receipts.add(line, by);
    }

    /// Puts the receipts of a pass on disk. The first failure is a warning; the receipts
    /// are tried again after the next pass.
    pub(crate) fn write(&mut self, messages: &Messages) {
        let Err(error) = self.receipts.write() else { return };
        if !std::mem::replace(&mut self.is_warned, true) {
            messages.warn(&format!("{:#}: trying again later", anyhow::Error::from(error)));
        }
    }

    /// The ending of a call, after its receipts are on disk. An error of the call outranks
    /// an error of the journal.
    pub(crate) fn close(
        &mut self,
        ended: anyhow::Result<Ending>,
        messages: &Messages,
    ) -> anyhow::Result<Ending> {
        let Err(error) = self.receipts.write() else { return ended };
        let error = anyhow::Error::from(error);
        match ended {
            Ok(ending) if matches!(ending.exit(), Exit::Done | Exit::Partial) => {
                if let Some(sentence) = ending.sentence() {
                    messages.warn(sentence);
                }
                Err(error)
            }
            ended => {
                messages.warn(&format!("{error:#}"));
                ended
            }
        }
    }
}
