//! Windows as CSV: a timetable, and a table for a spreadsheet.

use ::csv::{QuoteStyle, WriterBuilder};
use anyhow::Context;
use maintenance_core::cli::Refusal;
use maintenance_core::scope::Field;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::zone::Zone;

use super::line::patterns;
use super::listed::{ListedWindow, zone};
use crate::style::{Style, rfc3339};
use maintenance_core::csv_cell::CsvCells;

/// Draws windows as CSV. Times are local, with their offset from UTC. A column of
/// scopes is there if a window has one. A window of no length concerns no run, and no
/// row can say it.
pub(super) fn draw(
    windows: &[ListedWindow],
    style: &Style,
    zones: &[Zone],
    cells: CsvCells,
) -> anyhow::Result<String> {
    let windows = || {
        let is_some = |window: &&ListedWindow| window.window.end != Some(window.window.start);
        windows.iter().filter(is_some)
    };
    let has = |field: &Field| windows().any(|listed| patterns(&listed.window, *field).count() > 0);
    let fields: Vec<Field> = Field::ALL.into_iter().filter(has).collect();
    let has_open = windows().any(|listed| listed.window.kind == WindowKind::Open);
    let has_load = windows().any(|listed| listed.load.is_some());

    let mut header = vec!["name", "start", "end"];
    header.extend(has_open.then_some("kind"));
    header.extend(fields.iter().map(|field| field.as_str()));
    header.extend(has_load.then_some("runs"));
    // What a reader would take for a comment is in quotes, and the other cells with it.
    let is_comment =
        |listed: &ListedWindow| listed.window.name.trim_start().starts_with(['#', '/']);
    let quotes = if windows().any(is_comment) { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut writer = WriterBuilder::new().quote_style(quotes).from_writer(Vec::new());
    writer.write_record(&header)?;
    for ListedWindow { window, load } in windows() {
        let zone = zone(window, style, zones);
        let end = |time: UtcTime| rfc3339(zone, time);
        let mut row = vec![
            window.name.to_string(),
            rfc3339(zone, window.start),
            window.end.map_or_else(|| "open".to_owned(), end),
        ];
        if has_open {
            row.push(if window.kind == WindowKind::Open { "open" } else { "" }.to_owned());
        }
        for field in &fields {
            row.push(scope(window, *field)?);
        }
        if has_load {
            row.push(load.map_or(String::new(), |load| load.runs.to_string()));
        }
        writer.write_record(row.into_iter().map(|cell| cells.timetable_cell(cell)))?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}

/// The cell of a scope.
fn scope(window: &Window, field: Field) -> Result<String, Refusal> {
    if let Some(pattern) = patterns(window, field).find(|pattern| pattern.contains('|')) {
        let message = format!(
            "the pattern {:?} of the window {:?} cannot be written in CSV, where | is between patterns",
            clip(pattern),
            clip(&window.name)
        );
        return Err(Refusal::bad_input(message).hint("leave --format csv away"));
    }
    Ok(patterns(window, field).collect::<Vec<_>>().join("|"))
}
