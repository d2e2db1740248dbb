//! The time that one request may take in a short window.
//!
//! A request that hangs must not cost a window its pauses: it is left early
//! enough to be made once more.

use maintenance_core::client::patience;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

/// When a request is left that is of use until `end`. `None` where it has no
/// end, or is over.
pub(crate) fn answer_by(end: Option<UtcTime>, now: UtcTime) -> Option<Instant> {
    let left = end?.since(now);
    (!left.is_zero()).then(|| Instant::now() + patience(left))
}

/// The earlier of two times, of which any may be missing.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
