//! A chart for the terminal: time across, a row a task.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::chart::{Chart, Task};
use super::{Row, Style};

/// What the cells of a chart are drawn with; a colour only helps.
struct Marks {
    window: char,
    held: char,
    free: char,
    tick: char,
    line: char,
}

const UNICODE: Marks = Marks { window: '░', held: '●', free: '○', tick: '┬', line: '─' };
const ASCII: Marks = Marks { window: '=', held: 'X', free: 'o', tick: '+', line: '-' };

/// How many columns a label of the axis takes, with room.
const LABEL: usize = 14;

pub(super) fn draw(rows: &[Row], style: &Style) -> String {
    let chart = Chart::new(rows);
    let marks = if style.terminal.unicode { &UNICODE } else { &ASCII };
    let widest = chart.tasks.iter().map(|task| task.label.width()).max().unwrap_or(0);
    let names = widest.min(style.terminal.width / 3).max(4);
    let columns = style.terminal.width.saturating_sub(names + 2).max(20);
    let mut text = String::new();
    for task in &chart.tasks {
        text.push_str(&fit(&task.label, names));
        text.push_str("  ");
        text.push_str(&cells(task, columns, marks, style));
        text.push('\n');
    }
    text.push_str(&axis(&chart, style, names, columns, marks));
    let Marks { window, held, free, .. } = marks;
    let zone = style.zone.name();
    let _ = writeln!(
        text,
        "{window} window   {held} run in a window   {free} other run   times in {zone}"
    );
    if chart.others > 0 {
        let _ = writeln!(text, "{} more without a run in a window", chart.others);
    }
    text
}

fn cells(task: &Task, columns: usize, marks: &Marks, style: &Style) -> String {
    let mut cells = vec![' '; columns];
    for &(from, to) in &task.windows {
        cells[column(from, columns)..=column(to, columns)].fill(marks.window);
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
            _ if cell == marks.window => format!("\x1b[33m{cell}\x1b[0m"),
            _ => cell.to_string(),
        })
        .collect()
}

fn axis(chart: &Chart, style: &Style, names: usize, columns: usize, marks: &Marks) -> String {
    let indent = " ".repeat(names + 2);
    let mut line = vec![marks.line; columns];
    let mut labels = String::new();
    for tick in chart.ticks(style, columns / LABEL) {
        let at = column(tick.at, columns);
        line[at] = marks.tick;
        // A label stands right of its tick, or not at all.
        if at >= labels.len() && at + tick.label.len() <= columns {
            labels = format!("{labels:at$}{} ", tick.label);
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

/// The text in exactly so many columns, cut with a sign where it is longer.
fn fit(text: &str, columns: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    let cut = text.width() > columns;
    let room = if cut { columns - 1 } else { columns };
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > room {
            break;
        }
        used += width;
        fitted.push(c);
    }
    if cut {
        fitted.push('~');
        used += 1;
    }
    fitted + &" ".repeat(columns - used)
}
