//! `sync --every`: after its pass, the call waits for the windows that open before the
//! next pass begins, as `wait` does. The next pass does the rest.

use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use crate::deadline::Deadline;
use crate::decide::candidates::is_intended_ahead;
use crate::timing::MAX_EARLY_PASS;
use crate::types::{Candidate, Moment, WantedTarget, Wish};

/// The pass of `sync` that another call makes next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextPass {
    /// The time at which the next pass begins, UTC, by the wall clock, as for windows.
    at: UtcTime,
    /// The same time by the monotonic clock, which nobody can set.
    pub(super) begins: Deadline,
}

impl NextPass {
    /// The pass that begins so long after `began`.
    pub(crate) fn new(began: UtcTime, every: Duration) -> Self {
        let at = began.saturating_add(every);
        Self { at, begins: Deadline::at_time(Some(at), clock::now()) }
    }

    /// The tasks and plans of these candidates whose hold begins before the next pass.
    pub(super) fn opening(
        self,
        candidates: Vec<Candidate>,
        state: &LedgerState,
        moment: Moment,
    ) -> Vec<WantedTarget> {
        let opens = |candidate: &Candidate| {
            let active = state.active(&candidate.target);
            active.is_none_or(|active| is_intended_ahead(active, moment))
                && is_pending(candidate, moment)
                && edge(&candidate.hold, moment) < self.at
        };
        let opening = candidates.into_iter().filter(opens);
        opening
            .map(|Candidate { target, labels, hold, .. }| WantedTarget {
                target,
                labels,
                holds: vec![hold],
            })
            .collect()
    }

    /// The deadline of other work: shortly before the first hold that begins before the
    /// next pass.
    pub(crate) fn first_edge(&self, candidates: &[Candidate], moment: Moment) -> Deadline {
        let pending = candidates.iter().filter(|one| is_pending(one, moment));
        let edges = pending.map(|candidate| edge(&candidate.hold, moment));
        let first = edges.filter(|edge| *edge < self.at).min();
        let first = first.map(|first| first.saturating_sub(MAX_EARLY_PASS));
        Deadline::at_time(first, moment.now)
    }

    /// Whether this edge comes before the next pass.
    pub(super) fn is_after(self, edge: Option<UtcTime>) -> bool {
        edge.is_some_and(|edge| edge < self.at)
    }
}

/// Whether a task or plan is to be paused later.
fn is_pending(candidate: &Candidate, moment: Moment) -> bool {
    candidate.wish == Wish::Hold && moment.tense(&candidate.hold) == Tense::Pending
}

/// When a hold begins to be paused.
fn edge(hold: &Hold, moment: Moment) -> UtcTime {
    hold.start().saturating_sub(moment.policy.lead)
}
