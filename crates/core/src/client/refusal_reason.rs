//! The reason that a refusal gives for itself, in whatever shape. Pure.
//!
//! The API's description knows `{"status", "message", "detail", "requestId"}`.
//! Gateways, token servers and frameworks before it answer in other shapes:
//! `{"errors": […]}`, `{"error", "error_description"}`, `{"code", …}`, problem
//! details (RFC 9457: `title`, `detail`), or a page of HTML.

use serde_json::{Map, Value};

use super::error::ApiMessage;

/// The number of bytes that are read of a body that is not JSON: more than are
/// shown, so that no secret in them is cut in two before it is redacted.
const READ: usize = 64 * 1024;

/// Members that hold the reason; of each group, the first that is there.
const REASONS: [&[&str]; 4] = [
    &["message", "title", "error_description", "errorMessage", "defaultMessage", "msg"],
    &["detail", "details", "description", "reason"],
    &["errors", "error", "fault", "cause", "violations"],
    &["code", "errorCode"],
];
/// Members that say nothing beyond the HTTP status.
const EMPTY_WORDS: [&str; 6] = ["status", "statusCode", "timestamp", "path", "instance", "type"];
const REQUEST_IDS: [&str; 5] = ["requestId", "request_id", "correlationId", "traceId", "trace_id"];

/// Reads the body of a refusal.
pub(super) fn read(body: &[u8]) -> ApiMessage {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => {
            let request_id = REQUEST_IDS.iter().find_map(|name| plain(object.get(*name)?));
            let says_more = object.keys().any(|name| {
                !EMPTY_WORDS.contains(&name.as_str()) && !REQUEST_IDS.contains(&name.as_str())
            });
            let words = of_object(&object, 0);
            let text = words.or_else(|| says_more.then(|| Value::from(object).to_string()));
            ApiMessage { text, request_id }
        }
        Ok(value @ Value::Array(_)) => {
            let text = of_value(&value, 0).or_else(|| Some(value.to_string()));
            ApiMessage { text, request_id: None }
        }
        _ => {
            let start = String::from_utf8_lossy(&body[..body.len().min(READ)]).into_owned();
            ApiMessage { text: Some(start), request_id: None }
        }
    }
}

/// At most so many characters of a text, on one line.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(most) {
        Some((end, _)) => one_line[..end].to_owned(),
        None => one_line,
    }
}

fn of_object(object: &Map<String, Value>, depth: u8) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for group in REASONS {
        let said = group.iter().find_map(|name| of_value(object.get(*name)?, depth + 1));
        if let Some(said) = said
            && !parts.contains(&said)
        {
            parts.push(said);
        }
    }
    let (first, rest) = parts.split_first()?;
    Some(if rest.is_empty() { first.clone() } else { format!("{first} ({})", rest.join("; ")) })
}

/// The words of a value; of a list, of each of its first few.
fn of_value(value: &Value, depth: u8) -> Option<String> {
    const DEEPEST: u8 = 4;
    const MOST: usize = 5;
    match value {
        Value::Object(object) if depth < DEEPEST => of_object(object, depth),
        Value::Array(values) if depth < DEEPEST => {
            let said: Vec<String> =
                values.iter().take(MOST).filter_map(|value| of_value(value, depth + 1)).collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
        Value::Object(_) | Value::Array(_) => Some(value.to_string()),
        other => plain(other),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_in_every_shape() {
        for (body, text, id) in [
            (r#"{"status":401,"message":"Token expired","requestId":"r1"}"#, "Token expired", "r1"),
            (
                r#"{"status":400,"message":"Bad","detail":"to is missing"}"#,
                "Bad (to is missing)",
                "",
            ),
            (r#"{"status":400,"detail":"only a detail","requestId":7}"#, "only a detail", "7"),
            (r#"{"message":"same","detail":"same"}"#, "same", ""),
            (r#"{"status":500}"#, "", ""),
            (r#"{"status":500,"timestamp":1,"path":"/x"}"#, "", ""),
            (r#"{"errors":["first","second"]}"#, "first; second", ""),
            (
                r#"{"errors":[{"code":"E7","message":"no such period","field":"from"}]}"#,
                "no such period (E7)",
                "",
            ),
            (r#"{"errors":{"from":"too early"}}"#, r#"{"errors":{"from":"too early"}}"#, ""),
            (
                r#"{"error":"invalid_client","error_description":"unknown account"}"#,
                "unknown account (invalid_client)",
                "",
            ),
            (r#"{"error":{"code":403,"message":"not from here"}}"#, "not from here (403)", ""),
            (r#"{"timestamp":1,"status":404,"error":"Not Found","path":"/x"}"#, "Not Found", ""),
            (r#"{"code":"RATE","traceId":"t"}"#, "RATE", "t"),
            (
                r#"{"title":"Conflict","detail":"is promoted","type":"about:blank"}"#,
                "Conflict (is promoted)",
                "",
            ),
            (r#"{"fault":{"faultstring":"x"}}"#, r#"{"fault":{"faultstring":"x"}}"#, ""),
            (r#"[{"message":"one"},{"message":"two"}]"#, "one; two", ""),
            (r#"{"surprise":true}"#, r#"{"surprise":true}"#, ""),
            ("<html>\n  <b>Bad Gateway</b>", "<html> <b>Bad Gateway</b>", ""),
            ("not  json\r\nat all", "not json at all", ""),
            ("", "", ""),
        ] {
            let said = read(body.as_bytes());
            assert_eq!(one_line(&said.text.unwrap_or_default(), 300), text, "{body}");
            assert_eq!(said.request_id.unwrap_or_default(), id, "{body}");
        }
        let long = read("é".repeat(100_000).as_bytes());
        assert_eq!(one_line(&long.text.unwrap(), 300).chars().count(), 300);
        let deep = format!("{}1{}", r#"{"error":"#.repeat(50), "}".repeat(50));
        assert!(read(deep.as_bytes()).text.is_some());
    }
}
