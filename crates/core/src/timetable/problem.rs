//! The faults of a timetable: their place, and the hint.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::exit::{Exit, Explain};
use crate::short_name::clip_path;
use crate::window::Source;

/// The severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file as a whole cannot be read: not even `--on-error skip` helps.
    Fatal,
    /// A row or event cannot be read; it can be skipped.
    Error,
    /// It can be read, but may not mean what it says.
    Warning,
}

impl Severity {
    /// The word in a message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal | Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem of a timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its severity.
    pub severity: Severity,
    /// The timetable as it was named on the command line.
    pub file: Arc<str>,
    /// The line in it, from 1.
    pub line: u64,
    /// The column, from 1: of CSV the field's number in its row; of iCalendar
    /// the character's in its line, where it is known.
    pub column: Option<u64>,
    /// The fault, in lower case, without the hint.
    pub message: String,
    /// The hint: a text to write instead.
    pub hint: Option<String>,
}

impl Problem {
    /// Where it is: `file:line` or `file:line:column`.
    #[must_use]
    pub fn place(&self) -> String {
        let file = clip_path(Path::new(&*self.file));
        match self.column {
            Some(column) => format!("{file}:{}:{column}", self.line),
            None => format!("{file}:{}", self.line),
        }
    }
}

/// Why a text cannot be read, in lower case, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: String,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// A warning about a row or an event.
pub(super) fn warning(source: &Source, message: String, hint: &str) -> Problem {
    Problem {
        severity: Severity::Warning,
        file: source.origin.file.clone(),
        line: source.line,
        column: None,
        message,
        hint: Some(hint.to_owned()),
    }
}

/// `file:line:column: message`, with the hint behind it in brackets.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Why a timetable is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// It has errors.
    #[error("{}", summary(.0))]
    Broken(Vec<Problem>),
    /// A recurrence makes more than can be meant.
    #[error("{}:{line}: {message}", clip_path(Path::new(&**file)))]
    Limit {
        /// The timetable as it was named on the command line.
        file: Arc<str>,
        /// The line of the row, or of the event's first line.
        line: u64,
        /// Which limit, and of what.
        message: String,
        /// The hint.
        hint: &'static str,
    },
}

/// The number of problems that an error shows; the others are counted.
const SHOWN: usize = 5;

fn summary(problems: &[Problem]) -> String {
    let mut parts: Vec<String> = problems.iter().take(SHOWN).map(Problem::to_string).collect();
    if let Some(more @ 1..) = problems.len().checked_sub(SHOWN) {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}

impl Explain for TimetableError {
    fn exit(&self) -> Exit {
        Exit::BadInput
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "timetable",
            Self::Limit { .. } => "timetable-limit",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            // Not with `--on-error skip`: what task-pause reads would be another one.
            Self::Broken(_) => Some("`window-filter check` shows every problem".to_owned()),
            Self::Limit { hint, .. } => Some((*hint).to_owned()),
        }
    }
}
