//! Periods that a list is read in, piece by piece.
//!
//! A list that is too long for the API, or that covers too much time, is read in
//! slices of its period. A slice that is still too long is cut in two.

use std::time::Duration;

use crate::time::UtcTime;

/// A slice of time: from an instant until another.
pub(super) type TimeSlice = (UtcTime, UtcTime);

/// The length of the slice that is asked for after a longer one was refused.
pub(super) const SHORT_SPAN: Duration = Duration::from_secs(60 * 60);

/// The least length of a slice that is cut in two.
const SHORTEST_SLICE: Duration = Duration::from_secs(1);

/// The length of a slice.
pub(super) fn length((from, until): TimeSlice) -> Duration {
    until.since(from)
}

/// The middle of a slice; `None` if it is too short to be cut.
pub(super) fn middle(slice: TimeSlice) -> Option<UtcTime> {
    let length = length(slice);
    (length > SHORTEST_SLICE).then(|| slice.0.saturating_add(length / 2))
}

/// The two halves of a slice; `None` if it is too short to be cut.
pub(super) fn halves(slice: TimeSlice) -> Option<[TimeSlice; 2]> {
    middle(slice).map(|middle| [(slice.0, middle), (middle, slice.1)])
}
