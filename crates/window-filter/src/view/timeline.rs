//! The chart in the terminal: a line for each task, time from left to right.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::chart::{Chart, ChartTask};
use super::shown_run::ShownRun;
use crate::style::{NOTHING, Style, cut};

/// The signs of a chart. They tell everything that the colours tell.
struct Marks {
    window: char,
    endless: char,
    held: char,
    free: char,
    tick: char,
    line: char,
    /// The sign at the end of a name that is cut.
    cut: char,
}

const UNICODE: Marks =
    Marks {
        window: '░', endless: '►', held: '●', free: '○', tick: '┬', line: '─', cut: '…'
    };
const ASCII: Marks =
    Marks { window: '=', endless: '>', held: 'X', free: 'o', tick: '+', line: '-', cut: '~' };

/// The columns of a label of the axis, with a gap: without a year, and with one.
const LABEL: usize = 8;
const LABEL_WITH_YEAR: usize = 13;

/// Draws the chart of the runs.
pub(super) fn draw(runs: &[ShownRun], style: &Style) -> String {
    let chart = Chart::new(runs);
    if chart.tasks.is_empty() {
        return NOTHING.to_owned() + "\n";
    }
    let marks = if style.terminal.unicode { &UNICODE } else { &ASCII };
    let widest = chart.tasks.iter().map(|task| task.label.width()).max().unwrap_or(0);
    let names = widest.min(style.terminal.width / 3).max(4);
    let columns = style.terminal.width.saturating_sub(names + 2).max(20);
    let mut text = String::new();
    for task in &chart.tasks {
        let name = cut(&task.label, names, marks.cut);
        text.push_str(&name);
        text.push_str(&" ".repeat(names - name.width()));
        text.push_str("  ");
        text.push_str(&cells(task, columns, marks, style));
        text.push('\n');
    }
    text.push_str(&axis(&chart, style, names, columns, marks));
    let Marks { window, endless, held, free, .. } = marks;
    let _ = write!(text, "{window} window   {held} run in a window   {free} other run");
    if chart.has_endless() {
        let _ = write!(text, "   {endless} without an end");
    }
    let _ = writeln!(text, "\ntimes in {}", chart.axis(style));
    if chart.others > 0 {
        let _ = writeln!(text, "{} more without a run in a window", chart.others);
    }
    text
}

/// Draws the line of a task.
fn cells(task: &ChartTask, columns: usize, marks: &Marks, style: &Style) -> String {
    let mut cells = vec![' '; columns];
    for window in &task.windows {
        cells[column(window.from, columns)..=column(window.to, columns)].fill(marks.window);
    }
    if task.windows.iter().any(|window| window.endless) {
        cells[columns - 1] = marks.endless;
    }
    for &(at, is_held) in &task.runs {
        let cell = &mut cells[column(at, columns)];
        // If two runs share a cell, the run in a window is drawn.
        if is_held || *cell != marks.held {
            *cell = if is_held { marks.held } else { marks.free };
        }
    }
    let line: String = cells.into_iter().collect();
    let line = line.trim_end();
    if !style.terminal.color {
        return line.to_owned();
    }
    line.chars()
        .map(|cell| match cell {
            _ if cell == marks.held => format!("\x1b[1;31m{cell}\x1b[0m"),
            _ if cell == marks.window || cell == marks.endless => format!("\x1b[33m{cell}\x1b[0m"),
            _ => cell.to_string(),
        })
        .collect()
}

/// Draws the axis, and its labels below it.
fn axis(chart: &Chart, style: &Style, names: usize, columns: usize, marks: &Marks) -> String {
    let indent = " ".repeat(names + 2);
    let mut line = vec![marks.line; columns];
    let mut labels = String::new();
    let label = if chart.is_long() { LABEL_WITH_YEAR } else { LABEL };
    for tick in chart.ticks(style, columns / label) {
        let at = column(tick.at, columns);
        line[at] = marks.tick;
        // A label without room right of its tick is left out.
        if at >= labels.len() && at + tick.short.len() <= columns {
            labels = format!("{labels:at$}{} ", tick.short);
        }
    }
    let line: String = line.into_iter().collect();
    format!("{indent}{line}\n{indent}{}\n", labels.trim_end())
}

/// Returns the column at a share of the width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place in a picture"
)]
fn column(share: f64, columns: usize) -> usize {
    ((share * columns as f64) as usize).min(columns - 1)
}
