//! The header of a table: which of its columns are read.

use super::column::Column;
use super::csv_records::CsvRecord;
use super::problem::Severity;
use super::reader::TimetableReader;
use super::table_row::trim;
use super::title::{Meant, Title};
use super::title_words::Part;
use crate::scope::Field;
use crate::short_name::clip;

/// The columns that the first line of a table names.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The column of each field of a row.
    pub(super) columns: Vec<Option<Column>>,
    /// Where each column stands, from 1.
    pub(super) places: [Option<u64>; Column::COUNT],
    /// The number of fields that a row has to have: as many as have a title. A
    /// spreadsheet may write more of them, of columns that are empty.
    pub(super) titled: usize,
    /// The places, from 0, of columns before the last of those that have none:
    /// what stands in one could be anything.
    pub(super) untitled: Vec<usize>,
    /// The number of fields up to the last that is read.
    pub(super) read: usize,
    /// Whether the column `tag` is titled `Tag`: in German that is a day.
    pub(super) tag_may_be_a_day: bool,
}

/// A title that stands for a column by another name.
struct Misnamed {
    title: String,
    place: u64,
    meant: Meant,
}

/// The most wrong titles that are reported.
const MOST: usize = 50;

const HINT: &str = "the first line names the columns: name,start,end";

impl Header {
    /// Reads the header; `None`, with what is wrong reported, if its rows could
    /// not be understood.
    pub(super) fn read(reading: &mut TimetableReader<'_>, record: CsvRecord<'_>) -> Option<Self> {
        let line = record.line;
        let mut header = Self::default();
        let mut misnamed = Vec::new();
        let mut unused = Vec::new();
        for (title, place) in record.fields().zip(1..) {
            let title = trim(title);
            let column = match Title::of(title) {
                Title::Known(column) => Some(column),
                Title::Meant(meant) => {
                    misnamed.push(Misnamed { title: title.to_owned(), place, meant });
                    None
                }
                Title::Unused => {
                    unused.extend((!title.is_empty()).then(|| title.to_owned()));
                    None
                }
            };
            if header.add(title, column, place).is_some() {
                let message = format!("the column {:?} stands twice", clip(title));
                let hint = "rename or remove one";
                reading.report(Severity::Fatal, (line, Some(place)), message, hint);
                return None;
            }
        }
        header.untitled.retain(|&place| place < header.titled);
        // What does no harm beside the column that it is like is not used either.
        let (wrong, harmless): (Vec<_>, Vec<_>) = misnamed
            .into_iter()
            .partition(|found| found.meant.always || !header.has_any(&found.meant));
        unused.extend(harmless.into_iter().map(|found| found.title));
        let is_complete = header.has_what_it_needs(reading, line, &wrong);
        for found in wrong.iter().take(MOST) {
            let message = header.message(found, &wrong);
            let hint = hint(&found.meant);
            reading.report(Severity::Fatal, (line, Some(found.place)), message, hint);
        }
        if let Some(found) = wrong.get(MOST) {
            let more = wrong.len() - MOST;
            let message = format!("{more} more columns have a name like that of a known one");
            let hint = "rename or remove them";
            reading.report(Severity::Fatal, (line, Some(found.place)), message, hint);
        }
        if !is_complete || !wrong.is_empty() {
            return None;
        }
        reading.unused(line, "columns", &unused);
        Some(header)
    }

    /// Adds the title at that place, from 1. Returns the place of its column before, if the
    /// column has one already.
    fn add(&mut self, title: &str, column: Option<Column>, place: u64) -> Option<u64> {
        if title.is_empty() {
            self.untitled.push(self.columns.len());
        } else {
            self.titled = self.columns.len() + 1;
        }
        self.tag_may_be_a_day |=
            column == Some(Column::Scope(Field::Tag)) && title != Field::Tag.as_str();
        self.columns.push(column);
        let known = self.places.get_mut(column?.index())?;
        self.read = self.columns.len();
        known.replace(place)
    }

    fn has(&self, column: Column) -> bool {
        self.places.get(column.index()).is_some_and(Option::is_some)
    }

    fn has_any(&self, meant: &Meant) -> bool {
        meant.columns.iter().any(|&column| self.has(column))
    }

    /// Reports the columns that lack, unless they are there by another name.
    fn has_what_it_needs(
        &self,
        reading: &mut TimetableReader<'_>,
        line: u64,
        misnamed: &[Misnamed],
    ) -> bool {
        let is_meant = |column| misnamed.iter().any(|found| found.meant.columns.contains(&column));
        let lacks = |columns: &[Column]| {
            !columns.iter().any(|&column| self.has(column) || is_meant(column))
        };
        let missing = [
            lacks(&[Column::Name]).then_some("name"),
            lacks(&[Column::Start]).then_some("start"),
            lacks(&[Column::End, Column::Duration]).then_some("end"),
        ];
        let missing: Vec<&str> = missing.into_iter().flatten().collect();
        if missing.is_empty() {
            return true;
        }
        let message = format!("the header lacks the column {}", missing.join(" and "));
        reading.report(Severity::Fatal, (line, None), message, HINT);
        false
    }

    fn message(&self, found: &Misnamed, all: &[Misnamed]) -> String {
        let Misnamed { title, meant, .. } = found;
        let names = meant.names();
        let beside = |other: &Misnamed| {
            other.place != found.place
                && other.meant.part != meant.part
                && other.meant.columns.iter().any(|column| meant.columns.contains(column))
        };
        match meant.part {
            Part::Whole if self.has_any(meant) => {
                format!(
                    "the column {:?} means the same as {names}, which is there too",
                    clip(title)
                )
            }
            Part::Date | Part::Clock if self.has_any(meant) || all.iter().any(beside) => {
                format!(
                    "the column {:?} splits a time: date and time of day belong together",
                    clip(title)
                )
            }
            _ => format!("the column {:?} is not known", clip(title)),
        }
    }
}

/// The hint for a wrong title.
pub(super) fn hint(meant: &Meant) -> String {
    let names = meant.names();
    match meant.part {
        Part::Whole => {
            format!("did you mean {names}? if not, give the column another name")
        }
        Part::Date | Part::Clock => {
            format!("did you mean {names}? write date and time together there: 2026-12-01T22:00")
        }
    }
}
