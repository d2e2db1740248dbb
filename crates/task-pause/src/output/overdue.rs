//! Holds that are past their end.

use std::time::Duration;

use maintenance_core::ledger::ActiveHold;
use maintenance_core::time::UtcTime;

/// The time by which an active hold is past its end.
pub(crate) fn overdue_by(active: &ActiveHold, now: UtcTime) -> Option<Duration> {
    active.hold.end().filter(|end| *end <= now).map(|end| now.since(end))
}
