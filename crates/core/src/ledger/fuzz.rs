//! Fuzz targets: any bytes as a ledger, and as a journal.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::entry::{Entry, LedgerEvent, VERSION};
use super::file::replay;
use super::journal::{Journal, JournalError};
use super::line;
use super::state::LedgerState;
use super::{LedgerError, compact};
use crate::change::Target;
use crate::hold::HoldWindow;

/// The time for which a hold that was given up is remembered.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Any bytes as a ledger. Then the lines that are entries but for their checksums, each
/// with the right one, as far as they contradict no line before them.
///
/// # Panics
///
/// An error names no line of the file, a refused line changes the state, lines that were
/// written do not replay to the state that they made, or a compaction changes what is
/// held.
pub fn fuzz_ledger(data: &[u8]) {
    as_it_is(data);
    let mut state = LedgerState::default();
    let mut bytes = Vec::new();
    let mut windows = Vec::new();
    let mut lines = 0;
    for text in data.split(|byte| *byte == b'\n') {
        let Some(entry) = entry(text) else { continue };
        let before = state.clone();
        if state.apply(&entry).is_err() {
            assert_eq!(state, before, "{entry:?}");
            continue;
        }
        windows.extend(windows_of(&state, &entry.event));
        let start = bytes.len();
        let Ok(()) = line::append(&entry, &mut bytes) else { panic!("not written: {entry:?}") };
        let Ok(again) = line::parse(&bytes[start..bytes.len() - 1]) else {
            panic!("not read: {entry:?}");
        };
        assert_eq!(again, entry);
        lines += 1;
    }
    if lines > 0 {
        assert_eq!(state_of(&bytes), state);
        compacted(&bytes, &state, &windows);
    }
}

/// Replays a file, which leads to a state, or to an error that names a line.
fn as_it_is(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').count() as u64;
    let path = Path::new("ledger.jsonl");
    match replay(data, path) {
        Ok(replayed) => {
            // A torn last line is all that is left out.
            let last = data.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            assert_eq!(state_of(&data[..last]), replayed.state);
        }
        Err(LedgerError::NotALedger { .. }) => {}
        Err(LedgerError::Damaged { line, what, .. }) => {
            assert!((1..=lines).contains(&line) && !what.is_empty(), "{line} of {lines}: {what}");
        }
        Err(LedgerError::Newer { line, version, .. }) => {
            assert!((1..=lines).contains(&line) && version > u64::from(VERSION), "{line}");
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn state_of(bytes: &[u8]) -> LedgerState {
    match replay(bytes, Path::new("ledger.jsonl")) {
        Ok(replayed) => replayed.state,
        Err(error) => panic!("{error:?}: {}", bytes.escape_ascii()),
    }
}

/// The entry in a line, whatever its checksum is, as this version writes it.
fn entry(text: &[u8]) -> Option<Entry> {
    let without = || {
        let end = text.windows(8).rposition(|part| part == b",\"crc\":\"")?;
        let json = [&text[..end], b"}"].concat();
        serde_json::from_slice::<Entry>(&json).ok()
    };
    let entry = serde_json::from_slice::<Entry>(text).ok().or_else(without)?;
    Some(Entry { v: VERSION, ..entry })
}

/// The windows that an event names, with their task or plan.
fn windows_of(state: &LedgerState, event: &LedgerEvent) -> Vec<(Target, HoldWindow)> {
    let (target, windows) = match event {
        LedgerEvent::Pausing { target, windows, .. }
        | LedgerEvent::Adopted { target, windows, .. } => (Some(target), windows),
        LedgerEvent::Moved { hold, windows, .. } | LedgerEvent::Released { hold, windows } => {
            (state.target_of(hold), windows)
        }
        _ => return Vec::new(),
    };
    let Some(target) = target else { return Vec::new() };
    windows.iter().map(|window| (target.clone(), window.clone())).collect()
}

/// A compaction leaves every hold, and what later decisions need, as it is.
fn compacted(bytes: &[u8], state: &LedgerState, windows: &[(Target, HoldWindow)]) {
    let Some(now) = state.clock() else { return };
    let mut copy = Vec::new();
    let Ok(()) = compact::rewrite(bytes, state, now, &mut copy) else {
        panic!("not copied: {}", bytes.escape_ascii());
    };
    let after = state_of(&copy);
    assert_eq!((after.id(), after.api()), (state.id(), state.api()));
    assert!(after.next_seq() >= state.next_seq());
    assert!(after.all_active().eq(state.all_active()));
    assert!(after.catch_ups().eq(state.catch_ups()));
    assert_eq!(after.known(), state.known());
    assert_eq!(after.clock_is_behind(now), None);
    let counts = |window: &HoldWindow| window.start >= now.saturating_sub(WEEK);
    for (target, window) in windows.iter().filter(|(_, window)| counts(window)) {
        let given_up = |state: &LedgerState| state.given_up(target, window);
        assert_eq!(given_up(&after), given_up(state), "{target}: {window:?}");
    }
}

/// Any bytes as a journal to which a receipt is appended.
///
/// # Panics
///
/// A file that is no journal is changed, a whole line is, or the receipt is not the last
/// line.
pub fn fuzz_journal_end(data: &[u8]) {
    const RECEIPT: &[u8] = br#"{"id":"t","type":"TASK","action":"paused"}"#;
    let Ok(place) = tempfile::tempdir() else { return };
    let path = place.path().join("ledger.journal.jsonl");
    if fs::write(&path, data).is_err() || protect(&path).is_err() {
        return;
    }
    let mut journal = Journal::new(&place.path().join("ledger.jsonl"));
    let is_refused = journal.check().is_err();
    journal.add(RECEIPT, Some("ops"));
    let written = journal.write();
    let Ok(after) = fs::read(&path) else { panic!("the journal is gone") };
    match written {
        Ok(()) => {
            assert!(!is_refused);
            let last = data.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            assert!(after.starts_with(&data[..last]));
            let mut lines = after.rsplit(|byte| *byte == b'\n');
            assert_eq!(lines.next(), Some(&b""[..]));
            let line = lines.next().unwrap_or_default();
            assert!(line.starts_with(&RECEIPT[..RECEIPT.len() - 1]), "{}", line.escape_ascii());
            let torn = fs::read(place.path().join("ledger.journal.jsonl.torn")).unwrap_or_default();
            let rest = &data[last..];
            let is_kept = after.starts_with(data) || torn == [rest, b"\n"].concat();
            assert!(is_kept, "{} is lost", rest.escape_ascii());
            assert!(Journal::new(&place.path().join("ledger.jsonl")).check().is_ok());
        }
        Err(JournalError::NotAJournal { .. }) => {
            assert!(is_refused);
            assert_eq!(after, data);
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// Makes a file one that nobody else can change.
fn protect(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}
