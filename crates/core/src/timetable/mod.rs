//! Timetables: when maintenance is, as the files say that operators already
//! have: CSV from a spreadsheet, iCalendar from Outlook, Google or Apple, or
//! JSON Lines.
//!
//! # From a file to windows
//!
//! `decode` makes text of bytes; `csv` (by way of `records`, `header` and `cut`) and
//! `jsonl` (by way of `members`) make rows of it, `row`, `one_off` and
//! `recurring` windows and series of those; `title` knows what a column's name
//! means, and what a wrong one was meant to be (`title_parts`, where it says more than one thing); `ical` does the same with events. A series is expanded only where it is
//! asked for: `rrule` is what a rule says, `period` one of its steps, `expand`
//! the starts between two instants, `series` the windows, which `widened`
//! widens. `check` looks for what can be read but may not be meant, with `lint`
//! for single windows, `lint_scope` for whom they concern and `overlap` for those that meet; `next` finds the next
//! window of a series. All share
//! `reading`: the problems, and one copy of what many rows have in common.
//! Nothing here reads a file or a clock.
//!
//! # The rules of time
//!
//! | what | how | RFC 5545 |
//! |---|---|---|
//! | a window | half-open: its start lies in it, its end does not | 3.6.1 |
//! | the zone of a time | its own, the row's, the calendar's X-WR-TIMEZONE, `--timezone`, UTC with a warning; never the host's | |
//! | a zone's name | IANA, a vendor's prefix before it, Windows, the file's VTIMEZONE, else an error | 3.2.19 |
//! | a time in a gap | read with the offset before it: 02:30 is 03:30 | 3.3.5 |
//! | a time in a fold | the first of the two | 3.3.5 |
//! | an end | on the wall clock: 06:00 also in the nights in which clocks change | 3.8.2.2 |
//! | a duration | days and weeks on the calendar, hours elapsed | 3.3.6 |
//! | nothing left of it | a window that a change swallows keeps its nominal length | |
//! | a whole day | from local midnight to local midnight: 23 or 25 hours in some nights | 3.3.4 |
//! | UNTIL | inclusive; an instant, a local time in DTSTART's zone, or a whole local day | 3.3.10 |
//! | a series of days | a time in its UNTIL, EXDATE or RECURRENCE-ID names a day: an instant that is midnight in the calendar's zone that day, any other its date in UTC, a local time its date as written | |
//! | DTSTART | counts, also where the rule does not make it; not after UNTIL | 3.8.5.3 |
//! | invalid dates | are skipped, never moved: the 31st of April is none | 3.3.10 |
//! | HOURLY and shorter | step in elapsed time; longer ones on the calendar | |
//! | EXDATE | removes an instant, or as a DATE all starts of that local day | 3.8.5.1 |
//! | RECURRENCE-ID | replaces an instance, or moves the rest; the highest SEQUENCE wins; an orphan is an event of its own; a newer series that excludes an instance ends its override | 3.8.4.4 |
//! | a calendar that ends before END:VCALENDAR | is cut, an error; what is whole of it is used where errors are skipped | 3.4 |
//!
//! # Why the recurrence is our own
//!
//! It was tried with what there is. Of 579 calendars from the test suites of
//! seven other projects and 411 generated cases at clock changes, whose
//! answers at least two independent programs agree on, calcard 0.3 had 386 and
//! 99 right, icalendar 0.17 with rrule 0.14 had 297 and 119 (its zones refuse
//! a start in a gap, and UNTIL as a date). rrule on naive wall time, with the
//! zones done outside, had 561 and 411; but it has no way to begin in the
//! middle (5.5 s for a rule of minutes from 1970), refuses intervals above
//! 65,535, takes `BYDAY=0TH`, and is wrong in four combinations of parts
//! (BYWEEKNO without BYDAY; `BYDAY=MO,2TU`; WEEKLY with BYSETPOS from
//! mid-week; YEARLY with BYMONTHDAY alone). This one gives the agreed answers
//! for all of a sample of 195 of those cases (125 with calendars, 70 with clock
//! changes); it is entered by division, wherever in ten thousand years, and its
//! caps are errors. The tests hold it against
//! every example of the RFC and, with random rules in five zones, against an
//! evaluator that is slow and obvious.
//!
//! Three readings differ from the letter, since calendar programs agree on
//! them: EXRULE, which the RFC dropped, is passed over with a warning; a local
//! UNTIL of a rule shorter than a day is UTC; and where errors are skipped, an
//! event in an unknown zone is read as if it named none, and said so: losing
//! the event would lose the window. One whose calendar names no known zone is
//! left out, since nothing then says when it is.

mod check;
mod civil;
mod csv;
mod cut;
mod decode;
mod exceptions;
mod expand;
mod header;
mod ical;
mod jsonl;
mod lint;
mod lint_scope;
mod members;
mod next;
mod one_off;
mod overlap;
mod period;
mod presence;
mod problem;
mod reading;
mod records;
mod recurring;
mod row;
mod rrule;
mod series;
mod shorten;
mod stamp;
#[cfg(test)]
mod tests;
mod title;
mod title_parts;
mod value;
mod widened;

pub use check::{Against, check};
pub use problem::{Problem, Severity, TimetableError};
pub use shorten::shortened;

/// The most windows that recurrences may make for about an hour: nobody plans
/// more.
pub const MOST_AT_ONCE: usize = 65_536;

use std::sync::Arc;

use crate::scope::Field;
use crate::time::UtcTime;
use crate::window::{Origin, Window, WindowKind};
use crate::zone::{Zone, ZoneTable};

use expand::{Capped, StepBudget};
use reading::TimetableReader;
use series::Series;

/// How timetables are read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Where zones are looked up.
    pub zones: ZoneTable,
    /// The zone of times that say none; `None` takes UTC, and warns once if a
    /// time needed it.
    pub default_zone: Option<Zone>,
    /// What a row or event that cannot be read does.
    pub on_error: OnError,
}

/// What a row or event that cannot be read does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The timetable is not used at all.
    #[default]
    Stop,
    /// The rest of it is. Of a calendar's event in an unknown zone only the
    /// zone is left out: its times are read as if they named none. Where the
    /// calendar's own zone is unknown, events with such times are left out.
    Skip,
}

/// The format of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table with a header, as spreadsheets export it.
    Csv,
    /// iCalendar, RFC 5545.
    Ical,
    /// JSON Lines, as `--list` writes it.
    JsonLines,
}

impl Format {
    /// The format that a file's name tells by its ending, in any case.
    #[must_use]
    pub fn of(file: &str) -> Option<Self> {
        let (_, ending) = file.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ics" | "ical" | "ifb" | "icalendar" => Some(Self::Ical),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// One timetable to read.
#[derive(Clone, Copy, Debug)]
pub struct TimetableFile<'a> {
    /// The file as it was named on the command line.
    pub file: &'a str,
    /// Its format; `None`: by the ending of its name.
    pub format: Option<Format>,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Timetables that were read, and what was wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What could be read.
    pub timetable: Timetable,
    /// Every problem, in the order of the files and of their lines.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// The timetable, if its problems let it be used: warnings do, errors do
    /// with [`OnError::Skip`], and a file that cannot be read at all never
    /// does. The problems that were let pass come with it, [`shortened`].
    pub fn accept(self, on_error: OnError) -> Result<(Timetable, Vec<Problem>), TimetableError> {
        let stops = |problem: &Problem| match problem.severity {
            Severity::Fatal => true,
            Severity::Error => on_error == OnError::Stop,
            Severity::Warning => false,
        };
        if self.problems.iter().any(stops) {
            let errors = self.problems.into_iter().filter(|p| p.severity != Severity::Warning);
            return Err(TimetableError::Broken(errors.collect()));
        }
        Ok((self.timetable, shortened(self.problems)))
    }
}

/// Reads timetables as one, with every problem they have.
#[must_use]
pub fn read<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
) -> Loaded {
    let mut reading = TimetableReader::new(options);
    for input in inputs {
        read_into(&mut reading, &input);
    }
    reading.finish()
}

fn read_into(reading: &mut TimetableReader<'_>, input: &TimetableFile<'_>) {
    reading.origin = Origin::table(input.file);
    match input.format.or_else(|| Format::of(input.file)) {
        Some(Format::Csv) => csv::read(reading, input.bytes),
        Some(Format::Ical) => ical::read(reading, input.bytes),
        Some(Format::JsonLines) => jsonl::read(reading, input.bytes),
        None => {
            let hint = "name it .csv, .ics or .jsonl, or say --timetable-format".to_owned();
            let message = "the timetable's format is not known";
            reading.report(Severity::Fatal, 1, None, message, Some(hint));
        }
    }
}

/// Reads timetables as one, or says why they cannot be used.
pub fn load<'a>(
    inputs: impl IntoIterator<Item = TimetableFile<'a>>,
    options: &ReadOptions,
) -> Result<(Timetable, Vec<Problem>), TimetableError> {
    read(inputs, options).accept(options.on_error)
}

/// All timetables of one command, as one.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    /// The windows that do not recur, sorted by start.
    windows: Vec<Window>,
    series: Vec<Series>,
    zones: Arc<[Zone]>,
}

impl Timetable {
    /// Every window that overlaps `[from, to)`, also one that began long
    /// before, sorted by start and then by end. Empty windows, which some
    /// calendars have, are among them if they start there.
    ///
    /// # Errors
    ///
    /// Recurrences that make more than a million windows in that time, that
    /// take too many steps to work out, or one that makes nothing in ten
    /// thousand periods in a row, are refused: part of the windows would be
    /// worse than none.
    pub fn windows(&self, from: UtcTime, to: UtcTime) -> Result<Vec<Window>, TimetableError> {
        self.at_most(from, to, u32::MAX)
    }

    /// The same, if recurrences make at most that many of them.
    fn at_most(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        self.expand(from, to, |_| true, StepBudget::of_windows(most, self.series.len()))
            .map_err(|(series, capped)| series.limit(capped))
    }

    /// The same for a part of the time that is asked for, as long as the
    /// recurrences make at most that many in it, and in a part of the steps.
    ///
    /// # Errors
    ///
    /// As [`Timetable::windows`].
    pub fn windows_within(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        self.expand(from, to, |_| true, StepBudget::part(most, self.series.len()))
            .map_err(|(series, capped)| series.limit(capped))
    }

    /// The same; `None` if they make more, or take more steps.
    ///
    /// # Errors
    ///
    /// The other limit is an error here too.
    pub fn windows_up_to(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Option<Vec<Window>>, TimetableError> {
        match self.expand(from, to, |_| true, StepBudget::part(most, self.series.len())) {
            Ok(windows) => Ok(Some(windows)),
            Err((_, Capped::Windows(_) | Capped::Steps(_))) => Ok(None),
            Err((series, capped)) => Err(series.limit(capped)),
        }
    }

    /// Of [`Timetable::windows`], the open ones, if recurrences make at most
    /// that many.
    pub fn open_windows(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        self.expand(
            from,
            to,
            |kind| kind == WindowKind::Open,
            StepBudget::of_windows(most, self.series.len()),
        )
        .map_err(|(series, capped)| series.limit(capped))
    }

    /// The windows of some kinds that overlap `[from, to)`, or the series that
    /// ran into a cap: of those that all share, the one that spent most.
    fn expand(
        &self,
        from: UtcTime,
        to: UtcTime,
        wanted: impl Fn(WindowKind) -> bool,
        mut budget: StepBudget,
    ) -> Result<Vec<Window>, (&Series, Capped)> {
        let begun = self.windows.partition_point(|window| window.start < to);
        let overlaps = |window: &&Window| {
            wanted(window.kind) && (window.start >= from || window.end.is_none_or(|end| end > from))
        };
        let mut windows: Vec<Window> =
            self.windows.iter().take(begun).filter(overlaps).cloned().collect();
        let mut dearest: Option<(u64, &Series)> = None;
        for series in self.series.iter().filter(|series| wanted(series.head.kind)) {
            let before = budget.taken();
            let made = series.windows(from, to, &mut budget, &mut windows);
            let taken = budget.taken() - before;
            if dearest.is_none_or(|(most, _)| taken > most) {
                dearest = Some((taken, series));
            }
            made.map_err(|capped| match (capped, dearest) {
                (Capped::Windows(_) | Capped::Steps(_), Some((_, dearest))) => (dearest, capped),
                _ => (series, capped),
            })?;
        }
        if !self.series.is_empty() {
            // A stable sort would need half as much memory again.
            windows.sort_unstable_by_key(|window| (order(window), window.source.line));
        }
        Ok(windows)
    }

    /// All windows, sorted by start and then by end, if none recurs: they need
    /// no span and can be compiled once.
    ///
    /// # Errors
    ///
    /// If some recur, this is the timetable again.
    pub fn into_windows(self) -> Result<Vec<Window>, Self> {
        if self.series.is_empty() { Ok(self.windows) } else { Err(self) }
    }

    /// The zones that windows name by their place.
    #[must_use]
    pub fn zones(&self) -> Arc<[Zone]> {
        Arc::clone(&self.zones)
    }

    /// How many series of windows recur.
    #[must_use]
    pub fn recurring(&self) -> usize {
        self.series.len()
    }

    /// When the last window ends, or an instant after that; `None` if the
    /// timetable never does. An empty timetable ended with the beginning of
    /// time.
    #[must_use]
    pub fn last_end(&self) -> Option<UtcTime> {
        let windows = self.windows.iter().map(|window| window.end);
        let series = self.series.iter().map(Series::last_end);
        windows.chain(series).try_fold(UtcTime::MIN, |last, end| Some(last.max(end?)))
    }

    /// Whether any window takes its time out of the others.
    #[must_use]
    pub fn has_open(&self) -> bool {
        self.windows.iter().any(|window| window.kind == WindowKind::Open)
            || self.series.iter().any(|series| series.head.kind == WindowKind::Open)
    }

    /// The fields that scopes ask for.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let windows = self.windows.iter().map(|window| &window.scope);
        let series = self.series.iter().map(|series| &series.head.scope);
        let mut found = Vec::new();
        let mut last = None;
        for scope in windows.chain(series) {
            // Most windows share the one that the last had.
            if last.is_none_or(|last| !Arc::ptr_eq(last, scope)) {
                let asked = |field: &Field| !scope.patterns(*field).is_empty();
                let new = |field: &Field| !found.contains(field) && asked(field);
                let new: Vec<Field> = Field::ALL.into_iter().filter(new).collect();
                found.extend(new);
                last = Some(scope);
            }
        }
        found
    }
}

/// The order of windows: by start, then by end.
fn order(window: &Window) -> (UtcTime, UtcTime) {
    (window.start, window.end.unwrap_or(UtcTime::MAX))
}
