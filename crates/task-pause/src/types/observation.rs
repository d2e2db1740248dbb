//! Observations: the answers of the API to the looks before a decision.

use std::collections::BTreeSet;

use maintenance_core::change::PauseState;

/// The answer to one look at a task or plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether it is paused, and by whom.
    pub(crate) state: PauseState,
    /// The ID of the workspace that it belongs to, where the API says it.
    pub(crate) workspace_id: Option<String>,
}

/// The result of looking for a task or plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Observation {
    /// It exists, paused or not.
    Found(Look),
    /// It is not found by its ID, and not in the list of its environment.
    Missing,
}

impl Observation {
    /// The look, if it was found.
    pub(crate) fn look(&self) -> Option<&Look> {
        match self {
            Self::Found(look) => Some(look),
            Self::Missing => None,
        }
    }
}

/// The part of an environment that the account sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inventory {
    /// Whether it sees the environment at all.
    pub(crate) is_seen: bool,
    /// The IDs of the workspaces that it sees, of whatever environment.
    pub(crate) workspaces: BTreeSet<String>,
    /// The IDs of all tasks, or all plans, on all pages of their list.
    pub(crate) ids: BTreeSet<String>,
}

impl Inventory {
    /// Whether a task or plan that is not found by its ID is missing: it is not
    /// in the list, and its workspace is seen, as far as that is known. With the
    /// credentials of another tenant, or without the permission to read the
    /// workspace, nothing is there, and nothing is gone.
    pub(crate) fn misses(&self, id: &str, workspace_id: Option<&str>) -> bool {
        let is_workspace_seen = workspace_id.is_none_or(|id| self.workspaces.contains(id));
        self.is_seen && is_workspace_seen && !self.ids.contains(id)
    }
}
