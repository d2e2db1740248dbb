//! The records that flow between the tools, as `task-pause` reads them.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::change::{Target, TargetKind};
use crate::hold::HoldWindow;
use crate::time::UtcTime;

/// One run that `window-filter` selected: what of its record is needed to
/// hold its task back. Members that are not listed are ignored.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", expecting = "a run: a JSON object")]
pub struct SelectedRun {
    /// ID of the task or plan, not of the run.
    pub id: Arc<str>,
    /// Its executable type: `TASK`, `PLAN`, or one that cannot be paused.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// The environment that the task belongs to.
    pub environment_id: Arc<str>,
    /// When it is planned to start, UTC. Absent where the record keeps its
    /// date under another name.
    pub date: Option<UtcTime>,
    /// The window that it was selected for.
    #[serde(deserialize_with = "window_with_end")]
    pub window: HoldWindow,
    /// Name of the task or plan.
    pub name: Option<Arc<str>>,
    /// ID of its workspace.
    pub workspace_id: Option<Arc<str>>,
    /// Name of its workspace.
    pub workspace_name: Option<Arc<str>>,
    /// Name of its environment.
    pub environment_name: Option<Arc<str>>,
    /// Its tags.
    pub tags: Option<Arc<[Arc<str>]>>,
}

/// Reads a window whose `end` is there: an open-ended one has null, and none at all is a
/// slip. The ledger is read without this check, as it always was.
fn window_with_end<'de, D: Deserializer<'de>>(window: D) -> Result<HoldWindow, D::Error> {
    #[derive(Deserialize)]
    struct WindowWithEnd {
        start: UtcTime,
        // An `Option` alone would be `None` where there is no member.
        #[serde(deserialize_with = "Option::deserialize")]
        end: Option<UtcTime>,
        name: Arc<str>,
    }
    let WindowWithEnd { start, end, name } = WindowWithEnd::deserialize(window)?;
    Ok(HoldWindow { start, end, name })
}

impl SelectedRun {
    /// The task or plan to pause so that this run does not start; `None` where
    /// the type has no pause.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        let kind = TargetKind::of(&self.kind)?;
        Some(Target { environment_id: self.environment_id.clone(), kind, id: self.id.clone() })
    }

    /// Its names, and the other members that a timetable's scope asks for.
    #[must_use]
    pub fn labels(&self) -> Labels {
        Labels {
            name: self.name.clone(),
            workspace_id: self.workspace_id.clone(),
            workspace_name: self.workspace_name.clone(),
            environment_name: self.environment_name.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// The names of a task or plan, and the other members that a timetable's scope
/// asks for, where the records say so. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Labels {
    /// Name of the task or plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// ID of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<Arc<str>>,
    /// Name of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<Arc<str>>,
    /// Name of its environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_name: Option<Arc<str>>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Arc<[Arc<str>]>>,
}

/// The names that many records have in common, each kept once.
#[derive(Debug, Default)]
pub struct NamePool(HashSet<Arc<str>>);

impl NamePool {
    /// Lets a record have the memory of a name that is the same as its own.
    pub fn share(&mut self, name: &mut Arc<str>) {
        match self.0.get(name) {
            Some(known) => *name = Arc::clone(known),
            None => {
                self.0.insert(Arc::clone(name));
            }
        }
    }
}

/// The last line of a complete stream: how many runs the fetch wrote, before
/// any filter, and what it asked for. Members that are not listed are ignored.
/// [`crate::jsonl::end_record`] reads it and writes the count of a filter into it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EndRecord {
    /// The number of runs that were fetched.
    pub runs: u64,
    /// The number of runs that the last filter wrote; `None`: there was no
    /// filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected: Option<u64>,
    /// The IDs of the environments whose runs were asked for; `None`: the
    /// record does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Arc<str>>>,
    /// The first instant for which runs were asked for, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<UtcTime>,
    /// The first instant after the time for which runs were asked for, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<UtcTime>,
    /// Whether a workspace, a tag or a runtime narrowed the list.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub filtered: bool,
}

impl EndRecord {
    /// The number of lines with runs that have to stand before it.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.selected.unwrap_or(self.runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_types_have_no_target_and_a_window_needs_its_end() {
        let line = r#"{"id":"t","type":"PIPELINE","environmentId":"e","extra":[1],
            "window":{"name":"w","start":"2026-03-01T00:00:00Z","end":null,"dst":"gap"}}"#;
        let run: SelectedRun = serde_json::from_str(line).unwrap();
        assert_eq!(run.target(), None);
        assert_eq!(run.window.end, None);
        let slip = line.replace("\"end\":null,", "");
        let error = serde_json::from_str::<SelectedRun>(&slip).unwrap_err().to_string();
        assert!(error.contains("missing field `end`"), "{error}");
        assert_eq!(
            SelectedRun { kind: "PLAN".into(), ..run }.target().unwrap().to_string(),
            "plan t"
        );
    }
}
