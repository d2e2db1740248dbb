//! The options of reading a timetable, and its file.

use super::pick::Pick;
use crate::zone::{Zone, ZoneTable};

/// The options of reading timetables.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Where zones are looked up.
    pub zones: ZoneTable,
    /// The zone of times that say none; `None` takes UTC, and warns once if a
    /// time needed it.
    pub default_zone: Option<Zone>,
    /// The effect of a row or event that cannot be read.
    pub on_error: OnError,
    /// The events and rows that are read.
    pub pick: Pick,
}

impl ReadOptions {
    /// Reads everything, and stops at an error.
    #[must_use]
    pub fn new(zones: ZoneTable) -> Self {
        Self { zones, default_zone: None, on_error: OnError::Stop, pick: Pick::default() }
    }
}

/// The effect of a row or event that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The timetable is not used at all.
    #[default]
    Stop,
    /// The rest of it is. Of a calendar's event in an unknown zone only the
    /// zone is left out: its times are read as if they named none. Where the
    /// calendar's own zone is unknown, events with such times are left out.
    Skip,
}

/// The format of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table with a header, as spreadsheets export it.
    Csv,
    /// iCalendar, RFC 5545.
    Ical,
    /// JSON Lines, as `window-filter windows` writes them.
    JsonLines,
}

impl Format {
    /// The format that the ending of a file's name says, in any case.
    #[must_use]
    pub fn of(file: &str) -> Option<Self> {
        let (_, ending) = file.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ics" | "ical" | "ifb" | "icalendar" => Some(Self::Ical),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// One timetable to read.
#[derive(Clone, Copy, Debug)]
pub struct TimetableFile<'a> {
    /// The file as it was named on the command line.
    pub file: &'a str,
    /// Its format; `None`: by the ending of its name.
    pub format: Option<Format>,
    /// Its content.
    pub bytes: &'a [u8],
}
