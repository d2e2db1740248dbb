//! Calendars that are not whole, and what else comes instead of a calendar:
//! what is reported, and what can be used.

use super::{problems, read_as, shown};
use crate::timetable::{OnError, Severity};

pub(super) const EVENT: &str = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nDTSTART:20261206T020000Z\n\
    DTEND:20261206T030000Z\nEND:VEVENT\n";

#[test]
fn a_cut_is_reported_with_its_line_and_what_is_whole_can_be_used() {
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
        let (_, reported) = loaded.clone().accept(OnError::Skip).unwrap();
        assert!(reported.iter().any(|problem| problem.severity == Severity::Error));
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
    // Of the one that was cut its open event is none, and the next one is whole.
    let begun = EVENT.replace("END:VEVENT\n", "").replace("20261206", "20261205");
    let loaded = read_as("x.ics", format!("BEGIN:VCALENDAR\n{begun}{one}").as_bytes());
    assert_eq!(shown(&loaded), ["a 2026-12-06T02:00/2026-12-06T03:00"]);
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
fn an_end_that_one_component_lacks_is_supplied_and_reported() {
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
    // A thousand of them are reported in one line.
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
        (b"<html><body>Sign in</body></html>", "it looks like a web page (HTML)"),
        (b"<!DOCTYPE html>\nSign in", "it looks like a web page (HTML)"),
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
        (b"a,b,c\n1,2,3\n", "the file is not a calendar (an iCalendar file has BEGIN:VCALENDAR)"),
        (b"restart\n", "the file is not a calendar (an iCalendar file has BEGIN:VCALENDAR)"),
        (b"Not found", "the file is not a calendar (an iCalendar file has BEGIN:VCALENDAR)"),
    ] {
        let loaded = read_as("x.ics", bytes);
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(message), "{message}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_err());
    }
}

#[test]
fn a_part_of_a_time_zone_outside_of_one_is_an_error_at_its_line() {
    for name in ["STANDARD", "DAYLIGHT"] {
        let part = format!("BEGIN:{name}\nDTSTART:20200101T000000\nEND:{name}\n");
        let text = format!("BEGIN:VCALENDAR\n{part}{EVENT}END:VCALENDAR\n");
        let loaded = read_as("x.ics", text.as_bytes());
        let texts = problems(&loaded);
        let message = format!("x.ics:2: a {name} stands in no time zone: a BEGIN:VTIMEZONE is");
        assert!(texts.iter().any(|text| text.starts_with(&message)), "{texts:?}");
        assert!(loaded.clone().accept(OnError::Stop).is_err());
    }
}

#[test]
fn components_nest_to_a_depth_and_those_that_are_no_events_are_counted() {
    let deep = |depth: usize| {
        let names: Vec<String> = (1..depth).map(|n| format!("X-{n}")).collect();
        let begin: String =
            names.iter().map(|name| format!("BEGIN:{name}\n")).collect::<Vec<_>>().concat();
        let end: String =
            names.iter().rev().map(|name| format!("END:{name}\n")).collect::<Vec<_>>().concat();
        format!("BEGIN:VCALENDAR\n{EVENT}{begin}{end}END:VCALENDAR\n")
    };
    let reported = |text: &str| {
        problems(&read_as("x.ics", text.as_bytes()))
            .iter()
            .any(|text| text.contains("nest more than 64 deep"))
    };
    assert!(!reported(&deep(64)) && reported(&deep(65)));
    let todo = "BEGIN:VTODO\nBEGIN:VALARM\nEND:VALARM\nEND:VTODO\n";
    let texts =
        problems(&read_as("x.ics", format!("BEGIN:VCALENDAR\n{todo}END:VCALENDAR\n").as_bytes()));
    let expected = "x.ics:1: the calendar has no event (VEVENT), only 1 VTODO, and so no window";
    assert!(texts.len() == 1 && texts[0].starts_with(expected), "{texts:?}");
}
