//! The names of tests, read from their sources.

use std::fs;
use std::path::Path;

/// The names of all tests in the files below a directory, with their modules, as
/// `cargo test` filters them.
pub(crate) fn names_of_tests(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    below(dir, "", &mut names);
    names
}

/// Adds the names of the tests in a directory whose module has that path.
fn below(dir: &Path, module: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            below(&path, &inner, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let own = if matches!(name, "lib" | "mod") { module } else { &inner };
            names.extend(names_in(&fs::read_to_string(&path).unwrap(), own));
        }
    }
}

/// The names of the tests in the text of a module, also in modules of that file.
fn names_in(text: &str, module: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inner = None;
    let mut is_test = false;
    for line in text.lines() {
        // Code is formatted, so that only a module of the file begins and ends
        // at the margin.
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            inner = Some(name);
        } else if line == "}" {
            inner = None;
        }
        let line = line.trim();
        if line.starts_with("#[") {
            is_test |= line == "#[test]" || line.ends_with("::test]");
            continue;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let (Some(function), true) = (function, is_test) {
            let name = function.split('(').next().unwrap_or_default();
            let parts = [module, inner.unwrap_or_default(), name];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            names.push(parts.join("::"));
        }
        is_test = false;
    }
    names
}

#[test]
fn tests_are_named_by_their_modules() {
    let text = "fn helper() {}\n#[test]\n#[cfg(unix)]\nfn a() {\n}\nmod tests {\n    #[tokio::test]\n    \
                async fn b() {}\n}\nproptest! {\n    #[test]\n    fn c(x in any()) {}\n}\n";
    assert_eq!(names_in(text, "m::n"), ["m::n::a", "m::n::tests::b", "m::n::c"]);
}
