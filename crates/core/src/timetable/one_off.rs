//! Rows that make one window and do not recur.

use jiff::civil;

use super::column::Column;
use super::problem::{Mistake, Severity};
use super::reader::{AsWritten, TimetableReader};
use super::series::WindowLength;
use super::table_row::{RowEnd, TableRow, Wrong};
use super::value::{When, parse_length, parse_when};
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::zone::{Dst, Zone};

const NO_LENGTH: &str = "give it a later end, or remove it";

/// Makes the row's window.
pub(super) fn read(row: &TableRow<'_>, reading: &mut TimetableReader<'_>) -> Result<(), Wrong> {
    for column in [Column::Until, Column::Except] {
        if !row.is_empty(column) {
            let message = "there is no recurrence that it could end";
            return Err(Wrong::new(
                column,
                message,
                "fill in the column recurrence, or empty this",
            ));
        }
    }
    let zone = row.zone(reading)?;
    let mut head = row.head(reading)?;
    let (start, start_dst) = start(row, reading, zone.as_ref())?;
    let (end, end_dst) = end(row, reading, zone.as_ref(), start)?;
    if let Some(end) = end
        && (end < start.utc || end == start.utc && !row.may_be_empty)
    {
        return Err(Wrong::new(
            if row.get(Column::End).is_some() { Column::End } else { Column::Duration },
            format!("the window ends ({end}) when or before it starts ({})", start.utc),
            "an end is the first moment after the window; write its date too",
        ));
    }
    if end == Some(start.utc) {
        let wrong =
            Wrong::new(Column::End, "the window has no length: no run lies in it", NO_LENGTH);
        row.report(reading, Severity::Warning, wrong);
    }
    let dst = row.dst.or(start_dst).or(end_dst);
    let zone = zone.or_else(|| start.local.map(|_| reading.floating_zone()));
    head.zone = zone.as_ref().and_then(|zone| reading.place(zone));
    reading.add(head.into_window(start.utc, end, dst), || {
        let length = zone.as_ref().and_then(|zone| written_length(row, start, zone));
        AsWritten { zone, length }
    });
    Ok(())
}

/// The length in seconds that a row says its window has. Instants say it with their
/// offsets, whatever a clock shows.
fn written_length(row: &TableRow<'_>, start: RowStart, zone: &Zone) -> Option<i64> {
    let end = match row.end().ok()? {
        RowEnd::Open => return None,
        RowEnd::After(text) => {
            return parse_length(text).ok().map(|length| WindowLength::Exact(length).nominal());
        }
        RowEnd::At(text) => match parse_when(text).ok()? {
            When::Instant(end) => start.local.and(zone.to_local(end))?,
            When::Local(end) | When::Date(end) => end,
            When::Clock(_) => return None,
        },
    };
    let start = start.local.or_else(|| zone.to_local(start.utc))?;
    Some(end.duration_since(start).as_secs())
}

fn start(
    row: &TableRow<'_>,
    reading: &mut TimetableReader<'_>,
    zone: Option<&Zone>,
) -> Result<(RowStart, Option<Dst>), Wrong> {
    let Some(text) = row.get(Column::Start) else {
        return Err(Wrong::new(Column::Start, "it is empty", "write when the window starts"));
    };
    match parse_when(text).map_err(Wrong::value(Column::Start))? {
        When::Instant(utc) => Ok((RowStart { utc, local: None }, None)),
        When::Local(local) | When::Date(local) => {
            let (utc, dst) = resolve(reading, row.line, zone, local, Column::Start)?;
            Ok((RowStart { utc, local: Some(local) }, dst))
        }
        When::Clock(_) => Err(Wrong::new(
            Column::Start,
            format!("{:?} has no date", clip(text)),
            "write 2026-12-01T02:00",
        )),
    }
}

fn end(
    row: &TableRow<'_>,
    reading: &mut TimetableReader<'_>,
    zone: Option<&Zone>,
    start: RowStart,
) -> Result<(Option<UtcTime>, Option<Dst>), Wrong> {
    match row.end()? {
        RowEnd::Open => Ok((None, None)),
        RowEnd::At(text) => end_at(row, reading, zone, start, text),
        RowEnd::After(text) => end_after(row, reading, zone, start, text),
    }
}

/// The end that a row writes as a time.
fn end_at(
    row: &TableRow<'_>,
    reading: &mut TimetableReader<'_>,
    zone: Option<&Zone>,
    start: RowStart,
    text: &str,
) -> Result<(Option<UtcTime>, Option<Dst>), Wrong> {
    let local = match parse_when(text).map_err(bad_end(text))? {
        When::Instant(utc) => return Ok((Some(utc), None)),
        When::Local(local) | When::Date(local) => local,
        When::Clock(_) => {
            return Err(Wrong::new(
                Column::End,
                format!("{:?} has no date", clip(text)),
                "write 2026-12-01T06:00",
            ));
        }
    };
    let (utc, dst) = resolve(reading, row.line, zone, local, Column::End)?;
    // As it is written it ends after it starts, and only a change of
    // the clock left nothing of it: then it keeps its length.
    let written = start.local.filter(|&written| written < local && utc <= start.utc);
    let utc = written.map_or(Some(utc), |written| {
        let length = local.duration_since(written);
        let millis = i64::try_from(length.as_millis()).ok()?;
        UtcTime::from_millis(start.utc.as_millis() + millis)
    });
    Ok((utc, dst))
}

/// The end of a row that writes how long its window lasts.
fn end_after(
    row: &TableRow<'_>,
    reading: &mut TimetableReader<'_>,
    zone: Option<&Zone>,
    start: RowStart,
    text: &str,
) -> Result<(Option<UtcTime>, Option<Dst>), Wrong> {
    let length = parse_length(text).map_err(Wrong::value(Column::Duration))?;
    let out_of_range = || {
        Wrong::new(
            Column::Duration,
            format!("{:?} leads past the year 9999", clip(text)),
            "write open as the end if that cannot be foreseen",
        )
    };
    let (base, dst) = match start.local {
        Some(local) if length.days != 0 => {
            let local = local
                .checked_add(jiff::Span::new().days(length.days))
                .map_err(|_| out_of_range())?;
            resolve(reading, row.line, zone, local, Column::Duration)?
        }
        _ => (start.utc, None),
    };
    let base = if base <= start.utc {
        // An instant has no calendar, or the day that it should last was skipped.
        start.utc.as_millis() + i64::from(length.days) * 86_400_000
    } else {
        base.as_millis()
    };
    let end = base.checked_add(length.millis);
    let end = end.and_then(UtcTime::from_millis).ok_or_else(out_of_range)?;
    Ok((Some(end), dst))
}

/// An end that cannot be read. Whoever wrote a word for it may have meant that
/// there is none.
fn bad_end(text: &str) -> impl FnOnce(Mistake) -> Wrong {
    let is_word = !text.bytes().any(|byte| byte.is_ascii_digit());
    move |Mistake { message, hint }| {
        let open = if is_word { "; or open, if the end cannot be foreseen" } else { "" };
        Wrong::new(Column::End, message, format!("{hint}{open}"))
    }
}

/// When a window starts: the instant, and how it was written if it had no
/// offset of its own.
#[derive(Clone, Copy)]
struct RowStart {
    utc: UtcTime,
    local: Option<civil::DateTime>,
}

fn resolve(
    reading: &mut TimetableReader<'_>,
    line: u64,
    zone: Option<&Zone>,
    local: civil::DateTime,
    column: Column,
) -> Result<(UtcTime, Option<Dst>), Wrong> {
    let utc = match zone {
        Some(zone) => zone.to_utc(local),
        None => reading.default_zone(line).to_utc(local),
    };
    utc.ok_or_else(|| {
        Wrong::new(column, format!("{local} lies outside the years 0000 to 9999"), "write another")
    })
}
