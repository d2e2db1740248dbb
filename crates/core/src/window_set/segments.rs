//! Disjoint stretches of time, and which of them an instant lies in.

use crate::window::{WindowName, ZoneIndex};
use crate::zone::Dst;

/// The end of what has no end.
pub(super) const NEVER: i64 = i64::MAX;

/// A window `[start, end)`, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) start: i64,
    /// [`NEVER`] if it has none. Where another one follows before it, this one
    /// is over then.
    pub(super) end: i64,
}

/// The parts of a window that a selected run shows beside its times. Most
/// look-ups never ask for it, so it lies apart from what they search.
#[derive(Clone, Debug)]
pub(super) struct WindowLabel {
    pub(super) name: WindowName,
    /// Which kind and scope it has.
    pub(super) group: u32,
    pub(super) zone: Option<ZoneIndex>,
    pub(super) dst: Option<Dst>,
}

/// Disjoint segments in the order of time, with an index by time: equal
/// buckets, about two for each segment, so that finding one costs the same
/// for ten as for a hundred thousand.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    list: Box<[Segment]>,
    /// The label of each segment.
    labels: Box<[WindowLabel]>,
    /// When the first bucket begins.
    origin: i64,
    /// A bucket is two to this power of milliseconds long.
    shift: u32,
    /// The number of segments that begin before each bucket; one more entry at
    /// the end counts all.
    before: Box<[u32]>,
}

impl Segments {
    /// The segments that say, for each instant, which of the windows around it ends
    /// last; of those that end together, the one that starts first. The windows come
    /// sorted by start, and of those that start together the longest comes first.
    ///
    /// The window that ends last at an instant outlasts all other windows there, so
    /// none of these is needed later. So one pass without a heap is enough.
    pub(super) fn ending_last(mut windows: Vec<(Segment, WindowLabel)>) -> Self {
        windows.retain(|(window, _)| window.start < window.end);
        windows.dedup_by(|(next, _), (last, _)| next.end <= last.end);
        Self::indexed(windows)
    }

    /// The union of those stretches, which come sorted by their start.
    pub(super) fn union(mut stretches: Vec<(Segment, WindowLabel)>) -> Self {
        stretches.retain(|(stretch, _)| stretch.start < stretch.end);
        stretches.dedup_by(|(next, _), (last, _)| {
            let joined = next.start <= last.end;
            if joined {
                last.end = last.end.max(next.end);
            }
            joined
        });
        Self::indexed(stretches)
    }

    fn indexed(disjoint: Vec<(Segment, WindowLabel)>) -> Self {
        let (Some((first, _)), Some((last, _))) = (disjoint.first(), disjoint.last()) else {
            return Self::default();
        };
        let origin = first.start;
        let mut shift = 0;
        while bucket(last.start, origin, shift) > disjoint.len() * 2 {
            shift += 1;
        }
        let buckets = bucket(last.start, origin, shift) + 1;
        let mut before = Vec::with_capacity(buckets + 1);
        for (place, (segment, _)) in (0..).zip(&disjoint) {
            let bucket = bucket(segment.start, origin, shift);
            before.resize(before.len().max(bucket + 1), place);
        }
        before.resize(buckets + 1, u32::try_from(disjoint.len()).unwrap_or(u32::MAX));
        Self {
            list: disjoint.iter().map(|(segment, _)| *segment).collect(),
            labels: disjoint.into_iter().map(|(_, label)| label).collect(),
            origin,
            shift,
            before: before.into(),
        }
    }

    /// The segments, in the order of time.
    pub(super) fn list(&self) -> &[Segment] {
        &self.list
    }

    /// The label of each segment.
    pub(super) fn labels(&self) -> &[WindowLabel] {
        &self.labels
    }

    /// The number of segments that begin at or before that instant.
    fn begun(&self, time: i64) -> usize {
        if time < self.origin {
            return 0;
        }
        let bucket = bucket(time, self.origin, self.shift);
        let (from, to) = match self.before.get(bucket..) {
            Some([from, to, ..]) => (*from as usize, *to as usize),
            _ => return self.list.len(),
        };
        let in_bucket = self.list.get(from..to).unwrap_or_default();
        from + in_bucket.partition_point(|segment| segment.start <= time)
    }

    /// The segment that the instant lies in.
    pub(super) fn at(&self, time: i64) -> Option<(usize, &Segment)> {
        self.last_by(time).filter(|(_, segment)| time < segment.end)
    }

    /// The last segment that begins at or before that instant.
    pub(super) fn last_by(&self, time: i64) -> Option<(usize, &Segment)> {
        let place = self.begun(time).checked_sub(1)?;
        Some((place, self.list.get(place)?))
    }

    /// The number of segments that begin before the bucket of that instant
    /// ends: the first half of a look-up, for [`Segments::guess`].
    pub(super) fn begun_by_bucket(&self, time: i64) -> u32 {
        let bucket = bucket(time.max(self.origin), self.origin, self.shift);
        self.before.get(bucket.saturating_add(1)).copied().unwrap_or_default()
    }

    /// The place of the segment that the instant lies in, or the first one if
    /// there is none, found without a branch that a processor could guess
    /// wrong. It is right unless several segments begin in one bucket; whoever
    /// asks only wants memory to be read.
    pub(super) fn guess(&self, time: i64, begun: u32) -> u32 {
        let place = begun.saturating_sub(1);
        let Some(last) = self.list.get(place as usize) else { return 0 };
        let place = place.saturating_sub(u32::from(last.start > time));
        let Some(segment) = self.list.get(place as usize) else { return 0 };
        place * u32::from(segment.start <= time && time < segment.end)
    }

    /// The first segment that begins after that instant.
    pub(super) fn first_after(&self, time: i64) -> Option<&Segment> {
        self.list.get(self.begun(time))
    }
}

/// The bucket that an instant at or after `origin` falls into.
fn bucket(time: i64, origin: i64, shift: u32) -> usize {
    usize::try_from(time.abs_diff(origin) >> shift).unwrap_or(usize::MAX)
}
