//! The runs that a hold suppressed, and making up for them.
//!
//! The platform does not make up for runs that a pause suppressed. The API
//! records each as an execution that was rejected because its task was paused;
//! where it recorded none, or cannot be asked, the planned runs of the hold
//! stand in. That the API cannot be asked is a warning, and leaves something
//! undone only where runs are to be made up for: a planned run is no proof that
//! one was missed, so none is started for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::client::{Client, Edge, Made, SendError};
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{Ledger, LedgerState, PendingCatchUp};
use maintenance_core::receipt::{Action, RunsSource};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::report::{Listed, MissedRuns, Report, failure};
use crate::work::{Followed, Work};

/// What is told where the API does not list the runs that were missed.
pub(crate) const NOT_KNOWN: &str =
    "the runs that were missed are not known, so receipts show the planned ones";

/// For how long after the resume a start is tried. Much later it may meet the
/// next planned run, and is a person's to decide.
const TRY_FOR: Duration = Duration::from_secs(60 * 60);

/// The time that a start must have before something else is due: it is not cut
/// off, since then nobody would know whether a run was started.
const TO_START: Duration = Duration::from_secs(2);

/// The runs that the API recorded as suppressed.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    runs: BTreeMap<(TargetKind, Arc<str>), Vec<UtcTime>>,
    /// The kinds and environments that could not be listed, and why.
    unlisted: BTreeMap<(TargetKind, Arc<str>), (Listed, String)>,
    /// From when on the API tells, where it is not from the beginning of the
    /// holds on, and why.
    edges: BTreeMap<(TargetKind, Arc<str>), Edge>,
}

impl Recorded {
    /// What could not be listed, and why.
    pub(crate) fn unlisted(&self) -> impl Iterator<Item = String> {
        let unlisted = self.unlisted.iter().map(|((kind, environment), (_, why))| {
            format!("{}s of environment {}: {why}", kind.as_str(), clip(environment))
        });
        unlisted.chain(self.edges.iter().map(|((kind, environment), edge)| {
            let Edge { known_from, refused } = edge;
            let of = kind.as_str();
            let environment = clip(environment);
            format!("{of}s of environment {environment} before {known_from}: {refused}")
        }))
    }
}

/// Asks for the runs that the holds suppressed of what was resumed. A list that
/// one environment refuses is no reason to ask no other; an API that is away is.
pub(crate) async fn list(client: &Client, reports: &[Report], now: UtcTime) -> Recorded {
    let mut from: BTreeMap<(TargetKind, Arc<str>), UtcTime> = BTreeMap::new();
    for (report, since) in reports.iter().filter_map(resumed) {
        let earliest = from.entry(place_of(report)).or_insert(since);
        *earliest = since.min(*earliest);
    }
    let mut recorded = Recorded::default();
    let mut away: Option<String> = None;
    for ((kind, environment), from) in from {
        if let Some(why) = &away {
            recorded.unlisted.insert((kind, environment), (Listed::NotYet, why.clone()));
            continue;
        }
        let history = match client.executions_suppressed(kind, &environment, from, now).await {
            Ok(history) => history,
            Err(error) => {
                let why = error.to_string();
                let listed = match error.exit() {
                    Exit::Refused => Listed::Refused,
                    _ => Listed::NotYet,
                };
                let is_away = matches!(error.status(), None | Some(408 | 429 | 500..));
                away = is_away.then(|| why.clone());
                recorded.unlisted.insert((kind, environment), (listed, why));
                continue;
            }
        };
        if history.is_changing {
            let why = "the list changed whenever it was read, so some runs may lack".to_owned();
            recorded.unlisted.insert((kind, Arc::clone(&environment)), (Listed::NotYet, why));
        }
        recorded.edges.extend(history.edge.map(|edge| ((kind, environment), edge)));
        for execution in history.executions {
            let when = execution.triggered.or(execution.started);
            if let Some((of, when)) = execution.of(kind).zip(when) {
                recorded.runs.entry((kind, of.into())).or_default().push(when);
            }
        }
    }
    recorded
}

/// Puts the suppressed runs into the reports of what was resumed: those that
/// the API recorded, else those that the ledger knows as planned. Without
/// `recorded` there was no time to ask the API.
pub(crate) fn note(reports: &mut [Report], recorded: Option<&Recorded>, now: UtcTime) {
    for report in reports {
        let Some((_, since)) = resumed(report) else { continue };
        let mut listed = recorded.map_or(Listed::NotYet, |recorded| {
            recorded.unlisted.get(&place_of(report)).map_or(Listed::Yes, |(listed, _)| *listed)
        });
        let key = (report.target.kind, report.target.id.clone());
        let of_api = recorded.and_then(|recorded| recorded.runs.get(&key)).into_iter().flatten();
        let mut runs: Vec<UtcTime> = of_api.copied().filter(|run| *run >= since).collect();
        let mut source = RunsSource::Recorded;
        let edge = recorded.and_then(|recorded| recorded.edges.get(&place_of(report)));
        let mut until = edge.map(|edge| edge.known_from);
        if runs.is_empty() {
            until = Some(now);
            source = RunsSource::Planned;
            // What the API does not tell now, it never will.
            listed = if edge.is_some() { Listed::Refused } else { listed };
        }
        if let Some(until) = until {
            let planned = report.hold.runs().iter().copied();
            runs.extend(planned.filter(|run| (since..until).contains(run)));
        }
        runs.sort_unstable();
        report.found_mut().missed = Some(MissedRuns { runs, source, listed });
    }
}

fn place_of(report: &Report) -> (TargetKind, Arc<str>) {
    (report.target.kind, report.target.environment_id.clone())
}

fn resumed(report: &Report) -> Option<(&Report, UtcTime)> {
    let since = report.paused_since.filter(|_| report.action == Action::Resumed)?;
    Some((report, since))
}

/// Whether all that was resumed waits for the runs that were missed to be made
/// up for.
pub(crate) fn are_made_up_for(reports: &[Report], state: &LedgerState) -> bool {
    let waiting: BTreeSet<_> = state.catch_ups().map(|(_, catch_up)| &catch_up.target).collect();
    reports.iter().filter_map(resumed).all(|(report, _)| waiting.contains(&report.target))
}

/// Starts each resumed task once whose hold suppressed a run, as the ledger
/// has it: also those of a call that was cut short before. None is begun shortly
/// before `until`, or later: that is left to the next pass, and so is what may
/// be known, or done, then.
pub(crate) async fn catch_up(
    work: &Work<'_>,
    ledger: &mut Ledger,
    reports: &mut Vec<Report>,
    until: Option<Instant>,
) -> anyhow::Result<Followed> {
    let mut followed = Followed { whole: true, left: false };
    let mut started: BTreeMap<Target, Option<String>> = BTreeMap::new();
    let waiting: Vec<(String, PendingCatchUp)> = ledger
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
        let place = place(work, reports, &catch_up, until).await;
        let report = &mut reports[place];
        let found = report.found().missed.as_ref();
        // A run that was only planned may have been taken out of the schedule.
        let listed = found.map_or(Listed::NotYet, |missed| missed.listed);
        let missed = found.filter(|_| listed == Listed::Yes).map(|missed| !missed.runs.is_empty());
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
                followed.whole &= listed != Listed::Refused;
                followed.left |= listed != Listed::Refused;
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
                        followed.whole = false;
                        doubted.insert(catch_up.target.clone());
                        None
                    }
                    Started::Never => {
                        followed.whole = false;
                        None
                    }
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

/// The place of the report on a resume. What an earlier pass, or call, resumed
/// has none yet.
async fn place(
    work: &Work<'_>,
    reports: &mut Vec<Report>,
    catch_up: &PendingCatchUp,
    until: Option<Instant>,
) -> usize {
    // Another report of the same target may be about its next hold.
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
        let listed = list(&work.client, &earlier, catch_up.paused.1);
        let listed = work.stop.at_most(until, listed).await;
        for why in listed.iter().flat_map(Recorded::unlisted) {
            work.messages.warn(&format!("{NOT_KNOWN}: {why}"));
        }
        note(&mut earlier, listed.as_ref(), catch_up.paused.1);
    }
    reports.extend(earlier);
    reports.len() - 1
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
async fn start(work: &Work<'_>, catch_up: &PendingCatchUp, report: &mut Report) -> Started {
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
