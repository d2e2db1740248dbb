//! Environments, workspaces, tasks and plans that are renamed while their window
//! is open: what it holds stays held, whoever is the first to know the new name.

use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::runs::story_minute;
use crate::support::scene::Scene;
use crate::support::world::{ENVIRONMENT, PLAN, world};

/// The thing that is renamed: the timetable's column, the ID, and the name until
/// then.
type RenamedObject = (&'static str, &'static str, &'static str);

const RENAMED_OBJECTS: [RenamedObject; 4] = [
    ("environment", ENVIRONMENT, "Production"),
    ("workspace", "w1", "Finance"),
    ("task", "t0", "Task 0"),
    ("task", PLAN, "Nightly"),
];

const NEW: &str = "Another name";

/// The task or plan that is held, where that thing is renamed.
fn held_of(thing: RenamedObject) -> &'static str {
    if thing.1 == PLAN { PLAN } else { "t0" }
}

/// A run with names, as `runs-fetch --names` and the filter write it, in the
/// window that is open until that many minutes from now.
fn run(id: &str, renamed: Option<RenamedObject>) -> String {
    let name = |column: &str, of: &str, old: &str| match renamed {
        Some((what, id, _)) if what == column && id == of => NEW.to_owned(),
        _ => old.to_owned(),
    };
    let (kind, own) = if id == PLAN { ("PLAN", "Nightly") } else { ("TASK", "Task 0") };
    let own = if id == PLAN || id == "t0" { own.to_owned() } else { "Other".to_owned() };
    let run = json!({"id": id, "type": kind, "environmentId": ENVIRONMENT,
        "date": story_minute(-30), "environmentName": name("environment", ENVIRONMENT, "Production"),
        "name": name("task", id, &own), "workspaceId": "w1",
        "workspaceName": name("workspace", "w1", "Finance"),
        "window": {"name": "patching", "start": story_minute(-30), "end": story_minute(160)}});
    format!("{run}\n")
}

/// A timetable with one window, open now, for what that column names.
fn timetable(scene: &Scene, column: &str, name: &str) -> String {
    let file = scene.file("timetable.csv");
    let (start, end) = (story_minute(-30), story_minute(160));
    let far = story_minute(60_000);
    let farther = story_minute(60_060);
    let text =
        format!("name,start,end,{column}\npatching,{start},{end},{name}\nlater,{far},{farther},\n");
    std::fs::write(&file, text).unwrap();
    file
}

/// A scene in which the window holds what it names, by the names of before.
fn held(thing: RenamedObject) -> (Scene, String) {
    let scene = Scene::of(world(6));
    let (column, _, name) = thing;
    let file = timetable(&scene, column, name);
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let id = held_of(thing);
    assert_eq!(scene.expect(0, &sync, &run(id, None)).action(id), "paused", "{thing:?}");
    (scene, file)
}

/// Looks of a pass at the task or plan itself.
fn looks(scene: &Scene, id: &str) -> usize {
    scene.count("GET", &format!("/{id}"))
}

#[test]
fn what_is_renamed_everywhere_stays_held_whatever_this_pass_is_given() {
    for thing in RENAMED_OBJECTS {
        let (column, id, _) = thing;
        let target = held_of(thing);
        let sibling = run("t3", Some(thing));
        // Only a look shows the new name of a task itself, if its run is not there.
        let named_by_sibling = column != "task";
        for (stdin, is_reported) in
            [(run(target, Some(thing)), true), (sibling, named_by_sibling), (String::new(), false)]
        {
            let (scene, file) = held(thing);
            scene.standin.act(WorldAction::rename(id, NEW)).unwrap();
            timetable(&scene, column, NEW);
            let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
            for dry in [true, false, false] {
                let before = looks(&scene, target);
                let args = if dry { [&sync[..], &["-n"]].concat() } else { sync.to_vec() };
                let ended = scene.expect(0, &args, &stdin);
                assert_eq!(ended.action(target), "held", "{thing:?} {stdin} {ended:#?}");
                assert_eq!(ended.receipt(target)["hold"]["end"], json!(story_minute(160)));
                // One look in any case, since it is held; a second one for the name.
                let made = looks(&scene, target) - before;
                assert_eq!(made, if is_reported { 1 } else { 2 }, "{thing:?} {stdin}");
                assert!(!ended.stderr.contains("early"), "{}", ended.stderr);
            }
            assert!(scene.is_paused(target));
            scene.end_clean();
        }
    }
}

/// The API is renamed first; the timetable follows later.
#[test]
fn what_is_renamed_before_the_timetable_stays_held_and_is_reported() {
    for thing in RENAMED_OBJECTS {
        let target = held_of(thing);
        for stdin in [run(target, Some(thing)), run("t3", Some(thing)), String::new()] {
            let (scene, file) = held(thing);
            scene.standin.act(WorldAction::rename(thing.1, NEW)).unwrap();
            let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
            let ended = scene.expect(0, &sync, &stdin);
            assert_eq!(ended.action(target), "held", "{thing:?} {stdin} {ended:#?}");
            let is_known = stdin.contains(NEW);
            let reported = ended.stderr.contains("name from before a renaming");
            assert_eq!(reported, is_known, "{thing:?} {stdin} {}", ended.stderr);
            scene.end_clean();
        }
    }
}

/// Neither IDs nor names: the row is gone, or is for something else now.
#[test]
fn what_the_timetable_has_no_more_is_given_back_and_reported_whatever_it_is_called() {
    for thing in RENAMED_OBJECTS {
        let (column, id, _) = thing;
        let target = held_of(thing);
        for (other, rename) in [("Task 4", false), ("Sales", true), ("e7", true), ("", true)] {
            let (scene, file) = held(thing);
            if rename {
                scene.standin.act(WorldAction::rename(id, NEW)).unwrap();
            }
            let text = std::fs::read_to_string(timetable(&scene, column, other)).unwrap();
            if other.is_empty() {
                // The row itself is gone.
                let rows: Vec<_> =
                    text.lines().filter(|row| !row.starts_with("patching")).collect();
                std::fs::write(&file, rows.join("\n") + "\n").unwrap();
            }
            let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
            // A slip looks the same.
            let doubted = scene.expect(65, &sync, "");
            assert_eq!(doubted.action(target), "held", "{thing:?} {other} {doubted:#?}");
            let sync = [&sync[..], &["--allow-empty"]].concat();
            let dry = scene.expect(0, &[&sync[..], &["-n"]].concat(), "");
            let ended = scene.expect(0, &sync, "");
            for ended in [&dry, &ended] {
                assert_eq!(ended.action(target), "resumed", "{thing:?} {other} {ended:#?}");
                let message = format!("{target} ");
                let early: Vec<_> =
                    ended.stderr.lines().filter(|line| line.contains("given back early")).collect();
                assert_eq!(early.len(), 1, "{}", ended.stderr);
                assert!(early[0].contains(&message), "{early:?}");
            }
            scene.end_clean();
        }
    }
}

#[test]
fn a_task_that_moved_to_another_workspace_is_no_longer_held_by_the_old_one() {
    let thing = RENAMED_OBJECTS[1];
    let (scene, file) = held(thing);
    let mut moved: Value = serde_json::from_str(&run("t0", None)).unwrap();
    moved["workspaceId"] = json!("w2");
    moved["workspaceName"] = json!("Sales");
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file, "-n"];
    let fault = json!({"executable": "t0", "name": "Task 0", "workspace": {"id": "w2",
        "name": "Sales", "environment": {"id": ENVIRONMENT, "name": "Production"}}});
    let body = Effect::Body { text: fault.to_string() };
    scene.standin.add_faults(vec![Fault::new(body).on("GET", "/**/tasks/t0")]).unwrap();
    let ended = scene.expect(0, &sync, &format!("{moved}\n"));
    assert!(ended.stderr.contains("t0 (\"Task 0\") is given back early"), "{}", ended.stderr);
    scene.standin.clear_faults();
    scene.end_clean();
}

/// Where the API does not say what a task is called now, it is not given back on
/// suspicion.
#[test]
fn what_cannot_be_asked_for_its_name_stays_held() {
    let (scene, file) = held(RENAMED_OBJECTS[1]);
    timetable(&scene, "workspace", NEW);
    let away = Fault::new(Effect::status(500)).on("GET", "/**/tasks/t0").times(1);
    scene.standin.add_faults(vec![away]).unwrap();
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file, "--retries", "0"];
    let ended = scene.expect(0, &sync, "");
    assert_eq!(ended.action("t0"), "held");
    assert!(ended.stderr.contains("1 holds unchanged"), "{}", ended.stderr);
    // What it says next counts: it is not called so.
    assert_eq!(scene.expect(65, &sync, "").action("t0"), "held");
    let meant = [&sync[..], &["--allow-empty"]].concat();
    assert_eq!(scene.expect(0, &meant, "").action("t0"), "resumed");
    scene.end_clean();
}

#[test]
fn a_window_by_id_needs_no_look_and_minds_no_name() {
    for (column, id) in [("environment", ENVIRONMENT), ("workspace", "w1"), ("task", "t0")] {
        let (scene, file) = held((column, id, id));
        scene.standin.act(WorldAction::rename(id, NEW)).unwrap();
        let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
        let before = looks(&scene, "t0");
        let ended = scene.expect(0, &sync, &run("t3", Some((column, id, ""))));
        assert_eq!(ended.action("t0"), "held");
        assert_eq!(looks(&scene, "t0") - before, 1);
        scene.end_clean();
    }
}
