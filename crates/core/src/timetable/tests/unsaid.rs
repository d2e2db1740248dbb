//! Timetables whose words hit nothing, or stand where nothing reads them.

use super::*;

const WHEN: &str = "DTSTART:20261201T020000Z\nDTEND:20261201T030000Z\n";

fn calendar(events: &[&str]) -> String {
    let event = |lines: &&str| format!("BEGIN:VEVENT\nSUMMARY:A\n{lines}\nEND:VEVENT\n");
    let events: Vec<String> = events.iter().map(event).collect();
    format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat())
}

/// The problems of a timetable, and whether it is used.
fn reported(file: &str, bytes: &[u8]) -> (Vec<String>, bool) {
    let loaded = read_as(file, bytes);
    (problems(&loaded), loaded.accept(OnError::Stop).is_ok())
}

#[test]
fn a_cancelled_instance_that_hits_nothing_is_reported() {
    let series = format!("UID:1\n{WHEN}RRULE:FREQ=DAILY;COUNT=3");
    for (uid, id, part) in [
        ("UID:1\n", ":20261202T020000Z", None),
        ("UID:1\n", ";TZID=Asia/Tokyo:20261202T110000", None),
        ("UID:1\n", ";VALUE=DATE:20261202", None),
        ("UID:1\n", ":20261201T010000Z", Some("cancels nothing: no window of its series")),
        ("UID:1\n", ":20261204T020000Z", Some("cancels nothing: no window of its series")),
        ("UID:1\n", ";TZID=Asia/Tokyo:20261202T020000", Some("cancels nothing")),
        ("UID:1\n", ";VALUE=DATE:20261209", Some("cancels nothing")),
        ("UID:2\n", ":20261202T020000Z", Some("no other event has the UID \"2\"")),
        ("", ":20261202T020000Z", Some("of no series: it has no UID")),
    ] {
        let cancelled = format!("{uid}RECURRENCE-ID{id}\nSTATUS:CANCELLED");
        let (texts, is_used) = reported("x.ics", calendar(&[&series, &cancelled]).as_bytes());
        assert!(is_used);
        assert_eq!(texts.len(), usize::from(part.is_some()), "{uid}{id}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(part.unwrap())), "{uid}{id}: {texts:?}");
    }
    let series = format!("UID:a\n{WHEN}RRULE:FREQ=DAILY;COUNT=3");
    let cancelled = "UID:A\nRECURRENCE-ID:20261202T020000Z\nSTATUS:CANCELLED";
    let (texts, _) = reported("x.ics", calendar(&[&series, cancelled]).as_bytes());
    assert!(texts[0].contains("no other event has the UID \"A\""), "{texts:?}");
}

#[test]
fn an_event_whose_calendars_zone_is_unknown_is_left_out_and_not_moved() {
    let read_so = |text: &str| {
        let mut options = options(None);
        options.on_error = OnError::Skip;
        read([TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }], &options)
    };
    let heading = "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Tokio\n";
    for (start, is_left_out) in [
        (":20261201T020000", true),
        (";VALUE=DATE:20261201", true),
        (";TZID=Asia/Tokio:20261201T020000", true),
        (":20261201T020000Z", false),
        (";TZID=Asia/Tokyo:20261201T110000", false),
    ] {
        let text = calendar(&[&format!("UID:1\nDTSTART{start}\nDURATION:PT1H")])
            .replace("BEGIN:VCALENDAR\n", heading);
        let loaded = read_so(&text);
        let texts = problems(&loaded);
        let reported = texts.iter().any(|text| text.contains("the event is left out"));
        assert_eq!(reported, is_left_out, "{start}: {texts:?}");
        assert!(texts[0].contains("did you mean Asia/Tokyo?"), "{texts:?}");
        assert!(!texts.iter().any(|text| text.contains("taken as UTC")), "{texts:?}");
        assert_eq!(shown(&loaded).is_empty(), is_left_out, "{start}");
    }
    let text = calendar(&["UID:1\nDTSTART;TZID=Nowhere/Else:20261201T020000\nDURATION:PT1H"]);
    let (texts, is_used) = reported("x.ics", text.as_bytes());
    assert!(!is_used && texts.len() == 1, "{texts:?}");
    let loaded = read_so(&text);
    let texts = problems(&loaded);
    assert!(texts.len() == 1 && texts[0].contains("read in \"UTC\" instead"), "{texts:?}");
    assert_eq!(shown(&loaded), ["A 2026-12-01T02:00/2026-12-01T03:00"]);
}

#[test]
fn what_stands_in_a_column_without_a_title_is_an_error() {
    let row = "2026-12-01T02:00Z,2026-12-01T03:00Z";
    for (table, place) in [
        (format!("name,,start,end\nA,Sales,{row}\n"), Some(2)),
        (format!(",name,start,end\n0,A,{row}\n"), Some(1)),
        (format!("name, ,start,end\nA,,{row}\nB,x,{row}\n"), Some(2)),
        (format!("name,start,end,\"\",comment\nA,{row},\"Sales\",\n"), Some(4)),
        (format!("name,,start,end\nA,,{row}\nB, ,{row}\n"), None),
        (format!("name,start,end,,\nA,{row},,\n"), None),
    ] {
        let (texts, is_used) = reported("x.csv", table.as_bytes());
        let part =
            place.map(|place| format!(":{place}: the row has something in a column without"));
        assert_eq!(texts.len(), usize::from(part.is_some()), "{table}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(part.as_deref().unwrap())), "{texts:?}");
        assert_eq!(is_used, part.is_none(), "{table}");
    }
}

#[test]
fn a_row_that_looks_commented_out_is_an_error() {
    let times = "2026-12-01T02:00Z,2026-12-01T03:00Z";
    for (name, is_refused) in [
        ("#W", true),
        (" # W", true),
        ("//W", true),
        ("#", true),
        ("\"#W\"", false),
        ("W #1", false),
        ("/W", false),
    ] {
        let table = format!("name,start,end\n{name},{times}\n");
        let (texts, is_used) = reported("x.csv", table.as_bytes());
        assert_eq!(!is_used, is_refused, "{name}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains("a table has no comments")), "{texts:?}");
    }
    let table = format!("name,start,end,comment\n#W,{times},\"a, b\"\n");
    assert!(!reported("x.csv", table.as_bytes()).1);
}

#[test]
fn an_empty_pattern_is_an_error_and_an_empty_cell_means_every_run() {
    let table = |cell: &str| {
        format!("name,start,end,workspace\nA,2026-12-01T02:00Z,2026-12-01T03:00Z,{cell}\n")
    };
    let member = |value: &str| {
        format!(
            "{{\"name\":\"A\",\"start\":\"2026-12-01T02:00Z\",\"end\":\"2026-12-01T03:00Z\",\
             \"workspace\":{value}}}\n"
        )
    };
    for (file, text, is_refused) in [
        ("x.csv", table(""), false),
        ("x.csv", table(" "), false),
        ("x.csv", table("A|B"), false),
        ("x.csv", table("|"), true),
        ("x.csv", table("A|"), true),
        ("x.csv", table("A| |B"), true),
        ("x.jsonl", member("\"\""), false),
        ("x.jsonl", member("[]"), false),
        ("x.jsonl", member("null"), false),
        ("x.jsonl", member("[\"A\"]"), false),
        ("x.jsonl", member("[\"\"]"), true),
        ("x.jsonl", member("[\"A\",\" \"]"), true),
    ] {
        let (texts, is_used) = reported(file, text.as_bytes());
        assert_eq!(!is_used, is_refused, "{text}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains("patterns is empty")), "{texts:?}");
    }
}

#[test]
fn half_a_unit_at_the_end_of_utf_16_is_a_cut() {
    let event = format!("UID:1\n{WHEN}");
    let table = "name,start,end\nA,2026-12-01T02:00Z,2026-12-01T03:00Z\n";
    for (file, text) in [("x.ics", calendar(&[&event, &event])), ("x.csv", table.to_owned())] {
        for (mark, unit) in [
            ([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xFE, 0xFF], u16::to_be_bytes),
        ] {
            let whole: Vec<u8> =
                mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect();
            assert!(reported(file, &whole).1);
            for cut in (3..whole.len()).step_by(2) {
                let (texts, is_used) = reported(file, &whole[..cut]);
                assert!(!is_used, "{cut}");
                assert!(texts[0].contains("it looks cut"), "{texts:?}");
            }
        }
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_reported() {
    let bytes =
        calendar(&[&format!("UID:1\n{WHEN}")]).replace("SUMMARY:A", "SUMMARY:#").into_bytes();
    let latin: Vec<u8> = bytes.iter().map(|&b| if b == b'#' { 0xE9 } else { b }).collect();
    let (texts, is_used) = reported("x.ics", &latin);
    assert!(
        is_used && texts[0].contains("summary: it has letters that are not UTF-8"),
        "{texts:?}"
    );
}
