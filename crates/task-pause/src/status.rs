//! `--status`: what is held, from the ledger alone. No request, no lock.

use std::path::Path;
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::ledger::{Ledger, Open, Phase};
use maintenance_core::receipt::HoldSpan;
use maintenance_core::time::UtcTime;
use serde::Serialize;

use crate::output::Output;

/// One open hold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    environment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// `pausing`, `accepted`, `held` or `resuming`.
    state: &'static str,
    since: UtcTime,
    hold: HoldSpan<'a>,
    runs: &'a [UtcTime],
    /// For how many seconds its end is past, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue_seconds: Option<u64>,
}

/// Writes the open holds. With `overdue`, the exit code tells whether one is
/// past its end by more than that.
pub(crate) fn show(ledger: &Path, overdue: Option<Duration>) -> anyhow::Result<Exit> {
    let state = Ledger::read(ledger)?;
    let now = clock::now();
    let mut output = Output::stdout(false);
    let mut late = false;
    for open in state.all_open() {
        let past = overdue_by(open, now);
        late |= past.zip(overdue).is_some_and(|(past, limit)| past > limit);
        output.record(&Status {
            id: &open.target.id,
            kind: open.target.kind.as_type(),
            environment_id: &open.target.environment_id,
            name: open.labels.name.as_deref(),
            state: word(open.phase),
            since: open.since,
            hold: HoldSpan::from(&open.hold),
            runs: open.hold.runs(),
            overdue_seconds: past.map(|past| past.as_secs()),
        });
    }
    output.finish()?;
    Ok(if late { Exit::Partial } else { Exit::Done })
}

/// How long an open hold is past its end.
pub(crate) fn overdue_by(open: &Open, now: UtcTime) -> Option<Duration> {
    open.hold.end().filter(|end| *end <= now).map(|end| now.since(end))
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Pausing => "pausing",
        Phase::Accepted => "accepted",
        Phase::Held => "held",
        Phase::Resuming => "resuming",
    }
}
