//! Windows that overlap, in groups: a table in which everything overlaps is
//! reported in one line.
//!
//! Two windows overlap if they have an instant in common and concern the same
//! runs; a group is what hangs together by that. The groups are found in one
//! sweep over the starts. Of the windows of a
//! scope that have begun, only the one that ends last has to be known: what overlaps
//! another one of them overlaps that one, too.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::problem::{Problem, warning};
use super::windows::order;
use crate::scope::{Field, Scope};
use crate::short_name::{clip, clip_path};
use crate::time::UtcTime;
use crate::window::{Window, WindowKind};

/// The number of windows of a group that are named.
const NAMED: usize = 3;

/// A warning for each group of windows of maintenance that overlap; those of
/// the same rows and events count once.
pub(super) fn overlaps(windows: &mut Vec<Window>) -> Vec<Problem> {
    windows.retain(|window| {
        window.kind == WindowKind::Maintenance && window.end != Some(window.start)
    });
    windows.sort_by_key(order);
    let mut reported = HashSet::new();
    let mut warnings = Vec::new();
    for group in groups(windows) {
        let sources = group.iter().map(|window| &window.source);
        let mut of: Vec<(&str, u64)> =
            sources.map(|source| (&*source.origin.file, source.line)).collect();
        of.sort_unstable();
        of.dedup();
        if reported.insert(of) {
            warnings.extend(describe(&group));
        }
    }
    warnings
}

fn describe(group: &[&Window]) -> Option<Problem> {
    let place = |window: &Window| {
        let file = clip_path(Path::new(&*window.source.origin.file));
        format!("{file}:{}", window.source.line)
    };
    if let [earlier, later] = group {
        let message = format!(
            "the window {:?} of {} overlaps {:?} of {} ({})",
            clip(&later.name),
            later.start,
            clip(&earlier.name),
            earlier.start,
            place(earlier),
        );
        return Some(warning(&later.source, message, "a run in both gets the later end"));
    }
    let first = group.first()?;
    let end = group.iter().try_fold(UtcTime::MIN, |end, window| Some(end.max(window.end?)));
    let mut named: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for window in group {
        let place = place(window);
        if seen.insert(place.clone()) && named.len() < NAMED {
            named.push(format!("{:?} ({place})", clip(&window.name)));
        }
    }
    if let Some(more @ 1..) = seen.len().checked_sub(NAMED) {
        named.push(format!("{more} more"));
    }
    let last = named.pop()?;
    let all = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    let until = end.map_or_else(|| "without end".to_owned(), |end| format!("to {end}"));
    let message = format!(
        "{} windows overlap one another, from {} {until}: those of {all}",
        group.len(),
        first.start,
    );
    Some(warning(&first.source, message, "a run in several gets the one that ends last"))
}

/// The window of some that ends last, by its place.
#[derive(Clone, Copy)]
struct Latest {
    place: usize,
    end: UtcTime,
}

impl Latest {
    fn later(this: Option<Self>, other: Self) -> Self {
        this.filter(|this| this.end >= other.end).unwrap_or(other)
    }
}

/// The groups of two windows and more. `windows` are sorted by start.
fn groups(windows: &[Window]) -> Vec<Vec<&Window>> {
    let mut sets = Sets((0..windows.len()).collect());
    let mut scopes = Scopes::default();
    // Of each scope, and of the windows that concern every run.
    let mut latest: Vec<Option<Latest>> = Vec::new();
    let mut of_all: Option<Latest> = None;
    // Of the group of the last window that concerned every run. Whatever is not
    // in it, and may not have ended, has its scope in `apart`.
    let mut joined: Option<Latest> = None;
    let mut apart: Vec<usize> = Vec::new();
    let mut is_apart: Vec<bool> = Vec::new();
    for (place, window) in windows.iter().enumerate() {
        let this = Latest { place, end: window.end.unwrap_or(UtcTime::MAX) };
        let reaches = |other: &Latest| other.end > window.start;
        if window.scope.is_unrestricted() {
            let mut members = this;
            let met =
                joined.filter(reaches).into_iter().chain(apart.drain(..).filter_map(|scope| {
                    is_apart[scope] = false;
                    latest[scope].filter(reaches)
                }));
            for other in met {
                sets.join(place, other.place);
                members = Latest::later(Some(members), other);
            }
            joined = Some(members);
            of_all = Some(Latest::later(of_all, this));
            continue;
        }
        let scope = scopes.number(&window.scope);
        if latest.len() <= scope {
            latest.push(None);
            is_apart.push(false);
        }
        for other in [latest[scope], of_all].into_iter().flatten().filter(reaches) {
            sets.join(place, other.place);
        }
        latest[scope] = Some(Latest::later(latest[scope].filter(reaches), this));
        if let Some(group) = joined
            && sets.find(group.place) == sets.find(place)
        {
            joined = Some(Latest::later(joined, this));
        } else if !is_apart[scope] {
            is_apart[scope] = true;
            apart.push(scope);
        }
    }
    let mut members: Vec<Vec<&Window>> = vec![Vec::new(); windows.len()];
    for (place, window) in windows.iter().enumerate() {
        members[sets.find(place)].push(window);
    }
    members.retain(|group| group.len() > 1);
    // In the order of their first windows.
    members.sort_by_key(|group| group.first().map(|window| order(window)));
    members
}

/// Numbers for scopes that are the same.
#[derive(Default)]
struct Scopes<'w> {
    by_patterns: HashMap<Vec<(Field, &'w str)>, usize>,
    by_address: HashMap<*const Scope, usize>,
}

impl<'w> Scopes<'w> {
    fn number(&mut self, scope: &'w Scope) -> usize {
        if let Some(number) = self.by_address.get(&std::ptr::from_ref(scope)) {
            return *number;
        }
        let patterns = scope.all_patterns().map(|(field, pattern)| (field, pattern.meaning()));
        let next = self.by_patterns.len();
        let number = *self.by_patterns.entry(patterns.collect()).or_insert(next);
        self.by_address.insert(scope, number);
        number
    }
}

/// Sets that are joined (union-find, with path halving).
struct Sets(Vec<usize>);

impl Sets {
    fn find(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    /// The set keeps the place of its first window.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scope::Pattern;
    use crate::window::{Origin, Source};
    use proptest::prelude::*;

    fn window(start: i64, length: Option<i64>, scope: u8, line: u64) -> Window {
        let at = |minutes: i64| UtcTime::from_millis(minutes * 60_000).unwrap();
        let mut patterns = Scope::default();
        if scope > 0 {
            patterns.add(Field::Task, Pattern::new(&scope.to_string()).unwrap());
        }
        Window {
            name: "w".into(),
            start: at(start),
            end: length.map(|length| at(start + length)),
            kind: WindowKind::Maintenance,
            scope: Arc::new(patterns),
            source: Source { origin: Origin::table("t"), line },
            dst: None,
            zone: None,
        }
    }

    /// The same groups by comparing all with all.
    fn slowly(windows: &[Window]) -> Vec<Vec<u64>> {
        let mut sets = Sets((0..windows.len()).collect());
        for (place, later) in windows.iter().enumerate() {
            for (other, earlier) in windows[..place].iter().enumerate() {
                let same = later.scope == earlier.scope
                    || later.scope.is_unrestricted()
                    || earlier.scope.is_unrestricted();
                if same && earlier.end.is_none_or(|end| end > later.start) {
                    sets.join(place, other);
                }
            }
        }
        let mut groups: HashMap<usize, Vec<u64>> = HashMap::new();
        for (place, window) in windows.iter().enumerate() {
            groups.entry(sets.find(place)).or_default().push(window.source.line);
        }
        let mut groups: Vec<_> = groups.into_values().filter(|group| group.len() > 1).collect();
        groups.sort_by_key(|group| windows.iter().position(|w| w.source.line == group[0]));
        groups
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

        #[test]
        fn the_sweep_finds_the_groups_that_comparing_all_finds(
            spans in prop::collection::vec((0..60_i64, prop::option::weighted(0.97, 1..15_i64), 0..4_u8), 0..25),
        ) {
            let windows = spans.into_iter().zip(0..);
            let mut windows: Vec<Window> =
                windows.map(|((start, length, scope), line)| window(start, length, scope, line)).collect();
            windows.sort_by_key(order);
            let found: Vec<Vec<u64>> = groups(&windows)
                .iter()
                .map(|group| group.iter().map(|window| window.source.line).collect())
                .collect();
            prop_assert_eq!(found, slowly(&windows));
        }
    }

    #[test]
    fn a_group_is_one_line_with_its_count_and_the_same_rows_count_once() {
        let mut windows = vec![
            window(0, Some(10), 0, 2),
            window(5, Some(10), 1, 3),
            window(12, Some(10), 1, 4),
            window(13, Some(10), 2, 5),
            window(9, Some(3), 0, 6),
            // Another day, and one that another day still is.
            window(1000, Some(10), 0, 2),
            window(1001, Some(10), 0, 3),
            window(2000, Some(10), 0, 2),
            window(2001, Some(10), 0, 3),
            window(3000, Some(10), 0, 2),
        ];
        let texts: Vec<String> = overlaps(&mut windows).iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "t:2: 4 windows overlap one another, from 1970-01-01T00:00:00.000Z to \
                 1970-01-01T00:22:00.000Z: those of \"w\" (t:2), \"w\" (t:3), \"w\" (t:6) and 1 more \
                 (a run in several gets the one that ends last)",
                "t:3: the window \"w\" of 1970-01-01T16:41:00.000Z overlaps \"w\" of \
                 1970-01-01T16:40:00.000Z (t:2) (a run in both gets the later end)",
            ]
        );
    }
}
