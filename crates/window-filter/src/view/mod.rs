//! The selected runs for people: a table, CSV for a change ticket, a chart.
//!
//! A view shows all runs together. So views hold all runs in memory, and no other
//! part of the filter does.

mod chart;
#[cfg(test)]
mod contrast;
mod csv;
mod html;
mod in_order;
mod overview;
mod shown_run;
mod shown_window;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod wrap;

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::jsonl::WriteError;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::args::{FilterArgs, OutputFormat, RunArgs};
use crate::style::Style;
use maintenance_core::csv_cell::CsvCells;
pub(crate) use overview::Overview;
pub(crate) use shown_run::ShownRun;
pub(crate) use shown_window::ShownWindow;

/// A buffer for the lines of the filter. Clones are the same buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineBuffer(Arc<Mutex<Vec<u8>>>);

impl Write for LineBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the runs in the buffer. `zones` are those of the timetable.
pub(crate) fn read(buffer: &LineBuffer, args: &RunArgs, zones: &[Zone]) -> Vec<ShownRun> {
    let bytes = mem::take(&mut *buffer.0.lock().unwrap_or_else(PoisonError::into_inner));
    let lines = String::from_utf8_lossy(&bytes);
    let read = |line| ShownRun::read(line, &args.date_field, zones);
    let mut runs: Vec<ShownRun> = lines.lines().filter_map(read).collect();
    let assumed = i64::try_from(args.assume_duration.as_millis()).unwrap_or(i64::MAX);
    for run in &mut runs {
        run.length.get_or_insert(assumed);
    }
    runs
}

/// Writes a view to stdout.
pub(crate) fn write(overview: &Overview, args: &FilterArgs, style: &Style) -> anyhow::Result<()> {
    let runs = &overview.runs;
    let text = match args.format {
        // Its lines were written as they came.
        OutputFormat::Jsonl => return Ok(()),
        OutputFormat::Csv => csv::draw(runs, style, CsvCells { raw: args.csv_raw })?,
        OutputFormat::Table => table::draw(runs, style),
        OutputFormat::Timeline => timeline::draw(overview, style),
        OutputFormat::Svg => svg::draw(overview, style),
        OutputFormat::Html => html::draw(overview, style),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}

/// The time that a picture of those runs shows. `None`: there is no run.
pub(crate) fn time_shown(runs: &[ShownRun]) -> Option<(UtcTime, UtcTime)> {
    chart::Axis::of(runs).bounds()
}
