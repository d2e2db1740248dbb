//! Timetables as a whole, from bytes to windows.

use super::*;
use crate::exit::{Exit, Explain};
use crate::zone::Dst;

fn options(zone: Option<&str>) -> Options {
    let zones = ZoneTable::bundled();
    let default_zone = zone.map(|name| zones.get(name).unwrap());
    Options { zones, default_zone, on_error: OnError::Stop }
}

fn read_as(file: &str, bytes: &[u8]) -> Loaded {
    read([Input { file, format: None, bytes }], &options(None))
}

/// `name start/end dst` of every window.
fn shown(loaded: &Loaded) -> Vec<String> {
    let windows = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
    let show = |window: &Window| {
        let end = window.end.map_or_else(|| "-".to_owned(), |end| end.to_string());
        let dst = window.dst.map_or("", Dst::as_str);
        let text = format!("{} {}/{end} {dst}", window.name, window.start);
        text.trim_end().replace(":00.000Z", "")
    };
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
        g,2027-01-01T00:00:00+05:30,,,\n";
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
        (b"\n\nname,begin\n", "x.csv:3: the header lacks the column start and end"),
        (b"name,start,end\n\xff,,\n", "x.csv:2: the file is not UTF-8"),
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
    let inputs = [Input { file: "x.csv", format: None, bytes: csv.as_bytes() }];
    let (timetable, problems) = load(inputs, &options(Some("Asia/Tokyo"))).unwrap();
    assert!(problems.is_empty());
    let last = UtcTime::parse("2026-12-01T15:00:00Z");
    assert_eq!(timetable.last_end(), last);
}

#[test]
fn windows_between_are_complete() {
    let csv = "name,start,end\n\
        long,2020-01-01T00:00:00Z,2030-01-01T00:00:00Z\n\
        before,2025-01-01T00:00:00Z,2026-01-01T00:00:00Z\n\
        in,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n\
        after,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z\n";
    let loaded = read_as("x.csv", csv.as_bytes());
    let at = |text| UtcTime::parse(text).unwrap();
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let names = loaded.timetable.windows(from, to).unwrap();
    assert_eq!(names.iter().map(|w| &*w.name).collect::<Vec<_>>(), ["long", "in"]);
    assert_eq!(loaded.timetable.all_windows().map(<[Window]>::len), Some(4));
}
