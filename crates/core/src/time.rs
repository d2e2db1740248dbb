//! Times as records hold them.
//!
//! Inside, every time is a [`UtcTime`]: whole milliseconds since the Unix
//! epoch, as the API counts them. Records give and take RFC 3339.

mod fixed;

pub(crate) use fixed::days_since_1970;
pub use fixed::parse_civil;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in UTC, in whole milliseconds since 1970-01-01T00:00:00Z, within
/// the years 0000 to 9999 that RFC 3339 can write.
///
/// Anything finer than a millisecond is cut off (towards the past) when a time is
/// read. Windows begin and end on whole milliseconds, so that cut never
/// changes on which side of an edge a run lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(i64);

impl UtcTime {
    /// 0000-01-01T00:00:00Z, the first instant that RFC 3339 can write.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// 9999-12-31T23:59:59.999Z, the last one.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The instant that many milliseconds after the Unix epoch; `None` outside
    /// the years 0000 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 { None } else { Some(Self(millis)) }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// From a `chrono` instant, cut to whole milliseconds and to the range.
    #[must_use]
    pub fn from_chrono(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis().clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The same instant for `chrono`.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0)
    }

    /// That much later, stopping at [`UtcTime::MAX`].
    #[must_use]
    pub fn saturating_add(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by).min(Self::MAX.0))
    }

    /// That much earlier, stopping at [`UtcTime::MIN`].
    #[must_use]
    pub fn saturating_sub(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(by).max(Self::MIN.0))
    }

    /// The time since `earlier`; zero if this is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds and `Z`, in ASCII.
    #[must_use]
    pub fn to_ascii(self) -> [u8; 24] {
        fixed::write(self.0)
    }

    /// Reads RFC 3339, with any offset. `None` if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(millis) = fixed::parse(text.as_bytes()) {
            return Some(Self(millis));
        }
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Self::from_millis(time.timestamp_millis())
    }
}

/// RFC 3339 in UTC with milliseconds and `Z`, the form of every time we write.
impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.to_ascii()).unwrap_or_default())
    }
}

impl fmt::Debug for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&text), &"a time in RFC 3339")
        })
    }
}

/// An instant as people type it: RFC 3339, or the same without seconds
/// (`2026-12-01T02:00Z`), which ISO 8601 allows and RFC 3339 does not.
#[must_use]
pub fn parse_instant(text: &str) -> Option<UtcTime> {
    // What tables mostly have, brought to the form that is read fastest.
    if let Some((local @ (16 | 19), b"Z")) =
        text.len().checked_sub(1).zip(text.as_bytes().last_chunk::<1>())
    {
        let mut full = *b"0000-00-00T00:00:00.000Z";
        if let (Some(to), Some(from)) = (full.get_mut(..local), text.as_bytes().get(..local)) {
            to.copy_from_slice(from);
        }
        if let Some(millis) = fixed::parse(&full) {
            return Some(UtcTime(millis));
        }
    }
    UtcTime::parse(text).or_else(|| {
        let (local, offset) = text.split_at_checked(16)?;
        UtcTime::parse(&format!("{local}:00{offset}"))
    })
}

/// The seconds since 1970 of a wall clock that is never changed.
pub(crate) fn wall_seconds(local: civil::DateTime) -> i64 {
    let days = days_since_1970(local.year().into(), local.month().into(), local.day().into());
    let hours = days * 24 + i64::from(local.hour());
    (hours * 60 + i64::from(local.minute())) * 60 + i64::from(local.second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> UtcTime {
        UtcTime::parse(text).unwrap()
    }

    #[test]
    fn rfc_3339_in_and_out() {
        for (text, written) in [
            ("2022-07-20T18:00:00.000Z", "2022-07-20T18:00:00.000Z"),
            ("2022-07-20T20:00:00+02:00", "2022-07-20T18:00:00.000Z"),
            ("2022-07-20T18:00:00.123999Z", "2022-07-20T18:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(at(text).to_string(), written, "{text}");
        }
        assert_eq!(UtcTime::parse("2022-07-20T18:00:00"), None);
        assert_eq!(UtcTime::parse("9999-12-31T23:59:59-01:00"), None);
        assert_eq!(at("0000-01-01T00:00:00Z"), UtcTime::MIN);
        assert_eq!(at("9999-12-31T23:59:59.999Z"), UtcTime::MAX);
    }

    /// A civil time, part by part.
    fn parse_civil_parts(text: &str) -> Option<civil::DateTime> {
        let (date, time) = match text.as_bytes().get(10) {
            None => (text, None),
            Some(b'T' | b't' | b' ') => (text.get(..10)?, Some(text.get(11..)?)),
            Some(_) => return None,
        };
        let number = |text: &str, digits: usize| -> Option<i16> {
            (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse().ok())
                .flatten()
        };
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let date = civil::Date::new(
            number(year, 4)?,
            i8::try_from(number(month, 2)?).ok()?,
            i8::try_from(number(day, 2)?).ok()?,
        )
        .ok()?;
        let Some(time) = time else { return Some(date.at(0, 0, 0, 0)) };
        let mut parts = time.split(':');
        let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let part = |text| number(text, 2).and_then(|n| i8::try_from(n).ok());
        let second = second.map_or(Some(0), part)?;
        Some(date.to_datetime(civil::Time::new(part(hour)?, part(minute)?, second, 0).ok()?))
    }

    proptest! {
        #[test]
        fn a_civil_time_is_the_same_part_by_part(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]([Tt ][0-2][0-9]:[0-6][0-9](:[0-6][0-9])?)?",
            at in 0..19_usize,
            wrong in prop::option::of("[0-9TZ:. +é]"),
        ) {
            let mut text = text;
            if let Some(wrong) = wrong && at < text.len() {
                text.replace_range(at..=at, &wrong);
            }
            prop_assert_eq!(parse_civil(&text), parse_civil_parts(&text), "{}", text);
        }
    }
}
