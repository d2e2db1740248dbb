//! Plans and their tasks: a plan whose task is paused can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::client::Executable;

use super::PlanRef;

/// The plans of some environments, and the tasks of each.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    of_task: BTreeMap<Target, Vec<PlanRef>>,
    tasks_of: BTreeMap<Target, Vec<Target>>,
    /// The environments whose plans were asked for.
    asked: BTreeSet<String>,
    /// The environments whose plans could not be listed, and whether a retry may help:
    /// not after a refusal.
    unknown: BTreeMap<String, bool>,
}

impl Plans {
    /// Replaces the plans of every environment that a later list has. Keeps those of an
    /// environment that could not be listed.
    pub(crate) fn renew(&mut self, later: Self) {
        let Self { of_task, tasks_of, asked, unknown } = later;
        let is_listed = |target: &Target| {
            asked.contains(&*target.environment_id)
                && !unknown.contains_key(&*target.environment_id)
        };
        self.of_task.retain(|task, _| !is_listed(task));
        self.tasks_of.retain(|plan, _| !is_listed(plan));
        self.of_task.extend(of_task);
        self.tasks_of.extend(tasks_of);
        self.unknown.retain(|environment, _| !asked.contains(environment));
        self.unknown.extend(unknown);
        self.asked.extend(asked);
    }

    /// Adds the plans of one environment.
    pub(crate) fn add(&mut self, environment: &str, plans: Vec<Executable>) {
        self.asked.insert(environment.to_owned());
        let environment_id: Arc<str> = environment.into();
        let target = |kind, id| Target { environment_id: Arc::clone(&environment_id), kind, id };
        for Executable { id, name, tasks, .. } in plans {
            let (id, name): (Arc<str>, _) = (id.into(), name.map(Arc::from));
            let tasks: Vec<Target> =
                tasks.into_iter().map(|task| target(TargetKind::Task, task.into())).collect();
            for task in &tasks {
                let plan = PlanRef { id: Arc::clone(&id), name: name.clone() };
                self.of_task.entry(task.clone()).or_default().push(plan);
            }
            self.tasks_of.insert(target(TargetKind::Plan, id), tasks);
        }
    }

    /// Adds an environment whose plans could not be listed.
    pub(crate) fn add_unknown(&mut self, environment: &str, may_work_later: bool) {
        self.asked.insert(environment.to_owned());
        self.unknown.insert(environment.to_owned(), may_work_later);
    }

    /// The environments whose plans were not asked for yet.
    pub(crate) fn not_asked<'e>(&self, environments: BTreeSet<&'e str>) -> BTreeSet<&'e str> {
        environments.into_iter().filter(|one| !self.asked.contains(*one)).collect()
    }

    /// Whether the plans of any environment were asked for.
    pub(crate) fn were_asked_for(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether all plans that were asked for are known.
    pub(crate) fn are_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Whether a retry may list the unknown plans.
    pub(crate) fn may_be_known_later(&self) -> bool {
        self.unknown.values().any(|may_work_later| *may_work_later)
    }

    /// The plans that a task is part of.
    pub(crate) fn of_task(&self, task: &Target) -> &[PlanRef] {
        self.of_task.get(task).map_or(&[], Vec::as_slice)
    }

    /// The tasks of a plan; no task if the plan is not listed. `None` if the plans of its
    /// environment could not be listed.
    pub(crate) fn tasks_of(&self, plan: &Target) -> Option<&[Target]> {
        if self.unknown.contains_key(&*plan.environment_id) {
            return None;
        }
        Some(self.tasks_of.get(plan).map_or(&[], Vec::as_slice))
    }

    /// The plans of one environment that could not be listed.
    #[cfg(test)]
    pub(crate) fn unlisted(environment: &str) -> Self {
        let mut plans = Self::default();
        plans.add_unknown(environment, true);
        plans
    }
}
