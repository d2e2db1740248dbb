//! The selected runs for people: a table, CSV for a change ticket, a chart.
//!
//! A view shows all runs together. So views hold all runs in memory, and no other
//! part of the filter does.

mod chart;
mod csv;
mod shown_run;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::jsonl::WriteError;
use maintenance_core::zone::Zone;

use crate::args::View;
use crate::style::Style;
use maintenance_core::cli::CsvCells;
use shown_run::ShownRun;

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

/// Writes the runs in the buffer as a view. `zones` are those of the timetable.
pub(crate) fn write(
    view: View,
    buffer: &LineBuffer,
    date_field: &str,
    style: &Style,
    zones: &[Zone],
) -> anyhow::Result<()> {
    let bytes = mem::take(&mut *buffer.0.lock().unwrap_or_else(PoisonError::into_inner));
    let lines = String::from_utf8_lossy(&bytes);
    let runs = lines.lines().filter_map(|line| ShownRun::read(line, date_field, zones));
    let runs: Vec<ShownRun> = runs.collect();
    let text = match view {
        View::Csv { raw } => csv::draw(&runs, style, CsvCells { raw })?,
        View::Table => table::draw(&runs, style),
        View::Timeline => timeline::draw(&runs, style),
        View::Svg => svg::draw(&runs, style),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}
