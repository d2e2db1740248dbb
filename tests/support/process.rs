//! task-pause as a process of its own, that can be signalled and killed.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::environment::kept_variables;
use super::scene::Scene;

/// task-pause on a scene, not started yet, with these lines on stdin. What it
/// writes is dropped.
pub(crate) fn command(scene: &Scene, args: &[&str], stdin: &str) -> Command {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    scene.ended.lock().unwrap().may_be_forgotten_later(args);
    let file = scene.file(&format!("runs-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&file, stdin).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("task-pause"));
    command
        .args(args)
        .env_clear()
        .envs(kept_variables())
        .envs(scene.connection())
        .stdin(std::fs::File::open(file).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The same, started.
pub(crate) fn start(scene: &Scene, args: &[&str], stdin: &str) -> Child {
    command(scene, args, stdin).spawn().unwrap()
}

/// Sends a signal of that name; one that has ended does not mind.
pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    assert!(kill.is_ok());
}

/// Waits until a process has a handler of its own for the signal of that name. Where the
/// system does not say, as long as a busy machine takes to start a process.
pub(crate) fn wait_until_handled(child: &Child, name: &str) {
    let number = match name {
        "INT" => 2,
        "TERM" => 15,
        odd => panic!("{odd}"),
    };
    let path = format!("/proc/{}/status", child.id());
    let is_handled = || {
        let Ok(status) = std::fs::read_to_string(&path) else { return false };
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = u64::from_str_radix(mask.unwrap_or_default().trim(), 16);
        mask.is_ok_and(|mask| mask >> (number - 1) & 1 == 1)
    };
    let begun = Instant::now();
    let patience =
        if cfg!(target_os = "linux") { Duration::from_secs(60) } else { Duration::from_secs(2) };
    while !is_handled() && begun.elapsed() < patience {
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
