//! The selected runs for people: a table, CSV for a change ticket, a chart.
//!
//! A view shows all runs together. So views hold all runs in memory, and no other
//! part of the filter does.

mod chart;
#[cfg(test)]
mod contrast;
mod csv;
mod html;
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
use std::time::Duration;

use maintenance_core::jsonl::WriteError;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::args::View;
use crate::style::Style;
use maintenance_core::cli::CsvCells;
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

/// The choices of a view.
pub(crate) struct ViewSettings<'a> {
    pub(crate) view: View,
    /// The member with the start of a run.
    pub(crate) date_field: &'a str,
    /// The length of a run whose record has none.
    pub(crate) assume_duration: Duration,
    pub(crate) style: Style,
    /// The zones of the timetable.
    pub(crate) zones: Arc<[Zone]>,
}

/// Reads the runs in the buffer.
pub(crate) fn read(buffer: &LineBuffer, settings: &ViewSettings<'_>) -> Vec<ShownRun> {
    let bytes = mem::take(&mut *buffer.0.lock().unwrap_or_else(PoisonError::into_inner));
    let lines = String::from_utf8_lossy(&bytes);
    let read = |line| ShownRun::read(line, settings.date_field, &settings.zones);
    let mut runs: Vec<ShownRun> = lines.lines().filter_map(read).collect();
    let assumed = i64::try_from(settings.assume_duration.as_millis()).unwrap_or(i64::MAX);
    for run in &mut runs {
        run.length.get_or_insert(assumed);
    }
    runs
}

/// Writes a view to stdout.
pub(crate) fn write(overview: &Overview, settings: &ViewSettings<'_>) -> anyhow::Result<()> {
    let (runs, style) = (&overview.runs, &settings.style);
    let text = match settings.view {
        View::Csv { raw } => csv::draw(runs, style, CsvCells { raw })?,
        View::Table => table::draw(runs, style),
        View::Timeline => timeline::draw(overview, style),
        View::Svg => svg::draw(overview, style),
        View::Html => html::draw(overview, style),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}

/// The time that a picture of those runs shows. `None`: there is no run.
pub(crate) fn time_shown(runs: &[ShownRun]) -> Option<(UtcTime, UtcTime)> {
    chart::Axis::of(runs).bounds()
}
