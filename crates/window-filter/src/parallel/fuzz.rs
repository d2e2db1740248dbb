//! Fuzz target: the whole way of a filter, from a timetable and runs to lines.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{LazyLock, PoisonError};
use std::time::Duration;

use maintenance_core::cli::CommonArgs;
use maintenance_core::timetable::{self, Format, ReadOptions, Timetable, TimetableFile};
use maintenance_core::window_set::Widening;
use maintenance_core::zone::ZoneTable;
use serde_json::Value;

use super::*;
use crate::filter::{FilterSettings, Keep};
use crate::horizon::Horizon;
use crate::input::BLOCK;
use crate::record::RecordMembers;
use crate::scope_watch::ScopeWatch;

static ZONES: LazyLock<ZoneTable> = LazyLock::new(ZoneTable::bundled);

/// The most bytes of input: what a pipe takes without a reader.
const MOST: usize = 32 * 1024;

/// The result of a filter: its lines, and its counts or its error.
type Outcome = (String, Result<InputCounts, String>);

/// A timetable, how a filter reads it and the runs, and the runs.
struct Case<'a> {
    timetable: Timetable,
    assume_duration: Duration,
    on_error: OnError,
    runs: &'a [u8],
}

impl<'a> Case<'a> {
    /// Reads the settings in a byte, a timetable, and, behind a NUL, the runs. None where
    /// the timetable cannot be read.
    fn read(data: &'a [u8]) -> Option<Self> {
        let (choice, rest) = data.split_first()?;
        let at = rest.iter().position(|byte| *byte == 0)?;
        let (table, runs) = (&rest[..at], &rest[at + 1..]);
        if runs.len() > MOST {
            return None;
        }
        let format = [Format::Csv, Format::Ical, Format::JsonLines][usize::from(choice & 3) % 3];
        let on_error = if choice & 4 == 0 { OnError::Stop } else { OnError::Skip };
        let length = if choice & 8 == 0 { 0 } else { 5_400_000 };
        let options = ReadOptions { on_error, ..ReadOptions::new(ZONES.clone()) };
        let input = TimetableFile { file: "t", format: Some(format), bytes: table };
        let (timetable, _) = timetable::load([input], &options).ok()?;
        Some(Self { timetable, assume_duration: Duration::from_millis(length), on_error, runs })
    }

    /// The outcome of a filter of those runs, read in blocks of that size.
    fn outcome(&self, keep: Keep, runs: &[u8], size: usize) -> Outcome {
        let Self { assume_duration, on_error, .. } = *self;
        let settings = FilterSettings { keep, assume_duration, on_error };
        outcome(self.timetable.clone(), settings, runs, size)
    }
}

/// The lines that a filter passes on of the bytes of `fuzz_filter`.
#[must_use]
pub fn filtered(data: &[u8]) -> Option<String> {
    let case = Case::read(data)?;
    let (lines, result) = case.outcome(Keep::InWindows, case.runs, BLOCK);
    result.is_ok().then_some(lines)
}

/// The bytes that `Case::read` reads, through filters of every kind.
///
/// # Panics
///
/// Blocks of another size make other lines. The runs in windows, and those in none, are
/// not all runs. A line is not the run's own, but for its window. A second filter makes
/// other lines of the first one's.
pub fn fuzz_filter(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let runs = case.runs;
    let outcome = |keep, runs: &[u8], size| case.outcome(keep, runs, size);

    let held = outcome(Keep::InWindows, runs, BLOCK);
    assert_eq!(outcome(Keep::InWindows, runs, 64), held);
    let free = outcome(Keep::Free, runs, BLOCK);
    let all = outcome(Keep::All, runs, BLOCK);
    let (held_counts, free_counts, all_counts) = match (held.1, free.1, all.1) {
        (Ok(held), Ok(free), Ok(all)) => (held, free, all),
        (held, free, all) => {
            assert_eq!((&held.err(), &free.err()), (&all.clone().err(), &all.err()));
            return;
        }
    };
    assert_eq!(held_counts.selected + free_counts.selected, held_counts.runs);
    let reported = |counts: InputCounts| (counts.lines, counts.runs, counts.bad, counts.last_date);
    assert_eq!(reported(held_counts), reported(free_counts));
    assert_eq!(reported(held_counts), reported(all_counts));
    let known: Vec<&[u8]> = runs.split(|byte| *byte == b'\n').collect();
    for (lines, counts, is_free) in [(&held.0, held_counts, false), (&free.0, free_counts, true)] {
        let lines: Vec<&str> = lines.split_terminator('\n').collect();
        assert_eq!(lines.len() as u64, counts.selected + u64::from(counts.has_end));
        for line in lines.iter().take(usize::try_from(counts.selected).unwrap_or(0)) {
            assert_eq!(is_free, !has_our_window(line) || known.contains(&line.as_bytes()));
            assert!(!is_free || known.contains(&line.as_bytes()), "{line}");
        }
    }
    assert_eq!(all.0.lines().count() as u64, all_counts.runs + u64::from(all_counts.has_end));
    let (again, counts) = outcome(Keep::InWindows, held.0.as_bytes(), BLOCK);
    assert_eq!(again, held.0);
    assert_eq!(counts.map(|counts| counts.selected), Ok(held_counts.selected));
}

/// Whether a line is an object whose last member is a window that a filter wrote.
fn has_our_window(line: &str) -> bool {
    let text = maintenance_core::jsonl::text::without_lone_surrogates(line);
    // Members that no type can hold are passed on as well.
    let Ok(Value::Object(run)) = serde_json::from_str(&text) else {
        return line.contains(",\"window\":{\"name\":");
    };
    let window = run.get("window");
    window.is_some_and(|window| window["name"].is_string() && window["start"].is_string())
}

fn outcome(timetable: Timetable, settings: FilterSettings, runs: &[u8], size: usize) -> Outcome {
    let members = RecordMembers::new("date", &timetable);
    let watch = Arc::new(ScopeWatch::new(&timetable));
    let horizon = Horizon::new(timetable, Widening::default(), false);
    let filter = Filter::new(settings, members, horizon, watch);
    let common = CommonArgs { quiet: true, ..CommonArgs::default() };
    let messages = Messages::new("fuzz", &common);
    let input = match pipe_of(runs).and_then(|pipe| BlockReader::new(pipe, size)) {
        Ok(input) => input,
        Err(error) => panic!("{error}"),
    };
    let shared = Arc::new(SharedWork::new(filter, input, Vec::new(), &messages));
    let result = run_shared(&shared, 1).map_err(|error| format!("{error:#}"));
    let output = shared.output.lock().unwrap_or_else(PoisonError::into_inner);
    (String::from_utf8_lossy(&output.writer).into_owned(), result)
}

/// A pipe with that text, which nobody writes to any more.
fn pipe_of(text: &[u8]) -> io::Result<File> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(text)?;
    Ok(File::from(OwnedFd::from(reader)))
}
