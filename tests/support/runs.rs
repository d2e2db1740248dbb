//! Selected runs, in windows that are given in minutes or milliseconds from now.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;

use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::{Value, json};

use super::world::{ENVIRONMENT, PLAN};

/// A whole list of the environment's runs, of which none is in a window.
pub(crate) const NOTHING: &str =
    "{\"end\":{\"runs\":9,\"selected\":0,\"environments\":[\"e1\"]}}\n";

/// The time so many minutes from now.
pub(crate) fn minutes(offset: i64) -> UtcTime {
    from(clock::now(), offset)
}

thread_local! {
    /// The minute from which this thread's story counts.
    static BEGAN: Cell<Option<UtcTime>> = const { Cell::new(None) };
}

/// The beginning of the minute so many minutes from now: windows that the
/// story lets touch do so. Counted from the thread's first call, so that a story
/// that names a time twice means the same one, also where a minute goes by in
/// between. (So a time less than two minutes from now may have gone by.)
pub(crate) fn whole_minute(offset: i64) -> UtcTime {
    let minute = || UtcTime::from_millis(clock::now().as_millis() / 60_000 * 60_000).unwrap();
    let began = BEGAN.get().unwrap_or_else(minute);
    BEGAN.set(Some(began));
    from(began, offset)
}

/// Begins another story in this thread: one that plays many does not count from the
/// first for ever. A story may have several scenes, so one that is young goes on.
pub(super) fn begin_story() {
    BEGAN.set(BEGAN.get().filter(|began| clock::now() < from(*began, 5)));
}

/// The same for a story of several threads: counted from the first call
/// of the process.
pub(crate) fn story_minute(offset: i64) -> UtcTime {
    static BEGAN: OnceLock<UtcTime> = OnceLock::new();
    from(*BEGAN.get_or_init(|| whole_minute(0)), offset)
}

/// The time so many minutes after another one.
fn from(time: UtcTime, minutes: i64) -> UtcTime {
    let length = Duration::from_secs(minutes.unsigned_abs() * 60);
    if minutes < 0 { time.saturating_sub(length) } else { time.saturating_add(length) }
}

/// A selected run of a task in a window from and to so many minutes from now.
pub(crate) fn selected(id: &str, window: &str, start: i64, end: Option<i64>) -> String {
    let kind = if id == PLAN { "PLAN" } else { "TASK" };
    // Edges on whole hours would touch by accident; on whole minutes they
    // touch where the story says so.
    let (start, end) = (whole_minute(start), end.map(whole_minute));
    let run = json!({"id": id, "type": kind, "environmentId": ENVIRONMENT, "date": start,
        "window": {"name": window, "start": start, "end": end}});
    format!("{run}\n")
}

/// Runs of several tasks in a window that is open for another hour.
pub(crate) fn open_now(ids: &[&str]) -> String {
    ids.iter().map(|id| selected(id, "patching", -30, Some(60))).collect()
}

/// A run in a window from and to so many milliseconds from now.
pub(crate) fn soon(id: &str, start: u64, end: Option<u64>) -> String {
    let at = |millis| clock::now().saturating_add(Duration::from_millis(millis));
    let mut run: Value = serde_json::from_str(&selected(id, "soon", 0, None)).unwrap();
    run["window"]["start"] = json!(at(start));
    run["window"]["end"] = json!(end.map(at));
    format!("{run}\n")
}
