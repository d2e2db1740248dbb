//! The state in which the events of a calendar are read.

use super::heading::Heading;
use super::remarks::Remarks;
use super::zones::Zones;
use crate::timetable::reader::TimetableReader;

/// The state in which an event is read: the zones of its file, and the values
/// that its calendar has for all of its events.
pub(super) struct EventReader<'a, 'z, 'o> {
    pub(super) zones: &'a mut Zones<'z>,
    pub(super) heading: Heading,
    /// Whether the event has a time whose zone is unknown.
    pub(super) lacks_zone: bool,
    pub(super) remarks: &'a mut Remarks,
    pub(super) reading: &'a mut TimetableReader<'o>,
}
