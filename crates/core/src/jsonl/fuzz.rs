//! Fuzz target: lines, and the splice into them.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::scan::{DEEPEST, FoundMembers, Keys, Scanner};
use super::splice::append_member;
use super::text::without_lone_surrogates;
use super::{BadLine, is_blank};
use crate::time::UtcTime;

const NAMES: [&str; 4] = ["date", "end", "window", "durationMs"];

/// One line, whatever it is: the scanner's verdict and the members that it finds are
/// those of `serde_json`, where that has no limits of its own (numbers that no type of it
/// can hold, halves of surrogate pairs, 128 levels), and a member that is spliced in
/// changes no other. All lines are read the same by a scanner that remembers their shapes.
///
/// # Panics
///
/// The scanner or the splice breaks that promise.
pub fn fuzz_line(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    remembered(text);
    let Some(line) = text.split('\n').next() else { return };
    let mut found = FoundMembers::default();
    let verdict = Keys::new(&NAMES).read(line, 0, &mut found);
    // Read as bytes, a value has no limits but those of the grammar.
    match serde_json::from_str::<&RawValue>(line) {
        Ok(value) if !value.get().starts_with('{') => assert!(verdict.is_err()),
        Ok(_) if verdict == Err(BadLine::TooDeep) => {
            assert!(line.matches(['[', '{']).count() > DEEPEST);
        }
        Ok(_) => {
            assert_eq!(verdict, Ok(true));
            members(line, &found);
            spliced(line);
        }
        Err(_) if is_blank(line.as_bytes()) => assert_eq!(verdict, Ok(false)),
        Err(_) => {
            assert!(verdict.is_err());
            let mut out = b"before".to_vec();
            assert!(append_member(line, "window", "null", &mut out).is_err());
            assert_eq!(out, b"before");
        }
    }
}

/// The members of an object by `serde_json`.
fn by_serde(line: &str) -> HashMap<String, Box<RawValue>> {
    serde_json::from_str(&without_lone_surrogates(line)).unwrap_or_else(|error| {
        panic!("{error}: {line}");
    })
}

/// The members that were found in a line that is an object.
fn members(line: &str, found: &FoundMembers) {
    let members = by_serde(line);
    for (place, name) in NAMES.into_iter().enumerate() {
        let value = found.value(place, line).map(without_lone_surrogates);
        assert_eq!(value.as_deref(), members.get(name).map(|value| value.get()), "{name}");
        if let Some(Ok(text)) = value.map(|value| serde_json::from_str::<String>(&value)) {
            // A time that is read is written as one that reads the same.
            let time = UtcTime::parse(&text);
            let again = time.and_then(|time| UtcTime::parse(&time.to_string()));
            assert_eq!(time, again);
        }
    }
}

/// A member that is added takes the place of any of its name, and changes no other.
fn spliced(line: &str) {
    const VALUE: &str = r#"{"name":"n","end":null}"#;
    let mut out = Vec::new();
    let Ok(()) = append_member(line, "window", VALUE, &mut out) else {
        panic!("not spliced: {line}");
    };
    let Ok(out) = String::from_utf8(out) else { panic!("not UTF-8: {line}") };
    assert!(!out.contains('\n'), "{out}");
    let reported = |members: HashMap<String, Box<RawValue>>| {
        let mut reported: Vec<_> =
            members.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect();
        reported.sort();
        reported
    };
    let mut expected = reported(by_serde(line));
    expected.retain(|(name, _)| name != "window");
    expected.push(("window".to_owned(), VALUE.to_owned()));
    expected.sort();
    assert_eq!(reported(by_serde(&out)), expected, "{line}");
    let mut again = Vec::new();
    assert_eq!(append_member(&out, "window", VALUE, &mut again), Ok(()));
    assert_eq!(String::from_utf8_lossy(&again), out);
}

fn remembered(text: &str) {
    let keys = Keys::new(&NAMES);
    let mut scanner = Scanner::new(&keys);
    let (mut found, mut fresh, mut at) = (FoundMembers::default(), FoundMembers::default(), 0);
    while at < text.len() {
        let verdict = scanner.read(text, at, &mut found);
        assert_eq!(verdict, keys.read(text, at, &mut fresh));
        assert_eq!(found.end, fresh.end);
        if verdict == Ok(true) {
            assert_eq!((found.brace, found.is_empty), (fresh.brace, fresh.is_empty));
            for place in 0..NAMES.len() {
                assert_eq!(found.member(place), fresh.member(place));
            }
        }
        at = found.end + 1;
    }
}
