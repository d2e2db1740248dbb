//! Looks ahead of an edge at which windows open, so that at the edge only the changes
//! are sent.

use maintenance_core::change::Target;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use super::context::Context;
use super::known_looks::KnownLooks;
use super::look;
use crate::decide::change_set::needs_look_at;
use crate::talend::{NearRuns, PauseLists, Talend};
use crate::timing::LOOK_TIMEOUT;
use crate::types::{Candidate, Observation};

/// The work that was done ahead of the edge that a pass is made for.
#[derive(Debug)]
pub(crate) struct WorkAhead<'m> {
    pub(crate) edge: UtcTime,
    pub(crate) looks: KnownLooks,
    pub(crate) near_runs: NearRuns<'m>,
}

/// Whether a candidate that the ledger does not hold is to be looked at at its edge.
pub(crate) fn is_to_look_at<T>(
    context: &Context<'_, T>,
    state: &LedgerState,
    candidate: &Candidate,
    edge: UtcTime,
) -> bool {
    state.active(&candidate.target).is_none()
        && needs_look_at(candidate, state, edge, context.policy)
}

/// Looks at targets by lists, where that saves requests, until the deadline of the
/// context. They are looks at that time, or at the present. Returns whether a list was
/// answered.
pub(crate) async fn look_by_lists<T: Talend>(
    context: &Context<'_, T>,
    targets: &[Target],
    lists: &mut PauseLists,
    known: &mut KnownLooks,
    at: Option<UtcTime>,
) -> bool {
    let looks = lists.looks(context.api, targets, context.messages);
    let looks = context.stop.at_most(context.deadline, looks).await.unwrap_or_default();
    let is_answered = !looks.is_empty();
    for (target, look) in looks {
        known.insert(target, look, at.unwrap_or_else(context.clock));
    }
    is_answered
}

/// Looks at candidates for that edge, until the deadline of the context. A look that
/// fails is left to the pass at the edge.
pub(crate) async fn look_ahead<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    candidates: &[Candidate],
    edge: UtcTime,
    known: &mut KnownLooks,
) {
    // A few at a time: those that the deadline cuts off are lost together.
    for batch in candidates.chunks(context.concurrency.most()) {
        let looking = look::look(context, state, batch, edge, Some(LOOK_TIMEOUT));
        let Some(looks) = context.stop.at_most(context.deadline, looking).await else { return };
        for (candidate, looked) in batch.iter().zip(looks.looked) {
            if let Some(Ok(Some(Observation::Found(look)))) = looked {
                known.insert(candidate.target.clone(), look, (context.clock)());
            }
        }
        if looks.outage.is_some() || context.stop.is_asked() {
            return;
        }
    }
}
