//! Our own values as JSON that is safe to look at, and strings of others.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

/// Appends `value` as compact JSON to `out`. Beyond what JSON asks for, DEL and
/// the C1 controls (U+0080 to U+009F) are escaped: a terminal obeys them, and a
/// record is looked at there.
///
/// # Errors
///
/// If the value has a map whose keys are not strings.
pub fn append_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, EscapeControls))
}

/// Returns `value` as [`append_json`] writes it.
///
/// # Errors
///
/// If the value has a map whose keys are not strings.
pub fn to_json(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::with_capacity(128);
    append_json(value, &mut text)?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Replaces each half of a surrogate pair that stands alone in a JSON text by
/// U+FFFD, the character for what cannot be read. JSON may have them (RFC 8259,
/// section 8.2), but no string of ours can.
#[must_use]
pub fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    // The unit of four hexadecimal digits behind a `\u` there.
    let unit = |at: usize| {
        let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut whole = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(next) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += next;
        let Some(first) = unit(at) else {
            // Another escape: what it escapes may be a backslash.
            at += 2;
            continue;
        };
        let is_pair =
            matches!(first, 0xd800..=0xdbff) && matches!(unit(at + 6), Some(0xdc00..=0xdfff));
        if is_pair {
            at += 12;
            continue;
        }
        if matches!(first, 0xd800..=0xdfff) {
            whole.push_str(json.get(copied..at).unwrap_or_default());
            whole.push_str("\\ufffd");
            copied = at + 6;
        }
        at += 6;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(whole)
}

/// A string, borrowed where it has no escapes. (`Cow` alone would always copy.)
#[derive(Deserialize)]
pub(crate) struct LentText<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The compact form, with more characters escaped.
struct EscapeControls;

impl Formatter for EscapeControls {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_control = |c: char| matches!(c, '\u{7f}'..='\u{9f}');
        let mut rest = fragment;
        while let Some(at) = rest.find(is_control) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            if let Some(control) = chars.next() {
                write!(writer, "\\u{:04x}", u32::from(control))?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn halves_of_pairs_are_replaced_and_all_else_stays() {
        for (json, expected) in [
            (r#""a""#, r#""a""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE00\ud83d\u0041""#, r#""\ufffd\ufffd\u0041""#),
            (r#""\ud83d\ud83d\ude00é""#, r#""\ufffd\ud83d\ude00é""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#"{"\udc00":"\"\ud800\""}"#, r#"{"\ufffd":"\"\ufffd\""}"#),
        ] {
            assert_eq!(without_lone_surrogates(json), expected);
            serde_json::from_str::<serde_json::Value>(expected).unwrap();
        }
    }

    #[test]
    fn controls_of_a_terminal_are_escaped_and_read_back_the_same() {
        let value =
            json!({"a\u{9b}": ["\u{80}", "x\u{7f}\u{9f}y", "Zürich \u{a0}", "\u{1b}\n\"\\"]});
        let text = to_json(&value).unwrap();
        assert_eq!(
            text,
            "{\"a\\u009b\":[\"\\u0080\",\"x\\u007f\\u009fy\",\"Zürich \u{a0}\",\"\\u001b\\n\\\"\\\\\"]}"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
