//! CSV as spreadsheets and ticket systems export it.

use std::borrow::Cow;

use super::decode::decode;
use super::problem::Severity;
use super::reading::Reading;
use super::records::Records;
use super::row::{Cell, Column, Row, trim};

/// Reads one CSV timetable.
pub(super) fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(at) => {
            let line = 1 + bytes.get(..at).map_or(0, count_newlines);
            let hint = "save it as CSV UTF-8, or as Unicode text".to_owned();
            reading.report(Severity::Fatal, line, None, "the file is not UTF-8", Some(hint));
            return;
        }
    };
    // Old Macs end lines with a lone CR.
    let text = if text.contains('\n') { text } else { Cow::Owned(text.replace('\r', "\n")) };
    let (delimiter, skip) = delimiter(&text);
    let table = text.get(skip..).unwrap_or_default();
    let mut records = Records::new(table, delimiter, 1 + u64::from(skip > 0));
    let Some(titles) = records.next() else {
        let hint = "the first line names the columns: name,start,end".to_owned();
        reading.report(Severity::Fatal, 1, None, "the timetable is empty", Some(hint));
        return;
    };
    let header = titles.line;
    let mut columns = Vec::with_capacity(titles.len());
    let mut places = [None; Column::COUNT];
    for (index, title) in titles.fields().enumerate() {
        let column = Column::from_name(title);
        let number = index as u64 + 1;
        if let Some(place) = column.and_then(|column| places.get_mut(column.index())) {
            if place.is_some() {
                let message = format!("the column {:?} stands twice", title.trim());
                let hint = Some("rename or remove one".to_owned());
                reading.report(Severity::Fatal, header, Some(number), message, hint);
                return;
            }
            *place = Some(number);
        }
        columns.push(column);
    }
    let has = |column: Column| columns.contains(&Some(column));
    let missing = [
        (!has(Column::Name)).then_some("name"),
        (!has(Column::Start)).then_some("start"),
        (!has(Column::End) && !has(Column::Duration)).then_some("end"),
    ];
    if missing.iter().any(Option::is_some) {
        let missing: Vec<&str> = missing.into_iter().flatten().collect();
        let message = format!("the header lacks the column {}", missing.join(" and "));
        let hint = "the first line names the columns: name,start,end".to_owned();
        reading.report(Severity::Fatal, header, None, message, Some(hint));
        return;
    }
    while let Some(record) = records.next() {
        let line = record.line;
        // A spreadsheet writes lines of mere delimiters below its last row.
        if record.fields().all(|text| trim(text).is_empty()) {
            continue;
        }
        let mut cells = [Cell::Text(""); Column::COUNT];
        for (column, text) in columns.iter().zip(record.fields()) {
            if let Some(place) = column.and_then(|column| cells.get_mut(column.index())) {
                *place = Cell::Text(trim(text));
            }
        }
        if record.len() > columns.len() {
            let message =
                format!("the row has {} fields, the header {}", record.len(), columns.len());
            let hint = "quote a field that holds the delimiter".to_owned();
            let column = Some(columns.len() as u64 + 1);
            reading.report(Severity::Error, line, column, message, Some(hint));
            continue;
        }
        let places = Some(&places);
        Row { line, cells, places, may_be_empty: false, dst: None }.read(reading);
    }
}

fn count_newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The delimiter, and how many bytes at the start are not the table's own:
/// `sep=;` says it, or else it is the one of comma, semicolon and tab that
/// stands most often in the header.
fn delimiter(text: &str) -> (u8, usize) {
    let first_end = text.find('\n').map_or(text.len(), |at| at + 1);
    let first = text.get(..first_end).unwrap_or_default();
    if let Some(said) = first.trim_end().strip_prefix("sep=")
        && let [delimiter @ (b',' | b';' | b'\t' | b'|')] = said.as_bytes()
    {
        return (*delimiter, first_end);
    }
    if first.trim_end_matches(['\r', '\n']) == "sep=\t" {
        return (b'\t', first_end);
    }
    let header = text.trim_start().lines().next().unwrap_or_default();
    let mut best = (b',', 0);
    for candidate in [b',', b';', b'\t'] {
        let mut quoted = false;
        let count = header.bytes().filter(|&byte| {
            quoted ^= byte == b'"';
            byte == candidate && !quoted
        });
        let count = count.count();
        if count > best.1 {
            best = (candidate, count);
        }
    }
    (best.0, 0)
}
