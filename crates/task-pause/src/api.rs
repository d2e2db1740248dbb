//! What `task-pause` asks of the API while it pauses and resumes: few enough
//! verbs that a test can stand in for them.

use maintenance_core::change::{PauseState, Permit, Target};
use maintenance_core::client::{Client, ClientError, SendError, Sent};

/// The API, or a model of it.
pub(crate) trait Api {
    /// Whether a task or plan is paused, and by whom.
    async fn look(&self, target: &Target) -> Result<PauseState, ClientError>;

    /// Makes a permitted change.
    async fn send(&self, permit: &Permit) -> Result<Sent, SendError>;

    /// Whether the account sees this environment at all.
    async fn sees(&self, environment_id: &str) -> Result<bool, ClientError>;
}

impl Api for Client {
    async fn look(&self, target: &Target) -> Result<PauseState, ClientError> {
        self.pause_state(target).await
    }

    async fn send(&self, permit: &Permit) -> Result<Sent, SendError> {
        self.set_pause(permit).await
    }

    async fn sees(&self, environment_id: &str) -> Result<bool, ClientError> {
        let environments = self.environments().await?;
        Ok(environments.iter().any(|environment| environment.id == environment_id))
    }
}
