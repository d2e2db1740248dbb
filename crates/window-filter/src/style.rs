//! The style of views and lists: the zone, the terminal, and texts that fit it.

use std::time::Duration;

use maintenance_core::cli::Terminal;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

/// The text of a view without any run.
pub(crate) const NOTHING: &str = "No run falls into a window.";

/// The style of a view.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The zone of `--timezone`.
    pub(crate) zone: Zone,
    /// The terminal that the view has to fit.
    pub(crate) terminal: Terminal,
}

/// Formats a time in a zone: `2022-09-20 20:00`, with seconds if there are any, and with
/// the offset where the clock shows that time twice.
pub(crate) fn local(zone: &Zone, time: UtcTime) -> String {
    clock(zone, time) + &zone.offset_if_twice(time)
}

/// The same without an offset.
pub(crate) fn clock(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    let seconds = local.second() != 0 || local.subsec_nanosecond() != 0;
    let form = if seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    local.strftime(form).to_string()
}

/// Formats a time in a zone: `2022-09-20T20:00:00+02:00`, with milliseconds if there are
/// any. What RFC 3339 cannot write in that zone is in UTC: an offset with seconds, as
/// before standard time, or a year that is not of four digits.
pub(crate) fn rfc3339(zone: &Zone, time: UtcTime) -> String {
    let is_whole = zone.offset(time).is_some_and(|offset| offset % 60 == 0);
    let local = zone.to_local(time).filter(|local| is_whole && local.year() >= 0);
    let Some(local) = local else { return time.to_string() };
    let has_millis = local.subsec_nanosecond() != 0;
    let form = if has_millis { "%Y-%m-%dT%H:%M:%S%.3f" } else { "%Y-%m-%dT%H:%M:%S" };
    local.strftime(form).to_string() + &zone.offset_text(time)
}

/// Formats a length of time: `4h`, `1d 12h`, `90s`.
pub(crate) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let text = parts.map(|(count, unit)| format!("{count}{unit}")).collect::<Vec<_>>().join(" ");
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use maintenance_core::zone::ZoneTable;

    use super::*;

    #[test]
    fn a_time_in_a_zone_is_the_same_instant_whatever_its_offset_and_its_fraction() {
        let new_york = ZoneTable::bundled().get("America/New_York").unwrap();
        let west = Zone::fixed("west", -3600);
        for (zone, time, written) in [
            (&new_york, "2026-09-20T18:00:00Z", "2026-09-20T14:00:00-04:00"),
            (&new_york, "2026-09-20T18:00:00.05Z", "2026-09-20T14:00:00.050-04:00"),
            // Four hours, 56 minutes and two seconds behind.
            (&new_york, "1026-03-07T04:56:02Z", "1026-03-07T04:56:02.000Z"),
            (&west, "0000-01-01T00:30:00Z", "0000-01-01T00:30:00.000Z"),
            (&Zone::fixed("east", 3600), "9999-12-31T23:30:00Z", "9999-12-31T23:30:00.000Z"),
        ] {
            let time = UtcTime::parse(time).unwrap();
            assert_eq!(rfc3339(zone, time), written);
            assert_eq!(UtcTime::parse(written), Some(time));
        }
    }
}
