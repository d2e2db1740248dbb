//! The parts of a tenant: the world file.

mod environments;
mod executables;
mod generate;
mod history;
mod sample;
mod users;

use std::collections::HashSet;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::options::Options;
use crate::schedule::{Schedule, Trigger};

pub use environments::{EnvironmentSpec, WorkspaceKind, WorkspaceSpec};
pub use executables::{PauseDetails, Plan, Runtime, RuntimeKind, Step, Task};
pub use history::{ExecutionKind, RecordedExecution};
pub use users::{Permission, PersonalToken, ServiceAccount, User, UserKind};

/// A whole tenant, as it is when the stand-in starts.
///
/// The JSON form has these members in camelCase, all of them optional; members
/// that it does not know are refused by name. Ids are opaque and unique among
/// tasks and plans.
///
/// ```
/// let world = tmc_standin::World::from_json(r#"{
///   "clock": "2026-12-01T00:00:00Z",
///   "environments": [{"id": "e1", "name": "Production"}],
///   "workspaces": [{"id": "w1", "name": "Finance", "environment": "e1"}],
///   "users": [{"name": "ops"}],
///   "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
///   "tasks": [{"id": "k1", "name": "Load", "workspace": "w1", "durationSeconds": 300,
///     "triggers": [{"type": "DAILY", "startDate": "2026-01-01", "startTime": "02:00",
///                   "timeZone": "Europe/Paris"}]}],
///   "plans": [{"id": "p1", "name": "Nightly", "workspace": "w1",
///     "steps": [{"id": "s1", "name": "First", "tasks": ["k1"]}]}]
/// }"#).unwrap();
/// assert_eq!(world.tasks.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct World {
    /// The time of the clock at the start; the real time if absent.
    pub clock: Option<Time>,
    /// The clock stands still until it is set or advanced.
    pub frozen: bool,
    /// The differences of this tenant from others.
    pub options: Options,
    /// The environments.
    pub environments: Vec<EnvironmentSpec>,
    /// The workspaces, each in one environment.
    pub workspaces: Vec<WorkspaceSpec>,
    /// People and service users, with what they may do.
    pub users: Vec<User>,
    /// Personal access tokens.
    pub tokens: Vec<PersonalToken>,
    /// Service accounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The plans.
    pub plans: Vec<Plan>,
    /// Executions beside those that follow from the schedules.
    pub executions: Vec<RecordedExecution>,
}

impl World {
    /// Reads a world file and checks it.
    ///
    /// # Errors
    ///
    /// Says the line and column of what is not JSON or not a world, and names
    /// the task, plan or other thing whose references or triggers are wrong.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        let world: Self = serde_json::from_str(text).context("cannot read the world")?;
        world.check()?;
        Ok(world)
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let environments: HashSet<_> = self.environments.iter().map(|item| &item.id).collect();
        let workspaces: HashSet<_> = self.workspaces.iter().map(|item| &item.id).collect();
        let users: HashSet<_> = self.users.iter().map(|item| &item.name).collect();
        let tasks: HashSet<_> = self.tasks.iter().map(|item| &item.id).collect();
        ensure!(environments.len() == self.environments.len(), "two environments have the same id");
        ensure!(workspaces.len() == self.workspaces.len(), "two workspaces have the same id");
        ensure!(tasks.len() == self.tasks.len(), "two tasks have the same id");
        for item in &self.workspaces {
            let (id, environment) = (&item.id, &item.environment);
            ensure!(
                environments.contains(environment),
                "workspace {id}: no environment {environment}"
            );
        }
        for (id, user) in self
            .tokens
            .iter()
            .map(|token| (&token.id, &token.user))
            .chain(self.service_accounts.iter().map(|account| (&account.id, &account.user)))
        {
            ensure!(users.contains(user), "token or account {id}: no user {user}");
        }
        for item in &self.tasks {
            let (id, workspace) = (&item.id, &item.workspace);
            ensure!(workspaces.contains(workspace), "task {id}: no workspace {workspace}");
            compile(&item.triggers).with_context(|| format!("task {id}"))?;
        }
        let mut plans = HashSet::new();
        for item in &self.plans {
            let (id, workspace) = (&item.id, &item.workspace);
            ensure!(workspaces.contains(workspace), "plan {id}: no workspace {workspace}");
            ensure!(plans.insert(id) && !tasks.contains(id), "plan {id}: its id is taken");
            for task in item.steps.iter().flat_map(Step::all_tasks) {
                ensure!(tasks.contains(task), "plan {id}: no task {task}");
            }
            compile(&item.triggers).with_context(|| format!("plan {id}"))?;
        }
        for RecordedExecution { id, executable, .. } in &self.executions {
            ensure!(
                tasks.contains(executable) || plans.contains(executable),
                "execution {id}: no task or plan {executable}"
            );
        }
        Ok(())
    }
}

/// At most so many triggers a task or plan may have.
const MAX_TRIGGERS: usize = 15;

pub(crate) fn compile(triggers: &[Trigger]) -> anyhow::Result<Vec<Schedule>> {
    ensure!(triggers.len() <= MAX_TRIGGERS, "more than {MAX_TRIGGERS} triggers");
    let compiled = triggers.iter().enumerate().map(|(index, trigger)| {
        Schedule::compile(trigger).with_context(|| format!("trigger {}", index + 1))
    });
    compiled.collect()
}
