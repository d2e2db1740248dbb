//! A service that bears only so much: the load itself decides what is refused.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::{StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::http::ApiRefusal;

/// The load that the service bears.
///
/// Requests past `at_once` are refused with 503, requests faster than `per_second` with
/// 429. A refusal is sent at once, as a gateway that sheds load does. It uses up its
/// place in the rate, so a client that repeats requests faster is not served sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Overload {
    /// Requests served at a time; 0 is no limit.
    pub at_once: usize,
    /// Milliseconds that serving each one takes.
    pub service_ms: u64,
    /// Requests a second in the long run; 0 is no limit.
    pub per_second: u32,
    /// As many may come at once after a time of rest; at least 1.
    pub burst: u32,
    /// The seconds of `Retry-After` in refusals; none if absent.
    pub retry_after: Option<u64>,
}

/// The load at this moment.
#[derive(Debug, Default)]
pub(crate) struct Served {
    state: Mutex<ServedLoad>,
}

#[derive(Debug, Default)]
struct ServedLoad {
    at_once: usize,
    /// Requests that may come now, and since when that holds.
    tokens: Option<(f64, Instant)>,
}

/// A request that is being served, until this is dropped.
#[derive(Debug)]
pub(crate) struct Serving<'a>(&'a Served);

impl Served {
    /// Takes a request on, or refuses it.
    pub(crate) fn admit(&self, bears: Overload, now: Instant) -> Result<Serving<'_>, ApiRefusal> {
        let mut state = self.state();
        if bears.per_second > 0 && !state.token(bears, now) {
            let text = "too many requests a second";
            return Err(bears.refusal(StatusCode::TOO_MANY_REQUESTS, text));
        }
        if bears.at_once > 0 && state.at_once >= bears.at_once {
            return Err(bears.refusal(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once"));
        }
        state.at_once += 1;
        Ok(Serving(self))
    }

    fn state(&self) -> MutexGuard<'_, ServedLoad> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.state().at_once -= 1;
    }
}

impl ServedLoad {
    fn token(&mut self, bears: Overload, now: Instant) -> bool {
        let full = f64::from(bears.burst.max(1));
        let (tokens, since) = self.tokens.unwrap_or((full, now));
        let rested = now.saturating_duration_since(since).as_secs_f64();
        let tokens = (tokens + rested * f64::from(bears.per_second)).min(full);
        // Each request uses one up, but nobody is in debt for more than one.
        self.tokens = Some(((tokens - 1.0).max(-1.0), now));
        tokens >= 1.0
    }
}

impl Overload {
    fn refusal(self, status: StatusCode, text: &str) -> ApiRefusal {
        let refusal = ApiRefusal::new(status, text);
        match self.retry_after {
            Some(seconds) => refusal.with_header(header::RETRY_AFTER, &seconds.to_string()),
            None => refusal,
        }
    }

    /// The time that serving one request takes.
    pub(crate) fn takes(self) -> Duration {
        Duration::from_millis(self.service_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_past_the_limit_at_once_are_refused_with_503() {
        let bears = Overload { at_once: 2, retry_after: Some(3), ..Overload::default() };
        let (served, now) = (Served::default(), Instant::now());
        let first = served.admit(bears, now).unwrap();
        let _second = served.admit(bears, now).unwrap();
        let refused = served.admit(bears, now).unwrap_err().into_answer(1);
        assert_eq!(
            (refused.status.as_u16(), &refused.headers["retry-after"]),
            (503, &"3".parse().unwrap())
        );
        drop(first);
        assert!(served.admit(bears, now).is_ok());
    }

    #[test]
    fn requests_past_the_rate_are_refused_with_429_and_repeats_count() {
        let bears = Overload { per_second: 10, burst: 5, ..Overload::default() };
        let (served, start) = (Served::default(), Instant::now());
        let after = |millis: u64| {
            served.admit(bears, start + Duration::from_millis(millis)).map_err(|refusal| {
                let answer = refusal.into_answer(1);
                (answer.status.as_u16(), answer.headers.contains_key("retry-after"))
            })
        };
        assert_eq!((0..9).filter(|_| after(0).is_ok()).count(), 5);
        assert_eq!(after(50).err(), Some((429, false)));
        assert!(after(100).is_err(), "what was refused counts");
        assert!(after(320).is_ok());
        assert_eq!((0..9).filter(|_| after(60_000).is_ok()).count(), 5, "no more than a burst");
    }
}
