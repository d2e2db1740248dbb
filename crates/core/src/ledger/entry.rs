//! The lines of the ledger.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::change::{ChangeAnswer, PauseState, Target};
use crate::hold::HoldWindow;
use crate::run::Labels;
use crate::time::UtcTime;

/// The version that is written. Every version up to it is read.
pub const VERSION: u32 = 3;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of the format.
    pub v: u32,
    /// Ascending number, never used again, also after a compaction.
    pub seq: u64,
    /// When it was written, UTC.
    pub at: UtcTime,
    /// What happened.
    pub event: LedgerEvent,
}

/// The numbers of a batch that is not applied yet.
pub(super) struct Sequence(u64);

impl From<u64> for Sequence {
    fn from(first: u64) -> Self {
        Self(first)
    }
}

impl Sequence {
    pub(super) fn take(&mut self) -> u64 {
        let seq = self.0;
        self.0 += 1;
        seq
    }
}

/// What happened. All but the first kind and the last speak of one hold by its
/// ID.
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
        /// What is paused.
        target: Target,
        /// What it is called.
        labels: Arc<Labels>,
        /// The windows of the hold.
        windows: Vec<HoldWindow>,
        /// The planned runs that it suppresses.
        runs: Vec<UtcTime>,
        /// What the API said of it just before.
        prior: PauseState,
        /// The context that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<Arc<str>>,
    },
    /// About to pause it once more for the same hold.
    Again {
        /// ID of the hold.
        hold: String,
        /// When the API said just before that it is not paused, by its own clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        looked: Option<UtcTime>,
        /// The context that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<Arc<str>>,
    },
    /// About to resume it.
    Resuming {
        /// ID of the hold.
        hold: String,
        /// Whether to start it once afterwards, if the hold suppressed a run.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        catch_up: bool,
    },
    /// What came of it, or what was found out by looking.
    Settled {
        /// ID of the hold.
        hold: String,
        /// What came of it.
        result: Settled,
        /// What the API answered to the change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<ChangeAnswer>,
        /// What the API showed last.
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
    /// The API found it again. Since version 3.
    Present {
        /// ID of the hold.
        hold: String,
    },
    /// A pause that carries our marker was taken over from another ledger.
    Adopted {
        /// ID of the hold, as its marker has it.
        hold: String,
        /// What is paused.
        target: Target,
        /// What it is called.
        labels: Arc<Labels>,
        /// A window from the pause's date to the marker's end.
        windows: Vec<HoldWindow>,
        /// What the API showed.
        seen: PauseState,
    },
    /// About to start one run in the place of those that were suppressed.
    Starting {
        /// ID of the hold.
        hold: String,
    },
    /// It was certainly not started, and may be yet. Since version 2.
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

/// What came of a change, or was found out about a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// Paused by us, and seen so.
    Paused,
    /// The API accepted the change, but did not show it while we looked. With
    /// what it showed instead, if that was looked at soon after.
    Accepted,
    /// Whether the change was made is not known. From this line on it is
    /// waited for: what was sent before may still take effect. Since version 2.
    Unknown,
    /// The change was not sent, or refused: all is as it was before the intent.
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

/// The outcome of a change, or what a look found out about an open hold.
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

    /// ID of the hold that it speaks of, if it speaks of one.
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
