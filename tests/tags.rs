//! `runs-fetch --tags`: what a timetable needs that scopes by tag.

use serde_json::Value;
use tmc_standin::{Effect, Fault, Letters, Standin, World};

use crate::support::ended::Ended;
use crate::support::filter::{filter, table};
use crate::support::minutely::{asking, minutely};
use crate::support::tool::{api_tool, run};

const TASK: &str = "61323d2498d04f63ee697541";

/// A task that runs once a minute, with these tags.
fn tagged(tags: &[&str]) -> Standin {
    let mut world: World = minutely();
    world.tasks[0].tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    Standin::start(world).unwrap()
}

/// The first so many runs, with `--tags`.
fn fetch(standin: &Standin, runs: u64, flags: &[&str]) -> Ended {
    run(api_tool("runs-fetch", standin).args(asking(runs)).arg("--tags").args(flags))
}

/// The requests for single tasks.
fn looks(standin: &Standin) -> usize {
    standin.requests().iter().filter(|one| one.path.ends_with(TASK)).count()
}

#[test]
fn tags_are_added_to_each_run_at_one_request_a_task() {
    let standin = tagged(&["nightly", "eu \"1\""]);
    // Several pages.
    let ended = fetch(&standin, 250, &["--page-size", "50", "--end-record"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let runs: Vec<Value> = ended.records()[..250].to_vec();
    assert!(runs.iter().all(|run| run["tags"] == serde_json::json!(["nightly", "eu \"1\""])));
    assert_eq!(ended.records()[250]["end"]["runs"], 250);
    assert_eq!(looks(&standin), 1);
    // And none without the flag.
    let plain = run(api_tool("runs-fetch", &standin).args(asking(3)));
    assert!(!plain.stdout.contains("tags"), "{}", plain.stdout);
    assert_eq!(looks(&standin), 1);
}

#[test]
fn tags_are_added_to_runs_whose_type_is_in_small_letters() {
    let mut world: World = minutely();
    world.tasks[0].tags = vec!["nightly".to_owned()];
    world.options.shapes.letters = Letters::Swapped;
    let ended = fetch(&Standin::start(world).unwrap(), 3, &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    for run in ended.records() {
        assert_eq!((&run["type"], &run["tags"]), (&"task".into(), &serde_json::json!(["nightly"])));
    }
}

#[test]
fn a_timetable_that_scopes_by_tag_selects_by_the_tags_that_were_added() {
    let dir =
        table("name,start,end,tag", "Nightly,2026-12-01T00:00:00Z,2026-12-02T00:00:00Z,nightly");
    for (tags, selected) in [(&["nightly"][..], 5), (&["weekly"], 0), (&[], 0)] {
        let runs = fetch(&tagged(tags), 5, &[]);
        assert_eq!(runs.code, 0, "{}", runs.stderr);
        let ended = filter(&dir, &[], runs.stdout);
        assert_eq!((ended.code, ended.stdout.lines().count()), (0, selected), "{tags:?}");
    }
}

#[test]
fn tags_that_the_api_does_not_show_are_left_out_and_counted() {
    for status in [403, 404] {
        let standin = tagged(&["nightly"]);
        let fault = Fault::new(Effect::status(status)).on("GET", &format!("/**/{TASK}"));
        standin.add_faults(vec![fault]).unwrap();
        let ended = fetch(&standin, 3, &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.records().len(), 3);
        assert!(!ended.stdout.contains("tags"), "{}", ended.stdout);
        assert!(ended.stderr.contains("3 of 3 runs have no tags"), "{}", ended.stderr);
    }
    let standin = tagged(&["nightly"]);
    let fault = Fault::new(Effect::status(503)).on("GET", &format!("/**/{TASK}"));
    standin.add_faults(vec![fault]).unwrap();
    let ended = fetch(&standin, 3, &["--retries", "0"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("--tags"), "{}", ended.stderr);
}
