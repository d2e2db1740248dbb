//! JSON Lines: one window or series a line, with the columns of the table as
//! members. `window-filter windows` writes such a timetable.

use std::borrow::Cow;
use std::{fmt, mem};

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::column::Column;
use super::members::{LISTED, ORIGIN, Unknown};
use super::problem::{Mistake, Severity};
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
        read_line(reading, &mut unknown, number, line);
    }
    unknown.report(reading);
    if !any {
        let hint = "write {\"name\":…,\"start\":…,\"end\":…} on each line";
        reading.report(Severity::Fatal, (1, None), "the timetable is empty", hint);
    }
}

fn read_line(reading: &mut TimetableReader<'_>, unknown: &mut Unknown, number: u64, line: &[u8]) {
    let members: serde_json::Result<LineMembers<'_>> = match std::str::from_utf8(line) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(line),
    };
    match members {
        Ok(LineMembers { fault: Some(Mistake { message, hint }), .. }) => {
            reading.report(Severity::Error, (number, None), message, hint);
        }
        Ok(members) => members.read(reading, unknown, number),
        Err(error) => report_no_object(reading, number, &error),
    }
}

fn report_no_object(reading: &mut TimetableReader<'_>, number: u64, error: &serde_json::Error) {
    let column = u64::try_from(error.column()).ok().filter(|&column| column > 0);
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let message = format!("not a JSON object: {}", clip(text));
    let hint = "write {\"name\":…,\"start\":…,\"end\":…} on one line";
    reading.report(Severity::Error, (number, column), message, hint);
}

/// The members of a line, read without building a tree.
#[derive(Default)]
struct LineMembers<'a> {
    texts: [Cow<'a, str>; Column::COUNT],
    lists: Vec<(Column, Vec<String>)>,
    /// Which columns the line has, also as `null`.
    seen: [bool; Column::COUNT],
    ends_with_null: bool,
    dst: Option<Dst>,
    is_listed: bool,
    others: Vec<(Cow<'a, str>, Value)>,
    /// Why the first column that cannot be read cannot be.
    fault: Option<Mistake>,
}

impl LineMembers<'_> {
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
        TableRow { line, cells, places: None, may_be_empty: self.is_listed, dst: self.dst }
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
                let value: Value = map.next_value()?;
                if name == "dst" {
                    members.dst = value.as_str().and_then(dst);
                }
                continue;
            }
            let Some(column) = Column::from_name(&name) else {
                members.others.push((name, map.next_value()?));
                continue;
            };
            let place = column.index();
            let is_twice = mem::replace(&mut members.seen[place], true);
            match map.next_value()? {
                _ if is_twice => {
                    let message = format!("the member {:?} stands twice", clip(&name));
                    members.fault.get_or_insert(Mistake::new(message, "rename or remove one"));
                }
                MemberValue::Null => members.ends_with_null |= column == Column::End,
                MemberValue::Text(text) => members.texts[place] = text,
                MemberValue::List(list) if column.may_be_list() => {
                    members.lists.extend((!list.is_empty()).then_some((column, list)));
                }
                MemberValue::List(_) | MemberValue::Other => {
                    members.fault.get_or_insert(not_a_string(column));
                }
            }
        }
        Ok(members)
    }
}

fn not_a_string(column: Column) -> Mistake {
    let what = if column.may_be_list() { "a string or a list of strings" } else { "a string" };
    Mistake::new(format!("{}: it is not {what}", column.as_str()), format!("write it as {what}"))
}

/// The value of a column.
enum MemberValue<'a> {
    Null,
    Text(Cow<'a, str>),
    List(Vec<String>),
    /// Anything else that JSON has.
    Other,
}

impl<'de> Deserialize<'de> for MemberValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = MemberValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(MemberValue::Null)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(MemberValue::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(MemberValue::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(MemberValue::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(MemberValue::Other)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(MemberValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(MemberValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Some(Vec::new());
        while let Some(item) = items.next_element()? {
            match (item, &mut list) {
                (Value::String(text), Some(list)) => list.push(text),
                _ => list = None,
            }
        }
        Ok(list.map_or(MemberValue::Other, MemberValue::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<String, Value>()?.is_some() {}
        Ok(MemberValue::Other)
    }
}

fn dst(word: &str) -> Option<Dst> {
    [Dst::Gap, Dst::Fold].into_iter().find(|dst| dst.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::super::tests::options;
    use super::*;

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

    /// The same of a line as a tree.
    fn read_tree(
        reading: &mut TimetableReader<'_>,
        unknown: &mut Unknown,
        number: u64,
        line: &[u8],
    ) {
        match serde_json::from_slice(line) {
            Ok(Object(members)) => read_object(reading, unknown, number, &members),
            Err(error) => report_no_object(reading, number, &error),
        }
    }

    /// The strings of a list, in a column that may have one.
    fn strings(column: Column, value: &Value) -> Option<Vec<String>> {
        let values = value.as_array().filter(|_| column.may_be_list())?;
        values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
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
                return reading.report(Severity::Error, (line, None), message, hint);
            }
            match value {
                Value::Null if column == Column::End => cells[place] = CellValue::Null,
                Value::Null => {}
                Value::String(text) => cells[place] = CellValue::Text(trim(text)),
                _ => {
                    let Some(list) = strings(column, value) else {
                        let Mistake { message, hint } = not_a_string(column);
                        return reading.report(Severity::Error, (line, None), message, hint);
                    };
                    lists[place] = list;
                }
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

    #[test]
    fn a_line_is_read_as_if_it_were_a_tree() {
        let times = "\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T01:00:00Z\"";
        for (is_row, line) in [
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
            // The first fault is reported, and one of the JSON itself before all others.
            (false, format!("{{{times},\"name\":true,\"task\":[\"a\",1]}}")),
            (false, format!("{{{times},\"task\":[1,\"a\"],\"task\":[],\"kind\":-1}}")),
            (false, format!("{{{times},\"kind\":1.5,\"kind\":\"open\"}}")),
            (false, format!("{{{times},\"name\":{{\"a\":[1]}},\"tz\":1}}")),
            (false, format!("{{{times},\"name\":{{\"a\":1e999}}}}")),
            (false, format!("{{{times},\"name\":7,\"task\":[\"a\"")),
            (false, format!("{{{times},\"name\":7}} x")),
        ]
        .map(|(is_row, line)| (is_row, line.into_bytes()))
        .into_iter()
        .chain([(false, b"{\"x\":\"\xff\"}".to_vec()), (false, b"{\"name\":\"\xff\"}".to_vec())])
        {
            let (options, line) = (options(None), &line[..]);
            let (mut tree, mut reading) =
                (TimetableReader::new(&options), TimetableReader::new(&options));
            let mut unknown = Unknown::default();
            read_tree(&mut tree, &mut unknown, 1, line);
            unknown.report(&mut tree);
            read(&mut reading, line);
            let reported = |reading: TimetableReader<'_>| format!("{:?}", reading.finish());
            let text = String::from_utf8_lossy(line);
            assert_eq!(reported(reading), reported(tree), "{text}");
            let members = serde_json::from_slice::<LineMembers<'_>>(line);
            assert_eq!(members.is_ok_and(|members| members.fault.is_none()), is_row, "{text}");
        }
    }
}
