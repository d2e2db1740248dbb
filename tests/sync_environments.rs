//! Which holds `sync` may act on: those of the environments that are named.

use serde_json::json;
use tmc_standin::{Effect, Fault, World};

use crate::support::runs::{open_now, story_minute};
use crate::support::scene::Scene;
use crate::support::tool::{api_tool, run as run_tool};
use crate::support::world::ENVIRONMENT;

/// Another environment, of which the ledger has holds as well.
const OTHER: &str = "e2";

/// A tenant with `t0` to `t2` in Production (e1), and `u0` to `u2` in Test (e2).
fn world() -> World {
    let tasks = |letter: &str, workspace: &str| {
        let one = |n: usize| json!({"id": format!("{letter}{n}"), "name": format!("Task {n}"), "workspace": workspace});
        (0..3).map(one).collect::<Vec<_>>()
    };
    let tasks = [tasks("t", "w1"), tasks("u", "w2")].concat();
    let world = json!({
        "environments": [{"id": ENVIRONMENT, "name": "Production"}, {"id": OTHER, "name": "Test"}],
        "workspaces": [{"id": "w1", "name": "Finance", "environment": ENVIRONMENT},
            {"id": "w2", "name": "Finance", "environment": OTHER}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": crate::support::world::TOKEN, "user": "ops"}],
        "tasks": tasks,
    });
    World::from_json(&world.to_string()).unwrap()
}

/// A selected run in a window from and to so many minutes of the story.
fn run(id: &str, window: &str, start: i64, end: i64) -> String {
    let (start, end) = (story_minute(start), story_minute(end));
    let run = json!({"id": id, "type": "TASK", "environmentId": ENVIRONMENT, "date": start,
        "window": {"name": window, "start": start, "end": end}});
    format!("{run}\n")
}

/// Runs of the other environment.
fn of_other(runs: &str) -> String {
    runs.replace(r#""e1""#, r#""e2""#)
}

fn named(runs: &str) -> String {
    let with_name = |line: &str| {
        let name = if line.contains(r#""e2""#) { "Test" } else { "Production" };
        line.replacen('{', &format!(r#"{{"environmentName":"{name}","#), 1) + "\n"
    };
    runs.lines().map(with_name).collect()
}

/// An end record with these members, of a list in which nothing was selected.
fn end(members: &str) -> String {
    format!("{{\"end\":{{\"runs\":0{members}}}}}\n")
}

/// Both environments have two holds in the ledger, one of each past its end; a
/// third one's pause was lost. By the timetable the window was put off.
fn scene() -> (Scene, String) {
    let scene = Scene::of(world());
    let runs = |letter: &str| {
        run(&format!("{letter}0"), "patching", -60, 130)
            + &run(&format!("{letter}1"), "patching", -60, 160)
    };
    scene.expect(0, &[], &named(&(runs("t") + &of_other(&runs("u")))));
    let over = story_minute(-1).to_string();
    let ledger = scene.ledger_text().replace(&story_minute(130).to_string(), &over);
    scene.write_ledger(&ledger);
    let lost = Fault::new(Effect::reset()).on("PUT", "/**/pause");
    scene.standin.add_faults(vec![lost]).unwrap();
    let runs = run("t2", "patching", -60, 160) + &of_other(&run("u2", "patching", -60, 160));
    scene.expect(69, &["--retries", "0"], &named(&runs));
    scene.standin.clear_faults();
    let file = scene.file("timetable.csv");
    let (start, end) = (story_minute(600), story_minute(660));
    std::fs::write(&file, format!("name,start,end\npatching,{start},{end}\n")).unwrap();
    (scene, file)
}

/// The paths of requests about tasks of the other environment, and bodies and
/// queries that name it, from that request on.
fn about_other(scene: &Scene, from: usize) -> Vec<String> {
    let requests = scene.standin.requests();
    let text =
        |r: &tmc_standin::Request| format!("{} {}?{} {:?}", r.method, r.path, r.query, r.body);
    let all = requests[from..].iter().map(text);
    let of_other = [format!("={OTHER}"), format!("\"{OTHER}\"")];
    let is_about = |line: &String| {
        // The number of a hold may begin with the same two characters.
        let line = line.replace("hold=", "hold ");
        line.contains("/tasks/u") || of_other.iter().any(|text| line.contains(text))
    };
    all.filter(is_about).collect()
}

#[test]
fn sync_acts_on_the_environments_that_are_named_and_on_no_other() {
    let production = r#","environments":["e1"]"#;
    let by_run = run("t0", "later", 600, 660);
    for (flags, stdin) in [
        (&["--environment", ENVIRONMENT][..], String::new()),
        (&["--environment", "Production"], String::new()),
        (&["--environment", "Production", "--environment", ENVIRONMENT], end("")),
        (&[], end(production)),
        (&["--environment", "Production"], end(production)),
        (&[], by_run.clone()),
        (&[], by_run.replace("TASK", "PIPELINE")),
    ] {
        for with_timetable in [true, false] {
            let (scene, file) = scene();
            let timetable = ["--timetable", &*file];
            let timetable = if with_timetable { &timetable[..] } else { &[] };
            let sync = [&["sync"][..], flags, timetable].concat();
            let held = scene.ledger_text().lines().filter(|l| l.contains(r#""e2""#)).count();
            for dry in [true, false] {
                let from = scene.standin.requests().len();
                let sync = if dry { [&sync[..], &["-n"]].concat() } else { sync.clone() };
                let ended = scene.run(&sync, &stdin);
                assert!(ended.code == 0 || ended.code == 1, "{sync:?} {ended:#?}");
                assert_eq!(about_other(&scene, from), Vec::<String>::new(), "{sync:?} {stdin}");
                let is_own = |record: &serde_json::Value| record["environmentId"] == ENVIRONMENT;
                assert!(ended.records().iter().all(is_own), "{sync:?} {ended:#?}");
                if !stdin.contains("PIPELINE") {
                    assert_eq!(ended.action("t0"), "resumed", "{sync:?} {ended:#?}");
                }
                let action = if with_timetable { "resumed" } else { "held" };
                assert_eq!(ended.action("t1"), action, "{sync:?} {ended:#?}");
                let message = "holds of other environments, left as they are: 3 of Test (e2); \
                            1 of them past their end";
                assert_eq!(ended.stderr.matches(message).count(), 1, "{}", ended.stderr);
            }
            let left = scene.ledger_text().lines().filter(|l| l.contains(r#""e2""#)).count();
            assert_eq!(left, held, "nothing is recorded of them");
            assert!(scene.is_paused("u0") && scene.is_paused("u1"));
            scene.end();
            scene.an_hour_later();
            scene.end_clean();
        }
    }
}

#[test]
fn sync_that_names_no_environment_or_an_unknown_one_changes_nothing() {
    let (scene, file) = scene();
    let changes = scene.count("PUT", "");
    let ledger = scene.ledger_text();
    let old = end("");
    for (flags, stdin, code, said) in [
        (&[][..], "", 65, "no environment was named for sync"),
        (&["--timetable", &file], "", 65, "no environment was named for sync"),
        (&["-n"], "", 65, "no environment was named for sync"),
        (&[], &old, 65, "no environment was named for sync"),
        (&["--require-end"], &old, 65, "no environment was named for sync"),
        (&["--environment", "production"], "", 78, "Production (e1), Test (e2)"),
        (&["--environment", "e9"], "", 78, "Production (e1), Test (e2)"),
        (&["--environment", "Production", "--environment", "Prod"], "", 78, "\"Prod\""),
        (&["--environment", ""], "", 78, "Production (e1), Test (e2)"),
    ] {
        let ended = scene.expect(code, &[&["sync"], flags].concat(), stdin);
        assert!(ended.stderr.contains(said), "{flags:?} {}", ended.stderr);
        assert!(ended.records().is_empty(), "{flags:?} {ended:#?}");
    }
    assert_eq!(scene.count("PUT", ""), changes);
    assert_eq!(scene.ledger_text(), ledger);
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// Who may not list environments, or asks while that list is away, still gives
/// back: the ledger has the names of when it was paused.
#[test]
fn the_ledger_says_what_a_name_means_where_the_api_does_not() {
    for (status, has_timetable) in [(403, false), (404, true), (500, true)] {
        let (scene, file) = scene();
        let lists = ["/**/environments", "/**/workspaces"];
        let faults = lists.map(|path| Fault::new(Effect::status(status)).on("GET", path));
        scene.standin.add_faults(faults.into()).unwrap();
        let sync = ["sync", "--retries", "0", "--environment", "Production"];
        // With a timetable, the names are resolved before the list is read, and after it.
        let timetable: &[&str] = if has_timetable { &["--timetable", &file] } else { &[] };
        let ended = scene.run(&[&sync[..], timetable].concat(), "");
        assert_eq!(ended.action("t0"), "resumed", "{status} {ended:#?}");
        assert_eq!(ended.action("u0"), "", "{status} {ended:#?}");
        let warnings = ended.stderr.matches("taken for the environment e1").count();
        assert_eq!(warnings, 1, "{}", ended.stderr);
        scene.standin.clear_faults();
        scene.end();
        scene.an_hour_later();
        scene.end_clean();
    }
}

/// The API lists no environments, and neither the ledger nor the list has the name.
#[test]
fn of_an_environment_that_cannot_be_known_the_holds_are_left_and_the_call_ends_with_1() {
    let (scene, _) = scene();
    let lists = ["/**/environments", "/**/workspaces"];
    let faults = lists.map(|path| Fault::new(Effect::status(403)).on("GET", path));
    scene.standin.add_faults(faults.into()).unwrap();
    let runs = run("t3", "later", 600, 660);
    for more in [&["-n"][..], &[]] {
        let sync = ["sync", "--retries", "0", "--environment", "Elsewhere"];
        let ended = scene.expect(1, &[&sync[..], more].concat(), &runs);
        for words in ["\"Elsewhere\" is, is not known", "its holds were left"] {
            assert!(ended.stderr.contains(words), "{words} {ended:#?}");
        }
        assert_eq!((&*ended.action("t3"), &*ended.action("u0")), ("pending", ""), "{ended:#?}");
    }
    scene.standin.clear_faults();
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// Whatever the order of the flags, the environment that the ledger knows is given back.
#[test]
fn of_several_names_one_that_the_ledger_knows_is_enough_to_give_back() {
    let (scene, _) = scene();
    let lists = ["/**/environments", "/**/workspaces"];
    let faults = lists.map(|path| Fault::new(Effect::status(403)).on("GET", path));
    scene.standin.add_faults(faults.into()).unwrap();
    for (names, code) in [
        (&["Production", "Elsewhere"][..], 1),
        (&["Elsewhere", "Production"], 1),
        (&["Elsewhere", "Nowhere"], 77),
    ] {
        let flags = names.iter().flat_map(|name| ["--environment", name]);
        let sync = ["sync", "-n", "--retries", "0"].into_iter().chain(flags);
        let ended = scene.expect(code, &sync.collect::<Vec<_>>(), "");
        let expected = if code == 1 { "resumed" } else { "" };
        assert_eq!(ended.action("t0"), expected, "{names:?} {ended:#?}");
        let unknown = ended.stderr.matches("\"Elsewhere\" is, is not known").count();
        assert_eq!(unknown, usize::from(code == 1), "{names:?} {ended:#?}");
    }
    scene.standin.clear_faults();
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// With a timetable, a hold that is over does not wait until the other name is right.
#[test]
fn an_unknown_environment_beside_a_known_one_keeps_nothing_from_being_given_back() {
    let (scene, file) = scene();
    for (names, action) in [
        (&["Elsewhere", "Nowhere"][..], ""),
        // A dry run begins with the list.
        (&["Elsewhere", "Production", "-n"], ""),
        (&["Elsewhere", "Production"], "resumed"),
        (&["Production", "Elsewhere"], ""),
    ] {
        let flags = names.iter().flat_map(|name| match *name {
            "-n" => vec!["-n"],
            name => vec!["--environment", name],
        });
        let sync: Vec<&str> = ["sync", "--timetable", &file].into_iter().chain(flags).collect();
        let ended = scene.expect(78, &sync, &run("t3", "later", 600, 660));
        assert_eq!(ended.action("t0"), action, "{names:?} {ended:#?}");
        assert_eq!((&*ended.action("u0"), &*ended.action("t3")), ("", ""), "{names:?} {ended:#?}");
    }
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// The environment is called otherwise now; whoever set the name knows it by the
/// old one.
#[test]
fn a_name_from_before_a_renaming_is_known_from_the_ledger() {
    let (scene, _) = scene();
    scene.standin.act(tmc_standin::WorldAction::rename(ENVIRONMENT, "Live")).unwrap();
    for name in ["Production", "Live"] {
        let ended = scene.run(&["sync", "-n", "--environment", name], "");
        assert_eq!((&*ended.action("t0"), &*ended.action("u0")), ("resumed", ""), "{ended:#?}");
    }
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// A list of one workspace says nothing of the others, and the timetable that it
/// was held against may be that of this workspace alone.
#[test]
fn a_list_of_a_part_of_an_environment_gives_back_nothing_early_of_the_rest() {
    for (narrowed, flags, early) in [
        (true, &[][..], false),
        (true, &["--environment", "Production"], true),
        (true, &["--environment", ENVIRONMENT], true),
        (true, &["--environment", OTHER], false),
        (false, &[], true),
    ] {
        let (scene, file) = scene();
        let members = format!(
            r#","environments":["e1"]{}"#,
            if narrowed { r#","filtered":true"# } else { "" }
        );
        let sync = [&["sync", "-n", "--timetable", &file], flags].concat();
        let ended = scene.run(&sync, &end(&members));
        assert_eq!(ended.action("t0"), "resumed", "past its end {ended:#?}");
        assert_eq!(ended.action("t1"), if early { "resumed" } else { "held" }, "{ended:#?}");
        assert_eq!(ended.stderr.contains("narrowed to a part"), !early, "{}", ended.stderr);
        scene.end();
        scene.an_hour_later();
        scene.end_clean();
    }
}

/// An end record gives authority over what was looked at alone.
#[test]
fn a_named_environment_without_the_workspace_is_reported_and_not_in_the_end_record() {
    let scene = Scene::of(world());
    let list = |args: &[&str]| {
        let mut command = api_tool("runs-fetch", &scene.standin);
        run_tool(command.env("TALEND_TOKEN", crate::support::world::TOKEN).args(args))
    };
    let message = "the environment \"Test\" has no workspace \"w1\": nothing of it is listed\n";
    let named = ["-e", "Production", "-e", "Test", "-w", "w1"];
    for args in [&["--to", "+1d", "--end-record"][..], &["tasks"], &["plans"]] {
        let ended = list(&[args, &named].concat());
        assert_eq!((ended.code, ended.stderr.contains(message)), (0, true), "{}", ended.stderr);
        assert_eq!(ended.stdout.contains(r#""environments":["e1"]"#), args.len() == 3);
        // Where both have one, or none was named, nothing is left out.
        for others in
            [&[&named[..], &["-w", "w2"]].concat(), &["--all-environments", "-w", "w1"][..]]
        {
            let ended = list(&[args, others].concat());
            let is_reported = ended.stderr.contains("nothing of it is listed");
            assert_eq!((ended.code, is_reported), (0, false), "{}", ended.stderr);
        }
    }
    scene.end_clean();
}

/// A start that is to make up for a missed run is the business of its own
/// environment, too.
#[test]
fn no_run_of_another_environment_is_made_up_for() {
    let scene = Scene::of(world());
    scene.expect(0, &[], &of_other(&open_now(&["u0"])));
    let start = tmc_standin::WorldAction::Start {
        id: "u0".into(),
        kind: tmc_standin::ExecutionKind::default(),
    };
    scene.standin.act(start).unwrap();
    let refused = Fault::new(Effect::status(403)).on("POST", "/processing/executions");
    scene.standin.add_faults(vec![refused]).unwrap();
    scene.expect(1, &["resume", "--all", "--catch-up", "once"], "");
    scene.standin.clear_faults();
    let starts = scene.count("POST", "/processing/executions");
    let sync = ["sync", "--catch-up", "once", "--environment"];
    scene.expect(0, &[&sync[..], &["Production"]].concat(), "");
    assert_eq!(scene.count("POST", "/processing/executions"), starts);
    scene.expect(0, &[&sync[..], &["Test"]].concat(), "");
    assert_eq!(scene.count("POST", "/processing/executions"), starts + 1);
    scene.end_clean();
}

/// Whose holds the ledger has is no reason to take one for the other.
#[test]
fn an_environment_whose_name_several_have_is_refused_and_nothing_moves() {
    let mut world = serde_json::json!({
        "environments": [{"id": ENVIRONMENT, "name": "X"}, {"id": OTHER, "name": "X"}],
        "workspaces": [{"id": "w1", "name": "Finance", "environment": ENVIRONMENT}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "token", "secret": crate::support::world::TOKEN, "user": "ops"}],
        "tasks": [{"id": "t0", "name": "Task 0", "workspace": "w1"}],
    });
    let world = tmc_standin::World::from_json(&world.take().to_string()).unwrap();
    let scene = Scene::of(world);
    scene.expect(0, &[], &run("t0", "patching", -60, 60));
    let file = scene.file("timetable.csv");
    let (start, end) = (story_minute(600), story_minute(660));
    std::fs::write(&file, format!("name,start,end\nlater,{start},{end}\n")).unwrap();
    let changes = scene.count("PUT", "");
    for args in [&["--timetable", &*file][..], &[]] {
        let ended =
            scene.expect(78, &[&["sync", "--environment", "X"], args].concat(), &self::end(""));
        let message = "several environments are called \"X\"";
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        assert!(ended.stderr.contains(ENVIRONMENT) && ended.stderr.contains(OTHER));
    }
    assert_eq!(scene.count("PUT", ""), changes);
    scene.end_clean();
}

/// The filter and `sync` must get the same timetable.
#[test]
fn what_the_timetable_of_the_call_keeps_from_being_paused_is_reported() {
    let (scene, _) = scene();
    let file = scene.file("other.csv");
    let (start, end) = (story_minute(600), story_minute(660));
    std::fs::write(&file, format!("name,start,end\nlater,{start},{end}\n")).unwrap();
    let runs = run("t4", "patching", -30, 60) + &run("t5", "patching", -30, 60);
    for dry in [&["--dry-run"][..], &[]] {
        let args = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
        let ended = scene.run(&[&args, dry].concat(), &runs);
        assert_eq!(ended.action("t4"), "expired", "{ended:#?}");
        let message = "2 tasks and plans are not paused: in an open window by the list";
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    assert_eq!(scene.count("PUT", "/t4/pause") + scene.count("PUT", "/t5/pause"), 0);
    scene.end();
    scene.an_hour_later();
    scene.end_clean();
}

/// The list and the flag may be of two settings by mistake.
#[test]
fn a_list_of_another_environment_than_is_named_is_reported() {
    let scene = Scene::of(world());
    let runs = named(&run("t0", "patching", -60, 160));
    for (environment, is_other) in [("Test", true), ("Production", false)] {
        let ended = scene.expect(0, &["sync", "--environment", environment], &runs);
        let said = "1 task or plan of the list is of Production (e1), which --environment";
        assert_eq!(ended.stderr.contains(said), is_other, "{}", ended.stderr);
    }
    scene.end_clean();
}

/// The environments that a metric of a file is of, and its values.
fn active_holds(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("task_pause_active_holds{environment="))
        .collect()
}

#[test]
fn metrics_are_of_the_named_environments_alone_under_the_given_name() {
    let scene = Scene::of(world());
    let own = run("t0", "patching", -60, 160);
    let other = of_other(&(run("u0", "patching", -60, 160) + &run("u1", "patching", -60, 160)));
    let file = scene.file("metrics.prom");
    let metrics = |args: &[&str], input: &str| {
        let ended = scene.expect(0, &[args, &["--metrics-file", &file]].concat(), input);
        (std::fs::read_to_string(&file).unwrap(), ended.stderr)
    };
    // The runs have no names: nobody asked for them.
    let (text, _) = metrics(&[], &own);
    assert_eq!(active_holds(&text), ["\"e1\"} 1"], "{text}");
    let (text, _) = metrics(&["sync", "--environment", "Test"], &other);
    assert_eq!(active_holds(&text), ["\"Test\"} 2"], "{text}");
    assert!(!text.contains("e1") && !text.contains("e2"), "{text}");
    for named in [&["Production"][..], &["Production", "e1"]] {
        let named: Vec<_> = named.iter().flat_map(|name| ["--environment", name]).collect();
        let (text, _) = metrics(&[&["sync"], &named[..]].concat(), &own);
        assert_eq!(active_holds(&text), ["\"Production\"} 1"], "{text}");
    }
    let (text, reported) = metrics(&["status", "--environment", "Test"], "");
    assert_eq!(active_holds(&text), ["\"Test\"} 2"], "{text}");
    assert!(!reported.contains("warning"), "{reported}");
    // The ledger has no name for what the main job paused.
    let (text, reported) = metrics(&["status", "--environment", "Production"], "");
    assert_eq!(active_holds(&text), ["\"Production\"} 0"], "{text}");
    assert!(
        reported.contains("nothing held in \"Production\"") && reported.contains("(e1)"),
        "{reported}"
    );
    let (text, reported) = metrics(&["status", "--environment", "e1"], "");
    assert_eq!(active_holds(&text), ["\"e1\"} 1"], "{text}");
    assert!(!reported.contains("warning"), "{reported}");
    scene.end_clean();
}
