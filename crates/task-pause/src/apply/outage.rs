//! Errors that say more about the connection than about one request.

use maintenance_core::circuit_breaker::CircuitBreaker;
use maintenance_core::client::ClientError;

/// The least number of failures in a row that are taken for an outage. One task
/// that cannot be reached keeps no other waiting; several in a row are an API
/// that is away.
const LEAST_IN_A_ROW: usize = 2;

/// The circuit breaker for so many requests at the same time.
pub(super) fn breaker(concurrency: usize) -> CircuitBreaker {
    CircuitBreaker::new(concurrency.max(LEAST_IN_A_ROW))
}

/// Whether an error says more about the connection than about the request.
pub(crate) fn is_systematic(error: &ClientError) -> bool {
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

/// Whether an error is certain to meet every other request: one of them is
/// enough to stop.
pub(super) fn is_hopeless(error: &ClientError) -> bool {
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
