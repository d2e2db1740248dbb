//! The present names of tasks and plans, their workspaces and environments.
//!
//! The scopes of a timetable are written in names, and names change. A hold has
//! those of the time when it began. Newer ones are in the runs on standard input,
//! also of other tasks of the same workspace, in the API's list of environments,
//! and in a look at the task itself. IDs do not change: two names of one ID are
//! the old and the new one of the same thing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use maintenance_core::change::Target;
use maintenance_core::client::{Environment, Executable};
use maintenance_core::hold::Hold;
use maintenance_core::run::Labels;

use super::timetable_windows::{RuledWindows, TimetableWindows, Undecided};
use crate::types::SelectedInput;

/// The newest names that this call knows.
#[derive(Debug, Default)]
pub(crate) struct PresentNames {
    /// By ID.
    environments: HashMap<Arc<str>, Arc<str>>,
    /// By ID.
    workspaces: HashMap<Arc<str>, Arc<str>>,
    /// The labels of a task or plan itself, from runs or a look.
    targets: BTreeMap<Target, Arc<Labels>>,
    /// The targets that were looked at.
    looked_at: BTreeSet<Target>,
}

impl PresentNames {
    /// The names that the runs have, and the API's list of environments.
    pub(crate) fn new(input: &SelectedInput, environments: Vec<Environment>) -> Self {
        let mut names = Self::default();
        for environment in environments {
            names.remember_environment(
                &environment.id.into(),
                environment.name.map(Arc::from).as_ref(),
            );
        }
        for wanted in &input.wanted {
            names.remember(&wanted.target.environment_id, &wanted.labels);
            names.targets.insert(wanted.target.clone(), Arc::clone(&wanted.labels));
        }
        for other in &input.unsupported {
            names.remember(&other.environment_id, &other.labels);
        }
        names
    }

    /// The name of the environment with this ID.
    pub(crate) fn environment(&self, id: &str) -> Option<&Arc<str>> {
        self.environments.get(id)
    }

    fn remember(&mut self, environment_id: &Arc<str>, labels: &Labels) {
        self.remember_environment(environment_id, labels.environment_name.as_ref());
        if let (Some(id), Some(name)) = (&labels.workspace_id, &labels.workspace_name) {
            self.workspaces.insert(Arc::clone(id), Arc::clone(name));
        }
    }

    fn remember_environment(&mut self, id: &Arc<str>, name: Option<&Arc<str>>) {
        if let Some(name) = name {
            self.environments.insert(Arc::clone(id), Arc::clone(name));
        }
    }

    /// Adds the names that a look at a task or plan shows.
    pub(crate) fn learn(&mut self, target: &Target, shown: Executable) {
        let mut labels = Labels { name: shown.name.map(Arc::from), ..Labels::default() };
        if let Some(workspace) = shown.workspace {
            labels.workspace_id = Some(workspace.id.into());
            labels.workspace_name = workspace.name.map(Arc::from);
            labels.environment_name =
                workspace.environment.and_then(|environment| environment.name).map(Arc::from);
        }
        // A tenant may show no tags at all.
        let tags: Vec<Arc<str>> = shown.tags.into_iter().map(Arc::from).collect();
        labels.tags = (!tags.is_empty()).then(|| tags.into());
        self.remember(&target.environment_id, &labels);
        self.targets.insert(target.clone(), Arc::new(labels));
        self.looked_at.insert(target.clone());
    }

    /// Whether the names of a task or plan are from a look at it.
    pub(crate) fn is_from_api(&self, target: &Target) -> bool {
        self.looked_at.contains(target)
    }

    /// The present labels of a task or plan that once had these.
    pub(crate) fn newest(&self, target: &Target, once: &Labels) -> Labels {
        let mut now = once.clone();
        if let Some(seen) = self.targets.get(target) {
            if seen.workspace_id.is_some() && seen.workspace_id != now.workspace_id {
                // Another workspace, not another name.
                (now.workspace_id, now.workspace_name) = (seen.workspace_id.clone(), None);
            }
            let Labels { name, workspace_name, environment_name, tags, .. } = (**seen).clone();
            now.name = name.or(now.name);
            now.workspace_name = workspace_name.or(now.workspace_name);
            now.environment_name = environment_name.or(now.environment_name);
            now.tags = tags.or(now.tags);
        }
        let workspace = now.workspace_id.as_ref().and_then(|id| self.workspaces.get(id));
        now.workspace_name = workspace.cloned().or(now.workspace_name);
        let environment = self.environments.get(&target.environment_id);
        now.environment_name = environment.cloned().or(now.environment_name);
        now
    }

    /// All combinations of former and present names, without the present-only one.
    fn former(now: &Labels, once: &Labels) -> Vec<Labels> {
        let mut all = vec![now.clone()];
        let mut with =
            |old: &Option<Arc<str>>, new: &Option<Arc<str>>, set: fn(&mut Labels, Arc<str>)| {
                if let Some(old) = old.as_ref().filter(|old| new.as_ref() != Some(old)) {
                    let renamed = all.clone().into_iter().map(|mut labels| {
                        set(&mut labels, Arc::clone(old));
                        labels
                    });
                    all.extend(renamed);
                }
            };
        with(&once.name, &now.name, |labels, name| labels.name = Some(name));
        if once.workspace_id == now.workspace_id {
            with(&once.workspace_name, &now.workspace_name, |labels, name| {
                labels.workspace_name = Some(name);
            });
        }
        with(&once.environment_name, &now.environment_name, |labels, name| {
            labels.environment_name = Some(name);
        });
        all.split_off(1)
    }
}

/// A timetable that is asked with present names. A window that matched a hold by its
/// former names still matches: nobody can rename a workspace and change the
/// timetable in the same instant.
pub(crate) struct ByPresentNames<'a> {
    pub(crate) timetable: &'a dyn TimetableWindows,
    pub(crate) names: &'a PresentNames,
}

impl TimetableWindows for ByPresentNames<'_> {
    fn windows(
        &self,
        target: &Target,
        labels: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        let now = self.names.newest(target, labels);
        let mut ruled = self.timetable.windows(target, &now, around)?;
        for former in PresentNames::former(&now, labels) {
            let by_former = self.timetable.windows(target, &former, around);
            for window in by_former.map(|ruled| ruled.windows).unwrap_or_default() {
                if !ruled.windows.contains(&window) {
                    ruled.is_by_former_name = true;
                    ruled.windows.push(window);
                }
            }
        }
        Ok(ruled)
    }
}

#[cfg(test)]
mod tests;
