//! The work of `wait` ahead of the windows that are about to open: their plans, looks
//! and near runs are asked for a minute or two before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::clock;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::apply::early_looks::{WorkAhead, is_to_look_at, look_ahead, look_by_lists};
use crate::apply::{Context, KnownLooks};
use crate::deadline::Deadline;
use crate::session::Session;
use crate::talend::{NearRuns, PauseLists};
use crate::timing::{LOOK_AHEAD, LOOK_AHEAD_RETRY, MAX_EARLY_PASS, MAX_LOOK_AGE, MAX_LOOK_AHEAD};
use crate::types::Candidate;

/// The period in which the API counts requests.
const MINUTE: Duration = Duration::from_secs(60);

/// The looks ahead of the next edges.
#[derive(Debug, Default)]
pub(super) struct EdgeLooks<'a> {
    /// The lists of tasks and plans, which all passes share.
    pub(super) lists: PauseLists,
    looks: KnownLooks,
    /// The near runs of each edge that was looked ahead to.
    near_runs: BTreeMap<UtcTime, NearRuns<'a>>,
    /// The edges for which plans were listed.
    plans: BTreeSet<UtcTime>,
    /// When the looks ahead to an edge ended last, not cut off.
    tried: BTreeMap<UtcTime, Instant>,
}

impl<'a> EdgeLooks<'a> {
    /// Whether an edge was looked ahead to.
    pub(super) fn has_looked(&self, edge: UtcTime) -> bool {
        self.near_runs.contains_key(&edge)
    }

    /// The edges that were looked ahead to.
    pub(super) fn edges(&self) -> BTreeSet<UtcTime> {
        self.near_runs.keys().copied().collect()
    }

    /// Whether the plans of an edge that is near were not listed yet.
    pub(super) fn needs_plans(&self, edge: UtcTime, now: UtcTime) -> bool {
        edge.saturating_sub(LOOK_AHEAD) <= now && !self.has_plans(edge)
    }

    /// Whether the plans of an edge were listed.
    pub(super) fn has_plans(&self, edge: UtcTime) -> bool {
        self.plans.contains(&edge)
    }

    /// Records that the plans of an edge were listed.
    pub(super) fn record_plans(&mut self, edge: UtcTime) {
        self.plans.insert(edge);
    }

    /// Whether a pass saves a look at any of these candidates.
    pub(super) fn helps(&self, candidates: &[Candidate]) -> bool {
        candidates.iter().any(|candidate| self.looks.has(&candidate.target))
    }

    /// Forgets the edges, and their looks, that no pass can use any more.
    pub(super) fn forget(&mut self, now: UtcTime) {
        let oldest = now.saturating_sub(MAX_LOOK_AGE);
        self.near_runs = self.near_runs.split_off(&oldest);
        self.plans = self.plans.split_off(&oldest);
        self.tried = self.tried.split_off(&oldest);
        self.looks.forget_old(now);
    }

    /// Takes the work for the pass at that edge, or after it.
    pub(super) fn take(
        &mut self,
        session: &Session<'a>,
        candidates: &[Candidate],
        edge: UtcTime,
    ) -> WorkAhead<'a> {
        let last = self.near_runs.range(..=edge).next_back().map(|(last, _)| *last);
        let near_runs = last.and_then(|last| self.near_runs.remove(&last));
        WorkAhead {
            edge,
            looks: self.looks.split(candidates.iter().map(|candidate| &candidate.target)),
            near_runs: near_runs.unwrap_or_else(|| near_runs_of(session, edge)),
        }
    }

    /// Looks ahead to an edge, if it is time to and there is anything to look at, at most
    /// until the deadline. `candidates` are those of a pass at the edge.
    pub(super) async fn look(
        &mut self,
        session: &Session<'a>,
        state: &LedgerState,
        mut candidates: Vec<Candidate>,
        edge: UtcTime,
        deadline: Deadline,
    ) {
        let now = clock::now();
        let context = Context::new(session, Deadline::NEVER);
        candidates.retain(|candidate| is_to_look_at(&context, state, candidate, edge));
        let pauses = candidates.len();
        candidates.retain(|candidate| !self.looks.has(&candidate.target));
        let counts = Counts { pauses, looked: pauses - candidates.len() };
        let rate = usize::try_from(session.settings.connection.rate).unwrap_or(usize::MAX);
        let allowed = allowed_looks(counts, rate, edge.since(now));
        let lately = |tried: &Instant| tried.elapsed() < LOOK_AHEAD_RETRY;
        if candidates.is_empty()
            || now < begin(edge, pauses, rate)
            || edge.since(now) <= MAX_EARLY_PASS
            || self.tried.get(&edge).is_some_and(|tried| allowed.is_last || lately(tried))
        {
            return;
        }
        let end = edge.saturating_sub(allowed.until);
        let deadline = deadline.earlier(Deadline::at_time(Some(end), now));
        let context = Context { deadline, ..context };
        let targets: Vec<Target> =
            candidates.iter().map(|candidate| candidate.target.clone()).collect();
        let by_lists = look_by_lists(&context, &targets, &mut self.lists, &mut self.looks, None);
        Box::pin(by_lists).await;
        candidates.retain(|candidate| !self.looks.has(&candidate.target));
        candidates.truncate(allowed.looks);
        look_ahead(&context, state, &candidates, edge, &mut self.looks).await;
        let near_runs = self.near_runs.entry(edge).or_insert_with(|| near_runs_of(session, edge));
        if deadline.is_past() {
            // Looks that were cut off go on as soon as they may.
            return;
        }
        let asking = near_runs.ask(&session.client, targets.iter(), edge);
        if session.stop.at_most(deadline, asking).await.is_some() {
            self.tried.insert(edge, Instant::now());
        }
    }
}

fn near_runs_of<'a>(session: &Session<'a>, edge: UtcTime) -> NearRuns<'a> {
    NearRuns::new(session.settings.change.guard, edge, session.messages)
}

/// When the looks ahead begin: so early that they are answered [`LOOK_AHEAD`] before the
/// edge, at the rate that the API allows.
fn begin(edge: UtcTime, pauses: usize, rate: usize) -> UtcTime {
    let millis = pauses.saturating_mul(60_000) / rate.max(1);
    let length = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    edge.saturating_sub(LOOK_AHEAD.saturating_add(length).min(MAX_LOOK_AHEAD))
}

/// The pauses at an edge, and those of them that were looked at.
#[derive(Clone, Copy, Debug)]
struct Counts {
    pauses: usize,
    looked: usize,
}

/// The looks that may be made ahead of an edge.
#[derive(Debug, PartialEq, Eq)]
struct AllowedLooks {
    /// The number of looks.
    looks: usize,
    /// The time before the edge at which they end.
    until: Duration,
    /// Whether more looks would make the pauses wait.
    is_last: bool,
}

/// The looks that may be made ahead of an edge which comes in `left`, with so many
/// pauses. In the last minute before the edge, no look is made for which the pauses
/// would have to wait.
fn allowed_looks(counts: Counts, rate: usize, left: Duration) -> AllowedLooks {
    let Counts { pauses, looked } = counts;
    let room = rate.saturating_sub(pauses);
    if pauses <= room {
        AllowedLooks { looks: pauses, until: MAX_EARLY_PASS, is_last: false }
    } else if left > MINUTE + MAX_EARLY_PASS {
        AllowedLooks { looks: pauses, until: MINUTE, is_last: false }
    } else {
        // Some of the looks before may count towards this minute.
        let looks = room.saturating_sub(looked);
        AllowedLooks { looks, until: MAX_EARLY_PASS, is_last: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_ahead_end_a_minute_before_the_pauses_that_need_the_whole_allowance() {
        let edge = UtcTime::from_millis(1_790_000_000_000).unwrap();
        for ((pauses, looked), rate, left, (begins, looks, until)) in [
            // Looks and pauses fit into one minute.
            ((400, 0), 1_800, 50, (118, 400, 2)),
            ((900, 100), 1_800, 100, (135, 900, 2)),
            // They do not: the looks end a minute before the edge, or leave room.
            ((1_000, 0), 1_800, 100, (138, 1_000, 60)),
            ((1_000, 0), 1_800, 30, (138, 800, 2)),
            ((1_000, 500), 1_800, 30, (138, 300, 2)),
            ((1_000, 900), 1_800, 30, (138, 0, 2)),
            ((1_800, 0), 1_800, 30, (165, 0, 2)),
            ((10_000, 0), 1_800, 160, (165, 10_000, 60)),
            ((10_000, 0), 1_800, 62, (165, 0, 2)),
            ((1, 0), 1, 30, (165, 0, 2)),
        ] {
            let left = Duration::from_secs(left);
            let allowed = allowed_looks(Counts { pauses, looked }, rate, left);
            let begins_before = edge.since(begin(edge, pauses, rate)).as_secs();
            let planned = (begins_before, allowed.looks, allowed.until.as_secs());
            assert_eq!(planned, (begins, looks, until), "{pauses} pauses at {rate}, in {left:?}");
        }
    }
}
