//! Calendars that are not whole: a download that broke off, and what else
//! comes instead of a calendar.

use super::{at, problems, read_as, show, shown};
use crate::timetable::{Loaded, OnError, Severity};

const EVENT: &str = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nDTSTART:20261206T020000Z\n\
    DTEND:20261206T030000Z\nEND:VEVENT\n";

/// A zone of its own, a series with folded lines, an alarm, an instance that
/// moved and one that is cancelled, an event that takes time out.
const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n\
    X-WR-TIMEZONE:Asia/Kolkata\r\nBEGIN:VTIMEZONE\r\nTZID:Plant\r\nBEGIN:STANDARD\r\n\
    DTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=16031231\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n\
    DTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=16031231\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:s\r\nSUMMARY:Nächtlich \r\n auf zwei Zeilen\r\n\
    DTSTART;TZID=Plant:20261201T220000\r\nDTEND;TZID=Plant:202612\r\n 02T060000\r\n\
    RRULE:FREQ=DAILY;UNTIL=20261210T210000Z\r\nEXDATE;TZID=Plant:20261203T220000,\r\n\
    \x2020261204T220000\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nACTION:DISPLAY\r\nEND:VALARM\r\n\
    END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID;TZID=Plant:20261205T220000\r\n\
    SUMMARY:later\r\nDTSTART;TZID=Plant:20261206T010000\r\nDURATION:PT3H\r\nSEQUENCE:2\r\n\
    END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID;TZID=Plant:20261206T220000\r\n\
    STATUS:CANCELLED\r\nSEQUENCE:2\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nUID:t\r\nSUMMARY:x\r\n\
    END:VTODO\r\nBEGIN:VEVENT\r\nUID:o\r\nX-MAINTENANCE-KIND:open\r\nSUMMARY:free\r\n\
    DTSTART:20261207T000000\r\nDTEND:20261208T000000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\r\n";

/// Days, in lower case, and a line of another kind behind the end.
const DAYS: &str = "begin:vcalendar\nbegin:vevent\nuid:d\nsummary:freeze\n\
    dtstart;value=date:20261224\ndtend;value=date:20261227\n\
    rrule:freq=yearly;count=3\nend:vevent\nend:vcalendar\n\n";

/// Windows from 2026 to 2029.
fn windows(loaded: &Loaded) -> Vec<String> {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"));
    loaded.timetable.windows(from, to).unwrap().iter().map(show).collect()
}

/// Cut at every byte, a calendar is refused or has the windows of the whole.
#[test]
fn a_calendar_cut_at_any_byte_is_refused() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
    };
    let outlook = include_str!("../../../../../tests/data/timetables/exports/outlook.ics");
    // Its zones would be computed up to the year 9999, for each cut anew.
    let outlook = outlook.replace("1601", "9601");
    let exports = [
        include_str!("../../../../../tests/data/timetables/exports/google.ics"),
        outlook.as_str(),
        include_str!("../../../../../tests/data/timetables/exports/apple.ics"),
    ];
    let one = format!("BEGIN:VCALENDAR\n{EVENT}END:VCALENDAR\n");
    let two = format!("{one}{}", one.replace("20261206", "20271206").replace("UID:a", "UID:b"));
    let bare = EVENT.repeat(2).replacen("UID:a", "UID:b", 1);
    let mut samples: Vec<(Vec<u8>, &str)> = exports
        .iter()
        .chain(&[SERIES, DAYS, &two])
        .map(|text| (text.as_bytes().to_vec(), "END:VCALENDAR"))
        .collect();
    samples.push((SERIES.replace("\r\n", "\r").into_bytes(), "END:VCALENDAR"));
    samples.push((format!("\u{feff}{one}").into_bytes(), "END:VCALENDAR"));
    samples.push((bare.into_bytes(), "END:VEVENT"));
    samples.push((utf16(DAYS), "END:VCALENDAR"));
    for (bytes, end) in samples {
        let whole = read_as("x.ics", &bytes);
        assert!(whole.clone().accept(OnError::Stop).is_ok(), "{:?}", problems(&whole));
        let all = windows(&whole);
        let mut used = 0;
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            let loaded = read_as("x.ics", cut);
            let text = String::from_utf8_lossy(cut).replace('\0', "").to_ascii_uppercase();
            if loaded.clone().accept(OnError::Stop).is_err() {
                continue;
            }
            used += 1;
            assert!(text.trim_end().ends_with(end), "used, cut at {length}: {text}");
            for window in windows(&loaded) {
                assert!(all.contains(&window), "{window}, cut at {length}");
            }
        }
        // At the line ends behind each END, and at no other place.
        assert!((1..=6).contains(&used), "{used}");
    }
}

#[test]
fn a_cut_is_told_with_its_line_and_what_is_whole_can_be_used() {
    let cut = |rest: &str| format!("BEGIN:VCALENDAR\n{EVENT}{rest}");
    let inside = |what: &str, line: u32| {
        format!("the file ends inside the {what} of line {line}, and without END:VCALENDAR")
    };
    let no_end = "the file ends without END:VCALENDAR".to_owned();
    for (rest, last, message) in [
        (String::new(), 7, no_end.clone()),
        ("END:VCALEND".to_owned(), 8, no_end.clone()),
        ("END".to_owned(), 8, no_end.clone()),
        ("X-WR-TIMEZONE:Asia/To".to_owned(), 8, no_end),
        ("BEGIN:VEVENT\nDTSTART:20261207T02".to_owned(), 9, inside("VEVENT", 8)),
        ("BEGIN:VEVENT\nDTSTART:20261207T020000Z\nDTE".to_owned(), 10, inside("VEVENT", 8)),
        ("BEGIN:VEVENT\nDTSTART:202612\n 07T02".to_owned(), 10, inside("VEVENT", 8)),
        ("BEGIN:VEVENT\nBEGIN:VALARM\nTRIG".to_owned(), 10, inside("VALARM", 9)),
        ("BEGIN:VTIMEZONE\nTZID:Europe/Paris\n".to_owned(), 9, inside("VTIMEZONE", 8)),
        ("BEGIN:VEV".to_owned(), 8, inside("VEV", 8)),
        ("BEGIN:VTODO\nEND:VTOD".to_owned(), 9, inside("VTODO", 8)),
    ] {
        let loaded = read_as("x.ics", cut(&rest).as_bytes());
        let texts = problems(&loaded);
        let expected = format!("x.ics:{last}: {message}: it looks cut (fetch it again)");
        assert!(texts.contains(&expected), "{rest}: {expected}\n{texts:?}");
        assert!(loaded.clone().accept(OnError::Stop).is_err());
        let (_, told) = loaded.clone().accept(OnError::Skip).unwrap();
        assert!(told.iter().any(|problem| problem.severity == Severity::Error));
        assert_eq!(shown(&loaded), ["a 2026-12-06T02:00/2026-12-06T03:00"], "{rest}");
    }
}

/// A file that lacks its beginning, or has a cut calendar before another one.
#[test]
fn calendars_put_together_and_calendars_without_their_beginning() {
    let one = format!("BEGIN:VCALENDAR\n{EVENT}END:VCALENDAR\n");
    for (text, message) in [
        (
            format!("BEGIN:VCALENDAR\n{EVENT}{one}"),
            "x.ics:8: a calendar begins inside the VCALENDAR",
        ),
        (
            format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026\n{one}"),
            "x.ics:4: a calendar begins",
        ),
        (format!("{one}BEGI"), "x.ics:9: the file ends where a component begins"),
        (format!("{one}{}", &one[..40]), "the file ends inside the VEVENT of line 10, and without"),
        (
            format!("{EVENT}BEGIN:VEVENT\nDTST"),
            "x.ics:8: the file ends inside the VEVENT of line 7:",
        ),
        (one.replace("BEGIN:VEVENT\n", ""), "x.ics:4: the line stands in no event"),
        (
            one.replace("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", ""),
            "x.ics:3: the line stands in no event",
        ),
        (one.replace("BEGIN:VCALENDAR\n", ""), "x.ics:7: the line stands in no event"),
    ] {
        let loaded = read_as("x.ics", text.as_bytes());
        let texts = problems(&loaded);
        assert!(texts.iter().any(|text| text.contains(message)), "{text}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_err());
    }
    // Two whole ones are fine; a zone is that of its own calendar.
    let zone = |hours: u32| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Custom\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
             TZOFFSETFROM:+0{hours}00\nTZOFFSETTO:+0{hours}00\nRRULE:FREQ=YEARLY\n\
             END:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VEVENT\nSUMMARY:{hours}\nDTSTART;TZID=Custom:20261206T120000\nDURATION:PT1H\n\
             END:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let loaded = read_as("x.ics", (zone(1) + &zone(5)).as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let expected = ["5 2026-12-06T07:00/2026-12-06T08:00", "1 2026-12-06T11:00/2026-12-06T12:00"];
    assert_eq!(shown(&loaded), expected);
    // The same zone many times over costs no more than once.
    let loaded = read_as("x.ics", (zone(1).repeat(300) + &zone(5)).as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(shown(&loaded).len(), 301);
    // An event behind a calendar is not in its zone.
    let tokyo = "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Tokyo\nBEGIN:VEVENT\nDTSTART:20261206T120000\n\
        DURATION:PT1H\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n";
    let after = "BEGIN:VEVENT\nDTSTART:20261206T120000\nDURATION:PT1H\nSUMMARY:y\nEND:VEVENT\n";
    let loaded = read_as("x.ics", format!("{tokyo}{after}").as_bytes());
    let expected = ["x 2026-12-06T03:00/2026-12-06T04:00", "y 2026-12-06T12:00/2026-12-06T13:00"];
    assert_eq!(shown(&loaded), expected);
}

#[test]
fn an_end_that_one_component_lacks_is_supplied_and_told() {
    let second = EVENT.replace("UID:a", "UID:b").replace("20261206", "20261207");
    let open = EVENT.replace("END:VEVENT\n", "");
    let alarm = "BEGIN:VALARM\nTRIGGER:-PT1M\n";
    let todo = "BEGIN:VTODO\nUID:t\nEND:VTODO\n";
    for (events, message) in [
        (format!("{open}{second}"), "the VEVENT of line 2 has no END before this BEGIN:VEVENT"),
        (
            format!("{EVENT}{}", open.replace("SUMMARY:a", "").replace("06T", "07T")),
            "before this END:VCALENDAR",
        ),
        (
            format!("{open}{todo}{second}"),
            "the VEVENT of line 2 has no END before this BEGIN:VTODO",
        ),
        (
            format!("{open}{alarm}{alarm}END:VALARM\nEND:VEVENT\n{second}"),
            "the VALARM of line 7 has no END",
        ),
        (
            format!("{open}{alarm}END:VEVENT\n{second}"),
            "the VALARM of line 7 has no END before this END",
        ),
        (format!("{EVENT}END:VEVENT\n{second}"), "END:VEVENT has no BEGIN and is not read"),
        (format!("{open}END:VEVNT\n{second}"), "END:VEVNT is read as END:VEVENT"),
        (format!("{EVENT}{second}END:VCALENDARS\n"), "END:VCALENDARS is read as END:VCALENDAR"),
    ] {
        let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
        let loaded = read_as("x.ics", text.as_bytes());
        let texts = problems(&loaded);
        assert!(texts.iter().any(|text| text.contains(message)), "{text}: {texts:?}");
        assert!(loaded.clone().accept(OnError::Stop).is_ok(), "{text}: {texts:?}");
        assert_eq!(shown(&loaded).len(), 2, "{text}");
    }
    // A thousand of them are told in one line.
    let many =
        format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", open.replace("UID:a\n", "").repeat(1000));
    let texts = problems(&read_as("x.ics", many.as_bytes()));
    assert!(texts.len() == 1 && texts[0].contains("so 999 more in this file"), "{texts:?}");
}

#[test]
fn what_is_no_calendar_is_named() {
    for (bytes, message) in [
        (&b""[..], "x.ics:1: the file is empty (fetch it again)"),
        (b"\xEF\xBB\xBF\r\n \n", "x.ics:1: the file is empty"),
        (b"BEGIN:VCAL", "x.ics:1: the file ends inside the VCAL of line 1: it looks cut"),
        (b"BEG", "x.ics:1: the file ends in its first line: it looks cut"),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body>", "it looks like a web page (HTML)"),
        (b"<?xml version=\"1.0\"?><icalendar/>", "it looks like XML"),
        (b"{\"error\":{\"code\":401}}", "it looks like JSON"),
        (b"[\"vcalendar\",[],[]]", "it looks like JSON"),
        (b"PK\x03\x04\x14\0", "it looks like a ZIP archive"),
        (b"\x1f\x8b\x08\0", "it looks like a gzip file"),
        (b"%PDF-1.7", "it looks like a PDF"),
        (b"name,start,end\na,2026-12-01,2026-12-02\n", "it looks like a table (CSV)"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "an answer of a web server"),
        (b"BEGIN:VCARD\nFN:x\nEND:VCARD\n", "it looks like a list of contacts (vCard)"),
        (b"B\0E\0G\0I\0N\0:\0V\0", "it looks like UTF-16 without its byte order mark"),
        (b"\xFE\xFF\xD8\x3D", "the file begins as UTF-16, but is not: it looks cut"),
        (b"Not found", "the file is not a calendar (an iCalendar file has BEGIN:VCALENDAR)"),
    ] {
        let loaded = read_as("x.ics", bytes);
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(message), "{message}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_err());
    }
}
