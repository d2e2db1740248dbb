//! The scanner against `serde_json`, where that has no limits of its own.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::skip::find_special;
use super::*;
use crate::jsonl::error::BadLine;

pub(super) fn keys() -> Keys {
    Keys::new(&["date", "window", "durationMs"])
}

/// The members that were looked for, by their names and bytes.
type Members = Vec<(String, String)>;

/// The verdict of this module on a line of its own.
fn verdict(line: &str) -> Result<Option<Members>, BadLine> {
    let keys = keys();
    let mut found = FoundMembers::default();
    if !keys.read(line, 0, &mut found)? {
        return Ok(None);
    }
    assert_eq!(found.end, line.len());
    assert_eq!(line.as_bytes()[found.brace], b'}');
    let members = keys.names.iter().enumerate().filter_map(|(key, name)| {
        let value = found.value(key, line)?;
        let start = found.member(key)?.start;
        let written: String =
            serde_json::Deserializer::from_str(&line[start..]).into_iter().next()?.ok()?;
        assert_eq!(written, name.text);
        Some((name.text.clone(), value.to_owned()))
    });
    Ok(Some(members.collect()))
}

/// The same by `serde_json` alone, if no name has half a surrogate pair.
pub(super) fn oracle(line: &str) -> Result<Option<Members>, BadLine> {
    if line.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Ok(None);
    }
    let value: &RawValue = serde_json::from_str(line.trim_matches([' ', '\t', '\r', '\n']))
        // Columns count from the beginning of the line.
        .or_else(|_| serde_json::from_str(line))?;
    if !value.get().starts_with('{') {
        return Err(BadLine::NotAnObject);
    }
    let members: HashMap<String, &RawValue> = serde_json::from_str(line)?;
    let wanted = ["date", "window", "durationMs"].into_iter();
    let member = |name: &str| Some((name.to_owned(), members.get(name)?.get().to_owned()));
    Ok(Some(wanted.filter_map(member).collect()))
}

fn scanned(line: &str) -> bool {
    keys().scan(line.as_bytes(), 0, &mut FoundMembers::default()).is_some()
}

/// The name by which the library hands raw values on to itself.
#[test]
fn a_name_of_the_librarys_own_is_a_name() {
    for (fast, name) in [(true, "date"), (false, r"d\u0061te")] {
        let line = format!(r#"{{"$serde_json::private::RawValue":2,"{name}":"x"}}"#);
        assert_eq!(scanned(&line), fast, "{line}");
        let expected = vec![("date".to_owned(), r#""x""#.to_owned())];
        assert_eq!(verdict(&line), Ok(Some(expected)), "{line}");
    }
}

#[test]
fn listed_lines_are_read_or_refused_as_expected() {
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let cases = [
        // Read, and by the scanner.
        (true, Some(true), r#"{"date":"2022-07-20T18:00:00.000Z","a":[1,{"b":null}],"c":-0.5e1}"#),
        (true, Some(true), " { \"date\" : \"x\" , \"a\" : [ ] } \t\r"),
        (true, Some(true), "{}"),
        (true, Some(true), r#"{"window":{},"window":{"a":[[],{}]},"date":1,"date":2}"#),
        (true, Some(true), r#"{"a":"\u00e9\n\"\\","b":"é€😀"}"#),
        (true, Some(true), r#"{"a":{"d\u0061te":1},"durationMs":0}"#),
        // Read, the slow way.
        (true, Some(false), r#"{"d\u0061te":"2022-07-20T18:00:00.000Z"}"#),
        (true, Some(false), r#"{"a\"":1,"wind\u006fw" : {"x":"\""},"z":[]}"#),
        (true, Some(true), r#"{"a":"\ud83d\ude00"}"#),
        (true, Some(true), r#"{"a":1e300,"b":1e-400}"#),
        // What no value of the library could hold is passed on, too.
        (true, Some(true), r#"{"a":1e999,"b":[-1E+99999999999999999999]}"#),
        (true, Some(true), &format!("{{\"a\":{}}}", "9".repeat(400))),
        (true, Some(true), r#"{"a":"\ud800","b":{"\udc00\ud800":1}}"#),
        (true, Some(true), r#"{"a":1,"b":2,"a":3,"date":1,"date":{}}"#),
        (true, Some(true), &deep(100)),
        (true, Some(false), &deep(101)),
        (true, Some(false), &deep(1000)),
        (true, None, ""),
        (true, None, " \t\r"),
        // Not read.
        (false, None, r#"{"a":"\ud80"}"#),
        (false, None, r#"["2022-07-20T18:00:00.000Z"]"#),
        (false, None, "null"),
        (false, None, "{} {}"),
        (false, None, "{}}"),
        (false, None, "{\"a\":\"\t\"}"),
        (false, None, "\u{feff}{}"),
        (false, None, "{\"a\":1}\u{a0}"),
    ];
    for (is_read, fast, line) in cases {
        assert_eq!(verdict(line), oracle(line), "{line}");
        assert_eq!(verdict(line).is_ok(), is_read, "{line}");
        if let Some(fast) = fast {
            assert_eq!(scanned(line), fast, "{line}");
        }
    }
    for broken in [
        "{",
        "{\"",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.1}",
        "{\"a\":+1}",
        "{\"a\":-}",
        "{\"a\":1e}",
        "{\"a\":tru}",
        "{\"a\":nul",
        "{\"a\":[1,]}",
        "{\"a\":[}",
        "{\"a\":{]}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":truefalse}",
        "{\"a\":[1 2]}",
        "{\"a\":{\"b\"}}",
        "x",
        "{}x",
        "{'a':1}",
        "\"",
    ] {
        assert!(!scanned(broken), "{broken}");
        assert!(verdict(broken).is_err(), "{broken}");
        assert_eq!(verdict(broken), oracle(broken), "{broken}");
    }
}

#[test]
fn a_name_with_half_a_pair_is_none_that_is_looked_for() {
    let line = r#"{"\ud800":1,"date\ud800":2,"d\u0061te":3}"#;
    assert_eq!(verdict(line), Ok(Some(vec![("date".to_owned(), "3".to_owned())])));
}

#[test]
fn a_name_without_a_letter_is_one() {
    let keys = Keys::new(&["", "window", "type"]);
    let mut found = FoundMembers::default();
    let line = r#"{"window":1,"":2}"#;
    assert_eq!(keys.read(line, 0, &mut found), Ok(true));
    assert_eq!((found.value(0, line), found.value(1, line)), (Some("2"), Some("1")));
}

#[test]
fn what_is_nested_too_deep_is_refused_whatever_it_is() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{{\"a\":{}1{}}}", open.repeat(levels), close.repeat(levels))
    };
    for (open, close) in [("[", "]"), ("{\"[\":", "}")] {
        assert_eq!(verdict(&nested(open, close, DEEPEST)), Ok(Some(Vec::new())));
        for levels in [DEEPEST + 1, 500_000] {
            assert_eq!(verdict(&nested(open, close, levels)), Err(BadLine::TooDeep));
        }
        assert!(matches!(verdict(&nested(open, "", 500_000)), Err(BadLine::NotJson { .. })));
    }
}

#[test]
fn each_line_of_a_block_is_read_and_its_end_is_found() {
    let text = "{\"date\":1}\n\n{\"a\":2,\"date\":\"\\u0031\"}\nnull\n{}";
    let keys = keys();
    let mut found = FoundMembers::default();
    let mut seen = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let is_object = keys.read(text, at, &mut found);
        seen.push((is_object.is_ok_and(|is| is), found.end));
        at = found.end + 1;
    }
    assert_eq!(seen, [(true, 10), (false, 11), (true, 35), (false, 40), (true, 43)]);
}

/// JSON as it may come: white space, escapes, numbers of all shapes, and the
/// wanted members also inside others.
pub(super) fn json() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("date".to_owned()),
        Just("window".to_owned()),
        Just("d\\u0061te".to_owned()),
        "[a-z\\PC&&[^\"\\\\]]{0,9}",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        "\"([^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,20}\"",
    ];
    let space = "[ \t\r]{0,2}";
    let value = leaf.prop_recursive(4, 40, 6, move |inner| {
        let members = prop::collection::vec((name.clone(), space, inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec((inner, space), 0..5).prop_map(|items| {
                let items: Vec<String> =
                    items.into_iter().map(|(v, s)| format!("{s}{v}{s}")).collect();
                format!("[{}]", items.join(","))
            }),
            members.prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(n, s, v)| format!("{s}\"{n}\"{s}:{s}{v}{s}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    value.prop_filter("an object", |text| text.starts_with('{'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

    #[test]
    fn valid_lines_are_read_as_serde_json_reads_them(line in json()) {
        prop_assert_eq!(verdict(&line), oracle(&line));
    }

    #[test]
    fn broken_lines_are_refused_as_serde_json_refuses_them(
        line in json(),
        at in any::<prop::sample::Index>(),
        change in prop_oneof![
            prop::sample::select(vec!["", "{", "}", "[", "]", "\"", "\\", ",", ":", "e", "0", "-", ".", " ", "\u{1}", "u", "é"]),
        ],
        drop in 0..2_usize,
    ) {
        let mut chars: Vec<char> = line.chars().collect();
        let at = at.index(chars.len());
        chars.splice(at..at + drop.min(chars.len() - at), change.chars());
        let line: String = chars.into_iter().collect();
        prop_assert_eq!(verdict(&line), oracle(&line));
    }

    #[test]
    fn any_text_is_judged_as_serde_json_judges_it(line in "[^\n]{0,40}") {
        prop_assert_eq!(verdict(&line), oracle(&line));
    }

    #[test]
    fn special_bytes_are_found_wherever_they_are(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let slow = bytes.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20);
        prop_assert_eq!(find_special(&bytes, 0), slow);
    }
}
