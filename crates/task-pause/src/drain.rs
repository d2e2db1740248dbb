//! `--drain`: waiting until runs in flight have ended. A pause keeps new runs
//! from starting; those under way go on, and are never killed.
//!
//! An execution with a status that the API's description does not name counts
//! as in flight, and is told of once. The API's lists may lose services and
//! routes that run for long: none in flight is no proof for those.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use maintenance_core::change::TargetKind;
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, ClientError};
use maintenance_core::receipt::Action;

use crate::act::Report;
use crate::signals::Stop;

/// The first wait between two looks; each is twice the last.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Waits until no run of what was just paused is in flight, up to `limit`.
/// What still is then is noted in the reports; the result tells whether any.
pub(crate) async fn wait(
    client: &Client,
    reports: &mut [Report],
    limit: Duration,
    stop: &Stop,
    messages: &Messages,
) -> Result<bool, ClientError> {
    let started = Instant::now();
    let mut pause = FIRST_WAIT;
    let mut told = BTreeSet::new();
    loop {
        let in_flight = look(client, reports, &mut told, messages).await?;
        let waited = started.elapsed();
        if in_flight.is_empty() || waited >= limit || stop.is_asked() {
            for report in reports.iter_mut().filter(|report| is_drained(report)) {
                let key = (report.target.kind, report.target.id.clone());
                if let Some(executions) = in_flight.get(&key) {
                    report.in_flight = executions.iter().cloned().collect();
                }
            }
            return Ok(!in_flight.is_empty());
        }
        let count: usize = in_flight.values().map(BTreeSet::len).sum();
        messages.note(&format!("waiting for {count} runs in flight to end"));
        stop.sleep(pause.min(limit.saturating_sub(waited))).await;
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}

fn is_drained(report: &Report) -> bool {
    matches!(report.action, Action::Paused | Action::Accepted)
}

type InFlight = BTreeMap<(TargetKind, String), BTreeSet<String>>;

/// What of the reports' targets is in flight now. What is odd about it is told
/// unless it was already, by what `told` holds.
async fn look(
    client: &Client,
    reports: &[Report],
    told: &mut BTreeSet<String>,
    messages: &Messages,
) -> Result<InFlight, ClientError> {
    let targets: BTreeSet<_> = reports
        .iter()
        .filter(|report| is_drained(report))
        .map(|report| (report.target.kind, report.target.id.as_str()))
        .collect();
    let places: BTreeSet<_> = reports
        .iter()
        .filter(|report| is_drained(report))
        .map(|report| (report.target.kind, report.target.environment_id.as_str()))
        .collect();
    let mut in_flight = InFlight::new();
    for (kind, environment) in places {
        let listed = client.executions_in_flight(kind, environment).await?;
        if let Some(error) = listed.refused
            && told.insert(format!("{}s in {environment}", kind.as_str()))
        {
            messages.warn(&format!("runs with an unknown status are not listed: {error}"));
        }
        for execution in listed.executions {
            let Some(of) = execution.of(kind).filter(|of| targets.contains(&(kind, *of))) else {
                continue;
            };
            if execution.has_unknown_status() && told.insert(execution.id.clone()) {
                let status = execution.status.as_deref().unwrap_or("none");
                messages.warn(&format!(
                    "{} {of}: run {} counts as in flight, its status is unknown: {status}",
                    kind.as_str(),
                    execution.id,
                ));
            }
            in_flight.entry((kind, of.to_owned())).or_default().insert(execution.id);
        }
    }
    Ok(in_flight)
}
