//! Holds that are over are given back before the list is read, and a list that
//! never ends keeps nothing from ending.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use maintenance_core::clock;
use serde_json::{Value, json};

use crate::support::process::{command, signal, wait_until_handled};
use crate::support::runs::{selected, soon, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, PLAN};

/// The length of the first window, in milliseconds.
const LENGTH: u64 = 2_500;

/// A timetable, each window with its task, from and to so many minutes from now.
fn timetable(scene: &Scene, rows: &[(&str, i64, i64)]) -> String {
    let file = scene.file("timetable.csv");
    let row = |(task, start, end): &(&str, i64, i64)| {
        format!("w,{},{},{task}\n", whole_minute(*start), whole_minute(*end))
    };
    let rows: String = rows.iter().map(row).collect();
    std::fs::write(&file, format!("name,start,end,task\n{rows}")).unwrap();
    file
}

/// These runs with the names of their tasks, as `runs-fetch --names` has them:
/// a timetable that names tasks cannot say anything of one without.
fn named(runs: &str) -> String {
    let line = |line: &str| {
        let mut run: Value = serde_json::from_str(line).unwrap();
        run["name"] = run["id"].clone();
        format!("{run}\n")
    };
    runs.lines().map(line).collect()
}

/// Holds these in a window that is over when this returns, and `t1` in one that
/// goes on for an hour.
fn hold(scene: &Scene, ids: &[&str]) {
    let runs: String = ids.iter().map(|id| soon(id, 0, Some(LENGTH))).collect();
    let end = clock::now().saturating_add(Duration::from_millis(LENGTH));
    let runs = named(&(runs + &selected("t1", "w", -30, Some(60))));
    scene.expect(0, &["--no-verify"], &runs);
    while clock::now() < end {
        thread::park_timeout(end.since(clock::now()));
    }
}

/// A call whose standard input stays open for as long as the caller keeps it,
/// with nothing in it.
fn hanging(scene: &Scene, args: &[&str]) -> Child {
    let mut command = command(scene, args, "");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The changes that were asked for, in order: `true` is a pause.
fn changes(scene: &Scene) -> Vec<(String, bool)> {
    let requests = scene.standin.requests();
    let puts = requests.iter().filter(|request| request.method == "PUT");
    puts.map(|request| {
        let id = request.path.rsplit('/').nth(1).unwrap().to_owned();
        (id, request.body.as_ref().unwrap()["pause"] == true)
    })
    .collect()
}

#[test]
fn what_is_over_is_given_back_while_the_list_hangs_and_a_signal_ends_the_call() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let scene = Scene::new();
        hold(&scene, &["t0"]);
        let file = timetable(&scene, &[("t1", -90, 60)]);
        let before = changes(&scene).len();
        let args = ["sync", "--require-end", "--environment", ENVIRONMENT, "--timetable", &file];
        let mut child = hanging(&scene, &args);
        let mut receipts = BufReader::new(child.stdout.take().unwrap()).lines();
        let receipt: Value = serde_json::from_str(&receipts.next().unwrap().unwrap()).unwrap();
        assert_eq!((&receipt["id"], &receipt["action"]), (&json!("t0"), &json!("resumed")));
        let stdin = child.stdin.take();
        signal(&child, name);
        assert!(receipts.next().is_none(), "nothing else was done");
        assert_eq!(child.wait().unwrap().code(), Some(code));
        drop(stdin);
        assert_eq!(changes(&scene)[before..], [("t0".to_owned(), false)], "{}", scene.story());
        assert!(scene.is_paused("t1"));
        scene.end_clean();
    }
}

/// Holds that can be judged only with the list are left until it was read.
#[test]
fn what_the_list_or_another_window_may_hold_is_not_given_back_before_it() {
    for (args, rows, why) in [
        (&["--environment", ENVIRONMENT][..], &[("t0", -90, 30), ("t1", -90, 60)][..], "moved"),
        (&["--environment", "e2"], &[("t1", -90, 60)], "another environment"),
        (&[], &[("t1", -90, 60)], "none was named"),
        (&["--environment", ENVIRONMENT], &[], "an empty timetable"),
    ] {
        let scene = Scene::new();
        hold(&scene, &["t0"]);
        let file = timetable(&scene, rows);
        let before = changes(&scene).len();
        let args = [&["sync", "--timetable", &file], args].concat();
        let mut child = hanging(&scene, &args);
        let stdin = child.stdin.take();
        wait_until_handled(&child, "TERM");
        // Nothing is to be waited for, so it is given some time to go wrong.
        thread::park_timeout(Duration::from_millis(700));
        signal(&child, "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(143), "{why}");
        drop(stdin);
        assert_eq!(changes(&scene)[before..], [], "{why}: {}", scene.story());
        scene.end_clean();
    }
    // Without a timetable the list may extend the window.
    let scene = Scene::new();
    hold(&scene, &["t0"]);
    let runs = selected("t0", "soon", -30, Some(60));
    scene.expect(0, &["sync", "--environment", ENVIRONMENT], &runs);
    assert!(scene.is_paused("t0"));
    scene.end_clean();
}

#[test]
fn a_task_whose_next_window_is_open_is_not_given_back_in_between() {
    let scene = Scene::new();
    hold(&scene, &["t0", PLAN]);
    // The next window began a moment ago, and does not touch the first.
    let file = timetable(&scene, &[("t0", 0, 60), ("t5", 0, 60), ("t1", -90, 60)]);
    let runs = named(&["t0", "t5"].map(|id| selected(id, "w", 0, Some(60))).concat());
    let before = changes(&scene).len();
    let args =
        ["sync", "--with-plans", "--environment", ENVIRONMENT, "--timetable", &file, "--lead"];
    scene.expect(0, &[&args[..], &["1m"]].concat(), &runs);
    let resumes = changes(&scene)[before..].iter().filter(|(_, pause)| !pause).count();
    assert_eq!(resumes, 0, "{}", scene.story());
    assert!(scene.is_paused("t0") && scene.is_paused("t5") && scene.is_paused(PLAN));
    scene.end_clean();
}

#[test]
fn what_could_not_be_given_back_first_is_tried_again_after_the_list() {
    use tmc_standin::{Effect, Fault};
    let scene = Scene::new();
    hold(&scene, &["t0"]);
    let file = timetable(&scene, &[("t1", -90, 60)]);
    let refused = Fault::new(Effect::status(423)).on("PUT", "/**/t0/pause").times(1);
    scene.standin.add_faults(vec![refused]).unwrap();
    let args = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let ended = scene.expect(0, &args, "");
    let of_t0: Vec<_> =
        ended.records().iter().filter(|r| r["id"] == "t0").map(|r| r["action"].clone()).collect();
    assert_eq!(of_t0, ["failed", "resumed"], "{ended:#?}");
    scene.end_clean();
}

// README: A call that pauses or gives back waits for no reader
#[test]
fn a_deadline_ends_a_call_whose_list_hangs_in_every_mode() {
    let modes: [&[&str]; 4] =
        [&[], &["sync", "--environment", ENVIRONMENT], &["wait"], &["--dry-run"]];
    for mode in modes {
        let scene = Scene::new();
        let mut child = hanging(&scene, &[mode, &["--deadline", "1s"]].concat());
        let stdin = child.stdin.take();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(69), "{mode:?} {stderr}");
        drop(stdin);
        assert!(stderr.contains("before standard input ended"), "{stderr}");
        assert_eq!(changes(&scene), []);
    }
}
