//! Decides whose pause the API shows, from all the evidence. Pure.
//!
//! The mark in its context is the best proof that a pause is ours, but tenants
//! cut contexts short, escape, replace and hide them. Who paused it and when,
//! what was seen before our request, and what the API answered to it, are the
//! rest. If nothing proves the owner, the result is [`Owner::Unclear`]:
//! report it and keep the hold active. A pause of ours that we take for foreign stays
//! paused for ever.
//!
//! Dates of the API are compared with dates of the API alone, and never with
//! the clock of this computer. A tenant may date its pauses by another clock
//! than its header `Date`, or show local times as UTC: earlier pauses of ours show
//! the difference.

use maintenance_core::change::{ChangeAnswer, PauseState};
use maintenance_core::ledger::{ActiveHold, TenantFacts};
use maintenance_core::time::UtcTime;

use super::marks::{self, MarkEvidence};
use crate::timing::{API_CLOCK_SKEW, CALL_LENGTH, PAUSE_DATE_SKEW};

const MINUTE: i64 = 60_000;

/// The API's answer to the request to pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// 202: we changed it.
    Changed,
    /// 204 to our only request, from a tenant that answers 202 to a change, and is not
    /// known to answer 204 to one: the task may have been paused already.
    Unchanged,
    /// Any other 204: it proves nothing.
    NoContent,
    /// No answer, or an answer that may be about an earlier request of ours.
    Lost,
}

impl Reply {
    /// The meaning of an answer; `lost` where an earlier request may have been
    /// made.
    pub(crate) fn of(answer: Option<ChangeAnswer>, lost: bool, known: &TenantFacts) -> Self {
        match answer {
            Some(ChangeAnswer::Changed) => Self::Changed,
            Some(ChangeAnswer::Unchanged) if lost => Self::Lost,
            Some(ChangeAnswer::Unchanged) if known.answers_changed && !known.changes_with_204 => {
                Self::Unchanged
            }
            Some(ChangeAnswer::Unchanged) => Self::NoContent,
            None => Self::Lost,
        }
    }
}

/// The evidence for a pause that we made, or may have made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    /// ID of the hold.
    pub(crate) hold: &'a str,
    /// The context that was sent, where that is known.
    pub(crate) sent: Option<&'a str>,
    /// Whether the look before the request showed the task paused.
    pub(crate) was_paused: bool,
    /// When the API was looked at before our first request and before the last
    /// one, by its own clock.
    pub(crate) looked: Option<(UtcTime, UtcTime)>,
    /// The API's answer.
    pub(crate) reply: Reply,
    /// Whether this call sent the request.
    pub(crate) is_new: bool,
    /// Our pause, as the API showed it before.
    pub(crate) seen: Option<&'a PauseState>,
    /// The facts about this tenant that earlier answers show.
    pub(crate) known: &'a TenantFacts,
}

impl<'a> Evidence<'a> {
    /// The evidence that an active hold of the ledger has.
    pub(crate) fn of(active: &'a ActiveHold, known: &'a TenantFacts) -> Self {
        Self {
            hold: &active.id,
            sent: active.context.as_deref(),
            // No request is sent for what is paused.
            was_paused: false,
            looked: active.looked,
            reply: Reply::of(active.request.answer, active.is_asked_again(), known),
            is_new: false,
            seen: active.seen(),
            known,
        }
    }
}

/// Whose pause it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The task or plan is not paused.
    Nobody,
    /// The pause of this hold.
    Us,
    /// The pause of somebody else.
    Other,
    /// No evidence proves an owner.
    Unclear,
}

/// The account that a pause shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    /// An account of one of our earlier pauses.
    Own,
    /// An account that made none of our pauses.
    Another,
    /// The pause shows none, or the accounts of our pauses are unknown.
    Unknown,
}

/// The date of a pause, compared with our call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dated {
    /// Within the time of our call.
    Within,
    /// Shortly before our call.
    Before,
    /// After our call.
    After,
    /// No date is shown, or the date is from another clock.
    Unknown,
}

/// The date of a pause, compared with the date that our pause showed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redated {
    /// The same second, or the same value.
    Same,
    /// The same minute; one of the two dates may have been cut to its minute.
    SameMinute,
    /// Another date, not more than [`PAUSE_DATE_SKEW`] later.
    Near,
    /// More than [`PAUSE_DATE_SKEW`] later.
    Later,
    /// Only one of the two is shown.
    Unknown,
    /// Neither is shown.
    None,
}

/// Whose pause the API shows. [`Owner::Nobody`] if the task is not paused; else:
///
#[doc = include_str!("ownership/intended.md")]
#[doc = include_str!("ownership/seen.md")]
pub(crate) fn owner(evidence: Evidence<'_>, shown: &PauseState) -> Owner {
    if !shown.paused {
        return Owner::Nobody;
    }
    match evidence.seen {
        Some(seen) => of_seen(evidence, seen, shown),
        None => of_intended(evidence, shown),
    }
}

/// Whether a pause shows a user that is not one of ours.
pub(crate) fn is_of_another_account(known: &TenantFacts, shown: &PauseState) -> bool {
    account(known, shown) == Account::Another
}

#[expect(clippy::match_same_arms, reason = "the rows of the table, in their order")]
fn of_intended(evidence: Evidence<'_>, shown: &PauseState) -> Owner {
    let mark = marks::evidence(shown.context.as_deref(), evidence.hold, evidence.sent);
    let account = account(evidence.known, shown);
    let date = dated(evidence, shown);
    let says_ours = evidence.is_new && evidence.reply == Reply::Changed;
    // This tenant shows contexts. A missing context is therefore no proof for us.
    let is_missing = mark == MarkEvidence::NoText && evidence.known.contexts;
    match (mark, account, date) {
        (MarkEvidence::Another, ..) => Owner::Other,
        _ if evidence.was_paused && evidence.reply != Reply::Changed => Owner::Other,
        (MarkEvidence::Ours, ..) if says_ours => Owner::Us,
        (MarkEvidence::Ours, Account::Another, Dated::Within | Dated::Unknown) => Owner::Unclear,
        (MarkEvidence::Ours, Account::Another, _) => Owner::Other,
        (MarkEvidence::Ours, _, Dated::Before) => Owner::Unclear,
        (MarkEvidence::Ours, ..) => Owner::Us,
        (MarkEvidence::Beginning | MarkEvidence::NoText, Account::Own | Account::Unknown, _)
            if says_ours && !is_missing =>
        {
            Owner::Us
        }
        (_, Account::Own, Dated::Within) => Owner::Us,
        (_, Account::Another, _) if says_ours => Owner::Unclear,
        (_, Account::Another, _) => Owner::Other,
        // A 204 alone proves nothing: a text that is not ours, or an earlier or later date,
        // makes it somebody else's.
        (MarkEvidence::Text, ..) | (.., Dated::Before | Dated::After)
            if evidence.reply == Reply::Unchanged =>
        {
            Owner::Other
        }
        _ => Owner::Unclear,
    }
}

fn of_seen(evidence: Evidence<'_>, seen: &PauseState, shown: &PauseState) -> Owner {
    let mark = marks::evidence(shown.context.as_deref(), evidence.hold, evidence.sent);
    let text = |state: &PauseState| state.context.as_deref().map_or("", str::trim).to_owned();
    let (before, now) = (text(seen), text(shown));
    let is_equal = !now.is_empty() && now == before;
    let is_bare = now.is_empty() && before.is_empty();
    let is_another = seen.user.as_ref().zip(shown.user.as_ref()).is_some_and(|(a, b)| a != b);
    match redated(seen, shown) {
        _ if mark == MarkEvidence::Another || is_another => Owner::Other,
        Redated::Same => Owner::Us,
        Redated::Later => Owner::Other,
        _ if mark == MarkEvidence::Ours => Owner::Us,
        Redated::SameMinute | Redated::Unknown | Redated::None if is_equal => Owner::Us,
        Redated::None if is_bare => Owner::Us,
        Redated::Near => Owner::Other,
        _ => Owner::Unclear,
    }
}

fn account(known: &TenantFacts, shown: &PauseState) -> Account {
    match &shown.user {
        Some(user) if known.accounts.contains(user) => Account::Own,
        Some(_) if !known.accounts.is_empty() => Account::Another,
        _ => Account::Unknown,
    }
}

fn dated(evidence: Evidence<'_>, shown: &PauseState) -> Dated {
    let Some((since, (first, last))) = shown.since.zip(evidence.looked) else {
        return Dated::Unknown;
    };
    let known = evidence.known;
    let shift = if known.has_one_clock(API_CLOCK_SKEW, PAUSE_DATE_SKEW) {
        None
    } else {
        known.dated.map(|(looked, since)| since.as_millis() - looked.as_millis())
    };
    let [since, first, last] = [since, first, last].map(UtcTime::as_millis);
    let [leeway, call] =
        [API_CLOCK_SKEW, CALL_LENGTH].map(|length| i64::try_from(length.as_millis()));
    let (Ok(leeway), Ok(call)) = (leeway, call) else { return Dated::Unknown };
    let shown_at = shown.shown_at.map(UtcTime::as_millis);
    let asked_until = shown_at.filter(|_| evidence.is_new).unwrap_or(last + call);
    if let Some(shift) = shift {
        let since = since - shift;
        let is_within = first - call <= since && since <= asked_until + call;
        return if is_within { Dated::Within } else { Dated::Unknown };
    }
    // A date that was cut to its minute.
    let latest = if since % MINUTE == 0 { since + MINUTE - 1 } else { since };
    let is_to_come = shown_at.is_some_and(|now| since > now + leeway);
    // The look before the request would have shown a pause this old. So the date is
    // from another clock. The same holds for a date in the future.
    if is_to_come || latest < first - call {
        Dated::Unknown
    } else if latest < first - leeway {
        Dated::Before
    } else if since <= asked_until + leeway {
        Dated::Within
    } else {
        Dated::After
    }
}

fn redated(seen: &PauseState, shown: &PauseState) -> Redated {
    let (before, now) = match (seen.since, shown.since) {
        (Some(before), Some(now)) => (before, now),
        (None, None) => return Redated::None,
        _ => return Redated::Unknown,
    };
    let is_coarse = |time: UtcTime| time.as_millis() % MINUTE == 0;
    let minute = |time: UtcTime| time.as_millis().div_euclid(MINUTE);
    let second = |time: UtcTime| time.as_millis().div_euclid(1_000);
    let is_coarse = is_coarse(before) || is_coarse(now);
    if before == now || (!is_coarse && second(before) == second(now)) {
        Redated::Same
    } else if is_coarse && minute(before) == minute(now) {
        Redated::SameMinute
    } else if now > before.saturating_add(PAUSE_DATE_SKEW) {
        Redated::Later
    } else {
        Redated::Near
    }
}

#[cfg(test)]
mod tests;
