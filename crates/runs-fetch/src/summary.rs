//! The summary of a list of runs, for a person at a terminal. It can be asked for while
//! the list is written.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use maintenance_core::change::TargetKind;

use crate::settings::FetchSettings;

/// The counts so far. Clones are the same summary. Where nobody looks on, nothing is
/// counted.
#[derive(Clone, Debug)]
pub(crate) struct FetchSummary(Option<Arc<Mutex<FetchCounts>>>);

#[derive(Debug, Default)]
struct FetchCounts {
    runs: u64,
    tasks: HashSet<Box<str>>,
    plans: HashSet<Box<str>>,
    /// The environments whose runs were listed.
    listed: usize,
    /// The environments to list, once they are known.
    environments: usize,
    /// The runs that were left out.
    left_out: u64,
    warnings: usize,
    /// The time for which runs are listed, as people read it.
    period: String,
}

impl FetchSummary {
    /// A summary of the runs of these settings, if it is wanted.
    pub(crate) fn new(settings: &FetchSettings<'_>, is_wanted: bool) -> Self {
        let FetchSettings { zone, from, to, .. } = settings;
        let period =
            format!("{} to {} {}", zone.to_minute(*from), zone.to_minute(*to), zone.name());
        let counts = FetchCounts { period, ..FetchCounts::default() };
        Self(is_wanted.then(|| Arc::new(Mutex::new(counts))))
    }

    /// The number of environments to list.
    pub(crate) fn expect(&self, environments: usize) {
        self.change(|counts| counts.environments = environments);
    }

    /// Counts the runs that were written, each by its kind and ID.
    pub(crate) fn wrote<'a>(&self, runs: impl Iterator<Item = (Option<TargetKind>, &'a str)>) {
        self.change(|counts| {
            for (kind, id) in runs {
                counts.runs += 1;
                let seen = match kind {
                    Some(TargetKind::Task) => &mut counts.tasks,
                    Some(TargetKind::Plan) => &mut counts.plans,
                    None => continue,
                };
                if !seen.contains(id) {
                    seen.insert(id.into());
                }
            }
        });
    }

    /// Counts an environment whose runs are all written, and those of its runs that were
    /// left out.
    pub(crate) fn listed(&self, left_out: u64) {
        self.change(|counts| {
            counts.listed += 1;
            counts.left_out += left_out;
        });
    }

    /// Counts a warning.
    pub(crate) fn warned(&self) {
        self.change(|counts| counts.warnings += 1);
    }

    /// The summary in one line or two.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.counts().map_or_else(Vec::new, |counts| counts.lines())
    }

    fn change(&self, change: impl FnOnce(&mut FetchCounts)) {
        if let Some(mut counts) = self.counts() {
            change(&mut counts);
        }
    }

    fn counts(&self) -> Option<MutexGuard<'_, FetchCounts>> {
        self.0.as_ref().map(|counts| counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl FetchCounts {
    fn lines(&self) -> Vec<String> {
        let mut parts =
            vec![format!("runs: {}", self.runs), format!("tasks: {}", self.tasks.len())];
        if !self.plans.is_empty() {
            parts.push(format!("plans: {}", self.plans.len()));
        }
        let of = if self.listed == self.environments {
            String::new()
        } else {
            format!(" of {}", self.environments)
        };
        parts.push(format!("environments: {}{of}", self.listed));
        if self.left_out > 0 {
            parts.push(format!("left out: {}", self.left_out));
        }
        if self.warnings > 0 {
            parts.push(format!("warnings: {}", self.warnings));
        }
        vec![parts.join(", "), format!("from {}", self.period)]
    }
}
