//! One line of the journal, as the history needs it.

use maintenance_core::time::UtcTime;
use serde::{Deserialize, Serialize};

/// A receipt of the journal. Members that the history does not need are passed over.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalLine {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) environment_id: String,
    pub(super) name: Option<String>,
    pub(super) action: String,
    pub(super) at: UtcTime,
    pub(super) hold: JournalHold,
    /// Only the receipt of a resume has it.
    pub(super) runs_source: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) why: Option<String>,
    pub(super) paused_by: Option<JournalPause>,
    pub(super) error: Option<JournalFailure>,
    pub(super) by: Option<String>,
    pub(super) host: Option<String>,
    pub(super) call: Option<String>,
}

/// The hold of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct JournalHold {
    pub(super) start: UtcTime,
    pub(super) end: Option<UtcTime>,
    pub(super) windows: Vec<String>,
}

/// The pause of somebody else, as the API showed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JournalPause {
    pub(super) user: Option<String>,
    pub(super) since: Option<UtcTime>,
    pub(super) context: Option<String>,
}

/// The error of a receipt, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournalFailure {
    pub(super) code: String,
    pub(super) message: String,
}
