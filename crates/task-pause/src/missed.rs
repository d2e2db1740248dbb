//! The runs that a hold suppressed, and making up for them.
//!
//! The platform does not make up for runs that a pause suppressed. The API
//! records each as an execution that was rejected because its task was paused;
//! where it recorded none, the planned runs of the hold stand in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::client::{Client, ClientError, Made, SendError};
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{CatchUp, Ledger, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::report::{Report, failure};
use crate::work::{Followed, Work};

/// For how long after the resume a start is tried. Much later it may meet the
/// next planned run, and is a person's to decide.
const TRY_FOR: Duration = Duration::from_secs(60 * 60);

/// The time that a start must have before something else is due: it is not cut
/// off, since then nobody would know whether a run was started.
const TO_START: Duration = Duration::from_secs(2);

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
/// has it: also those of a call that was cut short before. None is begun shortly
/// before `until`, or later: that is left to the next pass, and so is what may
/// be known, or done, then. The runs of what this pass resumed could not be
/// listed if `refused`, now or later.
pub(crate) async fn catch_up(
    work: &Work<'_>,
    ledger: &mut Ledger,
    reports: &mut Vec<Report>,
    until: Option<Instant>,
    refused: bool,
) -> anyhow::Result<Followed> {
    let mut followed = Followed { whole: true, left: false };
    let mut started: BTreeMap<Target, Option<String>> = BTreeMap::new();
    let waiting: Vec<(String, CatchUp)> = ledger
        .state()
        .catch_ups()
        .filter(|(_, catch_up)| work.environments.include(&catch_up.target))
        .map(|(hold, catch_up)| (hold.to_owned(), catch_up.clone()))
        .collect();
    // Nobody knows whether these were started, and a second run may follow the
    // first too soon.
    let starting = waiting.iter().filter(|(_, catch_up)| catch_up.starting);
    let mut doubted: BTreeSet<Target> = starting.map(|(_, it)| it.target.clone()).collect();
    for (hold, catch_up) in waiting {
        if work.stop.is_asked() {
            break;
        }
        if until.is_some_and(|until| until <= Instant::now() + TO_START) {
            followed.left = true;
            break;
        }
        let (place, refused) = place(work, reports, &catch_up, until, refused).await;
        let report = &mut reports[place];
        let missed = report.found().runs.as_ref().map(|runs| !runs.is_empty());
        let is_old = clock::now().since(catch_up.paused.1) >= TRY_FOR;
        let mut warn = |text: &str| report.found_mut().warnings.push(text.to_owned());
        let execution = match missed {
            _ if catch_up.starting
                || missed != Some(false) && doubted.contains(&catch_up.target) =>
            {
                warn("a run may have been started already, so none is started now");
                followed.whole = false;
                None
            }
            Some(false) => None,
            _ if is_old => {
                let may = if missed.is_none() { "may have missed" } else { "missed" };
                let text = "a run, and is no longer started for it: its resume is too old";
                warn(&format!("it {may} {text}"));
                followed.whole = false;
                None
            }
            // What is not known now may be known to the next call.
            None => {
                followed.whole &= !refused;
                followed.left |= !refused;
                continue;
            }
            // One run makes up for what several holds suppressed.
            Some(true) if started.contains_key(&catch_up.target) => {
                let execution = started.get(&catch_up.target).cloned().flatten();
                report.found_mut().caught_up = Some(execution.clone().unwrap_or_default());
                execution
            }
            Some(true) if ledger.state().open(&catch_up.target).is_some() => {
                warn("it missed a run, and is not started for it while it is held again");
                followed.left = true;
                continue;
            }
            Some(true) => {
                ledger.starting(&hold, clock::now())?;
                match start(work, &catch_up, report).await {
                    Started::Yes(execution) => {
                        started.insert(catch_up.target.clone(), execution.clone());
                        execution
                    }
                    Started::Unknown => {
                        doubted.insert(catch_up.target.clone());
                        None
                    }
                    Started::Never => None,
                    Started::Not { later } => {
                        followed.left |= later;
                        ledger.not_started(&hold, clock::now())?;
                        continue;
                    }
                    Started::CutOff => break,
                }
            }
        };
        ledger.caught_up(&hold, execution, clock::now())?;
    }
    ledger.sync()?;
    Ok(followed)
}

/// The place of the report on a resume, and whether the runs that it missed
/// could not be listed, now or later. What an earlier pass, or call, resumed
/// has none yet.
async fn place(
    work: &Work<'_>,
    reports: &mut Vec<Report>,
    catch_up: &CatchUp,
    until: Option<Instant>,
    refused: bool,
) -> (usize, bool) {
    // Another report of the same target may be about its next hold.
    let known = reports.iter().position(|report| {
        report.target == catch_up.target
            && report.action == Action::Resumed
            && report.paused_since == Some(catch_up.paused.0)
    });
    if let Some(place) = known {
        return (place, refused);
    }
    let mut earlier = [Report::of_earlier(catch_up)];
    if catch_up.starting {
        reports.extend(earlier);
        return (reports.len() - 1, false);
    }
    let listed = list(&work.client, &mut earlier, catch_up.paused.1);
    let listed = work.stop.at_most(until, listed).await;
    if let Some(Err(error)) = &listed {
        work.messages.warn(&format!("the runs that were missed are not known: {error}"));
    }
    reports.extend(earlier);
    let refused = matches!(listed, Some(Err(error)) if error.exit() == Exit::Refused);
    (reports.len() - 1, refused)
}

/// What came of a start.
enum Started {
    /// It was made, as this execution if the API said so.
    Yes(Option<String>),
    /// It may have been made.
    Unknown,
    /// It was not made, and never will be.
    Never,
    /// It was certainly not made, and may be made yet; `later`, without anybody
    /// having to mend something first.
    Not { later: bool },
    /// A signal cut it off. Its intent is on disk, and tells the next call that
    /// it may have been made.
    CutOff,
}

/// Starts a task or plan once, in the place of what its hold suppressed.
async fn start(work: &Work<'_>, catch_up: &CatchUp, report: &mut Report) -> Started {
    match work.stop.at_most(None, work.client.start(&catch_up.target)).await {
        None => Started::CutOff,
        Some(Ok(execution)) => {
            report.found_mut().caught_up = Some(execution.clone().unwrap_or_default());
            Started::Yes(execution)
        }
        Some(Err(SendError { error, made })) => {
            let age = clock::now().since(catch_up.paused.1);
            let again = made == Made::No && !error.is_not_found() && age < TRY_FOR;
            let more = match made {
                Made::No if again => ", which the next call tries again",
                Made::No => "",
                Made::Unknown => ", or its answer was lost",
            };
            let target = &catch_up.target;
            work.messages.warn(&format!("{target} was not started{more}: {error}"));
            report.action = Action::Failed;
            report.why = Some("it was resumed, but not started");
            // It was resumed all the same: the call is done in part.
            report.failure = Some(Box::new(failure(&error)));
            let later = error.exit() != Exit::Refused;
            match made {
                Made::Unknown => Started::Unknown,
                Made::No if again => Started::Not { later },
                Made::No => Started::Never,
            }
        }
    }
}
