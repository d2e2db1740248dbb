//! The summary of a call: the lines and runs that were read, the runs that were selected,
//! and their windows. It can be asked for while the filter is at work.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

/// The most windows that the summary names.
const MOST_WINDOWS: usize = 3;

/// The counts of the whole input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InputCounts {
    /// The lines that were read, also blank lines.
    pub(crate) lines: u64,
    /// The runs that were read.
    pub(crate) runs: u64,
    /// The runs that were selected.
    pub(crate) selected: u64,
    /// The lines that could not be used.
    pub(crate) bad: u64,
    /// Whether there was an end record.
    pub(crate) has_end: bool,
    /// The latest start of a run.
    pub(crate) last_date: Option<UtcTime>,
}

/// The selected runs by the name of their window.
#[derive(Clone, Debug, Default)]
pub(crate) struct WindowCounts(HashMap<Box<str>, u64>);

impl WindowCounts {
    /// Counts a run in the window of that name.
    pub(crate) fn count(&mut self, window: &str) {
        self.add(window, 1);
    }

    /// Only the first run of a window costs memory.
    fn add(&mut self, window: &str, runs: u64) {
        match self.0.get_mut(window) {
            Some(count) => *count += runs,
            None => drop(self.0.insert(window.into(), runs)),
        }
    }

    /// The windows with the most runs: `12 in Patching, 3 in Upgrade`. `None`: there is none.
    fn text(&self) -> Option<String> {
        let mut windows: Vec<(&str, u64)> =
            self.0.iter().map(|(name, runs)| (&**name, *runs)).collect();
        windows.sort_by_key(|(name, runs)| (Reverse(*runs), *name));
        // One more is named rather than counted.
        let named = if windows.len() <= MOST_WINDOWS + 1 { windows.len() } else { MOST_WINDOWS };
        let (first, others) = windows.split_at(named);
        let mut parts: Vec<String> =
            first.iter().map(|(name, runs)| format!("{runs} in {}", clip(name))).collect();
        if !others.is_empty() {
            let runs: u64 = others.iter().map(|(_, runs)| runs).sum();
            parts.push(format!("{runs} in {} others", others.len()));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The summary of a call, for a person at a terminal. Clones are the same summary.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterSummary(Arc<Mutex<SummaryState>>);

#[derive(Debug, Default)]
struct SummaryState {
    /// The counts so far. `None`: nothing was read yet.
    input: Option<InputCounts>,
    by_window: WindowCounts,
}

impl FilterSummary {
    /// Begins to count.
    pub(crate) fn begin(&self) {
        self.state().input = Some(InputCounts::default());
    }

    /// Takes over the counts so far, and the windows since the last time.
    pub(crate) fn update(&self, input: InputCounts, by_window: &mut WindowCounts) {
        let mut state = self.state();
        state.input = Some(input);
        for (window, runs) in by_window.0.drain() {
            state.by_window.add(&window, runs);
        }
    }

    /// The summary in one or two lines; none if nothing was read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let state = self.state();
        let Some(InputCounts { lines, runs, selected, bad, .. }) = state.input else {
            return Vec::new();
        };
        let left_out = if bad > 0 { format!(", left out: {bad}") } else { String::new() };
        let counts = format!("lines read: {lines}, runs: {runs}, selected: {selected}{left_out}");
        let windows = state.by_window.text().map(|text| format!("by window: {text}"));
        [counts].into_iter().chain(windows).collect()
    }

    fn state(&self) -> MutexGuard<'_, SummaryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_with_the_most_runs_come_first_and_the_others_are_counted() {
        let mut counts = WindowCounts::default();
        assert_eq!(counts.text(), None);
        for (window, runs) in [("b", 2), ("a", 2), ("d", 1), ("c", 9)] {
            (0..runs).for_each(|_| counts.count(window));
        }
        assert_eq!(counts.text().unwrap(), "9 in c, 2 in a, 2 in b, 1 in d");
        counts.count("e");
        assert_eq!(counts.text().unwrap(), "9 in c, 2 in a, 2 in b, 2 in 2 others");
    }

    #[test]
    fn counts_of_several_threads_are_added_up() {
        let summary = FilterSummary::default();
        assert!(summary.lines().is_empty(), "nothing was read yet");
        summary.begin();
        assert_eq!(summary.lines(), ["lines read: 0, runs: 0, selected: 0"]);
        let mut counts = WindowCounts::default();
        for (selected, bad) in [(1, 0), (2, 1)] {
            counts.count("Patching");
            let input = InputCounts { lines: 9, runs: 7, selected, bad, ..InputCounts::default() };
            summary.update(input, &mut counts);
        }
        let lines =
            ["lines read: 9, runs: 7, selected: 2, left out: 1", "by window: 2 in Patching"];
        assert_eq!(summary.lines(), lines);
    }
}
