//! Which events of calendars, and which rows, are read as windows: those that
//! `--category` and `--name` pick.
//!
//! Rows and events of the kind `open` are read in any case: they take time out of
//! windows, and without them more would be held.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::problem::{Problem, warning};
use crate::alike::most_alike;
use crate::scope::{Pattern, PatternError};
use crate::short_name::clip;
use crate::window::{Origin, Source};

/// The categories and names by which windows are picked. Without any, all are.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    categories: Vec<String>,
    names: Vec<Pattern>,
}

impl Pick {
    /// Picks events of any of these categories, and of these events and of the rows
    /// those whose name any of these patterns matches.
    ///
    /// # Errors
    ///
    /// A pattern cannot be read.
    pub fn new(categories: &[String], names: &[String]) -> Result<Self, PatternError> {
        let categories = categories.iter().map(|category| category.trim().to_owned()).collect();
        let names = names.iter().map(|name| Pattern::new(name.trim())).collect::<Result<_, _>>()?;
        Ok(Self { categories, names })
    }

    /// Whether every event and every row is picked.
    pub(super) fn is_everything(&self) -> bool {
        self.categories.is_empty() && self.names.is_empty()
    }

    /// Whether a window of that name is picked, as far as names decide.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|pattern| pattern.matches(name.trim()))
    }

    /// Whether an event of these categories is picked, as far as categories decide.
    pub(super) fn has_category(&self, categories: &[String]) -> bool {
        self.categories.is_empty()
            || categories
                .iter()
                .any(|category| self.categories.iter().any(|it| is_same(it, category)))
    }

    /// The flags that pick.
    fn flags(&self) -> &'static str {
        match (self.categories.is_empty(), self.names.is_empty()) {
            (false, false) => "--category and --name together pick",
            (false, true) => "--category picks",
            _ => "--name picks",
        }
    }
}

/// Whether two categories are the same: case does not count.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The most names, and the most categories, that are kept to find what was meant.
const MOST_KEPT: usize = 1_000;

/// The most categories that a hint names.
const MOST_NAMED: usize = 10;

/// The events and rows that were met, and those that were not picked.
#[derive(Clone, Debug, Default)]
pub(super) struct PickTally {
    /// The first file with an event or row, and the first with an event.
    file: Option<Arc<str>>,
    calendar: Option<Arc<str>>,
    /// The events and rows that were met.
    met: u64,
    /// Those that are left out.
    left_out: u64,
    /// Those that are of the kind `open`, and so are never left out.
    open: u64,
    names: BTreeSet<String>,
    categories: BTreeSet<String>,
    /// The categories and names of the flags that something has.
    used_categories: BTreeSet<usize>,
    used_names: BTreeSet<usize>,
}

impl PickTally {
    /// Counts an event of that file.
    pub(super) fn meet_event(
        &mut self,
        pick: &Pick,
        name: &str,
        categories: &[String],
        file: &Arc<str>,
    ) {
        self.calendar.get_or_insert_with(|| Arc::clone(file));
        for (place, own) in pick.categories.iter().enumerate() {
            if categories.iter().any(|category| is_same(own, category)) {
                self.used_categories.insert(place);
            }
        }
        for category in categories {
            keep(&mut self.categories, category);
        }
        self.meet(pick, name, file);
    }

    /// Counts an event or row of that file.
    pub(super) fn meet(&mut self, pick: &Pick, name: &str, file: &Arc<str>) {
        self.file.get_or_insert_with(|| Arc::clone(file));
        self.met += 1;
        for (place, pattern) in pick.names.iter().enumerate() {
            if pattern.matches(name.trim()) {
                self.used_names.insert(place);
            }
        }
        keep(&mut self.names, name.trim());
    }

    /// Counts one that is left out.
    pub(super) fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// The number of events and rows that are left out.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Counts one that is read whatever is picked.
    pub(super) fn keep_open(&mut self) {
        self.open += 1;
    }

    /// The number that is left out, for people; nothing without it.
    pub(super) fn text(&self) -> Option<String> {
        let (met, left_out) = (self.met, self.left_out);
        let are = if left_out == 1 { "is" } else { "are" };
        (left_out > 0).then(|| {
            format!("{left_out} of {met} events and rows {are} left out by --category and --name")
        })
    }

    /// Warnings about a category or name that nothing has, and about flags that pick
    /// nothing at all.
    pub(super) fn problems(&self, pick: &Pick) -> Vec<Problem> {
        let Some(file) = &self.file else { return Vec::new() };
        let mut problems = Vec::new();
        for (place, category) in pick.categories.iter().enumerate() {
            if !self.used_categories.contains(&place) {
                let message = format!("--category {:?}: no event has it", clip(category));
                let file = self.calendar.as_ref().unwrap_or(file);
                let hint = hint_for_unknown(category, &self.categories, "categories");
                problems.push(of_file(file, message, &hint));
            }
        }
        for (place, name) in pick.names.iter().enumerate() {
            if !self.used_names.contains(&place) {
                let name = name.as_str();
                let message = format!("--name {:?}: no event or row is called so", clip(name));
                problems.push(of_file(
                    file,
                    message,
                    &hint_for_unknown(name, &self.names, "names"),
                ));
            }
        }
        if self.left_out > 0 && self.left_out + self.open >= self.met {
            let met = self.met;
            let message = format!("{} none of {met} events and rows: no window", pick.flags());
            problems.push(of_file(file, message, "nothing is ever held by it"));
        }
        problems
    }
}

fn keep(kept: &mut BTreeSet<String>, text: &str) {
    if kept.len() < MOST_KEPT && !kept.contains(text) {
        kept.insert(text.to_owned());
    }
}

/// The hint for a category or name that no event and no row has: the known one that is
/// most alike, or all of them.
fn hint_for_unknown(word: &str, known: &BTreeSet<String>, what: &str) -> String {
    let known = || known.iter().map(String::as_str).filter(|it| !it.is_empty());
    if let Some(meant) = most_alike(word, known()) {
        return format!("did you mean {:?}?", clip(meant));
    }
    let named: Vec<String> = known().take(MOST_NAMED).map(|it| format!("{:?}", clip(it))).collect();
    match known().count().checked_sub(MOST_NAMED) {
        _ if named.is_empty() => format!("there are no {what} in it"),
        Some(more @ 1..) => format!("its {what} are {} and {more} more", named.join(", ")),
        _ => format!("its {what} are {}", named.join(", ")),
    }
}

fn of_file(file: &str, message: String, hint: &str) -> Problem {
    warning(&Source { origin: Origin::table(file), line: 1 }, message, hint)
}
