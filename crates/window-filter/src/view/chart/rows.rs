//! The rows of the chart: windows, and tasks by workspace.

use std::collections::{HashMap, HashSet};

use maintenance_core::cli::{counted, escape_controls};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use super::axis::Axis;
use crate::view::in_order::InOrder;
use crate::view::overview::Overview;
use crate::view::shown_run::ShownRun;
use crate::view::shown_window::ShownWindow;

/// The number of rows of windows from which on windows without a run have none.
const MOST_ROWS: usize = 40;

/// The tasks of a workspace.
#[derive(Debug, Default)]
pub(in crate::view) struct ChartGroup {
    /// The name of the workspace, if any run has one.
    pub(in crate::view) label: Option<String>,
    pub(in crate::view) rows: Vec<ChartRow>,
}

impl ChartGroup {
    /// The heading above its rows.
    pub(in crate::view) fn heading(&self) -> String {
        let tasks = counted(self.rows.len(), "task", "tasks");
        self.label.as_ref().map_or_else(|| "Tasks".to_owned(), |label| format!("{label} ({tasks})"))
    }
}

/// A row: a name of windows, or a task.
#[derive(Debug, Default)]
pub(in crate::view) struct ChartRow {
    pub(in crate::view) label: String,
    /// Its windows.
    pub(in crate::view) windows: Vec<ShownWindow>,
    /// The runs of the task, in their order. A row of windows has none.
    pub(in crate::view) runs: Vec<ChartRun>,
    /// The number of runs in a window.
    pub(in crate::view) selected: usize,
    /// Whether it is a row of windows that take their time out of others.
    pub(in crate::view) is_open: bool,
}

/// A run of a row.
#[derive(Clone, Debug)]
pub(in crate::view) struct ChartRun {
    pub(in crate::view) time: UtcTime,
    /// The end of the run, if its length is known.
    pub(in crate::view) until: Option<UtcTime>,
    /// The window that it is in, of those of its row.
    pub(in crate::view) window: Option<usize>,
    /// Whether it is still running when its window starts.
    pub(in crate::view) is_running: bool,
}

/// A foreign name as a picture shows it.
fn shown(name: &str) -> String {
    escape_controls(&clip(name)).into_owned()
}

/// The rows of the windows on the axis, and the number of those that are left out.
pub(super) fn windows(overview: &Overview, axis: &Axis) -> (Vec<ChartRow>, usize) {
    let mut rows: InOrder<(&str, bool), ChartRow> = InOrder::new();
    let new_row = |name: &str, is_open: bool| {
        let label = shown(name);
        let label = if is_open { format!("{label} (open)") } else { label };
        ChartRow { label, is_open, ..ChartRow::default() }
    };
    for window in overview.windows.iter().filter(|window| axis.has(window.start, window.end)) {
        let (name, is_open) = (&*window.name, window.is_open);
        let row = rows.item((name, is_open), || new_row(name, is_open));
        row.add_window(window.clone());
    }
    for run_window in overview.runs.iter().filter_map(|run| run.window.as_ref()) {
        let row = rows.item((&run_window.name, false), || new_row(&run_window.name, false));
        row.selected += 1;
        if overview.window_of(run_window).is_none() {
            row.add_window(overview.piece(run_window));
        }
    }
    let mut rows = rows.items;
    rows.sort_by_key(|row| row.windows.iter().map(|window| window.start).min());
    let all = rows.len();
    if all > MOST_ROWS {
        rows.retain(|row| row.selected > 0);
    }
    let left_out = all - rows.len();
    (rows, left_out)
}

/// The rows of the tasks by workspace, in the order of their first run in a window,
/// and the number of tasks without such a run.
pub(super) fn groups(overview: &Overview) -> (Vec<ChartGroup>, usize) {
    let runs = &overview.runs;
    let environments: HashSet<&str> = runs.iter().map(|run| &*run.environment).collect();
    let label = |run: &ShownRun| {
        let workspace = match &*run.workspace {
            "" => "without a workspace",
            name => name,
        };
        match environments.len() {
            0 | 1 => shown(workspace),
            _ => shown(&format!("{}: {workspace}", run.environment)),
        }
    };
    let is_grouped = runs.iter().any(|run| !run.workspace.is_empty()) || environments.len() > 1;
    let mut groups: InOrder<(&str, &str), ChartGroup> = InOrder::new();
    let mut row_of: HashMap<&str, Option<(usize, usize)>> =
        runs.iter().map(|run| (&*run.id, None)).collect();
    for run in runs.iter().filter(|run| run.window.is_some()) {
        let place = row_of.entry(&run.id).or_insert(None);
        if place.is_none() {
            let group = groups.place((&run.environment, &run.workspace), || {
                let label = is_grouped.then(|| label(run));
                ChartGroup { label, ..ChartGroup::default() }
            });
            let rows = &mut groups.items[group].rows;
            *place = Some((group, rows.len()));
            let label = clip(&run.task()).to_string();
            rows.push(ChartRow { label, ..ChartRow::default() });
        }
    }
    let mut groups = groups.items;
    for run in runs {
        let Some(Some((group, row))) = row_of.get(&*run.id) else { continue };
        groups[*group].rows[*row].add(run, overview);
    }
    for row in groups.iter_mut().flat_map(|group| &mut group.rows) {
        row.runs.sort_by_key(|run| run.time);
    }
    (groups, row_of.values().filter(|place| place.is_none()).count())
}

impl ChartRow {
    /// Adds a window, unless the row has one of the same times.
    fn add_window(&mut self, window: ShownWindow) {
        if !self.windows.iter().any(|known| known.is_at_once_with(&window)) {
            self.windows.push(window);
        }
    }

    /// Adds a run of the task.
    fn add(&mut self, run: &ShownRun, overview: &Overview) {
        let window = run.window.as_ref().map(|run_window| {
            let is_it = |window: &ShownWindow| {
                (&window.name, window.start, window.end)
                    == (&run_window.name, run_window.start, run_window.end)
            };
            self.windows.iter().position(is_it).unwrap_or_else(|| {
                self.windows.push(overview.piece(run_window));
                self.windows.len() - 1
            })
        });
        self.selected += usize::from(window.is_some());
        let until = run.length.filter(|length| *length > 0);
        let until = until
            .and_then(|length| UtcTime::from_millis(run.date.as_millis().saturating_add(length)));
        let is_running = run.window.as_ref().is_some_and(|run_window| run_window.running);
        self.runs.push(ChartRun { time: run.date, until, window, is_running });
    }
}
