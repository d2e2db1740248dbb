//! `--guard`: planned runs so near to a change that the vendor warns of
//! duplicates.
//!
//! Before a pause with `--lead`, and after the end of a hold, runs may be planned that
//! no window selects, so the input does not have them. They are searched once for each
//! environment: ahead of an edge with the looks, else after the changes, which wait for
//! nothing that they do not need. With `--lead` they are searched before the first pause,
//! since the runs of a paused task may no longer be listed, and there is time. The result
//! is only a warning: a failure stops nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use maintenance_core::change::Target;
use maintenance_core::cli::Messages;
use maintenance_core::hold::Hold;
use maintenance_core::time::UtcTime;

use super::Talend;
use crate::deadline::Deadline;
use crate::timing::LIST_NEAR_RUNS_TIMEOUT;
use crate::types::{Action, Report};

/// The planned runs near to the changes of one pass.
#[derive(Debug)]
pub(crate) struct NearRuns<'a> {
    messages: &'a Messages,
    /// The time after a change in which a run is near.
    length: Duration,
    /// The start of the pass, UTC.
    began: UtcTime,
    /// The environments that were searched.
    asked: BTreeSet<String>,
    runs: BTreeMap<Target, Vec<UtcTime>>,
}

impl<'a> NearRuns<'a> {
    /// For a pass that began at `began`. A length of zero searches nothing.
    pub(crate) fn new(length: Duration, began: UtcTime, messages: &'a Messages) -> Self {
        Self { messages, length, began, asked: BTreeSet::new(), runs: BTreeMap::new() }
    }

    /// Searches the runs from the start of the pass until they are not near to `now`, in
    /// the environments of these targets, once for each environment.
    pub(crate) async fn ask(
        &mut self,
        api: &impl Talend,
        targets: impl Iterator<Item = &Target>,
        now: UtcTime,
    ) {
        if self.length.is_zero() {
            return;
        }
        let environments: BTreeSet<&str> = targets.map(|target| &*target.environment_id).collect();
        let new: Vec<&str> = environments
            .into_iter()
            .filter(|environment| self.asked.insert((*environment).to_owned()))
            .collect();
        let from = self.began.min(now);
        let to = now.saturating_add(self.length);
        let asking = new.into_iter().map(async |environment| {
            let list = api.planned_runs(environment, from, to);
            Deadline::after(LIST_NEAR_RUNS_TIMEOUT).bound(list).await
        });
        for listed in join_all(asking).await {
            let unknown = match listed {
                Some(Ok(runs)) => {
                    for (target, date) in runs {
                        self.runs.entry(target).or_default().push(date);
                    }
                    continue;
                }
                Some(Err(error)) => error.to_string(),
                None => format!("no answer within {} s", LIST_NEAR_RUNS_TIMEOUT.as_secs()),
            };
            self.messages.warn(&format!("which runs are near is not known: {unknown}"));
        }
    }

    /// Adds to the reports on what was changed until `now` a warning of the next
    /// planned run that is near.
    pub(crate) fn warn(&self, reports: &mut [Report], now: UtcTime) {
        let until = now.saturating_add(self.length);
        for report in reports.iter_mut().filter(|report| is_change(report.action)) {
            let listed = self.runs.get(&report.target).map_or(&[][..], Vec::as_slice);
            if let Some(run) = next_near(&report.hold, listed, self.began, until) {
                let text = format!(
                    "the run planned for {run} is so near that it may start, or start twice"
                );
                report.details_mut().warnings.push(text);
            }
        }
    }

    /// Searches the runs that are near to what was changed until `now`.
    pub(crate) async fn ask_about(&mut self, api: &impl Talend, reports: &[Report], now: UtcTime) {
        let changes = reports.iter().filter(|report| is_change(report.action));
        self.ask(api, changes.map(|report| &report.target), now).await;
    }
}

fn is_change(action: Action) -> bool {
    matches!(action, Action::Paused | Action::Accepted | Action::Resumed)
}

/// The first run in `[from, until)`, of the hold or listed.
fn next_near(hold: &Hold, listed: &[UtcTime], from: UtcTime, until: UtcTime) -> Option<UtcTime> {
    let runs = hold.planned().iter().chain(listed).copied();
    runs.filter(|run| (from..until).contains(run)).min()
}

#[cfg(test)]
mod tests {
    use maintenance_core::hold::HoldWindow;

    use super::*;

    #[test]
    fn the_first_near_run_counts_whether_the_hold_or_the_search_has_it() {
        let at = |minute: i64| UtcTime::from_millis(minute * 60_000).unwrap();
        let window = HoldWindow { name: "w".into(), start: at(10), end: Some(at(20)) };
        let hold = Hold::new(vec![window], vec![at(12)]).unwrap();
        let near = |listed: &[UtcTime], from, until| next_near(&hold, listed, at(from), at(until));
        assert_eq!(near(&[], 9, 12), None);
        assert_eq!(near(&[], 9, 13), Some(at(12)));
        assert_eq!(near(&[at(11), at(9)], 9, 13), Some(at(9)), "before its window");
        assert_eq!(near(&[at(21)], 20, 23), Some(at(21)), "after it");
        assert_eq!(near(&[at(11)], 13, 16), None, "past");
    }
}
