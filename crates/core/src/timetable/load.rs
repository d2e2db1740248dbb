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
    let format = input.format.or_else(|| Format::of(input.file));
    if let Some((message, hint)) = mistaken(format, input) {
        return reading.report(Severity::Fatal, (1, None), message, hint);
    }
    match format {
        Some(Format::Csv) => csv::read(reading, input.bytes),
        Some(Format::Ical) => ical::read(reading, input.bytes),
        Some(Format::JsonLines) => jsonl::read(reading, input.bytes),
        None => {
            let hint = "name it .csv, .ics or .jsonl, or say --timetable-format";
            let message = "the timetable's format is not known";
            reading.report(Severity::Fatal, (1, None), message, hint);
        }
    }
}

/// The message and the hint for a file that is of another kind than its name or
/// `--timetable-format` says. A calendar says so itself.
fn mistaken(
    format: Option<Format>,
    input: &TimetableFile<'_>,
) -> Option<(&'static str, &'static str)> {
    const WORKBOOK: (&str, &str) = (
        "a workbook of a spreadsheet program, not a table in text",
        "save the sheet as CSV (UTF-8), and name that file",
    );
    let bytes = input.bytes;
    let is_workbook = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0");
    let ending = input.file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let is_named_so =
        ending.is_some_and(|it| ["xlsx", "xls", "xlsm", "xlsb", "ods"].contains(&&*it));
    let is_rows = matches!(format, Some(Format::Csv | Format::JsonLines));
    if is_rows && is_workbook || format.is_none() && is_named_so {
        return Some(WORKBOOK);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins =
        |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    match format {
        _ if is_rows && begins(b"BEGIN:VCALENDAR") => Some((
            "the file looks like a calendar (iCalendar)",
            "name it .ics, or say --timetable-format ics",
        )),
        _ if is_rows && (begins(b"<!doctype html") || begins(b"<html")) => Some((
            "the file looks like a web page (HTML)",
            "fetch the file itself; it may want a login",
        )),
        Some(Format::Csv) if begins(b"{\"") => {
            Some(("the file looks like JSON", "name it .jsonl, or say --timetable-format jsonl"))
        }
        Some(Format::JsonLines) if !begins(b"{") && !begins(b"[") => {
            let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let header = String::from_utf8_lossy(header).to_ascii_lowercase();
            let is_table = header.contains([',', ';', '\t']) && header.contains("start");
            is_table.then_some((
                "the file looks like a table (CSV)",
                "name it .csv, or say --timetable-format csv",
            ))
        }
        _ => None,
    }
}

/// Reads timetables as one, and returns the problems that do not stop it.
///
/// # Errors
///
/// A timetable has an error, unless `options` skip it, or a file cannot be read at all.
pub fn load<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
) -> Result<(Timetable, Vec<Problem>), TimetableError> {
    read(inputs, options).accept(options.on_error)
}
