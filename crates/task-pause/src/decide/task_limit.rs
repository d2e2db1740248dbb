//! `--max-tasks`: the ledger never has more active holds at once, over all calls.
//! Pure.
//!
//! Before anything is paused, the holds of the ledger and the planned pauses are
//! counted. A task makes room when it has been given back, so a call with a limit
//! gives back first. If other changes make the holds more than was counted, the
//! remaining pauses are reported as failed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::cli::{Refusal, counted};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{ActiveHold, LedgerState};
use maintenance_core::time::UtcTime;

use crate::types::{Action, Candidate, Decision, DecisionStep, LedgerAt, WantedTarget};

/// The decision on a pause that is not admitted.
pub(crate) const TOO_MANY: Decision = Decision::because(
    DecisionStep::Report,
    Action::Failed,
    "not paused: --max-tasks would be exceeded",
);

/// The number of changes that a call is about to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeCounts {
    /// New pauses: the ledger has no hold.
    pub(crate) new: usize,
    /// Repeated pauses of existing holds.
    pub(crate) again: usize,
    /// Holds to give back.
    pub(crate) given_back: usize,
}

impl ChangeCounts {
    /// Counts one decision.
    pub(crate) fn count(&mut self, step: DecisionStep, is_held: bool) {
        match step {
            DecisionStep::Pause if !is_held => self.new += 1,
            DecisionStep::Pause | DecisionStep::PauseAgain => self.again += 1,
            DecisionStep::Resume => self.given_back += 1,
            DecisionStep::Report | DecisionStep::Settle(_) => {}
        }
    }

    /// The sum of two batches.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            new: self.new + other.new,
            again: self.again + other.again,
            given_back: self.given_back + other.given_back,
        }
    }

    /// The most pauses that these candidates can need, before any look.
    pub(crate) fn at_most(candidates: &[Candidate], ledger: LedgerAt<'_>) -> Self {
        let LedgerAt { state, moment } = ledger;
        let mut pauses = Self::default();
        for candidate in candidates {
            match state.active(&candidate.target) {
                None => pauses.new += usize::from(moment.tense(&candidate.hold) == Tense::Open),
                Some(active) => {
                    let is_next = !active.hold.touches(&candidate.hold);
                    let may_be_paused = moment.policy.reassert || is_next || !active.is_settled();
                    pauses.again +=
                        usize::from(may_be_paused && !candidate.hold.is_over(moment.now));
                }
            }
        }
        pauses
    }

    /// Refuses so many pauses if the ledger would hold more than `limit` with them.
    pub(crate) fn check(self, limit: usize, state: &LedgerState) -> Result<(), TooMany> {
        let Self { new, again, given_back } = self;
        let held = state.active_count().saturating_sub(given_back);
        if new + again > 0 && held + new > limit {
            return Err(TooMany { held, new, at_once: held + new, limit });
        }
        Ok(())
    }
}

/// Whether a candidate needs no room under `--max-tasks`: it is given back, or held
/// already. With `--reassert` even a candidate that is held may be paused again.
pub(crate) fn needs_no_room(candidate: &Candidate, state: &LedgerState, reassert: bool) -> bool {
    let is_held = state.active(&candidate.target).is_some_and(ActiveHold::is_settled);
    candidate.is_to_give_back() || is_held && !reassert
}

/// More pauses than `--max-tasks` allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) held: usize,
    pub(crate) new: usize,
    pub(crate) at_once: usize,
    pub(crate) limit: usize,
}

impl TooMany {
    /// The error for the operator.
    pub(crate) fn refusal(self, ledger: &Path) -> Refusal {
        let Self { held, new, at_once, limit } = self;
        let ledger = ledger.display();
        Refusal::config(format!(
            "{} held already, {} to be paused, up to {at_once} at once, more than --max-tasks \
             {limit}: nothing was paused",
            counted(held, "task or plan is", "tasks and plans are"),
            counted(new, "more is", "more are"),
        ))
        .hint(format!(
            "if that many are meant, raise --max-tasks; task-pause status --ledger {ledger} \
             shows what is held"
        ))
    }
}

/// The most tasks and plans that the ledger may hold while a call is under way.
#[derive(Debug)]
pub(crate) struct TaskLimit {
    limit: usize,
    /// The tasks and plans that were counted. They have priority over those that join
    /// later.
    counted: BTreeSet<Target>,
    /// The number of others that may join.
    room: usize,
    joined: BTreeSet<Target>,
}

impl TaskLimit {
    /// Admits no pause.
    pub(crate) fn nothing() -> Self {
        Self::new(0, &[], 0)
    }

    /// Admits these candidates, and as many others as there is room for.
    pub(crate) fn new(limit: usize, counted: &[Candidate], room: usize) -> Self {
        let counted = counted.iter().map(|candidate| candidate.target.clone()).collect();
        Self { limit, counted, room, joined: BTreeSet::new() }
    }

    /// Admits a new hold if `held` is below the limit.
    pub(crate) fn admit(&mut self, target: &Target, held: usize) -> bool {
        if held >= self.limit {
            return false;
        }
        if !self.counted.contains(target) && !self.joined.contains(target) {
            if self.joined.len() >= self.room {
                return false;
            }
            self.joined.insert(target.clone());
        }
        true
    }

    /// Admits a repeated pause if `held` (with this hold) is within the limit.
    pub(crate) fn admit_again(&self, held: usize) -> bool {
        held <= self.limit
    }
}

/// The settings by which `wait` counts all its holds in advance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountAhead {
    pub(crate) now: UtcTime,
    /// The head start of the pausing: a task is paused that long before its hold begins.
    pub(crate) lead: Duration,
    /// Whether holds are given back at their end.
    pub(crate) gives_back: bool,
}

impl CountAhead {
    /// The most tasks and plans that are ever held at once, and the number of those
    /// without an active hold. Without the tasks and plans in `left_out`.
    pub(crate) fn most_at_once(
        self,
        wanted: &[WantedTarget],
        state: &LedgerState,
        left_out: &BTreeSet<Target>,
    ) -> (usize, usize) {
        let mut spans: BTreeMap<&Target, Vec<_>> = BTreeMap::new();
        let span = |hold: &Hold| {
            let start = hold.start().saturating_sub(self.lead).max(self.now);
            (start, hold.end().filter(|_| self.gives_back).map(|end| end.max(start)))
        };
        for active in state.all_active() {
            spans.entry(&active.target).or_default().push(span(&active.hold));
        }
        for wanted in wanted.iter().filter(|wanted| !left_out.contains(&wanted.target)) {
            for hold in wanted.holds.iter().filter(|hold| !hold.is_over(self.now)) {
                spans.entry(&wanted.target).or_default().push(span(hold));
            }
        }
        let new = spans.keys().filter(|target| state.active(target).is_none()).count();
        (peak(&spans), new)
    }
}

/// The largest number of targets that are held at once, each in its spans.
fn peak(spans: &BTreeMap<&Target, Vec<(UtcTime, Option<UtcTime>)>>) -> usize {
    let mut edges: Vec<(UtcTime, i64)> = Vec::new();
    for spans in spans.values() {
        let mut spans = spans.clone();
        spans.sort_unstable();
        let mut merged: Vec<(UtcTime, Option<UtcTime>)> = Vec::new();
        for (start, end) in spans {
            match merged.last_mut() {
                Some((_, last)) if last.is_none_or(|last| start <= last) => {
                    *last = last.zip(end).map(|(a, b)| a.max(b));
                }
                _ => merged.push((start, end)),
            }
        }
        for (start, end) in merged {
            edges.push((start, 1));
            edges.extend(end.map(|end| (end, -1)));
        }
    }
    // At the same time, ends come before starts: they make room.
    edges.sort_unstable();
    let counts = edges.iter().scan(0, |count, (_, step)| {
        *count += step;
        Some(*count)
    });
    usize::try_from(counts.max().unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use maintenance_core::ledger::Settled;

    use super::*;
    use crate::decide::test_ledger::{self, at, moment, pausing, settled, task as target, window};
    use crate::types::Wish;

    fn limited(limit: usize, counted: &[&str], room: usize) -> TaskLimit {
        let counted = counted.iter().map(|id| target(id)).collect();
        TaskLimit { limit, counted, room, joined: BTreeSet::new() }
    }

    /// Those of these that are admitted, if each of them stays held.
    fn admitted(limit: &mut TaskLimit, held: usize, ids: &str) -> String {
        let mut held = held;
        let mut admit = |id: &char| {
            let is_admitted = limit.admit(&target(&id.to_string()), held);
            held += usize::from(is_admitted);
            is_admitted
        };
        ids.chars().filter(|id| admit(id)).collect()
    }

    #[test]
    fn where_too_many_would_be_paused_only_what_is_held_or_given_back_stays() {
        let own = window("w", 10, 20);
        let state = test_ledger::ledger([
            pausing(&target("held"), std::slice::from_ref(&own)),
            settled("held", Settled::Paused),
            pausing(&target("unsettled"), std::slice::from_ref(&own)),
        ]);
        for (id, wish, expected) in [
            ("held", Wish::Hold, [true, false]),
            ("unsettled", Wish::Hold, [false, false]),
            ("new", Wish::Hold, [false, false]),
            ("held", Wish::GiveBack, [true, true]),
            ("unsettled", Wish::GiveBack, [true, true]),
        ] {
            let wanted = WantedTarget {
                target: target(id),
                labels: std::sync::Arc::default(),
                holds: Vec::new(),
            };
            let hold = test_ledger::hold(std::slice::from_ref(&own));
            let candidate = Candidate::new(&wanted, hold, wish);
            let found = [false, true].map(|reassert| needs_no_room(&candidate, &state, reassert));
            assert_eq!(found, expected, "{id} {wish:?}");
        }
    }

    #[test]
    fn a_task_that_joins_later_is_admitted_up_to_the_limit_and_stays_admitted() {
        let mut limit = limited(2, &["a"], 1);
        assert_eq!(admitted(&mut limit, 0, "bca"), "ba");
        assert_eq!(admitted(&mut limit, 0, "cab"), "ab");
    }

    /// Two that somebody else had paused were counted as none.
    #[test]
    fn tasks_that_others_gave_back_meanwhile_are_admitted_up_to_the_limit() {
        let mut limit = limited(1, &["a", "b", "c"], 0);
        assert_eq!(admitted(&mut limit, 0, "abc"), "a");
        assert_eq!(admitted(&mut limit, 1, "abc"), "", "one is held already");
        assert_eq!(admitted(&mut TaskLimit::nothing(), 0, "a"), "");
        assert!(limit.admit_again(1) && !limit.admit_again(2));
    }

    #[test]
    fn the_most_held_at_once_is_counted_by_the_minute() {
        let targets = ["a", "b", "c"].map(target);
        for (spans, expected) in [
            (vec![], 0),
            // One after another, also at the same minute.
            (vec![(0, 0, Some(10)), (1, 10, Some(20)), (2, 20, Some(30))], 1),
            (vec![(0, 0, Some(11)), (1, 10, Some(20)), (2, 20, Some(30))], 2),
            (vec![(0, 0, None), (1, 10, Some(20)), (2, 20, None)], 2),
            (vec![(0, 0, None), (1, 10, None), (2, 20, None)], 3),
            // A task counts once, however many windows hold it.
            (vec![(0, 0, Some(10)), (0, 5, Some(15)), (0, 15, Some(20))], 1),
            (vec![(0, 0, Some(10)), (0, 20, Some(30)), (1, 9, Some(21))], 2),
            (vec![(0, 0, Some(10)), (0, 20, Some(30)), (1, 10, Some(20))], 1),
        ] {
            let mut by_target: BTreeMap<&Target, Vec<_>> = BTreeMap::new();
            for (task, start, end) in &spans {
                let span = (at(*start), end.map(at));
                by_target.entry(&targets[*task]).or_default().push(span);
            }
            assert_eq!(peak(&by_target), expected, "{spans:?}");
        }
    }

    fn hold(start: i64, end: i64) -> Hold {
        test_ledger::hold(&[window("w", start, end)])
    }

    fn candidate(id: &str, hold: Hold) -> Candidate {
        let labels = std::sync::Arc::default();
        Candidate { target: target(id), labels, hold, wish: Wish::Hold }
    }

    /// A ledger in which these are held from minute 10 to 20, and paused or not yet.
    fn ledger(held: &[(&str, bool)]) -> LedgerState {
        test_ledger::ledger(held.iter().flat_map(|(id, is_paused)| {
            let paused = is_paused.then(|| settled(id, Settled::Paused));
            [Some(pausing(&target(id), &[window("w", 10, 20)])), paused].into_iter().flatten()
        }))
    }

    fn counts(new: usize, again: usize, given_back: usize) -> ChangeCounts {
        ChangeCounts { new, again, given_back }
    }

    #[test]
    fn a_pause_counts_as_new_unless_the_ledger_has_its_hold() {
        for (step, is_held, expected) in [
            (DecisionStep::Pause, false, counts(2, 1, 1)),
            (DecisionStep::Pause, true, counts(1, 2, 1)),
            (DecisionStep::PauseAgain, false, counts(1, 2, 1)),
            (DecisionStep::PauseAgain, true, counts(1, 2, 1)),
            (DecisionStep::Resume, true, counts(1, 1, 2)),
            (DecisionStep::Report, true, counts(1, 1, 1)),
            (DecisionStep::Settle(Settled::Paused), true, counts(1, 1, 1)),
        ] {
            let mut planned = counts(1, 1, 1);
            planned.count(step, is_held);
            assert_eq!(planned, expected, "{step:?} {is_held}");
        }
        assert_eq!(counts(1, 2, 3).and(counts(10, 20, 30)), counts(11, 22, 33));
    }

    #[test]
    fn pauses_that_may_be_needed_are_those_of_active_holds_that_are_not_surely_paused() {
        let state = ledger(&[("paused", true), ("asked", false)]);
        for (id, hold, now, reassert, expected) in [
            // Not held yet.
            ("new", hold(10, 20), 9, false, (0, 0)),
            ("new", hold(10, 20), 10, false, (1, 0)),
            ("new", hold(10, 20), 20, false, (0, 0)),
            // Paused already.
            ("paused", hold(10, 20), 15, false, (0, 0)),
            ("paused", hold(10, 20), 15, true, (0, 1)),
            ("paused", hold(10, 20), 20, true, (0, 0)),
            // In between, anybody may have resumed it.
            ("paused", hold(21, 30), 25, false, (0, 1)),
            ("paused", hold(21, 30), 30, false, (0, 0)),
            // Asked for, and not seen yet.
            ("asked", hold(10, 20), 15, false, (0, 1)),
            ("asked", hold(10, 20), 20, false, (0, 0)),
        ] {
            // Twice, since they add up.
            let candidates = [candidate(id, hold.clone()), candidate(id, hold)];
            let (new, again) = expected;
            let ledger = LedgerAt { state: &state, moment: moment(now, reassert) };
            let planned = ChangeCounts::at_most(&candidates, ledger);
            assert_eq!(planned, counts(2 * new, 2 * again, 0), "{id} at {now}");
        }
    }

    #[test]
    fn pauses_are_refused_if_the_ledger_would_hold_more_than_the_limit() {
        let state = ledger(&[("a", true), ("b", true), ("c", false)]);
        for (planned, limit, refused) in [
            (counts(2, 0, 0), 5, None),
            (counts(2, 0, 0), 4, Some((3, 5))),
            (counts(2, 0, 1), 4, None),
            (counts(2, 0, 1), 3, Some((2, 4))),
            (counts(0, 1, 0), 3, None),
            (counts(0, 1, 0), 2, Some((3, 3))),
            (counts(1, 1, 0), 3, Some((3, 4))),
            // Nothing is paused.
            (counts(0, 0, 0), 2, None),
            // More than are held.
            (counts(1, 0, 9), 0, Some((0, 1))),
        ] {
            let expected =
                refused.map(|(held, at_once)| TooMany { held, new: planned.new, at_once, limit });
            assert_eq!(planned.check(limit, &state).err(), expected, "{planned:?} {limit}");
        }
    }

    #[test]
    fn holds_are_counted_ahead_without_those_that_are_over_or_left_out() {
        let state = ledger(&[("a", true)]);
        let wanted = |id: &str, holds: &[(i64, i64)]| WantedTarget {
            target: target(id),
            labels: std::sync::Arc::default(),
            holds: holds.iter().map(|&(start, end)| hold(start, end)).collect(),
        };
        let all = [
            wanted("a", &[(12, 18)]),
            wanted("b", &[(0, 5), (19, 30)]),
            wanted("c", &[(0, 5)]),
            wanted("d", &[(20, 25)]),
        ];
        for (left_out, gives_back, lead, expected) in [
            // "a" and "b", then "b" and "d".
            (&[][..], true, 0, (2, 2)),
            // All stay.
            (&[], false, 0, (3, 2)),
            // "d" begins before "a" ends.
            (&[], true, 1, (3, 2)),
            (&["b"], true, 0, (1, 1)),
            (&["b", "d"], true, 0, (1, 0)),
        ] {
            let left_out = left_out.iter().map(|id| target(id)).collect();
            let lead = Duration::from_secs(lead * 60);
            let ahead = CountAhead { now: at(6), lead, gives_back };
            assert_eq!(ahead.most_at_once(&all, &state, &left_out), expected, "{left_out:?}");
        }
    }
}
