//! `--catch-up once`: starts each resumed task once whose hold suppressed a run.

use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::Target;
use maintenance_core::client::{Made, SendError};
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{Ledger, PendingCatchUp};

use super::missed_runs::{self, NOT_KNOWN, RecordedRuns};
use crate::deadline::Deadline;
use crate::session::Session;
use crate::timing::{CATCH_UP_LIMIT, START_RESERVE};
use crate::types::{Action, Environments, FollowUp, ListOutcome, Report, failure};

/// Starts each resumed task once whose hold suppressed a run, as the ledger
/// has it: also those of a call that was cut short before. No start begins
/// within [`START_RESERVE`] of the deadline, or later: those starts are left to the
/// next pass, and so are those of which that pass may know more.
pub(crate) async fn catch_up(
    session: &Session<'_>,
    environments: &Environments,
    ledger: &mut Ledger,
    reports: &mut Vec<Report>,
    deadline: Deadline,
) -> anyhow::Result<FollowUp> {
    let mut follow_up = FollowUp::NOTHING;
    let mut started: BTreeMap<Target, Option<String>> = BTreeMap::new();
    let waiting: Vec<(String, PendingCatchUp)> = ledger
        .state()
        .catch_ups()
        .filter(|(_, catch_up)| environments.include(&catch_up.target))
        .map(|(hold, catch_up)| (hold.to_owned(), catch_up.clone()))
        .collect();
    // These may have been started already. A second start would be too soon.
    let starting = waiting.iter().filter(|(_, catch_up)| catch_up.starting);
    let mut doubted: BTreeSet<Target> = starting.map(|(_, it)| it.target.clone()).collect();
    for (hold, catch_up) in waiting {
        if session.stop.is_asked() {
            break;
        }
        if deadline.is_within(START_RESERVE) {
            follow_up.is_left = true;
            break;
        }
        let place = place(session, reports, &catch_up, deadline).await;
        let report = &mut reports[place];
        let found = report.details().missed.as_ref();
        // Only a listed run counts: a planned run may have been cancelled.
        let listed = found.map_or(ListOutcome::NotYet, |missed| missed.listed);
        let missed =
            found.filter(|_| listed == ListOutcome::Yes).map(|missed| !missed.runs.is_empty());
        let is_old = clock::now().since(catch_up.paused.1) >= CATCH_UP_LIMIT;
        let mut warn = |text: &str| report.details_mut().warnings.push(text.to_owned());
        let execution = match missed {
            _ if catch_up.starting
                || missed != Some(false) && doubted.contains(&catch_up.target) =>
            {
                warn("a run may have been started already, so none is started now");
                follow_up.is_whole = false;
                None
            }
            Some(false) => None,
            _ if is_old => {
                let may = if missed.is_none() { "may have missed" } else { "missed" };
                let text = "a run, and is no longer started for it: its resume is too old";
                warn(&format!("it {may} {text}"));
                follow_up.is_whole = false;
                None
            }
            // The next call may get the list.
            None => {
                follow_up.is_whole &= listed != ListOutcome::Refused;
                follow_up.is_left |= listed != ListOutcome::Refused;
                continue;
            }
            // One start makes up for the runs of several holds.
            Some(true) if started.contains_key(&catch_up.target) => {
                let execution = started.get(&catch_up.target).cloned().flatten();
                report.details_mut().caught_up = Some(execution.clone().unwrap_or_default());
                execution
            }
            Some(true) if ledger.state().open(&catch_up.target).is_some() => {
                warn("it missed a run, and is not started for it while it is held again");
                follow_up.is_left = true;
                continue;
            }
            Some(true) => {
                ledger.starting(&hold, clock::now())?;
                match start(session, &catch_up, report).await {
                    StartOutcome::Yes(execution) => {
                        started.insert(catch_up.target.clone(), execution.clone());
                        execution
                    }
                    StartOutcome::Unknown => {
                        follow_up.is_whole = false;
                        doubted.insert(catch_up.target.clone());
                        None
                    }
                    StartOutcome::Never => {
                        follow_up.is_whole = false;
                        None
                    }
                    StartOutcome::Not { later } => {
                        follow_up.is_left |= later;
                        ledger.not_started(&hold, clock::now())?;
                        continue;
                    }
                    StartOutcome::CutOff => break,
                }
            }
        };
        ledger.caught_up(&hold, execution, clock::now())?;
    }
    ledger.sync()?;
    Ok(follow_up)
}

/// The index of the report on a resume. Adds a report if the resume was made by an
/// earlier pass or call.
async fn place(
    session: &Session<'_>,
    reports: &mut Vec<Report>,
    catch_up: &PendingCatchUp,
    deadline: Deadline,
) -> usize {
    // A target may have another report about its next hold.
    let known = reports.iter().position(|report| {
        report.target == catch_up.target
            && report.action == Action::Resumed
            && report.paused_since == Some(catch_up.paused.0)
    });
    if let Some(place) = known {
        return place;
    }
    let mut earlier = [Report::of_earlier(catch_up)];
    if !catch_up.starting {
        let listed = missed_runs::list(&session.client, &earlier, catch_up.paused.1);
        let listed = session.stop.at_most(deadline, listed).await;
        for why in listed.iter().flat_map(RecordedRuns::unlisted) {
            session.messages.warn(&format!("{NOT_KNOWN}: {why}"));
        }
        missed_runs::add_to(&mut earlier, listed.as_ref(), catch_up.paused.1);
    }
    reports.extend(earlier);
    reports.len() - 1
}

/// The outcome of a start.
enum StartOutcome {
    /// The task was started, with this execution ID if the API gave one.
    Yes(Option<String>),
    /// The task may have been started.
    Unknown,
    /// The task was not started, and will not be.
    Never,
    /// The task was not started, and may be started by a later call. `later`: without
    /// a correction by a person.
    Not { later: bool },
    /// A signal cut the request off. The intent on disk shows the next call that the
    /// task may have been started.
    CutOff,
}

/// Starts a task or plan once, to make up for the runs that its hold suppressed.
async fn start(
    session: &Session<'_>,
    catch_up: &PendingCatchUp,
    report: &mut Report,
) -> StartOutcome {
    match session.stop.or_overdue(session.client.start(&catch_up.target)).await {
        None => StartOutcome::CutOff,
        Some(Ok(execution)) => {
            report.details_mut().caught_up = Some(execution.clone().unwrap_or_default());
            StartOutcome::Yes(execution)
        }
        Some(Err(SendError { error, made })) => {
            let age = clock::now().since(catch_up.paused.1);
            let again = made == Made::No && !error.is_not_found() && age < CATCH_UP_LIMIT;
            let more = match made {
                Made::No if again => ", which the next call tries again",
                Made::No => "",
                Made::Unknown => ", or its answer was lost",
            };
            let target = &catch_up.target;
            session.messages.warn(&format!("{target} was not started{more}: {error}"));
            report.action = Action::Failed;
            report.why = Some("it was resumed, but not started");
            // The task is resumed, so the call is partial, not failed.
            report.failure = Some(Box::new(failure(&error)));
            let later = error.exit() != Exit::Refused;
            match made {
                Made::Unknown => StartOutcome::Unknown,
                Made::No if again => StartOutcome::Not { later },
                Made::No => StartOutcome::Never,
            }
        }
    }
}
