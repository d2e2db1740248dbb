//! `--max-tasks`: nothing is paused where more would be than was expected.

use std::collections::BTreeSet;

use maintenance_core::change::Target;
use maintenance_core::cli::Refusal;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Phase, State};

use crate::agenda::{Item, Moment};
use crate::work::Work;

/// What `--wait` counted at its start. To refuse what joins later would leave
/// holds behind, so that is left out instead.
#[derive(Debug)]
pub(crate) struct Counted {
    targets: BTreeSet<Target>,
    /// How many more may join.
    left: usize,
}

impl Counted {
    /// Leaves out the items that joined since, as far as they are too many.
    pub(crate) fn admit(&mut self, items: &mut Vec<Item>, state: &State) {
        items.retain(|item| {
            if state.open(&item.target).is_some() || self.targets.contains(&item.target) {
                return true;
            }
            let is_within = self.left > 0;
            if is_within {
                self.left -= 1;
                self.targets.insert(item.target.clone());
            }
            is_within
        });
    }
}

impl Work<'_> {
    /// With `--max-tasks`: refuses before anything is paused, or else tells
    /// what was counted. What may be too many is looked at, since what others
    /// paused does not count.
    pub(crate) async fn refuse_too_many(
        &self,
        state: &State,
        items: &[Item],
        moment: Moment,
    ) -> anyhow::Result<Option<Counted>> {
        let Some(limit) = self.args.max_tasks else { return Ok(None) };
        let Moment { now, lead, reassert } = moment;
        let may_be_paused = |item: &&Item| {
            let open = state.open(&item.target);
            open.is_none_or(|open| reassert || open.phase != Phase::Held)
                && item.hold.tense(now, lead) == Tense::Open
        };
        let mut pauses = items.iter().filter(may_be_paused).count();
        if pauses > limit {
            let mut actor = self.actor(&self.client);
            actor.policy.lead = lead;
            (_, pauses) = actor.preview(state, items, now).await?;
            self.check_limit(pauses)?;
        }
        let targets = items.iter().map(|item| item.target.clone()).collect();
        Ok(Some(Counted { targets, left: limit - pauses }))
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
    use std::sync::Arc;

    use maintenance_core::change::TargetKind;
    use maintenance_core::hold::{Hold, HoldWindow};
    use maintenance_core::time::UtcTime;

    use super::*;

    fn item(id: &str) -> Item {
        let target = Target { environment_id: "e".into(), kind: TargetKind::Plan, id: id.into() };
        let start = UtcTime::from_millis(0).unwrap();
        let window = HoldWindow { name: "w".into(), start, end: None };
        Item {
            target,
            labels: Arc::default(),
            hold: Hold::new(vec![window], Vec::new()).unwrap(),
            due: false,
            given_up: None,
            cancelled: false,
            still_held: false,
        }
    }

    #[test]
    fn what_joins_later_is_let_in_up_to_the_limit_and_stays_in() {
        let mut counted = Counted { targets: BTreeSet::from([item("a").target]), left: 1 };
        let mut admitted = |ids: &[&str]| {
            let mut items: Vec<Item> = ids.iter().map(|id| item(id)).collect();
            counted.admit(&mut items, &State::default());
            items.into_iter().map(|item| item.target.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(admitted(&["a", "b", "c"]), ["a", "b"]);
        assert_eq!(admitted(&["c", "b"]), ["b"]);
    }
}
