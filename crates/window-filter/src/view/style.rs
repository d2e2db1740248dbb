//! The style of the views: the zone, the terminal, and texts that fit it.

use maintenance_core::cli::Terminal;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text of a view without any run.
pub(super) const NOTHING: &str = "No run falls into a window.";

/// The style of a view.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The zone of `--timezone`.
    pub(crate) zone: Zone,
    /// The terminal that the view has to fit.
    pub(crate) terminal: Terminal,
}

/// Formats a time in a zone: `2022-09-20 20:00`, with seconds if there are any.
pub(super) fn local(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    let seconds = local.second() != 0 || local.subsec_nanosecond() != 0;
    let form = if seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    local.strftime(form).to_string()
}

/// Cuts a text to at most so many columns. A text that is cut ends with `sign`.
pub(super) fn cut(text: &str, columns: usize, sign: char) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    text.chars().take_while(fits).chain([sign]).collect()
}

/// Formats the zone's offset from UTC at a time: `+02:00`.
pub(super) fn offset(zone: &Zone, time: UtcTime) -> String {
    let Some(offset) = zone.offset(time) else { return String::new() };
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
