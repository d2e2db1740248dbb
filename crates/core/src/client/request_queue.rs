//! The order in which requests that wait are served: what changes something
//! before what looks, and what looks before what lists.
//!
//! Each class of requests waits as if it had come later by a time of its own, at
//! most a minute, and then the first comes first. So a pause goes ahead of
//! every list that waits, but never ahead of one that waits a minute longer:
//! no class starves, however many pauses come.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use tokio::sync::Notify;

use super::request::Urgency;

/// The time by which each class stands behind the one before it.
const STEP: Duration = Duration::from_secs(20);

/// Lets one request at a time through, the most urgent first.
#[derive(Debug, Default)]
pub(super) struct RequestQueue {
    order: Mutex<QueueOrder<Arc<Notify>>>,
}

impl RequestQueue {
    /// Does some work when its turn has come; all others wait for its end. If a more
    /// urgent request comes first, the work is dropped, and begins again at its next
    /// turn.
    pub(super) async fn in_turn<T>(&self, urgency: Urgency, work: impl AsyncFn() -> T) -> T {
        let waiter = self.join(urgency);
        loop {
            waiter.until(|is_first| is_first).await;
            let overtaken = pin!(waiter.until(|is_first| !is_first));
            // Who was overtaken takes nothing any more.
            if let Either::Right((done, _)) = select(overtaken, pin!(work())).await {
                return done;
            }
        }
    }

    fn join(&self, urgency: Urgency) -> Waiter<'_> {
        let changed = Arc::new(Notify::new());
        let mut order = self.order();
        let before = order.first().cloned();
        let position = order.join(Instant::now(), urgency, Arc::clone(&changed));
        if let Some(before) = before.filter(|_| order.is_first(position)) {
            before.notify_one();
        }
        drop(order);
        Waiter { queue: self, position, changed }
    }

    fn order(&self) -> MutexGuard<'_, QueueOrder<Arc<Notify>>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits, or whose turn it is.
#[derive(Debug)]
struct Waiter<'a> {
    queue: &'a RequestQueue,
    position: Position,
    /// Notified whenever this waiter may have become the first, or may be so no
    /// longer.
    changed: Arc<Notify>,
}

impl Waiter<'_> {
    async fn until(&self, is_so: impl Fn(bool) -> bool) {
        while !is_so(self.queue.order().is_first(self.position)) {
            self.changed.notified().await;
        }
    }
}

impl Drop for Waiter<'_> {
    /// Passes the turn on, whether it was used or the wait was given up.
    fn drop(&mut self) {
        let mut order = self.queue.order();
        let was_first = order.is_first(self.position);
        order.leave(self.position);
        if was_first && let Some(next) = order.first() {
            next.notify_one();
        }
    }
}

/// A position in the queue: the time that it counts from, and the order of arrival.
type Position = (Instant, u64);

/// The requests that wait, each with what wakes it. Pure.
#[derive(Debug, Default)]
struct QueueOrder<W> {
    waiting: BTreeMap<Position, W>,
    joined: u64,
}

impl<W> QueueOrder<W> {
    fn join(&mut self, now: Instant, urgency: Urgency, waker: W) -> Position {
        let position = (now + STEP * urgency as u32, self.joined);
        self.joined += 1;
        self.waiting.insert(position, waker);
        position
    }

    fn leave(&mut self, position: Position) {
        self.waiting.remove(&position);
    }

    fn is_first(&self, position: Position) -> bool {
        self.waiting.first_key_value().is_some_and(|(first, _)| *first == position)
    }

    fn first(&self) -> Option<&W> {
        self.waiting.first_key_value().map(|(_, waker)| waker)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Urgency; 4] = [Urgency::Pause, Urgency::Resume, Urgency::Look, Urgency::Other];

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// The order in which a queue serves requests that came at these times, in seconds
    /// after the first.
    fn served_order(came: &[(u64, Urgency)]) -> Vec<usize> {
        let (start, mut order) = (Instant::now(), QueueOrder::default());
        for (number, (after, urgency)) in came.iter().enumerate() {
            order.join(start + seconds(*after), *urgency, number);
        }
        order.waiting.into_values().collect()
    }

    #[test]
    fn the_most_urgent_comes_first_and_of_equals_the_first() {
        let (pause, resume) = (Urgency::Pause, Urgency::Resume);
        let (look, other) = (Urgency::Look, Urgency::Other);
        for (came, served) in [
            (vec![(0, other), (0, look), (0, resume), (0, pause)], vec![3, 2, 1, 0]),
            (vec![(0, other), (1, other), (2, pause), (3, pause)], vec![2, 3, 0, 1]),
            (vec![(0, look), (19, resume), (21, resume)], vec![1, 0, 2]),
            (vec![(0, other), (59, pause), (61, pause)], vec![1, 0, 2]),
            (vec![(0, other), (20, other), (60, look), (39, resume)], vec![3, 0, 1, 2]),
        ] {
            assert_eq!(served_order(&came), served, "{came:?}");
        }
    }

    #[test]
    fn the_last_class_stands_a_minute_behind_the_first() {
        let now = Instant::now();
        let mut order = QueueOrder::default();
        let positions = ALL.map(|urgency| order.join(now, urgency, ()).0);
        assert_eq!(positions[3] - positions[0], seconds(60));
        assert!(positions.is_sorted());
    }

    proptest! {
        /// Requests come at any time, some give up, and one is served each so many
        /// milliseconds. Whoever stays is served, no other goes ahead that came a
        /// minute later, and nobody waits for longer than that minute and those who
        /// came within it take.
        #[test]
        fn everyone_is_served_and_nobody_waits_beyond_a_minute_of_others(
            came in prop::collection::vec((0..240_000_u64, 0..4_usize, 0..10_u8), 1..400),
            every in 1..400_u64,
        ) {
            let start = Instant::now();
            let mut came = came;
            came.sort_unstable();
            let at = |millis: u64| start + Duration::from_millis(millis);
            let mut order = QueueOrder::default();
            let mut coming = came.iter().copied().enumerate().peekable();
            let mut leaving = Vec::new();
            let mut served: Vec<(usize, u64)> = Vec::new();
            let mut now = 0;
            while coming.peek().is_some() || order.first().is_some() {
                while let Some((number, (when, class, gives_up))) = coming.next_if(|one| one.1.0 <= now) {
                    let position = order.join(at(when), ALL[class], number);
                    if gives_up == 0 {
                        leaving.push(position);
                    }
                }
                // Whoever gives up does so wherever it stands.
                leaving.drain(..).for_each(|position| order.leave(position));
                if let Some(((_, number), waiter)) = order.waiting.pop_first() {
                    prop_assert_eq!(number, waiter as u64);
                    served.push((waiter, now));
                }
                now += every;
            }
            let stays = came.iter().enumerate().filter(|(_, one)| one.2 != 0);
            let mut all: Vec<usize> = served.iter().map(|(number, _)| *number).collect();
            all.sort_unstable();
            prop_assert_eq!(all, stays.map(|(number, _)| number).collect::<Vec<_>>());
            for (turn, (number, when)) in served.iter().enumerate() {
                let came_at = came[*number].0;
                for (before, _) in &served[..turn] {
                    prop_assert!(came[*before].0 <= came_at + 60_000);
                }
                let within = came.iter().filter(|one| one.0 <= came_at + 60_000).count() as u64;
                prop_assert!(when - came_at <= every * (within + 1), "{} {came_at}", when);
            }
        }
    }

    /// A gate that lets through what it is asked to.
    #[derive(Default)]
    struct Gate {
        queue: RequestQueue,
        free: Notify,
        served: RefCell<Vec<&'static str>>,
    }

    impl Gate {
        async fn pass(&self, name: &'static str, urgency: Urgency) {
            self.queue.in_turn(urgency, async || self.free.notified().await).await;
            self.served.borrow_mut().push(name);
        }

        async fn open(&self, times: usize) {
            for _ in 0..times {
                self.free.notify_one();
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    #[tokio::test]
    async fn a_pause_overtakes_a_list_whose_turn_it_is_already() {
        let gate = Gate::default();
        let mut lists = Box::pin(join_all([
            gate.pass("list", Urgency::Other),
            gate.pass("second list", Urgency::Other),
        ]));
        assert!((&mut lists).now_or_never().is_none());
        let rest = join_all([
            gate.pass("look", Urgency::Look).boxed_local(),
            gate.pass("pause", Urgency::Pause).boxed_local(),
            gate.pass("resume", Urgency::Resume).boxed_local(),
            gate.open(5).boxed_local(),
        ]);
        futures_util::join!(rest, lists);
        assert_eq!(*gate.served.borrow(), ["pause", "resume", "look", "list", "second list"]);
    }

    /// Whoever gives up passes the turn on, first in the queue or not.
    #[tokio::test]
    async fn a_waiter_that_is_dropped_passes_its_turn_on() {
        let gate = Gate::default();
        let mut first = Box::pin(gate.pass("first", Urgency::Other));
        let mut second = Box::pin(gate.pass("second", Urgency::Other));
        let mut third = Box::pin(gate.pass("third", Urgency::Other));
        let mut fourth = Box::pin(gate.pass("fourth", Urgency::Other));
        for waiting in [&mut first, &mut second, &mut third, &mut fourth] {
            assert!(waiting.now_or_never().is_none());
        }
        drop(third);
        drop(first);
        futures_util::join!(second, fourth, gate.open(2));
        assert_eq!(*gate.served.borrow(), ["second", "fourth"]);
        // Also the turn that was passed on already, and was not taken up yet.
        let (mut first, mut second) = (
            Box::pin(gate.pass("first", Urgency::Other)),
            Box::pin(gate.pass("second", Urgency::Other)),
        );
        let mut pause = Box::pin(gate.pass("pause", Urgency::Pause));
        for waiting in [&mut first, &mut second, &mut pause] {
            assert!(waiting.now_or_never().is_none());
        }
        drop(pause);
        drop(first);
        futures_util::join!(second, gate.open(1));
        assert_eq!(*gate.served.borrow(), ["second", "fourth", "second"]);
    }

    /// A turn that is not used any more keeps nobody waiting.
    #[tokio::test]
    async fn a_turn_that_is_given_up_keeps_nobody_waiting() {
        let queue = RequestQueue::default();
        let never = queue.in_turn(Urgency::Pause, async || pending::<()>().await);
        assert!(never.now_or_never().is_none());
        queue.in_turn(Urgency::Other, async || ()).await;
        assert!(queue.order().first().is_none());
    }
}
