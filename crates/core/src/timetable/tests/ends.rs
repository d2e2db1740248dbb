//! The ends, dates and instances of events where clocks change, or where two values
//! meet (RFC 5545, sections 3.6.1 and 3.8.2.2).

use super::*;

fn event(lines: &str) -> Loaded {
    let text =
        format!("BEGIN:VEVENT\nUID:1\nSUMMARY:x\n{}\nEND:VEVENT\n", lines.replace('|', "\n"));
    read_as("x.ics", text.as_bytes())
}

#[test]
fn an_end_is_kept_as_an_instant_and_a_series_keeps_its_wall_clock() {
    let paris = "DTSTART;TZID=Europe/Paris";
    for (lines, expected) in [
        // In the night in which 02:00 to 03:00 comes twice.
        (
            format!("{paris}:20261025T023000|DTEND:20261025T011000Z"),
            "x 2026-10-25T00:30/2026-10-25T01:10 fold",
        ),
        (
            format!("{paris}:20261025T010000|DTEND:20261025T013000Z"),
            "x 2026-10-24T23:00/2026-10-25T01:30 fold",
        ),
        // And in the one in which it does not come.
        (
            format!("{paris}:20260329T024500|DTEND;TZID=Europe/Paris:20260329T031500"),
            "x 2026-03-29T01:45/2026-03-29T02:15 gap",
        ),
        (
            "DTSTART;VALUE=DATE:20260301|DTEND;VALUE=DATE:20260301".to_owned(),
            "x 2026-03-01T00:00/2026-03-02T00:00",
        ),
        (
            "DTSTART;VALUE=DATE:20260301|DTEND;VALUE=DATE:20260303".to_owned(),
            "x 2026-03-01T00:00/2026-03-03T00:00",
        ),
        (
            "DTSTART;VALUE=DATE:20260301|DTEND:20260301T060000Z".to_owned(),
            "x 2026-03-01T00:00/2026-03-01T06:00",
        ),
        ("DTSTART;VALUE=DATE:20260301".to_owned(), "x 2026-03-01T00:00/2026-03-02T00:00"),
        (
            "DTSTART:20260301T000000Z|DTEND:20260301T000000Z".to_owned(),
            "x 2026-03-01T00:00/2026-03-01T00:00",
        ),
        (
            "DTSTART:20260301T000000Z|DURATION:-PT0S".to_owned(),
            "x 2026-03-01T00:00/2026-03-01T00:00",
        ),
    ] {
        assert_eq!(shown(&event(&lines)), [expected], "{lines}");
    }
    for (lines, part) in [
        (
            "DTSTART:20260301T020000Z|DTEND:20260301T010000Z",
            "before it starts (2026-03-01T02:00:00.000Z)",
        ),
        ("DTSTART:20260301T020000Z|DURATION:-PT1H", "\"-PT1H\" is negative"),
        ("DTSTART:20260301T020000Z|DURATION:1H", "is not a duration in range"),
        ("DTSTART:20260301T020000Z|DURATION:P3660000D", "the event ends after the year 9999"),
        ("DTEND:20260301T020000Z", "the event has no DTSTART"),
        ("DTSTART;VALEU:20260301|DURATION:P1D", "write VALUE=DATE, or remove it"),
        (
            "DTSTART:20260301T020000Z|DURATION:PT1H|RECURRENCE-ID;RANG:20260301T020000Z",
            "write RANGE=THISANDFUTURE, or remove it",
        ),
    ] {
        let loaded = event(lines);
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(part), "{lines}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_err(), "{lines}");
    }
}

#[test]
fn dates_that_are_added_are_in_their_own_zone_and_may_have_their_own_length() {
    let paris = "DTSTART;TZID=Europe/Paris:20260301T100000|DURATION:PT1H";
    let first = "x 2026-03-01T09:00/2026-03-01T10:00";
    for (rdate, expected) in [
        (
            "RDATE;TZID=America/New_York:20260302T100000",
            Some("x 2026-03-02T15:00/2026-03-02T16:00"),
        ),
        ("RDATE:20260402T100000Z", Some("x 2026-04-02T10:00/2026-04-02T11:00")),
        (
            "RDATE;VALUE=PERIOD:20260302T100000Z/20260302T130000Z",
            Some("x 2026-03-02T10:00/2026-03-02T13:00"),
        ),
        ("RDATE;VALUE=PERIOD:20260302T100000Z/PT2H", Some("x 2026-03-02T10:00/2026-03-02T12:00")),
        (
            "RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260302T100000/20260302T110000",
            Some("x 2026-03-02T09:00/2026-03-02T10:00"),
        ),
        ("RDATE;VALUE=PERIOD:20260302T100000Z/20260302T090000Z", None),
        ("RDATE;VALUE=PERIOD:20260302T100000Z/-PT1H", None),
    ] {
        let loaded = event(&format!("{paris}|{rdate}"));
        match expected {
            Some(second) => assert_eq!(shown(&loaded), [first, second], "{rdate}"),
            None => assert!(loaded.accept(OnError::Stop).is_err(), "{rdate}"),
        }
    }
    let none = event(&format!("{paris}|RDATE;VALUE=PERIOD:20260302T100000Z/20260302T100000Z"));
    assert!(problems(&none)[0].contains("is a window of no length"), "{none:?}");
    assert_eq!(shown(&none)[1], "x 2026-03-02T10:00/2026-03-02T10:00");
}

#[test]
fn what_is_passed_over_is_reported_and_what_is_usual_is_not() {
    let when = "DTSTART:20260301T000000Z|DURATION:PT1H";
    for (lines, part) in [
        (
            format!("{when}|EXRULE:FREQ=DAILY;COUNT=2"),
            Some("exrule: RFC 5545 has no such property any more"),
        ),
        (format!("{when}|DRTON:PT5H"), None),
        ("DTSTART;VALUE=DATE-TIME:20260301T000000Z|DURATION:PT1H".to_owned(), None),
        (
            "DTSTART;VALUE=DATE-TIME:20260301|DURATION:P1D".to_owned(),
            Some("it says VALUE=DATE-TIME, but is a date"),
        ),
    ] {
        let texts = problems(&event(&lines));
        let texts: Vec<_> = texts.iter().filter(|text| !text.contains("without a zone")).collect();
        assert_eq!(texts.len(), usize::from(part.is_some()), "{lines}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(part.unwrap())), "{texts:?}");
    }
    for (method, is_reported, windows) in [
        ("PUBLISH", false, 1),
        ("Request", false, 1),
        ("ADD", false, 1),
        ("REPLY", true, 1),
        ("CANCEL", true, 0),
    ] {
        let event = format!("BEGIN:VEVENT\nSUMMARY:x\n{}\nEND:VEVENT\n", when.replace('|', "\n"));
        let text = format!("BEGIN:VCALENDAR\nMETHOD:{method}\n{event}END:VCALENDAR\n");
        let loaded = read_as("x.ics", text.as_bytes());
        let reported = problems(&loaded).iter().any(|text| text.contains("method: "));
        assert_eq!(
            (reported, shown(&loaded).len()),
            (is_reported, windows),
            "{method}: {:?}",
            problems(&loaded)
        );
    }
}

/// Of two overrides of one instance the later in the file counts if none is newer; a
/// series of days moves by days.
#[test]
fn the_last_of_equal_overrides_counts_and_days_move_by_days() {
    let series = "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260301T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEND:VEVENT\n";
    let instead = |hour: u32, sequence: u32| {
        format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nSEQUENCE:{sequence}\nRECURRENCE-ID:20260302T000000Z\nDTSTART:20260302T0{hour}0000Z\nDURATION:PT1H\nEND:VEVENT\n"
        )
    };
    for (first, second, hour) in
        [((5, 0), (7, 0), 7), ((5, 1), (7, 0), 5), ((5, 0), (7, 1), 7), ((5, 2), (7, 2), 7)]
    {
        let text = format!("{series}{}{}", instead(first.0, first.1), instead(second.0, second.1));
        let windows = shown(&read_as("x.ics", text.as_bytes()));
        assert_eq!(windows[1..], [format!("x 2026-03-02T0{hour}:00/2026-03-02T0{}:00", hour + 1)]);
    }
    let days = "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20260301\nRRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\n\
                BEGIN:VEVENT\nUID:1\nSUMMARY:y\nRECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20260315\nDTSTART;VALUE=DATE:20260317\nEND:VEVENT\n";
    let input = TimetableFile { file: "x.ics", format: None, bytes: days.as_bytes() };
    let loaded = read([input], &options(Some("Europe/Paris")));
    assert_eq!(
        shown(&loaded),
        [
            "x 2026-02-28T23:00/2026-03-01T23:00",
            "x 2026-03-07T23:00/2026-03-08T23:00",
            "y 2026-03-16T23:00/2026-03-17T23:00",
            "y 2026-03-23T23:00/2026-03-24T23:00",
        ]
    );
}

/// The clock of Paris shows 02:00 to 03:00 twice on 31 October 2027.
#[test]
fn a_series_whose_first_end_is_earlier_on_the_clock_than_its_start_lasts_as_long_as_that() {
    let start = "DTSTART;TZID=Europe/Paris:20271031T023000";
    let three = "x 2027-10-31T00:30/2027-10-31T01:15 fold|x 2027-11-01T01:30/2027-11-01T02:15|\
                 x 2027-11-02T01:30/2027-11-02T02:15";
    let hour = "x 2027-10-31T00:30/2027-10-31T01:30 fold|x 2027-11-01T01:30/2027-11-01T02:30";
    for (lines, expected) in [
        (format!("{start}|DTEND:20271031T011500Z|RRULE:FREQ=DAILY;COUNT=3"), three),
        (format!("{start}|DTEND:20271031T013000Z|RRULE:FREQ=DAILY;COUNT=2"), hour),
        // On the clock it would be a quarter of an hour.
        (
            format!("{start}|DTEND:20271031T014500Z|RRULE:FREQ=DAILY;COUNT=2"),
            "x 2027-10-31T00:30/2027-10-31T01:45 fold|x 2027-11-01T01:30/2027-11-01T02:45",
        ),
        (
            format!("{start}|DURATION:PT0S|RDATE;VALUE=PERIOD:20271031T003000Z/20271031T011500Z"),
            "x 2027-10-31T00:30/2027-10-31T01:15 fold",
        ),
    ] {
        let loaded = event(&lines);
        assert_eq!(shown(&loaded).join("|"), expected, "{lines}");
    }
    // The skipped hour is no end after the start that comes behind it.
    let before =
        "DTSTART;TZID=Europe/Paris:20270328T033000|DTEND;TZID=Europe/Paris:20270328T023000";
    assert!(problems(&event(before))[0].contains("before it starts"));
}

/// Days on which a clock changes, and a minute some time before the change.
const CHANGES: [(&str, &str, u32); 6] = [
    ("Europe/Paris", "2027-03-28", 60),
    ("Europe/Paris", "2027-10-31", 60),
    ("America/New_York", "2027-11-07", 0),
    ("Australia/Lord_Howe", "2027-04-04", 60),
    ("America/Sao_Paulo", "2018-11-03", 1380),
    ("Pacific/Apia", "2011-12-29", 1380),
];

proptest::proptest! {
    #[test]
    fn no_window_of_a_calendar_ends_before_it_starts(
        (zone, day, first) in proptest::sample::select(&CHANGES[..]),
        start in (0..180_u64, proptest::bool::ANY),
        end in (0..360_u64, proptest::bool::ANY),
        rule in proptest::sample::select(&["", "|RRULE:FREQ=DAILY;COUNT=3", "|RRULE:FREQ=HOURLY;COUNT=9"][..]),
    ) {
        let midnight = at(&format!("{day}T00:00:00Z"));
        let offset = ZoneTable::bundled().get(zone).unwrap().offset(midnight).unwrap();
        let time = |(minutes, is_utc): (u64, bool)| {
            let local = midnight.saturating_add(std::time::Duration::from_secs(60 * (u64::from(first) + minutes)));
            let text = |time: UtcTime| time.to_string().replace(['-', ':'], "")[..15].to_owned();
            if is_utc {
                format!("{}Z", text(UtcTime::from_millis(local.as_millis() - offset * 1000).unwrap()))
            } else {
                text(local)
            }
        };
        let (start, end) = (time(start), time(end));
        let both = format!("DTSTART;TZID={zone}:{start}|DTEND;TZID={zone}:{end}");
        let single = event(&both).timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
        for lines in [
            format!("{both}{rule}"),
            format!("DTSTART;TZID={zone}:{start}|RDATE;TZID={zone};VALUE=PERIOD:{start}/{end}{rule}"),
        ] {
            let windows = event(&lines).timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
            for single in &single {
                let is_so = |one: &Window| (one.start, one.end) == (single.start, single.end);
                proptest::prop_assert!(windows.iter().any(is_so), "{lines}: {}", show(single));
            }
            for window in windows {
                let is_later = window.end.is_some_and(|end| end >= window.start);
                proptest::prop_assert!(is_later, "{lines}: {}", show(&window));
            }
        }
    }
}
