//! Times and durations as people type them on the command line.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;

use std::str::FromStr;
use std::time::Duration;

use jiff::civil;

use crate::time::{UtcTime, parse_civil, parse_instant};
use crate::zone::Zone;

/// A time as it was typed. Its meaning may depend on the present moment and on
/// `--timezone`, so it is resolved in a second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeArg {
    /// An instant: RFC 3339 with an offset, or epoch milliseconds.
    At(UtcTime),
    /// A civil time without a zone.
    Civil(civil::DateTime),
    /// `now`, `+7d`, `-90m`: that many milliseconds from now.
    FromNow(i64),
}

/// Why a TIME or a DURATION on the command line cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TimeArgError {
    /// Not one of the forms of a TIME.
    #[error(
        "not a time: write 2026-12-01T02:00:00Z, 2026-12-01T02:00, 2026-12-01, \
         epoch milliseconds, now, +7d or -90m"
    )]
    Time,
    /// A number that is no time of these centuries in epoch milliseconds.
    #[error(
        "not a time: epoch milliseconds have 13 digits (to seconds, append 000; write a date as \
         2026-12-01)"
    )]
    Epoch,
    /// Not one of the forms of a DURATION.
    #[error("not a duration: write 90s, 15m, 2h, 1d12h or PT2H")]
    Duration,
    /// Readable, but outside the years 0000 to 9999.
    #[error("outside the years 0000 to 9999")]
    Range,
}

impl TimeArg {
    /// The typed time as an instant: civil times in `zone`, relative ones from `now`. A
    /// time that a clock change skips or repeats is resolved by the rule of RFC 5545,
    /// section 3.3.5.
    ///
    /// # Errors
    ///
    /// [`TimeArgError::Range`] if the instant lies outside the years 0000 to 9999.
    pub fn resolve(self, now: UtcTime, zone: &Zone) -> Result<UtcTime, TimeArgError> {
        match self {
            Self::At(time) => Ok(time),
            Self::Civil(local) => {
                zone.to_utc(local).map(|(time, _)| time).ok_or(TimeArgError::Range)
            }
            Self::FromNow(millis) => now
                .as_millis()
                .checked_add(millis)
                .and_then(UtcTime::from_millis)
                .ok_or(TimeArgError::Range),
        }
    }
}

impl FromStr for TimeArg {
    type Err = TimeArgError;

    fn from_str(text: &str) -> Result<Self, TimeArgError> {
        if text == "now" {
            return Ok(Self::FromNow(0));
        }
        let relative = |text, sign: i64| {
            let length = parse_duration(text)?;
            let millis = i64::try_from(length.as_millis()).map_err(|_| TimeArgError::Range)?;
            Ok(Self::FromNow(sign * millis))
        };
        if let Some(rest) = text.strip_prefix('+') {
            return relative(rest, 1);
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            // `20261201` would be 1970-01-01T05:37, `date +%s` would be January 1970, and
            // `20261201020000` the year 2612: nobody means these.
            if digits.len() != 13 {
                return Err(TimeArgError::Epoch);
            }
            let millis = text.parse().map_err(|_| TimeArgError::Range)?;
            return UtcTime::from_millis(millis).map(Self::At).ok_or(TimeArgError::Range);
        }
        if let Some(rest) = text.strip_prefix('-') {
            return relative(rest, -1);
        }
        if let Some(time) = parse_instant(text) {
            return Ok(Self::At(time));
        }
        parse_civil(text).map(Self::Civil).ok_or(TimeArgError::Time)
    }
}

/// Reads a DURATION: `90s`, `15m`, `2h`, `1d12h`, or ISO 8601 (`PT2H`). A day
/// is 24 hours; months and years have no length and are refused.
pub fn parse_duration(text: &str) -> Result<Duration, TimeArgError> {
    let span: jiff::Span = text.parse().map_err(|_| TimeArgError::Duration)?;
    if text.starts_with(['+', '-']) || span.get_months() != 0 || span.get_years() != 0 {
        return Err(TimeArgError::Duration);
    }
    let length = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| TimeArgError::Duration)?;
    Duration::try_from(length).map_err(|_| TimeArgError::Duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> UtcTime {
        UtcTime::parse(text).unwrap()
    }

    #[test]
    fn each_form_of_a_time_is_read_and_other_texts_are_refused() {
        let now = instant("2026-03-01T12:00:00Z");
        let zones = crate::zone::ZoneTable::bundled();
        let paris = zones.get("Europe/Paris").unwrap();
        for (text, time) in [
            ("now", "2026-03-01T12:00:00Z"),
            ("+7d", "2026-03-08T12:00:00Z"),
            ("-90m", "2026-03-01T10:30:00Z"),
            ("+PT2H", "2026-03-01T14:00:00Z"),
            ("1672531199000", "2022-12-31T23:59:59Z"),
            ("2026-12-01", "2026-11-30T23:00:00Z"),
            ("2026-12-01T02:00", "2026-12-01T01:00:00Z"),
            ("2026-12-01 02:00:30", "2026-12-01T01:00:30Z"),
            ("2026-12-01T02:00:00-05:00", "2026-12-01T07:00:00Z"),
            ("2026-12-01T02:00Z", "2026-12-01T02:00:00Z"),
            ("2026-12-01T02:00+01:00", "2026-12-01T01:00:00Z"),
        ] {
            let arg: TimeArg = text.parse().unwrap();
            assert_eq!(arg.resolve(now, &paris), Ok(instant(time)), "{text}");
        }
        for text in ["", "tomorrow", "03/04/2026", "7d", "2026-02-30", "2026-1-1"] {
            assert_eq!(text.parse::<TimeArg>(), Err(TimeArgError::Time), "{text}");
        }
        for text in ["20261201", "1764547200", "202612010200", "20261201020000", "-90"] {
            assert_eq!(text.parse::<TimeArg>(), Err(TimeArgError::Epoch), "{text}");
        }
        assert_eq!("+".parse::<TimeArg>(), Err(TimeArgError::Duration));
    }

    #[test]
    fn each_form_of_a_duration_is_read_and_other_texts_are_refused() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs());
        for (text, length) in [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7200),
            ("1d12h", 129_600),
            ("PT2H", 7200),
            ("P1D", 86_400),
            ("0s", 0),
        ] {
            assert_eq!(seconds(text), Ok(length), "{text}");
        }
        for text in ["", "5", "-5m", "2 fortnights", "P1M", "1y", "1mo"] {
            assert_eq!(seconds(text), Err(TimeArgError::Duration), "{text}");
        }
    }
}
