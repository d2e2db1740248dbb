//! Windows as JSON Lines, as CSV, and as a table: the output of `windows` and
//! `suggest`.

mod csv;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod line;
mod listed;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal};
use maintenance_core::jsonl::text::to_json;
use maintenance_core::jsonl::{LineWriter, WriteError};
use maintenance_core::zone::Zone;

use crate::args::{ListArgs, ListFormat};
use crate::style::Style;
use line::WindowLine;
pub(crate) use listed::{ListedLoad, ListedWindow};
use maintenance_core::csv_cell::CsvCells;

/// Checks the flags of a list.
pub(crate) fn check(args: &ListArgs) -> Result<(), Refusal> {
    if args.csv_raw && args.format != ListFormat::Csv {
        return Err(Refusal::usage("--csv-raw is for --format csv alone"));
    }
    Ok(())
}

/// Writes windows to stdout. `zones` are those that windows name by their place.
pub(crate) fn write(
    windows: &[ListedWindow],
    args: &ListArgs,
    style: &Style,
    zones: &[Zone],
) -> anyhow::Result<()> {
    let text = match args.format {
        ListFormat::Jsonl => return write_lines(windows),
        ListFormat::Table => table::draw(windows, style, zones),
        ListFormat::Csv => csv::draw(windows, style, zones, CsvCells { raw: args.csv_raw })?,
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}

/// Shows a person at a terminal how much was listed. A table shows it.
pub(crate) fn sum_up((what, count): (&str, usize), args: &ListArgs, messages: &Messages) {
    if messages.wants_progress() && args.format != ListFormat::Table {
        messages.note(&format!("{what}: {count}"));
    }
}

fn write_lines(windows: &[ListedWindow]) -> anyhow::Result<()> {
    let mut lines = LineWriter::stdout();
    for window in windows {
        let line = to_json(&WindowLine::new(window)).context("cannot write a window")?;
        lines.line(line.as_bytes())?;
    }
    lines.flush()?;
    Ok(())
}
