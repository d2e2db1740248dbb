//! The journal on a real disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::*;

const RECEIPT: &[u8] =
    b"{\"id\":\"t\\\"0\",\"type\":\"TASK\",\"environmentId\":\"e\",\"action\":\"paused\"}";

/// A place for a ledger, and the path of its journal.
fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger.jsonl");
    let path = dir.path().join("ledger.journal.jsonl");
    (dir, ledger, path)
}

fn write(ledger: &Path) -> Result<(), JournalError> {
    let mut journal = Journal::new(ledger);
    journal.check()?;
    journal.add(RECEIPT, Some("a \"b\""));
    journal.write()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_has_the_bytes_of_the_receipt_and_three_members_more() {
    let (_dir, ledger, path) = place();
    let mut journal = Journal::new(&ledger);
    journal.write().unwrap();
    assert!(!path.exists(), "nothing was added");
    journal.add(RECEIPT, Some("a \"b\"\u{9b}"));
    journal.add(RECEIPT, None);
    journal.write().unwrap();
    journal.write().unwrap();
    write(&ledger).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let members = RECEIPT.strip_suffix(b"}").unwrap();
    assert!(text.lines().all(|line| line.as_bytes().starts_with(members)), "{text}");
    assert!(text.contains("\"by\":\"a \\\"b\\\"\\u009b\",\"host\":\""), "{text}");
    let lines = lines(&path);
    assert_eq!(lines.len(), 3);
    assert!(lines[1].get("by").is_none());
    assert_eq!(lines[0]["call"], lines[1]["call"]);
    assert_ne!(lines[0]["call"], lines[2]["call"]);
    assert_eq!(lines[0]["host"], host_name());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_journal_that_is_renamed_away_or_emptied_is_begun_anew() {
    let (dir, ledger, path) = place();
    let mut journal = Journal::new(&ledger);
    journal.add(RECEIPT, None);
    journal.write().unwrap();
    let rotated = dir.path().join("ledger.journal.jsonl.1");
    std::fs::hard_link(&path, &rotated).unwrap();
    fs::remove_file(&path).unwrap();
    journal.add(RECEIPT, None);
    journal.write().unwrap();
    assert_eq!((lines(&rotated).len(), lines(&path).len()), (1, 1));
    fs::write(&path, "").unwrap();
    write(&ledger).unwrap();
    assert_eq!(lines(&path).len(), 1);
}

#[test]
fn a_journal_that_is_cut_anywhere_is_mended_and_loses_nothing() {
    let (_dir, ledger, path) = place();
    write(&ledger).unwrap();
    write(&ledger).unwrap();
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let torn = path.with_file_name("ledger.journal.jsonl.torn");
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let _ = fs::remove_file(&torn);
        write(&ledger).unwrap_or_else(|error| panic!("{cut}: {error:#?}"));
        let kept = fs::read(&torn).unwrap_or_default();
        let kept = kept.strip_suffix(b"\n").unwrap_or(&kept);
        // A line that lacks nothing but its end is whole.
        let from = match cut {
            _ if cut + 1 >= whole.len() => whole.len(),
            _ if cut + 1 >= first => first,
            _ => 0,
        };
        assert_eq!(lines(&path).len(), usize::from(from > 0) + usize::from(from > first) + 1);
        assert_eq!(kept, whole.get(from..cut).unwrap_or_default(), "{cut}");
    }
    // Zeros, as a machine that lost power may leave them.
    fs::write(&path, [&whole[..first], &[0; 9000]].concat()).unwrap();
    write(&ledger).unwrap();
    assert_eq!(lines(&path).len(), 2);
    // Where it cannot be put aside, it stays as a line of its own.
    fs::write(&path, &whole[..first + 9]).unwrap();
    let _ = fs::remove_file(&torn);
    fs::create_dir(&torn).unwrap();
    write(&ledger).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(is_receipt(text.lines().last().unwrap().as_bytes()));
}

#[test]
fn what_is_no_journal_is_left_as_it_is_byte_and_mode() {
    let (_dir, ledger, path) = place();
    let (nul, long) = ("\0".repeat(4096), "x".repeat(40 << 20));
    let runs = "{\"id\":\"t\",\"date\":\"2026-01-01T00:00:00Z\",\"type\":\"TASK\"";
    let ledgers = "{\"v\":3,\"seq\":1,\"at\":\"2026-01-01T00:00:00Z\",\"event\":{}}\n";
    for text in ["secret", "secret\n", "a\nb\n", "\n", "{}\n", "[", runs, ledgers, &nul, &long] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut journal = Journal::new(&ledger);
        journal.add(RECEIPT, None);
        for error in [journal.check().unwrap_err(), journal.write().unwrap_err()] {
            assert_eq!(error.exit(), Exit::BadInput, "{error}");
            assert!(error.hint().is_some() && !error.to_string().contains("secret"), "{error}");
        }
        assert!(fs::read_to_string(&path).unwrap() == text);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        // Once it is out of the way, nothing is missing.
        fs::remove_file(&path).unwrap();
        journal.write().unwrap();
        assert_eq!(lines(&path).len(), 1);
    }
}

#[test]
fn one_damaged_line_does_not_make_it_another_file() {
    let (_dir, ledger, path) = place();
    write(&ledger).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for text in [format!("{whole}oops\n"), format!("oops\n{whole}"), format!("{whole}{whole}oops")]
    {
        fs::write(&path, &text).unwrap();
        write(&ledger).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        let kept = text.rsplit_once('\n').unwrap().0;
        assert!(after.starts_with(kept) && is_receipt(after.lines().last().unwrap().as_bytes()));
    }
}

#[test]
fn whoever_locks_it_for_long_is_not_waited_for() {
    let (_dir, ledger, path) = place();
    write(&ledger).unwrap();
    let held = File::open(&path).unwrap();
    held.lock().unwrap();
    write(&ledger).unwrap();
    assert_eq!(lines(&path).len(), 2);
}

#[test]
fn calls_that_write_at_once_lose_nothing() {
    let (_dir, ledger, path) = place();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..20).for_each(|_| write(&ledger).unwrap()));
        }
    });
    assert_eq!(lines(&path).len(), 160);
}
