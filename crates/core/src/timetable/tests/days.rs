//! Series of days (VALUE=DATE) whose UNTIL, EXDATE and RECURRENCE-ID have a
//! time, as Outlook, Exchange and others write them.

use super::{at, options, problems};
use crate::timetable::{OnError, TimetableFile, read};

/// The local days of the windows in `zone`, as `3 4 5`: all are whole days.
fn days(text: &str, zone: &str) -> String {
    let options = options(Some(zone));
    let inputs = [TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }];
    let loaded = read(inputs, &options);
    assert!(loaded.clone().accept(OnError::Stop).is_ok(), "{text}: {:?}", problems(&loaded));
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    let zone = options.default_zone.unwrap();
    let windows = loaded.timetable.windows(from, to).unwrap();
    let day = |window: &crate::window::Window| {
        let (start, end) = (zone.to_local(window.start), zone.to_local(window.end.unwrap()));
        let start = start.unwrap();
        assert_eq!(Some(start.date().tomorrow().unwrap().at(0, 0, 0, 0)), end, "{text}");
        start.day().to_string()
    };
    windows.iter().map(day).collect::<Vec<_>>().join(" ")
}

/// A series of days from 1 December 2026 on.
fn series(dtstart: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE{dtstart}:20261201\n{lines}\nEND:VEVENT\n")
}

fn calendar(heading: &str, events: &str) -> String {
    format!("BEGIN:VCALENDAR\n{heading}{events}END:VCALENDAR\n")
}

const TOKYO: &str = "BEGIN:VTIMEZONE\nTZID:Tokyo Standard Time\nBEGIN:STANDARD\n\
    DTSTART:16010101T000000\nTZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n";

#[test]
fn until_names_a_day() {
    for (zone, until, expected) in [
        // A date, and a local time of any kind: the day as written.
        ("Europe/Paris", "20261203", "1 2 3"),
        ("Europe/Paris", "20261203T000000", "1 2 3"),
        ("America/New_York", "20261203T235959", "1 2 3"),
        ("Asia/Tokyo", "20261203T000001", "1 2 3"),
        // An instant that is midnight in the zone: the day that it begins.
        ("Europe/Paris", "20261202T230000Z", "1 2 3"),
        ("America/New_York", "20261203T050000Z", "1 2 3"),
        ("Asia/Tokyo", "20261202T150000Z", "1 2 3"),
        ("Asia/Kolkata", "20261202T183000Z", "1 2 3"),
        ("UTC", "20261203T000000Z", "1 2 3"),
        // Any other: its date in UTC.
        ("Europe/Paris", "20261203T000000Z", "1 2 3"),
        ("Europe/Paris", "20261203T235959Z", "1 2 3"),
        ("Europe/Paris", "20261202T225959Z", "1 2"),
        ("America/New_York", "20261203T000000Z", "1 2 3"),
        ("America/New_York", "20261203T045959Z", "1 2 3"),
        ("Asia/Tokyo", "20261203T235959Z", "1 2 3"),
        ("Pacific/Kiritimati", "20261203T090000Z", "1 2 3"),
        // The start alone, and not even that.
        ("Asia/Tokyo", "20261201T000000Z", "1"),
        ("Asia/Tokyo", "20261130T150000Z", "1"),
        ("Asia/Tokyo", "20261130T000000Z", ""),
    ] {
        let text = series("", &format!("RRULE:FREQ=DAILY;UNTIL={until}"));
        assert_eq!(days(&text, zone), expected, "{zone} {until}");
    }
}

/// The zone in which an instant is midnight: the start's own, the calendar's,
/// its only VTIMEZONE, and then `--timezone`.
#[test]
fn the_zone_of_a_day() {
    // Midnight of the third in Tokyo.
    let until = "RRULE:FREQ=DAILY;UNTIL=20261202T150000Z";
    let other = TOKYO.replace("Tokyo", "Korea");
    let two = format!("{TOKYO}{other}");
    for (heading, dtstart, zone, expected) in [
        ("", "", "Europe/Paris", "1 2"),
        ("", "", "Asia/Tokyo", "1 2 3"),
        ("X-WR-TIMEZONE:Asia/Tokyo\n", "", "Asia/Tokyo", "1 2 3"),
        (TOKYO, "", "Asia/Seoul", "1 2 3"),
        (TOKYO, "", "Europe/Paris", "1 2 3"),
        (&two, "", "Europe/Paris", "1 2"),
        ("", ";TZID=Asia/Tokyo", "Asia/Tokyo", "1 2 3"),
    ] {
        let text = calendar(heading, &series(dtstart, until));
        assert_eq!(days(&text, zone), expected, "{heading} {dtstart} {zone}");
    }
}

#[test]
fn exdate_and_recurrence_id_name_a_day() {
    for (zone, value) in [
        ("Europe/Paris", ";VALUE=DATE:20261202"),
        ("Europe/Paris", ":20261202"),
        ("Europe/Paris", ":20261202T000000"),
        ("America/New_York", ":20261202T093000"),
        // With a TZID: the date as written.
        ("America/New_York", ";TZID=W. Europe Standard Time:20261202T000000"),
        ("Asia/Tokyo", ";TZID=America/New_York:20261202T000000"),
        ("America/New_York", ";TZID=Asia/Tokyo:20261202T235959"),
        // With a Z: midnight of the zone, or the date in UTC.
        ("Europe/Paris", ":20261201T230000Z"),
        ("Europe/Paris", ":20261202T000000Z"),
        ("America/New_York", ":20261202T050000Z"),
        ("America/New_York", ":20261202T000000Z"),
        ("Asia/Tokyo", ":20261201T150000Z"),
        ("Asia/Tokyo", ":20261202T120000Z"),
        ("America/New_York", ";TZID=Asia/Tokyo:20261201T150000Z"),
    ] {
        let rule = "RRULE:FREQ=DAILY;COUNT=3";
        let text = series("", &format!("{rule}\nEXDATE{value}"));
        assert_eq!(days(&text, zone), "1 3", "EXDATE{value} in {zone}");
        let id =
            |lines: &str| format!("BEGIN:VEVENT\nUID:a\nRECURRENCE-ID{value}\n{lines}END:VEVENT\n");
        let moved = id("DTSTART;VALUE=DATE:20261210\nSUMMARY:moved\n");
        assert_eq!(days(&(series("", rule) + &moved), zone), "1 3 10", "{value} in {zone}");
        // A cancelled instance is only named, before its series too.
        let cancelled = id("STATUS:CANCELLED\n");
        assert_eq!(days(&(series("", rule) + &cancelled), zone), "1 3", "{value} in {zone}");
        assert_eq!(days(&(cancelled + &series("", rule)), zone), "1 3", "{value} in {zone}");
    }
}

/// An RDATE that is a midnight is that day too.
#[test]
fn rdate_names_a_day_by_its_midnight() {
    for (zone, value) in [
        ("Europe/Paris", ";VALUE=DATE:20261205"),
        ("Europe/Paris", ":20261205T000000"),
        ("Europe/Paris", ":20261204T230000Z"),
        ("America/New_York", ";TZID=W. Europe Standard Time:20261205T000000"),
        ("America/New_York", ";TZID=Asia/Tokyo:20261204T150000Z"),
    ] {
        let text = series("", &format!("RDATE{value}"));
        assert_eq!(days(&text, zone), "1 5", "RDATE{value} in {zone}");
    }
}

/// The zone's midnight of 4 November 2018 does not exist in São Paulo.
#[test]
fn a_day_whose_midnight_does_not_exist_begins_at_one() {
    let text = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20181103\nRRULE:FREQ=DAILY;UNTIL=20181104T030000Z\n\
        END:VEVENT\n";
    let options = options(Some("America/Sao_Paulo"));
    let loaded =
        read([TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }], &options);
    assert_eq!(super::shown(&loaded).len(), 2);
}

/// In a series with times a DATE names all starts of that local day.
#[test]
fn a_series_with_times_is_no_series_of_days() {
    let event = |lines: &str| {
        format!(
            "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Asia/Tokyo:20261201T020000\nDURATION:PT1H\n\
             RRULE:FREQ=DAILY;COUNT=3\n{lines}\nEND:VEVENT\n"
        )
    };
    let starts = |text: &str| {
        let loaded = super::read_as("x.ics", text.as_bytes());
        super::shown(&loaded).len()
    };
    for (lines, left) in [
        ("EXDATE;VALUE=DATE:20261202", 2),
        ("EXDATE;TZID=Asia/Tokyo:20261202T000000", 3),
        ("EXDATE;TZID=Europe/Paris:20261201T180000", 2),
        ("EXDATE:20261201T170000Z", 2),
        ("EXDATE:20261202T020000", 2),
    ] {
        assert_eq!(starts(&event(lines)), left, "{lines}");
    }
}
