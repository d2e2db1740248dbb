//! A dry run of a pass: the same change sets, and no change.

use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::client::ClientError;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use super::context::{BATCH, Context};
use super::early_looks::look_by_lists;
use super::known_looks::KnownLooks;
use super::look;
use super::outage::Answers;
use crate::decide::change_set::{BatchTimes, Looked, needs_look_at, propose};
use crate::decide::task_limit::ChangeCounts;
use crate::talend::{PauseLists, Talend};
use crate::types::{Candidate, Report};

/// The reports of a dry run.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    pub(crate) reports: Vec<Report>,
    /// The number of tasks and plans that would be paused.
    pub(crate) pauses: ChangeCounts,
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
    let needs_look = |one: &&Candidate| needs_look_at(one, state, now, context.policy);
    let targets = candidates.iter().filter(needs_look);
    let targets: Vec<Target> = targets.map(|candidate| candidate.target.clone()).collect();
    let (mut lists, mut known) = (PauseLists::default(), KnownLooks::default());
    // A dry run of another time looks as if now were that time.
    look_by_lists(context, &targets, &mut lists, &mut known, Some(now)).await;
    let mut answers = Answers::default();
    for batch in candidates.chunks(BATCH) {
        let known = batch.iter().map(|one| known.take(one, state, now, context.policy));
        let known: Vec<Option<Looked>> = known.collect();
        let unknown = batch.iter().zip(&known).filter(|(_, known)| known.is_none());
        let unknown: Vec<Candidate> = unknown.map(|(candidate, _)| candidate.clone()).collect();
        let looks = look::look(context, state, &unknown, now, timeout).await;
        looks.outage.map_or(Ok(()), Err)?;
        answers.add(looks.answers);
        answers.is_any |= unknown.len() < batch.len();
        let mut looked = looks.looked.into_iter();
        let looked = batch.iter().zip(known).filter_map(|(candidate, known)| {
            let look = known.or_else(|| looked.next().flatten())?;
            Some((candidate, look))
        });
        let change_set = propose(looked, state, BatchTimes::all_at(now), context.policy, None);
        preview.pauses = preview.pauses.and(change_set.pauses(state));
        for proposal in &change_set.proposals {
            preview.reports.extend(proposal.reports(state, context.reason));
        }
    }
    answers.none().map_or(Ok(preview), Err)
}
