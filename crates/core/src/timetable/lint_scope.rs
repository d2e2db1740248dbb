//! Patterns of scopes that can hardly match what they mean.

use super::problem::{Problem, warning};
use crate::scope::Field;
use crate::short_name::clip;
use crate::window::Source;

const QUOTES: [char; 14] = [
    '"', '\'', '`', '\u{b4}', '\u{ab}', '\u{bb}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201c}',
    '\u{201d}', '\u{201e}', '\u{2039}', '\u{203a}',
];

/// Words that people write for every run, or for none.
const WORDS: [&str; 13] = [
    "all", "any", "every", "alle", "tous", "toutes", "todos", "tutti", "none", "null", "n/a",
    "tbd", "-",
];

/// Words before a pattern that is to be left out.
const NOT: [&str; 5] = ["not ", "except ", "without ", "ohne ", "sauf "];

/// The warning about a pattern that can hardly match what is meant; `None` if nothing
/// is wrong with it.
pub(super) fn pattern(field: Field, text: &str, source: &Source) -> Option<Problem> {
    let (what, hint) = doubt_about_text(text)
        .or_else(|| (field == Field::Type).then(|| doubt_about_type(text))?)?;
    let message = format!("{}:{:?} {what}", field.as_str(), clip(text));
    Some(warning(source, message, hint))
}

fn doubt_about_text(text: &str) -> Option<(&'static str, &'static str)> {
    let lower = text.to_lowercase();
    let is_error = text.starts_with('#')
        && (text.ends_with(['!', '?']) || ["#n/a", "#nv"].contains(&lower.as_str()));
    if is_error {
        return Some((
            "is what a spreadsheet writes for an error",
            "mend the formula, and export it again",
        ));
    }
    if text.starts_with(QUOTES) || text.ends_with(QUOTES) {
        return Some(("has quotes, which belong to the name then", "write it without quotes"));
    }
    if text.starts_with(['!', '~', '^', '=']) || NOT.iter().any(|not| lower.starts_with(not)) {
        return Some((
            "is read as a name as it stands: there is no way to say what is left out",
            "write the patterns of what it concerns",
        ));
    }
    if text.contains(".*") || text.ends_with('$') || text.contains('%') {
        return Some((
            "looks like a regular expression",
            "write * for anything and ? for a letter",
        ));
    }
    let is_list = text.contains([';', '\n', ',']) && !text.contains('{');
    if is_list {
        return Some((
            "looks like several patterns, and is read as one",
            "write | between them; in a calendar, a category for each",
        ));
    }
    WORDS.contains(&lower.as_str()).then_some((
        "is read as a name as it stands",
        "leave the cell empty for every run, or write *",
    ))
}

/// Other types than these two are written as the API writes them: `DATA_SERVICE`.
fn doubt_about_type(text: &str) -> Option<(&'static str, &'static str)> {
    const KNOWN: [&str; 2] = ["TASK", "PLAN"];
    let capitals = text.to_ascii_uppercase();
    if KNOWN.contains(&&*capitals) || text.contains(['*', '?', '[', '{']) {
        return None;
    }
    let is_like_one = text.contains('_') || text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_near = KNOWN.iter().any(|known| strsim::osa_distance(known, &capitals) <= 2);
    (!is_like_one || is_near).then_some(("is no type that runs have", "write TASK or PLAN"))
}
