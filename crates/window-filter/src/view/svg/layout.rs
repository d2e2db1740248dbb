//! The layout of the picture: rows, from the top down, and their heights.

use super::text::{lines, width};
use crate::view::chart::{Chart, ChartRow};

/// The width of the picture.
pub(super) const WIDTH: f64 = 1200.0;
/// The margin at the left, and at the right.
pub(super) const MARGIN: f64 = 16.0;
/// The room right of the chart, for the counts of each row.
const COUNTS: f64 = 120.0;
/// The most room for the names of windows and tasks.
const MOST_NAMES: f64 = 320.0;
/// The size of the letters of a name.
pub(super) const LETTERS: f64 = 13.0;
/// The distance between two lines of a name.
pub(super) const LINE: f64 = 16.0;
/// The height of a row whose name has one line.
const ROW: f64 = 26.0;
/// The height of a heading.
const HEADING: f64 = 30.0;

/// A row of the picture.
#[derive(Debug)]
pub(super) struct PictureRow<'a> {
    /// The lines of its name.
    pub(super) lines: Vec<String>,
    pub(super) height: f64,
    /// The text right of the chart.
    pub(super) count: String,
    /// The windows and runs of the row. A heading has none.
    pub(super) row: Option<&'a ChartRow>,
}

/// The rows of the picture, and the place of the chart.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) rows: Vec<PictureRow<'a>>,
    /// The left edge of the chart.
    pub(super) left: f64,
    /// The right edge of the chart.
    pub(super) right: f64,
}

impl<'a> Layout<'a> {
    /// The layout of a chart.
    pub(super) fn of(chart: &'a Chart) -> Self {
        let labels = chart.rows().map(|row| width(&row.label, LETTERS));
        let names = labels.fold(80.0, f64::max).min(MOST_NAMES);
        let mut rows = Vec::new();
        let heading = |label: &str, count: String| PictureRow {
            lines: lines(label, WIDTH - 2.0 * MARGIN - COUNTS, LETTERS),
            height: HEADING,
            count,
            row: None,
        };
        let row = |row: &'a ChartRow, count: String| {
            let lines = lines(&row.label, names, LETTERS);
            let height = lines.iter().skip(1).fold(ROW, |height, _| height + LINE);
            PictureRow { lines, height, count, row: Some(row) }
        };
        if !chart.windows.is_empty() {
            rows.push(heading("Windows", "Runs".to_owned()));
        }
        for window in &chart.windows {
            let count = if window.is_open { String::new() } else { window.selected.to_string() };
            rows.push(row(window, count));
        }
        for group in &chart.groups {
            rows.push(heading(&group.heading(), "In windows".to_owned()));
            for task in &group.rows {
                rows.push(row(task, format!("{} of {}", task.selected, task.runs.len())));
            }
        }
        for row in rows.iter_mut().filter(|row| row.row.is_none()) {
            row.height = row.lines.iter().skip(1).fold(HEADING, |height, _| height + LINE);
        }
        Self { rows, left: MARGIN + names + 12.0, right: WIDTH - COUNTS }
    }

    /// The place of a share of the chart.
    pub(super) fn x(&self, share: f64) -> f64 {
        self.left + share * (self.right - self.left)
    }
}
