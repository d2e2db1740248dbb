//! Killed at every system call that writes, syncs, renames, sends or receives.
//!
//! Each sweep runs a call of task-pause once for every such point, first to
//! last, under `strace`, which kills it there (SIGKILL, so nothing is tidied
//! up); then the next call must restore the invariants. The suite samples the
//! points; `scripts/crash-sweep` (`CRASH_SWEEP=all`) takes all of them.

mod edge;

use std::process::Command;

use fastrand::Rng;
use serde_json::json;
use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::ended::{Ended, records};
use crate::support::runs::{minutes, open_now, selected, whole_minute};
use crate::support::scene::Scene;
use crate::support::skip::{skip_without_tracing, sweeps_all};
use crate::support::world::{ENVIRONMENT, HUMAN, PLAN};

/// The system calls that can leave something half done.
const CALLS: [&str; 13] = [
    "write",
    "writev",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "ftruncate",
    "sendto",
    "sendmsg",
    "recvfrom",
    "recvmsg",
];

/// In the ordinary suite one point in so many is taken.
const SAMPLE: usize = 17;

/// task-pause under strace, with these options of it.
fn traced(scene: &Scene, options: &[&str], args: &[&str], stdin: &str) -> std::process::Output {
    let runs = scene.file("runs");
    std::fs::write(&runs, stdin).unwrap();
    Command::new("strace")
        .args(["-f", "-qq"])
        .args(options)
        .arg(assert_cmd::cargo::cargo_bin("task-pause"))
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(scene.connection())
        .current_dir(scene.file(""))
        .stdin(std::fs::File::open(runs).unwrap())
        .output()
        .unwrap()
}

/// The number of times that each call is made when nothing goes wrong.
fn points(scene: &Scene, args: &[&str], stdin: &str) -> Vec<(&'static str, usize)> {
    let log = scene.file("strace");
    let trace = format!("trace={}", CALLS.join(","));
    let output = traced(scene, &["-o", &log, "-e", &trace], args, stdin);
    let text = std::fs::read_to_string(log).unwrap();
    assert!(output.status.code().is_some(), "{output:?}");
    CALLS
        .into_iter()
        .map(|call| {
            let is_made = |line: &&str| {
                let rest = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
                rest.strip_prefix(call).is_some_and(|rest| rest.starts_with('('))
            };
            (call, text.lines().filter(is_made).count())
        })
        .collect()
}

/// Kills the call at each of its points, on a fresh scene each time.
fn sweep(name: &str, prepare: impl Fn(&Scene), args: &[&str], stdin: impl Fn() -> String) {
    if skip_without_tracing() {
        return;
    }
    let step = if sweeps_all() { 1 } else { SAMPLE };
    let scene = Scene::new();
    prepare(&scene);
    let points = points(&scene, args, &stdin());
    scene.standin.clear_faults();
    scene.end_clean();
    let total: usize = points.iter().map(|(_, count)| count).sum();
    let mut at = 0;
    let mut killed = 0;
    for (call, count) in points {
        // One more than was counted: calls differ a little from run to run.
        for nth in 1..=count {
            at += 1;
            if at % step != 0 {
                continue;
            }
            let scene = Scene::new();
            prepare(&scene);
            // Each kind of tenant in its turn.
            scene.becomes(at / step);
            let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
            let output = traced(&scene, &["-o", "/dev/null", "-e", &inject], args, &stdin());
            killed += usize::from(output.status.code().is_none());
            scene.standin.clear_faults();
            let context = format!("{name}: killed at {call} {nth}");
            // The next call settles what it can, and reports the rest …
            scene.end();
            journal_shows(&scene, &context);
            // … and once nothing can be late any more, and all is shown, everything.
            scene.comes_clean("t3");
            let starts = scene.count("POST", "/processing/executions");
            assert!(starts <= 1, "{context}: started {starts} times\n{}", scene.story());
        }
    }
    eprintln!("{name}: killed at {killed} of {total} system calls");
    assert!(killed > 0, "{name}: never killed");
}

/// Checks that the journal can be read, and reports every task and plan that
/// the ledger says was seen paused by us.
fn journal_shows(scene: &Scene, context: &str) {
    let path = scene.ledger().with_file_name("ledger.journal.jsonl");
    let read = |bytes: Vec<u8>| records(&bytes);
    let reported = read(std::fs::read(path).unwrap_or_default());
    let mut targets = std::collections::BTreeMap::new();
    for entry in read(scene.ledger_text().into_bytes()) {
        let event = &entry["event"];
        if let Some(begun) = event.get("pausing").or(event.get("adopted")) {
            targets.insert(begun["hold"].to_string(), begun["target"]["id"].clone());
        }
        let settled = &event["settled"];
        if settled["result"] == "paused" {
            let id = &targets[&settled["hold"].to_string()];
            let is_reported = reported.iter().any(|receipt| receipt["id"] == *id);
            assert!(is_reported, "{context}: {id} is not in the journal\n{}", scene.story());
        }
    }
}

// README: An intent is on disk before its request leaves.
#[test]
fn a_call_killed_while_pausing_is_settled_by_the_next() {
    sweep("pause", |_| {}, &[], || open_now(&["t0", "t1", HUMAN, PLAN]));
}

#[test]
fn a_call_killed_while_resuming_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        scene.expect(0, &[], &open_now(&["t0", "t1", PLAN]));
    };
    sweep("resume", prepare, &["resume", "--all"], String::new);
}

#[test]
fn a_call_killed_while_catching_up_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        // An hour ago, so that runs of `t4` were suppressed since.
        scene.set_clock(-60);
        scene.expect(0, &[], &open_now(&["t4"]));
        scene.an_hour_later();
        scene.set_clock(0);
    };
    sweep("catch-up", prepare, &["resume", "--all", "--catch-up", "once"], String::new);
}

#[test]
fn a_call_killed_while_syncing_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        let runs = selected("t0", "a", -30, Some(30)) + &selected("t1", "b", -30, Some(30));
        scene.expect(0, &["sync"], &runs);
    };
    // One hold is over, one is longer, one begins.
    let runs = || {
        selected("t0", "a", -30, Some(-10))
            + &selected("t1", "b", -30, Some(90))
            + &selected("t2", "c", -5, Some(60))
    };
    sweep("sync", prepare, &["sync"], runs);
}

#[test]
fn a_call_killed_while_recovering_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        // Both answers are lost, one of them with its effect.
        let after = Fault::new(Effect::reset_after()).on("PUT", "/**/t0/pause");
        let before = Fault::new(Effect::reset()).on("PUT", "/**/t1/pause");
        let blind = Fault::new(Effect::status(500)).on("GET", "/**/tasks/*").skip(2);
        scene.standin.add_faults(vec![after, before, blind]).unwrap();
        scene.run(&["--retries", "0"], &open_now(&["t0", "t1"]));
        scene.standin.clear_faults();
        assert_eq!(scene.status().len(), 2, "{}", scene.story());
    };
    sweep("recovery", prepare, &["sync"], || open_now(&["t0", "t1", "t2"]));
}

#[test]
fn a_call_killed_while_releasing_a_window_is_settled_by_the_next() {
    let runs = || {
        selected("t0", "a", -30, Some(30))
            + &selected("t0", "b", -30, Some(60))
            + &selected("t1", "a", -30, Some(30))
    };
    let prepare = |scene: &Scene| {
        scene.expect(0, &["sync"], &runs());
    };
    sweep("release", prepare, &["resume", "--window", "a"], String::new);
}

#[test]
fn a_call_killed_while_giving_back_before_the_list_is_settled_by_the_next() {
    let timetable = |scene: &Scene| {
        let file = scene.file("timetable.csv");
        let rows = [("a", -30, -5, "t0"), ("b", -30, 90, "t1"), ("c", -5, 60, "t2")];
        let row = |(name, start, end, task): (&str, i64, i64, &str)| {
            format!("{name},{},{},{task}\n", whole_minute(start), whole_minute(end))
        };
        let rows: String = rows.into_iter().map(row).collect();
        std::fs::write(&file, format!("name,start,end,task\n{rows}")).unwrap();
    };
    let prepare = |scene: &Scene| {
        let runs = selected("t0", "a", -30, Some(30)) + &selected("t1", "b", -30, Some(90));
        scene.expect(0, &["sync"], &runs);
        // By the ledger, too, the first is over.
        let (end, over) = (whole_minute(30).to_string(), whole_minute(-5).to_string());
        scene.write_ledger(&scene.ledger_text().replace(&end, &over));
        timetable(scene);
    };
    // The call runs where the scene's files are.
    let runs = || selected("t1", "b", -30, Some(90)) + &selected("t2", "c", -5, Some(60));
    let args = ["sync", "--environment", ENVIRONMENT, "--timetable", "timetable.csv"];
    sweep("first", prepare, &args, runs);
}

#[test]
fn a_call_killed_while_accepting_a_clock_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        scene.expect(0, &[], &open_now(&["t0", "t1"]));
        scene.move_ledger(30);
    };
    sweep("clock", prepare, &["resume", "--all", "--accept-clock"], String::new);
}

/// A ledger that is due for a compaction: hundreds of holds of last year, and one
/// that is open.
fn grown(scene: &Scene) {
    scene.expect(0, &[], &open_now(&["t1"]));
    // Hundreds of holds of last year before it.
    let text = scene.ledger_text();
    let (header, rest) = text.split_once('\n').unwrap();
    let mut ledger = format!("{header}\n");
    let at = minutes(-500_000).to_string();
    let end = minutes(-499_000).to_string();
    let mut seq = 1;
    let mut add = |event: serde_json::Value| {
        seq += 1;
        ledger += &(json!({"v": 1, "seq": seq, "at": at, "event": event}).to_string() + "\n");
    };
    for n in 0..700 {
        let hold = format!("old-{n}");
        let target = json!({"environmentId": "e1", "type": "TASK", "id": "t3"});
        let windows = json!([{"start": at, "end": end, "name": "old"}]);
        add(json!({"pausing": {"hold": hold, "target": target, "labels": {},
            "windows": windows, "runs": [], "prior": {"paused": false}}}));
        add(json!({"settled": {"hold": hold, "result": "paused"}}));
        add(json!({"settled": {"hold": hold, "result": "gone"}}));
    }
    for line in rest.lines() {
        let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["seq"] = json!(entry["seq"].as_u64().unwrap() + 10_000);
        ledger += &(entry.to_string() + "\n");
    }
    scene.write_ledger(&ledger);
}

#[test]
fn a_call_killed_while_compacting_is_settled_by_the_next() {
    sweep("compaction", grown, &[], || open_now(&["t0"]));
}

/// The calls that copy the ledger when it is compacted, by name, as the number of that
/// call: the copy is opened, written and synced, and then the directory is.
fn places_of_the_copy(args: &[&str]) -> [(&'static str, usize); 4] {
    let scene = Scene::new();
    grown(&scene);
    let log = scene.file("strace");
    traced(&scene, &["-y", "-o", &log, "-e", "trace=openat,write,fsync"], args, "");
    let text = std::fs::read_to_string(log).unwrap();
    let place = |call: &str, about: &str| {
        let of_call = text.lines().filter(|line| line.contains(&format!(" {call}(")));
        let (process, _) = text.split_once(' ').unwrap();
        let mut of_call = of_call.filter(|line| line.starts_with(process));
        of_call.position(|line| line.contains(about)).unwrap() + 1
    };
    scene.end_clean();
    [
        ("openat", place("openat", "ledger.jsonl.new-")),
        ("write", place("write", "ledger.jsonl.new-")),
        ("fsync", place("fsync", "ledger.jsonl.new-")),
        ("fsync", place("fsync", "/state>")),
    ]
}

/// A copy has no room on the disk, or cannot be made for another reason, and the lines
/// of a pass can be written.
#[test]
fn a_compaction_that_fails_keeps_no_job_from_its_work() {
    if skip_without_tracing() {
        return;
    }
    let resume: &[&str] = &["resume", "--all"];
    let [open, write, sync, sync_name] = places_of_the_copy(resume);
    let nth = |(call, place): (&str, usize), error| format!("{call}:error={error}:when={place}");
    let rename = |error| format!("rename,renameat,renameat2:error={error}");
    let mut cases = vec![
        (resume, nth(open, "EROFS")),
        (resume, nth(open, "EACCES")),
        (resume, nth(write, "ENOSPC")),
        (resume, nth(sync, "EIO")),
        (resume, nth(sync_name, "EIO")),
        (resume, rename("EIO")),
    ];
    let jobs: [&[&str]; 5] =
        [resume, &["sync"], &[], &["wait"], &["recover", "--environment", ENVIRONMENT, "--yes"]];
    cases.extend(jobs.map(|job| (job, rename("ENOSPC"))));
    for (args, fault) in cases {
        let scene = Scene::new();
        grown(&scene);
        let lines = scene.ledger_text().lines().count();
        let options = ["-o", "/dev/null", "-e", &format!("inject={fault}")];
        let output = traced(&scene, &options, args, &open_now(&["t0"]));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?} {fault}: {stderr}");
        let warning = "warning: the ledger is used as it is, and not compacted";
        assert_eq!(stderr.matches(warning).count(), 1, "{args:?} {fault}: {stderr}");
        let resumes = args == resume;
        let has_paused = !resumes && args.first() != Some(&"recover");
        let paused = (scene.is_paused("t0"), scene.is_paused("t1"));
        assert_eq!(paused, (has_paused, !resumes), "{args:?} {fault}");
        // A copy whose name may not last has the place of the ledger already.
        let is_there = fault == nth(sync_name, "EIO");
        assert_eq!(scene.ledger_text().lines().count() < lines, is_there, "{args:?} {fault}");
        // The next call finds room.
        scene.end_clean();
        assert!(scene.ledger_text().lines().count() < 100, "{args:?} {fault}");
    }
}

/// A new name of the ledger is put on disk by the call that needs it, also where the
/// call that gave it could not.
#[test]
fn nothing_is_sent_while_the_name_of_the_ledger_may_not_last() {
    if skip_without_tracing() {
        return;
    }
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let state = scene.ledger().parent().unwrap().to_str().unwrap().to_owned();
    let asked = scene.count("PUT", "");
    for (args, id) in [(&[][..], "t1"), (&["resume", "--all"], "t0")] {
        let options = ["-o", "/dev/null", "-P", &state, "-e", "inject=fsync:error=EIO"];
        let output = traced(&scene, &options, args, &open_now(&[id]));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{args:?}: {stderr}");
        assert!(stderr.contains("cannot sync the directory of "), "{args:?}: {stderr}");
        assert_eq!(scene.count("PUT", ""), asked, "{args:?}: {}", scene.story());
    }
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// Every pause that was sent stands in the ledger.
fn assert_intents_are_written(scene: &Scene) {
    let ledger = scene.ledger_text();
    for request in scene.standin.requests().iter().filter(|request| request.method == "PUT") {
        let body = request.body.as_ref().unwrap();
        let (_, mark) = body["pauseContext"].as_str().unwrap().split_once("hold=").unwrap();
        let intent = format!(r#"{{"pausing":{{"hold":"{}""#, mark.split(' ').next().unwrap());
        assert!(ledger.contains(&intent), "{intent}\n{ledger}");
    }
}

// README: An intent is on disk before its request leaves.
#[test]
fn a_disk_that_is_full_or_broken_sends_nothing_that_is_not_on_it() {
    if skip_without_tracing() {
        return;
    }
    for (call, error) in [("write", "ENOSPC"), ("fdatasync", "EIO")] {
        let mut failed = 0;
        for nth in 1..=8 {
            let scene = Scene::new();
            let ledger = scene.ledger();
            std::fs::create_dir_all(ledger.parent().unwrap()).unwrap();
            let path = ledger.to_str().unwrap();
            let inject = format!("inject={call}:error={error}:when={nth}+");
            let options = ["-o", "/dev/null", "-P", path, "-e", &inject];
            let output = traced(&scene, &options, &[], &open_now(&["t0", "t1", "t2"]));
            let stderr = String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(74) {
                failed += 1;
                assert!(stderr.contains("ledger"), "{stderr}");
                // The batch of intents is the first. (The header is put in place
                // as a file of its own.)
                if nth == 1 {
                    assert_eq!(scene.count("PUT", ""), 0, "{call} {nth}: {}", scene.story());
                }
                assert_intents_are_written(&scene);
            } else {
                assert_eq!(output.status.code(), Some(0), "{call} {nth}: {stderr}");
            }
            scene.end();
            scene.an_hour_later();
            scene.end_clean();
        }
        assert!(failed >= 2, "{call}: failed {failed} times");
    }
}

fn task(dice: &mut Rng) -> &'static str {
    ["t0", "t1", "t5", HUMAN, PLAN][dice.usize(..5)]
}

/// A run of the real program in the midst of people and faults; the program's
/// own random stories, against a model of the API, are many more.
#[test]
fn random_stories_end_well() {
    let stories: u64 =
        std::env::var("STORIES").ok().and_then(|stories| stories.parse().ok()).unwrap_or(5);
    for seed in 1..=stories {
        let mut dice = Rng::with_seed(seed);
        let scene = Scene::new();
        scene.becomes(usize::try_from(seed).unwrap());
        for _ in 0..12 {
            let mut runs = String::new();
            for _ in 0..dice.u64(..4) {
                let start = i64::try_from(dice.u64(..120)).unwrap() - 80;
                let length = i64::try_from(dice.u64(..120)).unwrap() + 1;
                let name = ["a", "b"][usize::from(dice.u64(..2) == 1)];
                runs += &selected(task(&mut dice), name, start, Some(start + length));
            }
            let patience = ["--retries", "0", "--verify-timeout", "0s"];
            let run = |mode: &[&str]| scene.run(&[mode, &patience[..]].concat(), &runs);
            let id = task(&mut dice);
            let sync = ["sync", "--environment", ENVIRONMENT];
            let is_new = !scene.ledger().exists();
            let ended = match dice.u64(..10) {
                0 | 1 => Some(run(&[])),
                2 | 3 => Some(run(&sync)),
                4 => Some(run(&[&sync[..], &["--with-plans", "--reassert"]].concat())),
                5 => Some(run(&["resume"])),
                6 => Some(run(&["resume", "--all"])),
                7 => {
                    if scene.is_paused(id) {
                        scene.human_resumes(id);
                    } else {
                        scene.human_pauses(id);
                    }
                    None
                }
                8 => {
                    let effects = [Effect::reset(), Effect::reset_after(), Effect::status(403)];
                    let [a, b, c] = effects;
                    let effect = [a, b, c].into_iter().nth(dice.usize(..3));
                    let fault = Fault::new(effect.unwrap()).on("PUT", "/**/pause").times(1);
                    scene.standin.add_faults(vec![fault]).unwrap();
                    None
                }
                _ => {
                    // By then everything shows.
                    scene.standin.act(WorldAction::Settle {}).unwrap();
                    scene.an_hour_later();
                    None
                }
            };
            let code = ended.as_ref().map_or(0, |ended| ended.code);
            // There is nothing to give back from a ledger that was not begun.
            let is_early = |ended: &Ended| {
                is_new && ended.code == 78 && ended.stderr.contains("there is no ledger at ")
            };
            let is_well = matches!(code, 0 | 1 | 69 | 77) || ended.iter().any(is_early);
            assert!(is_well, "seed {seed}: {ended:?}");
        }
        scene.standin.clear_faults();
        scene.end();
        scene.comes_clean("t3");
    }
}
