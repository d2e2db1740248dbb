//! Times as calendars write them (RFC 5545, sections 3.3.4 to 3.3.6).

use super::civil::{DAY, Wall, day_of, days_in_month};
use super::value::Length;
use crate::time::UtcTime;

/// A DATE or a DATE-TIME, before its zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `20261201T020000Z`
    Utc(UtcTime),
    /// `20261201T020000`
    Wall(Wall),
    /// `20261201`: the day's number.
    Day(i64),
}

/// Reads a DATE or a DATE-TIME. A leap second is the second before it, as the
/// RFC has it for those who do not know of leap seconds; 24:00 is the next
/// day's midnight.
pub(super) fn parse_stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let date = day_of(year, month, day);
    let rest = text.get(8..)?;
    if rest.is_empty() {
        return Some(Stamp::Day(date));
    }
    let (time, utc) = match rest.strip_suffix(['Z', 'z']) {
        Some(time) => (time, true),
        None => (rest, false),
    };
    if !time.starts_with(['T', 't']) || !matches!(time.len(), 5 | 7) {
        return None;
    }
    let (hour, minute) = (number(9, 11)?, number(11, 13)?);
    let second = if time.len() == 7 { number(13, 15)?.min(60) } else { 0 };
    let clock = hour * 3600 + minute * 60 + if second == 60 { 59 } else { second };
    if minute > 59 || clock > DAY {
        return None;
    }
    let wall = date * DAY + clock;
    if utc { UtcTime::from_millis(wall * 1000).map(Stamp::Utc) } else { Some(Stamp::Wall(wall)) }
}

/// Reads a DURATION: weeks and days on the calendar, the rest elapsed. The
/// flag is true of a negative one.
pub(super) fn parse_duration(text: &str) -> Option<(Length, bool)> {
    let text = text.trim().to_ascii_uppercase();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let text = text.strip_prefix('P')?;
    let (mut days, mut seconds, mut in_time, mut any) = (0_i64, 0_i64, false, false);
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if c == 'T' && digits.is_empty() && !in_time {
            in_time = true;
            continue;
        }
        let number: i64 = digits.parse().ok()?;
        digits.clear();
        any = true;
        match (c, in_time) {
            ('W', false) => days = days.checked_add(number.checked_mul(7)?)?,
            ('D', false) => days = days.checked_add(number)?,
            ('H', true) => seconds = seconds.checked_add(number.checked_mul(3600)?)?,
            ('M', true) => seconds = seconds.checked_add(number.checked_mul(60)?)?,
            ('S', true) => seconds = seconds.checked_add(number)?,
            _ => return None,
        }
    }
    if !any || !digits.is_empty() {
        return None;
    }
    // Ten thousand years: longer than time as records can write it.
    if days > 3_660_000 || seconds > 3_660_000 * DAY {
        return None;
    }
    Some((Length { days: i32::try_from(days).ok()?, millis: seconds * 1000 }, negative))
}

/// Reads a UTC-OFFSET (`+0530`, `-0500`, `+023017`), in seconds east.
pub(super) fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => (1, text),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |d| d.parse().ok());
    let (hours, minutes, seconds): (i64, i64, i64) = (number(0, 2)?, number(2, 4)?, number(4, 6)?);
    (hours < 24 && minutes < 60 && seconds < 60)
        .then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_of_calendars_are_read_or_refused() {
        let day = day_of(2026, 12, 1);
        for (text, stamp) in [
            ("20261201", Some(Stamp::Day(day))),
            ("20261201T020000", Some(Stamp::Wall(day * DAY + 7200))),
            ("20261201t0200", Some(Stamp::Wall(day * DAY + 7200))),
            ("20261201T235960", Some(Stamp::Wall(day * DAY + DAY - 1))),
            ("20261130T240000", Some(Stamp::Wall(day * DAY))),
            ("20261201T020000Z", UtcTime::parse("2026-12-01T02:00:00Z").map(Stamp::Utc)),
            ("20260229", None),
            ("20261201T", None),
            ("20261201T250000", None),
            ("20261201T02000", None),
            ("2026-12-01", None),
            ("", None),
            ("2026120é", None),
            ("20260001", None),
            ("20261301", None),
            ("20261200", None),
            ("20261201T2400", Some(Stamp::Wall((day + 1) * DAY))),
            ("20261201T240001", None),
            ("20261201T0160", None),
            ("20261201T015930", Some(Stamp::Wall(day * DAY + 7170))),
        ] {
            assert_eq!(parse_stamp(text), stamp, "{text}");
        }
    }

    #[test]
    fn durations_and_offsets_of_calendars_are_read_or_refused() {
        let length = |text| parse_duration(text).map(|(l, minus)| (l.days, l.millis, minus));
        assert_eq!(length("P15DT5H0M20S"), Some((15, 18_020_000, false)));
        assert_eq!(length("P7W"), Some((49, 0, false)));
        assert_eq!(length("-PT15M"), Some((0, 900_000, true)));
        assert_eq!(length("+pt0s"), Some((0, 0, false)));
        assert_eq!(length("PT1H30M"), Some((0, 5_400_000, false)));
        assert_eq!(length("P1W1D"), Some((8, 0, false)));
        // Ten thousand years.
        assert_eq!(length("P3660000D"), Some((3_660_000, 0, false)));
        assert_eq!(length("PT316224000000S"), Some((0, 316_224_000_000_000, false)));
        for text in ["P", "PT", "P1M", "PT1D", "P5", "P999999999999999999W", "1H", ""] {
            assert_eq!(length(text), None, "{text}");
        }
        for text in ["P1T2H", "PTT2H", "PT2HT1M", "P1H", "P3660001D", "PT316224000001S"] {
            assert_eq!(length(text), None, "{text}");
        }
        assert_eq!(parse_offset("+0530"), Some(19_800));
        assert_eq!(parse_offset("-050010"), Some(-18_010));
        assert_eq!(parse_offset("0000"), Some(0));
        assert_eq!(parse_offset("+235959"), Some(86_399));
        for text in ["+2400", "+0060", "+000060", "+0060 00", "+05300", "+5"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
        assert_eq!(parse_offset(""), None);
    }
}
