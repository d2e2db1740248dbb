//! `coverage`: the tasks of the runs' environments that no run on standard
//! input protects, neither their own nor one of a plan that they are part of.

use std::collections::BTreeSet;
use std::sync::Arc;

use maintenance_core::change::TargetKind;
use maintenance_core::cli::Ending;
use maintenance_core::client::{Client, ExecutableFilter};
use serde::Serialize;

use crate::output::Receipts;
use crate::session::Session;
use crate::talend::environments::of_input;
use crate::types::SelectedInput;

/// The record of a task that is not covered.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uncovered<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    environment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_name: Option<&'a str>,
    covered: bool,
}

/// Lists the tasks that are not covered.
pub(super) async fn run(session: &Session<'_>, input: &SelectedInput) -> anyhow::Result<Ending> {
    let environments = of_input(input);
    let mut receipts = Receipts::to_stdout(false);
    let mut counts = CoverageCounts::default();
    let listed = list(&session.client, input, &environments, (&mut receipts, &mut counts)).await;
    session.display.clear();
    if session.messages.wants_progress() {
        let CoverageCounts { tasks, uncovered, environments: listed } = counts;
        let all = environments.len();
        session.messages.note(&format!(
            "not covered: {uncovered} of {tasks} tasks, in {listed} of {all} environments"
        ));
    }
    receipts.close(listed.map(|()| Ending::DONE), session.messages)
}

/// The numbers of a summary.
#[derive(Debug, Default)]
struct CoverageCounts {
    tasks: usize,
    uncovered: usize,
    /// The environments whose tasks were listed.
    environments: usize,
}

async fn list(
    client: &Client,
    input: &SelectedInput,
    environments: &BTreeSet<Arc<str>>,
    (receipts, counts): (&mut Receipts, &mut CoverageCounts),
) -> anyhow::Result<()> {
    for environment in environments {
        let here = |kind| {
            let wanted = input.wanted.iter().map(|wanted| &wanted.target);
            wanted
                .filter(move |t| t.environment_id == *environment && t.kind == kind)
                .map(|target| target.id.to_string())
        };
        let filter = ExecutableFilter::of_environment(environment);
        let mut covered: BTreeSet<String> = here(TargetKind::Task).collect();
        let plans: BTreeSet<String> = here(TargetKind::Plan).collect();
        if !plans.is_empty() {
            let all = client.listed(TargetKind::Plan, &filter).await?.executables.into_iter();
            let selected = all.filter(|plan| plans.contains(&plan.id));
            covered.extend(selected.flat_map(|plan| plan.tasks));
        }
        let tasks = client.listed(TargetKind::Task, &filter).await?.executables;
        counts.environments += 1;
        counts.tasks += tasks.len();
        for task in tasks {
            if covered.contains(&task.id) {
                continue;
            }
            counts.uncovered += 1;
            let workspace = task.workspace.as_ref();
            receipts.record(&Uncovered {
                id: &task.id,
                kind: TargetKind::Task.as_type(),
                environment_id: environment,
                name: task.name.as_deref(),
                workspace_id: workspace.map(|workspace| workspace.id.as_str()),
                workspace_name: workspace.and_then(|workspace| workspace.name.as_deref()),
                covered: false,
            });
        }
    }
    Ok(())
}
