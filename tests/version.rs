//! `--version` shows the version, the commit with its date, and the time zone database.

#[expect(dead_code, clippy::print_stdout, reason = "its `main` speaks to cargo")]
#[path = "../crates/bin/build.rs"]
mod build;

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::skip::skip_without;
use crate::support::tool::{TOOLS, tool};
use build::{COMMIT, DATE, describe};

const UNKNOWN: &str = "commit unknown: built without git";
const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

fn text_of(root: &Path, variables: &[(&str, &str)]) -> Result<String, String> {
    let value = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    describe(root, value).map(|build| build.text)
}

fn git(root: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    for name in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{name}_NAME"), "t")
            .env(format!("GIT_{name}_EMAIL"), "t@example.com")
            .env(format!("GIT_{name}_DATE"), "2026-12-01T23:30:00-0200");
    }
    let output = command.arg("-C").arg(root).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
}

#[test]
fn every_tool_shows_its_version_commit_and_zone_database() {
    let mut reported = Vec::new();
    for name in TOOLS {
        let output = tool(name).arg("--version").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let version = concat!(" ", env!("CARGO_PKG_VERSION"), " (commit ");
        let rest = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(version));
        let (commit, database) = rest.unwrap().split_once(", tzdb 20").unwrap();
        assert!(database.ends_with(")\n"), "{text}");
        let is_known =
            commit.len() >= 12 && commit.as_bytes()[..12].iter().all(u8::is_ascii_hexdigit);
        assert!(is_known || commit == "unknown: built without git", "{text}");
        reported.push(text.replace(name, ""));
        // A page is the same whatever the commit.
        let page = tool(name).args(["--generate", "man"]).output().unwrap().stdout;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(&format!("\"{name} {}\"", env!("CARGO_PKG_VERSION"))), "{name}");
    }
    reported.dedup();
    assert_eq!(reported.len(), 1, "{reported:?}");
}

#[test]
fn the_commit_of_sources_without_git_is_that_of_the_variables_or_unknown() {
    let dir = TempDir::new().unwrap();
    let root = dir.path();
    for (variables, text) in [
        (&[][..], UNKNOWN),
        (&[(COMMIT, ""), (DATE, "2026-12-01")], UNKNOWN),
        (&[(COMMIT, HASH), (DATE, "2026-12-01")], "commit 0123456789ab of 2026-12-01"),
        (&[(COMMIT, "0123456")], "commit 0123456"),
    ] {
        assert_eq!(text_of(root, variables).as_deref(), Ok(text), "{variables:?}");
    }
    for (variables, part) in [
        (&[(COMMIT, "v1.0")][..], COMMIT),
        (&[(COMMIT, HASH), (DATE, "yesterday")], DATE),
        (&[(COMMIT, HASH), (DATE, "2026-1-01")], DATE),
    ] {
        assert!(text_of(root, variables).unwrap_err().starts_with(part), "{variables:?}");
    }
    // A package of cargo has its commit with it.
    fs::write(
        root.join(".cargo_vcs_info.json"),
        format!("{{\"git\":{{\"sha1\":\"{HASH}\"}},\"path_in_vcs\":\"\"}}"),
    )
    .unwrap();
    assert_eq!(text_of(root, &[]).as_deref(), Ok("commit 0123456789ab"));
}

#[test]
fn the_commit_of_a_tree_of_git_has_the_date_of_the_commit_and_reports_changes() {
    if skip_without("git") {
        return;
    }
    let dir = TempDir::new().unwrap();
    let root = dir.path();
    git(root, &["init", "-q"]);
    fs::write(root.join("a"), "a").unwrap();
    git(root, &["add", "a"]);
    git(root, &["commit", "-q", "-m", "a"]);
    let build = describe(root, |_| None).unwrap();
    // In UTC it is the next day.
    assert!(build.text.ends_with(" of 2026-12-02"), "{build:?}");
    assert!(build.watched.iter().any(|path| path.ends_with("HEAD")), "{build:?}");
    assert_eq!(text_of(root, &[]), text_of(root, &[]));
    fs::write(root.join("a"), "b").unwrap();
    assert!(text_of(root, &[]).unwrap().ends_with(" of 2026-12-02, changed since"));
    // An archive that was unpacked in it is no part of it.
    let inner = root.join("archive");
    fs::create_dir(&inner).unwrap();
    assert_eq!(text_of(&inner, &[]).as_deref(), Ok("commit unknown: built without git"));
    assert_eq!(text_of(root, &[(COMMIT, HASH)]).as_deref(), Ok("commit 0123456789ab"));
}
