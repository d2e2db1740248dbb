//! One line, whatever it is: the scanner's verdict and the members it finds
//! are those of `serde_json`. What follows in the text are more lines: all of
//! them are read the same by a scanner that remembers their shapes.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use maintenance_core::jsonl::is_blank;
use maintenance_core::jsonl::scan::{Found, Keys, Scanner};
use maintenance_core::time::UtcTime;
use serde::Deserialize;
use serde_json::Number;

/// A value as `serde_json` reads it. Not `serde_json::Value`: that refuses an
/// object whose first member has a name of the library's own.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

const NAMES: [&str; 4] = ["date", "end", "window", "durationMs"];

fuzz_target!(|text: &str| {
    remembered(text);
    let Some(line) = text.split('\n').next() else { return };
    let mut found = Found::default();
    let verdict = Keys::new(&NAMES).read(line, 0, &mut found);
    match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(object)) => {
            assert_eq!(verdict, Ok(true));
            for (place, name) in NAMES.into_iter().enumerate() {
                let value = found.value(place, line).map(|text| {
                    serde_json::from_str::<Value>(text).expect("a value that was checked")
                });
                assert_eq!(value.as_ref(), object.get(name), "{name}");
                if let Some(Value::String(text)) = value {
                    // A time that is read is written as one that reads the same.
                    let time = UtcTime::parse(&text);
                    let again = time.and_then(|time| UtcTime::parse(&time.to_string()));
                    assert_eq!(time, again);
                }
            }
        }
        Ok(_) => assert!(verdict.is_err()),
        Err(_) if is_blank(line.as_bytes()) => assert_eq!(verdict, Ok(false)),
        Err(_) => assert!(verdict.is_err()),
    }
});

fn remembered(text: &str) {
    let keys = Keys::new(&NAMES);
    let mut scanner = Scanner::new(&keys);
    let (mut found, mut fresh, mut at) = (Found::default(), Found::default(), 0);
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
