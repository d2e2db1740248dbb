//! The style of views and lists: the zone, the terminal, and texts that fit it.

use std::time::Duration;

use maintenance_core::cli::Terminal;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

/// The text of a view without any run.
pub(crate) const NOTHING: &str = "No run falls into a window.";

/// The style of a view.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The zone of `--timezone`.
    pub(crate) zone: Zone,
    /// The terminal that the view has to fit.
    pub(crate) terminal: Terminal,
}

/// Formats a time in a zone: `2022-09-20 20:00`, with seconds if there are any.
pub(crate) fn local(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    let seconds = local.second() != 0 || local.subsec_nanosecond() != 0;
    let form = if seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    local.strftime(form).to_string()
}

/// Formats the zone's offset from UTC at a time: `+02:00`.
pub(crate) fn offset(zone: &Zone, time: UtcTime) -> String {
    let Some(offset) = zone.offset(time) else { return String::new() };
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Formats a time in a zone: `2022-09-20T20:00:00+02:00`.
pub(crate) fn rfc3339(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    local.strftime("%Y-%m-%dT%H:%M:%S").to_string() + &offset(zone, time)
}

/// Formats a length of time: `4h`, `1d 12h`, `90s`.
pub(crate) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let text = parts.map(|(count, unit)| format!("{count}{unit}")).collect::<Vec<_>>().join(" ");
    if text.is_empty() { "0s".to_owned() } else { text }
}
