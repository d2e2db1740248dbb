//! One VEVENT, understood.

use std::collections::HashSet;
use std::sync::Arc;

use super::named_day::day_named;
use crate::scope::Scope;
use crate::time::UtcTime;
use crate::timetable::civil::DAY;
use crate::timetable::expand::{Recurrence, Start, to_wall};
use crate::timetable::series::WindowLength;
use crate::timetable::stamp::Stamp;
use crate::window::{Source, WindowKind, WindowName};
use crate::zone::Zone;

/// An original start, as EXDATE and RECURRENCE-ID name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Instant(UtcTime),
    /// The start on that local day, by its number.
    Day(i64),
}

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
    pub(super) except: Vec<Key>,
}

impl CalendarEvent {
    /// The instances that EXDATEs take out, to be looked up.
    pub(super) fn excluded(&self) -> Excluded<'_> {
        let mut excluded = Excluded {
            event: self,
            keys: HashSet::new(),
            days: HashSet::new(),
            days_of_instants: HashSet::new(),
        };
        for &key in &self.except {
            match key {
                Key::Instant(time) => _ = excluded.days_of_instants.insert(self.day(time)),
                Key::Day(day) => _ = excluded.days.insert(day),
            }
            excluded.keys.insert(key);
        }
        excluded
    }

    /// The local day of an instant, by its number.
    fn day(&self, time: UtcTime) -> i64 {
        to_wall(&self.zone, time).div_euclid(DAY)
    }
}

/// The instances of a series that its EXDATEs take out.
pub(super) struct Excluded<'e> {
    event: &'e CalendarEvent,
    keys: HashSet<Key>,
    /// The days that are taken out as days.
    days: HashSet<i64>,
    /// The local days of the instants that are taken out.
    days_of_instants: HashSet<i64>,
}

impl Excluded<'_> {
    /// Whether that instance is taken out.
    pub(super) fn has(&self, key: Key) -> bool {
        self.keys.contains(&key)
            || match key {
                Key::Instant(time) => self.days.contains(&self.event.day(time)),
                Key::Day(day) => self.days_of_instants.contains(&day),
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
    pub(super) fn key(&self, series: &CalendarEvent) -> Option<Key> {
        if let Some(days) = &series.days {
            return Some(Key::Day(day_named(self.stamp, self.zone.as_ref().unwrap_or(days))));
        }
        let zone = self.zone.as_ref().unwrap_or(&series.zone);
        Some(match self.stamp {
            Stamp::Utc(time) => Key::Instant(time),
            Stamp::Wall(wall) => Key::Instant(Start::at_wall(zone, wall)?.utc),
            Stamp::Day(day) => Key::Day(day),
        })
    }
}
