//! Days and seconds of the calendar as plain numbers.
//!
//! Recurrence is arithmetic on the wall clock: "the next month", "that many
//! weeks on". A [`Wall`] time is a wall clock's reading as seconds since
//! 1970-01-01T00:00 of that same clock, and a day is a number since then; so
//! a seek over a thousand years is one division.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

use crate::time::days_since_1970;
/// A wall time from the zones' library, cut to whole seconds.
pub(super) use crate::time::wall_seconds as from_civil;

/// A reading of the wall clock, in seconds since its own 1970-01-01T00:00.
pub(super) type Wall = i64;

/// Where wall times are counted from.
const EPOCH: civil::DateTime = civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// The seconds of a day on the wall clock.
pub(super) const DAY: i64 = 86_400;

/// The number of a date, from 1970-01-01 on; the proleptic Gregorian calendar.
/// `month` may be any number: 13 is next year's January.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let (years, month) = ((month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    days_since_1970(year + years, month, day)
}

/// The year, month (1 to 12) and day of the month of a day's number.
pub(super) fn date_of(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let rest = day.rem_euclid(146_097);
    let year = (rest - rest / 1460 + rest / 36_524 - rest / 146_096) / 365;
    let rest = rest - (365 * year + year / 4 - year / 100);
    let month = (5 * rest + 2) / 153;
    let day = rest - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// The days of a month; `month` may be any number.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    day_of(year, month + 1, 1) - day_of(year, month, 1)
}

/// The weekday of a day's number: 0 is Monday, 6 Sunday.
pub(super) const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// A wall time as the zones' library has it; `None` outside its range.
pub(super) fn to_civil(wall: Wall) -> Option<civil::DateTime> {
    // The wall clock of UTC. Instants end some hours before dates do.
    match Timestamp::from_second(wall) {
        Ok(instant) => Some(Offset::UTC.to_datetime(instant)),
        Err(_) => EPOCH.checked_add(SignedDuration::from_secs(wall)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_sixteen_centuries_as_jiff_counts_it() {
        // The calendar repeats itself every four of them.
        for first in [0, 1600, 2000, 9600] {
            four_centuries_as_jiff_counts_them(first);
        }
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(day_of(2026, 14, 1), day_of(2027, 2, 1));
    }

    fn four_centuries_as_jiff_counts_them(first: i16) {
        let mut date = civil::date(first, 1, 1);
        for day in day_of(first.into(), 1, 1)..=day_of(i64::from(first) + 399, 12, 31) {
            let (year, month, dom) = date_of(day);
            assert_eq!(day_of(year, month, dom), day);
            let expected = (date.year().into(), date.month().into(), date.day().into());
            assert_eq!((year, month, dom), expected);
            assert_eq!(weekday(day), i64::from(date.weekday().to_monday_zero_offset()));
            assert_eq!(days_in_month(year, month), i64::from(date.days_in_month()));
            date = date.tomorrow().unwrap_or(date);
        }
    }

    #[test]
    fn wall_times_there_and_back() {
        let local = civil::date(2026, 3, 29).at(2, 30, 15, 0);
        assert_eq!(to_civil(from_civil(local)), Some(local));
        assert_eq!(to_civil(-1), Some(civil::date(1969, 12, 31).at(23, 59, 59, 0)));
        assert_eq!(to_civil(i64::MAX), None);
    }

    /// A wall time by the arithmetic of this module.
    fn to_civil_by_numbers(wall: Wall) -> Option<civil::DateTime> {
        let (year, month, day) = date_of(wall.div_euclid(DAY));
        let seconds = wall.rem_euclid(DAY);
        let small = |number: i64| i8::try_from(number).ok();
        civil::DateTime::new(
            i16::try_from(year).ok()?,
            small(month)?,
            small(day)?,
            small(seconds / 3600)?,
            small(seconds / 60 % 60)?,
            small(seconds % 60)?,
            0,
        )
        .ok()
    }

    #[test]
    fn a_wall_time_is_the_same_by_the_library_and_by_numbers_up_to_the_last_second() {
        let last = civil::date(9999, 12, 31).at(23, 59, 59, 0);
        let first = civil::date(-9999, 1, 1).at(0, 0, 0, 0);
        for edge in [
            first,
            civil::date(0, 1, 1).at(0, 0, 0, 0),
            civil::date(1970, 1, 1).at(0, 0, 0, 0),
            last,
        ] {
            let edge = from_civil(edge);
            for hours in -72..=72 {
                for wall in [edge + hours * 3_600 - 1, edge + hours * 3_600] {
                    assert_eq!(to_civil(wall), to_civil_by_numbers(wall), "{wall}");
                }
            }
        }
        assert_eq!(to_civil(from_civil(last)), Some(last));
        assert_eq!(to_civil(from_civil(first)), Some(first));
        assert_eq!((to_civil(from_civil(last) + 1), to_civil(from_civil(first) - 1)), (None, None));
    }
}
