//! Whether the API is asked before a decision.

use super::*;

#[test]
fn an_active_hold_is_looked_at_unless_it_is_surely_paused_and_goes_on() {
    for (phase, wish, start, verify, is_needed) in [
        (HELD, Wish::Hold, 0, false, false),
        (HELD, Wish::KeptByOther, 0, false, false),
        (HELD, Wish::Hold, 0, true, true),
        (HELD, Wish::GiveBack, 0, false, true),
        // At its edge it goes on; apart from it, anybody may have resumed the task.
        (HELD, Wish::Hold, 60, false, false),
        (HELD, Wish::Hold, 61, false, true),
        (PAUSING, Wish::Hold, 0, false, true),
        (ACCEPTED, Wish::Hold, 0, false, true),
        (RESUMING, Wish::Hold, 0, false, true),
    ] {
        let (active, hold) = (active_in(&phase), hold(start, 90));
        let case = Case { active: Some(&active), wish, ..fresh(&hold) };
        let policy = Policy { verify, ..POLICY };
        assert_eq!(needs_look(&case, at(1), policy), is_needed, "{phase:?} {wish:?} {start}");
    }
}

#[test]
fn a_task_that_is_not_held_is_looked_at_while_its_hold_is_open() {
    for (minute, is_needed) in [(-1, false), (0, true), (59, true), (60, false)] {
        let hold = hold(0, 60);
        assert_eq!(needs_look(&fresh(&hold), at(minute), POLICY), is_needed, "{minute}");
    }
}
