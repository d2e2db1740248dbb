//! Why a part of a calendar cannot be used.

use super::line::ContentLine;
use crate::short_name::clip;
use crate::timetable::problem::{Mistake, Severity};
use crate::timetable::reader::{Location, TimetableReader};

/// Why a part of a calendar, such as an event, cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) place: Location,
    pub(super) fault: Mistake,
}

impl Broken {
    pub(super) fn at(line: &ContentLine, message: &str, hint: &str) -> Self {
        let message = format!("{}: {message}", clip(&line.name.to_lowercase()));
        Self { place: line.place(), fault: Mistake::new(message, hint) }
    }

    pub(super) fn rule(line: &ContentLine) -> impl FnOnce(Mistake) -> Self + '_ {
        |fault| Self::at(line, &fault.message, &fault.hint)
    }

    /// One of a whole line.
    pub(super) fn of_line(line: u64, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place: (line, None), fault: Mistake::new(message, hint) }
    }

    pub(super) fn report(self, reading: &mut TimetableReader<'_>) {
        reading.report(Severity::Error, self.place, self.fault.message, self.fault.hint);
    }
}
