//! Tasks and plans in the Orchestration API: lists, details, pause.

use hyper::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusals::check_span;
use super::show;
use crate::clock::Time;
use crate::http::{Answer, ApiRefusal, Ask, PageSlice, integer};
use crate::kind::Kind;
use crate::schedule::TriggerKind;
use crate::tenant::{LiveExecutable, Tenant};
use crate::world::{Permission, RuntimeKind, Step, User};

/// `GET /orchestration/executables/tasks` and `…/plans`.
pub(super) fn list(
    tenant: &mut Tenant,
    user: &User,
    ask: &Ask,
    kind: Kind,
) -> Result<Answer, ApiRefusal> {
    match kind {
        Kind::Task => list_tasks(tenant, user, ask),
        Kind::Plan => list_plans(tenant, user, ask),
    }
}

fn list_tasks(tenant: &mut Tenant, user: &User, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let [environment, workspace, name, artifact, runtime, engine, profile, limit, offset] = ask
        .parameters([
            "environmentId",
            "workspaceId",
            "name",
            "artifactId",
            "runtimeType",
            "runtimeId",
            "runtimeRunProfileId",
            "limit",
            "offset",
        ])?;
    let slice = PageSlice::of(limit, offset)?;
    let runtime = runtime.map(runtime_kind).transpose()?;
    let found = select(tenant, user, Kind::Task, (environment, workspace, name), |executable| {
        executable.task().is_some_and(|task| {
            artifact.is_none_or(|id| show::artifact(executable) == id)
                && runtime.is_none_or(|kind| task.runtime.kind == kind)
                && engine.is_none_or(|id| task.runtime.id.as_deref() == Some(id))
                && profile.is_none_or(|id| task.runtime.run_profile_id.as_deref() == Some(id))
        })
    });
    slice.page(&found, |index| show::listed_task(tenant, *index))
}

fn list_plans(tenant: &mut Tenant, user: &User, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let [environment, workspace, task, plan, name, limit, offset] = ask.parameters([
        "environmentId",
        "workspaceId",
        "taskId",
        "planId",
        "name",
        "limit",
        "offset",
    ])?;
    let slice = PageSlice::of(limit, offset)?;
    let found = select(tenant, user, Kind::Plan, (environment, workspace, name), |executable| {
        let mut tasks = executable.steps().iter().flat_map(Step::all_tasks);
        task.is_none_or(|id| tasks.any(|task| task == id))
            && plan.is_none_or(|id| executable.id == id)
    });
    let statuses = tenant.plan_statuses();
    slice.page(&found, |index| show::plan(tenant, *index, statuses.get(index)))
}

fn runtime_kind(text: &str) -> Result<RuntimeKind, ApiRefusal> {
    serde_json::from_value(text.into())
        .map_err(|_| ApiRefusal::bad(format!("runtimeType \"{text}\" is unknown")))
}

/// The indexes of what exists, is visible and wanted. Names match by prefix.
fn select(
    tenant: &Tenant,
    user: &User,
    kind: Kind,
    (environment, workspace, name): (Option<&str>, Option<&str>, Option<&str>),
    wanted: impl Fn(&LiveExecutable) -> bool,
) -> Vec<usize> {
    let select = |executable: &LiveExecutable| {
        executable.exists
            && executable.kind() == kind
            && environment.is_none_or(|id| tenant.environment_of(executable) == id)
            && workspace.is_none_or(|id| tenant.workspace_of(executable).id == id)
            && name.is_none_or(|prefix| executable.name.starts_with(prefix))
            && tenant.may(user, Permission::View, executable)
            && wanted(executable)
    };
    let all = tenant.executables.iter().enumerate();
    all.filter(|(_, executable)| select(executable)).map(|(index, _)| index).collect()
}

/// The index of a task or plan with which the user may do that.
pub(super) fn find(
    tenant: &Tenant,
    user: &User,
    kind: Kind,
    id: &str,
    wanted: Permission,
) -> Result<usize, ApiRefusal> {
    let found = tenant.find(id).filter(|index| {
        let executable = &tenant.executables[*index];
        executable.exists && executable.kind() == kind
    });
    let word = kind.word();
    let index =
        found.ok_or_else(|| ApiRefusal::not_found(format!("the {word} {id} does not exist")))?;
    if tenant.may(user, wanted, &tenant.executables[index]) {
        Ok(index)
    } else {
        let right = serde_json::to_string(&wanted).unwrap_or_default();
        Err(ApiRefusal::forbidden(format!("the permission {right} on the workspace is required")))
    }
}

/// `GET /orchestration/executables/tasks/{id}` and `…/plans/{id}`.
pub(super) fn get(
    tenant: &mut Tenant,
    user: &User,
    ask: &Ask,
    kind: Kind,
    id: &str,
) -> Result<Answer, ApiRefusal> {
    ask.parameters([])?;
    let index = find(tenant, user, kind, id, Permission::View)?;
    let shown = match kind {
        Kind::Task => show::task(tenant, index),
        Kind::Plan => {
            let statuses = tenant.plan_statuses();
            show::plan(tenant, index, statuses.get(&index))
        }
    };
    Answer::json(StatusCode::OK, &shown)
}

/// The body of a request to pause or resume; who and when are taken from the
/// request itself, whatever is sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PauseBody {
    pause: bool,
    pause_context: Option<String>,
    #[serde(rename = "user")]
    _user: Option<IgnoredAny>,
    #[serde(rename = "userType")]
    _user_type: Option<IgnoredAny>,
    #[serde(rename = "pauseDate")]
    _pause_date: Option<IgnoredAny>,
}

/// The longest context that is taken, in characters.
const MAX_CONTEXT: usize = 255;

/// `PUT …/tasks/{id}/pause` and `…/plans/{id}/pause`: 202 if that changes
/// something, 204 if not, both without a body.
pub(super) fn pause(
    tenant: &mut Tenant,
    user: &User,
    ask: &Ask,
    kind: Kind,
    id: &str,
) -> Result<Answer, ApiRefusal> {
    ask.parameters([])?;
    let body: PauseBody = ask.json()?;
    if let Some(context) = &body.pause_context
        && (context.chars().count() > MAX_CONTEXT || context.chars().any(char::is_control))
    {
        let message = format!("pauseContext must be one line of at most {MAX_CONTEXT} characters");
        return Err(ApiRefusal::bad(message));
    }
    let index = find(tenant, user, kind, id, Permission::Author)?;
    let who = (user.name.as_str(), user.kind);
    let is_change = tenant.set_pause(index, body.pause, who, body.pause_context);
    Ok(Answer::empty(if is_change { StatusCode::ACCEPTED } else { StatusCode::NO_CONTENT }))
}

/// `GET …/{id}/run-config/events`: the instants of the cron triggers.
pub(super) fn cron_events(
    tenant: &Tenant,
    user: &User,
    ask: &Ask,
    kind: Kind,
    id: &str,
) -> Result<Answer, ApiRefusal> {
    let [from, to, limit, offset] = ask.parameters(["from", "to", "limit", "offset"])?;
    let slice = PageSlice::of(limit, offset)?;
    let to = integer("to", to)?.ok_or_else(|| ApiRefusal::bad("to is required"))?;
    let from = integer("from", from)?.map_or(tenant.now(), Time::from_millis);
    let index = find(tenant, user, kind, id, Permission::View)?;
    let to = Time::from_millis(to).plus(i64::from(tenant.options.to_inclusive));
    check_span(from, to)?;
    let triggers = tenant.executables[index].triggers.iter();
    let crons = triggers.filter(|live| live.trigger.kind == TriggerKind::Cron);
    let mut dates: Vec<Time> = crons.flat_map(|live| live.between(from, to)).collect();
    dates.sort_unstable();
    slice.page(&dates, |date| *date)
}
