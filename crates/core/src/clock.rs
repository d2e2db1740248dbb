//! The one room in which the time of day is read.
//!
//! Everywhere else *now* is a value that is handed in, so that a decision can
//! be repeated in a test at any moment of any year.

use crate::time::UtcTime;

/// The wall clock, now.
#[must_use]
pub fn now() -> UtcTime {
    #[expect(clippy::disallowed_methods, reason = "this is the clock's own room")]
    let now = chrono::Utc::now();
    UtcTime::from_chrono(now)
}
