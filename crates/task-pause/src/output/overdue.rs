//! Holds that are past their end.

use std::time::Duration;

use maintenance_core::ledger::OpenHold;
use maintenance_core::time::UtcTime;

/// The time by which an open hold is past its end.
pub(crate) fn overdue_by(open: &OpenHold, now: UtcTime) -> Option<Duration> {
    open.hold.end().filter(|end| *end <= now).map(|end| now.since(end))
}
