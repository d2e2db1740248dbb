//! A file or a value that a flag was given twice counts once, and is reported.

use std::fs;

use assert_cmd::Command;

use crate::support::ended::Ended;
use crate::support::runs::{minutes, open_now};
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::ENVIRONMENT;

/// Calls, each with a repeatable flag and a value for it, and how one is reported that was
/// given twice. `DIR` is the place of the scene.
const CALLS: [(&str, &str, &str); 21] = [
    ("window-filter", "--timetable DIR/t.csv", "was named twice"),
    ("window-filter windows", "--timetable DIR/t.csv", "was named twice"),
    ("window-filter check", "--timetable DIR/t.csv", "was named twice"),
    (
        "window-filter suggest --length 1h --to +2h --from now",
        "--timetable DIR/t.csv",
        "was named twice",
    ),
    ("window-filter windows --timetable DIR/t.csv", "--name P*", "was given twice"),
    ("window-filter windows --timetable DIR/t.ics", "--category Maintenance", "was given twice"),
    ("runs-fetch --to +1d", "--environment e1", "was given twice"),
    ("runs-fetch --to +1d -e e1", "--workspace Finance", "was given twice"),
    ("runs-fetch --to +1d -e e1", "--tag x", "was given twice"),
    ("runs-fetch check", "--environment e1", "was given twice"),
    ("runs-fetch workspaces", "--environment e1", "was given twice"),
    ("runs-fetch tasks", "--environment e1", "was given twice"),
    ("runs-fetch plans -e e1", "--workspace w1", "was given twice"),
    ("task-pause status", "--ledger DIR/state/ledger.jsonl", "was named twice"),
    ("task-pause status --metrics-file DIR/metrics", "--environment e1", "was given twice"),
    ("task-pause history", "--journal DIR/old.jsonl", "was named twice"),
    ("task-pause sync --dry-run --environment e1", "--timetable DIR/t.csv", "was named twice"),
    (
        "task-pause sync --dry-run --environment e1 --timetable DIR/t.csv",
        "--name P*",
        "was given twice",
    ),
    (
        "task-pause sync --dry-run --environment e1 --timetable DIR/t.ics",
        "--category Maintenance",
        "was given twice",
    ),
    ("task-pause sync --dry-run", "--environment e1", "was given twice"),
    ("task-pause check", "--environment e1", "was given twice"),
];

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20980101T000000Z\r\n\
    DTEND:20980102T000000Z\r\nCATEGORIES:Maintenance\r\nSUMMARY:P\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn command(scene: &Scene, call: &str, stdin: &str) -> Command {
    let place = scene.file("");
    let call = call.replace("DIR", place.trim_end_matches('/'));
    let mut words = call.split(' ');
    let mut command = tool(words.next().unwrap());
    command.args(words).envs(scene.connection()).write_stdin(stdin);
    command
}

#[test]
fn what_is_given_twice_counts_once_and_is_reported_in_one_line() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1"]);
    scene.expect(0, &[], &runs);
    fs::copy(scene.file("state/ledger.journal.jsonl"), scene.file("old.jsonl")).unwrap();
    let rows = format!("name,start,end\nP,{},{}\n", minutes(-60), minutes(600));
    fs::write(scene.file("t.csv"), rows).unwrap();
    fs::write(scene.file("t.ics"), CALENDAR).unwrap();
    for (call, flag, reported) in CALLS {
        let ended = |times| {
            let call = format!("{call}{}", format!(" {flag}").repeat(times));
            Ended::of(command(&scene, &call, &runs).output().unwrap())
        };
        let (once, thrice) = (ended(1), ended(3));
        let reported = |line: &&str| line.contains(reported);
        assert_eq!(once.stderr.lines().filter(reported).count(), 0, "{call} {flag}: {once:?}");
        let value = flag.replace("DIR/", "");
        let (_, value) = value.split_once(' ').unwrap();
        let lines = thrice.stderr.lines().filter(|line| reported(line) && line.contains(value));
        assert!((1..=2).contains(&lines.count()), "{call} {flag}: {thrice:?}");
        let counts = |ended: &Ended| (ended.code, ended.stdout.lines().count());
        assert_eq!(counts(&once), counts(&thrice), "{call} {flag}: {once:?} {thrice:?}");
    }
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn two_paths_of_one_timetable_make_one_set_of_windows() {
    let scene = Scene::new();
    let rows = format!("name,start,end\nP,{},{}\n", minutes(-60), minutes(600));
    fs::write(scene.file("t.csv"), rows).unwrap();
    let call = "window-filter windows --timetable DIR/t.csv --timetable DIR/../DIR/t.csv";
    let place = scene.file("");
    let (_, name) = place.trim_end_matches('/').rsplit_once('/').unwrap();
    let call = call.replace("../DIR", &format!("../{name}"));
    let ended = Ended::of(command(&scene, &call, "").output().unwrap());
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.contains("t.csv was named twice: it is read once"), "{ended:?}");
}

#[test]
fn check_reports_two_names_of_one_environment_and_a_dry_run_that_it_writes_no_metrics() {
    let scene = Scene::new();
    let names = ["--environment", ENVIRONMENT, "--environment", "Production"];
    let ended = scene.run(&[&["check", "--log-format", "json"], &names[..]].concat(), "");
    let records = ended.records().iter().filter(|record| record["check"] == "environments");
    let texts: Vec<&str> = records.filter_map(|record| record["message"].as_str()).collect();
    let again = "\"Production\" and \"e1\" are the same environment: it counts once";
    assert_eq!(texts.iter().filter(|text| **text == again).count(), 1, "{texts:?}");
    let file = scene.file("metrics.prom");
    let ended =
        scene.expect(0, &["sync", "-n", "--metrics-file", &file, "--environment", "e1"], "");
    assert!(ended.stderr.contains("a dry run writes no metrics"), "{ended:#?}");
    assert!(!std::path::Path::new(&file).exists());
    scene.end_clean();
}

#[test]
fn two_names_of_one_environment_or_workspace_count_once_and_are_reported() {
    let scene = Scene::new();
    let rows = format!("name,start,end\nP,{},{}\n", minutes(-60), minutes(600));
    fs::write(scene.file("t.csv"), rows).unwrap();
    let environment = "\"Production\" and \"e1\" are the same environment: it counts once";
    let workspace = "\"Finance\" and \"w1\" are the same workspace: it counts once";
    for (call, once, twice, reported) in [
        ("runs-fetch --to +1d", "", " --environment e1", environment),
        ("runs-fetch tasks", "", " --environment e1", environment),
        ("runs-fetch workspaces", "", " --environment e1", environment),
        ("runs-fetch tasks", " --workspace Finance", " --workspace w1", workspace),
        ("task-pause sync --dry-run", "", " --environment e1", environment),
    ] {
        let ended = |rest: &str| {
            let call = format!("{call} --environment Production{once}{rest}");
            Ended::of(command(&scene, &call, &open_now(&["t0"])).output().unwrap())
        };
        let (first, second) = (ended(""), ended(twice));
        assert!(!first.stderr.contains("counts once"), "{call}: {first:?}");
        assert_eq!(second.stderr.matches(reported).count(), 1, "{call}: {second:?}");
        let counts = |ended: &Ended| (ended.code, ended.stdout.lines().count());
        assert_eq!(counts(&first), counts(&second), "{call}: {first:?} {second:?}");
    }
}
