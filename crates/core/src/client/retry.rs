//! The one rule of what is tried again, when, and how often. Pure.
//!
//! | what happened | tried again |
//! |---|---|
//! | no connection, a lost or broken answer, a timeout | yes, if repeating does no harm |
//! | 408, 425, 500, 502, 503, 504 | yes, if repeating does no harm |
//! | 429 | yes: it was refused before it was processed |
//! | a certificate that is not trusted | no |
//! | any other status | no |
//!
//! The wait is the later of the server's `Retry-After` (RFC 9110, section
//! 10.2.3; seconds or a date, at most [`LONGEST_WAIT`]) and an exponential
//! backoff with full jitter. A 429 without `Retry-After` waits longer, for the
//! API counts by the minute. A caller with a time to keep
//! ([`Limits::is_urgent`](super::Limits::is_urgent)) waits for no more than
//! [`urgent`], but after a 429, which is no outage.

use std::time::Duration;

use crate::time::UtcTime;

/// The longest wait for one `Retry-After`; a longer one is cut to this.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The longest wait of an urgent caller.
const LONGEST_URGENT_WAIT: Duration = Duration::from_secs(5);

const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);
const FIRST_REFUSAL_BACKOFF: Duration = Duration::from_secs(2);

/// The number of retries that an outage can cost before the whole conversation
/// gives up on retrying, however many requests it has.
const BUDGET: f64 = 100.0;
/// The part of a retry that each successful request gives back. At one half, the client
/// goes on with a service that refuses three requests in ten, and gives up on a service
/// that refuses all.
const REFUND: f64 = 0.5;

/// Whether an answer with that status is worth another attempt.
pub(super) const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// The wait before the next attempt. `attempt` counts from 1,
/// `random` lies in 0..1.
pub(super) fn wait(
    attempt: u32,
    status: Option<u16>,
    retry_after: Option<Duration>,
    random: f64,
) -> Duration {
    let doubled = |first: Duration, times: u32| first.saturating_mul(1 << times.min(16));
    let backoff = doubled(FIRST_BACKOFF, attempt.saturating_sub(1)).min(LONGEST_BACKOFF);
    match retry_after {
        Some(asked) => asked.min(LONGEST_WAIT).max(backoff.mul_f64(random)),
        None if status == Some(429) => {
            let least = doubled(FIRST_REFUSAL_BACKOFF, attempt.saturating_sub(1));
            least.min(LONGEST_WAIT / 2).mul_f64(1.0 + random)
        }
        None => backoff.mul_f64(random),
    }
}

/// The longest wait of an urgent caller after that attempt: one second after the first,
/// twice as long each time, at most five.
pub(super) fn urgent(attempt: u32) -> Duration {
    let doubled = Duration::from_secs(1) * (1 << attempt.saturating_sub(1).min(3));
    doubled.min(LONGEST_URGENT_WAIT)
}

/// Timeout of one attempt when `left` remains: a quarter, at least 1 s, so that a
/// retry fits.
#[must_use]
pub fn attempt_timeout(left: Duration) -> Duration {
    (left / 4).max(Duration::from_secs(1))
}

/// Reads `Retry-After`: seconds, or an HTTP date, at most [`LONGEST_WAIT`]. `None` if
/// the value is neither, or a date in the past, which shows that the server has another
/// clock.
pub(super) fn read_retry_after(value: &str, now: UtcTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = value.parse().map_or(LONGEST_WAIT, Duration::from_secs);
        return Some(seconds.min(LONGEST_WAIT));
    }
    let wait = read_date(value)?.since(now);
    Some(wait.min(LONGEST_WAIT)).filter(|wait| !wait.is_zero())
}

/// Reads an HTTP date.
pub(super) fn read_date(value: &str) -> Option<UtcTime> {
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    UtcTime::from_millis(i64::try_from(since_epoch.as_millis()).ok()?)
}

/// The number of retries that are left.
#[derive(Debug)]
pub(super) struct RetryBudget(f64);

impl RetryBudget {
    pub(super) fn new() -> Self {
        Self(BUDGET)
    }

    /// Takes one retry out; `false` if there is none left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0 >= 1.0;
        if left {
            self.0 -= 1.0;
        }
        left
    }

    /// A request succeeded.
    pub(super) fn refund(&mut self) {
        self.0 = (self.0 + REFUND).min(BUDGET);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_one_or_the_other() {
        let retried: Vec<u16> = (100..600).filter(|status| is_transient(*status)).collect();
        assert_eq!(retried, [408, 425, 429, 500, 502, 503, 504]);
    }

    #[test]
    fn backoff_doubles_to_its_bound() {
        let most = |attempt| wait(attempt, Some(503), None, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4, 5].map(most), [250, 500, 1000, 2000, 4000]);
        assert_eq!(most(400), 20_000);
        assert_eq!(wait(3, None, None, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_later_of_backoff_and_retry_after() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(wait(1, Some(503), second, 1.0), Duration::from_secs(1));
        assert_eq!(wait(5, Some(429), second, 1.0), Duration::from_secs(4));
        assert_eq!(wait(1, Some(429), Some(Duration::MAX), 0.5), LONGEST_WAIT);
    }

    #[test]
    fn an_urgent_caller_waits_one_second_first_and_five_at_most() {
        let waits = [1, 2, 3, 4, 5, 400].map(|attempt| urgent(attempt).as_secs());
        assert_eq!(waits, [1, 2, 4, 5, 5, 5]);
    }

    #[test]
    fn a_refusal_without_advice_waits_from_two_seconds_to_a_minute_and_twice_that_at_most() {
        for (attempt, least) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (400, 60)] {
            for (random, times) in [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0)] {
                let expected = Duration::from_secs(least).mul_f64(times);
                assert_eq!(wait(attempt, Some(429), None, random), expected, "{attempt} {random}");
            }
        }
    }

    #[test]
    fn an_attempt_may_take_a_quarter_of_what_is_left_and_a_second_at_least() {
        for (left, may_take) in [(0, 1_000), (4_000, 1_000), (6_000, 1_500), (40_000, 10_000)] {
            assert_eq!(
                attempt_timeout(Duration::from_millis(left)),
                Duration::from_millis(may_take)
            );
        }
    }

    #[test]
    fn five_refusals_without_advice_outlast_the_minute_that_is_counted() {
        let least: Duration = (1..=5).map(|attempt| wait(attempt, Some(429), None, 0.0)).sum();
        assert!(least > Duration::from_secs(60), "{least:?}");
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = UtcTime::parse("2026-11-23T12:00:00Z").unwrap();
        let read = |value| read_retry_after(value, now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(read("Mon, 23 Nov 2026 12:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Mon, 23 Nov 2026 12:00:01 GMT"), Some(Duration::from_secs(1)));
        for past in ["Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 11:00:00 GMT"] {
            assert_eq!(read(past), None, "{past}");
        }
        for long in ["121", "99999999999999999999999", "Mon, 23 Nov 2026 13:00:00 GMT"] {
            assert_eq!(read(long), Some(LONGEST_WAIT), "{long}");
        }
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_budget_bears_a_storm_but_not_an_outage() {
        let mut outage = RetryBudget::new();
        assert_eq!((0..10_000).filter(|_| outage.take()).count(), 100);
        // Seven requests of ten succeed, three are repeated: for ever.
        let mut storm = RetryBudget::new();
        for _ in 0..10_000 {
            (0..7).for_each(|_| storm.refund());
            assert!((0..3).all(|_| storm.take()));
        }
    }
}
