//! Every exit code other than 0 has a line on stderr that says why, also with
//! `--quiet`, and as one object with `--log-format json`.

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::ended::Ended;
use crate::support::process::signal;
use crate::support::runs::{open_now, soon};
use crate::support::scene::Scene;
use crate::support::skip::ignores_hangups;
use crate::support::tool::{run, tool};
use crate::support::world::{ENVIRONMENT, PLAN};

/// A way to end with another code than 0.
struct Row {
    /// The exit code, and the word for scripts.
    ends: (i32, &'static str),
    args: &'static [&'static str],
    stdin: fn() -> String,
    prepare: fn(&Scene),
    /// Part of the sentence.
    says: &'static str,
}

fn nothing(_: &Scene) {}

fn fault(scene: &Scene, status: u16, method: &str, path: &str) {
    let fault = Fault::new(Effect::status(status)).on(method, path);
    scene.standin.add_faults(vec![fault]).unwrap();
}

fn one() -> String {
    open_now(&["t0"])
}

/// A task that is held past the end of its window, with a run that it missed.
fn overdue(scene: &Scene) {
    scene.expect(0, &[], &one());
    scene.an_hour_later();
    let shifted = |line: &str| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        if let Some(window) = entry.pointer_mut("/event/pausing/windows/0") {
            window["start"] = "2026-01-01T00:00:00.000Z".into();
            window["end"] = "2026-01-02T00:00:00.000Z".into();
        }
        format!("{entry}\n")
    };
    let ledger: String = scene.ledger_text().lines().map(shifted).collect();
    scene.write_ledger(&ledger);
}

/// A task that missed runs, and is to be given back.
fn missed(scene: &Scene) {
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4"]));
    scene.an_hour_later();
    scene.set_clock(0);
    fault(scene, 403, "GET", "/processing/**");
}

const ROWS: &[Row] = &[
    Row {
        ends: (1, "partial"),
        args: &["--verify-timeout", "100ms"],
        stdin: one,
        prepare: |scene| scene.standin.set_options(|options| options.shows_after_ms = 60_000),
        says: "1 of 1 task or plan not seen changed yet",
    },
    Row {
        ends: (1, "partial"),
        args: &["sync", "--verify-timeout", "100ms"],
        stdin: one,
        prepare: |scene| scene.standin.set_options(|options| options.shows_after_ms = 60_000),
        says: "not seen changed yet",
    },
    Row {
        ends: (1, "partial"),
        args: &[],
        stdin: || open_now(&["t0", "t1"]),
        prepare: |scene| fault(scene, 403, "PUT", "/**/t0/pause"),
        says: "1 of 2 tasks and plans failed; the first failure: task t0",
    },
    Row {
        ends: (77, "refused"),
        args: &[],
        stdin: || open_now(&["t0", "t1"]),
        prepare: |scene| fault(scene, 403, "PUT", "/**/pause"),
        says: "403",
    },
    Row {
        ends: (69, "unavailable"),
        args: &["--retries", "0"],
        stdin: one,
        prepare: |scene| fault(scene, 500, "PUT", "/**/pause"),
        says: "1 of 1 task or plan failed",
    },
    Row {
        ends: (1, "partial"),
        args: &[],
        stdin: || open_now(&["t0"]).replace("TASK", "PIPELINE"),
        prepare: nothing,
        says: "1 of a type that cannot be paused",
    },
    Row {
        ends: (1, "partial"),
        args: &["--dry-run"],
        stdin: || open_now(&["t0"]).replace("TASK", "PIPELINE"),
        prepare: nothing,
        says: "1 of a type that cannot be paused",
    },
    Row {
        ends: (1, "partial"),
        args: &["--drain", "100ms"],
        stdin: || open_now(&["t4"]),
        prepare: nothing,
        says: "runs are in flight still",
    },
    Row {
        ends: (1, "partial"),
        args: &["--with-plans", "--retries", "0"],
        stdin: one,
        prepare: |scene| fault(scene, 500, "GET", "/**/executables/plans"),
        says: "the plans of the tasks are not known",
    },
    Row {
        ends: (1, "partial"),
        args: &["--dry-run", "--with-plans", "--retries", "0"],
        stdin: one,
        prepare: |scene| fault(scene, 500, "GET", "/**/executables/plans"),
        says: "the plans of the tasks are not known",
    },
    Row {
        ends: (1, "partial"),
        args: &["resume", "--all", "--catch-up", "once"],
        stdin: String::new,
        prepare: missed,
        says: "a run that was missed is not made up for",
    },
    Row {
        ends: (1, "partial"),
        args: &["wait", "--retries", "0"],
        stdin: || soon("t0", 0, Some(2_500)),
        prepare: |scene| fault(scene, 503, "GET", "/**/tasks/t0"),
        says: "a window went by",
    },
    Row {
        ends: (1, "partial"),
        args: &["wait"],
        stdin: || open_now(&["t0"]).replace("TASK", "PIPELINE"),
        prepare: nothing,
        says: "1 of a type that cannot be paused",
    },
    Row {
        ends: (1, "partial"),
        args: &["recover", "--environment", ENVIRONMENT, "--retries", "0"],
        stdin: String::new,
        prepare: |scene| fault(scene, 500, "GET", "/**/tasks/t0"),
        says: "paused is not known",
    },
    Row {
        ends: (2, "usage"),
        args: &["sync", "--resume"],
        stdin: String::new,
        prepare: nothing,
        says: "unexpected argument '--resume' found",
    },
    Row {
        ends: (65, "bad-input"),
        args: &["--require-end"],
        stdin: one,
        prepare: nothing,
        says: "no end record",
    },
    Row {
        ends: (65, "bad-line"),
        args: &[],
        stdin: || "{\n".to_owned(),
        prepare: nothing,
        says: "line 1",
    },
    Row {
        ends: (69, "api-status"),
        args: &["coverage", "--retries", "0"],
        stdin: one,
        prepare: |scene| fault(scene, 503, "GET", "/**/tasks"),
        says: "503",
    },
    Row {
        ends: (73, "file-io"),
        args: &["--ledger", "/dev/null/ledger"],
        stdin: one,
        prepare: nothing,
        says: "/dev/null/ledger",
    },
    Row {
        ends: (78, "configuration"),
        args: &["--max-tasks", "0"],
        stdin: one,
        prepare: nothing,
        says: "--max-tasks",
    },
    Row {
        ends: (78, "configuration"),
        args: &["recover", "--environment", "nowhere"],
        stdin: String::new,
        prepare: nothing,
        says: "no environment has the ID or the name",
    },
];

/// Runs a row in this manner, and ends its story.
fn ended(row: &Row, manner: &[&str]) -> Ended {
    let scene = Scene::new();
    (row.prepare)(&scene);
    let ended = scene.expect(row.ends.0, &[row.args, manner].concat(), &(row.stdin)());
    scene.standin.set_options(|options| options.shows_after_ms = 0);
    scene.standin.clear_faults();
    scene.end();
    ended
}

// README: Every exit code but 0
#[test]
fn an_exit_code_other_than_zero_always_has_a_sentence() {
    for row in ROWS {
        let Row { args, says, ends: (code, word), .. } = row;
        let plain = ended(row, &[]).stderr;
        let error = plain.lines().find(|line| line.contains("error: "));
        assert!(error.is_some_and(|line| line.contains(says)), "{code} {args:?}: {plain}");
        if *code != 2 {
            let quiet = ended(row, &["--quiet"]).stderr;
            assert!(quiet.contains(says), "{code} {args:?} --quiet: {quiet}");
            assert!(!quiet.contains("warning: "), "{code} {args:?} --quiet: {quiet}");
        }
        let json = ended(row, &["--log-format", "json"]).stderr;
        let objects = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let errors: Vec<Value> = objects.filter(|object| object["level"] == "error").collect();
        let [error] = &errors[..] else { panic!("{code} {args:?}: {json}") };
        assert_eq!(
            (error["exit"].as_i64(), error["code"].as_str()),
            (Some((*code).into()), Some(*word)),
            "{json}"
        );
        assert!(error["message"].as_str().unwrap().contains(says), "{json}");
        assert!(error["retryable"].is_boolean(), "{json}");
    }
}

/// A missed run is not known for certain, and nobody asked to make up for it.
#[test]
fn missed_runs_that_cannot_be_listed_are_a_warning_and_the_planned_ones_stand_in() {
    for status in [400, 403, 404, 422, 500] {
        let scene = Scene::new();
        overdue(&scene);
        fault(&scene, status, "GET", "/processing/**");
        let ended = scene.expect(0, &["resume", "--retries", "0"], "");
        let said = "warning: the runs that were missed are not known";
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        let receipt = ended.receipt("t0");
        assert_eq!(receipt["action"], "resumed");
        assert_eq!(receipt["runsSource"], "planned");
        assert_eq!(receipt["runs"].as_array().unwrap().len(), 1, "{receipt}");
        scene.standin.clear_faults();
        scene.end_clean();
    }
}

/// Tasks are listed, plans are not: what is known of tasks stays known.
#[test]
fn one_list_that_is_refused_hides_no_other() {
    let scene = Scene::new();
    scene.set_clock(-60);
    scene.expect(0, &[], &open_now(&["t4", PLAN]));
    scene.an_hour_later();
    scene.set_clock(0);
    fault(&scene, 403, "GET", "/**/plans/executions");
    let ended = scene.expect(0, &["resume", "--all"], "");
    assert_eq!(ended.receipt("t4")["runsSource"], "recorded", "{ended:?}");
    assert_eq!(ended.receipt(PLAN)["runsSource"], "planned", "{ended:?}");
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn a_call_that_did_everything_says_nothing() {
    let scene = Scene::new();
    // That a ledger is begun is reported, and which ledger was read.
    scene.expect(0, &[], "");
    for args in [&[][..], &["sync"]] {
        assert_eq!(scene.expect(0, args, &one()).stderr, "", "{args:?}");
    }
    let status = scene.expect(0, &["status", "--overdue"], "").stderr;
    assert_eq!(status, format!("task-pause: the ledger {} holds 1\n", scene.ledger().display()));
    assert_eq!(scene.end().stderr, "");
}

/// An exit code that a flag asked for is an answer, and no error.
#[test]
fn an_answer_by_exit_code_is_a_note() {
    let scene = Scene::new();
    overdue(&scene);
    let late = scene.expect(1, &["status", "--overdue", "10m"], "");
    let said = "task-pause: 1 hold is past the end by more than 10m 00s\n";
    assert!(late.stderr.ends_with(said), "{}", late.stderr);
    let json = scene.expect(1, &["status", "--overdue", "--log-format", "json"], "").stderr;
    let json: Value = serde_json::from_str(json.lines().next_back().unwrap()).unwrap();
    assert_eq!((&json["code"], &json["exit"]), (&"overdue".into(), &1.into()));
    assert_eq!(scene.expect(1, &["status", "--overdue", "--quiet"], "").stderr, "");
    scene.end_clean();

    let timetable = scene.file("w.csv");
    std::fs::write(&timetable, "name,start,end\nw,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n")
        .unwrap();
    let filter = |flags: &[&str]| {
        run(tool("window-filter").args(["-e", "--timetable", &timetable]).args(flags))
    };
    let ended = filter(&[]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("no run was selected"), "{}", ended.stderr);
    // That the input was empty is reported before it.
    let json = filter(&["--log-format", "json"]).stderr;
    let json: Value = serde_json::from_str(json.lines().next_back().unwrap()).unwrap();
    assert_eq!((&json["code"], &json["exit"]), (&"nothing-selected".into(), &1.into()));
    let quiet = filter(&["-q"]);
    assert_eq!((quiet.code, &*quiet.stderr), (1, ""));
}

/// Of the other two tools, every kind of failure that their help names.
#[test]
fn the_filters_say_why_they_failed() {
    let scene = Scene::new();
    let bad = scene.file("bad.csv");
    std::fs::write(&bad, "name,start,end\nw,never,2026-01-02T00:00:00Z\n").unwrap();
    let good = scene.file("good.csv");
    std::fs::write(&good, "name,start,end\nw,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n").unwrap();
    let unsafe_file = scene.file("token");
    std::fs::write(&unsafe_file, "secret\n").unwrap();
    run(assert_cmd::Command::new("chmod").args(["644", &unsafe_file]));
    let url = scene.standin.url();
    let api = ["--api-url", &url, "--environment", "e1", "--to", "+1d", "--retries", "0"];
    let token = ["--token-file", &unsafe_file];
    for (name, args, code) in [
        ("window-filter", vec!["--no-such-flag"], 2),
        ("window-filter", vec!["--timetable", &bad], 65),
        ("window-filter", vec!["check", "--timetable", &bad], 65),
        ("window-filter", vec!["--timetable", &good], 65),
        ("window-filter", vec!["check", "--timetable", &bad, "--timetable", "none.csv"], 65),
        ("window-filter", vec!["windows", "--timetable", &bad], 65),
        ("window-filter", vec!["suggest", "--length", "4h"], 65),
        ("runs-fetch", vec!["check", "--api-url", &url], 78),
        ("task-pause", vec!["check", "--api-url", &url], 78),
        ("task-pause", vec!["status", "--ledger", "none"], 78),
        ("task-pause", vec!["history", "--ledger", "none"], 78),
        ("runs-fetch", vec!["--no-such-flag"], 2),
        ("runs-fetch", [&api[..], &["--api-url", "https://127.0.0.1:1"]].concat(), 2),
        ("runs-fetch", api.to_vec(), 78),
        ("runs-fetch", [&api[..], &token].concat(), 77),
        (
            "runs-fetch",
            vec![
                "--api-url",
                "https://127.0.0.1:1",
                "--environment",
                "e1",
                "--to",
                "+1d",
                "--retries",
                "0",
            ],
            69,
        ),
    ] {
        let json = ["--log-format", "json", "--quiet"];
        for manner in [&[][..], &["--quiet"], &json[..2], &json] {
            let mut command = tool(name);
            command.args(&args).args(manner);
            if code == 69 {
                command.env("TALEND_TOKEN", "none");
            }
            let ended = run(command.write_stdin("{\n"));
            assert_eq!(ended.code, code, "{args:?} {manner:?} {}", ended.stderr);
            if !manner.contains(&"json") {
                assert!(ended.stderr.contains("error"), "{args:?} {manner:?} {}", ended.stderr);
                continue;
            }
            let objects = ended.stderr.lines().map(serde_json::from_str::<Value>);
            let objects: Vec<Value> = objects.collect::<Result<_, _>>().unwrap();
            let errors: Vec<_> = objects.iter().filter(|one| one["level"] == "error").collect();
            assert_eq!(errors.last().copied(), objects.last(), "{args:?} {}", ended.stderr);
            for error in errors {
                assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
                assert!(error["retryable"].is_boolean(), "{error}");
                assert_eq!(error["exit"], code, "{error}");
            }
        }
    }
}

#[test]
fn a_signal_and_a_busy_ledger_say_so() {
    for (name, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        if name == "HUP" && ignores_hangups() {
            continue;
        }
        let scene = Scene::new();
        let hangs = Fault::new(Effect::latency_ms(20_000)).on("PUT", "/**/pause");
        scene.standin.add_faults(vec![hangs]).unwrap();
        let mut command = crate::support::process::command(&scene, &[], &one());
        let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        assert!(scene.standin.wait_for(|requests| requests.iter().any(|r| r.method == "PUT")));
        let busy = scene.expect(75, &["resume", "--all"], "");
        assert!(busy.stderr.contains("error: "), "{}", busy.stderr);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(&format!("(SIG{name})")), "{said}");
        scene.standin.clear_faults();
        scene.end();
    }
}
