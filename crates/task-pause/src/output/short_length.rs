//! Lengths of time for people.

use std::time::Duration;

/// A length of time for people, in its two largest units: `3d 04h`, `1h 03m`, `12m
/// 05s`, `45s`. Smaller units are left out.
pub(crate) fn short_length(length: Duration) -> String {
    let seconds = length.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days > 0 {
        format!("{days}d {:02}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}
