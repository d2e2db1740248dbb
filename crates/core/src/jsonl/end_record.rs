//! The end record: the last line of a complete stream.
//!
//! `runs-fetch --end-record` writes it, each filter puts its own count into
//! it, and whoever reads it checks the count against the lines that it got:
//! nothing else distinguishes a short list from a whole one.

use serde::de::DeserializeOwned;

use super::error::BadLine;
use super::scan::{FoundMembers, Keys};
use super::splice::append_member;
use crate::run::EndRecord;

/// The members that distinguish an end record from a run: each but the first makes a line a run.
const MEMBERS: [&str; 4] = ["end", "id", "date", "window"];

/// The end record in a line; `None` if the line is another record.
///
/// # Errors
///
/// If the line is no record at all, or an end record that makes no sense.
pub fn read(line: &str) -> Result<Option<EndRecord>, BadLine> {
    let value = value(line)?.filter(|value| value.starts_with('{'));
    value.map(members).transpose()
}

/// Appends the end record in `line` to `out`, with the count of the lines that
/// a filter wrote. An older count is replaced; all other bytes stay.
///
/// # Errors
///
/// If the line is no end record.
pub fn append_selected(line: &str, selected: u64, out: &mut Vec<u8>) -> Result<(), BadLine> {
    let value = value(line)?.ok_or_else(|| BadLine::Missing { member: "end".to_owned() })?;
    let mut counted = Vec::with_capacity(value.len() + 32);
    append_member(value, "selected", selected.to_string(), &mut counted)?;
    let start = value.as_ptr() as usize - line.as_ptr() as usize;
    out.extend_from_slice(&line.as_bytes()[..start]);
    out.extend_from_slice(&counted);
    out.extend_from_slice(&line.as_bytes()[start + value.len()..]);
    Ok(())
}

/// The value of the member `end`, if the line has one and is no run.
fn value(line: &str) -> Result<Option<&str>, BadLine> {
    let keys = Keys::new(&MEMBERS);
    let mut found = FoundMembers::default();
    let is_record = keys.read(line, 0, &mut found)?;
    let is_run = (1..MEMBERS.len()).any(|key| found.member(key).is_some());
    Ok(found.value(0, line).filter(|_| is_record && !is_run))
}

/// The members of the value of `end`.
fn members(value: &str) -> Result<EndRecord, BadLine> {
    let keys = Keys::new(&["runs", "selected", "environments", "from", "to", "filtered"]);
    let mut found = FoundMembers::default();
    keys.read_value(value, &mut found)?;
    let text = |key| found.value(key, value).filter(|text| *text != "null");
    let time = "a time in RFC 3339";
    let runs = member("end.runs", "a count", text(0))?;
    let record = EndRecord {
        runs: runs.ok_or_else(|| BadLine::Missing { member: "end.runs".to_owned() })?,
        selected: member("end.selected", "a count", text(1))?,
        environments: member("end.environments", "an array of strings", text(2))?,
        from: member("end.from", time, text(3))?,
        to: member("end.to", time, text(4))?,
        filtered: member("end.filtered", "true or false", text(5))?.unwrap_or_default(),
    };
    if let Some(selected) = record.selected.filter(|selected| *selected > record.runs) {
        let expected = "a count that is not above `end.runs`";
        return Err(BadLine::value("end.selected", expected, &selected.to_string()));
    }
    Ok(record)
}

fn member<T: DeserializeOwned>(
    name: &str,
    expected: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, BadLine> {
    let read = |text| serde_json::from_str(text).map_err(|_| BadLine::value(name, expected, text));
    text.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcTime;

    #[test]
    fn an_end_record_is_distinguished_from_a_run() {
        let six = EndRecord { runs: 6, ..EndRecord::default() };
        for line in [
            r#" {"end": {"runs": 6}} "#,
            r#"{"end":{"runs":6,"of a later build":[1e999],"filtered":null},"note":{"id":1}}"#,
            r#"{"end":{"runs":1,"runs":6}}"#,
        ] {
            assert_eq!(read(line), Ok(Some(six.clone())), "{line}");
        }
        let times = r#""from":"2026-03-01T00:00:00.000Z","to":"2026-03-02T00:00:00.000Z""#;
        let whole = format!(
            r#"{{"end":{{"runs":6,"environments":["e","f"],{times},"filtered":true,"selected":6}}}}"#
        );
        let at = |text| UtcTime::parse(text);
        let expected = EndRecord {
            runs: 6,
            selected: Some(6),
            environments: Some(vec!["e".into(), "f".into()]),
            from: at("2026-03-01T00:00:00Z"),
            to: at("2026-03-02T00:00:00Z"),
            filtered: true,
        };
        assert_eq!(read(&whole), Ok(Some(expected)));
        for line in [
            "",
            r#"{"id":"t","end":{"runs":6}}"#,
            r#"{"date":"","end":{"runs":6}}"#,
            r#"{"window":{},"end":{"runs":6}}"#,
            r#"{"end":6}"#,
            r#"{"end":null}"#,
            r#"{"END":{"runs":6}}"#,
        ] {
            assert_eq!(read(line), Ok(None), "{line}");
        }
        for line in ["{", r#"[{"runs":6}]"#, r#"{"end":{"runs":6}}{}"#] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn an_end_record_that_makes_no_sense_is_an_error() {
        for (members, what) in [
            ("", "no `end.runs` in the record"),
            (r#""runs":null"#, "no `end.runs` in the record"),
            (r#""runs":-1"#, "`end.runs` is not a count: -1"),
            (r#""runs":6.0"#, "`end.runs` is not a count: 6.0"),
            (r#""runs":1e999"#, "`end.runs` is not a count: 1e999"),
            (r#""runs":"6""#, "`end.runs` is not a count: \"6\""),
            (r#""runs":6,"selected":true"#, "`end.selected` is not a count: true"),
            (
                r#""runs":6,"selected":7"#,
                "`end.selected` is not a count that is not above `end.runs`: 7",
            ),
            (
                r#""runs":6,"environments":"e""#,
                "`end.environments` is not an array of strings: \"e\"",
            ),
            (r#""runs":6,"from":0"#, "`end.from` is not a time in RFC 3339: 0"),
            (r#""runs":6,"to":"soon""#, "`end.to` is not a time in RFC 3339: \"soon\""),
            (r#""runs":6,"filtered":1"#, "`end.filtered` is not true or false: 1"),
        ] {
            let read = read(&format!("{{\"end\":{{{members}}}}}"));
            assert_eq!(read.unwrap_err().to_string(), what, "{members}");
        }
    }

    #[test]
    fn the_count_of_a_filter_is_put_in_and_all_other_bytes_stay() {
        for (line, expected) in [
            (r#"{"end":{"runs":6}}"#, r#"{"end":{"runs":6,"selected":2}}"#),
            (
                "{ \"end\" : {\"selected\": 5, \"runs\":6 } , \"é\":1e999}\r",
                "{ \"end\" : { \"runs\":6 ,\"selected\":2} , \"é\":1e999}\r",
            ),
            (
                r#"{"end":{"runs":6,"x":{"selected":9}},"selected":8}"#,
                r#"{"end":{"runs":6,"x":{"selected":9},"selected":2},"selected":8}"#,
            ),
        ] {
            let mut out = b"before ".to_vec();
            append_selected(line, 2, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("before {expected}"));
        }
        assert!(append_selected(r#"{"id":"t"}"#, 2, &mut Vec::new()).is_err());
    }
}
