//! What a timetable says of a plan that is held for its tasks' sake: what it
//! says of those tasks. Pure.
//!
//! A timetable that is scoped to tasks has no window for their plans. A plan
//! that `--with-plans` added would be taken for one whose window was
//! cancelled, and would run, and fail, while its tasks are paused.

use std::collections::BTreeMap;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::ledger::LedgerState;
use maintenance_core::run::Labels;

use crate::agenda::{self, Authority, Moment};
use crate::input::Wanted;
use crate::plans::Plans;

/// An authority by which plans have the windows of their tasks, too.
pub(crate) struct Inherited<'a> {
    authority: &'a dyn Authority,
    plans: &'a Plans,
    /// The tasks that are wanted, or held by us.
    tasks: BTreeMap<&'a Target, &'a Labels>,
    state: &'a LedgerState,
    /// Whether plans are wanted for their tasks' sake. If not, only one that we
    /// hold already, and that has no window of its own, inherits.
    with_plans: bool,
    moment: Moment,
}

impl<'a> Inherited<'a> {
    pub(crate) fn new(
        authority: &'a dyn Authority,
        plans: &'a Plans,
        wanted: &'a [Wanted],
        state: &'a LedgerState,
        with_plans: bool,
        moment: Moment,
    ) -> Self {
        let held = state.all_open().map(|open| (&open.target, &*open.labels));
        let wanted = wanted.iter().map(|wanted| (&wanted.target, &*wanted.labels));
        // What is held keeps the names that it had, from which the new ones are
        // found; the runs have only these.
        let tasks = wanted.chain(held).filter(|(target, _)| target.kind == TargetKind::Task);
        Self { authority, plans, tasks: tasks.collect(), state, with_plans, moment }
    }
}

impl Authority for Inherited<'_> {
    fn windows(&self, target: &Target, labels: &Labels, around: &Hold) -> Option<Vec<HoldWindow>> {
        let mut windows = self.authority.windows(target, labels, around)?;
        let is_held = || windows.is_empty() && self.state.open(target).is_some();
        if target.kind != TargetKind::Plan || !(self.with_plans || is_held()) {
            return Some(windows);
        }
        for task in self.plans.tasks_of(target)? {
            if let Some((task, labels)) = self.tasks.get_key_value(task) {
                let mut of_task = self.authority.windows(task, labels, around)?;
                of_task
                    .retain(|window| !agenda::is_given_back(window, task, self.state, self.moment));
                windows.extend(of_task);
            }
        }
        Some(windows)
    }
}

#[cfg(test)]
mod tests;
