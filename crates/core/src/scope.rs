//! Which runs a window concerns.
//!
//! A scope is written by people, and people write names; records always have
//! IDs, but names only where `runs-fetch --names` added them. So a scope is
//! judged in three values: it matches, it does not, or the record lacks what
//! would show. The third is an error, since both other answers could be wrong.

mod glob;

use std::fmt;

use crate::exit::{Exit, Explain};
use crate::short_name::clip;

use glob::{Glob, Unreadable};

/// The runs that a window concerns. Fields are joined by *and*, the patterns
/// of one field by *or*; a field without patterns takes every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The patterns of each field, in the order of [`Field::ALL`].
    patterns: [Vec<Pattern>; Field::ALL.len()],
}

/// One of the five things that a scope can ask of a run, by IDs, names or globs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The environment that the run is in.
    Environment,
    /// The workspace that the run's task is in.
    Workspace,
    /// The task or plan that runs.
    Task,
    /// The tags of the task.
    Tag,
    /// The executable type (`TASK`, `PLAN`, …).
    Type,
}

impl Field {
    /// All fields, in the order in which they are written.
    pub const ALL: [Self; 5] =
        [Self::Environment, Self::Workspace, Self::Task, Self::Tag, Self::Type];

    /// The word in a timetable: a column, a member, or the part before the
    /// colon in a calendar's category.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Workspace => "workspace",
            Self::Task => "task",
            Self::Tag => "tag",
            Self::Type => "type",
        }
    }

    /// The field of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str().eq_ignore_ascii_case(name))
    }
}

/// An ID, a name or a glob (`*`, `?`, `[…]`, `{a,b}`), as it was written.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// The text in capitals, if it is a type's: that means the same in any letters.
    capitals: Option<String>,
    glob: Glob,
}

/// A glob that cannot be read.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("{pattern:?} is not a pattern: {reason}", pattern = clip(pattern))]
pub struct PatternError {
    /// The pattern as it was written.
    pub pattern: String,
    /// Its fault.
    pub reason: String,
    /// The way to mend it.
    pub hint: &'static str,
}

impl Pattern {
    /// Compiles a pattern. In it `*` stands for anything, also for `/`.
    ///
    /// # Errors
    ///
    /// The pattern cannot be read, or takes too much memory.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, None)
    }

    /// Compiles a pattern of that field.
    pub fn of(field: Field, text: &str) -> Result<Self, PatternError> {
        Self::compile(text, (field == Field::Type).then(|| text.to_ascii_uppercase()))
    }

    fn compile(text: &str, capitals: Option<String>) -> Result<Self, PatternError> {
        let glob = Glob::new(capitals.as_deref().unwrap_or(text)).map_err(
            |Unreadable { reason, hint }| PatternError { pattern: text.to_owned(), reason, hint },
        )?;
        Ok(Self { text: text.to_owned(), capitals, glob })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches that ID, name, tag or type. A name that itself has
    /// brackets (`[DEV] load`) is matched by being written as it is.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let text = self.meaning();
        // The API writes types in capitals, so that none has to be copied.
        let is_small = self.capitals.is_some() && value.contains(|c: char| c.is_ascii_lowercase());
        let capitals = is_small.then(|| value.to_ascii_uppercase());
        let value = capitals.as_deref().unwrap_or(value);
        text == value || self.glob.matches(text, value)
    }

    /// The text that says what it matches: the same for patterns that mean the same.
    pub(crate) fn meaning(&self) -> &str {
        self.capitals.as_deref().unwrap_or(&self.text)
    }

    /// Whether this cannot be anything but an ID: 24 hexadecimal digits (tasks,
    /// plans, environments, workspaces) or a UUID.
    fn is_id(&self) -> bool {
        let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.text.len() {
            24 => hex(&self.text),
            36 => {
                self.text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
                    && self.text.split('-').all(hex)
            }
            _ => false,
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// The members of a record that scopes ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// `id`: the task's or plan's ID.
    pub id: Option<&'a str>,
    /// `name`: the task's or plan's name.
    pub name: Option<&'a str>,
    /// `type`: the executable type.
    pub kind: Option<&'a str>,
    /// `environmentId`
    pub environment_id: Option<&'a str>,
    /// `environmentName`
    pub environment_name: Option<&'a str>,
    /// `workspaceId`
    pub workspace_id: Option<&'a str>,
    /// `workspaceName`
    pub workspace_name: Option<&'a str>,
    /// `tags`
    pub tags: Option<&'a [&'a str]>,
}

/// A record that does not say what a scope asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {member:?} in the record, which the scope {}:{} asks for", field.as_str(), clip(pattern))]
pub struct MissingField {
    /// The member that would show it.
    pub member: &'static str,
    /// The field of the scope.
    pub field: Field,
    /// The pattern that cannot be judged.
    pub pattern: String,
}

impl Explain for MissingField {
    fn exit(&self) -> Exit {
        Exit::BadInput
    }

    fn code(&self) -> &'static str {
        "missing-field"
    }

    fn hint(&self) -> Option<String> {
        Some(match self.field {
            Field::Environment | Field::Workspace | Field::Task => {
                "`runs-fetch --names` adds names and workspaces".to_owned()
            }
            Field::Tag => "`runs-fetch --tags` adds tags".to_owned(),
            Field::Type => "every run that runs-fetch writes has its type".to_owned(),
        })
    }
}

impl<'a> Subject<'a> {
    /// The values that the patterns of a field are compared with, as far as the
    /// record has them: IDs, names, tags or types.
    #[must_use]
    pub fn values(&self, field: Field) -> Vec<&'a str> {
        let pair = |id: Option<&'a str>, name| id.into_iter().chain(name).collect();
        match field {
            Field::Environment => pair(self.environment_id, self.environment_name),
            Field::Workspace => pair(self.workspace_id, self.workspace_name),
            Field::Task => pair(self.id, self.name),
            Field::Tag => self.tags.unwrap_or_default().to_vec(),
            Field::Type => pair(self.kind, None),
        }
    }
}

impl Scope {
    /// The fields that exclude that run for certain.
    pub fn excluding(&self, subject: &Subject<'_>) -> impl Iterator<Item = Field> {
        let excludes =
            |field: &Field| judge_field(*field, self.patterns(*field), subject) == Ok(false);
        Field::ALL.into_iter().filter(excludes)
    }

    /// Whether it takes every run.
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.patterns.iter().all(Vec::is_empty)
    }

    /// The patterns of one field.
    #[must_use]
    pub fn patterns(&self, field: Field) -> &[Pattern] {
        &self.patterns[field as usize]
    }

    /// All patterns, each with its field.
    pub fn all_patterns(&self) -> impl Iterator<Item = (Field, &Pattern)> {
        let of = |field| self.patterns(field).iter().map(move |pattern| (field, pattern));
        Field::ALL.into_iter().flat_map(of)
    }

    /// Adds a pattern to one field.
    pub fn add(&mut self, field: Field, pattern: Pattern) {
        self.patterns[field as usize].push(pattern);
    }

    /// Whether that run is in scope. A field that excludes it for certain
    /// decides, even if the record does not say enough for another one.
    ///
    /// # Errors
    ///
    /// The record lacks a member that a pattern asks for, and no field excludes the run.
    pub fn judge(&self, subject: &Subject<'_>) -> Result<bool, MissingField> {
        let mut unknown = None;
        for field in Field::ALL {
            match judge_field(field, self.patterns(field), subject) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(missing) => unknown = unknown.or(Some(missing)),
            }
        }
        unknown.map_or(Ok(true), Err)
    }
}

fn judge_field(
    field: Field,
    patterns: &[Pattern],
    subject: &Subject<'_>,
) -> Result<bool, MissingField> {
    let Some(first) = patterns.first() else { return Ok(true) };
    let missing =
        |member, pattern: &Pattern| MissingField { member, field, pattern: pattern.text.clone() };
    let hit = |value: &str| patterns.iter().any(|pattern| pattern.matches(value));
    let (id, name) = match field {
        Field::Environment => (
            ("environmentId", subject.environment_id),
            ("environmentName", subject.environment_name),
        ),
        Field::Workspace => {
            (("workspaceId", subject.workspace_id), ("workspaceName", subject.workspace_name))
        }
        Field::Task => (("id", subject.id), ("name", subject.name)),
        Field::Tag => {
            let tags = subject.tags.ok_or_else(|| missing("tags", first))?;
            return Ok(tags.iter().any(|tag| hit(tag)));
        }
        Field::Type => return subject.kind.map(hit).ok_or_else(|| missing("type", first)),
    };
    if [id, name].iter().any(|(_, value)| value.is_some_and(hit)) {
        return Ok(true);
    }
    // No match so far: is there one that could still be?
    for pattern in patterns {
        let (member, value) = if pattern.is_id() { id } else { name };
        value.ok_or_else(|| missing(member, pattern))?;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "61323d2498d04f63ee697541";

    fn scope(fields: &[(Field, &str)]) -> Scope {
        let mut scope = Scope::default();
        for (field, pattern) in fields {
            scope.add(*field, Pattern::of(*field, pattern).unwrap());
        }
        scope
    }

    #[test]
    fn ids_names_and_globs() {
        let subject = Subject {
            id: Some(ID),
            name: Some("load/orders"),
            kind: Some("TASK"),
            environment_id: Some("6242bc6eac74e9757cda41bb"),
            environment_name: Some("[DEV] east"),
            tags: Some(&["nightly", "eu"]),
            ..Subject::default()
        };
        for (fields, expected) in [
            (&[][..], true),
            (&[(Field::Task, ID)], true),
            (&[(Field::Task, "load*")], true),
            (&[(Field::Task, "Load*")], false),
            (&[(Field::Task, "other"), (Field::Task, "load/orders")], true),
            (&[(Field::Environment, "[DEV] east")], true),
            (&[(Field::Tag, "e?")], true),
            (&[(Field::Tag, "us")], false),
            (&[(Field::Type, "PLAN")], false),
            (&[(Field::Type, "{PLAN,TASK}"), (Field::Task, "load*")], true),
            (&[(Field::Type, "{plan,Task}")], true),
            (&[(Field::Type, "Task")], true),
            (&[(Field::Type, "t?s*")], true),
            (&[(Field::Type, "[s-u]ask")], true),
            (&[(Field::Type, "[!t]ask")], false),
            (&[(Field::Type, "plan")], false),
            (&[(Field::Tag, "EU")], false),
            (&[(Field::Type, "TASK"), (Field::Task, "other")], false),
        ] {
            assert_eq!(scope(fields).judge(&subject), Ok(expected), "{fields:?}");
        }
        assert!(Pattern::new("[").is_err());
    }

    #[test]
    fn a_type_matches_in_any_letters() {
        for kind in ["TASK", "task", "Task"] {
            let subject = Subject { kind: Some(kind), ..Subject::default() };
            for (pattern, expected) in
                [("TASK", true), ("task", true), ("T*", true), ("[t]as?", true), ("plan", false)]
            {
                let judged = scope(&[(Field::Type, pattern)]).judge(&subject);
                assert_eq!(judged, Ok(expected), "{pattern} {kind}");
            }
        }
        let pattern = Pattern::of(Field::Type, "task").unwrap();
        assert_eq!(pattern.as_str(), "task");
        assert_eq!(pattern, Pattern::of(Field::Type, "TASK").unwrap());
    }

    #[test]
    fn what_the_record_does_not_say_is_an_error_unless_something_else_excludes_it() {
        let subject = Subject { id: Some(ID), kind: Some("TASK"), ..Subject::default() };
        let member = |fields: &[(Field, &str)]| scope(fields).judge(&subject).map_err(|e| e.member);
        assert_eq!(member(&[(Field::Workspace, "Finance")]), Err("workspaceName"));
        assert_eq!(member(&[(Field::Workspace, ID)]), Err("workspaceId"));
        assert_eq!(member(&[(Field::Task, "orders")]), Err("name"));
        assert_eq!(member(&[(Field::Tag, "eu")]), Err("tags"));
        // An ID that is another one, and nothing that could be a name.
        assert_eq!(member(&[(Field::Task, "6242bc6eac74e9757cda41bb")]), Ok(false));
        assert_eq!(member(&[(Field::Workspace, "Finance"), (Field::Type, "PLAN")]), Ok(false));
        let uuid = "057e361b-9e8c-4f3a-8a3c-0e6b2f0b8e11";
        assert_eq!(member(&[(Field::Task, uuid)]), Ok(false));
    }

    #[test]
    fn the_hint_on_a_missing_member_names_the_flag_that_adds_it() {
        let subject = Subject { id: Some(ID), ..Subject::default() };
        for (field, flag) in [
            (Field::Environment, "`runs-fetch --names`"),
            (Field::Workspace, "`runs-fetch --names`"),
            (Field::Task, "`runs-fetch --names`"),
            (Field::Tag, "`runs-fetch --tags`"),
        ] {
            let missing = scope(&[(field, "x")]).judge(&subject).unwrap_err();
            assert!(missing.hint().unwrap().starts_with(flag), "{field:?} {missing:?}");
        }
    }
}
