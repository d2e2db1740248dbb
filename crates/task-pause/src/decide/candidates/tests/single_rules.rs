//! Each rule of the candidates by itself. Times are hours.

use super::*;
use crate::decide::test_ledger::{self, ledger, pausing as begun, settled, task};

fn at(hour: i64) -> UtcTime {
    test_ledger::at(HOUR * hour)
}

fn moment(hour: i64, reassert: bool) -> Moment {
    test_ledger::moment(HOUR * hour, reassert)
}

fn named(name: &str, start: i64, end: i64) -> HoldWindow {
    test_ledger::window(name, HOUR * start, HOUR * end)
}

fn hold(windows: &[HoldWindow]) -> Hold {
    test_ledger::hold(windows)
}

fn wanted(id: &str, windows: &[HoldWindow]) -> WantedTarget {
    let windows = windows.iter().map(|window| (window.clone(), None)).collect();
    WantedTarget { target: task(id), labels: Arc::default(), holds: hold::merge(windows) }
}

/// A ledger in which task `t` is paused for these windows.
fn paused(windows: &[HoldWindow]) -> LedgerState {
    ledger([begun(&task("t"), windows), settled("t", Settled::Paused)])
}

/// The same, with windows that a command gave back.
fn released(windows: &[HoldWindow], back: &[HoldWindow]) -> LedgerState {
    let event = LedgerEvent::Released { hold: "t".into(), windows: back.to_vec() };
    ledger([begun(&task("t"), windows), settled("t", Settled::Paused), event])
}

#[test]
fn a_hold_loses_a_window_that_is_not_over_and_that_nobody_gave_back() {
    let (a, b) = (named("a", 0, 8), named("b", 0, 4));
    let both = [a.clone(), b.clone()];
    let (whole, without_b) = (paused(&both), released(&both, std::slice::from_ref(&b)));
    for (state, left, wish, hour, reassert, loses) in [
        (&whole, &both[..], Wish::Hold, 1, false, false),
        (&whole, &both[..1], Wish::Hold, 1, false, true),
        (&whole, &both[..1], Wish::Hold, 4, false, false),
        (&whole, &both, Wish::GiveBack, 1, false, true),
        (&whole, &both, Wish::GiveBack, 8, false, false),
        (&without_b, &both[..1], Wish::Hold, 1, false, false),
        (&without_b, &both[..1], Wish::Hold, 1, true, true),
        (&LedgerState::default(), &both[..1], Wish::GiveBack, 1, false, false),
    ] {
        let (target, labels) = (task("t"), Arc::default());
        let candidate = Candidate { target, labels, hold: hold(left), wish };
        let moment = moment(hour, reassert);
        assert_eq!(
            loses_window(&candidate, ledger_at(state, moment)),
            loses,
            "{candidate:?} {hour}"
        );
    }
}

#[test]
fn a_window_is_given_back_by_its_name_and_the_others_go_on() {
    let (a, b) = (named("a", 0, 4), named("b", 0, 8));
    let both = [a, b.clone()];
    let (whole, without_b) = (paused(&both), released(&both, std::slice::from_ref(&b)));
    let unsettled = ledger([begun(&task("t"), &both)]);
    for (state, name, hour, expected) in [
        (&whole, "b", 1, Some((Wish::KeptByOther, &["a"][..]))),
        (&whole, "a", 1, Some((Wish::KeptByOther, &["b"]))),
        // The other one is over: only what is given back is recorded as given up.
        (&whole, "b", 5, Some((Wish::GiveBack, &["b"]))),
        (&without_b, "a", 1, Some((Wish::GiveBack, &["a", "b"]))),
        (&whole, "c", 1, None),
        // Of a pause that nobody saw, something is to be found out.
        (&unsettled, "c", 1, Some((Wish::Hold, &["a", "b"]))),
    ] {
        let which = ResumeSelection::Window(name.to_owned());
        let candidates = giving_back(ledger_at(state, moment(hour, false)), &which);
        let found = candidates.first().map(|one| (one.wish, one.hold.names()));
        let expected = expected.map(|(wish, names)| (wish, names.to_vec()));
        assert_eq!(found, expected, "{name} at {hour}");
    }
}

#[test]
fn a_window_that_was_given_up_says_so_while_it_is_open() {
    let own = named("w", 10, 20);
    let state =
        ledger([begun(&task("t"), std::slice::from_ref(&own)), { settled("t", Settled::Resumed) }]);
    for (hour, reassert, wish) in [
        (9, false, Wish::Hold),
        (10, false, Wish::GivenUp(Settled::Resumed)),
        (10, true, Wish::Hold),
        (20, false, Wish::Hold),
    ] {
        let wanted = wanted("t", std::slice::from_ref(&own));
        let candidates = pausing(&[wanted], ledger_at(&state, moment(hour, reassert)));
        assert_eq!(candidates[0].wish, wish, "{hour} {reassert}");
    }
}

#[test]
fn what_is_to_be_found_out_comes_first() {
    let own = [named("w", 0, 9)];
    let paused = [begun(&task("a"), &own), settled("a", Settled::Paused)];
    let state = ledger(paused.into_iter().chain([begun(&task("b"), &own)]));
    let all = [wanted("a", &own), wanted("new", &own), wanted("b", &own)];
    let candidates = pausing(&all, ledger_at(&state, moment(1, false)));
    let ids: Vec<&str> = candidates.iter().map(|one| &*one.target.id).collect();
    assert_eq!(ids, ["b", "a", "new"]);
}

#[test]
fn a_pause_was_intended_ahead_until_the_time_of_its_request() {
    let state = ledger([begun(&task("t"), &[named("w", 0, 9)])]);
    let active = state.active(&task("t")).unwrap();
    for (hour, is_ahead) in [(-1, true), (0, false), (1, false)] {
        assert_eq!(is_intended_ahead(active, moment(hour, false)), is_ahead, "{hour}");
    }
}

#[test]
fn a_window_of_the_input_replaces_those_of_its_name_that_it_overlaps() {
    for (own, input, hour, end) in [
        // Another time, or another name.
        (&[("w", 0, 4), ("w", 4, 5)][..], ("w", 10, 12), 1, 5),
        (&[("w", 0, 4), ("w", 4, 5)], ("x", 4, 6), 1, 6),
        // It begins now: the window that is on was shortened.
        (&[("w", 0, 8)], ("w", 4, 6), 4, 6),
        // It is to come: the next occurrence.
        (&[("w", 0, 8)], ("w", 5, 6), 4, 8),
        (&[("w", 0, 8)], ("w", 0, 6), 4, 6),
        (&[("v", 1, 8)], ("w", 0, 6), 4, 8),
        // Recovered: the window in which its pause was made, whatever its name; one that
        // begins later is another.
        (&[("recovered", 1, 8)], ("w", 0, 6), 4, 6),
        (&[("recovered", 1, 8)], ("w", 1, 6), 4, 6),
        (&[("recovered", 1, 8)], ("w", 2, 6), 4, 8),
    ] {
        let of = |&(name, start, end): &(&str, i64, i64)| named(name, start, end);
        let state = paused(&own.iter().map(of).collect::<Vec<_>>());
        let wanted = [wanted("t", &[of(&input)])];
        let all = syncing(&wanted, ledger_at(&state, moment(hour, false)), None).candidates;
        assert_eq!(all[0].hold.end(), Some(at(end)), "{own:?} {input:?} at {hour}");
    }
}

#[test]
fn a_hold_that_no_window_has_any_more_ends_now() {
    let windows = [named("a", 0, 10), named("b", 10, 30)];
    let state = paused(&windows);
    let mut active = state.active(&task("t")).unwrap().clone();
    active.hold = Hold::new(windows.to_vec(), [5, 10, 15].map(at).to_vec()).unwrap();
    for (holds, hour, left, runs) in [
        // As the windows end it.
        (&[named("b", 10, 12)][..], 15, &[named("b", 10, 12)][..], &[][..]),
        // The window that is gone held it until now.
        (&[named("a", 0, 12)], 15, &[named("a", 0, 10), named("b", 10, 15)], &[5, 10]),
        // Before it, or still to come: these have nothing to do with it.
        (&[named("a", -9, -5)], 15, &[named("a", 0, 10), named("b", 10, 15)], &[5, 10]),
        (&[named("a", 0, 40)], 15, &[named("a", 0, 10), named("b", 10, 15)], &[5, 10]),
        (&[], 15, &[named("a", 0, 10), named("b", 10, 15)], &[5, 10]),
        // Its second window begins now.
        (&[], 10, &[named("a", 0, 10)], &[5]),
        // Over already.
        (&[], 30, &windows, &[5, 10, 15]),
    ] {
        let holds: Vec<Hold> = holds.iter().map(|own| hold(std::slice::from_ref(own))).collect();
        let ended = ended_hold(&active, &holds, at(hour));
        let expected =
            Hold::new(left.to_vec(), runs.iter().map(|hour| at(*hour)).collect()).unwrap();
        assert_eq!(ended, expected, "{holds:?} at {hour}");
    }
    // Paused ahead of its first window.
    let ended = ended_hold(&active, &[], at(-1));
    let millisecond = Duration::from_millis(1);
    assert_eq!((ended.start(), ended.end()), (at(-1).saturating_sub(millisecond), Some(at(-1))));
    assert_eq!((ended.names(), ended.runs()), (vec!["a"], &[][..]));
}

#[test]
fn the_nearest_hold_is_the_open_one_or_the_next_or_the_last() {
    let holds = [0, 10, 20].map(|start| hold(&[named("w", start, start + 5)]));
    for (hour, start) in [(-1, 0), (0, 0), (5, 10), (12, 10), (15, 20), (25, 20), (99, 20)] {
        let nearest = nearest_hold(&holds, moment(hour, false)).unwrap();
        assert_eq!(nearest.start(), at(start), "{hour}");
    }
    assert_eq!(nearest_hold(&[], moment(0, false)), None);
}

#[test]
fn windows_overlap_where_they_share_an_instant() {
    let endless = |start| HoldWindow { end: None, ..named("w", start, start + 1) };
    let between = named("w", 10, 20);
    for (other, is_shared) in [
        (named("w", 0, 10), false),
        (named("w", 0, 11), true),
        (named("w", 12, 13), true),
        (named("w", 19, 30), true),
        (named("w", 20, 30), false),
        (endless(19), true),
        (endless(20), false),
        (endless(0), true),
    ] {
        assert_eq!(overlap(&between, &other), is_shared, "{other:?}");
        assert_eq!(overlap(&other, &between), is_shared, "{other:?}");
    }
}

/// A timetable whose windows match by a former name before hour 10.
struct Renamed;

impl TimetableWindows for Renamed {
    fn windows(&self, _: &Target, _: &Labels, around: &Hold) -> Result<RuledWindows, Undecided> {
        let is_by_former_name = around.start() < at(10);
        Ok(RuledWindows { windows: around.windows().to_vec(), is_by_former_name })
    }
}

#[test]
fn a_task_that_any_window_matches_by_a_former_name_is_known() {
    for (windows, is_known) in [
        (&[named("w", 0, 5)][..], true),
        (&[named("w", 20, 25)], false),
        (&[named("w", 0, 5), named("w", 20, 25)], true),
    ] {
        let wanted = [wanted("t", windows)];
        let all =
            syncing(&wanted, ledger_at(&LedgerState::default(), moment(1, false)), Some(&Renamed));
        assert_eq!(all.by_former_name.contains(&task("t")), is_known, "{windows:?}");
    }
}
