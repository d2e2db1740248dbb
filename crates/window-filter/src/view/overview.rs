//! The content of the pictures and of the page: runs, windows, and the heading.

use maintenance_core::cli::{counted, escape_controls};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use super::shown_run::ShownRun;
use super::shown_window::ShownWindow;
use crate::style::{Style, local};

/// The title without `--title`.
const TITLE: &str = "Runs and maintenance windows";

/// The most environments that a heading names.
const MOST_ENVIRONMENTS: usize = 3;

/// The content of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overview {
    /// The title of `--title`.
    pub(crate) title: Option<String>,
    /// The time at which the picture is made.
    pub(crate) made: Option<UtcTime>,
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
        escape_controls(&clip(title).to_string()).into_owned()
    }

    /// The word for the environments of the runs, and their names, as they are shown.
    pub(super) fn environments(&self) -> Option<(&'static str, String)> {
        let mut names: Vec<&str> = self.runs.iter().map(|run| &*run.environment).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !name.is_empty());
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
        let held = || self.runs.iter().filter(|run| run.window.is_some());
        let distinct = |ids: &mut Vec<&str>| {
            ids.sort_unstable();
            ids.dedup();
            ids.len()
        };
        let tasks = distinct(&mut held().map(|run| &*run.id).collect());
        let of = distinct(&mut self.runs.iter().map(|run| &*run.id).collect());
        let windows = self.windows.iter().filter(|window| !window.is_open).count();
        format!(
            "{} of {} in a window; {tasks} of {}; {}",
            held().count(),
            counted(self.runs.len(), "run", "runs"),
            counted(of, "task", "tasks"),
            counted(windows, "window", "windows"),
        )
    }

    /// The time at which the picture is made, as it is shown.
    pub(super) fn made_at(&self, style: &Style) -> Option<String> {
        let minutes = self.made?.as_millis().div_euclid(60_000);
        let made = UtcTime::from_millis(minutes * 60_000)?;
        Some(format!("{} ({})", local(&style.zone, made), style.zone.name()))
    }

    /// The lines below the title.
    pub(super) fn facts(&self, style: &Style) -> Vec<String> {
        let mut facts = Vec::new();
        facts.extend(self.environments().map(|(word, names)| format!("{word} {names}")));
        facts.push(self.counts());
        facts.extend(self.made_at(style).map(|made| format!("Made {made}")));
        facts
    }

    /// The window of the timetable that a piece of a window belongs to.
    pub(super) fn window_of(
        &self,
        name: &str,
        start: UtcTime,
        end: Option<UtcTime>,
    ) -> Option<&ShownWindow> {
        let is_it = |window: &&ShownWindow| {
            !window.is_open && window.name == name && window.has(start, end)
        };
        self.windows.iter().find(is_it)
    }
}
