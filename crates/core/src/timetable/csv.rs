//! CSV as spreadsheets and ticket systems export it.

use std::borrow::Cow;

use super::column::Column;
use super::csv_records::{CsvRecord, CsvRecords};
use super::cut;
use super::decode::decode;
use super::header::Header;
use super::problem::{Mistake, Severity};
use super::read_row::read_row;
use super::reader::TimetableReader;
use super::table_row::{CellValue, TableRow, trim};
use crate::csv_cell::without_apostrophe;

/// Reads one CSV timetable.
pub(super) fn read(reading: &mut TimetableReader<'_>, bytes: &[u8]) {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(at) => {
            let before = memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count();
            let (message, hint) = match bytes {
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => (
                    "the file begins as UTF-16, but is not: it looks cut",
                    "fetch or save it again",
                ),
                _ => ("the file is not UTF-8", "save it as CSV UTF-8, or as Unicode text"),
            };
            let line = 1 + before as u64;
            return reading.report(Severity::Fatal, (line, None), message, hint);
        }
    };
    // Old Macs end lines with a lone CR.
    let text = if text.contains('\n') { text } else { Cow::Owned(text.replace('\r', "\n")) };
    let (delimiter, skip) = delimiter(&text);
    let table = text.get(skip..).unwrap_or_default();
    let mut records = CsvRecords::new(table, delimiter, 1 + u64::from(skip > 0));
    let Some(titles) = records.next() else {
        let hint = "the first line names the columns: name,start,end";
        return reading.report(Severity::Fatal, (1, None), "the timetable is empty", hint);
    };
    let header_line = titles.line;
    if let Some(Mistake { message, hint }) = cut::of_header(&titles) {
        return reading.report(Severity::Fatal, (header_line, None), message, hint);
    }
    warn_of_swallowed_rows(reading, &titles, |title, _| {
        // A title may be wrapped, but it is no row.
        memchr::memchr_iter(delimiter, title.as_bytes()).count() > 1
    });
    let Some(header) = Header::read(reading, titles) else { return };
    let mut rows = 0_u64;
    while let Some(record) = records.next() {
        // A spreadsheet writes lines of mere delimiters below its last row.
        if record.fields().all(|text| trim(text).is_empty()) {
            continue;
        }
        rows += 1;
        read_record(reading, &header, delimiter, &record);
    }
    if rows == 0 {
        let hint = "write a row for each window";
        let message = "the timetable has a header and no rows: it makes no window";
        reading.warn((header_line, None), message, hint);
    }
}

fn read_record(
    reading: &mut TimetableReader<'_>,
    header: &Header,
    delimiter: u8,
    record: &CsvRecord<'_>,
) {
    let line = record.line;
    if let Some((column, Mistake { message, hint })) = fault(record, header, reading) {
        return reading.report(Severity::Error, (line, column), message, hint);
    }
    warn_of_swallowed_rows(reading, record, |text, place| {
        let delimiters = || memchr::memchr_iter(delimiter, text.as_bytes()).count();
        header.columns.get(place).is_some_and(Option::is_some) || delimiters() + 1 >= header.titled
    });
    let mut cells = [CellValue::Text(""); Column::COUNT];
    for (column, text) in header.columns.iter().zip(record.fields()) {
        if let Some(place) = column.and_then(|column| cells.get_mut(column.index())) {
            *place = CellValue::Text(without_apostrophe(trim(text)));
        }
    }
    let places = Some(&header.places);
    let row = TableRow { line, cells, places, may_be_empty: false, dst: None };
    if header.tag_may_be_a_day
        && let Some(wrong) = row.day_as_tag()
    {
        return row.report(reading, Severity::Error, wrong);
    }
    read_row(&row, reading);
}

/// The column and the fault of a row that does not fit its header.
fn fault(
    record: &CsvRecord<'_>,
    header: &Header,
    reading: &TimetableReader<'_>,
) -> Option<(Option<u64>, Mistake)> {
    let (fields, titled) = (record.len(), header.titled);
    let at = |column: usize, fault: Mistake| Some((Some(column as u64), fault));
    let count = || format!("the row has {fields} fields, the header {titled}");
    if let Some(first) = record.first_unquoted().map(trim)
        && (first.starts_with('#') || first.starts_with("//"))
    {
        let hint = "remove the row; if that is the window's name, put it in quotes";
        return at(1, Mistake::new("a table has no comments: the row would count", hint));
    }
    if let Some(cut) = cut::of_row(record, header, reading) {
        return Some((None, cut));
    }
    if fields < titled {
        let hint = "write a delimiter for each empty field; or is the row cut?";
        return at(fields, Mistake::new(count(), hint));
    }
    if record.fields().skip(titled).any(|text| !trim(text).is_empty()) {
        return at(titled + 1, Mistake::new(count(), "quote a field that holds the delimiter"));
    }
    let is_filled =
        |place: &usize| record.fields().nth(*place).is_some_and(|text| !trim(text).is_empty());
    let place = header.untitled.iter().copied().find(is_filled)?;
    let message = "the row has something in a column without a title";
    at(place + 1, Mistake::new(message, "give the column a title; or is a title missing?"))
}

/// Warns of a cell that goes over several lines, since a stray quote makes one
/// cell of whole rows. In a cell that is read no line break belongs; in one that
/// is not, a text of several lines is suspicious if it could be a row.
fn warn_of_swallowed_rows(
    reading: &mut TimetableReader<'_>,
    record: &CsvRecord<'_>,
    is_suspicious: impl Fn(&str, usize) -> bool,
) {
    let (from, to) = (record.line, record.last_line);
    let swallows = |(text, place): &(&str, usize)| {
        text.trim_end().contains('\n') && is_suspicious(text, *place)
    };
    if from != to
        && let Some((_, place)) = record.fields().zip(0..).find(swallows)
    {
        let message = format!("a cell goes over lines {from} to {to}, which then make one row");
        let hint = "if these are several rows, remove the stray quote";
        reading.warn((from, Some(place as u64 + 1)), message, hint);
    }
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
    let count = |candidate: &u8| {
        let mut quoted = false;
        let unquoted = header.bytes().filter(|&byte| {
            quoted ^= byte == b'"';
            byte == *candidate && !quoted
        });
        unquoted.count()
    };
    // Of those that stand there as often the last one is taken.
    let most = [b'\t', b';', b','].into_iter().max_by_key(count);
    (most.unwrap_or(b','), 0)
}
