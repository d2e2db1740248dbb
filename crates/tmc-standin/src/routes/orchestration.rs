//! The Orchestration API.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::refusals::{check_span, no_such_path, only};
use super::{executables, show};
use crate::clock::Time;
use crate::events::Question;
use crate::fiql::Fiql;
use crate::http::{Answer, ApiRefusal, Ask, PageSlice};
use crate::kind::Kind;
use crate::options::UnknownEnvironment;
use crate::tenant::Tenant;
use crate::world::{Permission, RuntimeKind, User, WorkspaceSpec};

pub(super) fn route(
    tenant: &mut Tenant,
    user: &User,
    ask: &Ask,
    path: &[&str],
) -> Result<Answer, ApiRefusal> {
    let (get, put) = (&Method::GET, &Method::PUT);
    match path {
        ["environments"] => only(ask, get, || environments(tenant, ask)),
        ["workspaces"] => only(ask, get, || workspaces(tenant, user, ask)),
        ["executables", "events", "search"] => {
            only(ask, &Method::POST, || search(tenant, user, ask))
        }
        ["executables", kind, rest @ ..] => {
            let kind = match *kind {
                "tasks" => Kind::Task,
                "plans" => Kind::Plan,
                _ => return Err(no_such_path(ask)),
            };
            match rest {
                [] => only(ask, get, || executables::list(tenant, user, ask, kind)),
                [id] => only(ask, get, || executables::get(tenant, user, ask, kind, id)),
                [id, "pause"] => only(ask, put, || executables::pause(tenant, user, ask, kind, id)),
                [id, "run-config", "events"] => {
                    only(ask, get, || executables::cron_events(tenant, user, ask, kind, id))
                }
                _ => Err(no_such_path(ask)),
            }
        }
        _ => Err(no_such_path(ask)),
    }
}

/// `GET /orchestration/environments`: a bare array.
fn environments(tenant: &Tenant, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let [query] = ask.parameters(["query"])?;
    let query = query.map(|text| Fiql::parse(text, &["id", "name", "description"])).transpose()?;
    let wanted = tenant.environments.iter().filter(|environment| {
        query.as_ref().is_none_or(|query| {
            query.holds(|field| match field {
                "id" => &environment.id,
                "name" => &environment.name,
                _ => environment.description.as_deref().unwrap_or_default(),
            })
        })
    });
    Answer::json(StatusCode::OK, &wanted.map(show::environment).collect::<Vec<_>>())
}

/// `GET /orchestration/workspaces`: a bare array of what the user may see.
fn workspaces(tenant: &Tenant, user: &User, ask: &Ask) -> Result<Answer, ApiRefusal> {
    const FIELDS: [&str; 7] =
        ["id", "name", "description", "owner", "type", "environment.id", "environment.name"];
    let [query] = ask.parameters(["query"])?;
    let query = query.map(|text| Fiql::parse(text, &FIELDS)).transpose()?;
    let wanted = |workspace: &&WorkspaceSpec| {
        let environment = tenant.environment(&workspace.environment);
        user.may(Permission::View, &workspace.id)
            && query.as_ref().is_none_or(|query| {
                query.holds(|field| match field {
                    "id" => &workspace.id,
                    "name" => &workspace.name,
                    "owner" => &workspace.owner,
                    "type" => workspace.kind.word(),
                    "environment.id" => &workspace.environment,
                    "environment.name" => environment.map_or("", |found| &found.name),
                    _ => workspace.description.as_deref().unwrap_or_default(),
                })
            })
    };
    let shown = tenant.workspaces.iter().filter(wanted);
    let shown: Vec<_> = shown.map(|workspace| show::workspace(tenant, workspace)).collect();
    Answer::json(StatusCode::OK, &shown)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SearchBody {
    environment_id: String,
    to: Millis,
    from: Option<Millis>,
    #[serde(default)]
    workspace_ids: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    runtime: RuntimeFilter,
    limit: Option<i64>,
    offset: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuntimeFilter {
    #[serde(rename = "type")]
    kind: Option<RuntimeKind>,
    id: Option<String>,
}

/// Epoch milliseconds, as a number or as its digits in a string.
struct Millis(Time);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Number(number) => number.as_i64(),
            serde_json::Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| serde::de::Error::custom("expected milliseconds"))?;
        Ok(Self(Time::from_millis(number)))
    }
}

/// One run as the search lists it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventItem<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_trigger_name: Option<&'a str>,
    date: Time,
    #[serde(rename = "type")]
    kind: String,
}

/// `POST /orchestration/executables/events/search`: the planned runs by date.
fn search(tenant: &mut Tenant, user: &User, ask: &Ask) -> Result<Answer, ApiRefusal> {
    ask.parameters([])?;
    let body: SearchBody = ask.json()?;
    let slice = PageSlice::new(body.limit, body.offset)?;
    let Millis(to) = body.to;
    let from = match body.from {
        Some(Millis(from)) if from > to => return Err(ApiRefusal::bad("from is after to")),
        Some(Millis(from)) => from,
        None => tenant.now(),
    };
    check_span(from, to)?;
    let is_beyond = tenant.options.shapes.is_beyond(slice.offset, from, to)?;
    if tenant.environment(&body.environment_id).is_none() {
        let message = format!("environment {} does not exist", body.environment_id);
        match tenant.options.unknown_environment {
            UnknownEnvironment::NotFound => return Err(ApiRefusal::not_found(message)),
            UnknownEnvironment::Forbidden => return Err(ApiRefusal::forbidden(message)),
            UnknownEnvironment::Empty => {}
        }
    }
    let question = Question {
        user: user.name.clone(),
        environment: body.environment_id,
        from,
        to: to.plus(i64::from(tenant.options.to_inclusive)),
        workspaces: body.workspace_ids,
        tags: body.tags,
        runtime: body.runtime.kind,
        engine: body.runtime.id,
        hide_paused: tenant.options.hide_paused_runs,
    };
    let mut events = tenant.search(user, question);
    if tenant.options.shapes.twins {
        events = Arc::new(events.iter().flat_map(|event| [*event, *event]).collect());
    }
    if is_beyond {
        let PageSlice { limit, offset } = slice;
        let page = json!({"items": [], "limit": limit, "offset": offset, "total": events.len()});
        return Answer::json(StatusCode::OK, &page);
    }
    slice.page(&events, |event| {
        let executable = &tenant.executables[event.executable as usize];
        let trigger = &executable.triggers[usize::from(event.trigger)].trigger;
        let several = executable.current_triggers().nth(1).is_some();
        EventItem {
            id: &executable.id,
            source_trigger_name: trigger.name.as_deref().filter(|_| several),
            date: event.date,
            kind: executable.kind().word().to_uppercase(),
        }
    })
}
