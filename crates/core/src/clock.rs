//! The only module that reads the time of day.
//!
//! Everywhere else *now* is a value that is handed in, so that a decision can
//! be repeated in a test at any moment of any year.

use crate::time::UtcTime;

/// The wall clock, now.
#[must_use]
pub fn now() -> UtcTime {
    #[expect(clippy::disallowed_methods, reason = "the only module that reads the clock")]
    let now = chrono::Utc::now();
    UtcTime::from_chrono(now)
}
