//! The README's first command, and its picture, on the binaries that were built for
//! the tests.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// The demo with a directory of its own for temporary files; `None` if the
/// stand-in was not built, as `cargo test` without `--workspace` leaves it.
fn demo(temp: &TempDir) -> Option<Child> {
    let bin = cargo_bin("runs-fetch").parent().unwrap().to_owned();
    if !bin.join("tmc-standin").exists() {
        eprintln!("SKIPPED: tmc-standin is not built; run the tests with --workspace");
        return None;
    }
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo");
    let mut command = Command::new(demo);
    command.arg("--bin").arg(bin).env("TMPDIR", temp.path());
    // Credentials of the machine that runs the tests must not matter.
    command.env("TALEND_API_URL", "https://api.eu.cloud.talend.com").env("TALEND_REGION", "eu");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    Some(command.spawn().unwrap())
}

fn is_empty(dir: &TempDir) -> bool {
    dir.path().read_dir().unwrap().next().is_none()
}

/// The processes of a group that have not ended. That nobody listens at an address would
/// prove less: the stand-in of another test may have got its port.
fn running(group: u32) -> Vec<String> {
    let all = Command::new("ps").args(["-e", "-o", "pgid=,stat=,args="]).output().unwrap();
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    let is_of_it = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next() == Some(&group.to_string())
            && words.next().is_some_and(|stat| !stat.starts_with('Z'))
    };
    all.lines().filter(is_of_it).map(str::to_owned).collect()
}

/// Where a line says that the stand-in listens.
fn address(line: &str) -> Option<&str> {
    line.split_once("http://").map(|(_, rest)| rest.trim_end_matches(')'))
}

// README: runs the whole pipeline against it
#[test]
fn the_demo_pauses_and_gives_back() {
    let temp = TempDir::new().unwrap();
    let Some(demo) = demo(&temp) else { return };
    let group = demo.id();
    let output = demo.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{shown}\n{errors}");
    assert_eq!(shown.matches("\"date\":\"2022-").count(), 7, "six runs, one of them selected");
    assert!(shown.contains("\"dryRun\":true"), "{shown}");
    assert!(shown.contains("1 of 6 runs in a window; 1 of 1 task; 1 window"), "{shown}");
    let report = shown.lines().find_map(|line| line.rsplit_once("--format html >")).unwrap().1;
    let report = Path::new(env!("CARGO_MANIFEST_DIR")).join(report);
    assert!(std::fs::read_to_string(report).unwrap().contains("<h1>Platform maintenance</h1>"));
    assert!(shown.contains("3 suggestions, together 6h. Times are in UTC"), "{shown}");
    assert!(shown.contains("\n     0 active holds in the ledger\n"), "{shown}");
    for line in
        shown.lines().filter(|line| line.contains("paused by us") || line.contains("resumed"))
    {
        let count: u32 = line.split_whitespace().next().unwrap().parse().unwrap();
        assert!(count > 20, "{line}");
    }
    assert!(shown.lines().any(|line| address(line).is_some()), "{shown}");
    assert_eq!(running(group), [""; 0]);
    assert!(is_empty(&temp));
}

#[test]
fn an_interrupted_demo_leaves_nothing_running() {
    let temp = TempDir::new().unwrap();
    let Some(mut demo) = demo(&temp) else { return };
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| address(&line.unwrap()).map(str::to_owned)).unwrap();
    assert!(TcpStream::connect(&address).is_ok());
    // As the terminal does on Ctrl-C: to all processes of the group.
    let group = demo.id();
    assert_ne!(running(group), [""; 0]);
    let all = format!("-{group}");
    assert!(Command::new("kill").args(["-INT", "--", &all]).status().unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(130));
    assert_eq!(running(group), [""; 0]);
    assert!(is_empty(&temp));
}

/// The time at which a picture is made, where it says that, is the only thing that may
/// change.
fn without_its_time(picture: &str) -> String {
    picture.lines().filter(|line| !line.contains(">Made ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_picture_of_the_readme_is_the_one_that_the_tools_make() {
    let bin = cargo_bin("runs-fetch").parent().unwrap().to_owned();
    if !bin.join("tmc-standin").exists() {
        eprintln!("SKIPPED: tmc-standin is not built; run the tests with --workspace");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temp = TempDir::new().unwrap();
    let made = temp.path().join("week.svg");
    let mut command = Command::new(root.join("scripts/picture"));
    command.arg("--bin").arg(bin).arg(&made).stdin(Stdio::null());
    assert!(command.status().unwrap().success());
    let read = |path: &Path| without_its_time(&std::fs::read_to_string(path).unwrap());
    let shown = read(&root.join("crates/window-filter/week.svg"));
    assert!(read(&made) == shown, "the picture is of other tools: call scripts/picture");
}
