//! `history`: who was paused, by which account, why and for how long, from the
//! journal beside the ledger. No request, no lock.

mod csv;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod join;
mod journal_line;
mod read;
mod record;
mod table;

pub(crate) use read::read as read_journals;

use maintenance_core::cli::{Ending, Messages, Refusal, Terminal, check_period, named_time};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::zone::Zone;

use crate::args::groups::HistoryFormat;
use crate::output::{Receipts, print};

use journal_line::JournalLine;
use record::{HistoryRecord, counts};

/// The time of interest: `[from, to)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HistoryPeriod {
    from: UtcTime,
    to: UtcTime,
}

impl HistoryPeriod {
    /// The period of `--from` and `--to`. Without one of them it has no such bound.
    pub(crate) fn new(
        from: Option<TimeArg>,
        to: Option<TimeArg>,
        zone: &Zone,
    ) -> Result<Self, Refusal> {
        let now = clock::now();
        let from = named_time("from", from, now, zone)?.unwrap_or(UtcTime::MIN);
        let to = named_time("to", to, now, zone)?.unwrap_or(UtcTime::MAX);
        check_period(from, to)?;
        Ok(Self { from, to })
    }

    /// Whether some of the record's time is in the period. What has not ended goes on.
    fn has(&self, record: &HistoryRecord) -> bool {
        let (start, end) = record.span();
        start < self.to && end.is_none_or(|end| end >= self.from)
    }
}

/// Writes the history of these journals, in the order of time.
///
/// # Errors
///
/// Stdout cannot be written.
pub(crate) fn show(
    lines: Vec<JournalLine>,
    period: HistoryPeriod,
    format: HistoryFormat,
    zone: &Zone,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let mut records = join::join(lines);
    records.retain(|record| period.has(record));
    let written = match format {
        HistoryFormat::Jsonl => {
            let mut lines = Receipts::to_stdout(false);
            for record in &records {
                lines.record(record);
            }
            lines.finish()
        }
        HistoryFormat::Table => {
            let terminal = Terminal::stdout(messages);
            print(&table::draw(&records, zone, clock::now(), &terminal))
        }
        HistoryFormat::Csv => print(&csv::draw(&records)?),
    };
    // The table has it.
    if messages.wants_progress() && format != HistoryFormat::Table {
        messages.note(&counts(&records));
    }
    written?;
    Ok(Ending::DONE)
}
