//! What a tenant consists of: the world file.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::options::Options;
use crate::schedule::{Schedule, Trigger};

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
    /// What the clock shows at the start; the real time if absent.
    pub clock: Option<Time>,
    /// The clock stands still until it is set or advanced.
    pub frozen: bool,
    /// How this tenant differs from others.
    pub options: Options,
    /// The environments.
    pub environments: Vec<Environment>,
    /// The workspaces, each in one environment.
    pub workspaces: Vec<Workspace>,
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
}

/// An environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Environment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is the tenant's default environment.
    #[serde(default)]
    pub default: bool,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its environment.
    pub environment: String,
    /// What it is for.
    #[serde(default)]
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

/// A person, or the user behind a service account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The name that pause details and executions show.
    pub name: String,
    /// Person or machine.
    #[serde(default = "human")]
    pub kind: UserKind,
    /// Whether the user has the role `TMC_OPERATOR`; without it everything is 403.
    #[serde(default = "yes")]
    pub operator: bool,
    /// What the user may do in workspaces that `workspaces` does not name.
    #[serde(default = "all_permissions")]
    pub permissions: Vec<Permission>,
    /// What the user may do in a workspace, by its id.
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

fn human() -> UserKind {
    UserKind::Human
}

fn yes() -> bool {
    true
}

fn all_permissions() -> Vec<Permission> {
    vec![Permission::View, Permission::Author, Permission::Execute]
}

/// Person or machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum UserKind {
    Human,
    Service,
}

/// What a user may do in a workspace.
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
    /// What clients send.
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

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its workspace.
    pub workspace: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it runs.
    #[serde(default)]
    pub runtime: Runtime,
    /// The id of its artifact; made from the task's if absent.
    #[serde(default)]
    pub artifact: Option<String>,
    /// What starts it, at most 15.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// How long a run takes.
    #[serde(default = "minute")]
    pub duration_seconds: u32,
    /// How much longer a run takes at most; each run its own share of it.
    #[serde(default)]
    pub duration_spread_seconds: u32,
    /// How long after its planned time a run starts.
    #[serde(default)]
    pub start_delay_seconds: u32,
    /// Set if it is paused from the start.
    #[serde(default)]
    pub paused: Option<PauseDetails>,
}

fn minute() -> u32 {
    60
}

/// Where a task runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Runtime {
    /// The kind of engine.
    #[serde(default, rename = "type")]
    pub kind: RuntimeKind,
    /// The id of the engine or cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The run profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_profile_id: Option<String>,
}

/// The kinds of engines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum RuntimeKind {
    #[default]
    Cloud,
    RemoteEngine,
    RemoteEngineCluster,
    CloudExclusive,
    PipelineEngine,
}

/// A plan: steps one after the other, the tasks of a step side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its workspace.
    pub workspace: String,
    /// Its steps in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What starts it, at most 15.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// Set if it is paused from the start.
    #[serde(default)]
    pub paused: Option<PauseDetails>,
}

/// A step of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of its tasks.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// The step that runs instead of the rest if this one fails.
    #[serde(default)]
    pub on_exception: Option<Box<Step>>,
}

impl Step {
    /// The ids of the tasks of this step and of those that stand in for it.
    pub(crate) fn all_tasks(&self) -> impl Iterator<Item = &String> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let step = next?;
            next = step.on_exception.as_deref();
            Some(step)
        })
        .flat_map(|step| &step.tasks)
    }
}

/// Who paused a task or plan, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PauseDetails {
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Who.
    pub user: String,
    /// Person or machine.
    #[serde(default = "human")]
    pub user_type: UserKind,
    /// When.
    pub date: Time,
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

    /// The sample of the vendor's documentation of the event search: one task
    /// with monthly runs at 20:00 in Paris, six of them in the rest of 2022.
    ///
    /// The clock runs from 2022-07-01T00:00:00Z. Credentials, obviously fake:
    /// the personal access token `sample-personal-access-token` of the person
    /// `operator`, and the service account `sample-service-account` with the
    /// secret `sample-service-account-secret`.
    #[must_use]
    pub fn documentation_sample() -> Self {
        Self {
            clock: Some(Time::from_millis(1_656_633_600_000)),
            environments: vec![Environment {
                id: "6242bc6eac74e9757cda41bb".to_owned(),
                name: "Production".to_owned(),
                default: true,
                ..Environment::default()
            }],
            workspaces: vec![Workspace {
                id: "6242bc6eac74e9757cda41bc".to_owned(),
                name: "Finance".to_owned(),
                environment: "6242bc6eac74e9757cda41bb".to_owned(),
                owner: "operator".to_owned(),
                ..Workspace::default()
            }],
            users: vec![
                User::new("operator", UserKind::Human),
                User::new("maintenance", UserKind::Service),
            ],
            tokens: vec![PersonalToken {
                id: "sample-token".to_owned(),
                secret: "sample-personal-access-token".to_owned(),
                user: "operator".to_owned(),
            }],
            service_accounts: vec![ServiceAccount {
                id: "sample-service-account".to_owned(),
                secret: "sample-service-account-secret".to_owned(),
                user: "maintenance".to_owned(),
            }],
            tasks: vec![Task {
                id: "61323d2498d04f63ee697541".to_owned(),
                name: "Monthly report".to_owned(),
                workspace: "6242bc6eac74e9757cda41bc".to_owned(),
                triggers: vec![Trigger::cron("0 20 20 * ?", "Europe/Paris").named("monthly")],
                duration_seconds: 600,
                ..Task::default()
            }],
            ..Self::default()
        }
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
