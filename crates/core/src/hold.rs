//! Holds: how long a task or plan is kept from running.
//!
//! A run is selected for one window; a task has many runs. Windows of one task
//! that touch or overlap are one *hold*, from the earliest start to the latest
//! end, so that the task is not given back and taken again in between.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::UtcTime;

/// The name of the window of a hold that was taken over from the mark of its pause.
pub const RECOVERED: &str = "recovered";

/// One window as a selected run carries it: `[start, end)`, UTC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HoldWindow {
    /// The first instant inside.
    pub start: UtcTime,
    /// The first instant after it; `None` if it is open-ended.
    pub end: Option<UtcTime>,
    /// Its name in the timetable.
    pub name: Arc<str>,
}

/// One hold: the windows of one task or plan that touch or overlap, and the
/// planned runs that it suppresses. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold(Arc<HoldParts>);

/// The parts of a hold.
#[derive(Debug, PartialEq, Eq)]
struct HoldParts {
    start: UtcTime,
    end: Option<UtcTime>,
    windows: Box<[HoldWindow]>,
    runs: Box<[UtcTime]>,
}

/// Where a moment lies, seen from a hold or a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// It has not begun.
    Pending,
    /// It is on.
    Open,
    /// It is over.
    Over,
}

impl HoldWindow {
    /// Where `now` lies for a task that is paused `lead` before the window begins.
    #[must_use]
    pub fn tense(&self, now: UtcTime, lead: Duration) -> Tense {
        tense((self.start, self.end), now, lead)
    }

    /// Whether the name of the window is not known, since its hold was taken over from a
    /// mark, which has the time alone.
    #[must_use]
    pub fn is_recovered(&self) -> bool {
        *self.name == *RECOVERED
    }

    /// Whether the one is the other, or what it was moved to: of the same name, with an
    /// instant in common. A window that [`is_recovered`](Self::is_recovered) may have any
    /// name.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.name == other.name || self.is_recovered() || other.is_recovered())
            && self.end.is_none_or(|end| other.start < end)
            && other.end.is_none_or(|end| self.start < end)
    }
}

fn tense((start, end): (UtcTime, Option<UtcTime>), now: UtcTime, lead: Duration) -> Tense {
    if end.is_some_and(|end| end <= now) {
        Tense::Over
    } else if start.saturating_sub(lead) > now {
        Tense::Pending
    } else {
        Tense::Open
    }
}

impl Hold {
    /// The hold of these windows and runs; `None` without a window. That the
    /// windows touch is the caller's promise; see [`merge`].
    #[must_use]
    pub fn new(mut windows: Vec<HoldWindow>, mut runs: Vec<UtcTime>) -> Option<Self> {
        windows.sort_unstable();
        windows.dedup();
        let start = windows.first()?.start;
        let end = windows.iter().map(|window| window.end).reduce(latest).flatten();
        runs.sort_unstable();
        runs.dedup();
        let (windows, runs) = (windows.into(), runs.into());
        Some(Self(Arc::new(HoldParts { start, end, windows, runs })))
    }

    /// The first instant inside.
    #[must_use]
    pub fn start(&self) -> UtcTime {
        self.0.start
    }

    /// The first instant after it; `None` if only a command ends it.
    #[must_use]
    pub fn end(&self) -> Option<UtcTime> {
        self.0.end
    }

    /// Its windows, by start.
    #[must_use]
    pub fn windows(&self) -> &[HoldWindow] {
        &self.0.windows
    }

    /// The planned starts that it suppresses, in order: those before its end. One before
    /// its start may be under way then.
    #[must_use]
    pub fn runs(&self) -> &[UtcTime] {
        let runs = self.planned();
        let until = self.0.end.map(|end| runs.partition_point(|run| *run < end));
        runs.split_at(until.unwrap_or(runs.len())).0
    }

    /// The planned starts that are known, in order, also those from its end on: the end
    /// may have moved, and the task may be given back later.
    #[must_use]
    pub fn planned(&self) -> &[UtcTime] {
        &self.0.runs
    }

    /// The names of its windows, by start, each once.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for window in &self.0.windows {
            if !names.contains(&&*window.name) {
                names.push(&window.name);
            }
        }
        names
    }

    /// Where `now` lies for a task that is paused `lead` before the hold begins.
    #[must_use]
    pub fn tense(&self, now: UtcTime, lead: Duration) -> Tense {
        tense((self.0.start, self.0.end), now, lead)
    }

    /// Whether the hold has ended at `now`.
    #[must_use]
    pub fn is_over(&self, now: UtcTime) -> bool {
        self.tense(now, Duration::ZERO) == Tense::Over
    }

    /// Whether it has this window, or what this window was before it was moved:
    /// one of the same name that shares an instant with it.
    #[must_use]
    pub fn has(&self, window: &HoldWindow) -> bool {
        self.0.windows.iter().any(|own| own.is_same(window))
    }

    /// Whether the two share an instant or an edge.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.0.end.is_none_or(|end| other.0.start <= end)
            && other.0.end.is_none_or(|end| self.0.start <= end)
    }
}

/// The holds of one task's windows and planned runs, in the order of time.
#[must_use]
pub fn merge(mut selected: Vec<(HoldWindow, Option<UtcTime>)>) -> Vec<Hold> {
    selected.sort_unstable();
    let mut holds = Vec::new();
    let (mut windows, mut runs, mut end) = (Vec::<HoldWindow>::new(), Vec::new(), None);
    for (window, run) in selected {
        let apart = end.is_some_and(|end| end < window.start);
        if apart && !windows.is_empty() {
            holds.extend(Hold::new(std::mem::take(&mut windows), std::mem::take(&mut runs)));
        }
        end = if windows.is_empty() { window.end } else { latest(end, window.end) };
        if windows.last() != Some(&window) {
            windows.push(window);
        }
        runs.extend(run);
    }
    holds.extend(Hold::new(windows, runs));
    holds
}

/// The later of two ends, of which `None` is the latest.
fn latest(a: Option<UtcTime>, b: Option<UtcTime>) -> Option<UtcTime> {
    a.zip(b).map(|(a, b)| a.max(b))
}

/// The mark at the end of the context of our pauses: proof that a pause is ours,
/// and enough to find it again when the ledger is lost.
///
/// `[task-pause hold=5f2c9a1b-12 until=2026-12-01T04:00:00.000Z]`, or
/// `until=open`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The hold's ID: the ledger's ID, a hyphen, and a number.
    pub hold: String,
    /// When the hold was to end when it was written; `None` if open-ended.
    pub until: Option<UtcTime>,
}

/// The API keeps at most 255 characters of a pause's context. What it counts
/// is not said: no way of counting comes to more than the bytes of UTF-8.
const CONTEXT_BYTES: usize = 255;

impl Mark {
    /// The mark at the end of a context, if there is one.
    #[must_use]
    pub fn parse(context: &str) -> Option<Self> {
        let mark = context.trim_end().strip_suffix(']')?.rsplit_once("[task-pause ")?.1;
        let (hold, until) = mark.strip_prefix("hold=")?.split_once(" until=")?;
        let until = match until {
            "open" => None,
            time => Some(UtcTime::parse(time)?),
        };
        (!hold.is_empty()).then(|| Self { hold: hold.to_owned(), until })
    }

    /// A context for the API: the reason for people, then this mark; one
    /// line of at most 255 bytes, of which the reason gives way.
    #[must_use]
    pub fn context(&self, reason: &str) -> String {
        let mark = self.to_string();
        let room = CONTEXT_BYTES.saturating_sub(mark.len() + 1);
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        let mut left = room;
        let fits = |c: &char| {
            let rest = left.checked_sub(c.len_utf8());
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        let reason: String = reason.chars().map(one_line).take_while(fits).collect();
        let reason = reason.trim();
        if reason.is_empty() { mark } else { format!("{reason} {mark}") }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[task-pause hold={} until=", self.hold)?;
        match self.until {
            Some(end) => write!(f, "{end}]"),
            None => f.write_str("open]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> UtcTime {
        UtcTime::from_millis(minute * 60_000).unwrap()
    }

    fn window(name: &str, start: i64, end: Option<i64>) -> HoldWindow {
        HoldWindow { name: name.into(), start: at(start), end: end.map(at) }
    }

    #[test]
    fn a_window_that_was_recovered_may_have_any_name() {
        for (one, other, is_same) in [
            (("a", 0, 10), ("a", 5, 20), true),
            (("a", 0, 10), ("b", 5, 20), false),
            ((RECOVERED, 0, 10), ("b", 5, 20), true),
            (("a", 0, 10), (RECOVERED, 5, 20), true),
            ((RECOVERED, 0, 10), ("b", 10, 20), false),
        ] {
            let of = |(name, start, end): (&str, i64, i64)| window(name, start, Some(end));
            assert_eq!(of(one).is_same(&of(other)), is_same, "{one:?} {other:?}");
            assert_eq!(of(one).is_recovered(), one.0 == RECOVERED, "{one:?}");
        }
    }

    #[test]
    fn windows_that_touch_are_one_hold() {
        let a = (window("a", 0, Some(10)), Some(at(5)));
        let b = (window("b", 10, Some(20)), Some(at(15)));
        let c = (window("c", 21, Some(30)), None);
        let holds = merge(vec![c, b.clone(), a, b]);
        assert_eq!(holds.len(), 2);
        assert_eq!((holds[0].start(), holds[0].end()), (at(0), Some(at(20))));
        assert_eq!(holds[0].names(), ["a", "b"]);
        assert_eq!(holds[0].runs(), [at(5), at(15)]);
        assert!(!holds[0].touches(&holds[1]));
    }

    #[test]
    fn an_open_end_swallows_what_follows() {
        let holds = merge(vec![
            (window("a", 0, None), None),
            (window("a", 5, Some(6)), Some(at(5))),
            (window("b", 100, Some(200)), None),
        ]);
        assert_eq!(holds.len(), 1);
        assert_eq!(holds[0].end(), None);
        assert_eq!(holds[0].tense(at(1_000), Duration::ZERO), Tense::Open);
    }

    #[test]
    fn edges_are_half_open_and_lead_moves_only_the_first() {
        let hold = Hold::new(vec![window("a", 10, Some(20))], Vec::new()).unwrap();
        for (now, lead, tense) in [
            (9, 0, Tense::Pending),
            (9, 1, Tense::Open),
            (10, 0, Tense::Open),
            (19, 0, Tense::Open),
            (20, 5, Tense::Over),
        ] {
            assert_eq!(hold.tense(at(now), Duration::from_secs(lead * 60)), tense, "{now} {lead}");
        }
    }

    #[test]
    fn a_window_is_open_from_its_lead_to_its_end_and_a_hold_is_over_from_its_end_on() {
        let alone = window("a", 10, Some(20));
        let hold = Hold::new(vec![alone.clone()], Vec::new()).unwrap();
        for (now, tense) in [(7, Tense::Pending), (8, Tense::Open), (20, Tense::Over)] {
            assert_eq!(alone.tense(at(now), Duration::from_secs(120)), tense, "{now}");
        }
        assert_eq!([19, 20, 21].map(|now| hold.is_over(at(now))), [false, true, true]);
    }

    #[test]
    fn runs_are_suppressed_up_to_the_last_instant_before_the_end_and_known_beyond() {
        for (ends, kept) in [
            (&[Some(20)][..], &[9, 10, 19][..]),
            (&[Some(15), Some(20)], &[9, 10, 19]),
            (&[Some(15), None], &[9, 10, 19, 20, 25]),
        ] {
            let windows = ends.iter().map(|end| window("a", 10, *end)).collect();
            let hold = Hold::new(windows, [25, 9, 10, 19, 20, 10].map(at).to_vec()).unwrap();
            assert_eq!(hold.runs(), kept.iter().copied().map(at).collect::<Vec<_>>(), "{ends:?}");
            assert_eq!(hold.planned(), [9, 10, 19, 20, 25].map(at), "{ends:?}");
        }
    }

    #[test]
    fn a_moved_window_is_one_of_the_same_name_that_shares_an_instant() {
        let closed = Hold::new(vec![window("a", 10, Some(20))], Vec::new()).unwrap();
        let open = Hold::new(vec![window("a", 10, None)], Vec::new()).unwrap();
        for (name, start, end, in_closed, in_open) in [
            ("a", 10, Some(20), true, true),
            ("a", 19, Some(30), true, true),
            ("a", 20, Some(30), false, true),
            ("a", 5, Some(11), true, true),
            ("a", 5, Some(10), false, false),
            ("a", 0, None, true, true),
            ("a", 20, None, false, true),
            ("b", 10, Some(20), false, false),
        ] {
            let other = window(name, start, end);
            assert_eq!((closed.has(&other), open.has(&other)), (in_closed, in_open), "{other:?}");
        }
    }

    #[test]
    fn holds_touch_where_they_share_an_instant_or_an_edge() {
        let hold = |start, end| Hold::new(vec![window("a", start, end)], Vec::new()).unwrap();
        for (one, other, touch) in [
            ((10, Some(20)), (20, Some(30)), true),
            ((10, Some(20)), (21, Some(30)), false),
            ((10, Some(20)), (12, Some(13)), true),
            ((10, None), (100, None), true),
            ((10, Some(20)), (21, None), false),
            ((10, Some(20)), (20, None), true),
        ] {
            let (one, other) = (hold(one.0, one.1), hold(other.0, other.1));
            assert_eq!((one.touches(&other), other.touches(&one)), (touch, touch), "{one:?}");
        }
    }

    #[test]
    fn windows_and_runs_that_are_given_twice_are_there_once_and_names_stand_by_start() {
        let (a, b, c) = (window("a", 3, Some(9)), window("b", 1, Some(5)), window("a", 4, None));
        let reported = vec![a.clone(), c.clone(), b.clone(), a.clone(), a.clone()];
        let hold = Hold::new(reported.clone(), vec![at(4), at(2), at(4)]).unwrap();
        assert_eq!(hold.windows(), [b, a, c]);
        assert_eq!((hold.start(), hold.end()), (at(1), None));
        assert_eq!(hold.runs(), [at(2), at(4)]);
        assert_eq!(hold.names(), ["b", "a"]);
        let merged = merge(reported.into_iter().map(|window| (window, None)).collect());
        assert_eq!(merged, [Hold::new(hold.windows().to_vec(), Vec::new()).unwrap()]);
        assert_eq!(Hold::new(Vec::new(), vec![at(1)]), None);
    }

    #[test]
    fn a_mark_that_was_written_reads_back_the_same() {
        for until in [Some(at(7)), None] {
            let mark = Mark { hold: "5f2c9a1b-12".to_owned(), until };
            let context = mark.context("Q3 [patching]\nby ops");
            assert!(
                context.starts_with("Q3 [patching] by ops [task-pause hold=5f2c9a1b-12 until=")
            );
            assert_eq!(Mark::parse(&context), Some(mark));
        }
        for text in [
            "",
            "patching",
            "[task-pause]",
            "[task-pause hold= until=open]",
            "[task-pause hold=x until=soon]",
        ] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_reason_gives_way_to_the_mark() {
        let mark = Mark { hold: "5f2c9a1b-12".to_owned(), until: None };
        for letter in ["x", "ü", "窓", "🛠"] {
            for shift in ["", "x", "xx", "xxx"] {
                let context = mark.context(&format!("{shift}{}", letter.repeat(300)));
                let free = 255 - context.len();
                assert!(free < letter.len(), "{letter} after {shift:?}: {free} bytes are free");
                assert_eq!(Mark::parse(&context), Some(mark.clone()));
            }
        }
    }

    proptest! {
        /// Every minute in a window lies in exactly one hold, and no other does.
        #[test]
        fn each_minute_in_a_window_lies_in_exactly_one_hold(spans in prop::collection::vec((0i64..60, 1i64..10), 0..12)) {
            let selected = spans.iter().map(|&(s, n)| (window("w", s, Some(s + n)), Some(at(s)))).collect();
            let holds = merge(selected);
            for minute in 0..80 {
                let inside = spans.iter().any(|&(s, n)| (s..s + n).contains(&minute));
                let holding = holds.iter().filter(|h| h.tense(at(minute), Duration::ZERO) == Tense::Open);
                prop_assert_eq!(holding.count(), usize::from(inside));
            }
            for pair in holds.windows(2) {
                prop_assert!(!pair[0].touches(&pair[1]));
            }
        }
    }
}
