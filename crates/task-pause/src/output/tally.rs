//! The summary of a call: the number of tasks and plans by action.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use maintenance_core::change::Target;
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::types::{Action, Report};

/// The most accounts that the summary names.
const MOST_ACCOUNTS: usize = 3;

/// The actions of a summary in their order, each with its words.
const WORDS: [(Action, &str); 10] = [
    (Action::Paused, "paused"),
    (Action::Accepted, "accepted, not seen yet"),
    (Action::Held, "held already"),
    (Action::Resumed, "given back"),
    (Action::Foreign, "left alone"),
    (Action::Kept, "kept"),
    (Action::Pending, "pending"),
    (Action::Expired, "expired"),
    (Action::Gone, "gone"),
    (Action::Failed, "failed"),
];

/// The tasks and plans of a call, by action. A call that waits may do several things
/// with one task: it counts once for each.
#[derive(Debug, Default)]
pub(crate) struct ReceiptTally {
    done: BTreeMap<Action, BTreeSet<Target>>,
    /// Executables that cannot be paused.
    unsupported: usize,
    /// The accounts of the pauses that were left alone.
    accounts: BTreeSet<String>,
    /// The ends of the holds that go on, by target.
    ends: BTreeMap<Target, Option<UtcTime>>,
}

impl ReceiptTally {
    /// Counts a report.
    pub(crate) fn add(&mut self, report: &Report) {
        let target = &report.target;
        self.done.entry(report.action).or_default().insert(target.clone());
        if report.action == Action::Foreign {
            let user = report.details().paused_by.as_ref().and_then(|state| state.user.clone());
            self.accounts.extend(user);
        }
        match report.action {
            Action::Paused | Action::Accepted | Action::Held => {
                self.ends.insert(target.clone(), report.hold.end());
            }
            _ => {
                self.ends.remove(target);
            }
        }
    }

    /// Counts executables that cannot be paused.
    pub(crate) fn add_unsupported(&mut self, count: usize) {
        self.unsupported += count;
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.unsupported == 0
    }

    /// The number by action, in one line.
    pub(crate) fn counts(&self) -> String {
        let count = |action| self.done.get(&action).map_or(0, BTreeSet::len);
        let mut parts = Vec::new();
        for (action, words) in WORDS {
            let more = if action == Action::Failed { self.unsupported } else { 0 };
            let count = count(action) + more;
            if count == 0 && action != Action::Failed {
                continue;
            }
            let by = if action == Action::Foreign { self.left_to() } else { String::new() };
            parts.push(format!("{words}: {count}{by}"));
        }
        parts.join(", ")
    }

    /// The accounts whose pauses were left alone.
    fn left_to(&self) -> String {
        if self.accounts.is_empty() {
            return String::new();
        }
        let names: Vec<String> =
            self.accounts.iter().take(MOST_ACCOUNTS).map(|name| clip(name).to_string()).collect();
        let more = match self.accounts.len().saturating_sub(MOST_ACCOUNTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(" (paused by {}{more})", names.join(", "))
    }

    /// The summary for people, in one to three lines.
    pub(crate) fn summary(&self, dry_run: bool, ledger: &Path, zone: &Zone) -> Vec<String> {
        let counts = if self.is_empty() { "nothing was decided".to_owned() } else { self.counts() };
        if dry_run {
            return vec![format!("dry run, nothing was changed; it would be: {counts}")];
        }
        let mut lines = vec![format!("{counts}; ledger: {}", clip_path(ledger))];
        if let Some(first) = self.ends.values().flatten().min() {
            lines.push(format!(
                "the first hold ends {} {}: `task-pause sync` gives back what is over, and so does \
                 `task-pause resume`",
                zone.to_minute(*first),
                zone.name()
            ));
        } else if !self.ends.is_empty() {
            lines.push("held until `task-pause resume --all`: no hold has an end".to_owned());
        }
        lines
    }
}
