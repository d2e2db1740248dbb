//! Fuzz target: windows that are listed are a timetable again.

use std::sync::LazyLock;

use maintenance_core::cli::Terminal;
use maintenance_core::scope::Scope;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::{Format, ReadOptions, Timetable, TimetableFile, load};
use maintenance_core::window::WindowKind;
use maintenance_core::zone::ZoneTable;

use super::*;

static OPTIONS: LazyLock<ReadOptions> = LazyLock::new(|| ReadOptions::new(ZoneTable::bundled()));

/// The most windows that are listed.
const MOST: u32 = 500;

/// The meaning of a window.
type Meaning = (String, UtcTime, Option<UtcTime>, WindowKind, Scope);

/// A format in a byte, and a timetable.
///
/// # Panics
///
/// The windows of a year, written as CSV or as JSON Lines, do not read as the same
/// windows.
pub fn fuzz_listing(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let format = [Format::Csv, Format::Ical, Format::JsonLines][usize::from(*choice) % 3];
    let Some(timetable) = read(bytes, format) else { return };
    let Some(windows) = listed(&timetable).filter(|windows| !windows.is_empty()) else { return };
    let lines: Result<Vec<String>, _> =
        windows.iter().map(|window| to_json(&WindowLine::new(window))).collect();
    let Ok(lines) = lines else { panic!("not written: {windows:?}") };
    let lines = lines.join("\n");
    let style =
        Style { zone: Zone::utc(), terminal: Terminal { width: 80, unicode: false, color: false } };
    let tables =
        [true, false].map(|raw| csv::draw(&windows, &style, &timetable.zones(), CsvCells { raw }));
    let _ = table::draw(&windows, &style, &timetable.zones());
    same(&lines, Format::JsonLines, &windows);
    // A pattern that CSV would split is an error, and a row cannot say a window of no
    // length.
    let windows: Vec<_> =
        windows.into_iter().filter(|one| one.window.end != Some(one.window.start)).collect();
    for csv in tables.into_iter().flatten().filter(|_| !windows.is_empty()) {
        same(&csv, Format::Csv, &windows);
    }
}

fn read(bytes: &[u8], format: Format) -> Option<Timetable> {
    let input = TimetableFile { file: "t", format: Some(format), bytes };
    load([input], &OPTIONS).ok().map(|(timetable, _)| timetable)
}

/// The windows of a year, if they are not too many.
fn listed(timetable: &Timetable) -> Option<Vec<ListedWindow>> {
    let time = |text| UtcTime::parse(text).unwrap_or(UtcTime::MIN);
    let (from, to) = (time("2026-01-01T00:00:00Z"), time("2027-01-01T00:00:00Z"));
    let windows = timetable.windows_up_to(from, to, MOST).ok()??;
    let windows = windows.into_iter().map(|window| ListedWindow { window, load: None });
    Some(windows.collect())
}

/// The text reads as the same windows.
fn same(text: &str, format: Format, windows: &[ListedWindow]) {
    let Some(timetable) = read(text.as_bytes(), format) else { panic!("not read: {text}") };
    let Some(again) = listed(&timetable) else { panic!("not listed: {text}") };
    assert_eq!(meanings(&again), meanings(windows), "{text}");
}

/// The windows' meanings, in an order of their own: equal times have none.
fn meanings(windows: &[ListedWindow]) -> Vec<Meaning> {
    let meaning = |ListedWindow { window, .. }: &ListedWindow| {
        let scope = Scope::clone(&window.scope);
        (window.name.to_string(), window.start, window.end, window.kind, scope)
    };
    let mut meanings: Vec<Meaning> = windows.iter().map(meaning).collect();
    meanings.sort_by_key(|(name, start, end, kind, scope)| {
        (*start, *end, name.clone(), format!("{kind:?} {scope:?}"))
    });
    meanings
}
