//! Outputs that are open and not read: a full pipe, a pager that was stopped, a
//! terminal that was suspended. They delay messages, and never what is
//! done, nor the ledger.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::fcntl_setpipe_size;
use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::ended::records;
use crate::support::process::{command, signal};
use crate::support::runs::{open_now, soon};
use crate::support::scene::Scene;
use crate::support::skip::{ignores_hangups, skip_without};
use crate::support::world::{ENVIRONMENT, world};

/// A pipe that holds no more. Its reader is kept, and reads nothing.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let _ = fcntl_setpipe_size(&writer, 4096);
    let flags = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'\n'; 512]).is_ok() {}
    fcntl_setfl(&writer, flags).unwrap();
    (reader, writer)
}

/// Which outputs of a call are not read.
#[derive(Clone, Copy, Debug)]
struct Unread {
    stdout: bool,
    stderr: bool,
}

const ALL: [Unread; 3] = [
    Unread { stdout: true, stderr: false },
    Unread { stdout: false, stderr: true },
    Unread { stdout: true, stderr: true },
];

/// Starts a call that has much to say, on outputs of which some are not read.
fn start(scene: &Scene, unread: Unread, args: &[&str], stdin: &str) -> (Child, Vec<PipeReader>) {
    let args = [args, &["--verbose", "--verbose"]].concat();
    let mut command = command(scene, &args, stdin);
    let mut readers = Vec::new();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if unread.stdout {
        let (reader, writer) = full_pipe();
        command.stdout(writer);
        readers.push(reader);
    }
    if unread.stderr {
        let (reader, writer) = full_pipe();
        command.stderr(writer);
        readers.push(reader);
    }
    (command.spawn().unwrap(), readers)
}

/// Waits until so many changes were answered.
fn wait_for_changes(scene: &Scene, count: usize) {
    let changes = |requests: &[tmc_standin::Request]| {
        let changes = requests.iter().filter(|request| request.method == "PUT");
        changes.filter(|request| request.status.is_some()).count()
    };
    assert!(scene.standin.wait_for(|requests| changes(requests) >= count), "{}", scene.story());
}

/// Another call, which gets the ledger although the first is not at its end.
fn another(scene: &Scene) {
    let args = ["sync", "--environment", ENVIRONMENT, "--lock-timeout", "3s"];
    scene.expect(0, &args, "");
}

const TASKS: [&str; 3] = ["t0", "t1", "t5"];

// README: A call that pauses or gives back waits for no reader
#[test]
fn nobody_who_does_not_read_holds_up_the_work_or_the_ledger() {
    // Each takes the five seconds for which a reader is waited for.
    std::thread::scope(|threads| {
        for unread in ALL {
            for pauses in [&[][..], &["sync"], &["--log-format", "json"]] {
                threads.spawn(move || nobody_reads(unread, pauses));
            }
        }
    });
}

fn nobody_reads(unread: Unread, pauses: &[&str]) {
    let scene = Scene::new();
    let (child, readers) = start(&scene, unread, pauses, &open_now(&TASKS));
    wait_for_changes(&scene, TASKS.len());
    another(&scene);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(74), "{unread:?} {pauses:?} {output:?}");
    let status = scene.status();
    assert_eq!(status.len(), TASKS.len(), "{unread:?} {pauses:?}");
    assert!(status.iter().all(|hold| hold["state"] == "held"), "{status:?}");
    if !unread.stderr {
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("nobody reads it: 3 receipts are lost"), "{said}");
    }
    if !unread.stdout {
        assert_eq!(records(&output.stdout).len(), TASKS.len());
    }
    drop(readers);
    scene.end_clean();
}

#[test]
fn what_is_given_back_needs_no_reader_either() {
    for unread in ALL {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&TASKS));
        let (child, readers) = start(&scene, unread, &["resume", "--all"], "");
        wait_for_changes(&scene, 2 * TASKS.len());
        another(&scene);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(74), "{unread:?} {output:?}");
        assert_eq!(scene.status(), Vec::<Value>::new());
        assert!(TASKS.iter().all(|id| !scene.is_paused(id)), "{unread:?}");
        drop(readers);
        scene.end_clean();
    }
}

#[test]
fn waiting_meets_every_window_though_nobody_reads() {
    let scene = Scene::new();
    let runs = soon("t0", 0, Some(6_000)) + &soon("t1", 2_500, Some(7_000));
    let unread = Unread { stdout: true, stderr: true };
    let (mut child, readers) = start(&scene, unread, &["wait", "--resume"], &runs);
    wait_for_changes(&scene, 4);
    assert_eq!(child.wait().unwrap().code(), Some(74));
    assert_eq!(scene.status(), Vec::<Value>::new());
    assert_eq!(scene.count("PUT", "/pause"), 4, "{}", scene.story());
    drop(readers);
    scene.end_clean();
}

/// Messages that wait in memory are bounded: the number of those beyond is reported,
/// and nothing else is lost.
#[test]
fn messages_that_find_no_room_are_counted() {
    const COUNT: usize = 800;
    let mut world = world(COUNT);
    world.options.orchestration_limit = 0;
    // The longer the messages, the fewer of them find room.
    for task in world.tasks.iter_mut().take(COUNT) {
        task.id += &"-".repeat(100);
    }
    let ids: Vec<String> = world.tasks.iter().take(COUNT).map(|task| task.id.clone()).collect();
    let scene = Scene::of(world);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let unread = Unread { stdout: false, stderr: true };
    let fast = ["--rate", "1000000"];
    let (mut child, mut readers) = start(&scene, unread, &fast, &open_now(&ids));
    let mut stdout = child.stdout.take().unwrap();
    let receipts = std::thread::spawn(move || {
        let mut read = Vec::new();
        stdout.read_to_end(&mut read).unwrap();
        records(&read).len()
    });
    wait_for_changes(&scene, COUNT);
    // So many are not read back within three seconds where all is busy. Nothing is over, so
    // this call looks at none of them: the reader has only seconds left.
    scene.expect(0, &["resume", "--lock-timeout", "60s"], "");
    let mut read = String::new();
    readers[0].read_to_string(&mut read).unwrap();
    let ended = child.wait().unwrap();
    let (said, last) = read.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(ended.code(), Some(0), "{last}");
    assert_eq!(receipts.join().unwrap(), COUNT);
    let counted = last.split(' ').find_map(|word| word.parse::<usize>().ok()).unwrap();
    assert!(
        last.ends_with(&format!("{counted} messages were not read in time and dropped")),
        "{last} {}",
        said.len()
    );
    // One line is said of each request, and little else.
    let reported = said.lines().filter(|line| !line.is_empty()).count();
    let requests = scene.standin.requests().len();
    assert!(
        counted + reported >= 3 * COUNT && requests >= 3 * COUNT,
        "{counted} {reported} {requests}"
    );
    scene.check(&scene.expect(0, &["resume", "--all", "--rate", "1000000"], ""));
}

/// The terminal takes no more, since what shows it was stopped: messages and
/// the progress line share it.
#[test]
fn a_terminal_that_stands_still_holds_up_nothing() {
    const COUNT: usize = 40;
    if skip_without("script") {
        return;
    }
    let scene = Scene::of(world(COUNT));
    let ids: Vec<String> = (0..COUNT).map(|n| format!("t{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let plain = command(&scene, &[], &open_now(&ids));
    std::fs::write(scene.file("stdin"), open_now(&ids)).unwrap();
    let stdin = scene.file("stdin");
    let tool = plain.get_program().to_str().unwrap();
    let line = format!("{tool} --verbose --verbose <{stdin} >/dev/null");
    let (reader, writer) = full_pipe();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).envs(scene.connection());
    terminal.env("TERM", "xterm").env("SHELL", "/bin/sh").stdin(Stdio::null()).stdout(writer);
    let mut terminal = terminal.spawn().unwrap();
    wait_for_changes(&scene, COUNT);
    another(&scene);
    assert_eq!(scene.status().len(), COUNT);
    drop(reader);
    terminal.wait().unwrap();
    scene.end_clean();
}

/// It waits as long as it has something to say that somebody may yet read.
#[test]
fn a_reader_that_comes_late_gets_everything() {
    let scene = Scene::new();
    let unread = Unread { stdout: true, stderr: false };
    let (child, mut readers) = start(&scene, unread, &[], &open_now(&TASKS));
    wait_for_changes(&scene, TASKS.len());
    another(&scene);
    let mut read = Vec::new();
    readers[0].read_to_end(&mut read).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(records(&read).len(), TASKS.len());
    scene.end_clean();
}

/// It takes longer than five seconds for all, and for one page of the pipe, in
/// which the writer sees nothing of it.
#[test]
#[expect(clippy::disallowed_methods, reason = "a slow reader sleeps")]
fn a_reader_that_is_slow_gets_everything() {
    const COUNT: usize = 14;
    let scene = Scene::of(world(COUNT));
    let ids: Vec<String> = (0..COUNT).map(|n| format!("t{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let unread = Unread { stdout: true, stderr: false };
    let (child, mut readers) = start(&scene, unread, &[], &open_now(&ids));
    let (mut read, mut some) = (Vec::new(), [0; 128]);
    loop {
        let count = readers[0].read(&mut some).unwrap();
        if count == 0 {
            break;
        }
        read.extend_from_slice(&some[..count]);
        std::thread::sleep(Duration::from_millis(150));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(records(&read).len(), COUNT);
    scene.end_clean();
}

/// The reader went away while it was waited for.
#[test]
fn a_reader_that_goes_away_late_had_enough() {
    let scene = Scene::new();
    let unread = Unread { stdout: true, stderr: false };
    let (mut child, readers) = start(&scene, unread, &[], &open_now(&TASKS));
    wait_for_changes(&scene, TASKS.len());
    another(&scene);
    drop(readers);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    scene.end_clean();
}

#[test]
fn a_signal_ends_the_waiting_for_a_reader() {
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        if name == "HUP" && ignores_hangups() {
            continue;
        }
        let scene = Scene::new();
        let unread = Unread { stdout: true, stderr: false };
        let (child, readers) = start(&scene, unread, &[], &open_now(&TASKS));
        wait_for_changes(&scene, TASKS.len());
        another(&scene);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("error: "), "{said}");
        drop(readers);
        scene.end_clean();
    }
}

/// The exit code is that of the work, whatever happened to its receipts.
#[test]
fn what_failed_outranks_what_was_not_read() {
    let scene = Scene::new();
    let refused = Fault::new(Effect::status(403)).on("PUT", "/**/pause");
    scene.standin.add_faults(vec![refused]).unwrap();
    let unread = Unread { stdout: true, stderr: false };
    let (child, readers) = start(&scene, unread, &[], &open_now(&TASKS));
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(77), "{said}");
    assert!(said.contains("warning: stdout is open, and nobody reads it"), "{said}");
    drop(readers);
    scene.standin.clear_faults();
    scene.end_clean();
}

#[test]
fn a_hangup_is_settled_unless_it_was_ignored_from_the_start() {
    for (ignored, code) in [(false, 129), (true, 0)] {
        if !ignored && ignores_hangups() {
            continue;
        }
        let scene = Scene::new();
        let slow = Fault::new(Effect::latency_ms(1_500)).on("PUT", "/**/pause");
        scene.standin.add_faults(vec![slow]).unwrap();
        let plain = command(&scene, &["--concurrency", "1"], "");
        let mut shell = Command::new("sh");
        let trap = if ignored { "trap '' HUP; " } else { "" };
        let line = format!("{trap}exec \"$0\" \"$@\"");
        shell.args(["-c", &line]).arg(plain.get_program()).args(plain.get_args());
        shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let file = scene.file("stdin");
        std::fs::write(&file, open_now(&TASKS)).unwrap();
        shell.stdin(std::fs::File::open(file).unwrap()).stdout(Stdio::piped());
        let child = shell.spawn().unwrap();
        assert!(scene.standin.wait_for(|all| all.iter().any(|one| one.method == "PUT")));
        signal(&child, "HUP");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let sent = scene.count("PUT", "/pause");
        assert_eq!(sent, if ignored { TASKS.len() } else { 1 }, "{}", scene.story());
        scene.standin.clear_faults();
        scene.end_clean();
    }
}
