//! Tasks and plans.

use serde::{Deserialize, Serialize};

use super::users::UserKind;
use crate::clock::Time;
use crate::schedule::Trigger;

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
    pub artifact: Option<String>,
    /// Its triggers, at most 15.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// The duration of a run.
    #[serde(default = "minute")]
    pub duration_seconds: u32,
    /// The most that is added to the duration; each run gets its own share of it.
    #[serde(default)]
    pub duration_spread_seconds: u32,
    /// The delay from its planned time to the start of a run.
    #[serde(default)]
    pub start_delay_seconds: u32,
    /// Set if it is paused from the start.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The run profile.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// Its triggers, at most 15.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// Set if it is paused from the start.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Who.
    pub user: String,
    /// Person or machine.
    #[serde(default)]
    pub user_type: UserKind,
    /// When.
    pub date: Time,
}
