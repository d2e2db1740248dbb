//! Timetables: when maintenance is, as the files say that operators already
//! have: CSV from a spreadsheet, iCalendar from Outlook, Google or Apple, or
//! JSON Lines.
//!
//! # From a file to windows
//!
//! | step | where |
//! |---|---|
//! | read files in their formats | `options`, `load`, `reader` (the shared values of a load), `problem` |
//! | bytes to text | `decode` |
//! | CSV to rows | `csv`, `csv_records`, `header`, `cut` |
//! | JSON Lines to rows | `jsonl`, `members` |
//! | names of columns, and wrong names | `column`, `title`, `title_words` |
//! | rows to windows and series | `table_row`, `value`, `stamp`, `read_row`, `one_off`, `recurring` |
//! | calendars to windows and series | `ical` |
//! | which events and rows are read | `pick` |
//! | series to windows | `civil`, `rrule`, `period`, `expand`, `series`, `exceptions`, `next` |
//! | windows between two instants | `windows`, `widened`, `presence` |
//! | warnings of `check` | `check`, `lint`, `lint_scope`, `overlap`, `shorten` |
//!
//! A series is expanded only for the time that is asked for. Nothing here reads a
//! file or a clock.
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
mod column;
mod csv;
mod csv_records;
mod cut;
mod decode;
mod exceptions;
mod expand;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod header;
mod ical;
mod jsonl;
mod lint;
mod lint_scope;
mod load;
mod members;
mod next;
mod one_off;
mod options;
mod overlap;
mod period;
mod pick;
mod presence;
mod problem;
mod read_row;
mod reader;
mod recurring;
mod rrule;
mod series;
mod shorten;
#[cfg(any(test, fuzzing))]
mod slow_rule;
mod stamp;
mod table_row;
#[cfg(test)]
mod tests;
mod title;
mod title_words;
mod value;
mod widened;
mod windows;

pub use check::{Against, check};
pub use load::{load, read};
pub use options::{Format, OnError, ReadOptions, TimetableFile};
pub use pick::Pick;
pub use problem::{Problem, Severity, TimetableError};
pub use reader::Loaded;
pub use shorten::shortened;
pub use windows::{MOST_AT_ONCE, Timetable};
