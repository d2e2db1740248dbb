//! The properties of an event that calendars write more often than once, or
//! against each other: a warning says which one counts.

use std::collections::HashMap;

use super::line::ContentLine;
use super::raw::RawEvent;
use crate::short_name::clip;
use crate::timetable::reader::TimetableReader;

/// Those of which an event has at most one (RFC 5545, section 3.6.1).
const ONCE: [&str; 9] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RECURRENCE-ID",
    "UID",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "X-MAINTENANCE-KIND",
];

/// Warns of properties that stand twice, and of an end beside a duration.
pub(super) fn warn_of_repeats(raw: &RawEvent, reading: &mut TimetableReader<'_>) {
    // By name, the line where it stands first: a hostile event has thousands.
    let mut first = HashMap::new();
    for line in &raw.properties {
        let name = line.name.as_str();
        let counts = match name {
            "RRULE" => "both count",
            name if ONCE.contains(&name) => "the first one counts",
            _ => continue,
        };
        let before = *first.entry(name).or_insert(line.line);
        if before != line.line {
            let message = format!(
                "{}: the event has it in line {before} already; {counts}",
                name.to_lowercase()
            );
            let hint = "remove the one that is not meant";
            reading.warn(line.place(), message, hint);
        }
    }
    if let (Some(_), Some(duration)) = (raw.get("DTEND"), raw.get("DURATION")) {
        let message = "duration: the event has a DTEND too; the DTEND counts";
        let hint = "remove the one that is not meant";
        reading.warn(duration.place(), message, hint);
    }
}

/// Whether a STATUS says that the event does not take place. One that is no
/// status of an event is reported.
pub(super) fn is_cancelled(line: &ContentLine, reading: &mut TimetableReader<'_>) -> bool {
    let status = line.value.trim().to_ascii_uppercase();
    match status.as_str() {
        "CANCELLED" => return true,
        "CONFIRMED" | "TENTATIVE" => return false,
        _ => {}
    }
    let is_meant = strsim::osa_distance(&status, "CANCELLED") <= 2;
    let message = format!("status: {:?} is not a status of an event", clip(&status));
    let hint = if is_meant { "it is read as CANCELLED" } else { "the event counts" };
    reading.warn(line.place(), message, hint);
    is_meant
}

/// The number of an event's SEQUENCE, or 0; a SEQUENCE that cannot be read is
/// reported.
pub(super) fn sequence(raw: &RawEvent, reading: &mut TimetableReader<'_>) -> i64 {
    let Some(line) = raw.get("SEQUENCE") else { return 0 };
    line.value.trim().parse().unwrap_or_else(|_| {
        let message = format!("sequence: {:?} is not a number", clip(line.value.trim()));
        let hint = "it is read as 0, the first version";
        reading.warn(line.place(), message, hint);
        0
    })
}
