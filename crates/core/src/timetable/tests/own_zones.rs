//! Zones that a calendar brings itself: VTIMEZONE.

use super::{at, problems, read_as, shown};
use crate::timetable::{Problem, Severity};

/// A VTIMEZONE of an onset that gives an offset, and what it was before (RFC 5545,
/// section 3.6.5).
fn onset(start: &str, from: &str, to: &str, more: &str) -> String {
    format!(
        "BEGIN:STANDARD\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{more}END:STANDARD\n"
    )
}

/// A calendar of events at noon on these days in a zone of those parts.
fn calendar(parts: &str, days: &[&str]) -> String {
    let events: String = days
        .iter()
        .map(|day| format!("BEGIN:VEVENT\nSUMMARY:x\nDTSTART;TZID=Mine:{day}T120000\nDURATION:PT1H\nEND:VEVENT\n"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Mine\nSUMMARY:Other\n{parts}END:VTIMEZONE\n{events}END:VCALENDAR\n"
    )
}

/// The windows of such a calendar, or the problems with it.
fn noons(parts: &str, days: &[&str]) -> String {
    let loaded = read_as("x.ics", calendar(parts, days).as_bytes());
    if loaded.problems.is_empty() { shown(&loaded).join("|") } else { problems(&loaded).join("|") }
}

#[test]
fn a_zone_of_the_calendars_own_has_before_its_first_onset_what_that_one_ends() {
    let early = onset("20200101T000000", "+0300", "+0100", "");
    let late = onset("20250101T000000", "+0100", "+0200", "");
    let days = ["20190601", "20210601", "20260601"];
    let expected = "x 2019-06-01T09:00/2019-06-01T10:00|x 2021-06-01T11:00/2021-06-01T12:00|\
                    x 2026-06-01T10:00/2026-06-01T11:00";
    assert_eq!(noons(&format!("{early}{late}"), &days), expected);
    assert_eq!(noons(&format!("{late}{early}"), &days), expected);
    // An onset may be written as a day.
    let early = early.replace("20200101T000000", "20200101");
    assert_eq!(noons(&format!("{early}{late}"), &days), expected);
}

/// Each part of it decides on the windows of half a year.
#[test]
fn a_damaged_zone_of_the_calendars_own_is_an_error_at_its_line() {
    let winter =
        onset("16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n");
    let summer =
        onset("16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n")
            .replace("STANDARD", "DAYLIGHT");
    let whole = format!("{winter}{summer}");
    let days = ["20260601", "20261201"];
    let expected = "x 2026-06-01T10:00/2026-06-01T11:00|x 2026-12-01T11:00/2026-12-01T12:00";
    assert_eq!(noons(&whole, &days), expected);
    let dtstart = "DTSTART:16010101T020000\n";
    for (written, damaged, part) in [
        (
            "-1SU;BYMONTH=3",
            "-1SUN;BYMONTH=3",
            "x.ics:15:7: rrule: \"SUN\" is not a weekday, in the zone \"Mine\"",
        ),
        (
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
            "RULE:FREQ=YEARLY",
            "x.ics:15:6: rule: a time zone has no such property, in the zone \"Mine\" (did you mean RRULE?",
        ),
        (
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
            "RRULE;FREQ=YEARLY",
            "x.ics:15: \"RRULE;FREQ=YEARLY\" has no RRULE:",
        ),
        (
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
            "RDATE:20260329T020000,2026",
            "rdate: \"2026\" cannot be read",
        ),
        ("TZOFFSETTO:+0200", "TZOFFSETTO:+2", "x.ics:14:12: tzoffsetto: \"+2\" cannot be read"),
        ("TZOFFSETTO:+0200\n", "", "x.ics:11: this part of the time zone has no TZOFFSETTO"),
        ("TZOFFSETTO:+0200", "TZOFFSETO:+0200", "did you mean TZOFFSETTO?"),
        ("TZOFFSETTO:+0200", "TZOFFSETTO +0200", "has no TZOFFSETTO: before its value"),
        (
            "TZOFFSETTO:+0200",
            "TZOFFSETTO:+0200\nTZOFFSETTO:+0300",
            "x.ics:15:12: tzoffsetto: this part of the time zone has it in line 14 already",
        ),
        (
            "TZOFFSETFROM:+0100",
            "TZOFFSETFROM:0100 east",
            "tzoffsetfrom: \"0100 east\" cannot be read",
        ),
        ("TZOFFSETFROM:+0100\n", "", "x.ics:11: this part of the time zone has no TZOFFSETFROM"),
        ("TZOFFSETFROM:+0100", "TZOFFSETFORM:+0100", "did you mean TZOFFSETFROM?"),
        (dtstart, "", "x.ics:11: this part of the time zone has no DTSTART"),
        (dtstart, "DTSTART:1601-01-01\n", "dtstart: \"1601-01-01\" cannot be read"),
        (dtstart, "DTSTRT:16010101T020000\n", "did you mean DTSTART?"),
        ("BEGIN:DAYLIGHT\n", "", "tzoffsetto: it stands in no part of the time zone"),
        ("BEGIN:DAYLIGHT\n", "BEGIN:SUMMER\n", "x.ics:11: a time zone has no part \"SUMMER\""),
    ] {
        let damaged = whole.replace(written, damaged);
        assert_ne!(damaged, whole, "{written}");
        let reported = noons(&damaged, &days);
        assert!(reported.contains(part), "{part}: {reported}");
        // It does no harm where it is not asked for, or the database knows the name.
        let text = calendar(&damaged, &days);
        for text in
            [text.replace("TZID=Mine", "TZID=Europe/Paris"), text.replace("Mine", "Europe/Paris")]
        {
            let loaded = read_as("x.ics", text.as_bytes());
            let is_warning = |problem: &Problem| problem.severity == Severity::Warning;
            assert!(loaded.problems.iter().all(is_warning), "{:?}", problems(&loaded));
            assert_eq!(shown(&loaded).join("|"), expected, "{damaged}");
        }
    }
}

/// Programs write such, though RFC 5545 has it otherwise.
#[test]
fn an_odd_zone_of_the_calendars_own_is_read() {
    let days = ["20260601", "20261201"];
    let summer = "x 2026-06-01T10:00/2026-06-01T11:00";
    let all_year = format!("{summer}|x 2026-12-01T10:00/2026-12-01T11:00");
    let changing = format!("{summer}|x 2026-12-01T11:00/2026-12-01T12:00");
    let fixed = onset("16010101T000000", "+0200", "+0200", "");
    let two = onset("20260101T020000", "+0100", "+0200", "")
        + &onset("20261101T030000", "+0200", "+0100", "");
    for (parts, expected) in [
        // Outlook for Mac, where no clock changes.
        (fixed.replace("TZOFFSETFROM:+0200\n", ""), &all_year),
        (fixed.replace("TZOFFSETFROM:+0200\n", "").repeat(2), &all_year),
        // A part that was emptied.
        (format!("{fixed}BEGIN:DAYLIGHT\nX-NAME:UTC\nTZNAME:UTC\nEND:DAYLIGHT\n"), &all_year),
        (two.to_lowercase(), &changing),
        (two.replace("DTSTART:", "DTSTART;VALUE=DATE-TIME:"), &changing),
        (two.replace("DTSTART:", "DTSTART;TZID=America/New_York:"), &changing),
        (two.replace("+0200", " +020000 ").replace("+0100", "0100"), &changing),
        (two.replace("END:", "X-RULE:x\nRDATE:\nCOMMENT:RRULE\nEND:"), &changing),
        (two.replace("TZOFFSETTO:+0100", "TZOFFSETTO:+0100\nTZOFFSETTO:+0100"), &changing),
        (
            onset("20200101T020000", "+0100", "+0200", "RRULE:freq=yearly;until=20210101;\n")
                + &onset(
                    "19701101T030000",
                    "+0200",
                    "+0100",
                    "RDATE;VALUE=PERIOD:20191101T030000/P1D,20261101T030000/PT1H,\n",
                ),
            &changing,
        ),
    ] {
        assert_eq!(&noons(&parts, &days), expected, "{parts}");
    }
    let odd = onset("20260101T020000", "+0200", "+0200", "RRULE:FREQ=YEARLY;X-OF=1\n");
    let reported = noons(&odd, &days);
    assert_eq!(reported, "x.ics:9:7: rrule: X-OF in the rule is passed over");
}

/// Whole days hang on a calendar's only zone where an instant names one of them.
#[test]
fn whole_days_of_a_calendar_with_a_damaged_zone_are_reported() {
    let damaged = onset("16010101T000000", "+0900", "+9", "");
    let day = "BEGIN:VEVENT\nSUMMARY:x\nDTSTART;VALUE=DATE:20260601\nEND:VEVENT\n";
    let text =
        calendar(&damaged, &[]).replace("END:VCALENDAR", &format!("{day}{day}END:VCALENDAR"));
    let texts = problems(&read_as("x.ics", text.as_bytes()));
    let reported = |text: &String| {
        text.starts_with("x.ics:8:12: tzoffsetto: \"+9\" cannot be read, in the zone \"Mine\"; whole days are those of \"UTC\" instead; so 1 more")
    };
    assert!(texts.iter().any(reported), "{texts:?}");
    let known = text.replace("TZID:Mine", "TZID:Asia/Tokyo");
    assert!(!problems(&read_as("x.ics", known.as_bytes())).concat().contains("tzoffsetto"));
}

/// No zone ever changed its clocks seventeen times in less than three days.
#[test]
fn a_zone_whose_clocks_change_all_the_time_is_none() {
    for (minutes, is_zone) in [(270, true), (269, false), (1, false)] {
        let date = |number: i64| {
            let time = at("2026-01-01T00:00:00Z").as_millis() + number * minutes * 60_000;
            let text = crate::time::UtcTime::from_millis(time).unwrap().to_string();
            text.replace(['-', ':'], "").replace(".000Z", "")
        };
        let dates: Vec<String> = (1..=16).map(date).collect();
        let parts =
            onset("20260101T000000", "+0100", "+0100", &format!("RDATE:{}\n", dates.join(",")));
        let shown = noons(&parts, &["20260601"]);
        assert_eq!(shown == "x 2026-06-01T11:00/2026-06-01T12:00", is_zone, "{minutes}: {shown}");
    }
}
