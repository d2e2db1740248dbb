//! The API's objects, read leniently: a member that is missing, or of another kind than
//! described, is `None`, unless the tools cannot work without it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use super::date;
use crate::change::PauseState;
use crate::identifier;
use crate::short_name::clip;
use crate::time::UtcTime;

/// A text, or a number as its digits; `None` for anything else.
pub(super) fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A mandatory ID: a text, or a number as its digits.
pub(super) fn id<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let id = some_id(input)?;
    id.ok_or_else(|| D::Error::custom("an ID is neither a text nor a whole number"))
}

/// An optional ID. If the member is there, it must be a valid ID: an error is returned
/// for a text that would lead to another path of the API, and for a number that is not
/// exact.
fn some_id<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    id_of(Value::deserialize(input)?)
        .map_err(|why| D::Error::custom(format!("an ID is none: {why}")))
}

/// An ID that is compared with others, and stands in no path: also an empty text.
pub(super) fn compared_id<'de, D>(input: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = Value::deserialize(input)?;
    match &value {
        Value::Number(number) if !number.is_u64() => {
            Err(D::Error::custom(format!("an ID is none: {}", inexact(number))))
        }
        _ => Ok(text(value).ok().flatten()),
    }
}

fn inexact(number: &Number) -> String {
    format!("{number} is neither whole nor exact")
}

/// The ID that a value is, if it is a text or a number.
fn id_of(value: Value) -> Result<Option<String>, String> {
    let id = match value {
        Value::String(text) => text,
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::Number(number) => return Err(inexact(&number)),
        _ => return Ok(None),
    };
    identifier::check(&id).map_err(|why| why.to_string())?;
    Ok(Some(id))
}

/// A text in lower case: one of a fixed set of names, such as a status.
pub(super) fn lower_case<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(text(input)?.map(|text| text.to_lowercase()))
}

/// The texts of an array; other values are left out.
fn texts<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let Value::Array(values) = Value::deserialize(input)? else { return Ok(Vec::new()) };
    let texts = values.into_iter().filter_map(|value| text(value).ok().flatten());
    Ok(texts.collect())
}

/// A count, as a number or as its digits; `None` for anything else, also for a negative
/// number.
pub(super) fn count<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    })
}

/// A member that is there, also as null.
fn shown<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}

/// A date-time in any of the shapes of `date`; `None` for anything else.
pub(super) fn time<'de, D: Deserializer<'de>>(input: D) -> Result<Option<UtcTime>, D::Error> {
    Ok(date::of_value(&Value::deserialize(input)?))
}

/// An object that can be read as `T`; `None` for anything else. An ID in the object
/// must be valid, else an error is returned.
fn nested_object<'de, D, T>(input: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'t> Deserialize<'t>,
{
    let value = Value::deserialize(input)?;
    let environment = value.get("environment");
    for place in [Some(&value), environment].into_iter().flatten() {
        if let Some(Value::String(id)) = place.get("id") {
            identifier::check(id)
                .map_err(|why| D::Error::custom(format!("an ID is none: {why}")))?;
        }
    }
    Ok(serde_json::from_value(value).ok())
}

/// An environment, as far as it is needed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Environment {
    /// Its ID.
    #[serde(deserialize_with = "id")]
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
    #[serde(deserialize_with = "id")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "nested_object")]
    environment: Option<Environment>,
    /// Older descriptions of the API have this member instead of `environment`.
    #[serde(default, deserialize_with = "some_id")]
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
    /// Whether pause details were shown, be they null. A list without them says
    /// nothing of a pause.
    pub shows_pause: bool,
    /// Pause details that do not say whether it is paused, as they came.
    pub unread_pause: Option<String>,
    /// Its tags, where the API shows them.
    pub tags: Vec<String>,
    /// Of a plan, the IDs of its steps' tasks; each once.
    pub tasks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireExecutable {
    #[serde(default, deserialize_with = "some_id")]
    executable: Option<String>,
    #[serde(default, deserialize_with = "some_id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "nested_object")]
    workspace: Option<Workspace>,
    #[serde(default, deserialize_with = "texts")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "shown")]
    task_pause_details: Option<Value>,
    #[serde(default, deserialize_with = "shown")]
    plan_pause_details: Option<Value>,
    chart: Option<WireStep>,
}

impl TryFrom<WireExecutable> for Executable {
    type Error = String;

    fn try_from(wire: WireExecutable) -> Result<Self, String> {
        let mut tasks = Vec::new();
        if let Some(chart) = wire.chart {
            chart
                .collect(&mut tasks)
                .map_err(|why| format!("the ID of a step's task is none: {why}"))?;
        }
        let shown = [wire.task_pause_details, wire.plan_pause_details];
        let shows_pause = shown.iter().any(Option::is_some);
        let details = shown.into_iter().flatten().find(|details| !details.is_null());
        let details = details.unwrap_or_default();
        let pause = read_pause(&details);
        Ok(Self {
            id: wire.executable.or(wire.id).ok_or("missing field `executable`")?,
            name: wire.name,
            workspace: wire.workspace,
            shows_pause,
            unread_pause: pause.is_err().then(|| details.to_string()),
            pause: pause.unwrap_or_default(),
            tags: wire.tags,
            tasks,
        })
    }
}

/// Reads `taskPauseDetails` or `planPauseDetails`: `None` where they are
/// absent, and an error where they do not say whether it is paused.
fn read_pause(details: &Value) -> Result<Option<PauseState>, ()> {
    let members = match details {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(()),
    };
    let member = |name| members.get(name).unwrap_or(&Value::Null);
    let paused = match member("pause") {
        Value::Bool(paused) => *paused,
        Value::Number(number) if number.as_f64() == Some(1.0) => true,
        Value::Number(number) if number.as_f64() == Some(0.0) => false,
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            _ => return Err(()),
        },
        // Pause details whose members are all null mean the same as no details.
        Value::Null if members.values().all(Value::is_null) => return Ok(None),
        _ => return Err(()),
    };
    let shown = |name| text(member(name)).ok().flatten();
    Ok(Some(PauseState {
        paused,
        since: date::of_value(member("pauseDate")),
        user: shown("user"),
        user_type: shown("userType"),
        context: shown("pauseContext"),
        shown_at: None,
    }))
}

/// A step of a plan, with the steps below it. A step that cannot be read is an error:
/// without one of its tasks, the plan would seem not to contain that task.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStep {
    task_ids: Option<Vec<Value>>,
    flows: Option<Vec<WireFlow>>,
    next_step: Option<Box<WireStep>>,
    step_on_exception: Option<Box<WireStep>>,
}

#[derive(Deserialize)]
struct WireFlow {
    id: Option<Value>,
}

impl WireStep {
    /// Adds the IDs of the tasks. The depth is bounded: deeper JSON than 128 levels is
    /// not read at all.
    fn collect(self, tasks: &mut Vec<String>) -> Result<(), String> {
        let flows = self.flows.unwrap_or_default().into_iter().filter_map(|flow| flow.id);
        for value in self.task_ids.unwrap_or_default().into_iter().chain(flows) {
            let shown = value.to_string();
            let id = id_of(value)?.ok_or_else(|| format!("{} is no text", clip(&shown)))?;
            if !tasks.contains(&id) {
                tasks.push(id);
            }
        }
        for step in [self.next_step, self.step_on_exception].into_iter().flatten() {
            step.collect(tasks)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_has_its_environment_nested_or_by_its_id() {
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
            let executable: Executable = serde_json::from_str(&text).unwrap();
            assert_eq!(executable.unread_pause, None);
            executable.pause
        };
        for none in ["", "null", "{}", r#"{"pause":null,"user":null}"#] {
            let details = format!(r#","taskPauseDetails":{none}"#);
            assert_eq!(read(if none.is_empty() { none } else { &details }), None, "{none}");
        }
        for (pause, paused) in
            [("\"true\"", true), ("1", true), ("\"False\"", false), ("0", false), ("1.0", true)]
        {
            let details = format!(r#","planPauseDetails":{{"pause":{pause}}}"#);
            assert_eq!(read(&details).unwrap().paused, paused, "{pause}");
        }
        for odd in [r#"{"user":"x"}"#, r#"{"pause":"maybe"}"#, r#"{"pause":2}"#, "true", "[]"] {
            let text = format!(r#"{{"id":"t","taskPauseDetails":{odd}}}"#);
            let executable: Executable = serde_json::from_str(&text).unwrap();
            assert_eq!((executable.pause, executable.unread_pause.as_deref()), (None, Some(odd)));
        }
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

    /// A list without the member says nothing; with null it says "not paused".
    #[test]
    fn an_item_shows_a_pause_only_if_it_has_the_member() {
        for (members, shows) in [
            ("", false),
            (r#","taskPauseDetails":null"#, true),
            (r#","planPauseDetails":null"#, true),
            (r#","taskPauseDetails":{"pause":false}"#, true),
            (r#","taskPauseDetails":null,"planPauseDetails":{"pause":true}"#, true),
        ] {
            let text = format!(r#"{{"executable":"t"{members}}}"#);
            let executable: Executable = serde_json::from_str(&text).unwrap();
            assert_eq!(executable.shows_pause, shows, "{members}");
            let paused = executable.pause.is_some_and(|pause| pause.paused);
            assert_eq!(paused, members.contains("true"), "{members}");
        }
    }

    #[test]
    fn a_plan_names_the_tasks_of_all_its_steps() {
        let plan: Executable = serde_json::from_str(
            r#"{"executable":"p","name":"n","chart":{"taskIds":["a"],"flows":[{"id":"a"},{"id":"b"},{"id":7}],
              "nextStep":{"flows":[{"id":"c"}],"stepOnException":{"taskIds":["d"]}},
              "stepOnException":null}}"#,
        )
        .unwrap();
        assert_eq!(plan.tasks, ["a", "b", "7", "c", "d"]);
    }

    /// Without one of its tasks a plan is taken for one that does not have it.
    #[test]
    fn steps_that_cannot_be_read_are_an_error_and_those_that_are_absent_are_none() {
        let read = |chart: &str| {
            serde_json::from_str::<Executable>(&format!(r#"{{"executable":"p","chart":{chart}}}"#))
        };
        for none in [
            "null",
            "{}",
            r#"{"taskIds":null,"flows":null,"nextStep":null,"stepOnException":null}"#,
            r#"{"taskIds":[],"flows":[{}],"nextStep":{"new":[1]}}"#,
        ] {
            assert_eq!(read(none).unwrap().tasks, [""; 0], "{none}");
        }
        for odd in [
            "7",
            r#""x""#,
            r#"{"taskIds":{"id":"a"}}"#,
            r#"{"taskIds":["a",{"id":"b"}]}"#,
            r#"{"taskIds":["a",null]}"#,
            r#"{"taskIds":["a",".."]}"#,
            r#"{"taskIds":[18446744073709551616]}"#,
            r#"{"taskIds":[1.5]}"#,
            r#"{"flows":{"id":"a"}}"#,
            r#"{"flows":["a"]}"#,
            r#"{"flows":[{"id":{}}]}"#,
            r#"{"flows":[{"id":-7}]}"#,
            r#"{"nextStep":[7]}"#,
            r#"{"nextStep":{"stepOnException":{"flows":[{"id":1e30}]}}}"#,
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
        let long = format!(r#"{{"taskIds":[["{}"]]}}"#, "x".repeat(5_000));
        let reported = read(&long).unwrap_err().to_string();
        assert!(reported.ends_with("… is no text") && reported.len() < 300, "{reported}");
    }

    #[test]
    fn an_executable_has_an_id() {
        assert!(serde_json::from_str::<Executable>(r#"{"name":"n"}"#).is_err());
    }
}
