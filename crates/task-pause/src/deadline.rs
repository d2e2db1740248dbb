//! Deadlines, by the monotonic clock.

use std::time::Duration;

use maintenance_core::client::attempt_timeout;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::timing::MAX_EARLY_PASS;

/// The instant at which work is left unfinished, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline.
    pub(crate) const NEVER: Self = Self(None);

    /// The deadline at that instant.
    pub(crate) fn at(instant: Instant) -> Self {
        Self(Some(instant))
    }

    /// The deadline that long from now.
    pub(crate) fn after(length: Duration) -> Self {
        Self(Some(Instant::now() + length))
    }

    /// The deadline at a time of the wall clock, which shows `now`. Never for `None`.
    pub(crate) fn at_time(time: Option<UtcTime>, now: UtcTime) -> Self {
        time.map_or(Self::NEVER, |time| Self::after(time.since(now)))
    }

    /// The deadline of work before an edge: [`MAX_EARLY_PASS`] before the edge, when its
    /// pass begins; once that is over, the edge itself.
    pub(crate) fn before_edge(edge: Option<UtcTime>, now: UtcTime) -> Self {
        let early = edge.map(|edge| edge.saturating_sub(MAX_EARLY_PASS));
        Self::at_time(early.filter(|early| now < *early).or(edge), now)
    }

    /// The deadline of one request that is useful until `end`: early enough to repeat the
    /// request, so that a request that hangs costs a short window none of its pauses.
    /// Never without an end, or after the end.
    pub(crate) fn of_request(end: Option<UtcTime>, now: UtcTime) -> Self {
        let left = end.map(|end| end.since(now)).filter(|left| !left.is_zero());
        left.map_or(Self::NEVER, |left| Self::after(attempt_timeout(left)))
    }

    /// The earlier of two deadlines.
    pub(crate) fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Self(Some(one.min(other))),
            (one, other) => Self(one.or(other)),
        }
    }

    /// This deadline, or `length` from now if that is later. No deadline stays none.
    pub(crate) fn not_before(self, length: Duration) -> Self {
        Self(self.0.map(|instant| instant.max(Instant::now() + length)))
    }

    /// This deadline if a condition holds, else never.
    pub(crate) fn only_if(self, is_so: bool) -> Self {
        if is_so { self } else { Self::NEVER }
    }

    /// Whether the deadline has passed.
    pub(crate) fn is_past(self) -> bool {
        self.is_within(Duration::ZERO)
    }

    /// Whether the deadline passes within that time, or has passed.
    pub(crate) fn is_within(self, length: Duration) -> bool {
        self.0.is_some_and(|instant| instant <= Instant::now() + length)
    }

    /// The time that is left, at most that long.
    pub(crate) fn left(self, longest: Duration) -> Duration {
        let left = self.0.map(|instant| instant.saturating_duration_since(Instant::now()));
        left.map_or(longest, |left| left.min(longest))
    }

    /// Does some work; `None` if the deadline passes first.
    pub(crate) async fn bound<T>(self, work: impl Future<Output = T>) -> Option<T> {
        match self.0 {
            None => Some(work.await),
            Some(instant) => tokio::time::timeout_at(instant, work).await.ok(),
        }
    }

    /// Sleeps until the deadline; for ever if there is none.
    pub(crate) async fn sleep_until(self) {
        match self.0 {
            None => std::future::pending().await,
            Some(instant) => tokio::time::sleep_until(instant).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_deadline_counts_and_never_is_the_latest() {
        let soon = Deadline::after(Duration::from_secs(1));
        let late = Deadline::after(Duration::from_secs(9));
        assert_eq!(soon.earlier(late), soon);
        assert_eq!(Deadline::NEVER.earlier(late), late);
        assert_eq!(late.earlier(Deadline::NEVER), late);
        assert_eq!(Deadline::NEVER.not_before(Duration::from_secs(1)), Deadline::NEVER);
        assert!(!Deadline::NEVER.is_past() && !soon.is_past());
        assert!(
            soon.is_within(Duration::from_secs(2)) && Deadline::after(Duration::ZERO).is_past()
        );
        assert_eq!(Deadline::NEVER.left(Duration::from_secs(3)), Duration::from_secs(3));
    }

    #[test]
    fn a_sleep_ends_shortly_before_an_edge_and_then_at_it_and_never_at_once() {
        let at = |millis: i64| UtcTime::from_millis(1_790_000_000_000 + millis).unwrap();
        for (now, left) in [(0, 8_000), (7_999, 1), (8_000, 2_000), (9_999, 1)] {
            let found =
                Deadline::before_edge(Some(at(10_000)), at(now)).left(Duration::from_secs(60));
            let expected = Duration::from_millis(left);
            let late = expected.checked_sub(found).unwrap();
            assert!(late < Duration::from_secs(1), "at {now}: {found:?}");
        }
        assert_eq!(Deadline::before_edge(None, at(0)), Deadline::NEVER);
    }
}
