//! A program that is built with switches does what the changes say, one at a time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const SOURCE: &str = "\
const fn less(a: u8, b: u8) -> bool {
    a < b
}
fn main() {
    let is = if less(2, 1) { less(2, 2) } else { !less(1, 1) };
    println!(\"{is}\");
    println!(\"{}\", some(3).count());
}
fn some(end: u8) -> impl Iterator<Item = u8> {
    0..end
}
";

/// Writes the program with the switches of two changes of `<`, and builds it.
fn build(tree: &Path) -> Vec<Value> {
    let src = tree.join("crates/a/src");
    fs::create_dir_all(&src).unwrap();
    fs::write(src.join("lib.rs"), SOURCE).unwrap();
    let change = |id: u8, genre: &str, replacement: &str, (line, column): (u8, u8)| {
        let place = json!({ "line": line, "column": column });
        json!({
            "id": id, "file": "crates/a/src/lib.rs", "genre": genre, "replacement": replacement,
            "span": { "start": place, "end": place },
        })
    };
    let changes = json!([
        change(1, "BinaryOperator", "<=", (2, 7)),
        change(2, "BinaryOperator", ">", (2, 7)),
        change(3, "UnaryOperator", "", (5, 50)),
        change(4, "BinaryOperator", "+", (1, 1)),
        change(5, "FnValue", "::std::iter::empty()", (10, 5)),
        change(6, "FnValue", "::std::iter::once(1)", (10, 5)),
    ]);
    let mut rewriter = Command::new(env!("CARGO_BIN_EXE_mutant-switches"))
        .arg(tree)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    rewriter.stdin.take().unwrap().write_all(changes.to_string().as_bytes()).unwrap();
    let output = rewriter.wait_with_output().unwrap();
    assert!(output.status.success());
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(compiler)
        .args(["--edition=2024", "--cap-lints=allow", "--crate-name=a", "--crate-type=bin", "-o"])
        .arg(tree.join("a"))
        .arg(src.join("lib.rs"))
        .status();
    assert!(built.unwrap().success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_change_is_on_by_its_number_alone_and_the_switches_that_are_asked_are_noted() {
    let dir = TempDir::new().unwrap();
    let fates = build(dir.path());
    let whys: Vec<_> = fates.iter().map(|one| &one["fate"]["unswitched"]).collect();
    let none = &Value::Null;
    assert_eq!(whys, [none, none, none, &json!("not-run"), none, none]);
    assert_eq!(fates[0]["file"], "crates/a/src/lib.rs");
    let reached = dir.path().join("reached");
    let printed = |mutant: Option<&str>| {
        let mut program = Command::new(dir.path().join("a"));
        program.env_remove("MUTANT").env("MUTANTS_REACHED", &reached);
        let output = program.envs(mutant.map(|number| ("MUTANT", number))).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().replace('\n', " ")
    };
    assert_eq!(printed(None), "true 3");
    assert_eq!(fs::read_to_string(&reached).unwrap(), "1\n2\n3\n5\n6\n");
    for (number, expected) in [("1", "false 3"), ("3", "false 3"), ("5", "true 0"), ("6", "true 1")]
    {
        assert_eq!(printed(Some(number)), expected, "{number}");
    }
    fs::remove_file(&reached).unwrap();
    assert_eq!(printed(Some("2")), "false 3");
    assert_eq!(fs::read_to_string(&reached).unwrap(), "1\n2\n5\n6\n");
}
