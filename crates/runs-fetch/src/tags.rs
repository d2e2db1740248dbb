//! The tags that `--tags` adds to a run: one request for each task or plan.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use maintenance_core::change::TargetKind;
use maintenance_core::client::{Client, ClientError};
use maintenance_core::jsonl::text::to_json;

/// The look-ups that are begun at the same time. The client sends no more of them at
/// once than it may.
const LOOKUPS: usize = 100;

/// The tags of an environment's tasks and plans, by ID, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct KnownTags {
    /// Each as a JSON array; `None` if the API does not show it.
    tags: HashMap<String, Option<String>>,
}

impl KnownTags {
    /// Asks for the tags of these tasks and plans, unless they are known. Lists have no
    /// tags, so each is a request of its own.
    ///
    /// # Errors
    ///
    /// The API does not answer. That it refuses a single task, or that the task is gone
    /// by now, is no error: its tags are not known.
    pub(crate) async fn look_up(
        &mut self,
        client: &Client,
        wanted: impl Iterator<Item = (String, TargetKind)>,
    ) -> Result<(), ClientError> {
        // Each once, and in an order.
        let wanted: BTreeMap<String, TargetKind> =
            wanted.filter(|(id, _)| !self.tags.contains_key(id)).collect();
        let requests = wanted.into_iter().map(|(id, kind)| async move {
            match client.executable(kind, &id).await {
                Ok(found) => Ok((id, to_json(&found.tags).ok())),
                Err(ClientError::Unreadable { .. }) => Ok((id, None)),
                Err(error) if matches!(error.status(), Some(403 | 404)) => Ok((id, None)),
                Err(error) => Err(error),
            }
        });
        let found: Vec<_> = stream::iter(requests).buffer_unordered(LOOKUPS).try_collect().await?;
        self.tags.extend(found);
        Ok(())
    }

    /// The tags of a task or plan, as a JSON array. One of another type has none.
    pub(crate) fn of(&self, id: &str, kind: Option<TargetKind>) -> Option<&str> {
        match kind {
            Some(_) => self.tags.get(id)?.as_deref(),
            None => Some("[]"),
        }
    }
}
