//! Receipts: the decision on each task or plan, and its result.

use std::sync::Arc;

use maintenance_core::change::{ChangeAnswer, PauseState};
use maintenance_core::hold::Hold;
use maintenance_core::time::UtcTime;
use serde::Serialize;

/// The decision, in one word that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
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
    /// Left as it is; `why` says the cause: another window still holds it; a command
    /// gave its hold back; somebody else took it over during the hold; somebody
    /// resumed it, or paused it anew; or our pause never took effect.
    Kept,
    /// The task or plan no longer exists.
    Gone,
    /// Not done: `error` says why.
    Failed,
}

impl Action {
    /// The word for it, as receipts have it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Foreign => "foreign",
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::Resumed => "resumed",
            Self::Kept => "kept",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }

    /// Whether the work is done in part only, so that the exit code says so.
    pub(crate) const fn is_partial(self) -> bool {
        matches!(self, Self::Accepted | Self::Failed)
    }
}

/// One line of `task-pause`'s output.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt<'a> {
    /// ID of the task or plan.
    pub(crate) id: &'a str,
    /// `TASK`, `PLAN`, or the type that cannot be paused.
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    /// The environment that it belongs to.
    pub(crate) environment_id: &'a str,
    /// Its name, where the records say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    /// The decision.
    pub(crate) action: Action,
    /// The time of the decision, UTC.
    pub(crate) at: UtcTime,
    /// The hold that it was decided for.
    pub(crate) hold: HoldSpan<'a>,
    /// The runs that the hold suppresses, or at the end did suppress.
    pub(crate) runs: &'a [UtcTime],
    /// Where `runs` comes from, once the hold is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runs_source: Option<RunsSource>,
    /// The text left with the pause for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// The reason, if the action alone does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<&'a str>,
    /// The warnings for the operator.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) warnings: &'a [String],
    /// The plans that contain the task, whose runs can fail while it is paused.
    #[serde(skip_serializing_if = "<[PlanRef]>::is_empty")]
    pub(crate) plans: &'a [PlanRef],
    /// With `--drain`: the executions that had not ended when we stopped
    /// waiting.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) in_flight: &'a [String],
    /// The execution that `--catch-up` started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caught_up: Option<&'a str>,
    /// `unchanged`, where the API answered 204 to the change: it may have been so
    /// already, though the look before did not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<ChangeAnswer>,
    /// The pause that is somebody else's, or of which nothing proves whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paused_by: Option<PausedBy<'a>>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a Failure>,
    /// Whether nothing was really done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dry_run: bool,
}

/// Where the runs come from that a hold suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RunsSource {
    /// The API recorded each as a run that was rejected.
    Recorded,
    /// The ledger: the runs that were planned while the task was paused. The
    /// API recorded none, or could not be asked.
    Planned,
}

/// The hold as a receipt shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HoldSpan<'a> {
    /// The first instant inside, UTC.
    pub(crate) start: UtcTime,
    /// The first instant after it; null if only a command ends it.
    pub(crate) end: Option<UtcTime>,
    /// The names of its windows.
    pub(crate) windows: Vec<&'a str>,
}

impl<'a> From<&'a Hold> for HoldSpan<'a> {
    fn from(hold: &'a Hold) -> Self {
        Self { start: hold.start(), end: hold.end(), windows: hold.names() }
    }
}

/// The user, time and text of a pause, as far as the API shows them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PausedBy<'a> {
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<&'a str>,
    /// `HUMAN` or `SERVICE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_type: Option<&'a str>,
    /// The time of the pause, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<UtcTime>,
    /// The text that was left with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<&'a str>,
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
pub(crate) struct PlanRef {
    /// ID of the plan.
    pub(crate) id: Arc<str>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Arc<str>>,
}

/// The reason of a failure, for people and for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// A word that stays the same when the message is improved.
    pub(crate) code: String,
    /// The failed step, and its place.
    pub(crate) message: String,
    /// Whether the same command may succeed later without a change.
    pub(crate) retryable: bool,
    /// The HTTP status, if the API answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The API's own number of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

impl Failure {
    /// A failure without a request.
    pub(crate) fn new(code: &str, message: String, retryable: bool) -> Self {
        Self { code: code.to_owned(), message, retryable, status: None, request_id: None }
    }
}
