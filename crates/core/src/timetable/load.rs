//! Reads timetables of any format.

use super::options::{Format, ReadOptions, TimetableFile};
use super::problem::{Problem, Severity, TimetableError};
use super::reader::{Loaded, TimetableReader};
use super::windows::Timetable;
use super::{csv, ical, jsonl};
use crate::window::Origin;

/// Reads timetables as one, with every problem they have.
#[must_use]
pub fn read<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
) -> Loaded {
    let mut reading = TimetableReader::new(options);
    for input in inputs {
        read_into(&mut reading, &input);
    }
    reading.finish()
}

pub(super) fn read_into(reading: &mut TimetableReader<'_>, input: &TimetableFile<'_>) {
    reading.origin = Origin::table(input.file);
    match input.format.or_else(|| Format::of(input.file)) {
        Some(Format::Csv) => csv::read(reading, input.bytes),
        Some(Format::Ical) => ical::read(reading, input.bytes),
        Some(Format::JsonLines) => jsonl::read(reading, input.bytes),
        None => {
            let hint = "name it .csv, .ics or .jsonl, or say --timetable-format".to_owned();
            let message = "the timetable's format is not known";
            reading.report(Severity::Fatal, (1, None), message, Some(hint));
        }
    }
}

/// Reads timetables as one, or says why they cannot be used.
pub fn load<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
) -> Result<(Timetable, Vec<Problem>), TimetableError> {
    read(inputs, options).accept(options.on_error)
}
