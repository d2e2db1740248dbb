//! The environments that a call of `sync` is told of.

use maintenance_core::cli::Ending;
use maintenance_core::ledger::LedgerState;

use super::{ending, open_ledger};
use crate::decide::present_names::PresentNames;
use crate::gather::Demand;
use crate::session::Session;
use crate::talend::environments;

/// For `sync`: finds out which environments the call may act on. The ending,
/// where a signal ends it.
pub(super) async fn tell_or_stop(
    session: &Session<'_>,
    demand: &mut Demand,
) -> anyhow::Result<Option<Ending>> {
    if !session.settings.job.is_sync() {
        return Ok(None);
    }
    let state = open_ledger::read(session)?;
    let found = tell(session, demand, &state).await;
    if let Some(exit) = session.stop.exit() {
        return Ok(Some(ending::stopped(exit)));
    }
    found.map(|()| None)
}

/// Finds out which environments the call may act on, and their present names.
pub(super) async fn tell(
    session: &Session<'_>,
    demand: &mut Demand,
    state: &LedgerState,
) -> anyhow::Result<()> {
    let named = &session.settings.environment;
    let (environments, known) = environments::resolve(named, &demand.input, state, session).await?;
    demand.environments = environments;
    demand.names = PresentNames::new(&demand.input, known);
    Ok(())
}
