//! The windows of a plan that is held for the sake of its tasks: those that a
//! timetable has for these tasks. Pure.
//!
//! A timetable that is scoped to tasks has no window for their plans. A plan
//! that `--with-plans` added would be taken for one whose window was
//! cancelled, and would run, and fail, while its tasks are paused.

use std::collections::BTreeMap;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::Hold;
use maintenance_core::ledger::LedgerState;
use maintenance_core::run::Labels;

use super::given_up::is_given_back;
use super::timetable_windows::{RuledWindows, TimetableWindows, Undecided};
use crate::types::{LedgerAt, Plans, WantedTarget};

/// A timetable by which plans have the windows of their tasks, too.
pub(crate) struct PlanWindows<'a> {
    pub(crate) timetable: &'a dyn TimetableWindows,
    pub(crate) plans: &'a Plans,
    /// The tasks that are wanted, or held by us.
    pub(crate) tasks: BTreeMap<&'a Target, &'a Labels>,
    pub(crate) ledger: LedgerAt<'a>,
    /// Whether every plan has the windows of its tasks. If not, only a plan that we
    /// hold, and that has no window of its own, has them.
    pub(crate) with_plans: bool,
}

/// The tasks that are wanted, or held by us, with their labels.
pub(crate) fn tasks_of<'a>(
    wanted: &'a [WantedTarget],
    state: &'a LedgerState,
) -> BTreeMap<&'a Target, &'a Labels> {
    let held = state.all_active().map(|active| (&active.target, &*active.labels));
    let wanted = wanted.iter().map(|wanted| (&wanted.target, &*wanted.labels));
    // Prefer the labels of the hold: they have the former names. The runs have only
    // present names.
    wanted.chain(held).filter(|(target, _)| target.kind == TargetKind::Task).collect()
}

impl TimetableWindows for PlanWindows<'_> {
    fn windows(
        &self,
        target: &Target,
        labels: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        let mut ruled = self.timetable.windows(target, labels, around)?;
        let is_held = || ruled.windows.is_empty() && self.ledger.state.active(target).is_some();
        if target.kind != TargetKind::Plan || !(self.with_plans || is_held()) {
            return Ok(ruled);
        }
        let Some(tasks) = self.plans.tasks_of(target) else { return Err(Undecided::UnknownTasks) };
        for task in tasks {
            if let Some((task, labels)) = self.tasks.get_key_value(task) {
                let mut of_task = self.timetable.windows(task, labels, around)?;
                of_task.windows.retain(|window| !is_given_back(window, task, self.ledger));
                ruled.windows.extend(of_task.windows);
                ruled.is_by_former_name |= of_task.is_by_former_name;
            }
        }
        Ok(ruled)
    }
}

#[cfg(test)]
mod tests;
