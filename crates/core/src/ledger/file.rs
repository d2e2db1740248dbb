//! The file: appending, syncing, and reading it back.

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::line::{self, Bad};
use super::lock::beside;
use super::{Entry, LedgerError, LedgerEvent, LedgerState};
use crate::private_file::{self, Access, FileError};
use crate::run::NamePool;

/// The longest line that is read, in bytes: a hold of some hundred thousand
/// runs. What is longer is no line of a ledger.
pub(super) const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// The ledger's file, open for appending.
#[derive(Debug)]
pub(super) struct LedgerFile {
    file: File,
    pub(super) path: PathBuf,
    /// Length up to the last whole line.
    len: u64,
    /// Set when a part of a line may stand at the end and could not be cut off.
    torn: bool,
    /// Lines up to here.
    pub(super) lines: u64,
    /// Whether the file's name is known to last. The call that gave the file its name
    /// may have ended before that was on disk.
    is_name_synced: bool,
}

impl LedgerFile {
    /// Opens the file and replays its lines; `None` where there is no file, or an
    /// empty one. The flag says whether a torn last line was cut off.
    ///
    /// Nothing is changed before the file is known to be a ledger of ours.
    pub(super) fn open(path: &Path) -> Result<Option<(Self, LedgerState, bool)>, LedgerError> {
        let Some(file) = private_file::open(path, Access::Append)? else { return Ok(None) };
        let io = |doing| move |source| LedgerError::Io { doing, path: path.to_owned(), source };
        let metadata = file.metadata().map_err(io("read"))?;
        if metadata.len() == 0 {
            return refuse_lost(path).map(|()| None);
        }
        let replayed = replay(&file, path).map_err(|error| lost(path, &file, error))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600)).map_err(io("protect"))?;
        }
        let mended = replayed.len < metadata.len();
        if mended {
            keep_torn(&file, path, replayed.len)?;
            file.set_len(replayed.len).map_err(io("mend"))?;
            file.sync_data().map_err(io("sync"))?;
        }
        let Replayed { state, len, lines } = replayed;
        let path = path.to_owned();
        let opened = Self { file, path, len, torn: false, lines, is_name_synced: false };
        Ok(Some((opened, state, mended)))
    }

    /// Makes the file with its first line, so that no crash leaves a part of it.
    pub(super) fn create(path: &Path, first: &Entry) -> Result<(), LedgerError> {
        private_file::check_replaceable(path)?;
        private_file::replace(path, 0o600, |out| line::write(first, out))
            .map_err(|source| LedgerError::Create { path: path.to_owned(), source })
    }

    /// Appends entries with one write: all of them, or none.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut bytes = Vec::with_capacity(entries.len() * 512);
        for entry in entries {
            let before = bytes.len();
            line::append(entry, &mut bytes).map_err(|e| self.error("write", e.into()))?;
            // The next call could not read so long a line.
            if (bytes.len() - before) as u64 > LONGEST_LINE {
                let what = "an entry is longer than a line may be: it has too many windows or runs";
                return Err(self.error("write", std::io::Error::other(what)));
            }
        }
        if self.torn {
            self.cut_back()?;
        }
        if let Err(source) = self.file.write_all(&bytes) {
            self.torn = true;
            // What could not be cut off now is tried again before the next
            // line, or mended by the next start.
            let _ = self.cut_back();
            return Err(self.error("write", source));
        }
        self.len += bytes.len() as u64;
        self.lines += entries.len() as u64;
        Ok(())
    }

    /// Puts on disk what was appended, and the first time also the file's name.
    pub(super) fn sync(&mut self) -> Result<(), LedgerError> {
        self.file.sync_data().map_err(|source| self.error("sync", source))?;
        if !self.is_name_synced {
            let synced = private_file::sync_directory_of(&self.path);
            synced.map_err(|source| self.error("sync the directory of", source))?;
            self.is_name_synced = true;
        }
        Ok(())
    }

    fn cut_back(&mut self) -> Result<(), LedgerError> {
        self.file.set_len(self.len).map_err(|source| self.error("mend", source))?;
        self.torn = false;
        Ok(())
    }

    fn error(&self, doing: &'static str, source: io::Error) -> LedgerError {
        LedgerError::Io { doing, path: self.path.clone(), source }
    }
}

/// Reads the state without touching the file; the empty state where there is no
/// file.
pub(super) fn read(path: &Path) -> Result<LedgerState, LedgerError> {
    match private_file::open(path, Access::Read) {
        Ok(Some(file)) if file.metadata().is_ok_and(|found| found.len() == 0) => {
            refuse_lost(path).map(|()| LedgerState::default())
        }
        Ok(Some(file)) => {
            let replayed = replay(&file, path).map_err(|error| lost(path, &file, error))?;
            Ok(replayed.state)
        }
        Ok(None) => Ok(LedgerState::default()),
        Err(FileError::Io { path, source }) => Err(LedgerError::Io { doing: "read", path, source }),
        Err(unsafe_file) => Err(unsafe_file.into()),
    }
}

/// The path of the journal of receipts that belongs to the ledger at `path`:
/// `ledger.journal.jsonl` beside `ledger.jsonl`. Where `path` is a link, that
/// is beside the ledger that the link leads to.
///
/// # Errors
///
/// The link cannot be followed, or is not safe to follow: such a ledger cannot
/// be opened either.
pub fn journal_path(path: &Path) -> Result<PathBuf, FileError> {
    private_file::behind_links(path).map(|ledger| journal_of(&ledger))
}

/// The journal of receipts beside a ledger: `ledger.journal.jsonl` for
/// `ledger.jsonl`.
fn journal_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let stem = name.strip_suffix(b".jsonl").map_or(name.len(), <[u8]>::len);
    let stem = String::from_utf8_lossy(&name[..stem]).into_owned();
    path.with_file_name(stem + ".journal.jsonl")
}

/// Refuses an empty ledger whose journal says that it had been used: what it
/// held was lost with it, and a new one would give nothing of it back.
fn refuse_lost(path: &Path) -> Result<(), LedgerError> {
    let is_used = fs::metadata(journal_of(path)).is_ok_and(|journal| journal.len() > 0);
    if is_used { Err(LedgerError::Lost { path: path.to_owned() }) } else { Ok(()) }
}

/// Turns the error into [`LedgerError::Lost`] if the file has nothing but zeros, as a
/// power failure can leave it, and its journal says that it had been used.
fn lost(path: &Path, mut file: &File, error: LedgerError) -> LedgerError {
    const ENOUGH: u64 = 4096;
    let mut begin = Vec::new();
    let read = file.rewind().and_then(|()| file.take(ENOUGH).read_to_end(&mut begin));
    let is_nul = read.is_ok() && begin.iter().all(|byte| *byte == 0);
    match error {
        LedgerError::NotALedger { .. } if is_nul => refuse_lost(path).err().unwrap_or(error),
        error => error,
    }
}

/// Copies the text behind the last whole line to `ledger.jsonl.torn`.
pub(super) fn keep_torn(mut file: &File, path: &Path, from: u64) -> Result<(), LedgerError> {
    let kept = beside(path, "torn");
    let mut torn = private_file::open_or_create(&kept, Access::Append)?;
    let io = |source| LedgerError::Io { doing: "mend", path: path.to_owned(), source };
    file.seek(SeekFrom::Start(from)).map_err(io)?;
    io::copy(&mut file.take(LONGEST_LINE), &mut torn)
        .and_then(|_| torn.write_all(b"\n"))
        .and_then(|()| torn.sync_all())
        .map_err(io)
}

pub(super) struct Replayed {
    pub(super) state: LedgerState,
    /// Length up to the last whole line.
    len: u64,
    lines: u64,
}

pub(super) fn replay(file: impl Read, path: &Path) -> Result<Replayed, LedgerError> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut replayed = Replayed { state: LedgerState::default(), len: 0, lines: 0 };
    let mut text = Vec::new();
    let mut names = NamePool::default();
    loop {
        text.clear();
        let read = (&mut reader).take(LONGEST_LINE + 1).read_until(b'\n', &mut text);
        let read = read.map_err(|source| LedgerError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })? as u64;
        let is_torn = text.pop_if(|last| *last == b'\n').is_none();
        let line = replayed.lines + 1;
        if is_torn && read == 0 {
            return Ok(replayed);
        }
        if is_torn && read > LONGEST_LINE {
            return Err(Bad::Line("it is longer than any line of a ledger".into()).at(path, line));
        }
        if is_torn && replayed.lines > 0 {
            // A process that is killed while it writes leaves a part of a line. If the
            // line is whole and lacks only its line end, the file was damaged later.
            let (_, but_the_last) = text.split_last().unwrap_or((&0, &[]));
            if line::is_whole(but_the_last) {
                let what = "its line end was changed";
                return Err(Bad::Line(what.to_owned()).at(path, line));
            }
            return Ok(replayed);
        }
        let mut entry = line::parse(&text).map_err(|bad| match bad {
            // A file whose first line is no entry was never a ledger.
            Bad::Line(_) if line == 1 => LedgerError::NotALedger { path: path.to_owned() },
            bad => bad.at(path, line),
        })?;
        if is_torn {
            return Err(LedgerError::NotALedger { path: path.to_owned() });
        }
        share(&mut entry.event, &mut names);
        replayed.state.apply(&entry).map_err(|what| Bad::Line(what).at(path, line))?;
        replayed.lines = line;
        replayed.len += read;
    }
}

/// Lets the holds of one ledger share the memory of names that they have in common.
fn share(event: &mut LedgerEvent, names: &mut NamePool) {
    if let LedgerEvent::Pausing { target, labels, windows, .. }
    | LedgerEvent::Adopted { target, labels, windows, .. } = event
    {
        let labels = Arc::make_mut(labels);
        let in_common =
            [&mut labels.workspace_id, &mut labels.workspace_name, &mut labels.environment_name];
        in_common.into_iter().flatten().for_each(|name| names.share(name));
        names.share(&mut target.environment_id);
        for window in windows {
            names.share(&mut window.name);
        }
    }
}

impl Bad {
    fn at(self, path: &Path, line: u64) -> LedgerError {
        let path = path.to_owned();
        match self {
            Self::Version(version) => LedgerError::Newer { path, line, version },
            Self::Line(what) => LedgerError::Damaged { path, line, what },
        }
    }
}
