//! What is typed: the flags of `task-pause`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, ValueEnum};
use maintenance_core::cli::{Arguments, CommonArgs, ConnectionArgs, Manual};
use maintenance_core::time_arg::{TimeArg, parse_duration};

use crate::manual::MANUAL;
use crate::reason::{self, Reason};

/// Pause the tasks of selected runs while their window is open, and give them back
///
/// Reads the runs that window-filter selected. Without a mode it pauses the
/// tasks and plans whose window is open now, and reports the rest. What
/// somebody else had paused is left alone, now and at resume. Each decision is
/// a receipt on stdout, in JSON Lines.
#[derive(Debug, Parser)]
#[command(name = "task-pause", version)]
#[command(group = ArgGroup::new("of environments").args(["sync", "recover"]))]
#[expect(clippy::struct_excessive_bools, reason = "flags are on or off")]
pub(crate) struct Args {
    /// Stay, and pause each task as its window opens
    ///
    /// With --resume, stay until the last window has ended, and give
    /// everything back.
    #[arg(long, help_heading = "Modes", conflicts_with_all = ["sync", "status", "coverage", "recover", "all", "window", "dry_run"])]
    pub(crate) wait: bool,

    /// Resume what we paused and whose window is over
    ///
    /// Reads the ledger, not the standard input.
    #[arg(long, help_heading = "Modes", conflicts_with_all = ["sync", "status", "coverage", "recover"])]
    pub(crate) resume: bool,

    /// With --resume: everything that we paused, whatever the end of its window
    #[arg(long, help_heading = "Modes", requires = "resume",
          conflicts_with_all = ["window", "sync"])]
    pub(crate) all: bool,

    /// With --resume: what the windows of that name hold, whatever their end
    ///
    /// What another window holds as well is kept. The ledger remembers it: no
    /// later call takes these windows up again unless --reassert is given. A
    /// name that nothing is held for is an error that lists the names held.
    #[arg(
        long,
        help_heading = "Modes",
        value_name = "NAME",
        requires = "resume",
        conflicts_with = "sync"
    )]
    pub(crate) window: Option<String>,

    /// Pause what is open, follow windows that moved, resume what is over
    ///
    /// Can be run any number of times, late, or twice at once: the mode for
    /// cron and timers. The flag --environment says which holds it acts on.
    #[arg(long, help_heading = "Modes", conflicts_with_all = ["status", "coverage", "recover"])]
    pub(crate) sync: bool,

    /// With --sync: the timetable that says when holds start and end
    ///
    /// With it a hold follows its window also when paused runs are no longer
    /// listed. It is read as window-filter reads it: give the same --timezone,
    /// --before and --after to both.
    #[arg(
        long,
        help_heading = "Modes",
        value_name = "FILE",
        requires = "sync",
        conflicts_with = "resume"
    )]
    pub(crate) timetable: Vec<PathBuf>,

    /// The zone of a timetable's times without one, of --at, and of times
    /// shown to people, such as Europe/Paris [default: UTC]
    ///
    /// Times in records are UTC all the same.
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// With --timetable: begin every window that much earlier
    ///
    /// What window-filter is given as --before: the two must agree on when a
    /// window is.
    #[arg(long, help_heading = "Modes", value_name = "DURATION", requires = "timetable",
          default_value = "0s", value_parser = parse_duration)]
    pub(crate) before: Duration,

    /// With --timetable: end every window that much later
    ///
    /// What window-filter is given as --after.
    #[arg(long, help_heading = "Modes", value_name = "DURATION", requires = "timetable",
          default_value = "0s", value_parser = parse_duration)]
    pub(crate) after: Duration,

    /// With --timetable: a timetable without any window is meant
    ///
    /// What it held is given back. Without this flag such a timetable is an
    /// error while something is held: a download that broke off looks the same.
    #[arg(long, help_heading = "Modes", requires = "timetable")]
    pub(crate) allow_empty: bool,

    /// Show what is held, from the ledger, without asking the API
    #[arg(long, help_heading = "Modes", conflicts_with_all = ["coverage", "recover"])]
    pub(crate) status: bool,

    /// With --status: exit 1 if a hold is past its end, by more than DURATION
    #[arg(long, help_heading = "Modes", value_name = "DURATION", requires = "status",
          num_args = 0..=1, default_missing_value = "0s", value_parser = parse_duration)]
    pub(crate) overdue: Option<Duration>,

    /// With --status: how the holds are written
    ///
    /// `table` is for people: it fits the terminal, has times in --timezone,
    /// and tells how much time is left, or by how much a hold is overdue.
    #[arg(
        long,
        help_heading = "Modes",
        value_name = "FORMAT",
        requires = "status",
        value_enum,
        default_value_t
    )]
    pub(crate) format: StatusFormat,

    /// List the tasks of the runs' environments that no run on stdin protects
    ///
    /// Tasks that are started by a webhook or by hand have no planned runs, so
    /// no list of runs can select them.
    #[arg(long, help_heading = "Modes", conflicts_with = "recover")]
    pub(crate) coverage: bool,

    /// Rebuild a lost ledger from the pauses that carry our marker
    ///
    /// Lists what would be taken over; --yes does it. What the same account
    /// paused without a marker, and what carries the marker of another pause,
    /// is listed as a candidate, and left alone.
    #[arg(long, help_heading = "Modes", requires = "environment")]
    pub(crate) recover: bool,

    /// With --sync: an environment whose holds it may act on; with --recover:
    /// the one that is searched
    ///
    /// An ID, or a name as it is; for --sync repeatable. --sync acts on the
    /// holds of these environments, of those that the end record of `runs-fetch
    /// --end-record` names, and of those of the runs on standard input. The
    /// ledger's holds of any other environment stay as they are, also past their
    /// end. `TALEND_ENVIRONMENT` is not read: a timetable of one environment must
    /// never be applied to another because of a variable.
    #[arg(long, help_heading = "Modes", value_name = "ID|NAME", requires = "of environments")]
    pub(crate) environment: Vec<String>,

    /// With --recover: write it to the ledger
    #[arg(long, help_heading = "Modes", requires = "recover")]
    pub(crate) yes: bool,

    /// Show what would be done; change nothing, at the API or in the ledger
    #[arg(short = 'n', long, conflicts_with_all = ["status", "coverage", "recover"])]
    pub(crate) dry_run: bool,

    /// With --dry-run: as if it were that time
    #[arg(long, value_name = "TIME", requires = "dry_run", allow_hyphen_values = true)]
    pub(crate) at: Option<TimeArg>,

    /// Pause that long before a hold begins
    ///
    /// A head start for the pausing itself, which takes its time where there
    /// are many tasks. It selects no more runs, and leaves the hold's start and
    /// end as they are: what widens windows is --before and --after.
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
    /// Holds that the ledger has already count, of every environment, and a task
    /// that is given back makes room. With --wait, all that will ever be held at
    /// once is counted at the start. A task that joins later is not paused beyond
    /// the limit, and told as failed.
    #[arg(long, value_name = "N")]
    pub(crate) max_tasks: Option<usize>,

    /// Act only on a list that ends with an end record, and so is whole
    #[arg(long)]
    pub(crate) require_end: bool,

    /// After pausing, wait until runs in flight have ended
    ///
    /// Up to DURATION (15m if not given). Runs are never killed; those that
    /// did not end are in the receipts. A run whose status is unknown counts as
    /// in flight. The API's lists may lose services and routes that run for
    /// long: that none is in flight proves nothing of those.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "15m",
          value_parser = parse_duration)]
    pub(crate) drain: Option<Duration>,

    /// Pause the plans, too, that contain a task to be paused
    ///
    /// A plan whose task is paused can fail; without this, its plans are named
    /// in the task's receipt. A plan is held as long as its tasks are, also by
    /// a --timetable that knows only these.
    #[arg(long)]
    pub(crate) with_plans: bool,

    /// Warn when a planned run starts that near to a pause or a resume
    ///
    /// The vendor warns that a change within three minutes of a planned start
    /// can start a run twice. Where something is about to be changed, the API
    /// is asked for the runs of that time, since those just before a window or
    /// after it are not on standard input. 0s asks nothing.
    #[arg(long, value_name = "DURATION", default_value = "3m", value_parser = parse_duration)]
    pub(crate) guard: Duration,

    /// Pause again what somebody resumed during its hold
    #[arg(long)]
    pub(crate) reassert: bool,

    /// After a resume, start each task once that missed a run
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(crate) catch_up: CatchUp,

    /// Do not read back what was changed, nor look at what is held already.
    ///
    /// Only --reassert then makes an accepted pause again that is found gone
    /// later: it may have been lost, or somebody may have resumed it.
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// How long a change may take to show at the API
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub(crate) verify_timeout: Duration,

    /// The ledger of what is paused; with --status, several
    ///
    /// One that is named, here or in the environment, and is not there is an
    /// error for --status and --resume, and is begun by the other modes. The
    /// journal beside it (ledger.journal.jsonl for ledger.jsonl) keeps every
    /// receipt of the calls that may change something.
    #[arg(long, value_name = "FILE", env = "TASK_PAUSE_LEDGER", hide_env_values = true,
          value_parser = clap::builder::OsStringValueParser::new())]
    pub(crate) ledger: Vec<OsString>,

    /// Wait that long for another task-pause to leave the ledger [default: 60s
    /// with --sync, else 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    lock_timeout: Option<Duration>,

    /// Give back also where the clock is behind the ledger: the clock is right
    ///
    /// By a clock that is more than five minutes behind the ledger's last line
    /// nothing is given back (exit code 1), since by that clock a window that
    /// is on may not have begun. Pausing goes on. This flag is for where the
    /// clock was ahead when that line was written: the ledger remembers it.
    #[arg(long, conflicts_with_all = ["status", "coverage", "recover"])]
    pub(crate) accept_clock: bool,

    /// Write figures for Prometheus there when done
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// How open holds are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// JSON Lines, for scripts.
    #[default]
    Jsonl,
    /// A table that fits the terminal.
    Table,
}

/// What to do about runs that a hold suppressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CatchUp {
    /// List them in the receipts.
    #[default]
    None,
    /// Start each task once that missed any.
    Once,
}

/// How long two passes that a timer starts in the same minute wait for each
/// other.
const SYNC_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

impl Args {
    /// How long to wait for another call to leave the ledger.
    pub(crate) fn lock_timeout(&self) -> Duration {
        let default = if self.sync { SYNC_LOCK_TIMEOUT } else { Duration::ZERO };
        self.lock_timeout.unwrap_or(default)
    }
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
