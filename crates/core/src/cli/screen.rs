//! Text from outside, as a terminal may show it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::short_name::is_control;

/// Returns a foreign text as it may be shown on a terminal: every character
/// that a terminal obeys, or that cannot be seen, is written as `\u{..}`.
#[must_use]
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_control(c) {
            let _ = write!(escaped, "{}", c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_is_shown_as_it_is() {
        for name in ["", "Q3 patching – Zürich", "日次バッチ", "صيانة", "e\u{301}", "🛠 night"]
        {
            assert_eq!(escape_controls(name), name);
        }
    }

    #[test]
    fn a_character_that_a_terminal_obeys_or_hides_is_escaped() {
        assert_eq!(escape_controls("a\x1b[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        for c in [
            '\0',
            '\x07',
            '\t',
            '\r',
            '\x7f', // C0 and DEL
            '\u{80}',
            '\u{9b}',
            '\u{9f}', // C1: 9b opens a control sequence
            '\u{ad}', // soft hyphen
            '\u{61c}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{2066}',
            '\u{2069}', // direction
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{2060}',
            '\u{feff}', // zero width
            '\u{2028}',
            '\u{2029}', // separators
            '\u{fff9}',
            '\u{fffa}',
            '\u{fffb}', // interlinear annotation
            '\u{e0000}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}', // tags
        ] {
            let shown = escape_controls(&format!("a{c}b")).into_owned();
            assert!(shown.starts_with("a\\") && shown.is_ascii(), "{c:?}: {shown}");
        }
    }
}
