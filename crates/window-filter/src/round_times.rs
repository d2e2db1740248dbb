//! Round times of a zone: whole multiples of a step since midnight.

use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

/// Returns the times in `[from, to)` that are multiples of `step` milliseconds by the
/// clocks of the zone, in their order. A change of the clock moves them with it: for a
/// time that the clock skips stands the one that it is read as, and what the clock shows
/// twice comes twice, where the step is no longer than that.
pub(crate) fn round_times(
    zone: &Zone,
    from: UtcTime,
    to: UtcTime,
    step: i64,
) -> impl Iterator<Item = UtcTime> {
    let offset = |time| Some(zone.offset(UtcTime::from_millis(time)?)? * 1000);
    let next = move |time: &i64| {
        let before = offset(*time)?;
        let next = time + step - (time + before).rem_euclid(step);
        let after = offset(next)?;
        if before == after {
            return Some(next);
        }
        // The clock was changed on the way.
        let mut changed = next + before - after;
        if offset(changed) != Some(after) {
            return Some(next);
        }
        while changed - step >= time + step && offset(changed - step) == Some(after) {
            changed -= step;
        }
        Some(changed)
    };
    // A step too early, since the clock may have been changed just before.
    let from = from.as_millis();
    let past = offset(from).map_or(0, |offset| (from + offset).rem_euclid(step));
    let first = (from - past - step).max(UtcTime::MIN.as_millis());
    std::iter::successors(Some(first), next)
        .skip_while(move |time| *time < from)
        .map_while(UtcTime::from_millis)
        .take_while(move |time| *time < to)
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
            // Nothing but the hour that the clock shows twice.
            (
                "Europe/Paris",
                "2026-10-25T00:50:00Z",
                "2026-10-25T01:50:00Z",
                15,
                &["01:00", "01:15", "01:30", "01:45"],
            ),
            // A midnight that is skipped, and one that comes twice.
            (
                "Asia/Beirut",
                "2022-03-26T00:00:00Z",
                "2022-03-28T00:00:00Z",
                24 * 60,
                &["22:00", "21:00"],
            ),
            (
                "America/Havana",
                "2022-11-05T00:00:00Z",
                "2022-11-07T12:00:00Z",
                24 * 60,
                &["04:00", "04:00", "05:00"],
            ),
        ] {
            let found = round_times(&zones.get(zone).unwrap(), at(from), at(to), step * 60_000)
                .map(|time| time.to_string()[11..16].to_owned())
                .collect::<Vec<_>>();
            assert_eq!(found, expected, "{zone} {from}");
        }
    }

    #[test]
    fn every_round_time_of_a_day_is_there_wherever_it_begins_and_ends() {
        let zones = ZoneTable::bundled();
        for (zone, day) in [
            ("Europe/Paris", "2026-10-25T00:00:00Z"),
            ("Europe/Paris", "2026-03-29T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T12:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T12:00:00Z"),
        ] {
            let zone = zones.get(zone).unwrap();
            let day = UtcTime::parse(day).unwrap().as_millis();
            let at = |minute: i64| UtcTime::from_millis(day + minute * 60_000).unwrap();
            for step in [5, 15, 30] {
                let is_round =
                    |time: &UtcTime| i64::from(zone.to_local(*time).unwrap().minute()) % step == 0;
                for (from, to) in
                    (0..240).step_by(7).flat_map(|from| [(from, from + 60), (from, 300)])
                {
                    let expected: Vec<UtcTime> = (from..to).map(at).filter(is_round).collect();
                    let found: Vec<UtcTime> =
                        round_times(&zone, at(from), at(to), step * 60_000).collect();
                    assert_eq!(found, expected, "{zone:?} {from} {to} {step}");
                }
            }
        }
    }
}
