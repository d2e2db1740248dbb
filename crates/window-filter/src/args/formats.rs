//! The formats and choices that flags take as words.

use clap::ValueEnum;
use maintenance_core::timetable::{Format, OnError};

/// The format of a timetable, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimetableFormat {
    /// A table with a header, as spreadsheets export it.
    Csv,
    /// iCalendar, as calendars export it.
    #[value(alias = "ical")]
    Ics,
    /// JSON Lines, as `windows` writes it.
    Jsonl,
}

impl From<TimetableFormat> for Format {
    fn from(format: TimetableFormat) -> Self {
        match format {
            TimetableFormat::Csv => Self::Csv,
            TimetableFormat::Ics => Self::Ical,
            TimetableFormat::Jsonl => Self::JsonLines,
        }
    }
}

/// The format of the selected runs, as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// JSON Lines, for the next tool.
    #[default]
    Jsonl,
    /// CSV, for a change ticket.
    Csv,
    /// A table that fits the terminal.
    Table,
    /// A chart in the terminal.
    Timeline,
    /// The same chart as a picture.
    Svg,
    /// A page with the picture and tables, for a change ticket.
    Html,
}

impl OutputFormat {
    /// Whether it also shows runs in no window.
    pub(crate) fn is_picture(self) -> bool {
        matches!(self, Self::Timeline | Self::Svg | Self::Html)
    }
}

/// The response to bad input, as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnErrorArg {
    /// End with exit code 65.
    #[default]
    Stop,
    /// Leave it out, and warn.
    Skip,
}

impl From<OnErrorArg> for OnError {
    fn from(on_error: OnErrorArg) -> Self {
        match on_error {
            OnErrorArg::Stop => Self::Stop,
            OnErrorArg::Skip => Self::Skip,
        }
    }
}

/// The format of windows, as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// JSON Lines: a timetable.
    #[default]
    Jsonl,
    /// A table that fits the terminal.
    Table,
    /// CSV: a timetable, too.
    Csv,
}
