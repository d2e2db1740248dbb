//! Rows that recur: from when on, in which zone, for how long, and to what end.

use super::*;

/// The windows of a row in the last days of March 2026, with Tokyo as the zone that
/// was said, and what was wrong. Paris goes to summer time on the 29th at 02:00.
fn row(row: &str) -> (Vec<String>, Vec<String>) {
    let table = format!("name,start,end,duration,timezone,recurrence,until,except\nw,{row}\n");
    let input = TimetableFile { file: "x.csv", format: None, bytes: table.as_bytes() };
    let loaded = read([input], &options(Some("Asia/Tokyo")));
    let (from, to) = (at("2026-03-28T00:00:00Z"), at("2026-03-31T00:00:00Z"));
    let windows = loaded.timetable.windows(from, to).unwrap();
    (windows.iter().map(|window| show(window).replace("2026-03-", "")).collect(), problems(&loaded))
}

#[test]
fn a_row_recurs_in_its_zone_or_the_one_that_was_said_or_in_utc_if_it_is_written_so() {
    for (text, expected) in [
        ("05:00,06:00,,,daily,,", "w 28T20:00/28T21:00|w 29T20:00/29T21:00|w 30T20:00/30T21:00"),
        (
            "2026-03-27T05:00Z,06:00,,,daily,,",
            "w 28T05:00/28T06:00|w 29T05:00/29T06:00|w 30T05:00/30T06:00",
        ),
        // The zone says where it recurs, the offset only when it starts.
        (
            "2026-03-27T01:30Z,2026-03-27T02:30Z,,Europe/Paris,daily,,",
            "w 28T01:30/28T02:30|w 29T01:30/29T02:30 gap|w 30T00:30/30T01:30",
        ),
        ("2026-03-21T05:00+03:00,,1h,Europe/Paris,SA,,", "w 28T02:00/28T03:00"),
        // Times of day, over midnight and up to a whole day.
        ("22:00,22:00,,UTC,SU,,", "w 29T22:00/30T22:00"),
        ("22:00,21:59,,UTC,SU,,", "w 29T22:00/30T21:59"),
        ("22:00,24:00,,UTC,SU,,", "w 29T22:00/30T00:00"),
        ("02:00,,PT0.5S,UTC,MO,,", "w 30T02:00/30T02:00:00.500Z"),
        // Weekdays by name, and ranges of them over the end of the week.
        ("02:00,03:00,,UTC,Sun,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,Sunday|MO,,", "w 29T02:00/29T03:00|w 30T02:00/30T03:00"),
        ("02:00,03:00,,UTC,SU-MO,,", "w 29T02:00/29T03:00|w 30T02:00/30T03:00"),
        ("02:00,03:00,,UTC,WE-SA,,", "w 28T02:00/28T03:00"),
        // Rules that mean the same days whenever they began.
        ("02:00,03:00,,UTC,FREQ=MONTHLY;BYDAY=-1SU,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,FREQ=MONTHLY;BYMONTHDAY=29,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,FREQ=YEARLY;BYYEARDAY=88,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=29,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,FREQ=YEARLY;BYDAY=-40SU,,", "w 29T02:00/29T03:00"),
        ("02:00,03:00,,UTC,daily,2026-03-28,", "w 28T02:00/28T03:00"),
        ("02:00,03:00,,UTC,daily,2026-03-28T02:00,", "w 28T02:00/28T03:00"),
        ("02:00,03:00,,UTC,daily,,2026-03-28;2026-03-30T02:00", "w 29T02:00/29T03:00"),
    ] {
        let (windows, texts) = row(text);
        assert_eq!(texts, Vec::<String>::new(), "{text}");
        assert_eq!(windows.join("|"), expected, "{text}");
    }
}

#[test]
fn the_last_time_of_a_row_that_steps_in_hours_or_minutes_is_read_in_its_zone() {
    let three = "w 28T11:00/28T11:10|w 28T12:00/28T12:10|w 28T13:00/28T13:10";
    for (text, expected) in [
        ("2026-03-28T20:00,20:10,,Asia/Tokyo,FREQ=HOURLY,2026-03-28 22:00,", three),
        ("2026-03-28T20:00,20:10,,Asia/Tokyo,FREQ=HOURLY;UNTIL=20260328T220000,,", three),
        ("2026-03-28T20:00,,10m,,FREQ=HOURLY,2026-03-28T22:00,", three),
        ("2026-03-28T20:00,,10m,Asia/Tokyo,FREQ=MINUTELY;INTERVAL=60,2026-03-28T22:59,", three),
        ("2026-03-28T20:00,,10m,Asia/Tokyo,FREQ=SECONDLY;INTERVAL=3600,2026-03-28T22:00,", three),
        ("2026-03-28T20:00,,10m,Asia/Tokyo,FREQ=HOURLY,2026-03-28T13:00Z,", three),
        ("2026-03-28T11:00Z,,10m,,FREQ=HOURLY,2026-03-28T13:00,", three),
        // In the hour that the clock skips: as if it had not been put forward.
        (
            "2026-03-29T01:00,,10m,Europe/Paris,FREQ=HOURLY,2026-03-29T02:30,",
            "w 29T00:00/29T00:10|w 29T01:00/29T01:10",
        ),
    ] {
        let (windows, texts) = row(text);
        assert_eq!(texts, Vec::<String>::new(), "{text}");
        assert_eq!(windows.join("|"), expected, "{text}");
    }
}

#[test]
fn the_last_time_of_a_line_that_steps_in_hours_is_the_first_where_the_clock_has_it_twice() {
    let line =
        r#"{"name":"w","start":"2026-10-25T01:00","duration":"10m","timezone":"Europe/Paris",
"recurrence":"FREQ=HOURLY","until":"2026-10-25T02:30"}"#
            .replace('\n', "");
    let loaded = read_as("x.jsonl", line.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let windows = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
    let starts: Vec<String> = windows.iter().map(|window| window.start.to_string()).collect();
    assert_eq!(starts, ["2026-10-24T23:00:00.000Z", "2026-10-25T00:00:00.000Z"]);
}

#[test]
fn a_row_that_recurs_on_no_known_day_or_makes_no_window_is_reported() {
    let date = "the rule needs one";
    let taken = "except: all starts are taken out, so the row makes no window";
    for (text, part) in [
        ("02:00,03:00,,UTC,weekly,,", date),
        ("02:00,03:00,,UTC,FREQ=MONTHLY,,", date),
        ("02:00,03:00,,UTC,FREQ=YEARLY;BYMONTH=3,,", date),
        ("02:00,03:00,,UTC,FREQ=HOURLY;BYDAY=SU,,", date),
        ("02:00,03:00,,UTC,FREQ=DAILY;COUNT=2,,", date),
        ("24:00,01:00,,UTC,SU,,", "start: \"24:00\" is the end of a day, not a start"),
        ("24:00:00,,1h,UTC,FREQ=MONTHLY;BYMONTHDAY=-1,,", "is the end of a day, not a start"),
        ("24:00,01:00,,UTC,daily,,", "is the end of a day, not a start"),
        ("02:00,03:00,,UTC,Sund,,", "\"Sund\" is not a recurrence"),
        ("02:00,03:00,,UTC,SU-XX,,", "is not a recurrence"),
        ("02:00,03:00,,UTC,fridays,,", "is not a recurrence"),
        ("02:00,,P0D,UTC,SU,,", "the windows are empty"),
        (
            "2026-01-04T02:00,2026-01-04T03:00,,UTC,daily,2026-01-01,",
            "until: it is before the start, so the row makes no window",
        ),
        (
            "02:00,03:00,,UTC,FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,,",
            "recurrence: the rule makes no window",
        ),
        (
            "2026-01-04T02:00,2026-01-04T03:00,,UTC,FREQ=DAILY;COUNT=2,,2026-01-04;2026-01-05T02:00",
            taken,
        ),
        ("2026-01-04T02:00,2026-01-04T03:00,,UTC,FREQ=DAILY;COUNT=2,,2026-01-04;2026-01-05", taken),
        ("2026-01-04T02:00,2026-01-04T03:00,,UTC,FREQ=DAILY;COUNT=1,,2026-01-04T02:00", taken),
        (
            "2026-01-04T02:00,2026-01-04T03:00,,UTC,FREQ=DAILY;COUNT=2,,2026-01-06",
            "\"2026-01-06\" takes nothing out",
        ),
    ] {
        let (windows, texts) = row(text);
        assert!(texts.len() == 1 && texts[0].contains(part), "{text}: {texts:?}");
        assert_eq!(windows, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_window_is_shown_in_the_zone_that_its_row_was_written_in() {
    for (text, zone) in [
        ("02:00,03:00,,Europe/Paris,daily,,", Some("Europe/Paris")),
        ("2026-03-01T02:00Z,03:00,,Europe/Paris,daily,,", Some("Europe/Paris")),
        ("02:00,03:00,,,daily,,", Some("UTC")),
        ("2026-03-01T02:00Z,03:00,,,daily,,", None),
    ] {
        let table = format!("name,start,end,duration,timezone,recurrence,until,except\nw,{text}\n");
        let timetable = read_as("x.csv", table.as_bytes()).timetable;
        let zones = timetable.zones();
        let window =
            &timetable.windows(at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")).unwrap()[0];
        let place = window.zone.map(|place| usize::from(place.number()) - 1);
        assert_eq!(place.map(|place| zones[place].name()), zone, "{text}");
    }
}

/// Days of an instant are of 24 hours, since it has no calendar.
#[test]
fn a_length_in_days_behind_an_instant_is_elapsed() {
    let table = "name,start,duration,timezone\na,2026-03-28T12:00Z,1d2h,\n\
                 b,2026-03-28T13:00+01:00,1d2h,Europe/Paris\nc,2026-03-28T13:00,1d2h,Europe/Paris\n";
    let loaded = read_as("x.csv", table.as_bytes());
    assert_eq!(
        shown(&loaded),
        [
            "c 2026-03-28T12:00/2026-03-29T13:00",
            "a 2026-03-28T12:00/2026-03-29T14:00",
            "b 2026-03-28T12:00/2026-03-29T14:00",
        ]
    );
}

/// The clock of Paris shows 02:00 to 03:00 twice on 31 October 2027.
#[test]
fn a_row_that_begins_or_ends_in_an_hour_that_comes_twice_lasts_as_long_as_its_first_window() {
    let second = "x.csv:2:2: start: the clock shows this hour twice, and the windows start the \
                  first time (write a start on another day, or one that the clock shows once)";
    for (times, reported, expected) in [
        ("02:30,2027-10-31T01:15:00Z", "", "00:30/2027-10-31T01:15 fold|01:30/2027-11-01T02:15"),
        ("02:30,2027-10-31T01:45:00Z", "", "00:30/2027-10-31T01:45 fold|01:30/2027-11-01T02:45"),
        ("02:30,2027-10-31T00:45:00Z", "", "00:30/2027-10-31T00:45 fold|01:30/2027-11-01T01:45"),
        ("01:30,2027-10-31T00:30:00Z", "", "23:30/2027-10-31T00:30 fold|00:30/2027-11-01T01:30"),
        (
            "00:30:00.250Z,2027-10-31T00:45:00.750Z",
            "",
            "00:30/2027-10-31T00:45 fold|01:30/2027-11-01T01:45",
        ),
        (
            "01:30Z,2027-10-31T01:45:00Z",
            second,
            "00:30/2027-10-31T01:45 fold|01:30/2027-11-01T02:45",
        ),
        ("02:30,2027-10-31T00:30:00Z", "ends when or before it starts", ""),
        ("02:30,2027-10-31T02:15", "ends when or before it starts", ""),
    ] {
        let (start, end) = times.split_once(',').unwrap();
        let rule = "FREQ=DAILY;COUNT=2";
        let text = format!(
            "name,start,end,timezone,recurrence\nw,2027-10-31T{start},{end},Europe/Paris,{rule}\n"
        );
        let loaded = read_as("x.csv", text.as_bytes());
        let texts = problems(&loaded).concat();
        assert!(
            texts.contains(reported) && texts.is_empty() == reported.is_empty(),
            "{times}: {texts}"
        );
        let found: Vec<String> =
            shown(&loaded).iter().map(|window| window[13..].to_owned()).collect();
        assert_eq!(found.join("|"), expected, "{times}");
    }
}
