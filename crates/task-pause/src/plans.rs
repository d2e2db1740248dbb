//! Plans and their tasks: a plan whose task is paused can fail.

use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, Executable, ExecutableFilter};
use maintenance_core::hold::{self, Tense};
use maintenance_core::ledger::State;
use maintenance_core::receipt::{Action, PlanRef};
use maintenance_core::run::Labels;

use crate::agenda::{Item, Moment};
use crate::input::Wanted;
use crate::report::Report;

/// The plans of the environments in which a task is about to be paused.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    of_task: BTreeMap<Target, Vec<PlanRef>>,
}

impl Plans {
    /// Lists the plans, with one list an environment; none where no task is
    /// about to be paused, and where the account may not list them.
    pub(crate) async fn read(
        client: &Client,
        state: &State,
        items: &[Item],
        moment: Moment,
        messages: &Messages,
    ) -> Self {
        let environments: BTreeSet<&str> = items
            .iter()
            .filter(|item| is_new_task(item, state, moment))
            .map(|item| item.target.environment_id.as_str())
            .collect();
        let mut plans = Self::default();
        for environment in environments {
            let filter = ExecutableFilter {
                environment_id: Some(environment.to_owned()),
                ..ExecutableFilter::default()
            };
            match client.plans(&filter).await {
                Ok(list) => plans.add(environment, list),
                Err(error) => messages.warn(&format!(
                    "whether the tasks to be paused are part of plans is not known: {error}"
                )),
            }
        }
        plans
    }

    fn add(&mut self, environment: &str, plans: Vec<Executable>) {
        for Executable { id, name, tasks, .. } in plans {
            for task in tasks {
                let target = Target {
                    environment_id: environment.to_owned(),
                    kind: TargetKind::Task,
                    id: task,
                };
                let plan = PlanRef { id: id.clone(), name: name.clone() };
                self.of_task.entry(target).or_default().push(plan);
            }
        }
    }

    /// `--with-plans`: the plans of wanted tasks, wanted for the same holds.
    pub(crate) fn widen(&self, wanted: &mut Vec<Wanted>) {
        let mut added: BTreeMap<Target, (Labels, Vec<_>)> = BTreeMap::new();
        for task in wanted.iter() {
            for plan in self.of_task.get(&task.target).into_iter().flatten() {
                let target = Target {
                    environment_id: task.target.environment_id.clone(),
                    kind: TargetKind::Plan,
                    id: plan.id.clone(),
                };
                let labels = Labels { name: plan.name.clone(), ..task.labels.clone() };
                let (_, windows) = added.entry(target).or_insert_with(|| (labels, Vec::new()));
                let holds = task.holds.iter().flat_map(maintenance_core::hold::Hold::windows);
                windows.extend(holds.map(|window| (window.clone(), None)));
            }
        }
        for known in wanted.iter_mut() {
            if let Some((_, mut windows)) = added.remove(&known.target) {
                for hold in &known.holds {
                    windows.extend(hold.windows().iter().map(|window| (window.clone(), None)));
                }
                let runs: Vec<_> = known
                    .holds
                    .iter()
                    .flat_map(maintenance_core::hold::Hold::runs)
                    .copied()
                    .collect();
                let merged = hold::merge(windows).into_iter();
                known.holds = merged.filter_map(|hold| hold.with_runs(&runs)).collect();
            }
        }
        wanted.extend(added.into_iter().map(|(target, (labels, windows))| Wanted {
            target,
            labels,
            holds: hold::merge(windows),
        }));
    }

    /// Names, in the reports of tasks that were paused, their plans that are
    /// not held themselves.
    pub(crate) fn note(&self, reports: &mut [Report]) {
        let held: BTreeSet<Target> = reports
            .iter()
            .filter(|report| is_held(report))
            .map(|report| report.target.clone())
            .collect();
        for report in reports.iter_mut().filter(|report| is_held(report)) {
            let plans = self.of_task.get(&report.target).into_iter().flatten();
            report.plans = plans.cloned().collect();
            let is_left = |plan: &&PlanRef| {
                let id = plan.id.clone();
                let environment_id = report.target.environment_id.clone();
                !held.contains(&Target { environment_id, kind: TargetKind::Plan, id })
            };
            let left = report.plans.iter().filter(is_left).count();
            if left > 0 {
                report.warnings.push(format!(
                    "{left} plans with this task are not paused, and can fail while it is"
                ));
            }
        }
    }
}

fn is_held(report: &Report) -> bool {
    matches!(report.action, Action::Paused | Action::Accepted | Action::Held)
}

fn is_new_task(item: &Item, state: &State, moment: Moment) -> bool {
    item.target.kind == TargetKind::Task
        && state.open(&item.target).is_none()
        && item.given_up.is_none()
        && !item.cancelled
        && item.hold.tense(moment.now, moment.lead) == Tense::Open
}
