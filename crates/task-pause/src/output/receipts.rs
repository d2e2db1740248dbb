//! Receipts on stdout, and in the journal. A closed or blocked stdout, or a full disk,
//! stops the receipts on stdout, never the work.

use std::io::StdoutLock;
use std::path::Path;

use maintenance_core::cli::{Ending, Messages, RecordOutput, Terminal, below_table};
use maintenance_core::jsonl::text::append_json;
use maintenance_core::jsonl::{LineWriter, WriteError};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use serde::Serialize;

use super::CallJournal;
use super::receipt_table::{self, ReceiptCells};
use super::tally::ReceiptTally;
use crate::args::groups::RecordFormat;
use crate::types::{Action, Failure, HoldSpan, PausedBy, Receipt, Report, Unsupported};

/// The receipts of a call, on their way to standard output and to the journal.
#[derive(Debug)]
pub(crate) struct Receipts {
    writer: Writer,
    /// The journal of a job that may change something.
    journal: Option<CallJournal>,
    error: Option<WriteError>,
    dry_run: bool,
    tally: ReceiptTally,
    /// With `--format table`: the receipts since the last table.
    table: Option<PendingTable>,
}

/// Receipts that will be written as a table.
#[derive(Debug)]
struct PendingTable {
    terminal: Terminal,
    zone: Zone,
    rows: Vec<ReceiptCells>,
}

#[derive(Debug)]
enum Writer {
    /// Of a job that only reads: a reader that does not read holds it up, as any
    /// filter.
    Direct(LineWriter<StdoutLock<'static>>),
    /// Of a job that changes something: whether all was read shows at the end.
    Background(RecordOutput),
}

impl Receipts {
    /// The receipts of a job that only reads.
    pub(crate) fn to_stdout(dry_run: bool) -> Self {
        let writer = Writer::Direct(LineWriter::stdout());
        Self {
            writer,
            journal: None,
            error: None,
            dry_run,
            tally: ReceiptTally::default(),
            table: None,
        }
    }

    /// The records of a job that may change something: a reader that does not read
    /// them does not hold up the work.
    pub(crate) fn without_journal(messages: &Messages) -> Self {
        match messages.streams() {
            Some(streams) => {
                let writer = Writer::Background(streams.records());
                Self { writer, ..Self::to_stdout(false) }
            }
            None => Self::to_stdout(false),
        }
    }

    /// The receipts of a job that may change something, and its journal, which
    /// is to be written after each pass.
    pub(crate) fn with_journal(messages: &Messages, journal: CallJournal) -> Self {
        Self { journal: Some(journal), ..Self::without_journal(messages) }
    }

    /// With `--format table`: the receipts of each pass as a table.
    pub(crate) fn in_format(self, format: RecordFormat, zone: &Zone, messages: &Messages) -> Self {
        let table = (format == RecordFormat::Table).then(|| PendingTable {
            terminal: Terminal::stdout(messages),
            zone: zone.clone(),
            rows: Vec::new(),
        });
        Self { table, ..self }
    }

    /// Writes the receipts of a pass, which are a table.
    fn write_table(&mut self) {
        let Some(table) = self.table.as_mut().filter(|table| !table.rows.is_empty()) else {
            return;
        };
        let rows = std::mem::take(&mut table.rows);
        let text = receipt_table::draw(rows, &table.terminal);
        let counts = self.tally.counts();
        let counts = if self.dry_run {
            format!("Dry run, nothing was changed. It would be: {counts}.")
        } else {
            let (first, rest) = counts.split_at_checked(1).unwrap_or_default();
            format!("{}{rest}.", first.to_ascii_uppercase())
        };
        let zone = format!("Times are in {}.", table.zone.name());
        let text = text + &below_table(&table.terminal, [&counts, &zone]);
        self.write(text.trim_end().as_bytes().to_vec());
    }

    /// Shows a person at a terminal what the call has done; not with a table, which has
    /// it already.
    pub(crate) fn print_summary(&self, ledger: &Path, zone: &Zone, messages: &Messages) {
        let is_reported = self.table.is_some() && !self.tally.is_empty();
        if !messages.wants_progress() || is_reported {
            return;
        }
        for line in self.tally.summary(self.dry_run, ledger, zone) {
            messages.note(&line);
        }
    }

    /// Puts the receipts of a pass into the journal.
    pub(crate) fn write_journal(&mut self, messages: &Messages) {
        self.write_table();
        if let Some(journal) = &mut self.journal {
            journal.write(messages);
        }
    }

    /// The ending of a call, once its receipts are in the journal.
    pub(crate) fn close(
        mut self,
        ended: anyhow::Result<Ending>,
        messages: &Messages,
    ) -> anyhow::Result<Ending> {
        self.write_table();
        let ended = match (ended, self.error) {
            (Ok(_), Some(error)) if !matches!(error, WriteError::Closed) => Err(error.into()),
            (ended, _) => ended,
        };
        match self.journal {
            Some(mut journal) => journal.close(ended, messages),
            None => ended,
        }
    }

    /// Puts the receipt of a decision into the journal alone.
    pub(crate) fn journal(&mut self, report: &Report, at: UtcTime) {
        let receipt = line(&self.receipt_of(report, at, None));
        if let Some(journal) = &mut self.journal {
            journal.add(&receipt, report.by.as_deref());
        }
    }

    /// Writes the receipt of one decision.
    pub(crate) fn report(&mut self, report: &Report, at: UtcTime) {
        self.tally.add(report);
        let unknown = (report.action == Action::Failed).then(|| {
            let why = report.details().why.as_deref().or(report.why);
            let message = why.unwrap_or("it is not known what became of it");
            Failure::new("unsettled", message.to_owned(), true)
        });
        let receipt = self.receipt_of(report, at, unknown.as_ref());
        self.receipt(&receipt, report.by.as_deref());
    }

    /// The receipt of a decision, with the error if the report has none.
    fn receipt_of<'a>(
        &self,
        report: &'a Report,
        at: UtcTime,
        unknown: Option<&'a Failure>,
    ) -> Receipt<'a> {
        let details = report.details();
        let why = details.why.as_deref().or(report.why);
        Receipt {
            id: &report.target.id,
            kind: report.target.kind.as_type(),
            environment_id: &report.target.environment_id,
            name: report.labels.name.as_deref(),
            action: report.action,
            at,
            hold: HoldSpan::from(&report.hold),
            runs: details.missed.as_ref().map_or_else(|| report.hold.runs(), |missed| &missed.runs),
            runs_source: details.missed.as_ref().map(|missed| missed.source),
            reason: report.reason.as_deref(),
            why,
            warnings: &details.warnings,
            plans: &details.plans,
            in_flight: &details.in_flight,
            caught_up: details.caught_up.as_deref(),
            answer: details.answer,
            paused_by: details.paused_by.as_ref().map(PausedBy::from),
            error: report.failure.as_deref().or(unknown),
            dry_run: self.dry_run,
        }
    }

    /// Writes the receipts of executables that cannot be paused.
    pub(crate) fn unsupported(&mut self, executables: &[Unsupported], at: UtcTime) {
        self.tally.add_unsupported(executables.iter().map(|one| one.holds.len()).sum());
        for executable in executables {
            let kind = clip(&executable.kind);
            let message = format!("executables of type {kind} cannot be paused");
            let failure = Failure::new("unsupported-type", message, false);
            for hold in &executable.holds {
                let receipt = Receipt {
                    id: &executable.id,
                    kind: &executable.kind,
                    environment_id: &executable.environment_id,
                    name: executable.labels.name.as_deref(),
                    action: Action::Failed,
                    at,
                    hold: HoldSpan::from(hold),
                    runs: hold.runs(),
                    runs_source: None,
                    reason: None,
                    why: None,
                    warnings: &[],
                    plans: &[],
                    in_flight: &[],
                    caught_up: None,
                    answer: None,
                    paused_by: None,
                    error: Some(&failure),
                    dry_run: self.dry_run,
                };
                self.receipt(&receipt, None);
            }
        }
    }

    /// Writes a receipt, also to the journal.
    fn receipt(&mut self, receipt: &Receipt<'_>, by: Option<&str>) {
        let line = line(receipt);
        if let Some(journal) = &mut self.journal {
            journal.add(&line, by);
        }
        match &mut self.table {
            Some(table) => table.rows.push(ReceiptCells::of(receipt, &table.zone)),
            None => self.write(line),
        }
    }

    /// Writes any record as one line.
    pub(crate) fn record(&mut self, record: &impl Serialize) {
        self.write(line(record));
    }

    fn write(&mut self, mut line: Vec<u8>) {
        if self.error.is_some() {
            return;
        }
        match &mut self.writer {
            Writer::Direct(lines) => {
                self.error = lines.line(&line).and_then(|()| lines.flush()).err();
            }
            Writer::Background(records) => {
                line.push(b'\n');
                records.line(line);
            }
        }
    }

    /// Whether every record went out. A reader that went away had enough.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        self.write_table();
        match self.error {
            None | Some(WriteError::Closed) => Ok(()),
            Some(error) => Err(error),
        }
    }
}

/// A record of ours as JSON. It has no map with other keys than strings, and
/// memory does not fail to write.
fn line(record: &impl Serialize) -> Vec<u8> {
    let mut line = Vec::with_capacity(512);
    let _ = append_json(record, &mut line);
    line
}
