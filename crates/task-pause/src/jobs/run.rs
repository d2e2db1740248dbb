//! Runs the job of a call.

use std::io::{self, IsTerminal};

use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::clock;
use maintenance_core::ledger::Ledger;

use super::wait::NextPass;
use super::{coverage, dry_run, ending, give_back_first, named_environments, once, recover, wait};
use crate::deadline::Deadline;
use crate::gather::CallInputs;
use crate::input::{self, InputEnd};
use crate::output::{CallJournal, Metrics, Receipts};
use crate::session::Session;
use crate::settings::Job;
use crate::talend::environments;
use crate::types::FollowUp;

/// Refuses to read selected runs from a terminal.
pub(crate) fn check_input(job: &Job) -> Result<(), Refusal> {
    if job.reads_input() && io::stdin().is_terminal() {
        let hint = "pipe selected runs into it: runs-fetch … | window-filter … | task-pause";
        return Err(Refusal::usage("standard input is a terminal").hint(hint));
    }
    Ok(())
}

/// Runs a job that asks the API. The deadline bounds the reading of standard
/// input.
pub(crate) async fn run(session: &Session<'_>, deadline: Deadline) -> anyhow::Result<Ending> {
    if session.settings.only_reads() {
        return run_reading(session, deadline).await;
    }
    let journal = CallJournal::new(session.ledger)?;
    let Session { settings, messages, ledger, zone, .. } = session;
    let mut receipts = Receipts::with_journal(messages, journal);
    receipts = receipts.in_format(settings.change.format, zone, messages);
    let mut call = CallInputs::default();
    let ended = run_changing(session, &mut call, &mut receipts, deadline).await;
    // Also after a signal and a refusal.
    session.display.clear();
    receipts.print_summary(ledger, zone, messages);
    // Also after an error, the receipts are kept and the metrics written.
    let ended = receipts.close(ended, session.messages);
    with_metrics(session, call, ended)
}

/// Runs a job that changes nothing at the API.
async fn run_reading(session: &Session<'_>, deadline: Deadline) -> anyhow::Result<Ending> {
    let mut call = CallInputs::default();
    if let Job::Recover { environment, yes } = &session.settings.job {
        return recover::run(session, environment, *yes).await;
    }
    if let Some(ending) = read_input(session, &mut call, deadline).await? {
        return Ok(ending);
    }
    match session.settings.job {
        Job::Coverage => coverage::run(session, &call.input).await,
        _ => dry_run::run(session, &mut call).await,
    }
}

/// Runs a job that changes something.
async fn run_changing(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
    deadline: Deadline,
) -> anyhow::Result<Ending> {
    let settings = session.settings;
    let every = Some(settings.every).filter(|every| !every.is_zero());
    let next = every.map(|every| NextPass::new(clock::now(), every));
    let mut before_list = FollowUp::NOTHING;
    if settings.job.is_sync() {
        let first = give_back_first::run(session, call, receipts);
        before_list = Box::pin(first).await?;
    }
    if let Some(ending) = read_input(session, call, deadline).await? {
        return Ok(ending);
    }
    match settings.job {
        Job::Wait { .. } => Box::pin(wait::run(session, call, receipts)).await,
        _ => Box::pin(once::run(session, call, receipts, before_list, next)).await,
    }
}

/// Reads standard input, if the job does, and finds out which environments `sync` may act
/// on. Returns the ending if a signal or the deadline ends that.
async fn read_input(
    session: &Session<'_>,
    call: &mut CallInputs,
    deadline: Deadline,
) -> anyhow::Result<Option<Ending>> {
    let Session { settings, stop, messages, .. } = session;
    if !settings.job.reads_input() {
        return Ok(None);
    }
    call.input = match input::read(settings.input.require_end, stop, deadline).await? {
        InputEnd::Done(input) => input,
        InputEnd::Stopped(exit) => return Ok(Some(ending::stopped(exit))),
        InputEnd::TooLate => return Ok(Some(ending::too_late())),
    };
    let is_empty = match settings.job {
        Job::Coverage => environments::of_input(&call.input).is_empty(),
        Job::Wait { .. } => call.input.wanted.is_empty() && call.input.unsupported.is_empty(),
        _ => false,
    };
    if is_empty {
        messages.note(match settings.job {
            Job::Wait { resume: true } => {
                "standard input has no selected run: only what the ledger holds is given back"
            }
            _ => "standard input has no selected run, so there is nothing to do",
        });
    }
    if let Some(end) = &call.input.end {
        messages.detail(1, || {
            format!("the list is whole: {} of {} runs selected", end.counted(), end.runs)
        });
    }
    named_environments::resolve_or_stop(session, call).await
}

/// Writes the metrics of a call. An error of the call outranks an error in writing
/// them.
fn with_metrics(
    session: &Session<'_>,
    call: CallInputs,
    ended: anyhow::Result<Ending>,
) -> anyhow::Result<Ending> {
    let Some(path) = &session.settings.change.metrics_file else { return ended };
    let is_done = ended.as_ref().is_ok_and(Ending::is_done);
    let written = Ledger::read(session.ledger).map_err(anyhow::Error::from).and_then(|state| {
        let metrics = Metrics {
            holds: state.all_active().collect(),
            environments: &session.settings.environment,
            resolved: call.environments.named,
            requests: session.requests.clone(),
            success: is_done,
            now: clock::now(),
        };
        metrics.write(path, session.messages)
    });
    match (ended, written) {
        (Ok(_), Err(error)) if is_done => Err(error),
        (ended, Err(error)) => {
            session.messages.warn(&format!("{error:#}"));
            ended
        }
        (ended, Ok(())) => ended,
    }
}
