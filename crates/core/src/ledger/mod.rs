//! The ledger: a file that says which tasks and plans `task-pause` has paused, or
//! may have paused, and has to give back.
//!
//! A call can be killed at any instant, between a request to the API and its
//! answer, too. The next call reads in the ledger which changes may have been made,
//! and asks the API what became of them. Without a line in the ledger nothing is
//! sent, and nothing is resumed that the ledger does not have.
//!
//! # A change, step by step
//!
//! 1. The caller hands over a batch of [`Intent`]s.
//! 2. [`Ledger::intend`] checks them against the [state](LedgerState), appends a
//!    line for each, syncs the file once, and returns a [`Permit`] for each. The
//!    ledger is the only place that creates a `Permit`.
//! 3. The client sends the change of a permit. It sends nothing without one.
//! 4. [`Ledger::settle`] takes the permit back and appends the [`Finding`]: the
//!    result, the answer of the API, and the pause state that the API showed.
//!
//! [`Ledger::record`] appends a finding about a hold without a change, after a look.
//! Every [`ActiveHold`] is in one of four [`Phase`]s; [`LedgerState::apply`] has the
//! table of the transitions.
//!
//! # Promises
//!
//! - **Intent before effect.** An intent is on disk before its change is sent, and so
//!   is the name of the file that has it.
//! - **Result after effect.** A result that was lost (a kill, a full disk) leaves
//!   the intent unsettled. The next call looks at the API and settles it.
//! - **One writer.** The kernel keeps the lock, so that the lock ends with its
//!   process, however that ends. Readers need no lock.
//! - **No contradiction is written.** An entry that contradicts the lines before it
//!   is refused with [`LedgerError::Contradiction`], and the ledger is as it was.
//! - **A torn last line is mended.** Only a crash while appending leaves one, and
//!   nothing was sent yet for such a line. The text that is cut off is kept in
//!   `ledger.jsonl.torn`. For any other damage the error names the line, and nothing
//!   is done: a wrong guess could resume what a person had paused.
//! - **A file that is not a ledger is left as it is**, byte and mode. A file or a
//!   directory that others could change is not used: see [`private_file`].
//! - **The file does not grow for ever.** When a call opens the ledger, and most
//!   lines are about holds that are over, the other lines are written to a new file,
//!   which is synced and renamed, and the directory is synced. A crash leaves the old
//!   file or the new one.
//!
//! # Format, version 3
//!
//! JSON Lines in a private file (mode 0600, its directory 0700). Every line has
//! `v` (version), `seq` (an ascending number), `at` (UTC), one `event`, and `crc` (a
//! checksum of the line); see [`LedgerEvent`]. The first event is `ledger`: the ID of
//! the ledger, and the API to which all holds belong, so that the ledger is never
//! used for another API. Every target has its environment. No line has a secret.
//!
//! Released versions are frozen. A change of meaning needs a new number, and every
//! older version is read for ever. Version 2 added the result `unknown` and the event
//! `notStarted`; version 3 the events `released`, `clockAccepted`, `missing` and
//! `present`, and the checksum. An intent to pause may have the `context` that is
//! sent; older readers pass that member over.
//!
//! # Beside the ledger
//!
//! The [`Journal`] has the receipts of all calls, for people. Nothing is decided by
//! it. The lock file is `ledger.jsonl.lock`.

mod active_hold;
mod compact;
mod entry;
mod error;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod given_up;
mod intent;
mod journal;
mod line;
mod lock;
mod probe;
mod state;
mod tenant_facts;

pub use active_hold::{ActiveHold, Doubt, LastRequest, Phase};
pub use entry::{Entry, Finding, LedgerEvent, Settled, VERSION};
pub use error::LedgerError;
pub use file::journal_path;
pub use given_up::GivenUp;
pub use intent::{Adoption, Intent, NewHold};
pub use journal::{Journal, JournalError};
pub use probe::probe;
pub use state::{LedgerState, PendingCatchUp, Remembered};
pub use tenant_facts::TenantFacts;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use crate::change::{Change, Permit, Target};
use crate::hold::{Hold, HoldWindow, Mark};
use crate::private_file;
use crate::time::UtcTime;

use file::LedgerFile;
use lock::Lock;

/// An open ledger, locked for this process until it is dropped.
#[derive(Debug)]
pub struct Ledger {
    file: LedgerFile,
    state: LedgerState,
    mended: bool,
    uncompacted: Option<LedgerError>,
    /// A line could not be written or synced: nothing new is begun.
    failed: bool,
    /// Lines that could not be written. Later ones come after them.
    unwritten: Vec<Entry>,
    _lock: Lock,
}

impl Ledger {
    /// Opens the ledger at `path` for writing, and creates it where there is none.
    ///
    /// `api` is the base URL to which the holds belong.
    ///
    /// # Errors
    ///
    /// Among others: the ledger belongs to another API
    /// ([`LedgerError::OtherApi`]), or another process has locked it
    /// ([`LedgerError::Busy`]).
    pub fn open(path: &Path, api: &str, now: UtcTime) -> Result<Self, LedgerError> {
        let path = &private_file::behind_links(path)?;
        let lock = Lock::acquire(path, now)?;
        // Only the holder of the lock replaces the ledger.
        private_file::remove_unfinished(path);
        let (mut file, mut state, mended) = match LedgerFile::open(path)? {
            Some(opened) => opened,
            None => Self::create(path, api, now)?,
        };
        if let Some(known) = state.api().filter(|known| *known != api) {
            return Err(LedgerError::OtherApi {
                path: path.to_owned(),
                known: known.to_owned(),
                wanted: api.to_owned(),
            });
        }
        // By a clock that is wrong, a hold may seem to be over.
        let is_right = state.clock_is_behind(now).is_none();
        let mut uncompacted = None;
        if is_right && compact::is_due(&file, &state, now) {
            match compact::compact(path, &state, now) {
                Ok(()) => {}
                // A full disk may have room for some lines, but not for the copy.
                Err(error @ LedgerError::Io { .. }) => uncompacted = Some(error),
                Err(error) => return Err(error),
            }
            (file, state, _) = LedgerFile::open(path)?
                .ok_or_else(|| LedgerError::NotALedger { path: path.to_owned() })?;
        }
        let unwritten = Vec::new();
        Ok(Self { file, state, mended, uncompacted, failed: false, unwritten, _lock: lock })
    }

    fn create(
        path: &Path,
        api: &str,
        now: UtcTime,
    ) -> Result<(LedgerFile, LedgerState, bool), LedgerError> {
        let event = LedgerEvent::Ledger { id: new_id(now), api: api.to_owned(), next: None };
        LedgerFile::create(path, &LedgerState::default().next_entry(now, event))?;
        LedgerFile::open(path)?.ok_or_else(|| LedgerError::NotALedger { path: path.to_owned() })
    }

    /// Reads the state of the ledger at `path`, without a lock, a change, or a
    /// repair. Where there is no ledger, the state is empty.
    pub fn read(path: &Path) -> Result<LedgerState, LedgerError> {
        file::read(&private_file::behind_links(path)?)
    }

    /// The state after the last line.
    #[must_use]
    pub fn state(&self) -> &LedgerState {
        &self.state
    }

    /// Whether a torn last line was cut off when it was opened.
    #[must_use]
    pub fn was_mended(&self) -> bool {
        self.mended
    }

    /// The reason why the ledger was not compacted when it was opened, though that
    /// was due. The longer file is as good.
    #[must_use]
    pub fn compaction_error(&self) -> Option<&LedgerError> {
        self.uncompacted.as_ref()
    }

    /// Puts the intents of a batch on disk with one sync, and returns a permit
    /// for each, in their order.
    ///
    /// # Errors
    ///
    /// No permit is granted. An intent that contradicts the ledger, or another
    /// intent of the batch, is refused before anything is written. If the disk
    /// fails, lines may stand in the file whose changes were never sent: the next
    /// call looks at the API and settles them.
    pub fn intend(
        &mut self,
        intents: Vec<Intent>,
        now: UtcTime,
    ) -> Result<Vec<Permit>, LedgerError> {
        self.refuse_after_failure()?;
        let mut permits = Vec::with_capacity(intents.len());
        let mut entries = Vec::with_capacity(intents.len());
        let mut holds = HashMap::new();
        for (intent, seq) in intents.into_iter().zip(self.state.next_seq()..) {
            let begun = match &intent {
                Intent::Pause(new) => Some(new.hold.clone()),
                Intent::PauseAgain { .. } | Intent::Resume { .. } => None,
            };
            let (entry, change) = self.prepare(seq, intent, now)?;
            // Of the intents only a new hold can contradict the state: the others are made
            // for active holds.
            if let (Some(begun), LedgerEvent::Pausing { hold, target, .. }) = (begun, &entry.event)
            {
                let checked = self.state.check_new(hold, target);
                checked.map_err(|why| self.contradiction(entry.event.name(), why))?;
                if holds.insert(target.clone(), begun).is_some() {
                    let why = format!("{target} is to be paused twice");
                    return Err(self.contradiction(entry.event.name(), why));
                }
            }
            permits.push(Permit::grant(change, entry.seq));
            entries.push(entry);
        }
        self.file.append(&entries)?;
        for entry in &entries {
            let applied = self.state.apply(entry);
            applied.map_err(|why| self.contradiction(entry.event.name(), why))?;
        }
        for (target, hold) in &holds {
            self.state.share_hold(target, hold);
        }
        self.sync()?;
        Ok(permits)
    }

    fn prepare(
        &self,
        seq: u64,
        intent: Intent,
        now: UtcTime,
    ) -> Result<(Entry, Change), LedgerError> {
        let (event, change) = match intent {
            Intent::Pause(new) => {
                let NewHold { target, labels, hold, prior, reason } = *new;
                let id = format!("{}-{seq}", self.state.id());
                let until = hold.end();
                let mark = Mark { hold: id.clone(), until };
                let context = mark.context(&reason);
                let event = LedgerEvent::Pausing {
                    hold: id,
                    target: target.clone(),
                    labels,
                    windows: hold.windows().to_vec(),
                    runs: hold.planned().to_vec(),
                    prior,
                    context: Some(context.as_str().into()),
                };
                (event, Change { target, pause: true, context, until })
            }
            Intent::PauseAgain { target, reason, looked } => {
                let active = self.known(&target)?;
                let until = active.hold.end();
                let mark = Mark { hold: active.id.to_string(), until };
                let context = mark.context(&reason);
                let sent = Some(context.as_str().into());
                let event =
                    LedgerEvent::Again { hold: active.id.to_string(), looked, context: sent };
                (event, Change { target, pause: true, context, until })
            }
            Intent::Resume { target, catch_up } => {
                let hold = self.hold_id(&target)?;
                let context = format!("given back by task-pause, hold {hold}");
                let change = Change { target, pause: false, context, until: None };
                (LedgerEvent::Resuming { hold, catch_up }, change)
            }
        };
        Ok((Entry { v: VERSION, seq, at: now, event }, change))
    }

    /// Records the outcome of a permitted change. The line is not synced: a result
    /// that is lost with the machine is found out again from the API.
    pub fn settle(
        &mut self,
        permit: Permit,
        finding: impl Into<Finding>,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        let target = permit.into_change().target;
        self.record(&target, finding, now)
    }

    /// Records what was found out about an active hold without a change of ours.
    pub fn record(
        &mut self,
        target: &Target,
        finding: impl Into<Finding>,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        let hold = self.hold_id(target)?;
        let Finding { result, answer, seen } = finding.into();
        self.note(LedgerEvent::Settled { hold, result, answer, seen }, now)
    }

    /// Records that a hold has other windows now, or that other runs are in them.
    pub fn move_hold(
        &mut self,
        target: &Target,
        hold: &Hold,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        let event = LedgerEvent::Moved {
            hold: self.hold_id(target)?,
            windows: hold.windows().to_vec(),
            runs: hold.planned().to_vec(),
        };
        self.note(event, now)
    }

    /// Records all windows of a hold that a command gave back. They are not
    /// taken up again as long as the hold is active, nor for a week after it.
    pub fn release(
        &mut self,
        target: &Target,
        windows: &[HoldWindow],
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        self.refuse_after_failure()?;
        let event =
            LedgerEvent::Released { hold: self.hold_id(target)?, windows: windows.to_vec() };
        self.note(event, now)
    }

    /// Records that the API did not find the task or plan of an active hold, neither
    /// by its ID nor in a list; or that it found the task or plan again.
    pub fn note_missing(
        &mut self,
        target: &Target,
        is_missing: bool,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        let hold = self.hold_id(target)?;
        let event =
            if is_missing { LedgerEvent::Missing { hold } } else { LedgerEvent::Present { hold } };
        self.note(event, now)
    }

    /// Records that the clock is right, although it is behind the lines before.
    pub fn accept_clock(&mut self, now: UtcTime) -> Result<(), LedgerError> {
        self.refuse_after_failure()?;
        self.note(LedgerEvent::ClockAccepted {}, now)?;
        self.sync()
    }

    /// Takes a pause with our mark over from another ledger.
    pub fn adopt(&mut self, adoption: Adoption, now: UtcTime) -> Result<(), LedgerError> {
        self.refuse_after_failure()?;
        let Adoption { mark, target, labels, hold, seen } = adoption;
        let windows = hold.windows().to_vec();
        self.note(LedgerEvent::Adopted { hold: mark.hold, target, labels, windows, seen }, now)
    }

    /// Puts on disk that one run is about to be started in the place of those
    /// that a hold suppressed. Until [`Ledger::caught_up`], nobody knows whether
    /// the run was started.
    pub fn starting(&mut self, hold: &str, now: UtcTime) -> Result<(), LedgerError> {
        self.refuse_after_failure()?;
        self.note(LedgerEvent::Starting { hold: hold.to_owned() }, now)?;
        self.sync()
    }

    /// Records that the run which was about to be started was certainly not
    /// started, so that a later call may start it.
    pub fn not_started(&mut self, hold: &str, now: UtcTime) -> Result<(), LedgerError> {
        self.note(LedgerEvent::NotStarted { hold: hold.to_owned() }, now)
    }

    /// Records that the catch-up of a hold is over, and the execution that it
    /// started, if any.
    pub fn caught_up(
        &mut self,
        hold: &str,
        execution: Option<String>,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        self.note(LedgerEvent::CaughtUp { hold: hold.to_owned(), execution }, now)
    }

    /// Puts on disk what was recorded so far.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Io`]. From then on [`Ledger::intend`] grants no permit in this
    /// process; the next call finds the results out again from the API.
    pub fn sync(&mut self) -> Result<(), LedgerError> {
        let synced = self.write().and_then(|()| self.file.sync());
        self.failed |= synced.is_err();
        synced
    }

    /// Refuses to begin anything new after a line could not be written: a new
    /// intent could contradict the file.
    fn refuse_after_failure(&self) -> Result<(), LedgerError> {
        if self.failed {
            return Err(LedgerError::Failed { path: self.file.path.clone() });
        }
        Ok(())
    }

    fn known(&self, target: &Target) -> Result<&ActiveHold, LedgerError> {
        self.state.active(target).ok_or_else(|| LedgerError::NoHold { target: target.clone() })
    }

    fn hold_id(&self, target: &Target) -> Result<String, LedgerError> {
        Ok(self.known(target)?.id.to_string())
    }

    fn contradiction(&self, event: &'static str, why: String) -> LedgerError {
        LedgerError::Contradiction { path: self.file.path.clone(), event, why }
    }

    fn note(&mut self, event: LedgerEvent, now: UtcTime) -> Result<(), LedgerError> {
        let entry = self.state.next_entry(now, event);
        // Applied before it is written: an entry that contradicts the lines before
        // it must not stand behind them. Where the disk is full, the entry counts
        // in this process all the same: on disk its intent stays unsettled, which is
        // safe.
        self.state.apply(&entry).map_err(|why| self.contradiction(entry.event.name(), why))?;
        self.unwritten.push(entry);
        self.write()
    }

    /// Appends the entries that are not written yet: all of them, or none, since a
    /// line without those before it could contradict the file.
    fn write(&mut self) -> Result<(), LedgerError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let written = self.file.append(&self.unwritten);
        self.failed |= written.is_err();
        if written.is_ok() {
            self.unwritten.clear();
        }
        written
    }
}

/// Eight hexadecimal digits that no other ledger is likely to have: the
/// standard library seeds each of its hash states at random.
fn new_id(now: UtcTime) -> String {
    let hash = RandomState::new().hash_one((now, std::process::id()));
    format!("{:08x}", hash & 0xffff_ffff)
}

/// The path of the ledger if nobody names another one: below `$XDG_STATE_HOME`, or
/// `~/.local/state` (XDG Base Directory Specification). `None` without either.
#[must_use]
pub fn default_path(xdg_state_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    // The specification wants relative paths ignored.
    let state = xdg_state_home.filter(|dir| dir.is_absolute());
    let state = state.or_else(|| home.map(|home| home.join(".local/state")))?;
    Some(state.join("task-pause/ledger.jsonl"))
}

#[cfg(test)]
mod tests;
