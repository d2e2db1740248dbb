//! Calendars that were cut, at every byte: a download that broke off.

use super::damage::EVENT;
use super::{at, problems, read_as, show};
use crate::timetable::{Loaded, OnError};

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
