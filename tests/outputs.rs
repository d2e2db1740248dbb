//! Outputs that are closed, broken or full: they lose messages, and never
//! what is done, nor its record.

use std::process::{Command, Stdio};

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::process;
use crate::support::runs::open_now;
use crate::support::scene::Scene;

/// The way in which an output is broken.
#[derive(Clone, Copy, Debug)]
enum BrokenOutput {
    /// By the shell, in this way.
    Shell(&'static str),
    /// It is a pipe that nobody reads.
    Stderr,
    Both,
}

const TASKS: [&str; 3] = ["t0", "t1", "t5"];

/// The exit code of a call that has much to say.
fn exit_code(scene: &Scene, how: BrokenOutput, args: &[&str], stdin: &str) -> Option<i32> {
    let args = [args, &["--verbose", "--verbose", "--concurrency", "2"]].concat();
    let plain = process::command(scene, &args, stdin);
    let unread = || std::io::pipe().unwrap().1;
    let mut command = match how {
        BrokenOutput::Shell(redirection) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec \"$0\" \"$@\" {redirection}")]);
            shell.arg(plain.get_program()).args(plain.get_args()).env_clear();
            shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let file = scene.file("stdin");
            std::fs::write(&file, stdin).unwrap();
            shell.stdin(std::fs::File::open(file).unwrap());
            shell.stdout(Stdio::null()).stderr(Stdio::null());
            shell
        }
        BrokenOutput::Stderr | BrokenOutput::Both => plain,
    };
    if let BrokenOutput::Stderr | BrokenOutput::Both = how {
        command.stderr(unread());
    }
    if let BrokenOutput::Both = how {
        command.stdout(unread());
    }
    command.status().unwrap().code()
}

#[test]
fn nothing_is_lost_between_an_effect_and_its_record() {
    for (how, code) in [
        (BrokenOutput::Shell("2>&-"), 0),
        (BrokenOutput::Shell(">&-"), 0),
        (BrokenOutput::Shell("<&- >&- 2>&-"), 0),
        (BrokenOutput::Shell("2>/dev/full"), 0),
        (BrokenOutput::Shell(">/dev/full"), 74),
        (BrokenOutput::Shell(">/dev/full 2>&-"), 74),
        (BrokenOutput::Stderr, 0),
        (BrokenOutput::Both, 0),
    ] {
        if matches!(how, BrokenOutput::Shell(text) if text.contains("/dev/full"))
            && !std::path::Path::new("/dev/full").exists()
        {
            eprintln!("SKIPPED: there is no /dev/full");
            continue;
        }
        let scene = Scene::new();
        // There is something to warn of before, between and after the changes.
        let plans = Fault::new(Effect::status(500)).on("GET", "/**/executables/plans");
        let search = Fault::new(Effect::status(500)).on("POST", "/**/events/search");
        let again = Fault::new(Effect::status(503)).on("PUT", "/**/pause").times(2);
        scene.standin.add_faults(vec![plans, search, again]).unwrap();
        let stdin_is_closed = matches!(how, BrokenOutput::Shell(text) if text.contains("<&-"));
        let runs = open_now(&TASKS);
        if stdin_is_closed {
            // What is not there to be read asks for nothing.
            assert_eq!(exit_code(&scene, how, &["--retries", "1"], &runs), Some(0), "{how:?}");
            assert_eq!(scene.count("PUT", ""), 0);
            scene.expect(0, &["--retries", "3"], &runs);
        } else {
            assert_eq!(exit_code(&scene, how, &["--retries", "3"], &runs), Some(code), "{how:?}");
        }
        let status = scene.status();
        assert_eq!(status.len(), TASKS.len(), "{how:?} {status:?}");
        for hold in status {
            assert_eq!(hold["state"], "held", "{how:?} {hold:?}");
        }
        let args = ["resume", "--all", "--retries", "3"];
        assert_eq!(exit_code(&scene, how, &args, ""), Some(code), "{how:?}");
        assert_eq!(scene.status(), Vec::<Value>::new(), "{how:?}");
        assert!(TASKS.iter().all(|id| !scene.is_paused(id)), "{how:?}");
        scene.end_clean();
    }
}
