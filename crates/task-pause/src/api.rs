//! What `task-pause` asks of the API while it pauses and resumes: few enough
//! verbs that a test can stand in for them.

use maintenance_core::change::{PauseState, Permit, Target};
use maintenance_core::client::{Client, ClientError, SendError, Sent};
use tokio::sync::Semaphore;

/// What one look at a task or plan shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether it is paused, and by whom.
    pub(crate) state: PauseState,
    /// The ID of the workspace that it belongs to, where the API says it.
    pub(crate) workspace_id: Option<String>,
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
    async fn send(&self, permit: &Permit) -> Result<Sent, SendError>;

    /// Whether the account sees the place of a task or plan at all: its
    /// environment and, where that is known, its workspace. What is not found
    /// in a place that is not seen may well exist.
    async fn sees(&self, target: &Target, workspace_id: Option<&str>) -> Result<bool, ClientError>;
}

impl Api for Client {
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        let executable = self.executable(target).await?;
        Ok(Look {
            state: executable.pause.unwrap_or_default(),
            workspace_id: executable.workspace.map(|workspace| workspace.id),
        })
    }

    async fn send(&self, permit: &Permit) -> Result<Sent, SendError> {
        self.set_pause(permit).await
    }

    async fn sees(&self, target: &Target, workspace_id: Option<&str>) -> Result<bool, ClientError> {
        let environments = self.environments().await?;
        if environments.iter().all(|environment| *environment.id != *target.environment_id) {
            return Ok(false);
        }
        let Some(id) = workspace_id else { return Ok(true) };
        let workspaces = self.workspaces().await?;
        Ok(workspaces.iter().any(|workspace| workspace.id == id))
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

    async fn send(&self, permit: &Permit) -> Result<Sent, SendError> {
        self.api.send(permit).await
    }

    async fn sees(&self, target: &Target, workspace_id: Option<&str>) -> Result<bool, ClientError> {
        self.api.sees(target, workspace_id).await
    }
}
