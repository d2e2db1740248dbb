//! The members of a JSON line that are no columns: misnamed ones are errors,
//! the others are reported once.

use std::collections::HashMap;

use serde_json::Value;

use super::column::Column;
use super::header::hint;
use super::problem::Severity;
use super::reader::TimetableReader;
use super::title::Title;
use crate::short_name::clip;

/// The members that `window-filter windows` and `suggest` write beside the
/// columns.
pub(super) const LISTED: [&str; 6] = ["dst", ORIGIN, "line", "uid", "runs", "runningMs"];

/// The member of a listed window that names its timetable: only
/// `window-filter windows` writes it.
pub(super) const ORIGIN: &str = "timetable";

/// The number of names of members that are remembered and reported.
const MOST: usize = 1000;

/// The unknown members of one timetable.
#[derive(Default)]
pub(super) struct Unknown {
    /// The meaning of each name; as a rule all lines have the same names.
    titles: HashMap<String, Title>,
    unused: Vec<String>,
    first: Option<u64>,
}

impl Unknown {
    /// Whether none of a line's unknown members is misnamed; one that is gets
    /// reported. `has` says which columns the line has.
    pub(super) fn is_harmless<'m>(
        &mut self,
        reading: &mut TimetableReader<'_>,
        line: u64,
        members: impl Iterator<Item = (&'m str, &'m Value)>,
        has: impl Fn(Column) -> bool,
    ) -> bool {
        for (name, value) in members {
            let problem = match self.title(name) {
                Title::Known(_) => None,
                Title::Meant(meant) => {
                    let is_there = meant.columns.iter().any(|&column| has(column));
                    (meant.always || !is_there).then(|| {
                        let message = if is_there {
                            let names = meant.names();
                            format!(
                                "the member {:?} means the same as {names}, which is there too",
                                clip(name)
                            )
                        } else {
                            format!("the member {:?} is not known", clip(name))
                        };
                        (message, hint(&meant))
                    })
                }
                Title::Unused => self.nested(value).map(|inner| {
                    let message = format!(
                        "{inner:?} stands inside {name:?}, where it is not read",
                        name = clip(name),
                        inner = clip(&inner)
                    );
                    (message, format!("write it beside name and start, not inside {}", clip(name)))
                }),
            };
            if let Some((message, hint)) = problem {
                reading.report(Severity::Error, (line, None), message, hint);
                return false;
            }
            self.first.get_or_insert(line);
            if self.unused.len() < MOST && !self.unused.iter().any(|known| known == name) {
                self.unused.push(name.to_owned());
            }
        }
        true
    }

    /// Reports the members that are not used.
    pub(super) fn report(&self, reading: &mut TimetableReader<'_>) {
        if let Some(line) = self.first {
            reading.unused(line, "members", &self.unused);
        }
    }

    fn title(&mut self, name: &str) -> Title {
        if let Some(known) = self.titles.get(name) {
            return known.clone();
        }
        let title = Title::of(name);
        if self.titles.len() < MOST {
            self.titles.insert(name.to_owned(), title.clone());
        }
        title
    }

    /// A member somewhere inside a value that would change a window if it stood
    /// in its place. Names and types are everywhere.
    fn nested(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let meant = self.title(name).into_meant().filter(|meant| meant.always);
                let counts = |column: &Column| !matches!(column.as_str(), "name" | "type");
                let has_any = meant.is_some_and(|meant| meant.columns.iter().any(counts));
                if has_any { Some(name.clone()) } else { self.nested(value) }
            }),
            Value::Array(values) => values.iter().find_map(|value| self.nested(value)),
            _ => None,
        }
    }
}
