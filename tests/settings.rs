//! The settings file of the wrapper, which is run as shell: only one that
//! nobody else can change, or put another one in the place of.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use crate::maintenance_sync::Bench;

/// The line of each settings file here: it shows that it was run.
const SETTINGS: &str = "touch \"$HOME/was-run\"\nMAINTENANCE_HORIZON=+2d\n";

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A bench with a private directory `conf` and settings in it.
fn bench() -> Bench {
    let bench = Bench::new();
    mode(&bench.path(""), 0o700);
    fs::create_dir_all(bench.path("conf/inner")).unwrap();
    for (file, text) in [("conf/inner/prod.env", SETTINGS), ("conf/other.env", SETTINGS)] {
        fs::write(bench.path(file), text).unwrap();
        mode(&bench.path(file), 0o644);
    }
    for dir in ["conf", "conf/inner"] {
        mode(&bench.path(dir), 0o755);
    }
    bench
}

/// Runs the wrapper there, which must end so; gives back what it says.
fn sync(bench: &Bench, dir: &str, file: &str, code: i32) -> String {
    let assert = bench.sync().current_dir(bench.path(dir)).arg(file).assert().code(code);
    let was_run = bench.path("was-run").exists();
    assert_eq!(was_run, code == 0, "{file}");
    assert_eq!(bench.path("runs-fetch.args").exists(), code == 0, "{file}");
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn the_wrapper_explains_each_setting_that_its_manual_page_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("scripts/packaging/maintenance-sync.1")).unwrap();
    for flag in ["--help", "-h"] {
        let mut command = std::process::Command::new(root.join("scripts/maintenance-sync"));
        let output = command.arg(flag).env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{help}");
        assert!(
            help.starts_with("One pass of the whole pipeline") && !help.contains('#'),
            "{help}"
        );
        let settings = page.lines().filter_map(|line| line.strip_prefix(".B MAINTENANCE_"));
        assert!(settings.clone().count() > 10);
        for setting in settings {
            let setting = format!("MAINTENANCE_{setting}");
            let explained = |line: &str| line.split_whitespace().next() == Some(&*setting);
            let mut lines = help.lines().filter(|line| line.starts_with("  MAINTENANCE_"));
            assert!(lines.any(explained), "{setting}:\n{help}");
        }
    }
}

#[test]
fn settings_that_only_their_owner_can_change_are_run_by_any_path() {
    for (dir, file) in [
        ("", "conf/inner/prod.env"),
        ("conf/inner", "prod.env"),
        ("conf/inner", "./prod.env"),
        ("conf", "inner/../inner/prod.env"),
        ("conf", "link.env"),
        ("conf", "dir/prod.env"),
        ("conf", "sticky/prod.env"),
    ] {
        let bench = bench();
        symlink("inner/prod.env", bench.path("conf/link.env")).unwrap();
        symlink("inner", bench.path("conf/dir")).unwrap();
        fs::create_dir(bench.path("conf/sticky")).unwrap();
        fs::write(bench.path("conf/sticky/prod.env"), SETTINGS).unwrap();
        mode(&bench.path("conf/sticky/prod.env"), 0o600);
        mode(&bench.path("conf/sticky"), 0o1777);
        sync(&bench, dir, file, 0);
    }
}

#[test]
fn a_name_without_a_slash_is_never_looked_for_on_the_path() {
    let bench = bench();
    // The bench's own directory is first on the PATH.
    fs::write(bench.path("prod.env"), SETTINGS).unwrap();
    let stderr = sync(&bench, "conf", "prod.env", 78);
    assert!(stderr.contains("there are no settings at prod.env"), "{stderr}");
    fs::write(bench.path("prod.env"), "touch \"$HOME/wrong\"").unwrap();
    sync(&bench, "conf/inner", "prod.env", 0);
    assert!(!bench.path("wrong").exists());
}

#[test]
fn settings_that_others_can_change_are_refused_and_nothing_of_them_is_run() {
    let file = "conf/inner/prod.env";
    for (case, said) in [
        ("file 660", "can be changed by others (mode 660)"),
        ("file 602", "can be changed by others (mode 602)"),
        ("dir 770", "can be changed by others (mode 770)"),
        ("dir 707", "can be changed by others (mode 707)"),
        ("above 777", "can be changed by others (mode 777)"),
    ] {
        let bench = bench();
        let (what, bits) = case.split_once(' ').unwrap();
        let path = match what {
            "file" => file,
            "dir" => "conf/inner",
            _ => "conf",
        };
        mode(&bench.path(path), u32::from_str_radix(bits, 8).unwrap());
        symlink(bench.path(file), bench.path("link.env")).unwrap();
        for name in [file, "link.env"] {
            let stderr = sync(&bench, "", name, 78);
            assert!(stderr.contains(said) && stderr.contains("chmod go-w"), "{case}: {stderr}");
        }
        // A link that others can replace is no better, whatever it names.
        if what == "dir" {
            symlink(bench.path("conf/other.env"), bench.path("conf/inner/link.env")).unwrap();
            let stderr = sync(&bench, "", "conf/inner/link.env", 78);
            assert!(stderr.contains(said), "{case}: {stderr}");
        }
    }
}

#[test]
fn settings_of_another_user_are_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give files away");
        return;
    }
    for path in ["conf/inner/prod.env", "conf/inner", "conf"] {
        let bench = bench();
        chown(bench.path(path), Some(12345), None).unwrap();
        let stderr = sync(&bench, "", "conf/inner/prod.env", 78);
        assert!(stderr.contains("belong to another user (12345)"), "{path}: {stderr}");
    }
    let bench = bench();
    let link = bench.path("conf/link.env");
    symlink("inner/prod.env", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
    let stderr = sync(&bench, "", "conf/link.env", 78);
    assert!(stderr.contains("belong to another user (12345)"), "{stderr}");
}

#[test]
fn settings_that_are_no_regular_file_are_refused_at_once() {
    let bench = bench();
    let pipe = bench.path("conf/pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    symlink("pipe", bench.path("conf/to-pipe")).unwrap();
    symlink("inner/prod.env", bench.path("conf/link.env")).unwrap();
    symlink("link.env", bench.path("conf/twice.env")).unwrap();
    for (name, said) in [
        ("conf/pipe", "are not a regular file"),
        ("conf/to-pipe", "are not a regular file"),
        ("conf/inner", "are not a regular file"),
        ("/dev/null", "are not a regular file"),
        ("conf/twice.env", "are a link to a link: name the file itself"),
        ("conf/none.env", "there are no settings at conf/none.env"),
        ("", "the name of the settings is empty"),
    ] {
        let stderr = sync(&bench, "", name, 78);
        assert!(stderr.contains(said), "{name}: {stderr}");
    }
}

#[test]
fn settings_with_an_error_start_nothing_and_are_reported() {
    for text in ["false\n", "exit 3\n", "X=$(false)\n", "X=(\n", "no-such-command-at-all\n"] {
        let bench = bench();
        fs::write(bench.path("conf/inner/prod.env"), text).unwrap();
        let stderr = sync(&bench, "", "conf/inner/prod.env", 78);
        let said = "the settings in conf/inner/prod.env end with an error";
        assert!(stderr.contains(said), "{text}: {stderr}");
    }
}
