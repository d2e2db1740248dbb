//! Finds out whether a task exists that is not found by its ID. A 404 alone does not
//! prove that a task is gone: a task is missing if the list of its environment does
//! not have it either. A hold is given up when its task is missing twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use maintenance_core::time::UtcTime;

use super::context::Context;
use crate::deadline::Deadline;
use crate::decide::change_set::Looked;
use crate::talend::Talend;
use crate::timing::LIST_INVENTORY_TIMEOUT;
use crate::types::{Candidate, Inventory, Observation};

/// Replaces a 404 by [`Observation::Missing`] if the list does not have the task or
/// plan either. If the list has or may have it, the look stays an error.
pub(super) async fn replace_404_by_missing<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    batch: &[Candidate],
    looks: Vec<Option<Looked>>,
) -> Vec<Option<Looked>> {
    let mut inventories = HashMap::new();
    let mut judged = Vec::with_capacity(looks.len());
    for (candidate, look) in batch.iter().zip(looks) {
        let error = match look {
            Some(Err(error)) if error.is_not_found() => error,
            look => {
                judged.push(look);
                continue;
            }
        };
        let (environment, kind) = (&*candidate.target.environment_id, candidate.target.kind);
        let inventory: &Inventory = match inventories.entry((environment, kind)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let listed = Box::pin(context.api.inventory(environment, kind));
                let listed =
                    context.stop.at_most(Deadline::after(LIST_INVENTORY_TIMEOUT), listed).await;
                // Without a list, the account sees nothing.
                unknown.insert(listed.and_then(Result::ok).unwrap_or_default())
            }
        };
        let active = state.active(&candidate.target);
        let labels = active.map_or(&candidate.labels, |active| &active.labels);
        let is_missing = inventory.misses(&candidate.target.id, labels.workspace_id.as_deref());
        judged.push(Some(if is_missing { Ok(Some(Observation::Missing)) } else { Err(error) }));
    }
    judged
}

/// Records that the task of an active hold is missing, or was found again.
pub(super) fn record(
    ledger: &mut Ledger,
    candidate: &Candidate,
    observed: Option<&Observation>,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let is_missing = match (observed, ledger.state().active(&candidate.target)) {
        (Some(Observation::Missing), Some(active)) if active.missing.is_none() => true,
        (Some(Observation::Found(_)), Some(active)) if active.missing.is_some() => false,
        _ => return Ok(()),
    };
    ledger.note_missing(&candidate.target, is_missing, now)
}
