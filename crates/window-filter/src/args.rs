//! What is typed: the flags of `window-filter`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use maintenance_core::cli::{Arguments, CommonArgs, GenerateArgs, GeneratedPage, Manual, version};
use maintenance_core::time_arg::{TimeArg, TimeArgError, parse_duration};
use maintenance_core::timetable::{Format, OnError};

use crate::manual::MANUAL;

/// Select the runs that fall into maintenance windows
///
/// Reads runs as JSON Lines from stdin, holds each against timetables, and
/// writes those that a window concerns, byte for byte, with the window added.
#[derive(Debug, Parser)]
#[command(name = "window-filter", version = version())]
#[expect(clippy::struct_excessive_bools, reason = "a flag is a bool")]
pub(crate) struct Args {
    /// A timetable: .csv, .ics or .jsonl; several count as one
    #[arg(long = "timetable", value_name = "FILE", required = true)]
    pub(crate) timetables: Vec<PathBuf>,

    /// The timetables' format, where their names do not tell
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) timetable_format: Option<TimetableFormat>,

    /// The zone of times that name none, such as Europe/Paris [default: UTC]
    ///
    /// It is never the machine's own zone: the same timetable means the same
    /// windows everywhere.
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// Where time zones are looked up: bundled, system, or a directory
    ///
    /// The database that is built into the program does not depend on the age
    /// of the machine's own files. A directory has the form of
    /// /usr/share/zoneinfo.
    #[arg(long, value_name = "WHERE", default_value = "bundled")]
    pub(crate) tzdb: PathBuf,

    /// Begin every window that much earlier
    ///
    /// A run can start up to 15 minutes late, and so begin inside a window
    /// that it was planned before: `--before 15m` selects it.
    #[arg(long, value_name = "DURATION", value_parser = parse_length, default_value = "0s")]
    pub(crate) before: Duration,

    /// End every window that much later
    #[arg(long, value_name = "DURATION", value_parser = parse_length, default_value = "0s")]
    pub(crate) after: Duration,

    /// How long a run takes whose record has no `durationMs`
    ///
    /// A run that begins before a window and would still be running in it is
    /// selected too, and its window has `"overlap":"running"`.
    #[arg(long, value_name = "DURATION", value_parser = parse_length, default_value = "0s")]
    pub(crate) assume_duration: Duration,

    /// The member that says when a run starts
    #[arg(long, value_name = "NAME", default_value = "date")]
    pub(crate) date_field: String,

    /// Select the runs that no window concerns, as they are
    #[arg(short = 'v', long)]
    pub(crate) invert_match: bool,

    /// How the selected runs are written
    ///
    /// `table` and `csv` show times in the zone that a window's row or event
    /// names, and in --timezone where it names none. `timeline` and `svg` have
    /// one axis, in --timezone, and also show the other runs of the same tasks.
    /// All but `jsonl` hold all runs in memory.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: OutputFormat,

    /// With --format csv: leave cells as they are that begin like a formula
    ///
    /// A spreadsheet computes a cell that begins with =, +, - or @, and names
    /// come from strangers. Such a cell gets a ' in front, unless a program
    /// reads the table.
    #[arg(long)]
    pub(crate) csv_raw: bool,

    /// What a line, a row or an event that cannot be read does
    #[arg(long, value_name = "ACTION", value_enum, default_value_t)]
    pub(crate) on_error: OnErrorArg,

    /// End with exit code 1 if no run was selected
    ///
    /// A note on stderr says so, unless --quiet is given.
    #[arg(short, long)]
    pub(crate) exit_status: bool,

    /// How many threads to use on large inputs [default: one for each core, at most 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) threads: Option<u16>,

    /// Write the windows themselves, as JSON Lines; stdin is not read
    ///
    /// What is written is a timetable again, and selects the same runs.
    #[arg(long, conflicts_with_all = ["check", "invert_match", "exit_status"])]
    pub(crate) list: bool,

    /// List the windows that end after that time [default: all]
    #[arg(long, value_name = "TIME", requires = "list", allow_hyphen_values = true)]
    pub(crate) from: Option<TimeArg>,

    /// List the windows that start before that time
    ///
    /// Without it a timetable is listed to its end, or, if it has none, for a
    /// year from now on.
    #[arg(long, value_name = "TIME", requires = "list", allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    /// Report every problem of the timetables, with file and line
    ///
    /// Errors end with exit code 65, mere warnings with 0. Nothing is written
    /// to stdout, and stdin is not read.
    #[arg(long)]
    pub(crate) check: bool,

    /// With --check: warn of scopes that match none of these tasks
    ///
    /// The file is what `runs-fetch --list tasks` wrote, and that of plans may
    /// be appended.
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(crate) tasks: Option<PathBuf>,

    #[command(flatten)]
    common: CommonArgs,

    #[command(flatten)]
    generate: GenerateArgs,
}

/// The format of a timetable, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimetableFormat {
    /// A table with a header, as spreadsheets export it.
    Csv,
    /// iCalendar, as calendars export it.
    #[value(alias = "ical")]
    Ics,
    /// JSON Lines, as `--list` writes it.
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

/// How the selected runs are written, as it is typed.
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
}

/// What the selected runs are made into for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// See [`OutputFormat::Csv`].
    Csv {
        /// Whether cells that begin like a formula stay as they are.
        raw: bool,
    },
    /// See [`OutputFormat::Table`].
    Table,
    /// See [`OutputFormat::Timeline`].
    Timeline,
    /// See [`OutputFormat::Svg`].
    Svg,
}

impl OutputFormat {
    /// `None`: lines for the next tool, which are no view.
    pub(crate) fn view(self, csv_raw: bool) -> Option<View> {
        match self {
            Self::Jsonl => None,
            Self::Csv => Some(View::Csv { raw: csv_raw }),
            Self::Table => Some(View::Table),
            Self::Timeline => Some(View::Timeline),
            Self::Svg => Some(View::Svg),
        }
    }
}

/// What bad input does, as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnErrorArg {
    /// End with exit code 65; lines before it are written.
    #[default]
    Stop,
    /// Leave it out, and say so.
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

fn parse_length(text: &str) -> Result<Duration, TimeArgError> {
    parse_duration(text)
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn generate(&self) -> Option<GeneratedPage> {
        self.generate.page
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
