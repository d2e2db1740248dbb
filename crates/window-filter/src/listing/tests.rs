//! The lists of a small timetable.

use maintenance_core::cli::Terminal;
use maintenance_core::scope::Field;
use maintenance_core::timetable::{Format, ReadOptions, Timetable, TimetableFile, load};
use maintenance_core::zone::ZoneTable;
use unicode_width::UnicodeWidthStr;

use super::*;

const TABLE: &str = "name,start,end,timezone,workspace,task,kind\n\
    Database upgrade,2026-12-01 19:00,2026-12-01 23:00,Europe/Paris,Finance|Sales,load*,\n\
    日次バッチの保守 =1+1,2026-12-02T17:00Z,2026-12-04T18:30Z,Asia/Tokyo,,,\n\
    =freeze,2026-12-24T00:00Z,open,,,,\n\
    Payroll must run,2026-12-24T12:00Z,2026-12-24T13:00Z,,,payroll,open\n";

fn read(text: &str, format: Format) -> Timetable {
    let input = TimetableFile { file: "t", format: Some(format), bytes: text.as_bytes() };
    let options = ReadOptions::new(ZoneTable::bundled());
    load([input], &options).unwrap().0
}

fn listed(timetable: &Timetable) -> Vec<ListedWindow> {
    let windows = timetable
        .windows(maintenance_core::time::UtcTime::MIN, maintenance_core::time::UtcTime::MAX);
    windows.unwrap().into_iter().map(|window| ListedWindow { window, load: None }).collect()
}

fn style(width: usize) -> Style {
    Style { zone: Zone::utc(), terminal: Terminal { width, unicode: false, color: false } }
}

#[test]
fn csv_and_json_lines_are_the_same_timetable_again() {
    let timetable = read(TABLE, Format::Csv);
    let windows = listed(&timetable);
    let text = csv::draw(&windows, &style(80), &timetable.zones(), CsvCells { raw: true }).unwrap();
    let lines: String =
        windows.iter().map(|window| to_json(&WindowLine::new(window)).unwrap() + "\n").collect();
    let reported = |windows: &[ListedWindow]| {
        let reported = windows.iter().map(|ListedWindow { window, .. }| {
            (window.name.to_string(), window.start, window.end, window.kind, window.scope.clone())
        });
        reported.collect::<Vec<_>>()
    };
    assert_eq!(reported(&listed(&read(&text, Format::Csv))), reported(&windows), "{text}");
    assert_eq!(reported(&listed(&read(&lines, Format::JsonLines))), reported(&windows), "{lines}");
    // Local times, with their offsets, which a person and a program read alike.
    assert!(text.contains("2026-12-01T19:00:00+01:00"), "{text}");
    let safe = csv::draw(&windows, &style(80), &timetable.zones(), CsvCells { raw: false });
    assert!(safe.unwrap().contains("\n'=freeze,"));
}

#[test]
fn names_and_scopes_that_begin_with_any_sign_are_the_same_in_csv_again() {
    let begins =
        ["#", "//", "+", "-", "=", "@", "'", "'+", "''=", "'#", "\"", "sep=", "a", "＝", "'a"];
    let line = |begin: &str| {
        let text = format!("{begin}nightly");
        let (start, end) = ("2026-12-01T19:00Z", "2026-12-01T20:00Z");
        serde_json::json!({"name": text, "start": start, "end": end, "tag": [text, "x", text]})
            .to_string()
    };
    let reported = |timetable: &Timetable| {
        let reported = listed(timetable).into_iter().map(|ListedWindow { window, .. }| {
            (window.name.to_string(), window.scope.patterns(Field::Tag).to_vec())
        });
        let mut reported: Vec<_> = reported.map(|reported| format!("{reported:?}")).collect();
        reported.sort();
        reported
    };
    let all: String = begins.map(line).join("\n");
    for lines in begins.map(line).iter().chain([&all]) {
        let timetable = read(lines, Format::JsonLines);
        for raw in [false, true] {
            let cells = CsvCells { raw };
            let text = csv::draw(&listed(&timetable), &style(80), &[], cells).unwrap();
            assert_eq!(reported(&read(&text, Format::Csv)), reported(&timetable), "{raw} {text}");
        }
    }
}

#[test]
fn a_pattern_that_csv_would_split_is_an_error() {
    let line = r#"{"name":"w","start":"2026-12-01T19:00Z","end":null,"task":["a|b"]}"#;
    let timetable = read(line, Format::JsonLines);
    let cells = CsvCells { raw: false };
    let error = csv::draw(&listed(&timetable), &style(80), &[], cells).unwrap_err();
    assert!(error.to_string().contains("a|b"), "{error}");
}

#[test]
fn the_table_fits_and_has_each_end_and_totals() {
    let timetable = read(TABLE, Format::Csv);
    let windows = listed(&timetable);
    for width in [80, 100, 200] {
        let text = table::draw(&windows, &style(width), &timetable.zones());
        assert!(text.lines().all(|line| line.width() <= width), "{text}");
        for part in ["12-01 19:00+01:00", "12-01 23:00+01:00", "12-05 03:30+09:00", "no end"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(
            text.contains("3 windows, together 2d 5h 30m, 1 without an end; 1 open period."),
            "{text}"
        );
        assert!(text.ends_with(", 2026:\nAsia/Tokyo, Europe/Paris, UTC.\n"), "{text}");
    }
}

#[test]
fn a_time_that_the_clock_shows_twice_has_its_offset() {
    let table = "name,start,end,timezone\n\
        N,2026-10-25T00:50Z,2026-10-25T01:50Z,Europe/Paris\n\
        M,2026-10-25T02:00Z,2026-10-25T03:00Z,Europe/Paris\n";
    let timetable = read(table, Format::Csv);
    let text = table::draw(&listed(&timetable), &style(80), &timetable.zones());
    assert!(text.contains("| 10-25 02:50+02:00 | 10-25 02:50+01:00 |"), "{text}");
    assert!(text.contains("| 10-25 03:00       | 10-25 04:00       |"), "{text}");
}

#[test]
fn an_end_stands_beside_its_start() {
    let table = "name,start,end\nUpgrade,2026-12-01T19:00Z,2026-12-01T23:00Z\n";
    let text = table::draw(&listed(&read(table, Format::Csv)), &style(80), &[]);
    let expected = "\
+---------+-------------+-------------+--------+-----------+
| Window  | Start       | End         | Length | Concerns  |
+==========================================================+
| Upgrade | 12-01 19:00 | 12-01 23:00 | 4h     | every run |
+---------+-------------+-------------+--------+-----------+
1 window, together 4h. Times are in UTC, 2026.
";
    assert_eq!(text, expected);
    assert_eq!(table::draw(&[], &style(80), &[]), "There is no window.\n");
}
