//! The word `check`, which reports the problems of timetables, and what is ahead.

mod listed_task;
mod outlook;

use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use maintenance_core::cli::{BAD_TIMETABLE, Ending, Messages, TimetableFiles, each_once};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::scope::Subject;
use maintenance_core::short_name::clip_path;
use maintenance_core::timetable::{self, Against, OnError, Problem, Severity};

use crate::args::CheckArgs;
use crate::timetables;
use listed_task::{ListedTask, read_tasks};
use outlook::outlook;

/// Reports every problem of the timetables, like a compiler. If there is no error, it
/// also says what is ahead.
pub(crate) fn check(args: &CheckArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let paths = &args.timetable.timetables;
    let options = timetables::options(paths, &args.timetable.reading, OnError::Stop)?;
    let (paths, again) = each_once(paths);
    for path in again {
        messages.warn(&TimetableFiles::named_twice(path));
    }
    let (files, mut problems) = read(&paths, args)?;
    let files = || files.iter().flat_map(TimetableFiles::iter);
    let tasks = args.tasks.as_deref().map(read_tasks).transpose()?;
    let is_empty = tasks.as_ref().is_some_and(Vec::is_empty);
    if is_empty {
        messages.warn("the file of --tasks is empty: no scope was compared with it");
    }
    let tasks = tasks.filter(|tasks| !tasks.is_empty());
    let subjects: Option<Vec<Subject<'_>>> =
        tasks.as_ref().map(|tasks| tasks.iter().map(ListedTask::subject).collect());
    let against = Against { now: clock::now(), tasks: subjects.as_deref() };
    problems.extend(timetable::check(files(), &options, &against));
    let warnings = problems.iter().filter(|p| p.severity == Severity::Warning).count();
    let errors = problems.len() - warnings;
    for problem in &timetable::shortened(problems) {
        messages.problem(problem);
    }
    let text = format!("errors: {errors}, warnings: {warnings}");
    if errors == 0 {
        messages.note(&text);
        let zone = timetables::zone(&args.timetable.reading)?;
        if let Ok((timetable, _)) = timetable::load(files(), &options) {
            timetables::note_left_out(&timetable, messages);
            if subjects.is_none() && !is_empty && !timetable.fields().is_empty() {
                messages.note(
                    "scopes were not compared with tasks and plans: give --tasks FILE, as \
                     `runs-fetch tasks` writes it",
                );
            }
            for sentence in outlook(&timetable, &against, &zone) {
                messages.note(&sentence);
            }
        }
        return Ok(Ending::DONE);
    }
    let text = format!("the timetable has to be mended: {text}");
    Ok(Ending::undone(Exit::BadInput, BAD_TIMETABLE, text))
}

/// Reads the timetables. Of several files, one that cannot be read is a problem beside
/// those of the others.
fn read(
    paths: &[&PathBuf],
    args: &CheckArgs,
) -> anyhow::Result<(Vec<TimetableFiles>, Vec<Problem>)> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for &path in paths {
        match timetables::read(slice::from_ref(path), &args.timetable.reading) {
            Ok(file) => files.push(file),
            Err(refusal) if paths.len() == 1 => return Err(refusal.into()),
            Err(refusal) => problems.push(Problem {
                severity: Severity::Fatal,
                file: Arc::from(&*clip_path(path)),
                line: 1,
                column: None,
                message: refusal.to_string(),
                hint: None,
            }),
        }
    }
    Ok((files, problems))
}
