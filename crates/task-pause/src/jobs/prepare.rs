//! Prepares a pass, or its dry run: gathers the candidates, takes out those that
//! the clock keeps from being given back, and says what the operator should know
//! before.

use maintenance_core::ledger::LedgerState;

use super::clock_trust;
use crate::decide::clock_check;
use crate::gather::{Demand, gather, tell_cancelled, tell_early};
use crate::session::Session;
use crate::talend::environments;
use crate::types::{Candidate, LedgerAt, Moment, Plans, Report};

/// The candidates of a pass, ready to be decided on.
pub(super) struct Prepared {
    pub(super) candidates: Vec<Candidate>,
    /// Reports on candidates that a wrong clock keeps from being given back.
    pub(super) withheld: Vec<Report>,
    pub(super) plans: Plans,
    /// Whether the clock may be trusted with what is to be given back.
    pub(super) is_clock_trusted: bool,
    /// Whether the plans are known that `--with-plans` is to pause.
    pub(super) are_plans_known: bool,
}

/// Gathers the candidates by the ledger at that moment.
pub(super) async fn prepare(
    session: &Session<'_>,
    demand: &mut Demand,
    state: &LedgerState,
    moment: Moment,
) -> anyhow::Result<Prepared> {
    let ledger = LedgerAt { state, moment };
    environments::tell_others(&demand.environments, state, moment.now, session.messages);
    let (mut candidates, plans) = gather(session, demand, ledger).await?;
    let (mut withheld, mut is_clock_trusted) = (Vec::new(), true);
    if let Some(problem) = clock_trust::problem(session, state) {
        session.messages.warn(&problem);
        (candidates, withheld) = clock_check::withhold(candidates, state);
        let holds_none = demand.open(state).next().is_none();
        is_clock_trusted = !session.settings.job.gives_back() || holds_none;
    }
    tell_cancelled(session, &candidates, moment);
    tell_early(session, &candidates, ledger);
    let are_plans_known = !session.settings.with_plans || plans.are_known();
    Ok(Prepared { candidates, withheld, plans, is_clock_trusted, are_plans_known })
}
