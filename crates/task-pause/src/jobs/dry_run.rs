//! `--dry-run`: the change sets of a pass, as receipts. Nothing is changed.

use std::collections::HashSet;

use maintenance_core::change::Target;
use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::clock;

use super::ending::{self, Unfinished};
use super::once::note_held_by_others;
use super::open_ledger;
use super::prepare::{Prepared, prepare};
use crate::after::plan_warnings;
use crate::apply::limit_check::MaxTasks;
use crate::apply::{Context, preview};
use crate::deadline::Deadline;
use crate::decide::task_limit::stays;
use crate::gather::CallInputs;
use crate::output::Receipts;
use crate::session::Session;
use crate::talend::NearRuns;
use crate::types::{Candidate, LedgerAt};

/// Decides on all candidates, and stops there.
pub(super) async fn run(session: &Session<'_>, call: &mut CallInputs) -> anyhow::Result<Ending> {
    let Session { settings, messages, zone, ledger, .. } = session;
    let mut receipts = Receipts::to_stdout(true).in_format(settings.change.format, zone, messages);
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
    let Session { settings, client, messages, .. } = session;
    let state = open_ledger::read(session)?;
    let real = clock::now();
    let now = match settings.dry_run.at {
        Some(at) => {
            at.resolve(real, &session.zone).map_err(|error| Refusal::usage(error.to_string()))?
        }
        None => real,
    };
    let at = LedgerAt { state: &state, moment: settings.moment(now) };
    let prepared = prepare(session, call, at).await?;
    let Prepared { candidates, withheld, mut plans, is_clock_trusted, are_plans_known, doubt } =
        prepared;
    let context = Context::new(session, Deadline::NEVER);
    let preview = Box::pin(preview(&context, &state, &candidates, now, None)).await?;
    let refused = settings.pausing.max_tasks.map_or(Ok(()), |limit| {
        let max = MaxTasks { limit, ledger: session.ledger };
        max.refuse(preview.pauses.check(limit, &state))
    });
    let mut reports = preview.reports;
    let refusal = match refused {
        Err(error) if settings.job.gives_back() => {
            let stays = |one: &&Candidate| stays(one, &state, settings.pausing.reassert);
            let left: HashSet<&Target> =
                candidates.iter().filter(stays).map(|one| &one.target).collect();
            reports.retain(|report| left.contains(&report.target));
            Some(error)
        }
        refused => {
            refused?;
            None
        }
    };
    reports.extend(withheld);
    plan_warnings::list(session, &mut plans, &reports, Deadline::NEVER).await;
    plan_warnings::add_to(&plans, &mut reports, &state);
    let mut near_runs = NearRuns::new(settings.change.guard, now, messages);
    near_runs.ask_about(client, &reports, now).await;
    near_runs.warn(&mut reports, now);
    for report in &reports {
        receipts.report(report, now);
    }
    note_held_by_others(session, &reports);
    receipts.unsupported(&call.input.unsupported, now);
    ending::first_of(session, [doubt.map(Into::into), refusal])?;
    let mut unfinished = Unfinished::new(call.input.unsupported.len());
    unfinished.add_reports(&reports, settings.change.no_verify);
    unfinished.add_if(!are_plans_known, ending::NO_PLANS);
    unfinished.add_if(!is_clock_trusted, ending::NO_CLOCK);
    unfinished.add_if(call.environments.has_unresolved, ending::NO_ENVIRONMENT);
    Ok(unfinished.ending())
}
