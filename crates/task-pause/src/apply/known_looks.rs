//! Looks that were made before their batch: ahead of an edge, so that at the edge
//! nothing but the changes is sent.
//!
//! Between such a look and its change a person may pause or resume the task. If the
//! change is a pause, its answer and the look after it show that. So a look counts if it
//! leads to a pause, or shows our pause. Else the task is looked at again.

use std::collections::HashMap;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::decide::change_set::{Looked, is_enough};
use crate::timing::MAX_LOOK_AGE;
use crate::types::{Candidate, Look, Observation, Policy};

/// The looks, each with the time when it was answered.
#[derive(Debug, Default)]
pub(crate) struct KnownLooks(HashMap<Target, KnownLook>);

#[derive(Debug)]
struct KnownLook {
    look: Look,
    /// By the monotonic clock, which stands still while the machine sleeps.
    answered: Instant,
    /// By the wall clock, which may be set.
    at: UtcTime,
}

impl KnownLook {
    /// Its age at that time; `None` if it no longer counts.
    fn age(&self, now: UtcTime) -> Option<Duration> {
        let age = self.answered.elapsed();
        let is_fresh = self.at <= now && age.max(now.since(self.at)) < MAX_LOOK_AGE;
        is_fresh.then_some(age)
    }

    /// The look if it counts at that time. Its date is moved on by its age: a pause that
    /// the API dates before is not ours, since our request is sent later.
    fn fresh(self, now: UtcTime) -> Option<Look> {
        let age = self.age(now)?;
        let mut look = self.look;
        look.state.shown_at = look.state.shown_at.map(|shown_at| shown_at.saturating_add(age));
        Some(look)
    }
}

impl KnownLooks {
    /// Adds a look that was answered now.
    pub(crate) fn insert(&mut self, target: Target, look: Look, now: UtcTime) {
        self.0.insert(target, KnownLook { look, answered: Instant::now(), at: now });
    }

    /// Whether there is a look at the target.
    pub(crate) fn has(&self, target: &Target) -> bool {
        self.0.contains_key(target)
    }

    /// Whether there is a look at the target that no longer counts at that time.
    pub(super) fn is_old(&self, target: &Target, now: UtcTime) -> bool {
        self.0.get(target).is_some_and(|known| known.age(now).is_none())
    }

    /// Takes out the looks at these targets.
    pub(crate) fn split<'t>(&mut self, targets: impl Iterator<Item = &'t Target>) -> Self {
        let taken = targets.filter_map(|target| self.0.remove_entry(target));
        Self(taken.collect())
    }

    /// Forgets the looks that no longer count at that time.
    pub(crate) fn forget_old(&mut self, now: UtcTime) {
        self.0.retain(|_, known| known.age(now).is_some());
    }

    /// Takes the look at a candidate, if it counts at that time.
    pub(super) fn take(
        &mut self,
        candidate: &Candidate,
        state: &LedgerState,
        now: UtcTime,
        policy: Policy,
    ) -> Option<Looked> {
        let look = self.0.remove(&candidate.target)?.fresh(now)?;
        let observed = Observation::Found(look);
        is_enough(candidate, &observed, state, now, policy).then_some(Ok(Some(observed)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use maintenance_core::change::{PauseState, TargetKind};
    use maintenance_core::hold::{Hold, HoldWindow};

    use super::*;
    use crate::types::Wish;

    fn at(second: i64) -> UtcTime {
        UtcTime::from_millis(1_790_000_000_000 + second * 1_000).unwrap()
    }

    fn candidate() -> Candidate {
        let window = HoldWindow { name: "w".into(), start: at(0), end: Some(at(3_600)) };
        Candidate {
            target: Target { environment_id: "e".into(), kind: TargetKind::Task, id: "t".into() },
            labels: Arc::default(),
            hold: Hold::new(vec![window], Vec::new()).unwrap(),
            wish: Wish::Hold,
        }
    }

    #[test]
    fn a_look_counts_for_three_minutes_where_it_leads_to_a_pause() {
        let unpaused = PauseState { shown_at: Some(at(10)), ..PauseState::default() };
        let paused = PauseState { paused: true, ..unpaused.clone() };
        for (seen, state, taken, counts) in [
            (10, &unpaused, 10, true),
            (10, &unpaused, 189, true),
            (10, &unpaused, 190, false),
            // The clock was set back, or the machine slept.
            (10, &unpaused, 9, false),
            (10, &unpaused, 3_000, false),
            // Somebody paused it: perhaps not for long.
            (10, &paused, 11, false),
            // Its window has not begun.
            (-60, &unpaused, -50, false),
        ] {
            let mut known = KnownLooks::default();
            let look = Look { state: state.clone(), workspace_id: None };
            known.insert(candidate().target, look, at(seen));
            let is_old = known.is_old(&candidate().target, at(taken));
            assert_eq!(is_old, !(seen..seen + 180).contains(&taken), "{seen}, {taken}");
            let policy = Policy::default();
            let looked = known.take(&candidate(), &LedgerState::default(), at(taken), policy);
            assert_eq!(looked.is_some(), counts, "seen at {seen}, taken at {taken}: {state:?}");
            assert!(!known.has(&candidate().target), "each is used once");
        }
    }
}
