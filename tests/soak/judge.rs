//! Judges each run of each task: one in a window was suppressed, and one outside of all
//! windows was not, or there is a reported reason.

use std::collections::BTreeMap;

use super::calendar::{Row, occurrences};
use super::life::{Life, Lives, Owner};
use super::tenant::{At, DAY, MINUTE, SoakTask, show};

/// Windows begin so much earlier (`MAINTENANCE_BEFORE`).
pub(super) const BEFORE: At = 15 * MINUTE;

/// The timetable from a moment on.
pub(super) struct Version {
    pub(super) since: At,
    /// As its operators mean it.
    pub(super) rows: Vec<Row>,
    /// The state of the files, if they do not say that.
    pub(super) broken: Option<&'static str>,
}

/// A pass that was made.
pub(super) struct Pass {
    pub(super) begun: At,
    pub(super) ended: At,
    pub(super) code: i32,
    /// The tasks that it reported as failed, or as not yet seen, with the reason.
    pub(super) failed: BTreeMap<String, String>,
    /// It reported that no window is in the timetable.
    pub(super) saw_no_window: bool,
}

impl Pass {
    /// Its end, without its words.
    pub(super) fn end(&self) -> (i32, Vec<&String>) {
        (self.code, self.failed.keys().collect())
    }
}

/// The verdict on all runs.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) runs: u64,
    pub(super) in_windows: u64,
    pub(super) suppressed: u64,
    pub(super) by_people: u64,
    /// Runs that slipped into a window, each with its name and reason.
    pub(super) slipped: Vec<String>,
    /// Those without a reason.
    pub(super) unexplained: Vec<String>,
    /// Runs that were suppressed outside of all windows, by reason.
    pub(super) beyond: BTreeMap<&'static str, u64>,
}

pub(super) struct Judge<'a> {
    pub(super) versions: &'a [Version],
    pub(super) passes: &'a [Pass],
    pub(super) lives: &'a Lives,
}

impl Judge<'_> {
    /// Judges the runs of all tasks in `[from, to)`.
    pub(super) fn judge(&self, tasks: &[SoakTask], from: At, to: At) -> Verdict {
        let mut verdict = Verdict::default();
        let ends = self.versions.iter().skip(1).map(|version| version.since).chain([to]);
        for (version, until) in self.versions.iter().zip(ends) {
            let (from, to) = (version.since.max(from), until.min(to));
            if from >= to {
                continue;
            }
            let windows = occurrences(&version.rows, from - DAY, to + DAY);
            for task in tasks {
                let own = windows.iter().filter(|one| version.rows[one.row].concerns(task));
                let own: Vec<(At, At, &str)> =
                    own.map(|one| (one.start, one.end, &*version.rows[one.row].name)).collect();
                for run in task.runs(from, to) {
                    self.run(&mut verdict, (task, run), version, &own);
                }
            }
        }
        verdict
    }

    fn run(
        &self,
        verdict: &mut Verdict,
        (task, run): (&SoakTask, At),
        version: &Version,
        windows: &[(At, At, &str)],
    ) {
        verdict.runs += 1;
        let life = self.lives.of(&task.id);
        let pause = life.pause_at(run);
        let window = windows.iter().find(|(start, end, _)| (*start..*end).contains(&run));
        match (window, pause) {
            (Some((.., name)), None) => {
                verdict.in_windows += 1;
                let since = chain(windows, run).0;
                let what = format!("{}: {} ({}) in {name}", show(run), task.name, task.id);
                match self.reason(life, &task.id, since.max(version.since), since, run) {
                    Some(reason) => verdict.slipped.push(format!("{what}: {reason}")),
                    None => verdict.unexplained.push(what),
                }
            }
            (Some(_), Some(pause)) => {
                verdict.in_windows += 1;
                verdict.suppressed += 1;
                verdict.by_people += u64::from(pause.owner == Owner::Person);
            }
            (None, Some(pause)) if pause.owner == Owner::Us => {
                let is_widened =
                    windows.iter().any(|(start, end, _)| (start - BEFORE..*end).contains(&run));
                let over = windows.iter().map(|(_, end, _)| *end).filter(|end| *end <= run).max();
                let over = over.unwrap_or(At::MIN).max(version.since).max(pause.from);
                let reason = if is_widened {
                    Some("in the quarter of an hour before a window")
                } else if version.broken.is_some() {
                    Some("the timetable could not be read")
                } else {
                    self.not_done(&task.id, over, run).map(|(reason, _)| reason)
                };
                match reason {
                    Some(reason) => *verdict.beyond.entry(reason).or_default() += 1,
                    None => verdict.unexplained.push(format!(
                        "{}: {} ({}) is paused since {} and in no window since {}",
                        show(run),
                        task.name,
                        task.id,
                        show(pause.from),
                        show(over)
                    )),
                }
            }
            (None, _) => {}
        }
    }

    /// The reason for a task not being paused at a run of it. Its window was known since
    /// `known`, and touches others since `chain`.
    fn reason(&self, life: &Life, id: &str, known: At, chain: At, run: At) -> Option<String> {
        let resumed = life.resumed.iter().filter(|it| (chain..=run).contains(&it.at));
        let mut due = known;
        for it in resumed {
            if it.of == Owner::Us {
                return Some(format!("a person resumed it at {}", show(it.at)));
            }
            due = due.max(it.at);
        }
        let (reason, when) = self.not_done(id, due, run)?;
        if due > known {
            return Some(format!("a person gave it back at {}, and {reason}", show(due)));
        }
        let broken = self.versions.iter().rev().find(|version| version.since <= run)?.broken;
        Some(match (broken, when) {
            (Some(state), _) => format!("the timetable was {state}"),
            (None, Some(when)) => format!("{reason} ({when})"),
            (None, None) => reason.to_owned(),
        })
    }

    /// The reason for no pass having done, from a moment to another, what was to be done
    /// with a task, and what the last of them said.
    fn not_done(&self, id: &str, from: At, to: At) -> Option<(&'static str, Option<String>)> {
        let first = self.passes.partition_point(|pass| pass.begun < from);
        let all = self.passes[first..].iter().take_while(|pass| pass.begun <= to);
        let mut reported = ("no pass was made in between", None);
        for pass in all.filter(|pass| pass.begun <= to) {
            reported = if pass.ended >= to {
                ("the first pass was under way", None)
            } else if let Some(said) = pass.failed.get(id) {
                ("a pass could not, and said so", Some(said.clone()))
            } else if pass.saw_no_window {
                ("a pass saw no window, and said so", None)
            } else if matches!(pass.code, 0 | 1) {
                return None;
            } else {
                ("a pass failed", Some(format!("exit code {}", pass.code)))
            };
        }
        Some(reported)
    }
}

/// The time from the begin of the first to the end of the last of the windows that touch
/// each other around a moment.
fn chain(windows: &[(At, At, &str)], at: At) -> (At, At) {
    let (mut from, mut to) = (at, at);
    loop {
        let touching =
            windows.iter().filter(|(start, end, _)| start - BEFORE <= to && from <= *end);
        let (start, end) = touching.fold((from, to), |(from, to), (start, end, _)| {
            (from.min(start - BEFORE), to.max(*end))
        });
        if (start, end) == (from, to) {
            return (from, to);
        }
        (from, to) = (start, end);
    }
}
