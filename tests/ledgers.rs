//! Which ledger a call reads, whether it is there, and pauses of another one.

use std::io::Write as _;
use std::process::Command;

use serde_json::json;
use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::checksums::with_checksums;
use crate::support::ended::Ended;
use crate::support::runs::{minutes, open_now, soon};
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::ENVIRONMENT;

/// task-pause with this environment in the place of the scene's ledger.
fn run_at(scene: &Scene, env: &[(&str, &str)], args: &[&str], stdin: &str) -> Ended {
    let mut command = tool("task-pause");
    let connection = scene.connection().into_iter().filter(|(name, _)| !name.ends_with("LEDGER"));
    command.args(args).envs(connection).envs(env.iter().copied());
    Ended::of_records(command.write_stdin(stdin).output().unwrap())
}

/// The jobs that only read the ledger, or give back by it.
const READERS: [&[&str]; 8] = [
    &["status"],
    &["status", "--format", "table"],
    &["status", "--overdue"],
    &["resume"],
    &["resume", "--all"],
    &["resume", "--window", "patching"],
    &["resume", "--dry-run"],
    &["resume", "--all", "--dry-run"],
];

#[test]
fn a_ledger_that_was_named_and_is_not_there_is_an_error_for_what_reads_it() {
    let scene = Scene::new();
    let home = scene.file("home");
    scene.expect(0, &[], &open_now(&["t0"]));
    let requests = scene.standin.requests().len();
    let typo = scene.file("state/legder.jsonl");
    let dangling = scene.file("link");
    std::os::unix::fs::symlink(&typo, &dangling).unwrap();
    let below_a_file = format!("{}/ledger.jsonl", scene.ledger().display());
    let carriage_return = format!("{}\r", scene.ledger().display());
    let elsewhere = scene.file("no/such/place/ledger.jsonl");
    for path in [&typo, &dangling, &below_a_file, &carriage_return, &elsewhere] {
        for args in READERS {
            let env = [("HOME", &*home), ("TASK_PAUSE_LEDGER", path)];
            let flag = [args, &["--ledger", path]].concat();
            for ended in [run_at(&scene, &env, args, ""), run_at(&scene, &env[..1], &flag, "")] {
                assert_eq!(ended.code, 78, "{path} {args:?} {ended:?}");
                let shown = path.replace('\r', "\\r");
                let said = format!("there is no ledger at {shown}");
                assert!(ended.stderr.contains(&said), "{}", ended.stderr);
                let default = format!("would be {home}/.local/state/task-pause/ledger.jsonl");
                assert!(ended.stderr.contains(&default), "{}", ended.stderr);
            }
        }
    }
    assert_eq!(scene.standin.requests().len(), requests, "nobody was asked");
    assert!(!std::path::Path::new(&scene.file("no")).exists(), "nothing was made");
    // Of several, each must be there.
    let here = scene.ledger();
    let both = ["status", "--ledger", here.to_str().unwrap(), "--ledger", &typo];
    assert_eq!(run_at(&scene, &[], &both, "").code, 78);
    scene.end_clean();
}

#[test]
fn the_default_ledger_may_be_absent_and_it_is_said_where_it_would_be() {
    let scene = Scene::new();
    let state = scene.file("xdg");
    let env = [("XDG_STATE_HOME", &*state)];
    for args in READERS {
        let ended = tool("task-pause")
            .args(args)
            .envs(scene.connection().into_iter().filter(|(name, _)| !name.ends_with("LEDGER")))
            .envs(env)
            .output()
            .unwrap();
        let text = [&*ended.stdout, &ended.stderr].concat();
        let text = String::from_utf8(text).unwrap().to_lowercase();
        let said =
            format!("nothing is held: there is no ledger at {state}/task-pause/ledger.jsonl");
        if args.contains(&"--window") {
            assert_eq!(ended.status.code(), Some(78), "{text}");
        } else {
            assert_eq!(ended.status.code(), Some(0), "{args:?} {text}");
            assert!(text.contains(&said.to_lowercase()), "{args:?} {text}");
        }
    }
    assert!(scene.standin.requests().is_empty());
    assert!(!std::path::Path::new(&state).exists(), "no ledger was made");
}

/// Passes of `maintenance-sync` have a ledger that is named after the environment.
#[test]
fn where_the_default_ledger_is_absent_those_beside_it_are_named() {
    let scene = Scene::new();
    let state = scene.file("xdg");
    let place = format!("{state}/task-pause");
    std::fs::create_dir_all(&place).unwrap();
    let files = ["Test", "Production", "Production.journal", "Test.timetable-1", ""];
    let write = |name: &str| std::fs::write(format!("{place}/{name}.jsonl"), "").unwrap();
    let reported = |args: &[&str]| {
        let mut command = tool("task-pause");
        let connection = scene.connection();
        command
            .args(args)
            .envs(connection.into_iter().filter(|(name, _)| !name.ends_with("LEDGER")));
        let ended = command.env("XDG_STATE_HOME", &state).output().unwrap();
        String::from_utf8([&*ended.stdout, &ended.stderr].concat()).unwrap()
    };
    let jobs: [&[&str]; 6] = [
        &["status"],
        &["status", "--format", "table"],
        &["history"],
        &["resume"],
        &["resume", "--all"],
        &["check"],
    ];
    write("Test");
    for args in jobs {
        let text = reported(args);
        assert!(text.contains("; beside it is Test.jsonl: name it with --ledger"), "{text}");
    }
    files.into_iter().for_each(write);
    for args in jobs {
        let text = reported(args);
        let two = "; beside it are Production.jsonl, Test.jsonl: name one with --ledger";
        assert!(text.contains(two), "{args:?} {text}");
    }
    ["a", "b", "c", "d", "e\u{1b}[2J"].into_iter().for_each(write);
    let text = reported(&["status"]);
    let more = "Production.jsonl, Test.jsonl, a.jsonl, b.jsonl, c.jsonl and 2 more: name one";
    assert!(text.contains(more), "{text}");
    // A ledger that was named has no others.
    let named = reported(&["status", "--ledger", &format!("{place}/ledger.jsonl")]);
    assert!(!named.contains("beside"), "{named}");
}

/// A job that begins holds begins a ledger, and says where.
#[test]
fn a_new_ledger_is_begun_where_something_may_be_paused_and_that_is_reported() {
    let scene = Scene::new();
    let calls: [&[&str]; 3] = [&["sync"], &[], &["wait", "--resume"]];
    for (n, args) in calls.into_iter().enumerate() {
        let path = scene.file(&format!("new{n}/ledger.jsonl"));
        let flag = [args, &["--ledger", &path]].concat();
        let stays = args.contains(&"wait");
        let runs = || if stays { soon("t0", 0, Some(2_500)) } else { open_now(&["t0"]) };
        if !stays {
            let dry = run_at(&scene, &[], &[&flag[..], &["--dry-run"]].concat(), &runs());
            let none = format!("task-pause: nothing is held: there is no ledger at {path}\n");
            assert_eq!((dry.code, &*dry.stderr), (0, &*none), "{args:?}");
            assert!(!std::path::Path::new(&path).exists(), "{args:?}");
        }
        let ended = run_at(&scene, &[], &flag, &runs());
        assert_eq!(ended.code, 0, "{ended:?}");
        let said = format!("a new ledger is begun at {path}");
        assert_eq!(ended.stderr.matches(&said).count(), 1, "{}", ended.stderr);
        let again = run_at(&scene, &[], &["resume", "--all", "--ledger", &path], "");
        assert_eq!((again.code, &*again.stderr), (0, ""), "{args:?}");
    }
    scene.end_clean();
}

#[test]
fn a_path_that_is_empty_or_no_file_is_refused_by_every_job() {
    let scene = Scene::new();
    let dir = scene.file("");
    let fifo = scene.file("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let calls: [&[&str]; 5] = [&["status"], &["resume"], &["sync"], &[], &["sync", "-n"]];
    for (path, code) in [("", 78), (&*dir, 73), (&*fifo, 73), ("/dev/null", 73)] {
        let says = if path.is_empty() { "the path of the ledger is empty" } else { path };
        for args in calls {
            let flag = [args, &["--ledger", path]].concat();
            for ended in [
                run_at(&scene, &[("HOME", "/")], &flag, &open_now(&["t0"])),
                run_at(&scene, &[("TASK_PAUSE_LEDGER", path)], args, &open_now(&["t0"])),
            ] {
                assert_eq!(ended.code, code, "{path:?} {args:?} {ended:?}");
                assert!(ended.stderr.contains(says), "{}", ended.stderr);
            }
        }
    }
    assert!(scene.standin.requests().is_empty());
}

/// It lists tasks, and asks nothing of a ledger.
#[test]
fn coverage_needs_no_ledger_whatever_the_environment_says_of_one() {
    let scene = Scene::new();
    let fifo = scene.file("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let below_a_file = scene.file("file/ledger.jsonl");
    std::fs::write(scene.file("file"), "").unwrap();
    let absent = scene.file("no/such/place/ledger.jsonl");
    let paths = ["", "/", &fifo, "/dev/null", &below_a_file, &absent];
    let named = paths.map(|path| vec![("TASK_PAUSE_LEDGER", path), ("HOME", "/")]);
    let unnamed = [vec![], vec![("HOME", "")], vec![("XDG_STATE_HOME", "not/absolute")]];
    let listed = |ended: &Ended| -> Vec<String> {
        ended.records().iter().map(|record| record["id"].to_string()).collect()
    };
    let truth = scene.expect(0, &["coverage"], &open_now(&["t0"]));
    assert!(listed(&truth).len() > 3 && !listed(&truth).contains(&"\"t0\"".to_owned()));
    for env in named.into_iter().chain(unnamed) {
        let ended = run_at(&scene, &env, &["coverage"], &open_now(&["t0"]));
        assert_eq!((ended.code, listed(&ended)), (0, listed(&truth)), "{env:?} {ended:?}");
        assert_eq!(ended.stderr, truth.stderr, "{env:?}");
    }
    assert!(!std::path::Path::new(&scene.file("no")).exists(), "nothing was made");
    // A flag that it does not have is refused, as every other one.
    assert_eq!(run_at(&scene, &[], &["coverage", "--ledger", &absent], "").code, 2);
}

#[test]
fn status_reads_several_ledgers_and_names_them() {
    let scene = Scene::new();
    let (one, two) = (scene.file("one.jsonl"), scene.file("two.jsonl"));
    let hold = |path: &str, id| {
        run_at(&scene, &[], &["--ledger", path], &open_now(&[id]));
    };
    hold(&one, "t0");
    hold(&two, "t1");
    let both = ["status", "--ledger", &one, "--ledger", &two];
    let ended = run_at(&scene, &[], &both, "");
    let found: Vec<_> = ended.records().iter().map(|r| (&r["id"], &r["ledger"])).collect();
    assert_eq!(found, [(&json!("t0"), &json!(one)), (&json!("t1"), &json!(two))]);
    for path in [&one, &two] {
        let said = format!("the ledger {path} holds 1");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    }
    let table = tool("task-pause").args(both).args(["--format", "table"]).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    let places = [&one, &two].map(|path| table.find(&format!("Ledger: {path}\n")).unwrap());
    assert!(places[0] < places[1] && table.matches("Held: 1").count() == 2, "{table}");
    // An end that is past in any of them counts.
    let end = ended.records()[1]["hold"]["end"].as_str().unwrap();
    let text = std::fs::read_to_string(&two).unwrap().replace(end, &minutes(-1).to_string());
    std::fs::write(&two, with_checksums(&text)).unwrap();
    assert_eq!(run_at(&scene, &[], &[&both[..], &["--overdue"]].concat(), "").code, 1);
    // The same one twice, also by another path, is one.
    let link = scene.file("link.jsonl");
    std::os::unix::fs::symlink(&one, &link).unwrap();
    let ended = run_at(&scene, &[], &["status", "--ledger", &one, "--ledger", &link], "");
    assert_eq!(ended.records().len(), 1);
    assert!(ended.stderr.contains("named twice"), "{}", ended.stderr);
    // What changes something takes one.
    for args in [&["resume"][..], &["sync"], &[], &["resume", "--dry-run"]] {
        for second in [&two, &one] {
            let two = ["--ledger", &one, "--ledger", second];
            assert_eq!(run_at(&scene, &[], &[args, &two].concat(), "").code, 2, "{args:?}");
        }
    }
    for path in [&one, &two] {
        run_at(&scene, &[], &["resume", "--all", "--ledger", path], "");
    }
    scene.end_clean();
}

/// One ledger that cannot be read, wherever it stands among others, hides none
/// of them, and the exit code is its own.
#[test]
fn a_ledger_that_cannot_be_read_hides_no_other() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let (here, odd) = (scene.ledger(), scene.file("odd.jsonl"));
    let here = here.to_str().unwrap();
    for (text, code, said) in [
        (Some("theirs"), 65, "this is not a ledger"),
        (Some("{\"v\":99,\"x\":1}\n"), 78, "newer than this program's"),
        (None, 78, "there is no ledger at"),
    ] {
        let _ = std::fs::remove_file(&odd);
        if let Some(text) = text {
            std::fs::write(&odd, text).unwrap();
        }
        for order in [[&odd, here], [here, &odd]] {
            let status = ["status", "--ledger", order[0], "--ledger", order[1]];
            for extra in [&[][..], &["--format", "table"], &["--overdue"]] {
                let mut command = scene.command(&[&status, extra].concat());
                let output = command.env_remove("TASK_PAUSE_LEDGER").output().unwrap();
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(code), "{order:?} {extra:?}: {stderr}");
                assert_eq!(stderr.matches(said).count(), 1, "{order:?} {extra:?}: {stderr}");
                let stdout = String::from_utf8(output.stdout).unwrap();
                // A path may have the same letters.
                let rest = order.iter().fold(stdout.clone(), |text, path| text.replace(*path, ""));
                assert!(rest.contains("t0") && stdout.contains(here), "{order:?}: {stdout}");
            }
        }
    }
    // Several of them are reported, each in a line.
    let other = scene.file("other.jsonl");
    std::fs::write(&odd, "theirs").unwrap();
    std::fs::write(&other, "theirs").unwrap();
    let all = ["status", "--ledger", &odd, "--ledger", &other, "--ledger", here];
    let ended = run_at(&scene, &[], &all, "");
    assert_eq!((ended.code, ended.records().len()), (65, 1));
    assert!(ended.stderr.contains(&odd) && ended.stderr.contains(&other), "{}", ended.stderr);
    scene.end_clean();
}

/// A crash before the first line leaves an empty file, and so does somebody who cut it.
#[test]
fn an_empty_ledger_is_reported() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.ledger().parent().unwrap()).unwrap();
    std::fs::write(scene.ledger(), "").unwrap();
    let ended = scene.expect(0, &["status"], "");
    assert!(ended.stderr.contains("is empty"), "{}", ended.stderr);
}

#[test]
fn a_pause_of_another_ledger_is_foreign_and_says_whose_it_is() {
    let scene = Scene::new();
    let other = scene.file("other.jsonl");
    run_at(&scene, &[], &["--ledger", &other], &open_now(&["t0"]));
    let first = std::fs::read_to_string(&other).unwrap();
    let header: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    let id = header["event"]["ledger"]["id"].as_str().unwrap();
    let assert_reported = |ended: &Ended, task: &str| {
        assert_eq!(ended.action(task), "foreign");
        let why = ended.receipt(task)["why"].as_str().unwrap_or_default();
        let says =
            [&format!("another ledger, {id} (hold {id}-"), "`task-pause recover`", "until 20"];
        assert!(says.iter().all(|part| why.contains(*part)), "{why}");
    };
    for args in [&["--dry-run"][..], &["sync", "--dry-run"], &[], &["sync"]] {
        assert_reported(&scene.expect(0, args, &open_now(&["t0"])), "t0");
    }
    // Faster than ours, between our look and our request.
    let details = scene.standin.state().task("t0").unwrap().details.clone().unwrap();
    let user = "other-host".to_owned();
    let pause = WorldAction::Pause { id: "t1".into(), user, context: details.context };
    let faster = Fault::new(Effect::before(pause)).on("PUT", "/**/t1/pause").times(1);
    scene.standin.add_faults(vec![faster]).unwrap();
    let ended = scene.expect(0, &[], &open_now(&["t1"]));
    assert_reported(&ended, "t1");
    let said = ended.receipt("t1")["why"].as_str().unwrap();
    assert!(said.starts_with("somebody else was faster: "), "{said}");
    scene.standin.clear_faults();
    scene.human_did("t1", true);
    // A person's is a person's.
    scene.human_pauses("t2");
    let ended = scene.expect(0, &[], &open_now(&["t2"]));
    let said = ended.receipt("t2")["why"].as_str().unwrap();
    assert!(said.starts_with("paused by \"a-person\" (HUMAN) since 20"), "{said}");
    assert!(said.ends_with(" with the text \"by hand\""), "{said}");
    assert_eq!(ended.receipt("t2")["pausedBy"]["context"], "by hand");
    assert_eq!(scene.count("PUT", ""), 2);
    run_at(&scene, &[], &["resume", "--all", "--ledger", &other], "");
    scene.end_clean();
}

#[test]
fn recover_warns_of_a_ledger_that_may_be_in_use() {
    let recover = ["recover", "--environment", ENVIRONMENT];
    for (age, warned) in [(0, true), (-23 * 60, true), (-25 * 60, false)] {
        let scene = Scene::new();
        let other = scene.file("other.jsonl");
        scene.set_clock(age);
        run_at(&scene, &[], &["--ledger", &other], &open_now(&["t0", "t1"]));
        let ended = scene.expect(0, &recover, "");
        assert_eq!(ended.records().len(), 2);
        let said = &ended.stderr;
        assert_eq!(said.contains("may be in use: it made 2 of"), warned, "{age}: {said}");
        scene.expect(0, &[&recover[..], &["--yes"]].concat(), "");
        // What is in this ledger is nobody else's any more.
        let known = scene.expect(0, &recover, "");
        assert!(!known.stderr.contains("may be in use"), "{}", known.stderr);
        scene.end_clean();
    }
}

#[test]
fn recover_says_so_where_the_tenant_hides_what_it_would_need() {
    type Hides = fn(&mut tmc_standin::Options);
    let hides: [(Hides, &str); 2] = [
        (|options| options.hide_pause_context = true, "shows the context of none"),
        (|options| options.context_characters = Some(40), "the beginning of a mark"),
    ];
    for (hide, says) in hides {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        let ledger = scene.ledger_text();
        std::fs::remove_file(scene.ledger()).unwrap();
        scene.standin.set_options(hide);
        let ended = scene.expect(0, &["recover", "--environment", ENVIRONMENT], "");
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        scene.standin.set_options(|options| {
            options.hide_pause_context = false;
            options.context_characters = None;
        });
        std::fs::write(scene.ledger(), ledger).unwrap();
        scene.end_clean();
    }
}

#[test]
fn a_dry_run_shows_that_a_named_ledger_is_not_there() {
    let scene = Scene::new();
    for args in [&["--dry-run"][..], &["sync", "--environment", "e1", "--dry-run"]] {
        let ended = scene.expect(0, args, "");
        let message = "nothing is held: there is no ledger at ";
        assert!(ended.stderr.contains(message), "{args:?} {}", ended.stderr);
    }
}

#[test]
fn what_a_job_does_not_have_is_refused_before_anything_is_done() {
    let scene = Scene::new();
    for args in [
        &["sync", "--environment", "e1", "--window", "a"][..],
        &["sync", "--environment", "e1", "--all"],
        &["resume", "--timetable", "t.csv"],
        &["resume", "--timetable", "t.csv", "--allow-empty"],
    ] {
        let ended = scene.expect(2, args, "");
        assert!(ended.stderr.contains("is a flag of: task-pause "), "{args:?} {}", ended.stderr);
    }
    assert_eq!(scene.standin.requests().len(), 0);
}

#[test]
fn a_torn_last_line_is_cut_off_kept_beside_the_ledger_and_reported() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let torn = r#"{"v":1,"seq":"#;
    let mut ledger = std::fs::OpenOptions::new().append(true).open(scene.ledger()).unwrap();
    ledger.write_all(torn.as_bytes()).unwrap();
    let ended = scene.expect(0, &["resume", "--all"], "");
    let message = "a torn last line was cut off; it is kept in ";
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
    let kept = scene.ledger().with_file_name("ledger.jsonl.torn");
    assert_eq!(std::fs::read_to_string(kept).unwrap().trim_end(), torn);
    scene.end_clean();
}

#[test]
fn a_dry_run_by_the_ledger_of_another_api_is_refused_and_both_are_named() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let requests = scene.standin.requests().len();
    let other = "http://127.0.0.1:9";
    for words in [&["--dry-run"][..], &["sync", "--environment", "e1", "--dry-run"]] {
        let flags = [words, &["--api-url", other, "--retries", "0"]].concat();
        let ended = scene.expect(78, &flags, &open_now(&["t0", "t1"]));
        for api in [other, &scene.standin.url()] {
            assert!(ended.stderr.contains(api), "{api}: {}", ended.stderr);
        }
    }
    assert_eq!(scene.standin.requests().len(), requests);
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}
