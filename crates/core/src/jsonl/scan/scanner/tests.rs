//! The scanner with a memory against the one without, and against `serde_json`.

use proptest::prelude::*;

use super::super::tests::{json, keys, oracle};
use super::super::{FoundMembers, MOST_KEYS, Member};
use super::*;

/// The verdict on a line, in a form to compare.
type Verdict = (Result<bool, BadLine>, usize, Option<(usize, bool, Vec<Option<Member>>)>);

fn verdict(result: Result<bool, BadLine>, found: &FoundMembers) -> Verdict {
    let members = || (0..MOST_KEYS).map(|key| found.member(key).cloned()).collect();
    let object = (result == Ok(true)).then(|| (found.brace, found.is_empty, members()));
    (result, found.end, object)
}

/// Reads these lines one after the other, and says how many of them had a
/// shape that was known.
fn same(scanner: &mut Scanner<'_>, lines: &[String]) -> usize {
    let keys = keys();
    let text = lines.join("\n");
    let (mut found, mut fresh) = (FoundMembers::default(), FoundMembers::default());
    let (mut at, mut known) = (0, 0);
    for line in lines {
        if line.is_empty() && at >= text.len() {
            break;
        }
        known += usize::from(scanner.read_known(text.as_bytes(), at, &mut found));
        let read = scanner.read(&text, at, &mut found);
        let read = verdict(read, &found);
        let expected = keys.read(&text, at, &mut fresh);
        assert_eq!(read.0, oracle(line).map(|object| object.is_some()), "{line}");
        assert_eq!(read, verdict(expected, &fresh), "{line}\nof {text}");
        at = found.end + 1;
    }
    known
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// A line behind which there is always enough text to compare.
const LAST: &str = r#"{"last":"so that the line before it is not too near to the end"}"#;

/// Whether the second line is read by the shape of the first.
fn fits(first: &str, second: &str) -> bool {
    same(&mut Scanner::new(&keys()), &lines(&[first, second, LAST])) > 0
}

#[test]
fn a_line_fits_a_shape_if_only_its_values_differ() {
    let line = r#"{"id":"a","date":"2022","number":-1.5e3,"paused":true}"#;
    for (fit, second) in [
        (true, line),
        (true, r#"{"id":"","date":"longer é€😀","number":0,"paused":null}"#),
        (true, r#"{"id":"a","date":"2022","number":1,"paused":false}"#.to_owned().as_str()),
        (true, "{\"id\":\"a\",\"date\":\"2022\",\"number\":1,\"paused\":false} \t\r"),
        (false, r#"{"id":"a","date":"2022","number":1,"paused":"no"}"#),
        (false, r#"{"id":"a","date":"2022","number":01,"paused":true}"#),
        (false, r#"{"id":"a","date":"2022","number":-,"paused":true}"#),
        (true, r#"{"id":"a","date":"2022","number":1e999,"paused":true}"#),
        (false, r#"{"id":"a","date":"2022","number":,"paused":true}"#),
        (false, r#"{"id":"a\"","date":"2022","number":1,"paused":true}"#),
        (false, r#"{"id":"\","date":"2022","number":1,"paused":true}"#),
        (false, r#"{"id":"a"","date":"2022","number":1,"paused":true}"#),
        (false, r#"{"id":"a","x":"b","date":"2022","number":1,"paused":true}"#),
        (false, r#"{"id":"a","date":"2022","number":1,"paused":true}}"#),
        (false, r#"{"id":"a","date":"2022","number":1,"paused":true"#),
        (false, r#"{"id":"a","date":"2022","number":[],"paused":true}"#),
        (false, r#" {"id":"a","date":"2022","number":1,"paused":true}"#),
        (false, "{\"id\":\"\u{1}\",\"date\":\"2022\",\"number\":1,\"paused\":true}"),
        (false, "{\"id\":\"a\tb\",\"date\":\"2022\",\"number\":1,\"paused\":true}"),
        (false, ""),
        (false, "{}"),
    ] {
        assert_eq!(fits(line, second), fit, "{second}");
    }
    // White space, a member that comes twice, and no member of interest.
    let spaced = r#"  { "date" : 1 , "date" : "x" ,"window":null }"#;
    assert!(fits(spaced, &spaced.replace('x', "longer")));
    assert!(fits(r#"{"a":1}"#, r#"{"a":22}"#));
    // Of these no shape is taken.
    for line in [
        "{}",
        "{\t\"a\":1}",
        r#"{"a":"\n"}"#,
        r#"{"a":[1]}"#,
        r#"{"a":{}}"#,
        r#"{"a\u0062":1}"#,
        r#"{"a name that is longer than what is kept":1}"#,
        &format!(r#"{{"a":"{}"}}"#, "long".repeat(10_000)),
        &format!(r#"{{{}"b":1}}"#, r#""a":1,"#.repeat(100)),
    ] {
        assert!(!fits(line, line), "{line}");
    }
}

#[test]
fn two_shapes_are_remembered_and_others_soon_not_tried() {
    let shape = |number: usize| format!(r#"{{"date":"2022","{}":1}}"#, "x".repeat(1 + number));
    let stream = |shapes: usize| (0..1000).map(|line| shape(line % shapes)).collect::<Vec<_>>();
    assert!(same(&mut Scanner::new(&keys()), &stream(2)) > 990);
    let keys = keys();
    let mut scanner = Scanner::new(&keys);
    same(&mut scanner, &stream(900));
    assert!(scanner.credit < LEARN + MISS);
    // Once they are alike again, that is soon noticed.
    assert!(same(&mut scanner, &stream(1)) > 900);
}

/// Lines as they are written, which the mutations start from.
const SEEDS: [&str; 8] = [
    r#"{"id":"61323d2498d04f63ee697541","date":"2022-07-20T18:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}"#,
    r#"{"id":"61323d2498d04f63ee697541","date":"2022-07-20T18:00:00.000Z","type":"PLAN","name":"load orders 12","durationMs":6000}"#,
    r#"{ "date": "2022-07-20T18:00:00.000Z", "durationMs": null, "paused": true }"#,
    r#"{"date":1,"window":"x","date":-2.5e10,"a":"é","window":false}"#,
    "{\"date\":\"2022\",\"name\":\"CRLF\"}\r",
    r#"{"date":"2022","name":"an \"escape\" and \u00e9"}"#,
    r#"{"date":"2022","window":{"name":"nested","end":null},"tags":["a","b"]}"#,
    "",
];

const PIECES: [&str; 24] = [
    "\"",
    "\\",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    " ",
    "\t",
    "\r",
    "\u{1}",
    "\u{7f}",
    "é",
    "0",
    "9",
    "-",
    "e",
    "true",
    "null",
    "\"a\":1,",
    "\",\"",
    "\"date\":\"",
    "\\u0041",
];

/// The line, changed in up to three places.
fn mutated(line: &str, random: &mut fastrand::Rng) -> String {
    let mut line: Vec<char> = line.chars().collect();
    for _ in 0..random.usize(..4) {
        let from = random.usize(..=line.len());
        let to = (from + random.usize(..4)).min(line.len());
        match random.u8(..4) {
            0 => drop(line.drain(from..to)),
            1 => {
                let copy: Vec<char> = line[from..to].to_vec();
                let at = random.usize(..=line.len());
                line.splice(at..at, copy);
            }
            kind => {
                let to = if kind == 2 { from } else { to };
                line.splice(from..to, PIECES[random.usize(..PIECES.len())].chars());
            }
        }
    }
    line.into_iter().collect()
}

#[test]
fn mutated_lines_are_read_as_without_a_memory() {
    let mut random = fastrand::Rng::with_seed(20_220_720);
    let mut known = 0;
    for _ in 0..MUTATIONS {
        let keys = keys();
        let mut scanner = Scanner::new(&keys);
        // Each changed line twice, so that it meets its own shape too, and
        // between others, so that it meets theirs.
        let seed = SEEDS[random.usize(..SEEDS.len())].to_owned();
        let changed = mutated(&seed, &mut random);
        let other = mutated(SEEDS[random.usize(..SEEDS.len())], &mut random);
        let mut stream = vec![seed.clone(), changed.clone(), changed, seed, other];
        if random.bool() {
            stream.push(LAST.to_owned());
        }
        known += same(&mut scanner, &stream);
    }
    assert!(known > MUTATIONS / 2, "{known}");
}

/// So many streams of five lines.
const MUTATIONS: usize = 4000;

proptest! {
    #[test]
    fn any_lines_are_read_as_without_a_memory(
        first in json(),
        second in json(),
        at in any::<prop::sample::Index>(),
        piece in prop::sample::select(&PIECES[..]),
    ) {
        let mut changed = first.clone();
        let places: Vec<usize> = changed.char_indices().map(|(place, _)| place).collect();
        changed.insert_str(*at.get(&places), piece);
        let stream = [&first, &first, &changed, &second, &first, &changed].map(Clone::clone);
        same(&mut Scanner::new(&keys()), &stream);
    }

    #[test]
    fn quotes_are_counted(text in "[ab\"]{0,40}[\"\\\\\u{1}\u{1f} é]?[ab\"]{0,100}", from in 0..20_usize) {
        let (from, to) = (from.min(text.len()), text.len());
        let bytes = &text.as_bytes()[from..];
        let is_plain = bytes.iter().all(|&byte| byte >= b' ' && byte != b'\\');
        let count = memchr::memchr_iter(b'"', bytes).count();
        let more = [text.as_bytes(), &[b'"'; 32]].concat();
        let counted = super::super::shape::quotes(&more, from, to);
        prop_assert_eq!(counted, is_plain.then(|| u32::try_from(count).unwrap()));
    }
}
