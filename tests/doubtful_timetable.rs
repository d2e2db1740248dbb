//! A timetable that would give everything back in the middle of a maintenance: by a
//! misspelt scope, or since it is another file.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::ended::Ended;
use crate::support::runs::{open_now, selected, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::ENVIRONMENT;

/// Rows of a timetable: name, start, end (minutes from now), and scopes.
type Rows<'a> = &'a [(&'a str, i64, i64, &'a str)];

/// Writes a timetable.
fn timetable(scene: &Scene, rows: Rows<'_>) -> String {
    let file = scene.file("t.csv");
    let mut text = "name,start,end,environment,workspace,task\n".to_owned();
    for (name, start, end, scopes) in rows {
        let (start, end) = (whole_minute(*start), whole_minute(*end));
        writeln!(text, "{name},{start},{end},{scopes}").unwrap();
    }
    std::fs::write(&file, text).unwrap();
    file
}

/// Runs with the names of their environment, workspace and task.
fn named(runs: &str) -> String {
    let names = r#"{"environmentName":"Production","workspaceId":"w1","workspaceName":"Finance","name":"Task 0","#;
    runs.lines().map(|line| line.replacen('{', names, 1) + "\n").collect()
}

/// A scene in which two tasks are held, with the flags of `sync`.
fn held() -> (Scene, [String; 5]) {
    let scene = Scene::new();
    scene.expect(0, &[], &named(&open_now(&["t0", "t1"])));
    let file = scene.file("t.csv");
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file].map(str::to_owned);
    (scene, sync)
}

fn run(scene: &Scene, code: i32, sync: &[String], more: &[&str], stdin: &str) -> Ended {
    let args: Vec<&str> = sync.iter().map(String::as_str).chain(more.iter().copied()).collect();
    scene.expect(code, &args, stdin)
}

#[test]
fn a_timetable_that_ends_every_hold_by_a_slip_gives_nothing_back_unless_that_is_meant() {
    // The rows, and the words of the message.
    let cases: [(Rows<'_>, &[&str]); 7] = [
        (
            &[("patching", -30, 60, "Prod,,")],
            &["t.csv:2", "environment \"Prod\" (did you mean \"Production\"?)"],
        ),
        (&[("patching", -30, 60, "production,,")], &["did you mean \"Production\"?"]),
        (
            &[("patching", -30, 60, ",finance,")],
            &["workspace \"finance\" (did you mean \"Finance\"?)"],
        ),
        (&[("patching", -30, 60, ",,task 0")], &["task \"task 0\" (did you mean \"Task 0\"?)"]),
        (
            &[("later", 600, 660, ",,"), ("patching", -30, 90, "Quality,,")],
            &["t.csv:3", "environment \"Quality\":"],
        ),
        (&[("later", 600, 660, ",,")], &["no window \"patching\" any more", "right file"]),
        (&[("others", -30, 60, ",,t5")], &["no window \"patching\" any more"]),
    ];
    for (rows, words) in cases {
        let (scene, sync) = held();
        timetable(&scene, rows);
        let before = scene.count("PUT", "");
        for (more, stdin) in [
            (&[][..], String::new()),
            (&[], named(&open_now(&["t0"]))),
            (&["--dry-run"], String::new()),
            (&["--no-verify"], String::new()),
        ] {
            let ended = run(&scene, 65, &sync, more, &stdin);
            for id in ["t0", "t1"] {
                assert_eq!(ended.action(id), "held", "{rows:?} {more:?} {ended:#?}");
            }
            for word in words.iter().chain(&["none was given back", "--allow-empty"]) {
                assert!(ended.stderr.contains(word), "{word} {rows:?} {ended:#?}");
            }
            assert!(!ended.stderr.contains("given back early"), "{ended:#?}");
        }
        assert_eq!(scene.count("PUT", ""), before, "nothing was changed");
        let ended = run(&scene, 0, &sync, &["--allow-empty"], "");
        assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "resumed".into()));
        scene.end_clean();
    }
}

/// Holds that are over end, and the other rows of the timetable count.
#[test]
fn the_rest_is_done_while_a_timetable_is_doubted() {
    let (scene, sync) = held();
    scene.expect(0, &[], &selected("t2", "short", -30, Some(30)));
    let end = whole_minute(30).to_string();
    scene.write_ledger(&scene.ledger_text().replace(&end, &whole_minute(-1).to_string()));
    timetable(&scene, &[("patching", -30, 60, "Prod,,"), ("new", -5, 60, ",,t3")]);
    let ended = run(&scene, 65, &sync, &[], &selected("t3", "new", -5, Some(60)));
    let actions = ["t0", "t1", "t2", "t3"].map(|id| ended.action(id));
    assert_eq!(actions, ["held", "held", "resumed", "paused"].map(Value::from), "{ended:#?}");
    // At the end that the ledger has, they are given back all the same.
    let end = whole_minute(60).to_string();
    scene.write_ledger(&scene.ledger_text().replace(&end, &whole_minute(-1).to_string()));
    let ended = run(&scene, 0, &sync, &[], "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("resumed".into(), "resumed".into()));
    scene.end_clean();
}

/// Of the two refusals, one is the ending and the other a warning.
#[test]
fn a_limit_that_refuses_while_a_timetable_is_doubted_is_a_warning() {
    let (scene, sync) = held();
    timetable(&scene, &[("patching", -30, 60, "Prod,,"), ("new", -5, 60, ",,t3")]);
    let runs = selected("t3", "new", -5, Some(60));
    for more in [&["--max-tasks", "2", "-n"][..], &["--max-tasks", "2"]] {
        let ended = run(&scene, 65, &sync, more, &runs);
        assert_eq!((ended.action("t0"), ended.action("t1")), ("held".into(), "held".into()));
        let warning = "warning: 2 tasks and plans are held already, 1 more is to be paused";
        for words in [warning, "nothing was paused", "environment \"Prod\""] {
            assert!(ended.stderr.contains(words), "{words} {ended:#?}");
        }
        assert!(!ended.stdout.contains("\"t3\""), "{ended:#?}");
    }
    assert!(!scene.is_paused("t3"));
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}

/// A person decided, and says so by the timetable.
#[test]
fn a_window_that_was_moved_or_narrowed_is_believed() {
    let cases: [(Rows<'_>, [&str; 2]); 6] = [
        // Ended early, and put off.
        (&[("patching", -30, -1, ",,")], ["resumed", "resumed"]),
        (&[("patching", 300, 400, ",,")], ["resumed", "resumed"]),
        // Narrowed to a part of its tasks.
        (&[("patching", -30, 60, ",,t0")], ["held", "resumed"]),
        // Another row of the name has another scope, and the first one was ended.
        (
            &[("patching", -30, -1, "Production,,"), ("patching", -30, 60, "Quality,,")],
            ["resumed", "resumed"],
        ),
        // Renamed.
        (&[("upgrade", -30, 60, "Production,,")], ["held", "held"]),
        // One of two windows is gone.
        (&[("patching", -30, 60, ",,t1"), ("upgrade", 60, 90, ",,")], ["resumed", "held"]),
    ];
    for (rows, actions) in cases {
        let (scene, sync) = held();
        timetable(&scene, rows);
        let ended = run(&scene, 0, &sync, &[], "");
        let found = ["t0", "t1"].map(|id| ended.action(id));
        assert_eq!(found, actions.map(Value::from), "{rows:?} {ended:#?}");
        scene.end_clean();
    }
    // The scope takes other tasks now, which the list shows.
    let (scene, sync) = held();
    timetable(&scene, &[("patching", -30, 60, ",,t3")]);
    let ended = run(&scene, 0, &sync, &[], &open_now(&["t3"]));
    let found = ["t0", "t1", "t3"].map(|id| ended.action(id));
    assert_eq!(found, ["resumed", "resumed", "paused"].map(Value::from), "{ended:#?}");
    scene.end_clean();
}

/// It was given back by a command: there is nothing left to doubt.
#[test]
fn what_a_command_gives_back_needs_no_timetable_that_fits() {
    let (scene, sync) = held();
    timetable(&scene, &[("patching", -30, 60, "Prod,,")]);
    run(&scene, 65, &sync, &[], "");
    scene.expect(0, &["resume", "--window", "patching"], "");
    assert!(run(&scene, 0, &sync, &[], "").records().is_empty());
    scene.end_clean();
}

/// The words fit one and several.
#[test]
fn the_doubt_counts_tasks_and_windows() {
    let scene = Scene::new();
    let file = timetable(&scene, &[("later", 600, 660, ",,")]);
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file].map(str::to_owned);
    for (runs, words) in [
        (selected("t0", "a", -30, Some(60)), "while 1 task or plan is held for it"),
        (
            selected("t1", "b", -30, Some(60)),
            "no window \"a\" any more, nor 1 other that holds, at whatever time, while 2 tasks and \
             plans are held for it",
        ),
        (selected("t2", "c", -30, Some(60)), "nor 2 others that hold"),
    ] {
        scene.expect(0, &[], &named(&runs));
        let ended = run(&scene, 65, &sync, &[], "");
        assert!(ended.stderr.contains(words), "{ended:#?}");
    }
    let rows = ["a", "b", "c"].map(|name| (name, -30, 60, "Prod,,"));
    timetable(&scene, &rows);
    let ended = run(&scene, 65, &sync, &[], "");
    assert!(ended.stderr.contains("; the same for 2 other windows"), "{ended:#?}");
    scene.expect(0, &["resume", "--window", "a"], "");
    let ended = run(&scene, 65, &sync, &[], "");
    assert!(ended.stderr.contains("given back; the same for 1 other window\n"), "{ended:#?}");
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}
