//! Whether a row that the file ends in may have been longer.
//!
//! A table does not say where it ends. So a last line without a line break may
//! have been cut in its last cell, and `2026-12-01` may have been the beginning
//! of `2026-12-01T06:00Z`. It counts as whole only if nothing that is read could
//! be longer.

use super::column::Column;
use super::csv_records::{CsvRecord, CsvRecordEnding};
use super::header::Header;
use super::problem::Mistake;
use super::reader::TimetableReader;
use super::table_row::trim;
use super::value::{When, parse_when};

/// Whether the file ends inside a header, or inside a record of any kind whose
/// columns are not known.
pub(super) fn of_header(record: &CsvRecord<'_>) -> Option<Mistake> {
    let last = record.last_line;
    match record.ending {
        CsvRecordEnding::Line => None,
        CsvRecordEnding::File => Some(Mistake::new(
            "the last line has no line break at its end, so the file may be cut",
            "fetch or save it again; if it is whole, end its last line with a line break",
        )),
        CsvRecordEnding::Quote => Some(Mistake::new(
            format!("a quote that opens here is never closed: it takes all up to line {last}"),
            "remove or close the quote; if the file is cut, fetch or save it again",
        )),
    }
}

/// The same of a row, whose cells may show that nothing is missing.
pub(super) fn of_row(
    record: &CsvRecord<'_>,
    header: &Header,
    reading: &TimetableReader<'_>,
) -> Option<Mistake> {
    let cut = of_header(record)?;
    let last = record.len().checked_sub(1)?;
    let is_whole = record.ending == CsvRecordEnding::File
        && match header.columns.get(last) {
            // What is read comes before it.
            Some(None) | None => last >= header.read,
            Some(Some(column)) => {
                let text = record.fields().last().unwrap_or_default();
                !may_be_longer(*column, trim(text), reading)
            }
        };
    (!is_whole).then_some(cut)
}

/// Whether a cell may be the beginning of a longer one.
fn may_be_longer(column: Column, text: &str, reading: &TimetableReader<'_>) -> bool {
    match column {
        // Behind an offset nothing comes.
        Column::Start | Column::End | Column::Until => {
            let is_open = column == Column::End && text.eq_ignore_ascii_case("open");
            !is_open && !matches!(parse_when(text), Ok(When::Instant(_)))
        }
        Column::Timezone => text.is_empty() || reading.options.zones.has_longer(text),
        Column::Kind => !["open", "maintenance"].iter().any(|kind| kind.eq_ignore_ascii_case(text)),
        _ => true,
    }
}
