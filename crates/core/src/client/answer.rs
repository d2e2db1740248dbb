//! What an attempt's answer means: pure, but for the clock that a
//! `Retry-After` date is held against.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use super::error::{ApiMessage, ClientError, Made, RequestLine};
use super::retry;
use crate::clock;

/// How much is shown of an answer that is no API error.
const SHOWN: usize = 200;
/// How much of it is read, so that no secret in what is shown is cut.
const READ: usize = 64 * 1024;

/// One attempt that did not succeed.
pub(super) struct Failure {
    pub(super) error: ClientError,
    /// Another attempt may succeed.
    pub(super) again: bool,
    /// What the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Whether this attempt can have had its effect.
    pub(super) made: Made,
}

/// An answer that points elsewhere.
pub(super) fn redirect(status: StatusCode, headers: &HeaderMap, line: &RequestLine) -> Failure {
    let target = headers
        .get(header::LOCATION)
        .and_then(|value| Url::parse(value.to_str().ok()?).ok())
        .map_or_else(|| "another path".to_owned(), |url| url.origin().ascii_serialization());
    let request = line.clone();
    let error = ClientError::Redirect { request, status: status.as_u16(), target };
    Failure { error, again: false, retry_after: None, made: Made::No }
}

/// An answer that is neither a success nor a redirect.
pub(super) fn refusal(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    line: &RequestLine,
) -> Failure {
    let retry_after = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| retry::read_retry_after(value.to_str().ok()?, clock::now()));
    let status = status.as_u16();
    // A request that timed out (408) may have been read in full.
    let refused = (400..500).contains(&status) && status != 408;
    Failure {
        error: ClientError::Status { request: line.clone(), status, said: api_message(body) },
        again: retry::is_transient(status),
        retry_after,
        made: if refused { Made::No } else { Made::Unknown },
    }
}

/// Reads the API's error body leniently; of any other text, the beginning. Not
/// yet fit to be shown: see [`shorten`].
fn api_message(body: &[u8]) -> ApiMessage {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ErrorBody {
        message: Option<Value>,
        detail: Option<Value>,
        request_id: Option<Value>,
    }
    let text = |value: Option<Value>| match value? {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    if let Ok(error) = serde_json::from_slice::<ErrorBody>(body) {
        let words = match (text(error.message), text(error.detail)) {
            (Some(message), Some(detail)) if message != detail => {
                Some(format!("{message} ({detail})"))
            }
            (message, detail) => message.or(detail),
        };
        return ApiMessage { text: words, request_id: text(error.request_id) };
    }
    let start = String::from_utf8_lossy(&body[..body.len().min(READ)]).into_owned();
    ApiMessage { text: Some(start), request_id: None }
}

/// What is shown of a text, on one line. Secrets must be out of it before: of
/// one that is cut here, a part would be shown.
pub(super) fn shorten(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.chars().take(SHOWN).collect()
}

/// The innermost cause in words, and whether it is a certificate that is not
/// trusted.
pub(super) fn innermost(error: &reqwest::Error) -> (String, bool) {
    let mut cause: &(dyn std::error::Error + 'static) = match error.source() {
        Some(source) => source,
        None => return (error.to_string(), false),
    };
    loop {
        // An I/O error that wraps another one skips it in its own chain.
        let wrapped = cause
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref())
            .map(|inner| inner as &(dyn std::error::Error + 'static));
        match wrapped.or_else(|| cause.source()) {
            Some(next) => cause = next,
            None => break,
        }
    }
    let untrusted =
        matches!(cause.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_)));
    (cause.to_string(), untrusted)
}

/// Whether these bytes begin and end as a JSON object or array does. What
/// does not is a proxy's page, or cut off: worth another attempt.
pub(super) fn looks_like_json(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    matches!((body.first(), body.last()), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_are_read_leniently() {
        for (body, text, id) in [
            (r#"{"status":401,"message":"Token expired","requestId":"r1"}"#, "Token expired", "r1"),
            (
                r#"{"status":400,"message":"Bad","detail":"to is missing"}"#,
                "Bad (to is missing)",
                "",
            ),
            (r#"{"status":400,"detail":"only a detail","requestId":7}"#, "only a detail", "7"),
            (r#"{"status":500}"#, "", ""),
            ("<html>\n  <b>Bad Gateway</b>", "<html> <b>Bad Gateway</b>", ""),
            ("", "", ""),
        ] {
            let said = api_message(body.as_bytes());
            assert_eq!(shorten(&said.text.unwrap_or_default()), text, "{body}");
            assert_eq!(said.request_id.unwrap_or_default(), id, "{body}");
        }
        let long = api_message("x".repeat(100_000).as_bytes());
        assert_eq!(shorten(&long.text.unwrap()).len(), SHOWN);
    }

    #[test]
    fn only_whole_json_looks_like_it() {
        for (body, whole) in [
            ("{}", true),
            (" [1]\n", true),
            ("", false),
            ("{\"items\":[{", false),
            ("<html></html>", false),
            ("null", false),
        ] {
            assert_eq!(looks_like_json(body.as_bytes()), whole, "{body}");
        }
    }
}
