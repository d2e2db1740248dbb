//! The facts about a tenant that earlier answers of the API show. Pure.
//!
//! Tenants differ in what they show of a pause and in what they answer to one.
//! Pauses that are certainly ours, and were seen, show the look of another one of
//! ours.

use std::collections::BTreeSet;
use std::time::Duration;

use super::entry::Settled;
use crate::change::{ChangeAnswer, PauseState};
use crate::hold::Marker;
use crate::time::UtcTime;

/// The facts about this tenant that earlier answers of the API show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFacts {
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

impl TenantFacts {
    /// Takes in what was found out about a hold that was being paused, if it was,
    /// and when it was looked at before.
    pub(super) fn learn(
        &mut self,
        (is_pausing, looked): (bool, Option<UtcTime>),
        result: Settled,
        answer: Option<ChangeAnswer>,
        seen: Option<&PauseState>,
    ) {
        // A blank context, or a tenant's own words in it, is no proof that ours
        // would be shown.
        let marked = |seen: &PauseState| seen.context.as_deref().and_then(Marker::parse).is_some();
        self.contexts |= seen.is_some_and(marked);
        self.answers_changed |= is_pausing && answer == Some(ChangeAnswer::Changed);
        let Some(seen) = seen.filter(|_| result == Settled::Paused) else { return };
        self.accounts.extend(seen.user.clone());
        let looked = looked.filter(|_| is_pausing);
        self.dated = looked.zip(seen.since).or(self.dated);
    }

    /// Whether the dates of pauses are by the clock of the header `Date`, as far
    /// as that is known: a pause is not dated before it was looked at, but for
    /// some `leeway`, and not `long` after it.
    #[must_use]
    pub fn has_one_clock(&self, leeway: Duration, long: Duration) -> bool {
        self.dated.is_none_or(|(looked, since)| {
            looked.saturating_sub(leeway) <= since && since <= looked.saturating_add(long)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> UtcTime {
        UtcTime::from_millis(1_790_000_000_000 + second * 1_000).unwrap()
    }

    fn seen(user: &str, context: Option<&str>) -> PauseState {
        PauseState {
            paused: true,
            since: Some(at(2)),
            user: Some(user.to_owned()),
            context: context.map(str::to_owned),
            ..PauseState::default()
        }
    }

    #[test]
    fn only_pauses_that_are_ours_tell_of_us() {
        let mut known = TenantFacts::default();
        let theirs = seen("a-person", Some("by hand"));
        for result in [Settled::Unknown, Settled::Foreign, Settled::Overridden, Settled::Gone] {
            known.learn((true, Some(at(0))), result, Some(ChangeAnswer::Unchanged), Some(&theirs));
        }
        assert_eq!(known, TenantFacts::default());
        let ours = seen("ops", Some("x [task-pause hold=l-2 until=open]"));
        known.learn((true, Some(at(0))), Settled::Paused, Some(ChangeAnswer::Changed), Some(&ours));
        assert!(known.contexts && known.answers_changed);
        assert_eq!((known.accounts.len(), known.dated), (1, Some((at(0), at(2)))));
        // What was held before, and of which no look before is known, tells who.
        known.learn((false, Some(at(9))), Settled::Paused, None, Some(&seen("svc", None)));
        known.learn((true, None), Settled::Paused, None, Some(&seen("svc", None)));
        assert_eq!((known.accounts.len(), known.dated), (2, Some((at(0), at(2)))));
    }

    #[test]
    fn a_resume_tells_nothing_of_answers_to_a_pause() {
        let mut known = TenantFacts::default();
        known.learn((false, None), Settled::Resumed, Some(ChangeAnswer::Changed), None);
        assert!(!known.answers_changed);
    }

    #[test]
    fn clocks_are_one_unless_a_pause_was_dated_before_or_long_after() {
        let [leeway, long] = [5, 300].map(Duration::from_secs);
        for (second, is_one) in [(-6, false), (-5, true), (0, true), (300, true), (301, false)] {
            let known = TenantFacts { dated: Some((at(0), at(second))), ..TenantFacts::default() };
            assert_eq!(known.has_one_clock(leeway, long), is_one, "{second}");
        }
        assert!(TenantFacts::default().has_one_clock(leeway, long));
    }
}
