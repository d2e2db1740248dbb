//! The progress bar of a list, on a terminal only.

use std::cell::Cell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use maintenance_core::cli::{Messages, escape_controls};
use maintenance_core::short_name::clip;

/// A line on stderr with pages, runs, rate and time left. There is none if stderr
/// is not a terminal, or shows details instead.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    pages: Cell<u64>,
}

impl Progress {
    pub(crate) fn new(messages: &Messages) -> Self {
        let wanted = messages.wants_progress() && !messages.wants_detail(1);
        let bar = wanted.then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, pages: Cell::new(0) }
    }

    /// Starts the bar anew for the list of this environment.
    pub(crate) fn start(&self, environment: &str) {
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_message(escape_controls(&clip(environment).to_string()).into_owned());
            self.pages.set(0);
        }
    }

    /// Counts one more page. `total` is the length of the list, if it is known.
    pub(crate) fn page(&self, runs: usize, total: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        let pages = self.pages.get() + 1;
        self.pages.set(pages);
        if let Some(total) = total {
            bar.set_length(total);
        }
        if pages == 1 {
            let template = "{msg} {wide_bar} {pos}/{len} runs, {prefix} pages, {per_sec}, {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
        }
        bar.set_prefix(pages.to_string());
        bar.inc(runs as u64);
    }

    /// Writes a message, with the bar out of its way.
    pub(crate) fn suspended(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
