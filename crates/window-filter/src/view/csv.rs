//! CSV, for a change ticket or a spreadsheet.

use anyhow::Context;

use super::{Row, Style};

const HEADER: [&str; 12] = [
    "window",
    "window_start",
    "window_end",
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

/// One line a run; times in UTC, and the run's also in the zone.
pub(super) fn draw(rows: &[Row], style: &Style) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        let held = row.window.as_ref();
        let end = held.map(|held| held.end.map_or(String::new(), |end| end.to_string()));
        writer.write_record([
            held.map_or("", |held| &held.name),
            &held.map_or(String::new(), |held| held.start.to_string()),
            &end.unwrap_or_default(),
            &row.id,
            &row.name,
            &row.kind,
            &row.environment,
            &row.workspace,
            &row.date.to_string(),
            &style.local(row.date),
            style.zone.name(),
            if held.is_some_and(|held| held.running) { "running" } else { "" },
        ])?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}
