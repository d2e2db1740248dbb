//! The chart in the terminal: a line for each window and each task, time from left
//! to right, with the axis at both ends.

mod cells;

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::chart::{Chart, ChartRow};
use super::overview::Overview;
use super::wrap::{broken, lines};
use crate::style::{NOTHING, Style};
use cells::{ASCII, Signs, TOUCH, UNICODE, cells, column, place};

/// The columns of a label of the axis, with a gap: without a year, and with one.
const LABEL: usize = 8;
const LABEL_WITH_YEAR: usize = 13;

/// The parts of the terminal's width.
struct Columns {
    /// Those of the names.
    names: usize,
    /// Those of the chart.
    chart: usize,
    /// Those of the counts.
    counts: usize,
}

/// Draws the chart of the runs.
pub(super) fn draw(overview: &Overview, style: &Style) -> String {
    let chart = Chart::new(overview);
    if chart.is_empty() {
        return NOTHING.to_owned() + "\n";
    }
    let signs = if style.terminal.unicode { &UNICODE } else { &ASCII };
    let width = style.terminal.width;
    let widest = chart.rows().map(|row| row.label.width()).max().unwrap_or(0);
    let of_task = |row: &ChartRow| format!("{}/{}", row.selected, row.runs.len());
    let of_window = |row: &ChartRow| {
        if row.is_open { String::new() } else { row.selected.to_string() }
    };
    let counts = chart.tasks().map(of_task).chain(chart.windows.iter().map(of_window));
    let counts = counts.map(|text| text.len()).max().unwrap_or(0);
    let names = widest.min(width / 3).max(4);
    let columns =
        Columns { names, chart: width.saturating_sub(names + counts + 5).max(20), counts };
    let mut text = String::new();
    for line in [overview.title()].into_iter().chain(overview.facts(style)) {
        text.push_str(&lines(&line, width));
    }
    text.push('\n');
    let (line, labels) = axis(&chart, style, &columns, signs);
    text.push_str(&labels);
    text.push_str(&line);
    text.push_str("Windows\n");
    for row in &chart.windows {
        text.push_str(&draw_row(row, &of_window(row), &chart, (&columns, signs, style)));
    }
    for group in &chart.groups {
        text.push_str(&lines(&group.heading(), width));
        for row in &group.rows {
            text.push_str(&draw_row(row, &of_task(row), &chart, (&columns, signs, style)));
        }
    }
    text.push_str(&line);
    text.push_str(&labels);
    text.push_str(&legend(&chart, signs, &columns, width));
    text.push_str(&lines(&format!("times in {}", chart.axis.title(style)), width));
    for sentence in chart.left_out() {
        text.push_str(&lines(&sentence, width));
    }
    text
}

/// Draws a row: its name on as many lines as it needs, the chart, and the count.
fn draw_row(
    row: &ChartRow,
    count: &str,
    chart: &Chart,
    (columns, signs, style): (&Columns, &Signs, &Style),
) -> String {
    let mut text = String::new();
    for (name, number) in broken(&row.label, columns.names).iter().zip(0..) {
        let gap = " ".repeat(columns.names.saturating_sub(name.width()) + 1);
        if number == 0 {
            let cells = cells(row, &chart.axis, columns.chart, signs, style);
            let counts = columns.counts;
            let line = format!(" {name}{gap} {cells}  {count:>counts$}");
            text.push_str(line.trim_end());
        } else {
            let _ = write!(text, " {name}");
        }
        text.push('\n');
    }
    text
}

/// Draws the line of the axis, and its labels.
fn axis(chart: &Chart, style: &Style, columns: &Columns, signs: &Signs) -> (String, String) {
    let indent = " ".repeat(columns.names + 3);
    let mut line = vec![signs.line; columns.chart];
    let mut labels = String::new();
    let label = if chart.axis.is_long() { LABEL_WITH_YEAR } else { LABEL };
    for tick in chart.axis.ticks(style, columns.chart / label) {
        let at = column(tick.at, columns.chart);
        line[at] = signs.tick;
        // A label without room right of its tick is left out.
        if at >= labels.len() && at + tick.short.len() <= columns.chart {
            labels = format!("{labels:at$}{} ", tick.short);
        }
    }
    let line: String = line.into_iter().collect();
    (format!("{indent}{line}\n"), format!("{indent}{}\n", labels.trim_end()))
}

/// The lines of the legend. A line is broken between two signs.
fn legend(chart: &Chart, signs: &Signs, columns: &Columns, width: usize) -> String {
    let Signs { planned, widening, open, goes_on, in_window, free, bar, .. } = signs;
    let mut signs = vec![format!("{planned} window")];
    if chart.has_widening() {
        signs.push(format!("{widening} its widening"));
    }
    if chart.has_open() {
        signs.push(format!("{open} open period"));
    }
    signs.push(format!("{in_window} run in a window"));
    signs.push(format!("{free} other run"));
    if chart.has_band(|time| place(&chart.axis, time, columns.chart), TOUCH) {
        signs.push(format!("{in_window}{bar}9{bar}{in_window} so many runs"));
    }
    if chart.has_running() {
        signs.push(format!("{in_window}{bar}{bar} still running"));
    }
    if let Some(meaning) = chart.goes_on() {
        signs.push(format!("{goes_on} {meaning}"));
    }
    let mut lines: Vec<String> = Vec::new();
    for sign in signs {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + sign.width() <= width => {
                line.push_str("   ");
                line.push_str(&sign);
            }
            _ => lines.push(sign),
        }
    }
    lines.join("\n") + "\n"
}
