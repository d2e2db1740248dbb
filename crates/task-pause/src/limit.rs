//! `--max-tasks`: the ledger never holds more than that at once, in however many
//! calls.
//!
//! All is counted before anything is paused: what the ledger holds already, and
//! what is to be paused. What is given back makes room, once it is given back:
//! a call with a limit does that first. What others do meanwhile can make it
//! more than was counted: then the rest is left, and told as failed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::Target;
use maintenance_core::cli::Refusal;
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::LedgerState;
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::act::{PATIENCE, Pass};
use crate::agenda::{Item, Moment};
use crate::changes::graver;
use crate::decide::{Decision, Step};
use crate::input::Wanted;
use crate::report::Report;
use crate::work::Work;

/// What becomes of a pause that is not admitted.
pub(crate) const TOO_MANY: Decision = Decision {
    step: Step::Report,
    action: Action::Failed,
    why: Some("not paused: with it, more would be than --max-tasks allows"),
};

/// The number of tasks and plans that a call would pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pauses {
    /// That the ledger does not hold yet.
    pub(crate) new: usize,
    /// That it holds, and that are not paused any more, or not yet.
    pub(crate) again: usize,
    /// That it holds, and that would be given back.
    pub(crate) given_back: usize,
}

impl Pauses {
    /// Takes a decision into account.
    pub(crate) fn count(&mut self, step: Step, is_held: bool) {
        match step {
            Step::Pause if !is_held => self.new += 1,
            Step::Pause | Step::PauseAgain => self.again += 1,
            Step::Resume => self.given_back += 1,
            Step::Report | Step::Settle(_) => {}
        }
    }
}

/// The most tasks and plans that the ledger may hold while a call is under way.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: usize,
    /// What was counted. It comes before what joins later.
    counted: BTreeSet<Target>,
    /// How many more may join.
    room: usize,
    joined: RefCell<BTreeSet<Target>>,
}

impl Allowance {
    /// Nothing.
    pub(crate) fn nothing() -> Self {
        Self::new(0, BTreeSet::new(), 0)
    }

    fn new(limit: usize, counted: BTreeSet<Target>, room: usize) -> Self {
        Self { limit, counted, room, joined: RefCell::default() }
    }

    /// Admits a pause of what the ledger does not hold, where it holds so many,
    /// unless it is one too many.
    pub(crate) fn admit(&self, target: &Target, held: usize) -> bool {
        if held >= self.limit {
            return false;
        }
        let mut joined = self.joined.borrow_mut();
        if !self.counted.contains(target) && !joined.contains(target) {
            if joined.len() >= self.room {
                return false;
            }
            joined.insert(target.clone());
        }
        true
    }

    /// Admits one more pause of what the ledger holds, where it holds so many
    /// with it.
    pub(crate) fn admit_again(&self, held: usize) -> bool {
        held <= self.limit
    }
}

/// The largest number of tasks and plans that are held at once, if each is held
/// in these spans.
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
    // Of two at the same time, what ends comes first: it makes room.
    edges.sort_unstable();
    let counts = edges.iter().scan(0, |count, (_, step)| {
        *count += step;
        Some(*count)
    });
    usize::try_from(counts.max().unwrap_or(0)).unwrap_or(0)
}

impl Work<'_> {
    /// With `--max-tasks`: refuses before anything is paused, or else tells how
    /// much may be. What may be too many is looked at, since what others paused
    /// does not count.
    pub(crate) async fn allowance(
        &self,
        state: &LedgerState,
        items: &[Item],
        moment: Moment,
    ) -> anyhow::Result<Option<Allowance>> {
        let Some(limit) = self.settings.max_tasks else { return Ok(None) };
        let Moment { now, lead, reassert } = moment;
        let may_be_paused = |item: &&Item| {
            let tense = item.hold.tense(now, lead);
            match state.open(&item.target) {
                None => tense == Tense::Open,
                Some(open) => {
                    let is_next = !open.hold.touches(&item.hold);
                    (reassert || is_next || !open.is_settled()) && tense != Tense::Over
                }
            }
        };
        let is_new = |item: &&Item| state.open(&item.target).is_none();
        let new = items.iter().filter(may_be_paused).filter(is_new).count();
        let again = items.iter().filter(may_be_paused).count() - new;
        let mut pauses = Pauses { new, again, given_back: 0 };
        if self.check_limit(state, pauses).is_err() {
            (_, pauses) =
                self.actor(&self.client).preview(state, items, now, Some(PATIENCE)).await?;
            // What is given back makes room once it is.
            pauses.given_back = 0;
            self.check_limit(state, pauses)?;
        }
        let counted = items.iter().map(|item| item.target.clone()).collect();
        let room = limit.saturating_sub(state.open_count() + pauses.new);
        Ok(Some(Allowance::new(limit, counted, room)))
    }

    /// The same for a call that stays: counts what will ever be held at once.
    /// `items` are all that will be paused, as if their windows were open.
    pub(crate) async fn allowance_ever(
        &self,
        state: &LedgerState,
        wanted: &[Wanted],
        items: &[Item],
        moment: Moment,
    ) -> anyhow::Result<Option<Allowance>> {
        let Some(limit) = self.settings.max_tasks else { return Ok(None) };
        let most = |left_out: &BTreeSet<Target>| {
            let mut spans: BTreeMap<&Target, Vec<_>> = BTreeMap::new();
            let mut add = |target, hold: &Hold| {
                let start = hold.start().saturating_sub(self.settings.lead).max(moment.now);
                // Without --resume nothing is given back.
                let end =
                    hold.end().filter(|_| self.settings.job.gives_back()).map(|end| end.max(start));
                spans.entry(target).or_default().push((start, end));
            };
            for open in state.all_open() {
                add(&open.target, &open.hold);
            }
            for wanted in wanted.iter().filter(|wanted| !left_out.contains(&wanted.target)) {
                let is_over =
                    |hold: &&Hold| hold.tense(moment.now, self.settings.lead) == Tense::Over;
                for hold in wanted.holds.iter().filter(|hold| !is_over(hold)) {
                    add(&wanted.target, hold);
                }
            }
            let new = spans.keys().filter(|target| state.open(target).is_none()).count();
            (peak(&spans), new)
        };
        let (mut at_once, _) = most(&BTreeSet::new());
        if at_once > limit {
            let mut actor = self.actor(&self.client);
            actor.policy.lead = moment.lead;
            let (reports, _) = actor.preview(state, items, moment.now, Some(PATIENCE)).await?;
            let is_left = |report: &&Report| {
                report.action != Action::Paused && state.open(&report.target).is_none()
            };
            let left_out = reports.iter().filter(is_left).map(|report| report.target.clone());
            let new;
            (at_once, new) = most(&left_out.collect());
            if at_once > limit && new > 0 {
                return Err(self.too_many(state.open_count(), new, at_once).into());
            }
        }
        let counted = items.iter().map(|item| item.target.clone()).collect();
        Ok(Some(Allowance::new(limit, counted, limit.saturating_sub(at_once))))
    }

    /// Refuses so many pauses if the ledger would hold too many with them.
    pub(crate) fn check_limit(&self, state: &LedgerState, pauses: Pauses) -> Result<(), Refusal> {
        let Some(limit) = self.settings.max_tasks else { return Ok(()) };
        let Pauses { new, again, given_back } = pauses;
        let held = state.open_count().saturating_sub(given_back);
        if new + again > 0 && held + new > limit {
            return Err(self.too_many(held, new, held + new));
        }
        Ok(())
    }

    fn too_many(&self, held: usize, new: usize, at_once: usize) -> Refusal {
        let limit = self.settings.max_tasks.unwrap_or_default();
        let ledger = self.ledger.display();
        Refusal::config(format!(
            "{held} tasks and plans are held already, {new} more are to be paused, up to {at_once} \
             at once, more than --max-tasks {limit}: none was"
        ))
        .hint(format!(
            "if that many are meant, raise --max-tasks; task-pause status --ledger {ledger} \
             shows what is held"
        ))
    }
}

impl Pass {
    /// The reports of this pass, and then of a later one.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.reports.extend(later.reports);
        let cut_short = graver(self.cut_short, later.cut_short);
        Self { reports: self.reports, cut_short }
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::change::TargetKind;

    use super::*;

    fn target(id: &str) -> Target {
        Target { environment_id: "e".into(), kind: TargetKind::Plan, id: id.into() }
    }

    /// Which of these are admitted, if each that is stays held.
    fn admitted(allowance: &Allowance, held: usize, ids: &str) -> String {
        let mut held = held;
        let mut admit = |id: &char| {
            let is_admitted = allowance.admit(&target(&id.to_string()), held);
            held += usize::from(is_admitted);
            is_admitted
        };
        ids.chars().filter(|id| admit(id)).collect()
    }

    #[test]
    fn what_joins_later_is_let_in_up_to_the_limit_and_stays_in() {
        let allowance = Allowance::new(2, BTreeSet::from([target("a")]), 1);
        assert_eq!(admitted(&allowance, 0, "bca"), "ba");
        assert_eq!(admitted(&allowance, 0, "cab"), "ab");
    }

    /// Two that somebody else had paused were counted as none.
    #[test]
    fn what_others_gave_back_meanwhile_is_no_exception() {
        let counted = ["a", "b", "c"].map(target);
        let allowance = Allowance::new(1, BTreeSet::from(counted), 0);
        assert_eq!(admitted(&allowance, 0, "abc"), "a");
        assert_eq!(admitted(&allowance, 1, "abc"), "", "one is held already");
        assert_eq!(admitted(&Allowance::nothing(), 0, "a"), "");
        assert!(allowance.admit_again(1) && !allowance.admit_again(2));
    }

    #[test]
    fn what_is_held_at_once_is_counted_by_the_minute() {
        let at = |minute: i64| UtcTime::from_millis(minute * 60_000).unwrap();
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
}
