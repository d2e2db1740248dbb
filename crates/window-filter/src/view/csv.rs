//! CSV, for a change ticket or a spreadsheet.

use anyhow::Context;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::{Row, Style, offset};

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

/// One line a run; times in UTC, and, with their offset, in the zone of the
/// window.
pub(super) fn draw(rows: &[Row], style: &Style) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        let zone = row.zone(style);
        let held = row.window.as_ref();
        let (start, end) = (held.map(|held| held.start), held.and_then(|held| held.end));
        let utc = |time: Option<UtcTime>| time.map_or(String::new(), |time| time.to_string());
        let local = |time: Option<UtcTime>| time.map_or(String::new(), |time| rfc3339(zone, time));
        writer.write_record([
            held.map_or("", |held| &held.name),
            &utc(start),
            &utc(end),
            &local(start),
            &local(end),
            &row.id,
            &row.name,
            &row.kind,
            &row.environment,
            &row.workspace,
            &utc(Some(row.date)),
            &local(Some(row.date)),
            zone.name(),
            if held.is_some_and(|held| held.running) { "running" } else { "" },
        ])?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}

/// `2022-09-20T20:00:00+02:00`
fn rfc3339(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    local.strftime("%Y-%m-%dT%H:%M:%S").to_string() + &offset(zone, time)
}
