//! The journal of receipts: what is in it, whatever happens to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tmc_standin::{Effect, Fault};

use crate::support::ended::records;
use crate::support::process;
use crate::support::runs::{NOTHING, open_now, selected, soon};
use crate::support::scene::Scene;
use crate::support::skip::skip_without_tracing;
use crate::support::world::{ENVIRONMENT, HUMAN};

fn journal(scene: &Scene) -> PathBuf {
    scene.ledger().with_file_name("ledger.journal.jsonl")
}

/// Its lines, all of which are whole.
fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// Runs a call; what it adds to the journal is what it says on stdout, byte for
/// byte, and three members more.
fn journaled(scene: &Scene, args: &[&str], stdin: &str) -> Vec<Value> {
    let before = lines(&journal(scene)).len();
    let output = scene.command(args).write_stdin(stdin).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let added = lines(&journal(scene)).split_off(before);
    assert_eq!(added.len(), stdout.lines().count(), "{args:?}: {stdout}\n{added:?}");
    for (line, receipt) in added.iter().zip(stdout.lines()) {
        assert!(line.starts_with(receipt.strip_suffix('}').unwrap()), "{receipt}\n{line}");
    }
    let added: Vec<Value> = added.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let host = fs::read_to_string("/proc/sys/kernel/hostname");
    for line in &added {
        assert_eq!(line["call"], added[0]["call"], "{args:?}");
        assert!(host.as_ref().is_ok_and(|host| line["host"] == host.trim()) || host.is_err());
    }
    added
}

#[test]
fn every_receipt_of_every_job_that_changes_something_is_in_the_journal() {
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", HUMAN, "absent"]) + &selected("t2", "later", 60, Some(90));
    journaled(&scene, &[], &runs);
    let runs = runs.replace("absent", "t3");
    let by = |lines: &[Value], id: &str| {
        let line = lines.iter().find(|line| line["id"] == id).unwrap();
        (line["action"].as_str().unwrap().to_owned(), line.get("by").cloned())
    };
    let paused = journaled(&scene, &[], &runs);
    let ops = Some(Value::from("ops"));
    assert_eq!(by(&paused, "t3"), ("paused".to_owned(), ops.clone()));
    assert_eq!(by(&paused, "t0"), ("held".to_owned(), ops.clone()));
    assert_eq!(by(&paused, HUMAN), ("foreign".to_owned(), Some("a-person".into())));
    assert_eq!(by(&paused, "t2"), ("pending".to_owned(), None));
    // A change is made in the name of the account, also where none shows after it.
    let resumed = journaled(&scene, &["resume", "--all"], "");
    assert_eq!(by(&resumed, "t3"), ("resumed".to_owned(), ops));
    journaled(&scene, &["sync"], &open_now(&["t0"]));
    journaled(&scene, &["wait", "--resume"], &soon("t1", 0, Some(2_500)));
    let calls: std::collections::BTreeSet<String> = lines(&journal(&scene))
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["call"].to_string())
        .collect();
    assert_eq!(calls.len(), 5);
    scene.end_clean();
}

#[test]
fn what_only_reads_leaves_the_journal_as_it_is() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let before = fs::read(journal(&scene)).unwrap();
    scene.expect(0, &["--dry-run"], &open_now(&["t0", "t1"]));
    scene.expect(0, &["status"], "");
    scene.expect(0, &["coverage"], &open_now(&["t0"]));
    scene.expect(0, &["recover", "--environment", ENVIRONMENT], "");
    scene.expect(0, &["resume", "--dry-run"], "");
    assert_eq!(fs::read(journal(&scene)).unwrap(), before);
    // Nor does it keep them from reading.
    fs::write(journal(&scene), "theirs\n").unwrap();
    scene.expect(0, &["--dry-run"], &open_now(&["t0", "t1"]));
    scene.expect(0, &["status"], "");
    scene.expect(65, &["resume", "--all"], "");
    assert_eq!(fs::read_to_string(journal(&scene)).unwrap(), "theirs\n");
    fs::remove_file(journal(&scene)).unwrap();
    scene.end_clean();
}

/// A call that stays finds the journal renamed, removed, or replaced by what it
/// must not write to: its work is done all the same.
#[test]
fn a_journal_that_is_moved_or_replaced_during_a_wait_stops_nothing() {
    for (what, code) in [("renamed", 0), ("removed", 0), ("link", 73), ("text", 65)] {
        let scene = Scene::new();
        let runs = soon("t0", 0, Some(4_000));
        let mut waiting = process::start(&scene, &["wait", "--resume"], &runs);
        assert!(scene.standin.wait_for(|_| journal(&scene).exists()), "{}", scene.story());
        let (path, moved) = (journal(&scene), scene.file("moved"));
        let first = lines(&path);
        fs::hard_link(&path, &moved).unwrap();
        fs::remove_file(&path).unwrap();
        match what {
            "renamed" => {}
            "removed" => fs::remove_file(&moved).unwrap(),
            "link" => std::os::unix::fs::symlink(&moved, &path).unwrap(),
            _ => fs::write(&path, "theirs").unwrap(),
        }
        let ended = waiting.wait().unwrap();
        assert_eq!(ended.code(), Some(code), "{what}: {}", scene.story());
        assert!(!scene.is_paused("t0") && scene.status().is_empty(), "{what}");
        if what != "removed" {
            assert_eq!(lines(Path::new(&moved)), first, "{what}");
        }
        if code == 0 {
            assert!(lines(&path).iter().any(|line| line.contains("\"resumed\"")), "{what}");
        } else if what == "text" {
            assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        }
        fs::remove_file(&path).unwrap();
        scene.end_clean();
    }
}

#[test]
fn a_journal_that_cannot_be_written_stops_no_work_and_is_reported_in_one_line() {
    if skip_without_tracing() {
        return;
    }
    for (call, error) in [("write", "ENOSPC"), ("fdatasync", "EIO"), ("openat", "EROFS")] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t0"]));
        let before = lines(&journal(&scene));
        let tool = process::command(&scene, &[], &open_now(&["t0", "t1"]));
        let path = journal(&scene);
        // The first time that it is opened is when it is checked.
        let skip = if call == "openat" { ":when=2+" } else { "" };
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-P", path.to_str().unwrap(), "-e"]);
        command.arg(format!("inject={call}:error={error}{skip}")).arg(tool.get_program());
        command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let runs = scene.file("more");
        fs::write(&runs, open_now(&["t0", "t1"])).unwrap();
        let output = command.stdin(fs::File::open(runs).unwrap()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{call}: {stderr}");
        assert_eq!(stderr.matches("cannot write the journal").count(), 1, "{call}: {stderr}");
        assert!(stderr.contains("hint:"), "{call}: {stderr}");
        assert!(scene.is_paused("t1") && scene.status().len() == 2, "{call}");
        let reported: Vec<String> =
            records(&output.stdout).iter().map(|r| r["action"].to_string()).collect();
        assert_eq!(reported, ["\"held\"", "\"paused\""], "{call}");
        // Lines that are there but for their sync may be there.
        let after = lines(&journal(&scene));
        assert!(after == before || call == "fdatasync", "{call}: {after:?}");
        journaled(&scene, &["resume", "--all"], "");
        scene.end_clean();
    }
}

#[test]
fn a_journal_that_was_cut_short_is_mended_and_the_rest_is_kept() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let path = journal(&scene);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{}", &text[..40])).unwrap();
    let line = text.lines().next().unwrap();
    journaled_after_repair(&scene, line);
    let kept = fs::read_to_string(path.with_file_name("ledger.journal.jsonl.torn")).unwrap();
    assert_eq!(kept, format!("{}\n", &text[..40]));
    scene.end_clean();
}

fn journaled_after_repair(scene: &Scene, first: &str) {
    let ended = scene.expect(0, &["sync", "--environment", ENVIRONMENT], NOTHING);
    let lines = lines(&journal(scene));
    assert_eq!(lines.len(), 1 + ended.records().len());
    assert_eq!(lines[0], first);
}

/// An empty ledger, one of zeros, and none at all, beside a journal that says
/// that there was one.
#[test]
fn a_ledger_that_was_lost_is_no_new_one() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let ledger = fs::read(scene.ledger()).unwrap();
    for lost in [String::new(), "\0".repeat(8192)] {
        fs::write(scene.ledger(), &lost).unwrap();
        let asked = scene.standin.requests().len();
        let sync: &[&str] = &["sync", "--environment", ENVIRONMENT];
        for args in [&[][..], &["status"], &["resume", "--all"], &["--dry-run"], sync] {
            let ended = scene.expect(65, args, &open_now(&["t1"]));
            assert!(ended.stderr.contains("it was lost"), "{args:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("`task-pause recover`"), "{args:?}: {}", ended.stderr);
        }
        assert_eq!(scene.count("PUT", ""), 1);
        assert_eq!(scene.standin.requests().len(), asked);
        assert_eq!(fs::read_to_string(scene.ledger()).unwrap(), lost);
    }
    // Removed, it is begun anew, loudly.
    fs::remove_file(scene.ledger()).unwrap();
    let ended = scene.expect(0, &[], &open_now(&["t1"]));
    assert!(ended.stderr.contains("`task-pause recover`"), "{}", ended.stderr);
    scene.expect(0, &["resume", "--all"], "");
    fs::write(scene.ledger(), ledger).unwrap();
    scene.end_clean();
}

/// Killed before its receipts are written: what it paused is in the journal
/// once the next call reports it.
#[test]
fn what_a_killed_call_paused_is_in_the_journal_after_the_next_one() {
    let scene = Scene::new();
    let slow = Fault::new(Effect::latency_ms(20_000)).on("GET", "/**/t1");
    scene.standin.add_faults(vec![slow.skip(1)]).unwrap();
    let mut call = process::start(&scene, &[], &open_now(&["t0", "t1"]));
    let is_sent = |requests: &[tmc_standin::Request]| {
        let is_made = |one: &&tmc_standin::Request| one.method == "PUT" && one.status.is_some();
        requests.iter().filter(is_made).count() == 2
    };
    assert!(scene.standin.wait_for(is_sent), "{}", scene.story());
    process::signal(&call, "KILL");
    assert!(call.wait().unwrap().code().is_none());
    scene.standin.clear_faults();
    assert!(!journal(&scene).exists());
    let lines = journaled(&scene, &["resume", "--all"], "");
    assert!(lines.iter().all(|line| line["action"] == "resumed"), "{lines:?}");
    assert_eq!(lines.len(), 2);
    scene.end_clean();
}
