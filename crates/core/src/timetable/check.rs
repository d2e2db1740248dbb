//! The warnings of `check`: texts that can be read, but probably mean something else.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::time::Duration;

use super::expand::{Capped, StepBudget};
use super::load::read_into;
use super::options::{ReadOptions, TimetableFile};
use super::overlap::overlaps;
use super::problem::{Problem, Severity, warning};
use super::reader::{AsWritten, Loaded, TimetableReader};
use super::series::Series;
use super::windows::{MOST_AT_ONCE, Timetable};
use super::{lint, lint_scope};
use crate::scope::{Field, MissingField, Pattern, Scope, Subject};
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::window::{Source, Window};
use crate::zone::Zone;

/// The time and the tasks that a timetable is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The present moment, UTC: what is over, and how far ahead is looked, counts from it.
    pub now: UtcTime,
    /// The tasks and plans that its scopes should match, if they are known.
    pub tasks: Option<&'a [Subject<'a>]>,
}

/// The time ahead in which windows are looked at; less if there are too many.
const AHEAD: [Duration; 3] =
    [Duration::from_secs(366 * 86_400), Duration::from_secs(7 * 86_400), Duration::from_secs(3600)];

/// Reads timetables like a compiler: every error, and what deserves a warning,
/// in the order of files and lines.
#[must_use]
pub fn check<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
    against: &Against<'_>,
) -> Vec<Problem> {
    let inputs: Vec<TimetableFile<'a>> = inputs.into_iter().collect();
    let mut reading = read_all(&inputs, options);
    let as_written = reading.as_written.take().unwrap_or_default();
    let now = against.now;
    let mut warnings = Vec::new();
    let mut ahead = Vec::new();
    let mut fixed = FixedZones::default();
    for (window, AsWritten { zone, length }) in reading.windows.iter().zip(&as_written) {
        warnings.extend(lint::unnamed(&window.name, &window.source));
        warnings.extend(zone.as_ref().and_then(|zone| fixed.report(zone, &window.source, now)));
        if let Some(past) = lint::past_window(window, now) {
            warnings.push(past);
            continue;
        }
        warnings.extend(lint::window(window, now));
        warnings.extend(zone.as_ref().and_then(|zone| changing(window, zone, (*length)?)));
        ahead.push(window.clone());
    }
    let Loaded { timetable, mut problems } = reading.finish();
    let mut looking = LookAhead::new(&timetable, now);
    let mut seeking = StepBudget::new(timetable.series.len());
    for series in &timetable.series {
        warnings.extend(series.heads().filter_map(|head| lint::unnamed(&head.name, &head.source)));
        warnings.extend(fixed.report(&series.zone, &series.head.source, now));
        if let Some(past) = lint::past_series(series, now, &mut seeking) {
            warnings.push(past);
            continue;
        }
        warnings.extend(lint::series(series, now, &mut seeking));
        match looking.windows(series) {
            Ok((windows, changing)) => {
                warnings.extend(changing);
                ahead.extend(windows);
            }
            Err(problem) => problems.push(problem),
        }
    }
    warnings.extend(overlaps(&mut ahead));
    warnings.extend(doubtful_patterns(&timetable));
    if let Some(tasks) = against.tasks {
        warnings.extend(scopes_without_tasks(&timetable, tasks));
    }
    problems.extend(warnings);
    let place = |problem: &Problem| inputs.iter().position(|input| *input.file == *problem.file);
    problems.sort_by_key(|problem| (place(problem), problem.line, problem.column));
    problems
}

/// Reads timetables, and keeps the way in which each window was written.
fn read_all<'o>(inputs: &[TimetableFile<'_>], options: &'o ReadOptions) -> TimetableReader<'o> {
    let mut reading = TimetableReader::new(options);
    reading.as_written = Some(Vec::new());
    for input in inputs {
        read_into(&mut reading, input);
    }
    reading
}

/// The zones without summer time that were reported, by file and name.
#[derive(Default)]
struct FixedZones(HashSet<(String, String)>);

impl FixedZones {
    fn report(&mut self, zone: &Zone, source: &Source, now: UtcTime) -> Option<Problem> {
        let problem = lint::fixed(zone, source, now)?;
        let place = (source.origin.file.to_string(), zone.name().to_owned());
        self.0.insert(place).then_some(problem)
    }
}

/// A window that a change of the clock makes longer or shorter than it was
/// written: people often count its hours wrong.
fn changing(window: &Window, zone: &Zone, written: i64) -> Option<Problem> {
    let elapsed = (window.end?.as_millis() - window.start.as_millis()) / 1000;
    if elapsed == written {
        return None;
    }
    let message = format!(
        "the clock of {} changes in the window {:?} of {}: it lasts {}, not {}",
        zone.name(),
        clip(&window.name),
        window.start,
        length(elapsed),
        length(written),
    );
    Some(warning(&window.source, message, "make sure that is meant"))
}

fn length(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60) {
        (hours, 0) => format!("{hours} h"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Looks at the windows of one series after the other, from now on: of each at
/// no more than its share, and at none any more once that took too long.
struct LookAhead {
    now: UtcTime,
    rules: usize,
    /// The budget that all series share.
    together: StepBudget,
    /// The series that took most steps so far.
    costliest: Option<(u64, Source)>,
    ended: bool,
}

/// The number of windows of all series together that are looked at.
const LOOKED_AT: usize = 200_000;

impl LookAhead {
    fn new(timetable: &Timetable, now: UtcTime) -> Self {
        let rules = timetable.series.len();
        Self { now, rules, together: StepBudget::new(rules), costliest: None, ended: false }
    }

    /// The windows of the first stretch of [`AHEAD`] that has no more than the
    /// share, and the first that a change of the clock makes longer or shorter;
    /// none if each has more.
    fn windows(&mut self, series: &Series) -> Result<(Vec<Window>, Option<Problem>), Problem> {
        let share = u32::try_from(LOOKED_AT / self.rules.max(1)).unwrap_or(u32::MAX);
        self.too_many_at_once(series)?;
        for ahead in AHEAD {
            if self.ended {
                break;
            }
            let (mut windows, mut changed) = (Vec::new(), None);
            let mut budget = StepBudget::part(share, self.rules);
            let to = self.now.saturating_add(ahead);
            let looked = series.each_window(self.now, to, &mut budget, &mut |window, length| {
                if changed.is_none() {
                    changed = changing(&window, &series.zone, length.nominal());
                }
                windows.push(window);
            });
            let (taken, source) = (budget.taken(), &series.head.source);
            if self.costliest.as_ref().is_none_or(|(most, _)| taken > *most) {
                self.costliest = Some((taken, source.clone()));
            }
            if let (Err(capped), Some((_, costliest))) =
                (self.together.step(taken), &self.costliest)
            {
                self.ended = true;
                return Err(limit(costliest, capped));
            }
            match looked {
                Ok(()) => return Ok((windows, changed)),
                Err(Capped::Windows(_)) => {}
                Err(Capped::Steps(_)) if ahead != AHEAD[AHEAD.len() - 1] => {}
                Err(capped) => return Err(limit(source, capped)),
            }
        }
        Ok((Vec::new(), None))
    }

    /// An error if a series has more windows in one hour than a run is ever
    /// looked up among: with long windows that start often, each hour has
    /// them all.
    fn too_many_at_once(&mut self, series: &Series) -> Result<(), Problem> {
        /// 2^22 milliseconds, the shortest time that a filter looks at.
        const PAGE: Duration = Duration::from_millis(1 << 22);
        // Of windows of fewer seconds than that, fewer are on at once.
        let is_long = usize::try_from(series.span.nominal()).is_ok_and(|long| long >= MOST_AT_ONCE);
        if self.ended || series.rules.is_empty() || !is_long {
            return Ok(());
        }
        let most = u32::try_from(MOST_AT_ONCE + 16 * self.rules).unwrap_or(u32::MAX);
        for from in [self.now, self.now.saturating_add(AHEAD[0])] {
            let mut windows = Vec::new();
            let mut budget = StepBudget::part(most, self.rules);
            let to = from.saturating_add(PAGE);
            let looked = series.windows(from, to, &mut budget, &mut windows);
            if self.together.step(budget.taken()).is_err() {
                return Ok(());
            }
            if let Err(capped @ Capped::Windows(_)) = looked {
                return Err(limit(&series.head.source, capped));
            }
        }
        Ok(())
    }
}

fn limit(source: &Source, capped: Capped) -> Problem {
    let problem = warning(source, capped.message(), capped.hint());
    Problem { severity: Severity::Error, ..problem }
}

/// The patterns of all scopes, each once a file.
fn patterns(timetable: &Timetable) -> impl Iterator<Item = (Field, &Pattern, &Source)> {
    let mut seen = HashSet::new();
    let all = timetable.scopes().flat_map(|(scope, source)| {
        scope.all_patterns().map(move |(field, pattern)| (field, pattern, source))
    });
    all.filter(move |(field, pattern, source)| {
        seen.insert((&source.origin.file, *field, pattern.as_str()))
    })
}

/// The warnings about patterns that can hardly match what they mean.
fn doubtful_patterns(timetable: &Timetable) -> impl Iterator<Item = Problem> {
    patterns(timetable)
        .filter_map(|(field, pattern, source)| lint_scope::pattern(field, pattern.as_str(), source))
}

/// The warnings about patterns and whole scopes that match none of these tasks and plans.
fn scopes_without_tasks(timetable: &Timetable, tasks: &[Subject<'_>]) -> Vec<Problem> {
    let unmatched = |(field, pattern, source)| unmatched(field, pattern, source, tasks);
    let mut warnings: Vec<Problem> = patterns(timetable).filter_map(unmatched).collect();
    // Most windows share their scope with others.
    let mut known = HashMap::new();
    for (scope, source) in timetable.scopes() {
        let message = known.entry(ptr::from_ref(scope)).or_insert_with(|| disjoint(scope, tasks));
        let hint = "write what one task has together, or leave one of them empty";
        warnings.extend(message.clone().map(|message| warning(source, message, hint)));
    }
    warnings
}

/// The fields of a scope that takes none of these tasks and plans, although none of
/// the fields alone is the reason.
fn disjoint(scope: &Scope, tasks: &[Subject<'_>]) -> Option<String> {
    let mut alone = Field::ALL.to_vec();
    for task in tasks {
        let excluding: Vec<Field> = scope.excluding(task).collect();
        if excluding.is_empty() {
            return None;
        }
        alone.retain(|field| excluding.contains(field));
    }
    let written = |field: Field| {
        let patterns: Vec<&str> = scope.patterns(field).iter().map(Pattern::as_str).collect();
        let is_asked = !patterns.is_empty();
        is_asked.then(|| format!("{}:{:?}", field.as_str(), clip(&patterns.join("|"))))
    };
    let all: Vec<String> = Field::ALL.into_iter().filter_map(written).collect();
    alone.is_empty().then(|| {
        let (all, tasks) = (all.join(" and "), tasks.len());
        format!("{all} together match none of the tasks and plans ({tasks})")
    })
}

/// A warning about a pattern that matches none of these tasks and plans.
fn unmatched(
    field: Field,
    pattern: &Pattern,
    source: &Source,
    tasks: &[Subject<'_>],
) -> Option<Problem> {
    let mut single = Scope::default();
    single.add(field, pattern.clone());
    let mut missing: Option<MissingField> = None;
    let matched = tasks.iter().any(|task| {
        single.judge(task).unwrap_or_else(|error| {
            missing = Some(error);
            false
        })
    });
    if matched {
        return None;
    }
    let what = format!("{}:{:?}", field.as_str(), clip(pattern.as_str()));
    let (message, hint) = match missing {
        Some(missing) => (
            format!("whether {what} matches is not known: {missing}"),
            "check it in the API's own screens",
        ),
        None => (
            format!("{what} matches none of the tasks and plans ({})", tasks.len()),
            "mend the pattern, or remove it",
        ),
    };
    Some(warning(source, message, hint))
}
