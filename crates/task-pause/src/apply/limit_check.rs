//! `--max-tasks`: counts before anything is paused. If the count without looks is too
//! large, looks at the tasks: those that others paused do not count.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use maintenance_core::ledger::LedgerState;

use super::context::Context;
use super::preview::preview;
use crate::decide::candidates::pausing;
use crate::decide::task_limit::{ChangeCounts, CountAhead, TaskLimit, TooMany};
use crate::talend::Talend;
use crate::timing::LOOK_TIMEOUT;
use crate::types::{Action, Candidate, LedgerAt, Moment, Policy, Report, WantedTarget};

/// The flag `--max-tasks`, and the ledger in which it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxTasks<'a> {
    pub(crate) limit: usize,
    pub(crate) ledger: &'a Path,
}

impl MaxTasks<'_> {
    /// Counts the candidates of this pass. Returns an error if they are too many.
    pub(crate) async fn count_now<T: Talend>(
        self,
        context: &Context<'_, T>,
        state: &LedgerState,
        candidates: &[Candidate],
        moment: Moment,
    ) -> anyhow::Result<TaskLimit> {
        let mut pauses = ChangeCounts::at_most(candidates, LedgerAt { state, moment });
        if pauses.check(self.limit, state).is_err() {
            let preview =
                preview(context, state, candidates, moment.now, Some(LOOK_TIMEOUT)).await?;
            // A task that is given back makes room once it is.
            pauses = ChangeCounts { given_back: 0, ..preview.pauses };
            self.refuse(pauses.check(self.limit, state))?;
        }
        let room = self.limit.saturating_sub(state.active_count() + pauses.new);
        Ok(TaskLimit::new(self.limit, candidates, room))
    }

    /// Counts the most holds that a `wait` call ever has at once. Returns an error if
    /// they are too many.
    pub(crate) async fn count_whole_wait<T: Talend>(
        self,
        context: &Context<'_, T>,
        state: &LedgerState,
        wanted: &[WantedTarget],
        ahead: CountAhead,
    ) -> anyhow::Result<TaskLimit> {
        // Count as if every window were open.
        let policy = Policy { lead: Duration::MAX, ..context.policy };
        let CountAhead { now, .. } = ahead;
        let moment = Moment { now, policy };
        let candidates = pausing(wanted, LedgerAt { state, moment });
        let (mut at_once, _) = ahead.most_at_once(wanted, state, &BTreeSet::new());
        if at_once > self.limit {
            let context = Context { policy, ..*context };
            let preview = preview(&context, state, &candidates, now, Some(LOOK_TIMEOUT)).await?;
            if context.stop.is_asked() {
                // Not all were looked at, and nothing is begun any more.
                return Ok(TaskLimit::nothing());
            }
            let is_left_out = |report: &&Report| {
                report.action != Action::Paused && state.active(&report.target).is_none()
            };
            let left_out = preview.reports.iter().filter(is_left_out);
            let left_out = left_out.map(|report| report.target.clone()).collect();
            let new;
            (at_once, new) = ahead.most_at_once(wanted, state, &left_out);
            if at_once > self.limit && new > 0 {
                let (held, limit) = (state.active_count(), self.limit);
                self.refuse(Err(TooMany { held, new, at_once, limit }))?;
            }
        }
        Ok(TaskLimit::new(self.limit, &candidates, self.limit.saturating_sub(at_once)))
    }

    /// The error for the operator, if there are too many.
    pub(crate) fn refuse(self, checked: Result<(), TooMany>) -> anyhow::Result<()> {
        checked.map_err(|too_many| too_many.refusal(self.ledger).into())
    }
}
