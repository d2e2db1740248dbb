//! Content lines (RFC 5545, section 3.1), as exports really write them.

use crate::timetable::reader::Location;

/// One content line: unfolded, split, and not yet understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContentLine {
    /// The line of the file, from 1, on which it begins.
    pub(super) line: u64,
    /// At which character of it the value begins, from 1.
    pub(super) column: u64,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals, values without their quotes; `None` where there is no
    /// `=`.
    pub(super) params: Vec<(String, Option<String>)>,
    pub(super) value: String,
}

impl ContentLine {
    /// Where its value stands in the file.
    pub(super) fn place(&self) -> Location {
        (self.line, Some(self.column))
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name)?.1.as_deref()
    }
}

/// One unfolded line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UnfoldedLine<'b> {
    Content(ContentLine),
    /// Text without a property's name and a colon, from that line on.
    Other(u64, &'b [u8]),
}

/// Hands over the content lines that have a name which `wanted` wants, and
/// what is no content line; returns how many lines the file has. Lines end
/// with LF, CRLF or CR; a fold may split a character.
pub(super) fn content_lines(
    bytes: &[u8],
    wanted: fn(&str) -> bool,
    mut take: impl FnMut(UnfoldedLine<'_>),
) -> u64 {
    let mut unfolded: Vec<u8> = Vec::new();
    let mut begun = 1;
    let mut number = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        number += 1;
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        };
        if let [b' ' | b'\t', more @ ..] = line {
            unfolded.extend_from_slice(more);
            continue;
        }
        if let Some(line) = split(&unfolded, begun, wanted) {
            take(line);
        }
        unfolded.clear();
        unfolded.extend_from_slice(line);
        begun = number;
    }
    if let Some(line) = split(&unfolded, begun, wanted) {
        take(line);
    }
    number
}

/// Splits a content line, if its name is wanted. An empty line is nothing.
fn split(bytes: &[u8], line: u64, wanted: fn(&str) -> bool) -> Option<UnfoldedLine<'_>> {
    let other = || bytes.iter().any(|byte| !byte.is_ascii_whitespace()).then_some(());
    let Some(name) = name(bytes) else { return other().map(|()| UnfoldedLine::Other(line, bytes)) };
    let end = name.len();
    let name = name.trim().to_ascii_uppercase();
    if !wanted(&name) {
        return None;
    }
    let content = split_named(bytes, line, name, end);
    Some(content.map_or(UnfoldedLine::Other(line, bytes), UnfoldedLine::Content))
}

/// The text before the first colon or semicolon, if it can be a property's
/// name.
fn name(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| matches!(byte, b':' | b';'))?;
    let name = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let trimmed = name.trim();
    (!trimmed.is_empty() && trimmed.bytes().all(is_name)).then_some(name)
}

/// Splits a content line behind its name, which ends at that byte.
fn split_named(bytes: &[u8], line: u64, name: String, end: usize) -> Option<ContentLine> {
    let text = String::from_utf8_lossy(bytes);
    let mut params = Vec::new();
    let mut at = end;
    while text.as_bytes().get(at) == Some(&b';') {
        let rest = text.get(at + 1..)?;
        let length = unquoted(rest, &[';', ':']);
        let param = rest.get(..length)?;
        let (name, value) = match param.split_once('=') {
            Some((name, value)) => (name, Some(value.trim().trim_matches('"').to_owned())),
            None => (param, None),
        };
        let name = name.trim().to_ascii_uppercase();
        if !name.is_empty() {
            params.push((name, value));
        }
        at += 1 + length;
    }
    let mut value = text.get(at..)?.strip_prefix(':')?;
    // `TZID=(UTC+01:00) Paris` without its quotes: no time has a colon, so
    // what stands before the last one belongs to the zone.
    if is_time(&name)
        && let Some((more, last)) = value.rsplit_once(':')
        && let Some((param, Some(zone))) = params.last_mut()
        && param == "TZID"
    {
        *zone = format!("{zone}:{}", more.trim_end_matches('"'));
        value = last;
    }
    let column = 1 + text.get(..text.len() - value.len())?.chars().count() as u64;
    Some(ContentLine { line, column, name, params, value: value.to_owned() })
}

/// Whether a property's value is a time, or a list of them.
pub(super) fn is_time(name: &str) -> bool {
    matches!(name, "DTSTART" | "DTEND" | "RECURRENCE-ID" | "EXDATE" | "RDATE")
}

/// The length of a text before the first of these characters that is not
/// in quotes.
fn unquoted(text: &str, stops: &[char]) -> usize {
    let mut quoted = false;
    text.find(|c: char| {
        quoted ^= c == '"';
        !quoted && stops.contains(&c)
    })
    // A quote that is never closed quotes nothing.
    .or_else(|| text.find(stops))
    .unwrap_or(text.len())
}

/// A TEXT value without its escapes (section 3.3.11).
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let escaped = |c| if matches!(c, 'n' | 'N') { '\n' } else { c };
        plain.extend(if c == '\\' { chars.next().map(escaped) } else { Some(c) });
    }
    plain
}

/// The values of a list of TEXT: split at commas that are not escaped.
pub(super) fn list(text: &str) -> Vec<String> {
    let mut escaped = false;
    text.split(|c: char| {
        let here = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        here
    })
    .map(|part| unescape(part).trim().to_owned())
    .filter(|part| !part.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<ContentLine> {
        let mut lines = Vec::new();
        content_lines(
            bytes,
            |_| true,
            |line| {
                if let UnfoldedLine::Content(line) = line {
                    lines.push(line);
                }
            },
        );
        lines
    }

    #[test]
    fn folds_line_ends_and_case() {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                "begin:VEVENT|SUMMARY:caf\u{e9} at n| ight|X-NO-VALUE|UID:1".replace('|', end);
            let found = lines(text.as_bytes());
            let shown: Vec<_> =
                found.iter().map(|l| (l.line, l.name.as_str(), l.value.as_str())).collect();
            assert_eq!(
                shown,
                [(1, "BEGIN", "VEVENT"), (2, "SUMMARY", "caf\u{e9} at night"), (5, "UID", "1")]
            );
        }
        // A fold within a character.
        assert_eq!(lines(b"SUMMARY:caf\xc3\r\n \xa9")[0].value, "caf\u{e9}");
        assert_eq!(lines(b"SUMMARY:\xff")[0].value, "\u{fffd}");
    }

    #[test]
    fn parameters_are_split_with_and_without_quotes() {
        for (text, zone, value) in [
            ("DTSTART;TZID=Europe/Paris:20261201", "Europe/Paris", "20261201"),
            ("DTSTART ; TZID = \"a;b:c\" ; X=1:2", "a;b:c", "2"),
            ("DTSTART;TZID=(UTC+01:00) Paris:20261201", "(UTC+01:00) Paris", "20261201"),
            ("DTSTART;TZID=\"(UTC+01:00) Paris:20261201", "(UTC+01:00) Paris", "20261201"),
        ] {
            let found = &lines(text.as_bytes())[0];
            assert_eq!((found.param("TZID"), &*found.value), (Some(zone), value), "{text}");
        }
        let line = &lines(b"DTSTART;VALUE=DATE:20261201")[0];
        assert_eq!(line.column, 20);
    }

    #[test]
    fn escapes_in_texts_and_lists_are_resolved() {
        assert_eq!(unescape(r"a\, b\; c\\d\ne"), "a, b; c\\d\ne");
        assert_eq!(list(r"a, b\,c,,d\\,e"), ["a", "b,c", "d\\", "e"]);
    }
}
