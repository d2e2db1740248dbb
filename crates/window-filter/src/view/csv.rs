//! CSV, for a change ticket or a spreadsheet.

use anyhow::Context;
use maintenance_core::time::UtcTime;

use super::shown_run::ShownRun;
use crate::style::{Style, rfc3339};
use maintenance_core::csv_cell::CsvCells;

const HEADER: [&str; 14] = [
    "window",
    "window_start",
    "window_end",
    "window_start_local",
    "window_end_local",
    "id",
    "name",
    "type",
    "environment",
    "workspace",
    "run",
    "run_local",
    "zone",
    "overlap",
];

/// Draws the runs as CSV, one line for each run. Times are in UTC, and, with an
/// offset, in the zone of the window. Unless `cells`
/// are raw, a spreadsheet takes none for a formula.
pub(super) fn draw(runs: &[ShownRun], style: &Style, cells: CsvCells) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for run in runs {
        let zone = run.zone(style);
        let run_window = run.window.as_ref();
        let (start, end) = (
            run_window.map(|run_window| run_window.start),
            run_window.and_then(|run_window| run_window.end),
        );
        let utc = |time: Option<UtcTime>| time.map_or(String::new(), |time| time.to_string());
        let local = |time: Option<UtcTime>| time.map_or(String::new(), |time| rfc3339(zone, time));
        let row = [
            run_window.map_or("", |run_window| &run_window.name).to_owned(),
            utc(start),
            utc(end),
            local(start),
            local(end),
            run.id.clone(),
            run.name.clone(),
            run.kind.clone(),
            run.environment.clone(),
            run.workspace.clone(),
            utc(Some(run.date)),
            local(Some(run.date)),
            zone.name().to_owned(),
            if run_window.is_some_and(|run_window| run_window.running) { "running" } else { "" }
                .to_owned(),
        ];
        writer.write_record(row.map(|cell| cells.cell(cell)))?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}
