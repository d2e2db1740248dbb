//! A file that somebody else put in the place of ours is refused, by the
//! real binary, and left as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use crate::support::runs::open_now;
use crate::support::scene::Scene;

/// The content and mode of what was planted; a pipe or directory has no text.
fn look(path: &Path) -> (Option<String>, u32) {
    let Ok(found) = fs::symlink_metadata(path) else { return (None, 0) };
    (found.is_file().then(|| fs::read_to_string(path).unwrap()), found.mode())
}

/// The plants that may stand in the place of a file of ours.
const PLANTS: [&str; 10] = [
    "link",
    "second name",
    "pipe",
    "device",
    "directory",
    "other owner",
    "others write",
    "zeros",
    "text",
    "text without an end",
];

/// Plants it at `path`; `theirs` is a file of somebody else. Whether that can be
/// done here.
fn plant(plant: &str, path: &Path, theirs: &Path) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root && matches!(plant, "device" | "other owner") {
        eprintln!("SKIPPED: only root can plant: {plant}");
        return false;
    }
    let dir = path.parent().unwrap();
    let mknod = |kind, device| {
        let null = rustix::fs::makedev(1, device);
        rustix::fs::mknodat(rustix::fs::CWD, path, kind, 0o600.into(), null).unwrap();
    };
    match plant {
        "link" => symlink(theirs, path).unwrap(),
        "second name" => fs::hard_link(theirs, path).unwrap(),
        "pipe" => mknod(rustix::fs::FileType::Fifo, 0),
        "device" => mknod(rustix::fs::FileType::CharacterDevice, 3),
        "directory" => fs::create_dir(path).unwrap(),
        "other owner" => {
            fs::write(path, "").unwrap();
            std::os::unix::fs::chown(path, Some(65534), None).unwrap();
        }
        "others write" => fs::set_permissions(dir, Permissions::from_mode(0o770)).unwrap(),
        "zeros" => fs::write(path, "\0".repeat(4096)).unwrap(),
        "text" => fs::write(path, "secret\nof theirs\n").unwrap(),
        _ => fs::write(path, "secret").unwrap(),
    }
    if matches!(plant, "zeros" | "text" | "text without an end") {
        fs::set_permissions(path, Permissions::from_mode(0o640)).unwrap();
    }
    true
}

/// Every plant in the place of every file: nothing of theirs is changed, nothing
/// hangs, and only figures and the text in a lock file let the work go on.
#[test]
fn whatever_stands_in_the_place_of_a_file_of_ours_is_left_as_it_is() {
    for (file, name) in [
        ("ledger", "ledger.jsonl"),
        ("lock", "ledger.jsonl.lock"),
        ("journal", "ledger.journal.jsonl"),
        ("metrics", "task_pause.prom"),
    ] {
        for what in PLANTS {
            let scene = Scene::new();
            let dir = Path::new(&scene.file("place")).to_owned();
            fs::create_dir(&dir).unwrap();
            fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
            let path = dir.join(name);
            let theirs = Path::new(&scene.file("theirs")).to_owned();
            fs::write(&theirs, "secret").unwrap();
            fs::set_permissions(&theirs, Permissions::from_mode(0o640)).unwrap();
            if !plant(what, &path, &theirs) {
                continue;
            }
            // A journal is looked for where there is one.
            if (file, what) == ("journal", "others write") {
                fs::write(&path, "").unwrap();
            }
            let (before, of_theirs) = (look(&path), look(&theirs));
            let is_text = what.starts_with("text") || what == "zeros";
            let (code, is_done) = match file {
                // Who holds the lock is a courtesy.
                "lock" if is_text => (0, true),
                "metrics" => (73, true),
                // A link of the operator's own leads to what is no ledger.
                "ledger" if is_text || what == "link" => (65, false),
                "journal" if is_text => (65, false),
                _ => (73, false),
            };
            let mut command = scene.command(&[]);
            if file == "metrics" {
                command.args(["--metrics-file", path.to_str().unwrap()]);
            } else {
                command.env("TASK_PAUSE_LEDGER", dir.join("ledger.jsonl"));
            }
            command.timeout(Duration::from_secs(10)).write_stdin(open_now(&["t0"]));
            let output = command.output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let case = format!("{what} as {file}: {stderr}");
            assert_eq!(output.status.code(), Some(code), "{case}");
            assert_eq!(stderr.contains("hint:"), code != 0, "{case}");
            assert!(!stderr.contains("secret"), "{case}");
            assert_eq!(scene.is_paused("t0"), is_done, "{case}");
            assert_eq!(scene.standin.requests().is_empty(), !is_done, "{case}");
            assert_eq!((look(&path), look(&theirs)), (before, of_theirs), "{case}");
            if what == "other owner" {
                assert_eq!(fs::metadata(&path).unwrap().uid(), 65534, "{case}");
            }
            if file == "lock" && is_done {
                let mut command = scene.command(&["resume", "--all"]);
                command.env("TASK_PAUSE_LEDGER", dir.join("ledger.jsonl")).assert().success();
            }
            scene.end_clean();
        }
    }
}

#[test]
fn a_planted_metrics_file_is_refused_and_the_work_is_done() {
    for plant in ["directory", "pipe", "second name", "others write", "link", "nothing"] {
        let scene = Scene::new();
        let dir = scene.file("metrics");
        let path = Path::new(&dir).join("task_pause.prom");
        let theirs = Path::new(&scene.file("theirs")).to_owned();
        fs::create_dir(&dir).unwrap();
        fs::write(&theirs, "theirs").unwrap();
        match plant {
            "directory" => fs::create_dir(&path).unwrap(),
            "pipe" => rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap(),
            "second name" => fs::hard_link(&theirs, &path).unwrap(),
            "link" => symlink(&theirs, &path).unwrap(),
            "others write" => fs::set_permissions(&dir, Permissions::from_mode(0o770)).unwrap(),
            _ => {}
        }
        let args = ["--metrics-file", path.to_str().unwrap()];
        let code = if plant == "nothing" { 0 } else { 73 };
        let ended = scene.expect(code, &args, &open_now(&["t0"]));
        assert!(scene.is_paused("t0"), "{plant}");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs", "{plant}");
        assert_eq!(ended.stderr.contains("hint:"), code != 0, "{plant}: {}", ended.stderr);
        if plant == "nothing" {
            assert_eq!(look(&path).1 & 0o777, 0o644);
        } else if plant != "others write" {
            assert!(!path.is_file() || plant == "link" || plant == "second name");
        }
        scene.end_clean();
    }
}

#[test]
fn what_is_no_ledger_is_refused_before_anything_is_asked() {
    for (plant, code) in [
        ("token", 65),
        ("pipe", 73),
        ("device", 73),
        ("directory", 73),
        ("second name", 73),
        ("link to a token", 65),
        ("others write", 73),
    ] {
        let scene = Scene::new();
        let dir = scene.file("place");
        let path = Path::new(&dir).join("ledger.jsonl");
        let theirs = Path::new(&scene.file("theirs")).to_owned();
        fs::create_dir(&dir).unwrap();
        fs::write(&theirs, "secret").unwrap();
        fs::set_permissions(&theirs, Permissions::from_mode(0o640)).unwrap();
        let mut path = path;
        match plant {
            "token" => path.clone_from(&theirs),
            "pipe" => rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap(),
            "device" => path = "/dev/null".into(),
            "directory" => fs::create_dir(&path).unwrap(),
            "second name" => fs::hard_link(&theirs, &path).unwrap(),
            "link to a token" => symlink(&theirs, &path).unwrap(),
            _ => fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap(),
        }
        let before = look(&path);
        for args in [&[][..], &["resume", "--all"], &["--dry-run"]] {
            // A plain pass would make a ledger where there is none.
            if plant == "others write" && args != [""; 0] {
                continue;
            }
            let asked = scene.standin.requests().len();
            let mut command = scene.command(args);
            command.env("TASK_PAUSE_LEDGER", &path).timeout(Duration::from_secs(10));
            let output = command.write_stdin(open_now(&["t0"])).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            // To be read, a second name of a file does no harm.
            let wanted = if plant == "second name" && args == ["--dry-run"] { 65 } else { code };
            assert_eq!(output.status.code(), Some(wanted), "{plant} {args:?}: {stderr}");
            assert!(stderr.contains("hint:") && !stderr.contains("secret"), "{plant}: {stderr}");
            assert_eq!(scene.standin.requests().len(), asked, "{plant} {args:?}");
        }
        if plant != "others write" {
            assert_eq!(look(&path), before, "{plant}");
        }
        assert_eq!(look(&theirs).0.unwrap(), "secret", "{plant}");
        assert_eq!(fs::metadata(&theirs).unwrap().mode() & 0o777, 0o640, "{plant}");
        assert!(!scene.is_paused("t0"), "{plant}");
    }
}
