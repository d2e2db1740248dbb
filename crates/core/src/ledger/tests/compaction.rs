//! Compaction: what it leaves out, and what it keeps.

use super::*;

/// Seven hundred holds of `id`, one after the other, of which nothing is to be
/// kept.
fn fill(ledger: &mut Ledger, id: &str) {
    for round in 0..700 {
        let permit = ledger.intend(vec![pause(id)], at(61 + round)).unwrap().remove(0);
        ledger.settle(permit, Settled::Paused, at(61 + round)).unwrap();
        ledger.record(&target(id), Settled::Resumed, at(61 + round)).unwrap();
    }
}

/// As long as the window could be taken up again, and for a week after it.
#[test]
fn compaction_keeps_what_was_released_as_long_as_it_counts() {
    let released = |gone: bool, days: i64| {
        let place = LedgerDir::new();
        let mut ledger = place.open().unwrap();
        let _ = ledger.intend(vec![pause("a")], at(1)).unwrap();
        ledger.release(&target("a"), hold(0, 60).windows(), at(2)).unwrap();
        if gone {
            ledger.record(&target("a"), Settled::Gone, at(2)).unwrap();
        }
        fill(&mut ledger, "b");
        drop(ledger);
        let lines = || fs::read_to_string(place.path()).unwrap().lines().count();
        let before = lines();
        let ledger = Ledger::open(&place.path(), API, at(days * 24 * 60)).unwrap();
        assert!(lines() < before, "compacted");
        ledger.state().given_up(&target("a"), &hold(30, 90).windows()[0])
    };
    assert_eq!(released(false, 1), Some(Settled::Resumed));
    assert_eq!(released(false, 30), Some(Settled::Resumed), "as long as it is open");
    assert_eq!(released(true, 6), Some(Settled::Resumed));
    assert_eq!(released(true, 8), None);
}

/// The line of an active hold stands there with the time of a clock that was
/// ahead, and the operator has said that the clock is right.
#[test]
fn compaction_forgets_no_clock_that_was_accepted_and_does_nothing_by_one_that_is_behind() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let _ = ledger.intend(vec![pause("kept")], at(100_000)).unwrap();
    ledger.accept_clock(at(10)).unwrap();
    fill(&mut ledger, "a");
    drop(ledger);
    let lines = || fs::read_to_string(place.path()).unwrap().lines().count();
    let before = lines();
    drop(Ledger::open(&place.path(), API, at(700)).unwrap());
    assert_eq!(lines(), before, "the clock is behind");
    let ledger = Ledger::open(&place.path(), API, at(800)).unwrap();
    assert_eq!(lines(), 3);
    assert_eq!(ledger.state().clock_is_behind(at(800)), None);
    assert_eq!(&Ledger::read(&place.path()).unwrap(), ledger.state());
}

#[test]
fn compaction_leaves_out_what_is_over_and_nothing_else() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let _ = ledger.intend(vec![pause("kept"), pause("early")], at(1)).unwrap();
    ledger.record(&target("early"), Settled::Overridden, at(2)).unwrap();
    fill(&mut ledger, "a");
    let before = ledger.state().clone();
    drop(ledger);
    let mut ledger = Ledger::open(&place.path(), API, at(800)).unwrap();
    assert_eq!(ledger.state().active(&target("kept")), before.active(&target("kept")));
    assert!(ledger.state().given_up(&target("early"), &hold(0, 60).windows()[0]).is_some());
    assert_eq!(ledger.state().id(), before.id());
    let text = fs::read_to_string(place.path()).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    // Numbers, and with them the holds' IDs, are never used again.
    let permit = ledger.intend(vec![pause("a")], at(900)).unwrap().remove(0);
    assert_eq!(permit.entry(), 3 + 3 * 700 + 2);
    drop(ledger);
    assert_eq!(place.open().unwrap().state().all_active().count(), 2);
}

/// The newest line that shows a fact may be the only one that shows it.
#[test]
fn compaction_keeps_the_holds_that_show_facts_about_the_tenant() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    // Each shows one thing more, and is over.
    let answers = [None, Some(ChangeAnswer::Unchanged), Some(ChangeAnswer::Changed)];
    for (round, (user, answer)) in (0..).zip(["a", "b", "b"].into_iter().zip(answers)) {
        let permit = ledger.intend(vec![pause("t")], at(61 + round)).unwrap().remove(0);
        let seen = PauseState { user: Some(user.into()), ..seen(&permit) };
        let seen = if user == "a" { seen } else { PauseState { context: None, ..seen } };
        let finding = Finding { answer, seen: Some(seen), ..Settled::Paused.into() };
        ledger.settle(permit, finding, at(61 + round)).unwrap();
        ledger.record(&target("t"), Settled::Resumed, at(61 + round)).unwrap();
    }
    fill(&mut ledger, "u");
    let before = ledger.state().known().clone();
    assert!(before.contexts && before.answers_changed && before.accounts.len() == 2);
    assert!(before.changes_with_204);
    drop(ledger);
    let ledger = Ledger::open(&place.path(), API, at(800)).unwrap();
    assert_eq!(ledger.state().known(), &before);
    // The first hold for the context and one account, the second for its 204, and the last
    // one for the rest.
    let text = fs::read_to_string(place.path()).unwrap();
    assert_eq!(text.lines().count(), 1 + 3 * 3, "{text}");
    assert_eq!(ledger.state().all_active().count(), 0);
}

/// A person resumed the task, `--reassert` paused it again, and that pause was not
/// ours in the end, once or several times: nothing is remembered. The facts that only
/// the first hold shows are.
#[test]
fn compaction_brings_nothing_back_that_a_later_hold_overruled_and_keeps_its_facts() {
    for times in [1, 2, 3] {
        let place = LedgerDir::new();
        let mut ledger = place.open().unwrap();
        let window = &hold(0, 60).windows()[0].clone();
        let pauses =
            |ledger: &mut Ledger| ledger.intend(vec![pause("t")], at(1)).unwrap().remove(0);
        let permit = pauses(&mut ledger);
        let seen = PauseState { user: Some("ops".into()), ..seen(&permit) };
        let answer = Some(ChangeAnswer::Changed);
        let ours = Finding { answer, seen: Some(seen), ..Settled::Paused.into() };
        ledger.settle(permit, ours, at(1)).unwrap();
        ledger.record(&target("t"), Settled::Overridden, at(2)).unwrap();
        for round in 1..=times {
            assert!(ledger.state().given_up(&target("t"), window).is_some());
            let permit = pauses(&mut ledger);
            let result = if round < times { Settled::Never } else { Settled::Foreign };
            ledger.settle(permit, result, at(3)).unwrap();
        }
        assert_eq!(ledger.state().given_up(&target("t"), window), None);
        fill(&mut ledger, "u");
        let known = ledger.state().known().clone();
        assert!(known.contexts && known.answers_changed && known.accounts.len() == 1);
        drop(ledger);
        let ledger = Ledger::open(&place.path(), API, at(800)).unwrap();
        let lines = fs::read_to_string(place.path()).unwrap().lines().count();
        assert_eq!(lines, 1 + 3 + 2 * times, "compacted");
        assert_eq!(ledger.state().given_up(&target("t"), window), None);
        assert_eq!(ledger.state().known(), &known);
    }
}
