//! Errors that count toward the circuit breaker, and whether anything was answered.

use maintenance_core::circuit_breaker::CircuitBreaker;
use maintenance_core::client::{ClientError, Concurrency};

/// The least number of failures in a row that open the breaker. A single task that
/// cannot be reached does not stop the others.
const LEAST_IN_A_ROW: usize = 2;

/// The circuit breaker for so many requests at the same time. It opens no later
/// where more are in flight because answers are slow.
pub(super) fn breaker(concurrency: Concurrency) -> CircuitBreaker {
    CircuitBreaker::new(concurrency.first().max(LEAST_IN_A_ROW))
}

/// Whether the API answered any of some requests, and the error of one that it did not.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) is_any: bool,
    pub(super) unreached: Option<ClientError>,
}

impl Answers {
    /// Adds those to further requests of the pass.
    pub(super) fn add(&mut self, later: Self) {
        self.is_any |= later.is_any;
        self.unreached = self.unreached.take().or(later.unreached);
    }

    /// The connection error of requests of which none was answered.
    pub(super) fn none(self) -> Option<ClientError> {
        self.unreached.filter(|_| !self.is_any)
    }
}

/// Whether an error is about the connection, not about the one request.
pub(crate) fn counts_toward_breaker(error: &ClientError) -> bool {
    match error {
        ClientError::Status { status, .. } => matches!(status, 401 | 407 | 429 | 502..=504),
        ClientError::NoAnswer { .. }
        | ClientError::Redirect { .. }
        | ClientError::Deadline { .. }
        | ClientError::Setup(_) => true,
        ClientError::Unreadable { .. }
        | ClientError::Incomplete { .. }
        | ClientError::TooLong { .. }
        | ClientError::Late { .. } => false,
    }
}

/// Whether every other request would fail with the same error, so that one is enough
/// to stop.
pub(super) fn opens_breaker_at_once(error: &ClientError) -> bool {
    match error {
        ClientError::Status { status, .. } => matches!(status, 401 | 407),
        ClientError::Redirect { .. } | ClientError::Deadline { .. } | ClientError::Setup(_) => true,
        ClientError::NoAnswer { untrusted, .. } => *untrusted,
        ClientError::Unreadable { .. }
        | ClientError::Incomplete { .. }
        | ClientError::TooLong { .. }
        | ClientError::Late { .. } => false,
    }
}
