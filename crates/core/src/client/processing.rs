//! The Processing API: what runs now, what ran, and starting a run.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Client;
use super::complete::Discrepancy;
use super::error::{ClientError, SendError};
use super::execution::Execution;
use super::orchestration::{LARGEST_PAGE, collection};
use super::send::{Api, Request};
use super::wire;
use crate::change::{Target, TargetKind};
use crate::clock;
use crate::time::UtcTime;

/// The API tells of no more than the last 60 days.
pub const LONGEST_HISTORY: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Offsets past this one may be refused: a longer list is read in slices of
/// time instead.
const LAST_OFFSET: u64 = 1000;
/// No slice is cut shorter than this.
const SHORTEST_SLICE: i64 = 1000;
/// How often a list that changes while it is read is read again.
const READINGS: u32 = 3;
/// How far back one looks for executions whose status the description does not
/// name. What was under way at some time in that span is listed, however long
/// ago it began; that it is an hour is for tenants that go by the start alone.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// Which executions are asked for
/// (`GET /processing/executables/{tasks,plans}/executions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionQuery {
    /// Of tasks or of plans.
    pub kind: TargetKind,
    /// Of that environment.
    pub environment_id: String,
    /// Only those with that `status`, as the API spells it.
    pub status: Option<&'static str>,
    /// Only those under way at some time between these two, UTC.
    pub between: Option<(UtcTime, UtcTime)>,
}

/// What is under way, as far as the API tells.
#[derive(Debug)]
pub struct InFlight {
    /// The executions, in no order.
    pub executions: Vec<Execution>,
    /// Why the list without a filter could not be had, where a tenant refuses
    /// it: then an execution with a status that nobody has heard of is not
    /// among those above.
    pub refused: Option<ClientError>,
}

#[derive(Deserialize)]
struct ExecutionPage {
    items: Vec<Execution>,
    #[serde(default, deserialize_with = "wire::count")]
    total: Option<u64>,
}

impl Client {
    /// The executions that the query takes, each once, in no order.
    ///
    /// This list changes all the time, so its pages cannot be proved to fit:
    /// it is read again while its total changes, a few times at most, and
    /// everything that was seen is returned.
    pub async fn executions(&self, query: &ExecutionQuery) -> Result<Vec<Execution>, ClientError> {
        let between = query.between.map(|(from, to)| {
            (from.max(clock::now().saturating_sub(LONGEST_HISTORY)).as_millis(), to.as_millis())
        });
        let executions = self.slice(query, between).await?;
        let last_seen: HashMap<_, _> =
            executions.into_iter().map(|execution| (execution.id.clone(), execution)).collect();
        Ok(last_seen.into_values().collect())
    }

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
    ) -> Result<InFlight, ClientError> {
        let statuses: &[&'static str] = match kind {
            // In the order of an execution's life: one that moves on between
            // two lists is in the later, where it was not in the earlier.
            TargetKind::Task => &["dispatching", "executing"],
            TargetKind::Plan => &["executing"],
        };
        let mut last_seen = HashMap::new();
        let mut see = |executions: Vec<Execution>| {
            last_seen.extend(executions.into_iter().map(|seen| (seen.id.clone(), seen)));
        };
        let mut query = ExecutionQuery {
            kind,
            environment_id: environment_id.to_owned(),
            status: None,
            between: None,
        };
        for status in statuses {
            query.status = Some(status);
            see(self.executions(&query).await?);
        }
        let now = clock::now();
        query.status = None;
        query.between = Some((now.saturating_sub(RECENT), now));
        let refused = match self.executions(&query).await {
            Ok(executions) => {
                see(executions);
                None
            }
            Err(error) if error.status() == Some(400) => Some(error),
            Err(error) => return Err(error),
        };
        let executions = last_seen.into_values().filter(Execution::is_in_flight).collect();
        Ok(InFlight { executions, refused })
    }

    /// The runs that pauses suppressed between two times, UTC.
    pub async fn executions_suppressed(
        &self,
        kind: TargetKind,
        environment_id: &str,
        from: UtcTime,
        to: UtcTime,
    ) -> Result<Vec<Execution>, ClientError> {
        let query = ExecutionQuery {
            kind,
            environment_id: environment_id.to_owned(),
            status: Some(match kind {
                TargetKind::Task => "execution_rejected",
                TargetKind::Plan => "execution_misfired",
            }),
            between: Some((from, to)),
        };
        let mut executions = self.executions(&query).await?;
        executions.retain(Execution::was_suppressed);
        Ok(executions)
    }

    /// Starts a run now (`POST /processing/executions[/plans]`) and returns
    /// the ID that the API gives it, which may differ from the one that lists
    /// show later. Never repeated after a lost answer: a second run could
    /// start.
    ///
    /// # Errors
    ///
    /// [`SendError`] tells whether a run can have been started all the same. A
    /// paused task is refused with the status 405.
    pub async fn start(&self, target: &Target) -> Result<Option<String>, SendError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Started {
            #[serde(default, deserialize_with = "wire::text")]
            execution_id: Option<String>,
        }
        let path: &[&str] = match target.kind {
            TargetKind::Task => &["processing", "executions"],
            TargetKind::Plan => &["processing", "executions", "plans"],
        };
        let request = Request {
            api: Api::Processing,
            method: Method::POST,
            path,
            query: Vec::new(),
            body: Some(json!({"executable": target.id})),
            repeatable: false,
            needs_body: false,
            until: None,
        };
        let reply = self.sender().send(&request).await?;
        Ok(reply.json().ok().and_then(|started: Started| started.execution_id))
    }

    /// One slice of time, cut in two if the list is too long to be paged.
    fn slice<'a>(
        &'a self,
        query: &'a ExecutionQuery,
        between: Option<(i64, i64)>,
    ) -> LocalBoxFuture<'a, Result<Vec<Execution>, ClientError>> {
        async move {
            let mut seen = Vec::new();
            let mut missing = Discrepancy::Length { offset: 0, expected: 0, got: 0 };
            for _ in 0..READINGS {
                let first = self.execution_page(query, between, 0).await?;
                let total = first.total;
                let mut next = first.items.len() as u64;
                let mut page = first.items.len() as u64;
                seen.extend(first.items);
                if total.is_some_and(|total| total > LAST_OFFSET)
                    && let Some(halves) = halves(between)
                {
                    seen.extend(self.slices(query, halves).await?);
                    return Ok(seen);
                }
                let mut same = true;
                while page > 0 && total.map_or(page >= LARGEST_PAGE, |total| next < total) {
                    let more =
                        match (self.execution_page(query, between, next).await, halves(between)) {
                            // The offset is too high for this tenant.
                            (Err(ClientError::Status { status: 400, .. }), Some(halves)) => {
                                seen.extend(self.slices(query, halves).await?);
                                return Ok(seen);
                            }
                            (more, _) => more?,
                        };
                    same &= more.total == total;
                    page = more.items.len() as u64;
                    next += page;
                    seen.extend(more.items);
                }
                if same && total.is_none_or(|total| next >= total) {
                    return Ok(seen);
                }
                missing = Discrepancy::Length {
                    offset: next,
                    expected: total.unwrap_or(next).saturating_sub(next),
                    got: 0,
                };
            }
            // Of the history, one takes what comes. But what is not among
            // those under way is taken to have ended.
            if between.is_some() {
                return Ok(seen);
            }
            let list = "executions under way".to_owned();
            Err(ClientError::Incomplete { list, what: missing, handed_out: false })
        }
        .boxed_local()
    }

    async fn slices(
        &self,
        query: &ExecutionQuery,
        [early, late]: [(i64, i64); 2],
    ) -> Result<Vec<Execution>, ClientError> {
        let (mut all, late) =
            futures_util::try_join!(self.slice(query, Some(early)), self.slice(query, Some(late)))?;
        all.extend(late);
        Ok(all)
    }

    async fn execution_page(
        &self,
        query: &ExecutionQuery,
        between: Option<(i64, i64)>,
        offset: u64,
    ) -> Result<ExecutionPage, ClientError> {
        let mut asked = vec![("environmentId", query.environment_id.clone())];
        asked.extend(query.status.map(|status| ("status", status.to_owned())));
        if let Some((from, to)) = between {
            asked.extend([("from", from.to_string()), ("to", to.to_string())]);
        }
        asked.extend([("limit", LARGEST_PAGE.to_string()), ("offset", offset.to_string())]);
        let path = ["processing", "executables", collection(query.kind), "executions"];
        let request = Request::get(Api::Processing, &path, asked);
        self.sender().send(&request).await.map_err(|failed| failed.error)?.json()
    }
}

/// A slice of time in two, unless it is short already.
fn halves(between: Option<(i64, i64)>) -> Option<[(i64, i64); 2]> {
    let (from, to) = between.filter(|(from, to)| to - from > SHORTEST_SLICE)?;
    let middle = from + (to - from) / 2;
    Some([(from, middle), (middle, to)])
}
