//! The content of the page's tables: the windows, and the tasks in each.

use maintenance_core::cli::counted;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::style::Style;
use crate::view::in_order::InOrder;
use crate::view::overview::Overview;
use crate::view::shown_run::ShownRun;
use crate::view::shown_window::ShownWindow;

/// A window with the tasks whose runs are in it.
#[derive(Debug)]
pub(super) struct WindowReport<'a> {
    pub(super) window: ShownWindow,
    /// The zone in which its times are shown.
    pub(super) zone: Zone,
    /// Its tasks by their IDs.
    pub(super) tasks: InOrder<&'a str, TaskReport<'a>>,
}

/// A task with its runs in a window.
#[derive(Debug)]
pub(super) struct TaskReport<'a> {
    /// Its first run in the window, which has its names.
    pub(super) first: &'a ShownRun,
    /// The starts of the runs, in their order.
    pub(super) dates: Vec<UtcTime>,
    /// The number of runs that are still running when the window starts.
    pub(super) running: usize,
}

impl WindowReport<'_> {
    /// The number of runs.
    pub(super) fn runs(&self) -> usize {
        self.tasks.items.iter().map(|task| task.dates.len()).sum()
    }
}

impl TaskReport<'_> {
    /// The effect of the window on the task, if `task-pause` is given its runs.
    pub(super) fn effect(&self) -> String {
        let is_pausable =
            ["TASK", "PLAN"].iter().any(|kind| self.first.kind.eq_ignore_ascii_case(kind));
        let mut parts = Vec::new();
        let later = self.dates.len() - self.running;
        if !is_pausable {
            parts.push("cannot be paused: its runs start".to_owned());
        } else if self.first.is_paused {
            parts.push("paused already: left as it is".to_owned());
        } else if later > 0 {
            let do_not = if later == 1 { "does not start" } else { "do not start" };
            parts.push(format!("is paused: {} {do_not}", counted(later, "run", "runs")));
        } else {
            parts.push("is paused".to_owned());
        }
        if self.running > 0 {
            let go_on = if self.running == 1 {
                "begins before and goes on"
            } else {
                "begin before and go on"
            };
            parts.push(format!("{} {go_on}", counted(self.running, "run", "runs")));
        }
        parts.join("; ")
    }
}

/// The windows with their tasks, in the order of their start.
pub(super) fn report<'a>(overview: &'a Overview, style: &Style) -> Vec<WindowReport<'a>> {
    let of = |window: ShownWindow| WindowReport {
        zone: window.zone.as_ref().unwrap_or(&style.zone).clone(),
        window,
        tasks: InOrder::new(),
    };
    let mut windows: InOrder<(&str, UtcTime, Option<UtcTime>), _> = InOrder::new();
    for window in overview.windows.iter().filter(|window| !window.is_open) {
        windows.item((&window.name, window.start, window.end), || of(window.clone()));
    }
    for run in &overview.runs {
        let Some(run_window) = &run.window else { continue };
        // An open period may have left a part of it.
        let whole = overview.window_of(run_window);
        let (start, end) =
            whole.map_or((run_window.start, run_window.end), |whole| (whole.start, whole.end));
        let window =
            windows.item((&run_window.name, start, end), || of(overview.piece(run_window)));
        let new_task = || TaskReport { first: run, dates: Vec::new(), running: 0 };
        let task = window.tasks.item(&run.id, new_task);
        task.dates.push(run.date);
        task.running += usize::from(run_window.running);
    }
    let mut windows = windows.items;
    for task in windows.iter_mut().flat_map(|window| &mut window.tasks.items) {
        task.dates.sort_unstable();
    }
    windows.sort_by_key(|of| (of.window.planned.0, of.window.planned.1.unwrap_or(UtcTime::MAX)));
    windows
}
