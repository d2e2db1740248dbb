//! A table that fits the terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use maintenance_core::cli::escape_controls;

use super::{Row, Style};

/// One row a run. Long names are broken, so that nothing is cut off; times
/// are not.
pub(super) fn draw(rows: &[Row], style: &Style) -> String {
    let mut table = Table::new();
    // A year that all have in common only takes away room from the names.
    let years = rows.iter().flat_map(|row| {
        let start = row.window.as_ref().map(|held| style.local(held.start));
        [Some(style.local(row.date)), start].into_iter().flatten()
    });
    let mut years: Vec<String> = years.filter_map(|time| Some(time.get(..4)?.to_owned())).collect();
    years.dedup();
    let year = match &years[..] {
        [year] => Some(year.as_str()),
        _ => None,
    };
    let short = |time: String| match year.and_then(|year| time.strip_prefix(year)) {
        Some(rest) => rest.trim_start_matches('-').to_owned(),
        None => time,
    };
    table
        .load_style(if style.unicode {
            presets::UTF8_FULL_CONDENSED
        } else {
            presets::ASCII_FULL_CONDENSED
        })
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(style.width).unwrap_or(u16::MAX))
        .set_header(["Window", "Start", "Task", "Workspace", "Run", "UTC"]);
    for row in rows {
        let held = row.window.as_ref();
        let running = if held.is_some_and(|held| held.running) { " (still running)" } else { "" };
        let local = style.local(row.date);
        table.add_row([
            escape_controls(held.map_or("", |held| &held.name)).into_owned() + running,
            held.map_or(String::new(), |held| short(style.local(held.start))),
            row.task(),
            escape_controls(&row.workspace).into_owned(),
            short(local.clone()),
            utc(&row.date.to_string(), &local),
        ]);
    }
    for times in [1, 4, 5] {
        if let Some(column) = table.column_mut(times) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let year = year.map_or(String::new(), |year| format!(", {year}"));
    format!("{table}\nStart and Run are in {}{year}.\n", style.zone.name())
}

/// The time of day in UTC, and the day where it is another one than in the
/// zone.
fn utc(time: &str, local: &str) -> String {
    let (Some(date), Some(of_day)) = (time.get(..10), time.get(11..16)) else {
        return time.to_owned();
    };
    if local.starts_with(date) { format!("{of_day}Z") } else { format!("{} {of_day}Z", &date[5..]) }
}
