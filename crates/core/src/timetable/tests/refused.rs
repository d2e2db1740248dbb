//! Calendars that say what cannot be meant.

use super::hostile::event;
use super::{problems, read_as};

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
        assert!(texts.iter().any(|text| text.contains(message)), "{lines}: {texts:?}");
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
        ["x.ics:1: the file is not a calendar: it looks like a table (CSV) (name it .csv, or say \
             --timetable-format csv)"]
    );
}
