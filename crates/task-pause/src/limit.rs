//! `--max-tasks`: nothing is paused where more would be than was expected.
//!
//! All is counted before anything is paused. What others do meanwhile can make
//! it more than was counted: then the rest is left, and told as failed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use maintenance_core::change::Target;
use maintenance_core::cli::Refusal;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Phase, State};
use maintenance_core::receipt::Action;

use crate::act::PATIENCE;
use crate::agenda::{Item, Moment};
use crate::decide::{Decision, Step};
use crate::work::Work;

/// What becomes of a pause that is not admitted.
pub(crate) const TOO_MANY: Decision = Decision {
    step: Step::Report,
    action: Action::Failed,
    why: Some("not paused: with it, more would be than --max-tasks allows"),
};

/// How many tasks and plans one call may pause, however often each.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: usize,
    /// What was counted. It comes before what joins later.
    counted: BTreeSet<Target>,
    /// How many more may join.
    room: Cell<usize>,
    admitted: RefCell<BTreeSet<Target>>,
}

impl Allowance {
    /// Nothing.
    pub(crate) fn nothing() -> Self {
        Self::new(0, BTreeSet::new(), 0)
    }

    fn new(limit: usize, counted: BTreeSet<Target>, room: usize) -> Self {
        Self { limit, counted, room: Cell::new(room), admitted: RefCell::default() }
    }

    /// Admits a pause, unless it is one too many.
    pub(crate) fn admit(&self, target: &Target) -> bool {
        let mut admitted = self.admitted.borrow_mut();
        if admitted.contains(target) {
            return true;
        }
        let joins = !self.counted.contains(target);
        if admitted.len() >= self.limit || (joins && self.room.get() == 0) {
            return false;
        }
        self.room.set(self.room.get() - usize::from(joins));
        admitted.insert(target.clone());
        true
    }
}

impl Work<'_> {
    /// With `--max-tasks`: refuses before anything is paused, or else tells how
    /// much may be. What may be too many is looked at, since what others paused
    /// does not count. What is `later` is held now, and paused again.
    pub(crate) async fn allowance(
        &self,
        state: &State,
        items: &[Item],
        later: &BTreeSet<Target>,
        moment: Moment,
    ) -> anyhow::Result<Option<Allowance>> {
        let Some(limit) = self.args.max_tasks else { return Ok(None) };
        let Moment { now, lead, reassert } = moment;
        let may_be_paused = |item: &&Item| {
            let tense = item.hold.tense(now, lead);
            match state.open(&item.target) {
                None => tense == Tense::Open,
                Some(open) => {
                    let is_next = !open.hold.touches(&item.hold);
                    (reassert || is_next || open.phase != Phase::Held) && tense != Tense::Over
                }
            }
        };
        let is_now = |item: &&Item| !later.contains(&item.target);
        let now_paused = items.iter().filter(is_now).filter(may_be_paused);
        let mut pauses = now_paused.count() + later.len();
        if pauses > limit {
            let mut actor = self.actor(&self.client);
            actor.policy.lead = lead;
            let items: Vec<Item> = items.iter().filter(is_now).cloned().collect();
            (_, pauses) = actor.preview(state, &items, now, Some(PATIENCE)).await?;
            pauses += later.len();
            self.check_limit(pauses)?;
        }
        let counted = items.iter().map(|item| item.target.clone()).collect();
        Ok(Some(Allowance::new(limit, counted, limit - pauses)))
    }

    /// Refuses so many pauses if they are too many.
    pub(crate) fn check_limit(&self, pauses: usize) -> Result<(), Refusal> {
        match self.args.max_tasks {
            Some(limit) if pauses > limit => Err(Refusal::config(format!(
                "{pauses} tasks and plans are to be paused, more than --max-tasks {limit}: none was"
            ))
            .hint("if that many are meant, raise --max-tasks")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::change::TargetKind;

    use super::*;

    fn target(id: &str) -> Target {
        Target { environment_id: "e".into(), kind: TargetKind::Plan, id: id.into() }
    }

    fn admitted(allowance: &Allowance, ids: &str) -> String {
        ids.chars().filter(|id| allowance.admit(&target(&id.to_string()))).collect()
    }

    #[test]
    fn what_joins_later_is_let_in_up_to_the_limit_and_stays_in() {
        let allowance = Allowance::new(2, BTreeSet::from([target("a")]), 1);
        assert_eq!(admitted(&allowance, "bca"), "ba");
        assert_eq!(admitted(&allowance, "cab"), "ab");
    }

    /// Two that somebody else had paused were counted as none.
    #[test]
    fn what_others_gave_back_meanwhile_is_no_exception() {
        let counted = ["a", "b", "c"].map(target);
        let allowance = Allowance::new(1, BTreeSet::from(counted), 0);
        assert_eq!(admitted(&allowance, "abcab"), "aa");
        assert_eq!(admitted(&Allowance::nothing(), "a"), "");
    }
}
