//! The facts that outlast a phase: the holds by target and by ID, the windows that
//! were given up, the holds that a compaction keeps, and the clock.

use super::*;

const WEEK: i64 = 7 * 24 * 3_600;

fn ledger() -> LedgerState {
    Story::new().0
}

/// Takes in a line that was written at that second.
fn happens(state: &mut LedgerState, second: i64, event: LedgerEvent) {
    let seq = state.next_seq();
    state.apply(&Entry { v: VERSION, seq, at: at(second), event }).unwrap();
}

fn task(id: &str) -> Target {
    Target { id: id.into(), ..target() }
}

fn window(name: &str, start: i64, end: Option<i64>) -> HoldWindow {
    HoldWindow { name: name.into(), start: at(start), end: end.map(at) }
}

/// The first request for a hold of that ID and windows, for the task of the same ID.
fn pausing(hold: &str, windows: &[HoldWindow]) -> LedgerEvent {
    LedgerEvent::Pausing {
        hold: hold.to_owned(),
        target: task(hold),
        labels: Arc::default(),
        windows: windows.to_vec(),
        runs: Vec::new(),
        prior: PauseState::default(),
        context: None,
    }
}

fn settled(hold: &str, result: Settled) -> LedgerEvent {
    LedgerEvent::Settled { hold: hold.to_owned(), result, answer: None, seen: None }
}

fn resuming(hold: &str, catch_up: bool) -> LedgerEvent {
    LedgerEvent::Resuming { hold: hold.to_owned(), catch_up }
}

#[test]
fn a_ledger_is_that_of_its_first_line() {
    let none = LedgerState::default();
    assert_eq!((none.id(), none.api(), none.clock()), ("", None, None));
    let some = ledger();
    assert_eq!((some.id(), some.api(), some.clock()), ("l", Some("a"), Some(at(1))));
}

#[test]
fn an_active_hold_is_found_by_its_task_and_by_its_id_until_it_is_over() {
    let mut state = ledger();
    let ids = |state: &LedgerState| {
        let ids: Vec<String> = state.all_active().map(|active| active.id.to_string()).collect();
        assert_eq!(state.active_count(), ids.len());
        ids
    };
    assert!(ids(&state).is_empty());
    happens(&mut state, 1, pausing("l-1", &[window("w", 0, None)]));
    happens(&mut state, 1, pausing("l-2", &[window("w", 0, None)]));
    assert_eq!(ids(&state), ["l-1", "l-2"]);
    assert_eq!(state.target_of("l-2"), Some(&task("l-2")));
    let before = state.snapshot(&task("l-2")).unwrap();
    happens(&mut state, 2, settled("l-2", Settled::Paused));
    // A snapshot is of its time.
    assert_eq!(before.phase, Phase::Pausing { doubt: None });
    assert!(state.active(&task("l-2")).unwrap().is_settled());
    happens(&mut state, 3, settled("l-2", Settled::Resumed));
    assert_eq!(ids(&state), ["l-1"]);
    assert_eq!((state.target_of("l-2"), state.snapshot(&task("l-2"))), (None, None));
}

#[test]
fn a_pause_that_was_seen_as_ours_shows_the_account_of_this_tenant() {
    let mut state = ledger();
    assert_eq!(state.known(), &TenantFacts::default());
    happens(&mut state, 1, pausing("l-1", &[window("w", 0, None)]));
    let seen = PauseState { paused: true, user: Some("ops".into()), ..PauseState::default() };
    let (hold, result) = ("l-1".to_owned(), Settled::Paused);
    happens(&mut state, 2, LedgerEvent::Settled { hold, result, answer: None, seen: Some(seen) });
    let accounts = ["ops".to_owned()].into();
    assert_eq!(state.known(), &TenantFacts { accounts, ..TenantFacts::default() });
}

#[test]
fn a_hold_that_somebody_ends_before_its_end_is_given_up_and_no_other_is() {
    use Settled::{Foreign, Gone, Never, Overridden, Resumed, Withdrawn};
    for (result, is_decision) in [
        (Resumed, true),
        (Overridden, true),
        (Never, true),
        (Foreign, false),
        (Gone, false),
        (Withdrawn, false),
    ] {
        for (end, ended, is_early) in [
            (Some(3_600), 3_599, true),
            (Some(3_600), 3_600, false),
            (Some(3_600), 3_601, false),
            (None, 3_601, true),
        ] {
            let (mut state, own) = (ledger(), window("w", 0, end));
            happens(&mut state, 1, pausing("l-1", std::slice::from_ref(&own)));
            assert_eq!(state.given_up(&task("l-1"), &own), None);
            happens(&mut state, ended, settled("l-1", result));
            let expected = Some(result).filter(|_| is_decision && is_early);
            let given_up = |id: &str, window| state.given_up(&task(id), &window);
            assert_eq!(given_up("l-1", own.clone()), expected, "{result:?} {end:?} {ended}");
            // As it was before it was moved.
            assert_eq!(given_up("l-1", window("w", 3_000, Some(9_000))), expected, "{result:?}");
            assert_eq!(given_up("l-1", window("x", 0, end)), None, "{result:?}");
            assert_eq!(given_up("l-2", own), None, "{result:?}");
        }
    }
}

#[test]
fn a_window_that_a_command_gave_back_is_given_up_until_it_is_taken_up_again() {
    let (back, kept) = (window("back", 0, Some(3_600)), window("kept", 3_000, Some(7_200)));
    let (mut state, task) = (ledger(), task("l-1"));
    happens(&mut state, 1, pausing("l-1", &[back.clone(), kept.clone()]));
    let (hold, windows) = ("l-1".to_owned(), vec![back.clone()]);
    happens(&mut state, 2, LedgerEvent::Released { hold, windows });
    let given_up = |state: &LedgerState| [&back, &kept].map(|own| state.given_up(&task, own));
    assert_eq!(given_up(&state), [Some(Settled::Resumed), None]);
    // Whatever becomes of the others.
    happens(&mut state, 3, settled("l-1", Settled::Gone));
    assert_eq!(given_up(&state), [Some(Settled::Resumed), None]);
    let LedgerEvent::Pausing { target, labels, windows, runs, prior, .. } =
        pausing("l-1", std::slice::from_ref(&back))
    else {
        panic!("another event")
    };
    let hold = "l-2".to_owned();
    let again = LedgerEvent::Pausing { hold, target, labels, windows, runs, prior, context: None };
    happens(&mut state, 4, again);
    assert_eq!(given_up(&state), [None, None]);
    happens(&mut state, 5, settled("l-2", Settled::Gone));
    assert_eq!(given_up(&state), [None, None]);
}

#[test]
fn a_compaction_keeps_active_holds_and_facts_that_are_still_needed() {
    let mut state = ledger();
    for (hold, end) in [
        ("early", Some(3_600)),
        ("endless", None),
        ("in-time", Some(10)),
        ("marked", Some(10)),
        ("open", Some(10)),
        ("to-catch-up", Some(10)),
    ] {
        happens(&mut state, 1, pausing(hold, &[window("w", 0, end)]));
    }
    happens(&mut state, 20, settled("early", Settled::Resumed));
    happens(&mut state, 20, settled("endless", Settled::Resumed));
    happens(&mut state, 20, settled("in-time", Settled::Resumed));
    happens(&mut state, 20, resuming("to-catch-up", true));
    happens(&mut state, 20, settled("to-catch-up", Settled::Resumed));
    let context = Some("patching [task-pause hold=marked until=open]".to_owned());
    let (hold, result) = ("marked".to_owned(), Settled::Foreign);
    let seen = Some(PauseState { paused: true, context, ..PauseState::default() });
    happens(&mut state, 20, LedgerEvent::Settled { hold, result, answer: None, seen });
    let kept = |second| state.kept_holds(at(second)).collect::<BTreeSet<&str>>();
    let always = BTreeSet::from(["endless", "marked", "open", "to-catch-up"]);
    assert_eq!(kept(3_600 + WEEK), always);
    let recent = &always | &BTreeSet::from(["early"]);
    assert_eq!(kept(3_600 + WEEK - 1), recent);
    assert_eq!(kept(0), recent);
    let (catch_up, pending) = state.catch_ups().next().unwrap();
    assert_eq!((catch_up, &pending.target), ("to-catch-up", &task("to-catch-up")));
    assert_eq!((pending.paused, pending.starting), ((at(1), at(20)), false));
    assert_eq!(state.catch_ups().count(), 1);
}

#[test]
fn a_clock_is_behind_where_it_shows_over_five_minutes_before_the_latest_line() {
    let mut state = ledger();
    happens(&mut state, 1_000, pausing("l-1", &[window("w", 0, None)]));
    // A line with an earlier time does not set it back.
    happens(&mut state, 900, settled("l-1", Settled::Paused));
    assert_eq!(state.clock(), Some(at(1_000)));
    for (now, behind) in [(699, Some(301)), (700, None), (701, None), (1_000, None), (2_000, None)]
    {
        assert_eq!(state.clock_is_behind(at(now)), behind.map(Duration::from_secs), "{now}");
    }
    happens(&mut state, 600, LedgerEvent::ClockAccepted {});
    assert_eq!((state.clock(), state.clock_is_behind(at(600))), (Some(at(600)), None));
    assert_eq!(LedgerState::default().clock_is_behind(at(0)), None);
}

#[test]
fn an_equal_hold_of_the_caller_is_shared_and_another_is_not_taken() {
    let own = window("w", 0, Some(3_600));
    let mut state = ledger();
    happens(&mut state, 1, pausing("l-1", std::slice::from_ref(&own)));
    let equal = Hold::new(vec![own.clone()], Vec::new()).unwrap();
    let other = Hold::new(vec![own], vec![at(5)]).unwrap();
    let memory = |hold: &Hold| hold.windows().as_ptr();
    state.share_hold(&task("l-1"), &other);
    let held = |state: &LedgerState| state.active(&task("l-1")).unwrap().hold.clone();
    assert_eq!(held(&state), equal);
    assert_ne!(memory(&held(&state)), memory(&equal));
    state.share_hold(&task("l-1"), &equal);
    assert_eq!(memory(&held(&state)), memory(&equal));
}
