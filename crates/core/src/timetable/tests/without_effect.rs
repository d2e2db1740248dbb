//! Calendars, events and series that make no window, or one of no length: a
//! warning says why.

use super::{at, problems, read_as, shown};
use crate::timetable::{OnError, Severity};

/// The warnings of a calendar with these components, but for the one of times
/// without a zone. It is used all the same.
fn warnings(components: &str) -> Vec<String> {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{components}END:VCALENDAR\n");
    let loaded = read_as("x.ics", text.as_bytes());
    assert!(loaded.problems.iter().all(|problem| problem.severity == Severity::Warning));
    assert!(loaded.clone().accept(OnError::Stop).is_ok());
    problems(&loaded).into_iter().filter(|text| !text.contains("without a zone")).collect()
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:a\nSUMMARY:x\n{lines}\nEND:VEVENT\n")
}

#[test]
fn a_calendar_without_events_says_what_it_has() {
    let busy = "BEGIN:VFREEBUSY\nDTSTART:20261201T000000Z\n\
        FREEBUSY:20261202T100000Z/PT1H\nEND:VFREEBUSY\n";
    let todo = "BEGIN:VTODO\nDTSTART:20261201T000000Z\nDUE:20261202T000000Z\nEND:VTODO\n";
    let zone = "BEGIN:VTIMEZONE\nTZID:Europe/Paris\nEND:VTIMEZONE\n";
    for (components, message) in [
        ("", "x.ics:1: the calendar has no event (VEVENT), and so no window (make sure that"),
        (zone, "the calendar has no event (VEVENT), and so no window"),
        (busy, "x.ics:1: the calendar has no event (VEVENT), only 1 VFREEBUSY, and so no window"),
        (&todo.repeat(3), "only 3 VTODO, and so no window"),
        (&format!("{busy}{todo}{busy}"), "only 2 VFREEBUSY, 1 VTODO, and so no window"),
    ] {
        let texts = warnings(components);
        assert!(texts.len() == 1 && texts[0].contains(message), "{components}: {texts:?}");
    }
    let event = event("DTSTART:20261206T020000Z\nDURATION:PT1H");
    assert_eq!(warnings(&format!("{busy}{event}{todo}")), Vec::<String>::new());
}

#[test]
fn an_event_of_no_length_is_reported() {
    let no_end = "the event has no DTEND and no DURATION, and so is of no length";
    for (lines, message) in [
        ("DTSTART:20261206T020000Z", no_end),
        ("DTSTART;TZID=Europe/Paris:20261206T020000\nRRULE:FREQ=WEEKLY", no_end),
        ("DTSTART:20261206T020000", no_end),
        (
            "DTSTART:20261206T020000Z\nDTEND:20261206T020000Z",
            "x.ics:7:7: dtend: the event ends when it",
        ),
        (
            "DTSTART:20261206T020000Z\nDTEND;TZID=Europe/Paris:20261206T030000",
            "dtend: the event ends when it starts (no run lies in it: write an end after the start)",
        ),
        (
            "DTSTART:20261206T020000Z\nDURATION:PT0S",
            "x.ics:7:10: duration: the event is of no length",
        ),
        ("DTSTART:20261206T020000Z\nDURATION:P0D", "duration: the event is of no length"),
        ("DTSTART;VALUE=DATE:20261206\nDURATION:PT0M", "duration: the event is of no length"),
        ("DTSTART:20261206T020000Z\nDURATION:-PT0S\nRRULE:FREQ=DAILY", "the event is of no length"),
        (
            "DTSTART:20261206T020000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261208T020000Z/PT0S",
            "rdate: \"20261208T020000Z/PT0S\" is a window of no length",
        ),
    ] {
        let texts = warnings(&event(lines));
        assert!(texts.len() == 1 && texts[0].contains(message), "{lines}: {texts:?}");
    }
    // A day that ends where it begins is that day.
    for lines in [
        "DTSTART;VALUE=DATE:20261206",
        "DTSTART;VALUE=DATE:20261206\nDTEND;VALUE=DATE:20261206",
        "DTSTART:20261206T020000Z\nDURATION:PT1S",
    ] {
        assert_eq!(warnings(&event(lines)), Vec::<String>::new(), "{lines}");
    }
}

#[test]
fn a_series_without_a_window_is_reported() {
    let timed = "DTSTART:20261206T020000Z\nDURATION:PT1H";
    let until = "rrule: UNTIL lies before DTSTART, so the rule makes no window";
    let taken = "EXDATE and cancelled instances take out every window of \"x\"";
    for (lines, message) in [
        ("RRULE:FREQ=DAILY;UNTIL=20261205", Some(until)),
        ("RRULE:FREQ=DAILY;UNTIL=20261206T015959Z", Some(until)),
        ("RRULE:FREQ=DAILY;UNTIL=20251207T020000Z", Some(until)),
        ("RRULE:FREQ=DAILY;UNTIL=20261206T020000Z", None),
        ("RRULE:FREQ=DAILY;UNTIL=20261205\nRDATE:20261208T020000Z", Some(until)),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261206T020000Z,20261207T020000Z", Some(taken)),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20261206,20261207", Some(taken)),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261206T020000Z,20261208T020000Z", None),
        (
            "RRULE:FREQ=DAILY;UNTIL=20261207\nEXDATE:20261206T020000Z\nEXDATE:20261207T020000Z",
            Some(taken),
        ),
        ("EXDATE:20261206T020000Z", Some(taken)),
        ("RDATE:20261208T020000Z\nEXDATE:20261206T020000Z,20261208T020000Z", Some(taken)),
        ("RDATE:20261208T020000Z\nEXDATE:20261206T020000Z", None),
        ("RRULE:FREQ=DAILY\nEXDATE:20261206T020000Z,20261207T020000Z", None),
    ] {
        let texts = warnings(&event(&format!("{timed}\n{lines}")));
        let reported = texts.iter().any(|text| message.is_some_and(|part| text.contains(part)));
        assert_eq!(
            (reported, texts.len()),
            (message.is_some(), usize::from(reported)),
            "{lines}: {texts:?}"
        );
    }
    let series = event(&format!("{timed}\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261207T020000Z"));
    let instance = |range: &str, lines: &str| {
        event(&format!("RECURRENCE-ID{range}:20261206T020000Z\n{lines}"))
    };
    let cancelled = "STATUS:CANCELLED";
    let moved = "DTSTART:20261220T020000Z\nDURATION:PT1H";
    for (other, message) in [
        (instance("", cancelled), Some(taken)),
        (instance(";RANGE=THISANDFUTURE", cancelled), Some(taken)),
        (instance("", moved), None),
    ] {
        let texts = warnings(&format!("{series}{other}"));
        let reported = texts.iter().any(|text| message.is_some_and(|part| text.contains(part)));
        assert_eq!(
            (reported, texts.len()),
            (message.is_some(), usize::from(reported)),
            "{texts:?}"
        );
    }
}

#[test]
fn a_calendar_of_cancelled_events_is_reported_once() {
    let cancelled = event("DTSTART:20261206T020000Z\nDURATION:PT1H\nSTATUS:CANCELLED");
    let other = cancelled.replace("UID:a", "UID:b");
    for (components, message) in [
        (cancelled.clone(), "x.ics:3: the only event is cancelled, and so no window"),
        (format!("{cancelled}{other}"), "x.ics:3: all 2 events are cancelled, and so no window"),
    ] {
        let texts = warnings(&components);
        assert!(texts.len() == 1 && texts[0].contains(message), "{texts:?}");
    }
    // One among others is nothing to report: that is how calendars are.
    let lives = other.replace("STATUS:CANCELLED\n", "");
    assert_eq!(warnings(&format!("{cancelled}{lives}")), Vec::<String>::new());
}

/// Many exceptions cost no more than they are: the look ends at the first
/// window that is left.
#[test]
fn an_endless_series_with_exceptions_is_looked_at_briefly() {
    let text = event(
        "DTSTART:20261206T020000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\nEXDATE;VALUE=DATE:20261206",
    );
    assert_eq!(warnings(&text), Vec::<String>::new());
    let loaded = read_as("x.ics", text.as_bytes());
    let (from, to) = (at("2026-12-06T23:59:00Z"), at("2026-12-07T00:00:02Z"));
    assert_eq!(loaded.timetable.windows(from, to).unwrap().len(), 2);
    assert!(shown(&read_as("x.ics", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n")).is_empty());
}
