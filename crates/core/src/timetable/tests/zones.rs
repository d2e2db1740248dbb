//! Windows at clock changes, and the zones of calendars.

use super::{at, ical, problems, read_as, show};
use crate::timetable::{ReadOptions, Timetable};

fn listed(timetable: &Timetable, from: &str, to: &str) -> Vec<String> {
    let day = |day: &str| at(&format!("{day}T00:00:00Z"));
    timetable.windows(day(from), day(to)).unwrap().iter().map(show).collect()
}

/// Weekly windows 02:30 to 04:00 on Sundays (elsewhere the day of the change),
/// one hour and a half: before, at and after the change. The changes are those
/// of the tz database 2026f.
#[test]
fn weekly_windows_across_both_changes() {
    for (zone, first, from, to, expected) in [
        (
            "Europe/Paris",
            "20260322T023000",
            "2026-03-21",
            "2026-04-06",
            [
                "2026-03-22T01:30/2026-03-22T03:00",
                "2026-03-29T01:30/2026-03-29T02:00 gap",
                "2026-04-05T00:30/2026-04-05T02:00",
            ],
        ),
        (
            "Europe/Paris",
            "20261018T023000",
            "2026-10-17",
            "2026-11-02",
            [
                "2026-10-18T00:30/2026-10-18T02:00",
                "2026-10-25T00:30/2026-10-25T03:00 fold",
                "2026-11-01T01:30/2026-11-01T03:00",
            ],
        ),
        (
            "America/New_York",
            "20260301T023000",
            "2026-02-28",
            "2026-03-16",
            [
                "2026-03-01T07:30/2026-03-01T09:00",
                "2026-03-08T07:30/2026-03-08T08:00 gap",
                "2026-03-15T06:30/2026-03-15T08:00",
            ],
        ),
        (
            "America/New_York",
            "20261025T013000",
            "2026-10-24",
            "2026-11-09",
            [
                "2026-10-25T05:30/2026-10-25T07:00",
                "2026-11-01T05:30/2026-11-01T08:00 fold",
                "2026-11-08T06:30/2026-11-08T08:00",
            ],
        ),
        (
            // Half an hour: 02:00 becomes 02:30.
            "Australia/Lord_Howe",
            "20260927T021500",
            "2026-09-26",
            "2026-10-12",
            [
                "2026-09-26T15:45/2026-09-26T17:15",
                "2026-10-03T15:45/2026-10-03T16:45 gap",
                "2026-10-10T15:15/2026-10-10T16:45",
            ],
        ),
        (
            // Winter time in summer: Ramadan's suspension ends on 2025-04-06.
            "Africa/Casablanca",
            "20250330T023000",
            "2025-03-29",
            "2025-04-14",
            [
                "2025-03-30T02:30/2025-03-30T04:00",
                "2025-04-06T02:30/2025-04-06T03:00 gap",
                "2025-04-13T01:30/2025-04-13T03:00",
            ],
        ),
        (
            // Midnight does not exist there.
            "America/Sao_Paulo",
            "20181028T000000",
            "2018-10-27",
            "2018-11-12",
            [
                "2018-10-28T03:00/2018-10-28T04:30",
                "2018-11-04T03:00/2018-11-04T03:30 gap",
                "2018-11-11T02:00/2018-11-11T03:30",
            ],
        ),
        (
            "UTC",
            "20260322T023000",
            "2026-03-21",
            "2026-04-06",
            [
                "2026-03-22T02:30/2026-03-22T04:00",
                "2026-03-29T02:30/2026-03-29T04:00",
                "2026-04-05T02:30/2026-04-05T04:00",
            ],
        ),
    ] {
        let start =
            jiff::fmt::strtime::parse("%Y%m%dT%H%M%S", first).unwrap().to_datetime().unwrap();
        let end = (start + jiff::Span::new().minutes(90)).strftime("%Y%m%dT%H%M%S").to_string();
        let text = format!(
            "BEGIN:VEVENT\nDTSTART;TZID={zone}:{first}\nDTEND;TZID={zone}:{end}\nRRULE:FREQ=WEEKLY\nEND:VEVENT"
        );
        let found = listed(&ical(&text).timetable, from, to);
        assert_eq!(found.iter().map(|w| w.trim()).collect::<Vec<_>>(), expected, "{zone}");
    }
}

/// Samoa had no 30 December 2011.
#[test]
fn a_day_that_is_missing() {
    let text = "BEGIN:VEVENT\nDTSTART;TZID=Pacific/Apia:20111229T120000\nDURATION:PT1H\n\
        RRULE:FREQ=DAILY;COUNT=3\nSUMMARY:noon\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART;TZID=Pacific/Apia;VALUE=DATE:20111229\nRRULE:FREQ=DAILY;COUNT=3\n\
        SUMMARY:day\nEND:VEVENT";
    assert_eq!(
        listed(&ical(text).timetable, "2011-12-28", "2012-01-02"),
        [
            "day 2011-12-29T10:00/2011-12-30T10:00 gap",
            "noon 2011-12-29T22:00/2011-12-29T23:00",
            "day 2011-12-30T10:00/2011-12-31T10:00 gap",
            "day 2011-12-30T10:00/2011-12-31T10:00",
            "noon 2011-12-30T22:00/2011-12-30T23:00 gap",
            "noon 2011-12-30T22:00/2011-12-30T23:00",
        ]
    );
}

#[test]
fn elapsed_and_nominal_lengths() {
    // From before the change on: 24 hours are not a day.
    let event = |length: &str| {
        let text = format!(
            "BEGIN:VEVENT\nDTSTART;TZID=Europe/Paris:20260328T220000\n{length}\nSUMMARY:x\nEND:VEVENT"
        );
        let timetable = read_as("x.ics", text.as_bytes()).timetable;
        listed(&timetable, "2026-03-28", "2026-03-31").join(" ")
    };
    assert_eq!(event("DURATION:PT24H"), "x 2026-03-28T21:00/2026-03-29T21:00");
    assert_eq!(event("DURATION:P1D"), "x 2026-03-28T21:00/2026-03-29T20:00");
    assert_eq!(event("DURATION:P1DT2H"), "x 2026-03-28T21:00/2026-03-29T22:00");
    assert_eq!(
        event("DTEND;TZID=Europe/Paris:20260329T060000"),
        "x 2026-03-28T21:00/2026-03-29T04:00"
    );
    assert_eq!(event("DTEND:20260329T060000"), "x 2026-03-28T21:00/2026-03-29T04:00");
    assert_eq!(event("DTEND:20260329T060000Z"), "x 2026-03-28T21:00/2026-03-29T06:00");
    assert_eq!(
        event("DTEND;TZID=America/New_York:20260329T000000"),
        "x 2026-03-28T21:00/2026-03-29T04:00"
    );
    assert_eq!(event(""), "x 2026-03-28T21:00/2026-03-28T21:00");
}

/// Hours that step in elapsed time: the clock shows 02:30 twice.
#[test]
fn hourly_rules_neither_double_nor_lose_an_instance() {
    let text = "BEGIN:VEVENT\nDTSTART;TZID=Europe/Paris:20261025T013000\nDURATION:PT10M\n\
        RRULE:FREQ=HOURLY;COUNT=4\nSUMMARY:h\nEND:VEVENT";
    assert_eq!(
        listed(&ical(text).timetable, "2026-10-24", "2026-10-26"),
        [
            "h 2026-10-24T23:30/2026-10-24T23:40",
            "h 2026-10-25T00:30/2026-10-25T00:40",
            "h 2026-10-25T01:30/2026-10-25T01:40",
            "h 2026-10-25T02:30/2026-10-25T02:40",
        ]
    );
}

/// A zone of the file's own, as Exchange writes it: the rules of Paris, from
/// the year 1601 on, under a name that nobody else knows.
#[test]
fn a_zone_of_the_calendars_own() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\n\
        DTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
        DTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nDTSTART;TZID=Customized Time Zone:20260322T023000\nDURATION:PT1H\n\
        RRULE:FREQ=WEEKLY\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR";
    let paris = text.replace("DTSTART;TZID=Customized Time Zone", "DTSTART;TZID=Europe/Paris");
    let (own, known) = (ical(text).timetable, ical(&paris).timetable);
    for (from, to) in [("2026-03-01", "2027-01-01"), ("2400-01-01", "2401-01-01")] {
        assert_eq!(listed(&own, from, to), listed(&known, from, to));
    }
    assert_eq!(
        listed(&own, "2026-03-28", "2026-03-30"),
        ["x 2026-03-29T01:30/2026-03-29T02:30 gap"]
    );
}

#[test]
fn a_floating_time_is_in_the_calendars_zone_or_the_one_that_was_said() {
    let event = "BEGIN:VEVENT\nDTSTART:20260601T120000\nDURATION:PT1H\nSUMMARY:x\nEND:VEVENT\n";
    let calendar = format!("BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Tokyo\n{event}END:VCALENDAR\n");
    let options = |zone: Option<&str>| super::options(zone);
    let read = |text: &str, options: &ReadOptions| {
        let inputs = [super::TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }];
        super::read(inputs, options)
    };
    let start = |text: &str, zone| {
        let loaded = read(text, &options(zone));
        (super::shown(&loaded).join(" "), loaded.problems.len())
    };
    let tokyo = "x 2026-06-01T03:00/2026-06-01T04:00".to_owned();
    let paris = "x 2026-06-01T10:00/2026-06-01T11:00".to_owned();
    let utc = "x 2026-06-01T12:00/2026-06-01T13:00".to_owned();
    assert_eq!(start(&calendar, Some("Europe/Paris")), (tokyo, 0));
    assert_eq!(start(event, Some("Europe/Paris")), (paris, 0));
    // UTC is assumed with one warning, however often.
    assert_eq!(start(event, None), (utc, 1));
    let unknown = event.replace("DTSTART", "DTSTART;TZID=Europe/Germany");
    let loaded = read_as("x.ics", unknown.as_bytes());
    assert!(problems(&loaded)[0].contains("unknown time zone \"Europe/Germany\""));
}

#[test]
fn an_event_is_shown_in_its_own_zone_or_in_that_of_its_calendar() {
    let event = |dtstart: &str, more: &str| {
        format!("BEGIN:VEVENT\nSUMMARY:w\nDTSTART{dtstart}\nDURATION:PT1H\n{more}END:VEVENT\n")
    };
    let paris = event(";TZID=Europe/Paris:20260301T020000", "RRULE:FREQ=DAILY;COUNT=2\n");
    let events = paris + &event(":20260305T020000Z", "") + &event(":20260306T020000", "");
    for (calendar, expected) in [
        ("", ["Europe/Paris", "Europe/Paris", "-", "UTC"]),
        (
            "X-WR-TIMEZONE:Asia/Tokyo\n",
            ["Europe/Paris", "Europe/Paris", "Asia/Tokyo", "Asia/Tokyo"],
        ),
    ] {
        let text = format!("BEGIN:VCALENDAR\n{calendar}{events}END:VCALENDAR\n");
        let timetable = read_as("x.ics", text.as_bytes()).timetable;
        let windows = timetable.windows(at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        let zones = timetable.zones();
        let shown: Vec<_> = windows
            .unwrap()
            .iter()
            .map(|window| {
                let place = window.zone.map(|place| usize::from(place.number()) - 1);
                place.map_or("-".to_owned(), |place| zones[place].name().to_owned())
            })
            .collect();
        assert_eq!(shown, expected, "{calendar}");
    }
}

/// To look for similar names takes long: of many unknown ones only the first
/// get a suggestion, and all are reported.
#[test]
fn many_unknown_zones_are_reported_at_once() {
    let event = |id: usize| {
        format!(
            "BEGIN:VEVENT\nDTSTART;TZID=Europe/Pariss{id}:20260101T000000\nDURATION:PT1H\nEND:VEVENT\n"
        )
    };
    let row = |id: usize| format!("x,2026-01-01,2026-01-02,Europe/Pariss{id}\n");
    let calendar: String = (0..300).map(event).collect();
    let table: String = (0..300).map(row).collect();
    let again: String = (0..300).map(|id| row(id % 20)).collect();
    let header = "name,start,end,timezone\n";
    for (file, text, suggested) in [
        ("x.ics", calendar, 20),
        ("x.csv", format!("{header}{table}"), 20),
        // What was looked for once is reported as often as it stands there.
        ("x.csv", format!("{header}{again}"), 300),
    ] {
        let texts = problems(&read_as(file, text.as_bytes()));
        let count = |part: &str| texts.iter().filter(|text| text.contains(part)).count();
        assert_eq!(count("unknown time zone"), 300, "{file}");
        assert_eq!(count("did you mean Europe/Paris"), suggested, "{file}");
    }
}
