//! Whose pause it is, where answers are lost: every way to lose one, against
//! every way to show a mark, by clocks that are right and wrong, in tenants that
//! answer 202 and in those that answer 204 to everything.
//!
//! A pause of ours is given back, or reported with exit code 1 and still held; a
//! pause of a person stays. The suite takes each way to show a mark in tenants of either
//! kind, known and unknown, each once and by some clock; `scripts/crash-sweep`
//! (`CRASH_SWEEP=all`) takes all of them together.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tmc_standin::{ContextShape, Effect, Fault, Options, PauseAnswer, WorldAction};

use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::skip::sweeps_all;
use crate::support::world::world;

/// Ours: each loses its answer in a way of its own. `t4` loses it with the call,
/// which is killed between its request and the record of it.
const OURS: [&str; 5] = ["t0", "t1", "t2", "t3", "t4"];

/// People's: our request never arrives, and a person pauses.
const THEIRS: [&str; 3] = ["t5", "t6", "t7"];

/// Shows who pauses for us.
const KNOWN: &str = "t8";

/// So long that the mark begins behind the first 40 characters.
const REASON: &str = "a reason that is so long that it hides the mark";

const CLOCKS: [i64; 5] = [0, 10, -10, 120, -120];

/// A way to show marks.
#[derive(Clone, Copy, Debug)]
struct MarkView {
    name: &'static str,
    /// Whether the hold can be read in what is shown.
    is_readable: bool,
    characters: Option<usize>,
    shape: ContextShape,
    is_hidden: bool,
}

const WHOLE: MarkView = MarkView {
    name: "whole",
    is_readable: true,
    characters: None,
    shape: ContextShape::Described,
    is_hidden: false,
};

const fn cut(name: &'static str, characters: usize, is_readable: bool) -> MarkView {
    MarkView { name, is_readable, characters: Some(characters), ..WHOLE }
}

const fn shaped(name: &'static str, shape: ContextShape, is_readable: bool) -> MarkView {
    MarkView { name, is_readable, shape, ..WHOLE }
}

const MARKS: [MarkView; 11] = [
    WHOLE,
    cut("cut at 6", 6, false),
    cut("cut at 20", 20, false),
    cut("cut at 100", 100, true),
    shaped("with an ellipsis", ContextShape::Ellipsis, false),
    shaped("HTML-escaped", ContextShape::Html, true),
    shaped("URL-escaped", ContextShape::Url, true),
    shaped("as a form", ContextShape::Form, true),
    shaped("in lower case", ContextShape::LowerCase, true),
    shaped("replaced", ContextShape::Replaced, false),
    MarkView { name: "hidden", is_readable: false, is_hidden: true, ..WHOLE },
];

/// One row: a tenant, and what this ledger knows of it.
#[derive(Clone, Copy, Debug)]
struct Case {
    mark: MarkView,
    clock: i64,
    only_204: bool,
    /// A pause of ours was seen before, with its mark.
    is_known: bool,
}

impl MarkView {
    fn set(self, options: &mut Options) {
        options.context_characters = self.characters;
        options.shapes.contexts = self.shape;
        options.hide_pause_context = self.is_hidden;
    }
}

fn lost(status: u16) -> Effect {
    let retry_after = Some("0".to_owned());
    Effect::Status { status, retry_after, body: None, processed: true }
}

/// Loses the answers, and lets people pause. Nothing is found out by the call
/// itself.
fn lose_answers(scene: &Scene, case: Case) {
    let all = [&OURS[..], &THEIRS].concat();
    let faults = [
        ("t0", Effect::reset_after()),
        ("t1", lost(500)),
        ("t2", lost(503)),
        ("t3", lost(429)),
        ("t5", Effect::reset()),
        ("t6", Effect::status(500)),
        ("t7", Effect::status(503)),
    ];
    let put = |(id, effect)| Fault::new(effect).on("PUT", &format!("/**/{id}/pause"));
    let blind = |id: &&str| Fault::new(Effect::status(500)).on("GET", &format!("/**/{id}")).skip(1);
    let mut faults: Vec<Fault> = faults.into_iter().map(put).collect();
    faults.extend(all.iter().map(blind));
    scene.standin.add_faults(faults).unwrap();
    let patience = ["--retries", "0", "--verify-timeout", "0s", "--concurrency", "16"];
    scene.run(&[&patience[..], &["--reason", REASON]].concat(), &open_now(&all));
    scene.standin.clear_faults();
    forget_result(scene, "t4");
    // With words of their own, without any, and with ours: with all of them, also
    // the mark, where anything else can show whose it is.
    let ours = sent(scene, "t7");
    let shown = if case.is_known { ours.len() } else { REASON.len() };
    let ours = ours[..shown].to_owned();
    for (id, context) in THEIRS.into_iter().zip([Some("by hand".into()), None, Some(ours)]) {
        let user = "a-person".to_owned();
        scene.standin.act(WorldAction::Pause { id: id.into(), user, context }).unwrap();
        scene.human_did(id, true);
    }
}

/// The lines of the ledger that speak of this task's hold.
fn entries(scene: &Scene) -> Vec<Value> {
    scene.ledger_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn intent(scene: &Scene, id: &str) -> Value {
    let entries = entries(scene).into_iter();
    let mut intents = entries.map(|entry| entry["event"]["pausing"].clone());
    intents.find(|intent| intent["target"]["id"] == id).unwrap()
}

fn sent(scene: &Scene, id: &str) -> String {
    intent(scene, id)["context"].as_str().unwrap().to_owned()
}

/// As if the call had been killed before it recorded what came of it.
fn forget_result(scene: &Scene, id: &str) {
    let hold = intent(scene, id)["hold"].clone();
    let lines: Vec<String> = entries(scene)
        .into_iter()
        .filter(|entry| entry["event"]["settled"]["hold"] != hold)
        .map(|entry| entry.to_string())
        .collect();
    scene.write_ledger(&lines.join("\n"));
}

fn check(case: Case) {
    let scene = Scene::of(world(9));
    scene.set_clock(case.clock);
    if case.is_known {
        scene.expect(0, &[], &open_now(&[KNOWN]));
        scene.expect(0, &["resume", "--all"], "");
    }
    scene.standin.set_options(|options| {
        case.mark.set(options);
        if case.only_204 {
            options.shapes.pause_answer = PauseAnswer::NoContent;
        }
    });
    lose_answers(&scene, case);
    let ended = scene.run(&["resume", "--all", "--verify-timeout", "2s"], "");
    let context = || format!("{case:?} {ended:#?}\n{}", scene.story());
    let open = scene.active_holds();
    for id in OURS {
        let action = ended.action(id);
        if case.mark.is_readable || case.is_known {
            assert_eq!(
                (action.as_str(), scene.is_paused(id)),
                ("resumed", false),
                "{id} {}",
                context()
            );
        } else if action != "resumed" {
            let is_reported = action == "failed" && ended.code == 1 && open.contains(&id.into());
            assert!(is_reported, "{id} {}", context());
        }
    }
    for id in THEIRS {
        assert!(scene.is_paused(id), "{id} {}", context());
        let action = ended.action(id);
        // What carries our words, and was made while we asked, may be ours.
        let is_theirs = case.is_known && (id != "t7" || !case.mark.is_readable);
        let expected: &[&str] = if is_theirs { &["foreign"] } else { &["foreign", "failed"] };
        assert!(expected.contains(&action.as_str()), "{id} {action} {}", context());
        assert!(action == "foreign" || open.contains(&id.into()), "{id} {}", context());
        assert_eq!(ended.receipt(id)["pausedBy"]["user"], "a-person", "{id} {}", context());
    }
    let has_failed = ended.records().iter().any(|record| record["action"] == "failed");
    assert_eq!(ended.code, i32::from(has_failed), "{}", context());
    scene.comes_clean(KNOWN);
}

#[test]
fn lost_answers_are_found_out_or_reported_and_a_persons_pause_stays() {
    let mut cases = Vec::new();
    for (place, mark) in MARKS.into_iter().enumerate() {
        for (turn, clock) in CLOCKS.into_iter().enumerate() {
            for (only_204, is_known) in [(false, false), (false, true), (true, false), (true, true)]
            {
                let turns = place + usize::from(only_204) + 2 * usize::from(is_known);
                let is_drawn = (only_204 == is_known) == place.is_multiple_of(2);
                if sweeps_all() || is_drawn && turns % CLOCKS.len() == turn {
                    cases.push(Case { mark, clock, only_204, is_known });
                }
            }
        }
    }
    assert!(cases.len() >= 2 * MARKS.len());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(*case);
                }
            });
        }
    });
}

/// By the call that makes them, which looks at once.
#[test]
fn pauses_without_trouble_are_ours_in_every_tenant_that_is_known() {
    const ANSWERS: [PauseAnswer; 3] =
        [PauseAnswer::Described, PauseAnswer::NoContent, PauseAnswer::OkWithText];
    for (place, mark) in MARKS.into_iter().enumerate() {
        for (turn, answer) in ANSWERS.into_iter().enumerate() {
            // Each mark with one of the answers, or with all.
            if !sweeps_all() && place % ANSWERS.len() != turn {
                continue;
            }
            let scene = Scene::new();
            scene.expect(0, &[], &open_now(&["t3"]));
            scene.standin.set_options(|options| {
                mark.set(options);
                options.shapes.pause_answer = answer;
            });
            let runs = open_now(&["t0", "t3", crate::support::world::PLAN]);
            let ended = scene.expect(0, &["sync", "--reason", REASON], &runs);
            let actions = ["t0", "t3", crate::support::world::PLAN].map(|id| ended.action(id));
            assert_eq!(actions, ["paused", "held", "paused"], "{} {answer:?}", mark.name);
            let ended = scene.expect(0, &["resume", "--all"], "");
            let actions = ["t0", "t3", crate::support::world::PLAN].map(|id| ended.action(id));
            assert_eq!(actions, ["resumed"; 3], "{} {answer:?}", mark.name);
            scene.comes_clean("t2");
        }
    }
}

/// A tenant that says neither who nor when, and has no clock: the mark is all.
#[test]
fn the_mark_alone_is_enough_and_without_it_all_is_reported() {
    for (mark, expected) in [(WHOLE, "resumed"), (MARKS[1], "failed"), (MARKS[10], "failed")] {
        let scene = Scene::new();
        scene.standin.set_options(|options| {
            mark.set(options);
            options.shapes.no_date_header = true;
            options.shapes.no_pause_user = true;
            options.shapes.dates = tmc_standin::DateShape::Words;
            options.shapes.pause_answer = PauseAnswer::NoContent;
        });
        let code = i32::from(expected == "failed");
        scene.expect(code, &["--guard", "0s", "--reason", REASON], &open_now(&["t0"]));
        let ended = scene.expect(code, &["resume", "--all"], "");
        assert_eq!(ended.action("t0"), expected, "{}", mark.name);
        scene.comes_clean("t2");
    }
}

/// Our pause lands late, and a person pauses meanwhile: that is reported once, and is
/// no alarm for ever.
#[test]
fn a_person_who_pauses_while_ours_is_late_ends_the_hold() {
    for context in [Some("by hand".to_owned()), None] {
        for only_204 in [false, true] {
            let scene = Scene::new();
            scene.expect(0, &[], &open_now(&["t3"]));
            scene.standin.set_options(|options| {
                options.pause_lands_after_ms = 600_000;
                if only_204 {
                    options.shapes.pause_answer = PauseAnswer::NoContent;
                }
            });
            let patience = ["sync", "--verify-timeout", "0s"];
            let ended = scene.expect(1, &patience, &open_now(&["t0", "t3"]));
            assert_eq!(ended.action("t0"), "accepted", "{ended:?}");
            scene.standin.set_options(|options| options.pause_lands_after_ms = 0);
            let user = "a-person".to_owned();
            let pause = WorldAction::Pause { id: "t0".into(), user, context: context.clone() };
            scene.standin.act(pause).unwrap();
            scene.human_did("t0", true);
            // What was on its way finds it paused.
            scene.standin.act(WorldAction::Settle {}).unwrap();
            for _ in 0..2 {
                let ended = scene.expect(0, &["sync"], &open_now(&["t0", "t3"]));
                assert_eq!(ended.action("t0"), "foreign", "{ended:?}");
                assert_eq!(ended.receipt("t0")["pausedBy"]["user"], "a-person");
            }
            assert_eq!(scene.status().len(), 1);
            scene.end_clean();
        }
    }
}
