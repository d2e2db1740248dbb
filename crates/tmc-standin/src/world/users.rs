//! Who may do what: users, tokens and service accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A person, or the user behind a service account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The name that pause details and executions show.
    pub name: String,
    /// Person or machine.
    #[serde(default)]
    pub kind: UserKind,
    /// Whether the user has the role `TMC_OPERATOR`; without it everything is 403.
    #[serde(default = "yes")]
    pub operator: bool,
    /// The permissions in workspaces that `workspaces` does not name.
    #[serde(default = "all_permissions")]
    pub permissions: Vec<Permission>,
    /// The permissions in a workspace, by its id.
    #[serde(default)]
    pub workspaces: BTreeMap<String, Vec<Permission>>,
}

impl User {
    /// A user who may do everything.
    #[must_use]
    pub fn new(name: &str, kind: UserKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            operator: true,
            permissions: all_permissions(),
            workspaces: BTreeMap::new(),
        }
    }
}

fn yes() -> bool {
    true
}

fn all_permissions() -> Vec<Permission> {
    vec![Permission::View, Permission::Author, Permission::Execute]
}

/// Person or machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum UserKind {
    #[default]
    Human,
    Service,
}

/// A permission in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Permission {
    /// See it, its tasks and their runs.
    View,
    /// Change its tasks: pause and resume.
    Author,
    /// Start its tasks.
    Execute,
}

/// A personal access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalToken {
    /// The name by which the audit log and actions know it.
    pub id: String,
    /// The secret that clients send.
    pub secret: String,
    /// Whose it is.
    pub user: String,
}

/// A service account, which gets its tokens from `/security/oauth/token`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccount {
    /// Its id, the user name of the Basic credentials.
    pub id: String,
    /// The password of the Basic credentials.
    pub secret: String,
    /// The user as whom it acts.
    pub user: String,
}
