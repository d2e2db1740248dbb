//! Round times of a zone: whole multiples of a step since midnight.

use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

/// Returns the times in `[from, to)` that are multiples of `step` milliseconds by the
/// clocks of the zone, in their order. A change of the clock moves them with it.
pub(crate) fn round_times(
    zone: &Zone,
    from: UtcTime,
    to: UtcTime,
    step: i64,
) -> impl Iterator<Item = UtcTime> {
    // A time on the clock is counted as if the clock was that of UTC.
    let utc = Zone::utc();
    let wall = zone.to_local(from).and_then(|local| utc.to_utc(local));
    let first = wall.map_or(from, |(time, _)| time).as_millis().div_euclid(step) * step;
    let mut last = None;
    // The first one is a step too early, since the clock may go back behind it.
    (-1..)
        .map_while(move |n: i64| first.checked_add(n.checked_mul(step)?))
        .map_while(UtcTime::from_millis)
        .map_while(move |wall| {
            let utc = Zone::utc();
            zone.to_utc(utc.to_local(wall)?).map(|(time, _)| time)
        })
        .take_while(move |time| *time < to)
        // Times that the clock skips are the same as some behind them.
        .filter(move |time| {
            let is_new = last.is_none_or(|last| *time > last);
            last = last.max(Some(*time));
            is_new && *time >= from
        })
}

#[cfg(test)]
mod tests {
    use maintenance_core::zone::ZoneTable;

    use super::*;

    #[test]
    fn round_times_are_those_of_the_clock_and_grow() {
        let at = |text: &str| UtcTime::parse(text).unwrap();
        let zones = ZoneTable::bundled();
        for (zone, from, to, step, expected) in [
            ("UTC", "2026-03-01T00:00:01Z", "2026-03-01T03:00:00Z", 60, &["01:00", "02:00"][..]),
            (
                "Asia/Kolkata",
                "2026-03-01T00:00:00Z",
                "2026-03-01T02:30:00Z",
                60,
                &["00:30", "01:30"],
            ),
            // The clock goes from 02:00 to 03:00 at 01:00 UTC, and back in autumn.
            (
                "Europe/Paris",
                "2026-03-29T00:00:00Z",
                "2026-03-29T02:00:00Z",
                30,
                &["00:00", "00:30", "01:00", "01:30"],
            ),
            (
                "Europe/Paris",
                "2026-10-24T21:00:00Z",
                "2026-10-26T00:00:00Z",
                24 * 60,
                &["22:00", "23:00"],
            ),
        ] {
            let found = round_times(&zones.get(zone).unwrap(), at(from), at(to), step * 60_000)
                .map(|time| time.to_string()[11..16].to_owned())
                .collect::<Vec<_>>();
            assert_eq!(found, expected, "{zone} {from}");
        }
    }
}
