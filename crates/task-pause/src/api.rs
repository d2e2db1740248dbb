//! What `task-pause` asks of the API while it pauses and resumes: few enough
//! verbs that a test can stand in for them.

use std::collections::BTreeSet;

use maintenance_core::change::{PauseState, Permit, Target, TargetKind};
use maintenance_core::client::{Client, ClientError, ExecutableFilter, SendError, SentChange};
use tokio::sync::Semaphore;

/// What one look at a task or plan shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether it is paused, and by whom.
    pub(crate) state: PauseState,
    /// The ID of the workspace that it belongs to, where the API says it.
    pub(crate) workspace_id: Option<String>,
}

/// The part of an environment that the account sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inventory {
    /// Whether it sees the environment at all.
    pub(crate) is_seen: bool,
    /// The IDs of the workspaces that it sees, of whatever environment.
    pub(crate) workspaces: BTreeSet<String>,
    /// The IDs of all tasks, or all plans, on all pages of their list.
    pub(crate) ids: BTreeSet<String>,
}

impl Inventory {
    /// Whether a task or plan that is not found by its ID is missing: it is not
    /// in the list, and its place is seen, as far as that is known. With the
    /// credentials of another tenant, or without the permission to read the
    /// workspace, nothing is there, and nothing is gone.
    pub(crate) fn misses(&self, id: &str, workspace_id: Option<&str>) -> bool {
        let is_place_seen = workspace_id.is_none_or(|id| self.workspaces.contains(id));
        self.is_seen && is_place_seen && !self.ids.contains(id)
    }
}

/// The API, or a model of it.
pub(crate) trait Api {
    /// Whether a task or plan is paused, and by whom.
    async fn look(&self, target: &Target) -> Result<Look, ClientError>;

    /// Told of what is about to be changed, before anything of it is.
    async fn about_to_change(&self, targets: impl Iterator<Item = &Target>) {
        let _ = targets;
    }

    /// Makes a permitted change.
    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError>;

    /// Lists what the account sees of an environment, to find out whether what
    /// is not found by its ID exists.
    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError>;
}

impl Api for Client {
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        let (state, workspace) = self.pause_state(target).await?;
        Ok(Look { state, workspace_id: workspace.map(|workspace| workspace.id) })
    }

    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError> {
        self.set_pause(permit).await
    }

    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError> {
        let environments = self.environments().await?;
        if environments.iter().all(|environment| environment.id != environment_id) {
            return Ok(Inventory::default());
        }
        let workspaces = self.workspaces().await?;
        let filter = ExecutableFilter {
            environment_id: Some(environment_id.to_owned()),
            ..ExecutableFilter::default()
        };
        let listed = self.listed(kind, &filter).await?;
        Ok(Inventory {
            is_seen: true,
            workspaces: workspaces.into_iter().map(|workspace| workspace.id).collect(),
            ids: listed.executables.into_iter().map(|executable| executable.id).collect(),
        })
    }
}

/// An API of which only so many looks are under way at once, however many
/// wait for theirs.
pub(crate) struct Throttled<'a, A> {
    api: &'a A,
    slots: Semaphore,
}

impl<'a, A: Api> Throttled<'a, A> {
    pub(crate) fn new(api: &'a A, slots: usize) -> Self {
        Self { api, slots: Semaphore::new(slots) }
    }
}

impl<A: Api> Api for Throttled<'_, A> {
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        // The semaphore is never closed; without a slot it would only be faster.
        let _slot = self.slots.acquire().await;
        // Apart, so that what waits for its slot is small.
        Box::pin(self.api.look(target)).await
    }

    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError> {
        self.api.send(permit).await
    }

    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError> {
        self.api.inventory(environment_id, kind).await
    }
}
