//! Receipts: what `task-pause` decided on each task or plan, and what came of it.

use std::sync::Arc;

use serde::Serialize;

use crate::change::{ChangeAnswer, PauseState};
use crate::time::UtcTime;

/// The decision, in one word that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Paused by us now, read back and seen paused.
    Paused,
    /// The API accepted the change, but did not show it while we looked.
    Accepted,
    /// Already paused by us for this hold.
    Held,
    /// Paused by somebody else: left alone now and at resume.
    Foreign,
    /// Its window has not started.
    Pending,
    /// Its window is over.
    Expired,
    /// Resumed by us, read back.
    Resumed,
    /// Left as it is, because it is no longer ours, or because another window
    /// still holds it: `why` says which.
    Kept,
    /// The task or plan no longer exists.
    Gone,
    /// See `error`.
    Failed,
}

impl Action {
    /// Whether the work is done in part only, so that the exit code says so.
    #[must_use]
    pub const fn is_partial(self) -> bool {
        matches!(self, Self::Accepted | Self::Failed)
    }
}

/// One line of `task-pause`'s output.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt<'a> {
    /// ID of the task or plan.
    pub id: &'a str,
    /// `TASK`, `PLAN`, or the type that cannot be paused.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The environment that it belongs to.
    pub environment_id: &'a str,
    /// Its name, where the records say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The decision.
    pub action: Action,
    /// When, UTC.
    pub at: UtcTime,
    /// The hold that it was decided for.
    pub hold: HoldSpan<'a>,
    /// The runs that the hold suppresses, or at the end did suppress.
    pub runs: &'a [UtcTime],
    /// Where `runs` comes from, once the hold is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_source: Option<RunsSource>,
    /// The text left with the pause for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Why, where the action alone does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'a str>,
    /// The warnings for the operator.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub warnings: &'a [String],
    /// The plans that contain the task, whose runs can fail while it is paused.
    #[serde(skip_serializing_if = "<[PlanRef]>::is_empty")]
    pub plans: &'a [PlanRef],
    /// With `--drain`: the executions that had not ended when we stopped
    /// waiting.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub in_flight: &'a [String],
    /// The execution that `--catch-up` started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<&'a str>,
    /// `unchanged`, where the API answered 204 to the change: it may have been so
    /// already, though the look before did not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ChangeAnswer>,
    /// The pause that is somebody else's, or of which nothing proves whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<PausedBy<'a>>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a Failure>,
    /// Whether nothing was really done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Where the runs come from that a hold suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunsSource {
    /// The API recorded each as a run that was rejected.
    Recorded,
    /// The ledger: the runs that were planned while the task was paused. The
    /// API recorded none, or could not be asked.
    Planned,
}

/// The hold as a receipt shows it.
#[derive(Clone, Debug, Serialize)]
pub struct HoldSpan<'a> {
    /// The first instant inside, UTC.
    pub start: UtcTime,
    /// The first instant after it; null if only a command ends it.
    pub end: Option<UtcTime>,
    /// The names of its windows.
    pub windows: Vec<&'a str>,
}

impl<'a> From<&'a crate::hold::Hold> for HoldSpan<'a> {
    fn from(hold: &'a crate::hold::Hold) -> Self {
        Self { start: hold.start(), end: hold.end(), windows: hold.names() }
    }
}

/// Who made a pause, when and with what text, as far as the API shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PausedBy<'a> {
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
    /// `HUMAN` or `SERVICE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_type: Option<&'a str>,
    /// Since when, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<UtcTime>,
    /// The text that was left with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<&'a str>,
}

impl<'a> From<&'a PauseState> for PausedBy<'a> {
    fn from(state: &'a PauseState) -> Self {
        Self {
            user: state.user.as_deref(),
            user_type: state.user_type.as_deref(),
            since: state.since,
            context: state.context.as_deref(),
        }
    }
}

/// A plan that contains a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanRef {
    /// ID of the plan.
    pub id: Arc<str>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
}

/// Why something failed, for people and for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A word that stays the same when the message is improved.
    pub code: String,
    /// The failed step, and its place.
    pub message: String,
    /// Whether the same command may succeed later without a change.
    pub retryable: bool,
    /// The HTTP status, if the API answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The API's own number of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
