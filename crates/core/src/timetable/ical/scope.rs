//! Whom an event concerns, and whether it takes time out of the others:
//! CATEGORIES, and two properties of our own.

use std::sync::Arc;

use super::component::RawEvent;
use super::event::{Broken, Context};
use super::line::{ContentLine, list};
use crate::scope::{Field, Pattern, Scope};
use crate::short_name::clip;
use crate::window::Kind;

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

impl Context<'_, '_, '_> {
    /// Reads the scope and kind that CATEGORIES and our own properties give
    /// an event. Other categories mean nothing here.
    pub(super) fn scope(
        &mut self,
        raw: &RawEvent,
    ) -> Result<(Option<Arc<Scope>>, Option<Kind>), Broken> {
        let mut patterns: Vec<(Field, String)> = Vec::new();
        let mut kind = None;
        for line in &raw.properties {
            match line.name.as_str() {
                "CATEGORIES" | SCOPE => {
                    for word in list(&line.value) {
                        match pattern(line, &word)? {
                            Some(found) => patterns.push(found),
                            None if word.eq_ignore_ascii_case("maintenance-open") => {
                                kind = Some(Kind::Open);
                            }
                            None => {}
                        }
                    }
                }
                KIND => {
                    let own = match line.value.trim().to_ascii_lowercase().as_str() {
                        "open" => Kind::Open,
                        "maintenance" => Kind::Maintenance,
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

/// The field and pattern that a category or a word of a scope names; `None` if
/// it is a category of another meaning.
fn pattern(line: &ContentLine, word: &str) -> Result<Option<(Field, String)>, Broken> {
    let split = word.split_once(':').map(|(name, text)| (name.trim(), text.trim()));
    if let Some((name, text)) = split {
        if let Some(field) = Field::from_name(name) {
            Pattern::new(text)
                .map_err(|error| Broken::at(line, &error.to_string(), "close the bracket"))?;
            return Ok(Some((field, text.to_owned())));
        }
        // Passed over, a misspelt scope would let the event concern every run.
        if let Some(field) = meant(name) {
            let message = format!("{:?} is not a scope", clip(word));
            let hint = format!("did you mean {}:{}?", field.as_str(), clip(text));
            return Err(Broken::at(line, &message, &hint));
        }
    }
    if line.name == SCOPE {
        let hint = "write environment:, workspace:, task:, tag: or type: and a pattern";
        return Err(Broken::at(line, &format!("{:?} is not a scope", clip(word)), hint));
    }
    Ok(None)
}

/// The field that a name was meant to be: its plural, or, of a long one, up to
/// two letters off.
fn meant(name: &str) -> Option<Field> {
    let name = name.to_ascii_lowercase();
    Field::ALL.into_iter().find(|field| {
        let known = field.as_str();
        name.strip_suffix('s') == Some(known)
            || known.len() > 6 && strsim::osa_distance(known, &name) <= 2
    })
}
