//! Batches: what one candidate changes for the next, the limit, the hold before, and
//! what a report shows. Times are minutes; a hold begins at minute 0 and ends at 60.

use std::str::FromStr as _;

use maintenance_core::change::{ChangeAnswer, PauseState};
use maintenance_core::hold::Hold;
use maintenance_core::ledger::{LedgerEvent, Settled};

use super::*;
use crate::decide::test_ledger::{at, hold, ledger, pausing, settled, task, window};
use crate::types::Wish;

fn candidate(id: &str, hold: Hold, wish: Wish) -> Candidate {
    Candidate { target: task(id), labels: std::sync::Arc::default(), hold, wish }
}

fn now(id: &str) -> Candidate {
    candidate(id, hold(&[window("w", 0, 60)]), Wish::Hold)
}

fn found(state: PauseState) -> Observation {
    Observation::Found(Look { state, workspace_id: None })
}

fn not_paused() -> PauseState {
    PauseState::default()
}

/// A pause by the account `ops`, dated at minute 0, with this context.
fn paused(context: Option<&str>) -> PauseState {
    PauseState {
        paused: true,
        since: Some(at(0)),
        user: Some("ops".into()),
        context: context.map(str::to_owned),
        ..PauseState::default()
    }
}

fn ours(id: &str) -> PauseState {
    paused(Some(&format!("patching [task-pause hold={id} until=open]")))
}

fn others() -> PauseState {
    paused(Some("by hand [task-pause hold=other-2 until=open]"))
}

/// A ledger in which this task is paused from minute 0 to 20.
fn held_until_20(id: &str) -> [LedgerEvent; 2] {
    [pausing(&task(id), &[window("w", 0, 20)]), settled(id, Settled::Paused)]
}

fn propose_at<'c>(
    minute: i64,
    looks: &'c [(Candidate, PauseState)],
    state: &LedgerState,
    limit: Option<&mut TaskLimit>,
) -> ChangeSet<'c> {
    let looks = looks.iter().map(|(candidate, shown)| (candidate, Ok(Some(found(shown.clone())))));
    propose(looks, state, BatchTimes::all_at(at(minute)), Policy::default(), limit)
}

/// The step on the hold before, and on the hold.
fn steps(set: &ChangeSet<'_>) -> Vec<(Option<DecisionStep>, Option<DecisionStep>)> {
    let steps = set.proposals.iter().map(|proposal| match proposal {
        Proposal::Decided(decided) => {
            (decided.past.map(|past| past.step), decided.decision.map(|decision| decision.step))
        }
        Proposal::Failed(..) => panic!("a look failed"),
    });
    steps.collect()
}

fn decisions(set: &ChangeSet<'_>) -> Vec<Decision> {
    let decided = set.proposals.iter().filter_map(|proposal| match proposal {
        Proposal::Decided(decided) => decided.decision,
        Proposal::Failed(..) => None,
    });
    decided.collect()
}

const PAUSE: (Option<DecisionStep>, Option<DecisionStep>) = (None, Some(DecisionStep::Pause));
const REPORT: (Option<DecisionStep>, Option<DecisionStep>) = (None, Some(DecisionStep::Report));
const ENDED: DecisionStep = DecisionStep::Settle(Settled::Overridden);

#[test]
fn pauses_are_admitted_up_to_the_limit_with_those_of_the_same_batch() {
    let looks = ["a", "b", "c"].map(|id| (now(id), not_paused()));
    let counted: Vec<Candidate> = looks.iter().map(|(one, _)| one.clone()).collect();
    let state = LedgerState::default();
    let mut limit = TaskLimit::new(2, &counted, 0);
    let set = propose_at(30, &looks, &state, Some(&mut limit));
    assert_eq!(steps(&set), [PAUSE, PAUSE, REPORT]);
    assert_eq!(decisions(&set)[2], TOO_MANY);
    assert_eq!(set.pauses(&state), ChangeCounts { new: 2, again: 0, given_back: 0 });
    assert_eq!(steps(&propose_at(30, &looks, &state, None)), [PAUSE; 3]);
}

#[test]
fn a_hold_that_ends_makes_room_for_the_next_candidate() {
    let state = ledger(held_until_20("a"));
    let looks = [
        (candidate("a", hold(&[window("w", 0, 20)]), Wish::GiveBack), not_paused()),
        (now("b"), not_paused()),
        (now("c"), not_paused()),
    ];
    let counted: Vec<Candidate> = looks.iter().map(|(one, _)| one.clone()).collect();
    let set = propose_at(45, &looks, &state, Some(&mut TaskLimit::new(1, &counted, 0)));
    assert_eq!(steps(&set), [(None, Some(ENDED)), PAUSE, REPORT]);
}

#[test]
fn a_pause_is_repeated_only_within_the_limit() {
    let state = ledger([pausing(&task("a"), &[window("w", 0, 60)])]);
    let looks = [(now("a"), not_paused())];
    for (limit, step) in [(1, DecisionStep::PauseAgain), (0, DecisionStep::Report)] {
        let set = propose_at(30, &looks, &state, Some(&mut TaskLimit::new(limit, &[], 0)));
        assert_eq!(steps(&set), [(None, Some(step))], "{limit}");
    }
}

#[test]
fn a_hold_that_is_over_is_decided_on_before_the_next_one_if_it_has_ended_or_is_ending() {
    let next = |wish| candidate("a", hold(&[window("w", 40, 60)]), wish);
    let held = held_until_20("a");
    let resuming = |answer| {
        let resuming = LedgerEvent::Resuming { hold: "a".into(), catch_up: false };
        let accepted = LedgerEvent::Settled {
            hold: "a".into(),
            result: Settled::Accepted,
            answer,
            seen: None,
        };
        held.clone().into_iter().chain([resuming, accepted])
    };
    let changed = Some(ChangeAnswer::Changed);
    for (state, minute, shown, expected) in [
        // Somebody resumed it in between.
        (ledger(held.clone()), 45, not_paused(), (Some(ENDED), Some(DecisionStep::Pause))),
        // Our pause of the hold before holds on.
        (ledger(held.clone()), 45, ours("a"), (None, Some(DecisionStep::Report))),
        // That hold is not over yet.
        (ledger(held.clone()), 19, ours("a"), (None, Some(DecisionStep::Report))),
        // It was resumed long ago, in vain.
        (
            ledger(resuming(changed)),
            45,
            ours("a"),
            (None, Some(DecisionStep::Settle(Settled::Paused))),
        ),
    ] {
        let looks = [(next(Wish::Hold), shown)];
        let counted = [looks[0].0.clone()];
        let set = propose_at(minute, &looks, &state, Some(&mut TaskLimit::new(1, &counted, 0)));
        assert_eq!(steps(&set), [expected], "{:?} {minute}", looks[0].1);
    }
    // Its resume was accepted a minute ago, and may still come: nothing new begins.
    let mut state = ledger(resuming(changed));
    let again = LedgerEvent::Settled {
        hold: "a".into(),
        result: Settled::Accepted,
        answer: changed,
        seen: None,
    };
    let seq = 100;
    state.apply(&maintenance_core::ledger::Entry { v: 3, seq, at: at(44), event: again }).unwrap();
    let looks = [(next(Wish::Hold), ours("a"))];
    let set = propose_at(45, &looks, &state, None);
    assert_eq!(steps(&set), [(Some(DecisionStep::Report), None)]);
    // The words are those of a hold that is over.
    let looks = [(next(Wish::Hold), not_paused())];
    let state = ledger(held_until_20("a"));
    let set = propose_at(45, &looks, &state, None);
    let Proposal::Decided(decided) = &set.proposals[0] else { panic!("a look failed") };
    assert_eq!(decided.past.unwrap().why, Some("somebody else resumed it"));
    let reports = set.proposals[0].reports(&state, &Reason::from_str("for {name}").unwrap());
    let reported: Vec<_> = reports
        .iter()
        .map(|report| (report.action, report.hold.start(), report.paused_since))
        .collect();
    assert_eq!(reported, [(Action::Kept, at(0), Some(at(0))), (Action::Paused, at(40), None)]);
}

#[test]
fn a_hold_that_touches_the_next_one_or_whose_task_is_missing_is_not_a_hold_before() {
    let state = ledger(held_until_20("a"));
    let looks = [(candidate("a", hold(&[window("w", 20, 60)]), Wish::Hold), not_paused())];
    assert_eq!(steps(&propose_at(45, &looks, &state, None)), [(None, Some(ENDED))]);
    let next = candidate("a", hold(&[window("w", 40, 60)]), Wish::Hold);
    let missing = [(&next, Ok(Some(Observation::Missing)))].into_iter();
    let times = BatchTimes::all_at(at(45));
    let set = propose(missing, &state, times, Policy::default(), None);
    assert_eq!(steps(&set), [REPORT]);
}

#[test]
fn a_pause_is_not_made_where_its_hold_ended_or_began_during_the_batch() {
    let held = ledger([pausing(&task("a"), &[window("w", 0, 60)]), settled("a", Settled::Paused)]);
    let none = LedgerState::default();
    for (state, shown, (collected, began, looked), expected) in [
        (&none, not_paused(), (30, 30, 30), (Action::Paused, None)),
        (&none, not_paused(), (30, 30, 60), (Action::Expired, Some(WINDOW_ENDED))),
        (&none, not_paused(), (-1, 0, 1), (Action::Pending, None)),
        // Neither bears on what is no pause.
        (&held, ours("a"), (30, 30, 60), (Action::Held, None)),
        (&none, others(), (-1, 0, 1), (Action::Foreign, None)),
    ] {
        let one = now("a");
        let [collected, began, looked] = [collected, began, looked].map(at);
        let times = BatchTimes { collected, began, looked };
        let looks = [(&one, Ok(Some(found(shown))))].into_iter();
        let set = propose(looks, state, times, Policy::default(), None);
        let decision = decisions(&set)[0];
        assert_eq!((decision.action, decision.why), expected, "{times:?}");
    }
}

/// A request whose pause was seen by nobody, of a tenant that dates its answers.
fn asked(id: &str) -> LedgerEvent {
    let mut event = pausing(&task(id), &[window("w", 0, 60)]);
    if let LedgerEvent::Pausing { prior, .. } = &mut event {
        prior.shown_at = Some(at(0));
    }
    event
}

#[test]
fn a_pause_without_a_proof_is_decided_again_by_what_the_batch_shows() {
    let state = ledger([asked("a"), asked("b")]);
    let held = DecisionStep::Settle(Settled::Paused);
    let alone = [(now("a"), paused(None))];
    let set = propose_at(1, &alone, &state, None);
    assert_eq!(decisions(&set)[0].why, Some(crate::types::UNCLEAR));
    let unproven = set.unproven().unwrap();
    assert!(unproven.if_more_is_known(&state).is_empty());
    // The other one shows by which account we pause.
    let both = [(now("a"), paused(None)), (now("b"), ours("b"))];
    let set = propose_at(1, &both, &state, None);
    assert_eq!(steps(&set), [(None, Some(held)); 2]);
    assert!(set.unproven().is_none());
    // A later pass knows it from the ledger.
    let seen = Some(ours("b"));
    let shown =
        LedgerEvent::Settled { hold: "b".into(), result: Settled::Paused, answer: None, seen };
    let later = ledger([asked("a"), asked("b"), shown]);
    let mixed = [(now("a"), paused(None)), (now("c"), not_paused())];
    let set = propose_at(1, &mixed, &state, None);
    let again = set.unproven().unwrap().if_more_is_known(&later);
    assert_eq!(again, [now("a")]);
}

#[test]
fn an_earlier_look_is_enough_for_a_pause_and_for_our_pause_in_its_place() {
    let own = [window("w", 0, 60)];
    let begun = pausing(&task("a"), &own);
    let none = LedgerState::default();
    let asked = ledger([begun.clone()]);
    let held = ledger([begun, settled("a", Settled::Paused)]);
    for (state, shown, minute, is_enough_now) in [
        (&none, not_paused(), 30, true),
        (&none, not_paused(), -1, false),
        (&none, others(), 30, false),
        (&held, ours("a"), 30, true),
        (&held, ours("a"), 60, false),
        (&held, not_paused(), 30, false),
        // Something is to be written, or nothing proves whose it is.
        (&asked, ours("a"), 30, false),
        (&asked, paused(None), 30, false),
    ] {
        let observed = Observation::Found(Look { state: shown, workspace_id: None });
        let found = is_enough(&now("a"), &observed, state, at(minute), Policy::default());
        assert_eq!(found, is_enough_now, "{observed:?} {minute}");
    }
}

#[test]
fn a_report_has_the_reason_of_a_pause_and_the_account_of_one_that_shows() {
    let reason = Reason::from_str("for {name}").unwrap();
    for (shown, text, by) in [(not_paused(), Some("for w"), None), (others(), None, Some("ops"))] {
        let looks = [(now("a"), shown)];
        let state = LedgerState::default();
        let set = propose_at(30, &looks, &state, None);
        let reports = set.proposals[0].reports(&state, &reason);
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].reason.as_deref(), reports[0].by.as_deref()), (text, by));
    }
}

/// The resume of a hold was asked for, and the look shows that it came. Only the windows
/// of that hold are given back: another one that is open is met by the same call.
#[test]
fn a_resume_that_came_gives_back_the_windows_of_its_hold_alone() {
    const RESUMED: DecisionStep = DecisionStep::Settle(Settled::Resumed);
    const BOTH: (Option<DecisionStep>, Option<DecisionStep>) =
        (Some(RESUMED), Some(DecisionStep::Pause));
    let w = |end| window("w", 0, end);
    let x = |start| window("x", start, 90);
    for (end, wanted, wish, expected) in [
        // It is over: the next window touches it, or does not, or is not there.
        (20, vec![w(20), x(20)], Wish::Hold, BOTH),
        (20, vec![x(25)], Wish::Hold, BOTH),
        (20, vec![w(20)], Wish::GiveBack, (None, Some(RESUMED))),
        // It was given back early, and another window stands in its stead.
        (60, vec![x(10)], Wish::Hold, BOTH),
        (60, vec![x(25)], Wish::KeptByOther, BOTH),
        // Its window is there again, alone or with another one.
        (60, vec![w(60)], Wish::Hold, (None, Some(RESUMED))),
        (60, vec![w(60), x(60)], Wish::Hold, (None, Some(RESUMED))),
        (60, vec![w(60)], Wish::GiveBack, (None, Some(RESUMED))),
    ] {
        let resuming = LedgerEvent::Resuming { hold: "a".into(), catch_up: false };
        let paused = [pausing(&task("a"), &[w(end)]), settled("a", Settled::Paused), resuming];
        let looks = [(candidate("a", hold(&wanted), wish), not_paused())];
        let set = propose_at(30, &looks, &ledger(paused), None);
        assert_eq!(steps(&set), [expected], "until {end}, {wanted:?} {wish:?}");
    }
}

#[test]
fn the_api_is_asked_about_what_is_on_and_not_held_yet() {
    let state = ledger(held_until_20("held"));
    let held = candidate("held", hold(&[window("w", 0, 20)]), Wish::Hold);
    for (candidate, minute, expected) in
        [(&now("free"), 5, true), (&now("free"), 60, false), (&held, 5, false)]
    {
        let looks = needs_look_at(candidate, &state, at(minute), Policy::default());
        assert_eq!(looks, expected, "{} at {minute}", candidate.target);
    }
}
