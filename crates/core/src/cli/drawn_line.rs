//! The progress line as it is drawn on a terminal.

use std::sync::{Arc, OnceLock};

use indicatif::{ProgressBar, ProgressStyle};

/// The line as it is drawn. Clones are the same line.
#[derive(Clone, Debug, Default)]
pub(super) struct DrawnLine {
    /// Made when something is first shown.
    bar: Arc<OnceLock<ProgressBar>>,
}

impl DrawnLine {
    /// Shows that text, or takes the line away where there is none.
    pub(super) fn draw(&self, text: String) {
        if text.is_empty() {
            if let Some(bar) = self.bar.get() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::new_spinner();
            // A template without a choice in it cannot be wrong; what is
            // indicatif's own would show a spinner that never turns.
            ProgressStyle::with_template("{wide_msg}")
                .map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
        });
        if bar.is_finished() {
            bar.reset();
        }
        bar.set_message(text);
    }

    pub(super) fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.bar.get() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
