//! The progress line on a terminal. Elsewhere nothing is drawn.

use std::sync::Arc;
use std::sync::OnceLock;

use super::background::Background;
use super::drawn_line::DrawnLine;

/// A line at the bottom of the terminal that tells what is going on. It makes
/// way for every message, is as long as the terminal is wide at the most, and
/// is gone in the end. Clones are the same line.
#[derive(Clone, Debug, Default)]
pub struct ProgressLine {
    line: DrawnLine,
    wanted: bool,
    /// The thread that draws it, where no terminal may hold up the work.
    background: Arc<OnceLock<Background>>,
}

impl ProgressLine {
    /// A line that is only drawn if it is wanted.
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Whether anybody sees the line.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.wanted
    }

    /// Shows that text in the place of the last one. It is only made where it
    /// is seen, and must hold no foreign name that was not escaped.
    pub fn show(&self, text: impl FnOnce() -> String) {
        match self.background.get() {
            _ if !self.wanted => {}
            Some(background) => background.show(text()),
            None => self.line.show(text()),
        }
    }

    /// Takes the line away until something is shown again.
    pub fn clear(&self) {
        match self.background.get() {
            _ if !self.wanted => {}
            Some(background) => background.clear(),
            None => self.line.clear(),
        }
    }

    /// Writes something else to the terminal without tearing the line.
    pub fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        self.line.suspended(write)
    }

    /// The line itself, for the thread that draws it.
    pub(super) fn line(&self) -> &DrawnLine {
        &self.line
    }

    /// Leaves the drawing to a thread from now on.
    pub(super) fn draw_on(&self, background: &Background) {
        let _ = self.background.set(background.clone());
    }
}
