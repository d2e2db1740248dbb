//! Two calls at once, people in between, and one of the calls killed now and
//! then: whatever happens, the next calls restore the invariants.
//!
//! The suite plays some of the stories; `scripts/race-sweep` plays a thousand.
//! A story's seed decides what is called, with which windows, when, how slow
//! the API is, who acts and who is killed; the system decides the rest.

use std::io::{PipeReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tmc_standin::{Effect, Fault};

use crate::support::process::{command, signal};
use crate::support::runs::{open_now, selected, soon};
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, HUMAN, PLAN};

/// The number of stories that the ordinary suite plays.
const SAMPLE: u64 = 20;

/// The longest that a call may take without a job that waits: a busy machine is slow.
const LONG: Duration = Duration::from_secs(60);

/// The time for which a call of `wait` goes on before it gets a signal: what became
/// of a request that was cut off can stay open for minutes.
const WAITING: Duration = Duration::from_secs(2);

/// The events of all stories together.
#[derive(Default)]
struct Tally {
    killed: AtomicU64,
    terminated: AtomicU64,
    busy: AtomicU64,
    people: AtomicU64,
}

/// One of the two calls.
struct Call {
    child: Child,
    waits: bool,
    /// The beginning of its refusal where no ledger was begun yet, or where the
    /// window that it names holds nothing: only calls that give back are refused
    /// for that.
    refusals: &'static [&'static str],
    stderr: PipeReader,
    was_signalled: bool,
    /// When it is ended, and by which signal.
    fate: Option<(Instant, &'static str)>,
}

/// Says which story failed.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the story of seed {} failed", self.0);
        }
    }
}

#[test]
fn two_calls_at_once_leave_one_truth() {
    let seeds = std::env::var("RACE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let seeds: u64 = seeds.unwrap_or(SAMPLE);
    let (next, tally) = (AtomicU64::new(0), Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        break;
                    }
                    let failed = Seed(seed);
                    if seed % 5 == 0 {
                        calm(seed);
                    } else {
                        story(seed, &tally);
                    }
                    drop(failed);
                }
            });
        }
    });
    let [killed, terminated, busy, people] =
        [tally.killed, tally.terminated, tally.busy, tally.people].map(AtomicU64::into_inner);
    eprintln!(
        "races: {seeds} stories of two calls; {killed} calls were killed and {terminated} \
         terminated, {busy} met the lock, {people} people acted"
    );
    // Who is killed in time is the system's business: of many, some are.
    let met = [killed, terminated, busy].iter().filter(|count| **count > 0).count();
    assert!(seeds < SAMPLE || people > 0);
    assert!(seeds < 10 * SAMPLE || met == 3, "the stories have become dull");
}

/// Nobody interferes: then nothing is asked for twice, either.
fn calm(seed: u64) {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    let [first, second] = [
        (&["sync"][..], &["sync"][..]),
        (&[], &["resume", "--all"]),
        (&["sync", "--lock-timeout", "5s"], &["resume", "--all", "--lock-timeout", "5s"]),
    ]
    .map(|(a, b)| [a, b])[usize::try_from(seed / 5 % 3).unwrap()];
    if seed % 2 == 1 {
        scene.expect(0, &[], &open_now(&["t2"]));
    }
    std::thread::scope(|scope| {
        let one = scope.spawn(|| scene.run(first, &runs));
        let other = scope.spawn(|| {
            // A little later, or earlier, from seed to seed.
            std::thread::park_timeout(Duration::from_millis(seed % 7 * 3));
            scene.run(second, &runs)
        });
        for ended in [one.join().unwrap(), other.join().unwrap()] {
            // The one that gives back may come before there is a ledger.
            let is_early = ended.code == 78 && ended.stderr.contains("there is no ledger");
            assert!(is_early || matches!(ended.code, 0 | 75), "{ended:?}");
        }
    });
    for id in ["t0", "t1"] {
        assert!(scene.count("PUT", &format!("/{id}/pause")) <= 2, "{}", scene.story());
    }
    scene.end_clean();
}

/// Anything goes.
fn story(seed: u64, tally: &Tally) {
    let dice = &mut Rng::with_seed(seed + 1);
    let scene = Scene::new();
    if dice.u64(..2) == 1 {
        // Something is held already, and some of it is over by now.
        let held = selected("t0", "a", -60, Some(30)) + &selected(PLAN, "b", -60, Some(30));
        scene.expect(0, &[], &held);
        if dice.u64(..2) == 1 {
            scene.an_hour_later();
        }
    }
    scene.becomes(usize::try_from(seed).unwrap() / 5 + 1);
    slow_down(&scene, dice);
    let mut calls = Vec::new();
    for _ in 0..2 {
        calls.push(call(&scene, dice));
        std::thread::park_timeout(Duration::from_millis(dice.u64(..4) * dice.u64(..15)));
    }
    for _ in 0..dice.u64(..3) {
        std::thread::park_timeout(Duration::from_millis(dice.u64(..40)));
        person(&scene, dice);
        tally.people.fetch_add(1, Ordering::Relaxed);
    }
    see_off(&mut calls, tally);
    scene.standin.clear_faults();
    // The next call settles what it can, and reports the rest …
    scene.end();
    // … and once nothing can be late any more, and all is shown, everything.
    scene.comes_clean("t3");
}

/// Answers that take their time, before or after they have their effect.
fn slow_down(scene: &Scene, dice: &mut Rng) {
    for (method, path) in [("PUT", "/**/pause"), ("GET", "/**")] {
        if dice.u64(..2) == 0 {
            continue;
        }
        let effect = Effect::Latency {
            min_ms: 0,
            max_ms: 1 + dice.u64(..50),
            processed: dice.u64(..2) == 1,
        };
        scene.standin.add_faults(vec![Fault::new(effect).on(method, path)]).unwrap();
    }
}

/// Starts one call in some mode, and decides its fate.
fn call(scene: &Scene, dice: &mut Rng) -> Call {
    let mode = [
        &["sync"][..],
        &["sync", "--with-plans"],
        &["sync", "--reassert", "--drain", "0s"],
        &[],
        &["--no-verify"],
        &["resume"],
        &["resume", "--all"],
        &["resume", "--window", "a"],
        &["recover", "--environment", ENVIRONMENT, "--yes"],
        &["--dry-run"],
        &["wait", "--resume"],
        &["wait", "--resume", "--with-plans"],
    ][dice.usize(..12)];
    // What only rebuilds a ledger makes no change that could be looked for.
    let looks = mode.first() != Some(&"recover");
    let patience: &[_] = if looks { &["--verify-timeout", "300ms"] } else { &[] };
    let mut args = [mode, patience].concat();
    if dice.u64(..2) == 1 {
        args.extend(["--lock-timeout", "3s"]);
    }
    let waits = mode.first() == Some(&"wait");
    let mut runs = String::new();
    for _ in 0..=dice.u64(..3) {
        let id = ["t0", "t1", "t5", HUMAN, PLAN][dice.usize(..5)];
        if waits {
            let start = dice.u64(..200);
            runs += &soon(id, start, Some(start + 1 + dice.u64(..300)));
        } else {
            let start = i64::try_from(dice.u64(..120)).unwrap() - 80;
            let length = i64::try_from(dice.u64(..120)).unwrap() + 1;
            runs += &selected(id, ["a", "b"][dice.usize(..2)], start, Some(start + length));
        }
    }
    // A pipe holds more than any of these calls says.
    let (stderr, writer) = std::io::pipe().unwrap();
    let child = command(scene, &args, &runs).stderr(writer).spawn().unwrap();
    let name = ["KILL", "KILL", "TERM", ""][dice.usize(..4)];
    let when = Instant::now() + Duration::from_millis(dice.u64(..12) * dice.u64(..15));
    let is_doomed = !name.is_empty() && dice.u64(..3) > 0;
    let refusals: &[&str] = match mode {
        ["resume", "--window", _] => {
            &["error: there is no ledger at ", "error: nothing is held for a window \"a\""]
        }
        ["resume", ..] => &["error: there is no ledger at "],
        _ => &[],
    };
    let fate = is_doomed.then_some((when, name));
    Call { child, waits, refusals, stderr, was_signalled: false, fate }
}

/// A person pauses or resumes something.
fn person(scene: &Scene, dice: &mut Rng) {
    let id = ["t0", "t1", "t5", HUMAN, PLAN][dice.usize(..5)];
    if dice.u64(..2) == 1 {
        scene.human_resumes(id);
    } else {
        scene.human_may_pause(id);
    }
}

/// Waits for the calls, and ends those that are to be ended.
fn see_off(calls: &mut [Call], tally: &Tally) {
    let begun = Instant::now();
    let mut open: Vec<&mut Call> = calls.iter_mut().collect();
    while !open.is_empty() {
        open.retain_mut(|call| {
            let Some(status) = call.child.try_wait().unwrap() else {
                if call.waits && !call.was_signalled && begun.elapsed() > WAITING {
                    call.fate = Some((begun, "TERM"));
                }
                if let Some((_, name)) = call.fate.take_if(|(when, _)| *when <= Instant::now()) {
                    signal(&call.child, name);
                    call.was_signalled |= name == "TERM";
                }
                assert!(begun.elapsed() < LONG, "a call does not end");
                return true;
            };
            let count = match status.code() {
                None => Some(&tally.killed),
                Some(143) => Some(&tally.terminated),
                Some(75) => Some(&tally.busy),
                Some(0 | 1) => None,
                Some(78) => {
                    let mut stderr = String::new();
                    call.stderr.read_to_string(&mut stderr).unwrap();
                    let is_known = |refusal: &&str| stderr.contains(*refusal);
                    assert!(call.refusals.iter().any(is_known), "{stderr}");
                    None
                }
                other => panic!("ended with {other:?}"),
            };
            if let Some(count) = count {
                count.fetch_add(1, Ordering::Relaxed);
            }
            false
        });
        std::thread::park_timeout(Duration::from_millis(1));
    }
}
