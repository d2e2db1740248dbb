//! Properties whose names have a slip in them: to pass such a one over, as
//! RFC 5545 wants of unknown ones (section 3.8.8), would make other windows.

use super::line::ContentLine;
use super::raw::RawEvent;

/// The properties of an event that bear on its windows.
const OF_EVENTS: [&str; 12] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS",
    "SEQUENCE",
    "SUMMARY",
    "CATEGORIES",
    "UID",
];

/// The properties of a calendar that bear on all of its windows.
const OF_CALENDARS: [&str; 3] = ["CALSCALE", "METHOD", "X-WR-TIMEZONE"];

/// The properties of a STANDARD or DAYLIGHT part of a VTIMEZONE that bear on when
/// its offset holds.
const OF_ONSETS: [&str; 5] = ["DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"];

/// A property that an event does not have, and the one that is meant.
pub(super) fn in_event(event: &RawEvent) -> Option<(&ContentLine, &'static str)> {
    in_lines(&event.properties, &OF_EVENTS)
}

/// The same of a calendar's own properties.
pub(super) fn in_calendar(lines: &[ContentLine]) -> Option<(&ContentLine, &'static str)> {
    in_lines(lines, &OF_CALENDARS)
}

/// The same of a part of a VTIMEZONE.
pub(super) fn in_onset(lines: &[ContentLine]) -> Option<(&ContentLine, &'static str)> {
    in_lines(lines, &OF_ONSETS)
}

/// Whether a name is likely to be misspelt, so that its line must not be
/// dropped while the file is read.
pub(super) fn is_likely(name: &str) -> bool {
    [&OF_EVENTS[..], &OF_CALENDARS, &OF_ONSETS].iter().any(|known| meant(name, known).is_some())
}

fn in_lines<'l>(
    lines: &'l [ContentLine],
    known: &[&'static str],
) -> Option<(&'l ContentLine, &'static str)> {
    lines.iter().find_map(|line| meant(&line.name, known).map(|meant| (line, meant)))
}

/// The known name that is meant by one which differs from it in a letter, in
/// two or three of a long one, or in its punctuation.
fn meant(name: &str, known: &[&'static str]) -> Option<&'static str> {
    // Of vendors' own names only the one that counts here is looked for.
    let is_vendors = name.starts_with("X-") && !name.starts_with("X-W");
    if is_vendors || is_property(name) || known.contains(&name) {
        return None;
    }
    let near = known.iter().copied().filter_map(|known| {
        let most = match known.len() {
            ..6 => 1,
            6..10 => 2,
            _ => 3,
        };
        if name.len().abs_diff(known.len()) > most {
            return None;
        }
        Some((strsim::osa_distance(name, known), known)).filter(|(distance, _)| *distance <= most)
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Whether events or calendars may have a property of that name (RFC 5545,
/// 7953, 7986, 9073, 9253, and vCalendar before them).
fn is_property(name: &str) -> bool {
    matches!(
        name,
        "ACKNOWLEDGED"
            | "ACTION"
            | "ATTACH"
            | "ATTENDEE"
            | "BUSYTYPE"
            | "CLASS"
            | "COLOR"
            | "COMMENT"
            | "COMPLETED"
            | "CONCEPT"
            | "CONFERENCE"
            | "CONTACT"
            | "CREATED"
            | "DALARM"
            | "DAYLIGHT"
            | "DCREATED"
            | "DESCRIPTION"
            | "DTSTAMP"
            | "DUE"
            | "EXRULE"
            | "FREEBUSY"
            | "GEO"
            | "IMAGE"
            | "LAST-MODIFIED"
            | "LINK"
            | "LOCATION"
            | "NAME"
            | "ORGANIZER"
            | "PERCENT-COMPLETE"
            | "PRIORITY"
            | "PRODID"
            | "PROXIMITY"
            | "REFID"
            | "REFRESH-INTERVAL"
            | "RELATED-TO"
            | "REPEAT"
            | "REQUEST-STATUS"
            | "RESOURCES"
            | "SOURCE"
            | "TRANSP"
            | "TRIGGER"
            | "TZNAME"
            | "TZURL"
            | "URL"
            | "VERSION"
            | "X-WR-CALDESC"
            | "X-WR-CALNAME"
            | "X-WR-RELCALID"
    ) || OF_EVENTS.contains(&name)
        || OF_CALENDARS.contains(&name)
        || matches!(name, "TZID" | "TZOFFSETFROM" | "TZOFFSETTO" | "BEGIN" | "END")
}
