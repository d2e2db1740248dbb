//! `--guard`: planned runs so near to a change that the vendor warns of
//! duplicates.
//!
//! Before a pause with `--lead`, and after the end of a hold, there are runs
//! that no window holds, and so no input lists. The search is asked for them
//! once for each environment in which something is about to be changed: before
//! the change, since what is paused may no longer be listed. It only warns, so
//! no failure of it stops anything, and no change waits for it for long.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use maintenance_core::change::{Permit, Target, TargetKind};
use maintenance_core::cli::Messages;
use maintenance_core::client::{
    Client, ClientError, LARGEST_PAGE, RunSearch, SendError, SentChange,
};
use maintenance_core::clock;
use maintenance_core::hold::Hold;
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use serde::Deserialize;

use crate::api::{Api, Inventory, Look};
use crate::report::Report;

/// How long changes wait for the runs that are near, at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// The API, asked for near runs before anything is changed.
pub(crate) struct Guard<'a> {
    client: &'a Client,
    messages: &'a Messages,
    /// How near a run must not be.
    length: Duration,
    /// When the pass began, or is said to.
    began: UtcTime,
    /// Whether that is only said.
    is_dry: bool,
    near: RefCell<Near>,
}

/// What the search has said so far.
#[derive(Debug, Default)]
struct Near {
    asked: BTreeSet<String>,
    runs: BTreeMap<Target, Vec<UtcTime>>,
}

/// A planned run, as the search has it.
#[derive(Deserialize)]
struct Planned {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    date: UtcTime,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(
        client: &'a Client,
        length: Duration,
        began: UtcTime,
        is_dry: bool,
        messages: &'a Messages,
    ) -> Self {
        Self { client, messages, length, began, is_dry, near: RefCell::default() }
    }

    /// Asks for the runs of those environments that were not asked for yet.
    async fn ask(&self, environments: BTreeSet<&str>) {
        let new: Vec<&str> = {
            let asked = &mut self.near.borrow_mut().asked;
            environments.into_iter().filter(|one| asked.insert((*one).to_owned())).collect()
        };
        join_all(new.into_iter().map(|environment| self.ask_one(environment))).await;
    }

    async fn ask_one(&self, environment: &str) {
        let from = if self.is_dry { self.began } else { clock::now() };
        let search = RunSearch {
            environment_id: environment.to_owned(),
            workspace_ids: Vec::new(),
            from,
            to: from.saturating_add(self.length),
            tags: Vec::new(),
            runtime: None,
            page_size: LARGEST_PAGE,
            accept_mismatch: false,
        };
        let failed = match tokio::time::timeout(PATIENCE, self.list(&search)).await {
            Ok(listed) => listed.err().map(|error| error.to_string()),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        if let Some(error) = failed {
            self.messages.warn(&format!("which runs are near is not known: {error}"));
        }
    }

    /// Notes the runs of a search.
    async fn list(&self, search: &RunSearch) -> Result<(), ClientError> {
        let environment: Arc<str> = search.environment_id.as_str().into();
        let mut runs = self.client.runs(search);
        while let Some(page) = runs.next().await? {
            let near = &mut self.near.borrow_mut().runs;
            // Types that have no pause are none of ours.
            let planned = page.iter().filter_map(|item| serde_json::from_str(item.get()).ok());
            for Planned { id, kind, date } in planned {
                let Some(kind) = TargetKind::of(&kind) else { continue };
                let environment_id = Arc::clone(&environment);
                near.entry(Target { environment_id, kind, id: id.into() }).or_default().push(date);
            }
        }
        Ok(())
    }

    /// Warns, in the reports of what was changed until `now`, of the next
    /// planned run that is near.
    pub(crate) fn warn(&self, reports: &mut [Report], now: UtcTime) {
        let near = self.near.borrow();
        let until = now.saturating_add(self.length);
        for report in reports.iter_mut().filter(|report| is_change(report.action)) {
            let listed = near.runs.get(&report.target).map_or(&[][..], Vec::as_slice);
            if let Some(run) = next_near(&report.hold, listed, self.began, until) {
                let text = format!(
                    "the run planned for {run} is so near that it may start, or start twice"
                );
                report.found_mut().warnings.push(text);
            }
        }
    }

    /// The same for what would be changed, which is asked for first.
    pub(crate) async fn preview(&self, reports: &mut [Report]) {
        let changes = reports.iter().filter(|report| is_change(report.action));
        let targets: Vec<Target> = changes.map(|report| report.target.clone()).collect();
        self.about_to_change(targets.iter()).await;
        self.warn(reports, self.began);
    }
}

fn is_change(action: Action) -> bool {
    matches!(action, Action::Paused | Action::Accepted | Action::Resumed)
}

/// The first run, of the hold or listed, from then until then.
fn next_near(hold: &Hold, listed: &[UtcTime], from: UtcTime, until: UtcTime) -> Option<UtcTime> {
    let runs = hold.runs().iter().chain(listed).copied();
    runs.filter(|run| (from..until).contains(run)).min()
}

impl Api for Guard<'_> {
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        self.client.look(target).await
    }

    async fn about_to_change(&self, targets: impl Iterator<Item = &Target>) {
        if !self.length.is_zero() {
            self.ask(targets.map(|target| &*target.environment_id).collect()).await;
        }
    }

    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError> {
        self.client.send(permit).await
    }

    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError> {
        self.client.inventory(environment_id, kind).await
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::hold::HoldWindow;

    use super::*;

    #[test]
    fn the_first_run_that_is_near_counts_wherever_it_is_known_from() {
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
