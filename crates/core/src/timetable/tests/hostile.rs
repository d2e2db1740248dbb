//! Input that is wrong, odd or meant to hurt: an error or an answer, at once.

use std::time::{Duration, Instant};

use super::{at, problems, read_as};
use crate::time::UtcTime;

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nDTSTART:19700101T000000Z\nDURATION:PT1M\n{lines}\nEND:VEVENT\n")
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (lines, message) in [
        ("RRULE:FREQ=DAILY;INTERVAL=0", "x.ics:4:7: rrule: INTERVAL=0 is not a number from 1 on"),
        ("RRULE:FREQ=DAILY;COUNT=1000000000000", "COUNT=1000000000000 is not a number from 1 to"),
        ("RRULE:FREQ=DAILY;COUNT=0", "COUNT=0 is not a number from 1 to"),
        ("RRULE:FREQ=NEVER", "FREQ=NEVER is not a frequency"),
        ("RRULE:COUNT=3", "the rule has no FREQ"),
        ("RRULE:FREQ=MONTHLY;BYDAY=0TH", "BYDAY=0TH: there is no such weekday"),
        ("RRULE:FREQ=WEEKLY;BYDAY=1MO", "a numbered BYDAY has a meaning only by month or year"),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is not a number from -31 to 31"),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0: there is no such one"),
        ("RRULE:FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO has a meaning only with FREQ=YEARLY"),
        ("RRULE:FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY has no meaning with FREQ=WEEKLY"),
        ("RRULE:FREQ=DAILY;UNTIL=tomorrow", "UNTIL=tomorrow is not a date or a time"),
        ("RRULE:FREQ=DAILY;BYHOURS=3", "BYHOURS=3 is not a part of a rule"),
        ("RRULE:FREQ=DAILY;FREQ=WEEKLY", "FREQ stands twice"),
        ("EXDATE:20260230", "exdate: \"20260230\" is not a date or a time"),
        ("RDATE:soon", "rdate: \"soon\" is not a date or a time"),
        ("X-MAINTENANCE-SCOPE:Finance", "\"Finance\" is not a scope"),
        ("X-MAINTENANCE-KIND:closed", "\"closed\" is not a kind of window"),
        ("CATEGORIES:task:[a", "\"[a\" is not a pattern"),
        ("DTEND;TZID=Europe/Pariss:19700101T010000", "unknown time zone \"Europe/Pariss\""),
        ("DTEND:19691231T230000Z", "the event ends (1969-12-31T23:00:00.000Z) before it starts"),
    ] {
        let loaded = read_as("x.ics", event(lines).as_bytes());
        let texts = problems(&loaded);
        assert!(texts.first().is_some_and(|text| text.contains(message)), "{lines}: {texts:?}");
        assert!(loaded.accept(crate::timetable::OnError::Stop).is_err());
    }
    for (duration, message) in [
        ("P999999999999999999W", "is not a duration in range"),
        ("-PT1H", "is negative"),
        ("P9000Y", "is not a duration in range"),
    ] {
        let text = event("").replace("PT1M", duration);
        let texts = problems(&read_as("x.ics", text.as_bytes()));
        assert!(texts.len() == 1 && texts[0].contains(message), "{duration}: {texts:?}");
    }
    let texts = problems(&read_as("x.ics", b"name,start,end\n"));
    assert_eq!(
        texts,
        ["x.ics:1: the file is not a calendar (an iCalendar file has BEGIN:VCALENDAR)"]
    );
}

/// The bound is generous: it only tells seconds from the hours that stepping
/// through from 1970 would take.
#[test]
fn endless_rules_are_entered_where_they_are_asked() {
    let begun = Instant::now();
    let day = |time: &str| (at(time), at(time).saturating_add(Duration::from_secs(600)));
    for (rule, count) in [
        ("FREQ=SECONDLY", 659),
        ("FREQ=SECONDLY;INTERVAL=7", 94),
        ("FREQ=SECONDLY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", 1),
        ("FREQ=MINUTELY;BYMONTH=7;BYHOUR=2", 10),
        ("FREQ=MINUTELY;INTERVAL=65536", 0),
        ("FREQ=HOURLY;BYDAY=SU", 1),
        ("FREQ=DAILY", 0),
        ("FREQ=YEARLY;INTERVAL=2147483648", 0),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,30;BYSETPOS=1,2,-1", 3),
    ] {
        let text = event(&format!("RRULE:{rule}"));
        let (from, to) = day("9997-07-06T02:00:00Z");
        let windows = read_as("x.ics", text.as_bytes()).timetable.windows(from, to).unwrap();
        assert_eq!(windows.len(), count, "{rule}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn caps_are_errors_and_never_a_silent_cut() {
    for (rule, message) in [
        ("FREQ=SECONDLY", "more than 1000000 windows"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "makes nothing in 10000 periods in a row"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "makes nothing in 10000 periods in a row"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "makes nothing in 10000 periods"),
    ] {
        let loaded = read_as("x.ics", event(&format!("RRULE:{rule}")).as_bytes());
        let error = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap_err();
        assert!(error.to_string().starts_with("x.ics:1: "), "{error}");
        assert!(error.to_string().contains(message), "{rule}: {error}");
    }
}

#[test]
fn each_series_has_a_cap_of_its_own() {
    let text = event("RRULE:FREQ=SECONDLY").repeat(2);
    let timetable = read_as("x.ics", text.as_bytes()).timetable;
    let from = at("2026-07-06T00:00:00Z");
    let to = from.saturating_add(Duration::from_secs(600_000));
    assert_eq!(timetable.windows(from, to).unwrap().len(), 2 * 600_059);
    assert_eq!(timetable.windows_up_to(from, to, 1_000_000), Ok(None));
    let minute = from.saturating_add(Duration::from_secs(60));
    let windows = timetable.windows_up_to(from, minute, 1000).unwrap().unwrap();
    assert_eq!(windows.len(), 2 * 119);
}

#[test]
fn junk_does_no_harm() {
    let good = "BEGIN:VCALENDAR\r\nX-JUNK;A=\"b:c;d\":e\r\nBEGIN:VTODO\r\nDTSTART:x\r\nEND:VTODO\r\n\
        BEGIN:VJOURNAL\r\nDTSTART:x\r\nBEGIN:VEVENT\r\nDTSTART:20261201T020000Z\r\n\
        DTEND:20261201T030000Z\r\nSUMMARY:a\\, b\r\n \\; c\r\nno colon\r\nBEGIN:VALARM\r\n\
        DTSTART:x\r\nDURATION:x\r\nEND:VEVENT\r\nTRANSP:TRANSPARENT\r\nBEGIN:VEVENT\r\n\
        dtstart;value=date:20261202\r\nsummary:whole day";
    for text in [good.to_owned(), good.replace("\r\n", "\n"), good.replace("\r\n", "\r")] {
        let loaded = read_as("x.ics", text.as_bytes());
        // The all-day event is in no zone.
        assert_eq!(loaded.problems.len(), 1, "{:?}", problems(&loaded));
        assert_eq!(
            super::shown(&loaded),
            [
                "a, b; c 2026-12-01T02:00/2026-12-01T03:00",
                "whole day 2026-12-02T00:00/2026-12-03T00:00",
            ]
        );
    }
    // Nesting without end, and bytes of no kind.
    let deep = "BEGIN:X\n".repeat(200_000);
    assert!(read_as("x.ics", deep.as_bytes()).problems.is_empty());
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for name in ["x.ics", "x.csv", "x.jsonl"] {
        assert!(!read_as(name, &bytes).problems.is_empty(), "{name}");
    }
}

proptest::proptest! {
    /// Whatever stands in a file, reading and expanding it ends without a
    /// panic, in all three formats.
    #[test]
    fn no_file_is_a_crash(
        lines in proptest::collection::vec(
            "(BEGIN|END|DTSTART|DTEND|RRULE|RDATE|EXDATE|RECURRENCE-ID|DURATION)[;:][ -~é]{0,40}",
            0..20,
        ),
    ) {
        let text = format!("BEGIN:VEVENT\nDTSTART:20260101T000000Z\n{}", lines.join("\n"));
        for name in ["x.ics", "x.csv", "x.jsonl"] {
            let loaded = read_as(name, text.as_bytes());
            let _ = loaded.timetable.windows(at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        }
    }
}
