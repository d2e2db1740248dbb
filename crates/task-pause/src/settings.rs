//! The settings of one call: its job, and the flags of that, in their groups.
//!
//! A setting that a job does not use has its neutral value, which is its default.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use maintenance_core::cli::ConnectionArgs;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::window_set::Widening;

use crate::args::groups::{
    ChangeArgs, DryRunArgs, GiveBackArgs, HistoryFormat, InputArgs, LedgerArgs, PauseArgs,
    RecordFormat, SyncTimetableArgs, ZoneArgs,
};
use crate::decide::candidates::ResumeSelection;
use crate::timing::SYNC_LOCK_TIMEOUT;
use crate::types::{Moment, Policy};

/// The job of one call.
#[derive(Debug, Default)]
pub(crate) enum Job {
    /// Pause tasks whose window is open now.
    #[default]
    Once,
    /// Pause each task as its window opens.
    Wait {
        /// Whether everything is given back at the end of its window.
        resume: bool,
    },
    /// Pause open windows, follow moved windows, give back holds that are over.
    Sync,
    /// Give back these holds.
    Resume(ResumeSelection),
    /// Show the active holds, without a request.
    Status {
        /// The time past its end after which a hold makes the exit code 1.
        overdue: Option<Duration>,
        format: RecordFormat,
        /// The ledgers that were named.
        ledgers: Vec<OsString>,
    },
    /// Show who was paused, from the journal, without a request.
    History {
        /// The beginning of the time of interest.
        from: Option<TimeArg>,
        /// The end of the time of interest.
        to: Option<TimeArg>,
        format: HistoryFormat,
        /// The journals that were named.
        journals: Vec<PathBuf>,
    },
    /// List the tasks that no run on standard input protects.
    Coverage,
    /// Rebuild a ledger from the pauses that carry our mark.
    Recover {
        /// ID or name of the environment that is searched.
        environment: String,
        /// Whether the found pauses are written to the ledger.
        yes: bool,
    },
    /// Try everything that a pass needs.
    Check,
}

/// The settings of one call.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) job: Job,
    /// The environments whose holds `sync` may act on, or that `check` tries, as they
    /// were named.
    pub(crate) environment: Vec<String>,
    /// The timetables that say when holds start and end.
    pub(crate) timetable: SyncTimetableArgs,
    /// The time from the start of this call of `sync` to that of the next one.
    pub(crate) every: Duration,
    pub(crate) input: InputArgs,
    pub(crate) pausing: PauseArgs,
    pub(crate) giving_back: GiveBackArgs,
    pub(crate) change: ChangeArgs,
    pub(crate) dry_run: DryRunArgs,
    pub(crate) zone: ZoneArgs,
    pub(crate) ledger: LedgerArgs,
    /// The connection to the API, of every job but `status`, which has none.
    pub(crate) connection: ConnectionArgs,
}

impl Job {
    /// Whether the job is `sync`.
    pub(crate) const fn is_sync(&self) -> bool {
        matches!(self, Self::Sync)
    }

    /// Whether the job is `wait`.
    pub(crate) const fn is_wait(&self) -> bool {
        matches!(self, Self::Wait { .. })
    }

    /// Whether the job gives back holds that are over.
    pub(crate) const fn gives_back(&self) -> bool {
        matches!(self, Self::Sync | Self::Resume(_) | Self::Wait { resume: true })
    }

    /// Whether the job reads selected runs from standard input.
    pub(crate) const fn reads_input(&self) -> bool {
        matches!(self, Self::Once | Self::Wait { .. } | Self::Sync | Self::Coverage)
    }
}

impl Settings {
    /// The moment of a pass at that time.
    pub(crate) fn moment(&self, now: UtcTime) -> Moment {
        Moment { now, policy: self.policy() }
    }

    /// The settings that decisions depend on.
    pub(crate) fn policy(&self) -> Policy {
        let PauseArgs { lead, reassert, .. } = self.pausing;
        Policy { lead, reassert, verify: !self.change.no_verify }
    }

    /// Whether the call stays until windows open.
    pub(crate) fn meets_edges(&self) -> bool {
        self.job.is_wait() || !self.every.is_zero()
    }

    /// The lengths by which every window of the timetable is widened.
    pub(crate) fn widening(&self) -> Widening {
        Widening { before: self.timetable.before, after: self.timetable.after }
    }

    /// The longest wait for another call to release the ledger.
    pub(crate) fn lock_timeout(&self) -> Duration {
        let default = if self.job.is_sync() { SYNC_LOCK_TIMEOUT } else { Duration::ZERO };
        self.ledger.lock_timeout.unwrap_or(default)
    }

    /// Whether the call changes nothing at the API, so that a signal may end it at once.
    pub(crate) const fn only_reads(&self) -> bool {
        let is_reading = matches!(
            self.job,
            Job::Status { .. }
                | Job::History { .. }
                | Job::Coverage
                | Job::Recover { .. }
                | Job::Check
        );
        self.dry_run.dry_run || is_reading
    }

    /// Whether the call changes something, at the API or in the ledger alone.
    pub(crate) const fn changes_something(&self) -> bool {
        !self.only_reads() || matches!(self.job, Job::Recover { yes: true, .. })
    }
}
