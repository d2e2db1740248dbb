//! The number of requests that may be in flight: as many as were allowed, and
//! fewer where the service cannot bear so many.
//!
//! The rule is the one by which connections share a network (RFC 5681): a
//! refusal for overload halves the number, successes raise it again. It rises
//! by one for each round of requests up to one less than where it was refused,
//! and beyond that only after [`CAREFUL`] rounds, so that a service that takes
//! four at a time is asked for five seldom. Whatever was sent before the number
//! was halved says nothing about the new one, so a burst of refusals halves it
//! once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync;

use super::answer::AttemptFailure;
use super::rate::RateSlot;

/// The number of rounds without a refusal before more is asked for than was
/// borne.
const CAREFUL: f64 = 16.0;

/// The requests in flight, of all clones of a client.
#[derive(Debug)]
pub(super) struct Load {
    share: Mutex<Share>,
    /// Only the first in the queue looks, so that a free slot wakes one request
    /// and not all, and the first come is the first served.
    queue: sync::Mutex<()>,
    freed: sync::Notify,
}

/// One request's slot, from before it is sent until it is over.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    load: &'a Load,
    sent: SlotRequest,
}

/// A request, as it was sent.
#[derive(Clone, Copy, Debug)]
struct SlotRequest {
    number: u64,
    /// The number of requests in flight then, itself included.
    in_flight: u32,
}

/// Lets the allowance and the load learn from how an attempt ended.
pub(super) fn learn(rate_slot: RateSlot<'_>, slot: &Slot<'_>, failure: Option<&AttemptFailure>) {
    match failure.map(|failure| (failure.error.status(), failure.retry_after, failure)) {
        Some((Some(429), retry_after, _)) => {
            slot.overloaded();
            rate_slot.refused(retry_after);
        }
        Some((Some(503), retry_after, _)) => {
            slot.overloaded();
            rate_slot.unavailable(retry_after);
        }
        Some((Some(502 | 504), ..) | (None, _, AttemptFailure { again: true, .. })) => {
            slot.overloaded();
            rate_slot.accepted();
        }
        _ => {
            slot.served();
            rate_slot.accepted();
        }
    }
}

impl Slot<'_> {
    /// The request was answered.
    pub(super) fn served(&self) {
        self.load.share().served();
    }

    /// The request was refused, or met no answer, for too much load.
    pub(super) fn overloaded(&self) {
        self.load.share().overloaded(self.sent);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.load.share().in_flight -= 1;
        self.load.freed.notify_one();
    }
}

impl Load {
    /// At most so many at a time, and at least one.
    pub(super) fn new(most: usize) -> Self {
        Self {
            share: Mutex::new(Share::new(most)),
            queue: sync::Mutex::new(()),
            freed: sync::Notify::new(),
        }
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self) -> Slot<'_> {
        let _first = self.queue.lock().await;
        loop {
            let freed = self.freed.notified();
            if let Some(sent) = self.share().next() {
                return Slot { load: self, sent };
            }
            freed.await;
        }
    }

    fn share(&self) -> MutexGuard<'_, Share> {
        self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The load that the service bears. Pure.
#[derive(Debug)]
struct Share {
    most: f64,
    /// So many, rounded down, may be in flight.
    allowed: f64,
    /// So many were borne before; more are asked for with care.
    borne: f64,
    in_flight: u32,
    sent: u64,
    /// Requests that were sent up to then say nothing about `allowed`.
    halved_at: u64,
}

impl Share {
    fn new(most: usize) -> Self {
        let most = f64::from(u32::try_from(most.max(1)).unwrap_or(u32::MAX));
        Self { most, allowed: most, borne: most, in_flight: 0, sent: 0, halved_at: 0 }
    }

    /// Takes a slot, if there is one free.
    fn next(&mut self) -> Option<SlotRequest> {
        if f64::from(self.in_flight) + 1.0 > self.allowed {
            return None;
        }
        self.in_flight += 1;
        self.sent += 1;
        Some(SlotRequest { number: self.sent, in_flight: self.in_flight })
    }

    fn served(&mut self) {
        let rounds = if self.allowed < self.borne { 1.0 } else { CAREFUL };
        self.allowed = (self.allowed + 1.0 / (rounds * self.allowed)).min(self.most);
    }

    fn overloaded(&mut self, sent: SlotRequest) {
        if sent.number <= self.halved_at {
            return;
        }
        // The first of a burst was not alone for long.
        let together = sent.in_flight.max(self.in_flight);
        if together <= 1 {
            // Alone it was not too many: there is nothing to learn.
            return;
        }
        let refused = f64::from(together);
        self.borne = (refused - 1.0).max(1.0);
        self.allowed = (refused / 2.0).max(1.0);
        self.halved_at = self.sent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `rounds` rounds to a service that bears `capacity` at a time, and
    /// returns how many were served and how many refused.
    fn converse(share: &mut Share, capacity: u32, rounds: usize) -> (u32, u32) {
        let (mut served, mut refused) = (0, 0);
        for _ in 0..rounds {
            let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
            for (place, sent) in (0..).zip(all) {
                if place < capacity {
                    share.served();
                    served += 1;
                } else {
                    share.overloaded(sent);
                    refused += 1;
                }
                share.in_flight -= 1;
            }
        }
        (served, refused)
    }

    #[test]
    fn as_many_as_allowed_and_never_more() {
        let mut share = Share::new(8);
        assert_eq!(converse(&mut share, 8, 100), (800, 0));
        assert_eq!(converse(&mut Share::new(0), 1, 3), (3, 0), "at least one");
    }

    #[test]
    fn a_burst_of_refusals_halves_once() {
        let mut share = Share::new(32);
        let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
        assert_eq!(all.len(), 32);
        for sent in all.into_iter().rev() {
            share.overloaded(sent);
        }
        assert!((share.allowed - 16.0).abs() < f64::EPSILON, "{share:?}");
    }

    /// Whatever it was that one request met alone, it was not too many.
    #[test]
    fn what_is_refused_alone_says_nothing_about_many() {
        let mut share = Share::new(8);
        let alone = share.next().unwrap();
        share.overloaded(alone);
        share.in_flight -= 1;
        assert_eq!(converse(&mut share, 8, 1), (8, 0));
        // The first of a burst was not alone; half are in flight after it, and
        // all again after a few rounds.
        let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
        share.overloaded(all[0]);
        share.in_flight = 0;
        assert_eq!(converse(&mut share, 8, 1), (4, 0));
        converse(&mut share, 8, 20);
        assert_eq!(converse(&mut share, 8, 1), (8, 0));
    }

    #[test]
    fn what_the_service_bears_is_found_and_used() {
        for capacity in [1, 2, 4, 7, 20] {
            let mut share = Share::new(32);
            converse(&mut share, capacity, 200);
            let (served, refused) = converse(&mut share, capacity, 1_000);
            assert!(refused * 10 < served, "{capacity}: {refused} refused, {served} served");
            assert!(
                f64::from(served) > 0.7 * f64::from(capacity) * 1_000.0,
                "{capacity}: {served}"
            );
        }
    }

    #[test]
    fn what_recovers_is_used_again_in_full() {
        let mut share = Share::new(8);
        converse(&mut share, 1, 50);
        assert!(share.allowed < 3.0, "{share:?}");
        converse(&mut share, 8, 16 * 8);
        assert_eq!(converse(&mut share, 8, 1), (8, 0));
    }

    #[tokio::test]
    async fn who_comes_first_is_served_first() {
        let load = Load::new(1);
        let held = load.slot().await;
        let order = Mutex::new(Vec::new());
        let wait = |n: usize| {
            let (load, order) = (&load, &order);
            async move {
                let _slot = load.slot().await;
                order.lock().unwrap().push(n);
            }
        };
        futures_util::join!(wait(1), wait(2), wait(3), async { drop(held) });
        assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
    }
}
