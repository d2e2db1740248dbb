//! Compaction: rewrites the ledger without the holds that are over.
//!
//! The lines of holds that are still active, or remembered, are copied as they
//! are, so that compaction knows no format of its own. So are those of the newest
//! holds that show the facts about the tenant, and of the holds that overruled these.
//! Numbers stay, with gaps.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::file::LedgerFile;
use super::line;
use super::{Entry, LedgerError, LedgerEvent, LedgerState};
use crate::private_file;
use crate::time::UtcTime;

/// Below so many lines a ledger is left as it is.
const ENOUGH_LINES: u64 = 2_000;

/// Whether most lines of the ledger are about holds that are over.
pub(super) fn is_due(file: &LedgerFile, state: &LedgerState, now: UtcTime) -> bool {
    // An active hold has two to four lines, most of the time.
    file.lines > ENOUGH_LINES && file.lines > 8 * state.kept_holds(now).count() as u64
}

/// Rewrites the ledger without the holds that are over.
pub(super) fn compact(path: &Path, state: &LedgerState, now: UtcTime) -> Result<(), LedgerError> {
    let io = |source| LedgerError::Io { doing: "compact", path: path.to_owned(), source };
    let source = BufReader::new(File::open(path).map_err(io)?);
    private_file::replace(path, 0o600, |out| rewrite(source, state, now, out)).map_err(io)
}

/// Copies the lines that are kept.
pub(super) fn rewrite(
    source: impl BufRead,
    state: &LedgerState,
    now: UtcTime,
    out: &mut impl Write,
) -> io::Result<()> {
    let keep: HashSet<&str> = state.kept_holds(now).collect();
    let event = LedgerEvent::Ledger {
        id: state.id().to_owned(),
        api: state.api().unwrap_or_default().to_owned(),
        next: Some(state.next_seq()),
    };
    line::write(&Entry { seq: 1, ..state.next_entry(now, event) }, out)?;
    let mut latest = now;
    for line in source.lines() {
        let line = line?;
        // It was read a moment ago.
        let Ok(entry) = line::parse(line.as_bytes()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if entry.event.hold().is_some_and(|hold| keep.contains(hold)) {
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")?;
            latest = latest.max(entry.at);
        }
    }
    // A line that is kept was written by a clock that was ahead, and the operator
    // said later that the clock is right. That has to be kept, too.
    if state.clock().is_none_or(|clock| clock.max(now) < latest) {
        line::write(&state.next_entry(now, LedgerEvent::ClockAccepted {}), out)?;
    }
    Ok(())
}
