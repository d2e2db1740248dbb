//! A window of the timetable as the pictures show it.

use maintenance_core::time::UtcTime;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::window_set::Widening;
use maintenance_core::zone::Zone;

use super::shown_run::RunWindow;

/// A window of the timetable, as it is planned and as it is widened.
#[derive(Clone, Debug)]
pub(crate) struct ShownWindow {
    pub(super) name: String,
    /// Its planned start and end. `None`: it has no end.
    pub(super) planned: (UtcTime, Option<UtcTime>),
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
        let planned = (window.start, window.end);
        let place = window.zone.map(|place| usize::from(place.number()));
        let zone = place.and_then(|place| zones.get(place.checked_sub(1)?)).cloned();
        let is_open = window.kind == WindowKind::Open;
        let widened = widening.apply(window);
        Self {
            name: widened.name.to_string(),
            planned,
            start: widened.start,
            end: widened.end,
            is_open,
            zone,
        }
    }

    /// Whether it is wider than it is planned.
    pub(super) fn is_widened(&self) -> bool {
        self.planned != (self.start, self.end)
    }

    /// Whether it has all of that piece.
    pub(super) fn has(&self, piece: &RunWindow) -> bool {
        let ends_later = self.end.is_none_or(|own| piece.end.is_some_and(|end| own >= end));
        self.start <= piece.start && ends_later
    }

    /// Whether another window of its name has the same times.
    pub(super) fn is_at_once_with(&self, other: &Self) -> bool {
        (self.start, self.end, self.planned) == (other.start, other.end, other.planned)
    }
}
