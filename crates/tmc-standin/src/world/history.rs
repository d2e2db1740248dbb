//! Executions that the world file records.

use serde::{Deserialize, Serialize};

use crate::clock::Time;

/// The cause of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum ExecutionKind {
    #[default]
    Manual,
    Scheduled,
    Webhook,
    Plan,
}

/// An execution that no schedule explains: one that failed or hangs, or has a
/// status that nobody has heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedExecution {
    /// Its id.
    pub id: String,
    /// The id of the task or plan.
    pub executable: String,
    /// Its cause.
    #[serde(default, rename = "type")]
    pub kind: ExecutionKind,
    /// Its status for ever, e.g. `executing` or `execution_failed`; anything.
    pub status: String,
    /// When it was triggered.
    pub trigger: Time,
    /// When it started.
    pub start: Option<Time>,
    /// When it ended.
    pub finish: Option<Time>,
    /// Why it failed.
    pub error_message: Option<String>,
}
