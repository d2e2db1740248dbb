//! The runs that a hold suppressed.
//!
//! The platform does not repeat runs that a pause suppressed. The API records each as an
//! execution that was rejected because its task was paused. If it recorded none, or
//! cannot be asked, the receipts show the planned runs of the hold instead. A planned
//! run does not prove that a run was missed, so no task is started for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maintenance_core::change::TargetKind;
use maintenance_core::client::{Client, RetentionLimit};
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::LedgerState;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use crate::types::{Action, ListOutcome, MissedRuns, Report, RunsSource};

/// The warning where the API does not list the runs that were missed.
pub(crate) const NOT_KNOWN: &str =
    "the runs that were missed are not known, so receipts show the planned ones";

/// The runs that the API recorded as suppressed.
#[derive(Debug, Default)]
pub(crate) struct RecordedRuns {
    runs: BTreeMap<(TargetKind, Arc<str>), Vec<UtcTime>>,
    /// The kinds and environments that could not be listed, and why.
    unlisted: BTreeMap<(TargetKind, Arc<str>), (ListOutcome, String)>,
    /// The time from which on the API lists runs, if that is after the start of a hold,
    /// and why.
    limits: BTreeMap<(TargetKind, Arc<str>), RetentionLimit>,
}

impl RecordedRuns {
    /// The lists that failed or are incomplete, and why.
    pub(crate) fn unlisted(&self) -> impl Iterator<Item = String> {
        let unlisted = self.unlisted.iter().map(|((kind, environment), (_, why))| {
            format!("{}s of environment {}: {why}", kind.as_str(), clip(environment))
        });
        unlisted.chain(self.limits.iter().map(|((kind, environment), limit)| {
            let RetentionLimit { known_from, refused } = limit;
            let of = kind.as_str();
            let environment = clip(environment);
            format!("{of}s of environment {environment} before {known_from}: {refused}")
        }))
    }
}

/// Lists the runs that the holds of resumed tasks suppressed. A refused list stops no
/// other list; an unavailable API does.
pub(crate) async fn list(client: &Client, reports: &[Report], now: UtcTime) -> RecordedRuns {
    let mut from: BTreeMap<(TargetKind, Arc<str>), UtcTime> = BTreeMap::new();
    for (report, since) in reports.iter().filter_map(resumed) {
        let earliest = from.entry(list_of(report)).or_insert(since);
        *earliest = since.min(*earliest);
    }
    let mut recorded = RecordedRuns::default();
    let mut away: Option<String> = None;
    for ((kind, environment), from) in from {
        if let Some(why) = &away {
            recorded.unlisted.insert((kind, environment), (ListOutcome::NotYet, why.clone()));
            continue;
        }
        let history = match client.executions_suppressed(kind, &environment, from, now).await {
            Ok(history) => history,
            Err(error) => {
                let why = error.to_string();
                let listed = match error.exit() {
                    Exit::Refused => ListOutcome::Refused,
                    _ => ListOutcome::NotYet,
                };
                let is_away = matches!(error.status(), None | Some(408 | 429 | 500..));
                away = is_away.then(|| why.clone());
                recorded.unlisted.insert((kind, environment), (listed, why));
                continue;
            }
        };
        if history.is_changing {
            let why =
                "the list changed whenever it was read, so some runs may be missing".to_owned();
            recorded.unlisted.insert((kind, Arc::clone(&environment)), (ListOutcome::NotYet, why));
        }
        recorded.limits.extend(history.retention_limit.map(|limit| ((kind, environment), limit)));
        for execution in history.executions {
            let when = execution.triggered.or(execution.started);
            if let Some((of, when)) = execution.of(kind).zip(when) {
                recorded.runs.entry((kind, of.into())).or_default().push(when);
            }
        }
    }
    recorded
}

/// Adds the suppressed runs to the reports on resumes: those that the API recorded, else
/// the planned runs of the hold. `recorded` is `None` if the API was not asked.
pub(crate) fn add_to(reports: &mut [Report], recorded: Option<&RecordedRuns>, now: UtcTime) {
    for report in reports {
        let Some((_, since)) = resumed(report) else { continue };
        let mut listed = recorded.map_or(ListOutcome::NotYet, |recorded| {
            recorded.unlisted.get(&list_of(report)).map_or(ListOutcome::Yes, |(listed, _)| *listed)
        });
        let key = (report.target.kind, report.target.id.clone());
        let of_api = recorded.and_then(|recorded| recorded.runs.get(&key)).into_iter().flatten();
        let mut runs: Vec<UtcTime> = of_api.copied().filter(|run| *run >= since).collect();
        let mut source = RunsSource::Recorded;
        let limit = recorded.and_then(|recorded| recorded.limits.get(&list_of(report)));
        let mut until = limit.map(|limit| limit.known_from);
        if runs.is_empty() {
            until = Some(now);
            source = RunsSource::Planned;
            // The API will not list these runs later either.
            listed = if limit.is_some() { ListOutcome::Refused } else { listed };
        }
        if let Some(until) = until {
            let planned = report.hold.planned().iter().copied();
            runs.extend(planned.filter(|run| (since..until).contains(run)));
        }
        runs.sort_unstable();
        report.details_mut().missed = Some(MissedRuns { runs, source, listed });
    }
}

/// The key of the list that has the runs of a report's task or plan.
fn list_of(report: &Report) -> (TargetKind, Arc<str>) {
    (report.target.kind, report.target.environment_id.clone())
}

fn resumed(report: &Report) -> Option<(&Report, UtcTime)> {
    let since = report.paused_since.filter(|_| report.action == Action::Resumed)?;
    Some((report, since))
}

/// Whether every resumed task waits for a start that makes up for missed runs.
pub(crate) fn are_made_up_for(reports: &[Report], state: &LedgerState) -> bool {
    let waiting: BTreeSet<_> = state.catch_ups().map(|(_, catch_up)| &catch_up.target).collect();
    reports.iter().filter_map(resumed).all(|(report, _)| waiting.contains(&report.target))
}
