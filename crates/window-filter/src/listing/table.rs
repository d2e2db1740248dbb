//! Windows as a table that fits the terminal, with totals.

use std::fmt::Write as _;

use maintenance_core::cli::{TableCell, common_year, counted, table, without_year};
use maintenance_core::scope::Field;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::zone::Zone;

use super::line::patterns;
use super::listed::{ListedWindow, zone};
use crate::style::{Style, clock, length, local};

/// The columns that two times with their offsets need beside the others.
const WIDE: usize = 100;

/// Draws windows as a table, with times in the zone of each. If the zones differ,
/// each time has its offset, and on a narrow terminal the end stands below the start.
pub(super) fn draw(windows: &[ListedWindow], style: &Style, zones: &[Zone]) -> String {
    if windows.is_empty() {
        return "There is no window.\n".to_owned();
    }
    let mut names: Vec<&str> =
        windows.iter().map(|listed| zone(&listed.window, style, zones).name()).collect();
    names.sort_unstable();
    names.dedup();
    let differ = names.len() > 1;
    let times: Vec<[String; 2]> = windows
        .iter()
        .map(|ListedWindow { window, .. }| {
            let zone = zone(window, style, zones);
            let shown = |time| {
                if differ { clock(zone, time) + &zone.offset_text(time) } else { local(zone, time) }
            };
            [shown(window.start), window.end.map_or_else(|| "no end".to_owned(), shown)]
        })
        .collect();
    let all = times.iter().flatten().map(String::as_str);
    let year = common_year(all.filter(|time| *time != "no end"));
    let year = year.as_deref();
    let is_suggestion = windows.iter().any(|listed| listed.load.is_some());
    let last = if is_suggestion { "Load" } else { "Concerns" };
    let text = {
        let rows = windows.iter().zip(&times).map(|(listed, [start, end])| {
            let name = TableCell::from(&*listed.window.name);
            let (start, end) = (without_year(start, year), without_year(end, year));
            let length = TableCell::from(&*lasting(&listed.window));
            (name, start, end, length, TableCell::from(&*concern(listed)))
        });
        if differ && style.terminal.width < WIDE {
            let header = ["Window", "Start\nEnd", "Length", last];
            let rows = rows.map(|(name, start, end, length, last)| {
                [name, TableCell::of_lines([start, end]), length, last]
            });
            table(&style.terminal, header, rows, &[1, 2])
        } else {
            let header = ["Window", "Start", "End", "Length", last];
            let rows = rows.map(|(name, start, end, length, last)| {
                [name, start.into(), end.into(), length, last]
            });
            table(&style.terminal, header, rows, &[1, 2, 3])
        }
    };
    let year = year.map_or(String::new(), |year| format!(", {year}"));
    let totals = totals(windows);
    if differ {
        let zones = names.join(", ");
        return format!("{text}{totals}.\nTimes are in the zone of each window{year}:\n{zones}.\n");
    }
    format!("{text}{totals}. Times are in {}{year}.\n", names[0])
}

/// The length of a window, for people.
fn lasting(window: &Window) -> String {
    window.end.map_or_else(String::new, |end| length(end.since(window.start)))
}

/// The runs that a window concerns: its scope, or the load in a suggested one.
fn concern(listed: &ListedWindow) -> String {
    let ListedWindow { window, load } = listed;
    if let Some(load) = load {
        let runs = counted(load.runs, "run", "runs");
        let minutes = load.running.unwrap_or_default() / 60_000;
        return if minutes > 0 { format!("{runs}, {minutes} min running") } else { runs };
    }
    let fields = Field::ALL.into_iter().filter_map(|field| {
        let patterns: Vec<&str> = patterns(window, field).collect();
        let text = format!("{} {}", field.as_str(), patterns.join(", "));
        (!patterns.is_empty()).then_some(text)
    });
    let scope = fields.collect::<Vec<_>>().join("; ");
    let scope = if scope.is_empty() { "every run".to_owned() } else { scope };
    match window.kind {
        WindowKind::Maintenance => scope,
        WindowKind::Open => format!("open: lets {scope} through"),
    }
}

/// The number of windows, and their length together.
fn totals(windows: &[ListedWindow]) -> String {
    let is_maintenance = |listed: &&ListedWindow| listed.window.kind == WindowKind::Maintenance;
    let maintenance: Vec<&ListedWindow> = windows.iter().filter(is_maintenance).collect();
    let ends = maintenance
        .iter()
        .filter_map(|listed| listed.window.end.map(|end| end.since(listed.window.start)));
    let together = length(ends.sum());
    let what = if maintenance.iter().any(|listed| listed.load.is_some()) {
        counted(maintenance.len(), "suggestion", "suggestions")
    } else {
        counted(maintenance.len(), "window", "windows")
    };
    let mut text = format!("{what}, together {together}");
    let endless = maintenance.iter().filter(|listed| listed.window.end.is_none()).count();
    if endless > 0 {
        let _ = write!(text, ", {endless} without an end");
    }
    let open = windows.len() - maintenance.len();
    if open > 0 {
        let _ = write!(text, "; {}", counted(open, "open period", "open periods"));
    }
    text
}
