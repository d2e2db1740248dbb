//! The content of the page's tables: the windows, and the tasks in each.

use std::collections::HashMap;

use maintenance_core::cli::counted;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::style::Style;
use crate::view::overview::Overview;
use crate::view::shown_run::{RunWindow, ShownRun};
use crate::view::shown_window::ShownWindow;

/// A window with the tasks whose runs are in it.
#[derive(Debug)]
pub(super) struct WindowReport<'a> {
    pub(super) name: &'a str,
    /// The planned start.
    pub(super) start: UtcTime,
    /// The planned end. `None`: it has no end.
    pub(super) end: Option<UtcTime>,
    /// The start and end with the widening, if there is one.
    pub(super) widened: Option<(UtcTime, Option<UtcTime>)>,
    /// The zone in which its times are shown.
    pub(super) zone: &'a Zone,
    pub(super) tasks: Vec<TaskReport<'a>>,
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
        self.tasks.iter().map(|task| task.dates.len()).sum()
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
pub(super) fn report<'a>(overview: &'a Overview, style: &'a Style) -> Vec<WindowReport<'a>> {
    let mut windows: Vec<WindowReport<'a>> = Vec::new();
    let mut places: HashMap<(&str, UtcTime, Option<UtcTime>), usize> = HashMap::new();
    for window in overview.windows.iter().filter(|window| !window.is_open) {
        places.entry((&window.name, window.start, window.end)).or_insert_with(|| {
            windows.push(WindowReport::of_timetable(window, style));
            windows.len() - 1
        });
    }
    let mut tasks: HashMap<(usize, &str), usize> = HashMap::new();
    for run in &overview.runs {
        let Some(held) = &run.window else { continue };
        // An open window may have left a part of it.
        let whole = overview.window_of(&held.name, held.start, held.end);
        let (start, end) = whole.map_or((held.start, held.end), |whole| (whole.start, whole.end));
        let place = *places.entry((&held.name, start, end)).or_insert_with(|| {
            windows.push(WindowReport::of_run(held, style));
            windows.len() - 1
        });
        let all = &mut windows[place].tasks;
        let task = *tasks.entry((place, &run.id)).or_insert_with(|| {
            all.push(TaskReport { first: run, dates: Vec::new(), running: 0 });
            all.len() - 1
        });
        all[task].dates.push(run.date);
        all[task].running += usize::from(held.running);
    }
    for task in windows.iter_mut().flat_map(|window| &mut window.tasks) {
        task.dates.sort_unstable();
    }
    windows.sort_by_key(|window| (window.start, window.end.unwrap_or(UtcTime::MAX)));
    windows
}

impl<'a> WindowReport<'a> {
    fn of_timetable(window: &'a ShownWindow, style: &'a Style) -> Self {
        let planned = (window.planned_start, window.planned_end);
        let widened = (window.start, window.end);
        Self {
            name: &window.name,
            start: planned.0,
            end: planned.1,
            widened: (planned != widened).then_some(widened),
            zone: window.zone.as_ref().unwrap_or(&style.zone),
            tasks: Vec::new(),
        }
    }

    fn of_run(held: &'a RunWindow, style: &'a Style) -> Self {
        let zone = held.zone.as_ref().unwrap_or(&style.zone);
        let (name, start, end) = (&held.name, held.start, held.end);
        Self { name, start, end, widened: None, zone, tasks: Vec::new() }
    }
}
