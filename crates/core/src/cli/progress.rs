//! The progress line on a terminal. Elsewhere nothing is drawn.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::background::Background;
use super::drawn_line::DrawnLine;

/// A line at the bottom of the terminal that says what is going on. It makes
/// way for every message, is as long as the terminal is wide at the most, and
/// is gone in the end. Clones are the same line.
#[derive(Clone, Debug, Default)]
pub struct ProgressLine {
    /// The line itself, for the thread that draws it.
    pub(super) line: DrawnLine,
    wanted: bool,
    /// The thread that draws it, where no terminal may hold up the work.
    background: Arc<OnceLock<Background>>,
    texts: Arc<Mutex<Texts>>,
}

/// The parts of the line.
#[derive(Debug, Default)]
struct Texts {
    /// The work that is done.
    work: String,
    /// The wait that is under way.
    wait: Option<String>,
    /// Whether somebody else draws the line.
    is_lent: bool,
}

/// The wait that is under way, as the beginning of a line; nothing if there is none.
#[derive(Clone, Debug)]
pub struct WaitText(Arc<Mutex<Texts>>);

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
        if !self.wanted {
            return;
        }
        let mut texts = self.texts();
        texts.work = text();
        self.draw(texts);
    }

    /// Shows the wait that is under way before the text, or that there is none. It must
    /// hold no foreign name that was not escaped.
    pub fn wait(&self, wait: Option<String>) {
        let mut texts = self.texts();
        if self.wanted && texts.wait != wait {
            texts.wait = wait;
            self.draw(texts);
        }
    }

    /// Leaves the line at the bottom of the terminal to somebody who draws a line of
    /// their own, with the wait in it.
    #[must_use]
    pub fn lend(&self) -> WaitText {
        self.clear();
        self.texts().is_lent = true;
        WaitText(Arc::clone(&self.texts))
    }

    /// Takes the line away until something is shown again.
    pub fn clear(&self) {
        if self.wanted {
            let mut texts = self.texts();
            (texts.work, texts.wait) = (String::new(), None);
            self.draw(texts);
        }
    }

    /// Writes something else to the terminal without tearing the line.
    pub fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        self.line.suspended(write)
    }

    /// Leaves the drawing to a thread from now on.
    pub(super) fn draw_on(&self, background: &Background) {
        let _ = self.background.set(background.clone());
    }

    fn draw(&self, texts: MutexGuard<'_, Texts>) {
        if texts.is_lent {
            return;
        }
        let text = texts.line();
        drop(texts);
        match self.background.get() {
            Some(background) => background.draw(text),
            None => self.line.draw(text),
        }
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Texts {
    fn line(&self) -> String {
        match &self.wait {
            Some(wait) if self.work.is_empty() => wait.clone(),
            Some(wait) => format!("{wait}; {}", self.work),
            None => self.work.clone(),
        }
    }
}

impl fmt::Display for WaitText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.wait.as_ref().map_or(Ok(()), |wait| write!(f, "{wait}; "))
    }
}
