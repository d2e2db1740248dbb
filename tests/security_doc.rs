//! SECURITY.md is true as far as a test can show: each claim names a test, and
//! each test that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text between backticks, if it is the path of a test.
fn named(text: &str) -> Vec<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("tests::") || word.starts_with("maintenance_core::"))
        .filter(|word| !word.contains('…'))
        .collect()
}

/// The files in which a module may stand, and the name of its test.
fn places(test: &str) -> (Vec<PathBuf>, &str) {
    let (module, name) = test.rsplit_once("::").unwrap();
    let mut parts: Vec<&str> = module.split("::").collect();
    let dir = match parts.remove(0) {
        "tests" => root().join("tests"),
        _ => root().join("crates/core/src"),
    };
    let file = |parts: &[&str], end: &str| dir.join(format!("{}{end}", parts.join("/")));
    let mut files = vec![file(&parts, ".rs"), file(&parts, "/mod.rs")];
    if parts.pop_if(|last| *last == "tests").is_some() {
        files.extend([file(&parts, ".rs"), file(&parts, "/mod.rs")]);
    }
    (files, name)
}

/// Whether a text has a test of that name: a function behind `#[test]`, perhaps
/// with other attributes between them.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")))
    };
    let place = lines.iter().position(|line| is_it(line));
    place.is_some_and(|place| {
        let attributes = lines[..place].iter().rev().take_while(|line| line.starts_with("#["));
        attributes.into_iter().any(|line| line.contains("test"))
    })
}

#[test]
fn every_test_that_the_page_names_exists() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let tests: BTreeSet<&str> = named(&page).into_iter().collect();
    assert!(tests.len() > 40, "the page names only {tests:?}");
    let missing: Vec<&str> = tests
        .into_iter()
        .filter(|test| {
            let (files, name) = places(test);
            !files
                .iter()
                .any(|file| fs::read_to_string(file).is_ok_and(|text| has_test(&text, name)))
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "SECURITY.md names them: name the new ones there");
}

#[test]
fn a_test_that_is_gone_or_is_none_is_found_out() {
    assert!(has_test("#[test]\nfn a() {", "a"));
    assert!(has_test("  #[test]\n  #[cfg(unix)]\n  fn a() {", "a"));
    assert!(has_test("#[tokio::test]\nasync fn a() {", "a"));
    for text in ["fn a() {", "#[test]\nfn ab() {", "// fn a() {", "#[test]\nfn b() {}\nfn a() {"] {
        assert!(!has_test(text, "a"), "{text}");
    }
}

#[test]
fn every_claim_of_the_page_names_a_test() {
    const PROSE: [&str; 5] = [
        "## Report a problem",
        "## Supported versions",
        "## What is worth protecting",
        "## Who is trusted",
        "## What is not protected",
    ];
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert!(sections.len() > PROSE.len() + 5);
    for section in sections {
        let title = section.lines().next().unwrap();
        if PROSE.contains(&&*format!("## {title}")) {
            continue;
        }
        let claims: Vec<&str> = section.split("\n- ").skip(1).collect();
        assert!(!claims.is_empty(), "{title}");
        for claim in claims {
            assert!(!named(claim).is_empty(), "{title}: no test is named for: {claim}");
        }
    }
    for title in PROSE {
        assert!(page.contains(&format!("\n{title}\n")), "{title} is missing");
    }
}

#[test]
fn each_dependency_says_what_it_is_for() {
    for (file, title, least) in [
        ("Cargo.toml", "[workspace.dependencies]", 40),
        ("crates/fuzz/Cargo.toml", "[dependencies]", 3),
    ] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let (_, table) = text.split_once(&format!("\n{title}\n")).unwrap();
        let (table, _) = table.split_once("\n[").unwrap();
        let (mut count, mut before) = (0, "");
        for line in table.lines() {
            let is_ours = line.contains("{ path = \"crates/");
            if !line.is_empty() && !line.starts_with('#') && !is_ours {
                assert!(before.starts_with("# "), "{file}: what is this for? {line}");
                count += 1;
            }
            before = line;
        }
        assert!(count >= least, "{file}: {count} dependencies");
    }
    // The crates take theirs from the table, so that each stands in one place.
    for name in
        ["core", "mutant-switches", "runs-fetch", "task-pause", "tmc-standin", "window-filter"]
    {
        let text = fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
        let mut in_table = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_table = line.ends_with("dependencies]");
            } else if in_table && line.contains('=') && !line.starts_with('#') {
                assert!(line.contains("workspace = true"), "{name}: {line}");
            }
        }
    }
}
