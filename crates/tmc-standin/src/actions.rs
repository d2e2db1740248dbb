//! Actions of other people and programs in the tenant, while a client works with it.

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::schedule::Trigger;
use crate::tenant::Tenant;
use crate::world::{ExecutionKind, UserKind};

/// Something that happens behind a client's back.
///
/// In JSON an object with one member, e.g.
/// `{"pause": {"id": "k1", "user": "somebody"}}` or `{"delete": {"id": "k1"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum WorldAction {
    /// A person pauses a task or plan.
    Pause {
        /// Its id.
        id: String,
        /// Who; `a-person` if absent.
        #[serde(default = "a_person")]
        user: String,
        /// Why.
        context: Option<String>,
    },
    /// A person resumes a task or plan.
    Resume {
        /// Its id.
        id: String,
    },
    /// A task or plan is started, not by the API. While it is paused, the
    /// start is suppressed and recorded so.
    Start {
        /// Its id.
        id: String,
        /// By what.
        #[serde(default, rename = "type")]
        kind: ExecutionKind,
    },
    /// A task or plan is deleted.
    Delete {
        /// Its id.
        id: String,
    },
    /// From now on a task, plan, workspace or environment is called so.
    Rename {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// From now on a task or plan has these triggers.
    SetTriggers {
        /// Its id.
        id: String,
        /// Its triggers.
        triggers: Vec<Trigger>,
    },
    /// A personal token is revoked for good, or all tokens that a service
    /// account has been given so far.
    RevokeToken {
        /// The id of the token or service account.
        id: String,
    },
    /// Pauses and resumes that are on their way take effect and show now.
    Settle {},
}

fn a_person() -> String {
    "a-person".to_owned()
}

impl WorldAction {
    /// A person pauses a task or plan, without saying why.
    #[must_use]
    pub fn pause(id: &str) -> Self {
        Self::Pause { id: id.to_owned(), user: a_person(), context: None }
    }

    /// A person resumes a task or plan.
    #[must_use]
    pub fn resume(id: &str) -> Self {
        Self::Resume { id: id.to_owned() }
    }

    /// A task, plan, workspace or environment gets another name.
    #[must_use]
    pub fn rename(id: &str, name: &str) -> Self {
        Self::Rename { id: id.to_owned(), name: name.to_owned() }
    }

    /// A task or plan is deleted.
    #[must_use]
    pub fn delete(id: &str) -> Self {
        Self::Delete { id: id.to_owned() }
    }
}

impl Tenant {
    /// # Errors
    ///
    /// Names the id if there is nothing of that id, or the trigger that is wrong.
    pub(crate) fn act(&mut self, action: WorldAction) -> anyhow::Result<()> {
        let find = |tenant: &Self, id: &str| {
            tenant.find(id).with_context(|| format!("there is no task or plan {id}"))
        };
        match action {
            WorldAction::Pause { id, user, context } => {
                let index = find(self, &id)?;
                self.set_pause(index, true, (&user, UserKind::Human), context);
            }
            WorldAction::Resume { id } => {
                let index = find(self, &id)?;
                self.set_pause(index, false, ("", UserKind::Human), None);
            }
            WorldAction::Start { id, kind } => {
                let index = find(self, &id)?;
                self.start(index, kind, (&a_person(), UserKind::Human));
            }
            WorldAction::Delete { id } => {
                let index = find(self, &id)?;
                self.delete(index);
            }
            WorldAction::Rename { id, name } => {
                let place = self.name_of(&id);
                *place.with_context(|| format!("there is nothing of the id {id}"))? = name;
            }
            WorldAction::SetTriggers { id, triggers } => {
                let index = find(self, &id)?;
                self.set_triggers(index, triggers)?;
            }
            WorldAction::Settle {} => self.settle(None),
            WorldAction::RevokeToken { id } => {
                ensure!(self.accounts.revoke(&id), "there is no token or service account {id}");
            }
        }
        Ok(())
    }

    /// The name of whatever has that id.
    fn name_of(&mut self, id: &str) -> Option<&mut String> {
        if let Some(index) = self.find(id) {
            return self.executables.get_mut(index).map(|one| &mut one.name);
        }
        if let Some(workspace) = self.workspaces.iter_mut().find(|one| one.id == id) {
            return Some(&mut workspace.name);
        }
        self.environments.iter_mut().find(|one| one.id == id).map(|one| &mut one.name)
    }
}
