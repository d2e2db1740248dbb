//! Finds out whether a task exists that is not found by its ID. One answer of 404
//! is no proof that a task is gone: it is held against the list of its
//! environment, and only a task that is in neither is missing. A hold is given up
//! when its task is missing twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use maintenance_core::time::UtcTime;

use super::{Actor, Looked};
use crate::agenda::Item;
use crate::api::Api;
use crate::decide::Seen;
use crate::effect;

impl<A: Api> Actor<'_, A> {
    /// The same looks, where those that were answered with 404 tell whether the
    /// list has the task or plan. One that it has, or may have, stays an error.
    pub(super) async fn without_missing(
        &self,
        state: &LedgerState,
        batch: &[Item],
        looks: Vec<Option<Looked>>,
    ) -> Vec<Option<Looked>> {
        let mut inventories = HashMap::new();
        let mut judged = Vec::with_capacity(looks.len());
        for (item, look) in batch.iter().zip(looks) {
            let error = match look {
                Some(Err(error)) if error.is_not_found() => error,
                look => {
                    judged.push(look);
                    continue;
                }
            };
            let (environment, kind) = (&*item.target.environment_id, item.target.kind);
            let inventory = match inventories.entry((environment, kind)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let listed = effect::inventory(self.api, environment, kind, self.stop);
                    unknown.insert(Box::pin(listed).await)
                }
            };
            let labels = state.open(&item.target).map_or(&item.labels, |open| &open.labels);
            let is_missing = inventory.misses(&item.target.id, labels.workspace_id.as_deref());
            judged.push(Some(if is_missing { Ok(Some(Seen::Missing)) } else { Err(error) }));
        }
        judged
    }
}

/// Records that what an entry holds is missing, or that it is there again.
pub(super) fn note(
    ledger: &mut Ledger,
    item: &Item,
    look: Option<&Seen>,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let is_missing = match (look, ledger.state().open(&item.target)) {
        (Some(Seen::Missing), Some(open)) if open.missing.is_none() => true,
        (Some(Seen::Look(_)), Some(open)) if open.missing.is_some() => false,
        _ => return Ok(()),
    };
    ledger.note_missing(&item.target, is_missing, now)
}
