//! The word `check`, which reports the problems of timetables.

use std::fs;
use std::path::Path;

use maintenance_core::cli::{Ending, Messages, Refusal};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::scope::Subject;
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::timetable::{self, Against, OnError, Severity};
use serde::Deserialize;

use crate::args::CheckArgs;
use crate::timetables;

/// Reports every problem of the timetables, like a compiler.
pub(crate) fn check(args: &CheckArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let options = timetables::options(&args.timetable.reading, OnError::Stop)?;
    let files = timetables::read(&args.timetable.timetables, &args.timetable.reading)?;
    let tasks = args.tasks.as_deref().map(read_tasks).transpose()?;
    let subjects: Option<Vec<Subject<'_>>> =
        tasks.as_ref().map(|tasks| tasks.iter().map(ListedTask::subject).collect());
    let against = Against { now: clock::now(), tasks: subjects.as_deref() };
    let problems = timetable::check(files.iter(), &options, &against);
    let warnings = problems.iter().filter(|p| p.severity == Severity::Warning).count();
    let errors = problems.len() - warnings;
    for problem in &timetable::shortened(problems) {
        messages.problem(problem);
    }
    let text = format!("errors: {errors}, warnings: {warnings}");
    if errors == 0 {
        messages.note(&text);
        return Ok(Ending::DONE);
    }
    // Each problem is an error of its own, which --quiet does not suppress.
    Ok(Ending::answer(Exit::BadInput, "bad-timetable", text))
}

/// A task or plan in the output of `runs-fetch tasks`: the members for scopes.
#[derive(Deserialize)]
struct ListedTask {
    #[serde(alias = "id")]
    executable: Option<String>,
    name: Option<String>,
    workspace: Option<TaskPlace>,
    environment: Option<TaskPlace>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A workspace or environment of a task.
#[derive(Deserialize)]
struct TaskPlace {
    id: Option<String>,
    name: Option<String>,
    environment: Option<Box<TaskPlace>>,
}

impl ListedTask {
    fn subject(&self) -> Subject<'_> {
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
fn read_tasks(path: &Path) -> anyhow::Result<Vec<ListedTask>> {
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
