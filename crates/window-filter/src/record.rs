//! The members of a run, read from the bytes of its line.

use std::borrow::Cow;

use maintenance_core::jsonl::BadLine;
use maintenance_core::jsonl::scan::{FoundMembers, Keys};
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::scope::{Field, MissingField, Scope, Subject};
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::window_set::Judge;

use crate::scope_watch::{ComparedValues, ScopeWatch};

/// The longest duration of a run, in milliseconds: ten years.
const LONGEST: f64 = 3660.0 * 24.0 * 60.0 * 60.0 * 1000.0;

/// The members to look for in a line, and the index of each among the keys.
#[derive(Clone, Debug)]
pub(crate) struct RecordMembers {
    pub(crate) keys: Keys,
    date_field: String,
    date: usize,
    duration: usize,
    window: usize,
    scope: [Option<usize>; SCOPE_MEMBERS.len()],
}

/// The members for scopes, each with the field of scopes that needs it.
const SCOPE_MEMBERS: [(&str, Field); 8] = [
    ("id", Field::Task),
    ("name", Field::Task),
    ("type", Field::Type),
    ("environmentId", Field::Environment),
    ("environmentName", Field::Environment),
    ("workspaceId", Field::Workspace),
    ("workspaceName", Field::Workspace),
    ("tags", Field::Tag),
];

impl RecordMembers {
    /// The members that the filter needs for a timetable.
    pub(crate) fn new(date_field: &str, timetable: &Timetable) -> Self {
        let mut names = vec![date_field];
        let mut index = |name: &'static str| {
            names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        };
        let (duration, window) = (index("durationMs"), index("window"));
        let asked = timetable.fields();
        let scope = SCOPE_MEMBERS.map(|(name, field)| asked.contains(&field).then(|| index(name)));
        let keys = Keys::new(&names);
        let date_field = date_field.to_owned();
        Self { keys, date_field, date: 0, duration, window, scope }
    }

    /// The start of the run.
    pub(crate) fn date(&self, text: &str, found: &FoundMembers) -> Result<UtcTime, BadLine> {
        let Some(value) = found.value(self.date, text) else {
            return Err(BadLine::Missing { member: self.date_field.clone() });
        };
        // Most times have no escapes, and are parsed as they are.
        let plain = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        plain
            .and_then(UtcTime::parse)
            .or_else(|| string(value).and_then(|date| UtcTime::parse(&date)))
            .ok_or_else(|| BadLine::value(&self.date_field, "a time in RFC 3339", value))
    }

    /// The duration of the run in milliseconds, if the record has one.
    pub(crate) fn duration(
        &self,
        text: &str,
        found: &FoundMembers,
    ) -> Result<Option<i64>, BadLine> {
        let Some(value) = found.value(self.duration, text) else { return Ok(None) };
        if value == "null" {
            return Ok(None);
        }
        match serde_json::from_str::<f64>(value) {
            #[expect(clippy::cast_possible_truncation, reason = "within ten years")]
            Ok(length) if (0.0..=LONGEST).contains(&length) => Ok(Some(length.ceil() as i64)),
            _ => {
                Err(BadLine::value("durationMs", "a number of milliseconds below ten years", value))
            }
        }
    }

    /// Whether the record already has a window.
    pub(crate) fn has_window(&self, found: &FoundMembers) -> bool {
        found.member(self.window).is_some()
    }
}

/// Reads a JSON string. `None`: the value is no string.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(&without_lone_surrogates(json)).ok().map(Cow::Owned)
}

/// A run for scopes to judge. Its members are read for the first scope.
pub(crate) struct RunSubject<'a> {
    members: &'a RecordMembers,
    text: &'a str,
    found: &'a FoundMembers,
    read: Option<ScopeMembers<'a>>,
    /// The error of a member that could not be read for a scope.
    pub(crate) error: Option<BadLine>,
}

/// The texts of a run's members for scopes, in the order of [`SCOPE_MEMBERS`], and its
/// tags.
#[derive(Default)]
struct ScopeMembers<'a> {
    texts: [Option<Cow<'a, str>>; SCOPE_MEMBERS.len()],
    tags: Option<Vec<Cow<'a, str>>>,
}

impl<'a> RunSubject<'a> {
    pub(crate) fn new(members: &'a RecordMembers, text: &'a str, found: &'a FoundMembers) -> Self {
        Self { members, text, found, read: None, error: None }
    }

    fn read(&self) -> Result<ScopeMembers<'a>, BadLine> {
        let mut read = ScopeMembers::default();
        let members = self.members.scope.iter().zip(SCOPE_MEMBERS).zip(&mut read.texts);
        for ((index, (name, field)), text) in members {
            let value = index.and_then(|index| self.found.value(index, self.text));
            let Some(value) = value.filter(|value| *value != "null") else { continue };
            if field == Field::Tag {
                let tags = serde_json::from_str::<Vec<String>>(&without_lone_surrogates(value))
                    .map_err(|_| BadLine::value(name, "an array of strings", value))?;
                read.tags = Some(tags.into_iter().map(Cow::Owned).collect());
            } else {
                let string = string(value);
                *text = Some(string.ok_or_else(|| BadLine::value(name, "a string", value))?);
            }
        }
        Ok(read)
    }
}

impl ScopeMembers<'_> {
    /// Looks at the members as scopes do.
    fn with_subject<T>(&self, look: impl FnOnce(&Subject<'_>) -> T) -> T {
        let tags: Option<Vec<&str>> =
            self.tags.as_ref().map(|tags| tags.iter().map(AsRef::as_ref).collect());
        let [id, name, kind, environment_id, environment_name, workspace_id, workspace_name, _] =
            self.texts.each_ref().map(Option::as_deref);
        look(&Subject {
            id,
            name,
            kind,
            environment_id,
            environment_name,
            workspace_id,
            workspace_name,
            tags: tags.as_deref(),
        })
    }
}

impl RunSubject<'_> {
    /// Compares the run with the patterns of the timetable, if a scope was asked about
    /// it.
    pub(crate) fn compare(&self, watch: &ScopeWatch, compared: &mut ComparedValues) {
        if let Some(read) = &self.read {
            read.with_subject(|subject| watch.compare(subject, compared));
        }
    }
}

impl Judge for RunSubject<'_> {
    fn judge(&mut self, scope: &Scope) -> Result<bool, MissingField> {
        if self.read.is_none() {
            match self.read() {
                Ok(read) => self.read = Some(read),
                Err(error) => {
                    self.error = Some(error);
                    return Ok(false);
                }
            }
        }
        let Some(read) = &self.read else { return Ok(false) };
        read.with_subject(|subject| scope.judge(subject))
    }
}
