//! What earlier answers of the API tell of a tenant. Pure.
//!
//! Tenants differ in what they show of a pause and in what they answer to one.
//! What was seen of pauses that are certainly ours tells what another one of
//! ours would look like.

use std::collections::BTreeSet;
use std::time::Duration;

use super::entry::Settled;
use crate::change::{Answer, PauseState};
use crate::hold::Marker;
use crate::time::UtcTime;

/// What earlier answers of the API tell of this tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// A pause was seen with our mark: this tenant shows the contexts of pauses.
    pub contexts: bool,
    /// The accounts that it shows for pauses of ours.
    pub accounts: BTreeSet<String>,
    /// It answered 202 to a pause: its 204 means that nothing changed.
    pub answers_changed: bool,
    /// When it was last seen not paused before a pause of ours, and the date that
    /// this pause shows: both by the API's own clock, or by two of them.
    pub dated: Option<(UtcTime, UtcTime)>,
}

impl Known {
    /// Takes in what was found out about a hold that was being paused, if it was,
    /// and when it was looked at before.
    pub(super) fn learn(
        &mut self,
        (is_pausing, looked): (bool, Option<UtcTime>),
        result: Settled,
        answer: Option<Answer>,
        seen: Option<&PauseState>,
    ) {
        // A blank context, or a tenant's own words in it, is no proof that ours
        // would be shown.
        let marked = |seen: &PauseState| seen.context.as_deref().and_then(Marker::parse).is_some();
        self.contexts |= seen.is_some_and(marked);
        self.answers_changed |= is_pausing && answer == Some(Answer::Changed);
        let Some(seen) = seen.filter(|_| result == Settled::Paused) else { return };
        self.accounts.extend(seen.user.clone());
        let looked = looked.filter(|_| is_pausing);
        self.dated = looked.zip(seen.since).or(self.dated);
    }

    /// Whether the dates of pauses are by the clock of the header `Date`, as far
    /// as that is known.
    #[must_use]
    pub fn has_one_clock(&self, leeway: Duration, call: Duration) -> bool {
        self.dated.is_none_or(|(looked, since)| {
            looked.saturating_sub(leeway) <= since && since <= looked.saturating_add(call)
        })
    }
}
