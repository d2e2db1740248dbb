//! The words `windows`, which lists windows, and `check`, which reports problems.

use std::fs;
use std::path::Path;

use anyhow::Context;
use maintenance_core::cli::{Ending, Messages, Refusal};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::jsonl::LineWriter;
use maintenance_core::jsonl::text::to_json;
use maintenance_core::scope::{Field, Pattern, Subject};
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::timetable::{self, Against, OnError, Severity};
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::zone::{Dst, Zone};
use serde::{Deserialize, Serialize};

use crate::args::{CheckArgs, WindowsArgs};
use crate::timetables;

/// The time in milliseconds from now on for which a timetable without an end is
/// listed, without `--to`: a year.
const AHEAD: i64 = 366 * 86_400_000;

/// Writes the windows, sorted by start. The output is a timetable again.
pub(crate) fn list(args: &WindowsArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let on_error = args.on_error.choice();
    let timetable = timetables::load(&args.timetable, on_error, messages)?;
    let now = clock::now();
    let zone =
        timetables::options(&args.timetable, on_error)?.default_zone.unwrap_or_else(Zone::utc);
    let at = |flag: &str, time: Option<TimeArg>| {
        time.map(|time| time.resolve(now, &zone))
            .transpose()
            .map_err(|error| Refusal::usage(format!("--{flag}: {error}")))
    };
    let from = at("from", args.from)?.unwrap_or(UtcTime::MIN);
    let to = at("to", args.to)?.unwrap_or_else(|| match timetable.last_end() {
        Some(_) => UtcTime::MAX,
        None => TimeArg::FromNow(AHEAD).resolve(now, &zone).unwrap_or(UtcTime::MAX),
    });
    if from >= to {
        let message = format!("--from {from} is not before --to {to}");
        return Err(Refusal::usage(message).into());
    }
    let windows = timetable.widened(from, to, args.widening.widening(), u32::MAX)?;
    let mut lines = LineWriter::stdout();
    for window in &windows {
        let line = to_json(&WindowLine::new(window)).context("cannot write a window")?;
        lines.line(line.as_bytes())?;
    }
    lines.flush()?;
    Ok(Ending::DONE)
}

/// The line of a window.
#[derive(Serialize)]
struct WindowLine<'a> {
    name: &'a str,
    start: UtcTime,
    end: Option<UtcTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environment: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workspace: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    task: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag: Vec<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst: Option<&'static str>,
    timetable: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
}

impl<'a> WindowLine<'a> {
    fn new(window: &'a Window) -> Self {
        let patterns =
            |field| window.scope.patterns(field).iter().map(Pattern::as_str).collect::<Vec<_>>();
        Self {
            name: &window.name,
            start: window.start,
            end: window.end,
            kind: (window.kind == WindowKind::Open).then_some("open"),
            environment: patterns(Field::Environment),
            workspace: patterns(Field::Workspace),
            task: patterns(Field::Task),
            tag: patterns(Field::Tag),
            kinds: patterns(Field::Type),
            dst: window.dst.map(Dst::as_str),
            timetable: &window.source.origin.file,
            line: window.source.line,
            uid: window.source.origin.uid.as_deref(),
        }
    }
}

/// Reports every problem of the timetables, like a compiler.
pub(crate) fn check(args: &CheckArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let options = timetables::options(&args.timetable, OnError::Stop)?;
    let files = timetables::read(&args.timetable)?;
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
