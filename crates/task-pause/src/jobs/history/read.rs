//! Reads journals: the one beside the ledger, and those that were named.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal, each_once};
use maintenance_core::jsonl::{LineReader, ReadError};
use maintenance_core::ledger::journal_path;
use maintenance_core::short_name::clip_path;

use super::journal_line::JournalLine;
use crate::ledger_path::LedgerPath;

/// The lines that are no receipts, of which a warning names each.
const MOST_WARNINGS: usize = 5;

/// Reads the journal beside the ledger, and these others. A line that is no receipt,
/// such as the last one after a crash, is passed over with a warning.
///
/// # Errors
///
/// A named ledger or journal is not there, or a file cannot be read or has no receipt.
pub(crate) fn read(
    ledger: &LedgerPath,
    others: &[PathBuf],
    messages: &Messages,
) -> anyhow::Result<Vec<JournalLine>> {
    let mut lines = Vec::new();
    let beside = journal_path(&ledger.path)?;
    let all: Vec<&Path> = [&*beside].into_iter().chain(others.iter().map(|it| &**it)).collect();
    let (first, again) = each_once(&all);
    for path in again {
        messages.warn(&format!(
            "the journal {} was named twice, or is the one beside the ledger: it is read once",
            clip_path(path)
        ));
    }
    for path in first.into_iter().skip(1) {
        let file = File::open(path).map_err(|error| missing(path, &error))?;
        lines.extend(read_file(path, file, messages)?);
    }
    match File::open(&beside) {
        Ok(file) => lines.extend(read_file(&beside, file, messages)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A path with a typo must not look like a ledger without a history.
            ledger.must_be_there()?;
            let others = ledger.others();
            messages.note(&format!("there is no journal at {}{others}", clip_path(&beside)));
        }
        Err(error) => {
            let path = clip_path(&beside);
            return Err(error).with_context(|| format!("cannot read the journal {path}"));
        }
    }
    Ok(lines)
}

fn missing(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::config(format!("cannot read the journal {}: {error}", clip_path(path)))
        .hint("--journal names a file of receipts, such as a rotated ledger.journal.jsonl.1")
}

/// The receipts of one file.
pub(super) fn read_file(
    path: &Path,
    file: impl Read,
    messages: &Messages,
) -> anyhow::Result<Vec<JournalLine>> {
    let name = clip_path(path);
    let mut reader = LineReader::new(file);
    let mut lines = Vec::new();
    let mut bad: Vec<u64> = Vec::new();
    loop {
        match reader.next_line() {
            Ok(None) => break,
            Ok(Some(line)) => match serde_json::from_str(line.text) {
                Ok(receipt) => lines.push(receipt),
                Err(_) => bad.push(line.number),
            },
            Err(ReadError::Line(error)) => bad.push(error.line),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read the journal {name}"));
            }
        }
    }
    if lines.is_empty() && !bad.is_empty() {
        let text = format!("{name} is not a journal: no line of it is a receipt");
        return Err(Refusal::bad_input(text).into());
    }
    for number in bad.iter().take(MOST_WARNINGS) {
        messages.warn(&format!("{name}:{number}: not a receipt, passed over"));
    }
    if let Some(more) = bad.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
        messages.warn(&format!("{name}: {more} more lines are not receipts, passed over"));
    }
    Ok(lines)
}
