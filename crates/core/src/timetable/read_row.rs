//! The windows of a row: one window, or a series.

use super::column::Column;
use super::problem::Severity;
use super::reader::TimetableReader;
use super::table_row::TableRow;
use super::{one_off, recurring};
use crate::window::WindowKind;

/// Makes the windows of a row, or reports why the row has none.
pub(super) fn read_row(row: &TableRow<'_>, reading: &mut TimetableReader<'_>) {
    if is_left_out(row, reading) {
        return;
    }
    let made = if row.get(Column::Recurrence).is_some() {
        recurring::read(row, reading)
    } else {
        one_off::read(row, reading)
    };
    if let Err(wrong) = made {
        row.report(reading, Severity::Error, wrong);
    }
}

/// Whether a row is not picked. It is counted.
fn is_left_out(row: &TableRow<'_>, reading: &mut TimetableReader<'_>) -> bool {
    let pick = &reading.options.pick;
    if pick.is_everything() {
        return false;
    }
    let name = row.get(Column::Name).unwrap_or_default();
    reading.picked.meet(pick, name, &reading.origin.file);
    // A kind that cannot be read is an error of the row.
    if !matches!(row.kind(), Ok(WindowKind::Maintenance)) {
        reading.picked.keep_open();
        return false;
    }
    let is_left_out = !pick.has_name(name);
    if is_left_out {
        reading.picked.leave_out();
    }
    is_left_out
}
