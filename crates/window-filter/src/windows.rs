//! The word `windows`, which lists windows.

use std::time::Duration;

use maintenance_core::cli::{Ending, Messages, Terminal, check_period, named_time};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;

use crate::args::WindowsArgs;
use crate::listing::{self, ListedWindow};
use crate::style::Style;
use crate::timetables;

/// The time from now, or from a later `--from`, for which a timetable without an end is
/// listed, without `--to`: a year.
const AHEAD: Duration = Duration::from_secs(366 * 86_400);

/// Writes the windows, sorted by start. The output is a timetable again.
pub(crate) fn list(args: &WindowsArgs, messages: &Messages) -> anyhow::Result<Ending> {
    listing::check(&args.list)?;
    let on_error = args.on_error.choice();
    let (timetable, _) =
        timetables::load(&args.timetable.timetables, &args.timetable.reading, on_error, messages)?;
    let now = clock::now();
    let zone = timetables::zone(&args.timetable.reading)?;
    let at = |flag: &str, time| named_time(flag, time, now, &zone);
    let from = at("from", args.from)?.unwrap_or(UtcTime::MIN);
    let asked = at("to", args.to)?;
    let to = asked.unwrap_or_else(|| match timetable.last_end() {
        Some(_) => UtcTime::MAX,
        None => from.max(now).saturating_add(AHEAD),
    });
    check_period(from, to)?;
    let windows = timetable.widened(from, to, args.widening.widening(), u32::MAX)?;
    let listed = |window| ListedWindow { window, load: None };
    let windows: Vec<ListedWindow> = windows.into_iter().map(listed).collect();
    let zones = timetable.zones();
    listing::write(
        &windows,
        &args.list,
        &Style { zone, terminal: Terminal::stdout(messages) },
        &zones,
    )?;
    if windows.is_empty() {
        messages.warn(&none_found(args, from, to));
    }
    if asked.is_none() && begins_after(&timetable, to) {
        messages
            .note(&format!("windows are listed up to {to}, and there are later ones: give --to"));
    }
    listing::sum_up(("windows", windows.len()), &args.list, messages);
    Ok(Ending::DONE)
}

/// Whether the timetable has windows that begin at a time or after it.
fn begins_after(timetable: &Timetable, time: UtcTime) -> bool {
    // More than one recurring window is as good as any number of them.
    match timetable.windows_up_to(time, UtcTime::MAX, 1) {
        Ok(Some(windows)) => windows.iter().any(|window| window.start >= time),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// The warning about an empty list.
fn none_found(args: &WindowsArgs, from: UtcTime, to: UtcTime) -> String {
    let bounds = [(args.from.is_some(), "from", from), (to != UtcTime::MAX, "to", to)];
    let bounds = bounds.into_iter().filter(|(is_one, ..)| *is_one);
    let times: Vec<String> = bounds.map(|(_, word, time)| format!(" {word} {time}")).collect();
    format!("the timetable has no windows{}", times.concat())
}
