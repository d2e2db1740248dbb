//! Tenants whose answers have other shapes than the description: every shape
//! of the stand-in against everything that is done with the tools. What comes
//! out is right, or an error says what is wrong; no list is short and no hold
//! is forgotten with exit code 0. The suite leaves out what another use reads as well;
//! `scripts/matrices` tries all.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use tmc_standin::{
    AnswerShapes, ContextShape, DateShape, Encoding, ErrorShape, Letters, NoItems, PauseAnswer,
    PauseShape, Refuses, TotalShape, World,
};

/// A task without a schedule, and one that runs every hour.
const TASK: &str = "100";
const HOURLY: &str = "104";

/// A use of the tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UseCase {
    Fetch,
    Names,
    Durations,
    Pause,
    Resume,
    Sync,
    Recover,
}
use UseCase::{Durations, Fetch, Names, Pause, Recover, Resume, Sync};

use crate::support::cells::tries_every_cell;
use crate::support::ended::{Ended, records};
use crate::support::runs::{open_now, selected, whole_minute};
use crate::support::scene::Scene;
use crate::support::tool::{run, tool};
use crate::support::world::{ENVIRONMENT, TOKEN};

const USE_CASES: [UseCase; 7] = [Fetch, Names, Durations, Pause, Resume, Sync, Recover];

/// Deeds that cannot be done in a shape: which, with which exit code, and words
/// that are said.
type Expected = (&'static [UseCase], i32, &'static str);

fn tenant() -> World {
    let trigger = json!([{"type": "CRON", "cronExpression": "0 * * * ?"}]);
    let task = |id: &str, triggers| {
        json!({"id": id, "name": format!("Tâche {id}"), "workspace": "w1", "triggers": triggers,
            "durationSeconds": 900})
    };
    let world = json!({
        "environments": [{"id": ENVIRONMENT, "name": "Production"}],
        "workspaces": [{"id": "w1", "name": "Finance", "environment": ENVIRONMENT}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": TOKEN, "user": "ops"}],
        "tasks": [task(TASK, json!([])), task(HOURLY, trigger)],
        "plans": [{"id": "200", "name": "Nightly", "workspace": "w1",
            "steps": [{"id": "s1", "name": "First", "tasks": [HOURLY]}]}],
    });
    World::from_json(&world.to_string()).unwrap()
}

/// Lists the runs of a week.
fn fetch(scene: &Scene, flags: &[&str]) -> Ended {
    let (from, to) = (whole_minute(24 * 60), whole_minute(8 * 24 * 60));
    let (from, to) = (from.to_string(), to.to_string());
    let mut command = tool("runs-fetch");
    command.envs(scene.connection()).args(["-e", ENVIRONMENT, "--retries", "0"]);
    run(command.args(["--from", &from, "--to", &to]).args(flags))
}

/// The list of a tenant as described. It is the same for every scene of the tenant, so it is
/// asked for once.
fn truth(scene: &Scene, flags: &[&str]) -> Vec<Value> {
    static LISTS: Mutex<BTreeMap<String, Vec<Value>>> = Mutex::new(BTreeMap::new());
    let list = format!("from {} {flags:?}", whole_minute(0));
    if let Some(known) = LISTS.lock().unwrap().get(&list) {
        return known.clone();
    }
    let truth = records(fetch(scene, flags).stdout.as_bytes());
    LISTS.lock().unwrap().insert(list, truth.clone());
    truth
}

/// The result of a use, and whether it is right.
struct Done {
    code: i32,
    is_right: bool,
    said: String,
}

/// Does it in a tenant of this shape.
fn done(use_case: UseCase, shapes: &AnswerShapes) -> Done {
    let scene = Scene::of(tenant());
    let flags: &[&str] = match use_case {
        Names => &["--names"],
        Durations => &["--durations"],
        _ => &[],
    };
    // Three runs of one minute can lie on either side of its end: not here.
    let truth = matches!(use_case, Fetch | Names | Durations).then(|| truth(&scene, flags));
    if matches!(use_case, Resume | Recover) {
        scene.expect(0, &[], &open_now(&[TASK]));
    }
    if use_case == Recover {
        std::fs::remove_file(scene.ledger()).unwrap();
    }
    scene.standin.set_options(|options| options.shapes = shapes.clone());
    let patience: &[_] = match use_case {
        // What only rebuilds a ledger makes no change that could be looked for.
        Recover => &["--retries", "0"],
        _ => &["--retries", "0", "--verify-timeout", "1s"],
    };
    let call = |args: &[&str]| scene.run(&[args, patience].concat(), &open_now(&[TASK]));
    let done = match use_case {
        Fetch | Names | Durations => {
            let ended = fetch(&scene, flags);
            let shown = ended.stdout.replace("\"type\":\"task\"", "\"type\":\"TASK\"");
            let mut truth = truth.unwrap();
            assert!(truth.len() > 150, "{truth:?}");
            if shapes.twins {
                truth = truth.into_iter().flat_map(|run| [run.clone(), run]).collect();
            }
            // The stand-in writes the members of odd answers in another order.
            let is_right = records(shown.as_bytes()) == truth;
            Done { code: ended.code, is_right, said: ended.stderr }
        }
        Pause | Sync => {
            let ended = call(if use_case == Sync { &["sync"] } else { &[] });
            let is_right = ended.action(TASK) == "paused" && scene.is_paused(TASK);
            let said = format!("{}{}", ended.stderr, json!(ended.records()));
            Done { code: ended.code, is_right, said }
        }
        Resume => {
            let ended = call(&["resume", "--all"]);
            let is_right = ended.action(TASK) == "resumed" && !scene.is_paused(TASK);
            let said = format!("{}{}", ended.stderr, json!(ended.records()));
            Done { code: ended.code, is_right, said }
        }
        Recover => {
            let ended = call(&["recover", "--environment", ENVIRONMENT, "--yes"]);
            let found = ended.records().iter().find(|record| record["id"] == TASK);
            let is_right = found.is_some_and(|record| record["recover"] == "recovered");
            Done { code: ended.code, is_right, said: ended.stderr }
        }
    };
    // Whatever happened: with a tenant as described, all is given back.
    scene.standin.set_options(|options| options.shapes = AnswerShapes::default());
    if use_case == Recover && !done.is_right {
        scene.expect(0, &["recover", "--environment", ENVIRONMENT, "--yes"], "");
    }
    if scene.end().code != 0 {
        scene.an_hour_later();
        scene.end_clean();
    }
    assert_eq!(scene.active_holds(), [""; 0]);
    done
}

fn shape(change: impl FnOnce(&mut AnswerShapes)) -> AnswerShapes {
    let mut shapes = AnswerShapes::default();
    change(&mut shapes);
    shapes
}

/// The uses that are tried in a shape. A list with names or durations is a list of runs,
/// and `sync` and the call without a word read the same before they pause: one of the two
/// is tried, by turns.
fn use_cases(name: &str) -> Vec<UseCase> {
    let left_out = if name.len().is_multiple_of(2) { [Fetch, Pause] } else { [Fetch, Sync] };
    let is_tried = |use_case: &UseCase| tries_every_cell() || !left_out.contains(use_case);
    USE_CASES.into_iter().filter(is_tried).collect()
}

/// Every use case in this shape, and what is reported of those that cannot be done.
fn check(name: &str, shapes: &AnswerShapes, reported: &[Expected]) {
    for use_case in use_cases(name) {
        let done = done(use_case, shapes);
        if let Some((_, code, words)) =
            reported.iter().find(|(use_cases, ..)| use_cases.contains(&use_case))
        {
            assert_eq!(done.code, *code, "{name}, {use_case:?}: {}", done.said);
            assert!(done.said.contains(words), "{name}, {use_case:?}: {}", done.said);
        } else {
            assert!(done.is_right, "{name}, {use_case:?}, {}: {}", done.code, done.said);
            assert_eq!(done.code, 0, "{name}, {use_case:?}: {}", done.said);
        }
    }
}

#[test]
fn what_is_only_written_in_another_way_is_read() {
    check("as described", &AnswerShapes::default(), &[]);
    check("any Accept", &shape(|m| m.any_accept_only = true), &[]);
    check("a mark", &shape(|m| m.encoding = Encoding::ByteOrderMark), &[]);
    check("Latin-1", &shape(|m| m.encoding = Encoding::Latin1), &[]);
    check("numeric IDs", &shape(|m| m.numeric_ids = true), &[]);
    check("letters", &shape(|m| m.letters = Letters::Swapped), &[]);
    check("lists swapped", &shape(|m| m.lists_swapped = true), &[]);
    check("errors", &shape(|m| m.errors = ErrorShape::Html), &[]);
    for no_items in [NoItems::NoContent, NoItems::Nothing] {
        check("no items", &shape(|m| m.no_items = no_items), &[]);
    }
}

#[test]
fn dates_are_read_in_every_shape_or_shown() {
    for dates in [
        DateShape::BasicOffset,
        DateShape::NoZone,
        DateShape::NoSeconds,
        DateShape::Millis,
        DateShape::MillisText,
    ] {
        check(&format!("{dates:?}"), &shape(|m| m.dates = dates), &[]);
    }
    let reported: Expected =
        (&[Fetch, Names, Durations], 69, "no readable `date`: \"1 December 2026\"");
    check("words", &shape(|m| m.dates = DateShape::Words), &[reported]);
}

#[test]
fn a_pause_is_read_in_every_shape_and_never_guessed() {
    for pause in [PauseShape::Text, PauseShape::Number] {
        check(&format!("{pause:?}"), &shape(|m| m.pause = pause), &[]);
    }
    let words = "whether it is paused is not readable";
    let reported: [Expected; 3] =
        [(&[Pause, Sync], 1, "not seen changed"), (&[Resume], 69, words), (&[Recover], 1, words)];
    check("maybe", &shape(|m| m.pause = PauseShape::Odd), &reported);
}

#[test]
fn a_pause_and_a_resume_count_whatever_number_they_are_answered_with() {
    for answer in [
        PauseAnswer::NoContent,
        PauseAnswer::Accepted,
        PauseAnswer::Ok,
        PauseAnswer::OkWithText,
        PauseAnswer::AcceptedWithObject,
    ] {
        check(&format!("{answer:?}"), &shape(|m| m.pause_answer = answer), &[]);
        // Of plans, too, and with a text that says whose it was.
        let scene = Scene::of(tenant());
        scene.standin.set_options(|options| options.shapes.pause_answer = answer);
        let plan = open_now(&["200"]).replace("TASK", "PLAN");
        assert_eq!(scene.expect(0, &[], &plan).action("200"), "paused", "{answer:?}");
        assert_eq!(scene.expect(0, &["sync"], &plan).action("200"), "held", "{answer:?}");
        let ended = scene.expect(0, &["resume", "--all"], "");
        assert_eq!(ended.action("200"), "resumed", "{answer:?}");
        let requests = scene.standin.requests();
        let last = requests.iter().rfind(|request| request.method == "PUT").unwrap();
        let body = last.body.clone().unwrap();
        let text = body["pauseContext"].as_str().unwrap();
        assert_eq!(body["pause"], false);
        assert!(text.starts_with("given back by task-pause, hold ") && text.len() <= 255, "{text}");
        scene.end_clean();
    }
}

#[test]
fn a_mark_is_read_in_every_shape_and_a_pause_that_was_seen_is_known_again() {
    for contexts in
        [ContextShape::Html, ContextShape::Url, ContextShape::Form, ContextShape::LowerCase]
    {
        check(&format!("{contexts:?}"), &shape(|m| m.contexts = contexts), &[]);
    }
    // A pause that was seen is the same one by its date and its user; a ledger
    // that is lost has nothing but the mark.
    let reported: Expected = (&[Recover], 0, "of which this tenant does not show the rest");
    check("an ellipsis", &shape(|m| m.contexts = ContextShape::Ellipsis), &[reported]);
    // By a call that knows nothing of the tenant, a text that is not ours is
    // nobody's, and no mark is found in it.
    let reported: [Expected; 2] =
        [(&[Pause, Sync], 1, "proves whose pause it is"), (&[Recover], 0, "")];
    check("replaced", &shape(|m| m.contexts = ContextShape::Replaced), &reported);
    check("no user", &shape(|m| m.no_pause_user = true), &[]);
    check("no clock", &shape(|m| m.no_date_header = true), &[]);
}

#[test]
fn an_answer_about_another_object_is_no_look() {
    let words = "it is about task another-object";
    let reported: [Expected; 2] = [(&[Pause, Sync, Resume], 69, words), (&[Recover], 1, words)];
    check("another object", &shape(|m| m.other_object = true), &reported);
}

#[test]
fn a_total_is_not_believed_where_it_cannot_be() {
    check("of the page", &shape(|m| m.total = TotalShape::OfThePage), &[]);
    check("absent", &shape(|m| m.total = TotalShape::Absent), &[]);
    for total in [TotalShape::OneMore, TotalShape::OneLess] {
        let fetched: Expected = (&[Fetch, Names, Durations], 69, "--accept-total-mismatch");
        // What is found is recovered, and that there may be more is said.
        let recovered: Expected = (&[Recover], 1, "pauses of those that it does not list");
        let shapes = shape(|m| m.total = total);
        check(&format!("{total:?}"), &shapes, &[fetched, recovered]);
        let scene = Scene::of(tenant());
        let truth = fetch(&scene, &["--names"]).stdout;
        scene.standin.set_options(|options| options.shapes = shapes);
        let ended = fetch(&scene, &["--names", "--accept-total-mismatch"]);
        assert_eq!(ended.code, 0, "{total:?}: {}", ended.stderr);
        assert_eq!(records(ended.stdout.as_bytes()), records(truth.as_bytes()), "{total:?}");
        let by = if total == TotalShape::OneMore { 169 } else { 167 };
        let words = format!("has 168 items, though its total is {by}");
        assert!(ended.stderr.contains(&words), "{total:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("the list of tasks has 2 items"), "{}", ended.stderr);
    }
}

#[test]
fn what_is_refused_past_an_offset_or_for_its_length_is_asked_for_in_parts() {
    for refuses in
        [Refuses::BadRequest, Refuses::Unprocessable, Refuses::ServerError, Refuses::EmptyPage]
    {
        for (offsets, days) in [(Some(99), None), (None, Some(2)), (Some(30), Some(1))] {
            let shapes = shape(|m| {
                (m.refuses, m.search_offsets, m.search_days) = (refuses, offsets, days);
            });
            let done = done(Fetch, &shapes);
            let case = format!("{refuses:?} {offsets:?} {days:?}");
            assert!(done.is_right && done.code == 0, "{case}, {}: {}", done.code, done.said);
        }
    }
}

#[test]
fn runs_that_are_equal_are_all_listed() {
    check("twins", &shape(|m| m.twins = true), &[]);
    // Two triggers of one name on one instant.
    let mut world = tenant();
    let twin = world.tasks[1].triggers[0].clone().named("hourly");
    world.tasks[1].triggers = vec![twin.clone(), twin];
    let scene = Scene::of(world);
    let ended = fetch(&scene, &[]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 336), "{}", ended.stderr);
}

#[test]
fn the_pipeline_reads_what_was_odd() {
    let scene = Scene::of(tenant());
    let shapes = shape(|m| {
        m.dates = DateShape::Millis;
        m.numeric_ids = true;
        m.letters = Letters::Swapped;
    });
    scene.standin.set_options(|options| options.shapes = shapes);
    let runs = fetch(&scene, &[]).stdout;
    let timetable = scene.file("timetable.csv");
    let rows = format!("name,start,end\nw,{},{}\n", whole_minute(-60), whole_minute(30 * 24 * 60));
    std::fs::write(&timetable, rows).unwrap();
    let mut filter = tool("window-filter");
    let selected = run(filter.args(["--timetable", &timetable]).write_stdin(runs));
    assert_eq!((selected.code, selected.stdout.lines().count()), (0, 168), "{}", selected.stderr);
    assert_eq!(scene.expect(0, &[], &selected.stdout).action(HOURLY), "paused");
    scene.end_clean();
}

#[test]
fn parts_that_are_refused_leave_the_rest() {
    let scene = Scene::of(tenant());
    let refused = |path| {
        let fault = tmc_standin::Fault::new(tmc_standin::Effect::status(403)).on("GET", path);
        scene.standin.clear_faults();
        scene.standin.add_faults(vec![fault]).unwrap();
    };
    refused("/orchestration/executables/plans");
    let ended = fetch(&scene, &["--names"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 168), "{}", ended.stderr);
    assert!(ended.stdout.contains("\"name\":\"Tâche 104\""), "{}", ended.stdout);
    assert!(ended.stderr.contains("the names of plans are not known"), "{}", ended.stderr);
    refused("/processing/**/executions");
    let ended = fetch(&scene, &["--durations"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (77, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("to list executions, the account needs"), "{}", ended.stderr);
    assert!(ended.stderr.contains("would be left out"), "{}", ended.stderr);
    // Of a hold, the missed runs are good to know: the planned ones stand in.
    scene.standin.clear_faults();
    let run = selected(TASK, "patching", -30, Some(60));
    scene.expect(0, &[], &run);
    refused("/processing/**/executions");
    let ended = scene.run(&["resume", "--all"], "");
    assert_eq!(ended.action(TASK), "resumed", "{ended:?}");
    assert!(ended.stderr.contains("missed"), "{}", ended.stderr);
    scene.standin.clear_faults();
    scene.end_clean();
}
