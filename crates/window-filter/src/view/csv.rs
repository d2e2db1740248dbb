//! CSV, for a change ticket or a spreadsheet.

use anyhow::Context;
use maintenance_core::short_name::is_control;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::shown_run::ShownRun;
use super::style::{Style, offset};

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
/// offset, in the zone of the window. Unless `raw`, a spreadsheet takes no cell for a
/// formula.
pub(super) fn draw(runs: &[ShownRun], style: &Style, raw: bool) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for run in runs {
        let zone = run.zone(style);
        let held = run.window.as_ref();
        let (start, end) = (held.map(|held| held.start), held.and_then(|held| held.end));
        let utc = |time: Option<UtcTime>| time.map_or(String::new(), |time| time.to_string());
        let local = |time: Option<UtcTime>| time.map_or(String::new(), |time| rfc3339(zone, time));
        let cells = [
            held.map_or("", |held| &held.name).to_owned(),
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
            if held.is_some_and(|held| held.running) { "running" } else { "" }.to_owned(),
        ];
        writer.write_record(cells.map(|cell| if raw { cell } else { plain_cell(cell) }))?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}

/// Returns a text as a cell that a spreadsheet shows and does not compute: one
/// that begins like a formula gets a `'` in front, also where blanks, or
/// characters that a spreadsheet drops (NUL), stand before that.
fn plain_cell(text: String) -> String {
    let is_passed_over = |c: char| c.is_whitespace() || is_control(c);
    let begins = text.trim_start_matches(is_passed_over);
    let before = text.len() - begins.len();
    let is_cell_end = text.get(..before).is_some_and(|before| before.contains(['\t', '\r']));
    // The full-width signs begin a formula where a spreadsheet is set to
    // Japanese or Chinese.
    let is_formula = begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula || is_cell_end { format!("'{text}") } else { text }
}

/// Formats a time in a zone: `2022-09-20T20:00:00+02:00`.
fn rfc3339(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    local.strftime("%Y-%m-%dT%H:%M:%S").to_string() + &offset(zone, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_quoted_for_a_spreadsheet() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@A1",
            "\t=1",
            "\r=1",
            " =1",
            "\u{a0} -1",
            "\n=1",
            "＝1",
            "\0=1",
            "\u{feff}=1",
            "\u{200b} +1",
            "\u{2003}@A1",
            " \ta",
            "\u{1f}\r",
        ] {
            assert_eq!(plain_cell(text.to_owned()), format!("'{text}"), "{text:?}");
        }
        for text in
            ["", " ", "load orders", "a=1", "2022-09-20T17:00:00.000Z", "'=1", "日次", "\u{200b}a"]
        {
            assert_eq!(plain_cell(text.to_owned()), text);
        }
    }
}
