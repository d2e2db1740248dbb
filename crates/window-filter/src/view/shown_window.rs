//! A window of the timetable as the pictures show it.

use maintenance_core::time::UtcTime;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::window_set::Widening;
use maintenance_core::zone::Zone;

/// A window of the timetable, as it is planned and as it is widened.
#[derive(Clone, Debug)]
pub(crate) struct ShownWindow {
    pub(super) name: String,
    /// Its planned start.
    pub(super) planned_start: UtcTime,
    /// Its planned end. `None`: it has no end.
    pub(super) planned_end: Option<UtcTime>,
    /// The start with `--before`.
    pub(super) start: UtcTime,
    /// The end with `--after`.
    pub(super) end: Option<UtcTime>,
    /// Whether it takes its time out of the others.
    pub(super) is_open: bool,
    /// The zone that its timetable names for it.
    pub(super) zone: Option<Zone>,
}

impl ShownWindow {
    /// The window with its widening. `zones` are those of the timetable.
    pub(crate) fn new(window: Window, widening: Widening, zones: &[Zone]) -> Self {
        let (planned_start, planned_end) = (window.start, window.end);
        let place = window.zone.map(|place| usize::from(place.number()));
        let zone = place.and_then(|place| zones.get(place.checked_sub(1)?)).cloned();
        let is_open = window.kind == WindowKind::Open;
        let widened = widening.apply(window);
        Self {
            name: widened.name.to_string(),
            planned_start,
            planned_end,
            start: widened.start,
            end: widened.end,
            is_open,
            zone,
        }
    }

    /// Whether it has all of that piece.
    pub(super) fn has(&self, start: UtcTime, end: Option<UtcTime>) -> bool {
        let ends_later = match (self.end, end) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(end)) => own >= end,
        };
        self.start <= start && ends_later
    }
}
