//! The journal: every receipt of every call that may change something.
//!
//! The journal stands beside the ledger: `ledger.journal.jsonl` for `ledger.jsonl`.
//! It shows people which tasks and plans were paused and given back, when, and why.
//! A line is the receipt as stdout has it, with three members more: `by` (the
//! account that the pause shows, where the API shows one), `host`, and `call`, an ID
//! that all receipts of one call have in common.
//!
//! # Promises
//!
//! - **Nothing is decided by the journal.** Only the ledger counts. A
//!   receipt is written when its pass is over; a call that is killed before that
//!   leaves its changes in the ledger, and none in the journal. What it paused
//!   is in the journal once the next pass reports it (`held`, `resumed`, …).
//!   What it had given back already is reported by the ledger alone: a `settled`
//!   line whose result is `resumed`.
//! - **It stops no work.** Lines that cannot be written now are kept and tried
//!   again with the next pass. Only what is not safe to write to, or is no
//!   journal, is refused before anything is done.
//! - **It is never compacted.** The operator rotates it, by renaming: it is
//!   opened by its name for every pass, and made anew where there is none.
//! - **What was cut short is kept.** The part of a line at the end of the file goes to
//!   `ledger.journal.jsonl.torn`. A whole line that lacks its line end gets a line end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::file::{LONGEST_LINE, journal_path, keep_torn};
use super::lock::{create_directory, host_name};
use crate::exit::{Exit, Explain};
use crate::jsonl::text::to_json;
use crate::private_file::{self, Access, FileError};

/// The number of tries to get the lock that another call has for a moment.
const LOCK_TRIES: u32 = 1000;

/// The beginning of a receipt, up to its ID.
const BEGIN: &[u8] = b"{\"id\":\"";

/// The text that follows the ID.
const AFTER_ID: &[u8] = b",\"type\":\"";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Somebody else could change it, or it is no regular file: it was left as
    /// it is.
    #[error("the journal of receipts cannot be used")]
    File(#[source] FileError),
    /// The file is something else: it was left as it is.
    #[error("{}: this is not a journal of receipts", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot write the journal of receipts {}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Explain for JournalError {
    fn exit(&self) -> Exit {
        match self {
            Self::File(error) => error.exit(),
            Self::NotAJournal { .. } => Exit::BadInput,
            Self::Io { .. } => Exit::Io,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::NotAJournal { .. } => "not-a-journal",
            Self::Io { .. } => "journal-io",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File(error) => return error.hint(),
            Self::NotAJournal { path } => format!(
                "it was left as it is: move it away, or name a ledger in another place; receipts \
                 go to {} beside the ledger",
                path.file_name().unwrap_or_default().display()
            ),
            Self::Io { .. } => "the ledger has all that was done, and `task-pause status` shows \
                                what is held; make room, or move the journal away"
                .to_owned(),
        })
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}

/// The journal of one call, with the lines that are not on disk yet.
#[derive(Debug)]
pub struct Journal {
    /// The path of the ledger, as it was named.
    ledger: PathBuf,
    /// The members that every line of this call ends with.
    end: String,
    unwritten: Vec<u8>,
}

impl Journal {
    /// The journal beside that ledger, for the receipts of a new call.
    #[must_use]
    pub fn new(ledger: &Path) -> Self {
        let call = format!("{:016x}", fastrand::u64(..));
        // A text is always JSON.
        let host = to_json(&host_name()).unwrap_or_default();
        let end = format!("\"host\":{host},\"call\":\"{call}\"}}\n");
        Self { ledger: ledger.to_owned(), end, unwritten: Vec::new() }
    }

    /// Refuses a file at the journal's path that must not be written to. If the file
    /// cannot be read now, the call goes on without this check.
    ///
    /// # Errors
    ///
    /// It is not safe to write to, or no journal.
    pub fn check(&self) -> Result<(), JournalError> {
        let Ok(path) = journal_path(&self.ledger) else { return Ok(()) };
        match private_file::open(&path, Access::Append) {
            Ok(Some(file)) => match JournalEnd::of(&file, &path) {
                Err(JournalError::Io { .. }) | Ok(_) => Ok(()),
                Err(error) => Err(error),
            },
            Err(error @ FileError::Unsafe { .. }) => Err(JournalError::File(error)),
            Ok(None) | Err(FileError::Io { .. }) => Ok(()),
        }
    }

    /// Adds a receipt, which is a JSON object without a line end, and the account
    /// that its pause shows. [`Journal::write`] puts it on disk.
    pub fn add(&mut self, receipt: &[u8], by: Option<&str>) {
        let Some(members) = receipt.strip_suffix(b"}") else { return };
        self.unwritten.extend_from_slice(members);
        self.unwritten.push(b',');
        if let Some(by) = by.and_then(|by| to_json(by).ok()) {
            self.unwritten.extend_from_slice(format!("\"by\":{by},").as_bytes());
        }
        self.unwritten.extend_from_slice(self.end.as_bytes());
    }

    /// Appends what was added since, and puts it on disk.
    ///
    /// # Errors
    ///
    /// The lines are kept for the next time.
    pub fn write(&mut self) -> Result<(), JournalError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let path = journal_path(&self.ledger).map_err(JournalError::File)?;
        append(&path, &self.unwritten)?;
        self.unwritten.clear();
        Ok(())
    }
}

/// Appends whole lines and syncs them: all of them, or none.
fn append(path: &Path, lines: &[u8]) -> Result<(), JournalError> {
    let io = |source| JournalError::Io { path: path.to_owned(), source };
    create_directory(path).map_err(io)?;
    let is_new = !path.exists();
    let mut file =
        private_file::open_or_create(path, Access::Append).map_err(|error| match error {
            FileError::Io { path, source } => JournalError::Io { path, source },
            error @ FileError::Unsafe { .. } => JournalError::File(error),
        })?;
    // Other calls append too, once they have released the ledger; that is quick. Only the
    // call that has the lock mends the end of the file. A lock that is held for long is
    // not waited for: appended lines do not mix.
    let is_alone = (0..LOCK_TRIES).any(|_| {
        let is_locked = file.try_lock().is_ok();
        if !is_locked {
            thread::yield_now();
        }
        is_locked
    });
    let end = JournalEnd::of(&file, path)?;
    let needs_line_end = is_alone
        && match end {
            JournalEnd::Whole => false,
            JournalEnd::Unended => true,
            // What cannot be cut off stays where it is, as a line of its own.
            JournalEnd::Torn(from) => {
                keep_torn(&file, path, from).is_err() || file.set_len(from).is_err()
            }
        };
    let before: &[u8] = if needs_line_end { b"\n" } else { b"" };
    let len = file.metadata().map_err(io)?.len();
    if let Err(source) = file.write_all(&[before, lines].concat()) {
        if is_alone {
            // If the rest of a line remains, the next call mends it.
            let _ = file.set_len(len);
        }
        return Err(io(source));
    }
    // The lock is released before the sync, so that no other call waits for the disk.
    let _ = file.unlock();
    file.sync_data().map_err(io)?;
    if is_new { private_file::sync_directory_of(path).map_err(io) } else { Ok(()) }
}

/// The end of the file.
#[derive(Debug, PartialEq, Eq)]
enum JournalEnd {
    /// With the end of a line, or it is empty.
    Whole,
    /// With a receipt that has no line end.
    Unended,
    /// With a part of a line, from there on.
    Torn(u64),
}

impl JournalEnd {
    /// Finds out how a journal ends. A file is a journal if its first line or its last
    /// whole line is a receipt; without a whole line, if its text begins like a
    /// receipt.
    fn of(file: &File, path: &Path) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let len = file.metadata().map_err(io)?.len();
        if len == 0 {
            return Ok(Self::Whole);
        }
        let (last, torn) = tail(file, len).map_err(io)?;
        let is_ours = match &last {
            Some(last) => is_receipt(last) || is_receipt(&first_line(file).map_err(io)?),
            None => is_receipt(&torn) || is_begun(&torn),
        };
        if !is_ours {
            return Err(JournalError::NotAJournal { path: path.to_owned() });
        }
        Ok(match torn {
            torn if torn.is_empty() => Self::Whole,
            torn if is_receipt(&torn) => Self::Unended,
            torn => Self::Torn(len - torn.len() as u64),
        })
    }
}

/// The last line of a file that has an end, without it, and the text behind it. Reads from
/// the end, as far back as a line can be long.
fn tail(mut file: &File, len: u64) -> io::Result<(Option<Vec<u8>>, Vec<u8>)> {
    let is_end = |byte: &u8| *byte == b'\n';
    let mut size: u64 = 16 * 1024;
    loop {
        let start = len.saturating_sub(size);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(len - start).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(is_end);
        let begin = end.and_then(|end| bytes[..end].iter().rposition(is_end));
        if begin.is_none() && start > 0 && size < 2 * LONGEST_LINE {
            size *= 4;
            continue;
        }
        let torn = bytes.split_off(end.map_or(0, |end| end + 1));
        let last = end.map(|end| bytes[begin.map_or(0, |begin| begin + 1)..end].to_vec());
        return Ok((last, torn));
    }
}

fn first_line(mut file: &File) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    file.rewind()?;
    BufReader::new(file.take(LONGEST_LINE)).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// Whether a line is one of a journal.
fn is_receipt(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "that it is there is all that matters")]
    struct ReceiptProbe {
        action: IgnoredAny,
        call: IgnoredAny,
    }
    serde_json::from_slice::<ReceiptProbe>(line).is_ok()
}

/// Whether a text without a line end is the beginning of a receipt.
fn is_begun(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(BEGIN) else { return BEGIN.starts_with(text) };
    let mut is_escaped = false;
    let end = rest.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    let Some(end) = end else { return true };
    let after = &rest[end + 1..];
    AFTER_ID.starts_with(after) || after.starts_with(AFTER_ID)
}

#[cfg(test)]
mod tests;
