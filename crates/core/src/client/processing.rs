//! The Processing API: what runs now, what ran, and starting a run.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::error::{ClientError, Discrepancy, SendError};
use super::execution::Execution;
use super::execution_lists::{self, ExecutionList, RetentionLimit};
use super::handle::Client;
use super::objects;
use super::query::ExecutionQuery;
use super::request::{ApiRequest, Wants};
use crate::change::{Target, TargetKind};
use crate::clock;
use crate::time::UtcTime;

/// The time back to which executions are asked for: six hours less than the 60
/// days that the API keeps, since its clock may differ, in six slices of time.
pub const LONGEST_HISTORY: Duration = Duration::from_secs(6 * (10 * 24 - 1) * 60 * 60);
/// The time back for which executions are listed whatever their status, to find
/// those with a status that the description of the API does not name. The API
/// lists an execution that was under way in that time, however long ago it began.
/// Some tenants go by the start alone: for them it is an hour.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// The executions that are under way, as far as the API shows them.
#[derive(Debug)]
pub struct ExecutionsInFlight {
    /// The executions, in no order.
    pub executions: Vec<Execution>,
    /// The refusal of the list without a filter, where a tenant refuses it: then an
    /// execution with an unknown status is not among `executions`.
    pub refused: Option<ClientError>,
    /// The beginning of the time that the API shows, if it refuses some of the
    /// last 60 days: what began earlier may be missing.
    pub retention_limit: Option<RetentionLimit>,
}

impl Client {
    /// Those under way now, each once.
    ///
    /// The lists by status reach back as far as the API does. They cannot show
    /// a status that their filter does not know, so what is or was under way
    /// of late is listed without a filter too; it comes last, and what it says
    /// of an execution's status holds.
    pub async fn executions_in_flight(
        &self,
        kind: TargetKind,
        environment_id: &str,
    ) -> Result<ExecutionsInFlight, ClientError> {
        let statuses: &[&'static str] = match kind {
            // In the order of an execution's life: one that moves on between
            // two lists is in the later, where it was not in the earlier.
            TargetKind::Task => &["dispatching", "executing"],
            TargetKind::Plan => &["executing"],
        };
        let now = self.latest_now();
        let mut query = ExecutionQuery {
            kind,
            environment_id: environment_id.to_owned(),
            status: None,
            from: now.saturating_sub(LONGEST_HISTORY),
            to: now,
        };
        let mut last_seen = HashMap::new();
        let mut retention_limit = None;
        for status in statuses {
            query.status = Some(status);
            let history = self.executions(&query).await?;
            // What is not among those under way is taken to have ended.
            if let Some((total, got)) = history.mismatch {
                return Err(execution_lists::incomplete(
                    &query,
                    Discrepancy::Mismatch { total, got },
                ));
            }
            if history.is_changing {
                return Err(execution_lists::incomplete(&query, Discrepancy::Changing));
            }
            retention_limit = retention_limit.or(history.retention_limit);
            last_seen.extend(history.executions.into_iter().map(|seen| (seen.id.clone(), seen)));
        }
        query.status = None;
        query.to = self.latest_now();
        query.from = query.to.saturating_sub(RECENT);
        let refused = match self.executions(&query).await {
            Ok(recent) => {
                let recent = recent.executions.into_iter();
                last_seen.extend(recent.map(|seen| (seen.id.clone(), seen)));
                None
            }
            Err(error) if error.status() == Some(400) => Some(error),
            Err(error) => return Err(error),
        };
        let executions = last_seen.into_values().filter(Execution::is_in_flight).collect();
        Ok(ExecutionsInFlight { executions, refused, retention_limit })
    }

    /// The present, by this machine's clock or by the API's, whichever is later:
    /// nothing that began a moment ago may lie behind the end of a period.
    fn latest_now(&self) -> UtcTime {
        let now = clock::now();
        now.saturating_add(self.sender().ahead())
    }

    /// The runs that pauses suppressed between two times, UTC.
    pub async fn executions_suppressed(
        &self,
        kind: TargetKind,
        environment_id: &str,
        from: UtcTime,
        to: UtcTime,
    ) -> Result<ExecutionList, ClientError> {
        let query = ExecutionQuery {
            kind,
            environment_id: environment_id.to_owned(),
            status: Some(match kind {
                TargetKind::Task => "execution_rejected",
                TargetKind::Plan => "execution_misfired",
            }),
            from,
            to: to.saturating_add(self.sender().ahead()),
        };
        let mut history = self.executions(&query).await?;
        history.executions.retain(Execution::was_suppressed);
        Ok(history)
    }

    /// Starts a run now (`POST /processing/executions[/plans]`) and returns
    /// the ID that the API gives it, which may differ from the one that lists
    /// show later. Never repeated after a lost answer: a second run could
    /// start.
    ///
    /// # Errors
    ///
    /// [`SendError`] says whether a run can have been started all the same. A
    /// paused task is refused with the status 405.
    pub async fn start(&self, target: &Target) -> Result<Option<String>, SendError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct StartedExecution {
            #[serde(default, deserialize_with = "objects::text")]
            execution_id: Option<String>,
        }
        let path: &[&str] = match target.kind {
            TargetKind::Task => &["processing", "executions"],
            TargetKind::Plan => &["processing", "executions", "plans"],
        };
        let request = ApiRequest {
            body: Some(json!({"executable": target.id})),
            repeatable: false,
            wants: Wants::Nothing,
            ..ApiRequest::new(Method::POST, path)
        };
        let reply = self.sender().send(&request).await?;
        Ok(serde_json::from_slice(&reply.body)
            .ok()
            .and_then(|started: StartedExecution| started.execution_id))
    }
}
