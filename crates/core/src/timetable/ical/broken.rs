//! Why an event cannot be used.

use super::line::ContentLine;
use crate::short_name::clip;
use crate::timetable::rrule::BadRule;

/// Why an event cannot be used.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) column: Option<u64>,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Broken {
    pub(super) fn at(line: &ContentLine, message: &str, hint: &str) -> Self {
        let message = format!("{}: {message}", clip(&line.name.to_lowercase()));
        Self { line: line.line, column: Some(line.column), message, hint: hint.to_owned() }
    }

    pub(super) fn rule(line: &ContentLine) -> impl FnOnce(BadRule) -> Self + '_ {
        |bad| Self::at(line, &bad.message, &bad.hint)
    }
}
