//! Pauses that carry the mark of another ledger. Pure.
//!
//! Another host may have made them, or this one before its ledger was lost or
//! its path was mistyped. They are foreign, and the receipt says whose they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maintenance_core::change::PauseState;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use super::marks::{self, ledger_of};
use crate::timing::LEDGER_IN_USE;
use crate::types::{Action, Report, UNCLEAR};

/// A text about the other ledger whose mark a pause carries, if it carries one.
fn name_other_ledger(ledger: &str, state: &PauseState) -> Option<String> {
    let context = state.context.as_deref().filter(|_| state.paused)?;
    let mark = marks::mark(context);
    let hold = match &mark {
        Some(mark) => mark.hold.clone(),
        None => marks::hold(context)?,
    };
    let other = ledger_of(&hold);
    if other.eq_ignore_ascii_case(ledger) {
        return None;
    }
    let end = match mark {
        Some(_) => {
            "that ledger gives it back, or, if it is lost, `task-pause recover` takes it over"
        }
        None => {
            "that ledger gives it back; `task-pause recover` cannot take over what was cut short"
        }
    };
    let until = match mark.map(|mark| mark.until) {
        Some(Some(until)) => format!(", until {until}"),
        Some(None) => ", without an end".to_owned(),
        None => ", which was cut short".to_owned(),
    };
    let (other, hold) = (clip(other), clip(&hold));
    Some(format!("it carries the mark of another ledger, {other} (hold {hold}{until}): {end}"))
}

/// The user, time and text of a pause, as far as the API shows them.
fn details(state: &PauseState) -> Option<String> {
    let mut said = String::new();
    if let Some(user) = &state.user {
        let _ = write!(said, " by {:?}", clip(user));
        let _ = state.user_type.as_ref().map(|kind| write!(said, " ({kind})"));
    }
    let _ = state.since.map(|since| write!(said, " since {since}"));
    if let Some(text) = state.context.as_ref().filter(|text| !text.trim().is_empty()) {
        let _ = write!(said, " with the text {:?}", clip(text));
    }
    (!said.is_empty()).then(|| format!("paused{said}"))
}

/// Adds the owner of a foreign or unclear pause to its report, as far as the API shows
/// it.
pub(crate) fn add_owner_details(report: &mut Report, ledger: &str, state: &PauseState) {
    let is_others = matches!(report.action, Action::Foreign | Action::Kept);
    if !state.paused || !(is_others || report.why == Some(UNCLEAR)) {
        return;
    }
    let said = [report.why.map(str::to_owned), details(state), name_other_ledger(ledger, state)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let details = report.details_mut();
    if !said.is_empty() {
        details.why = Some(said.join(": "));
    }
    details.paused_by = Some(state.clone());
}

/// The warnings before foreign pauses are taken over: ledgers that may be in use, and
/// marks that the API does not show.
pub(crate) fn doubts(paused: &[&PauseState], own: &str, now: UtcTime) -> Vec<String> {
    let context = |state: &PauseState| {
        let text = state.context.clone().unwrap_or_default();
        Some(text).filter(|text| !text.trim().is_empty())
    };
    let contexts: Vec<String> = paused.iter().filter_map(|state| context(state)).collect();
    if contexts.is_empty() && !paused.is_empty() {
        return vec![format!(
            "{} are paused, and the API shows the context of none: if this tenant hides contexts, \
             the pauses of a lost ledger cannot be distinguished from the pauses of people",
            paused.len()
        )];
    }
    let mut doubts = Vec::new();
    let is_cut = |text: &&String| marks::mark(text).is_none() && text.contains("[task-pause");
    let cut = contexts.iter().filter(is_cut).count();
    if cut > 0 {
        doubts.push(format!(
            "{cut} pauses have the beginning of a mark, of which this tenant does not show the \
             rest: they cannot be taken over"
        ));
    }
    // For each ledger: the number of its recent pauses, and the date of the last.
    let mut young: BTreeMap<String, (usize, Option<UtcTime>)> = BTreeMap::new();
    for state in paused {
        let is_young = state.since.is_none_or(|since| now.since(since) < LEDGER_IN_USE);
        let mark = state.context.as_deref().and_then(marks::mark).filter(|_| is_young);
        if let Some(mark) = mark.filter(|mark| ledger_of(&mark.hold) != own) {
            let (count, last) = young.entry(ledger_of(&mark.hold).to_owned()).or_default();
            *count += 1;
            *last = (*last).max(state.since);
        }
    }
    doubts.extend(young.into_iter().map(|(ledger, (count, last))| {
        let last = last.map_or("of unknown dates".to_owned(), |last| format!("the last at {last}"));
        let ledger = clip(&ledger);
        format!(
            "the ledger {ledger} may be in use: it made {count} of these pauses within a day \
             ({last}); if another host has it, leave them to it"
        )
    }));
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::test_ledger;
    use crate::types::{Candidate, Decision, DecisionStep, Wish};

    fn at(hour: i64) -> UtcTime {
        UtcTime::from_millis(1_790_000_000_000 + hour * 3_600_000).unwrap()
    }

    #[test]
    fn a_ledger_that_may_be_in_use_and_a_mark_that_is_not_shown_are_doubts() {
        let pause = |context: Option<&str>, hour: Option<i64>| PauseState {
            paused: true,
            since: hour.map(at),
            context: context.map(str::to_owned),
            ..PauseState::default()
        };
        let mine = Some("x [task-pause hold=own-2 until=open]");
        let other = Some("x [task-pause hold=other-2 until=open]");
        let cut = Some("x [task-pause hold=oth");
        for (paused, says) in [
            (vec![], &[][..]),
            (vec![pause(mine, Some(0))], &[]),
            (vec![pause(other, Some(-24))], &[]),
            (vec![pause(other, Some(-23)), pause(other, Some(-40))], &["it made 1 of"]),
            (vec![pause(other, Some(-1)), pause(other, Some(-2))], &["it made 2 of"]),
            (vec![pause(other, Some(2))], &["it made 1 of"]),
            (vec![pause(other, None)], &["of unknown dates"]),
            (vec![pause(None, Some(0)), pause(Some(" "), None)], &["2 are paused, and the API"]),
            (vec![pause(None, Some(0)), pause(Some("by hand"), None)], &[]),
            (vec![pause(cut, Some(0)), pause(other, Some(0))], &["1 pauses have", "it made 1"]),
        ] {
            let states: Vec<&PauseState> = paused.iter().collect();
            let doubts = doubts(&states, "own", at(0));
            assert_eq!(doubts.len(), says.len(), "{doubts:?}");
            for (doubt, part) in doubts.iter().zip(says) {
                assert!(doubt.contains(part), "{doubt}");
            }
        }
    }

    #[test]
    fn another_ledger_is_named_by_its_mark() {
        let reported = |context: Option<&str>, paused| {
            let context = context.map(str::to_owned);
            name_other_ledger("5f2c9a1b", &PauseState { paused, context, ..PauseState::default() })
        };
        let end = "2026-12-01T04:00:00.000Z";
        for (context, says) in [
            (
                format!("x [task-pause hold=0badcafe-12 until={end}]"),
                &["0badcafe ", "`task-pause recover`"][..],
            ),
            (format!("x [task-pause hold=0badcafe-12 until={end}]"), &[end]),
            (
                "x [task-pause hold=0badcafe-12 until=open]".into(),
                &["without an end", "`task-pause recover`"],
            ),
            ("x [task-pause hold=0badcafe-12 unt".into(), &["0badcafe ", "cut short"]),
            ("x [task-pause hold=odd until=open]".into(), &["ledger, odd "]),
        ] {
            let said = reported(Some(&context), true).unwrap();
            assert!(says.iter().all(|part| said.contains(part)), "{said}");
            assert_eq!(reported(Some(&context), false), None, "not paused");
        }
        for context in [
            None,
            Some(""),
            Some("by hand"),
            Some("x [task-pause hold=5f2c9a1b-12 until=open]"),
            Some("x [task-pause hold=0badcafe-"),
        ] {
            assert_eq!(reported(context, true), None, "{context:?}");
        }
    }

    #[test]
    fn a_pause_is_described_by_its_user_time_and_text_as_far_as_they_are_shown() {
        for (user, kind, since, context, expected) in [
            (None, None, None, None, None),
            (None, Some("HUMAN"), None, Some(" \n"), None),
            (Some("ops"), None, None, None, Some("paused by \"ops\"")),
            (Some("ops"), Some("HUMAN"), None, None, Some("paused by \"ops\" (HUMAN)")),
            (None, None, Some(0), None, Some("paused since 2026-09-21T14:13:20.000Z")),
            (None, None, None, Some("by hand"), Some("paused with the text \"by hand\"")),
        ] {
            let state = PauseState {
                paused: true,
                user: user.map(str::to_owned),
                user_type: kind.map(str::to_owned),
                since: since.map(at),
                context: context.map(str::to_owned),
                shown_at: None,
            };
            assert_eq!(details(&state).as_deref(), expected, "{state:?}");
        }
    }

    #[test]
    fn a_report_on_a_pause_that_is_not_surely_ours_shows_whose_it_is() {
        let by_ops = PauseState { paused: true, user: Some("ops".into()), ..PauseState::default() };
        let by_nobody = PauseState { user: None, ..by_ops.clone() };
        let ended = PauseState { paused: false, ..by_ops.clone() };
        let unclear = format!("{UNCLEAR}: paused by \"ops\"");
        for (action, why, state, expected) in [
            (Action::Foreign, None, &by_ops, Some(Some("paused by \"ops\""))),
            (Action::Kept, Some("kept"), &by_ops, Some(Some("kept: paused by \"ops\""))),
            (Action::Failed, Some(UNCLEAR), &by_ops, Some(Some(&*unclear))),
            (Action::Foreign, None, &by_nobody, Some(None)),
            (Action::Failed, Some("else"), &by_ops, None),
            (Action::Held, None, &by_ops, None),
            (Action::Foreign, None, &ended, None),
            (Action::Failed, Some(UNCLEAR), &ended, None),
        ] {
            let hold = test_ledger::hold(&[test_ledger::window("w", 0, 9)]);
            let (target, labels) = (test_ledger::task("a"), std::sync::Arc::default());
            let candidate = Candidate { target, labels, hold, wish: Wish::Hold };
            let decision = Decision { step: DecisionStep::Report, action, why };
            let mut report = Report::of(&candidate, decision);
            add_owner_details(&mut report, "own", state);
            let reported = report.details.map(|details| (details.why, details.paused_by));
            let expected = expected.map(|why| (why.map(str::to_owned), Some(state.clone())));
            assert_eq!(reported, expected, "{action:?} {why:?} {state:?}");
        }
    }
}
