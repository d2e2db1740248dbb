//! The faults of a line, and of reading or writing lines.

use std::io;

use super::format::{DEEPEST, LINE_LIMIT};
use crate::exit::{Exit, Explain};
use crate::identifier::BadId;
use crate::scope::MissingField;
use crate::short_name::clip;

/// A line of the input that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct LineError {
    /// Its number, from 1.
    pub line: u64,
    /// Its fault.
    pub what: BadLine,
}

/// The fault of a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It does not end within [`LINE_LIMIT`] bytes.
    #[error("longer than {} MiB", LINE_LIMIT / (1024 * 1024))]
    TooLong,
    /// Its bytes are not UTF-8.
    #[error("not UTF-8 at byte {column}")]
    NotUtf8 {
        /// The first wrong byte, from 1.
        column: usize,
    },
    /// It is not JSON.
    #[error("not JSON: {message} at byte {column}")]
    NotJson {
        /// The text that the parser expected.
        message: String,
        /// Where, from 1.
        column: usize,
    },
    /// Its values are nested too deep.
    #[error("nested more than {} levels deep", DEEPEST)]
    TooDeep,
    /// It is JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// It is an object, but not the record that it should be.
    #[error("not a selected run: {message} at byte {column}")]
    NotARun {
        /// The part that does not fit.
        message: String,
        /// Where, from 1.
        column: usize,
    },
    /// A member is not there.
    #[error("no `{member}` in the record")]
    Missing {
        /// Its name.
        member: String,
    },
    /// A member is there, with a value that makes no sense.
    #[error("`{member}` is not {expected}: {found}")]
    Value {
        /// Its name.
        member: String,
        /// The expected kind of value, with its article.
        expected: &'static str,
        /// The value as JSON, cut short where it is long.
        found: String,
    },
    /// A member that is to be an ID is none.
    #[error("`{member}` is no ID: {why}")]
    Id {
        /// Its name.
        member: &'static str,
        /// The fault in it.
        why: BadId,
    },
    /// A window's scope asks for what the record does not say.
    #[error(transparent)]
    Unjudged(#[from] MissingField),
    /// One task or plan in two environments.
    #[error(
        "the {kind} is in another environment than in line {line}, and can only be in one: is \
         `environmentId` a name?"
    )]
    OtherPlace {
        /// Its type, for people.
        kind: String,
        /// The first line that has it.
        line: u64,
    },
    /// The end record does not fit the stream.
    #[error("the end record counts {counted} runs, but {read} were read: the list is not whole")]
    Count {
        /// The count of the end record.
        counted: u64,
        /// The number of records before it.
        read: u64,
    },
    /// The end record does not fit the lines that came from a filter.
    #[error(
        "the end record counts {counted} selected runs, but {read} were read: \
         lines were lost or added behind the filter"
    )]
    Selected {
        /// The number of runs that the filter wrote.
        counted: u64,
        /// The number of records before it.
        read: u64,
    },
    /// Something follows the end record.
    #[error("a record after the end record")]
    AfterEnd,
}

impl BadLine {
    /// A member whose value makes no sense; `found` is its JSON.
    #[must_use]
    pub fn value(member: &str, expected: &'static str, found: &str) -> Self {
        const SHOWN: usize = 80;
        let mut shown: String = found.chars().take(SHOWN).collect();
        if shown.len() < found.len() {
            shown.push('…');
        }
        Self::Value { member: member.to_owned(), expected, found: shown }
    }

    /// A line that cannot be read into a selected run.
    #[must_use]
    pub fn record(error: serde_json::Error) -> Self {
        let is_data = error.is_data();
        match Self::from(error) {
            Self::NotJson { message, column } if is_data => Self::NotARun { message, column },
            other => other,
        }
    }

    /// The same with the number of its line.
    #[must_use]
    pub fn at(self, line: u64) -> LineError {
        LineError { line, what: self }
    }
}

impl From<serde_json::Error> for BadLine {
    fn from(error: serde_json::Error) -> Self {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        Self::NotJson { message: clip(&message).to_string(), column: error.column() }
    }
}

impl Explain for LineError {
    fn exit(&self) -> Exit {
        Exit::BadInput
    }

    fn code(&self) -> &'static str {
        match self.what {
            BadLine::Count { .. } | BadLine::Selected { .. } | BadLine::AfterEnd => {
                "incomplete-list"
            }
            BadLine::Unjudged(ref missing) => missing.code(),
            _ => "bad-line",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.what {
            BadLine::Unjudged(ref missing) => return missing.hint(),
            BadLine::Count { .. } => "fetch the list again",
            BadLine::Selected { .. } => {
                "run the pipe again; a step that narrows the list has to write its own count into \
                 `end.selected`"
            }
            BadLine::AfterEnd => "give the filter one list at a time",
            BadLine::Missing { ref member } if member == "window" => {
                "no filter selected these runs: put `window-filter --timetable FILE` between \
                 runs-fetch and task-pause"
            }
            BadLine::Missing { ref member } if member == "window.end" => {
                "an open-ended window has `\"end\":null`, which window-filter writes: see whether a \
                 step after it drops or renames the member"
            }
            BadLine::Missing { .. }
            | BadLine::Value { .. }
            | BadLine::Id { .. }
            | BadLine::OtherPlace { .. }
            | BadLine::NotARun { .. }
            | BadLine::TooDeep
            | BadLine::TooLong => return None,
            BadLine::NotJson { .. } | BadLine::NotAnObject if self.line == 1 => {
                "the input is JSON Lines: one JSON object on each line, in UTF-8; `jq -c '.[]'` \
                 makes them of an array"
            }
            BadLine::NotUtf8 { .. } | BadLine::NotJson { .. } | BadLine::NotAnObject => {
                "the input is JSON Lines: one JSON object on each line, in UTF-8"
            }
        };
        Some(hint.to_owned())
    }
}

/// Why no further line can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The line is there, but it cannot be used.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The input cannot be read.
    #[error("cannot read the input")]
    Io(#[source] io::Error),
}

/// Why lines cannot be written.
///
/// A type of its own, because a lost network connection is a broken pipe to
/// the operating system too, and only the first of them is a quiet end.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Whoever read them has gone away, as `head` does when it has enough.
    #[error("the reader of the output has gone away")]
    Closed,
    /// Anything else: a full disk, say.
    #[error("cannot write the output")]
    Io(#[source] io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_and_where() {
        let error = serde_json::from_str::<serde_json::Value>("{\"a\" 1}").unwrap_err();
        let error = BadLine::from(error).at(7);
        assert_eq!(error.to_string(), "line 7: not JSON: expected `:` at byte 6");
        let long = "é".repeat(100);
        let BadLine::Value { found, .. } = BadLine::value("date", "a time", &long) else {
            panic!()
        };
        assert_eq!(found, format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn only_a_broken_pipe_is_a_quiet_end() {
        let closed = WriteError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(closed, WriteError::Closed));
        let full = WriteError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, WriteError::Io(_)));
    }
}
