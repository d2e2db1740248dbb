//! The stand-in's time: instants of the API, and a clock that can be set.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC with milliseconds; read as RFC 3339 with an
/// offset, or as epoch milliseconds (a number, or its digits in a string).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// The span that calendars and zones are worked out for: the years 1 to 9998.
const SANE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_370_764_799_999;

impl Time {
    /// The instant so many milliseconds after the epoch, which is brought into
    /// the years 1 to 9998.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*SANE.start(), *SANE.end()))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This instant moved by so many milliseconds.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// As the header `Date` has it.
    pub(crate) fn http_date(self) -> Option<hyper::header::HeaderValue> {
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        let date = printer.timestamp_to_rfc9110_string(&self.timestamp()).ok()?;
        hyper::header::HeaderValue::from_str(&date).ok()
    }

    pub(crate) fn timestamp(self) -> Timestamp {
        // In range by construction: the bounds above are inside jiff's.
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.3}", self.timestamp())
    }
}

impl FromStr for Time {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let millis = match text.parse::<i64>() {
            Ok(millis) => millis,
            Err(_) => text
                .parse::<Timestamp>()
                .with_context(|| format!("time \"{text}\": expected RFC 3339 or milliseconds"))?
                .as_millisecond(),
        };
        if !SANE.contains(&millis) {
            bail!("time \"{text}\" is outside the years 1 to 9998");
        }
        Ok(Self(millis))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map_err(|error| de::Error::custom(format!("{error:#}")))
    }
}

/// A clock that shows the real time, shifted, or that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// So many milliseconds ahead of the real time.
    Running(i64),
    /// Always the same instant.
    Frozen(Time),
}

impl Clock {
    pub(crate) fn real() -> Self {
        Self::Running(0)
    }

    /// A clock that shows `time` now and goes on from there.
    pub(crate) fn running_from(time: Time) -> Self {
        Self::Running(time.millis() - real_now().millis())
    }

    pub(crate) fn now(self) -> Time {
        match self {
            Self::Running(ahead) => real_now().plus(ahead),
            Self::Frozen(time) => time,
        }
    }

    pub(crate) fn advance(&mut self, by: SignedDuration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        match self {
            Self::Running(ahead) => *ahead = ahead.saturating_add(millis),
            Self::Frozen(time) => *time = time.plus(millis),
        }
    }
}

/// The machine's own time, on which clients wait and retry.
pub(crate) fn real_now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "this is the module of the clock")]
    let now = Timestamp::now();
    Time::from_millis(now.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_both_notations_and_writes_milliseconds() {
        let expected = Time::from_millis(1_672_531_199_000);
        for text in ["2022-12-31T23:59:59Z", "2023-01-01T00:59:59+01:00", "1672531199000"] {
            assert_eq!(text.parse::<Time>().unwrap(), expected, "{text}");
        }
        assert_eq!(serde_json::from_str::<Time>("1672531199000").unwrap(), expected);
        assert_eq!(expected.to_string(), "2022-12-31T23:59:59.000Z");
        assert!("2022-12-31".parse::<Time>().is_err());
        assert!(i64::MAX.to_string().parse::<Time>().is_err());
    }

    #[test]
    fn a_frozen_clock_moves_only_on_request() {
        let start = Time::from_millis(1_000);
        let mut clock = Clock::Frozen(start);
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(2));
        assert_eq!(clock.now(), Time::from_millis(3_000));
    }

    #[test]
    fn a_running_clock_keeps_its_distance() {
        let start: Time = "2022-07-01T00:00:00Z".parse().unwrap();
        let mut clock = Clock::running_from(start);
        assert!(clock.now() >= start);
        assert!(clock.now() < start.plus(60_000));
        clock.advance(SignedDuration::from_hours(24));
        assert!(clock.now() >= start.plus(86_400_000));
    }
}
