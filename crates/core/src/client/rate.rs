//! The number of requests that the API allows in any minute.
//!
//! The API counts 1,800 transactions a minute and source address, for
//! Orchestration and for Processing each. A token bucket would let twice that
//! through in its first minute: the full bucket, and the tokens that flow in. So
//! this counts a sliding minute instead. A request counts from the moment when it is sent
//! until a minute after its *answer*. The server counted it before that, so the
//! server never sees more than the allowance in any minute, wherever its own
//! minutes begin, and the whole allowance can be used at once.
//!
//! A 429 all the same means that somebody else shares the address, or that the
//! API has another allowance. A single 429 concerns one request. Several in a
//! row, with no success between them, are a limit that was hit: then all
//! requests wait as long as `Retry-After` asks. A request that was refused with
//! 429 does not count. Several 503 in a row make all requests wait, too.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::request::Urgency;
use super::request_queue::RequestQueue;
use super::waits::{WaitReason, Waits};
use crate::circuit_breaker::CircuitBreaker;

const MINUTE: Duration = Duration::from_secs(60);
/// The number of refusals in a row after which all requests wait.
const REFUSALS: usize = 3;

/// The allowance of one API.
pub(super) struct Rate {
    window: Mutex<LastMinute>,
    /// Only the first in the queue looks for a free slot, so that a free slot
    /// wakes one request and not all.
    queue: RequestQueue,
    answered: Notify,
    waits: Arc<Waits>,
}

/// One request's part of the allowance, until it is answered or given up. Where it
/// was not sent, it is given back.
pub(super) struct RateSlot<'a> {
    rate: &'a Rate,
    counts: bool,
}

impl RateSlot<'_> {
    /// The request is sent.
    pub(super) const fn sent(&mut self) {
        self.counts = true;
    }

    /// Ends the slot. `refused` is the status of a failure, and `retry_after` the wait that
    /// the API asks for.
    pub(super) fn answered(mut self, refused: Option<u16>, retry_after: Option<Duration>) {
        self.counts &= refused != Some(429);
        self.rate.window().learn(Instant::now(), refused, retry_after);
    }
}

impl Rate {
    /// An allowance of so many requests a minute. The observer gets the waits for it.
    pub(super) fn new(allowance: usize, waits: &Arc<Waits>) -> Self {
        Self {
            window: Mutex::new(LastMinute::new(allowance)),
            queue: RequestQueue::default(),
            answered: Notify::new(),
            waits: Arc::clone(waits),
        }
    }

    /// Does some work, such as waiting for a slot, when its turn among the requests of
    /// this API has come. A more urgent request that comes during the work goes first,
    /// and takes the slot.
    pub(super) async fn in_turn<T>(&self, urgency: Urgency, work: impl AsyncFn() -> T) -> T {
        self.queue.in_turn(urgency, work).await
    }

    /// Waits for a slot. To be called in turn.
    pub(super) async fn slot(&self) -> RateSlot<'_> {
        loop {
            let answered = self.answered.notified();
            let (next, reason) = {
                let mut window = self.window();
                (window.next(Instant::now()), window.reason())
            };
            match next {
                NextSlot::Go => return RateSlot { rate: self, counts: false },
                NextSlot::At(instant) => self.waits.until(reason, instant).await,
                NextSlot::OnAnswer => answered.await,
            }
        }
    }

    /// Whether the API asked all requests to wait, and the wait is not over.
    pub(super) fn is_closed(&self) -> bool {
        self.window().closed_until.is_some_and(|until| Instant::now() < until)
    }

    /// Whether a request would have to wait now, for the allowance or because the API
    /// asked all to.
    pub(super) fn is_used_up(&self) -> bool {
        self.window().is_used_up(Instant::now())
    }

    /// Waits as long as the API asked all requests to.
    pub(super) async fn opened(&self) {
        let (until, reason) = {
            let window = self.window();
            (window.closed_until, window.reason())
        };
        if let Some(until) = until {
            self.waits.until(reason, until).await;
        }
    }

    fn window(&self) -> MutexGuard<'_, LastMinute> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RateSlot<'_> {
    fn drop(&mut self) {
        self.rate.window().leave(self.counts.then(Instant::now));
        self.rate.answered.notify_one();
    }
}

/// The time of the next free slot.
#[derive(Debug, PartialEq, Eq)]
enum NextSlot {
    Go,
    At(Instant),
    OnAnswer,
}

/// The requests of the last minute. Pure.
#[derive(Debug)]
struct LastMinute {
    allowance: usize,
    under_way: usize,
    /// The time of each answer of the last minute, oldest first.
    answered: VecDeque<Instant>,
    closed_until: Option<Instant>,
    /// The status with which the API asked for that.
    closed_by: u16,
    /// Counts 429 in a row.
    refusals: CircuitBreaker,
    /// Counts 503 in a row.
    outage: CircuitBreaker,
}

impl LastMinute {
    fn new(allowance: usize) -> Self {
        Self {
            allowance,
            under_way: 0,
            answered: VecDeque::new(),
            closed_until: None,
            closed_by: 0,
            refusals: CircuitBreaker::new(REFUSALS),
            outage: CircuitBreaker::new(REFUSALS),
        }
    }

    /// Takes a slot, or says when to look again.
    fn next(&mut self, now: Instant) -> NextSlot {
        if let Some(until) = self.closed_until {
            if now < until {
                return NextSlot::At(until);
            }
            self.closed_until = None;
        }
        self.forget_old(now);
        if self.has_room() {
            self.under_way += 1;
            return NextSlot::Go;
        }
        self.answered.front().map_or(NextSlot::OnAnswer, |oldest| NextSlot::At(*oldest + MINUTE))
    }

    fn is_used_up(&mut self, now: Instant) -> bool {
        self.forget_old(now);
        self.closed_until.is_some_and(|until| now < until) || !self.has_room()
    }

    fn forget_old(&mut self, now: Instant) {
        while self.answered.front().is_some_and(|answered| now >= *answered + MINUTE) {
            self.answered.pop_front();
        }
    }

    fn has_room(&self) -> bool {
        self.under_way + self.answered.len() < self.allowance
    }

    /// Ends a request, which counts from its answer on unless it was refused.
    fn leave(&mut self, answered: Option<Instant>) {
        self.under_way = self.under_way.saturating_sub(1);
        self.answered.extend(answered);
    }

    /// Learns from the end of a request: its status if it failed, and the wait that the
    /// server asks for. After `REFUSALS` refusals in a row, all requests wait that
    /// long.
    fn learn(&mut self, now: Instant, refused: Option<u16>, retry_after: Option<Duration>) {
        let (status, breaker) = match refused {
            Some(status @ 429) => (status, &mut self.refusals),
            Some(status @ 503) => {
                self.refusals.success();
                (status, &mut self.outage)
            }
            _ => {
                self.refusals.success();
                self.outage.success();
                return;
            }
        };
        breaker.failure();
        if breaker.is_open()
            && let Some(wait) = retry_after.filter(|wait| !wait.is_zero())
        {
            let until = now + wait.min(super::retry::LONGEST_WAIT);
            if self.closed_until < Some(until) {
                (self.closed_until, self.closed_by) = (Some(until), status);
            }
        }
    }

    /// The reason of a wait for the next slot.
    fn reason(&self) -> WaitReason {
        match self.closed_until {
            Some(_) => WaitReason::Asked(self.closed_by),
            None => WaitReason::Allowance(self.allowance),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::FutureExt;

    use super::super::concurrency::Load;
    use super::super::config::Concurrency;
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn never_more_than_the_allowance_in_any_minute() {
        let start = Instant::now();
        let mut window = LastMinute::new(100);
        let mut now = start;
        let mut sent = Vec::new();
        // One request at a time, 7 ms each, for ten minutes.
        while now < start + MINUTE * 10 {
            match window.next(now) {
                NextSlot::Go => {
                    sent.push(now);
                    now += ms(7);
                    window.leave(Some(now));
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

    /// A list has its part of the allowance and waits until fewer requests are in
    /// flight: a pause takes both.
    #[tokio::test]
    async fn a_pause_takes_the_slot_of_a_list_that_was_not_sent() {
        let (rate, load) = (Rate::new(2, &Arc::default()), Load::new(Concurrency::fixed(1)));
        let order = RefCell::new(Vec::new());
        let other = load.slot(Urgency::Other).await;
        let ask = |name: &'static str, urgency: Urgency| {
            let (rate, load, order) = (&rate, &load, &order);
            async move {
                let admitted = async || (rate.slot().await, load.slot(urgency).await);
                let (mut place, _slot) = rate.in_turn(urgency, admitted).await;
                place.sent();
                order.borrow_mut().push(name);
            }
        };
        let mut list = Box::pin(ask("list", Urgency::Other));
        assert!((&mut list).now_or_never().is_none());
        assert_eq!(rate.window().under_way, 1);
        let mut pause = Box::pin(ask("pause", Urgency::Pause));
        assert!((&mut pause).now_or_never().is_none());
        futures_util::join!(list, pause, async { drop(other) });
        assert_eq!(*order.borrow(), ["pause", "list"]);
        let window = rate.window();
        assert_eq!((window.under_way, window.answered.len()), (0, 2));
    }

    #[tokio::test]
    async fn what_was_not_sent_is_given_back() {
        let rate = Rate::new(1, &Arc::default());
        drop(rate.slot().await);
        let mut place = rate.slot().await;
        place.sent();
        place.answered(None, None);
        assert!(rate.slot().now_or_never().is_none());
    }

    #[test]
    fn what_is_under_way_counts() {
        let now = Instant::now();
        let mut window = LastMinute::new(2);
        assert_eq!(window.next(now), NextSlot::Go);
        assert_eq!(window.next(now), NextSlot::Go);
        assert_eq!(window.next(now), NextSlot::OnAnswer);
        window.leave(Some(now + ms(5)));
        assert_eq!(window.next(now + ms(5)), NextSlot::At(now + ms(5) + MINUTE));
    }

    /// Asks a service that refuses that often in a row, with that `Retry-After`.
    fn refuse(window: &mut LastMinute, now: Instant, times: usize, retry_after: Option<Duration>) {
        for _ in 0..times {
            assert_eq!(window.next(now), NextSlot::Go);
            window.learn(now, Some(429), retry_after);
            window.leave(None);
        }
    }

    fn serve(window: &mut LastMinute, now: Instant, times: usize) {
        for _ in 0..times {
            assert_eq!(window.next(now), NextSlot::Go);
            window.learn(now, None, None);
            window.leave(Some(now));
        }
    }

    /// All requests wait for that long, and none of them longer.
    fn closed_just_for(window: &mut LastMinute, now: Instant, wait: Duration) {
        let until = now + wait;
        assert_eq!(window.next(now), NextSlot::At(until));
        assert_eq!(window.next(now + wait.saturating_sub(ms(1))), NextSlot::At(until));
        assert_eq!(window.next(until), NextSlot::Go);
        assert_eq!(window.next(until), NextSlot::Go);
    }

    #[test]
    fn three_refusals_in_a_row_make_all_wait_as_long_as_the_api_asks() {
        let now = Instant::now();
        let mut window = LastMinute::new(1800);
        // Six hundred in a minute were served: that shows no slower rate for later.
        serve(&mut window, now, 600);
        refuse(&mut window, now, REFUSALS, Some(MINUTE));
        closed_just_for(&mut window, now, MINUTE);
    }

    #[test]
    fn three_outages_in_a_row_make_all_wait_as_long_as_the_api_asks() {
        let now = Instant::now();
        let mut window = LastMinute::new(1800);
        for _ in 0..REFUSALS {
            assert_eq!(window.next(now), NextSlot::Go);
            window.learn(now, Some(503), Some(ms(1_500)));
        }
        closed_just_for(&mut window, now, ms(1_500));
    }

    #[test]
    fn scattered_refusals_close_nothing_and_three_in_a_row_close_for_what_is_asked() {
        let now = Instant::now();
        let mut window = LastMinute::new(1800);
        for _ in 0..500 {
            refuse(&mut window, now, REFUSALS - 1, Some(MINUTE));
            window.learn(now, None, None);
            assert_eq!(window.closed_until, None);
        }
        serve(&mut window, now, 10);
        refuse(&mut window, now, REFUSALS, Some(ms(1_000)));
        closed_just_for(&mut window, now, ms(1_000));
    }
}
