//! The Processing API: what has run, and starting on request.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::executables::find;
use super::refusals::{no_such_path, only, wrong_method};
use super::show::present;
use crate::clock::Time;
use crate::execution::{ExecutionOutcome, ExecutionRecord};
use crate::http::{Answer, ApiRefusal, Ask, PageSlice, integer};
use crate::kind::Kind;
use crate::tenant::{LiveExecutable, Tenant};
use crate::world::{ExecutionKind, Permission, User, UserKind};

pub(super) fn route(
    tenant: &mut Tenant,
    user: &User,
    ask: &Ask,
    path: &[&str],
) -> Result<Answer, ApiRefusal> {
    let (get, post) = (&Method::GET, &Method::POST);
    match path {
        ["executions"] => only(ask, post, || start(tenant, user, ask, Kind::Task)),
        ["executions", "plans"] => only(ask, post, || start(tenant, user, ask, Kind::Plan)),
        ["executables", "tasks", "executions"] => match ask.method {
            Method::GET => {
                list(tenant, user, Kind::Task, &ExecutionSearch::of_query(ask, Kind::Task)?)
            }
            Method::POST => {
                ask.parameters([])?;
                list(tenant, user, Kind::Task, &ask.json::<ExecutionSearch>()?.checked(Kind::Task)?)
            }
            _ => Err(wrong_method(ask, "GET, POST")),
        },
        ["executables", "plans", "executions"] => only(ask, get, || {
            list(tenant, user, Kind::Plan, &ExecutionSearch::of_query(ask, Kind::Plan)?)
        }),
        ["executables", kind @ ("tasks" | "plans"), id, "executions"] => only(ask, get, || {
            let kind = if *kind == "tasks" { Kind::Task } else { Kind::Plan };
            let wanted = ExecutionSearch::of_one(ask, kind, tenant.options.refuse_from_per_task)?;
            let index = find(tenant, user, kind, id, Permission::View)?;
            list(tenant, user, kind, &ExecutionSearch { executable: Some(index), ..wanted })
        }),
        _ => Err(no_such_path(ask)),
    }
}

/// Which executions are asked for, as the POST form has it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecutionSearch {
    /// The one task or plan, where the path names it.
    #[serde(skip)]
    executable: Option<usize>,
    environment_id: Option<String>,
    workspace_id: Option<String>,
    status: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    last_days: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    limit: Option<i64>,
    offset: Option<i64>,
}

const TASK_STATUSES: [&str; 9] = [
    "dispatching",
    "deploy_failed",
    "executing",
    "execution_successful",
    "execution_rejected",
    "execution_failed",
    "terminated",
    "terminated_timeout",
    "terminated_shutdown",
];

const PLAN_STATUSES: [&str; 4] =
    ["executing", "execution_successful", "execution_failed", "execution_misfired"];

impl ExecutionSearch {
    fn of_query(ask: &Ask, kind: Kind) -> Result<Self, ApiRefusal> {
        let [environment, workspace, status, from, to, days, limit, offset] = ask.parameters([
            "environmentId",
            "workspaceId",
            "status",
            "from",
            "to",
            "lastDays",
            "limit",
            "offset",
        ])?;
        Self {
            environment_id: environment.map(str::to_owned),
            workspace_id: workspace.map(str::to_owned),
            status: status.map(str::to_owned),
            from: integer("from", from)?,
            to: integer("to", to)?,
            last_days: integer("lastDays", days)?,
            limit: integer("limit", limit)?,
            offset: integer("offset", offset)?,
            ..Self::default()
        }
        .checked(kind)
    }

    /// The form for one task or plan, which has no places to choose from.
    fn of_one(ask: &Ask, kind: Kind, narrow: bool) -> Result<Self, ApiRefusal> {
        let names = ["status", "from", "to", "lastDays", "limit", "offset"];
        let [_, from, _, _, limit, _] = ask.parameters(names)?;
        if narrow && (from.is_some() || limit.is_some()) {
            return Err(ApiRefusal::bad("from and limit are not supported here"));
        }
        Self::of_query(ask, kind)
    }

    fn slice(&self) -> Result<PageSlice, ApiRefusal> {
        PageSlice::new(self.limit, self.offset)
    }

    fn checked(self, kind: Kind) -> Result<Self, ApiRefusal> {
        self.slice()?;
        let known: &[&str] = match kind {
            Kind::Task => &TASK_STATUSES,
            Kind::Plan => &PLAN_STATUSES,
        };
        if let Some(status) = self.status.as_deref().filter(|status| !known.contains(status)) {
            return Err(ApiRefusal::bad(format!("status \"{status}\" is unknown")));
        }
        Ok(self)
    }
}

fn list(
    tenant: &mut Tenant,
    user: &User,
    kind: Kind,
    wanted: &ExecutionSearch,
) -> Result<Answer, ApiRefusal> {
    const DAY: i64 = 86_400_000;
    let rule = tenant.options.history;
    let cap = tenant.options.execution_offset_cap.unwrap_or(rule.offsets());
    let slice = wanted.slice()?;
    let (offset, most) = (slice.offset, rule.days());
    if offset > cap {
        return Err(ApiRefusal::bad(format!("offset {offset} is more than {cap}")));
    }
    if let Some(days) = wanted.last_days.filter(|days| !(1..=most).contains(days)) {
        return Err(ApiRefusal::bad(format!("lastDays {days} is not in the range [1, {most}]")));
    }
    let now = tenant.now();
    let to = wanted.to.map_or(now, Time::from_millis);
    let days = wanted.last_days.unwrap_or(rule.usual_days());
    let from = wanted.from.map_or(now.plus(-days * DAY), Time::from_millis);
    if to.millis() - from.millis() > most * DAY {
        return Err(ApiRefusal::bad(format!("from and to are more than {most} days apart")));
    }
    let oldest = now.plus(-tenant.options.execution_days * DAY);
    if from < oldest && tenant.options.refuse_older_executions {
        return Err(ApiRefusal::bad("from is too long ago"));
    }
    let from = from.max(oldest);
    let executions = tenant.executions(kind);
    let tenant = &*tenant;
    let wanted_here = |execution: &&ExecutionRecord| {
        let executable = &tenant.executables[execution.executable];
        let workspace = tenant.workspace_of(executable);
        let (start, finish) = execution.span(tenant);
        let tagged = |tag| executable.task().is_some_and(|task| task.tags.contains(tag));
        // A task that was deleted takes its history with it.
        executable.exists
            && execution.trigger <= now
            && start <= to
            && finish >= from
            && wanted.executable.is_none_or(|index| index == execution.executable)
            && wanted.environment_id.as_ref().is_none_or(|id| workspace.environment == *id)
            && wanted.workspace_id.as_ref().is_none_or(|id| workspace.id == *id)
            && (wanted.tags.is_empty() || wanted.tags.iter().any(tagged))
            && tenant.may(user, Permission::View, executable)
            && wanted.status.as_ref().is_none_or(|wanted| execution.status(tenant) == wanted)
    };
    let executions: Vec<_> = executions.iter().filter(wanted_here).collect();
    slice.page(&executions, |execution| match kind {
        Kind::Task => show_task(tenant, execution),
        Kind::Plan => show_plan(tenant, execution),
    })
}

fn task_execution_status(status: &str) -> &'static str {
    match status {
        "dispatching" => "DISPATCHING_FLOW",
        "deploy_failed" => "DEPLOY_FAILED",
        "executing" => "STARTING_FLOW_EXECUTION",
        "execution_successful" => "EXECUTION_SUCCESS",
        "execution_rejected" => "EXECUTION_REJECTED",
        "execution_failed" => "EXECUTION_FAILED",
        "terminated" => "EXECUTION_TERMINATED",
        "terminated_timeout" => "EXECUTION_TERMINATED_TIMEOUT",
        "terminated_shutdown" => "EXECUTION_TERMINATED_SHUTDOWN",
        _ => "EXECUTION_EVENT_RECEIVED",
    }
}

fn plan_execution_status(status: &str) -> &'static str {
    match status {
        "executing" => "STARTED",
        "execution_successful" => "EXECUTION_SUCCESS",
        "execution_failed" => "EXECUTION_FAILED",
        "execution_misfired" => "EXECUTION_MISFIRED",
        _ => "UNDEFINED",
    }
}

/// Id, error, start and end, as far as they are there yet.
struct Facts<'a> {
    id: String,
    start: Option<Time>,
    finish: Option<Time>,
    error: Option<&'a str>,
    user: &'a str,
    user_type: UserKind,
}

impl<'a> Facts<'a> {
    fn of(tenant: &'a Tenant, execution: &ExecutionRecord) -> Self {
        let past = |time: &Time| *time <= tenant.now();
        let (id, start, finish, error) = match execution.outcome {
            ExecutionOutcome::Run { start, finish, .. } => {
                (execution.id(), Some(start).filter(past), Some(finish).filter(past), None)
            }
            ExecutionOutcome::Suppressed => (execution.id(), None, None, None),
            ExecutionOutcome::Recorded(index) => {
                let recorded = &tenant.recorded[index];
                let error = recorded.error_message.as_deref();
                (recorded.id.clone(), recorded.start, recorded.finish, error)
            }
        };
        // Schedules run as the owner of the workspace.
        let owner = &tenant.workspace_of(&tenant.executables[execution.executable]).owner;
        let (user, user_type) = execution
            .started_by(tenant)
            .map_or((owner.as_str(), UserKind::Human), |by| (by.user.as_str(), by.user_type));
        Self { id, start, finish, error, user, user_type }
    }
}

fn show_task(tenant: &Tenant, execution: &ExecutionRecord) -> Value {
    let task: &LiveExecutable = &tenant.executables[execution.executable];
    let facts = Facts::of(tenant, execution);
    let status = execution.status(tenant);
    let suppressed = execution.outcome == ExecutionOutcome::Suppressed;
    present(json!({
        "executionId": facts.id,
        "taskId": task.id,
        "taskVersion": "0.1",
        "planId": execution.plan.map(|plan| &tenant.executables[plan].id),
        "status": status,
        "executionStatus": task_execution_status(status),
        "executionType": execution.kind,
        "triggerTimestamp": execution.trigger,
        "startTimestamp": facts.start,
        "finishTimestamp": facts.finish,
        "misfiredExecutionReason": suppressed.then_some("TASK_IS_PAUSED"),
        "errorMessage": facts.error,
        "runtime": task.task().map(|task| &task.runtime),
        "parallelExecutionAllowed": false,
        "userId": facts.user,
        "userType": facts.user_type,
    }))
}

fn show_plan(tenant: &Tenant, execution: &ExecutionRecord) -> Value {
    let plan = &tenant.executables[execution.executable];
    let facts = Facts::of(tenant, execution);
    let status = execution.status(tenant);
    let suppressed = execution.outcome == ExecutionOutcome::Suppressed;
    let tasks = plan.steps().iter().map(|step| step.tasks.len()).sum::<usize>();
    present(json!({
        "executionId": facts.id,
        "planId": plan.id,
        "status": status,
        "executionStatus": plan_execution_status(status),
        "executionType": execution.kind,
        "startTimestamp": facts.start.unwrap_or(execution.trigger),
        "finishTimestamp": facts.finish,
        "misfiredExecutionReason": suppressed.then_some("PLAN_EXECUTIONS_PAUSED"),
        "plannedExecutableCount": tasks,
        "userId": facts.user,
        "userType": facts.user_type,
    }))
}

/// The body of a request to start a task.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartTask {
    executable: String,
    #[serde(rename = "parameters")]
    _parameters: Option<serde_json::Map<String, Value>>,
    #[serde(rename = "logLevel")]
    _log_level: Option<String>,
    #[serde(rename = "timeout")]
    _timeout: Option<i32>,
}

/// The body of a request to start a plan.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartPlan {
    executable: String,
    #[serde(rename = "executionPlanId")]
    _execution_plan_id: Option<IgnoredAny>,
    #[serde(rename = "stepId")]
    _step_id: Option<IgnoredAny>,
    #[serde(rename = "rerunOnlyFailedTasks")]
    _rerun_only_failed_tasks: Option<bool>,
}

/// `POST /processing/executions` and `…/executions/plans`: 201 with an id, or
/// 405 while it is paused.
fn start(tenant: &mut Tenant, user: &User, ask: &Ask, kind: Kind) -> Result<Answer, ApiRefusal> {
    ask.parameters([])?;
    let id = match kind {
        Kind::Task => ask.json::<StartTask>()?.executable,
        Kind::Plan => ask.json::<StartPlan>()?.executable,
    };
    let index = find(tenant, user, kind, &id, Permission::Execute)?;
    let pause = &mut tenant.executables[index].pause;
    if pause.details(std::time::Instant::now()).is_some() {
        let message = format!("the {} {id} is paused", kind.word());
        return Err(ApiRefusal::new(StatusCode::METHOD_NOT_ALLOWED, message));
    }
    let id = tenant.start(index, ExecutionKind::Manual, (&user.name, user.kind));
    let id = if tenant.options.start_answer_has_other_id { format!("answer-{id}") } else { id };
    Answer::json(StatusCode::CREATED, &json!({"executionId": id}))
}
