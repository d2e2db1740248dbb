//! The state of the tenant as it truly is, whatever reads show.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::kind::Kind;
use crate::tenant::Tenant;
use crate::world::PauseDetails;

/// All tasks and plans at one moment, also those that were deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The stand-in's time.
    pub now: Time,
    /// The tasks in the order of the world.
    pub tasks: Vec<ExecutableState>,
    /// The plans in the order of the world.
    pub plans: Vec<ExecutableState>,
}

/// A task or plan at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutableState {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its workspace.
    pub workspace: String,
    /// False once it was deleted.
    pub exists: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Who paused it, when and why.
    pub details: Option<PauseDetails>,
}

impl State {
    /// The task of that id.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<&ExecutableState> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The plan of that id.
    #[must_use]
    pub fn plan(&self, id: &str) -> Option<&ExecutableState> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// The ids of all tasks and plans that are paused.
    pub fn paused(&self) -> impl Iterator<Item = &str> {
        let all = self.tasks.iter().chain(&self.plans);
        all.filter(|executable| executable.paused).map(|executable| executable.id.as_str())
    }
}

impl Tenant {
    pub(crate) fn snapshot(&mut self) -> State {
        let at = Instant::now();
        let mut state = State { now: self.now(), tasks: Vec::new(), plans: Vec::new() };
        for executable in &mut self.executables {
            let details = executable.pause.details(at).cloned();
            let kind = executable.kind();
            let shown = ExecutableState {
                id: executable.id.clone(),
                name: executable.name.clone(),
                workspace: self.workspaces[executable.workspace].id.clone(),
                exists: executable.exists,
                paused: details.is_some(),
                details,
            };
            match kind {
                Kind::Task => state.tasks.push(shown),
                Kind::Plan => state.plans.push(shown),
            }
        }
        state
    }
}
