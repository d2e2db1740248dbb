//! The runs that a hold suppressed, and making up for them.
//!
//! The platform does not make up for runs that a pause suppressed. The API
//! records each as an execution that was rejected because its task was paused;
//! where it recorded none, the planned runs of the hold stand in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::TargetKind;
use maintenance_core::client::{Client, ClientError, Made, SendError};
use maintenance_core::clock;
use maintenance_core::ledger::{CatchUp, Ledger, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::report::{Report, failure};
use crate::work::{Followed, Work};

/// For how long after the resume a start is tried. Much later it may meet the
/// next planned run, and is a person's to decide.
const TRY_FOR: Duration = Duration::from_secs(60 * 60);

/// Puts the suppressed runs into the reports of what was resumed.
pub(crate) async fn list(
    client: &Client,
    reports: &mut [Report],
    now: UtcTime,
) -> Result<(), ClientError> {
    let mut from: BTreeMap<(TargetKind, Arc<str>), UtcTime> = BTreeMap::new();
    for (report, since) in reports.iter().filter_map(resumed) {
        let place = (report.target.kind, report.target.environment_id.clone());
        let earliest = from.entry(place).or_insert(since);
        *earliest = since.min(*earliest);
    }
    let mut recorded: BTreeMap<(TargetKind, Arc<str>), Vec<UtcTime>> = BTreeMap::new();
    for ((kind, environment), from) in from {
        for execution in client.executions_suppressed(kind, &environment, from, now).await? {
            let when = execution.triggered.or(execution.started);
            if let Some((of, when)) = execution.of(kind).zip(when) {
                recorded.entry((kind, of.into())).or_default().push(when);
            }
        }
    }
    for report in reports {
        let Some((_, since)) = resumed(report) else { continue };
        let key = (report.target.kind, report.target.id.clone());
        let mut runs: Vec<UtcTime> =
            recorded.get(&key).into_iter().flatten().copied().filter(|run| *run >= since).collect();
        if runs.is_empty() {
            let planned = report.hold.runs().iter().copied();
            runs = planned.filter(|run| (since..now).contains(run)).collect();
        }
        runs.sort_unstable();
        report.found_mut().runs = Some(runs);
    }
    Ok(())
}

fn resumed(report: &Report) -> Option<(&Report, UtcTime)> {
    let since = report.paused_since.filter(|_| report.action == Action::Resumed)?;
    Some((report, since))
}

/// Whether all that was resumed waits for the runs that were missed to be made
/// up for.
pub(crate) fn are_made_up_for(reports: &[Report], state: &State) -> bool {
    let waiting: BTreeSet<_> = state.catch_ups().map(|(_, catch_up)| &catch_up.target).collect();
    reports.iter().filter_map(resumed).all(|(report, _)| waiting.contains(&report.target))
}

/// Starts each resumed task once whose hold suppressed a run, as the ledger
/// has it: also those of a call that was cut short before. None is begun after
/// `until`: that is left to the next pass.
pub(crate) async fn catch_up(
    work: &Work<'_>,
    ledger: &mut Ledger,
    reports: &mut Vec<Report>,
    until: Option<Instant>,
    followed: &mut Followed,
) -> anyhow::Result<()> {
    let Work { client, stop, messages, .. } = work;
    let Followed { whole, left } = followed;
    let waiting: Vec<(String, CatchUp)> = ledger
        .state()
        .catch_ups()
        .map(|(hold, catch_up)| (hold.to_owned(), catch_up.clone()))
        .collect();
    for (hold, catch_up) in waiting {
        if stop.is_asked() {
            break;
        }
        if until.is_some_and(|until| until <= Instant::now()) {
            *left = true;
            break;
        }
        // Another report of the same target may be about its next hold.
        let known = reports.iter().position(|report| {
            report.target == catch_up.target
                && report.action == Action::Resumed
                && report.paused_since == Some(catch_up.paused.0)
        });
        let place = known.unwrap_or(reports.len());
        if known.is_none() {
            let mut earlier = [Report::of_earlier(&catch_up)];
            if let Err(error) = list(client, &mut earlier, catch_up.paused.1).await {
                messages.warn(&format!("the runs that were missed are not known: {error}"));
            }
            reports.extend(earlier);
        }
        let report = &mut reports[place];
        if catch_up.starting {
            let text = "a run may have been started already, so none is started now";
            report.found_mut().warnings.push(text.to_owned());
            *whole = false;
            ledger.caught_up(&hold, None, clock::now())?;
            continue;
        }
        let missed = report.found().runs.as_ref().map(|runs| !runs.is_empty());
        if missed == Some(false) {
            ledger.caught_up(&hold, None, clock::now())?;
            continue;
        }
        if clock::now().since(catch_up.paused.1) >= TRY_FOR {
            let may = if missed.is_none() { "may have missed" } else { "missed" };
            let text = "a run, and is no longer started for it: its resume is too old";
            report.found_mut().warnings.push(format!("it {may} {text}"));
            *whole = false;
            ledger.caught_up(&hold, None, clock::now())?;
            continue;
        }
        // What is not known now may be known to the next call.
        if missed.is_none() {
            *whole = false;
            continue;
        }
        if ledger.state().open(&catch_up.target).is_some() {
            let text = "it missed a run, and is not started for it while it is held again";
            report.found_mut().warnings.push(text.to_owned());
            *whole = false;
            continue;
        }
        ledger.starting(&hold, clock::now())?;
        let execution = match client.start(&catch_up.target).await {
            Ok(execution) => {
                report.found_mut().caught_up = Some(execution.clone().unwrap_or_default());
                execution
            }
            Err(SendError { error, made }) => {
                let age = clock::now().since(catch_up.paused.1);
                let again = made == Made::No && !error.is_not_found() && age < TRY_FOR;
                let more = match made {
                    Made::No if again => ", which the next call tries again",
                    Made::No => "",
                    Made::Unknown => ", or its answer was lost",
                };
                messages.warn(&format!("{} was not started{more}: {error}", catch_up.target));
                report.action = Action::Failed;
                report.why = Some("it was resumed, but not started");
                // It was resumed all the same: the call is done in part.
                report.failure = Some(Box::new(failure(&error)));
                if again {
                    ledger.not_started(&hold, clock::now())?;
                    continue;
                }
                None
            }
        };
        ledger.caught_up(&hold, execution, clock::now())?;
    }
    ledger.sync()?;
    Ok(())
}
