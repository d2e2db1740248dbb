//! The lines of the ledger.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::change::{ChangeAnswer, PauseState, Target};
use crate::hold::HoldWindow;
use crate::run::Labels;
use crate::time::UtcTime;

/// The version that is written. Every version up to it is read.
pub const VERSION: u32 = 3;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of the format.
    pub v: u32,
    /// Ascending number, never used again, also after a compaction.
    pub seq: u64,
    /// When the line was written, UTC.
    pub at: UtcTime,
    /// The event.
    pub event: LedgerEvent,
}

/// An event. All kinds but the first and the last are about one hold, which they
/// name by its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LedgerEvent {
    /// The first line: which ledger this is.
    Ledger {
        /// ID of the ledger, the first part of its holds' IDs.
        id: String,
        /// Base URL of the API that all entries belong to.
        api: String,
        /// After a compaction: the least number that was not used yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<u64>,
    },
    /// About to pause a task or plan for a new hold.
    Pausing {
        /// ID of the hold.
        hold: String,
        /// The task or plan.
        target: Target,
        /// The names of the task or plan.
        labels: Arc<Labels>,
        /// The windows of the hold.
        windows: Vec<HoldWindow>,
        /// The planned runs that it suppresses.
        runs: Vec<UtcTime>,
        /// The pause state that the API showed just before.
        prior: PauseState,
        /// The context that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<Arc<str>>,
    },
    /// About to pause the task or plan once more for the same hold.
    Again {
        /// ID of the hold.
        hold: String,
        /// When the API showed just before that the target is not paused, by the
        /// API's own clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        looked: Option<UtcTime>,
        /// The context that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<Arc<str>>,
    },
    /// About to resume the task or plan.
    Resuming {
        /// ID of the hold.
        hold: String,
        /// Whether to start the task once afterwards, if the hold suppressed a run.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        catch_up: bool,
    },
    /// The outcome of a request, or what a look found out about a hold.
    Settled {
        /// ID of the hold.
        hold: String,
        /// The result.
        result: Settled,
        /// The answer of the API to the request, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<ChangeAnswer>,
        /// The pause state that the API showed last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<PauseState>,
    },
    /// The windows of the hold, or the runs in them, are others now.
    Moved {
        /// ID of the hold.
        hold: String,
        /// The windows from now on.
        windows: Vec<HoldWindow>,
        /// The planned runs from now on.
        runs: Vec<UtcTime>,
    },
    /// A command gave back these windows of the hold: it is not kept for them
    /// any more, and they are not taken up again unasked. The last such line
    /// of a hold counts, and is without windows where `--reassert` took all of
    /// them up again. Since version 3.
    Released {
        /// ID of the hold.
        hold: String,
        /// All windows of it that were given back.
        windows: Vec<HoldWindow>,
    },
    /// The API did not find the task or plan, neither by its ID nor in a list of
    /// a place that the account sees. Found so twice, it is gone. Since version 3.
    Missing {
        /// ID of the hold.
        hold: String,
    },
    /// The API found the task or plan again. Since version 3.
    Present {
        /// ID of the hold.
        hold: String,
    },
    /// A pause that carries our mark was taken over from another ledger.
    Adopted {
        /// ID of the hold, as its mark has it.
        hold: String,
        /// The task or plan.
        target: Target,
        /// The names of the task or plan.
        labels: Arc<Labels>,
        /// A window from the pause's date to the mark's end.
        windows: Vec<HoldWindow>,
        /// The pause, as the API showed it.
        seen: PauseState,
    },
    /// About to start one run in the place of those that were suppressed.
    Starting {
        /// ID of the hold.
        hold: String,
    },
    /// The run was certainly not started, so that a later call may start it. Since
    /// version 2.
    NotStarted {
        /// ID of the hold.
        hold: String,
    },
    /// The catch-up is over.
    CaughtUp {
        /// ID of the hold.
        hold: String,
        /// The execution that was started, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        execution: Option<String>,
    },
    /// The operator says that the clock, which is behind the lines before this
    /// one, is right. Since version 3.
    ClockAccepted {},
}

/// The result of a request, or of a look at a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// Paused by us, and seen so.
    Paused,
    /// The API accepted the change, but did not show it while we looked. The line
    /// has the state that the API showed instead, if we looked soon after.
    Accepted,
    /// It is not known whether the change was made. The time in which a request
    /// may still take effect is counted from this line. Since version 2.
    Unknown,
    /// The change was not sent, or the API refused it: all is as before the intent.
    Withdrawn,
    /// Somebody else had paused it before us. The hold is given up.
    Foreign,
    /// Resumed by us, and seen so. The hold is over.
    Resumed,
    /// Somebody else resumed it, or paused it anew. The hold is given up.
    Overridden,
    /// Our pause never took effect. The hold is given up.
    Never,
    /// The task or plan no longer exists. The hold is given up.
    Gone,
}

/// The outcome of a change, or what a look found out about an active hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The result.
    pub result: Settled,
    /// The answer of the API to the change, where there was one.
    pub answer: Option<ChangeAnswer>,
    /// The pause state that the API showed last.
    pub seen: Option<PauseState>,
}

impl From<Settled> for Finding {
    /// A result without an answer and without a look.
    fn from(result: Settled) -> Self {
        Self { result, answer: None, seen: None }
    }
}

impl LedgerEvent {
    /// The name of the event, as lines have it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ledger { .. } => "ledger",
            Self::Pausing { .. } => "pausing",
            Self::Again { .. } => "again",
            Self::Resuming { .. } => "resuming",
            Self::Settled { .. } => "settled",
            Self::Moved { .. } => "moved",
            Self::Released { .. } => "released",
            Self::Missing { .. } => "missing",
            Self::Present { .. } => "present",
            Self::Adopted { .. } => "adopted",
            Self::Starting { .. } => "starting",
            Self::NotStarted { .. } => "notStarted",
            Self::CaughtUp { .. } => "caughtUp",
            Self::ClockAccepted {} => "clockAccepted",
        }
    }

    /// ID of the hold that the event is about, if it is about a hold.
    #[must_use]
    pub fn hold(&self) -> Option<&str> {
        match self {
            Self::Ledger { .. } | Self::ClockAccepted {} => None,
            Self::Pausing { hold, .. }
            | Self::Again { hold, .. }
            | Self::Resuming { hold, .. }
            | Self::Settled { hold, .. }
            | Self::Moved { hold, .. }
            | Self::Released { hold, .. }
            | Self::Missing { hold }
            | Self::Present { hold }
            | Self::Adopted { hold, .. }
            | Self::Starting { hold }
            | Self::NotStarted { hold }
            | Self::CaughtUp { hold, .. } => Some(hold),
        }
    }
}
