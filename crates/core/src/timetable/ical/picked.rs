//! The events of a file that are read: those that [`Pick`] picks, and those that
//! belong to their series.
//!
//! Each event is picked by its own name and categories. One that replaces an instance
//! of a series, and does not say them, has those of the series. So all events of a
//! series are read if any of them may be picked; the others of a calendar are not
//! read at all, and do no harm.

use std::collections::HashMap;

use super::event::CalendarEvent;
use super::line::{list, unescape};
use super::raw::{Calendar, RawEvent};
use super::scope::may_be_open;
use crate::timetable::pick::Pick;
use crate::timetable::reader::TimetableReader;
use crate::window::WindowKind;

/// Whether the name of any event of a series is picked, and any of its categories.
#[derive(Clone, Copy, Default)]
struct PickedSeries {
    name: bool,
    category: bool,
}

/// The series of a file that are read.
pub(super) struct PickedEvents<'c> {
    is_everything: bool,
    by_uid: HashMap<&'c str, PickedSeries>,
}

impl<'c> PickedEvents<'c> {
    /// Looks at the names and categories of all events of a file, and counts them.
    pub(super) fn of(calendars: &'c [Calendar], reading: &mut TimetableReader<'_>) -> Self {
        let pick = &reading.options.pick;
        let mut picked = Self { is_everything: pick.is_everything(), by_uid: HashMap::new() };
        if picked.is_everything {
            return picked;
        }
        for raw in calendars.iter().flat_map(|calendar| &calendar.events) {
            let categories = categories(raw).unwrap_or_default();
            reading.picked.meet_event(pick, &name(raw), &categories, &reading.origin.file);
            if let Some(uid) = raw.uid() {
                let series = picked.by_uid.entry(uid).or_default();
                // What is open is read, and has its times and its scope from its series.
                let is_open = may_be_open(raw);
                let own = own(raw, pick);
                series.name |= own.name || is_open;
                series.category |= own.category || is_open;
            }
        }
        picked
    }

    /// Whether an event is read. One that is not is counted.
    pub(super) fn is_read(&self, raw: &RawEvent, reading: &mut TimetableReader<'_>) -> bool {
        if self.is_everything {
            return true;
        }
        if may_be_open(raw) {
            reading.picked.keep_open();
            return true;
        }
        let own = || own(raw, &reading.options.pick);
        let series = raw.uid().and_then(|uid| self.by_uid.get(uid).copied()).unwrap_or_else(own);
        let is_read = series.name && series.category;
        if !is_read {
            reading.picked.leave_out();
        }
        is_read
    }
}

/// Whether an event has a category that is picked; `None` if it has no categories.
pub(super) fn has_category(raw: &RawEvent, pick: &Pick) -> Option<bool> {
    Some(pick.has_category(&categories(raw)?))
}

/// Whether an event is picked. What it does not say itself, its series says.
pub(super) fn is_picked(
    event: &CalendarEvent,
    series: Option<&CalendarEvent>,
    pick: &Pick,
) -> bool {
    let kind = event.kind.or(series.and_then(|series| series.kind));
    let name = event.name.as_deref().or(series.and_then(|series| series.name.as_deref()));
    let category = event.has_category.or(series.and_then(|series| series.has_category));
    kind == Some(WindowKind::Open)
        || pick.has_name(name.unwrap_or_default())
            && category.unwrap_or_else(|| pick.has_category(&[]))
}

/// Whether an event is picked by what it says itself.
fn own(raw: &RawEvent, pick: &Pick) -> PickedSeries {
    let category = has_category(raw, pick).unwrap_or_else(|| pick.has_category(&[]));
    PickedSeries { name: pick.has_name(&name(raw)), category }
}

fn name(raw: &RawEvent) -> String {
    let summary = raw.get("SUMMARY");
    summary.map(|line| unescape(&line.value).trim().to_owned()).unwrap_or_default()
}

fn categories(raw: &RawEvent) -> Option<Vec<String>> {
    raw.get("CATEGORIES")?;
    Some(raw.all("CATEGORIES").flat_map(|line| list(&line.value)).collect())
}
