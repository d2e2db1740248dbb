//! The one change that the tools make: a pause, or the end of one, and the
//! permit without which it cannot be sent.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::short_name::clip;
use crate::time::UtcTime;

/// The kinds of executables that can be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TargetKind {
    /// A task: `…/executables/tasks/{id}`.
    Task,
    /// A plan: `…/executables/plans/{id}`.
    Plan,
}

impl TargetKind {
    /// The kind that a record's `type` names, in whatever case of letters;
    /// `None` for types without a pause.
    #[must_use]
    pub fn of(kind: &str) -> Option<Self> {
        [Self::Task, Self::Plan].into_iter().find(|of| kind.eq_ignore_ascii_case(of.as_type()))
    }

    /// The word in records: `TASK` or `PLAN`.
    #[must_use]
    pub const fn as_type(self) -> &'static str {
        match self {
            Self::Task => "TASK",
            Self::Plan => "PLAN",
        }
    }

    /// The word for people: `task` or `plan`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Plan => "plan",
        }
    }
}

/// One task or plan. Its ID is opaque, and unique within its environment.
/// Cheap to clone: much of what is known of thousands of tasks names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The environment it belongs to.
    pub environment_id: Arc<str>,
    /// Task or plan.
    #[serde(rename = "type")]
    pub kind: TargetKind,
    /// Its ID.
    pub id: Arc<str>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), clip(&self.id))
    }
}

/// The pause of a task or plan as the API shows it (`taskPauseDetails`,
/// `planPauseDetails`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseState {
    /// Whether its runs are suppressed.
    pub paused: bool,
    /// When it was paused, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<UtcTime>,
    /// Who paused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `HUMAN` or `SERVICE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// The text left with the pause. Ours ends with our mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// When the API showed this, UTC, by the API's own clock (the header `Date`
    /// of its answer). Only dates of the API are compared with one another: the
    /// clock of this computer may be hours off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<UtcTime>,
}

/// A change that is wanted. Wanting it does not allow it: see [`Permit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The task or plan to change.
    pub target: Target,
    /// `true` pauses, `false` resumes.
    pub pause: bool,
    /// The text to leave with the pause, or with its end: one line, at most 255
    /// bytes.
    pub context: String,
    /// The end of the hold that a pause is for: it is of no use from then on,
    /// and is not sent. `None` for a hold without an end, and for a resume.
    pub until: Option<UtcTime>,
}

/// The leave to send one change. Only the ledger grants it, and only after the
/// intent is on disk; it can be used up, not copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    /// Apart, so that thousands of permits that wait for their outcomes take
    /// little, and each is freed with its own.
    change: Box<Change>,
    entry: u64,
}

impl Permit {
    /// Grants a change whose intent stands in the ledger at `entry`.
    pub(crate) fn grant(change: Change, entry: u64) -> Self {
        Self { change: Box::new(change), entry }
    }

    /// The change that it allows.
    #[must_use]
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Gives the permit up, since its change was settled.
    pub(crate) fn into_change(self) -> Change {
        *self.change
    }

    /// The sequence number of the intent in the ledger.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.entry
    }
}

/// The API's answer to a change
/// (`PUT /orchestration/executables/{tasks,plans}/{id}/pause`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAnswer {
    /// 202: accepted, so the state was another one before.
    Changed,
    /// 204: by the description nothing changed, so it was already so. There are
    /// tenants that answer it to every change.
    Unchanged,
}
