//! The file: appending, syncing, and reading it back.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{Entry, Event, LedgerError, State, VERSION};
use crate::run::Names;

/// The ledger's file, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Length up to the last whole line.
    len: u64,
    /// Set when a part of a line may stand at the end and could not be cut off.
    torn: bool,
    /// Lines up to here.
    lines: u64,
}

impl Journal {
    /// Opens the file, or makes it, and replays it. The flag tells whether a
    /// torn last line was cut off.
    pub(super) fn open(path: &Path) -> Result<(Self, State, bool), LedgerError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options
            .open(path)
            .map_err(|source| LedgerError::Create { path: path.to_owned(), source })?;
        let io = |doing| move |source| LedgerError::Io { doing, path: path.to_owned(), source };
        let metadata = file.metadata().map_err(io("read"))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600)).map_err(io("protect"))?;
        }
        let replayed = replay(&file, path)?;
        let mended = replayed.len < metadata.len();
        if mended {
            file.set_len(replayed.len).map_err(io("mend"))?;
            file.sync_data().map_err(io("sync"))?;
        }
        let Replayed { state, len, lines } = replayed;
        Ok((Self { file, path: path.to_owned(), len, torn: false, lines }, state, mended))
    }

    /// Appends entries with one write: all of them, or none.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut bytes = Vec::with_capacity(entries.len() * 512);
        for entry in entries {
            serde_json::to_writer(&mut bytes, entry).map_err(|e| self.error("write", e.into()))?;
            bytes.push(b'\n');
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

    /// Puts on disk what was appended.
    pub(super) fn sync(&mut self) -> Result<(), LedgerError> {
        self.file.sync_data().map_err(|source| self.error("sync", source))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
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

/// What the file says, without touching it; nothing where there is none.
pub(super) fn read(path: &Path) -> Result<State, LedgerError> {
    match File::open(path) {
        Ok(file) => Ok(replay(&file, path)?.state),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(State::default()),
        Err(source) => Err(LedgerError::Io { doing: "read", path: path.to_owned(), source }),
    }
}

struct Replayed {
    state: State,
    /// Length up to the last whole line.
    len: u64,
    lines: u64,
}

fn replay(file: &File, path: &Path) -> Result<Replayed, LedgerError> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut replayed = Replayed { state: State::default(), len: 0, lines: 0 };
    let mut line = Vec::new();
    let mut names = Names::default();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(|source| LedgerError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
        // Without its newline it is the torn last line, or there is none.
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Ok(replayed);
        }
        replayed.lines += 1;
        let mut entry = parse(&line).map_err(|bad| bad.at(path, replayed.lines))?;
        share(&mut entry.event, &mut names);
        replayed.state.apply(&entry).map_err(|what| Bad::Line(what).at(path, replayed.lines))?;
        replayed.len += read as u64;
    }
}

/// Lets the beginning of a hold have what it has in common with others.
fn share(event: &mut Event, names: &mut Names) {
    if let Event::Pausing { target, labels, windows, .. }
    | Event::Adopted { target, labels, windows, .. } = event
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

enum Bad {
    Version(u64),
    Line(String),
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

/// Reads one line, of any version that there has been. This is where an older
/// version's reader goes when the format gets a second one.
fn parse(line: &[u8]) -> Result<Entry, Bad> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    serde_json::from_slice(line)
        .map_err(|error| {
            // A later version need not look like this one in anything but `v`.
            match serde_json::from_slice::<Versioned>(line) {
                Ok(Versioned { v }) if v > u64::from(VERSION) => Bad::Version(v),
                _ => Bad::Line(error.to_string()),
            }
        })
        .and_then(
            |entry: Entry| {
                if entry.v > VERSION { Err(Bad::Version(u64::from(entry.v))) } else { Ok(entry) }
            },
        )
}
