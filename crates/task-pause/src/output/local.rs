//! Local times for people.

use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

/// A time in the zone, to the minute.
pub(crate) fn local(zone: &Zone, time: UtcTime) -> String {
    let local = zone.to_local(time).map(|local| local.strftime("%Y-%m-%d %H:%M").to_string());
    local.unwrap_or_else(|| time.to_string())
}
