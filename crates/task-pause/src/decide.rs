//! What to do with one task or plan. Pure: a dry run stops after it.
//!
//! The rules, in the order in which they count:
//!
//! - What somebody else paused is never touched, neither now nor at the end.
//! - What we may have paused stays in the ledger until the API shows what
//!   became of it. Unknown is reported; it is never resumed blindly.
//! - What somebody resumed or ended during a hold stays so for that hold.

use std::time::Duration;

use maintenance_core::change::{ChangeAnswer, PauseState};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{OpenHold, Phase, Settled, TenantFacts};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::api::Look;
use crate::marks;
use crate::other_ledger::ledger_of;
use crate::ownership::{Evidence, Owner, SKEW, is_of_another_account, owner};

/// A pause that has not shown for so long after it was last known to be under
/// way did not happen. The API applies changes in the background; nothing bounds how
/// long that takes, but minutes are not seen.
pub(crate) const LATE: Duration = Duration::from_secs(120);

/// The least time between two looks that find a task missing, for it to be gone.
const TWICE: Duration = Duration::from_secs(10);

/// What the operator asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// How long before its first window a hold begins.
    pub(crate) lead: Duration,
    /// Pause again what somebody resumed during the hold.
    pub(crate) reassert: bool,
    /// Look at what is held already, too.
    pub(crate) verify: bool,
}

/// One task or plan, and what is wanted for it.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    /// ID of the ledger.
    pub(crate) ledger: &'a str,
    /// The hold in question: the wanted one, or that of the open entry as it
    /// is to be from now on.
    pub(crate) hold: &'a Hold,
    /// The entry in the ledger, if one is open.
    pub(crate) open: Option<&'a OpenHold>,
    /// Why the hold was given up before, if it was.
    pub(crate) given_up: Option<Settled>,
    /// The timetable no longer has its window.
    pub(crate) cancelled: bool,
    /// It would be given back, but another window holds it.
    pub(crate) still_held: bool,
    /// Whether the open entry is to be given back now.
    pub(crate) due: bool,
    /// The facts about this tenant that earlier answers of the API show.
    pub(crate) known: &'a TenantFacts,
}

/// What the API shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It exists, paused or not.
    Look(Look),
    /// It is not found by its ID, and not in the list of its environment.
    Missing,
}

impl Seen {
    /// What there is to be seen.
    pub(crate) fn into_look(self) -> Option<Look> {
        match self {
            Self::Look(look) => Some(look),
            Self::Missing => None,
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing but a receipt.
    Report,
    /// Record what was found out.
    Settle(Settled),
    /// Begin a new hold.
    Pause,
    /// Pause once more for the hold that is open.
    PauseAgain,
    /// Give it back.
    Resume,
}

/// The decision on one case. Where a step changes something, `action` is what
/// a receipt says if all goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// What to do.
    pub(crate) step: Step,
    /// What it comes to.
    pub(crate) action: Action,
    /// Why, where the action does not say.
    pub(crate) why: Option<&'static str>,
}

const MAYBE_RESUMED: &str = "its pause was accepted, and it is not paused: \
     it was lost, or somebody resumed it: --reassert pauses it again";

/// Where nothing proves whose pause it is.
pub(crate) const UNCLEAR: &str =
    "it is paused, and nothing that the API shows proves whose pause it is";

const MISSING: &str = "the API does not find it, and its list does not have it: it is given up as \
     gone if a later pass, in ten seconds at least, does not find it either";

const MAY_BE_LATE: &str = "it is not paused, but its pause may still take effect";

const GIVEN_BACK: Decision =
    Decision::because(Step::Report, Action::Kept, "given back before the end of this hold");

const STILL_HELD: Decision =
    Decision::because(Step::Report, Action::Kept, "another window still holds it");

impl Decision {
    const fn new(step: Step, action: Action) -> Self {
        Self { step, action, why: None }
    }

    /// Whether it finds that the hold has ended, whoever ended it.
    pub(crate) const fn ends_hold(&self) -> bool {
        use Settled::{Accepted, Paused, Unknown, Withdrawn};
        match self.step {
            Step::Settle(result) => !matches!(result, Accepted | Paused | Unknown | Withdrawn),
            _ => false,
        }
    }

    const fn because(step: Step, action: Action, why: &'static str) -> Self {
        Self { step, action, why: Some(why) }
    }
}

/// Whether the API must be asked before this case can be decided.
pub(crate) fn needs_look(case: &Case<'_>, now: UtcTime, policy: Policy) -> bool {
    match case.open {
        Some(open) => {
            // Between two holds anybody may have resumed it.
            let is_next = !open.hold.touches(case.hold);
            case.due || is_next || !open.is_settled() || policy.verify
        }
        None => without_look(case, now, policy).is_none(),
    }
}

/// Decides one case. `seen` is absent where [`needs_look`] said no.
pub(crate) fn decide(
    case: &Case<'_>,
    seen: Option<&Seen>,
    now: UtcTime,
    policy: Policy,
) -> Decision {
    match (case.open, seen) {
        (Some(_), None) if case.still_held => STILL_HELD,
        (Some(_), None) => Decision::new(Step::Report, Action::Held),
        (Some(open), Some(Seen::Missing)) => {
            if open.missing.is_some_and(|first| now.since(first) >= TWICE) {
                Decision::new(Step::Settle(Settled::Gone), Action::Gone)
            } else {
                Decision::because(Step::Report, Action::Failed, MISSING)
            }
        }
        (Some(open), Some(Seen::Look(look))) => decide_open(case, open, &look.state, now, policy),
        (None, seen) => without_look(case, now, policy).unwrap_or(match seen {
            Some(Seen::Missing) => Decision::new(Step::Report, Action::Gone),
            Some(Seen::Look(look)) if !look.state.paused => {
                match case.given_up.filter(|_| !policy.reassert) {
                    Some(_) => GIVEN_BACK,
                    None => Decision::new(Step::Pause, Action::Paused),
                }
            }
            Some(Seen::Look(look)) if is_orphan(case, &look.state) => Decision::because(
                Step::Report,
                Action::Failed,
                "it is paused with the mark of this ledger, which has no hold of it any more: \
                 `task-pause recover` takes it over",
            ),
            _ => Decision::new(Step::Report, Action::Foreign),
        }),
    }
}

/// The decision on a case without an entry, where it needs no look.
fn without_look(case: &Case<'_>, now: UtcTime, policy: Policy) -> Option<Decision> {
    if case.cancelled {
        let why = "the timetable no longer has its window";
        return Some(Decision::because(Step::Report, Action::Expired, why));
    }
    match case.hold.tense(now, policy.lead) {
        Tense::Pending => Some(Decision::new(Step::Report, Action::Pending)),
        Tense::Over => Some(Decision::new(Step::Report, Action::Expired)),
        Tense::Open => {
            match case.given_up.filter(|_| !policy.reassert)? {
                Settled::Resumed => Some(GIVEN_BACK),
                // It was given up, and may take effect yet.
                Settled::Never => None,
                _ => {
                    let why = "somebody else took it over during this hold";
                    Some(Decision::because(Step::Report, Action::Kept, why))
                }
            }
        }
    }
}

fn decide_open(
    case: &Case<'_>,
    open: &OpenHold,
    state: &PauseState,
    now: UtcTime,
    policy: Policy,
) -> Decision {
    use Action::{Accepted, Failed, Foreign, Held, Kept, Paused, Resumed};
    let settle = Step::Settle;
    let is_over = case.hold.tense(now, policy.lead) == Tense::Over;
    let young = now.since(open.request.asked) < LATE;
    match (owner(Evidence::of(open, case.known), state), &open.phase) {
        // To ask once more would be answered "nothing changed", as if somebody
        // else had done it.
        (Owner::Us, Phase::Resuming { .. })
            if young && open.request.answer == Some(ChangeAnswer::Changed) =>
        {
            Decision::because(Step::Report, Accepted, "its resume was accepted, and may still come")
        }
        // Nobody asks for it any more, and it may have been made.
        (Owner::Us, Phase::Resuming { .. }) if young && is_over && !case.due => {
            Decision::because(Step::Report, Accepted, "its resume was sent, and may still come")
        }
        (Owner::Us, _) if case.due => Decision::new(Step::Resume, Resumed),
        (Owner::Us, Phase::Held { .. }) if is_over => Decision::because(
            Step::Report,
            Held,
            "its hold is over: give it back with `task-pause resume`",
        ),
        (Owner::Us, Phase::Held { .. }) if case.still_held => STILL_HELD,
        (Owner::Us, Phase::Held { .. }) => Decision::new(Step::Report, Held),
        (Owner::Us, _) => Decision::new(settle(Settled::Paused), Held),

        (Owner::Other, Phase::Pausing { .. } | Phase::Accepted { .. }) => {
            Decision::new(settle(Settled::Foreign), Foreign)
        }
        (Owner::Other, Phase::Held { .. } | Phase::Resuming { .. }) => {
            let action = if case.due { Kept } else { Foreign };
            let why = "somebody else paused it anew";
            Decision::because(settle(Settled::Overridden), action, why)
        }

        (Owner::Unclear, _) => Decision::because(Step::Report, Failed, UNCLEAR),

        (Owner::Nobody, Phase::Resuming { .. }) => Decision::new(settle(Settled::Resumed), Resumed),
        (Owner::Nobody, Phase::Pausing { .. } | Phase::Accepted { .. })
            if !was_resumed(open, state) =>
        {
            match (case.due || is_over, &open.phase) {
                (false, Phase::Accepted { .. }) if young => Decision::new(Step::Report, Accepted),
                // The API said that it pauses, and nobody looked soon: whether
                // that was lost or a person ended it cannot be told.
                (false, Phase::Accepted { seen_absent: false }) if !policy.reassert => {
                    Decision::because(Step::Report, Failed, MAYBE_RESUMED)
                }
                (false, _) => Decision::new(Step::PauseAgain, Paused),
                // Whoever asked for it is gone, since we have the ledger: from
                // now on it is known how late its request may be.
                (true, Phase::Pausing { doubt: None }) => {
                    Decision::because(settle(Settled::Unknown), Accepted, MAY_BE_LATE)
                }
                (true, _) if young => Decision::because(Step::Report, Accepted, MAY_BE_LATE),
                (true, _) => {
                    Decision::because(settle(Settled::Never), Kept, "its pause never took effect")
                }
            }
        }
        (Owner::Nobody, _) if !case.due && !is_over && policy.reassert => {
            Decision::new(Step::PauseAgain, Paused)
        }
        (Owner::Nobody, _) => {
            let why = if case.due || is_over {
                "somebody else resumed it"
            } else {
                "somebody resumed it during this hold: --reassert pauses it again"
            };
            Decision::because(settle(Settled::Overridden), Kept, why)
        }
    }
}

/// Whether a pause carries the mark of this very ledger. Where no entry is
/// open, it took effect after it was given up: ours all the same.
fn is_orphan(case: &Case<'_>, state: &PauseState) -> bool {
    let hold = state.context.as_deref().and_then(marks::hold);
    let is_by_us = |hold: String| ledger_of(&hold).eq_ignore_ascii_case(case.ledger);
    !case.ledger.is_empty()
        && hold.is_some_and(is_by_us)
        && !is_of_another_account(case.known, state)
}

/// Whether somebody resumed a task that is not paused after our last request: a
/// pause was seen since, if not known to be ours, or the details show it. Most
/// tenants show nothing then.
fn was_resumed(open: &OpenHold, state: &PauseState) -> bool {
    let is_later = |since: UtcTime| since > open.request.asked.saturating_add(SKEW);
    open.shown_in_doubt().is_some() || state.since.is_some_and(is_later)
}

#[cfg(test)]
mod tests;
