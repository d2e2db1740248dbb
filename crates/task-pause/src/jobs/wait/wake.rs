//! When a sleep ends ahead of an edge.

use maintenance_core::time::UtcTime;

use crate::deadline::Deadline;
use crate::timing::MAX_EARLY_PASS;

/// The deadline of what is done before an edge: shortly before it, for a pass that is
/// made ahead of it, and then the edge itself.
pub(super) fn before(edge: Option<UtcTime>, now: UtcTime) -> Deadline {
    let early = edge.map(|edge| edge.saturating_sub(MAX_EARLY_PASS));
    Deadline::at_time(early.filter(|early| now < *early).or(edge), now)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_sleep_ends_shortly_before_an_edge_and_then_at_it_and_never_at_once() {
        let at = |millis: i64| UtcTime::from_millis(1_790_000_000_000 + millis).unwrap();
        for (now, left) in [(0, 8_000), (7_999, 1), (8_000, 2_000), (9_999, 1)] {
            let found = before(Some(at(10_000)), at(now)).left(Duration::from_secs(60));
            let expected = Duration::from_millis(left);
            let late = expected.checked_sub(found).unwrap();
            assert!(late < Duration::from_secs(1), "at {now}: {found:?}");
        }
        assert_eq!(before(None, at(0)), Deadline::NEVER);
    }
}
