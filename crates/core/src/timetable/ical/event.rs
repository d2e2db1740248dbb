//! One VEVENT, understood.

use std::collections::HashSet;
use std::sync::Arc;

use super::named_day::day_named;
use crate::scope::Scope;
use crate::time::UtcTime;
use crate::timetable::civil::{DAY, Wall};
use crate::timetable::expand::{Recurrence, Start, to_wall};
use crate::timetable::series::{OriginalStart, WindowLength};
use crate::timetable::stamp::Stamp;
use crate::window::{Source, WindowKind, WindowName};
use crate::zone::Zone;

/// A VEVENT. What could stand in it and means nothing here is gone.
#[derive(Debug)]
pub(super) struct CalendarEvent {
    pub(super) source: Source,
    /// `None` where there is no SUMMARY.
    pub(super) name: Option<WindowName>,
    pub(super) kind: Option<WindowKind>,
    pub(super) scope: Option<Arc<Scope>>,
    /// Whether it has a category that is picked; `None` if it has no categories.
    pub(super) has_category: Option<bool>,
    /// Whether its own windows are picked.
    pub(super) is_picked: bool,
    pub(super) sequence: i64,
    pub(super) cancelled: bool,
    pub(super) recurrence_id: Option<RecurrenceId>,
    pub(super) zone: Zone,
    /// The zone to show it in: its own; the calendar's, if it is in UTC.
    pub(super) home: Option<Zone>,
    pub(super) start: Start,
    /// If its start is a DATE: the zone in which an instant may name one of
    /// its days.
    pub(super) days: Option<Zone>,
    pub(super) span: WindowLength,
    /// The end of the event's own window: an end in another zone than the
    /// start's is exact there.
    pub(super) end: UtcTime,
    pub(super) rules: Vec<Recurrence>,
    pub(super) dates: Vec<(Start, Option<WindowLength>)>,
    pub(super) except: Vec<OriginalStart>,
}

impl CalendarEvent {
    /// The instances that EXDATEs take out, to be looked up.
    pub(super) fn excluded(&self) -> Excluded<'_> {
        let mut excluded = Excluded {
            event: self,
            starts: self.except.iter().copied().collect(),
            days_of_instants: HashSet::new(),
        };
        for start in &self.except {
            if let OriginalStart::Instant(time) = start {
                excluded.days_of_instants.insert(self.day(*time));
            }
        }
        excluded
    }

    /// Its start on the wall clock of a zone: as it is written, if it is in that one.
    pub(super) fn wall_in(&self, zone: &Zone) -> Wall {
        if self.zone.is_same(zone) { self.start.wall } else { to_wall(zone, self.start.utc) }
    }

    /// The local day of an instant, by its number.
    fn day(&self, time: UtcTime) -> i64 {
        to_wall(&self.zone, time).div_euclid(DAY)
    }
}

/// The instances of a series that its EXDATEs take out.
pub(super) struct Excluded<'e> {
    event: &'e CalendarEvent,
    starts: HashSet<OriginalStart>,
    /// The local days of the instants that are taken out.
    days_of_instants: HashSet<i64>,
}

impl Excluded<'_> {
    /// Whether that instance is taken out.
    pub(super) fn has(&self, start: OriginalStart) -> bool {
        self.starts.contains(&start)
            || match start {
                OriginalStart::Instant(time) => {
                    self.starts.contains(&OriginalStart::Day(self.event.day(time)))
                }
                OriginalStart::Day(day) => self.days_of_instants.contains(&day),
            }
    }
}

/// Which instance of a series an event replaces.
#[derive(Clone, Debug)]
pub(super) struct RecurrenceId {
    pub(super) stamp: Stamp,
    pub(super) zone: Option<Zone>,
    /// RANGE=THISANDFUTURE: the rest of the series moves with it.
    pub(super) and_future: bool,
}

impl RecurrenceId {
    /// The original start; a time without a zone is in the series' own.
    pub(super) fn original(&self, series: &CalendarEvent) -> Option<OriginalStart> {
        let own = self.zone.as_ref();
        match &series.days {
            Some(days) => Some(OriginalStart::Day(day_named(self.stamp, own.unwrap_or(days)))),
            None => OriginalStart::of(self.stamp, own.unwrap_or(&series.zone)),
        }
    }
}
