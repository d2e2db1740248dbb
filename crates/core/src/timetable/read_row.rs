//! The windows of a row: one window, or a series.

use super::column::Column;
use super::problem::Severity;
use super::reader::TimetableReader;
use super::table_row::TableRow;
use super::{one_off, recurring};

/// Makes the windows of a row, or reports why the row has none.
pub(super) fn read_row(row: &TableRow<'_>, reading: &mut TimetableReader<'_>) {
    let made = if row.get(Column::Recurrence).is_some() {
        recurring::read(row, reading)
    } else {
        one_off::read(row, reading)
    };
    if let Err(wrong) = made {
        row.report(reading, Severity::Error, wrong);
    }
}
