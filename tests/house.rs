//! The house rules that a compiler does not check: arrows and file length.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below `crates/`, as its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join("crates"), &mut paths);
    walk(&root.join("tests"), &mut paths);
    assert!(paths.len() > 10, "the walk found only {paths:?}");
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Code lines that hold one of `words`, in files that `concerned` picks.
/// Comments do not count: a room may speak of another one.
fn uses(words: &[&str], concerned: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources() {
        if !name.starts_with("crates/") || !concerned(&name) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn files_are_rooms_not_warehouses() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, _)| *lines > 500)
        .collect();
    assert_eq!(long, [], "files of more than 500 lines: split them by purpose");
}

#[test]
fn the_model_knows_no_io() {
    const MODEL: [&str; 10] = [
        "time",
        "zone",
        "window",
        "scope",
        "run",
        "hold",
        "change",
        "receipt",
        "short_name",
        "identifier",
    ];
    let found = uses(
        &[
            "std::fs",
            "std::net",
            "std::io::",
            "std::env",
            "crate::client",
            "crate::ledger",
            "crate::cli",
        ],
        |name| MODEL.iter().any(|room| name == format!("crates/core/src/{room}.rs")),
    );
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn client_ledger_and_timetable_never_meet() {
    for (room, others) in [
        ("client", ["crate::ledger", "crate::timetable", "crate::cli"]),
        ("ledger", ["crate::client", "crate::timetable", "crate::cli"]),
        ("timetable", ["crate::client", "crate::ledger", "crate::cli"]),
        ("jsonl", ["crate::client", "crate::ledger", "crate::cli"]),
    ] {
        let found = uses(&others, |name| name.starts_with(&format!("crates/core/src/{room}/")));
        assert_eq!(found, Vec::<String>::new(), "{room}");
    }
}

#[test]
fn each_library_stays_in_its_room() {
    let found = uses(&["reqwest::"], |name| {
        !name.starts_with("crates/core/src/client/") && !name.starts_with("crates/tmc-standin/")
    });
    assert_eq!(found, Vec::<String>::new(), "HTTP belongs to the client");
    let found = uses(&["clap::"], |name| {
        !name.starts_with("crates/core/src/cli/")
            && !name.starts_with("crates/tmc-standin/")
            && !name.contains("/args")
    });
    assert_eq!(found, Vec::<String>::new(), "clap belongs to the command line");
}

#[test]
fn the_stand_in_shares_no_code_with_what_it_judges() {
    let found = uses(&["maintenance_core", "runs_fetch", "window_filter", "task_pause"], |name| {
        name.starts_with("crates/tmc-standin/")
    });
    assert_eq!(found, Vec::<String>::new());
}
