//! Leaving out what is over.
//!
//! The lines of holds that are still open, or remembered, are copied as they
//! are, so that compaction knows no format of its own. Numbers stay, with gaps.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::journal::Journal;
use super::lock::beside;
use super::{Entry, Event, LedgerError, State, VERSION};
use crate::time::UtcTime;

/// Below so many lines a ledger is left as it is.
const ENOUGH_LINES: u64 = 2_000;

/// Whether most of the ledger speaks of what is over.
pub(super) fn is_due(journal: &Journal, state: &State, now: UtcTime) -> bool {
    // A hold that is open has two to four lines, most of the time.
    journal.lines() > ENOUGH_LINES && journal.lines() > 8 * state.kept_holds(now).count() as u64
}

/// Rewrites the ledger without the holds that are over.
pub(super) fn compact(path: &Path, state: &State, now: UtcTime) -> Result<(), LedgerError> {
    let io = |source| LedgerError::Io { doing: "compact", path: path.to_owned(), source };
    let keep: HashSet<&str> = state.kept_holds(now).collect();
    let source = BufReader::new(File::open(path).map_err(io)?);
    let header = Entry {
        v: VERSION,
        seq: 1,
        at: now,
        event: Event::Ledger {
            id: state.id().to_owned(),
            api: state.api().unwrap_or_default().to_owned(),
            next: Some(state.next_seq()),
        },
    };
    replace_file(path, 0o600, |out| {
        serde_json::to_writer(&mut *out, &header)?;
        out.write_all(b"\n")?;
        let mut latest = now;
        for line in source.lines() {
            let line = line?;
            let entry: Entry = serde_json::from_str(&line)?;
            if entry.event.hold().is_some_and(|hold| keep.contains(hold)) {
                out.write_all(line.as_bytes())?;
                out.write_all(b"\n")?;
                latest = latest.max(entry.at);
            }
        }
        // A line that was written by a clock which was ahead: that was accepted.
        if state.clock().is_none_or(|clock| clock.max(now) < latest) {
            let event = Event::ClockAccepted {};
            let accepted = Entry { v: VERSION, seq: state.next_seq(), at: now, event };
            serde_json::to_writer(&mut *out, &accepted)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
    .map_err(io)
}

/// Replaces a file so that every reader, and every crash, finds the old one or
/// the new one: written beside, synced, renamed, and the directory synced.
/// The new file has that `mode`.
pub fn replace_file(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    let new = beside(path, "new");
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(mode).open(&new)?;
    let mut out = BufWriter::new(&file);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    #[expect(clippy::disallowed_methods, reason = "the one place that replaces files")]
    fs::rename(&new, path)?;
    sync_parent(path)
}

/// Makes a new or renamed file's name last.
pub(super) fn sync_dir(path: &Path) -> Result<(), LedgerError> {
    sync_parent(path).map_err(|source| LedgerError::Io {
        doing: "sync",
        path: path.to_owned(),
        source,
    })
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or_else(|| Path::new(".")))?.sync_all()
}
