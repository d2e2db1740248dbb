//! The day that a time names in a series of days.

use crate::timetable::civil::DAY;
use crate::timetable::expand::{Start, to_wall};
use crate::timetable::stamp::Stamp;
use crate::zone::Zone;

/// The local day that a time is the midnight of.
pub(super) fn day_begun(stamp: Stamp, zone: &Zone) -> Option<i64> {
    let (day, is_midnight) = match stamp {
        Stamp::Day(day) => (day, true),
        Stamp::Wall(wall) => (wall.div_euclid(DAY), wall.rem_euclid(DAY) == 0),
        Stamp::Utc(time) => {
            let day = to_wall(zone, time).div_euclid(DAY);
            let midnight = Start::at_wall(zone, day * DAY);
            (day, midnight.is_some_and(|midnight| midnight.utc == time))
        }
    };
    is_midnight.then_some(day)
}

/// The day that a time names in a series of days (VALUE=DATE). Programs write
/// UNTIL, EXDATE and RECURRENCE-ID of such a series with a time as well: the
/// start of the day in the writer's zone as an instant, or any time of that
/// day. So an instant that is midnight in `zone` means that local day, any
/// other its date in UTC, and a time without `Z` the date as it is written.
pub(super) fn day_named(stamp: Stamp, zone: &Zone) -> i64 {
    match stamp {
        Stamp::Day(day) => day,
        Stamp::Wall(wall) => wall.div_euclid(DAY),
        Stamp::Utc(time) => {
            let utc = time.as_millis().div_euclid(DAY * 1000);
            day_begun(stamp, zone).unwrap_or(utc)
        }
    }
}
