//! The bytes of an answer as UTF-8.
//!
//! RFC 8259, section 8.1, wants JSON in UTF-8 without a byte order mark. Some
//! servers and proxies send a mark, UTF-16, or Latin-1 that their
//! `Content-Type` declares.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::jsonl::text::without_lone_surrogates;

/// Reads JSON. Half of a surrogate pair, which names that were cut in the middle
/// of a character end with, is read as U+FFFD.
pub(super) fn read_json<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(json).or_else(|error| {
        let text = std::str::from_utf8(json).map(without_lone_surrogates);
        let Ok(Cow::Owned(whole)) = text else { return Err(error) };
        serde_json::from_str(&whole)
    })
}

/// The meaning of the bytes 0x80 to 0x9F under the name `ISO-8859-1`: the WHATWG
/// Encoding Standard reads that name as windows-1252.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The body as UTF-8 without a byte order mark, if its bytes or its
/// `Content-Type` say how to read it; else as it came.
pub(super) fn to_utf8(content_type: Option<&str>, body: Vec<u8>) -> Vec<u8> {
    match body.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => rest.to_vec(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Text that is UTF-8 by accident is rarer than a wrong declaration.
        bytes if is_latin_1(content_type) && std::str::from_utf8(bytes).is_err() => {
            bytes.iter().map(|byte| latin_1(*byte)).collect::<String>().into_bytes()
        }
        _ => body,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

fn is_latin_1(content_type: Option<&str>) -> bool {
    let parameters = content_type.unwrap_or_default().split(';').skip(1);
    let charset =
        parameters.filter_map(|parameter| parameter.split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim())
        });
    let name: String = charset
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    matches!(name.as_str(), "iso88591" | "iso885915" | "latin1" | "l1" | "windows1252" | "cp1252")
}

fn latin_1(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        Some(index) if usize::from(index) < WINDOWS_1252.len() => WINDOWS_1252[usize::from(index)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_cut_in_the_middle_of_a_character_is_read() {
        let read = |json: &str| read_json::<serde_json::Value>(json.as_bytes());
        let value = read(r#"{"name":"night \ud83d","\udc00":["\ud83d\udee0"]}"#).unwrap();
        assert_eq!(value, serde_json::json!({"name": "night \u{fffd}", "\u{fffd}": ["🛠"]}));
        assert!(read(r#"{"name":"\ud83d"#).is_err());
        assert!(read_json::<String>(b"\"\xff\\ud83d\"").is_err());
    }

    #[test]
    fn text_is_read_as_its_mark_or_its_declaration_says() {
        let latin = Some("application/json;charset=ISO-8859-1");
        for (content_type, bytes, text) in [
            (None, &b"{}"[..], "{}"),
            (None, b"\xEF\xBB\xBF{}", "{}"),
            (None, b"\xFF\xFE{\0}\0", "{}"),
            (None, b"\xFE\xFF\0{\0}", "{}"),
            (latin, b"[\"caf\xE9 \x80\"]", "[\"café €\"]"),
            (Some("text/html; Charset=\"latin1\""), b"\xE9", "é"),
            (Some("application/json; charset=windows-1252"), b"\x93\xE9\x94", "“é”"),
            (latin, "[\"café\"]".as_bytes(), "[\"café\"]"),
            (latin, b"", ""),
        ] {
            assert_eq!(to_utf8(content_type, bytes.to_vec()), text.as_bytes(), "{bytes:?}");
        }
        assert_eq!(to_utf8(Some("application/json"), b"\xE9".to_vec()), b"\xE9");
        assert_eq!(to_utf8(Some("application/json; charset=utf-8"), b"\xE9".to_vec()), b"\xE9");
    }
}
