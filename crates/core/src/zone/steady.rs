//! Times at which no clock changes, for which a zone needs no look-up.
//!
//! A large timetable has its times within a few years, in one zone or a few,
//! and clocks change twice a year. So time is cut into equal stretches, and a
//! zone remembers of those that it was asked about which offset holds in all
//! of one. Where a change is near, it is looked up as ever.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

/// A stretch is two to this power of seconds long, about twelve days.
const LENGTH: u32 = 20;

/// How many stretches are remembered, eight years of them. Each has one place,
/// and gives it up to the next that belongs there.
const STRETCHES: i64 = 256;

/// How far from a stretch the next change of the clock must be, in seconds:
/// more than the 26 hours that a zone can be away from UTC.
const FAR: i64 = 2 * 86_400;

/// Which offset holds in which stretch.
pub(super) struct Steady(Box<[AtomicI64]>);

impl Default for Steady {
    fn default() -> Self {
        Self((0..STRETCHES).map(|_| AtomicI64::new(UNKNOWN)).collect())
    }
}

impl Steady {
    /// The instant that a local time of the zone means, in milliseconds since
    /// 1970, unless the clock changes near it.
    pub(super) fn to_utc(&self, zone: &TimeZone, local: civil::DateTime) -> Option<i64> {
        let seconds = seconds(local);
        let stretch = seconds >> LENGTH;
        let place = self.0.get(usize::try_from(stretch.rem_euclid(STRETCHES)).ok()?)?;
        // All that a place says is in one number, so no order is needed.
        let mut known = place.load(Ordering::Relaxed);
        if known == UNKNOWN || known >> 32 != stretch {
            let offset = offset_throughout(zone, stretch).map_or(CHANGES, |offset| offset + BIAS);
            known = stretch << 32 | offset;
            place.store(known, Ordering::Relaxed);
        }
        let offset = known & 0xffff_ffff;
        let millis = i64::from(local.subsec_nanosecond() / 1_000_000);
        (offset != CHANGES).then(|| (seconds - (offset - BIAS)) * 1000 + millis)
    }
}

/// What is remembered is the stretch's number, and below it, in 32 bits, its
/// offset in seconds east with this added, so that it is above these two.
const BIAS: i64 = 1 << 20;
const UNKNOWN: i64 = 0;
const CHANGES: i64 = 1;

/// The one offset, in seconds east, of all instants that can be read as a
/// local time in that stretch.
fn offset_throughout(zone: &TimeZone, stretch: i64) -> Option<i64> {
    let from = Timestamp::from_second((stretch << LENGTH) - FAR).ok()?;
    let to = Timestamp::from_second(((stretch + 1) << LENGTH) + FAR).ok()?;
    let next = zone.following(from).next();
    let is_steady = next.is_none_or(|change| change.timestamp() > to);
    is_steady.then(|| i64::from(zone.to_offset(from).seconds()))
}

/// The seconds since 1970 of a wall clock that is never changed.
fn seconds(local: civil::DateTime) -> i64 {
    // Hinnant's days_from_civil: years begin in March, so that the leap day is
    // the last one.
    let (month, day) = (i64::from(local.month()), i64::from(local.day()));
    let year = i64::from(local.year()) - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap_days + day_of_year - 719_468;
    let hours = days * 24 + i64::from(local.hour());
    (hours * 60 + i64::from(local.minute())) * 60 + i64::from(local.second())
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, ZoneTable, look_up};
    use super::*;
    use jiff::ToSpan as _;
    use proptest::prelude::*;

    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "America/Juneau",
        "Etc/GMT+12",
    ];

    fn database(name: &str) -> TimeZone {
        let zone = ZoneTable::bundled().get(name).unwrap();
        let Rules::Tz(zone, _) = &zone.0.rules else { panic!("{name} is no database zone") };
        zone.clone()
    }

    /// Asks twice: the second time it is remembered.
    fn agree(zone: &TimeZone, steady: &Steady, local: civil::DateTime) -> bool {
        for _ in 0..2 {
            if let Some(millis) = steady.to_utc(zone, local) {
                assert_eq!(Some((millis, None)), look_up(zone, local), "{local} {zone:?}");
            }
        }
        steady.to_utc(zone, local).is_some()
    }

    #[test]
    fn all_that_is_near_a_change_is_looked_up() {
        for name in ZONES {
            let (zone, steady) = (database(name), Steady::default());
            let from = Timestamp::from_second(-2_208_988_800).unwrap();
            for change in zone.following(from).take(400) {
                let at = TimeZone::UTC.to_datetime(change.timestamp());
                for minutes in (-40 * 60..40 * 60).step_by(29) {
                    let near = at.checked_add(minutes.minutes()).unwrap();
                    assert!(!agree(&zone, &steady, near), "{near} {name}");
                }
            }
        }
        // But not all that is not: in a year of two changes two stretches
        // about each are.
        let (zone, steady) = (database("Europe/Paris"), Steady::default());
        let days = civil::date(2026, 1, 1).series(1.day()).take(365);
        let found = days.filter(|day| agree(&zone, &steady, day.at(2, 30, 0, 0))).count();
        assert!(found > 300, "{found}");
    }

    proptest! {
        #[test]
        fn it_says_what_the_database_says(
            name in prop::sample::select(&ZONES),
            times in prop::collection::vec((0..=9999_i16, 1..=12_i8, 1..=28_i8, 0..86_400_000_i64), 200),
        ) {
            let (zone, steady) = (database(name), Steady::default());
            for (year, month, day, millis) in times {
                let local = civil::date(year, month, day).at(0, 0, 0, 0);
                agree(&zone, &steady, local.checked_add(millis.milliseconds()).unwrap());
                // Also where places are given up and taken again.
                let near = civil::date(2000 + year % 40, month, day).at(0, 0, 0, 0);
                agree(&zone, &steady, near.checked_add(millis.milliseconds()).unwrap());
            }
        }

        #[test]
        fn seconds_are_those_of_the_calendar(
            year in 0..=9999_i16, month in 1..=12_i8, day in 1..=28_i8, second in 0..86_400_i64,
        ) {
            let local = civil::date(year, month, day).at(0, 0, 0, 0);
            let local = local.checked_add(second.seconds()).unwrap();
            let wanted = TimeZone::UTC.to_timestamp(local).map(Timestamp::as_second);
            // The last day is beyond what the library takes for an instant.
            prop_assert!(wanted.is_err() || wanted.is_ok_and(|wanted| wanted == seconds(local)));
        }
    }
}
