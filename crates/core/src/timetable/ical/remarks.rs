//! Remarks that many lines of a file give rise to: each is reported once, at the
//! first of them, with how many more there are.

use crate::timetable::reader::TimetableReader;

#[derive(Debug)]
struct Remark {
    line: u64,
    column: Option<u64>,
    message: String,
    hint: &'static str,
    more: u64,
}

/// The remarks by their kind, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Remarks(Vec<(&'static str, Remark)>);

impl Remarks {
    /// Counts a remark; of each kind the first one's message is kept.
    pub(super) fn note(
        &mut self,
        kind: &'static str,
        (line, column): (u64, Option<u64>),
        message: impl FnOnce() -> String,
        hint: &'static str,
    ) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, remark)) => remark.more += 1,
            None => {
                self.0.push((kind, Remark { line, column, message: message(), hint, more: 0 }));
            }
        }
    }

    /// Reports all remarks.
    pub(super) fn report(self, reading: &mut TimetableReader<'_>) {
        for (_, Remark { line, column, mut message, hint, more }) in self.0 {
            if more > 0 {
                message = format!("{message}; so {more} more in this file");
            }
            reading.warn((line, column), message, hint);
        }
    }
}
