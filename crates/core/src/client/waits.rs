//! The waits of requests, for somebody who watches: the reason, and the time left.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A shorter wait is over before anybody has read of it.
const SHORTEST: Duration = Duration::from_millis(900);
/// The time after which the observer gets the time left again.
const EVERY: Duration = Duration::from_secs(1);

/// The reason why requests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The API answered with that status, and said how long to wait.
    Asked(u16),
    /// The API answered with that status.
    Refused(u16),
    /// There was no whole answer.
    NoAnswer,
    /// So many requests were sent in the last minute, which is the allowance.
    Allowance(usize),
}

/// A wait that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why.
    pub reason: WaitReason,
    /// The time until the next request.
    pub left: Duration,
}

/// Is called with the longest wait under way, each second and whenever it changes, and
/// with `None` that there is none any more.
pub type WaitObserver = Box<dyn Fn(Option<Wait>) + Send + Sync>;

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(status) => write!(f, "the API asks to wait ({status})"),
            Self::Refused(status) => write!(f, "the API refused a request ({status})"),
            Self::NoAnswer => f.write_str("no answer from the API"),
            Self::Allowance(1) => f.write_str("the one request a minute is used up"),
            Self::Allowance(number) => write!(f, "the {number} requests a minute are used up"),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.left.as_millis().div_ceil(1_000);
        write!(f, "{}: {seconds}s left", self.reason)
    }
}

/// The waits under way, of all clones of a client.
#[derive(Default)]
pub(super) struct Waits {
    observer: Option<WaitObserver>,
    under_way: Mutex<UnderWay>,
}

/// Each wait under way, with its end.
#[derive(Debug, Default)]
struct UnderWay {
    begun: u64,
    waits: Vec<(u64, WaitReason, Instant)>,
}

/// One wait, until it is dropped.
struct OneWait<'a> {
    waits: &'a Waits,
    number: u64,
}

impl Waits {
    pub(super) fn new(observer: Option<WaitObserver>) -> Self {
        Self { observer, under_way: Mutex::default() }
    }

    /// Waits until then, and reports it meanwhile.
    pub(super) async fn until(&self, reason: WaitReason, end: Instant) {
        if self.observer.is_none() || end.saturating_duration_since(Instant::now()) < SHORTEST {
            return tokio::time::sleep_until(end.into()).await;
        }
        let _wait = self.begin(reason, end);
        loop {
            self.report();
            let now = Instant::now();
            if end <= now {
                return;
            }
            tokio::time::sleep_until(end.min(now + EVERY).into()).await;
        }
    }

    fn begin(&self, reason: WaitReason, end: Instant) -> OneWait<'_> {
        let mut under_way = self.lock();
        under_way.begun += 1;
        let number = under_way.begun;
        under_way.waits.push((number, reason, end));
        OneWait { waits: self, number }
    }

    /// Calls the observer with the wait that ends last.
    fn report(&self) {
        let now = Instant::now();
        let longest = self
            .lock()
            .waits
            .iter()
            .max_by_key(|(.., end)| *end)
            .map(|&(_, reason, end)| Wait { reason, left: end.saturating_duration_since(now) });
        if let Some(observer) = &self.observer {
            observer(longest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OneWait<'_> {
    fn drop(&mut self) {
        self.waits.lock().waits.retain(|(number, ..)| *number != self.number);
        self.waits.report();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::*;

    type Reported = Arc<Mutex<Vec<Option<Wait>>>>;

    fn watched() -> (Waits, Reported) {
        let reported = Reported::default();
        let all = Arc::clone(&reported);
        let observer: WaitObserver = Box::new(move |wait| all.lock().unwrap().push(wait));
        (Waits::new(Some(observer)), reported)
    }

    #[test]
    fn a_wait_is_reported_in_words() {
        for (reason, left, text) in [
            (WaitReason::Asked(429), 57_001, "the API asks to wait (429): 58s left"),
            (WaitReason::Refused(503), 1_000, "the API refused a request (503): 1s left"),
            (WaitReason::NoAnswer, 0, "no answer from the API: 0s left"),
            (WaitReason::Allowance(1800), 100, "the 1800 requests a minute are used up: 1s left"),
            (WaitReason::Allowance(1), 60_000, "the one request a minute is used up: 60s left"),
        ] {
            let wait = Wait { reason, left: Duration::from_millis(left) };
            assert_eq!(wait.to_string(), text);
        }
    }

    #[tokio::test]
    async fn the_longest_wait_is_reported_and_none_after_the_last() {
        let (waits, reported) = watched();
        let now = Instant::now();
        let mut long = Box::pin(waits.until(WaitReason::Asked(429), now + Duration::from_secs(90)));
        let mut short = Box::pin(waits.until(WaitReason::NoAnswer, now + Duration::from_secs(30)));
        assert!((&mut long).now_or_never().is_none());
        assert!((&mut short).now_or_never().is_none());
        drop(long);
        drop(short);
        let reported = reported.lock().unwrap();
        let reasons: Vec<_> = reported.iter().map(|wait| wait.map(|wait| wait.reason)).collect();
        let (asked, no_answer) = (Some(WaitReason::Asked(429)), Some(WaitReason::NoAnswer));
        assert_eq!(reasons, [asked, asked, no_answer, None]);
    }

    #[tokio::test]
    async fn a_wait_of_much_less_than_a_second_is_not_reported() {
        let (waits, reported) = watched();
        waits.until(WaitReason::NoAnswer, Instant::now() + Duration::from_millis(5)).await;
        assert!(reported.lock().unwrap().is_empty());
    }
}
