//! The output of `runs-fetch tasks`, which scopes are compared with.

use std::fs;
use std::path::Path;

use maintenance_core::cli::Refusal;
use maintenance_core::scope::Subject;
use maintenance_core::short_name::{clip, clip_path};
use serde::Deserialize;

/// A task or plan in the output of `runs-fetch tasks`: the members for scopes.
#[derive(Deserialize)]
pub(super) struct ListedTask {
    #[serde(alias = "id")]
    executable: Option<String>,
    name: Option<String>,
    workspace: Option<NamedObject>,
    environment: Option<NamedObject>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A workspace or environment of a task.
#[derive(Deserialize)]
struct NamedObject {
    id: Option<String>,
    name: Option<String>,
    environment: Option<Box<NamedObject>>,
}

impl ListedTask {
    pub(super) fn subject(&self) -> Subject<'_> {
        let workspace = self.workspace.as_ref();
        let environment =
            workspace.and_then(|of| of.environment.as_deref()).or(self.environment.as_ref());
        Subject {
            id: self.executable.as_deref(),
            name: self.name.as_deref(),
            kind: self.kind.as_deref(),
            environment_id: environment.and_then(|of| of.id.as_deref()),
            environment_name: environment.and_then(|of| of.name.as_deref()),
            workspace_id: workspace.and_then(|of| of.id.as_deref()),
            workspace_name: workspace.and_then(|of| of.name.as_deref()),
            tags: None,
        }
    }
}

/// Reads the output of `runs-fetch tasks`.
pub(super) fn read_tasks(path: &Path) -> anyhow::Result<Vec<ListedTask>> {
    let name = clip_path(path);
    let bytes = fs::read(path)
        .map_err(|error| Refusal::bad_input(format!("cannot read the tasks {name}: {error}")))?;
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    let mut tasks = Vec::new();
    for (line, number) in lines.filter(|(line, _)| !line.trim_ascii().is_empty()) {
        let task = serde_json::from_slice(line).map_err(|error| {
            Refusal::bad_input(format!("{name}:{number}: not a task: {}", clip(&error.to_string())))
                .hint("write the file with `runs-fetch tasks`")
        })?;
        tasks.push(task);
    }
    Ok(tasks)
}
