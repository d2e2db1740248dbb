//! Add one member to an object without touching the others.

use super::error::BadLine;
use super::scan::{FoundMembers, Keys, Member};

/// Appends the object `text` to `out`, with the member `key` added before its
/// closing brace. An older member of that name is left out; all other bytes
/// stay, except that line breaks between tokens go, so that one object is one
/// line. `value` is JSON.
///
/// # Errors
///
/// If `text` is not a JSON object; `out` is then as it was.
pub fn append_member(
    text: &str,
    key: &str,
    value: impl AsRef<[u8]>,
    out: &mut Vec<u8>,
) -> Result<(), BadLine> {
    let keys = Keys::new(&[key]);
    let mut found = FoundMembers::default();
    // A `\n` inside a string would be an error, so any is between tokens.
    let joined = text.contains('\n').then(|| text.replace('\n', ""));
    let mut text = joined.as_deref().unwrap_or(text);
    let mut without;
    loop {
        if !keys.read(text, 0, &mut found)? {
            return Err(BadLine::NotAnObject);
        }
        let Some(member) = found.member(0) else { break };
        without = remove(text, member);
        text = &without;
    }
    let (head, tail) = text.split_at(found.brace);
    out.extend_from_slice(head.as_bytes());
    if !found.is_empty {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(value.as_ref());
    out.extend_from_slice(tail.as_bytes());
    Ok(())
}

/// The object `text` with another value for its member `key`, which is JSON.
/// `None`: there is no such member, or no object. All other bytes stay.
#[must_use]
pub fn replace_value(text: &str, key: &str, value: &str) -> Option<String> {
    let mut found = FoundMembers::default();
    Keys::new(&[key]).read_value(text, &mut found).ok()?.then_some(())?;
    let old = found.member(0)?.value.clone();
    Some([text.get(..old.start)?, value, text.get(old.end..)?].concat())
}

/// The text without that member and the one comma that belongs to it.
fn remove(text: &str, member: &Member) -> String {
    let (head, tail) = (&text[..member.start], &text[member.value.end..]);
    let space = [' ', '\t', '\r'];
    let (head, tail) = match head.trim_end_matches(space).strip_suffix(',') {
        Some(head) => (head, tail),
        None => (head, tail.trim_start_matches(space).strip_prefix(',').unwrap_or(tail)),
    };
    [head, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> String {
        let mut out = b"before ".to_vec();
        match append_member(text, "window", "{\"name\":1}", &mut out) {
            Ok(()) => String::from_utf8(out).unwrap(),
            Err(error) => {
                assert_eq!(out, b"before ");
                error.to_string()
            }
        }
    }

    #[test]
    fn other_bytes_stay() {
        for (text, expected) in [
            (r#"{"a":1.50,"é":"\u00e9"}"#, r#"{"a":1.50,"é":"\u00e9","window":{"name":1}}"#),
            ("{}", r#"{"window":{"name":1}}"#),
            (" { } \r", " { \"window\":{\"name\":1}} \r"),
            ("{ \"a\" : 1 } \r", "{ \"a\" : 1 ,\"window\":{\"name\":1}} \r"),
            ("{\n  \"a\": [\n1\n]\n}\n", "{  \"a\": [1],\"window\":{\"name\":1}}"),
            // A member of the same name further inside is another's business.
            (r#"{"a":{"window":0}}"#, r#"{"a":{"window":0},"window":{"name":1}}"#),
        ] {
            assert_eq!(added(text), format!("before {expected}"), "{text}");
        }
    }

    #[test]
    fn an_older_member_is_replaced_wherever_it_is() {
        for text in [
            r#"{"window":[1,{"}":"]"}]}"#,
            r#"{"window":0,"a":1}"#,
            r#"{"window" : 0 , "a":1}"#,
            r#"{"a":1,"window":{"x":"\"},"}}"#,
            r#"{"a":1 , "window":null}"#,
            r#"{"window":1,"a":1,"window":2,"wind\u006fw":3}"#,
        ] {
            let line = added(text);
            let line = line.strip_prefix("before ").unwrap();
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let a = serde_json::from_str::<serde_json::Value>(text).unwrap()["a"].clone();
            assert_eq!(object["a"], a, "{text}");
            assert_eq!(line.matches("wind").count(), 1, "{text} -> {line}");
            assert_eq!(object["window"]["name"], 1, "{text}");
        }
        assert_eq!(added(r#"{"a":1,"window":2}"#), r#"before {"a":1,"window":{"name":1}}"#);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "{", "{}{}", "{\"a\nb\":1,}"] {
            assert!(!added(text).starts_with("before"), "{text}");
        }
    }
}
