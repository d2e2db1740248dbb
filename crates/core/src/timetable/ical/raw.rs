//! The components of a calendar as they stand in its file.

use std::collections::BTreeMap;

use super::broken::Broken;
use super::line::ContentLine;
use super::remarks::Remarks;

/// A VCALENDAR; events that stand outside of one have one of their own.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// The line of its BEGIN, if it has one.
    pub(super) line: Option<u64>,
    /// Its own properties that matter: CALSCALE, METHOD, X-WR-TIMEZONE.
    pub(super) properties: Vec<ContentLine>,
    pub(super) zones: Vec<RawZone>,
    pub(super) events: Vec<RawEvent>,
    /// The number of components of other kinds that it has (to-dos, free or busy
    /// times, …).
    pub(super) others: BTreeMap<String, u32>,
    /// Whether an error of it was reported.
    pub(super) is_damaged: bool,
}

/// A VEVENT: the properties that matter, in order.
#[derive(Debug)]
pub(super) struct RawEvent {
    /// The line of its BEGIN.
    pub(super) line: u64,
    pub(super) properties: Vec<ContentLine>,
    /// The first line that has the name of a property that matters, but is no
    /// content line.
    pub(super) unread: Option<Broken>,
}

impl RawEvent {
    /// The first property of that name.
    pub(super) fn get(&self, name: &str) -> Option<&ContentLine> {
        self.properties.iter().find(|line| line.name == name)
    }

    /// Its properties of that name.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &ContentLine> {
        self.properties.iter().filter(move |line| line.name == name)
    }

    /// Its UID. An empty one would make one series of all events that have it.
    pub(super) fn uid(&self) -> Option<&str> {
        self.get("UID").map(|line| line.value.trim()).filter(|uid| !uid.is_empty())
    }
}

/// A VTIMEZONE.
#[derive(Debug, Default)]
pub(super) struct RawZone {
    pub(super) id: String,
    /// Its STANDARD and DAYLIGHT parts.
    pub(super) parts: Vec<RawOnset>,
    /// Why a part of it is lost.
    pub(super) unread: Option<Broken>,
}

impl RawZone {
    /// All that it says of its changes, and what is wrong with it.
    pub(super) fn rules(&self) -> Vec<Vec<(&str, &str)>> {
        let parts = self.parts.iter().map(|part| {
            let lines = part.properties.iter().map(|line| (&*line.name, &*line.value));
            lines.chain(part.unread.as_ref().map(fault)).collect()
        });
        parts.chain(self.unread.as_ref().map(|unread| vec![fault(unread)])).collect()
    }
}

fn fault(unread: &Broken) -> (&str, &str) {
    ("", &unread.fault.message)
}

/// A STANDARD or DAYLIGHT part of a VTIMEZONE: an offset, and from when on it holds.
#[derive(Debug)]
pub(super) struct RawOnset {
    /// The line of its BEGIN.
    pub(super) line: u64,
    pub(super) properties: Vec<ContentLine>,
    /// The first line that has the name of a property that matters, but is no
    /// content line.
    pub(super) unread: Option<Broken>,
}

/// The calendars of a file, and what is wrong with how they are nested.
#[derive(Debug, Default)]
pub(super) struct CalendarFile {
    /// Those that were begun; of one that was cut, the components that are
    /// whole.
    pub(super) calendars: Vec<Calendar>,
    /// Why the file lacks a part of what was written.
    pub(super) damages: Vec<Broken>,
    pub(super) remarks: Remarks,
}
