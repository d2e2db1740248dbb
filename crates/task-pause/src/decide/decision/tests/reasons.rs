//! The reason of each decision, in the words that its receipt has.

use super::*;

/// The reason of a decision on that active hold and on a hold of these minutes, with the
/// pause state that is seen at that minute.
fn reason(
    active: Option<&ActiveHold>,
    wish: Wish,
    (start, end): (i64, i64),
    seen: Option<PauseState>,
    minute: i64,
) -> Option<&'static str> {
    let hold = hold(start, end);
    let case = Case { wish, active, ..fresh(&hold) };
    decide(&case, seen.map(look).as_ref(), at(minute), POLICY).why
}

#[test]
fn a_case_without_an_active_hold_says_why_it_is_left() {
    for (wish, seen, expected) in [
        (Wish::Hold, Some(not_paused()), None),
        (Wish::Hold, Some(others()), None),
        (Wish::Cancelled, None, Some("the timetable no longer has its window")),
        (Wish::GivenUp(Settled::Resumed), None, Some("given back before the end of this hold")),
        (
            Wish::GivenUp(Settled::Never),
            Some(not_paused()),
            Some("given back before the end of this hold"),
        ),
        (
            Wish::GivenUp(Settled::Overridden),
            None,
            Some("somebody else took it over during this hold"),
        ),
        (
            Wish::Hold,
            Some(ours()),
            Some(
                "it is paused with the mark of this ledger, which has no hold of it any more: \
                 `task-pause recover` takes it over",
            ),
        ),
    ] {
        assert_eq!(reason(None, wish, (0, 60), seen, 1), expected, "{wish:?}");
    }
}

#[test]
fn an_active_hold_that_is_not_changed_as_wished_says_why() {
    let another = "another window still holds it";
    let anew = "somebody else paused it anew";
    let late = "it is not paused, but its pause may still take effect";
    for (phase, wish, seen, minute, expected) in [
        (HELD, Wish::Hold, None, 1, None),
        (HELD, Wish::Hold, Some(ours()), 1, None),
        (HELD, Wish::KeptByOther, None, 1, Some(another)),
        (HELD, Wish::KeptByOther, Some(ours()), 1, Some(another)),
        (
            HELD,
            Wish::Hold,
            Some(ours()),
            60,
            Some("its hold is over or was given up: `task-pause resume` gives it back"),
        ),
        (HELD, Wish::Hold, Some(others()), 1, Some(anew)),
        (RESUMING, Wish::GiveBack, Some(others()), 60, Some(anew)),
        (HELD, Wish::GiveBack, Some(not_paused()), 60, Some("somebody else resumed it")),
        (HELD, Wish::GiveBack, Some(not_paused()), 1, Some("somebody else resumed it")),
        (HELD, Wish::Hold, Some(not_paused()), 60, Some("somebody else resumed it")),
        (
            HELD,
            Wish::Hold,
            Some(not_paused()),
            1,
            Some("somebody resumed it during this hold: --reassert pauses it again"),
        ),
        (
            ACCEPTED,
            Wish::Hold,
            Some(not_paused()),
            30,
            Some(
                "the API accepted the pause, but the task is not paused: the pause was lost or \
                 somebody resumed the task; --reassert pauses it again",
            ),
        ),
        (PAUSING, Wish::GiveBack, Some(not_paused()), 60, Some(late)),
        (ACCEPTED, Wish::GiveBack, Some(not_paused()), 1, Some(late)),
        (ACCEPTED, Wish::GiveBack, Some(not_paused()), 60, Some("its pause never took effect")),
    ] {
        let active = active_in(&phase);
        let found = reason(Some(&active), wish, (0, 60), seen.clone(), minute);
        assert_eq!(found, expected, "{phase:?} {wish:?} {seen:?} {minute}");
    }
}

#[test]
fn a_resume_that_may_still_come_says_whether_the_api_answered() {
    let mut active = active_in(&RESUMING);
    let sent = "its resume was sent, and may still come";
    assert_eq!(reason(Some(&active), Wish::Hold, (-60, 0), Some(ours()), 1), Some(sent));
    active.request.answer = Some(ChangeAnswer::Changed);
    let accepted = "its resume was accepted, and may still come";
    assert_eq!(reason(Some(&active), Wish::GiveBack, (0, 60), Some(ours()), 1), Some(accepted));
}

#[test]
fn what_is_missing_or_has_no_proof_says_so() {
    let active = active_in(&PAUSING);
    let hold = hold(0, 60);
    let case = Case { active: Some(&active), known: &UNKNOWN, ..fresh(&hold) };
    let unclear = decide(&case, Some(&look(others())), at(1), POLICY);
    let text = "it is paused, and nothing that the API shows proves whose pause it is";
    assert_eq!(unclear.why, Some(text));
    let missing = decide(&case, Some(&Observation::Missing), at(1), POLICY);
    let text = "the API finds the task neither by ID nor in the list; a later pass (after 10 s) \
                gives the hold up as gone";
    assert_eq!(missing.why, Some(text));
}
