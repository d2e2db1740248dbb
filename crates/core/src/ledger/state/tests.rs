//! The tables of the documentation, held against the code: every combination,
//! and the row that is about it.

mod memory;

use std::collections::BTreeSet;

use super::*;
use crate::change::{ChangeAnswer, PauseState, TargetKind};
use crate::ledger::Doubt;

/// The phases of an active hold.
const PHASES: [&str; 9] = [
    "pausing",
    "in doubt",
    "shown in doubt",
    "accepted",
    "seen absent",
    "held",
    "held unseen",
    "resuming",
    "resuming unseen",
];

/// The phases of a task or plan without an active hold.
const CLOSED: [&str; 3] = ["none", "over", "to catch up"];

const EVENTS: [&str; 21] = [
    "pausing",
    "adopted",
    "again",
    "resuming",
    "moved",
    "released",
    "missing",
    "present",
    "starting",
    "notStarted",
    "caughtUp",
    "clockAccepted",
    "settled: paused",
    "settled: accepted",
    "settled: unknown",
    "settled: withdrawn",
    "settled: foreign",
    "settled: resumed",
    "settled: overridden",
    "settled: never",
    "settled: gone",
];

const SHOWS: [&str; 3] = ["nothing", "paused", "not paused"];

/// A table of the documentation, and the rows of it that were used.
struct Table {
    rows: Vec<Vec<Vec<String>>>,
    used: BTreeSet<usize>,
}

impl Table {
    /// Reads a table whose columns have these values, and afterwards the results.
    fn read(text: &str, columns: &[&[&str]]) -> Self {
        let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
        let rows: Vec<Vec<Vec<String>>> = rows
            .map(|row| {
                let cells = row.trim_matches('|').split('|');
                cells
                    .map(|cell| cell.split(',').map(|value| value.trim().to_owned()).collect())
                    .collect()
            })
            .collect();
        for row in &rows {
            assert_eq!(row.len(), columns.len() + 1, "{row:?}");
            for (cell, column) in row.iter().zip(columns) {
                let is_known = |value: &String| value == "any" || column.contains(&value.as_str());
                assert!(cell.iter().all(is_known), "{cell:?} of {column:?}");
            }
        }
        Self { rows, used: BTreeSet::new() }
    }

    /// The result of the first row that fits.
    fn result(&mut self, values: &[&str]) -> &str {
        let fits = |row: &Vec<Vec<String>>| {
            row.iter().zip(values).all(|(cell, value)| {
                cell.iter().any(|allowed| allowed == "any" || allowed == value)
            })
        };
        let row = self.rows.iter().position(fits);
        let row = row.unwrap_or_else(|| panic!("no row for {values:?}"));
        self.used.insert(row);
        &self.rows[row].last().unwrap()[0]
    }

    fn check_use(&self) {
        let unused = (0..self.rows.len()).filter(|row| !self.used.contains(row));
        let unused: Vec<_> = unused.map(|row| &self.rows[row]).collect();
        assert!(unused.is_empty(), "rows without use: {unused:?}");
    }
}

fn transitions() -> Table {
    let phases = [&CLOSED, &PHASES[..]].concat();
    Table::read(include_str!("transitions.md"), &[&phases, &EVENTS, &SHOWS, &["first", "repeated"]])
}

fn withdrawn() -> Table {
    Table::read(include_str!("withdrawn.md"), &[&PHASES, &["again", "resuming"]])
}

fn at(second: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + second * 1_000).unwrap()
}

fn target() -> Target {
    Target { environment_id: "env".into(), kind: TargetKind::Task, id: "t".into() }
}

fn shown(shows: &str) -> Option<PauseState> {
    let paused = shows == "paused";
    (shows != "nothing").then(|| PauseState { paused, ..PauseState::default() })
}

/// The event of that name.
fn event(name: &str, shows: &str) -> LedgerEvent {
    let (hold, labels) = ("l-2".to_owned(), Arc::default());
    let windows = vec![HoldWindow { name: "w".into(), start: at(0), end: Some(at(3600)) }];
    let result = match name.strip_prefix("settled: ") {
        Some("paused") => Settled::Paused,
        Some("accepted") => Settled::Accepted,
        Some("unknown") => Settled::Unknown,
        Some("withdrawn") => Settled::Withdrawn,
        Some("foreign") => Settled::Foreign,
        Some("resumed") => Settled::Resumed,
        Some("overridden") => Settled::Overridden,
        Some("never") => Settled::Never,
        Some("gone") => Settled::Gone,
        _ => {
            let runs = Vec::new();
            let target = target();
            return match name {
                "pausing" => LedgerEvent::Pausing {
                    hold,
                    target,
                    labels,
                    windows,
                    runs,
                    prior: PauseState::default(),
                    context: None,
                },
                "adopted" => {
                    let seen = shown("paused").unwrap();
                    LedgerEvent::Adopted { hold, target, labels, windows, seen }
                }
                "again" => LedgerEvent::Again { hold, looked: None, context: None },
                "resuming" => LedgerEvent::Resuming { hold, catch_up: false },
                "moved" => LedgerEvent::Moved { hold, windows, runs },
                "released" => LedgerEvent::Released { hold, windows },
                "missing" => LedgerEvent::Missing { hold },
                "present" => LedgerEvent::Present { hold },
                "starting" => LedgerEvent::Starting { hold },
                "notStarted" => LedgerEvent::NotStarted { hold },
                "caughtUp" => LedgerEvent::CaughtUp { hold, execution: None },
                "clockAccepted" => LedgerEvent::ClockAccepted {},
                odd => panic!("{odd} is no event"),
            };
        }
    };
    LedgerEvent::Settled { hold, result, answer: None, seen: shown(shows) }
}

/// A ledger to which things happen, each a second after the last.
#[derive(Clone, PartialEq, Debug)]
struct Story(LedgerState);

impl Story {
    fn new() -> Self {
        let mut story = Self(LedgerState::default());
        let event = LedgerEvent::Ledger { id: "l".into(), api: "a".into(), next: None };
        story.apply(event).unwrap();
        story
    }

    /// A hold in that phase, by its first request or by a repeated one; `None`
    /// where that cannot be.
    fn in_phase(phase: &str, request: &str) -> Option<Self> {
        let mut story = Self::new();
        if CLOSED.contains(&phase) {
            if phase != "none" {
                story.happens("pausing", "nothing");
                let catch_up = phase == "to catch up";
                story.apply(LedgerEvent::Resuming { hold: "l-2".into(), catch_up }).unwrap();
                story.happens("settled: resumed", "nothing");
            }
            return (request == "first").then_some(story);
        }
        story.happens("pausing", "nothing");
        match (phase, request) {
            ("resuming" | "resuming unseen", "first") => return None,
            ("resuming", _) => story.happens("settled: paused", "paused"),
            ("resuming unseen", _) | (_, "first") => {}
            _ => story.happens("again", "nothing"),
        }
        match phase {
            "pausing" => {}
            "in doubt" => story.happens("settled: unknown", "nothing"),
            "shown in doubt" => story.happens("settled: unknown", "paused"),
            "accepted" => story.happens("settled: accepted", "nothing"),
            "seen absent" => story.happens("settled: accepted", "not paused"),
            "held" => story.happens("settled: paused", "paused"),
            "held unseen" => story.happens("settled: paused", "nothing"),
            "resuming" | "resuming unseen" => story.happens("resuming", "nothing"),
            odd => panic!("{odd} is no phase"),
        }
        assert_eq!(story.phase(), phase);
        Some(story)
    }

    fn apply(&mut self, event: LedgerEvent) -> Result<(), String> {
        let seq = self.0.next_seq();
        self.0.apply(&Entry { v: VERSION, seq, at: self.now(), event })
    }

    /// The time of the next line.
    fn now(&self) -> UtcTime {
        at(i64::try_from(self.0.next_seq()).unwrap())
    }

    fn happens(&mut self, name: &str, shows: &str) {
        self.apply(event(name, shows)).unwrap();
    }

    fn open(&self) -> &ActiveHold {
        self.0.active(&target()).unwrap()
    }

    /// The word of the tables for the phase.
    fn phase(&self) -> &'static str {
        let Some(active) = self.0.active(&target()) else {
            let is_to_catch_up = self.0.catch_ups().next().is_some();
            return if is_to_catch_up { "to catch up" } else { "over" };
        };
        match &active.phase {
            Phase::Pausing { doubt: None } => "pausing",
            Phase::Pausing { doubt: Some(Doubt { shown: None }) } => "in doubt",
            Phase::Pausing { doubt: Some(Doubt { shown: Some(_) }) } => "shown in doubt",
            Phase::Accepted { seen_absent: false } => "accepted",
            Phase::Accepted { seen_absent: true } => "seen absent",
            Phase::Held { seen: Some(_) } => "held",
            Phase::Held { seen: None } => "held unseen",
            Phase::Resuming { seen: Some(_) } => "resuming",
            Phase::Resuming { seen: None } => "resuming unseen",
        }
    }
}

/// Checks that an event that leaves the phase changed what it is about, and nothing
/// else.
fn assert_same_but_for_the_event(before: &Story, name: &str, after: &Story) {
    let at = before.now();
    let Some(mut expected) = before.0.active(&target()).cloned() else {
        assert_eq!(after.0.active(&target()), None);
        let is_starting = |story: &Story| story.0.catch_ups().any(|(_, one)| one.starting);
        let expected = if name == "starting" { true } else { is_starting(before) };
        assert_eq!(is_starting(after), expected && name != "notStarted", "{name}");
        return;
    };
    match event(name, "nothing") {
        LedgerEvent::Moved { windows, .. } => {
            expected.hold = Hold::new(windows, Vec::new()).unwrap();
        }
        LedgerEvent::Released { windows, .. } => {
            let released = Hold::new(windows, Vec::new());
            expected.released = released.map(|hold| Box::new(GivenUp { hold, at }));
        }
        LedgerEvent::Missing { .. } => expected.missing = Some(at),
        LedgerEvent::Present { .. } => expected.missing = None,
        // The request may be under way until then.
        LedgerEvent::Settled { .. } => expected.request.asked = at,
        _ => {}
    }
    assert_eq!(after.open(), &expected, "{name}");
}

/// The table has a row for every event there is.
#[test]
fn the_table_has_every_event() {
    let names = include_str!("../entry.rs").split_once("pub fn name(").unwrap().1;
    let names = names.split_once("pub fn ").unwrap().0.split('"').skip(1).step_by(2);
    let known = |name: &&str| {
        let of_table = |event: &&str| event.split(':').next() == Some(*name);
        *name == "ledger" || EVENTS.iter().any(of_table)
    };
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 14, "{names:?}");
    assert!(names.iter().all(known), "{names:?}");
}

#[test]
fn every_event_in_every_phase_leads_where_the_table_says() {
    let mut table = transitions();
    let mut returns = withdrawn();
    for (phase, request) in [&CLOSED, &PHASES[..]]
        .concat()
        .into_iter()
        .flat_map(|phase| [(phase, "first"), (phase, "repeated")])
    {
        let Some(before) = Story::in_phase(phase, request) else { continue };
        for (name, shows) in EVENTS.iter().flat_map(|name| SHOWS.map(|shows| (*name, shows))) {
            let values = [phase, name, shows, request];
            let mut after = before.clone();
            let applied = after.apply(event(name, shows));
            let expected = match table.result(&values) {
                "refused" => {
                    assert!(applied.is_err(), "{values:?}");
                    assert_eq!(after, before, "{values:?}");
                    continue;
                }
                "same" => {
                    assert_eq!(applied, Ok(()), "{values:?}");
                    assert_same_but_for_the_event(&before, name, &after);
                    phase
                }
                "as before" => match phase {
                    "resuming" => returns.result(&["held", "resuming"]),
                    "resuming unseen" => returns.result(&["pausing", "resuming"]),
                    _ => returns.result(&["pausing", "again"]),
                },
                expected => expected,
            };
            assert_eq!(applied, Ok(()), "{values:?}");
            // Both are without an active hold.
            let expected = if expected == "none" { "over" } else { expected };
            assert_eq!(after.phase(), expected, "{values:?}");
        }
    }
    table.check_use();
}

#[test]
fn a_withdrawn_request_leads_back_where_the_table_says() {
    let mut table = withdrawn();
    for phase in PHASES {
        let request = if phase.starts_with("resuming") { "repeated" } else { "first" };
        for request_now in ["again", "resuming"] {
            let mut story = Story::in_phase(phase, request).unwrap();
            story.happens(request_now, "nothing");
            story.happens("settled: withdrawn", "nothing");
            let values = [phase, request_now];
            assert_eq!(story.phase(), table.result(&values), "{values:?}");
            assert!(story.open().is_asked_again(), "{values:?}");
        }
    }
    table.check_use();
}

#[test]
fn a_request_has_its_own_time_and_answer() {
    let mut story = Story::in_phase("pausing", "first").unwrap();
    let answered = |answer, result| {
        let hold = "l-2".to_owned();
        LedgerEvent::Settled { hold, result, answer, seen: None }
    };
    let changed = Some(ChangeAnswer::Changed);
    for (event, is_moved, answer) in [
        (answered(changed, Settled::Accepted), true, changed),
        (answered(None, Settled::Paused), false, changed),
        (event("moved", "nothing"), false, changed),
        (event("resuming", "nothing"), true, None),
        (answered(None, Settled::Unknown), true, None),
        (answered(changed, Settled::Withdrawn), false, changed),
        (event("again", "nothing"), true, None),
        (answered(None, Settled::Withdrawn), false, None),
    ] {
        let now = story.now();
        let asked = if is_moved { now } else { story.open().request.asked };
        story.apply(event.clone()).unwrap();
        let request = story.open().request;
        assert_eq!((request.asked, request.answer), (asked, answer), "{event:?}");
    }
}
