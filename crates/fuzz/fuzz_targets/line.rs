//! One line, whatever it is: the scanner's verdict and the members it finds
//! are those of `serde_json`, where that has no limits of its own (numbers that
//! no type of it can hold, halves of surrogate pairs, 128 levels). What follows in
//! the text are more lines: all of them are read the same by a scanner that
//! remembers their shapes.

#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use maintenance_core::jsonl::scan::{DEEPEST, FoundMembers, Keys, Scanner};
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::jsonl::{BadLine, is_blank};
use maintenance_core::time::UtcTime;
use serde_json::value::RawValue;

const NAMES: [&str; 4] = ["date", "end", "window", "durationMs"];

fuzz_target!(|text: &str| {
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
        }
        Err(_) if is_blank(line.as_bytes()) => assert_eq!(verdict, Ok(false)),
        Err(_) => assert!(verdict.is_err()),
    }
});

/// The members that were found in a line that is an object.
fn members(line: &str, found: &FoundMembers) {
    let whole = without_lone_surrogates(line);
    let members: HashMap<String, &RawValue> =
        serde_json::from_str(&whole).expect("an object, as its bytes are");
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
