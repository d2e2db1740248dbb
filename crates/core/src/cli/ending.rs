//! The end of a tool's work where no error cut it off.

use crate::exit::{Exit, Explain};

/// The end of a tool's work where no error cut it off: all is done, or there is
/// another exit code and a sentence that says why.
///
/// Only [`Ending::DONE`] has no sentence, so no tool can end with a code other
/// than 0 and say nothing. The sentence goes to stderr once, at the very end.
#[derive(Debug)]
#[must_use = "an ending that is not returned is not reported"]
pub struct Ending(Option<Box<ExitReason>>);

/// Why the exit code is not 0.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct ExitReason {
    exit: Exit,
    code: &'static str,
    text: String,
    hint: Option<String>,
    retryable: bool,
    /// Whether a flag asked for the exit code, so that it is no error.
    pub(super) is_answer: bool,
}

impl Ending {
    /// All is done (exit code 0).
    pub const DONE: Self = Self(None);

    /// Something is left undone: `code` is for scripts, `text` says what it is.
    pub fn undone(exit: Exit, code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        let reason =
            ExitReason { exit, code, text, hint: None, retryable: false, is_answer: false };
        Self(Some(Box::new(reason)))
    }

    /// An answer that a flag asked to have as exit code (`--exit-status`,
    /// `--overdue`): a note, which `--quiet` suppresses as it does all notes.
    pub fn answer(exit: Exit, code: &'static str, text: impl Into<String>) -> Self {
        let mut ending = Self::undone(exit, code, text);
        if let Some(reason) = &mut ending.0 {
            reason.is_answer = true;
        }
        ending
    }

    /// The same, with what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(reason) = &mut self.0 {
            reason.hint = Some(hint.into());
        }
        self
    }

    /// The same, and whether the same command may succeed later.
    pub fn retryable(mut self, retryable: bool) -> Self {
        if let Some(reason) = &mut self.0 {
            reason.retryable = retryable;
        }
        self
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.0.as_ref().map_or(Exit::Done, |reason| reason.exit)
    }

    /// Whether all is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.0.is_none()
    }

    /// The sentence that says why the exit code is not 0.
    #[must_use]
    pub fn sentence(&self) -> Option<&str> {
        self.0.as_deref().map(|reason| reason.text.as_str())
    }

    /// Why the exit code is not 0.
    pub(super) fn reason(&self) -> Option<&ExitReason> {
        self.0.as_deref()
    }
}

impl Explain for ExitReason {
    fn exit(&self) -> Exit {
        self.exit
    }

    fn code(&self) -> &'static str {
        self.code
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn retryable(&self) -> bool {
        self.retryable
    }
}
