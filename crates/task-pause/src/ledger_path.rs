//! The path of the ledger, and whether there is one.
//!
//! A path with a typo must not look like a ledger without holds: if a named ledger does
//! not exist, a call that only reads or gives back is refused.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use maintenance_core::cli::{Messages, Refusal, each_once};
use maintenance_core::ledger::{self, LedgerError, journal_path};
use maintenance_core::short_name::{clip, clip_path};

/// The most ledgers beside the default one that a message names.
const MOST_BESIDE: usize = 5;

/// The path of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerPath {
    pub(crate) path: PathBuf,
    /// Whether it was named, by a flag or the environment.
    is_named: bool,
}

/// The ledgers that were named, or else the default one; each once.
pub(crate) fn all(named: &[OsString], messages: &Messages) -> Result<Vec<LedgerPath>, Refusal> {
    if named.is_empty() {
        return Ok(vec![one(None)?]);
    }
    let (first, again) = each_once(named);
    for path in again {
        let path = clip_path(path.as_ref());
        messages.warn(&format!("the ledger {path} was named twice: it is read once"));
    }
    first.into_iter().map(|path| one(Some(path))).collect()
}

/// The ledger of a job that takes one: that which a flag or the environment names, or else
/// the default one.
pub(crate) fn one(named: Option<&OsString>) -> Result<LedgerPath, Refusal> {
    let path = match named {
        Some(path) if path.is_empty() => {
            return Err(Refusal::config("the path of the ledger is empty").hint(format!(
                "name a file with --ledger or TASK_PAUSE_LEDGER, or leave both out: {}",
                where_default()
            )));
        }
        Some(path) => path.into(),
        None => default_path().ok_or_else(|| {
            Refusal::config("no place for the ledger")
                .hint("set HOME, or name a file with --ledger or TASK_PAUSE_LEDGER")
        })?,
    };
    Ok(LedgerPath { path, is_named: named.is_some() })
}

impl LedgerPath {
    /// Whether a file is at that path. Returns an error if a named ledger is missing. Does
    /// not check that the file is a ledger: opening it does.
    pub(crate) fn must_be_there(&self) -> anyhow::Result<bool> {
        let path = &self.path;
        let Err(source) = fs::metadata(path) else { return Ok(true) };
        if !matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            return Err(LedgerError::Io { doing: "read", path: path.clone(), source }.into());
        }
        let absent = format!("there is no ledger at {}", path.display());
        if used_journal(path).is_some() {
            return Err(Refusal::config(format!(
                "{absent}, and its journal is there: it was lost"
            ))
            .hint("put a backup in its place, or rebuild it with `task-pause recover`")
            .into());
        }
        if self.is_named {
            let hint = format!(
                "--ledger or TASK_PAUSE_LEDGER names it: mend the path; without them, {}",
                where_default()
            );
            return Err(Refusal::config(absent).hint(hint).into());
        }
        Ok(false)
    }

    /// For a dry run, which creates no ledger: says that a named ledger is missing.
    pub(crate) fn note_if_absent(&self, messages: &Messages) {
        if self.is_named && !self.path.exists() {
            messages.note(&self.nothing());
        }
    }

    /// The message if there is no ledger.
    pub(crate) fn nothing(&self) -> String {
        format!("nothing is held: there is no ledger at {}{}", self.path.display(), self.others())
    }

    /// The ledgers beside the default one, which `maintenance-sync` names after
    /// environments; nothing if the ledger was named, or if there are none.
    pub(crate) fn others(&self) -> String {
        let others = if self.is_named { Vec::new() } else { beside(&self.path) };
        match &others[..] {
            [] => String::new(),
            [only] => format!("; beside it is {only}: name it with --ledger"),
            several => {
                let first = several[..several.len().min(MOST_BESIDE)].join(", ");
                let more = match several.len().saturating_sub(MOST_BESIDE) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("; beside it are {first}{more}: name one with --ledger")
            }
        }
    }
}

/// The names of the ledgers in the directory of that path, by their names.
fn beside(path: &Path) -> Vec<String> {
    let entries = path.parent().and_then(|directory| fs::read_dir(directory).ok());
    let names = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // A dot within a name is that of a journal, or of a timetable that was fetched.
    let is_ledger = |name: &String| {
        name.strip_suffix(".jsonl").is_some_and(|name| !name.is_empty() && !name.contains('.'))
    };
    let mut names: Vec<String> =
        names.filter(is_ledger).map(|name| clip(&name).to_string()).collect();
    names.sort_unstable();
    names
}

/// The journal of a ledger at that path, if it has receipts.
pub(crate) fn used_journal(path: &Path) -> Option<PathBuf> {
    let journal = journal_path(path).ok();
    journal.filter(|journal| fs::metadata(journal).is_ok_and(|found| found.len() > 0))
}

fn default_path() -> Option<PathBuf> {
    let env = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    ledger::default_path(env("XDG_STATE_HOME"), env("HOME"))
}

/// The place of the default ledger, in words.
fn where_default() -> String {
    let is_there = |path: &Path| if path.is_file() { "is" } else { "would be" };
    match default_path() {
        Some(path) => format!("the ledger {} {}", is_there(&path), path.display()),
        None => "there is no default place, since HOME is not set".to_owned(),
    }
}
