//! The whole job: fetch, filter, pause, give back.

use std::collections::BTreeSet;

use serde_json::Value;
use tmc_standin::World;

use crate::support::ended::Ended;
use crate::support::place::PipelineDir;

const FETCH_SAMPLE: &str =
    "runs-fetch --environment Production --from 2022-07-01 --to 1672531199000 --end-record";
const FILTER: &str = "window-filter --timetable maintenance.csv";

/// Records of a tool's stdout.
fn records(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The IDs of the receipts with that action.
fn ids(receipts: &[Value], action: &str) -> BTreeSet<String> {
    let of_action = receipts.iter().filter(|receipt| receipt["action"] == action);
    of_action.map(|receipt| receipt["id"].as_str().unwrap().to_owned()).collect()
}

fn assert_all_succeeded(stages: &[Ended]) {
    for (number, ended) in stages.iter().enumerate() {
        assert_eq!(ended.code, 0, "stage {number}: {ended:?}");
    }
}

impl PipelineDir {
    fn paused(&self) -> BTreeSet<String> {
        self.standin.state().paused().map(str::to_owned).collect()
    }

    /// The IDs in the pause requests that the API saw since `from`, in order,
    /// each with what was asked for.
    fn pauses_asked(&self, from: usize) -> Vec<(String, bool)> {
        let requests = self.standin.requests();
        let puts = requests.iter().skip(from).filter(|request| request.method == "PUT");
        puts.map(|request| {
            let path = request.path.strip_suffix("/pause").unwrap();
            let body = request.body.as_ref().unwrap();
            (path.rsplit('/').next().unwrap().to_owned(), body["pause"].as_bool().unwrap())
        })
        .collect()
    }
}

#[test]
fn the_sample_falls_into_half_open_windows() {
    let place = PipelineDir::sample();
    for (start, end, dates) in [
        ("2022-09-20T12:00:00Z", "2022-09-21T00:00:00Z", &["2022-09-20T18:00:00.000Z"][..]),
        ("2022-11-20T18:00:00Z", "2022-11-20T19:00:00Z", &[]),
        ("2022-11-20T19:00:00Z", "2022-11-20T20:00:00Z", &["2022-11-20T19:00:00.000Z"]),
    ] {
        place.write("maintenance.csv", &format!("name,start,end\nw,{start},{end}\n"));
        let stages = place.pipe(&[FETCH_SAMPLE, FILTER]);
        assert_all_succeeded(&stages);
        let mut selected = records(&stages[1]);
        // The end record counts what was fetched, not what was selected.
        assert_eq!(selected.pop().unwrap()["end"]["runs"], 6, "{stages:?}");
        let found: Vec<_> = selected.iter().map(|run| run["date"].as_str().unwrap()).collect();
        assert_eq!(found, dates, "{start} – {end}");
    }
}

#[test]
fn a_dry_run_reads_and_changes_nothing() {
    let place = PipelineDir::sample();
    place.write("maintenance.csv", "name,start,end\nw,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z\n");
    let pause = "task-pause --require-end --dry-run --at 2022-09-20T17:30:00Z";
    let stages = place.pipe(&[FETCH_SAMPLE, FILTER, pause]);
    assert_all_succeeded(&stages);
    let receipts = records(&stages[2]);
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert_eq!(receipts[0]["action"], "paused");
    assert_eq!(receipts[0]["dryRun"], true);
    assert_eq!(receipts[0]["runs"], serde_json::json!(["2022-09-20T18:00:00.000Z"]));
    assert_eq!(place.pauses_asked(0), []);
    assert!(!place.standin.requests().is_empty());
    assert!(records(&place.pipe(&["task-pause status"])[0]).is_empty());
}

#[test]
fn a_window_that_is_over_pauses_nothing() {
    let place = PipelineDir::sample();
    place.write("maintenance.csv", "name,start,end\nw,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z\n");
    let stages = place.pipe(&[FETCH_SAMPLE, FILTER, "task-pause"]);
    assert_all_succeeded(&stages);
    assert_eq!(records(&stages[2])[0]["action"], "expired");
    assert_eq!(place.pauses_asked(0), []);
}

// README: give each task back as it was found
#[test]
fn every_task_is_paused_once_and_given_back_as_it_was_found() {
    let place = PipelineDir::with(World::generate(11, 80));
    // Open now, and for longer than this test can take on any machine.
    place
        .write("maintenance.csv", "name,start,end\nPlatform,2020-01-01T00:00Z,2120-01-01T00:00Z\n");
    let fetch = "runs-fetch --all-environments --to +2d --names --end-record";
    let job = [fetch, FILTER, "task-pause --require-end"];
    let before = place.paused();
    assert!(!before.is_empty(), "the world has tasks that a person paused");

    let stages = place.pipe(&job);
    assert_all_succeeded(&stages);
    let receipts = records(&stages[2]);
    let ours = ids(&receipts, "paused");
    let foreign = ids(&receipts, "foreign");
    assert!(ours.len() > 20, "{receipts:?}");
    assert!(foreign.is_subset(&before));
    assert_eq!(ours.len() + foreign.len(), receipts.len());
    assert_eq!(place.paused(), before.union(&ours).cloned().collect());
    let mut asked = place.pauses_asked(0);
    asked.sort();
    assert_eq!(asked, ours.iter().map(|id| (id.clone(), true)).collect::<Vec<_>>());

    // The same again finds its own holds, and asks for nothing.
    let requests = place.standin.requests().len();
    let stages = place.pipe(&job);
    assert_all_succeeded(&stages);
    assert_eq!(ids(&records(&stages[2]), "held"), ours);
    assert_eq!(place.pauses_asked(requests), []);
    assert_eq!(records(&place.pipe(&["task-pause status"])[0]).len(), ours.len());

    // Not before its end, unless a flag asks for it.
    let stages = place.pipe(&["task-pause resume"]);
    assert_all_succeeded(&stages);
    assert_eq!(place.pauses_asked(requests), []);

    let stages = place.pipe(&["task-pause resume --all"]);
    assert_all_succeeded(&stages);
    assert_eq!(ids(&records(&stages[0]), "resumed"), ours);
    assert_eq!(place.paused(), before);
    assert!(records(&place.pipe(&["task-pause status"])[0]).is_empty());
}

#[test]
fn a_list_that_broke_off_pauses_nothing() {
    let place = PipelineDir::sample();
    place
        .write("maintenance.csv", "name,start,end\nPlatform,2020-01-01T00:00Z,2120-01-01T00:00Z\n");
    place.write("runs.jsonl", "{\"id\":\"61323d2498d04f63ee697541\",\"date\":\"2022-07-20T18:00:00.000Z\",\"type\":\"TASK\",\"environmentId\":\"6242bc6eac74e9757cda41bb\"}\n{\"id\":\"6132");
    for (line, code) in [
        // Cut inside a line: the filter says so, and nothing after it acts.
        ("window-filter --timetable maintenance.csv <runs.jsonl | task-pause --require-end", 65),
        // Cut between lines: only the end record shows it.
        (
            "head -n 1 runs.jsonl | window-filter --timetable maintenance.csv | task-pause --require-end",
            65,
        ),
        // Cut inside a line, without a filter between.
        ("sed 's/$/ /' runs.jsonl | task-pause", 65),
    ] {
        let ended = place.shell(line);
        assert_eq!(ended.code, code, "{line}\n{ended:?}");
        assert_eq!(place.pauses_asked(0), [], "{line}");
        assert!(place.paused().is_empty());
    }
}

#[test]
fn a_pipe_closed_early_ends_the_readers_quietly() {
    let place = PipelineDir::sample();
    place.write("maintenance.csv", "name,start,end\nw,2022-01-01T00:00Z,2023-01-01T00:00Z\n");
    for line in [
        "runs-fetch --environment Production --from 2022-07-01 --to 2060-01-01 | head -n 1",
        "yes '{\"id\":\"a\",\"date\":\"2022-07-20T18:00:00.000Z\",\"type\":\"TASK\"}' | head -n 200000 |
           window-filter --timetable maintenance.csv | head -n 1",
    ] {
        // Of the whole line, only `yes` and `head` may be ended by a signal.
        let ended = place.shell(&format!("set +o pipefail; {line}"));
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{line}");
        assert_eq!(ended.stdout.lines().count(), 1);
    }
}
