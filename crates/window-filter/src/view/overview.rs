//! The content of the pictures and of the page: runs, windows, and the heading.

use std::collections::{BTreeSet, HashSet};

use maintenance_core::cli::{counted, escape_controls};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use super::shown_run::{RunWindow, ShownRun};
use super::shown_window::ShownWindow;
use crate::style::{Style, local};

/// The title without `--title`.
const TITLE: &str = "Runs and maintenance windows";

/// The most environments that a heading names.
const MOST_ENVIRONMENTS: usize = 3;

/// The content of a picture.
#[derive(Clone, Debug)]
pub(crate) struct Overview {
    /// The title of `--title`.
    pub(crate) title: Option<String>,
    /// The time at which the picture is made.
    pub(crate) made: UtcTime,
    /// All runs that were read.
    pub(crate) runs: Vec<ShownRun>,
    /// The windows around the runs.
    pub(crate) windows: Vec<ShownWindow>,
    /// The warnings about the timetable and the runs.
    pub(crate) warnings: Vec<String>,
}

impl Overview {
    /// The title, as it is shown.
    pub(super) fn title(&self) -> String {
        let title = self.title.as_deref().unwrap_or(TITLE);
        escape_controls(&clip(title)).into_owned()
    }

    /// The word for the environments of the runs, and their names, as they are shown.
    pub(super) fn environments(&self) -> Option<(&'static str, String)> {
        let names = self.runs.iter().map(|run| &*run.environment).filter(|name| !name.is_empty());
        let names: BTreeSet<&str> = names.collect();
        let shown = names.iter().take(MOST_ENVIRONMENTS).map(|name| clip(name).to_string());
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = match names.len().saturating_sub(MOST_ENVIRONMENTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let word = if names.len() == 1 { "Environment" } else { "Environments" };
        (!names.is_empty()).then(|| (word, escape_controls(&(shown + &more)).into_owned()))
    }

    /// The counts, as a sentence.
    pub(super) fn counts(&self) -> String {
        let run_window = || self.runs.iter().filter(|run| run.window.is_some());
        let tasks: HashSet<&str> = run_window().map(|run| &*run.id).collect();
        let all: HashSet<&str> = self.runs.iter().map(|run| &*run.id).collect();
        let windows = self.windows.iter().filter(|window| !window.is_open).count();
        format!(
            "{} of {} in a window; {} of {}; {}",
            run_window().count(),
            counted(self.runs.len(), "run", "runs"),
            tasks.len(),
            counted(all.len(), "task", "tasks"),
            counted(windows, "window", "windows"),
        )
    }

    /// The time at which the picture is made, as it is shown.
    pub(super) fn made_at(&self, style: &Style) -> String {
        let minutes = self.made.as_millis().div_euclid(60_000);
        let made = UtcTime::from_millis(minutes * 60_000).unwrap_or(self.made);
        format!("{} ({})", local(&style.zone, made), style.zone.name())
    }

    /// The lines below the title.
    pub(super) fn facts(&self, style: &Style) -> Vec<String> {
        let mut facts = Vec::new();
        facts.extend(self.environments().map(|(word, names)| format!("{word} {names}")));
        facts.push(self.counts());
        facts.push(format!("Made {}", self.made_at(style)));
        facts
    }

    /// The window of the timetable that a piece of a window belongs to.
    pub(super) fn window_of(&self, piece: &RunWindow) -> Option<&ShownWindow> {
        let is_it = |window: &&ShownWindow| {
            !window.is_open && window.name == piece.name && window.has(piece)
        };
        self.windows.iter().find(is_it)
    }

    /// The window of a run, which open periods may have cut.
    pub(super) fn piece(&self, run_window: &RunWindow) -> ShownWindow {
        let (start, end) = (run_window.start, run_window.end);
        let planned = self.window_of(run_window).map_or((start, end), |whole| {
            let start = whole.planned.0.max(start);
            let ends = [whole.planned.1, end].into_iter().flatten();
            (start, ends.min().map(|end| end.max(start)))
        });
        let (name, zone) = (run_window.name.clone(), run_window.zone.clone());
        ShownWindow { name, planned, start, end, is_open: false, zone }
    }
}
