//! The facts about a tenant that earlier answers of the API show. Pure.
//!
//! Tenants differ in the details that they show of a pause, and in their answers to
//! a request to pause. Pauses that are certainly ours, and were seen, show what
//! another pause of ours will look like.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use super::entry::{Finding, Settled};
use crate::change::{ChangeAnswer, PauseState};
use crate::hold::Mark;
use crate::time::UtcTime;

/// The facts about this tenant that earlier answers of the API show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFacts {
    /// A pause was seen with our mark: this tenant shows the contexts of pauses.
    pub contexts: bool,
    /// The accounts that the tenant shows for pauses of ours.
    pub accounts: BTreeSet<String>,
    /// The tenant answered 202 to a pause.
    pub answers_changed: bool,
    /// The tenant answered 204 to a pause that was seen as ours, so that its 204 may mean
    /// that something changed.
    pub changes_with_204: bool,
    /// When a look before a pause of ours showed that the target is not paused, and
    /// the date that this pause shows. Both are by the API's own clock, or by two
    /// clocks of the API.
    pub dated: Option<(UtcTime, UtcTime)>,
}

impl TenantFacts {
    /// Reads the facts out of a finding. `is_pausing` says whether the hold was
    /// being paused, and `looked` when the API showed the target before that.
    pub(super) fn of(finding: &Finding, is_pausing: bool, looked: Option<UtcTime>) -> Self {
        let Finding { result, answer, seen } = finding;
        // A blank context, or a tenant's own words in it, is no proof that ours
        // would be shown.
        let marked = |seen: &PauseState| seen.context.as_deref().and_then(Mark::parse).is_some();
        let ours = seen.as_ref().filter(|_| *result == Settled::Paused);
        let looked = looked.filter(|_| is_pausing);
        Self {
            contexts: seen.as_ref().is_some_and(marked),
            accounts: ours.and_then(|seen| seen.user.clone()).into_iter().collect(),
            answers_changed: is_pausing && *answer == Some(ChangeAnswer::Changed),
            changes_with_204: is_pausing
                && ours.is_some()
                && *answer == Some(ChangeAnswer::Unchanged),
            dated: looked.zip(ours.and_then(|seen| seen.since)),
        }
    }

    /// Adds the facts that a finding shows.
    pub(super) fn add(&mut self, shown: &Self) {
        self.contexts |= shown.contexts;
        self.accounts.extend(shown.accounts.iter().cloned());
        self.answers_changed |= shown.answers_changed;
        self.changes_with_204 |= shown.changes_with_204;
        self.dated = shown.dated.or(self.dated);
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

/// For each fact, the newest hold whose lines show it. A compaction keeps these
/// holds, so that it forgets no fact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FactSources {
    contexts: Option<Arc<str>>,
    accounts: BTreeMap<String, Arc<str>>,
    answers_changed: Option<Arc<str>>,
    changes_with_204: Option<Arc<str>>,
    dated: Option<Arc<str>>,
    /// For each hold that was given up and overruled: the hold that took up its
    /// windows again. Without the lines of the second, those of the first would
    /// give its windows up once more.
    pub(super) overruled: BTreeMap<Arc<str>, Arc<str>>,
}

impl FactSources {
    /// Notes that a line of that hold shows these facts.
    pub(super) fn note(&mut self, shown: &TenantFacts, hold: &Arc<str>) {
        for (is_shown, source) in [
            (shown.contexts, &mut self.contexts),
            (shown.answers_changed, &mut self.answers_changed),
            (shown.changes_with_204, &mut self.changes_with_204),
            (shown.dated.is_some(), &mut self.dated),
        ] {
            if is_shown {
                *source = Some(Arc::clone(hold));
            }
        }
        for account in &shown.accounts {
            self.accounts.insert(account.clone(), Arc::clone(hold));
        }
    }

    /// The holds that show the facts, each with those that overruled it. An ID may
    /// come twice.
    pub(super) fn holds(&self) -> impl Iterator<Item = &str> {
        let sources = [&self.contexts, &self.answers_changed, &self.changes_with_204, &self.dated];
        let sources = sources.into_iter().flatten().chain(self.accounts.values());
        // A hold is overruled by a later one alone, so that this comes to an end.
        sources
            .flat_map(|id| successors(Some(id), |past| self.overruled.get(*past)))
            .map(|id| &**id)
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

    fn learn(known: &mut TenantFacts, finding: &Finding, is_pausing: bool, looked: Option<i64>) {
        known.add(&TenantFacts::of(finding, is_pausing, looked.map(at)));
    }

    #[test]
    fn only_pauses_that_are_ours_prove_anything_about_us() {
        let mut known = TenantFacts::default();
        let theirs = Some(seen("a-person", Some("by hand")));
        for result in [Settled::Unknown, Settled::Foreign, Settled::Overridden, Settled::Gone] {
            let answer = Some(ChangeAnswer::Unchanged);
            let finding = Finding { result, answer, seen: theirs.clone() };
            learn(&mut known, &finding, true, Some(0));
        }
        assert_eq!(known, TenantFacts::default());
        let answer = Some(ChangeAnswer::Changed);
        let ours = Some(seen("ops", Some("x [task-pause hold=l-2 until=open]")));
        let finding = Finding { result: Settled::Paused, answer, seen: ours };
        learn(&mut known, &finding, true, Some(0));
        assert!(known.contexts && known.answers_changed && !known.changes_with_204);
        assert_eq!((known.accounts.len(), known.dated), (1, Some((at(0), at(2)))));
        // What was held before, and of which no look before is known, shows who.
        let finding = Finding { seen: Some(seen("svc", None)), ..Settled::Paused.into() };
        learn(&mut known, &finding, false, Some(9));
        learn(&mut known, &finding, true, None);
        assert_eq!((known.accounts.len(), known.dated), (2, Some((at(0), at(2)))));
    }

    #[test]
    fn a_204_to_a_pause_that_is_seen_as_ours_may_be_one_to_any_change() {
        let mut known = TenantFacts::default();
        let seen = Some(seen("ops", Some("x [task-pause hold=l-2 until=open]")));
        let answer = Some(ChangeAnswer::Unchanged);
        learn(&mut known, &Finding { answer, ..Settled::Paused.into() }, true, None);
        learn(
            &mut known,
            &Finding { result: Settled::Paused, answer, seen: seen.clone() },
            false,
            None,
        );
        assert!(!known.changes_with_204);
        learn(&mut known, &Finding { result: Settled::Paused, answer, seen }, true, None);
        assert!(known.changes_with_204);
    }

    #[test]
    fn a_resume_proves_nothing_about_answers_to_a_pause() {
        let mut known = TenantFacts::default();
        let answer = Some(ChangeAnswer::Changed);
        learn(&mut known, &Finding { answer, ..Settled::Resumed.into() }, false, None);
        assert!(!known.answers_changed && !known.changes_with_204);
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
