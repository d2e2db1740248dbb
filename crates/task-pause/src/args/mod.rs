//! The command line of `task-pause`: a word a job, each with its own flags.
//!
//! A flag that a job has no use for is not in its struct, and so is refused.
//! `groups` has the flags that belong together or that several jobs share; `resolve` makes
//! [`Settings`](crate::settings::Settings) of what is typed.

pub(crate) mod groups;
mod resolve;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Flags, Parser, Subcommand};
use maintenance_core::cli::{
    Arguments, CommonArgs, ConnectionArgs, GenerateArgs, GeneratedPage, Manual, version,
};
use maintenance_core::time_arg::{TimeArg, parse_duration};

use crate::manual::MANUAL;
use groups::{
    CatchUp, ChangeArgs, DryRunArgs, GiveBackArgs, HistoryFormat, InputArgs, LedgerArgs, PauseArgs,
    RecordFormat, SyncTimetableArgs, ZoneArgs,
};

/// Pause the tasks of selected runs while their window is open, and give them back
///
/// Reads the runs that window-filter selected. Without a word it pauses the
/// tasks and plans whose window is open now, and reports the rest. What
/// somebody else had paused is left alone, now and at resume. Each decision is
/// a receipt on stdout, in JSON Lines.
///
/// Each other job is a word with flags of its own, which stand after it:
/// `task-pause sync --help` lists them.
#[derive(Debug, Parser)]
#[command(name = "task-pause", version = version(), disable_help_subcommand = true)]
#[command(subcommand_value_name = "WORD", subcommand_help_heading = "Words")]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    word: Option<Word>,

    #[command(flatten)]
    once: OnceArgs,

    #[command(flatten)]
    generate: GenerateArgs,
}

#[derive(Debug, Subcommand)]
enum Word {
    Wait(WaitArgs),
    Sync(SyncArgs),
    Resume(ResumeArgs),
    Status(StatusArgs),
    History(HistoryArgs),
    Coverage(CoverageArgs),
    Recover(RecoverArgs),
    Check(CheckArgs),
}

/// The flags of every job that makes passes, beside those on its changes.
#[derive(Debug, Flags)]
struct PassArgs {
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// The flags of the job without a word.
#[derive(Debug, Flags)]
struct OnceArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    pausing: PauseArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    #[command(flatten)]
    pass: PassArgs,
}

/// Stay, and pause each task as its window opens
///
/// Reads selected runs, and ends when their last window has begun and all is
/// paused. With --resume it stays until the last window has ended, and gives
/// everything back. An end that the ledger has already is not moved to an earlier
/// time: only `sync` does that.
#[derive(Debug, Flags)]
struct WaitArgs {
    /// Stay until the last window has ended, and give everything back
    #[arg(long)]
    resume: bool,

    /// With --resume: start each task once that missed a run
    #[arg(long, value_name = "WHAT", value_enum, default_value_t, requires = "resume")]
    catch_up: CatchUp,

    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    pausing: PauseArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    pass: PassArgs,
}

/// Pause tasks in open windows, follow moved windows, resume what is over
///
/// Can be run any number of times, late, or twice at once: the job for cron
/// and timers. The flag --environment says which holds it acts on.
#[derive(Debug, Flags)]
struct SyncArgs {
    /// An environment whose holds it may act on; repeatable
    ///
    /// An ID, or the exact name. It acts on the holds of these environments,
    /// of those that the end record of `runs-fetch --end-record` names, and of
    /// those of the runs on standard input. The ledger's holds of any other
    /// environment stay as they are, also past their end. `TALEND_ENVIRONMENT`
    /// is not read: a timetable of one environment must never be applied to
    /// another because of a variable.
    #[arg(long, value_name = "ID|NAME")]
    environment: Vec<String>,

    #[command(flatten)]
    timetable: SyncTimetableArgs,

    /// Wait for what opens before the next call of `sync`, which comes that often
    ///
    /// This call looks ahead at the tasks whose window opens within that time of
    /// its start, and pauses them as it opens, as the job `wait` does. If nothing
    /// opens, or with --dry-run, it ends at once. What it leaves is the next call's.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    every: Duration,

    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    pausing: PauseArgs,
    #[command(flatten)]
    giving_back: GiveBackArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    #[command(flatten)]
    pass: PassArgs,
}

/// Resume what we paused and whose window is over
///
/// Reads the ledger, not the standard input.
#[derive(Debug, Flags)]
struct ResumeArgs {
    /// Everything that we paused, whatever the end of its window
    #[arg(long, conflicts_with = "window")]
    all: bool,

    /// Everything that the windows of that name hold, whatever their end
    ///
    /// Tasks that another window holds as well are kept. The ledger remembers it: no
    /// later call takes these windows up again unless --reassert is given to
    /// it. A name that nothing is held for is an error that lists the names
    /// held.
    #[arg(long, value_name = "NAME")]
    window: Option<String>,

    #[command(flatten)]
    giving_back: GiveBackArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    #[command(flatten)]
    pass: PassArgs,
}

/// Show what is held, from the ledger, without asking the API
#[derive(Debug, Flags)]
struct StatusArgs {
    /// Exit 1 if a hold is past its end, by more than DURATION
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "0s",
          value_parser = parse_duration)]
    overdue: Option<Duration>,

    /// The form in which the holds are written
    ///
    /// `table` is for people: it fits the terminal, has times in --timezone,
    /// and shows how much time is left, or by how much a hold is overdue.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: RecordFormat,

    /// A ledger to read; repeatable
    ///
    /// One that is named, here or in the environment, and is not there is an
    /// error.
    #[arg(long, value_name = "FILE", env = "TASK_PAUSE_LEDGER", hide_env_values = true,
          value_parser = clap::builder::OsStringValueParser::new())]
    ledger: Vec<OsString>,

    /// Write metrics for Prometheus there
    ///
    /// The same as the jobs that change something write, for a pass that has
    /// nothing to do.
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<PathBuf>,

    /// An environment that the metrics are of; repeatable
    ///
    /// An ID, or a name as the ledger has it. Without it, they are of all
    /// environments of the ledgers. It leaves no hold out of what is shown.
    #[arg(long, value_name = "ID|NAME", requires = "metrics_file")]
    environment: Vec<String>,

    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Show who was paused, when, why, by which account, and for how long
///
/// Reads the journal beside the ledger, in which every call that may change
/// something writes its receipts. No request is sent, and nothing is changed. A pause
/// and its end are one record; so is a task that somebody else had paused, with
/// the account and the time that the API showed, and a task that could not be
/// paused or given back, with the error.
#[derive(Debug, Flags)]
struct HistoryArgs {
    /// Only what was paused, or failed, at this time or later
    ///
    /// 2026-12-01T02:00:00Z, 2026-12-01T02:00 or 2026-12-01 in --timezone,
    /// epoch milliseconds, now or -7d.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<TimeArg>,

    /// Only what was paused, or failed, before this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<TimeArg>,

    /// The form in which the history is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: HistoryFormat,

    /// Another journal to read, such as one that was rotated; repeatable
    ///
    /// The one beside the ledger is read as well.
    #[arg(long, value_name = "FILE")]
    journal: Vec<PathBuf>,

    /// The ledger beside which the journal is
    ///
    /// One that is named, here or in the environment, and is not there is an
    /// error.
    #[arg(long, value_name = "FILE", env = "TASK_PAUSE_LEDGER", hide_env_values = true,
          value_parser = clap::builder::OsStringValueParser::new())]
    ledger: Option<OsString>,

    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// List the tasks of the runs' environments that no run on stdin protects
///
/// Tasks that are started by a webhook or by hand have no planned runs, so no
/// list of runs can select them.
#[derive(Debug, Flags)]
struct CoverageArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Rebuild a lost ledger from the pauses that carry our mark
///
/// Lists what would be taken over; --yes does it. What the same account paused
/// without a mark, and what carries the mark of another pause, is listed as
/// a candidate, and left alone.
#[derive(Debug, Flags)]
struct RecoverArgs {
    /// The environment that is searched, by its ID or its exact name
    #[arg(long, value_name = "ID|NAME")]
    environment: String,

    /// Write what is found to the ledger
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Try everything that a pass needs, and say what is wrong
///
/// The ledger and its lock, the journal, what is held or overdue, the connection,
/// the token and until when it is good, and what the account may see. Nothing is
/// changed. Whether the account may pause shows only when it does: that needs the
/// role `TMC_OPERATOR`, and AUTHOR on the workspace. The results are a table on a
/// terminal, and JSON Lines otherwise; the exit code is that of the first error.
#[derive(Debug, Flags)]
struct CheckArgs {
    /// An environment whose tasks are tried; repeatable
    ///
    /// An ID, or the exact name. Without it, every environment that the account
    /// may see is tried.
    #[arg(long, value_name = "ID|NAME")]
    environment: Vec<String>,

    /// The ledger that is tried
    ///
    /// One that is named, here or in the environment, and is not there is an
    /// error.
    #[arg(long, value_name = "FILE", env = "TASK_PAUSE_LEDGER", hide_env_values = true,
          value_parser = clap::builder::OsStringValueParser::new())]
    ledger: Option<OsString>,

    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.word {
            None => &self.once.pass.common,
            Some(Word::Wait(args)) => &args.pass.common,
            Some(Word::Sync(args)) => &args.pass.common,
            Some(Word::Resume(args)) => &args.pass.common,
            Some(Word::Status(args)) => &args.common,
            Some(Word::History(args)) => &args.common,
            Some(Word::Coverage(args)) => &args.common,
            Some(Word::Recover(args)) => &args.common,
            Some(Word::Check(args)) => &args.common,
        }
    }

    fn generate(&self) -> Option<GeneratedPage> {
        self.generate.page
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
