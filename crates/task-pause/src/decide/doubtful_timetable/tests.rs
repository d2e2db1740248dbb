//! Timetables that would end the holds of tasks `a` and `b`, at minute 30 of windows
//! from minute 0 to 60.

use std::fmt::Write as _;
use std::sync::Arc;

use maintenance_core::exit::Explain;
use maintenance_core::ledger::{LedgerEvent, LedgerState, Settled};
use maintenance_core::run::Labels;
use maintenance_core::timetable::{ReadOptions, TimetableFile, load};
use maintenance_core::window_set::Widening;
use maintenance_core::zone::ZoneTable;

use super::*;
use crate::decide::test_ledger::{at, hold, ledger, moment, pausing, settled, task, window};

/// A row of a timetable: name, start, end, tasks.
type Line<'a> = (&'a str, i64, i64, &'a str);

fn around(rows: &[Line<'_>]) -> WindowsAround {
    let mut csv = "name,start,end,task\n".to_owned();
    for (name, start, end, tasks) in rows {
        writeln!(csv, "{name},{},{},{tasks}", at(*start), at(*end)).unwrap();
    }
    let options = ReadOptions::new(ZoneTable::bundled());
    let input = TimetableFile { file: "t.csv", format: None, bytes: csv.as_bytes() };
    let (timetable, _) = load([input], &options).unwrap();
    let all = hold(&[window("all", 0, 300)]);
    WindowsAround::new(&timetable, Widening::default(), [&all].into_iter(), at(30)).unwrap()
}

/// A ledger in which these are paused for these windows. A task is called as its ID.
fn paused(held: &[(&str, &[HoldWindow])]) -> Vec<LedgerEvent> {
    let events = held.iter().flat_map(|(id, windows)| {
        let mut begun = pausing(&task(id), windows);
        if let LedgerEvent::Pausing { labels, .. } = &mut begun {
            *labels = named(id);
        }
        [begun, settled(id, Settled::Paused)]
    });
    events.collect()
}

fn named(name: &str) -> Arc<Labels> {
    Arc::new(Labels { name: Some(name.into()), ..Labels::default() })
}

/// The doubt about a timetable of these rows, if each of the holds has that wish.
fn doubt(
    state: &LedgerState,
    wishes: &[(&str, Wish)],
    rows: &[Line<'_>],
    names: &PresentNames,
) -> Option<DoubtfulTimetable> {
    let candidates: Vec<Candidate> = wishes
        .iter()
        .map(|(id, wish)| {
            Candidate::of_active_hold(
                state.active(&task(id)).unwrap(),
                state.active(&task(id)).unwrap().hold.clone(),
                *wish,
            )
        })
        .collect();
    let has_name = |name: &str| rows.iter().any(|(of_row, ..)| *of_row == name);
    let ledger = LedgerAt { state, moment: moment(30, false) };
    find(&candidates, ledger, &around(rows), names, has_name)
}

fn ids(doubt: &DoubtfulTimetable) -> Vec<&str> {
    doubt.targets.iter().map(|target| &*target.id).collect()
}

const BACK: [(&str, Wish); 2] = [("a", Wish::GiveBack), ("b", Wish::GiveBack)];

#[test]
fn an_open_window_whose_scope_takes_none_of_the_tasks_that_it_holds_is_doubted() {
    let night = [window("night", 0, 60)];
    let state = ledger(paused(&[("a", &night), ("b", &night)]));
    let names = PresentNames::default();
    let found = doubt(&state, &BACK, &[("night", 0, 60, "x")], &names).unwrap();
    assert_eq!(ids(&found), ["a", "b"]);
    assert_eq!(
        found.refusal.to_string(),
        "t.csv:2: the window \"night\" is open, and its scope takes none of the tasks and plans \
         that it holds (2): task \"x\": none was given back"
    );
    let hint = Explain::hint(&found.refusal).unwrap();
    assert!(hint.contains("`task-pause resume --window \"night\"`"), "{hint}");
    for (rows, wishes, why) in [
        (&[("night", 0, 60, "x")][..], [("a", Wish::Hold), ("b", Wish::Hold)], "nothing ends"),
        (&[("night", 0, 60, "x")], [("a", Wish::GiveBack), ("b", Wish::Hold)], "it holds one"),
        (&[("night", 100, 200, "x")], BACK, "it was moved"),
        (&[("night", 0, 60, "a"), ("other", 0, 60, "")], BACK, "it takes the task"),
    ] {
        let found = doubt(&state, &wishes, rows, &names);
        let left: Vec<&str> = found.as_ref().map(ids).unwrap_or_default();
        // Of the last one, the other task is left.
        assert_eq!(left, if why == "it takes the task" { vec!["b"] } else { vec![] }, "{why}");
    }
}

#[test]
fn other_windows_with_such_a_scope_are_counted() {
    let both = [window("day", 0, 60), window("night", 0, 60)];
    let state = ledger(paused(&[("a", &both)]));
    let rows = [("night", 0, 60, "x"), ("day", 0, 60, "aa")];
    let found = doubt(&state, &BACK[..1], &rows, &PresentNames::default()).unwrap();
    assert!(found.refusal.to_string().contains("the window \"day\" is open"), "{}", found.refusal);
    assert!(
        found.refusal.to_string().ends_with("; the same for 1 other window"),
        "{}",
        found.refusal
    );
}

#[test]
fn a_scope_is_held_against_the_present_name_and_that_of_the_time_of_the_pause() {
    let night = [window("night", 0, 60)];
    let state = ledger(paused(&[("a", &night)]));
    let mut names = PresentNames::default();
    names.learn(&task("a"), crate::decide::test_ledger::executable("a", Some("New"), &[]));
    for (tasks, is_doubted) in [("New", false), ("a", false), ("x", true)] {
        let found = doubt(&state, &BACK[..1], &[("night", 0, 60, tasks)], &names);
        assert_eq!(found.is_some(), is_doubted, "{tasks}");
    }
}

#[test]
fn a_timetable_without_a_window_of_any_name_that_holds_is_doubted() {
    let (night, day) = ([window("night", 0, 60)], [window("day", 0, 60)]);
    let state = ledger(paused(&[("a", &night), ("b", &day)]));
    let names = PresentNames::default();
    let found = doubt(&state, &BACK, &[("other", 0, 60, "")], &names).unwrap();
    assert_eq!(ids(&found), ["a", "b"]);
    assert_eq!(
        found.refusal.to_string(),
        "the timetable has no window \"day\" any more, nor 1 other that holds, at whatever time, \
         while 2 tasks and plans are held for it: none was given back"
    );
    let hint = Explain::hint(&found.refusal).unwrap();
    assert!(hint.ends_with("`task-pause resume --window \"day\"`"), "{hint}");
    let one = doubt(&state, &BACK[..1], &[], &names).unwrap();
    assert!(one.refusal.to_string().contains("\"night\" any more, at whatever time"), "{one:?}");
    // One goes on, or a name is known, at whatever time.
    assert!(doubt(&state, &[BACK[0], ("b", Wish::Hold)], &[], &names).is_none());
    assert!(doubt(&state, &BACK, &[("day", 600, 660, "")], &names).is_none());
}

#[test]
fn windows_that_are_over_or_given_back_raise_no_doubt() {
    let over = [window("night", 0, 30)];
    let state = ledger(paused(&[("a", &over)]));
    let names = PresentNames::default();
    assert!(doubt(&state, &BACK[..1], &[], &names).is_none());
    let night = [window("night", 0, 60)];
    let back = LedgerEvent::Released { hold: "a".into(), windows: night.to_vec() };
    let state = ledger(paused(&[("a", &night)]).into_iter().chain([back]));
    assert!(doubt(&state, &BACK[..1], &[], &names).is_none());
}

#[test]
fn patterns_are_reported_with_what_one_of_them_may_mean() {
    let patterns = ["nigthly", "b", "c", "d"].map(|text| Pattern::new(text).unwrap());
    let few = as_text(Field::Task, &patterns, &["other"]);
    assert_eq!(few, "task \"nigthly\", \"b\", \"c\"");
    let meant = as_text(Field::Task, &patterns[..1], &["other", "nightly"]);
    assert_eq!(meant, "task \"nigthly\" (did you mean \"nightly\"?)");
}
