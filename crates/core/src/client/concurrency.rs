//! The number of requests that may be in flight: as many as were allowed, and
//! fewer where the service cannot bear so many.

mod share;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use self::share::{Share, SlotRequest};
use super::answer::AttemptFailure;
use super::config::Concurrency;
use super::rate::RateSlot;
use super::request::Urgency;
use super::request_queue::RequestQueue;

/// The requests in flight, of all clones of a client.
#[derive(Debug)]
pub(super) struct Load {
    share: Mutex<Share>,
    /// Only the first in the queue looks, so that a free slot wakes one request
    /// and not all.
    queue: RequestQueue,
    freed: Notify,
}

/// One request's slot, from before it is sent until it is over.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    load: &'a Load,
    sent: SlotRequest,
}

/// Lets the allowance and the load learn from how an attempt ended, and how long
/// it took.
pub(super) fn learn(
    rate_slot: RateSlot<'_>,
    slot: &Slot<'_>,
    took: Duration,
    failure: Option<&AttemptFailure>,
) {
    let status = failure.and_then(|failure| failure.error.status());
    let is_overload = match status {
        Some(status) => matches!(status, 429 | 502..=504),
        None => failure.is_some_and(|failure| failure.again),
    };
    if is_overload {
        slot.load.share().overloaded(slot.sent);
    } else {
        slot.load.share().served(slot.sent, took);
    }
    rate_slot.answered(status, failure.and_then(|failure| failure.retry_after));
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.load.share().leave();
        self.load.freed.notify_one();
    }
}

impl Load {
    /// So many at a time.
    pub(super) fn new(bound: Concurrency) -> Self {
        Self {
            share: Mutex::new(Share::new(bound.first(), bound.most())),
            queue: RequestQueue::default(),
            freed: Notify::new(),
        }
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self, urgency: Urgency) -> Slot<'_> {
        self.queue.in_turn(urgency, || self.next_slot()).await
    }

    async fn next_slot(&self) -> Slot<'_> {
        loop {
            let freed = self.freed.notified();
            if let Some(sent) = self.share().next() {
                return Slot { load: self, sent };
            }
            freed.await;
        }
    }

    /// The number of requests that may be in flight now; at least one.
    pub(super) fn allowed(&self) -> usize {
        self.share().allowed()
    }

    fn share(&self) -> MutexGuard<'_, Share> {
        self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_most_urgent_is_served_first_and_of_equals_the_first() {
        let load = Load::new(Concurrency::fixed(1));
        let held = load.slot(Urgency::Other).await;
        let order = Mutex::new(Vec::new());
        let wait = |n: usize, urgency: Urgency| {
            let (load, order) = (&load, &order);
            async move {
                let _slot = load.slot(urgency).await;
                order.lock().unwrap().push(n);
            }
        };
        futures_util::join!(
            wait(1, Urgency::Other),
            wait(2, Urgency::Other),
            wait(3, Urgency::Pause),
            wait(4, Urgency::Look),
            wait(5, Urgency::Pause),
            async { drop(held) }
        );
        assert_eq!(*order.lock().unwrap(), [3, 5, 4, 1, 2]);
    }
}
