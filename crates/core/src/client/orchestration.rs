//! The Orchestration API: what runs when, where it belongs, and its pauses.

use std::rc::Rc;

use futures_util::FutureExt;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::RawValue;

use super::completeness::{Items, RawPage};
use super::decode::read_json;
use super::error::{ClientError, Made, SendError};
use super::handle::Client;
use super::objects::{Environment, Executable, Workspace};
use super::paging::{ListPages, Listing, RESTART_WAIT};
use super::query::{ExecutableFilter, LARGEST_PAGE, collection};
use super::request::{ApiRequest, Wants};
use crate::change::{ChangeAnswer, PauseState, Permit, Target, TargetKind};
use crate::time::UtcTime;

/// A list of tasks or plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutableList {
    /// The tasks or plans.
    pub executables: Vec<Executable>,
    /// The total that the API gave and the number of items there are, if the
    /// list was taken although they differ.
    pub mismatch: Option<(u64, u64)>,
}

/// The API's answer to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentChange {
    /// Whether it changed something.
    pub answer: ChangeAnswer,
    /// An earlier attempt was refused or its answer lost: "nothing changed" can
    /// then also mean that the earlier attempt had changed it.
    pub retried: bool,
}

impl Client {
    /// `GET /orchestration/environments`.
    pub async fn environments(&self) -> Result<Vec<Environment>, ClientError> {
        self.array(&["orchestration", "environments"]).await
    }

    /// `GET /orchestration/workspaces`: all that the account may see.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, ClientError> {
        self.array(&["orchestration", "workspaces"]).await
    }

    /// The objects of `GET /orchestration/{environments,workspaces}`, each as
    /// its own bytes.
    pub async fn raw_list(&self, of: &str) -> Result<Vec<Box<RawValue>>, ClientError> {
        self.array(&["orchestration", of]).await
    }

    /// `GET /orchestration/executables/{tasks,plans}`, page by page.
    #[must_use]
    pub fn executables(&self, kind: TargetKind, filter: &ExecutableFilter) -> ListPages<'_> {
        let mut query = Vec::new();
        for (name, value) in
            [("environmentId", &filter.environment_id), ("workspaceId", &filter.workspace_id)]
        {
            query.extend(value.as_ref().map(|value| (name, value.clone())));
        }
        let fetch = move |offset: u64, limit: u64| {
            let mut query = query.clone();
            query.push(("limit", limit.to_string()));
            query.push(("offset", offset.to_string()));
            async move {
                let path = ["orchestration", "executables", collection(kind)];
                self.page(&ApiRequest::list(&path, query)).await
            }
            .boxed_local()
        };
        ListPages::new(Listing {
            list: format!("{}s", kind.as_str()),
            items: Items::Executables,
            limit: LARGEST_PAGE,
            concurrency: self.concurrency(),
            fetch: Rc::new(fetch),
            show: Rc::new(|text| self.sender().show(text)),
            accept_mismatch: filter.accept_mismatch,
            refused_from: None,
            restart_wait: RESTART_WAIT,
            bound: Rc::new(self.bound()),
        })
    }

    /// All tasks or plans that the filter takes, and whether that list was
    /// taken although its total is wrong.
    pub async fn listed(
        &self,
        kind: TargetKind,
        filter: &ExecutableFilter,
    ) -> Result<ExecutableList, ClientError> {
        let (items, mismatch) = self.executables(kind, filter).all().await?;
        Ok(ExecutableList { executables: self.read_items(kind, &items)?, mismatch })
    }

    /// The first page of the tasks or plans of an environment, and the number of all in the
    /// list, where the API says so: one request, which shows what a page of this tenant has.
    pub async fn first_page(
        &self,
        kind: TargetKind,
        environment_id: &str,
    ) -> Result<(Vec<Executable>, Option<u64>), ClientError> {
        let path = ["orchestration", "executables", collection(kind)];
        let query = vec![
            ("environmentId", environment_id.to_owned()),
            ("limit", LARGEST_PAGE.to_string()),
            ("offset", "0".to_owned()),
        ];
        let RawPage { items, total, .. } = self.page(&ApiRequest::list(&path, query)).await?;
        Ok((self.read_items(kind, &items)?, total))
    }

    fn read_items(
        &self,
        kind: TargetKind,
        items: &[Box<RawValue>],
    ) -> Result<Vec<Executable>, ClientError> {
        let path = ["orchestration", "executables", collection(kind)];
        items.iter().map(|item| self.item(&path, item)).collect()
    }

    /// The task or plan of that ID, and when the API answered, by its own clock.
    async fn one(
        &self,
        kind: TargetKind,
        id: &str,
    ) -> Result<(Executable, Option<UtcTime>), ClientError> {
        let path = ["orchestration", "executables", collection(kind), id];
        let request = ApiRequest::new(Method::GET, &path);
        let reply = self.sender().send(&request).await.map_err(|failed| failed.error)?;
        let one: Executable = self.sender().json(&reply)?;
        let what = match &one.unread_pause {
            _ if one.id != id => format!("it is about {} {}", kind.as_str(), one.id),
            Some(details) => format!("whether it is paused is not readable: {details}"),
            None => return Ok((one, reply.date)),
        };
        let what = self.sender().show(&what);
        Err(ClientError::Unreadable { request: reply.line, what })
    }

    /// `GET /orchestration/executables/{tasks,plans}/{id}`. One that does not exist is
    /// an error of which [`ClientError::is_not_found`] holds; so is an answer
    /// about another one, or one that does not say whether it is paused.
    pub async fn executable(&self, kind: TargetKind, id: &str) -> Result<Executable, ClientError> {
        Ok(self.one(kind, id).await?.0)
    }

    /// Whether a task or plan is paused, by whom, and when the API said so; and
    /// the workspace that it belongs to, where the API says that.
    pub async fn pause_state(
        &self,
        target: &Target,
    ) -> Result<(PauseState, Option<Workspace>), ClientError> {
        let (executable, shown_at) = self.one(target.kind, &target.id).await?;
        let state = PauseState { shown_at, ..executable.pause.unwrap_or_default() };
        Ok((state, executable.workspace))
    }

    /// Pauses or resumes: `PUT /orchestration/executables/{tasks,plans}/{id}/pause`.
    /// Repeating it does no harm, so it is repeated like any other request; but
    /// then "nothing changed" may be about our own first attempt: see
    /// [`SentChange::retried`].
    ///
    /// # Errors
    ///
    /// [`SendError`] says whether the change can have been made all the same.
    pub async fn set_pause(&self, permit: &Permit) -> Result<SentChange, SendError> {
        let change = permit.change();
        let mut body = json!({"pause": change.pause});
        if !change.context.is_empty() {
            body["pauseContext"] = json!(change.context);
        }
        let (kind, id) = (collection(change.target.kind), &change.target.id);
        let path = ["orchestration", "executables", kind, id, "pause"];
        let request = ApiRequest {
            body: Some(body),
            wants: Wants::Nothing,
            until: change.until,
            ..ApiRequest::new(Method::PUT, &path)
        };
        let reply = self.sender().send(&request).await?;
        let answer = match reply.status {
            204 => ChangeAnswer::Unchanged,
            // 202 by the description; there are tenants that answer 200.
            200..=299 => ChangeAnswer::Changed,
            status => {
                let what = format!("status {status} is neither 202 nor 204");
                let error = ClientError::Unreadable { request: reply.line, what };
                return Err(SendError { error, made: Made::Unknown });
            }
        };
        Ok(SentChange { answer, retried: reply.repeated || reply.line.attempts > 1 })
    }

    /// A list that is described as an array, also in an object's `items`.
    async fn array<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Vec<T>, ClientError> {
        let request = ApiRequest::new(Method::GET, path);
        let reply = self.sender().send(&request).await.map_err(|failed| failed.error)?;
        if reply.body.trim_ascii_start().first() == Some(&b'[') {
            return self.sender().json(&reply);
        }
        let unreadable = |error: &serde_json::Error| self.sender().unreadable(&reply, error);
        let page = RawPage::read(&reply.body).map_err(|error| unreadable(&error))?;
        let got = page.items.len() as u64;
        if let Some(total) = page.total.filter(|total| *total > got) {
            let what = format!("it holds {got} of {total} items, and no more can be asked for");
            return Err(ClientError::Unreadable { request: reply.line, what });
        }
        let items = page.items.iter().map(|item| read_json(item.get().as_bytes()));
        items.collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    }
}
