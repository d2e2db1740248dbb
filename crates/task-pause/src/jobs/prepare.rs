//! Prepares a pass or its dry run: gathers the candidates, takes out those that a wrong
//! clock must not give back, and prints warnings.

use maintenance_core::cli::Refusal;

use super::clock_trust;
use crate::decide::clock_check;
use crate::gather::{CallInputs, Gathered, gather, note_early_ends, warn_of_cancelled};
use crate::session::Session;
use crate::talend::environments;
use crate::types::{Candidate, LedgerAt, Moment, Plans, Report};

/// The candidates of a pass, ready to be decided on.
pub(super) struct Prepared {
    pub(super) candidates: Vec<Candidate>,
    /// The reports on candidates that are not given back while the clock is wrong.
    pub(super) withheld: Vec<Report>,
    /// When the candidates were gathered.
    pub(super) moment: Moment,
    pub(super) plans: Plans,
    /// Whether the clock is not behind the ledger, or nothing is to be given back.
    pub(super) is_clock_trusted: bool,
    /// Whether all plans for `--with-plans` are known.
    pub(super) are_plans_known: bool,
    /// The error that the call ends with, after the rest was done.
    pub(super) doubt: Option<Refusal>,
}

/// Gathers the candidates by the ledger at its moment.
pub(super) async fn prepare(
    session: &Session<'_>,
    call: &mut CallInputs,
    ledger: LedgerAt<'_>,
) -> anyhow::Result<Prepared> {
    let LedgerAt { state, moment } = ledger;
    environments::note_others(&call.environments, state, moment.now, session.messages);
    let Gathered { mut candidates, plans, doubt } = gather(session, call, ledger).await?;
    let (mut withheld, mut is_clock_trusted) = (Vec::new(), true);
    if let Some(problem) = clock_trust::problem(session, state) {
        session.messages.warn(&problem);
        (candidates, withheld) = clock_check::withhold(candidates, state);
        let holds_none = call.active(state).next().is_none();
        is_clock_trusted = !session.settings.job.gives_back() || holds_none;
    }
    warn_of_cancelled(session, &candidates, moment);
    note_early_ends(session, &candidates, ledger);
    let are_plans_known = !session.settings.pausing.with_plans || plans.are_known();
    Ok(Prepared { candidates, withheld, moment, plans, is_clock_trusted, are_plans_known, doubt })
}
