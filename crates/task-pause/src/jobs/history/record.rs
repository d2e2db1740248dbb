//! The records of the history.

use maintenance_core::time::UtcTime;
use serde::Serialize;

use super::journal_line::{JournalFailure, JournalHold};

/// One pause from its beginning to its end, of ours or of somebody else, or one
/// failure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryRecord {
    /// ID of the task or plan.
    pub(super) id: String,
    /// `TASK` or `PLAN`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) environment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) what: Happened,
    /// The first time that the journal reports it.
    pub(super) seen_at: UtcTime,
    /// The beginning of the pause, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paused_at: Option<UtcTime>,
    /// The account that paused it, if the API shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    /// The computer and the call that wrote the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
    /// The hold, with the windows that are the cause.
    pub(super) hold: JournalHold,
    /// The text that was left with the pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// The reason why the journal reports it, where it was no pause of that call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// Whether the last change was accepted by the API, and not seen yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unseen: bool,
    /// The last time that the journal reports it, before its end.
    pub(super) last_seen_at: UtcTime,
    /// The end of the pause, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<PauseEnd>,
    /// The length of the pause in seconds, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<JournalFailure>,
}

/// The kind of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Happened {
    /// Paused by us.
    Paused,
    /// Paused by somebody else, and left alone.
    Foreign,
    /// Not paused, or not given back.
    Failed,
}

impl Happened {
    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Foreign => "foreign",
            Self::Failed => "failed",
        }
    }
}

/// The end of a pause of ours.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PauseEnd {
    pub(super) at: UtcTime,
    /// `resumed`, `kept` or `gone`: the action of the receipt.
    pub(super) action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
}

impl HistoryRecord {
    /// The time of the record: its beginning, and its end if it has one.
    pub(super) fn span(&self) -> (UtcTime, Option<UtcTime>) {
        let start = self.paused_at.unwrap_or(self.seen_at);
        match self.what {
            Happened::Paused => (start, self.ended.as_ref().map(|end| end.at)),
            // Nothing shows the end of what is not ours.
            Happened::Foreign | Happened::Failed => (start, Some(self.last_seen_at)),
        }
    }

    /// The state or the end, in one word.
    pub(super) fn outcome(&self) -> &str {
        match (&self.ended, self.what) {
            (Some(end), _) => &end.action,
            (None, Happened::Paused) if self.unseen => "accepted",
            (None, Happened::Paused) => "held",
            (None, what) => what.as_str(),
        }
    }
}

/// The number of records of each kind, in one line.
pub(super) fn counts(records: &[HistoryRecord]) -> String {
    let count = |what: Happened| records.iter().filter(|record| record.what == what).count();
    let held = records.iter().filter(|record| record.outcome() == "held").count();
    format!(
        "pauses: {}, still held: {held}; left alone: {}; failed: {}",
        count(Happened::Paused),
        count(Happened::Foreign),
        count(Happened::Failed),
    )
}
