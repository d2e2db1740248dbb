//! Input that is wrong, odd or meant to hurt: an error or an answer, at once.

use std::fmt::Write as _;
use std::time::Duration;

use super::{at, problems, read_as};
use crate::time::UtcTime;
use crate::timetable::expand::StepBudget;

pub(super) fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nDTSTART:19700101T000000Z\nDURATION:PT1M\n{lines}\nEND:VEVENT\n")
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

/// All rules of a timetable share one budget, so no rule has it for itself.
#[test]
fn many_rules_have_one_budget() {
    let text = event("RRULE:FREQ=SECONDLY").repeat(2);
    let timetable = read_as("x.ics", text.as_bytes()).timetable;
    let from = at("2026-07-06T00:00:00Z");
    let for_seconds = |seconds| from.saturating_add(Duration::from_secs(seconds));
    let windows = |seconds| timetable.at_most(from, for_seconds(seconds), 100_000);
    assert_eq!(windows(40_000).unwrap().len(), 2 * 40_059);
    let error = windows(60_000).unwrap_err().to_string();
    assert!(error.contains("more than 100000 windows"), "{error}");
    assert_eq!(timetable.windows_up_to(from, for_seconds(60), 200), Ok(None));
    let windows = timetable.windows_up_to(from, for_seconds(60), 1000).unwrap().unwrap();
    assert_eq!(windows.len(), 2 * 119);
}

/// Every second of a day, in the words of a rule.
fn every_second() -> String {
    let list = |most: i64| (0..most).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    format!("BYHOUR={};BYMINUTE={1};BYSECOND={1}", list(24), list(60))
}

/// Each of these cost seconds or gigabytes. What counts is how much is looked
/// at, not how long that takes on some machine.
#[test]
fn a_budget_bounds_what_a_small_file_costs() {
    let list = |from: i64, to: i64| {
        (from..=to).filter(|n| *n != 0).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
    };
    let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let nth = (-53..=53_i64).filter(|n| *n != 0);
    let numbered = nth.flat_map(|n| weekdays.map(|day| format!("{n}{day}"))).collect::<Vec<_>>();
    let (from, to) = (at("2026-07-06T00:00:00Z"), at("2026-07-07T00:00:00Z"));
    for (rules, steps, windows) in [
        (
            vec![format!("FREQ=YEARLY;BYDAY={};{}", weekdays.join(","), every_second())],
            440_000,
            86_459,
        ),
        (vec![format!("FREQ=DAILY;{}", every_second())], 440_000, 86_459),
        (
            vec![format!("FREQ=MONTHLY;BYDAY={};{}", weekdays.join(","), every_second())],
            440_000,
            86_459,
        ),
        (
            vec![format!(
                "FREQ=YEARLY;BYYEARDAY={};BYMONTHDAY={};BYDAY={}",
                list(-366, 366),
                list(-31, 31),
                numbered.join(",")
            )],
            1_100,
            1,
        ),
        (vec!["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".to_owned(); 100], 1_600, 0),
        (vec!["FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30".to_owned(); 100], 300, 0),
        (vec!["FREQ=DAILY;UNTIL=99991231T000000Z".to_owned(); 100], 2_400, 100),
    ] {
        let text: String = rules.iter().map(|rule| event(&format!("RRULE:{rule}"))).collect();
        let timetable = read_as("x.ics", text.as_bytes()).timetable;
        let mut budget = StepBudget::new(0);
        let mut made = Vec::new();
        for series in &timetable.series {
            series.windows(from, to, &mut budget, &mut made).unwrap();
        }
        assert!(budget.taken() < steps, "{} steps: {}", budget.taken(), rules[0]);
        assert_eq!(made.len(), windows, "{}", rules[0]);
    }
}

#[test]
fn past_the_budget_the_costliest_rule_is_named() {
    let heavy = format!("RRULE:FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=6;{}", every_second());
    let light = event("RRULE:FREQ=DAILY");
    let text = format!("{light}{light}{}{light}", event(&heavy));
    let timetable = read_as("x.ics", text.as_bytes()).timetable;
    let from = at("2026-07-06T00:00:00Z");
    let windows = |to| timetable.at_most(from, at(to), 100_000);
    assert_eq!(windows("2027-07-01T00:00:00Z").unwrap().len(), 86_400 + 3 * 360);
    let error = windows("2028-07-01T00:00:00Z").unwrap_err().to_string();
    assert!(error.starts_with("x.ics:11: the timetable makes more than 100000"), "{error}");
    // In a look at a part of the time there are fewer steps than days around it.
    let to = at("2026-07-06T01:00:00Z");
    let text = event(&format!("RRULE:FREQ=DAILY;{}", every_second()));
    let timetable = read_as("x.ics", format!("{light}{text}").as_bytes()).timetable;
    let error = timetable.windows_within(from, to, 10_000).unwrap_err().to_string();
    assert!(error.starts_with("x.ics:6: to find the windows takes more than 250800"), "{error}");
}

#[test]
fn counts_are_counted_out_within_one_budget() {
    let count = |count: u32| event(&format!("RRULE:FREQ=DAILY;COUNT={count}"));
    assert_eq!(problems(&read_as("x.ics", count(1_000_000).as_bytes())), [""; 0]);
    let texts = problems(&read_as("x.ics", count(1_000_000).repeat(20).as_bytes()));
    let what = "rrule: to find the windows takes more than 8000000 steps";
    assert!(texts.len() > 10 && texts.iter().all(|text| text.contains(what)), "{texts:?}");
    assert_eq!(problems(&read_as("x.ics", count(1_000).repeat(1_000).as_bytes())), [""; 0]);
}

/// A VTIMEZONE whose clock changes each second would make every time that is
/// read in it cost a day of changes.
#[test]
fn a_zone_that_changes_all_the_time_is_none() {
    let zone = |part: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:20220101T000000\n\
             TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n{part}\nEND:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VEVENT\nDTSTART;TZID=Mine:20220101T000000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let heavy = format!("RRULE:FREQ=YEARLY;{}", every_second());
    for part in ["RRULE:FREQ=SECONDLY;COUNT=100000", "RRULE:FREQ=SECONDLY", &heavy] {
        let texts = problems(&read_as("x.ics", zone(part).as_bytes()));
        assert!(texts[0].contains("unknown time zone \"Mine\""), "{part}: {texts:?}");
    }
    let texts = problems(&read_as("x.ics", zone("RRULE:FREQ=YEARLY").as_bytes()));
    assert_eq!(texts, [""; 0]);
}

/// As many as people have: none of these runs into a limit.
#[test]
fn large_timetables_that_are_meant_are_no_error() {
    let rows = |count: usize, row: &str| {
        let rows = format!("w,{row}\n").repeat(count);
        read_as("x.csv", format!("name,start,end,recurrence,timezone\n{rows}").as_bytes()).timetable
    };
    for (count, row, from, to, windows) in [
        (1, "1980-01-01T02:00,03:00,daily,Europe/Paris", "1980-01-01", "2080-01-01", 36_525),
        (1, "2026-01-01T02:00,02:05,FREQ=HOURLY,Europe/Paris", "2026-01-01", "2027-01-01", 8_759),
        (1, "2026-01-01T02:00,02:01,FREQ=MINUTELY,UTC", "2026-01-01", "2027-01-01", 525_480),
        (5_000, "2026-01-01T02:00,03:00,daily,UTC", "2026-03-01", "2026-04-01", 155_000),
        (100, "2026-01-01T02:00,03:00,SU,UTC", "2000-01-01", "2050-01-01", 125_300),
    ] {
        let at = |day: &str| at(&format!("{day}T00:00:00Z"));
        let found = rows(count, row).windows(at(from), at(to));
        assert_eq!(found.map(|found| found.len()), Ok(windows), "{row}");
    }
}

#[test]
fn unknown_components_and_lines_change_no_window() {
    let good = "BEGIN:VCALENDAR\r\nX-JUNK;A=\"b:c;d\":e\r\nBEGIN:VTODO\r\nDTSTART:x\r\nEND:VTODO\r\n\
        BEGIN:VJOURNAL\r\nDTSTART:x\r\nBEGIN:VEVENT\r\nDTSTART:20261201T020000Z\r\n\
        DTEND:20261201T030000Z\r\nSUMMARY:a\\, b\r\n \\; c\r\nno colon\r\nBEGIN:VALARM\r\n\
        DTSTART:x\r\nDURATION:x\r\nEND:VEVENT\r\nTRANSP:TRANSPARENT\r\nBEGIN:VEVENT\r\n\
        dtstart;value=date:20261202\r\nsummary:whole day\r\nend:vevent\r\nend:vcalendar";
    for text in [good.to_owned(), good.replace("\r\n", "\n"), good.replace("\r\n", "\r")] {
        let loaded = read_as("x.ics", text.as_bytes());
        assert_eq!(
            problems(&loaded),
            [
                "x.ics:20: a time without a zone is taken as UTC (say which zone with --timezone, or \
                 in the timetable)",
                "x.ics:8:7: the VJOURNAL of line 6 has no END before this BEGIN:VEVENT; so 1 more in \
                 this file (it is taken to end here; make sure that nothing of it is lost)",
                "x.ics:13: the line has no property's name and colon, and is not read (a long line \
                 goes on in the next one behind a space)",
            ]
        );
        assert_eq!(
            super::shown(&loaded),
            [
                "a, b; c 2026-12-01T02:00/2026-12-01T03:00",
                "whole day 2026-12-02T00:00/2026-12-03T00:00",
            ]
        );
    }
    // Nesting without end, and bytes of no kind.
    let mut deep = String::new();
    for n in 0..20_000 {
        let _ = writeln!(deep, "BEGIN:X{n}");
    }
    assert_eq!(
        problems(&read_as("x.ics", deep.as_bytes())),
        ["x.ics:65: components nest more than 64 deep (fetch it again)"]
    );
    let wide = "BEGIN:X\nEND:Y\n".repeat(10_000);
    assert_eq!(read_as("x.ics", wide.as_bytes()).problems.len(), 3);
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for name in ["x.ics", "x.csv", "x.jsonl"] {
        assert!(!read_as(name, &bytes).problems.is_empty(), "{name}");
    }
}

proptest::proptest! {
    /// Whatever stands in a file, reading and expanding it ends without a
    /// panic, in all three formats.
    #[test]
    fn no_content_of_a_file_makes_its_reading_panic(
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
