//! Several failures in a row mean an outage.

/// Counts failures in a row. It opens at a limit, and one success closes it
/// again.
///
/// ```
/// use maintenance_core::circuit_breaker::CircuitBreaker;
///
/// let mut breaker = CircuitBreaker::new(2);
/// breaker.failure();
/// breaker.success();
/// breaker.failure();
/// assert!(!breaker.is_open());
/// breaker.failure();
/// assert!(breaker.is_open());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    limit: usize,
    in_a_row: usize,
}

impl CircuitBreaker {
    /// A closed breaker that opens after `limit` failures in a row, at least one.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit: if limit == 0 { 1 } else { limit }, in_a_row: 0 }
    }

    /// Counts a failure.
    pub const fn failure(&mut self) {
        self.in_a_row = self.in_a_row.saturating_add(1);
    }

    /// Closes the breaker: the service works.
    pub const fn success(&mut self) {
        self.in_a_row = 0;
    }

    /// Whether as many failures as the limit came in a row.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.in_a_row >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_failures_in_a_row_as_the_limit_open_it_and_one_success_closes_it() {
        for (limit, opens_at) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
            let mut breaker = CircuitBreaker::new(limit);
            for failures in 1..=5 {
                assert!(!breaker.is_open() || failures > opens_at, "{limit}: {failures}");
                breaker.failure();
                assert_eq!(breaker.is_open(), failures >= opens_at, "{limit}: {failures}");
            }
            breaker.success();
            assert!(!breaker.is_open(), "{limit}");
        }
    }
}
