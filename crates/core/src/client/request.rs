//! A request of the API, before it is sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::clock;
use crate::time::UtcTime;

/// A request to send.
pub(super) struct ApiRequest<'a> {
    pub(super) method: Method,
    /// Below the base URL: first the part of the API that the request belongs to.
    pub(super) path: &'a [&'a str],
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    /// Whether it can be repeated after an answer was lost.
    pub(super) repeatable: bool,
    /// The body that a success must have.
    pub(super) wants: Wants,
    /// No attempt begins at that time of the clock, or later.
    pub(super) until: Option<UtcTime>,
}

/// The order in which requests are served that wait for the limits, the most
/// urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A pause: a window has begun.
    Pause,
    /// A resume: a window is over.
    Resume,
    /// A look at one task or plan: a pause or resume waits for it, or is proved
    /// by it.
    Look,
    /// Lists, and everything else.
    Other,
}

/// The body that a success must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// A JSON object or array.
    Json,
    /// The same, or nothing at all, which is a list without items.
    List,
    /// Nothing: a change is made also if the words that go with it are lost.
    Nothing,
}

impl<'a> ApiRequest<'a> {
    /// A request that is answered in JSON, and that does no harm if it is repeated.
    pub(super) fn new(method: Method, path: &'a [&'a str]) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            repeatable: true,
            wants: Wants::Json,
            until: None,
        }
    }

    /// A page of a list.
    pub(super) fn list(path: &'a [&'a str], query: Vec<(&'static str, String)>) -> Self {
        Self { query, wants: Wants::List, ..Self::new(Method::GET, path) }
    }

    /// The name of its method.
    pub(super) fn method_name(&self) -> &'static str {
        match self.method {
            Method::POST => "POST",
            Method::PUT => "PUT",
            _ => "GET",
        }
    }

    /// Its place among the requests that wait.
    pub(super) fn urgency(&self) -> Urgency {
        match (&self.method, self.path) {
            (&Method::PUT, [.., "pause"]) => {
                let pauses = self.body.as_ref().and_then(|body| body["pause"].as_bool());
                if pauses == Some(false) { Urgency::Resume } else { Urgency::Pause }
            }
            (&Method::GET, ["orchestration", "executables", _, _]) => Urgency::Look,
            _ => Urgency::Other,
        }
    }

    /// The time that is left to send the request, if it has an end, by the time of day: a
    /// clock that was set, or a machine that slept, counts.
    pub(super) fn left(&self) -> Option<Duration> {
        self.until.map(|until| until.since(clock::now()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_more_urgent_than_a_look_and_a_look_more_than_a_list() {
        let tasks = ["orchestration", "executables", "tasks"];
        let task = ["orchestration", "executables", "tasks", "t1"];
        let pause = ["orchestration", "executables", "plans", "p1", "pause"];
        let executions = ["processing", "executables", "tasks", "executions"];
        let starts = ["processing", "executions"];
        for (method, path, body, urgency) in [
            (Method::PUT, &pause[..], Some(json!({"pause": true})), Urgency::Pause),
            (Method::PUT, &pause, Some(json!({"pause": false})), Urgency::Resume),
            (Method::GET, &task, None, Urgency::Look),
            (Method::GET, &tasks, None, Urgency::Other),
            (Method::GET, &executions, None, Urgency::Other),
            (Method::POST, &starts, Some(json!({"executable": "t1"})), Urgency::Other),
        ] {
            let request = ApiRequest { body, ..ApiRequest::new(method, path) };
            assert_eq!(request.urgency(), urgency, "{} {path:?}", request.method);
        }
    }
}
