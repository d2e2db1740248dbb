//! The progress bar of a list, on a terminal only.

use std::cell::Cell;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use maintenance_core::cli::{Messages, ProgressLine, WaitText, escape_controls};
use maintenance_core::short_name::clip;

/// The progress bar on stderr: pages, runs, rate, time left, and why requests wait.
/// Nothing is drawn if stderr is no terminal, or if `--verbose` shows each request.
pub(crate) struct Progress {
    /// The line of the terminal that the bar borrows, if it is wanted.
    line: Option<ProgressLine>,
    bar: DrawnBar,
    pages: Cell<u64>,
}

/// The bar, once it is drawn, and the wait for the API that is under way. Clones are the
/// same bar.
#[derive(Clone, Debug, Default)]
pub(crate) struct DrawnBar(Arc<OnceLock<(ProgressBar, WaitText)>>);

impl DrawnBar {
    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some((bar, _)) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress {
    /// No bar is drawn before the first list begins.
    pub(crate) fn new(messages: &Messages) -> Self {
        let is_wanted = messages.wants_progress() && !messages.wants_detail(1);
        let line = is_wanted.then(|| messages.progress().clone());
        Self { line, bar: DrawnBar::default(), pages: Cell::new(0) }
    }

    /// The bar, for whoever has to take it away.
    pub(crate) fn bar(&self) -> DrawnBar {
        self.bar.clone()
    }

    /// Starts the bar anew for the list of this environment.
    pub(crate) fn start(&self, environment: &str) {
        if let Some(line) = &self.line {
            let (bar, _) = self.bar.0.get_or_init(|| {
                let (bar, wait) = (ProgressBar::new_spinner(), line.lend());
                set_style(&bar, "{spinner} {wait}{msg}", &wait);
                bar.enable_steady_tick(Duration::from_millis(120));
                (bar, wait)
            });
            bar.reset();
            bar.set_message(escape_controls(&clip(environment)).into_owned());
            self.pages.set(0);
        }
    }

    /// Counts one more page. `total` is the length of the list, if it is known.
    pub(crate) fn page(&self, runs: usize, total: Option<u64>) {
        let Some((bar, wait)) = self.bar.0.get() else { return };
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
        match self.bar.0.get() {
            Some((bar, _)) => bar.suspend(write),
            None => write(),
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
