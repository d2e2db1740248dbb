//! The audit log: every request, as it arrived and how it ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Time;

/// One request to the API, in the order of arrival.
///
/// Credentials are never kept: `bearer` names the token by its id, and in
/// bodies and queries every secret of the world is replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its number, from 1.
    pub n: u64,
    /// When it arrived, by the stand-in's clock.
    pub at: Time,
    /// When it arrived, in milliseconds of real time since the start.
    pub elapsed_ms: u64,
    /// The number of others that were being answered at that moment.
    pub in_flight: usize,
    /// The version of HTTP, e.g. `HTTP/1.1`.
    pub version: String,
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The identity that it came with.
    pub auth: Auth,
    /// The body: JSON if it is such, else text; absent if empty.
    pub body: Option<Value>,
    /// The status that was sent; absent while under way, and where the
    /// connection was cut before one was sent.
    pub status: Option<u16>,
    /// Whether the routes saw it: only then can it have had an effect.
    pub processed: bool,
    /// The faults that it met with.
    pub faults: Vec<String>,
}

/// The identity that a request came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Auth {
    /// Nothing.
    None,
    /// A personal access token, by its id.
    Personal(String),
    /// A service account's token: the account's id and the token's number.
    Service(String, u64),
    /// The Basic credentials of a service account, by its id.
    Basic(String),
    /// Something that the stand-in does not know, or not any more.
    Unknown,
}

/// Replaces every secret in every text of a body.
pub(crate) fn redact(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => redact_text(text, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|item| redact(item, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(crate) fn redact_text(text: &mut String, secrets: &[String]) {
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), "[redacted]");
        }
    }
}
