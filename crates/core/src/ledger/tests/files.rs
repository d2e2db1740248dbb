//! The files of the ledger: damaged, planted, lost, or none of ours.

use super::super::lock::beside;
use super::*;

/// A flip in the old lines of a ledger is not found; all that are written now
/// have a checksum.
#[test]
fn one_bit_that_is_flipped_anywhere_is_refused() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let permits = ledger.intend(vec![pause("a"), pause("b")], at(1)).unwrap();
    for permit in permits {
        ledger.settle(permit, Settled::Paused, at(1)).unwrap();
    }
    let resume = Intent::Resume { target: target("b"), catch_up: true };
    let _ = ledger.intend(vec![resume], at(2)).unwrap();
    drop(ledger);
    let whole = fs::read(place.path()).unwrap();
    // Every bit of a line is tried where lines are read.
    for bit in (0..whole.len() * 8).step_by(7) {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(place.path(), &flipped).unwrap();
        let read = Ledger::read(&place.path());
        let refused = matches!(
            read,
            Err(LedgerError::Damaged { .. }
                | LedgerError::NotALedger { .. }
                | LedgerError::Newer { .. })
        );
        assert!(refused, "bit {bit}: {read:?}");
    }
}

#[test]
fn what_is_no_ledger_is_left_as_it_is_byte_and_mode() {
    let place = LedgerDir::new();
    let dir = place.path().parent().unwrap().to_owned();
    fs::create_dir_all(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let nul = "\0".repeat(4096);
    let long = "x".repeat(20 << 20);
    for text in ["secret-token", "secret-token\n", "{\"v\":2", "{}\n", "\n", &nul, &long] {
        fs::write(place.path(), text).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
        for error in [place.open().unwrap_err(), Ledger::read(&place.path()).unwrap_err()] {
            assert_eq!(error.exit(), crate::exit::Exit::BadInput, "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(fs::read_to_string(place.path()).unwrap() == text);
        assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o644);
        assert!(!beside(&place.path(), "torn").exists());
    }
}

#[test]
fn an_empty_ledger_beside_a_journal_was_lost_and_is_no_new_one() {
    let place = LedgerDir::new();
    place.write("");
    let journal = journal_path(&place.path()).unwrap();
    assert!(journal.ends_with("state/ledger.journal.jsonl"));
    fs::write(&journal, "{}\n").unwrap();
    assert!(matches!(place.open().unwrap_err(), LedgerError::Lost { .. }));
    assert!(matches!(Ledger::read(&place.path()).unwrap_err(), LedgerError::Lost { .. }));
    // So it was if nothing but zeros is left of it; other text is no ledger.
    place.write(&"\0".repeat(9000));
    assert!(matches!(place.open().unwrap_err(), LedgerError::Lost { .. }));
    assert!(matches!(Ledger::read(&place.path()).unwrap_err(), LedgerError::Lost { .. }));
    place.write("text");
    assert!(matches!(place.open().unwrap_err(), LedgerError::NotALedger { .. }));
    place.write("");
    // Without a word of the journal it is a place for a new one.
    fs::write(&journal, "").unwrap();
    assert_eq!(place.open().unwrap().state().all_active().count(), 0);
}

#[test]
fn a_planted_link_pipe_directory_or_second_name_is_refused_in_the_place_of_any_file() {
    use std::os::unix::fs::symlink;

    for name in ["ledger.jsonl", "ledger.jsonl.lock", "ledger.jsonl.torn"] {
        for plant in ["directory", "pipe", "second name", "link", "others write"] {
            let place = LedgerDir::new();
            let mut ledger = place.open().unwrap();
            let _ = ledger.intend(vec![pause("a")], at(1)).unwrap();
            drop(ledger);
            // A torn line, so that there is something to be kept.
            let mut text = fs::read(place.path()).unwrap();
            text.pop();
            text.pop();
            fs::write(place.path(), &text).unwrap();
            let dir = place.path().parent().unwrap().to_owned();
            let path = dir.join(name);
            let theirs = place.dir.path().join("theirs");
            fs::write(&theirs, "theirs").unwrap();
            let _ = fs::remove_file(&path);
            match plant {
                "directory" => fs::create_dir(&path).unwrap(),
                "pipe" => rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap(),
                "second name" => fs::hard_link(&theirs, &path).unwrap(),
                "link" => symlink(&theirs, &path).unwrap(),
                _ => fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap(),
            }
            let error = place.open().unwrap_err();
            // A link of our own in the ledger's place leads to what is no ledger.
            let wanted = if plant == "link" && name == "ledger.jsonl" {
                crate::exit::Exit::BadInput
            } else {
                crate::exit::Exit::CannotCreate
            };
            assert_eq!(error.exit(), wanted, "{plant} as {name}: {error}");
            assert!(error.hint().is_some(), "{plant} as {name}");
            assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs", "{plant} as {name}");
        }
    }
}

#[test]
fn what_a_killed_replacement_left_is_removed_and_nothing_else() {
    let place = LedgerDir::new();
    drop(place.open().unwrap());
    let beside = |rest: &str| place.path().with_file_name(format!("ledger.jsonl.{rest}"));
    // Some backups are named after the time.
    let kept = ["bak", "1764453600123456", "new", "new-1", "new-0123456789abcdeg"].map(beside);
    let left = beside("new-0123456789abcdef");
    fs::write(&left, "").unwrap();
    for kept in &kept {
        fs::write(kept, "").unwrap();
    }
    drop(place.open().unwrap());
    assert!(!left.exists() && kept.iter().all(|kept| kept.exists()));
}
