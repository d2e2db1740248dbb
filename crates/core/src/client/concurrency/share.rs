//! The rule of how many requests may be in flight. Pure.
//!
//! If the bound is not fixed, the number follows the latency. The throughput that the
//! first number has with a latency of [`NEAR`] is kept: at twice that latency, twice as
//! many requests are in flight. The number grows by one with each answer up to that
//! value, until the service refuses once. If the latency grows as fast as the number,
//! the requests only queue in the service; then the number goes back to the first, as
//! after a refusal.
//!
//! Refusals follow the rule for congestion in a network (RFC 5681): a refusal for
//! overload halves the number, successes raise it again. The number rises by one for
//! each round of requests, up to one less than the number that was refused, and beyond
//! that only after [`CAREFUL`] rounds. So a service that takes four at a time is seldom
//! asked for five. A request that was sent before the number was halved says nothing
//! about the new number, so a burst of refusals halves it once.

use std::time::Duration;

/// The number of rounds without a refusal before more requests are tried than the
/// service has taken.
const CAREFUL: f64 = 16.0;

/// The latency, in seconds, for which the first number in flight is enough: 8 in flight
/// are then 160 requests a second.
const NEAR: f64 = 0.05;

/// The part of the average that each answer's time is.
const SMOOTHING: f64 = 1.0 / 8.0;

/// Growth is judged once the number is this many times the first. Below that,
/// differences of latency between single answers hide the effect.
const JUDGED: f64 = 1.5;

/// Growth is useless if the latency grew by this part of the growth of the number in
/// flight.
const USELESS: f64 = 0.75;

/// A request, as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotRequest {
    number: u64,
    /// The number of requests in flight then, itself included.
    in_flight: u32,
}

/// The load that the service bears. Pure.
#[derive(Debug)]
pub(super) struct Share {
    /// So many are allowed before anything is known.
    first: f64,
    most: f64,
    /// So many, rounded down, may be in flight.
    allowed: f64,
    /// So many were borne before; more are asked for with care.
    borne: f64,
    /// Whether nothing has spoken against more yet.
    is_growing: bool,
    in_flight: u32,
    sent: u64,
    /// Requests that were sent up to then say nothing about `allowed`.
    halved_at: u64,
    /// Seconds that answers take of late.
    latency: Average,
    /// The same with no more in flight than at first.
    first_latency: Average,
}

impl Share {
    /// Allows `first` at first, and `most` where answers are slow.
    pub(super) fn new(first: usize, most: usize) -> Self {
        let number = |number: usize| f64::from(u32::try_from(number.max(1)).unwrap_or(u32::MAX));
        let (first, most) = (number(first), number(most));
        Self {
            first,
            most,
            allowed: first,
            borne: most,
            is_growing: true,
            in_flight: 0,
            sent: 0,
            halved_at: 0,
            // The first answers also take the time to connect.
            latency: Average(Some(NEAR)),
            first_latency: Average::default(),
        }
    }

    /// Takes a slot, if there is one free.
    pub(super) fn next(&mut self) -> Option<SlotRequest> {
        if f64::from(self.in_flight) + 1.0 > self.allowed {
            return None;
        }
        self.in_flight += 1;
        self.sent += 1;
        Some(SlotRequest { number: self.sent, in_flight: self.in_flight })
    }

    /// A request is over.
    pub(super) const fn leave(&mut self) {
        self.in_flight -= 1;
    }

    /// The number of requests that may be in flight now.
    pub(super) fn allowed(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to most")]
        let allowed = self.allowed as usize;
        allowed
    }

    /// A request was answered, after that time.
    pub(super) fn served(&mut self, sent: SlotRequest, took: Duration) {
        let seconds = took.as_secs_f64();
        self.latency.add(seconds);
        if f64::from(sent.in_flight) <= self.first {
            self.first_latency.add(seconds);
        }
        if self.is_growth_useless() {
            self.is_growing = false;
            (self.borne, self.allowed) = (self.first, self.first);
            return;
        }
        let step = if self.is_growing {
            // Whoever asks for few at a time does not find out what is borne.
            let is_used = 2.0 * f64::from(sent.in_flight.max(self.in_flight)) > self.allowed;
            if is_used { 1.0 } else { 0.0 }
        } else {
            let rounds = if self.allowed < self.borne { 1.0 } else { CAREFUL };
            1.0 / (rounds * self.allowed)
        };
        self.allowed = (self.allowed + step).min(self.wanted());
    }

    /// As many as keep the throughput that the first number has where the API is
    /// near.
    fn wanted(&self) -> f64 {
        (self.first * self.latency.value() / NEAR).clamp(self.first, self.most)
    }

    /// Whether more in flight only wait longer, so that no more are served.
    fn is_growth_useless(&self) -> bool {
        let times = self.allowed / self.first;
        let longer = 1.0 + USELESS * (times - 1.0);
        times > JUDGED && self.latency.value() >= longer * self.first_latency.value()
    }

    /// A request was refused, or met no answer, for too much load.
    pub(super) fn overloaded(&mut self, sent: SlotRequest) {
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
        self.is_growing = false;
    }
}

/// An average in which what is older counts for less.
#[derive(Clone, Copy, Debug, Default)]
struct Average(Option<f64>);

impl Average {
    fn add(&mut self, value: f64) {
        self.0 = Some(self.0.map_or(value, |average| average + SMOOTHING * (value - average)));
    }

    /// Zero where nothing was added.
    fn value(self) -> f64 {
        self.0.unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests;
