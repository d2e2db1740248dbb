//! The settings of one call: what its flags mean, resolved once.
//!
//! A setting that a job does not use has its neutral value.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use maintenance_core::cli::{ConnectionArgs, PickArgs};
use maintenance_core::client::Concurrency;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::window_set::Widening;

use crate::decide::candidates::ResumeSelection;
use crate::reason::Reason;
use crate::types::{Moment, Policy, RecordFormat};

/// The job of one call.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// Pause tasks whose window is open now.
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
    /// Show the open holds, without a request.
    Status {
        /// The time past its end after which a hold makes the exit code 1.
        overdue: Option<Duration>,
        format: RecordFormat,
        /// The ledgers that were named.
        ledgers: Vec<OsString>,
    },
    /// Tell who was paused, from the journal, without a request.
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
    /// Rebuild a ledger from the pauses that carry our marker.
    Recover {
        /// ID or name of the environment that is searched.
        environment: String,
        /// Whether the found pauses are written to the ledger.
        yes: bool,
    },
    /// Try everything that a pass needs.
    Check,
}

/// The form in which the history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HistoryFormat {
    /// JSON Lines, for scripts.
    Jsonl,
    /// A table that fits the terminal.
    Table,
    /// CSV, for a spreadsheet.
    Csv,
}

/// The settings of one call.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags are on or off")]
pub(crate) struct Settings {
    pub(crate) job: Job,
    /// Whether the list must end with an end record.
    pub(crate) require_end: bool,

    /// The environments whose holds `sync` may act on, or that `check` tries, as they
    /// were named.
    pub(crate) environment: Vec<String>,
    /// The timetables that say when holds start and end.
    pub(crate) timetable: Vec<PathBuf>,
    /// The flags that pick windows from the timetables.
    pub(crate) pick: PickArgs,
    /// The time by which every window of the timetables begins earlier.
    pub(crate) before: Duration,
    /// The time by which every window of the timetables ends later.
    pub(crate) after: Duration,
    /// Whether a timetable is believed that has no window any more for what is held.
    pub(crate) allow_empty: bool,
    /// The time from the start of this call of `sync` to that of the next one.
    pub(crate) every: Duration,

    /// The time before its hold at which a task is paused.
    pub(crate) lead: Duration,
    /// The text that is left with each pause.
    pub(crate) reason: Reason,
    /// The most tasks and plans that the ledger may hold at once.
    pub(crate) max_tasks: Option<usize>,
    /// The time that runs in flight are waited for after pausing.
    pub(crate) drain: Option<Duration>,
    /// Whether the plans of a task to be paused are paused, too.
    pub(crate) with_plans: bool,
    /// Whether a task that somebody resumed during its hold is paused again.
    pub(crate) reassert: bool,

    /// Whether each task that missed a run is started once.
    pub(crate) catch_up: bool,

    /// The time after a change in which a planned run causes a warning.
    pub(crate) guard: Duration,
    /// Whether changes are not read back.
    pub(crate) no_verify: bool,
    /// The time that a change may take to show at the API.
    pub(crate) verify_timeout: Duration,
    /// Whether a clock that is behind the ledger is right.
    pub(crate) accept_clock: bool,
    /// The form in which receipts are written.
    pub(crate) format: RecordFormat,
    /// Where figures are written.
    pub(crate) metrics_file: Option<PathBuf>,

    /// Whether nothing is changed.
    pub(crate) dry_run: bool,
    /// The time that a dry run takes for now.
    pub(crate) at: Option<TimeArg>,
    /// The zone of times that name none, and of times shown to people.
    pub(crate) timezone: Option<String>,

    /// The ledger that was named.
    pub(crate) ledger: Option<OsString>,
    /// The time that another call is waited for to leave the ledger.
    pub(crate) lock_timeout: Duration,
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

    /// Whether the job is `resume`.
    pub(crate) const fn is_resume(&self) -> bool {
        matches!(self, Self::Resume(_))
    }

    /// Whether the job is `coverage`.
    pub(crate) const fn is_coverage(&self) -> bool {
        matches!(self, Self::Coverage)
    }

    /// Whether the job gives back holds that are over.
    pub(crate) const fn gives_back(&self) -> bool {
        matches!(self, Self::Sync | Self::Resume(_) | Self::Wait { resume: true })
    }

    /// Whether the job reads selected runs from standard input.
    pub(crate) const fn reads_input(&self) -> bool {
        matches!(self, Self::Once | Self::Wait { .. } | Self::Sync | Self::Coverage)
    }

    /// The window of `resume --window`.
    pub(crate) fn window(&self) -> Option<&str> {
        match self {
            Self::Resume(ResumeSelection::Window(name)) => Some(name),
            _ => None,
        }
    }
}

impl Settings {
    /// The moment of a pass at that time.
    pub(crate) fn moment(&self, now: UtcTime) -> Moment {
        Moment { now, policy: self.policy() }
    }

    /// The settings that decisions depend on.
    pub(crate) fn policy(&self) -> Policy {
        Policy { lead: self.lead, reassert: self.reassert, verify: !self.no_verify }
    }

    /// Whether the call stays until windows open.
    pub(crate) fn meets_edges(&self) -> bool {
        self.job.is_wait() || !self.every.is_zero()
    }

    /// The lengths by which every window of the timetable is widened.
    pub(crate) fn widening(&self) -> Widening {
        Widening { before: self.before, after: self.after }
    }

    /// The bound of the requests at the same time.
    pub(crate) fn concurrency(&self) -> Concurrency {
        self.connection.concurrency()
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
        self.dry_run || is_reading
    }

    /// Whether the call changes something, at the API or in the ledger alone.
    pub(crate) const fn changes_something(&self) -> bool {
        !self.only_reads() || matches!(self.job, Job::Recover { yes: true, .. })
    }
}
