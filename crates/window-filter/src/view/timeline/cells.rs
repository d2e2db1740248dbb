//! The cells of a row in the terminal.

use std::ops::Range;

use maintenance_core::time::UtcTime;

use crate::style::Style;
use crate::view::chart::{Axis, ChartRow, glyphs, is_in_window};

/// The signs of a chart. They show everything that the colours show.
pub(super) struct Signs {
    /// A planned window.
    pub(super) planned: char,
    /// The widening of a window.
    pub(super) widening: char,
    /// A window that takes its time out of others.
    pub(super) open: char,
    /// The end of a window that goes on.
    pub(super) goes_on: char,
    /// A run in a window.
    pub(super) in_window: char,
    /// A run in no window.
    pub(super) free: char,
    /// A band of runs in a window, or a run that is still running.
    pub(super) bar: char,
    /// A band of runs in no window.
    pub(super) free_bar: char,
    pub(super) tick: char,
    pub(super) line: char,
}

pub(super) const UNICODE: Signs = Signs {
    planned: '▒',
    widening: '░',
    open: '·',
    goes_on: '►',
    in_window: '●',
    free: '○',
    bar: '━',
    free_bar: '┄',
    tick: '┼',
    line: '─',
};
pub(super) const ASCII: Signs = Signs {
    planned: '=',
    widening: '-',
    open: ':',
    goes_on: '>',
    in_window: 'X',
    free: 'o',
    bar: '#',
    free_bar: '.',
    tick: '+',
    line: '-',
};

/// Two runs whose columns touch.
pub(super) const TOUCH: f64 = 1.5;

/// The column at a share of the width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place in a picture"
)]
pub(super) fn column(share: f64, columns: usize) -> usize {
    ((share * columns as f64) as usize).min(columns.saturating_sub(1))
}

/// The column of a time, as a place.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
pub(super) fn place(axis: &Axis, time: UtcTime, columns: usize) -> f64 {
    column(axis.share(time), columns) as f64
}

/// Draws the windows and runs of a row, as wide as the chart.
pub(super) fn cells(
    row: &ChartRow,
    axis: &Axis,
    columns: usize,
    signs: &Signs,
    style: &Style,
) -> String {
    let at = |time: UtcTime| column(axis.share(time), columns);
    let until = |end: Option<UtcTime>| end.map_or(columns.saturating_sub(1), at);
    let mut cells = vec![' '; columns];
    let (whole, planned) =
        if row.is_open { (signs.open, signs.open) } else { (signs.widening, signs.planned) };
    for window in &row.windows {
        fill(&mut cells, at(window.start)..until(window.end) + 1, whole);
    }
    // Of two windows that overlap, the widening of one hides no planned time of the other.
    for window in &row.windows {
        fill(&mut cells, at(window.planned.0)..until(window.planned.1) + 1, planned);
    }
    let goes_on = |end: Option<UtcTime>| end.is_none_or(|end| axis.is_after(end));
    if row.windows.iter().any(|window| goes_on(window.end))
        && let Some(last) = cells.last_mut()
    {
        *last = signs.goes_on;
    }
    let mut glyphs = glyphs(&row.runs, |time| place(axis, time, columns), TOUCH);
    // If two runs share a cell, the run in a window is drawn.
    glyphs.sort_by_key(|glyph| is_in_window(glyph));
    for runs in glyphs {
        let (end, bar) = if is_in_window(runs) {
            (signs.in_window, signs.bar)
        } else {
            (signs.free, signs.free_bar)
        };
        let [first, .., last] = runs else {
            if let [run] = runs {
                let until = run.until.filter(|_| run.is_running).map_or(0, at);
                fill(&mut cells, at(run.time)..until + 1, signs.bar);
                put(&mut cells, at(run.time), end);
            }
            continue;
        };
        let (from, to) = (at(first.time), at(last.time));
        fill(&mut cells, from..to + 1, bar);
        put(&mut cells, from, end);
        put(&mut cells, to, end);
        let count = runs.len().to_string();
        // The ends stay, where there is room for them beside the count.
        if to - from > count.len() {
            let start = from + (to - from + 1 - count.len()).div_ceil(2);
            for (place, digit) in (start..).zip(count.chars()) {
                put(&mut cells, place, digit);
            }
        }
    }
    let line: String = cells.into_iter().collect();
    if style.terminal.color { colored(&line, signs) } else { line }
}

fn put(cells: &mut [char], place: usize, sign: char) {
    if let Some(cell) = cells.get_mut(place) {
        *cell = sign;
    }
}

fn fill(cells: &mut [char], places: Range<usize>, sign: char) {
    if let Some(cells) = cells.get_mut(places) {
        cells.fill(sign);
    }
}

/// Adds colours to a line of the chart.
fn colored(line: &str, signs: &Signs) -> String {
    let color = |cell: char| match cell {
        _ if cell == signs.in_window || cell == signs.bar => Some("1;31"),
        _ if cell == signs.planned || cell == signs.widening || cell == signs.goes_on => Some("33"),
        _ => None,
    };
    line.chars()
        .map(|cell| match color(cell) {
            Some(color) => format!("\x1b[{color}m{cell}\x1b[0m"),
            None => cell.to_string(),
        })
        .collect()
}
