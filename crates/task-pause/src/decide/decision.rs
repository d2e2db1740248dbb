//! The decision on one task or plan. Pure: a dry run stops after it.
//!
//! The rules, in the order in which they count:
//!
//! - A pause of somebody else is never touched, neither now nor at the end.
//! - A pause that may be ours stays in the ledger until the API shows its result.
//!   Until then it is reported, and never resumed blindly.
//! - A task that somebody resumed or paused anew during a hold stays as it is
//!   for that hold.

use maintenance_core::change::{ChangeAnswer, PauseState};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{ActiveHold, Phase, Settled, TenantFacts};
use maintenance_core::time::UtcTime;

use super::marks::{self, ledger_of};
use super::ownership::{Evidence, Owner, is_of_another_account, owner};
use crate::timing::{MISSING_INTERVAL, PAUSE_DATE_SKEW, TAKES_EFFECT};
use crate::types::{
    Action, Decision, DecisionStep, GIVEN_BACK_EARLY, HELD_BY_ANOTHER, Observation, Policy,
    UNCLEAR, Wish,
};

/// One candidate, with the facts of the ledger that bear on it.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    /// ID of the ledger.
    pub(crate) ledger: &'a str,
    /// The hold to decide on: the wanted one, or the active hold as it is from now on.
    pub(crate) hold: &'a Hold,
    pub(crate) wish: Wish,
    /// The active hold of the ledger.
    pub(crate) active: Option<&'a ActiveHold>,
    /// The facts about this tenant that earlier answers of the API show.
    pub(crate) known: &'a TenantFacts,
}

const MAYBE_RESUMED: &str = "the API accepted the pause, but the task is not paused: the pause was \
     lost or somebody resumed the task; --reassert pauses it again";

/// Names [`MISSING_INTERVAL`]: a test compares the two.
const MISSING: &str = "the API finds the task neither by ID nor in the list; a later pass (after \
     10 s) gives the hold up as gone";

const MAY_BE_LATE: &str = "it is not paused, but its pause may still take effect";

const GIVEN_BACK: Decision =
    Decision::because(DecisionStep::Report, Action::Kept, GIVEN_BACK_EARLY);

const STILL_HELD: Decision = Decision::because(DecisionStep::Report, Action::Kept, HELD_BY_ANOTHER);

const IS_OVER: &str = "its hold is over or was given up: `task-pause resume` gives it back";

const ORPHAN: &str = "it is paused with the mark of this ledger, which has no hold of it any more: \
     `task-pause recover` takes it over";

/// The reasons of decisions that may be others once more is known about the tenant.
pub(super) const WITHOUT_PROOF: [&str; 2] = [UNCLEAR, ORPHAN];

/// Whether the API must be asked before this case can be decided.
pub(crate) fn needs_look(case: &Case<'_>, now: UtcTime, policy: Policy) -> bool {
    match case.active {
        Some(active) => {
            // Between two holds anybody may have resumed the task.
            let is_next = !active.hold.touches(case.hold);
            case.wish == Wish::GiveBack || is_next || !active.is_settled() || policy.verify
        }
        None => without_look(case, now, policy).is_none(),
    }
}

/// Decides one case. `observed` is `None` if [`needs_look`] returned false.
///
#[doc = include_str!("decision/new.md")]
/// [`decide_active`] has the table for an active hold that was looked at.
pub(crate) fn decide(
    case: &Case<'_>,
    observed: Option<&Observation>,
    now: UtcTime,
    policy: Policy,
) -> Decision {
    match (case.active, observed) {
        (Some(_), None) if case.wish == Wish::KeptByOther => STILL_HELD,
        (Some(_), None) => Decision::new(DecisionStep::Report, Action::Held),
        (Some(active), Some(Observation::Missing)) => {
            if active.missing.is_some_and(|first| now.since(first) >= MISSING_INTERVAL) {
                Decision::new(DecisionStep::Settle(Settled::Gone), Action::Gone)
            } else {
                Decision::because(DecisionStep::Report, Action::Failed, MISSING)
            }
        }
        (Some(active), Some(Observation::Found(look))) => {
            decide_active(ActiveCase::new(case, active, &look.state, now, policy))
        }
        (None, observed) => without_look(case, now, policy).unwrap_or(match observed {
            Some(Observation::Missing) => Decision::new(DecisionStep::Report, Action::Gone),
            Some(Observation::Found(look)) if !look.state.paused => match case.wish {
                Wish::GivenUp(_) if !policy.reassert => GIVEN_BACK,
                _ => Decision::new(DecisionStep::Pause, Action::Paused),
            },
            Some(Observation::Found(look)) if is_orphan(case, &look.state) => {
                Decision::because(DecisionStep::Report, Action::Failed, ORPHAN)
            }
            _ => Decision::new(DecisionStep::Report, Action::Foreign),
        }),
    }
}

/// The decision on a case without an active hold, if no look is needed.
fn without_look(case: &Case<'_>, now: UtcTime, policy: Policy) -> Option<Decision> {
    if case.wish == Wish::Cancelled {
        let why = "the timetable no longer has its window";
        return Some(Decision::because(DecisionStep::Report, Action::Expired, why));
    }
    match (case.hold.tense(now, policy.lead), case.wish) {
        (Tense::Pending, _) => Some(Decision::new(DecisionStep::Report, Action::Pending)),
        (Tense::Over, _) => Some(Decision::new(DecisionStep::Report, Action::Expired)),
        (Tense::Open, Wish::GivenUp(result)) if !policy.reassert => match result {
            Settled::Resumed => Some(GIVEN_BACK),
            // The pause may still take effect after the hold was given up.
            Settled::Never => None,
            _ => {
                let why = "somebody else took it over during this hold";
                Some(Decision::because(DecisionStep::Report, Action::Kept, why))
            }
        },
        (Tense::Open, _) => None,
    }
}

/// An active hold, and the facts that the decision on it depends on.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
struct ActiveCase<'a> {
    active: &'a ActiveHold,
    owner: Owner,
    wish: Wish,
    /// Whether the hold has not begun.
    is_to_come: bool,
    /// Whether the hold is over, or a command gave all its windows back.
    is_over: bool,
    /// Whether the last request may still take effect.
    is_young: bool,
    /// Whether somebody resumed the task after our last request.
    was_resumed: bool,
    reassert: bool,
}

impl<'a> ActiveCase<'a> {
    fn new(
        case: &Case<'a>,
        active: &'a ActiveHold,
        state: &PauseState,
        now: UtcTime,
        policy: Policy,
    ) -> Self {
        Self {
            active,
            owner: owner(Evidence::of(active, case.known), state),
            wish: case.wish,
            is_to_come: case.hold.tense(now, policy.lead) == Tense::Pending,
            is_over: case.hold.is_over(now)
                || !policy.reassert && active.is_all_released(case.hold),
            is_young: now.since(active.request.asked) < TAKES_EFFECT,
            was_resumed: was_resumed(active, state),
            reassert: policy.reassert,
        }
    }

    fn gives_back(&self) -> bool {
        self.wish == Wish::GiveBack
    }
}

/// The decision on a case with an active hold.
///
#[doc = include_str!("decision/active.md")]
fn decide_active(case: ActiveCase<'_>) -> Decision {
    match (case.owner, &case.active.phase) {
        (Owner::Us, _) => decide_ours(case),
        (Owner::Other, Phase::Pausing { .. } | Phase::Accepted { .. }) => {
            Decision::new(DecisionStep::Settle(Settled::Foreign), Action::Foreign)
        }
        (Owner::Other, Phase::Held { .. } | Phase::Resuming { .. }) => {
            let action = if case.gives_back() { Action::Kept } else { Action::Foreign };
            let step = DecisionStep::Settle(Settled::Overridden);
            Decision::because(step, action, "somebody else paused it anew")
        }
        (Owner::Unclear, _) => Decision::because(DecisionStep::Report, Action::Failed, UNCLEAR),
        (Owner::Nobody, Phase::Resuming { .. }) => {
            Decision::new(DecisionStep::Settle(Settled::Resumed), Action::Resumed)
        }
        (Owner::Nobody, Phase::Pausing { .. } | Phase::Accepted { .. }) if !case.was_resumed => {
            decide_absent(case)
        }
        (Owner::Nobody, _) => decide_resumed(case),
    }
}

/// The decision where the API shows our pause.
fn decide_ours(case: ActiveCase<'_>) -> Decision {
    let report = DecisionStep::Report;
    let ActiveCase { active, wish, is_over, is_young, .. } = case;
    let gives_back = case.gives_back();
    match &active.phase {
        // The API would answer a second request with "nothing changed", as if
        // somebody else had resumed the task.
        Phase::Resuming { .. }
            if is_young && active.request.answer == Some(ChangeAnswer::Changed) =>
        {
            let why = "its resume was accepted, and may still come";
            Decision::because(report, Action::Accepted, why)
        }
        // The hold is over and this call does not give it back. The earlier resume may
        // have worked.
        Phase::Resuming { .. } if is_young && is_over && !gives_back => {
            Decision::because(report, Action::Accepted, "its resume was sent, and may still come")
        }
        _ if gives_back => Decision::new(DecisionStep::Resume, Action::Resumed),
        Phase::Held { .. } if is_over => Decision::because(report, Action::Held, IS_OVER),
        Phase::Held { .. } if wish == Wish::KeptByOther => STILL_HELD,
        Phase::Held { .. } => Decision::new(report, Action::Held),
        _ => Decision::new(DecisionStep::Settle(Settled::Paused), Action::Held),
    }
}

/// The decision where the API does not show the pause that was requested, and nothing shows
/// that somebody resumed the task.
fn decide_absent(case: ActiveCase<'_>) -> Decision {
    let report = DecisionStep::Report;
    let ActiveCase { active, is_young, .. } = case;
    match (case.gives_back() || case.is_over, &active.phase) {
        (false, Phase::Accepted { .. }) if is_young => Decision::new(report, Action::Accepted),
        // The API accepted the pause, and no look followed soon: the pause was lost, or a
        // person ended it.
        (false, Phase::Accepted { seen_absent: false }) if !case.reassert => {
            Decision::because(report, Action::Failed, MAYBE_RESUMED)
        }
        // Its intent was written ahead of its window.
        (false, _) if case.is_to_come => Decision::new(report, Action::Pending),
        (false, _) => Decision::new(DecisionStep::PauseAgain, Action::Paused),
        // We hold the lock, so the call that sent this request has ended. From now on,
        // count how late its request may take effect.
        (true, Phase::Pausing { doubt: None }) => {
            let step = DecisionStep::Settle(Settled::Unknown);
            Decision::because(step, Action::Accepted, MAY_BE_LATE)
        }
        (true, _) if is_young => Decision::because(report, Action::Accepted, MAY_BE_LATE),
        (true, _) => {
            let step = DecisionStep::Settle(Settled::Never);
            Decision::because(step, Action::Kept, "its pause never took effect")
        }
    }
}

/// The decision where somebody resumed the task.
fn decide_resumed(case: ActiveCase<'_>) -> Decision {
    let is_left = case.gives_back() || case.is_over;
    if !is_left && !case.is_to_come && case.reassert {
        return Decision::new(DecisionStep::PauseAgain, Action::Paused);
    }
    let why = if is_left {
        "somebody else resumed it"
    } else {
        "somebody resumed it during this hold: --reassert pauses it again"
    };
    Decision::because(DecisionStep::Settle(Settled::Overridden), Action::Kept, why)
}

/// Whether the pause has the mark of this ledger while the ledger has no active hold:
/// our pause took effect after it was given up.
fn is_orphan(case: &Case<'_>, state: &PauseState) -> bool {
    let hold = state.context.as_deref().and_then(marks::hold);
    let is_by_us = |hold: String| ledger_of(&hold).eq_ignore_ascii_case(case.ledger);
    !case.ledger.is_empty()
        && hold.is_some_and(is_by_us)
        && !is_of_another_account(case.known, state)
}

/// Whether a person resumed the task after our last request: the API showed a pause
/// since, or a later pause date. Most tenants show no date of a task that is not
/// paused.
fn was_resumed(active: &ActiveHold, state: &PauseState) -> bool {
    let is_later = |since: UtcTime| since > active.request.asked.saturating_add(PAUSE_DATE_SKEW);
    active.shown_in_doubt().is_some() || state.since.is_some_and(is_later)
}

#[cfg(test)]
mod tests;
