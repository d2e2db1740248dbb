//! Warnings of calendars and series that make no window: a timetable that
//! holds nothing is seldom what was meant.

use super::event::CalendarEvent;
use super::raw::Calendar;
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::timetable::civil::date_of;
use crate::timetable::exceptions;
use crate::timetable::expand::StepBudget;
use crate::timetable::reader::TimetableReader;
use crate::timetable::series::{OriginalStart, Series};

/// The most starts that are looked at beyond those that are taken out.
const LOOK: usize = 1000;

/// The most steps that looking for windows may take in a file. Beyond them a
/// series is believed to have some.
const MAX_STEPS: u64 = 500_000;

/// Warns of a calendar without a single event, and says what it has instead.
pub(super) fn warn_of_no_events(calendar: &Calendar, reading: &mut TimetableReader<'_>) {
    if !calendar.events.is_empty() || calendar.is_damaged {
        return;
    }
    let others: Vec<String> =
        calendar.others.iter().map(|(name, count)| format!("{count} {}", clip(name))).collect();
    let (has, hint) = if others.is_empty() {
        (String::new(), "make sure that it is the right calendar")
    } else {
        (
            format!(", only {}", others.join(", ")),
            "export events: to-dos, journals and free or busy times make no windows",
        )
    };
    let message = format!("the calendar has no event (VEVENT){has}, and so no window");
    reading.warn((calendar.line.unwrap_or(1), None), message, hint);
}

/// Warns of an override that hits nothing: the window that was meant is still
/// there. Of one that is a window itself only a check asks, since programs
/// leave such behind where they split a series.
pub(super) fn warn_of_idle_override(event: &CalendarEvent, reading: &mut TimetableReader<'_>) {
    let (what, left) = if event.cancelled {
        ("cancels nothing", "the window that was meant is still there")
    } else {
        ("replaces nothing", "it is a window beside those of the series")
    };
    let message =
        format!("recurrence-id: the event {what}: no window of its series starts then; {left}");
    let hint = "write when a window of the series starts, with its zone, or remove it";
    reading.warn((event.source.line, None), message, hint);
}

/// Warns of a cancelled instance whose series is not in the file.
pub(super) fn warn_of_orphan(event: &CalendarEvent, reading: &mut TimetableReader<'_>) {
    let uid = match &event.source.origin.uid {
        Some(uid) => format!("no other event has the UID {:?}", clip(uid)),
        None => "it has no UID".to_owned(),
    };
    let message = format!("the event cancels an instance of no series: {uid}");
    let hint = "write the UID of the series as it stands there, or remove it";
    reading.warn((event.source.line, None), message, hint);
}

/// Warns of EXDATEs that take nothing out. Only a check does: programs that
/// export calendars leave many behind.
pub(super) fn warn_of_idle_exceptions(
    series: &Series,
    except: &[OriginalStart],
    reading: &mut TimetableReader<'_>,
) {
    if !reading.is_check() || except.is_empty() {
        return;
    }
    let exceptions = except.iter().map(|&start| match start {
        OriginalStart::Instant(time) => (start, time.to_string()),
        OriginalStart::Day(day) => {
            let (year, month, day) = date_of(day);
            (start, format!("{year:04}-{month:02}-{day:02}"))
        }
    });
    let idle = exceptions::idle(series, exceptions, &mut reading.seeking);
    let (Some(first), count) = (idle.first(), idle.len()) else { return };
    let message = format!(
        "exdate: {count} of {} of {:?} take nothing out, the first of them {first}",
        except.len(),
        clip(&series.head.name)
    );
    let hint = "write when a window of the series starts, or remove them";
    reading.warn((series.head.source.line, None), message, hint);
}

/// Warns of a series all of whose windows are taken out, and says whether it
/// is one. `taken` is how many steps were taken for those before it.
pub(super) fn warn_if_nothing_is_left(
    series: &Series,
    taken: &mut u64,
    reading: &mut TimetableReader<'_>,
) -> bool {
    let excluded = series.except.len();
    let drops_the_rest = series.shifts.iter().any(|shift| shift.by.is_none());
    let never_begins = !series.begins() && series.dates.is_empty();
    // A rule that never begins was reported at its line.
    if (excluded == 0 && !drops_the_rest) || never_begins || *taken > MAX_STEPS {
        return never_begins;
    }
    let most = u32::try_from(excluded.saturating_add(LOOK)).unwrap_or(u32::MAX);
    let mut budget = StepBudget::part(most, series.rules.len());
    let mut windows = Vec::new();
    let looked = series.windows(UtcTime::MIN, UtcTime::MAX, &mut budget, &mut windows);
    *taken += budget.taken();
    let is_empty = looked.is_ok() && windows.is_empty();
    if is_empty {
        let message = format!(
            "EXDATE and cancelled instances take out every window of {:?}",
            clip(&series.head.name)
        );
        let hint = "remove the event, or mend its exceptions";
        reading.warn((series.head.source.line, None), message, hint);
    }
    is_empty
}
