//! Slips of somebody who types at night: each error says what was meant.

use std::fs;

use serde_json::Value;

use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::ENVIRONMENT;

const RUN: &str =
    r#"{"id":"t0","date":"2026-12-01T18:00:00.000Z","type":"TASK","environmentId":"e1"}"#;
const TABLE: &str = "name,start,end\nA,2026-12-01T00:00Z,2026-12-02T00:00Z\n";
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T000000Z\r\n\
    DTEND:20261202T000000Z\r\nSUMMARY:A\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Ends a tool on that input, and returns its exit code and its messages.
fn ended(name: &str, args: &[&str], stdin: &str) -> (i32, String) {
    let output = tool(name).args(args).write_stdin(stdin).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}

#[test]
fn a_file_of_another_kind_than_its_name_says_is_reported_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let workbook = "PK\u{3}\u{4}and so on";
    for (name, text, words) in [
        ("a.xlsx", workbook, ["workbook", "save the sheet as CSV"]),
        ("a.ods", workbook, ["workbook", "save the sheet as CSV"]),
        ("a.csv", workbook, ["workbook", "save the sheet as CSV"]),
        ("a.ics", TABLE, ["a table (CSV)", "name it .csv"]),
        ("a.jsonl", TABLE, ["a table (CSV)", "name it .csv"]),
        ("b.csv", CALENDAR, ["a calendar", "name it .ics"]),
        ("b.jsonl", CALENDAR, ["a calendar", "name it .ics"]),
        ("c.csv", "{\"name\":\"A\"}\n", ["JSON", "name it .jsonl"]),
        ("d.csv", "<!DOCTYPE html>\n<title>Sign in</title>\n", ["a web page", "login"]),
    ] {
        let file = place.path().join(name);
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        for args in [&["--timetable", file][..], &["check", "--timetable", file]] {
            let (code, said) = ended("window-filter", args, RUN);
            assert_eq!(code, 65, "{name} {said}");
            assert!(words.iter().all(|word| said.contains(word)), "{name} {said}");
        }
    }
}

#[test]
fn input_of_another_kind_is_reported_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("t.csv");
    fs::write(&file, TABLE).unwrap();
    let filter = ["--timetable", file.to_str().unwrap()];
    for (input, words) in [
        (format!("[{RUN}]"), "jq -c '.[]'"),
        (format!("[\n{RUN}\n]\n"), "jq -c '.[]'"),
        (TABLE.to_owned(), "JSON Lines"),
    ] {
        let (code, said) = ended("window-filter", &filter, &input);
        assert_eq!(code, 65, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let scene = Scene::new();
    let unfiltered = scene.expect(65, &[], &format!("{RUN}\n"));
    assert!(unfiltered.stderr.contains("no `window` in the record"), "{}", unfiltered.stderr);
    assert!(unfiltered.stderr.contains("window-filter --timetable"), "{}", unfiltered.stderr);
    for args in [&["coverage"][..], &["wait"], &["wait", "--resume"]] {
        let ended = scene.expect(0, args, "");
        assert!(ended.stderr.contains("no selected run"), "{args:?} {}", ended.stderr);
    }
}

/// A selected run must have `window.end`; only `null` means open-ended.
#[test]
fn a_window_whose_end_was_dropped_or_renamed_is_a_bad_line_and_pauses_nothing() {
    let scene = Scene::new();
    let slip: Value = serde_json::from_str(&open_now(&["t1"])).unwrap();
    let (mut dropped, mut renamed) = (slip.clone(), slip);
    dropped["window"].as_object_mut().unwrap().remove("end");
    let window = renamed["window"].as_object_mut().unwrap();
    let end = window.remove("end").unwrap();
    window.insert("ends".to_owned(), end);
    for slip in [dropped, renamed] {
        for args in [&[][..], &["wait", "--resume"], &["sync"]] {
            let ended = scene.expect(65, args, &format!("{}{slip}\n", open_now(&["t0"])));
            let message = "line 2: no `window.end` in the record";
            assert!(ended.stderr.contains(message), "{args:?} {}", ended.stderr);
            assert!(ended.stderr.contains("`\"end\":null`"), "{args:?} {}", ended.stderr);
        }
    }
    assert_eq!(scene.count("PUT", "/pause"), 0);
}

#[test]
fn a_usage_error_names_the_tool_and_what_was_meant() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("runs.jsonl");
    fs::write(&file, RUN).unwrap();
    let file = file.to_str().unwrap();
    let cases: [(&str, &[&str], &[&str]); 13] = [
        (
            "window-filter",
            &["--timetable", "t.csv", "--before", "-15m"],
            &["'-15m' for '--before'", "negative"],
        ),
        ("task-pause", &["--max-tasks", "-1"], &["'-1' for '--max-tasks'", "negative"]),
        ("task-pause", &["status", "--overdue", "-10m"], &["negative"]),
        ("runs-fetch", &["--to", "+1d", "--retries", "-1"], &["'-1' for '--retries'"]),
        ("runs-fetch", &["--from", "+2d", "--to", "+1d"], &["is not after --from", "swap the two"]),
        (
            "window-filter",
            &["--timetable", "t.csv", "--format", "CSV"],
            &["--format csv is of: window-filter (without a word)"],
        ),
        (
            "window-filter",
            &["windows", "--timetable", "t.csv", "--format", "svg"],
            &["--format svg is of: window-filter (without a word)"],
        ),
        ("window-filter", &["--timetable", "t.csv", file], &["unexpected file", "standard input"]),
        ("task-pause", &["sync", "--timetabel", "t.csv"], &["--timetable"]),
        ("task-pause", &["statsu"], &["did you mean 'status'"]),
        ("task-pause", &["resume", "patching"], &["needs a flag before it", "--window"]),
        ("window-filter", &["check", file], &["is a file", "--timetable"]),
        ("runs-fetch", &["--to", "tomorrow"], &["not a time"]),
    ];
    for (name, args, words) in cases {
        let (code, said) = ended(name, args, "");
        assert_eq!(code, 2, "{args:?} {said}");
        assert!(said.starts_with(&format!("{name}: error: ")), "{args:?} {said}");
        for word in words {
            assert!(said.contains(word), "{word} {args:?} {said}");
        }
    }
}

#[test]
fn a_time_that_ends_before_it_begins_is_reported_with_the_swap() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("t.csv");
    fs::write(&file, TABLE).unwrap();
    let file = file.to_str().unwrap();
    for (name, args) in [
        ("runs-fetch", &["-e", "e1"][..]),
        ("window-filter", &["windows", "--timetable", file]),
        ("window-filter", &["suggest", "--length", "1h"]),
        ("task-pause", &["history", "--ledger", "ledger.jsonl"]),
    ] {
        for (from, to, is_swapped) in [("2026-12-02", "2026-12-01", true), ("+1d", "+1d", false)] {
            let args = [args, &["--from", from, "--to", to]].concat();
            let (code, said) = ended(name, &args, "");
            assert_eq!(code, 2, "{args:?} {said}");
            assert!(said.contains(" is not after --from ("), "{args:?} {said}");
            assert_eq!(said.contains("hint: swap the two"), is_swapped, "{args:?} {said}");
        }
    }
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    for name in ["runs-fetch", "window-filter", "task-pause"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin(name));
        let output = command.arg("--help").stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(74), "{name} {output:?}");
    }
}

#[test]
fn a_name_in_another_spelling_is_named() {
    let scene = Scene::new();
    for name in ["production", "Prodution", "Prod"] {
        let mut command = tool("runs-fetch");
        command.envs(scene.connection()).args(["--to", "+1d", "--environment", name]);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("did you mean \"Production\"?"), "{said}");
    }
}

#[test]
fn what_was_given_back_is_reported_with_the_flag_that_pauses_it_again() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    scene.expect(0, &["resume", "--all"], "");
    for args in [&[][..], &["-n"], &["wait"]] {
        let ended = scene.expect(0, args, &open_now(&["t0", "t1"]));
        let message = "2 tasks and plans in an open window were given back";
        assert_eq!(ended.stderr.matches(message).count(), 1, "{args:?} {}", ended.stderr);
        assert!(ended.stderr.contains("--reassert"), "{}", ended.stderr);
    }
    // With nothing on standard input, this job still gives back.
    let ended = scene.expect(0, &["wait", "--resume"], "");
    assert!(ended.stderr.contains("only what the ledger holds is given back"), "{ended:#?}");
    scene.end_clean();
}

/// A ledger that is not there beside a journal that is was lost, and is no ledger
/// without holds.
#[test]
fn a_ledger_that_was_lost_is_no_ledger_without_holds() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let kept = fs::read(scene.ledger()).unwrap();
    fs::remove_file(scene.ledger()).unwrap();
    for args in [&["resume", "--all"][..], &["resume"]] {
        let ended = scene.expect(78, args, "");
        assert!(ended.stderr.contains("it was lost"), "{}", ended.stderr);
        assert!(ended.stderr.contains("task-pause recover"), "{}", ended.stderr);
    }
    let found = scene.expect(0, &["recover", "--environment", ENVIRONMENT], "");
    assert_eq!(found.records()[0]["recover"], Value::from("ours"));
    assert!(found.stderr.contains("nothing was changed; --yes takes the 1"), "{}", found.stderr);
    fs::write(scene.ledger(), kept).unwrap();
    scene.end_clean();
}

#[test]
fn a_scope_that_matches_no_run_but_for_a_slip_is_reported() {
    let place = tempfile::tempdir().unwrap();
    let run = |n: usize| {
        RUN.replacen('{', &format!(r#"{{"environmentName":"Production","name":"Load {n}","#), 1)
    };
    let input = format!("{}\n{}\n", run(1), run(2));
    for (environment, task, meant) in [
        (
            "production",
            "",
            Some("environment \"production\" matches no run: did you mean \"Production\"?"),
        ),
        ("Prodcution", "", Some("did you mean \"Production\"?")),
        ("Production|Prodcution", "", Some("environment \"Prodcution\" matches no run")),
        ("", "load 1", Some("task \"load 1\" matches no run: did you mean \"Load 1\"?")),
        ("", "Load 3", None),
        ("", "Load*", None),
        ("Quality", "", None),
        ("Production", "", None),
    ] {
        let file = place.path().join("t.csv");
        let row = format!("A,2026-12-01T00:00Z,2026-12-02T00:00Z,{environment},{task}");
        fs::write(&file, format!("name,start,end,environment,task\n{row}\n")).unwrap();
        let file = file.to_str().unwrap();
        for threads in ["1", "2"] {
            let (code, said) =
                ended("window-filter", &["--timetable", file, "--threads", threads], &input);
            assert_eq!(code, 0, "{row} {said}");
            match meant {
                Some(words) => assert!(said.contains(words) && said.contains("t.csv:2"), "{said}"),
                None => assert_eq!(said, "", "{row}"),
            }
        }
        let (_, said) = ended("window-filter", &["check", "--timetable", file], "");
        assert!(said.contains("scopes were not compared"), "{row} {said}");
        let empty = ["check", "--timetable", file, "--tasks", "/dev/null"];
        let (_, said) = ended("window-filter", &empty, "");
        assert!(said.contains("the file of --tasks is empty"), "{row} {said}");
        assert!(!said.contains("matches none of the tasks and plans (0)"), "{row} {said}");
    }
}

#[test]
fn what_cannot_be_done_or_counted_is_reported_in_one_line() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = place.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (table, tasks) =
        (file("t.csv", TABLE), file("tasks.jsonl", "{\"name\":\"x\"}\nnot JSON\n"));
    let range = r#""from":"2026-12-01T00:00:00.000Z","to":"2026-12-03T00:00:00.000Z""#;
    let list = |members: &str| format!("{RUN}\n{{\"end\":{{{range},{members}}}}}\n");
    let filter = ["--timetable", &table];
    let suggest = ["suggest", "--length", "1h"];
    for (tool, args, stdin, code, reported) in [
        (
            "window-filter",
            [&filter[..], &["--csv-raw"]].concat(),
            RUN.to_owned(),
            2,
            "--csv-raw is for --format csv alone",
        ),
        (
            "window-filter",
            [&["check"], &filter[..], &["--tasks", &tasks]].concat(),
            String::new(),
            65,
            "tasks.jsonl:2: not a task",
        ),
        (
            "window-filter",
            [&suggest[..], &["--date-field", ""]].concat(),
            list(r#""runs":1"#),
            2,
            "--date-field: the name is empty",
        ),
        (
            "window-filter",
            suggest.to_vec(),
            list(r#""runs":1,"filtered":true"#),
            0,
            "the list of runs was narrowed: other runs are not counted",
        ),
        (
            "window-filter",
            suggest.to_vec(),
            list(r#""runs":2,"selected":1"#),
            0,
            "a filter has left runs out of the list: they are not counted",
        ),
        ("task-pause", vec!["status"], String::new(), 78, "no place for the ledger"),
    ] {
        let (ended, said) = ended(tool, &args, &stdin);
        assert_eq!(ended, code, "{args:?}: {said}");
        assert_eq!(said.matches(reported).count(), 1, "{args:?}: {said}");
    }
}
