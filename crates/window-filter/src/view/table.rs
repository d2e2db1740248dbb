//! Tables that fit the terminal: one for each window, with totals.

use std::collections::HashSet;

use maintenance_core::cli::{TableCell, counted, escape_controls, table};
use maintenance_core::short_name::clip;
use maintenance_core::zone::Zone;

use super::in_order::InOrder;
use super::shown_run::{RunWindow, ShownRun};
use super::wrap::lines;
use crate::style::{NOTHING, Style, local};

/// The runs in a window, or those in none.
struct WindowRuns<'a> {
    window: Option<&'a RunWindow>,
    runs: Vec<&'a ShownRun>,
}

/// Draws the runs by window, in the order of the first run of each. Times are in the
/// zone of the window, and in UTC.
pub(super) fn draw(runs: &[ShownRun], style: &Style) -> String {
    if runs.is_empty() {
        return NOTHING.to_owned() + "\n";
    }
    let windows = by_window(runs);
    let mut text = String::new();
    for of in &windows {
        text.push_str(&lines(&heading(of, style), style.terminal.width));
        let header = ["Task", "Workspace", "Run", "UTC"];
        let rows = of.runs.iter().map(|run| row(run, run.zone(style)));
        text.push_str(&table(&style.terminal, header, rows, &[2, 3]));
        text.push('\n');
    }
    let held = windows.iter().filter(|of| of.window.is_some()).count();
    let mut total = format!("{} of {}", counted(runs.len(), "run", "runs"), tasks(runs.iter()));
    if held > 0 {
        total = format!("{total} in {}", counted(held, "window", "windows"));
    }
    text + &lines(&format!("Together: {total}."), style.terminal.width)
}

/// Brings the runs of each window together.
fn by_window(runs: &[ShownRun]) -> Vec<WindowRuns<'_>> {
    let mut windows = InOrder::new();
    for run in runs {
        let window = run.window.as_ref();
        let key = window.map(|window| (&*window.name, window.start, window.end));
        windows.item(key, || WindowRuns { window, runs: Vec::new() }).runs.push(run);
    }
    windows.items
}

/// The name, times and totals of a window.
fn heading(of: &WindowRuns<'_>, style: &Style) -> String {
    let totals =
        format!("{} of {}", counted(of.runs.len(), "run", "runs"), tasks(of.runs.iter().copied()));
    let Some(window) = of.window else {
        return format!("In no window ({}): {totals}", style.zone.name());
    };
    let zone = window.zone.as_ref().unwrap_or(&style.zone);
    let end =
        window.end.map_or("without an end".to_owned(), |end| format!("to {}", local(zone, end)));
    let name = escape_controls(&window.name).into_owned();
    format!("{}: {} {end} ({}), {totals}", clip(&name), local(zone, window.start), zone.name())
}

/// The number of tasks of runs.
fn tasks<'a>(runs: impl Iterator<Item = &'a ShownRun>) -> String {
    let ids: HashSet<&str> = runs.map(|run| &*run.id).collect();
    counted(ids.len(), "task", "tasks")
}

/// The row of a run.
fn row(run: &ShownRun, zone: &Zone) -> [TableCell; 4] {
    let is_running = run.window.as_ref().is_some_and(|window| window.running);
    let task = run.task() + if is_running { " (still running)" } else { "" };
    let time = local(zone, run.date);
    let utc = utc(&run.date.to_string(), &time);
    [&*task, &*run.workspace, &*time, &*utc].map(TableCell::from)
}

/// Formats the time of day in UTC, with the day if that differs from the day in the
/// zone.
fn utc(time: &str, local: &str) -> String {
    let (Some(date), Some(of_day)) = (time.get(..10), time.get(11..16)) else {
        return time.to_owned();
    };
    if local.starts_with(date) { format!("{of_day}Z") } else { format!("{} {of_day}Z", &date[5..]) }
}
