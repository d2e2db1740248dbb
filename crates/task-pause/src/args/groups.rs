//! The flags that belong together or that several jobs share, by what they are for. The
//! settings of a call have them as they are: the default of a group changes nothing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use maintenance_core::cli::PickArgs;
use maintenance_core::time_arg::{TimeArg, parse_duration};

use crate::reason::{self, Reason};

/// The flags of the jobs that read selected runs.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InputArgs {
    /// Act only on a list that ends with an end record, and so is whole
    #[arg(long)]
    pub(crate) require_end: bool,
}

/// The timetables of `sync`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SyncTimetableArgs {
    /// The timetable that says when holds start and end; repeatable
    ///
    /// With it a hold follows its window also when paused runs are no longer
    /// listed. It is read as window-filter reads it: give the same --timezone,
    /// --category, --name, --before and --after to both.
    #[arg(id = "timetable", long = "timetable", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) pick: PickArgs,

    /// With --timetable: begin every window that much earlier
    ///
    /// Give the value that window-filter has as --before: the two must agree on when a
    /// window is.
    #[arg(long, value_name = "DURATION", requires = "timetable",
          default_value = "0s", value_parser = parse_duration)]
    pub(crate) before: Duration,

    /// With --timetable: end every window that much later
    ///
    /// Give the value that window-filter has as --after.
    #[arg(long, value_name = "DURATION", requires = "timetable",
          default_value = "0s", value_parser = parse_duration)]
    pub(crate) after: Duration,

    /// With --timetable: believe a timetable that ends the holds early
    ///
    /// Without this flag, `sync` ends with 65 while something is held, if the
    /// timetable has no window at all, has none of the names that hold, or has an
    /// open window whose scope matches none of the tasks that it holds. A broken
    /// download, a wrong file or a misspelt scope looks the same. With it, those
    /// holds are given back.
    #[arg(long, requires = "timetable")]
    pub(crate) allow_empty: bool,
}

/// The flags of the jobs that pause.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PauseArgs {
    /// Pause that long before a hold begins
    ///
    /// A head start for the pausing itself, which takes its time where there
    /// are many tasks. It selects no more runs, and leaves the hold's start and
    /// end as they are: what widens windows is --before and --after of
    /// `window-filter`.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub(crate) lead: Duration,

    /// Text to leave with each pause, for people
    ///
    /// {name}, {start} and {end} stand for those of the hold.
    #[arg(long, value_name = "TEXT", default_value = reason::DEFAULT)]
    pub(crate) reason: Reason,

    /// The most tasks and plans that the ledger may hold at once: if it would be
    /// more, none is paused
    ///
    /// The holds that are in the ledger already count too, whatever their
    /// environment. A task that is given back makes room. The job `wait` counts at
    /// its start the most that it will ever hold at once. A task that is added
    /// later and would exceed the limit is not paused: its receipt says failed.
    #[arg(long, value_name = "N")]
    pub(crate) max_tasks: Option<usize>,

    /// After pausing, wait until runs in flight have ended
    ///
    /// Up to DURATION (15m if not given). Runs are never killed; those that
    /// did not end are in the receipts. A run whose status is unknown counts as
    /// in flight. The API's lists may leave out services and routes that run for
    /// long, so these are not waited for.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "15m",
          value_parser = parse_duration)]
    pub(crate) drain: Option<Duration>,

    /// Pause the plans, too, that contain a task to be paused
    ///
    /// A plan whose task is paused can fail; without this, its plans are named
    /// in the task's receipt. A plan is held as long as its tasks are, also by
    /// a timetable that knows only these.
    #[arg(long)]
    pub(crate) with_plans: bool,

    /// Pause again what somebody resumed during its hold
    #[arg(long)]
    pub(crate) reassert: bool,
}

/// The flag of the jobs that give back.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct GiveBackArgs {
    /// After a resume, start each task once that missed a run
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(crate) catch_up: CatchUp,
}

/// The flags of every job that changes something at the API.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ChangeArgs {
    /// Warn when a planned run starts that near to a pause or a resume
    ///
    /// The vendor warns that a change within three minutes of a planned start
    /// can start a run twice. Where something is about to be changed, the API
    /// is asked for the runs of that time, since those just before a window or
    /// after it are not on standard input. 0s asks nothing.
    #[arg(long, value_name = "DURATION", default_value = "3m", value_parser = parse_duration)]
    pub(crate) guard: Duration,

    /// Do not read back what was changed, nor look at what is held already
    ///
    /// A pause that the API accepted and that is not there later may have been
    /// lost, or somebody may have resumed the task. With this flag nobody can
    /// show it, so only --reassert pauses again.
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// Time that a change may take to show at the API
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub(crate) verify_timeout: Duration,

    /// Give back also where the clock is behind the ledger: the clock is right
    ///
    /// Without this flag nothing is given back (exit code 1) if this computer's
    /// clock is more than five minutes behind the last line of the ledger: a
    /// window that is open may seem not to have begun. Pausing goes on. Use it if
    /// the clock was ahead when that line was written. The ledger remembers it.
    #[arg(long)]
    pub(crate) accept_clock: bool,

    /// The form in which receipts are written
    ///
    /// `table` is for people: one line for each receipt, grouped by window, and
    /// the number of each action at the end; times in --timezone.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: RecordFormat,

    /// Write metrics for Prometheus there when done
    ///
    /// The file is replaced as a whole and readable by all, whatever the umask. Its
    /// metrics have the environment as a label, so that files of several
    /// environments can be in one directory. Where --environment names some, they
    /// are of these alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

/// The flags of a dry run. The job `wait` has none: it decides when the time
/// has come.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DryRunArgs {
    /// Show what would be done; change nothing, at the API or in the ledger
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// With --dry-run: as if it were that time
    #[arg(long, value_name = "TIME", requires = "dry_run", allow_hyphen_values = true)]
    pub(crate) at: Option<TimeArg>,
}

/// The zone of the jobs that read or show times for people.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ZoneArgs {
    /// The zone of times that name none, and of times shown to people, such as
    /// Europe/Paris [default: UTC]
    ///
    /// Times in records are UTC all the same.
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
}

/// The ledger of every job that writes to it or decides by it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LedgerArgs {
    /// The ledger of what is paused
    ///
    /// If none is named: task-pause/ledger.jsonl in `XDG_STATE_HOME`, or in
    /// ~/.local/state. A ledger that is named, here or in the environment, must
    /// exist for the job `resume`; the other jobs begin it. The journal beside it
    /// (ledger.journal.jsonl for ledger.jsonl) keeps every receipt of the calls
    /// that may change something.
    #[arg(long, value_name = "FILE", env = "TASK_PAUSE_LEDGER", hide_env_values = true,
          value_parser = clap::builder::OsStringValueParser::new())]
    pub(crate) ledger: Option<OsString>,

    /// Wait that long for another task-pause to release the ledger [default: 60s
    /// for sync, else 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) lock_timeout: Option<Duration>,
}

/// The choice about runs that a hold suppressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CatchUp {
    /// List them in the receipts.
    #[default]
    None,
    /// Start each task once that missed any.
    Once,
}

/// The form in which active holds or receipts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// JSON Lines, for scripts.
    #[default]
    Jsonl,
    /// A table that fits the terminal.
    Table,
}

/// The form in which the history is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryFormat {
    /// JSON Lines, for scripts.
    #[default]
    Jsonl,
    /// A table that fits the terminal, with times in --timezone.
    Table,
    /// CSV, for a spreadsheet.
    Csv,
}
