//! Comments, and names of functions as they stand in the text.

use std::collections::BTreeMap;

use super::known::judge;
use super::place;
use super::sources::files;

#[test]
fn no_doc_comment_begins_with_what_or_how() {
    judge("doc comments", &lines_of_files(riddles));
}

#[test]
fn no_comment_or_function_name_has_a_vague_word() {
    judge("vague words", &lines_of_files(vague));
}

/// The lines that `offences` finds in the Rust files, by crate.
fn lines_of_files(offences: impl Fn(&str) -> Vec<(usize, &str)>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files(&["crates", "tests"], ".rs") {
        let lines = offences(&text);
        let lines = lines.iter().map(|(number, line)| format!("{file}:{number}: {line}"));
        found.entry(place(&file)).or_default().extend(lines);
    }
    found
}

/// The doc comments of a Rust file that begin with "What" or "How", as the
/// numbers and texts of their lines.
fn riddles(text: &str) -> Vec<(usize, &str)> {
    let doc = |line: &str| ["///", "//!"].into_iter().find(|mark| line.starts_with(mark));
    let mut found = Vec::new();
    let mut before = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let mark = doc(line);
        if let Some(mark) = mark.filter(|mark| before != Some(*mark)) {
            let first = line[mark.len()..].split_whitespace().next().unwrap_or_default();
            if matches!(first.trim_end_matches(|c: char| !c.is_alphanumeric()), "What" | "How") {
                found.push((number + 1, line));
            }
        }
        before = mark;
    }
    found
}

/// The comments and the names of functions with a vague word for "reported", as
/// the numbers and texts of their lines. It hides who does what: reports, shows, says.
/// Comments that quote README.md are as it is.
fn vague(text: &str) -> Vec<(usize, &str)> {
    let has_told = |line: &str| {
        let name = line.split_once("fn ").map(|(_, rest)| rest.split(['(', '<']).next());
        let comment = line.starts_with("//") && !line.starts_with("// README: ");
        let words = if comment { Some(line) } else { name.flatten() };
        let mut words = words.unwrap_or_default().split(|c: char| !c.is_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case("told"))
    };
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim_start()));
    lines.filter(|(_, line)| has_told(line)).collect()
}

mod tests {
    use super::*;

    #[test]
    fn doc_comments_that_begin_with_what_or_how_are_found() {
        let text = "//! What it is.\n/// A thing.\n/// What follows is fine.\nstruct A;\n\
                    \x20   /// How, then?\n    // What a plain comment.\n/// However.\nfn f() {}\n";
        let found: Vec<usize> = riddles(text).into_iter().map(|(number, _)| number).collect();
        assert_eq!(found, [1, 5]);
    }

    #[test]
    fn comments_and_functions_that_have_the_word_are_found_and_quotes_are_not() {
        let word = ["to", "ld"].concat();
        let text = format!(
            "fn it_is_{word}() {{\n/// {word} to end\n// A {word}o.\n// README: {word}\nf({word});"
        );
        let found: Vec<usize> = vague(&text).into_iter().map(|(number, _)| number).collect();
        assert_eq!(found, [1, 2]);
    }
}
