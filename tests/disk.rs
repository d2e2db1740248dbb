//! Real file systems that are full or read-only: what is not on disk is not
//! sent, and what was sent is settled once there is room again. (Errors of
//! single system calls are in `crash`.)

use std::collections::BTreeSet;
use std::process::{Command, Output};

use crate::support::process;
use crate::support::runs::selected;
use crate::support::scene::Scene;
use crate::support::skip::skip_without;
use crate::support::world::world;

/// The number of tasks that are paused: their intents take several pages of 4 KiB.
const TASKS: usize = 30;

/// Runs a script of the shell in a mount namespace of its own, in which `$D`
/// is a small file system with the ledger, `$0` task-pause, `$RUNS` its input.
/// `None`: this machine has no such namespaces for us.
fn in_small_world(scene: &Scene, script: &str) -> Option<Output> {
    if skip_without("unshare") {
        return None;
    }
    let dir = scene.file("small");
    std::fs::create_dir_all(&dir).unwrap();
    let namespace = |script: &str| {
        let mut command = Command::new("unshare");
        let mount = "mount -t tmpfs -o size=128k none \"$D\" || exit 99\n";
        command.args(["--map-root-user", "--mount", "sh", "-c", &format!("{mount}{script}")]);
        command.arg(assert_cmd::cargo::cargo_bin("task-pause")).env("D", &dir);
        command
    };
    if !namespace("").output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: nothing may be mounted here");
        return None;
    }
    let runs = scene.file("runs");
    let ids = (0..TASKS).map(|n| format!("t{n}"));
    let lines: String = ids.map(|id| selected(&id, "patching", -30, Some(60))).collect();
    std::fs::write(&runs, lines).unwrap();
    let ledger = format!("{dir}/ledger.jsonl");
    let connection = process::command(scene, &[], "");
    let mut command = namespace(script);
    command.envs(connection.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(command.env("RUNS", runs).env("TASK_PAUSE_LEDGER", ledger).output().unwrap())
}

/// The numbers that the script printed.
fn numbers(output: &Output) -> Vec<i32> {
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Result<_, _> = text.split_whitespace().map(str::parse).collect();
    numbers.unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A scene in which all tasks can be paused.
fn scene() -> Scene {
    Scene::of(world(TASKS))
}

#[test]
fn a_small_disk_that_is_full_loses_nothing() {
    let (mut before, mut after) = (0, 0);
    for free in 0..=8 {
        let scene = scene();
        // All pages but some are taken; then there is room again.
        let script = format!(
            r#"dd if=/dev/zero of="$D/fill" bs=4096 2>/dev/null
            truncate -s "-$(({free} * 4096))" "$D/fill"
            "$0" <"$RUNS" >"$RUNS.out"; echo "$?"
            grep -c '"action":"paused"' "$RUNS.out"
            rm "$D/fill"
            "$0" <"$RUNS" >/dev/null; echo "$?"
            "$0" status | wc -l
            "$0" resume --all >/dev/null; echo "$?"
            "$0" status | wc -l"#
        );
        let Some(output) = in_small_world(&scene, &script) else { return };
        let reported = numbers(&output);
        assert!(matches!(reported[0], 0 | 73 | 74), "{free}: {reported:?} {output:?}");
        assert_eq!(reported[2..], [0, i32::try_from(TASKS).unwrap(), 0, 0], "{free}: {output:?}");
        assert_eq!(scene.count("PUT", ""), 2 * TASKS, "{free}: {reported:?}");
        if reported[0] != 0 {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(stderr.contains("ledger"), "{free}: {stderr}");
            if reported[1] == 0 { before += 1 } else { after += 1 }
        }
        scene.end_clean();
    }
    eprintln!("a full disk stopped {before} calls before the first change, {after} after it");
    assert!(before > 0 && after > 0);
}

#[test]
fn a_directory_that_is_read_only_changes_nothing() {
    let scene = scene();
    let script = r#"mount -o remount,ro "$D"
        "$0" <"$RUNS" >/dev/null; echo "$?"
        mount -o remount,rw "$D"
        "$0" <"$RUNS" >/dev/null; echo "$?"
        mount -o remount,ro "$D"
        "$0" resume --all >/dev/null; echo "$?"
        "$0" status | wc -l
        "$0" sync --environment e1 --dry-run </dev/null >/dev/null; echo "$?"
        mount -o remount,rw "$D"
        "$0" resume --all >/dev/null; echo "$?""#;
    let Some(output) = in_small_world(&scene, script) else { return };
    let held = i32::try_from(TASKS).unwrap();
    assert_eq!(numbers(&output), [73, 0, 73, held, 0, 0], "{output:?}");
    assert_eq!(scene.count("PUT", ""), 2 * TASKS);
    scene.end_clean();
}

/// A result does not fit, and what comes after it would: a line without the one
/// before it would contradict what is on disk.
#[test]
fn a_line_that_does_not_fit_is_followed_by_none() {
    if skip_without("prlimit") {
        return;
    }
    let once = ["resume", "--all", "--catch-up", "once"];
    let mut codes = BTreeSet::new();
    for room in (0..=900).step_by(30) {
        let scene = scene();
        scene.expect(0, &[], &selected("t0", "patching", -30, Some(60)));
        let limit = scene.ledger_text().len() + room;
        let limited = format!("trap '' XFSZ; exec prlimit --fsize={limit} \"$0\" \"$@\"");
        let tool = process::command(&scene, &[], "");
        let mut command = Command::new("sh");
        command.args(["-c", &limited]).arg(tool.get_program()).args(once);
        command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        codes.insert(command.output().unwrap().status.code());
        // The ledger can be read, and the work goes on.
        let ended = scene.run(&once, "");
        assert_eq!(ended.code, 0, "{room}: {ended:?} {}", scene.story());
        assert!(!scene.is_paused("t0"));
        scene.end_clean();
    }
    assert_eq!(codes, BTreeSet::from([Some(0), Some(74)]));
}
