//! The journal of a call: written after each pass, and no reason to stop.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use maintenance_core::cli::Ending;
use maintenance_core::exit::Exit;
use maintenance_core::ledger::{Journal, JournalError, Ledger};

use crate::work::Work;

/// The receipts of one call, until they are in the journal.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) receipts: RefCell<Journal>,
    /// Whether it was told that they cannot be written.
    is_told: Cell<bool>,
}

impl Kept {
    /// For a call with that ledger.
    pub(crate) fn new(ledger: &Path) -> Self {
        Self { receipts: RefCell::new(Journal::new(ledger)), is_told: Cell::new(false) }
    }

    /// Refuses a journal that must not be written to.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        self.receipts.borrow().check()
    }
}

impl Work<'_> {
    /// Says that a ledger was begun. A path with a typo would be a ledger in
    /// which nothing is held, and so would one that was removed.
    pub(crate) fn tell_new_ledger(&self) {
        let path = self.ledger.display();
        let is_used = |journal: &PathBuf| fs::metadata(journal).is_ok_and(|found| found.len() > 0);
        if let Some(journal) = Ledger::journal_path(self.ledger).ok().filter(is_used) {
            let journal = journal.display();
            self.messages.warn(&format!(
                "a new ledger is begun at {path}, but {journal} tells of one that was there before: \
                 if it was lost, `task-pause recover` finds what it held"
            ));
        } else {
            self.messages.note(&format!("a new ledger is begun at {path}"));
        }
    }

    /// Puts the receipts of a pass on disk. Where that fails, it is told once, and
    /// tried again after the next pass.
    pub(crate) fn write_journal(&self) {
        let Err(error) = self.journal.receipts.borrow_mut().write() else { return };
        if !self.journal.is_told.replace(true) {
            self.messages.warn(&format!("{:#}: trying again later", anyhow::Error::from(error)));
        }
    }

    /// The ending of a call, once its receipts are on disk. A failure of the work
    /// outranks a failure to tell.
    pub(crate) fn with_journal(&self, ended: anyhow::Result<Ending>) -> anyhow::Result<Ending> {
        let Err(error) = self.journal.receipts.borrow_mut().write() else { return ended };
        let error = anyhow::Error::from(error);
        match ended {
            Ok(ending) if matches!(ending.exit(), Exit::Done | Exit::Partial) => {
                if let Some(sentence) = ending.sentence() {
                    self.messages.warn(sentence);
                }
                Err(error)
            }
            ended => {
                self.messages.warn(&format!("{error:#}"));
                ended
            }
        }
    }
}
