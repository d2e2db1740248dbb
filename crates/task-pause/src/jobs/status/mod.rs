//! `status`: the active holds, from the ledger alone. No request, no lock.

mod metrics;
mod table;

use std::time::Duration;

use maintenance_core::cli::{Ending, Messages, Terminal, counted, escape_controls};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::jsonl::WriteError;
use maintenance_core::ledger::{ActiveHold, Ledger, LedgerState};
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use serde::Serialize;

use crate::args::groups::RecordFormat;
use crate::ledger_path::LedgerPath;
use crate::output::{Receipts, print, short_length};
use crate::types::HoldSpan;

pub(crate) use metrics::write as write_metrics;
use table::phase_word;

/// The record of one active hold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HoldRecord<'a> {
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
    /// The seconds since the end of the hold, if it is past.
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue_seconds: Option<u64>,
    /// The path of its ledger.
    ledger: &'a str,
}

/// A ledger that was read.
struct ReadLedger<'a> {
    source: &'a LedgerPath,
    is_there: bool,
    state: LedgerState,
}

/// Writes the active holds of these ledgers. With `--overdue`, the exit code is 1 if a hold
/// is past its end by more than that.
///
/// # Errors
///
/// A ledger cannot be read, or stdout not be written. The holds of the other ledgers are
/// still written.
pub(crate) fn show(
    ledgers: &[LedgerPath],
    format: RecordFormat,
    overdue: Option<Duration>,
    zone: &Zone,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let now = clock::now();
    let mut readings = Vec::with_capacity(ledgers.len());
    // A ledger that cannot be read hides no other.
    let mut unread = Vec::new();
    for source in ledgers {
        match read(source, now, messages) {
            Ok(reading) => readings.push(reading),
            Err(error) => unread.push(error),
        }
    }
    let written = match format {
        RecordFormat::Jsonl => write_records(&readings, now, messages),
        RecordFormat::Table => write_tables(&readings, zone, now, messages),
    };
    if messages.wants_progress() && format == RecordFormat::Jsonl {
        messages.note(&summary(&readings, zone, now));
    }
    written?;
    let mut unread = unread.into_iter();
    if let Some(error) = unread.next() {
        for other in unread {
            messages.warn(&format!("{other:#}"));
        }
        return Err(error);
    }
    let Some(limit) = overdue else { return Ok(Ending::DONE) };
    let is_late = |active: &&ActiveHold| active.overdue_by(now).is_some_and(|past| past > limit);
    let late =
        readings.iter().flat_map(|reading| reading.state.all_active()).filter(is_late).count();
    if late == 0 {
        return Ok(Ending::DONE);
    }
    let late = counted(late, "hold is", "holds are");
    let by = if limit.is_zero() {
        String::new()
    } else {
        format!(" by more than {}", short_length(limit))
    };
    let text = format!("{late} past the end{by}");
    Ok(Ending::answer(Exit::Partial, "overdue", text))
}

/// Reads a ledger. Warns if it is empty, or if the clock is behind it.
fn read<'a>(
    source: &'a LedgerPath,
    now: UtcTime,
    messages: &Messages,
) -> anyhow::Result<ReadLedger<'a>> {
    let is_there = source.must_be_there()?;
    let state = Ledger::read(&source.path)?;
    let path = source.path.display();
    if is_there && state.api().is_none() {
        messages.warn(&format!("the ledger {path} is empty: not even its first line is there"));
    }
    if let Some(behind) = state.clock_is_behind(now) {
        let behind = short_length(behind);
        messages.warn(&format!(
            "the clock of this computer is {behind} behind the last line of the ledger {path}: \
             what is overdue may not be known"
        ));
    }
    Ok(ReadLedger { source, is_there, state })
}

/// The number of holds in all ledgers, and when the first of them ends, in one line.
fn summary(readings: &[ReadLedger<'_>], zone: &Zone, now: UtcTime) -> String {
    let holds = || readings.iter().flat_map(|reading| reading.state.all_active());
    let overdue = holds().filter(|active| active.overdue_by(now).is_some()).count();
    let first = holds().filter_map(|active| active.hold.end()).filter(|end| now < *end).min();
    let next = match first {
        Some(end) => format!("; the next hold ends {} {}", zone.to_minute(end), zone.name()),
        None => String::new(),
    };
    let found = readings.iter().filter(|reading| reading.is_there).count();
    let ledgers = counted(found, "ledger", "ledgers");
    format!("held: {}, overdue: {overdue}, in {ledgers}{next}", holds().count())
}

/// A table for each ledger, below its path.
fn write_tables(
    readings: &[ReadLedger<'_>],
    zone: &Zone,
    now: UtcTime,
    messages: &Messages,
) -> Result<(), WriteError> {
    let terminal = Terminal::stdout(messages);
    let mut text = String::new();
    for ReadLedger { source, is_there, state } in readings {
        let path = source.path.display().to_string();
        let path = escape_controls(&path);
        if *is_there {
            text.extend(["Ledger: ", &*path, "\n"]);
            text += &table::draw(state.all_active(), zone, now, &terminal);
        } else {
            let others = source.others();
            let others = escape_controls(&others);
            text.extend(["Nothing is held: there is no ledger at ", &*path, &*others, ".\n"]);
        }
    }
    print(&text)
}

fn write_records(
    readings: &[ReadLedger<'_>],
    now: UtcTime,
    messages: &Messages,
) -> Result<(), WriteError> {
    let mut receipts = Receipts::to_stdout(false);
    for ReadLedger { source, is_there, state } in readings {
        let ledger = source.path.to_string_lossy();
        for active in state.all_active() {
            let past = active.overdue_by(now);
            receipts.record(&HoldRecord {
                id: &active.target.id,
                kind: active.target.kind.as_type(),
                environment_id: &active.target.environment_id,
                name: active.labels.name.as_deref(),
                state: phase_word(&active.phase),
                since: active.since,
                hold: HoldSpan::from(&active.hold),
                runs: active.hold.runs(),
                overdue_seconds: past.map(|past| past.as_secs()),
                ledger: &ledger,
            });
        }
        messages.note(&if *is_there {
            format!("the ledger {} holds {}", source.path.display(), state.all_active().count())
        } else {
            source.nothing()
        });
    }
    receipts.finish()
}
