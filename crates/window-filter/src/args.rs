//! The command line of `window-filter`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use maintenance_core::cli::{Arguments, CommonArgs, GenerateArgs, GeneratedPage, Manual, version};
use maintenance_core::time_arg::{TimeArg, parse_duration};
use maintenance_core::timetable::{Format, OnError};
use maintenance_core::window_set::Widening;

use crate::manual::MANUAL;

/// Select the runs that fall into maintenance windows
///
/// Reads runs as JSON Lines from stdin, compares each with timetables, and
/// writes those that a window concerns, byte for byte, with the window added.
///
/// Other jobs are words, each with its own flags behind it: see
/// `window-filter windows --help`.
#[derive(Debug, Parser)]
#[command(name = "window-filter", version = version(), disable_help_subcommand = true)]
#[command(subcommand_value_name = "WORD", subcommand_help_heading = "Words")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) word: Option<Word>,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    generate: GenerateArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Word {
    Check(CheckArgs),
    Windows(WindowsArgs),
}

/// The flags of the job without a word.
#[derive(Debug, Flags)]
pub(crate) struct FilterArgs {
    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    #[command(flatten)]
    pub(crate) widening: WideningArgs,

    /// Duration of a run whose record has no `durationMs`
    ///
    /// A run that begins before a window and would still be running in it is
    /// selected too, and its window has `"overlap":"running"`.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(crate) assume_duration: Duration,

    /// The member with the start of a run
    #[arg(long, value_name = "NAME", default_value = "date")]
    pub(crate) date_field: String,

    /// Select the runs that no window concerns, as they are
    #[arg(short = 'v', long)]
    pub(crate) invert_match: bool,

    /// Format of the selected runs
    ///
    /// `table` and `csv` show times in the zone that a window's row or event
    /// names, and in --timezone if it names none. `timeline` and `svg` have one
    /// axis in --timezone, and also show the other runs of the same tasks. All
    /// formats but `jsonl` keep all runs in memory.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: OutputFormat,

    /// With --format csv: do not escape cells that begin like a formula
    ///
    /// A spreadsheet computes a cell that begins with =, +, - or @, and names
    /// come from strangers. So such a cell gets a ' in front. Give this flag if
    /// a program reads the table.
    #[arg(long)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) on_error: ErrorArgs,

    /// End with exit code 1 if no run was selected
    ///
    /// A note on stderr says so, unless --quiet is given.
    #[arg(short, long)]
    pub(crate) exit_status: bool,

    /// Number of threads on large inputs [default: one for each core, at most 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) threads: Option<u16>,

    #[command(flatten)]
    common: CommonArgs,
}

/// Report every problem of the timetables, with file and line
///
/// Errors end with exit code 65, mere warnings with 0. Nothing is written to
/// stdout, and stdin is not read.
#[derive(Debug, Flags)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    /// Warn of scopes that match none of these tasks
    ///
    /// The file is what `runs-fetch tasks` wrote, and that of plans may
    /// be appended.
    #[arg(long, value_name = "FILE")]
    pub(crate) tasks: Option<PathBuf>,

    #[command(flatten)]
    common: CommonArgs,
}

/// Write the windows themselves, as JSON Lines
///
/// The output is a timetable again, and selects the same runs. Stdin is not read.
#[derive(Debug, Flags)]
pub(crate) struct WindowsArgs {
    /// Only the windows that end after that time [default: all]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<TimeArg>,

    /// Only the windows that start before that time
    ///
    /// Without it a timetable is listed to its end, or, if it has none, for a
    /// year from now on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    #[command(flatten)]
    pub(crate) widening: WideningArgs,

    #[command(flatten)]
    pub(crate) on_error: ErrorArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// The timetables of every job, and the zones in which they are read.
#[derive(Debug, Flags)]
pub(crate) struct TimetableArgs {
    /// A timetable: .csv, .ics or .jsonl; several count as one
    #[arg(long = "timetable", value_name = "FILE", required = true)]
    pub(crate) timetables: Vec<PathBuf>,

    /// The timetables' format, if their names do not end with it
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) timetable_format: Option<TimetableFormat>,

    /// The zone of times without one, such as Europe/Paris [default: UTC]
    ///
    /// It is never the machine's own zone: the same timetable means the same
    /// windows everywhere.
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// The database of time zones: bundled, system, or a directory
    ///
    /// The bundled database is part of the program, and the same on every
    /// machine. A directory has the form of /usr/share/zoneinfo.
    #[arg(long, value_name = "WHERE", default_value = "bundled")]
    pub(crate) tzdb: PathBuf,
}

/// The flags that make windows longer.
#[derive(Debug, Flags)]
pub(crate) struct WideningArgs {
    /// Begin every window that much earlier
    ///
    /// A run can start up to 15 minutes late. A run that is planned before a
    /// window can so begin inside of it: `--before 15m` selects it.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(crate) before: Duration,

    /// End every window that much later
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(crate) after: Duration,
}

/// The flag of the jobs that can leave bad input out.
#[derive(Debug, Flags)]
pub(crate) struct ErrorArgs {
    /// Response to a line, a row or an event that cannot be read
    #[arg(long, value_name = "ACTION", value_enum, default_value_t)]
    on_error: OnErrorArg,
}

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
}

/// A format for people.
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
    /// The view of this format. JSON Lines have none.
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

impl ErrorArgs {
    /// The response to bad timetables and bad lines.
    pub(crate) fn choice(&self) -> OnError {
        self.on_error.into()
    }
}

impl WideningArgs {
    /// Both durations.
    pub(crate) fn widening(&self) -> Widening {
        Widening { before: self.before, after: self.after }
    }
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.word {
            None => &self.filter.common,
            Some(Word::Check(args)) => &args.common,
            Some(Word::Windows(args)) => &args.common,
        }
    }

    fn generate(&self) -> Option<GeneratedPage> {
        self.generate.page
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
