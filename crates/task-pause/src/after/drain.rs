//! `--drain`: waiting until runs in flight have ended. A pause keeps new runs
//! from starting; those under way go on, and are never killed.
//!
//! An execution with a status that the API's description does not name counts
//! as in flight, and a warning says so once. The API's lists may lose services and
//! routes that run for long: none in flight is no proof for those.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::cli::{counted, escape_controls};
use maintenance_core::client::{ClientError, RetentionLimit};
use maintenance_core::short_name::clip;

use crate::deadline::Deadline;
use crate::output::short_length;
use crate::session::Session;
use crate::timing::{FIRST_DRAIN_DELAY, MAX_DRAIN_DELAY};
use crate::types::{Action, Report};

/// With `--drain`: waits until the runs in flight of tasks that were just paused
/// have ended, at most until the deadline; `waited` of the flag's time is spent
/// already. Returns whether no run is in flight. Warns if that is unknown.
pub(crate) async fn drain(
    session: &Session<'_>,
    reports: &mut [Report],
    deadline: Deadline,
    waited: Duration,
) -> bool {
    let limit = session.settings.pausing.drain.filter(|_| !session.stop.is_asked());
    let Some(limit) = limit else { return true };
    let limit = deadline.left(limit.saturating_sub(waited));
    let unknown = match wait(session, reports, limit, deadline).await {
        Ok(Some(in_flight)) => return !in_flight,
        Ok(None) => "something else was to be done first".to_owned(),
        Err(error) => error.to_string(),
    };
    session.messages.warn(&format!("whether runs are in flight is not known: {unknown}"));
    false
}

/// Waits until no run of a task that was just paused is in flight, up to `limit`. Adds
/// the remaining runs to the reports, and returns whether there are any. If the deadline
/// cuts a look off, the look before counts; `None` if there was none.
async fn wait(
    session: &Session<'_>,
    reports: &mut [Report],
    limit: Duration,
    deadline: Deadline,
) -> Result<Option<bool>, ClientError> {
    let Session { stop, display, messages, .. } = session;
    let started = Instant::now();
    let mut pause = FIRST_DRAIN_DELAY;
    let mut warned = BTreeSet::new();
    let mut before = None;
    loop {
        let looked = stop.at_most(deadline, look(session, reports, &mut warned)).await;
        let is_cut = looked.is_none();
        let Some(in_flight) = looked.transpose()?.or(before.take()) else { return Ok(None) };
        let waited = started.elapsed();
        if in_flight.is_empty() || is_cut || waited >= limit || stop.is_asked() {
            for report in reports.iter_mut().filter(|report| is_drained(report)) {
                let key = (report.target.kind, report.target.id.to_string());
                if let Some(executions) = in_flight.get(&key) {
                    report.details_mut().in_flight = executions.iter().cloned().collect();
                }
            }
            return Ok(Some(!in_flight.is_empty()));
        }
        let count: usize = in_flight.values().map(BTreeSet::len).sum();
        let left = limit.saturating_sub(waited);
        if !display.is_shown() {
            messages.note(&format!("waiting for {count} runs in flight to end"));
        }
        let wait = stop.sleep(pause.min(left));
        let names = names(reports, &in_flight);
        display.during(wait, |_, waited| text(count, &names, left.saturating_sub(waited))).await;
        pause = (pause * 2).min(MAX_DRAIN_DELAY);
        before = Some(in_flight);
    }
}

/// The text of the progress line: the runs, and the time left.
fn text(count: usize, names: &[&str], left: Duration) -> String {
    let runs = counted(count, "run", "runs");
    let of = match names {
        [] => String::new(),
        [name] => format!(" of {}", escape_controls(&clip(name))),
        [first, ..] => {
            format!(" of {} and {} more", escape_controls(&clip(first)), names.len() - 1)
        }
    };
    format!("draining: {runs} in flight{of}, for {} more at the most", short_length(left))
}

/// The tasks and plans in flight, by name or else by ID.
fn names<'a>(reports: &'a [Report], in_flight: &RunsInFlight) -> Vec<&'a str> {
    let is_in_flight =
        |target: &Target| in_flight.contains_key(&(target.kind, target.id.to_string()));
    let reports = reports.iter().filter(|report| is_in_flight(&report.target));
    reports.map(|report| report.labels.name.as_deref().unwrap_or(&report.target.id)).collect()
}

/// Whether the report is about a task that was just paused.
pub(crate) fn is_drained(report: &Report) -> bool {
    matches!(report.action, Action::Paused | Action::Accepted) && report.reason.is_some()
}

type RunsInFlight = BTreeMap<(TargetKind, String), BTreeSet<String>>;

/// The runs of the reports' tasks and plans that are in flight now. `warned` has the warnings
/// of this drain: each is printed once.
async fn look(
    session: &Session<'_>,
    reports: &[Report],
    warned: &mut BTreeSet<String>,
) -> Result<RunsInFlight, ClientError> {
    let Session { client, messages, .. } = session;
    let drained = reports.iter().filter(|report| is_drained(report));
    let drained = drained.map(|report| &report.target);
    let targets: BTreeSet<_> = drained.clone().map(|one| (one.kind, &*one.id)).collect();
    let environments: BTreeSet<_> = drained.map(|one| (one.kind, &*one.environment_id)).collect();
    let mut in_flight = RunsInFlight::new();
    for (kind, environment) in environments {
        let listed = client.executions_in_flight(kind, environment).await?;
        if let Some(error) = listed.refused
            && warned.insert(format!("{}s in {environment}", kind.as_str()))
        {
            messages.warn(&format!("runs with an unknown status are not listed: {error}"));
        }
        if let Some(RetentionLimit { known_from, refused }) = listed.retention_limit
            && warned.insert(format!("old {}s in {environment}", kind.as_str()))
        {
            messages.warn(&format!(
                "runs in flight that began before {known_from} are not listed: {refused}"
            ));
        }
        for execution in listed.executions {
            let Some(of) = execution.of(kind).filter(|of| targets.contains(&(kind, *of))) else {
                continue;
            };
            if execution.has_unknown_status() && warned.insert(execution.id.clone()) {
                let status = clip(execution.status.as_deref().unwrap_or("none"));
                messages.warn(&format!(
                    "{} {}: run {} counts as in flight, its status is unknown: {status}",
                    kind.as_str(),
                    clip(of),
                    clip(&execution.id),
                ));
            }
            in_flight.entry((kind, of.to_owned())).or_default().insert(execution.id);
        }
    }
    Ok(in_flight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_in_flight_are_named() {
        let left = Duration::from_secs(860);
        let shown = |names: &[&str]| text(3, names, left);
        assert_eq!(shown(&[]), "draining: 3 runs in flight, for 14m 20s more at the most");
        assert_eq!(
            shown(&["Load\u{1b}[2J"]),
            "draining: 3 runs in flight of Load\\u{1b}[2J, for 14m 20s more at the most"
        );
        assert_eq!(
            shown(&["Load", "b", "c"]),
            "draining: 3 runs in flight of Load and 2 more, for 14m 20s more at the most"
        );
    }
}
