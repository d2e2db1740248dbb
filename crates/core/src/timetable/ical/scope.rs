//! Whom an event concerns, and whether it takes time out of the others:
//! CATEGORIES, and two properties of our own.

use std::sync::Arc;

use super::broken::Broken;
use super::event_reader::EventReader;
use super::line::{ContentLine, list};
use super::raw::RawEvent;
use crate::scope::{Field, Pattern, Scope};
use crate::short_name::clip;
use crate::timetable::column::Column;
use crate::timetable::title::{Title, of_category};
use crate::window::WindowKind;

const SCOPE: &str = "X-MAINTENANCE-SCOPE";
const KIND: &str = "X-MAINTENANCE-KIND";

/// Whether a property is one of our own, or looks as if it was meant to be.
pub(super) fn is_ours(name: &str) -> bool {
    // Calendars have many names that begin with X-M.
    name.starts_with("X-M")
        && (name.starts_with("X-MAINTENANCE")
            || [SCOPE, KIND].iter().any(|own| {
                own.len().abs_diff(name.len()) <= 2 && strsim::osa_distance(own, name) <= 2
            }))
}

/// The meaning of one category.
enum Meaning {
    /// Whom the event concerns.
    Concerns(Field, String),
    /// That it takes its time out of the others.
    Open,
}

impl EventReader<'_, '_, '_> {
    /// Reads the scope and kind that CATEGORIES and our own properties give
    /// an event. Other categories mean nothing here.
    pub(super) fn scope(
        &mut self,
        raw: &RawEvent,
    ) -> Result<(Option<Arc<Scope>>, Option<WindowKind>), Broken> {
        let mut patterns: Vec<(Field, String)> = Vec::new();
        let mut kind = None;
        for line in &raw.properties {
            match line.name.as_str() {
                "CATEGORIES" | SCOPE => {
                    for word in list(&line.value) {
                        match meaning(line, &word)? {
                            Some(Meaning::Concerns(field, text)) => patterns.push((field, text)),
                            Some(Meaning::Open) => kind = Some(WindowKind::Open),
                            None => {}
                        }
                    }
                }
                KIND => {
                    let own = match line.value.trim().to_ascii_lowercase().as_str() {
                        "open" => WindowKind::Open,
                        "maintenance" => WindowKind::Maintenance,
                        other => {
                            let message = format!("{:?} is not a kind of window", clip(other));
                            return Err(Broken::at(line, &message, "write maintenance or open"));
                        }
                    };
                    kind = kind.or(Some(own));
                }
                name if is_ours(name) => {
                    let own = strsim::osa_distance(SCOPE, name) < strsim::osa_distance(KIND, name);
                    let hint = format!("did you mean {}?", if own { SCOPE } else { KIND });
                    return Err(Broken::at(line, "the property is not known", &hint));
                }
                _ => {}
            }
        }
        let scope = self.reading.scope(patterns.iter().map(|(field, text)| (*field, &**text)));
        // Each pattern could be read above.
        Ok((scope.ok().filter(|scope| !scope.is_unrestricted()), kind))
    }
}

/// The meaning of a category or a word of a scope for an event; `None` if it is a
/// category of another meaning. Passed over, a misspelt scope would let the event
/// concern every run, and a misspelt kind would make a window of an open period.
fn meaning(line: &ContentLine, word: &str) -> Result<Option<Meaning>, Broken> {
    let is_own = line.name == SCOPE;
    let Some((name, text, is_colon)) = split(word) else {
        if !is_own && word.eq_ignore_ascii_case(OPEN) {
            return Ok(Some(Meaning::Open));
        }
        if !is_own && is_nearly_open(word) {
            let message = format!("{:?} is not a kind of event", clip(word));
            return Err(Broken::at(line, &message, "did you mean maintenance-open?"));
        }
        return if is_own { Err(not_a_scope(line, word)) } else { Ok(None) };
    };
    if word.contains(char::REPLACEMENT_CHARACTER) {
        let message = format!("{:?} has letters that are not UTF-8", clip(word));
        return Err(Broken::at(line, &message, "save the calendar as UTF-8"));
    }
    let field = match of_category(name) {
        Title::Known(Column::Scope(field)) if is_colon => field,
        Title::Known(column) => return named(line, word, text, &[column]),
        Title::Meant(meant) => return named(line, word, text, &meant.columns),
        Title::Unused if is_own || is_nearly_open(name) => return Err(not_a_scope(line, word)),
        Title::Unused => return Ok(None),
    };
    if text.is_empty() {
        let message = format!("{:?} has no pattern, and would match no run", clip(word));
        let hint = format!("write whom it concerns, such as {}:Sales", field.as_str());
        return Err(Broken::at(line, &message, &hint));
    }
    Pattern::of(field, text).map_err(|error| Broken::at(line, &error.to_string(), error.hint))?;
    Ok(Some(Meaning::Concerns(field, text.to_owned())))
}

/// The meaning of a word that has a sign for a value, if its name is, or probably
/// means, one of these columns.
fn named(
    line: &ContentLine,
    word: &str,
    text: &str,
    columns: &[Column],
) -> Result<Option<Meaning>, Broken> {
    if columns.contains(&Column::Kind) {
        let message = format!("{:?} does not say the kind of an event", clip(word));
        let hint = format!("write {KIND}:open, or CATEGORIES:maintenance-open");
        return Err(Broken::at(line, &message, &hint));
    }
    let field = columns.iter().find_map(|column| match column {
        Column::Scope(field) => Some(*field),
        _ => None,
    });
    match field {
        Some(field) => {
            let text = if text.is_empty() { "and a pattern" } else { text };
            let hint = format!("did you mean {}:{}?", field.as_str(), clip(text));
            Err(Broken::at(line, &format!("{:?} is not a scope", clip(word)), &hint))
        }
        None if line.name == SCOPE => Err(not_a_scope(line, word)),
        None => Ok(None),
    }
}

fn not_a_scope(line: &ContentLine, word: &str) -> Broken {
    let hint = "write environment:, workspace:, task:, tag: or type: and a pattern; an event \
                in which nothing is held has X-MAINTENANCE-KIND:open";
    Broken::at(line, &format!("{:?} is not a scope", clip(word)), hint)
}

/// A word as a name, its value, and whether the sign between them is a colon.
fn split(word: &str) -> Option<(&str, &str, bool)> {
    const SIGNS: [char; 4] = [':', '=', '\u{ff1a}', '\u{ff1d}'];
    let (at, sign) = word.char_indices().find(|(_, c)| SIGNS.contains(c))?;
    let (name, text) = (word.get(..at)?, word.get(at + sign.len_utf8()..)?);
    Some((name.trim(), text.trim(), sign == ':'))
}

const OPEN: &str = "maintenance-open";

/// Whether an event says that it is of the kind `open`, be it with a slip.
pub(super) fn may_be_open(raw: &RawEvent) -> bool {
    raw.properties.iter().any(|line| match line.name.as_str() {
        "CATEGORIES" => list(&line.value).iter().any(|word| is_nearly_open(word)),
        KIND => !line.value.trim().eq_ignore_ascii_case("maintenance"),
        name => name != SCOPE && is_ours(name),
    })
}

/// Whether a word is `maintenance-open` with a slip in it.
fn is_nearly_open(word: &str) -> bool {
    if word.len() > 2 * OPEN.len() {
        return false;
    }
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = letters.to_lowercase();
    ["maintenanceopen", "openmaintenance", "maintopen"]
        .iter()
        .any(|open| strsim::osa_distance(open, &letters) <= 2)
}
