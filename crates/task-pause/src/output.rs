//! Receipts on stdout, and in the journal. A reader that went away or does not
//! read, or a full disk there, never stops the work: it only stops the receipts.

use std::cell::RefCell;
use std::io::StdoutLock;

use maintenance_core::cli::{Messages, RecordOutput};
use maintenance_core::jsonl::text::append_json;
use maintenance_core::jsonl::{LineWriter, WriteError};
use maintenance_core::ledger::Journal;
use maintenance_core::receipt::{Action, Failure, HoldSpan, PausedBy, Receipt};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use serde::Serialize;

use crate::input::Unsupported;
use crate::report::Report;

/// Where receipts go.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    writer: Writer,
    /// Where receipts are kept, of a job that may change something.
    journal: Option<&'a RefCell<Journal>>,
    error: Option<WriteError>,
    dry_run: bool,
}

#[derive(Debug)]
enum Writer {
    /// Of a job that only reads: who does not read holds it up, as any filter.
    Direct(LineWriter<StdoutLock<'static>>),
    /// Of a job that changes something: whether all was read shows at the end.
    Background(RecordOutput),
}

impl<'a> Output<'a> {
    /// The receipts of a job that only reads.
    pub(crate) fn stdout(dry_run: bool) -> Self {
        let writer = Writer::Direct(LineWriter::stdout());
        Self { writer, journal: None, error: None, dry_run }
    }

    /// The records of a job that may change something: nobody who does not read
    /// them holds it up.
    pub(crate) fn of(messages: &Messages) -> Self {
        match messages.streams() {
            Some(streams) => {
                let writer = Writer::Background(streams.records());
                Self { writer, journal: None, error: None, dry_run: false }
            }
            None => Self::stdout(false),
        }
    }

    /// The same, and its receipts go to the journal, too, which is to be
    /// written after each pass.
    pub(crate) fn kept_in(messages: &Messages, journal: &'a RefCell<Journal>) -> Self {
        Self { journal: Some(journal), ..Self::of(messages) }
    }

    /// Writes the receipt of one decision.
    pub(crate) fn report(&mut self, report: &Report, at: UtcTime) {
        let found = report.found();
        let why = found.why.as_deref().or(report.why);
        let unknown = (report.action == Action::Failed).then(|| Failure {
            code: "unsettled".to_owned(),
            message: why.unwrap_or("it is not known what became of it").to_owned(),
            retryable: true,
            status: None,
            request_id: None,
        });
        let receipt = Receipt {
            id: &report.target.id,
            kind: report.target.kind.as_type(),
            environment_id: &report.target.environment_id,
            name: report.labels.name.as_deref(),
            action: report.action,
            at,
            hold: HoldSpan::from(&report.hold),
            runs: found.missed.as_ref().map_or_else(|| report.hold.runs(), |missed| &missed.runs),
            runs_source: found.missed.as_ref().map(|missed| missed.source),
            reason: report.reason.as_deref(),
            why,
            warnings: &found.warnings,
            plans: &found.plans,
            in_flight: &found.in_flight,
            caught_up: found.caught_up.as_deref(),
            answer: found.answer,
            paused_by: found.paused_by.as_ref().map(PausedBy::from),
            error: report.failure.as_deref().or(unknown.as_ref()),
            dry_run: self.dry_run,
        };
        self.receipt(&receipt, report.by.as_deref());
    }

    /// Writes the receipts of what cannot be paused.
    pub(crate) fn unsupported(&mut self, executables: &[Unsupported], at: UtcTime) {
        for executable in executables {
            let failure = Failure {
                code: "unsupported-type".to_owned(),
                message: format!("executables of type {} cannot be paused", clip(&executable.kind)),
                retryable: false,
                status: None,
                request_id: None,
            };
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

    /// Writes a receipt. What its reader does is of no concern to the journal.
    fn receipt(&mut self, receipt: &Receipt<'_>, by: Option<&str>) {
        let line = line(receipt);
        if let Some(journal) = self.journal {
            journal.borrow_mut().add(&line, by);
        }
        self.write(line);
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
    pub(crate) fn finish(self) -> Result<(), WriteError> {
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
