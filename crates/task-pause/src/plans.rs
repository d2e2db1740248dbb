//! Plans and their tasks: a plan whose task is paused can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, Executable, ExecutableFilter};
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::hold::{self, Hold, Tense};
use maintenance_core::ledger::{LedgerState, OpenHold};
use maintenance_core::receipt::{Action, PlanRef};
use maintenance_core::run::Labels;
use tokio::time::Instant;

use crate::agenda::{self, Item, Moment};
use crate::input::Wanted;
use crate::report::Report;
use crate::signals::Stop;

/// How long pauses may wait for the plans of one environment.
const PATIENCE: Duration = Duration::from_secs(10);

/// The plans of some environments, and the tasks of each.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    of_task: BTreeMap<Target, Vec<PlanRef>>,
    tasks_of: BTreeMap<Target, Vec<Target>>,
    /// Environments whose plans were asked for.
    asked: BTreeSet<String>,
    /// Environments whose plans could not be listed, and whether it is of any
    /// use to try again: not where the account is refused them.
    unknown: BTreeMap<String, bool>,
}

/// The environments in which a task is about to be paused.
pub(crate) fn of_new_tasks<'a>(
    items: &'a [Item],
    state: &LedgerState,
    moment: Moment,
) -> BTreeSet<&'a str> {
    let new = items.iter().filter(|item| is_new_task(item, state, moment));
    new.map(|item| &*item.target.environment_id).collect()
}

/// The environments of these holds.
pub(crate) fn of_held<'a>(held: impl Iterator<Item = &'a OpenHold>) -> BTreeSet<&'a str> {
    held.map(|open| &*open.target.environment_id).collect()
}

/// The environments of those of these holds that are of a plan.
pub(crate) fn of_held_plans<'a>(held: impl Iterator<Item = &'a OpenHold>) -> BTreeSet<&'a str> {
    let plans = held.map(|open| &open.target).filter(|target| target.kind == TargetKind::Plan);
    plans.map(|plan| &*plan.environment_id).collect()
}

impl Plans {
    /// Takes in what a later list says. What could not be listed stays as it
    /// was known.
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

    /// Whether the plans of any environment were asked for.
    pub(crate) fn were_asked_for(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Lists the plans of these environments, with one list each, where that
    /// was not done yet. Where the account may not list them, or the list takes
    /// too long, a warning says so.
    pub(crate) async fn read(
        &mut self,
        environments: BTreeSet<&str>,
        (client, messages): (&Client, &Messages),
        until: Option<Instant>,
        stop: &Stop,
    ) {
        for environment in environments {
            if !self.asked.insert(environment.to_owned()) {
                continue;
            }
            let filter = ExecutableFilter {
                environment_id: Some(environment.to_owned()),
                ..ExecutableFilter::default()
            };
            let patient = Instant::now() + PATIENCE;
            let until = until.map_or(patient, |until| until.min(patient));
            let listed = stop.at_most(Some(until), client.plans(&filter)).await;
            let (unknown, again) = match listed {
                Some(Ok(list)) => {
                    self.add(environment, list);
                    continue;
                }
                Some(Err(error)) => (error.to_string(), error.exit() != Exit::Refused),
                None => ("no list came in time".to_owned(), true),
            };
            messages.warn(&format!("which tasks are part of plans is not known: {unknown}"));
            self.unknown.insert(environment.to_owned(), again);
        }
    }

    /// Lists the plans of the tasks that were just paused.
    pub(crate) async fn read_of_paused(
        &mut self,
        reports: &[Report],
        apart: (&Client, &Messages),
        until: Option<Instant>,
        stop: &Stop,
    ) {
        let is_new = |report: &&Report| {
            report.target.kind == TargetKind::Task
                && is_held(report)
                && report.paused_since.is_none()
        };
        let paused = reports.iter().filter(is_new);
        let environments = paused.map(|report| &*report.target.environment_id).collect();
        self.read(environments, apart, until, stop).await;
    }

    pub(crate) fn add(&mut self, environment: &str, plans: Vec<Executable>) {
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

    /// The tasks of a plan; none of one that is not listed. `None` where the
    /// plans could not be listed.
    pub(crate) fn tasks_of(&self, plan: &Target) -> Option<&[Target]> {
        if self.unknown.contains_key(&*plan.environment_id) {
            return None;
        }
        Some(self.tasks_of.get(plan).map_or(&[], Vec::as_slice))
    }

    /// Whether all plans that were asked for are known.
    pub(crate) fn are_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Whether it is of any use to ask again for those that are not known.
    pub(crate) fn may_be_known_later(&self) -> bool {
        self.unknown.values().any(|again| *again)
    }

    /// An environment whose plans could not be listed.
    #[cfg(test)]
    pub(crate) fn unlisted(environment: &str) -> Self {
        Self { unknown: BTreeMap::from([(environment.to_owned(), true)]), ..Self::default() }
    }

    /// `--with-plans`: the plans of wanted tasks, wanted for the same holds, but
    /// for the windows of a task that a command gave back.
    pub(crate) fn widen(&self, wanted: &mut Vec<Wanted>, state: &LedgerState, moment: Moment) {
        let mut added: BTreeMap<Target, (Arc<Labels>, Vec<_>)> = BTreeMap::new();
        for task in wanted.iter() {
            for plan in self.of_task.get(&task.target).into_iter().flatten() {
                let target = Target {
                    environment_id: task.target.environment_id.clone(),
                    kind: TargetKind::Plan,
                    id: plan.id.clone(),
                };
                let labels = Labels { name: plan.name.clone(), ..Labels::clone(&task.labels) };
                let (_, windows) =
                    added.entry(target).or_insert_with(|| (Arc::new(labels), Vec::new()));
                let held = task.holds.iter().flat_map(Hold::windows);
                let held = held
                    .filter(|window| !agenda::is_given_back(window, &task.target, state, moment));
                windows.extend(held.map(|window| (window.clone(), None)));
            }
        }
        for known in wanted.iter_mut() {
            if let Some((_, mut windows)) = added.remove(&known.target) {
                for hold in &known.holds {
                    windows.extend(hold.windows().iter().map(|window| (window.clone(), None)));
                }
                let runs: Vec<_> = known.holds.iter().flat_map(Hold::runs).copied().collect();
                let merged = hold::merge(windows).into_iter();
                known.holds = merged.filter_map(|hold| hold.with_runs(&runs)).collect();
            }
        }
        added.retain(|_, (_, windows)| !windows.is_empty());
        wanted.extend(added.into_iter().map(|(target, (labels, windows))| Wanted {
            target,
            labels,
            holds: hold::merge(windows),
        }));
    }

    /// Names, in the reports of tasks that were paused, their plans that are
    /// not held themselves, neither before nor after.
    pub(crate) fn note(&self, reports: &mut [Report], state: &LedgerState) {
        let held: BTreeSet<Target> = reports
            .iter()
            .filter(|report| is_held(report))
            .map(|report| report.target.clone())
            .collect();
        for report in reports.iter_mut().filter(|report| is_held(report)) {
            let plans = self.of_task.get(&report.target).into_iter().flatten();
            let plans: Vec<_> = plans.cloned().collect();
            if plans.is_empty() {
                continue;
            }
            let is_left = |plan: &&PlanRef| {
                let id = plan.id.clone();
                let environment_id = report.target.environment_id.clone();
                let plan = Target { environment_id, kind: TargetKind::Plan, id };
                !held.contains(&plan) && state.open(&plan).is_none()
            };
            let left = plans.iter().filter(is_left).count();
            let found = report.found_mut();
            found.plans = plans;
            if left > 0 {
                found.warnings.push(format!(
                    "{left} plans with this task are not paused, and can fail while it is"
                ));
            }
        }
    }
}

fn is_held(report: &Report) -> bool {
    match report.action {
        Action::Paused | Action::Held => true,
        // A resume may be accepted, too.
        Action::Accepted => report.reason.is_some(),
        _ => false,
    }
}

fn is_new_task(item: &Item, state: &LedgerState, moment: Moment) -> bool {
    item.target.kind == TargetKind::Task
        && state.open(&item.target).is_none()
        && item.given_up.is_none()
        && !item.cancelled
        && item.hold.tense(moment.now, moment.lead) == Tense::Open
}
