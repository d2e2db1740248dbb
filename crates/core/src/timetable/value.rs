//! The values in a row: times, lengths, and why others are refused.

use jiff::civil;

use super::problem::Mistake;
use crate::short_name::clip;
use crate::time::{UtcTime, parse_civil, parse_instant};

/// A time as it stands in a row, before its zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// With an offset or `Z`.
    Instant(UtcTime),
    /// A date and a time of day in some zone.
    Local(civil::DateTime),
    /// A date: its local midnight.
    Date(civil::DateTime),
    /// A time of day, in seconds since midnight; 24:00 is allowed.
    Clock(u32),
}

const HINT: &str = "write 2026-12-01T02:00, 2026-12-01 or, with an offset, 2026-12-01T02:00:00Z";

/// Reads a time of a row.
pub(super) fn parse_when(text: &str) -> Result<When, Mistake> {
    // An offset makes it longer or, after minutes, shorter than these.
    let has_none = matches!(text.len(), 10 | 16 | 19);
    if !has_none && let Some(time) = parse_instant(text) {
        return Ok(When::Instant(time));
    }
    if let Some(local) = parse_civil(text) {
        return Ok(if text.len() == 10 { When::Date(local) } else { When::Local(local) });
    }
    if let Some(clock) = parse_clock(text) {
        return Ok(When::Clock(clock));
    }
    // 24:00 is the midnight that ends the day.
    if let (Some(date), Some(time)) = (text.get(..10), text.get(11..))
        && matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '))
        && parse_clock(time) == Some(DAY)
        && let Some(next) = parse_civil(date).and_then(|local| local.date().tomorrow().ok())
    {
        return Ok(When::Local(next.at(0, 0, 0, 0)));
    }
    Err(explain_time(text))
}

/// The seconds of a day without clock changes.
pub(super) const DAY: u32 = 86_400;

/// `02:00`, `02:00:30` or `24:00`, in seconds since midnight.
fn parse_clock(text: &str) -> Option<u32> {
    let mut seconds = 0;
    let mut parts = 0;
    for (part, unit) in text.split(':').zip([3600, 60, 1, 0]) {
        if part.len() != 2 || unit == 0 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u32 = part.parse().ok()?;
        if unit != 3600 && number > 59 {
            return None;
        }
        seconds += number * unit;
        parts += 1;
    }
    (parts >= 2 && seconds <= DAY).then_some(seconds)
}

/// Says why a time cannot be read. The two forms that spreadsheets
/// make without asking get an answer of their own.
fn explain_time(text: &str) -> Mistake {
    let numbers: Vec<&str> = text.split(['/', '.', '-', ' ', 'T', ',']).collect();
    let number = |index: usize| numbers.get(index).and_then(|text| text.parse::<i16>().ok());
    let separator = text.find(|c: char| !c.is_ascii_digit()).and_then(|at| text.get(at..=at));
    if let (Some(a), Some(b), Some(year @ 1000..), Some("/" | "." | "-")) =
        (number(0), number(1), number(2), separator)
    {
        let date = |month: i16, day: i16| {
            let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            civil::Date::new(year, month, day).ok()
        };
        return match (date(b, a), date(a, b)) {
            (Some(first), Some(second)) if first != second => Mistake::new(
                format!("{:?} is ambiguous: which number is the day?", clip(text)),
                format!("write {first} or {second}"),
            ),
            (Some(only), _) | (None, Some(only)) => Mistake::new(
                format!("{:?} is not a date in a form that all read alike", clip(text)),
                format!("write {only}"),
            ),
            (None, None) => not_a_time(text),
        };
    }
    if let Ok(serial) = text.parse::<f64>()
        && (1.0..2_958_466.0).contains(&serial)
        && let Some(date) = serial_date(serial)
    {
        return Mistake::new(
            format!("{:?} is a spreadsheet's serial number, not a date", clip(text)),
            format!(
                "format the column as yyyy-mm-dd hh:mm before you export it; here that may be {date}"
            ),
        );
    }
    not_a_time(text)
}

fn not_a_time(text: &str) -> Mistake {
    Mistake::new(format!("{:?} is not a time", clip(text)), HINT)
}

/// The date of a spreadsheet's serial number (days since 1899-12-30).
fn serial_date(serial: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "days up to the year 9999, in range")]
    let minutes = (serial * 1440.0).round() as i64;
    let date = civil::date(1899, 12, 30).at(0, 0, 0, 0);
    let date = date.checked_add(jiff::Span::new().try_minutes(minutes).ok()?).ok()?;
    Some(date.strftime("%Y-%m-%d %H:%M").to_string())
}

/// A length of time, kept apart in what clock changes stretch and what they do
/// not (RFC 5545, section 3.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    /// Days and weeks: on the calendar.
    pub(super) days: i32,
    /// Hours, minutes and seconds: elapsed, in milliseconds.
    pub(super) millis: i64,
}

/// Reads a length: `90m`, `2h`, `1d12h`, `PT2H`, `P1D`, `P2W`.
pub(super) fn parse_length(text: &str) -> Result<Length, Mistake> {
    let bad = |message: String| {
        Mistake::new(message, "write 90m, 2h, 1d12h or, as in calendars, PT2H or P1D")
    };
    let span: jiff::Span =
        text.parse().map_err(|_| bad(format!("{:?} is not a duration in range", clip(text))))?;
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err(bad(format!("{:?}: months and years have no fixed length", clip(text))));
    }
    if span.is_negative() {
        return Err(bad(format!("{:?} is negative", clip(text))));
    }
    let days = span.get_weeks() * 7 + span.get_days();
    let time = span.days(0).weeks(0);
    let millis = time
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .ok()
        .and_then(|length| i64::try_from(length.as_millis()).ok())
        .ok_or_else(|| bad(format!("{:?} is not a duration in range", clip(text))))?;
    Ok(Length { days, millis })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_time_in_a_row_is_read() {
        let local = |text| When::Local(parse_civil(text).unwrap());
        for (text, when) in [
            ("2026-12-01T02:00:00Z", UtcTime::parse("2026-12-01T02:00:00Z").map(When::Instant)),
            ("2026-12-01T02:00Z", UtcTime::parse("2026-12-01T02:00:00Z").map(When::Instant)),
            (
                "2026-12-01T02:00:00+01:00",
                UtcTime::parse("2026-12-01T01:00:00Z").map(When::Instant),
            ),
            ("2026-12-01T02:00+01:00", UtcTime::parse("2026-12-01T01:00:00Z").map(When::Instant)),
            ("2026-12-01T02:00:30Z", UtcTime::parse("2026-12-01T02:00:30Z").map(When::Instant)),
            ("2026-12-01t02:00:30z", UtcTime::parse("2026-12-01T02:00:30Z").map(When::Instant)),
            ("2026-12-01T02:00+01", None),
            ("2026-12-01T24:01Z", None),
            ("2026-02-29T02:00:00Z", None),
            ("2026-12-01 02:00", Some(local("2026-12-01T02:00"))),
            ("2026-12-31T24:00", Some(local("2027-01-01T00:00"))),
            ("2026-12-01", Some(When::Date(civil::date(2026, 12, 1).at(0, 0, 0, 0)))),
            ("02:30", Some(When::Clock(9000))),
            ("24:00", Some(When::Clock(DAY))),
            ("24:01", None),
            ("12:60", None),
            ("12:59:59", Some(When::Clock(46_799))),
            ("12:59:60", None),
            ("1:30", None),
            ("2026-02-29", None),
        ] {
            assert_eq!(parse_when(text).ok(), when, "{text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        for (text, message, hint) in [
            ("03/04/2026", "ambiguous", "write 2026-04-03 or 2026-03-04"),
            ("3.4.2026 02:00", "ambiguous", "write 2026-04-03 or 2026-03-04"),
            ("13/04/2026", "read alike", "write 2026-04-13"),
            ("04.04.2026", "read alike", "write 2026-04-04"),
            ("04/13/2026", "read alike", "write 2026-04-13"),
            ("31/31/2026", "not a time", "write 2026-12-01T02:00"),
            ("46115.5", "serial number", "2026-04-03 12:00"),
            ("soon", "not a time", "write 2026-12-01T02:00"),
        ] {
            let bad = parse_when(text).unwrap_err();
            assert!(bad.message.contains(message) && bad.hint.contains(hint), "{text}: {bad:?}");
        }
    }

    #[test]
    fn each_form_of_a_length_is_read_and_months_are_refused() {
        let length = |text| parse_length(text).map(|l| (l.days, l.millis)).ok();
        assert_eq!(length("90m"), Some((0, 5_400_000)));
        assert_eq!(length("1d12h"), Some((1, 43_200_000)));
        assert_eq!(length("P2W"), Some((14, 0)));
        assert_eq!(length("PT1.5S"), Some((0, 1500)));
        for text in ["P999999999999999999W", "P1M", "-PT1H", "2", ""] {
            assert_eq!(length(text), None, "{text}");
        }
        for text in ["P1M", "P1Y", "1y 2mo"] {
            let message = parse_length(text).unwrap_err().message;
            assert!(message.contains("months and years have no fixed length"), "{text}: {message}");
        }
    }
}
