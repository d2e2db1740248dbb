//! A request of the API, before it is sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::clock;
use crate::time::UtcTime;

/// Which API a request belongs to: each has an allowance of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiPart {
    /// `/orchestration/…`
    Orchestration,
    /// `/processing/…`
    Processing,
    /// `/security/…`: tokens.
    Security,
}

/// A request to send.
pub(super) struct ApiRequest<'a> {
    pub(super) api: ApiPart,
    pub(super) method: Method,
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
    pub(super) fn get(
        api: ApiPart,
        path: &'a [&'a str],
        query: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            api,
            method: Method::GET,
            path,
            query,
            body: None,
            repeatable: true,
            wants: Wants::Json,
            until: None,
        }
    }

    /// A page of a list.
    pub(super) fn list(
        api: ApiPart,
        path: &'a [&'a str],
        query: Vec<(&'static str, String)>,
    ) -> Self {
        Self { wants: Wants::List, ..Self::get(api, path, query) }
    }

    /// Whether the time until which the request is of use is over, by the time of
    /// day: a clock that was set, or a machine that slept, counts.
    pub(super) fn is_late(&self) -> bool {
        self.until.is_some_and(|until| until <= clock::now())
    }

    /// The time that is left to send the request, if it has an end.
    pub(super) fn left(&self) -> Option<Duration> {
        self.until.map(|until| until.since(clock::now()))
    }
}
