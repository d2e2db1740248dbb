//! One execution of a task or plan, and what its status says.

use serde::Deserialize;

use super::objects;
use crate::change::TargetKind;
use crate::time::UtcTime;

/// One execution of a task or plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Its ID.
    #[serde(rename = "executionId", deserialize_with = "objects::id")]
    pub id: String,
    /// The task, unless it is a plan's own execution.
    #[serde(default, deserialize_with = "objects::compared_id")]
    pub task_id: Option<String>,
    /// The plan, also of a task's execution as one of its steps.
    #[serde(default, deserialize_with = "objects::compared_id")]
    pub plan_id: Option<String>,
    /// `executing`, `execution_successful`, …, in lower case.
    #[serde(default, deserialize_with = "objects::lower_case")]
    pub status: Option<String>,
    /// When it was triggered, UTC.
    #[serde(default, deserialize_with = "objects::time", rename = "triggerTimestamp")]
    pub triggered: Option<UtcTime>,
    /// When it started, UTC.
    #[serde(default, deserialize_with = "objects::time", rename = "startTimestamp")]
    pub started: Option<UtcTime>,
    /// When it ended, UTC.
    #[serde(default, deserialize_with = "objects::time", rename = "finishTimestamp")]
    pub finished: Option<UtcTime>,
    /// Why it did not run: `TASK_IS_PAUSED`, `PLAN_EXECUTIONS_PAUSED`, …
    #[serde(default, deserialize_with = "objects::text")]
    pub misfired_execution_reason: Option<String>,
}

impl Execution {
    /// Whether it is not over. An execution with an unknown status counts as
    /// such: see [`Execution::has_unknown_status`].
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        !matches!(
            self.status.as_deref(),
            Some(
                "deploy_failed"
                    | "execution_rejected"
                    | "execution_successful"
                    | "execution_failed"
                    | "execution_misfired"
                    | "terminated"
                    | "terminated_timeout"
                    | "terminated_shutdown"
            )
        )
    }

    /// Whether its status is none that the API's description names.
    #[must_use]
    pub fn has_unknown_status(&self) -> bool {
        self.is_in_flight() && !matches!(self.status.as_deref(), Some("dispatching" | "executing"))
    }

    /// Whether a pause kept it from running.
    #[must_use]
    pub fn was_suppressed(&self) -> bool {
        let reason = self.misfired_execution_reason.as_deref().unwrap_or_default();
        ["TASK_IS_PAUSED", "PLAN_EXECUTIONS_PAUSED"]
            .iter()
            .any(|pause| reason.eq_ignore_ascii_case(pause))
    }

    /// The task's or plan's ID that it is an execution of.
    #[must_use]
    pub fn of(&self, kind: TargetKind) -> Option<&str> {
        match kind {
            TargetKind::Task => self.task_id.as_deref(),
            TargetKind::Plan => self.plan_id.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(status: &str) -> Execution {
        serde_json::from_str(&format!(r#"{{"executionId":"x","taskId":"t","status":"{status}"}}"#))
            .unwrap()
    }

    #[test]
    fn an_execution_is_in_flight_unless_its_status_is_a_known_end() {
        for (status, in_flight, unknown) in [
            ("dispatching", true, false),
            ("executing", true, false),
            ("execution_successful", false, false),
            ("execution_rejected", false, false),
            ("execution_misfired", false, false),
            ("terminated_shutdown", false, false),
            ("hibernating", true, true),
            ("EXECUTING", true, false),
            ("Execution_Successful", false, false),
        ] {
            let execution = execution(status);
            assert_eq!(execution.is_in_flight(), in_flight, "{status}");
            assert_eq!(execution.has_unknown_status(), unknown, "{status}");
        }
    }

    #[test]
    fn an_execution_is_suppressed_if_a_pause_is_its_misfire_reason() {
        let mut rejected = execution("execution_rejected");
        for (reason, suppressed) in [
            (Some("TASK_IS_PAUSED"), true),
            (Some("PLAN_EXECUTIONS_PAUSED"), true),
            (Some("task_is_paused"), true),
            (Some("REMOTE_ENGINE_UNAVAILABLE"), false),
            (None, false),
        ] {
            rejected.misfired_execution_reason = reason.map(str::to_owned);
            assert_eq!(rejected.was_suppressed(), suppressed, "{reason:?}");
        }
    }

    /// A number whose digits are not all known would be the ID of nothing.
    #[test]
    fn the_task_and_the_plan_are_known_exactly_or_the_execution_is_not_read() {
        for member in ["taskId", "planId"] {
            let read = |id: &str| {
                let text = format!(r#"{{"executionId":"x","{member}":{id}}}"#);
                let execution = serde_json::from_str::<Execution>(&text);
                execution.map(|execution| execution.task_id.or(execution.plan_id))
            };
            for (id, expected) in [
                ("\"t\"", Some("t")),
                ("\"\"", Some("")),
                ("7", Some("7")),
                ("18446744073709551615", Some("18446744073709551615")),
                ("null", None),
            ] {
                assert_eq!(read(id).unwrap().as_deref(), expected, "{id}");
            }
            for id in ["18446744073709551616", "-7", "7.5", "1e30"] {
                assert!(read(id).is_err(), "{member} {id}");
            }
        }
    }
}
