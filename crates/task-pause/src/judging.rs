//! Applies a timetable to the holds for `sync`, and looks for the reason before
//! a window is taken from a hold.
//!
//! That a timetable has no window for a hold any more can have three reasons: the
//! window was cancelled or put off; something was renamed, and this call does not
//! know the new name yet; or the timetable speaks of another part of the
//! environment. Only in the first case is the hold over, so the API is asked what
//! a task is called now where that can make a difference.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use maintenance_core::change::Target;
use maintenance_core::cli::Messages;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::LedgerState;
use maintenance_core::short_name::clip;
use tokio::time::Instant;

use crate::act::PATIENCE;
use crate::agenda::{self, Item, Moment};
use crate::authority::Span;
use crate::inherit::Inherited;
use crate::input::Wanted;
use crate::names::Renamed;
use crate::plans::Plans;
use crate::work::Work;

/// The most tasks and plans that are told of in a line each.
const TOLD: usize = 20;

/// After so many looks in a row that fail, no more are made.
const FAILURES: usize = 8;

/// The items to decide on, and those in doubt.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) items: Vec<Item>,
    /// The targets that a window may concern by a new name. Until that is known,
    /// their holds stay as they are.
    pub(crate) doubtful: BTreeSet<Target>,
    /// The targets that a window concerns by a name that they have no more.
    by_former: BTreeSet<Target>,
    /// The number of holds that stay as they are, since the list is of another
    /// part of their environment.
    elsewhere: usize,
}

impl Judged {
    /// Of a call that has no timetable.
    fn of(items: Vec<Item>) -> Self {
        Self { items, ..Self::default() }
    }

    /// Tells which holds go on, though no window has them by their names.
    pub(crate) fn tell(&self, messages: &Messages) {
        if let Some(first) = self.by_former.first() {
            messages.warn(&format!(
                "held by a name from before a renaming: {} tasks and plans, among them {first}: \
                 bring the timetable up to date",
                self.by_former.len()
            ));
        }
        if self.elsewhere > 0 {
            messages.note(&format!(
                "held to the end that the ledger has, since the list was narrowed to a part of \
                 their environment: {}; --environment says that the timetable is for all of it",
                self.elsewhere
            ));
        }
    }
}

impl Work<'_> {
    /// Decides what there is to decide on, by the names that are known now.
    pub(crate) fn judged(
        &self,
        wanted: &[Wanted],
        plans: &Plans,
        state: &LedgerState,
        moment: Moment,
    ) -> anyhow::Result<Judged> {
        if !self.settings.job.is_sync() {
            return Ok(Judged::of(agenda::pausing(wanted, state, moment)));
        }
        let is_ours = |item: &Item| self.environments.include(&item.target);
        let Some(timetable) = &self.timetable else {
            let items = agenda::syncing(wanted, state, None, moment);
            return Ok(Judged::of(items.into_iter().filter(is_ours).collect()));
        };
        let holds = wanted.iter().flat_map(|wanted| &wanted.holds);
        let holds = holds.chain(self.open(state).map(|open| &open.hold));
        let span = Span::new(timetable, self.widening(), holds, moment.now, self.messages)?;
        let names = self.names.borrow();
        let renamed = Renamed::new(&span, &names);
        let with_plans = self.settings.with_plans;
        let items = {
            let authority = Inherited::new(&renamed, plans, wanted, state, with_plans, moment);
            agenda::syncing(wanted, state, Some(&authority), moment)
        };
        let mut judged = Judged::of(items.into_iter().filter(is_ours).collect());
        let listed: BTreeSet<&Target> = wanted.iter().map(|wanted| &wanted.target).collect();
        for item in &mut judged.items {
            let Some(open) = state.open(&item.target) else { continue };
            if !agenda::loses_window(item, state, moment) {
                continue;
            }
            let target = &open.target;
            if self.environments.are_in_part(target) && !listed.contains(target) {
                judged.elsewhere += 1;
                *item = agenda::unchanged(open);
                continue;
            }
            let now = names.newest(target, &open.labels);
            let may_be_renamed = !names.are_certain(target)
                && span.by_other_names(target, &now, &open.hold).next().is_some();
            if may_be_renamed {
                judged.doubtful.insert(target.clone());
                *item = agenda::unchanged(open);
            }
        }
        let is_ours = |target: &Target| self.environments.include(target);
        judged.by_former = renamed.by_former().into_iter().filter(is_ours).collect();
        Ok(judged)
    }

    /// Asks the API what these are called now. What it does not say in time stays
    /// in doubt, and is told.
    pub(crate) async fn learn_names(&self, targets: &BTreeSet<Target>) {
        let look = async |target| {
            let until = Some(Instant::now() + PATIENCE);
            (target, self.stop.at_most(until, self.client.executable(target)).await)
        };
        let mut looks = stream::iter(targets.iter().map(look)).buffer_unordered(self.concurrency());
        let (mut known, mut in_a_row, mut why) = (0, 0, None);
        while let Some((target, shown)) = looks.next().await {
            let mut names = self.names.borrow_mut();
            let problem = match shown {
                Some(Ok(executable)) => {
                    names.learn(target, executable);
                    None
                }
                Some(Err(error)) => Some(error.to_string()),
                None => Some("no answer came in time".to_owned()),
            };
            known += usize::from(problem.is_none());
            in_a_row = if problem.is_none() { 0 } else { in_a_row + 1 };
            why = why.or(problem);
            if in_a_row >= FAILURES || self.stop.is_asked() {
                break;
            }
        }
        if let Some(why) = why {
            let left = targets.len() - known;
            self.messages.warn(&format!(
                "{left} holds stay as they are: a window may concern them by a new name, and what \
                 they are called now is not known: {why}"
            ));
        }
    }

    /// Tells what is not paused, though the runs on standard input lie in a window
    /// that is open: by the timetable of this call there is none.
    pub(crate) fn tell_cancelled(&self, items: &[Item], moment: Moment) {
        let is_on = |item: &&Item| {
            item.cancelled && item.hold.tense(moment.now, moment.lead) == Tense::Open
        };
        let count = items.iter().filter(is_on).count();
        if count > 0 {
            self.messages.warn(&format!(
                "not paused, since the timetable of this call has no window for it: {count} of what \
                 the list says is in an open one; the filter's timetable, --before, --after and \
                 --timezone must be the same here"
            ));
        }
    }

    /// Tells what is given back before the end that the ledger has for it.
    pub(crate) fn tell_early(&self, items: &[Item], state: &LedgerState, moment: Moment) {
        let is_early = |item: &&Item| {
            self.settings.job.is_sync() && item.due && agenda::loses_window(item, state, moment)
        };
        let early: Vec<_> = items.iter().filter(is_early).collect();
        for item in early.iter().take(TOLD) {
            let Item { target, labels, .. } = item;
            let name =
                labels.name.as_deref().map_or(String::new(), |name| format!(" ({:?})", clip(name)));
            let end = state.open(target).and_then(|open| open.hold.end());
            let end = end.map_or("it had no end".to_owned(), |end| format!("its end was {end}"));
            self.messages.note(&format!(
                "{target}{name} is given back early, since it has no open window any more: {end}"
            ));
        }
        if early.len() > TOLD {
            let more = early.len() - TOLD;
            self.messages.note(&format!("given back early, for the same reason: {more} more"));
        }
    }
}
