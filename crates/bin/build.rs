//! Hands the commit of the sources, and its date, to the binaries, for `--version`. The
//! date is that of the commit and not of the clock, so that two builds of one commit are
//! alike.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The variable that names the commit, where the sources come without git.
pub(crate) const COMMIT: &str = "MAINTENANCE_COMMIT";

/// The variable with the date of that commit, as 2026-12-01.
pub(crate) const DATE: &str = "MAINTENANCE_COMMIT_DATE";

/// The number of digits of a commit that are shown.
const DIGITS: usize = 12;

fn main() -> ExitCode {
    for name in [COMMIT, DATE] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-changed=crates/bin");
    if has_fixed_address(|name| std::env::var(name).ok()) {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let root = Path::new(".");
    match describe(root, |name| std::env::var(name).ok()) {
        Ok(build) => {
            for path in &build.watched {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            // Of a tree of git: what makes it another one than its commit.
            if !build.watched.is_empty() {
                for sources in ["core", "runs-fetch", "window-filter", "task-pause"] {
                    println!("cargo::rerun-if-changed=crates/{sources}/src");
                }
            }
            println!("cargo::rustc-env=MAINTENANCE_BUILD={}", build.text);
            ExitCode::SUCCESS
        }
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the programs are linked at a fixed address: debug builds, which tests start very
/// often. Without optimization some ninety thousand addresses would be corrected at each
/// start, a sixth of its time. Release builds stay movable.
fn has_fixed_address(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, value: &str| variable(name).as_deref() == Some(value);
    is("PROFILE", "debug")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
}

/// The text on a build, and the files whose change makes it another one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BuildText {
    pub(crate) text: String,
    pub(crate) watched: Vec<PathBuf>,
}

/// Finds the commit of the sources in `root`: that of the variables, of the file that
/// `cargo package` adds, or of git.
///
/// # Errors
///
/// A variable has no commit, or no date.
pub(crate) fn describe(
    root: &Path,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<BuildText, String> {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(commit) = given(COMMIT) {
        let of = given(DATE).map(|date| is_date(&date).then_some(date).ok_or(DATE)).transpose();
        let of = of.map_err(|name| format!("{name} has to be a date, such as 2026-12-01"))?;
        if !is_commit(&commit) {
            return Err(format!("{COMMIT} has to be a commit: 7 to 64 hexadecimal digits"));
        }
        return Ok(BuildText { text: shown(&commit, of.as_deref(), false), watched: Vec::new() });
    }
    if let Ok(packaged) = std::fs::read_to_string(root.join(".cargo_vcs_info.json")) {
        let commit = packaged.split('"').find(|text| text.len() >= 40 && is_commit(text));
        let text =
            commit.map_or_else(unknown, |commit| shown(commit, None, packaged.contains("dirty")));
        return Ok(BuildText { text, watched: Vec::new() });
    }
    Ok(of_git(root).unwrap_or_else(|| BuildText { text: unknown(), watched: Vec::new() }))
}

/// The commit of the working tree whose top is `root`: sources from an archive may lie
/// in the tree of something else.
fn of_git(root: &Path) -> Option<BuildText> {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(args).env("TZ", "UTC").output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
    };
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    let date = git(&["log", "-1", "--date=format-local:%Y-%m-%d", "--format=%cd"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let watched = ["logs/HEAD", "HEAD"].iter().filter_map(|name| {
        let path = root.join(git(&["rev-parse", "--git-path", name])?);
        path.exists().then_some(path)
    });
    let watched = watched.collect();
    Some(BuildText { text: shown(&commit, Some(&date), !changes.is_empty()), watched })
}

fn shown(commit: &str, date: Option<&str>, is_changed: bool) -> String {
    let digits = commit.get(..DIGITS).unwrap_or(commit);
    let of = date.map_or_else(String::new, |date| format!(" of {date}"));
    let changed = if is_changed { ", changed since" } else { "" };
    format!("commit {digits}{of}{changed}")
}

fn unknown() -> String {
    "commit unknown: built without git".to_owned()
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2))
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}
