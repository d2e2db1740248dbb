//! A tool on a terminal. `script` is the terminal; only stderr is looked at.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use super::scene::Scene;

/// The sequence that takes a line away again.
const ERASE: &str = "\u{1b}[2K";

/// task-pause on a terminal of 100 columns, which writes its process ID to
/// a file and reads these lines.
pub(crate) fn on_a_terminal(scene: &Scene, flags: &str, stdin: &str) -> Command {
    tool_on_a_terminal(scene, &format!("task-pause {flags}"), stdin)
}

/// The same with any tool.
pub(crate) fn tool_on_a_terminal(scene: &Scene, call: &str, stdin: &str) -> Command {
    fs::write(scene.file("stdin"), stdin).unwrap();
    let (tool, flags) = call.split_once(' ').unwrap_or((call, ""));
    let tool = assert_cmd::cargo::cargo_bin(tool);
    let (tool, pid, stdin) = (tool.display(), scene.file("pid"), scene.file("stdin"));
    let line =
        format!("stty cols 100; echo $$ >{pid}; exec {tool} {flags} <{stdin} 2>&1 >/dev/null");
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).envs(scene.connection());
    command.env("TERM", "xterm").env("SHELL", "/bin/sh").stdin(Stdio::null());
    command
}

/// Everything that it showed, from its first to its last.
pub(crate) fn shown(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Everything that it showed, and its exit code, where it gets a signal as soon as it has
/// shown a text.
pub(crate) fn shown_until(
    scene: &Scene,
    command: &mut Command,
    (text, name): (&str, &str),
) -> (String, Option<i32>) {
    let mut terminal = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = terminal.stdout.take().unwrap();
    let (mut shown, mut buffer) = (String::new(), [0; 4096]);
    while !shown.contains(text) {
        let read = out.read(&mut buffer).unwrap();
        assert!(read > 0, "it ended: {shown:?}");
        shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    signal(scene, name);
    out.read_to_string(&mut shown).unwrap();
    (shown, terminal.wait().unwrap().code())
}

/// Sends a signal to the tool on the terminal.
fn signal(scene: &Scene, name: &str) {
    let pid = fs::read_to_string(scene.file("pid")).unwrap();
    let killed = Command::new("kill").args([&format!("-{name}"), pid.trim()]).status().unwrap();
    assert!(killed.success());
}

/// The terminal's last line in the end.
pub(crate) fn left_over(shown: &str) -> &str {
    let after = shown.rsplit_once(ERASE).map_or(shown, |(_, after)| after);
    after.trim_start_matches(['\r', '\n'])
}
