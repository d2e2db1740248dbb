//! Windows that scope by tag: a pass asks for tags where it needs them, and only there.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;

use crate::recipes::Bench;
use crate::support::ended::Ended;
use crate::support::stub::stub;

/// The task with the tag `critical`.
const CRITICAL: &str = "61323d2498d04f63ee690001";

/// A tenant, and a `runs-fetch` that notes how it is called.
fn bench() -> Bench {
    let bench = Bench::start();
    fs::create_dir(bench.path("bin")).unwrap();
    let real = assert_cmd::cargo::cargo_bin("runs-fetch");
    let work = format!("echo \"$*\" >>\"$0.args\"\nexec {} \"$@\"\n", real.display());
    stub(&bench.path("bin/runs-fetch"), &work);
    bench
}

/// Writes a timetable with these windows: from and to so many hours from now, and a tag.
fn rows(bench: &Bench, windows: &[(i64, i64, &str)]) {
    let at = |hours| (bench.now() + TimeDelta::hours(hours)).to_rfc3339();
    let row = |(from, to, tag): &(i64, i64, &str)| format!("w,{},{},{tag}\n", at(*from), at(*to));
    let rows: String = windows.iter().map(row).collect();
    bench.write("maintenance.csv", &format!("name,start,end,tag\n{rows}"));
}

/// Runs a pass, which must end well; returns whether it asked for tags.
fn asked_for_tags(bench: &Bench) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = bench.command(root.join("scripts/maintenance-sync"));
    let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
    command
        .env("PATH", format!("{}:{}", bench.path("bin").display(), path.to_str().unwrap()))
        .env("TALEND_ENVIRONMENT", "Production")
        .env("MAINTENANCE_TIMETABLE", bench.path("maintenance.csv"))
        .env("MAINTENANCE_HORIZON", "+2d")
        .args(["--every", "0s"]);
    let ended = Ended::of(command.output().unwrap());
    assert_eq!(ended.code, 0, "{ended:#?}");
    bench.read("bin/runs-fetch.args").lines().last().unwrap().contains(" --tags")
}

#[test]
fn a_window_that_scopes_by_tag_keeps_no_other_from_being_met() {
    let bench = bench();
    rows(&bench, &[(-1, 30, ""), (31, 40, "crit*")]);
    assert!(asked_for_tags(&bench), "a list of all that is ahead");
    assert_eq!(bench.paused().len(), 3);
    assert!(!asked_for_tags(&bench), "a list up to the end of what is on");
    assert_eq!(bench.paused().len(), 3);
}

#[test]
fn a_window_that_is_on_takes_what_has_its_tag() {
    let bench = bench();
    rows(&bench, &[(-1, 30, "crit*"), (31, 40, "")]);
    for what in ["all that is ahead", "up to the end of what is on"] {
        assert!(asked_for_tags(&bench), "{what}");
        assert_eq!(bench.paused(), [CRITICAL], "{what}");
    }
}
