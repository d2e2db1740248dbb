//! JSON Lines: one window or series a line, with the columns of the table as
//! members. `window-filter windows` writes such a timetable.

use std::borrow::Cow;
use std::{fmt, mem};

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::column::Column;
use super::members::{LISTED, ORIGIN, Unknown};
use super::problem::Severity;
use super::read_row::read_row;
use super::reader::TimetableReader;
use super::table_row::{CellValue, TableRow, trim};
use crate::jsonl::text::LentText;
use crate::short_name::clip;
use crate::zone::Dst;

/// Reads one JSON Lines timetable.
pub(super) fn read(reading: &mut TimetableReader<'_>, bytes: &[u8]) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut any = false;
    let mut unknown = Unknown::default();
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    let mut from = 0;
    for (end, number) in ends.zip(1..) {
        let line = bytes.get(from..end).unwrap_or_default();
        from = end + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        match LineMembers::of(line) {
            Some(members) => members.read(reading, &mut unknown, number),
            None => read_slowly(reading, &mut unknown, number, line),
        }
    }
    unknown.report(reading);
    if !any {
        let hint = "write {\"name\":…,\"start\":…,\"end\":…} on each line";
        reading.report(Severity::Fatal, (1, None), "the timetable is empty", hint);
    }
}

/// The members of a line in which all is as it should be, read without
/// building a tree. Any other line is left to `serde_json`'s own type, by
/// which it is judged.
#[derive(Default)]
struct LineMembers<'a> {
    texts: [Cow<'a, str>; Column::COUNT],
    lists: Vec<(Column, Vec<String>)>,
    /// Which columns the line has, also as `null`.
    seen: [bool; Column::COUNT],
    ends_with_null: bool,
    dst: Option<Cow<'a, str>>,
    is_listed: bool,
    others: Vec<(Cow<'a, str>, Value)>,
}

impl<'a> LineMembers<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        serde_json::from_str(std::str::from_utf8(line).ok()?).ok()
    }

    fn read(&self, reading: &mut TimetableReader<'_>, unknown: &mut Unknown, line: u64) {
        let others = self.others.iter().map(|(name, value)| (&**name, value));
        if unknown.is_harmless(reading, line, others, |column| self.seen[column.index()]) {
            read_row(&self.row(line), reading);
        }
    }

    fn row(&self, line: u64) -> TableRow<'_> {
        let mut cells = self.texts.each_ref().map(|text| CellValue::Text(trim(text)));
        if self.ends_with_null {
            cells[Column::End.index()] = CellValue::Null;
        }
        for (column, list) in &self.lists {
            cells[column.index()] = CellValue::List(list);
        }
        let dst = self.dst.as_deref().and_then(dst);
        TableRow { line, cells, places: None, may_be_empty: self.is_listed, dst }
    }
}

impl<'de> Deserialize<'de> for LineMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = LineMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = LineMembers::default();
        while let Some(LentText(name)) = map.next_key()? {
            if LISTED.contains(&&*name) {
                members.is_listed |= name == ORIGIN;
                match map.next_value()? {
                    Value::String(text) if name == "dst" => members.dst = Some(Cow::Owned(text)),
                    _ if name == "dst" => members.dst = None,
                    _ => {}
                }
                continue;
            }
            let Some(column) = Column::from_name(&name) else {
                members.others.push((name, map.next_value()?));
                continue;
            };
            let place = column.index();
            if mem::replace(&mut members.seen[place], true) {
                return Err(de::Error::custom("twice the same column"));
            }
            match map.next_value()? {
                MemberValue::Null => members.ends_with_null |= column == Column::End,
                MemberValue::Text(text) => members.texts[place] = text,
                MemberValue::List(list) if column.may_be_list() => {
                    members.lists.extend((!list.is_empty()).then_some((column, list)));
                }
                MemberValue::List(_) => return Err(de::Error::custom("no column of lists")),
            }
        }
        Ok(members)
    }
}

/// The value of a column.
enum MemberValue<'a> {
    Null,
    Text(Cow<'a, str>),
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for MemberValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = MemberValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a list of strings")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(MemberValue::Null)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(MemberValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(MemberValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(MemberValue::List(list))
    }
}

fn dst(word: &str) -> Option<Dst> {
    match word {
        "gap" => Some(Dst::Gap),
        "fold" => Some(Dst::Fold),
        _ => None,
    }
}

/// The members of an object as they come, also those that come twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

fn read_slowly(reading: &mut TimetableReader<'_>, unknown: &mut Unknown, number: u64, line: &[u8]) {
    match serde_json::from_slice(line) {
        Ok(Object(members)) => read_object(reading, unknown, number, &members),
        Err(error) => {
            let column = u64::try_from(error.column()).ok().filter(|&column| column > 0);
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            let message = format!("not a JSON object: {}", clip(text));
            let hint = "write {\"name\":…,\"start\":…,\"end\":…} on one line";
            reading.report(Severity::Error, (number, column), message, hint);
        }
    }
}

fn read_object(
    reading: &mut TimetableReader<'_>,
    unknown: &mut Unknown,
    line: u64,
    members: &[(String, Value)],
) {
    let mut lists: [Vec<String>; Column::COUNT] = Default::default();
    let mut cells = [CellValue::Text(""); Column::COUNT];
    let mut seen = [false; Column::COUNT];
    let mut row_dst = None;
    let mut is_listed = false;
    let mut others = Vec::new();
    for (name, value) in members {
        is_listed |= name == ORIGIN;
        if LISTED.contains(&&**name) {
            if name == "dst" {
                row_dst = value.as_str().and_then(dst);
            }
            continue;
        }
        let Some(column) = Column::from_name(name) else {
            others.push((&**name, value));
            continue;
        };
        let place = column.index();
        if mem::replace(&mut seen[place], true) {
            let message = format!("the member {:?} stands twice", clip(name));
            let hint = "rename or remove one";
            reading.report(Severity::Error, (line, None), message, hint);
            return;
        }
        let list = match value {
            Value::Null => {
                if column == Column::End {
                    cells[place] = CellValue::Null;
                }
                continue;
            }
            Value::String(text) => {
                cells[place] = CellValue::Text(trim(text));
                continue;
            }
            Value::Array(values) if column.may_be_list() => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        if let Some(list) = list {
            lists[place] = list;
        } else {
            let what =
                if column.may_be_list() { "a string or a list of strings" } else { "a string" };
            let message = format!("{}: it is not {what}", column.as_str());
            let hint = format!("write it as {what}");
            reading.report(Severity::Error, (line, None), message, hint);
            return;
        }
    }
    if !unknown.is_harmless(reading, line, others.into_iter(), |column| seen[column.index()]) {
        return;
    }
    for (cell, list) in cells.iter_mut().zip(&lists) {
        if !list.is_empty() {
            *cell = CellValue::List(list);
        }
    }
    let row = TableRow { line, cells, places: None, may_be_empty: is_listed, dst: row_dst };
    read_row(&row, reading);
}

#[cfg(test)]
mod tests {
    use super::super::tests::options;
    use super::*;

    #[test]
    fn a_line_is_read_fast_as_it_is_slowly() {
        let times = "\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T01:00:00Z\"";
        for (fast, line) in [
            (true, format!("{{\"name\":\" a \\u00e9 \",{times}}}")),
            (true, format!("{{ \"NAME \" : \"a\" , {times} }} \r")),
            (true, format!("{{{times},\"workspace\":[\"a\",\"b*\"],\"task\":\"x|y\",\"tag\":[]}}")),
            (
                true,
                format!(
                    "{{{times},\"kind\":null,\"dst\":\"fold\",\"line\":7,\"x\":{{\"y\":[1]}}}}"
                ),
            ),
            (true, format!("{{{times},\"dst\":\"gap\",\"dst\":1}}")),
            (true, format!("{{{times},\"kind\":\"neither\"}}")),
            (true, format!("{{{times},\"tz\":\"Europe/Paris\"}}")),
            (true, format!("{{{times},\"x\":{{\"y\":[{{\"workspaces\":1}}]}}}}")),
            (true, "{\"start\":\"2026-01-01T00:00:00Z\",\"end\":null}".to_owned()),
            (true, "{\"start\":\"2026-01-01T00:00:00Z\"}".to_owned()),
            (true, "{}".to_owned()),
            (false, format!("{{{times},{times}}}")),
            (false, format!("{{{times},\"Start\":null}}")),
            (false, format!("{{{times},\"name\":1}}")),
            (false, format!("{{{times},\"name\":[\"a\"]}}")),
            (false, format!("{{{times},\"task\":[1]}}")),
            (false, format!("{{{times},\"x\":1e999}}")),
            (false, format!("{{{times},\"x\":\"\\ud800\"}}")),
            (false, format!("{{{times}")),
            (false, format!("[{{{times}}}]")),
            (false, "{\"name\":tru}".to_owned()),
        ] {
            let (options, line) = (options(None), line.as_bytes());
            let (mut slowly, mut reading) =
                (TimetableReader::new(&options), TimetableReader::new(&options));
            let mut unknown = Unknown::default();
            read_slowly(&mut slowly, &mut unknown, 1, line);
            unknown.report(&mut slowly);
            read(&mut reading, line);
            let told = |reading: TimetableReader<'_>| format!("{:?}", reading.finish());
            let text = String::from_utf8_lossy(line);
            assert_eq!(told(reading), told(slowly), "{text}");
            assert_eq!(LineMembers::of(line).is_some(), fast, "{text}");
        }
        assert!(LineMembers::of(b"{\"x\":\"\xff\"}").is_none());
    }
}
