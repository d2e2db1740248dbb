//! A row of a table, from whichever format: its fields, and what they make.

use std::sync::Arc;

use super::column::Column;
use super::problem::{Mistake, Severity};
use super::reader::TimetableReader;
use super::series::Head;
use super::value::parse_when;
use crate::scope::{Field, Scope};
use crate::short_name::clip;
use crate::window::{Source, WindowKind};
use crate::zone::{Dst, UnknownZone, Zone};

/// The text without white space around it, which it seldom has.
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// The fault in one field.
#[derive(Debug)]
pub(super) struct Wrong {
    column: Column,
    fault: Mistake,
}

impl Wrong {
    pub(super) fn new(column: Column, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { column, fault: Mistake::new(message, hint) }
    }

    pub(super) fn value(column: Column) -> impl FnOnce(Mistake) -> Self {
        move |fault| Self { column, fault }
    }
}

/// One field. An empty field counts as absent.
#[derive(Clone, Copy, Debug)]
pub(super) enum CellValue<'a> {
    /// Its text, trimmed.
    Text(&'a str),
    /// A list, where the format has lists.
    List(&'a [String]),
    /// The `null` of JSON, where it says something: that a window has no end.
    Null,
}

/// When a row says that its windows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowEnd<'a> {
    /// At that time, or after that length.
    At(&'a str),
    After(&'a str),
    /// That cannot be foreseen: `open`, or `null` in JSON.
    Open,
}

/// The word for an end that cannot be foreseen.
const OPEN: &str = "open";

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableRow<'a> {
    pub(super) line: u64,
    pub(super) cells: [CellValue<'a>; Column::COUNT],
    /// Where each column stands in the row, from 1; `None` of a format that
    /// has no columns.
    pub(super) places: Option<&'a [Option<u64>; Column::COUNT]>,
    /// Whether a window may have no length, with a warning: `window-filter windows` may
    /// write such a window of an event. In a row that a person wrote, it is an error.
    pub(super) may_be_empty: bool,
    /// The `dst` that a listed window came with.
    pub(super) dst: Option<Dst>,
}

impl<'a> TableRow<'a> {
    fn cell(&self, column: Column) -> CellValue<'a> {
        self.cells[column.index()]
    }

    /// The text of a column that has only one.
    pub(super) fn get(&self, column: Column) -> Option<&'a str> {
        match self.cell(column) {
            CellValue::Text(text) => (!text.is_empty()).then_some(text),
            CellValue::List(_) | CellValue::Null => None,
        }
    }

    /// When the windows of the row end. The row must say it: a cell that was forgotten
    /// or lost must not hold tasks for ever.
    pub(super) fn end(&self) -> Result<RowEnd<'a>, Wrong> {
        let is_null = matches!(self.cell(Column::End), CellValue::Null);
        let recurs = self.get(Column::Recurrence).is_some();
        match (self.get(Column::End), self.get(Column::Duration)) {
            (None, Some(length)) if !is_null => Ok(RowEnd::After(length)),
            // Of a series the end that lacks is refused as an open one is.
            (None, None) if !is_null && !recurs => Err(Wrong::new(
                Column::End,
                "the row has neither an end nor a duration",
                "write when the window ends, or open if that cannot be foreseen",
            )),
            (_, Some(_)) => Err(Wrong::new(
                Column::Duration,
                "the row has both an end and a duration",
                "leave one of them empty",
            )),
            (Some(end), None) if !end.eq_ignore_ascii_case(OPEN) => Ok(RowEnd::At(end)),
            _ => Ok(RowEnd::Open),
        }
    }

    /// The texts of a column that may have several, separated by one of these
    /// where they stand in one text.
    fn list(&self, column: Column, separators: &'a [char]) -> impl Iterator<Item = &'a str> {
        let (text, list) = match self.cell(column) {
            CellValue::Text(text) => (text, &[][..]),
            CellValue::List(list) => ("", list),
            CellValue::Null => ("", &[][..]),
        };
        text.split(separators)
            .chain(list.iter().map(String::as_str))
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// Whether a scope has an empty pattern among others, or only such ones.
    fn has_empty_pattern(&self, field: Field) -> bool {
        match self.cell(Column::Scope(field)) {
            CellValue::Text(text) => {
                !text.is_empty() && text.split('|').any(|p| trim(p).is_empty())
            }
            CellValue::List(list) => list.iter().any(|pattern| trim(pattern).is_empty()),
            CellValue::Null => false,
        }
    }

    /// Whether nothing stands in a column.
    pub(super) fn is_empty(&self, column: Column) -> bool {
        match self.cell(column) {
            CellValue::Text(text) => text.is_empty(),
            CellValue::List(list) => list.is_empty(),
            CellValue::Null => true,
        }
    }

    /// The dates that are taken out of a recurrence.
    pub(super) fn except(&self) -> impl Iterator<Item = &'a str> {
        self.list(Column::Except, &[';', ','])
    }

    /// Reports what is wrong with a field.
    pub(super) fn report(
        &self,
        reading: &mut TimetableReader<'_>,
        severity: Severity,
        Wrong { column, fault }: Wrong,
    ) {
        let place = self.places.and_then(|places| places[column.index()]);
        let message = format!("{}: {}", column.as_str(), fault.message);
        reading.report(severity, (self.line, place), message, fault.hint);
    }

    /// Refuses a tag that is a day: somebody who calls a column `Tag` may mean
    /// the German word, and a scope that no task has selects nothing.
    pub(super) fn day_as_tag(&self) -> Option<Wrong> {
        let column = Column::Scope(Field::Tag);
        let text = self.list(column, &['|']).find(|text| is_day(text))?;
        let message = format!("{:?} is a day, and this column holds tags of tasks", clip(text));
        let hint = "write days into start and end, or a rule into recurrence; if it is a tag, \
                    write the title as tag";
        Some(Wrong::new(column, message, hint))
    }

    /// The zone that the row names.
    pub(super) fn zone(&self, reading: &mut TimetableReader<'_>) -> Result<Option<Zone>, Wrong> {
        let Some(name) = self.get(Column::Timezone) else { return Ok(None) };
        let wrong = |unknown: UnknownZone| {
            Wrong::new(Column::Timezone, unknown.to_string(), unknown.hint())
        };
        reading.zone(name).map(Some).map_err(wrong)
    }

    /// The properties that all windows of the row share.
    pub(super) fn head(&self, reading: &mut TimetableReader<'_>) -> Result<Head, Wrong> {
        let kind = self.kind()?;
        let scope = self.scope(reading)?;
        let name = reading.name(self.get(Column::Name).unwrap_or_default());
        let source = Source { origin: Arc::clone(&reading.origin), line: self.line };
        Ok(Head { name, kind, scope, source, zone: None })
    }

    /// The kind of its windows.
    pub(super) fn kind(&self) -> Result<WindowKind, Wrong> {
        match self.get(Column::Kind) {
            None => Ok(WindowKind::Maintenance),
            Some(word) if word.eq_ignore_ascii_case("maintenance") => Ok(WindowKind::Maintenance),
            Some(word) if word.eq_ignore_ascii_case("open") => Ok(WindowKind::Open),
            Some(word) => Err(Wrong::new(
                Column::Kind,
                format!("{:?} is not a kind of window", clip(word)),
                "write maintenance, open, or nothing",
            )),
        }
    }

    fn scope(&self, reading: &mut TimetableReader<'_>) -> Result<Arc<Scope>, Wrong> {
        if Field::ALL.into_iter().all(|field| self.is_empty(Column::Scope(field))) {
            return Ok(reading.unrestricted());
        }
        if let Some(field) = Field::ALL.into_iter().find(|field| self.has_empty_pattern(*field)) {
            let message = "one of its patterns is empty, and would match no run";
            let hint = "write a pattern there, or nothing at all for every run";
            return Err(Wrong::new(Column::Scope(field), message, hint));
        }
        let patterns = Field::ALL.into_iter().flat_map(|field| {
            self.list(Column::Scope(field), &['|']).map(move |pattern| (field, pattern))
        });
        reading.scope(patterns).map_err(|(field, error)| {
            let hint = format!("{}, or write the ID", error.hint);
            Wrong::new(Column::Scope(field), error.to_string(), hint)
        })
    }
}

/// Whether a text is a date or time, or a day of the week in German.
fn is_day(text: &str) -> bool {
    const DAYS: &str = "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag";
    let lower = text.to_lowercase();
    let word = lower.trim_end_matches('.');
    // Of each week: "sonntags".
    let day = word.strip_suffix('s').filter(|day| day.len() > 2).unwrap_or(word);
    // 24.12. or 24.12.2026, but not 1.2.3.
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let is_date = matches!(parts[..], [day, month, year]
        if matches!((day.len(), month.len(), year.len()), (1 | 2, 1 | 2, 0 | 2 | 4)))
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    // Or its first two letters.
    let is_day = |known: &str| known == day || day.len() == 2 && known.starts_with(day);
    DAYS.split(' ').any(is_day) || is_date || parse_when(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_place() {
        for (place, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), place);
            let name = column.as_str();
            let (head, tail) = name.split_at(2);
            for name in [
                format!(" {} ", name.to_uppercase()),
                format!("\u{feff}{name}\u{a0}"),
                format!("{head}_{tail}"),
                format!("{head} - {tail}\n"),
                format!("{head}\u{ad}{tail}\u{200b}"),
            ] {
                assert_eq!(Column::from_name(&name), Some(column), "{name:?}");
            }
        }
        assert_eq!(Column::from_name("comment"), None);
    }
}
