//! Fuzz targets: any bytes as a timetable, and any rule against the slow evaluator.

mod rule;

pub use rule::fuzz_rule;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{
    Against, Format, Loaded, OnError, Problem, ReadOptions, Severity, Timetable, TimetableError,
    TimetableFile, check, read,
};
use crate::time::UtcTime;
use crate::window::{Window, WindowKind};
use crate::zone::ZoneTable;

/// The most windows that a look at a year is asked for.
const MOST: u32 = 20_000;

static OPTIONS: LazyLock<ReadOptions> = LazyLock::new(|| ReadOptions::new(ZoneTable::bundled()));

/// Any bytes as a table in CSV.
///
/// # Panics
///
/// The reader breaks a promise: see `timetable`.
pub fn fuzz_csv(data: &[u8]) {
    timetable(data, Format::Csv);
}

/// Any bytes as a calendar. Besides what holds for every timetable, line ends may be those
/// of the RFC or bare, and mean the same.
///
/// # Panics
///
/// The reader breaks a promise.
pub fn fuzz_ical(data: &[u8]) {
    let loaded = timetable(data, Format::Ical);
    if data.contains(&b'\r') || data.starts_with(b"\xff\xfe") || data.starts_with(b"\xfe\xff") {
        return;
    }
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let other = read([file(&lines.join(&b"\r\n"[..]), Format::Ical)], &OPTIONS);
    assert_eq!(other.problems, loaded.problems, "with CRLF");
    assert_eq!(year(&other.timetable), year(&loaded.timetable), "with CRLF");
}

/// Any bytes as a timetable in JSON Lines.
///
/// # Panics
///
/// The reader breaks a promise: see `timetable`.
pub fn fuzz_table_lines(data: &[u8]) {
    timetable(data, Format::JsonLines);
}

fn file(bytes: &[u8], format: Format) -> TimetableFile<'_> {
    TimetableFile { file: "t", format: Some(format), bytes }
}

fn instant(text: &str) -> UtcTime {
    UtcTime::parse(text).unwrap_or(UtcTime::MIN)
}

/// Reads a timetable, and checks: every problem names a line of the file; where errors
/// are skipped, only what is fatal stops; windows are sorted, in the time that is asked
/// for, not after the last end, and the same ones if the time is asked for in two parts;
/// `check` finds every problem that reading finds.
fn timetable(data: &[u8], format: Format) -> Loaded {
    let loaded = read([file(data, format)], &OPTIONS);
    let breaks = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let lines = breaks as u64 + 1;
    for problem in &loaded.problems {
        place(problem, lines);
    }
    let is_fatal = loaded.problems.iter().any(|problem| problem.severity == Severity::Fatal);
    assert_eq!(loaded.clone().accept(OnError::Skip).is_err(), is_fatal);
    windows(&loaded.timetable, lines);
    let against = Against { now: instant("2026-06-01T00:00:00Z"), tasks: None };
    let checked = check([file(data, format)], &OPTIONS, &against);
    for problem in &checked {
        place(problem, lines);
    }
    assert!(loaded.problems.iter().all(|problem| checked.contains(problem)));
    loaded
}

/// A problem has a text, and a line that is there.
fn place(problem: &Problem, lines: u64) {
    assert!((1..=lines).contains(&problem.line), "{problem:?} of {lines} lines");
    assert!(!problem.message.is_empty() && problem.column != Some(0), "{problem:?}");
}

/// The windows of a year, or the line of the rule that makes too many.
fn year(timetable: &Timetable) -> Result<Vec<Window>, TimetableError> {
    between(timetable, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}

fn between(timetable: &Timetable, from: &str, to: &str) -> Result<Vec<Window>, TimetableError> {
    timetable.windows_within(instant(from), instant(to), MOST)
}

fn windows(timetable: &Timetable, lines: u64) {
    let all = match year(timetable) {
        Ok(all) => all,
        Err(TimetableError::Limit { line, .. }) => {
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let (from, to) = (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"));
    let last = timetable.last_end();
    let maintenance = [timetable.last_maintenance_end(), timetable.exact_end()];
    for window in &all {
        assert!(window.end.is_none_or(|end| end >= window.start), "{window:?}");
        assert!(overlaps(window, from, to), "{window:?}");
        let of_kind = maintenance.iter().filter(|_| window.kind == WindowKind::Maintenance);
        for last in [last].iter().chain(of_kind).flatten() {
            assert!(window.end.is_some_and(|end| end <= *last), "{window:?}");
        }
        assert!((1..=lines).contains(&window.source.line), "{window:?}");
    }
    let order = |window: &Window| (window.start, window.end.unwrap_or(UtcTime::MAX));
    assert!(all.is_sorted_by_key(order));
    let middle = instant("2026-03-29T01:30:00Z");
    for (from, to) in [
        ("2026-01-01T00:00:00Z", "2026-03-29T01:30:00Z"),
        ("2026-03-29T01:30:00Z", "2027-01-01T00:00:00Z"),
    ] {
        // A part takes no more steps than the whole, but for what leads to its beginning.
        let Ok(part) = between(timetable, from, to) else { continue };
        let (from, to) = (instant(from), instant(to));
        let reported = |window: &Window| format!("{window:?}");
        let expected: Vec<_> = all.iter().filter(|one| overlaps(one, from, to)).collect();
        assert_eq!(part.len(), expected.len(), "parts at {middle}");
        let expected: BTreeSet<_> = expected.into_iter().map(reported).collect();
        assert_eq!(part.iter().map(reported).collect::<BTreeSet<_>>(), expected);
    }
}

/// Whether a window has some time in common with `[from, to)`, or is empty and in it.
fn overlaps(window: &Window, from: UtcTime, to: UtcTime) -> bool {
    window.start < to && (window.start >= from || window.end.is_none_or(|end| end > from))
}
