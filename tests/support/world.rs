//! The tenant of most stories, and the true state of its tasks.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tmc_standin::{ExecutableState, Standin, World};

/// The environment's ID.
pub(crate) const ENVIRONMENT: &str = "e1";
/// A task that a person had paused before the story begins.
pub(crate) const HUMAN: &str = "human";
/// A plan of which the task `t5` is a step.
pub(crate) const PLAN: &str = "plan";
pub(crate) const TOKEN: &str = "not-a-real-token";

/// A tenant with so many tasks.
pub(crate) fn world(tasks: usize) -> World {
    let mut tasks: Vec<Value> = (0..tasks)
        .map(|n| {
            // `t4` runs every ten minutes, for a quarter of an hour; the others
            // have no schedule of their own.
            let triggers = json!([{"type": "CRON", "cronExpression": "0/10 * * * ?"}]);
            let triggers = if n == 4 { triggers } else { json!([]) };
            json!({"id": format!("t{n}"), "name": format!("Task {n}"), "workspace": "w1",
                "triggers": triggers, "durationSeconds": 900})
        })
        .collect();
    tasks.push(json!({"id": HUMAN, "name": "Held by a person", "workspace": "w1", "paused":
        {"user": "a-person", "date": "2026-01-01T00:00:00Z", "context": "until the audit"}}));
    let plan = json!({"id": PLAN, "name": "Nightly", "workspace": "w1",
        "steps": [{"id": "s1", "name": "First", "tasks": ["t5"]}]});
    let world = json!({
        "environments": [{"id": ENVIRONMENT, "name": "Production"}],
        "workspaces": [{"id": "w1", "name": "Finance", "environment": ENVIRONMENT}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": TOKEN, "user": "ops"}],
        "tasks": tasks,
        "plans": if tasks.len() == 7 { json!([plan]) } else { json!([]) },
    });
    World::from_json(&world.to_string()).unwrap()
}

/// The true state of each task and plan, by its ID.
pub(crate) fn states(standin: &Standin) -> BTreeMap<String, ExecutableState> {
    let state = standin.state();
    let all = state.tasks.into_iter().chain(state.plans);
    all.map(|executable| (executable.id.clone(), executable)).collect()
}
