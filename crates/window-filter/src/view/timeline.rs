//! A chart for the terminal: time across, a row a task.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::chart::{Chart, Task};
use super::{NOTHING, Row, Style, cut};

/// What the cells of a chart are drawn with; a colour only helps.
struct Marks {
    window: char,
    endless: char,
    held: char,
    free: char,
    tick: char,
    line: char,
    /// Stands for the rest of a name.
    cut: char,
}

const UNICODE: Marks =
    Marks {
        window: '░', endless: '►', held: '●', free: '○', tick: '┬', line: '─', cut: '…'
    };
const ASCII: Marks =
    Marks { window: '=', endless: '>', held: 'X', free: 'o', tick: '+', line: '-', cut: '~' };

/// How many columns a label of the axis takes, with room; with a year, more.
const LABEL: usize = 8;
const LABEL_WITH_YEAR: usize = 13;

pub(super) fn draw(rows: &[Row], style: &Style) -> String {
    let chart = Chart::new(rows);
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

fn cells(task: &Task, columns: usize, marks: &Marks, style: &Style) -> String {
    let mut cells = vec![' '; columns];
    for window in &task.windows {
        cells[column(window.from, columns)..=column(window.to, columns)].fill(marks.window);
    }
    if task.windows.iter().any(|window| window.endless) {
        cells[columns - 1] = marks.endless;
    }
    for &(at, is_held) in &task.runs {
        let cell = &mut cells[column(at, columns)];
        // Where two fall together, the one that matters is seen.
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

fn axis(chart: &Chart, style: &Style, names: usize, columns: usize, marks: &Marks) -> String {
    let indent = " ".repeat(names + 2);
    let mut line = vec![marks.line; columns];
    let mut labels = String::new();
    let label = if chart.is_long() { LABEL_WITH_YEAR } else { LABEL };
    for tick in chart.ticks(style, columns / label) {
        let at = column(tick.at, columns);
        line[at] = marks.tick;
        // A label stands right of its tick, or not at all.
        if at >= labels.len() && at + tick.short.len() <= columns {
            labels = format!("{labels:at$}{} ", tick.short);
        }
    }
    let line: String = line.into_iter().collect();
    format!("{indent}{line}\n{indent}{}\n", labels.trim_end())
}

/// The column of a share of the width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place in a picture"
)]
fn column(share: f64, columns: usize) -> usize {
    ((share * columns as f64) as usize).min(columns - 1)
}
