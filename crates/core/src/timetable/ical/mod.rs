//! iCalendar (RFC 5545), as Outlook, Google Calendar, Apple's and others
//! export it.
//!
//! The parts that make windows are read: when events start and end, how they
//! recur, what replaces or cancels single instances, the zones. All else
//! (alarms, to-dos, attendees, TRANSP, CLASS, PRIORITY, vendors' own
//! properties) means nothing here and does no harm.

mod broken;
mod component;
mod component_name;
mod event;
mod event_reader;
mod heading;
mod line;
mod misspelt;
mod named_day;
mod not_calendar;
mod not_content;
mod overrides;
mod parameters;
mod picked;
mod properties;
mod raw;
mod read_event;
mod remarks;
mod scope;
mod times;
mod without_effect;
mod zones;

use std::borrow::Cow;

use super::decode::decode;
use super::problem::Severity;
use super::reader::TimetableReader;
use component::calendars;
use event::CalendarEvent;
use event_reader::EventReader;
use heading::Heading;
use overrides::SeriesGroup;
use picked::PickedEvents;
use raw::{CalendarFile, RawEvent};
use zones::Zones;

/// Reads one calendar file.
pub(super) fn read(reading: &mut TimetableReader<'_>, bytes: &[u8]) {
    let Some(bytes) = as_utf8(bytes) else {
        let message = "the file begins as UTF-16, but is not: it looks cut";
        return reading.report(Severity::Fatal, (1, None), message, not_calendar::FETCH);
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let Some(CalendarFile { calendars, damages, mut remarks }) = calendars(bytes) else {
        let not = not_calendar::looks_like(bytes);
        return reading.report(Severity::Fatal, (1, None), not.message, not.hint);
    };
    for damage in damages {
        damage.report(reading);
    }
    let mut zones = Zones::new(&reading.options.zones, &calendars);
    let picked = PickedEvents::of(&calendars, reading);
    let mut events = Vec::new();
    for (place, calendar) in calendars.iter().enumerate() {
        zones.enter(place);
        without_effect::warn_of_no_events(calendar, reading);
        let Some(heading) = Heading::of(calendar, &mut zones, reading) else { continue };
        let mut context = EventReader {
            zones: &mut zones,
            heading,
            lacks_zone: false,
            remarks: &mut remarks,
            reading,
        };
        let raw = calendar.events.iter();
        events.extend(raw.filter_map(|raw| read_or_report(&mut context, raw, &picked)));
    }
    zones.report(reading);
    remarks.report(reading);
    // Of a large file it is more than what is made of it.
    drop(calendars);
    let groups = SeriesGroup::of(events);
    if !overrides::warn_if_all_cancelled(&groups, reading) {
        add_windows(groups, reading);
    }
}

/// The bytes of a file, as UTF-8 if they are UTF-16. Folds may split characters, so bytes are
/// unfolded before they are text; only UTF-16 has to be made UTF-8 first. `None` if the file
/// begins as UTF-16 and is not.
fn as_utf8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            let text = decode(bytes).ok()?;
            Some(Cow::Owned(text.into_owned().into_bytes()))
        }
        _ => Some(Cow::Borrowed(bytes)),
    }
}

/// Adds the windows and series of all events, and warns if there are none.
fn add_windows(groups: Vec<SeriesGroup>, reading: &mut TimetableReader<'_>) {
    let mut taken = 0;
    let made = |reading: &TimetableReader<'_>| reading.windows.len() + reading.series.len();
    let first = groups.iter().flat_map(SeriesGroup::events).map(|event| event.source.line).min();
    let events = groups.iter().flat_map(SeriesGroup::events).count();
    let (before, left_out) = (made(reading), reading.picked.left_out());
    for group in groups {
        group.add_to(&mut taken, reading);
    }
    let left_out = reading.picked.left_out() - left_out;
    // That nothing is picked is reported by itself.
    if left_out == events as u64 {
        return;
    }
    if let (Some(line), true) = (first, made(reading) == before) {
        let message = if left_out > 0 {
            "no event that is picked makes a window: each is cancelled, or replaced by a newer one"
        } else {
            "every event is cancelled, or belongs to a newer series that is: no window"
        };
        let hint = "make sure that it is the right calendar";
        reading.warn((line, None), message, hint);
    }
}

/// An event; what is wrong with one that cannot be read is reported.
fn read_or_report(
    context: &mut EventReader<'_, '_, '_>,
    raw: &RawEvent,
    picked: &PickedEvents<'_>,
) -> Option<CalendarEvent> {
    let event = context.event(raw, picked);
    let lacks_zone = std::mem::take(&mut context.lacks_zone);
    match event {
        Ok(_) if lacks_zone => {
            let message = || {
                "the event is left out: its time depends on the X-WR-TIMEZONE, which is not known"
                    .to_owned()
            };
            context.remarks.note("zone", (raw.line, None), message, "mend the X-WR-TIMEZONE");
            None
        }
        Ok(event) => event,
        Err(broken) => {
            broken.report(context.reading);
            None
        }
    }
}
