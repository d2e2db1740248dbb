//! JSON Lines: one window or series a line, with the columns of the table as
//! members. What `--list` writes is such a timetable.

use serde_json::{Map, Value};

use super::problem::Severity;
use super::reading::Reading;
use super::row::{Cell, Column, Row};
use crate::zone::Dst;

/// Reads one JSON Lines timetable.
pub(super) fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut any = false;
    for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(object) => read_object(reading, number, &object),
            Err(error) => {
                let column = u64::try_from(error.column()).ok().filter(|&column| column > 0);
                let text = error.to_string();
                let text = text.split(" at line ").next().unwrap_or_default();
                let message = format!("not a JSON object: {text}");
                let hint = "write {\"name\":…,\"start\":…,\"end\":…} on one line".to_owned();
                reading.report(Severity::Error, number, column, message, Some(hint));
            }
        }
    }
    if !any {
        let hint = "write {\"name\":…,\"start\":…,\"end\":…} on each line".to_owned();
        reading.report(Severity::Fatal, 1, None, "the timetable is empty", Some(hint));
    }
}

fn read_object(reading: &mut Reading<'_>, line: u64, object: &Map<String, Value>) {
    let mut lists: [Vec<String>; Column::COUNT] = Default::default();
    let mut texts = [""; Column::COUNT];
    for (name, value) in object {
        let Some(column) = Column::from_name(name) else { continue };
        let list = match value {
            Value::Null => continue,
            Value::String(text) => {
                if let Some(place) = texts.get_mut(column.index()) {
                    *place = text.trim();
                }
                continue;
            }
            Value::Array(values) if column.may_be_list() => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        if let (Some(list), Some(place)) = (list, lists.get_mut(column.index())) {
            *place = list;
        } else {
            let what =
                if column.may_be_list() { "a string or a list of strings" } else { "a string" };
            let message = format!("{}: it is not {what}", column.as_str());
            let hint = Some(format!("write it as {what}"));
            reading.report(Severity::Error, line, None, message, hint);
            return;
        }
    }
    let mut cells = texts.map(Cell::Text);
    for (cell, list) in cells.iter_mut().zip(&lists) {
        if !list.is_empty() {
            *cell = Cell::List(list);
        }
    }
    let dst = match object.get("dst").and_then(Value::as_str) {
        Some("gap") => Some(Dst::Gap),
        Some("fold") => Some(Dst::Fold),
        _ => None,
    };
    Row { line, cells, places: None, may_be_empty: true, dst }.read(reading);
}
