//! Text that came back with HTML's entities.

use std::borrow::Cow;

/// The most bytes that an entity is looked for, without its `&`: the longest name that is
/// known, or a number with some zeros before it.
const LONGEST: usize = 32;

/// The text with the entities of HTML that servers write for characters of
/// their own accord: `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;`, `&#39;`,
/// `&#x3D;`. An entity that is unknown, or cut off, stays as it is.
///
/// A `pauseContext` may come back so. It is compared as it came and unescaped:
/// a text may also have held an entity from the beginning.
#[must_use]
pub fn unescape_html(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        unescaped.push_str(before);
        // A semicolon that is far away belongs to something else.
        let end = after.bytes().take(LONGEST).position(|byte| byte == b';');
        let entity = end.and_then(|end| Some((entity(&after[..end])?, &after[end + 1..])));
        let (letter, after) = entity.unwrap_or(('&', after));
        unescaped.push(letter);
        rest = after;
    }
    unescaped.push_str(rest);
    Cow::Owned(unescaped)
}

pub(super) fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "lsqb" | "lbrack" => Some('['),
        "rsqb" | "rbrack" => Some(']'),
        "equals" => Some('='),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|letter| !letter.is_control())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_read_and_all_else_stays() {
        for (text, unescaped) in [
            ("", ""),
            ("R&D, patching", "R&D, patching"),
            ("R&amp;D &lt;Q3&gt; &quot;x&quot; &#39;y&apos;", "R&D <Q3> \"x\" 'y'"),
            ("&#91;task-pause hold&#x3D;h until&#61;x&#93;", "[task-pause hold=h until=x]"),
            ("&amp;amp;", "&amp;"),
            ("&#x0000000041;&#000000000000000000000066;", "AB"),
            ("cut &am", "cut &am"),
            ("&unknown; &#xZZ; &#0; &;", "&unknown; &#xZZ; &#0; &;"),
        ] {
            assert_eq!(unescape_html(text), unescaped, "{text}");
        }
        assert!(matches!(unescape_html("plain"), Cow::Borrowed(_)));
    }
}
