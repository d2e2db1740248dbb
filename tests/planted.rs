//! What somebody else put in the place of a file of ours is refused, by the
//! real binary, and left as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use crate::scene::{Scene, open_now};

/// The content and mode of what was planted; a pipe or directory has no text.
fn look(path: &Path) -> (Option<String>, u32) {
    let Ok(found) = fs::symlink_metadata(path) else { return (None, 0) };
    (found.is_file().then(|| fs::read_to_string(path).unwrap()), found.mode())
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
        for args in [&[][..], &["--resume", "--all"], &["--dry-run"]] {
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
