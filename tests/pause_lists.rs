//! Tenants whose lists show pause details: a hundred tasks are looked at with one
//! request, and nothing is believed that a task itself does not show.

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::ended::Ended;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::world::world;

/// So many that a list of them has two pages.
const TASKS: usize = 120;

fn ids() -> Vec<String> {
    (0..TASKS).map(|n| format!("t{n}")).collect()
}

fn scene(lists_show_pauses: bool) -> Scene {
    let scene = Scene::of(world(TASKS));
    scene.standin.set_options(|options| options.pause_details_in_list = lists_show_pauses);
    scene
}

fn runs() -> String {
    let ids = ids();
    open_now(&ids.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The number of looks at one task since `from`, and of pages of lists.
fn asked(scene: &Scene, from: usize) -> (usize, usize) {
    let requests = scene.standin.requests();
    let of = |is_one: fn(&str) -> bool| {
        let gets = requests.iter().skip(from).filter(|request| request.method == "GET");
        gets.filter(|request| is_one(&request.path)).count()
    };
    (
        of(|path| path.starts_with("/orchestration/executables/tasks/")),
        of(|path| path.ends_with("/executables/tasks")),
    )
}

fn all_are(scene: &Scene, ended: &Ended, paused: bool) {
    for id in ids() {
        assert_eq!(scene.is_paused(&id), paused, "{id} {}", ended.stderr);
    }
}

#[test]
fn looks_and_read_backs_of_many_tasks_are_pages_where_the_list_shows_pauses() {
    let scene = scene(true);
    let (pages, all) = ((TASKS + 1).div_ceil(100), TASKS);
    let ended = scene.expect(0, &[], &runs());
    all_are(&scene, &ended, true);
    // The first page, one task itself, and the list; then one task and the list again.
    assert_eq!(asked(&scene, 0), (2, 1 + 2 * pages), "{}", ended.stderr);
    // What is held is looked at.
    let from = scene.standin.requests().len();
    let ended = scene.expect(0, &[], &runs());
    assert_eq!(ended.records().iter().filter(|record| record["action"] == "held").count(), all);
    assert_eq!(asked(&scene, from), (1, 1 + pages), "{}", ended.stderr);
    // What is given back is looked at itself before, and by the list after.
    let from = scene.standin.requests().len();
    let ended = scene.expect(0, &["resume", "--all"], "");
    all_are(&scene, &ended, false);
    assert_eq!(asked(&scene, from), (all + 1, 1 + pages), "{}", ended.stderr);
    scene.end_clean();
}

/// A dry run, and a count for `--max-tasks`, look by lists as well.
#[test]
fn a_dry_run_looks_by_pages_and_shows_the_same() {
    let pages = (TASKS + 1).div_ceil(100);
    for (args, first) in [(&["--dry-run"][..], 1), (&["--dry-run", "--at", "+10m"], 1)] {
        let scene = scene(true);
        scene.human_pauses("t7");
        let ended = scene.expect(0, args, &runs());
        // The task that somebody paused is looked at itself.
        assert_eq!(asked(&scene, 0), (2, first + pages), "{args:?} {}", ended.stderr);
        let reported: Vec<&str> =
            ended.records().iter().map(|record| record["id"].as_str().unwrap()).collect();
        assert_eq!(reported, ids(), "{args:?}");
        assert_eq!((&*ended.action("t7"), &*ended.action("t8")), ("foreign", "paused"));
        scene.end_clean();
    }
    let few = scene(true);
    let ids = ["t0", "t1", "t2"];
    few.expect(0, &["--dry-run"], &open_now(&ids));
    assert_eq!(asked(&few, 0), (ids.len(), 0), "less than a list is worth");
    few.end_clean();
}

/// Receipts keep the order of the input, whatever is known first.
#[test]
fn receipts_keep_their_order() {
    let scene = scene(true);
    scene.human_pauses("t7");
    let ended = scene.expect(0, &[], &runs());
    let reported: Vec<&str> =
        ended.records().iter().map(|record| record["id"].as_str().unwrap()).collect();
    let expected = ids();
    assert_eq!(reported, expected);
    assert_eq!(ended.action("t7"), "foreign");
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

#[test]
fn a_list_without_the_member_says_nothing() {
    let scene = scene(false);
    scene.human_pauses("t7");
    let ended = scene.expect(0, &[], &runs());
    assert_eq!(ended.action("t7"), "foreign");
    // One page shows that; then each task is looked at before and after.
    assert_eq!(asked(&scene, 0), (2 * TASKS - 1, 1));
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

/// The list of this tenant is behind, or shows something else.
#[test]
fn a_list_that_contradicts_a_task_is_not_believed() {
    let scene = scene(true);
    let itself = r#"{"id":"t0","taskPauseDetails":{"pause":true,"user":"somebody"}}"#;
    let lies = Fault::new(Effect::Body { text: itself.to_owned() });
    let lies = lies.on("GET", "/**/executables/tasks/t0").times(1);
    scene.standin.add_faults(vec![lies]).unwrap();
    let ended = scene.expect(0, &[], &runs());
    all_are(&scene, &ended, true);
    assert!(ended.stderr.contains("shows another pause of task t0"), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("shows another pause").count(), 1, "said once");
    scene.standin.clear_faults();
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

/// A list that shows our pauses late is no reason to give a hold up.
#[test]
fn what_a_list_shows_late_is_looked_at_itself() {
    let scene = scene(true);
    scene.expect(0, &[], &runs());
    scene.human_resumes("t3");
    let ended = scene.expect(0, &[], &runs());
    assert_eq!(ended.action("t3"), "kept");
    let kept = ended.records().iter().filter(|record| record["action"] == "kept").count();
    assert_eq!(kept, 1, "{}", ended.stderr);
    assert_eq!(ended.receipt("t4")["action"], Value::from("held"));
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

/// A lost ledger: only what the list shows paused is looked at, and one that it does not.
#[test]
fn recovery_looks_at_what_the_list_shows_paused() {
    for (lists_show_pauses, looks) in [(true, 4), (false, TASKS + 1)] {
        let scene = scene(lists_show_pauses);
        scene.expect(0, &[], &open_now(&["t1", "t5", "t9"]));
        std::fs::remove_file(scene.ledger()).unwrap();
        let from = scene.standin.requests().len();
        let ended = scene.expect(0, &["recover", "--environment", "e1", "--yes"], "");
        let recovered = ended.records().iter().filter(|record| record["recover"] == "recovered");
        assert_eq!(recovered.count(), 3, "{ended:?}");
        // And the task that a person had paused before.
        assert_eq!(asked(&scene, from).0, looks + usize::from(lists_show_pauses), "{ended:?}");
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    }
}

/// A refused list costs nothing but requests.
#[test]
fn a_list_that_is_refused_is_replaced_by_looks() {
    for status in [403, 500] {
        let scene = scene(true);
        let refused = Fault::new(Effect::status(status)).on("GET", "/**/executables/tasks");
        scene.standin.add_faults(vec![refused]).unwrap();
        let ended = scene.expect(0, &["--retries", "0"], &runs());
        all_are(&scene, &ended, true);
        scene.standin.clear_faults();
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    }
}
