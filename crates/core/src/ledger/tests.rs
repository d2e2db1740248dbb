//! The ledger on a real disk: what it survives, and what it refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::*;
use crate::change::{ChangeAnswer, PauseState, TargetKind};
use crate::exit::Explain;
use crate::hold::HoldWindow;
use crate::run::Labels;

mod compaction;
mod files;
mod flips;
mod refused;

const API: &str = "https://api.eu.cloud.talend.com";

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

fn target(id: &str) -> Target {
    Target { environment_id: "env".into(), kind: TargetKind::Task, id: id.into() }
}

fn hold(start: i64, end: i64) -> Hold {
    let window = HoldWindow { name: "Q3 patching".into(), start: at(start), end: Some(at(end)) };
    Hold::new(vec![window], vec![at(start + 1)]).unwrap()
}

fn pause(id: &str) -> Intent {
    Intent::Pause(Box::new(NewHold {
        target: target(id),
        labels: Arc::new(Labels { name: Some("Load orders".into()), ..Labels::default() }),
        hold: hold(0, 60),
        prior: PauseState::default(),
        reason: "patching".into(),
    }))
}

struct LedgerDir {
    dir: tempfile::TempDir,
}

impl LedgerDir {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("state/ledger.jsonl")
    }

    fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.path(), API, at(0))
    }

    fn write(&self, text: &str) {
        fs::create_dir_all(self.path().parent().unwrap()).unwrap();
        fs::write(self.path(), text).unwrap();
    }
}

fn seen(permit: &Permit) -> PauseState {
    PauseState {
        paused: true,
        since: Some(at(1)),
        context: Some(permit.change().context.clone()),
        ..PauseState::default()
    }
}

#[test]
fn a_hold_from_intent_to_end() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let [first, second] =
        <[Permit; 2]>::try_from(ledger.intend(vec![pause("a"), pause("b")], at(1)).unwrap())
            .unwrap();
    let mark = Mark::parse(&first.change().context).unwrap();
    assert_eq!(mark.until, Some(at(60)));
    assert_eq!(*ledger.state().active(&target("a")).unwrap().id, *mark.hold);
    let state = seen(&first);
    ledger
        .settle(
            first,
            Finding {
                result: Settled::Paused,
                answer: Some(ChangeAnswer::Changed),
                seen: Some(state),
            },
            at(1),
        )
        .unwrap();
    ledger.settle(second, Settled::Withdrawn, at(1)).unwrap();
    assert_eq!(ledger.state().all_active().count(), 1);

    ledger.move_hold(&target("a"), &hold(0, 90), at(2)).unwrap();
    let before = ledger.state().clone();
    drop(ledger);
    let mut ledger = place.open().unwrap();
    assert_eq!(ledger.state(), &before, "replaying gives the same state");
    let active = ledger.state().active(&target("a")).unwrap();
    assert_eq!((active.is_settled(), active.hold.end()), (true, Some(at(90))));

    let resume = Intent::Resume { target: target("a"), catch_up: true };
    let permit = ledger.intend(vec![resume], at(50)).unwrap().remove(0);
    assert!(!permit.change().pause);
    ledger
        .settle(
            permit,
            Finding { result: Settled::Resumed, answer: Some(ChangeAnswer::Changed), seen: None },
            at(50),
        )
        .unwrap();
    assert_eq!(ledger.state().all_active().count(), 0);
    assert!(
        ledger.state().given_up(&target("a"), &hold(30, 120).windows()[0]).is_some(),
        "ended early"
    );
    assert!(ledger.state().given_up(&target("a"), &hold(100, 120).windows()[0]).is_none());
    let (id, catch_up) = ledger.state().catch_ups().next().unwrap();
    assert!((id == mark.hold) && !catch_up.starting);
    ledger.starting(&mark.hold, at(51)).unwrap();
    ledger.caught_up(&mark.hold, Some("execution".into()), at(51)).unwrap();
    assert_eq!(ledger.state().catch_ups().count(), 0);
    assert_eq!(&Ledger::read(&place.path()).unwrap(), ledger.state());
}

/// A hold that is over had a window from minute 100 to 200; the open one has another of
/// that name.
#[test]
fn of_a_window_that_was_given_back_and_one_that_is_held_the_one_that_is_held_counts() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    for (begins, ends, minute) in [(100, 200, 1), (0, 50, 3)] {
        if let Some(active) = ledger.state().active(&target("a")) {
            assert_eq!(active.hold.end(), Some(at(200)));
            let resume = Intent::Resume { target: target("a"), catch_up: false };
            let permit = ledger.intend(vec![resume], at(2)).unwrap().remove(0);
            let finding = Finding { result: Settled::Resumed, answer: None, seen: None };
            ledger.settle(permit, finding, at(2)).unwrap();
        }
        let Intent::Pause(new) = pause("a") else { unreachable!() };
        let pause = Intent::Pause(Box::new(NewHold { hold: hold(begins, ends), ..*new }));
        ledger.intend(vec![pause], at(minute)).unwrap();
    }
    let begins_and_ends = [
        ((100, 200), Some(Settled::Resumed)),
        ((60, 150), Some(Settled::Resumed)),
        ((50, 101), Some(Settled::Resumed)),
        ((50, 100), None),
        ((0, 50), None),
        // What the held one was moved to reaches into the other.
        ((49, 101), None),
        ((20, 300), None),
    ];
    for ((begins, ends), expected) in begins_and_ends {
        let given_up = ledger.state().given_up(&target("a"), &hold(begins, ends).windows()[0]);
        assert_eq!(given_up, expected, "from {begins} to {ends}");
    }
}

/// It was given back at minute 5, and another window of its name opens at minute 10.
#[test]
fn a_window_without_an_end_that_was_given_back_blocks_no_later_one_and_is_not_forgotten_for_it() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let window = |start, end: Option<i64>| HoldWindow {
        name: "freeze".into(),
        start: at(start),
        end: end.map(at),
    };
    let begin = |ledger: &mut Ledger, window, minute| {
        let Intent::Pause(new) = pause("a") else { unreachable!() };
        let hold = Hold::new(vec![window], Vec::new()).unwrap();
        let pause = Intent::Pause(Box::new(NewHold { hold, ..*new }));
        ledger.intend(vec![pause], at(minute)).unwrap();
    };
    begin(&mut ledger, window(0, None), 0);
    let resume = Intent::Resume { target: target("a"), catch_up: false };
    let permit = ledger.intend(vec![resume], at(5)).unwrap().remove(0);
    let finding = Finding { result: Settled::Resumed, answer: None, seen: None };
    ledger.settle(permit, finding, at(5)).unwrap();
    let later = window(10, Some(20));
    for is_begun in [false, true] {
        if is_begun {
            begin(&mut ledger, later.clone(), 10);
        }
        let replayed = Ledger::read(&place.path()).unwrap();
        for state in [ledger.state(), &replayed] {
            let given_up = |window| state.given_up(&target("a"), &window);
            assert_eq!(given_up(later.clone()), None);
            assert_eq!(given_up(window(0, Some(8))), Some(Settled::Resumed), "{is_begun}");
            let same = (!is_begun).then_some(Settled::Resumed);
            assert_eq!(given_up(window(0, None)), same, "what is held counts");
        }
    }
}

#[test]
fn it_is_private_and_has_one_writer() {
    let place = LedgerDir::new();
    let _ledger = place.open().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path()), 0o600);
    assert_eq!(mode(place.path().parent().unwrap()), 0o700);
    let busy = place.open().unwrap_err();
    assert_eq!(busy.exit(), crate::exit::Exit::Busy);
    let holder = format!("process {} on ", std::process::id());
    assert!(busy.to_string().contains(&holder), "{busy}");
}

#[test]
fn a_file_in_the_directorys_place_cannot_hold_a_ledger() {
    let place = LedgerDir::new();
    fs::write(place.dir.path().join("state"), "").unwrap();
    assert_eq!(place.open().unwrap_err().exit(), crate::exit::Exit::CannotCreate);
}

#[test]
fn a_torn_last_line_is_mended_wherever_it_was_torn() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let before = ledger.state().clone();
    let length = fs::metadata(place.path()).unwrap().len();
    let _ = ledger.intend(vec![pause("a")], at(1)).unwrap();
    drop(ledger);
    let whole = fs::read(place.path()).unwrap();
    for cut in usize::try_from(length).unwrap()..whole.len() {
        fs::write(place.path(), &whole[..cut]).unwrap();
        assert_eq!(Ledger::read(&place.path()).unwrap(), before, "cut at {cut}");
        let ledger = place.open().unwrap();
        assert_eq!(ledger.was_mended(), cut as u64 != length, "cut at {cut}");
        drop(ledger);
        assert_eq!(fs::metadata(place.path()).unwrap().len(), length, "cut at {cut}");
    }
    // What was cut off is kept, each time behind the last.
    let kept = fs::read_to_string(place.path().with_file_name("ledger.jsonl.torn")).unwrap();
    let pausing = std::str::from_utf8(&whole[usize::try_from(length).unwrap()..]).unwrap();
    assert_eq!(kept.lines().count(), pausing.len() - 1);
    assert!(kept.lines().all(|line| pausing.starts_with(line)));
    // The first line is put in place as a whole: a part of it is no ledger.
    fs::write(place.path(), &whole[..20]).unwrap();
    assert!(matches!(place.open().unwrap_err(), LedgerError::NotALedger { .. }));
    assert_eq!(fs::read(place.path()).unwrap(), &whole[..20]);
}

/// A line with the checksum that it should have.
fn sealed(line: &str) -> String {
    let json = line.split_once(",\"crc\"").unwrap().0.to_owned();
    let checksum = crc32fast::hash((json.clone() + "}").as_bytes());
    format!("{json},\"crc\":\"{checksum:08x}\"}}")
}

#[test]
fn damage_is_named_by_its_line_and_never_guessed_at() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let permit = ledger.intend(vec![pause("a")], at(1)).unwrap().remove(0);
    ledger.settle(permit, Settled::Paused, at(1)).unwrap();
    drop(ledger);
    let whole = fs::read_to_string(place.path()).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let (header, pausing, settled) = (lines[0], lines[1], lines[2]);
    for (text, line, what) in [
        (format!("{header}\n{}\n{settled}\n", &pausing[..40]), 2, "EOF while parsing"),
        (format!("{header}\n\0\0\0\n{settled}\n"), 2, "expected value"),
        (format!("{header}\n{settled}\n"), 2, "is not active"),
        (format!("{pausing}\n{settled}\n"), 1, "says which ledger this is"),
        (format!("{header}\n{pausing}\n{pausing}\n"), 3, "comes after"),
        (
            format!("{header}\n{}\n", sealed(&pausing.replace("\"pausing\"", "\"hoisting\""))),
            2,
            "unknown variant",
        ),
        (
            format!("{header}\n{}\n", sealed(&pausing.replace("{\"v\"", "{\"w\":1,\"v\""))),
            2,
            "unknown field",
        ),
        (format!("{header}\n{}\n", pausing.replace("Load", "Lead")), 2, "checksum is wrong"),
        (
            format!("{header}\n{}\n", pausing.split_once(",\"crc\"").unwrap().0.to_owned() + "}"),
            2,
            "no checksum",
        ),
        (format!("{header}\n{}", pausing.to_owned() + "*"), 2, "line end was changed"),
    ] {
        place.write(&text);
        let error = place.open().unwrap_err();
        let LedgerError::Damaged { line: found, what: why, .. } = &error else {
            panic!("{error}: {text}")
        };
        assert_eq!(*found, line, "{error}");
        assert!(why.contains(what), "{why}");
        assert_eq!(fs::read_to_string(place.path()).unwrap(), text, "left as it is");
    }
}

#[test]
fn a_newer_format_and_another_api_are_refused() {
    let place = LedgerDir::new();
    place.write("{\"v\":4,\"sequence\":1,\"happened\":[]}\n");
    let newer = place.open().unwrap_err();
    assert!(matches!(newer, LedgerError::Newer { line: 1, version: 4, .. }), "{newer}");

    let place = LedgerDir::new();
    drop(place.open().unwrap());
    let other = Ledger::open(&place.path(), "https://api.us.cloud.talend.com", at(0));
    assert_eq!(other.unwrap_err().code(), "ledger-other-api");
}

/// Version 1 as it was first released. This file is never edited: it stands
/// for the ledgers that people have.
#[test]
fn version_1_is_read_for_ever() {
    let place = LedgerDir::new();
    place.write(include_str!("golden/v1.jsonl"));
    let ledger = place.open().unwrap();
    let phases: Vec<_> =
        ledger.state().all_active().map(|active| (&*active.target.id, &active.phase)).collect();
    let by =
        |id| ledger.state().active(&target(id)).and_then(ActiveHold::seen).cloned().map(Box::new);
    let adopted = Target { kind: TargetKind::Plan, ..target("adopted") };
    let adopted = ledger.state().active(&adopted).unwrap().seen().cloned().map(Box::new);
    assert!(by("held").is_some() && adopted.is_some());
    let expected = [
        ("held", &Phase::Held { seen: by("held") }),
        ("pausing", &Phase::Pausing { doubt: None }),
        ("resuming", &Phase::Resuming { seen: None }),
        ("accepted", &Phase::Accepted { seen_absent: false }),
        ("adopted", &Phase::Held { seen: adopted }),
    ];
    assert_eq!(phases, expected);
    let held = ledger.state().active(&target("held")).unwrap();
    assert_eq!(held.hold.names(), ["Q3 patching", "Q3 follow-up"]);
    assert_eq!(held.hold.end(), None);
    assert_eq!(held.seen().unwrap().user.as_deref(), Some("ops"));
    assert_eq!(ledger.state().catch_ups().count(), 1);
}

/// Version 2, likewise. It adds what is unknown, and starts that were not made.
#[test]
fn version_2_is_read_for_ever() {
    let place = LedgerDir::new();
    place.write(include_str!("golden/v2.jsonl"));
    let ledger = place.open().unwrap();
    let doubted = ledger.state().active(&target("doubted")).unwrap();
    assert_eq!(doubted.phase, Phase::Pausing { doubt: Some(Doubt { shown: None }) });
    assert_eq!(doubted.request.asked, UtcTime::parse("2026-09-20T17:05:00.000Z").unwrap());
    let again = ledger.state().active(&target("again")).unwrap();
    assert_eq!(
        (&again.phase, again.request.answer),
        (&Phase::Accepted { seen_absent: false }, None)
    );
    assert!(again.is_asked_again());
    let unclear = ledger.state().active(&target("unclear")).unwrap();
    assert!(matches!(unclear.phase, Phase::Pausing { doubt: Some(_) }));
    assert_eq!(unclear.request.answer, Some(ChangeAnswer::Changed));
    assert_eq!(unclear.shown_in_doubt().unwrap().user.as_deref(), Some("ops"));
    assert_eq!(unclear.seen(), None);
    assert!(ledger.state().catch_ups().all(|(_, catch_up)| !catch_up.starting));
    assert_eq!(ledger.state().catch_ups().count(), 1);
}

/// Version 3, likewise. It adds windows that were given back, and the word of
/// the operator that the clock is right.
#[test]
fn version_3_is_read_for_ever() {
    let place = LedgerDir::new();
    place.write(include_str!("golden/v3.jsonl"));
    let ledger = place.open().unwrap();
    let state = ledger.state();
    let time = |text: &str| UtcTime::parse(text).unwrap();
    let window = |name: &str, start, end| HoldWindow {
        name: name.into(),
        start: time(start),
        end: Some(time(end)),
    };
    let given_up = |id, name| {
        let window = window(name, "2026-09-20T18:00:00.000Z", "2026-09-20T19:00:00.000Z");
        state.given_up(&target(id), &window)
    };
    let held = state.active(&target("held")).unwrap();
    assert_eq!(held.hold.names(), ["Database"]);
    assert_eq!(held.released.as_ref().unwrap().hold.names(), ["Q3 patching"]);
    assert_eq!(given_up("held", "Q3 patching"), Some(Settled::Resumed));
    assert_eq!(given_up("held", "Database"), None);
    let next = window("Q3 patching", "2026-09-21T17:00:00.000Z", "2026-09-21T21:00:00.000Z");
    assert_eq!(state.given_up(&target("held"), &next), None, "another occurrence");
    // Given back, and remembered.
    assert_eq!(state.active(&target("over")), None);
    assert_eq!(given_up("over", "Q3 patching"), Some(Settled::Resumed));
    // Taken up again.
    assert_eq!(state.active(&target("again")).unwrap().released, None);
    assert_eq!(given_up("again", "Q3 patching"), None);
    // A line of 2027 stands before the one that accepts the clock.
    assert_eq!(state.clock(), Some(time("2026-09-20T17:20:00.000Z")));
    assert_eq!(state.clock_is_behind(time("2026-09-20T17:15:00.000Z")), None);
    assert!(state.clock_is_behind(time("2026-09-20T17:14:59.999Z")).is_some());
}

#[test]
fn a_clock_that_is_behind_is_reported_until_it_is_accepted() {
    let place = LedgerDir::new();
    let mut ledger = place.open().unwrap();
    let _ = ledger.intend(vec![pause("a")], at(100)).unwrap();
    for (minute, behind) in
        [(100, None), (200, None), (95, None), (94, Some(6)), (-900, Some(1000))]
    {
        let behind = behind.map(|minutes: u64| std::time::Duration::from_secs(minutes * 60));
        assert_eq!(ledger.state().clock_is_behind(at(minute)), behind, "{minute}");
    }
    // A line of that clock makes it no better; the operator's word does.
    ledger.record(&target("a"), Settled::Paused, at(10)).unwrap();
    assert!(ledger.state().clock_is_behind(at(10)).is_some());
    ledger.accept_clock(at(10)).unwrap();
    assert_eq!(ledger.state().clock_is_behind(at(10)), None);
    drop(ledger);
    let read = Ledger::read(&place.path()).unwrap();
    assert_eq!(read.clock_is_behind(at(10)), None);
    assert!(read.clock_is_behind(at(4)).is_some());
    assert_eq!(LedgerState::default().clock_is_behind(at(0)), None, "an absent ledger has no time");
}

/// Thousands of holds are active at once.
#[test]
fn an_active_hold_takes_little_memory() {
    assert!(size_of::<ActiveHold>() <= 184, "{}", size_of::<ActiveHold>());
    assert!(size_of::<Phase>() <= 16, "{}", size_of::<Phase>());
}

#[test]
fn the_default_place_follows_xdg() {
    let path = |state: Option<&str>, home: Option<&str>| {
        default_path(state.map(PathBuf::from), home.map(PathBuf::from))
    };
    let expected = Some(PathBuf::from("/s/task-pause/ledger.jsonl"));
    assert_eq!(path(Some("/s"), Some("/h")), expected);
    let expected = Some(PathBuf::from("/h/.local/state/task-pause/ledger.jsonl"));
    assert_eq!(path(Some("relative"), Some("/h")), expected);
    assert_eq!(path(None, None), None);
}

#[test]
fn a_blank_context_is_no_proof_that_ours_would_be_shown() {
    for (context, shows) in [
        (None, false),
        (Some(""), false),
        (Some("hands off"), false),
        (Some("patching [task-pause hold=l-2 until=open]"), true),
    ] {
        let place = LedgerDir::new();
        let mut ledger = place.open().unwrap();
        let permit = ledger.intend(vec![pause("a")], at(1)).unwrap().remove(0);
        let seen = PauseState { context: context.map(str::to_owned), ..seen(&permit) };
        ledger
            .record(&target("a"), Finding { seen: Some(seen), ..Settled::Paused.into() }, at(2))
            .unwrap();
        assert_eq!(ledger.state().known().contexts, shows, "{context:?}");
    }
}

#[test]
fn what_holds_have_in_common_is_kept_once() {
    let place = LedgerDir::new();
    drop(place.open().unwrap().intend(vec![pause("a"), pause("b")], at(1)).unwrap());
    let ledger = place.open().unwrap();
    let active = |id| ledger.state().active(&target(id)).unwrap();
    let [a, b] = [active("a"), active("b")];
    assert!(Arc::ptr_eq(&a.target.environment_id, &b.target.environment_id));
    assert!(Arc::ptr_eq(&a.hold.windows()[0].name, &b.hold.windows()[0].name));
}

/// Two calls that come by different paths have one lock, and what replaces the
/// ledger does not replace the link.
#[test]
fn a_link_leads_to_the_ledger_and_to_its_lock() {
    let place = LedgerDir::new();
    let link = place.path().with_file_name("link");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    // Also where it leads to nothing yet.
    let ledger = Ledger::open(&link, "api", at(0)).unwrap();
    assert!(matches!(place.open(), Err(LedgerError::Busy { .. })));
    drop(ledger);
    assert!(link.is_symlink() && place.path().is_file());
    assert!(!link.with_file_name("link.lock").exists());
}
