//! Files of another kind than their name says.

use super::{problems, read_as, shown};

#[test]
fn a_file_of_another_kind_than_its_name_says_is_named() {
    let (workbook, calendar) = ("a workbook of a spreadsheet program", "looks like a calendar");
    let (page, table) = ("looks like a web page (HTML)", "looks like a table (CSV)");
    let (json, none, not_json) =
        ("the file looks like JSON", "the timetable's format is not known", "not a JSON object");
    for (file, bytes, message) in [
        ("x.csv", &b"PK\x03\x04rest"[..], workbook),
        ("x.jsonl", b"PK\x03\x04rest", workbook),
        ("x.csv", b"\xd0\xcf\x11\xe0rest", workbook),
        ("x.ics", b"PK\x03\x04rest", "a ZIP archive"),
        ("x.XLSX", b"", workbook),
        ("x.ods", b"", workbook),
        ("x.doc", b"PK\x03\x04rest", none),
        ("xlsx", b"", none),
        ("x.csv", b"\xef\xbb\xbf begin:vcalendar\n", calendar),
        ("x.jsonl", b"BEGIN:VCALENDAR\n", calendar),
        ("x.csv", b"\n<!DOCTYPE html>", page),
        ("x.csv", b"<HTML>", page),
        ("x.jsonl", b"<html>", page),
        ("x.csv", b"{\"name\":\"a\"}", json),
        ("x.csv", b"{name,start,end\n", "the column \"{name\" is not known"),
        ("x.jsonl", b"name,Start,end\n", table),
        ("x.jsonl", b"name;start\n", table),
        ("x.jsonl", b"name\tstart\n", table),
        ("x.jsonl", b"start", not_json),
        ("x.jsonl", b"a,b\nstart", not_json),
        (
            "x.jsonl",
            b"[\"start\",1]",
            "not a JSON object: invalid type: sequence, expected an object",
        ),
        ("x.jsonl", b"{\"start\",1}", not_json),
    ] {
        let texts = problems(&read_as(file, bytes));
        assert!(texts[0].contains(message), "{file}: {message}\n{texts:?}");
    }
}

/// The place of a fault is reported where there is one.
#[test]
fn a_line_that_is_no_object_is_reported_with_its_place() {
    for (bytes, place) in [
        (&b"\n{\"name\":}\n"[..], "x.jsonl:2:9: not a JSON object"),
        (b"\n\n[1]\n", "x.jsonl:3: not a JSON object"),
    ] {
        let texts = problems(&read_as("x.jsonl", bytes));
        assert!(texts.len() == 1 && texts[0].starts_with(place), "{place}: {texts:?}");
    }
}

#[test]
fn a_member_of_another_kind_than_its_column_has_is_reported() {
    for (members, message) in [
        (r#""name":["a"]"#, "x.jsonl:1: name: it is not a string (write it as a string)"),
        (r#""name":5"#, "x.jsonl:1: name: it is not a string (write it as a string)"),
        (r#""task":5"#, "task: it is not a string or a list of strings"),
        (r#""task":["a",5]"#, "task: it is not a string or a list of strings"),
        (r#""dst":"fold","timetable":"a.ics","task":["a"]"#, ""),
    ] {
        let line = format!(
            "{{\"start\":\"2026-12-01T02:00Z\",\"end\":\"2026-12-01T04:00Z\",{members}}}\n"
        );
        let loaded = read_as("x.jsonl", line.as_bytes());
        let texts = problems(&loaded);
        assert!(texts.len() == usize::from(!message.is_empty()), "{members}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(message)), "{members}: {texts:?}");
        if message.is_empty() {
            assert_eq!(shown(&loaded), [" 2026-12-01T02:00/2026-12-01T04:00 fold"]);
        }
    }
}
