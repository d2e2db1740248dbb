//! Observations: the answers of the API to the looks before a decision.

use std::collections::BTreeSet;

use maintenance_core::change::PauseState;

/// The answer to one look at a task or plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The pause state.
    pub(crate) state: PauseState,
    /// The ID of the workspace, if the API shows it.
    pub(crate) workspace_id: Option<String>,
}

/// The result of looking for a task or plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Observation {
    /// The task or plan exists.
    Found(Look),
    /// Neither the ID nor the list of the environment finds the task or plan.
    Missing,
}

/// The part of an environment that the account sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inventory {
    /// Whether the account sees the environment.
    pub(crate) is_seen: bool,
    /// The IDs of all workspaces that the account sees.
    pub(crate) workspaces: BTreeSet<String>,
    /// The IDs of all tasks, or all plans, on all pages of their list.
    pub(crate) ids: BTreeSet<String>,
}

impl Inventory {
    /// Whether a task or plan that is not found by its ID is missing: the list does
    /// not have it, and the account sees its workspace, if that is known. With the
    /// credentials of another tenant, or without the permission to read the
    /// workspace, a 404 proves nothing.
    pub(crate) fn misses(&self, id: &str, workspace_id: Option<&str>) -> bool {
        let is_workspace_seen = workspace_id.is_none_or(|id| self.workspaces.contains(id));
        self.is_seen && is_workspace_seen && !self.ids.contains(id)
    }
}
