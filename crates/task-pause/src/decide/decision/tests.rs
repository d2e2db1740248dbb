//! The table of decisions, row by row.

mod looks;
mod reasons;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::HoldWindow;
use maintenance_core::ledger::{Doubt, Entry, LedgerEvent, LedgerState, TenantFacts};

use super::*;
use crate::decide::table_check::check;
use crate::types::Look;

/// A tenant of which nothing is known.
static UNKNOWN: TenantFacts = TenantFacts {
    contexts: false,
    accounts: BTreeSet::new(),
    answers_changed: false,
    changes_with_204: false,
    dated: None,
};

/// One that showed who pauses for us.
static KNOWN: LazyLock<TenantFacts> =
    LazyLock::new(|| TenantFacts { accounts: ["ops".to_owned()].into(), ..UNKNOWN.clone() });

const PAUSING: Phase = Phase::Pausing { doubt: None };
const ACCEPTED: Phase = Phase::Accepted { seen_absent: false };
const HELD: Phase = Phase::Held { seen: None };
const RESUMING: Phase = Phase::Resuming { seen: None };

const POLICY: Policy = Policy { lead: Duration::ZERO, reassert: false, verify: true };
const REASSERT: Policy = Policy { reassert: true, ..POLICY };

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

fn target() -> Target {
    Target { environment_id: "e".into(), kind: TargetKind::Task, id: "t".into() }
}

fn hold(start: i64, end: i64) -> Hold {
    let window = HoldWindow { name: "w".into(), start: at(start), end: Some(at(end)) };
    Hold::new(vec![window], Vec::new()).unwrap()
}

/// The active hold of a hold from minute 0 to 60 that was begun at minute 0, after
/// these events at the same time.
fn after(events: impl IntoIterator<Item = LedgerEvent>) -> ActiveHold {
    let begun = [
        LedgerEvent::Ledger { id: "l".into(), api: "a".into(), next: None },
        LedgerEvent::Pausing {
            hold: "l-2".into(),
            target: target(),
            labels: Arc::default(),
            windows: hold(0, 60).windows().to_vec(),
            runs: Vec::new(),
            prior: PauseState::default(),
            context: None,
        },
    ];
    let mut state = LedgerState::default();
    for (seq, event) in (1..).zip(begun.into_iter().chain(events)) {
        state.apply(&Entry { v: 1, seq, at: at(0), event }).unwrap();
    }
    state.active(&target()).unwrap().clone()
}

fn settled(result: Settled, seen: Option<PauseState>) -> LedgerEvent {
    LedgerEvent::Settled { hold: "l-2".into(), result, answer: None, seen }
}

/// The same, in a phase.
fn active_in(phase: &Phase) -> ActiveHold {
    let held = || settled(Settled::Paused, Some(ours()));
    after(match phase {
        Phase::Pausing { .. } => vec![],
        Phase::Accepted { .. } => vec![settled(Settled::Accepted, None)],
        Phase::Held { .. } => vec![held()],
        Phase::Resuming { .. } => {
            vec![held(), LedgerEvent::Resuming { hold: "l-2".into(), catch_up: false }]
        }
    })
}

fn ours() -> PauseState {
    let context = "patching [task-pause hold=l-2 until=active]".to_owned();
    PauseState {
        paused: true,
        since: Some(at(0)),
        user: Some("ops".into()),
        context: Some(context),
        ..PauseState::default()
    }
}

fn marked_by(hold: &str) -> PauseState {
    let context = format!("patching [task-pause hold={hold} until=active]");
    PauseState { context: Some(context), ..ours() }
}

fn others() -> PauseState {
    PauseState { context: Some("hands off".into()), user: Some("a-person".into()), ..ours() }
}

fn not_paused() -> PauseState {
    PauseState::default()
}

fn look(state: PauseState) -> Observation {
    Observation::Found(Look { state, workspace_id: None })
}

/// The case of a hold without an active hold.
fn fresh(hold: &Hold) -> Case<'_> {
    Case { ledger: "l", hold, active: None, wish: Wish::Hold, known: &KNOWN }
}

fn decided(
    phase: Option<&Phase>,
    wish: Wish,
    seen: PauseState,
    minute: i64,
    policy: Policy,
) -> (DecisionStep, Action) {
    let active = phase.map(active_in);
    let hold = hold(0, 60);
    let case = Case { active: active.as_ref(), wish, ..fresh(&hold) };
    let decision = decide(&case, Some(&look(seen)), at(minute), policy);
    (decision.step, decision.action)
}

#[test]
fn a_task_without_an_active_hold_is_paused_in_its_window_and_where_nobody_paused_it() {
    for (seen, minute, expected) in [
        (not_paused(), -1, (DecisionStep::Report, Action::Pending)),
        (not_paused(), 0, (DecisionStep::Pause, Action::Paused)),
        (others(), 0, (DecisionStep::Report, Action::Foreign)),
        // Our own mark without an active hold: a pause that was given up took effect
        // after all. It is not touched unasked, but reported.
        (ours(), 0, (DecisionStep::Report, Action::Failed)),
        // The mark of another host's ledger is another's pause.
        (marked_by("other-2"), 0, (DecisionStep::Report, Action::Foreign)),
        (not_paused(), 60, (DecisionStep::Report, Action::Expired)),
    ] {
        assert_eq!(decided(None, Wish::Hold, seen, minute, POLICY), expected, "minute {minute}");
    }
}

#[test]
fn an_active_hold_that_goes_on_is_decided_by_its_phase_and_by_whose_pause_shows() {
    for (phase, seen, expected) in [
        (HELD, ours(), (DecisionStep::Report, Action::Held)),
        (HELD, others(), (DecisionStep::Settle(Settled::Overridden), Action::Foreign)),
        (HELD, not_paused(), (DecisionStep::Settle(Settled::Overridden), Action::Kept)),
        (PAUSING, ours(), (DecisionStep::Settle(Settled::Paused), Action::Held)),
        (PAUSING, others(), (DecisionStep::Settle(Settled::Foreign), Action::Foreign)),
        (PAUSING, not_paused(), (DecisionStep::PauseAgain, Action::Paused)),
        (ACCEPTED, ours(), (DecisionStep::Settle(Settled::Paused), Action::Held)),
        (ACCEPTED, others(), (DecisionStep::Settle(Settled::Foreign), Action::Foreign)),
        (ACCEPTED, not_paused(), (DecisionStep::Report, Action::Accepted)),
        (RESUMING, ours(), (DecisionStep::Settle(Settled::Paused), Action::Held)),
        (RESUMING, others(), (DecisionStep::Settle(Settled::Overridden), Action::Foreign)),
        (RESUMING, not_paused(), (DecisionStep::Settle(Settled::Resumed), Action::Resumed)),
    ] {
        assert_eq!(decided(Some(&phase), Wish::Hold, seen, 1, POLICY), expected, "{phase:?}");
    }
    let again = (DecisionStep::PauseAgain, Action::Paused);
    assert_eq!(decided(Some(&HELD), Wish::Hold, not_paused(), 1, REASSERT), again);
    assert_eq!(decided(Some(&ACCEPTED), Wish::Hold, not_paused(), 30, REASSERT), again);
}

#[test]
fn an_active_hold_that_is_given_back_is_decided_by_its_phase_and_by_whose_pause_shows() {
    for (phase, seen, minute, expected) in [
        (HELD, ours(), 60, (DecisionStep::Resume, Action::Resumed)),
        (HELD, others(), 60, (DecisionStep::Settle(Settled::Overridden), Action::Kept)),
        (HELD, not_paused(), 60, (DecisionStep::Settle(Settled::Overridden), Action::Kept)),
        (PAUSING, ours(), 60, (DecisionStep::Resume, Action::Resumed)),
        (PAUSING, others(), 60, (DecisionStep::Settle(Settled::Foreign), Action::Foreign)),
        (ACCEPTED, ours(), 60, (DecisionStep::Resume, Action::Resumed)),
        (ACCEPTED, others(), 60, (DecisionStep::Settle(Settled::Foreign), Action::Foreign)),
        (PAUSING, not_paused(), 60, (DecisionStep::Settle(Settled::Unknown), Action::Accepted)),
        (ACCEPTED, not_paused(), 60, (DecisionStep::Settle(Settled::Never), Action::Kept)),
        (RESUMING, ours(), 60, (DecisionStep::Resume, Action::Resumed)),
        (RESUMING, others(), 60, (DecisionStep::Settle(Settled::Overridden), Action::Kept)),
        (RESUMING, not_paused(), 60, (DecisionStep::Settle(Settled::Resumed), Action::Resumed)),
    ] {
        for policy in [POLICY, REASSERT] {
            assert_eq!(
                decided(Some(&phase), Wish::GiveBack, seen.clone(), minute, policy),
                expected,
                "{phase:?}"
            );
        }
    }
}

/// Most tenants show no date of a task that is not paused.
#[test]
fn a_pause_date_well_after_our_request_shows_that_somebody_resumed_the_task() {
    let latest = at(0).saturating_add(PAUSE_DATE_SKEW);
    let left = (DecisionStep::Settle(Settled::Overridden), Action::Kept);
    let again = (DecisionStep::PauseAgain, Action::Paused);
    for (phase, without_date) in
        [(PAUSING, again), (ACCEPTED, (DecisionStep::Report, Action::Failed))]
    {
        for (since, expected) in [
            (None, without_date),
            (Some(at(-60)), without_date),
            (Some(latest), without_date),
            (Some(latest.saturating_add(Duration::from_millis(1))), left),
        ] {
            let shown = PauseState { since, ..not_paused() };
            let of = |policy| decided(Some(&phase), Wish::Hold, shown.clone(), 30, policy);
            assert_eq!(of(POLICY), expected, "{phase:?} {since:?}");
            assert_eq!(of(REASSERT), again, "{phase:?} {since:?}");
        }
    }
}

/// Given up as never made, it may take effect yet.
#[test]
fn what_was_given_back_stays_so_and_is_reported_if_it_shows_after_all() {
    let hold = hold(0, 60);
    let of = |result| Case { wish: Wish::GivenUp(result), ..fresh(&hold) };
    assert!(!needs_look(&of(Settled::Resumed), at(1), POLICY));
    assert!(needs_look(&of(Settled::Never), at(1), POLICY));
    for (seen, policy, expected) in [
        (not_paused(), POLICY, (DecisionStep::Report, Action::Kept)),
        (ours(), POLICY, (DecisionStep::Report, Action::Failed)),
        (others(), POLICY, (DecisionStep::Report, Action::Foreign)),
        (not_paused(), REASSERT, (DecisionStep::Pause, Action::Paused)),
    ] {
        let decision = decide(&of(Settled::Never), Some(&look(seen)), at(1), policy);
        assert_eq!((decision.step, decision.action), expected);
    }
}

/// Whether an accepted pause was lost or ended by a person shows in whether it
/// was looked at before a person had the time.
#[test]
fn an_accepted_pause_is_only_asked_for_again_where_nobody_can_have_ended_it() {
    let mut active = active_in(&ACCEPTED);
    let hold = hold(0, 60);
    let mut decided = |seen_absent, minute| {
        active.phase = Phase::Accepted { seen_absent };
        let case = Case { active: Some(&active), ..fresh(&hold) };
        let decision = decide(&case, Some(&look(not_paused())), at(minute), POLICY);
        (decision.step, decision.action)
    };
    assert_eq!(decided(true, 1), (DecisionStep::Report, Action::Accepted), "it may be late");
    assert_eq!(decided(true, 2), (DecisionStep::PauseAgain, Action::Paused));
    assert_eq!(decided(false, 1), (DecisionStep::Report, Action::Accepted));
    assert_eq!(decided(false, 2), (DecisionStep::Report, Action::Failed));
}

#[test]
fn a_pause_that_was_seen_and_is_gone_was_ended_by_somebody() {
    let mut active = active_in(&PAUSING);
    let shown = Some(Box::new(PauseState { paused: true, ..PauseState::default() }));
    active.phase = Phase::Pausing { doubt: Some(Doubt { shown }) };
    let hold = hold(0, 60);
    let case = Case { active: Some(&active), ..fresh(&hold) };
    let decision = decide(&case, Some(&look(not_paused())), at(1), POLICY);
    let left = (DecisionStep::Settle(Settled::Overridden), Action::Kept);
    assert_eq!((decision.step, decision.action), left);
}

/// A second request would be answered "nothing changed", as if by another.
#[test]
fn a_resume_that_was_accepted_is_not_asked_for_again_at_once() {
    let mut active = active_in(&RESUMING);
    active.request.answer = Some(ChangeAnswer::Changed);
    let hold = hold(0, 60);
    let case = Case { active: Some(&active), wish: Wish::GiveBack, ..fresh(&hold) };
    let decided = |minute| {
        let decision = decide(&case, Some(&look(ours())), at(minute), POLICY);
        (decision.step, decision.action)
    };
    assert_eq!(decided(1), (DecisionStep::Report, Action::Accepted));
    assert_eq!(decided(2), (DecisionStep::Resume, Action::Resumed));
}

/// A refused second try leaves what is known of the first.
#[test]
fn a_lost_pause_stays_lost_after_a_refused_second_try() {
    let active = after([
        settled(Settled::Accepted, Some(not_paused())),
        LedgerEvent::Again { hold: "l-2".into(), looked: None, context: None },
        settled(Settled::Withdrawn, None),
    ]);
    let hold = hold(0, 60);
    let case = Case { active: Some(&active), ..fresh(&hold) };
    let decision = decide(&case, Some(&look(not_paused())), at(2), POLICY);
    assert_eq!(decision.step, DecisionStep::PauseAgain);
}

#[test]
fn unknown_is_never_resumed_blindly_and_never_given_up() {
    let bare = PauseState { paused: true, since: Some(at(0)), ..PauseState::default() };
    let hold = hold(0, 60);
    for phase in [PAUSING, ACCEPTED] {
        let active = active_in(&phase);
        // Nothing shows whose these are, as long as no pause of ours was seen.
        for shown in [bare.clone(), others()] {
            for wish in [Wish::Hold, Wish::GiveBack] {
                let case = Case { active: Some(&active), wish, known: &UNKNOWN, ..fresh(&hold) };
                let decision = decide(&case, Some(&look(shown.clone())), at(1), POLICY);
                let unclear = (DecisionStep::Report, Action::Failed);
                assert_eq!((decision.step, decision.action), unclear, "{phase:?} {shown:?}");
            }
        }
    }
}

#[test]
fn what_is_missing_twice_is_gone() {
    let after = format!("(after {} s)", MISSING_INTERVAL.as_secs());
    assert!(MISSING.contains(&after), "{MISSING}");
    let hold = hold(0, 60);
    let mut active = active_in(&HELD);
    let mut decided = |missing: Option<i64>, second: u64| {
        active.missing = missing.map(at);
        let now = at(1).saturating_add(Duration::from_secs(second));
        let case = Case { active: Some(&active), ..fresh(&hold) };
        let decision = decide(&case, Some(&Observation::Missing), now, POLICY);
        (decision.step, decision.action)
    };
    let first = (DecisionStep::Report, Action::Failed);
    assert_eq!(decided(None, 0), first);
    assert_eq!(decided(Some(1), 9), first, "in the same pass");
    assert_eq!(decided(Some(1), 10), (DecisionStep::Settle(Settled::Gone), Action::Gone));
    // Nothing is forgotten with what is not held.
    let decision = decide(&fresh(&hold), Some(&Observation::Missing), at(1), POLICY);
    assert_eq!((decision.step, decision.action), (DecisionStep::Report, Action::Gone));
}

/// A request can be late from the time on when nobody can send it any more:
/// its intent may be far older.
#[test]
fn an_intent_is_given_up_only_after_it_was_doubted() {
    let mut active = active_in(&PAUSING);
    let hold = hold(0, 60);
    let mut decided = |doubted, asked, minute| {
        let doubt = Doubt { shown: None };
        active.phase = Phase::Pausing { doubt: Some(doubt).filter(|_| doubted) };
        active.request.asked = at(asked);
        let case = Case { active: Some(&active), wish: Wish::GiveBack, ..fresh(&hold) };
        let decision = decide(&case, Some(&look(not_paused())), at(minute), POLICY);
        (decision.step, decision.action)
    };
    let doubts = (DecisionStep::Settle(Settled::Unknown), Action::Accepted);
    assert_eq!(decided(false, 0, 60), doubts);
    assert_eq!(decided(true, 60, 61), (DecisionStep::Report, Action::Accepted));
    assert_eq!(decided(true, 60, 62), (DecisionStep::Settle(Settled::Never), Action::Kept));
}

#[test]
fn nothing_is_paused_again_after_its_hold() {
    let left = (DecisionStep::Settle(Settled::Overridden), Action::Kept);
    assert_eq!(decided(Some(&HELD), Wish::Hold, not_paused(), 60, REASSERT), left);
    for phase in [PAUSING, ACCEPTED, HELD] {
        let (step, _) = decided(Some(&phase), Wish::Hold, not_paused(), 90, REASSERT);
        assert_ne!(step, DecisionStep::PauseAgain, "{phase:?}");
    }
}

/// The step and the action of a decision, as the tables say them.
fn verdict(decision: Decision) -> String {
    let step = match decision.step {
        DecisionStep::Report => "report".to_owned(),
        DecisionStep::Settle(result) => format!("settle {}", format!("{result:?}").to_lowercase()),
        DecisionStep::Pause => "pause".to_owned(),
        DecisionStep::PauseAgain => "pause again".to_owned(),
        DecisionStep::Resume => "resume".to_owned(),
    };
    format!("{step} | {}", format!("{:?}", decision.action).to_lowercase())
}

#[test]
fn an_active_hold_is_decided_by_the_table() {
    let phases = [
        "pausing",
        "pausing in doubt",
        "accepted",
        "accepted and absent",
        "held",
        "resuming",
        "resuming (202)",
    ];
    let columns: [&[&str]; 7] = [
        &["ours", "other", "unclear", "nobody"],
        &phases,
        &["hold", "give back", "kept by other"],
        &["to come", "open", "over"],
        &["lately", "long ago"],
        &["no", "yes"],
        &["no", "yes"],
    ];
    check(include_str!("active.md"), &columns, |values| {
        let &[owner, phase, wish, hold, asked, resumed, reassert] = values else { panic!() };
        let mut active = active_in(match phase {
            "pausing" | "pausing in doubt" => &PAUSING,
            "accepted" | "accepted and absent" => &ACCEPTED,
            "held" => &HELD,
            _ => &RESUMING,
        });
        match phase {
            "pausing in doubt" => {
                active.phase = Phase::Pausing { doubt: Some(Doubt { shown: None }) }
            }
            "accepted and absent" => active.phase = Phase::Accepted { seen_absent: true },
            "resuming (202)" => active.request.answer = Some(ChangeAnswer::Changed),
            _ => {}
        }
        verdict(decide_active(ActiveCase {
            active: &active,
            owner: match owner {
                "ours" => Owner::Us,
                "other" => Owner::Other,
                "unclear" => Owner::Unclear,
                _ => Owner::Nobody,
            },
            wish: match wish {
                "hold" => Wish::Hold,
                "give back" => Wish::GiveBack,
                _ => Wish::KeptByOther,
            },
            is_to_come: hold == "to come",
            is_over: hold == "over",
            is_young: asked == "lately",
            was_resumed: resumed == "yes",
            reassert: reassert == "yes",
        }))
    });
}

#[test]
fn a_candidate_without_an_active_hold_is_decided_by_the_table() {
    let columns: [&[&str]; 4] = [
        &["hold", "cancelled", "given back", "taken over", "never paused"],
        &["to come", "open", "over"],
        &["nothing", "not paused", "our mark", "another pause"],
        &["no", "yes"],
    ];
    let hold = hold(0, 60);
    check(include_str!("new.md"), &columns, |values| {
        let &[wish, time, shown, reassert] = values else { panic!() };
        let wish = match wish {
            "hold" => Wish::Hold,
            "cancelled" => Wish::Cancelled,
            "given back" => Wish::GivenUp(Settled::Resumed),
            "taken over" => Wish::GivenUp(Settled::Overridden),
            _ => Wish::GivenUp(Settled::Never),
        };
        let minute = match time {
            "to come" => -1,
            "open" => 1,
            _ => 60,
        };
        let observed = match shown {
            "nothing" => vec![Observation::Missing],
            "not paused" => vec![look(not_paused())],
            "our mark" => vec![look(ours())],
            // Without a mark, and with that of another host's ledger.
            _ => vec![look(others()), look(marked_by("other-2"))],
        };
        let policy = if reassert == "yes" { REASSERT } else { POLICY };
        let case = Case { wish, ..fresh(&hold) };
        let is_looked_at = needs_look(&case, at(minute), policy);
        let decided = observed.iter().map(|observed| {
            verdict(decide(&case, is_looked_at.then_some(observed), at(minute), policy))
        });
        let decided: BTreeSet<String> = decided.collect();
        Vec::from_iter(decided).join(", or ")
    });
}
