//! The properties of a calendar for all of its events: CALSCALE, X-WR-TIMEZONE
//! and METHOD.

use super::{options, problems, read_as, shown};
use crate::timetable::{OnError, TimetableFile, read};

fn calendar(heading: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\n{heading}\nBEGIN:VEVENT\nUID:a\nSUMMARY:x\nDTSTART:20261206T020000\n\
         DTEND:20261206T030000\nEND:VEVENT\nEND:VCALENDAR\n"
    )
}

const UTC: &str = "x 2026-12-06T02:00/2026-12-06T03:00";

#[test]
fn only_gregorian_dates_are_read() {
    for (scale, message) in [
        ("GREGORIAN", None),
        ("gregorian", None),
        (" Gregorian ", None),
        ("GREGORAIN", Some("x.ics:2:10: calscale: \"GREGORAIN\" is read as GREGORIAN")),
        ("GREGORIEN", Some("is read as GREGORIAN")),
        ("GREGORIAN CALENDAR", Some("is read as GREGORIAN")),
        ("", Some("is read as GREGORIAN")),
    ] {
        let loaded = read_as("x.ics", calendar(&format!("CALSCALE:{scale}")).as_bytes());
        let texts = problems(&loaded);
        let reported = texts.iter().any(|text| message.is_some_and(|part| text.contains(part)));
        assert_eq!(reported, message.is_some(), "{scale}: {texts:?}");
        assert_eq!(texts.len(), 1 + usize::from(reported), "{texts:?}");
        assert_eq!(shown(&loaded), [UTC], "{scale}");
    }
    for scale in ["ISLAMIC", "ISLAMIC-CIVIL", "HEBREW", "CHINESE", "JULIAN", "ETHIOPIC", "PERSIAN"]
    {
        let text = calendar(&format!("CALSCALE:{scale}"));
        let loaded = read_as("x.ics", text.as_bytes());
        let message = format!(
            "x.ics:2:10: calscale: {scale:?} is no calendar that is read here, only GREGORIAN (export \
             it with Gregorian dates)"
        );
        assert_eq!(problems(&loaded), [message]);
        assert!(loaded.clone().accept(OnError::Stop).is_err());
        assert!(shown(&loaded).is_empty(), "its events are in other years");
        // Another calendar of the file is whole.
        let both = text + &calendar("");
        assert_eq!(shown(&read_as("x.ics", both.as_bytes())), [UTC]);
    }
}

#[test]
fn the_calendars_zone_is_known_or_an_error() {
    let paris = "x 2026-12-06T01:00/2026-12-06T02:00";
    for zone in [
        "Europe/Paris",
        "europe/paris",
        "\"Europe/Paris\"",
        "Romance Standard Time",
        "W. Europe Standard Time",
        "/mozilla.org/20070129_1/Europe/Paris",
        "(UTC+01:00) Brussels\\, Copenhagen\\, Madrid\\, Paris",
    ] {
        let loaded = read_as("x.ics", calendar(&format!("X-WR-TIMEZONE:{zone}")).as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{zone}");
        assert_eq!(shown(&loaded), [paris], "{zone}");
    }
    let own = "X-WR-TIMEZONE:Plant\nBEGIN:VTIMEZONE\nTZID:Plant\nBEGIN:STANDARD\n\
        DTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE";
    assert_eq!(shown(&read_as("x.ics", calendar(own).as_bytes())), [paris]);
    for (zone, message) in [
        ("Mars/Base", "x.ics:2:15: x-wr-timezone: unknown time zone \"Mars/Base\""),
        ("Europe/Pariss", "(did you mean Europe/Paris?)"),
        ("Romance Standart Time", "did you mean Romance Standard Time"),
        ("Local", "x-wr-timezone: unknown time zone \"Local\""),
    ] {
        // Also where no time hangs on it; an event whose time does is left out.
        let text = calendar(&format!("X-WR-TIMEZONE:{zone}"));
        for (text, hangs_on_it) in [(text.replace("0000\n", "0000Z\n"), false), (text, true)] {
            let inputs = [TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }];
            let loaded = read(inputs, &options(Some("UTC")));
            let texts = problems(&loaded);
            assert_eq!(texts.len(), 1 + usize::from(hangs_on_it), "{texts:?}");
            assert!(texts[0].contains(message), "{texts:?}");
            assert!(loaded.clone().accept(OnError::Stop).is_err());
            assert_eq!(shown(&loaded).is_empty(), hangs_on_it);
        }
    }
    // Without a value it is as if it were not there.
    let texts = problems(&read_as("x.ics", calendar("X-WR-TIMEZONE:").as_bytes()));
    assert!(texts[0].contains("x-wr-timezone: it names no zone") && texts.len() == 2, "{texts:?}");
    // The first of two counts.
    let two = calendar("X-WR-TIMEZONE:Europe/Paris\nX-WR-TIMEZONE:Asia/Tokyo");
    let loaded = read_as("x.ics", two.as_bytes());
    let message = "x.ics:3:15: x-wr-timezone: the calendar has it in line 2 already; the first one \
        counts (remove the one that is not meant)";
    assert_eq!(problems(&loaded), [message]);
    assert_eq!(shown(&loaded), [paris]);
}

#[test]
fn a_method_that_calls_off_or_answers_is_reported() {
    for (method, message, windows) in [
        ("PUBLISH", None, 1),
        ("request", None, 1),
        ("ADD", None, 1),
        ("CANCEL", Some("method: \"CANCEL\" calls its events off: none is a window"), 0),
        ("REPLY", Some("method: \"REPLY\" announces no events; they count all the same"), 1),
        ("COUNTER", Some("method: \"COUNTER\" announces no events"), 1),
    ] {
        let heading = format!("METHOD:{method}\nX-WR-TIMEZONE:UTC");
        let loaded = read_as("x.ics", calendar(&heading).as_bytes());
        let texts = problems(&loaded);
        let reported = texts.iter().any(|text| message.is_some_and(|part| text.contains(part)));
        assert_eq!(reported, message.is_some(), "{method}: {texts:?}");
        assert_eq!(shown(&loaded).len(), windows, "{method}");
        assert!(loaded.accept(OnError::Stop).is_ok());
    }
}
