//! A row of a table, from whichever format: its fields, and what they make.

use std::sync::Arc;

use jiff::civil;

use super::problem::Severity;
use super::reading::Reading;
use super::value::{BadValue, When, parse_length, parse_when};
use crate::scope::{Field, Pattern, Scope};
use crate::time::UtcTime;
use crate::window::{Kind, Source, Window};
use crate::zone::{Dst, Zone};

/// The columns that mean something. Others are left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Start,
    End,
    Duration,
    Timezone,
    Kind,
    Recurrence,
    Until,
    Except,
    Scope(Field),
}

impl Column {
    /// How many there are.
    pub(super) const COUNT: usize = 14;

    /// The column of that header, in any case and with spaces around.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let name = name.trim();
        [
            Self::Name,
            Self::Start,
            Self::End,
            Self::Duration,
            Self::Timezone,
            Self::Kind,
            Self::Recurrence,
            Self::Until,
            Self::Except,
        ]
        .into_iter()
        .chain(Field::ALL.map(Self::Scope))
        .find(|column| column.as_str().eq_ignore_ascii_case(name))
    }

    /// Its header.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Timezone => "timezone",
            Self::Kind => "kind",
            Self::Recurrence => "recurrence",
            Self::Until => "until",
            Self::Except => "except",
            Self::Scope(field) => field.as_str(),
        }
    }

    /// Its place in an array of all columns.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Name => 0,
            Self::Start => 1,
            Self::End => 2,
            Self::Duration => 3,
            Self::Timezone => 4,
            Self::Kind => 5,
            Self::Recurrence => 6,
            Self::Until => 7,
            Self::Except => 8,
            Self::Scope(field) => 9 + field as usize,
        }
    }
}

/// What is wrong with one field.
#[derive(Debug)]
pub(super) struct Wrong {
    column: Column,
    message: String,
    hint: Option<String>,
}

impl Wrong {
    fn new(column: Column, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { column, message: message.into(), hint: Some(hint.into()) }
    }

    fn value(column: Column) -> impl FnOnce(BadValue) -> Self {
        move |bad| Self::new(column, bad.message, bad.hint)
    }
}

/// One row: its fields as text, trimmed; an empty one is as good as none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) fields: [&'a str; Column::COUNT],
    /// Where each column stands in the row, from 1; `None` of a format that
    /// has no columns.
    pub(super) places: Option<&'a [Option<u64>; Column::COUNT]>,
    /// Whether a window may be empty: what `--list` writes may be.
    pub(super) may_be_empty: bool,
    /// The `dst` that a listed window came with.
    pub(super) dst: Option<Dst>,
}

impl Row<'_> {
    fn get(&self, column: Column) -> Option<&str> {
        self.fields.get(column.index()).copied().filter(|text| !text.is_empty())
    }

    /// Makes the row's window, or reports why it cannot.
    pub(super) fn read(&self, reading: &mut Reading<'_>) {
        if let Err(wrong) = self.window(reading) {
            let place =
                self.places.and_then(|places| places.get(wrong.column.index()).copied().flatten());
            let message = format!("{}: {}", wrong.column.as_str(), wrong.message);
            reading.report(Severity::Error, self.line, place, message, wrong.hint);
        }
    }

    fn window(&self, reading: &mut Reading<'_>) -> Result<(), Wrong> {
        let zone = match self.get(Column::Timezone) {
            None => None,
            Some(name) => Some(reading.zone(name).map_err(|unknown| Wrong {
                column: Column::Timezone,
                message: unknown.to_string(),
                hint: Some(unknown.hint()),
            })?),
        };
        let kind = self.kind()?;
        let scope = self.scope(reading)?;
        if self.get(Column::Recurrence).is_some() {
            return Err(Wrong::new(
                Column::Recurrence,
                "recurring rows are not read yet",
                "write one row for each window",
            ));
        }
        let (start, start_dst) = self.start(reading, zone.as_ref())?;
        let (end, end_dst) = self.end(reading, zone.as_ref(), start)?;
        if let Some(end) = end
            && (end < start.utc || end == start.utc && !self.may_be_empty)
        {
            return Err(Wrong::new(
                if self.get(Column::End).is_some() { Column::End } else { Column::Duration },
                format!("the window ends ({end}) when or before it starts ({})", start.utc),
                "an end is the first moment after the window; write its date too",
            ));
        }
        let name = reading.intern(self.get(Column::Name).unwrap_or_default());
        let source = Source { file: Arc::clone(&reading.file), line: self.line, uid: None };
        let dst = self.dst.or(start_dst).or(end_dst);
        reading.windows.push(Window { name, start: start.utc, end, kind, scope, source, dst });
        Ok(())
    }

    fn kind(&self) -> Result<Kind, Wrong> {
        match self.get(Column::Kind) {
            None => Ok(Kind::Maintenance),
            Some(word) if word.eq_ignore_ascii_case("maintenance") => Ok(Kind::Maintenance),
            Some(word) if word.eq_ignore_ascii_case("open") => Ok(Kind::Open),
            Some(word) => Err(Wrong::new(
                Column::Kind,
                format!("{word:?} is not a kind of window"),
                "write maintenance, open, or nothing",
            )),
        }
    }

    fn scope(&self, reading: &mut Reading<'_>) -> Result<Arc<Scope>, Wrong> {
        let mut scope = Scope::default();
        for field in Field::ALL {
            let column = Column::Scope(field);
            let Some(text) = self.get(column) else { continue };
            for pattern in text.split('|').map(str::trim).filter(|text| !text.is_empty()) {
                let pattern = Pattern::new(pattern).map_err(|error| {
                    Wrong::new(column, error.to_string(), "close the bracket, or write the ID")
                })?;
                scope.add(field, pattern);
            }
        }
        Ok(reading.intern_scope(scope))
    }

    fn start(
        &self,
        reading: &mut Reading<'_>,
        zone: Option<&Zone>,
    ) -> Result<(Start, Option<Dst>), Wrong> {
        let Some(text) = self.get(Column::Start) else {
            return Err(Wrong::new(Column::Start, "it is empty", "write when the window starts"));
        };
        match parse_when(text).map_err(Wrong::value(Column::Start))? {
            When::Instant(utc) => Ok((Start { utc, local: None }, None)),
            When::Local(local) => resolve(reading, self.line, zone, local, Column::Start)
                .map(|(utc, dst)| (Start { utc, local: Some(local) }, dst)),
            When::Date(date) => {
                let local = date.at(0, 0, 0, 0);
                resolve(reading, self.line, zone, local, Column::Start)
                    .map(|(utc, dst)| (Start { utc, local: Some(local) }, dst))
            }
            When::Clock(_) => Err(Wrong::new(
                Column::Start,
                format!("{text:?} has no date"),
                "write 2026-12-01T02:00",
            )),
        }
    }

    fn end(
        &self,
        reading: &mut Reading<'_>,
        zone: Option<&Zone>,
        start: Start,
    ) -> Result<(Option<UtcTime>, Option<Dst>), Wrong> {
        match (self.get(Column::End), self.get(Column::Duration)) {
            (None, None) => Ok((None, None)),
            (Some(_), Some(_)) => Err(Wrong::new(
                Column::Duration,
                "the row has both an end and a duration",
                "leave one of them empty",
            )),
            (Some(text), None) => {
                let local = match parse_when(text).map_err(Wrong::value(Column::End))? {
                    When::Instant(utc) => return Ok((Some(utc), None)),
                    When::Local(local) => local,
                    When::Date(date) => date.at(0, 0, 0, 0),
                    When::Clock(_) => {
                        return Err(Wrong::new(
                            Column::End,
                            format!("{text:?} has no date"),
                            "write 2026-12-01T06:00",
                        ));
                    }
                };
                resolve(reading, self.line, zone, local, Column::End)
                    .map(|(utc, dst)| (Some(utc), dst))
            }
            (None, Some(text)) => {
                let length = parse_length(text).map_err(Wrong::value(Column::Duration))?;
                let out_of_range = || {
                    Wrong::new(
                        Column::Duration,
                        format!("{text:?} leads past the year 9999"),
                        "leave it empty if the window has no end",
                    )
                };
                let (base, dst) = match start.local {
                    Some(local) if length.days != 0 => {
                        let local = local
                            .checked_add(jiff::Span::new().days(length.days))
                            .map_err(|_| out_of_range())?;
                        resolve(reading, self.line, zone, local, Column::Duration)?
                    }
                    _ => {
                        let days = i64::from(length.days) * 86_400_000;
                        let utc = UtcTime::from_millis(start.utc.as_millis() + days);
                        (utc.ok_or_else(out_of_range)?, None)
                    }
                };
                let end = base.as_millis().checked_add(length.millis);
                let end = end.and_then(UtcTime::from_millis).ok_or_else(out_of_range)?;
                Ok((Some(end), dst))
            }
        }
    }
}

/// When a window starts: the instant, and how it was written if it had no
/// offset of its own.
#[derive(Clone, Copy)]
struct Start {
    utc: UtcTime,
    local: Option<civil::DateTime>,
}

fn resolve(
    reading: &mut Reading<'_>,
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
