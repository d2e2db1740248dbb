//! The API's objects as they are read: leniently. What is missing or of
//! another kind than described is none, unless nothing can be done without it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::change::PauseState;
use crate::time::UtcTime;

/// A text, or a number as its digits; anything else is none.
pub(super) fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number that counts something, also as its digits; anything else, among
/// it what is negative, is none.
pub(super) fn count<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    })
}

/// A date-time in RFC 3339, or epoch milliseconds; anything else is none.
pub(super) fn time<'de, D: Deserializer<'de>>(input: D) -> Result<Option<UtcTime>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::String(text) => UtcTime::parse(&text),
        Value::Number(number) => number.as_i64().and_then(UtcTime::from_millis),
        _ => None,
    })
}

/// Any object that can be read as `T`; anything else is none.
pub(super) fn object<'de, D, T>(input: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'t> Deserialize<'t>,
{
    Ok(serde_json::from_value(Value::deserialize(input)?).ok())
}

/// An environment, as far as it is needed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Environment {
    /// Its ID.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
}

/// A workspace, as far as it is needed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "WireWorkspace")]
pub struct Workspace {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The environment it belongs to, where the API says so.
    pub environment: Option<Environment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireWorkspace {
    id: String,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "object")]
    environment: Option<Environment>,
    /// Older texts speak of this instead.
    #[serde(default, deserialize_with = "text")]
    environment_id: Option<String>,
}

impl From<WireWorkspace> for Workspace {
    fn from(wire: WireWorkspace) -> Self {
        let flat = wire.environment_id.map(|id| Environment { id, name: None });
        Self { id: wire.id, name: wire.name, environment: wire.environment.or(flat) }
    }
}

/// A task or a plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "WireExecutable")]
pub struct Executable {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The workspace it belongs to.
    pub workspace: Option<Workspace>,
    /// Whether it is paused. `None` where a list does not say: only the task
    /// or plan itself is sure to.
    pub pause: Option<PauseState>,
    /// Its tags, where the API shows them.
    pub tags: Vec<String>,
    /// Of a plan, the IDs of its steps' tasks; each once.
    pub tasks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireExecutable {
    #[serde(default, deserialize_with = "text")]
    executable: Option<String>,
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "object")]
    workspace: Option<Workspace>,
    #[serde(default, deserialize_with = "object")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "object")]
    task_pause_details: Option<WirePause>,
    #[serde(default, deserialize_with = "object")]
    plan_pause_details: Option<WirePause>,
    #[serde(default, deserialize_with = "object")]
    chart: Option<WireStep>,
}

impl TryFrom<WireExecutable> for Executable {
    type Error = &'static str;

    fn try_from(wire: WireExecutable) -> Result<Self, &'static str> {
        let mut tasks = Vec::new();
        if let Some(chart) = wire.chart {
            chart.collect(&mut tasks);
        }
        Ok(Self {
            id: wire.executable.or(wire.id).ok_or("missing field `executable`")?,
            name: wire.name,
            workspace: wire.workspace,
            pause: wire.task_pause_details.or(wire.plan_pause_details).map(PauseState::from),
            tags: wire.tags.unwrap_or_default(),
            tasks,
        })
    }
}

/// `taskPauseDetails`, `planPauseDetails`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePause {
    pause: bool,
    #[serde(default, deserialize_with = "text")]
    pause_context: Option<String>,
    #[serde(default, deserialize_with = "text")]
    user: Option<String>,
    #[serde(default, deserialize_with = "text")]
    user_type: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pause_date: Option<UtcTime>,
}

impl From<WirePause> for PauseState {
    fn from(wire: WirePause) -> Self {
        Self {
            paused: wire.pause,
            since: wire.pause_date,
            user: wire.user,
            user_type: wire.user_type,
            context: wire.pause_context,
        }
    }
}

/// A plan's step, and the tree that hangs on it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStep {
    #[serde(default, deserialize_with = "object")]
    task_ids: Option<Vec<String>>,
    #[serde(default, deserialize_with = "object")]
    flows: Option<Vec<WireFlow>>,
    #[serde(default, deserialize_with = "object")]
    next_step: Option<Box<WireStep>>,
    #[serde(default, deserialize_with = "object")]
    step_on_exception: Option<Box<WireStep>>,
}

#[derive(Deserialize)]
struct WireFlow {
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
}

impl WireStep {
    /// Its depth is bounded: deeper JSON than 128 levels is not read at all.
    fn collect(self, tasks: &mut Vec<String>) {
        let flows = self.flows.unwrap_or_default().into_iter().filter_map(|flow| flow.id);
        for id in self.task_ids.unwrap_or_default().into_iter().chain(flows) {
            if !tasks.contains(&id) {
                tasks.push(id);
            }
        }
        for step in [self.next_step, self.step_on_exception].into_iter().flatten() {
            step.collect(tasks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_old_and_new() {
        let nested: Workspace = serde_json::from_str(
            r#"{"id":"w","name":"Finance","environment":{"id":"e","name":"PROD"}}"#,
        )
        .unwrap();
        let environment = nested.environment.unwrap();
        assert_eq!((environment.id.as_str(), environment.name.as_deref()), ("e", Some("PROD")));
        let flat: Workspace =
            serde_json::from_str(r#"{"id":"w","environmentId":"e","environment":null}"#).unwrap();
        assert_eq!(flat.environment.unwrap().id, "e");
    }

    #[test]
    fn pause_details_present_odd_and_absent() {
        let read = |details: &str| {
            let text = format!(r#"{{"id":"t","name":"n"{details}}}"#);
            serde_json::from_str::<Executable>(&text).unwrap().pause
        };
        assert_eq!(read(""), None);
        assert_eq!(read(r#","taskPauseDetails":null"#), None);
        assert_eq!(read(r#","taskPauseDetails":{"user":"x"}"#), None);
        let full = read(
            r#","taskPauseDetails":{"pause":true,"pauseContext":"c","user":"u","userType":"HUMAN",
              "pauseDate":"2026-11-23T12:00:00+01:00","new":[1]}"#,
        )
        .unwrap();
        assert!(full.paused);
        assert_eq!(full.since, UtcTime::parse("2026-11-23T11:00:00Z"));
        assert_eq!(
            (full.user.as_deref(), full.user_type.as_deref(), full.context.as_deref()),
            (Some("u"), Some("HUMAN"), Some("c")),
        );
        let odd = read(r#","planPauseDetails":{"pause":false,"pauseDate":"soon","user":7}"#);
        let odd = odd.unwrap();
        assert_eq!((odd.paused, odd.since, odd.user.as_deref()), (false, None, Some("7")));
    }

    #[test]
    fn a_plan_names_the_tasks_of_all_its_steps() {
        let plan: Executable = serde_json::from_str(
            r#"{"executable":"p","name":"n","chart":{"taskIds":["a"],"flows":[{"id":"a"},{"id":"b"}],
              "nextStep":{"flows":[{"id":"c"}],"stepOnException":{"taskIds":["d"]}},
              "stepOnException":null}}"#,
        )
        .unwrap();
        assert_eq!(plan.tasks, ["a", "b", "c", "d"]);
    }

    #[test]
    fn an_executable_has_an_id() {
        assert!(serde_json::from_str::<Executable>(r#"{"name":"n"}"#).is_err());
    }
}
