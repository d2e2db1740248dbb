//! Staying within what the API allows: so many requests in any minute.
//!
//! The API counts 1,800 transactions a minute and source address, for
//! Orchestration and for Processing each. A token bucket would let twice that
//! through in its first minute (the full bucket, and what flows in), so this
//! is a window instead: a request occupies its place until a minute after its
//! *answer* came. The server counted it before that, so it never sees more than
//! the allowance in any minute, wherever its own minutes begin; and all of the
//! allowance can be used at once.
//!
//! A 429 all the same means that somebody else shares the address, or that the
//! allowance is another one. A single one concerns one request; several in a
//! row, with no success between them, are a limit that was hit: then all wait
//! for what the server asks, and keep a [`Pace`] from then on. Without
//! `Retry-After`, what went through in the last minute becomes the allowance.
//! A refused request takes no place. Several 503 in a row make all wait, too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync;

use super::pace::Pace;

const MINUTE: Duration = Duration::from_secs(60);
/// So many requests must have gone through for them to tell a rate.
const LEAST_FOR_A_RATE: u32 = 20;
/// Refusals in a row after which all requests wait.
const CLOSES: u32 = 3;
/// Refusals in a row after which the allowance is what went through.
const LEARNS: u32 = 8;

/// The allowance of one API.
#[derive(Debug)]
pub(super) struct Rate {
    places: Mutex<RateWindow>,
    /// Only the first in the queue looks at the places, so that a free one
    /// wakes one request and not all.
    queue: sync::Mutex<()>,
    answered: sync::Notify,
}

/// One request's place, from when it is sent to when it is answered or given
/// up.
#[derive(Debug)]
pub(super) struct RateSlot<'a> {
    rate: &'a Rate,
    refused: bool,
}

impl RateSlot<'_> {
    /// The request was not sent after all.
    pub(super) fn unused(mut self) {
        self.refused = true;
    }

    /// The API said 429, and perhaps how long to wait.
    pub(super) fn refused(mut self, retry_after: Option<Duration>) {
        self.refused = true;
        self.rate.places().refused(Instant::now(), retry_after);
    }

    /// The API said 503, and perhaps how long to wait.
    pub(super) fn unavailable(self, retry_after: Option<Duration>) {
        self.rate.places().unavailable(Instant::now(), retry_after);
    }

    /// The API said anything else.
    pub(super) fn accepted(self) {
        self.rate.places().accepted();
    }
}

impl Rate {
    pub(super) fn new(allowance: usize) -> Self {
        Self {
            places: Mutex::new(RateWindow::new(allowance)),
            queue: sync::Mutex::new(()),
            answered: sync::Notify::new(),
        }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> RateSlot<'_> {
        let _first = self.queue.lock().await;
        loop {
            let answered = self.answered.notified();
            let next = self.places().next(Instant::now());
            match next {
                NextSlot::Go => return RateSlot { rate: self, refused: false },
                NextSlot::At(instant) => tokio::time::sleep_until(instant.into()).await,
                NextSlot::OnAnswer => answered.await,
            }
        }
    }

    /// Until when all requests wait, if they do.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        self.places().closed_until.filter(|until| Instant::now() < *until)
    }

    fn places(&self) -> MutexGuard<'_, RateWindow> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RateSlot<'_> {
    fn drop(&mut self) {
        self.rate.places().leave((!self.refused).then(Instant::now));
        self.rate.answered.notify_one();
    }
}

#[derive(Debug, PartialEq, Eq)]
enum NextSlot {
    Go,
    At(Instant),
    OnAnswer,
}

/// The places, as a pure state.
#[derive(Debug)]
struct RateWindow {
    allowance: usize,
    /// The allowance is never learned to be less: others may only just have
    /// used it up.
    least: usize,
    under_way: usize,
    /// When each request of the last minute was answered, oldest first.
    answered: VecDeque<Instant>,
    closed_until: Option<Instant>,
    /// 429 in a row.
    in_a_row: u32,
    /// 503 in a row.
    away: u32,
    /// Since when it is open again after such a limit.
    opened: Option<Instant>,
    /// Whether single requests were refused since then: a limit lets nothing
    /// through until it lets go, so those say nothing about the rate.
    scattered: bool,
    pace: Pace,
}

impl RateWindow {
    fn new(allowance: usize) -> Self {
        Self {
            allowance,
            least: (allowance / 60).max(1),
            under_way: 0,
            answered: VecDeque::new(),
            closed_until: None,
            in_a_row: 0,
            away: 0,
            opened: None,
            scattered: false,
            pace: Pace::default(),
        }
    }

    /// Takes a place, or says when to look again.
    fn next(&mut self, now: Instant) -> NextSlot {
        if let Some(until) = self.closed_until {
            if now < until {
                return NextSlot::At(until);
            }
            self.closed_until = None;
        }
        if let Some(next) = self.pace.wait(now) {
            return NextSlot::At(next);
        }
        while self.answered.front().is_some_and(|answered| now >= *answered + MINUTE) {
            self.answered.pop_front();
        }
        if self.under_way + self.answered.len() < self.allowance {
            self.under_way += 1;
            self.pace.sent(now);
            return NextSlot::Go;
        }
        self.answered.front().map_or(NextSlot::OnAnswer, |oldest| NextSlot::At(*oldest + MINUTE))
    }

    /// A request is over, and counts from its answer on unless it was refused.
    fn leave(&mut self, answered: Option<Instant>) {
        self.under_way = self.under_way.saturating_sub(1);
        self.answered.extend(answered);
    }

    fn accepted(&mut self) {
        self.scattered |= (1..CLOSES).contains(&self.in_a_row);
        self.in_a_row = 0;
        self.away = 0;
    }

    fn unavailable(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.in_a_row = 0;
        self.away += 1;
        self.close(self.away, now, retry_after);
    }

    fn refused(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.in_a_row += 1;
        if self.close(self.in_a_row, now, retry_after) {
            self.keep_distance(now);
        }
        if self.in_a_row == LEARNS && retry_after.is_none() && !self.scattered {
            self.allowance = self.allowance.min(self.answered.len().max(self.least));
        }
    }

    /// After several refusals in a row: lets all wait for what the server asks.
    fn close(&mut self, in_a_row: u32, now: Instant, retry_after: Option<Duration>) -> bool {
        let Some(wait) = retry_after.filter(|wait| !wait.is_zero()) else { return false };
        let closes = in_a_row >= CLOSES;
        if closes {
            let until = now + wait.min(super::retry::LONGEST_WAIT);
            self.closed_until = self.closed_until.max(Some(until));
        }
        closes
    }

    /// Learns the distance from what went through of late.
    fn keep_distance(&mut self, now: Instant) {
        if self.in_a_row != CLOSES {
            return;
        }
        let Some(until) = self.closed_until else { return };
        let of_late = |answered: &&Instant| {
            **answered + MINUTE > now && self.opened.is_none_or(|opened| **answered >= opened)
        };
        let mut of_late = self.answered.iter().filter(of_late);
        if let Some(first) = of_late.next().copied().filter(|_| !self.scattered) {
            let count = u32::try_from(of_late.count() + 1).unwrap_or(u32::MAX);
            // A handful tells no rate.
            if count >= LEAST_FOR_A_RATE {
                self.pace.learn(now, count, first, until);
            }
        }
        self.opened = Some(until);
        self.scattered = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn never_more_than_the_allowance_in_any_minute() {
        let start = Instant::now();
        let mut places = RateWindow::new(100);
        let mut now = start;
        let mut sent = Vec::new();
        // One request at a time, 7 ms each, for ten minutes.
        while now < start + MINUTE * 10 {
            match places.next(now) {
                NextSlot::Go => {
                    sent.push(now);
                    now += ms(7);
                    places.leave(Some(now));
                }
                NextSlot::At(later) => now = later,
                NextSlot::OnAnswer => panic!("nothing is under way"),
            }
        }
        assert!(sent.len() >= 990, "only {} of 1,000 were used", sent.len());
        for pair in sent.windows(101) {
            assert!(pair[100] - pair[0] >= MINUTE, "101 in less than a minute");
        }
    }

    #[test]
    fn what_is_under_way_counts() {
        let now = Instant::now();
        let mut places = RateWindow::new(2);
        assert_eq!(places.next(now), NextSlot::Go);
        assert_eq!(places.next(now), NextSlot::Go);
        assert_eq!(places.next(now), NextSlot::OnAnswer);
        places.leave(Some(now + ms(5)));
        assert_eq!(places.next(now + ms(5)), NextSlot::At(now + ms(5) + MINUTE));
    }

    /// Asks a service that refuses with that `Retry-After` until it has refused
    /// so many in a row.
    fn refuse(places: &mut RateWindow, now: Instant, times: u32, retry_after: Option<Duration>) {
        for _ in 0..times {
            places.closed_until = None;
            assert_eq!(places.next(now), NextSlot::Go);
            places.refused(now, retry_after);
            places.leave(None);
        }
    }

    fn serve(places: &mut RateWindow, now: Instant, times: usize) {
        for _ in 0..times {
            assert_eq!(places.next(now), NextSlot::Go);
            places.accepted();
            places.leave(Some(now));
        }
    }

    #[test]
    fn a_limit_that_is_hit_is_learned() {
        let now = Instant::now();
        let mut places = RateWindow::new(1800);
        serve(&mut places, now, 600);
        refuse(&mut places, now, LEARNS, None);
        assert_eq!(places.allowance, 600);
    }

    #[test]
    fn all_wait_for_what_is_asked_and_keep_their_distance_then() {
        let now = Instant::now();
        let mut places = RateWindow::new(1800);
        serve(&mut places, now, 600);
        refuse(&mut places, now, CLOSES, Some(MINUTE));
        let open = now + MINUTE;
        assert_eq!(places.next(now), NextSlot::At(open));
        assert_eq!(places.next(open), NextSlot::Go);
        assert_eq!(places.next(open), NextSlot::At(open + ms(100)), "six hundred in a minute");
        assert_eq!(places.allowance, 1800);
    }

    #[test]
    fn an_api_that_is_away_is_left_alone_as_long_as_it_asks() {
        let now = Instant::now();
        let mut places = RateWindow::new(1800);
        for _ in 0..CLOSES {
            assert_eq!(places.next(now), NextSlot::Go);
            places.unavailable(now, Some(ms(1_500)));
        }
        assert_eq!(places.next(now), NextSlot::At(now + ms(1_500)));
        assert_eq!(places.next(now + ms(1_500)), NextSlot::Go);
        assert_eq!(places.next(now + ms(1_500)), NextSlot::Go, "no distance is learned");
    }

    #[test]
    fn scattered_refusals_change_nothing() {
        let now = Instant::now();
        let mut places = RateWindow::new(1800);
        for _ in 0..500 {
            places.refused(now, None);
            places.refused(now, None);
            places.accepted();
        }
        assert_eq!((places.allowance, places.closed_until), (1800, None));
        // And three in a row, as it happens, are no rate.
        serve(&mut places, now, 10);
        refuse(&mut places, now, CLOSES, Some(ms(1_000)));
        assert_eq!(places.next(now), NextSlot::At(now + ms(1_000)));
        assert_eq!(places.next(now + ms(1_000)), NextSlot::Go);
        assert_eq!(places.next(now + ms(1_000)), NextSlot::Go);
    }
}
