//! The progress bar of a list, on a terminal only.

use std::cell::Cell;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use maintenance_core::cli::{Messages, WaitText, escape_controls};
use maintenance_core::short_name::clip;

/// A line on stderr with pages, runs, rate and time left, and why requests wait. There is none if stderr
/// is not a terminal, or shows details instead.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// The wait for the API that is under way, if there is a bar.
    wait: Option<WaitText>,
    pages: Cell<u64>,
}

impl Progress {
    pub(crate) fn new(messages: &Messages) -> Self {
        let wanted = messages.wants_progress() && !messages.wants_detail(1);
        let bar = wanted.then(|| {
            let bar = ProgressBar::new_spinner();
            let wait = messages.progress().lend();
            set_style(&bar, "{spinner} {wait}{msg}", &wait);
            bar.enable_steady_tick(Duration::from_millis(120));
            (bar, wait)
        });
        let (bar, wait) = bar.unzip();
        Self { bar, wait, pages: Cell::new(0) }
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
        let Some((bar, wait)) = self.bar.as_ref().zip(self.wait.as_ref()) else { return };
        let pages = self.pages.get() + 1;
        self.pages.set(pages);
        if let Some(total) = total {
            bar.set_length(total);
        }
        if pages == 1 {
            let template =
                "{wait}{msg} {wide_bar} {pos}/{len} runs, {prefix} pages, {per_sec}, {eta}";
            set_style(bar, template, wait);
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

/// Draws the bar by a template that may have `{wait}` in it.
fn set_style(bar: &ProgressBar, template: &str, wait: &WaitText) {
    let wait = wait.clone();
    // A terminal that takes no more is no reason to stop.
    let write = move |_: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{wait}");
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("wait", write));
    }
}
