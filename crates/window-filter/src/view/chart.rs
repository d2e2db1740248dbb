//! The chart that `timeline`, `svg` and `html` draw: an axis, a row for each window,
//! and a row for each task with its windows and runs, by workspace.

mod axis;
mod glyphs;
mod rows;

pub(super) use axis::Axis;
pub(super) use glyphs::{glyphs, is_in_window};
pub(super) use rows::{ChartGroup, ChartRow, ChartRun};

use maintenance_core::cli::counted;
use maintenance_core::time::UtcTime;

use super::overview::Overview;
use super::shown_window::ShownWindow;

/// A chart. Its times are those of the axis: the drawing module turns them into
/// columns or pixels.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) axis: Axis,
    /// A row for each name of a window, in the order of their first start.
    pub(super) windows: Vec<ChartRow>,
    /// The number of names of windows without a run that have no row.
    pub(super) other_windows: usize,
    /// The tasks with a run in a window, by workspace.
    pub(super) groups: Vec<ChartGroup>,
    /// The number of tasks without a run in a window. They are not drawn.
    pub(super) others: usize,
}

impl Chart {
    /// The chart of those runs and windows.
    pub(super) fn new(overview: &Overview) -> Self {
        let axis = Axis::of(&overview.runs);
        let (windows, other_windows) = rows::windows(overview, &axis);
        let (groups, others) = rows::groups(overview);
        Self { axis, windows, other_windows, groups, others }
    }

    /// Whether no run is in a window.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The rows of the tasks.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &ChartRow> {
        self.groups.iter().flat_map(|group| &group.rows)
    }

    /// All rows: those of the windows, and those of the tasks.
    pub(super) fn rows(&self) -> impl Iterator<Item = &ChartRow> {
        self.windows.iter().chain(self.tasks())
    }

    /// All windows of the chart.
    fn all_windows(&self) -> impl Iterator<Item = &ShownWindow> {
        self.rows().flat_map(|row| &row.windows)
    }

    /// The meaning of the sign at the end of a window that goes on, if there is one.
    pub(super) fn goes_on(&self) -> Option<&'static str> {
        let endless = self.all_windows().any(|window| window.end.is_none());
        let longer =
            self.all_windows().any(|window| window.end.is_some_and(|end| self.axis.is_after(end)));
        match (endless, longer) {
            (true, false) => Some("without an end"),
            (true, true) => Some("goes on, or without an end"),
            (false, true) => Some("goes on"),
            (false, false) => None,
        }
    }

    /// Whether a window is drawn wider than it is planned.
    pub(super) fn has_widening(&self) -> bool {
        self.all_windows().any(ShownWindow::is_widened)
    }

    /// Whether a window takes its time out of others.
    pub(super) fn has_open(&self) -> bool {
        self.windows.iter().any(|row| row.is_open)
    }

    /// Whether a run is still running when its window starts.
    pub(super) fn has_running(&self) -> bool {
        self.tasks().flat_map(|row| &row.runs).any(|run| run.is_running)
    }

    /// Whether a row has a band, if times have these places: see [`glyphs()`].
    pub(super) fn has_band(&self, at: impl Fn(UtcTime) -> f64, gap: f64) -> bool {
        self.tasks().any(|row| glyphs(&row.runs, &at, gap).iter().any(|glyph| glyph.len() > 1))
    }

    /// The sentences on what is not drawn.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.others > 0 {
            let tasks = counted(self.others, "more task", "more tasks");
            sentences.push(format!("{tasks} without a run in a window"));
        }
        if self.other_windows > 0 {
            let windows = counted(self.other_windows, "more window", "more windows");
            sentences.push(format!("{windows} without a run"));
        }
        sentences
    }
}
