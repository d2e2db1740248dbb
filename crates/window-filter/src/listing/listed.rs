//! A window of a list.

use maintenance_core::window::Window;
use maintenance_core::zone::Zone;

use crate::style::Style;

/// A window of a list.
#[derive(Clone, Debug)]
pub(crate) struct ListedWindow {
    pub(crate) window: Window,
    /// The load in a suggested one.
    pub(crate) load: Option<ListedLoad>,
}

/// The load in a suggested window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListedLoad {
    /// The number of runs.
    pub(crate) runs: usize,
    /// The time in milliseconds for which they run, if the length of any is known.
    pub(crate) running: Option<i64>,
}

/// The zone in which the times of a window are shown.
pub(super) fn zone<'a>(window: &Window, style: &'a Style, zones: &'a [Zone]) -> &'a Zone {
    let place = window.zone.map(|place| usize::from(place.number()));
    place.and_then(|place| zones.get(place.checked_sub(1)?)).unwrap_or(&style.zone)
}
