//! task-pause as a process of its own, that can be signalled and killed.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

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
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
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
