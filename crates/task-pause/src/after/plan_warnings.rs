//! Adds the plans of paused tasks to their reports, since these plans can fail. The list
//! is made after the pauses, so that it delays none.

use std::collections::BTreeSet;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::ledger::LedgerState;

use crate::deadline::Deadline;
use crate::session::Session;
use crate::talend;
use crate::types::{Action, PlanRef, Plans, Report};

/// Lists the plans of the tasks that were just paused, if not listed yet.
pub(crate) async fn list(
    session: &Session<'_>,
    plans: &mut Plans,
    reports: &[Report],
    deadline: Deadline,
) {
    let is_new = |report: &&Report| {
        report.target.kind == TargetKind::Task && is_held(report) && report.paused_since.is_none()
    };
    let paused = reports.iter().filter(is_new);
    let environments = paused.map(|report| &*report.target.environment_id).collect();
    let environments = plans.not_asked(environments);
    plans.renew(talend::plans::list(session, environments, deadline).await);
}

/// Adds the plans of paused tasks to the reports, with a warning of those that are not
/// held.
pub(crate) fn add_to(plans: &Plans, reports: &mut [Report], state: &LedgerState) {
    let held: BTreeSet<Target> =
        reports.iter().filter(|one| is_held(one)).map(|one| one.target.clone()).collect();
    for report in reports.iter_mut().filter(|report| is_held(report)) {
        let of_task = plans.of_task(&report.target);
        if of_task.is_empty() {
            continue;
        }
        let is_left = |plan: &&PlanRef| {
            let id = plan.id.clone();
            let environment_id = report.target.environment_id.clone();
            let plan = Target { environment_id, kind: TargetKind::Plan, id };
            !held.contains(&plan) && state.active(&plan).is_none()
        };
        let left = of_task.iter().filter(is_left).count();
        let details = report.details_mut();
        details.plans = of_task.to_vec();
        if left > 0 {
            details.warnings.push(format!(
                "{left} plans with this task are not paused, and can fail while it is"
            ));
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
