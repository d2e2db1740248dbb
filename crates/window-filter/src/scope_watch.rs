//! Scopes that match no run, and look like a slip: `production` for `Production`.
//!
//! A scope that matches nothing is no error: its tasks may have no run in the window.
//! But if a run is seen that the scope would match but for case or a letter or two,
//! somebody should know before the window.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use maintenance_core::alike::is_slip;
use maintenance_core::scope::{Field, Pattern, Subject};
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::timetable::Timetable;

/// The most patterns that are watched. A timetable with more is written by a program.
const MOST_PATTERNS: usize = 500;

/// The most values of runs that each thread compares with the patterns.
const MOST_VALUES: usize = 1_000;

/// The patterns of a timetable's scopes, and the runs that they nearly match.
#[derive(Debug, Default)]
pub(crate) struct ScopeWatch {
    patterns: Vec<WatchedPattern>,
}

#[derive(Debug)]
struct WatchedPattern {
    field: Field,
    pattern: Pattern,
    /// The file and the line of the first window that has it.
    place: String,
    found: Mutex<Found>,
}

/// The values that a pattern was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// It matches a value, or there are more than are compared.
    Match,
    /// A value that it matches but for a slip.
    Near(String),
}

/// The values that a thread has compared.
#[derive(Debug, Default)]
pub(crate) struct ComparedValues([HashSet<String>; Field::ALL.len()]);

impl ScopeWatch {
    /// The patterns of that timetable.
    pub(crate) fn new(timetable: &Timetable) -> Self {
        let mut watch = Self::default();
        if timetable.fields().is_empty() {
            return watch;
        }
        let mut known = HashSet::new();
        for (scope, source) in timetable.scopes() {
            for field in Field::ALL {
                for pattern in scope.patterns(field) {
                    if !known.insert((field, pattern.as_str())) {
                        continue;
                    }
                    if watch.patterns.len() == MOST_PATTERNS {
                        return Self::default();
                    }
                    let file = clip_path(std::path::Path::new(&*source.origin.file));
                    watch.patterns.push(WatchedPattern {
                        field,
                        pattern: pattern.clone(),
                        place: format!("{file}:{}", source.line),
                        found: Mutex::new(Found::Nothing),
                    });
                }
            }
        }
        watch
    }

    /// Compares the patterns with a run that scopes were asked about.
    pub(crate) fn compare(&self, subject: &Subject<'_>, compared: &mut ComparedValues) {
        for (field, known) in Field::ALL.into_iter().zip(&mut compared.0) {
            for value in subject.values(field) {
                if known.contains(value) {
                    continue;
                }
                let is_full = known.len() >= MOST_VALUES;
                if !is_full {
                    known.insert(value.to_owned());
                }
                for watched in self.patterns.iter().filter(|watched| watched.field == field) {
                    watched.compare(value, is_full);
                }
            }
        }
    }

    /// Whether there is anything to compare.
    pub(crate) fn is_idle(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The warnings about patterns that match no run but for a slip.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warnings = self.patterns.iter().filter_map(|watched| {
            let found = watched.found.lock().unwrap_or_else(PoisonError::into_inner);
            let Found::Near(value) = &*found else { return None };
            Some(format!(
                "{}: {} {:?} matches no run: did you mean {:?}?",
                watched.place,
                watched.field.as_str(),
                clip(watched.pattern.as_str()),
                clip(value)
            ))
        });
        warnings.collect()
    }
}

impl WatchedPattern {
    fn compare(&self, value: &str, is_full: bool) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if *found == Found::Match {
            return;
        }
        if is_full || self.pattern.matches(value) {
            *found = Found::Match;
        } else if *found == Found::Nothing && is_slip(self.pattern.as_str(), value) {
            *found = Found::Near(value.to_owned());
        }
    }
}
