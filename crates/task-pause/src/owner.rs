//! Whose pause it is that the API shows. Pure.
//!
//! The mark in its context is the proof that a pause is ours; who paused it,
//! and when, must fit as well, since a context can be copied. Where a tenant
//! shows no contexts, or others than were sent, who and when must be what was
//! seen of our pause before, or the API's own word that we changed the state:
//! 202, and not 204 (`PUT …/executables/{tasks,plans}/{id}/pause`).
//!
//! Dates of the API are compared with dates of the API alone, and never with
//! the time of our intent: this computer's clock may be wrong by hours, and a
//! tenant may show local times as UTC. That a pause is dated before our intent
//! proves nothing: just before the intent the task was looked at, and was not
//! paused.

use std::time::Duration;

use maintenance_core::change::{Answer, PauseState};
use maintenance_core::hold::Marker;
use maintenance_core::ledger::Open;

/// How far the API's clock may be from ours, and how far two readings of one
/// pause's date may be apart.
pub(crate) const SKEW: Duration = Duration::from_secs(300);

/// The least that must be left of a context which was cut short for it to be
/// known again, in bytes.
const LEAST_LEFT: usize = 8;

/// What is known of a pause that we made, or may have made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// ID of the hold.
    pub(crate) hold: &'a str,
    /// The context that was sent, where that is known.
    pub(crate) context: Option<&'a str>,
    /// It was sent just now, by this call: nobody else had time to resume and
    /// pause anew.
    pub(crate) is_new: bool,
    /// What the API answered to it.
    pub(crate) answer: Option<Answer>,
    /// An earlier request's answer is not known, so "nothing changed" may be
    /// its doing.
    pub(crate) lost: bool,
    /// Our pause, as it was seen before.
    pub(crate) seen: Option<&'a PauseState>,
    /// A pause that showed right after the API had said that we made it, and
    /// that did not show our mark.
    pub(crate) unclear: Option<&'a PauseState>,
    /// This tenant is known to show the contexts of pauses.
    pub(crate) contexts: bool,
}

impl<'a> Claim<'a> {
    /// What an open entry of the ledger claims.
    pub(crate) fn of(open: &'a Open, contexts: bool) -> Self {
        Self {
            hold: &open.id,
            context: open.context.as_deref(),
            is_new: false,
            answer: open.answer,
            lost: true,
            seen: open.seen.as_deref(),
            unclear: open.unclear.as_deref(),
            contexts,
        }
    }
}

/// Whose pause it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It is not paused.
    Nobody,
    /// The pause of this claim.
    Us,
    /// Another one.
    Other,
    /// The API does not show enough to tell.
    Unclear,
}

/// Whose pause the API shows.
pub(crate) fn owner(claim: Claim<'_>, state: &PauseState) -> Owner {
    if !state.paused {
        return Owner::Nobody;
    }
    match shown_context(state) {
        Some(context) => match Marker::parse(context) {
            Some(marker) if marker.hold == claim.hold => of_marked(claim, state),
            Some(_) => Owner::Other,
            None => of_unmarked(claim, state, context),
        },
        None => of_bare(claim, state),
    }
}

/// The context, if it says anything.
fn shown_context(state: &PauseState) -> Option<&str> {
    state.context.as_deref().filter(|text| !text.trim().is_empty())
}

/// It carries our mark. Who pauses anew may have taken the text over, but is
/// another, or does it later.
fn of_marked(claim: Claim<'_>, state: &PauseState) -> Owner {
    let Some(seen) = claim.seen else {
        // It was paused before our only request came, and a tenant may have let
        // that rewrite the details of somebody else's pause.
        let is_late = claim.answer == Some(Answer::Unchanged);
        let doubted = |seen: &PauseState| shown_context(seen).and_then(Marker::parse).is_some();
        let is_only = if claim.is_new { !claim.lost } else { claim.unclear.is_some_and(doubted) };
        return if is_late && is_only { Owner::Unclear } else { Owner::Us };
    };
    let is_another = seen.user.as_ref().zip(state.user.as_ref()).is_some_and(|(a, b)| a != b);
    let is_later = seen.since.zip(state.since).is_some_and(|(a, b)| b > a.saturating_add(SKEW));
    if is_another || is_later { Owner::Other } else { Owner::Us }
}

/// It carries a text, without a mark.
fn of_unmarked(claim: Claim<'_>, state: &PauseState, context: &str) -> Owner {
    if let Some(seen) = claim.seen {
        return ours(shown_context(seen) == Some(context) && is_same(seen, state));
    }
    let is_known = |unclear| shown_context(unclear) == Some(context) && is_same(unclear, state);
    // The tenant may keep less of it than was sent.
    let may_be_ours = claim.context.is_some_and(|sent| is_cut(sent, context))
        // That of an earlier request, which had another text.
        || Marker::hold_in(context) == Some(claim.hold);
    match claim.answer {
        Some(Answer::Changed) if claim.is_new && may_be_ours => Owner::Us,
        // Nobody had time to resume and pause anew, and yet it is not ours.
        Some(Answer::Changed) if claim.is_new => Owner::Unclear,
        Some(Answer::Changed) if claim.unclear.is_some_and(is_known) => Owner::Unclear,
        Some(Answer::Unchanged) if !claim.lost => Owner::Other,
        // The beginning of a text proves little: others begin theirs so, too.
        _ if may_be_ours => Owner::Unclear,
        _ => Owner::Other,
    }
}

/// It carries no text.
fn of_bare(claim: Claim<'_>, state: &PauseState) -> Owner {
    match claim.seen {
        Some(seen) if shown_context(seen).is_some() => return Owner::Other,
        // It was bare when it was ours, too.
        Some(seen) if seen.since.is_some() || state.since.is_none() => {
            return ours(is_same(seen, state));
        }
        Some(_) => return Owner::Unclear,
        None => {}
    }
    let answered = claim.answer == Some(Answer::Changed);
    match claim.answer {
        Some(Answer::Changed) if claim.is_new => Owner::Us,
        Some(Answer::Unchanged) if claim.is_new && !claim.lost => Owner::Other,
        // Ours would show its mark, unless the API itself says it is ours.
        _ if claim.contexts && !answered => Owner::Other,
        _ => Owner::Unclear,
    }
}

const fn ours(is_ours: bool) -> Owner {
    if is_ours { Owner::Us } else { Owner::Other }
}

/// Whether both are one pause, by who made it and when.
fn is_same(seen: &PauseState, state: &PauseState) -> bool {
    seen.since == state.since && seen.user == state.user
}

/// Whether `shown` is the beginning of what was sent.
fn is_cut(sent: &str, shown: &str) -> bool {
    let shown = shown.trim();
    shown.len() >= LEAST_LEFT && sent.starts_with(shown)
}

#[cfg(test)]
mod tests {
    use maintenance_core::time::UtcTime;

    use super::*;

    const MINE: &str = "patching [task-pause hold=l-2 until=open]";
    const ANOTHER: &str = "patching [task-pause hold=l-9 until=open]";

    fn at(minute: i64) -> UtcTime {
        UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
    }

    fn pause(context: Option<&str>, user: Option<&str>, minute: Option<i64>) -> PauseState {
        PauseState {
            paused: true,
            since: minute.map(at),
            user: user.map(str::to_owned),
            user_type: None,
            context: context.map(str::to_owned),
        }
    }

    fn claim() -> Claim<'static> {
        Claim {
            hold: "l-2",
            context: Some(MINE),
            is_new: false,
            answer: None,
            lost: true,
            seen: None,
            unclear: None,
            contexts: false,
        }
    }

    /// A claim in the call that sent the pause, which was answered so.
    fn sent(answer: Option<Answer>, lost: bool) -> Claim<'static> {
        Claim { is_new: true, answer, lost, ..claim() }
    }

    const CHANGED: Option<Answer> = Some(Answer::Changed);
    const UNCHANGED: Option<Answer> = Some(Answer::Unchanged);

    #[test]
    fn the_mark_is_the_proof() {
        for (claim, expected) in [
            (claim(), Owner::Us),
            (sent(CHANGED, false), Owner::Us),
            // An earlier request of ours may have changed it.
            (sent(UNCHANGED, true), Owner::Us),
            (sent(None, true), Owner::Us),
            // None had, so this one rewrote the text of another's pause.
            (sent(UNCHANGED, false), Owner::Unclear),
        ] {
            assert_eq!(owner(claim, &pause(Some(MINE), None, None)), expected);
            assert_eq!(owner(claim, &pause(Some(ANOTHER), None, None)), Owner::Other);
            assert_eq!(owner(claim, &PauseState::default()), Owner::Nobody);
        }
    }

    #[test]
    fn a_copied_mark_is_told_by_who_and_when() {
        let seen = pause(Some(MINE), Some("ops"), Some(1));
        let claim = Claim { seen: Some(&seen), ..claim() };
        for (user, minute, expected) in [
            (Some("ops"), Some(1), Owner::Us),
            // What a tenant does not show proves nothing, and a date may be
            // read a little differently the second time.
            (None, None, Owner::Us),
            (Some("ops"), Some(4), Owner::Us),
            (Some("ops"), Some(30), Owner::Other),
            (Some("a-person"), Some(1), Owner::Other),
        ] {
            let state = pause(Some(MINE), user, minute);
            assert_eq!(owner(claim, &state), expected, "{user:?} {minute:?}");
        }
    }

    #[test]
    fn another_text_is_anothers_pause_unless_it_is_known_to_be_ours() {
        let cut = "patching [task-pa";
        for (claim, text, minute, expected) in [
            (sent(CHANGED, false), cut, 0, Owner::Us),
            (sent(CHANGED, false), "patch", 0, Owner::Unclear),
            (sent(CHANGED, false), "by hand", 0, Owner::Unclear),
            (sent(UNCHANGED, false), cut, 0, Owner::Other),
            (sent(None, true), "by hand", 0, Owner::Other),
            (claim(), "by hand", 0, Owner::Other),
            // What shows may be the beginning of ours, or of somebody else's.
            (sent(UNCHANGED, true), cut, 0, Owner::Unclear),
            (sent(None, true), cut, 0, Owner::Unclear),
            (claim(), cut, 0, Owner::Unclear),
            (Claim { answer: CHANGED, ..claim() }, cut, 0, Owner::Unclear),
            (Claim { context: None, ..claim() }, cut, 0, Owner::Other),
            // An earlier request of ours had another text.
            (claim(), "before [task-pause hold=l-2 unt", 0, Owner::Unclear),
            (claim(), "before [task-pause hold=l-2", 0, Owner::Other),
            // Since the call that was answered so, a person had time.
            (Claim { answer: CHANGED, ..claim() }, "by hand", 0, Owner::Other),
        ] {
            let state = pause(Some(text), Some("ops"), Some(minute));
            assert_eq!(owner(claim, &state), expected, "{text} {claim:?}");
        }
        let unclear = pause(Some("pat"), Some("ops"), Some(1));
        let told = Claim { answer: CHANGED, unclear: Some(&unclear), ..claim() };
        assert_eq!(owner(told, &unclear), Owner::Unclear, "as that call saw it");
        assert_eq!(owner(told, &pause(Some("pat"), Some("x"), Some(1))), Owner::Other);
        assert_eq!(owner(told, &pause(Some("hands off"), Some("ops"), Some(1))), Owner::Other);
        // Rewritten by ours, as the call before found.
        let seen = pause(Some(MINE), Some("ops"), Some(1));
        let told = Claim { answer: UNCHANGED, unclear: Some(&seen), ..claim() };
        assert_eq!(owner(told, &seen), Owner::Unclear);
        let seen = pause(Some(cut), Some("ops"), Some(1));
        let known = Claim { seen: Some(&seen), ..claim() };
        assert_eq!(owner(known, &seen), Owner::Us, "as it was seen before");
        assert_eq!(owner(known, &pause(Some("by hand"), Some("ops"), Some(1))), Owner::Other);
        assert_eq!(owner(known, &pause(Some(cut), Some("ops"), Some(2))), Owner::Other);
    }

    /// Our clock was wrong by that much at the intent, or the tenant shows local
    /// times as UTC.
    #[test]
    fn a_date_before_or_after_our_intent_never_makes_a_pause_anothers() {
        for minutes in [-5_256_000, -1_440, -120, -6, 0, 6, 120, 1_440] {
            for (claim, text, expected) in [
                (claim(), Some(MINE), Owner::Us),
                (sent(None, true), Some(MINE), Owner::Us),
                (claim(), Some("patching [task-pa"), Owner::Unclear),
                (sent(CHANGED, false), Some("patching [task-pa"), Owner::Us),
                (sent(UNCHANGED, true), Some("patching [task-pa"), Owner::Unclear),
                (claim(), None, Owner::Unclear),
                (sent(CHANGED, false), None, Owner::Us),
                (sent(UNCHANGED, true), None, Owner::Unclear),
                (Claim { answer: CHANGED, ..claim() }, None, Owner::Unclear),
                // These are told by other things than their dates.
                (claim(), Some(ANOTHER), Owner::Other),
                (claim(), Some("by hand"), Owner::Other),
                (sent(UNCHANGED, false), None, Owner::Other),
            ] {
                let state = pause(text, Some("ops"), Some(minutes));
                assert_eq!(owner(claim, &state), expected, "{minutes} {text:?} {claim:?}");
            }
        }
    }

    #[test]
    fn without_a_text_the_answer_or_an_earlier_look_tells() {
        let bare = |user, minute| pause(None, user, minute);
        for (claim, minute, expected) in [
            (sent(CHANGED, false), 0, Owner::Us),
            (sent(UNCHANGED, false), 0, Owner::Other),
            // It may be an earlier request of ours that changed it.
            (sent(UNCHANGED, true), 0, Owner::Unclear),
            (sent(None, true), 0, Owner::Unclear),
            (claim(), 0, Owner::Unclear),
            (Claim { contexts: true, ..claim() }, 0, Owner::Other),
            (Claim { contexts: true, answer: CHANGED, ..claim() }, 0, Owner::Unclear),
        ] {
            let state = bare(Some("ops"), Some(minute));
            assert_eq!(owner(claim, &state), expected, "{minute} {claim:?}");
        }
        let blank = pause(Some(" "), Some("ops"), Some(0));
        assert_eq!(owner(sent(CHANGED, false), &blank), Owner::Us, "blank is no text");
        for (seen, state, expected) in [
            (bare(Some("ops"), Some(0)), bare(Some("ops"), Some(0)), Owner::Us),
            (bare(Some("ops"), Some(0)), bare(Some("ops"), Some(9)), Owner::Other),
            (bare(Some("ops"), Some(0)), bare(Some("x"), Some(0)), Owner::Other),
            (bare(Some("ops"), None), bare(Some("ops"), Some(0)), Owner::Unclear),
            (bare(Some("ops"), None), bare(Some("ops"), None), Owner::Us),
            // Ours had its text.
            (pause(Some(MINE), None, None), bare(None, None), Owner::Other),
        ] {
            for contexts in [false, true] {
                let claim = Claim { seen: Some(&seen), contexts, ..claim() };
                assert_eq!(owner(claim, &state), expected, "{seen:?} {state:?}");
            }
        }
    }
}
