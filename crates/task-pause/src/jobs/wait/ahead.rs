//! The work of `wait` ahead of the windows that are about to open: their plans, looks
//! and near runs are asked for a minute or two before.

use std::collections::BTreeMap;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::apply::ahead::{WorkAhead, is_to_look_at, look_ahead, look_ahead_by_lists};
use crate::apply::{Context, KnownLooks};
use crate::deadline::Deadline;
use crate::session::Session;
use crate::talend::{NearRuns, PauseLists};
use crate::timing::{LOOK_AHEAD, LOOK_AHEAD_RETRY, MAX_EARLY_PASS, MAX_LOOK_AHEAD};
use crate::types::Candidate;

/// The period in which the API counts requests.
const MINUTE: Duration = Duration::from_secs(60);

/// The looks ahead of the next edges.
#[derive(Debug, Default)]
pub(super) struct Ahead<'a> {
    looks: KnownLooks,
    /// The near runs, by the edge that they are near to.
    near_runs: BTreeMap<UtcTime, NearRuns<'a>>,
    /// When an edge was looked ahead to last.
    tried: BTreeMap<UtcTime, Instant>,
}

impl<'a> Ahead<'a> {
    /// Whether any look was made for an edge to come.
    pub(super) fn is_empty(&self) -> bool {
        self.looks.is_empty()
    }

    /// Whether the first look ahead to an edge is due.
    pub(super) fn is_to_begin(&self, edge: UtcTime, now: UtcTime) -> bool {
        edge.saturating_sub(LOOK_AHEAD) <= now && !self.tried.contains_key(&edge)
    }

    /// Whether a pass for that edge saves a look at any of these candidates.
    pub(super) fn helps(&self, candidates: &[Candidate]) -> bool {
        candidates.iter().any(|candidate| self.looks.has(&candidate.target))
    }

    /// Forgets the edges before `now`.
    pub(super) fn forget(&mut self, now: UtcTime) {
        self.near_runs = self.near_runs.split_off(&now);
        self.tried = self.tried.split_off(&now);
        self.looks.forget_old(now);
    }

    /// Takes the work for the pass at that edge.
    pub(super) fn take(
        &mut self,
        session: &Session<'a>,
        candidates: &[Candidate],
        edge: UtcTime,
    ) -> WorkAhead<'a> {
        let near_runs = self.near_runs.remove(&edge);
        WorkAhead {
            edge,
            looks: self.looks.split(candidates.iter().map(|candidate| &candidate.target)),
            near_runs: near_runs.unwrap_or_else(|| near_runs_of(session, edge)),
        }
    }

    /// Looks ahead to an edge, if it is time to and there is anything to look at.
    /// `candidates` are those of a pass at the edge.
    pub(super) async fn look(
        &mut self,
        session: &Session<'a>,
        state: &LedgerState,
        mut candidates: Vec<Candidate>,
        lists: &mut PauseLists,
        (edge, now): (UtcTime, UtcTime),
    ) {
        let context = Context::new(session, &session.client, Deadline::NEVER);
        candidates.retain(|candidate| is_to_look_at(&context, state, candidate, edge));
        let pauses = candidates.len();
        candidates.retain(|candidate| !self.looks.has(&candidate.target));
        let rate = usize::try_from(session.settings.connection.rate).unwrap_or(usize::MAX);
        let plan = plan(pauses, rate, edge.since(now));
        let lately = |tried: &Instant| tried.elapsed() < LOOK_AHEAD_RETRY;
        if candidates.is_empty()
            || now < begin(edge, pauses, rate)
            || edge.since(now) <= MAX_EARLY_PASS
            || self.tried.get(&edge).is_some_and(|tried| plan.is_last || lately(tried))
        {
            return;
        }
        let end = edge.saturating_sub(plan.until);
        let deadline = Deadline::at_time(Some(end), now);
        let context = Context { deadline, ..context };
        Box::pin(look_ahead_by_lists(&context, &candidates, lists, &mut self.looks)).await;
        let targets: Vec<Target> =
            candidates.iter().map(|candidate| candidate.target.clone()).collect();
        candidates.retain(|candidate| !self.looks.has(&candidate.target));
        candidates.truncate(plan.looks);
        look_ahead(&context, state, &candidates, edge, &mut self.looks).await;
        let near_runs = self.near_runs.entry(edge).or_insert_with(|| near_runs_of(session, edge));
        let asking = near_runs.ask(&session.client, targets.iter(), edge);
        session.stop.at_most(deadline, asking).await;
        self.tried.insert(edge, Instant::now());
    }
}

fn near_runs_of<'a>(session: &Session<'a>, edge: UtcTime) -> NearRuns<'a> {
    NearRuns::new(session.settings.guard, edge, session.messages)
}

/// When the looks ahead begin: so early that they are answered [`LOOK_AHEAD`] before the
/// edge, at the rate that the API allows.
fn begin(edge: UtcTime, pauses: usize, rate: usize) -> UtcTime {
    let millis = pauses.saturating_mul(60_000) / rate.max(1);
    let length = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    edge.saturating_sub(LOOK_AHEAD.saturating_add(length).min(MAX_LOOK_AHEAD))
}

/// The looks that may be made ahead of an edge.
#[derive(Debug, PartialEq, Eq)]
struct LookPlan {
    /// The number of looks.
    looks: usize,
    /// The time before the edge at which they end.
    until: Duration,
    /// Whether more looks would make the pauses wait.
    is_last: bool,
}

/// Plans the looks ahead of an edge that comes in `left`, with so many pauses. In the
/// last minute before it, looks are left out that the pauses would have to wait for.
fn plan(pauses: usize, rate: usize, left: Duration) -> LookPlan {
    let room = rate.saturating_sub(pauses);
    if pauses <= room {
        LookPlan { looks: pauses, until: MAX_EARLY_PASS, is_last: false }
    } else if left > MINUTE + MAX_EARLY_PASS {
        LookPlan { looks: pauses, until: MINUTE, is_last: false }
    } else {
        LookPlan { looks: room, until: MAX_EARLY_PASS, is_last: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_ahead_end_a_minute_before_the_pauses_that_need_the_whole_allowance() {
        let edge = UtcTime::from_millis(1_790_000_000_000).unwrap();
        for (pauses, rate, left, (begins, looks, until)) in [
            // Looks and pauses fit into one minute.
            (400, 1_800, 50, (118, 400, 2)),
            (900, 1_800, 100, (135, 900, 2)),
            // They do not: the looks end a minute before the edge, or leave room.
            (1_000, 1_800, 100, (138, 1_000, 60)),
            (1_000, 1_800, 30, (138, 800, 2)),
            (1_800, 1_800, 30, (165, 0, 2)),
            (10_000, 1_800, 160, (165, 10_000, 60)),
            (10_000, 1_800, 62, (165, 0, 2)),
            (1, 1, 30, (165, 0, 2)),
        ] {
            let left = Duration::from_secs(left);
            let plan = plan(pauses, rate, left);
            let begins_before = edge.since(begin(edge, pauses, rate)).as_secs();
            let planned = (begins_before, plan.looks, plan.until.as_secs());
            assert_eq!(planned, (begins, looks, until), "{pauses} pauses at {rate}, in {left:?}");
        }
    }
}
