//! Environments, workspaces, tasks and plans as answers show them.

use std::time::Instant;

use serde_json::{Value, json};

use crate::options::{Options, Unpaused};
use crate::tenant::{LiveExecutable, Tenant};
use crate::world::{EnvironmentSpec, PauseDetails, Step, WorkspaceSpec};

/// An object without its members that are `null`.
pub(super) fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().filter(|(_, member)| !member.is_null()).collect()
        }
        other => other,
    }
}

pub(super) fn environment(environment: &EnvironmentSpec) -> Value {
    present(json!({
        "id": environment.id,
        "name": environment.name,
        "description": environment.description,
        "default": environment.default,
    }))
}

pub(super) fn workspace(tenant: &Tenant, workspace: &WorkspaceSpec) -> Value {
    present(json!({
        "id": workspace.id,
        "name": workspace.name,
        "description": workspace.description,
        "owner": workspace.owner,
        "type": workspace.kind,
        "environment": tenant.environment(&workspace.environment).map(environment),
    }))
}

/// A task in a list.
pub(super) fn listed_task(tenant: &mut Tenant, index: usize) -> Value {
    // A tenant that shows pauses in lists shows null for a task that is not paused.
    let details =
        tenant.options.pause_details_in_list.then(|| pause(tenant, index).unwrap_or_default());
    let executable = &tenant.executables[index];
    let mut value = present(json!({
        "executable": executable.id,
        "name": executable.name,
        "workspace": workspace(tenant, tenant.workspace_of(executable)),
        "artifactId": artifact(executable),
        "runtime": executable.task().map(|task| &task.runtime),
    }));
    put(&mut value, "taskPauseDetails", details);
    value
}

/// A task by itself.
pub(super) fn task(tenant: &mut Tenant, index: usize) -> Value {
    let details = pause(tenant, index);
    let executable = &tenant.executables[index];
    let mut value = present(json!({
        "id": executable.id,
        "name": executable.name,
        "workspace": workspace(tenant, tenant.workspace_of(executable)),
        "version": "0.1",
        "artifact": {"id": artifact(executable), "name": executable.name, "version": "0.1.0"},
        "tags": executable.task().map(|task| &task.tags),
        "connections": {},
        "parameters": {},
        "resources": {},
        "autoUpgradeInfo": {"autoUpgradable": false, "overrideWithDefaultParameters": false},
    }));
    put(&mut value, "taskPauseDetails", details);
    value
}

/// A plan, in a list or by itself, with the status of its last run.
pub(super) fn plan(tenant: &mut Tenant, index: usize, status: Option<&String>) -> Value {
    let details = pause(tenant, index);
    let steps = tenant.executables[index].steps().to_vec();
    let chart = chart(tenant, &steps);
    let executable = &tenant.executables[index];
    let mut value = present(json!({
        "executable": executable.id,
        "name": executable.name,
        "workspace": workspace(tenant, tenant.workspace_of(executable)),
        "chart": chart,
        "status": status,
    }));
    put(&mut value, "planPauseDetails", details);
    value
}

/// The steps as the API nests them: each holds the next.
fn chart(tenant: &mut Tenant, steps: &[Step]) -> Option<Value> {
    let (step, rest) = steps.split_first()?;
    let mut flows = Vec::new();
    for index in step.tasks.iter().filter_map(|id| tenant.find(id)).collect::<Vec<_>>() {
        let details = pause(tenant, index);
        let task = &tenant.executables[index];
        let mut flow = json!({
            "id": task.id,
            "name": task.name,
            "version": "0.1",
            "workspaceId": tenant.workspace_of(task).id,
            "artifact": {"id": artifact(task), "name": task.name, "version": "0.1.0"},
        });
        put(&mut flow, "taskPauseDetails", details);
        flows.push(flow);
    }
    let on_exception = step.on_exception.as_deref().map(std::slice::from_ref);
    let on_exception = on_exception.and_then(|step| chart(tenant, step));
    let next = chart(tenant, rest);
    Some(present(json!({
        "id": step.id,
        "name": step.name,
        "flows": flows,
        "taskIds": step.tasks,
        "nextStep": next,
        "stepOnException": on_exception,
    })))
}

pub(super) fn artifact(executable: &LiveExecutable) -> String {
    let given = executable.task().and_then(|task| task.artifact.clone());
    given.unwrap_or_else(|| format!("artifact-{}", executable.id))
}

/// The pause details as a read shows them now; nothing if there is no member.
fn pause(tenant: &mut Tenant, index: usize) -> Option<Value> {
    let shown = tenant.executables[index].pause.shown(Instant::now());
    match (shown, tenant.options.unpaused) {
        (Some(details), _) => Some(pause_details(details, &tenant.options)),
        (None, Unpaused::Absent) => None,
        (None, Unpaused::Null) => Some(Value::Null),
        (None, Unpaused::False) => Some(json!({"pause": false})),
    }
}

fn pause_details(details: &PauseDetails, options: &Options) -> Value {
    let context = details.context.as_deref().filter(|_| !options.hide_pause_context);
    let shown = options.context_characters.unwrap_or(usize::MAX);
    let context = context.map(|context| context.chars().take(shown).collect::<String>());
    present(json!({
        "pause": true,
        "pauseContext": context,
        "user": details.user,
        "userType": details.user_type,
        "pauseDate": details.date,
    }))
}

fn put(object: &mut Value, name: &str, member: Option<Value>) {
    if let (Value::Object(members), Some(member)) = (object, member) {
        members.insert(name.to_owned(), member);
    }
}
