//! How far the list is: on a terminal only.

use std::cell::Cell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use maintenance_core::cli::{Messages, escape_controls};
use maintenance_core::short_name::clip;

/// A line on stderr with pages, runs, rate and time left; nothing at all
/// where stderr is not a terminal, or shows details instead.
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

    /// What is being read.
    pub(crate) fn say(&self, environment: &str) {
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_message(escape_controls(&clip(environment).to_string()).into_owned());
            self.pages.set(0);
        }
    }

    /// One more page, of a list of `total` runs if that is known.
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

    /// Says something without tearing the line.
    pub(crate) fn aside(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
