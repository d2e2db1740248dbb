//! Whether a timetable has any window at all.

use std::time::Duration;

use super::expand::{Capped, StepBudget};
use super::series::Series;
use super::windows::Timetable;
use crate::time::UtcTime;
use crate::window::{Window, WindowKind};

const DAY: u64 = 24 * 60 * 60;

/// The distance from its beginning in which a series is searched for a first
/// window: step by step, so that one which recurs often costs little, and in
/// the end for ever.
const STEPS: [Duration; 4] = [
    Duration::from_secs(2 * DAY),
    Duration::from_secs(400 * DAY),
    Duration::from_secs(30 * 366 * DAY),
    Duration::MAX,
];

impl Timetable {
    /// Whether it has a window of maintenance with any length, at any time;
    /// with a `file`, whether that one has. A file that has none was perhaps
    /// cut, or is another one than was meant.
    #[must_use]
    pub fn has_windows(&self, file: Option<&str>) -> bool {
        let is_of = |found: &str| file.is_none_or(|file| file == found);
        let mut windows = self.windows.iter().filter(|window| is_of(&window.source.origin.file));
        let mut series = self.series.iter().filter(|one| is_of(&one.head.source.origin.file));
        let mut together = StepBudget::new(self.series.len());
        windows.any(holds) || series.any(|one| makes_windows(one, &mut together))
    }

    /// Whether a window of maintenance is called so, at any time. Case does not
    /// count, nor do spaces around it.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        let name = &name.trim().to_lowercase();
        let is_so = |found: &str, kind: WindowKind| {
            kind == WindowKind::Maintenance && found.trim().to_lowercase() == *name
        };
        self.windows.iter().any(|window| is_so(&window.name, window.kind))
            || self.series.iter().flat_map(Series::heads).any(|head| is_so(&head.name, head.kind))
    }
}

/// Whether a window holds anything back.
fn holds(window: &Window) -> bool {
    window.kind == WindowKind::Maintenance && window.end.is_none_or(|end| end > window.start)
}

/// The number of windows that are looked at before it is assumed that there is
/// one.
const ENOUGH: u32 = 10_000;

/// Whether a series makes a window. What cannot be found out within the budget
/// counts as one: whoever asks for the windows next gets the error.
fn makes_windows(series: &Series, together: &mut StepBudget) -> bool {
    if series.kinds().all(|kind| kind == WindowKind::Open) {
        return false;
    }
    // Instances that were moved, and dates that were added, may lie before it.
    let dates = series.dates.iter().map(|(start, _)| start.utc);
    let first = dates.fold(series.start.utc, UtcTime::min);
    let from = first.saturating_sub(Duration::from_secs(400 * DAY));
    STEPS.into_iter().any(|step| {
        let mut windows = Vec::new();
        let mut budget = StepBudget::part(ENOUGH, 1);
        let looked = series.windows(from, first.saturating_add(step), &mut budget, &mut windows);
        if together.step(budget.taken()).is_err() {
            return true;
        }
        // A series that ran into a cap has a window.
        windows.iter().any(holds) || matches!(looked, Err(Capped::Windows(_) | Capped::Steps(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Format, ReadOptions, TimetableFile, load};
    use crate::zone::ZoneTable;

    fn has_windows(format: Format, text: &str) -> bool {
        let input = TimetableFile { file: "t", format: Some(format), bytes: text.as_bytes() };
        let zones = ZoneTable::bundled();
        let options = ReadOptions::new(zones);
        let (timetable, _) = load([input], &options).unwrap();
        assert!(!timetable.has_windows(Some("another")));
        assert_eq!(timetable.has_windows(Some("t")), timetable.has_windows(None));
        timetable.has_windows(None)
    }

    #[test]
    fn a_table_has_windows_whenever_they_are_and_none_that_hold_nothing() {
        for (rows, expected) in [
            ("", false),
            ("w,1990-01-01T00:00Z,1990-01-02T00:00Z,,\n", true),
            ("w,2990-01-01T00:00Z,2990-01-02T00:00Z,,\n", true),
            ("w,2026-01-01T00:00Z,2026-01-02T00:00Z,open,\n", false),
            ("w,2026-01-01T00:00Z,2026-01-02T00:00Z,,FREQ=DAILY\n", true),
            ("w,2026-01-01T00:00Z,2026-01-01T00:01Z,,FREQ=SECONDLY\n", true),
            ("w,2026-01-01T00:00Z,2026-01-02T00:00Z,open,FREQ=DAILY\n", false),
            ("w,2024-02-29T00:00Z,2024-03-01T00:00Z,,FREQ=YEARLY;INTERVAL=4\n", true),
        ] {
            let text = format!("name,start,end,kind,recurrence\n{rows}");
            assert_eq!(has_windows(Format::Csv, &text), expected, "{rows}");
        }
    }

    #[test]
    fn a_calendar_whose_events_are_all_cancelled_or_excluded_has_none() {
        const WHEN: &str = "DTSTART:20260101T000000Z\nDTEND:20260101T010000Z\n";
        for (event, expected) in [
            (String::new(), false),
            (WHEN.to_owned(), true),
            (format!("{WHEN}STATUS:CANCELLED\n"), false),
            (format!("{WHEN}RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260101T000000Z\n"), true),
            (
                format!(
                    "{WHEN}RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260101T000000Z,20260102T000000Z\n"
                ),
                false,
            ),
        ] {
            let event = if event.is_empty() {
                event
            } else {
                format!("BEGIN:VEVENT\nUID:1\nSUMMARY:w\n{event}END:VEVENT\n")
            };
            let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{event}END:VCALENDAR\n");
            assert_eq!(has_windows(Format::Ical, &text), expected, "{text}");
        }
    }

    #[test]
    fn a_window_of_no_length_and_a_series_moved_before_its_beginning_are_distinguished() {
        let listed =
            r#"{"timetable":"a","name":"w","start":"2026-01-01T00:00Z","end":"2026-01-01T00:00Z"}"#;
        assert!(!has_windows(Format::JsonLines, &format!("{listed}\n")));
        let moved = "BEGIN:VEVENT\nUID:1\nDTSTART:20260701T000000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260701T000000Z\n\
            DTSTART:20260101T000000Z\nDURATION:PT1H\nEND:VEVENT\n";
        assert!(has_windows(Format::Ical, moved));
    }

    #[test]
    fn a_name_is_that_of_a_window_of_maintenance_in_any_case() {
        let text = "BEGIN:VEVENT\nSUMMARY: Alpha\nDTSTART:20260101T000000Z\nDURATION:PT1H\nEND:VEVENT\n\
            BEGIN:VEVENT\nSUMMARY:Open\nX-MAINTENANCE-KIND:open\nDTSTART:20260101T000000Z\nDURATION:PT1H\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:1\nSUMMARY:Beta\nDTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:1\nSUMMARY:Gamma\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260103T000000Z\n\
            DTSTART:20260103T000000Z\nDURATION:PT1H\nEND:VEVENT\n";
        let input = TimetableFile { file: "t", format: Some(Format::Ical), bytes: text.as_bytes() };
        let (timetable, _) = load([input], &ReadOptions::new(ZoneTable::bundled())).unwrap();
        for (name, expected) in [
            ("Alpha", true),
            (" alpha ", true),
            ("BETA", true),
            ("gamma", true),
            ("Open", false),
            ("Delta", false),
            ("Alph", false),
            ("", false),
        ] {
            assert_eq!(timetable.has_name(name), expected, "{name:?}");
        }
    }
}
