//! A table that fits the terminal.

use maintenance_core::cli::{TableCell, Terminal, common_year, table, without_year};

use super::shown_run::ShownRun;
use crate::style::{NOTHING, Style, local, offset};

/// The columns that two times with their offsets need.
const WIDE: usize = 120;

/// The cells of one run.
struct RunCells {
    window: String,
    start: String,
    task: String,
    workspace: String,
    run: String,
    utc: String,
}

/// Draws the runs as a table, with times in the zone of the run's window. If the
/// zones differ, each time has its offset.
pub(super) fn draw(runs: &[ShownRun], style: &Style) -> String {
    if runs.is_empty() {
        return NOTHING.to_owned() + "\n";
    }
    let mut zones: Vec<&str> = runs.iter().map(|run| run.zone(style).name()).collect();
    zones.sort_unstable();
    zones.dedup();
    let differ = zones.len() > 1;
    let mut shown: Vec<RunCells> =
        runs.iter().map(|run| RunCells::of(run, style, differ)).collect();
    let all = shown.iter().flat_map(|shown| [&*shown.start, &*shown.run]);
    let year = common_year(all.filter(|time| !time.is_empty()));
    for shown in &mut shown {
        for time in [&mut shown.start, &mut shown.run] {
            *time = without_year(time, year.as_deref()).to_owned();
        }
    }
    let text = if differ && style.terminal.width < WIDE {
        narrow(&shown, &style.terminal)
    } else {
        wide(&shown, &style.terminal)
    };
    let year = year.map_or(String::new(), |year| format!(", {year}"));
    let zones = zones.join(", ");
    if differ {
        format!("{text}Start and Run are in the zone of each window{year}:\n{zones}.\n")
    } else {
        format!("{text}Start and Run are in {zones}{year}.\n")
    }
}

impl RunCells {
    fn of(shown: &ShownRun, style: &Style, with_offset: bool) -> Self {
        let (zone, held) = (shown.zone(style), shown.window.as_ref());
        let time = |time| {
            local(zone, time) + &if with_offset { offset(zone, time) } else { String::new() }
        };
        let running = if held.is_some_and(|held| held.running) { " (still running)" } else { "" };
        let run = time(shown.date);
        Self {
            window: held.map_or("", |held| &held.name).to_owned() + running,
            start: held.map_or_else(String::new, |held| time(held.start)),
            task: shown.task(),
            workspace: shown.workspace.clone(),
            utc: utc(&shown.date.to_string(), &run),
            run,
        }
    }
}

/// Draws a table with a column for each time.
fn wide(shown: &[RunCells], terminal: &Terminal) -> String {
    let header = ["Window", "Start", "Task", "Workspace", "Run", "UTC"];
    let rows = shown.iter().map(|shown| {
        let RunCells { window, start, task, workspace, run, utc } = shown;
        [&**window, start, task, workspace, run, utc].map(TableCell::from)
    });
    table(terminal, header, rows, &[1, 4, 5])
}

/// Draws a table with the start above the run.
fn narrow(shown: &[RunCells], terminal: &Terminal) -> String {
    let header = ["Window", "Task", "Workspace", "Start\nRun", "\nUTC"];
    let rows = shown.iter().map(|shown| {
        let RunCells { window, start, task, workspace, run, utc } = shown;
        let [window, task, workspace] = [&**window, task, workspace].map(TableCell::from);
        let times = TableCell::of_lines([start, run]);
        [window, task, workspace, times, TableCell::of_lines(["", utc])]
    });
    table(terminal, header, rows, &[3, 4])
}

/// Formats the time of day in UTC, with the day if that differs from the day in the
/// zone.
fn utc(time: &str, local: &str) -> String {
    let (Some(date), Some(of_day)) = (time.get(..10), time.get(11..16)) else {
        return time.to_owned();
    };
    if local.starts_with(date) { format!("{of_day}Z") } else { format!("{} {of_day}Z", &date[5..]) }
}
