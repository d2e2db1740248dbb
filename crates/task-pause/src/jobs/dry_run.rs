//! `--dry-run`: the change sets of a pass, as receipts. Nothing is changed.

use std::collections::HashSet;

use maintenance_core::change::Target;
use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;

use super::ending::{self, Unfinished};
use super::once::note_held_by_others;
use super::open_ledger;
use super::prepare::{Prepared, prepare};
use crate::after::plan_warnings;
use crate::apply::limit_check::MaxTasks;
use crate::apply::{Context, preview};
use crate::deadline::Deadline;
use crate::decide::task_limit::needs_no_room;
use crate::gather::CallInputs;
use crate::output::Receipts;
use crate::session::Session;
use crate::talend::NearRuns;
use crate::types::{Candidate, LedgerAt, Plans, Report};

/// Decides on all candidates, and stops there.
pub(super) async fn run(session: &Session<'_>, call: &mut CallInputs) -> anyhow::Result<Ending> {
    let Session { settings, messages, zone, ledger, .. } = session;
    let mut receipts = Receipts::to_stdout(true).in_format(settings.change.format, zone, messages);
    if settings.change.metrics_file.is_some() {
        messages.note("a dry run writes no metrics, so --metrics-file is ignored");
    }
    let ended = decide(session, call, &mut receipts).await;
    // Also after a refusal.
    session.display.clear();
    receipts.print_summary(ledger, zone, messages);
    receipts.close(ended, messages)
}

async fn decide(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
) -> anyhow::Result<Ending> {
    let settings = session.settings;
    let state = open_ledger::read(session)?;
    let moment = settings.moment(decision_time(session)?);
    let at = LedgerAt { state: &state, moment };
    let Prepared { candidates, withheld, plans, is_clock_trusted, are_plans_known, doubt, .. } =
        prepare(session, call, at).await?;
    let (mut reports, refusal) = reports_within_limit(session, &candidates, at).await?;
    reports.extend(withheld);
    add_warnings(session, &mut reports, plans, at).await;
    for report in &reports {
        receipts.report(report, moment.now);
    }
    note_held_by_others(session, &reports);
    if !settings.job.is_sync() {
        ending::warn_of_given_back(session, &reports);
    }
    receipts.unsupported(&call.input.unsupported, moment.now);
    ending::first_of(session, [doubt.map(Into::into), refusal])?;
    let mut unfinished = Unfinished::new(call.input.unsupported.len());
    unfinished.add_reports(&reports, settings.change.no_verify);
    unfinished.add_if(!are_plans_known, ending::NO_PLANS);
    unfinished.add_if(!is_clock_trusted, ending::NO_CLOCK);
    unfinished.add_if(call.environments.has_unresolved, ending::NO_ENVIRONMENT);
    Ok(unfinished.ending())
}

/// The time by which is decided: that of `--at`, or the present.
fn decision_time(session: &Session<'_>) -> Result<UtcTime, Refusal> {
    let present = clock::now();
    let Some(at) = session.settings.dry_run.at else { return Ok(present) };
    at.resolve(present, &session.zone).map_err(|error| Refusal::usage(error.to_string()))
}

/// The reports on the candidates, within `--max-tasks`. If these are too many, a job that
/// gives back reports only those that stay, and is refused. For all other jobs, the refusal
/// is the error.
async fn reports_within_limit(
    session: &Session<'_>,
    candidates: &[Candidate],
    LedgerAt { state, moment }: LedgerAt<'_>,
) -> anyhow::Result<(Vec<Report>, Option<anyhow::Error>)> {
    let settings = session.settings;
    let context = Context::new(session, Deadline::NEVER);
    let preview = Box::pin(preview(&context, state, candidates, moment.now, None)).await?;
    let refused = settings.pausing.max_tasks.map_or(Ok(()), |limit| {
        let max = MaxTasks { limit, ledger: session.ledger };
        max.refuse(preview.pauses.check(limit, state))
    });
    let mut reports = preview.reports;
    match refused {
        Err(error) if settings.job.gives_back() => {
            let needs_no_room =
                |one: &&Candidate| needs_no_room(one, state, settings.pausing.reassert);
            let left = candidates.iter().filter(needs_no_room).map(|one| &one.target);
            let left: HashSet<&Target> = left.collect();
            reports.retain(|report| left.contains(&report.target));
            Ok((reports, Some(error)))
        }
        refused => refused.map(|()| (reports, None)),
    }
}

/// Adds the warnings of plans that start paused tasks, and of near runs.
async fn add_warnings(
    session: &Session<'_>,
    reports: &mut [Report],
    mut plans: Plans,
    LedgerAt { state, moment }: LedgerAt<'_>,
) {
    plan_warnings::list(session, &mut plans, reports, Deadline::NEVER).await;
    plan_warnings::add_to(&plans, reports, state);
    let guard = session.settings.change.guard;
    let mut near_runs = NearRuns::new(guard, moment.now, session.messages);
    near_runs.ask_about(&session.client, reports, moment.now).await;
    near_runs.warn(reports, moment.now);
}
