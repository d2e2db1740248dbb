//! Entries that contradict the ledger: nothing of them is written.

use super::*;

fn adoption(id: &str, hold_id: &str) -> Adoption {
    Adoption {
        mark: Mark { hold: hold_id.to_owned(), until: Some(at(60)) },
        target: target(id),
        labels: Arc::default(),
        hold: hold(0, 60),
        seen: PauseState { paused: true, ..PauseState::default() },
    }
}

/// Tries something, which must be refused as a contradiction for that reason, and
/// leave the ledger as it was, and of use.
fn refused(act: impl FnOnce(&mut Ledger) -> Result<(), LedgerError>, event: &str, why: &str) {
    let place = LedgerDir::new();
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
    assert_eq!(place.open().unwrap().state().all_active().count(), 3);
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

/// Every way to write of a hold that is not active: there never was one, and it is over.
#[test]
fn an_event_of_a_hold_that_is_not_active_is_not_written() {
    type Act = fn(&mut Ledger, Target, Permit) -> Result<(), LedgerError>;
    let acts: [(&str, Act); 8] = [
        ("again", |ledger, target, _| {
            let (looked, reason) = (None, "patching".into());
            let again = Intent::PauseAgain { target, reason, looked };
            ledger.intend(vec![pause("new"), again], at(3)).map(|_| ())
        }),
        ("resuming", |ledger, target, _| {
            let resume = Intent::Resume { target, catch_up: false };
            ledger.intend(vec![pause("new"), resume], at(3)).map(|_| ())
        }),
        ("settled", |ledger, _, permit| ledger.settle(permit, Settled::Paused, at(3))),
        ("settled without a change", |ledger, target, _| {
            ledger.record(&target, Settled::Gone, at(3))
        }),
        ("moved", |ledger, target, _| ledger.move_hold(&target, &hold(0, 90), at(3))),
        ("released", |ledger, target, _| ledger.release(&target, hold(0, 60).windows(), at(3))),
        ("missing", |ledger, target, _| ledger.note_missing(&target, true, at(3))),
        ("present", |ledger, target, _| ledger.note_missing(&target, false, at(3))),
    ];
    for (name, act) in acts {
        for was_held in [false, true] {
            let place = LedgerDir::new();
            let mut ledger = place.open().unwrap();
            let permit = if was_held {
                let permit = ledger.intend(vec![pause("a")], at(1)).unwrap().remove(0);
                ledger.record(&target("a"), Settled::Overridden, at(2)).unwrap();
                permit
            } else {
                // One for a task that nothing was ever written of.
                Permit::grant(
                    Change {
                        target: target("a"),
                        pause: true,
                        context: String::new(),
                        until: None,
                    },
                    9,
                )
            };
            let before = (fs::read(place.path()).unwrap(), ledger.state().clone());
            let error = act(&mut ledger, target("a"), permit).unwrap_err();
            assert!(matches!(error, LedgerError::NoHold { .. }), "{name} {was_held}: {error}");
            assert_eq!(error.code(), "ledger-no-hold");
            let after = (fs::read(place.path()).unwrap(), ledger.state().clone());
            assert!(after == before, "{name} {was_held}");
            // The ledger is of use.
            let _ = ledger.intend(vec![pause("later")], at(4)).unwrap();
            drop(ledger);
            assert_eq!(place.open().unwrap().state().all_active().count(), 1, "{name} {was_held}");
        }
    }
}

/// A catch-up that no resume asked for, that is over, or of another hold.
#[test]
fn what_is_about_a_catch_up_that_does_not_wait_is_not_written() {
    type Act = fn(&mut Ledger, &str) -> Result<(), LedgerError>;
    let acts: [(&str, Act); 3] = [
        ("starting", |ledger, hold| ledger.starting(hold, at(4))),
        ("notStarted", |ledger, hold| ledger.not_started(hold, at(4))),
        ("caughtUp", |ledger, hold| ledger.caught_up(hold, None, at(4))),
    ];
    for (event, act) in acts {
        refused(|ledger| act(ledger, "0badcafe-7"), event, "nothing to catch up");
        // That of the active hold has not begun.
        let own = |ledger: &Ledger| ledger.state().active(&target("open")).unwrap().id.to_string();
        refused(|ledger| act(ledger, &own(ledger)), event, "nothing to catch up");
        // Of one that is over it waits, and then no more.
        let place = LedgerDir::new();
        let mut ledger = place.open().unwrap();
        let _ = ledger.intend(vec![pause("a")], at(1)).unwrap();
        let id = ledger.state().active(&target("a")).unwrap().id.to_string();
        let resume = Intent::Resume { target: target("a"), catch_up: true };
        let _ = ledger.intend(vec![resume], at(2)).unwrap();
        ledger.record(&target("a"), Settled::Resumed, at(3)).unwrap();
        act(&mut ledger, &id).unwrap();
        ledger.caught_up(&id, None, at(4)).unwrap_or_else(|_| assert_eq!(event, "caughtUp"));
        let before = (fs::read(place.path()).unwrap(), ledger.state().clone());
        let error = act(&mut ledger, &id).unwrap_err();
        assert!(error.to_string().contains("nothing to catch up"), "{error}");
        assert!((fs::read(place.path()).unwrap(), ledger.state().clone()) == before, "{event}");
    }
}

#[test]
fn an_adoption_that_contradicts_the_ledger_is_refused_as_such() {
    let adopt = |adoption| move |ledger: &mut Ledger| ledger.adopt(adoption, at(2));
    refused(adopt(adoption("open", "0badcafe-7")), "adopted", "task open is held already");
    refused(adopt(adoption("a\u{200b}", "0badcafe-7")), "adopted", "an ID that is none");
}

/// Both names of the ledger lead to one journal, which stands beside the file.
#[test]
fn a_link_to_a_ledger_leads_to_the_journal_of_that_ledger() {
    let place = LedgerDir::new();
    drop(place.open().unwrap());
    let link = place.dir.path().join("link.jsonl");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    let journal = journal_path(&place.path()).unwrap();
    assert_eq!(journal_path(&link).unwrap(), journal);
    assert_eq!(journal, place.path().with_file_name("ledger.journal.jsonl"));
    // A link that leads to itself is no ledger either.
    let endless = place.dir.path().join("endless");
    std::os::unix::fs::symlink(&endless, &endless).unwrap();
    assert!(journal_path(&endless).is_err());
    assert!(Ledger::open(&endless, API, at(0)).is_err());
}
