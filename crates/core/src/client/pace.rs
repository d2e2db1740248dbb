//! The distance that requests keep from each other, once a limit was hit. Pure.
//!
//! A limit that counts by the second is hit again and again by whoever sends
//! what a whole minute allows at once. So the distance becomes the one by which
//! as many fit in as went through until the limit let go again. That is too
//! slow, so it is eased from second to second, but only to somewhat more than
//! the distance at which the limit was hit: after that was found, it is not hit
//! any more.

use std::time::{Duration, Instant};

/// No distance is longer: thirty requests a minute, a sixtieth of the documented
/// allowance.
const LONGEST: Duration = Duration::from_secs(2);
/// What is left of the distance after each second without a limit.
const EASE: f64 = 0.8;
/// How much longer than one that was too short a distance must be: what others
/// use, and how a server counts, is not known to the last request.
const CAUTION: f64 = 1.1;
/// After so long, a distance that was too short may no longer be: others may
/// have stopped.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// The least distance between two requests, if there is one.
#[derive(Debug, Default)]
pub(super) struct Pace {
    distance: Duration,
    /// The distance at which the limit was hit last, and when.
    too_short: Option<(Duration, Instant)>,
    eased: Option<Instant>,
    next: Option<Instant>,
}

impl Pace {
    /// When the next request may be sent, if not at once.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Instant> {
        self.ease(now);
        self.next.filter(|next| now < *next)
    }

    /// A request is sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.next = Some(now + self.distance);
    }

    /// So many requests went through from the first of them until the limit
    /// lets go again.
    pub(super) fn learn(&mut self, now: Instant, count: u32, first: Instant, until: Instant) {
        if count == 0 {
            return;
        }
        let longest_known = self.too_short.map_or(self.distance, |(hit, _)| hit.max(self.distance));
        self.too_short = Some((longest_known, now));
        let went_through = until.saturating_duration_since(first) / count;
        self.distance = self.distance.max(went_through).min(LONGEST);
        self.eased = Some(until);
    }

    fn ease(&mut self, now: Instant) {
        let second = Duration::from_secs(1);
        if self.too_short.is_some_and(|(_, hit)| now >= hit + FORGOTTEN) {
            self.too_short = None;
        }
        let least = self.too_short.map_or(Duration::ZERO, |(hit, _)| hit.mul_f64(CAUTION));
        while let Some(eased) = self.eased.filter(|eased| now >= *eased + second) {
            self.eased = Some(eased + second);
            self.distance = self.distance.mul_f64(EASE).max(least).min(self.distance);
            if self.distance < Duration::from_micros(100) {
                self.distance = Duration::ZERO;
                self.eased = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn as_many_as_went_through() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.sent(start);
        assert_eq!(pace.wait(start), None, "no limit is known");
        // Forty within a second, and another one to wait: twenty a second.
        pace.learn(start + ms(1_000), 40, start, start + ms(2_000));
        pace.sent(start + ms(2_000));
        assert_eq!(pace.wait(start + ms(2_000)), Some(start + ms(2_050)));
        assert_eq!(pace.wait(start + ms(2_050)), None);
    }

    #[test]
    fn a_limit_is_found_and_not_hit_again() {
        let start = Instant::now();
        let mut pace = Pace::default();
        // The limit is a request in 20 ms, and lets nothing through for a
        // second when it is hit.
        let (mut now, mut hits) = (start, Vec::new());
        pace.learn(now, 10, now, now + ms(1_000));
        while now < start + Duration::from_secs(250) {
            now = pace.wait(now).unwrap_or(now);
            if pace.distance < ms(20) {
                hits.push(now - start);
                // A hundred in five seconds.
                pace.learn(now, 1, now, now + ms(50));
                now += ms(1_000);
            }
            pace.sent(now);
            now += ms(1);
        }
        assert!((1..=3).contains(&hits.len()), "{hits:?}");
        assert!(hits.iter().all(|at| at.as_secs() < 60), "{hits:?}");
        assert!((20..25).contains(&pace.distance.as_millis()), "{pace:?}");
    }

    #[test]
    fn a_limit_that_is_gone_is_forgotten() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.learn(start, 1, start, start + ms(60_000));
        assert_eq!(pace.distance, LONGEST, "it has a bound");
        pace.learn(start, 1, start, start);
        pace.wait(start + ms(299_000));
        assert_eq!(pace.distance, LONGEST, "not shorter than what was too short");
        pace.wait(start + ms(600_000));
        assert_eq!(pace.distance, Duration::ZERO);
    }
}
