//! Environments and workspaces.

use serde::{Deserialize, Serialize};

/// An environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSpec {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: Option<String>,
    /// Whether it is the tenant's default environment.
    #[serde(default)]
    pub default: bool,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceSpec {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its environment.
    pub environment: String,
    /// Its purpose.
    pub description: Option<String>,
    /// The user who owns it.
    #[serde(default)]
    pub owner: String,
    /// `shared`, `personal` or `custom`.
    #[serde(default, rename = "type")]
    pub kind: WorkspaceKind,
}

/// The kinds of workspaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum WorkspaceKind {
    #[default]
    Shared,
    Personal,
    Custom,
}

impl WorkspaceKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Personal => "personal",
            Self::Custom => "custom",
        }
    }
}
