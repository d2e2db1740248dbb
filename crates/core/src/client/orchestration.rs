//! The Orchestration API: what runs when, where it belongs, and its pauses.

use futures_util::FutureExt;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Client;
use super::complete::{Items, RawPage};
use super::error::{ClientError, Made, RequestLine, SendError};
use super::paging::Pages;
use super::runs::Runs;
use super::send::{Api, Request};
use super::wire::{Environment, Executable, Workspace};
use crate::change::{Answer, PauseState, Permit, Target, TargetKind};
use crate::time::UtcTime;

/// Items on a page, at most: the API's own bound.
pub const LARGEST_PAGE: u64 = 100;

/// Which scheduled runs are asked for
/// (`POST /orchestration/executables/events/search`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSearch {
    /// The environment's ID.
    pub environment_id: String,
    /// Only those workspaces; all if empty.
    pub workspace_ids: Vec<String>,
    /// From then on, UTC. Fixed, so that pages do not drift while time passes.
    pub from: UtcTime,
    /// Until then, UTC. Whether the API leaves that instant out is not said.
    pub to: UtcTime,
    /// Only executables with one of those tags; all if empty.
    pub tags: Vec<String>,
    /// Only runs on that type of runtime, as the API spells it.
    pub runtime: Option<&'static str>,
    /// Items on a page, 1 to [`LARGEST_PAGE`].
    pub page_size: u64,
}

impl RunSearch {
    /// What is listed, for messages.
    pub(super) fn describe(&self) -> String {
        format!("scheduled runs of environment {}", self.environment_id)
    }
}

/// Which tasks or plans are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutableFilter {
    /// Of that environment.
    pub environment_id: Option<String>,
    /// Of that workspace.
    pub workspace_id: Option<String>,
    /// Of plans: only those that this task is a step of.
    pub task_id: Option<String>,
}

/// The API's answer to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whether it changed something.
    pub answer: Answer,
    /// An earlier attempt's answer was lost: "nothing changed" can then also
    /// mean that the earlier attempt had changed it.
    pub retried: bool,
}

impl Client {
    /// `GET /orchestration/environments`.
    pub async fn environments(&self) -> Result<Vec<Environment>, ClientError> {
        self.read(&["orchestration", "environments"]).await
    }

    /// `GET /orchestration/workspaces`: all that the account may see.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, ClientError> {
        self.read(&["orchestration", "workspaces"]).await
    }

    /// The objects of `GET /orchestration/{environments,workspaces}`, each as
    /// its own bytes.
    pub async fn raw_list(&self, of: &str) -> Result<Vec<Box<RawValue>>, ClientError> {
        self.read(&["orchestration", of]).await
    }

    /// The scheduled runs, in the API's order: items of
    /// `POST /orchestration/executables/events/search`.
    #[must_use]
    pub fn runs(&self, search: &RunSearch) -> Runs<'_> {
        Runs::new(self, search.clone())
    }

    /// Those of one slice of time.
    pub(super) fn run_pages(&self, search: &RunSearch, from: UtcTime, to: UtcTime) -> Pages<'_> {
        let mut body = json!({
            "environmentId": search.environment_id,
            "from": from.as_millis(),
            "to": to.as_millis(),
        });
        if !search.workspace_ids.is_empty() {
            body["workspaceIds"] = json!(search.workspace_ids);
        }
        if !search.tags.is_empty() {
            body["tags"] = json!(search.tags);
        }
        if let Some(kind) = search.runtime {
            body["runtime"] = json!({"type": kind});
        }
        let list = search.describe();
        let page_size = search.page_size.clamp(1, LARGEST_PAGE);
        let concurrency = self.concurrency();
        let fetch = move |offset: u64, limit: u64| {
            let mut body = body.clone();
            body["limit"] = json!(limit);
            body["offset"] = json!(offset);
            async move { self.search_page(body).await }.boxed_local()
        };
        Pages::new(list, Items::Runs, page_size, concurrency, std::rc::Rc::new(fetch))
    }

    async fn search_page(&self, body: Value) -> Result<RawPage, ClientError> {
        let request = Request {
            api: Api::Orchestration,
            method: Method::POST,
            path: &["orchestration", "executables", "events", "search"],
            query: Vec::new(),
            body: Some(body),
            repeatable: true,
            needs_body: true,
            until: None,
        };
        self.sender().send(&request).await.map_err(|failed| failed.error)?.json()
    }

    /// `GET /orchestration/executables/{tasks,plans}`, page by page.
    #[must_use]
    pub fn executables(&self, kind: TargetKind, filter: &ExecutableFilter) -> Pages<'_> {
        let mut query = Vec::new();
        for (name, value) in [
            ("environmentId", &filter.environment_id),
            ("workspaceId", &filter.workspace_id),
            ("taskId", &filter.task_id),
        ] {
            query.extend(value.as_ref().map(|value| (name, value.clone())));
        }
        let fetch = move |offset: u64, limit: u64| {
            let mut query = query.clone();
            query.push(("limit", limit.to_string()));
            query.push(("offset", offset.to_string()));
            async move {
                let path = ["orchestration", "executables", collection(kind)];
                let request = Request::get(Api::Orchestration, &path, query);
                self.sender().send(&request).await.map_err(|failed| failed.error)?.json()
            }
            .boxed_local()
        };
        let list = format!("{}s", kind.as_str());
        let concurrency = self.concurrency();
        Pages::new(list, Items::Executables, LARGEST_PAGE, concurrency, std::rc::Rc::new(fetch))
    }

    /// All tasks that the filter takes.
    pub async fn tasks(&self, filter: &ExecutableFilter) -> Result<Vec<Executable>, ClientError> {
        self.executables_read(TargetKind::Task, filter).await
    }

    /// All plans that the filter takes.
    pub async fn plans(&self, filter: &ExecutableFilter) -> Result<Vec<Executable>, ClientError> {
        self.executables_read(TargetKind::Plan, filter).await
    }

    /// The plans of which a task is a step
    /// (`GET /orchestration/executables/plans?taskId=`).
    pub async fn plans_containing(&self, task_id: &str) -> Result<Vec<Executable>, ClientError> {
        let filter =
            ExecutableFilter { task_id: Some(task_id.to_owned()), ..ExecutableFilter::default() };
        self.plans(&filter).await
    }

    async fn executables_read(
        &self,
        kind: TargetKind,
        filter: &ExecutableFilter,
    ) -> Result<Vec<Executable>, ClientError> {
        let items = self.executables(kind, filter).all().await?;
        let read = |item: &RawValue| {
            serde_json::from_str(item.get()).map_err(|error| {
                let path = format!("/orchestration/executables/{}", collection(kind));
                let request = RequestLine { method: "GET", path, attempts: 1 };
                ClientError::Unreadable { request, what: error.to_string() }
            })
        };
        items.iter().map(|item| read(item)).collect()
    }

    /// `GET /orchestration/executables/tasks/{id}`. One that does not exist is
    /// an error of which [`ClientError::is_not_found`] holds.
    pub async fn task(&self, id: &str) -> Result<Executable, ClientError> {
        self.read(&["orchestration", "executables", "tasks", id]).await
    }

    /// `GET /orchestration/executables/plans/{id}`, likewise.
    pub async fn plan(&self, id: &str) -> Result<Executable, ClientError> {
        self.read(&["orchestration", "executables", "plans", id]).await
    }

    /// The task or plan itself.
    pub async fn executable(&self, target: &Target) -> Result<Executable, ClientError> {
        match target.kind {
            TargetKind::Task => self.task(&target.id).await,
            TargetKind::Plan => self.plan(&target.id).await,
        }
    }

    /// Whether a task or plan is paused, and by whom.
    pub async fn pause_state(&self, target: &Target) -> Result<PauseState, ClientError> {
        Ok(self.executable(target).await?.pause.unwrap_or_default())
    }

    /// Pauses or resumes: `PUT /orchestration/executables/{tasks,plans}/{id}/pause`.
    /// Repeating it does no harm, so it is repeated like any other request; but
    /// then "nothing changed" may be about our own first attempt: see
    /// [`Sent::retried`].
    ///
    /// # Errors
    ///
    /// [`SendError`] tells whether the change can have been made all the same.
    pub async fn set_pause(&self, permit: &Permit) -> Result<Sent, SendError> {
        let change = permit.change();
        let mut body = json!({"pause": change.pause});
        if !change.context.is_empty() {
            body["pauseContext"] = json!(change.context);
        }
        let target = &change.target;
        let request = Request {
            api: Api::Orchestration,
            method: Method::PUT,
            path: &["orchestration", "executables", collection(target.kind), &target.id, "pause"],
            query: Vec::new(),
            body: Some(body),
            repeatable: true,
            needs_body: false,
            until: change.until,
        };
        let reply = self.sender().send(&request).await?;
        let answer = match reply.status {
            204 => Answer::Unchanged,
            // 202 by the description; any other success says no less.
            200..=299 => Answer::Changed,
            status => {
                let what = format!("status {status} is neither 202 nor 204");
                let error = ClientError::Unreadable { request: reply.line, what };
                return Err(SendError { error, made: Made::Unknown });
            }
        };
        Ok(Sent { answer, retried: reply.repeated })
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ClientError> {
        let request = Request::get(Api::Orchestration, path, Vec::new());
        self.sender().send(&request).await.map_err(|failed| failed.error)?.json()
    }
}

/// The API's word for all of a kind.
pub(super) const fn collection(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Task => "tasks",
        TargetKind::Plan => "plans",
    }
}
