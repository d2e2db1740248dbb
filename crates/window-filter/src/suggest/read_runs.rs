//! Reads the runs of an input, as far as slots are concerned.

use std::io::Read;

use anyhow::Context;
use maintenance_core::cli::Messages;
use maintenance_core::jsonl::scan::{FoundMembers, Scanner};
use maintenance_core::jsonl::{BadLine, LineReader, ReadError, end_record};
use maintenance_core::run::EndRecord;
use maintenance_core::timetable::OnError;

use super::quiet::LoadRun;
use crate::record::RecordMembers;

/// The runs of an input.
#[derive(Debug, Default)]
pub(super) struct ReadRuns {
    pub(super) runs: Vec<LoadRun>,
    /// The end record, if there was one.
    pub(super) end: Option<EndRecord>,
}

/// A line of the input.
enum RunLine {
    Run(LoadRun),
    End(EndRecord),
}

/// Reads all runs. One whose record has no length gets the `assumed` one, in milliseconds.
///
/// # Errors
///
/// A line that cannot be used, unless such lines are left out; an end record that
/// does not fit.
pub(super) fn read_runs(
    input: impl Read,
    members: &RecordMembers,
    assumed: i64,
    on_error: OnError,
    messages: &Messages,
) -> anyhow::Result<ReadRuns> {
    let mut scanner = Scanner::new(&members.keys);
    let mut reader = LineReader::new(input);
    let mut read = ReadRuns::default();
    let mut bad = 0;
    loop {
        let error = match reader.next_line() {
            Ok(None) => return Ok(read),
            Ok(Some(line)) => {
                let number = line.number;
                match of_line(line.text, members, assumed, &mut scanner) {
                    Ok(_) if read.end.is_some() => return Err(BadLine::AfterEnd.at(number).into()),
                    Ok(RunLine::Run(run)) => {
                        read.runs.push(run);
                        continue;
                    }
                    Ok(RunLine::End(record)) => {
                        let all = read.runs.len() as u64 + bad;
                        fits(&record, all).map_err(|what| what.at(number))?;
                        read.end = Some(record);
                        continue;
                    }
                    Err(what) => what.at(number),
                }
            }
            Err(ReadError::Line(error)) => error,
            Err(error) => return Err(error).context("standard input"),
        };
        if on_error == OnError::Stop {
            return Err(error.into());
        }
        messages.warn(&format!("{error}: left out"));
        bad += 1;
    }
}

/// Reads a line.
fn of_line(
    text: &str,
    members: &RecordMembers,
    assumed: i64,
    scanner: &mut Scanner<'_>,
) -> Result<RunLine, BadLine> {
    let mut found = FoundMembers::default();
    scanner.read(text, 0, &mut found)?;
    match members.date(text, &found) {
        Ok(date) => {
            let length = members.duration(text, &found)?.unwrap_or(assumed);
            Ok(RunLine::Run(LoadRun { date, length }))
        }
        Err(bad) => match end_record::read(text)? {
            Some(record) => Ok(RunLine::End(record)),
            None => Err(bad),
        },
    }
}

/// Checks the count of an end record.
fn fits(record: &EndRecord, read: u64) -> Result<(), BadLine> {
    let counted = record.counted();
    match record.selected {
        _ if counted == read => Ok(()),
        Some(_) => Err(BadLine::Selected { counted, read }),
        None => Err(BadLine::Count { counted, read }),
    }
}
