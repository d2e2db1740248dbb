//! Windows: half-open intervals of UTC time in which maintenance happens.

use std::num::NonZeroU16;
use std::sync::Arc;

use crate::scope::Scope;
use crate::time::UtcTime;
use crate::zone::Dst;

/// One window `[start, end)` of a timetable, after recurrence and zones are
/// resolved. Its `end` is never before its `start`. Where both are the same the
/// window is empty: some calendars have such events. It is listed, but no
/// instant lies inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What the timetable calls it.
    pub name: Arc<str>,
    /// The first instant inside, UTC.
    pub start: UtcTime,
    /// The first instant after it, UTC; `None` if it is open-ended.
    pub end: Option<UtcTime>,
    /// Whether it holds runs back or lets them through.
    pub kind: Kind,
    /// Which runs it concerns.
    pub scope: Arc<Scope>,
    /// Where it stands in which timetable.
    pub source: Source,
    /// Set where a clock change moved one of its edges.
    pub dst: Option<Dst>,
    /// The zone that its timetable thinks in, if it names one.
    pub zone: Option<ZonePlace>,
}

/// A zone by its place among those of a timetable, from 1 on: see
/// [`Timetable::zones`](crate::timetable::Timetable::zones). A zone itself
/// would make each of 100,000 windows larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZonePlace(NonZeroU16);

impl ZonePlace {
    /// The zone at that index; `None` if it is too far down the list.
    #[must_use]
    pub fn at(index: usize) -> Option<Self> {
        u16::try_from(index + 1).ok().and_then(NonZeroU16::new).map(Self)
    }

    /// Its number, from 1 on.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0.get()
    }
}

/// What a window does to the runs inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Maintenance: runs inside are selected.
    #[default]
    Maintenance,
    /// An exception from maintenance: its time is taken out of the others.
    Open,
}

/// Where a window comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The timetable as it was named on the command line.
    pub file: Arc<str>,
    /// The line (from 1) of the row, or of the event's first line.
    pub line: u64,
    /// UID of the calendar event, if it is one.
    pub uid: Option<Arc<str>>,
}

impl Window {
    /// Whether that instant lies inside: the start does, the end does not.
    #[must_use]
    pub fn contains(&self, time: UtcTime) -> bool {
        self.start <= time && self.end.is_none_or(|end| time < end)
    }
}
