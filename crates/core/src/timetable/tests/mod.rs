//! Timetables as a whole, from bytes to windows.

mod asks;
mod cut;
mod damage;
mod days;
mod ends;
mod headings;
mod hostile;
mod lints;
mod mistaken;
mod overrides;
mod own_zones;
mod parts;
mod pick;
mod recurring_rows;
mod refused;
mod repeats;
mod rfc5545;
mod rule_parts;
mod rules;
mod slips;
mod spreadsheets;
mod strict;
mod titles;
mod unsaid;
mod without_effect;
mod zones;

use super::*;
use crate::exit::{Exit, Explain};
use crate::scope::Field;
use crate::time::UtcTime;
use crate::window::Window;
use crate::zone::{Dst, ZoneTable};

pub(super) fn options(zone: Option<&str>) -> ReadOptions {
    let zones = ZoneTable::bundled();
    let default_zone = zone.map(|name| zones.get(name).unwrap());
    ReadOptions { default_zone, ..ReadOptions::new(zones) }
}

fn read_as(file: &str, bytes: &[u8]) -> Loaded {
    read([TimetableFile { file, format: None, bytes }], &options(None))
}

fn at(text: &str) -> UtcTime {
    UtcTime::parse(text).unwrap()
}

/// A calendar that has no problem.
fn ical(text: &str) -> Loaded {
    let loaded = read_as("x.ics", text.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new(), "{text}");
    loaded
}

/// `name start/end dst`
fn show(window: &Window) -> String {
    let end = window.end.map_or_else(|| "-".to_owned(), |end| end.to_string());
    let dst = window.dst.map_or("", Dst::as_str);
    let text = format!("{} {}/{end} {dst}", window.name, window.start);
    text.trim_end().replace(":00.000Z", "")
}

/// Every window of a timetable.
fn shown(loaded: &Loaded) -> Vec<String> {
    let windows = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
    windows.iter().map(show).collect()
}

fn problems(loaded: &Loaded) -> Vec<String> {
    loaded.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn one_off_rows_in_their_zones() {
    let csv = "name,start,end,duration,timezone\n\
        a,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z,,\n\
        b,2026-03-29T02:30,2026-03-29T06:00,,Europe/Paris\n\
        c,2026-10-25 02:30,,2h,europe/paris\n\
        d,2026-03-28T12:00,,1d,Europe/Paris\n\
        e,2026-12-01,2026-12-02,,America/New_York\n\
        f,2026-12-31T22:00,2026-12-31T24:00,,Asia/Tokyo\n\
        g,2027-01-01T00:00:00+05:30,OPEN,,\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        shown(&loaded),
        [
            "a 2022-09-20T17:00/2022-09-20T21:00",
            "d 2026-03-28T11:00/2026-03-29T10:00",
            "b 2026-03-29T01:30/2026-03-29T04:00 gap",
            "c 2026-10-25T00:30/2026-10-25T02:30 fold",
            "e 2026-12-01T05:00/2026-12-02T05:00",
            "f 2026-12-31T13:00/2026-12-31T15:00",
            "g 2026-12-31T18:30/-",
        ]
    );
    assert_eq!(loaded.timetable.last_end(), None);
}

/// Half past two to three does not exist that night, nor does 30 December.
#[test]
fn a_window_that_a_clock_change_swallows_keeps_its_length() {
    let csv = "name,start,end,duration,timezone\n\
        gap,2026-03-29T02:33,2026-03-29T03:03,,Europe/Paris\n\
        day,2011-12-30,2011-12-31,,Pacific/Apia\n\
        noon,2011-12-30T12:00,,1d,Pacific/Apia\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        shown(&loaded),
        [
            "day 2011-12-30T10:00/2011-12-31T10:00 gap",
            "noon 2011-12-30T22:00/2011-12-31T22:00 gap",
            "gap 2026-03-29T01:33/2026-03-29T02:03 gap",
        ]
    );
}

#[test]
fn the_ways_in_which_programs_write_csv() {
    let expected = ["Q3, \"big\" 2026-12-01T02:00/2026-12-01T06:00"];
    let table = "Name ; START;end;Approved by\n\n\"Q3, \"\"big\"\"\"; 2026-12-01T02:00:00Z ;\
                 2026-12-01T06:00:00Z;x\n;;;\n";
    let utf16 = |text: &str| -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    for bytes in [
        table.as_bytes().to_vec(),
        format!("\u{feff}{table}").into_bytes(),
        format!("sep=;\r\n{}", table.replace('\n', "\r\n")).into_bytes(),
        table.replace(';', "\t").into_bytes(),
        table.replace(';', ",").into_bytes(),
        table.replace('\n', "\r").into_bytes(),
        utf16(&table.replace(';', "\t")),
    ] {
        let loaded = read_as("x.csv", &bytes);
        assert_eq!(problems(&loaded), Vec::<String>::new());
        assert_eq!(shown(&loaded), expected);
    }
}

#[test]
fn every_problem_has_its_place_and_what_to_write() {
    let csv = "name,start,end,timezone,kind,duration\n\
        ok,2026-12-01T02:00,2026-12-01T06:00,UTC,,\n\
        \n\
        a,03/04/2026,2026-12-01T06:00,UTC,,\n\
        b,2026-12-01T02:00,2026-12-01T01:00,UTC,,\n\
        c,2026-12-01T02:00,2026-12-01T06:00,Europe/Pariss,,\n\
        d,2026-12-01T02:00,2026-12-01T06:00,UTC,closed,\n\
        e,2026-12-01T02:00,2026-12-01T06:00,UTC,,2h\n\
        f,,2026-12-01T06:00,UTC,,\n\
        g,2026-12-01T02:00,2026-12-01T06:00,UTC,,,x\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    let places: Vec<String> = loaded.problems.iter().map(Problem::place).collect();
    assert_eq!(
        places,
        [
            "x.csv:4:2",
            "x.csv:5:3",
            "x.csv:6:4",
            "x.csv:7:5",
            "x.csv:8:6",
            "x.csv:9:2",
            "x.csv:10:7"
        ]
    );
    let texts = problems(&loaded).join("\n");
    for part in [
        "x.csv:4:2: start: \"03/04/2026\" is ambiguous: which number is the day? \
         (write 2026-04-03 or 2026-03-04)",
        "Europe/Paris",
        "\"closed\" is not a kind of window",
        "both an end and a duration",
    ] {
        assert!(texts.contains(part), "{part}\n{texts}");
    }
    assert_eq!(shown(&loaded), ["ok 2026-12-01T02:00/2026-12-01T06:00"]);

    let (_, skipped) = loaded.clone().accept(OnError::Skip).unwrap();
    assert_eq!(skipped.len(), 7);
    let error = loaded.accept(OnError::Stop).unwrap_err();
    assert_eq!(error.exit(), Exit::BadInput);
    assert!(error.to_string().contains("x.csv:4:2") && error.to_string().ends_with("and 2 more"));
}

#[test]
fn a_file_that_cannot_be_read_is_never_skipped() {
    for (bytes, message) in [
        (&b""[..], "x.csv:1: the timetable is empty"),
        (b"\n\nname,begin\n", "x.csv:3: the header lacks the column end"),
        (b"name,start,end\n\xff,,\n", "x.csv:2: the file is not UTF-8"),
        (b"\xef\xbb\xbfname,start,end\n\xff,,\n", "x.csv:2: the file is not UTF-8"),
        (b"name,start,end\na,b,c\n\xff,,\n", "x.csv:3: the file is not UTF-8"),
        (b"name,start,end,Start\n", "x.csv:1:4: the column \"Start\" stands twice"),
    ] {
        let loaded = read_as("x.csv", bytes);
        assert!(problems(&loaded).iter().any(|p| p.starts_with(message)), "{loaded:?}");
        assert!(loaded.accept(OnError::Skip).is_err());
    }
}

#[test]
fn a_time_without_a_zone_is_utc_with_one_warning() {
    let csv = "name,start,end\na,2026-12-01T02:00,2026-12-01T06:00\nb,2026-12-01,2026-12-02\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    assert_eq!(loaded.problems.len(), 1);
    assert_eq!(loaded.problems[0].severity, Severity::Warning);
    let inputs = [TimetableFile { file: "x.csv", format: None, bytes: csv.as_bytes() }];
    let (timetable, problems) = load(inputs, &options(Some("Asia/Tokyo"))).unwrap();
    assert!(problems.is_empty());
    let last = UtcTime::parse("2026-12-01T15:00:00Z");
    assert_eq!(timetable.last_end(), last);
}

/// Longer than the time from the year 0 to its start: found by the fuzzer.
#[test]
fn the_last_end_is_not_before_that_of_a_window_of_two_thousand_years() {
    let loaded = ical(
        "BEGIN:VEVENT\nDTSTART:20260301T024000Z\nDTEND:40520602T040000Z\n\
         RRULE:FREQ=DAILY;COUNT=2\nEND:VEVENT\n",
    );
    let windows = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
    let last = windows.iter().filter_map(|window| window.end).max().unwrap();
    assert_eq!(last, at("4052-06-03T04:00:00Z"));
    assert!(loaded.timetable.last_end().is_some_and(|end| end >= last));
}

#[test]
fn windows_between_are_complete() {
    let csv = "name,start,end\n\
        long,2020-01-01T00:00:00Z,2030-01-01T00:00:00Z\n\
        before,2025-01-01T00:00:00Z,2026-01-01T00:00:00Z\n\
        in,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n\
        after,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let names = loaded.timetable.windows(from, to).unwrap();
    assert_eq!(names.iter().map(|w| &*w.name).collect::<Vec<_>>(), ["long", "in"]);
    assert_eq!(loaded.timetable.into_windows().map(|windows| windows.len()).ok(), Some(4));
}

/// The windows of a timetable between two days of UTC.
fn between(file: &str, text: &str, from: &str, to: &str) -> Vec<String> {
    let loaded = read_as(file, text.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let at = |day: &str| UtcTime::parse(&format!("{day}T00:00:00Z")).unwrap();
    let windows = loaded.timetable.windows(at(from), at(to)).unwrap();
    windows.iter().map(show).collect()
}

#[test]
fn recurring_rows_make_their_windows_in_their_zone() {
    // Paris goes to summer time on 2026-03-29 at 02:00.
    let csv = "name,start,end,duration,timezone,recurrence,until,except\n\
        daily,02:30,03:00,,Europe/Paris,daily,,2026-03-28\n\
        night,22:00,06:00,,Europe/Paris,SA,2026-03-28,\n\
        whole,00:00,24:00,,UTC,fri-sat,2026-03-29,2026-03-27\n\
        rule,2026-03-01T12:00,,1h,UTC,FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=2,,\n\
        utc,2026-03-22T12:00:00Z,2026-03-22T13:00:00Z,,,weekly,,2026-03-29T12:00:00Z\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    // The rule's own start is the first of the month.
    assert_eq!(loaded.problems.len(), 1, "{:?}", problems(&loaded));
    assert_eq!(loaded.problems[0].place(), "x.csv:5:2");
    let (from, to) = (at("2026-03-27T00:00:00Z"), at("2026-03-30T00:00:00Z"));
    let windows = loaded.timetable.windows(from, to).unwrap();
    assert_eq!(
        windows.iter().map(show).collect::<Vec<_>>(),
        [
            "daily 2026-03-27T01:30/2026-03-27T02:00",
            "whole 2026-03-28T00:00/2026-03-29T00:00",
            "night 2026-03-28T21:00/2026-03-29T04:00",
            "daily 2026-03-29T01:30/2026-03-29T02:00 gap",
            "rule 2026-03-29T12:00/2026-03-29T13:00",
        ]
    );
    assert_eq!(loaded.timetable.last_end(), None);
    assert!(loaded.timetable.into_windows().is_err());
}

#[test]
fn recurring_rows_that_are_refused() {
    for (row, part) in [
        ("22:00,06:00,,weekly,,", "x.csv:2:2: start: \"22:00\" has no date, and the rule needs"),
        ("22:00,06:00,,FREQ=DAILY;INTERVAL=2,,", "the rule needs one"),
        ("2026-01-04T02:00:00+01:00,06:00,,SU,,", "in which zone does it recur?"),
        ("2026-01-04T02:00,,,SU,,", "x.csv:2:3: end: a window that recurs has to end"),
        ("2026-01-04T02:00,2026-01-04T01:00,,SU,,", "ends when or before it starts"),
        ("02:00,03:00,,fortnightly,,", "write daily, weekly, SU, MO-FR"),
        ("02:00,03:00,,FREQ=DAILY;SOMETIMES,,", "has no value and is passed over"),
        ("02:00,03:00,,FREQ=DAILY;INTERVAL=0,,", "INTERVAL=0 is not a number from 1 on"),
        ("02:00,03:00,,FREQ=DAILY;UNTIL=20260101,2026-01-01,", "UNTIL of its own"),
        ("02:00,03:00,,daily,,03/04/2026", "x.csv:2:7: except: \"03/04/2026\" is ambiguous"),
        ("02:00,,0s,daily,,", "the windows are empty"),
        ("2026-01-04T02:00,2026-01-04T03:00,,,2026-01-05,", "there is no recurrence"),
    ] {
        let csv = format!("name,start,end,duration,recurrence,until,except\nx,{row}\n");
        let zone = options(Some("UTC"));
        let loaded =
            read([TimetableFile { file: "x.csv", format: None, bytes: csv.as_bytes() }], &zone);
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(part), "{row}: {texts:?}");
        assert!(loaded.timetable.last_end().is_some_and(|end| end == UtcTime::MIN));
    }
}

#[test]
fn lines_of_json_are_read_as_windows_and_series() {
    let text = r#"
        {"name":"a|b","start":"2026-12-01T02:00:00.000Z","end":"2026-12-01T06:00:00.000Z","task":["x|y","z"],"dst":"gap","line":3}
        {"name":"open end","start":"2026-12-01T03:00:00Z","end":null,"kind":"open","environment":"p|q"}
        {"name":"rule","start":"05:00","end":"05:30","timezone":"UTC","recurrence":"daily","except":["2026-12-02"]}
    "#;
    assert_eq!(
        between("x.jsonl", text, "2026-12-01", "2026-12-03"),
        [
            "a|b 2026-12-01T02:00/2026-12-01T06:00 gap",
            "open end 2026-12-01T03:00/-",
            "rule 2026-12-01T05:00/2026-12-01T05:30",
        ]
    );
    let loaded = read_as("x.jsonl", text.as_bytes());
    let at = UtcTime::parse("2026-12-01T03:00:00Z").unwrap();
    let windows =
        loaded.timetable.windows(at, at.saturating_add(std::time::Duration::from_secs(1)));
    let scopes: Vec<_> = windows.unwrap().iter().map(|window| window.scope.clone()).collect();
    assert_eq!(
        scopes[0]
            .patterns(Field::Task)
            .iter()
            .map(crate::scope::Pattern::as_str)
            .collect::<Vec<_>>(),
        ["x|y", "z"]
    );
    assert_eq!(
        scopes[1]
            .patterns(Field::Environment)
            .iter()
            .map(crate::scope::Pattern::as_str)
            .collect::<Vec<_>>(),
        ["p", "q"]
    );
    assert_eq!(loaded.timetable.fields(), [Field::Task, Field::Environment]);

    let loaded = read_as("x.jsonl", b"\n{\"name\":\n[1]\n{\"start\":5}\n");
    let texts = problems(&loaded);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[0].starts_with("x.jsonl:2:") && texts[0].contains("not a JSON object"));
    assert!(texts[2].starts_with("x.jsonl:4: start: it is not a string"), "{texts:?}");
}
