//! The world of the vendor's documentation.

use super::{
    EnvironmentSpec, PersonalToken, ServiceAccount, Task, User, UserKind, WorkspaceSpec, World,
};
use crate::clock::Time;
use crate::schedule::Trigger;

impl World {
    /// The sample of the vendor's documentation of the event search: one task
    /// with monthly runs at 20:00 in Paris, six of them in the rest of 2022.
    ///
    /// The clock runs from 2022-07-01T00:00:00Z. Credentials, obviously fake:
    /// the personal access token `sample-personal-access-token` of the person
    /// `operator`, and the service account `sample-service-account` with the
    /// secret `sample-service-account-secret`.
    #[must_use]
    pub fn documentation_sample() -> Self {
        Self {
            clock: Some(Time::from_millis(1_656_633_600_000)),
            environments: vec![EnvironmentSpec {
                id: "6242bc6eac74e9757cda41bb".to_owned(),
                name: "Production".to_owned(),
                default: true,
                ..EnvironmentSpec::default()
            }],
            workspaces: vec![WorkspaceSpec {
                id: "6242bc6eac74e9757cda41bc".to_owned(),
                name: "Finance".to_owned(),
                environment: "6242bc6eac74e9757cda41bb".to_owned(),
                owner: "operator".to_owned(),
                ..WorkspaceSpec::default()
            }],
            tasks: vec![Task {
                id: "61323d2498d04f63ee697541".to_owned(),
                name: "Monthly report".to_owned(),
                workspace: "6242bc6eac74e9757cda41bc".to_owned(),
                triggers: vec![Trigger::cron("0 20 20 * ?", "Europe/Paris").named("monthly")],
                duration_seconds: 600,
                ..Task::default()
            }],
            ..Self::with_sample_accounts()
        }
    }

    /// A world of nobody but the person and the service account of the sample.
    pub(super) fn with_sample_accounts() -> Self {
        Self {
            users: vec![
                User::new("operator", UserKind::Human),
                User::new("maintenance", UserKind::Service),
            ],
            tokens: vec![PersonalToken {
                id: "sample-token".to_owned(),
                secret: "sample-personal-access-token".to_owned(),
                user: "operator".to_owned(),
            }],
            service_accounts: vec![ServiceAccount {
                id: "sample-service-account".to_owned(),
                secret: "sample-service-account-secret".to_owned(),
                user: "maintenance".to_owned(),
            }],
            ..Self::default()
        }
    }
}
