//! The command line of `window-filter`.

mod formats;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Flags, Parser, Subcommand};
use maintenance_core::cli::{
    Arguments, CommonArgs, GenerateArgs, GeneratedPage, Manual, PickArgs, version,
};
use maintenance_core::time_arg::{TimeArg, parse_duration};
use maintenance_core::timetable::OnError;
use maintenance_core::window_set::Widening;

use crate::manual::MANUAL;
pub(crate) use formats::{ListFormat, OutputFormat, TimetableFormat};

use formats::OnErrorArg;

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
    Suggest(SuggestArgs),
}

/// The flags of the job without a word.
#[derive(Debug, Flags)]
pub(crate) struct FilterArgs {
    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    #[command(flatten)]
    pub(crate) widening: WideningArgs,

    #[command(flatten)]
    pub(crate) runs: RunArgs,

    /// Select the runs that no window concerns, as they are
    #[arg(short = 'v', long)]
    pub(crate) invert_match: bool,

    /// Format of the selected runs
    ///
    /// `table` and `csv` show times in the zone that a window's row or event
    /// names, and in --timezone if it names none. `timeline`, `svg` and `html`
    /// have one axis in --timezone, and also show the other runs of the same tasks, and
    /// windows without a run. All formats but `jsonl` keep all runs in memory.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: OutputFormat,

    /// Title of a timeline, a picture or a page
    ///
    /// Such as the number of the change. Below it stand the environment, the counts
    /// and the time at which it was made.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,

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
/// Errors end with exit code 65, mere warnings with 0. Without an error, notes say
/// how many windows are ahead, and which one is the next. Nothing is written to
/// stdout, and stdin is not read.
#[derive(Debug, Flags)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    /// Warn of scopes that match none of these tasks
    ///
    /// A note also says how many of them the windows ahead concern. The file is what
    /// `runs-fetch tasks` wrote, and that of plans may be appended.
    #[arg(long, value_name = "FILE")]
    pub(crate) tasks: Option<PathBuf>,

    #[command(flatten)]
    common: CommonArgs,
}

/// Write the windows themselves
///
/// JSON Lines and CSV are timetables again, which select the same runs. Stdin is
/// not read.
#[derive(Debug, Flags)]
pub(crate) struct WindowsArgs {
    /// Only the windows that end after that time [default: all]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<TimeArg>,

    /// Only the windows that start before that time
    ///
    /// Without it a timetable is listed to its end, or, if it has none, for a
    /// year from now on, or from a later --from on. A note says so.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    #[command(flatten)]
    pub(crate) timetable: TimetableArgs,

    #[command(flatten)]
    pub(crate) widening: WideningArgs,

    #[command(flatten)]
    pub(crate) list: ListArgs,

    #[command(flatten)]
    pub(crate) on_error: ErrorArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// Write the slots into which the fewest runs fall
///
/// Reads runs as JSON Lines from stdin, as the main job does, and writes slots as
/// windows that a timetable can take, the quietest first. No two of them overlap. A
/// slot begins at a multiple of five minutes.
///
/// A slot is quieter if fewer runs start in it or are still running then; after
/// that, if they run for less time in it, where their durations are known; after
/// that, if the nearest other run is farther away.
#[derive(Debug, Flags)]
pub(crate) struct SuggestArgs {
    /// Length of the maintenance
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) length: Duration,

    /// Beginning of the time to look at [default: that of the list, or its first run]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<TimeArg>,

    /// End of the time to look at [default: that of the list, or its last run]
    ///
    /// Nothing is suggested outside of the time for which runs were listed, which the
    /// end record of `runs-fetch --end-record` says.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    /// Number of slots
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    #[arg(default_value = "3")]
    pub(crate) count: u16,

    /// Only slots inside the windows of that timetable; several count as one
    ///
    /// Its windows are the hours in which maintenance is allowed. Its scopes are not
    /// looked at.
    #[arg(long = "timetable", value_name = "FILE")]
    pub(crate) timetables: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    #[command(flatten)]
    pub(crate) widening: WideningArgs,

    #[command(flatten)]
    pub(crate) runs: RunArgs,

    #[command(flatten)]
    pub(crate) list: ListArgs,

    #[command(flatten)]
    pub(crate) on_error: ErrorArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// The flags of the jobs that write windows.
#[derive(Debug, Flags)]
pub(crate) struct ListArgs {
    /// Format of the windows
    ///
    /// `table` and `csv` show times in the zone that a window's row or event names,
    /// and in --timezone if it names none.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: ListFormat,

    /// With --format csv: do not escape cells that begin like a formula
    ///
    /// Without it such a cell gets a ' in front, which is taken off where the
    /// table is read as a timetable.
    #[arg(long)]
    pub(crate) csv_raw: bool,
}

/// The flags on the members of a run.
#[derive(Debug, Flags)]
pub(crate) struct RunArgs {
    /// Duration of a run whose record has no `durationMs`
    ///
    /// A run that begins before a window and would still be running in it counts as
    /// in it. In the main job the window of such a run has `"overlap":"running"`.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(crate) assume_duration: Duration,

    /// The member with the start of a run
    #[arg(long, value_name = "NAME", default_value = "date")]
    pub(crate) date_field: String,
}

/// The timetables of every job, and the zones in which they are read.
#[derive(Debug, Flags)]
pub(crate) struct TimetableArgs {
    /// A timetable: .csv, .ics or .jsonl; several count as one
    #[arg(long = "timetable", value_name = "FILE", required = true)]
    pub(crate) timetables: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// The flags on reading timetables.
#[derive(Debug, Flags)]
pub(crate) struct ReadingArgs {
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

    #[command(flatten)]
    pub(crate) pick: PickArgs,
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
            Some(Word::Suggest(args)) => &args.common,
        }
    }

    fn generate(&self) -> Option<GeneratedPage> {
        self.generate.page
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
