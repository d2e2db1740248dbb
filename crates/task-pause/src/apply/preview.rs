//! A dry run of a pass: the same change sets, and no change.

use std::time::Duration;

use maintenance_core::client::ClientError;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use super::context::{BATCH, Context};
use super::look;
use crate::decide::change_set::{BatchTimes, propose};
use crate::decide::task_limit::PlannedCounts;
use crate::talend::Talend;
use crate::types::{Candidate, Report};

/// The reports of a dry run.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    pub(crate) reports: Vec<Report>,
    /// The number of tasks and plans that would be paused.
    pub(crate) pauses: PlannedCounts,
}

/// Decides on all candidates at that time without changing anything. Candidates
/// whose look takes longer than `timeout` are left out.
pub(crate) async fn preview<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    candidates: &[Candidate],
    now: UtcTime,
    timeout: Option<Duration>,
) -> Result<Preview, ClientError> {
    let mut preview = Preview::default();
    let (mut is_answered, mut unreached) = (false, None);
    for batch in candidates.chunks(BATCH) {
        let looks = look::look(context, state, batch, now, timeout).await;
        looks.outage.map_or(Ok(()), Err)?;
        is_answered |= looks.is_answered;
        unreached = unreached.or(looks.unreached);
        let looked = batch.iter().zip(looks.looked);
        let looked = looked.filter_map(|(candidate, look)| Some((candidate, look?)));
        let change_set = propose(looked, state, BatchTimes::all_at(now), context.policy, None);
        preview.pauses = preview.pauses.and(change_set.pauses(state));
        for proposal in &change_set.proposals {
            preview.reports.extend(proposal.reports(state, context.reason));
        }
    }
    unreached.filter(|_| !is_answered).map_or(Ok(preview), Err)
}
