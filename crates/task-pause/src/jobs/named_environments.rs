//! Resolves the environments that `sync` may act on.

use std::sync::Arc;

use maintenance_core::cli::Ending;
use maintenance_core::ledger::LedgerState;

use super::{ending, open_ledger};
use crate::decide::present_names::PresentNames;
use crate::gather::CallInputs;
use crate::session::Session;
use crate::talend::environments::{self, OnUnknown};

/// For `sync`: finds out which environments the call may act on. Returns the ending
/// if a signal came.
pub(super) async fn resolve_or_stop(
    session: &Session<'_>,
    call: &mut CallInputs,
) -> anyhow::Result<Option<Ending>> {
    if !session.settings.job.is_sync() {
        return Ok(None);
    }
    let state = open_ledger::read(session)?;
    let found = resolve_environments(session, call, &state, OnUnknown::Refuse).await;
    if let Some(exit) = session.stop.exit() {
        return Ok(Some(ending::stopped(exit)));
    }
    found.map(|()| None)
}

/// Finds out which environments the call may act on, and their present names.
pub(super) async fn resolve_environments(
    session: &Session<'_>,
    call: &mut CallInputs,
    state: &LedgerState,
    on_unknown: OnUnknown,
) -> anyhow::Result<()> {
    let found = environments::resolve(&call.input, state, session, on_unknown).await?;
    for (name, text) in found.doubts {
        if call.reported_doubts.insert(name) {
            session.messages.warn(&text);
        }
    }
    call.environments = found.environments;
    call.names = PresentNames::new(&call.input, found.listed);
    // With its environment's name in the ledger, a hold is known by it without a request.
    for wanted in &mut call.input.wanted {
        if wanted.labels.environment_name.is_none()
            && let Some(name) = call.names.environment(&wanted.target.environment_id)
        {
            Arc::make_mut(&mut wanted.labels).environment_name = Some(Arc::clone(name));
        }
    }
    Ok(())
}
