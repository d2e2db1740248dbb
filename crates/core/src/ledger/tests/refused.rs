//! Entries that contradict the ledger: nothing of them is written.

use super::*;

fn adoption(id: &str, hold_id: &str) -> Adoption {
    Adoption {
        marker: Marker { hold: hold_id.to_owned(), until: Some(at(60)) },
        target: target(id),
        labels: Arc::default(),
        hold: hold(0, 60),
        seen: PauseState { paused: true, ..PauseState::default() },
    }
}

/// Tries something, which must be refused as a contradiction for that reason, and
/// leave the ledger as it was, and of use.
fn refused(act: impl FnOnce(&mut Ledger) -> Result<(), LedgerError>, event: &str, why: &str) {
    let place = Place::new();
    let mut ledger = place.open().unwrap();
    // The hold that the fourth intent from now would have is that of another task.
    let next = format!("{}-{}", ledger.state().id(), 7);
    let _ = ledger.intend(vec![pause("open")], at(1)).unwrap();
    ledger.adopt(adoption("adopted", &next), at(1)).unwrap();
    let before = (fs::read(place.path()).unwrap(), ledger.state().clone());
    let error = act(&mut ledger).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, LedgerError::Contradiction { .. }), "{text}");
    assert!(text.contains(&format!("refuses the entry `{event}`: ")), "{text}");
    assert!(text.contains(why) && text.ends_with("; the ledger is as it was"), "{text}");
    assert_eq!(error.code(), "ledger-contradiction");
    assert!((fs::read(place.path()).unwrap(), ledger.state().clone()) == before, "{text}");
    let _ = ledger.intend(vec![pause("later")], at(2)).unwrap();
    drop(ledger);
    assert_eq!(place.open().unwrap().state().all_open().count(), 3);
}

#[test]
fn an_intent_that_contradicts_the_ledger_is_not_written() {
    let batch =
        |intents: Vec<Intent>| move |ledger: &mut Ledger| ledger.intend(intents, at(1)).map(|_| ());
    refused(batch(vec![pause("a"), pause("open")]), "pausing", "task open is held already");
    refused(
        batch(vec![pause("a"), pause("b"), pause("a")]),
        "pausing",
        "task a is to be paused twice",
    );
    refused(batch(vec![pause("a"), pause("..")]), "pausing", "an ID that is none");
    let many = ["a", "b", "c", "d"].map(pause).into();
    refused(batch(many), "pausing", "is that of task adopted already");
}

#[test]
fn an_intent_for_a_hold_that_is_not_open_is_not_written() {
    let place = Place::new();
    let mut ledger = place.open().unwrap();
    let before = fs::read(place.path()).unwrap();
    let resume = Intent::Resume { target: target("a"), catch_up: false };
    let error = ledger.intend(vec![pause("a"), resume], at(1)).unwrap_err();
    assert!(matches!(error, LedgerError::NoHold { .. }), "{error}");
    assert_eq!(fs::read(place.path()).unwrap(), before);
    assert_eq!(ledger.state().all_open().count(), 0);
}

#[test]
fn an_adoption_that_contradicts_the_ledger_is_refused_as_such() {
    let adopt = |adoption| move |ledger: &mut Ledger| ledger.adopt(adoption, at(2));
    refused(adopt(adoption("open", "0badcafe-7")), "adopted", "task open is held already");
    refused(adopt(adoption("a\u{200b}", "0badcafe-7")), "adopted", "an ID that is none");
    refused(|ledger| ledger.not_started("0badcafe-7", at(2)), "notStarted", "nothing to catch up");
}

/// Both names of the ledger lead to one journal, which stands beside the file.
#[test]
fn a_link_to_a_ledger_leads_to_the_journal_of_that_ledger() {
    let place = Place::new();
    drop(place.open().unwrap());
    let link = place.dir.path().join("link.jsonl");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    let journal = Ledger::journal_path(&place.path()).unwrap();
    assert_eq!(Ledger::journal_path(&link).unwrap(), journal);
    assert_eq!(journal, place.path().with_file_name("ledger.journal.jsonl"));
    // A link that leads to itself is no ledger either.
    let endless = place.dir.path().join("endless");
    std::os::unix::fs::symlink(&endless, &endless).unwrap();
    assert!(Ledger::journal_path(&endless).is_err());
    assert!(Ledger::open(&endless, API, at(0)).is_err());
}
