//! A window as a line of a timetable in JSON Lines.

use maintenance_core::scope::{Field, Pattern};
use maintenance_core::time::UtcTime;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::zone::Dst;
use serde::Serialize;

use super::listed::ListedWindow;

/// The line of a window.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WindowLine<'a> {
    name: &'a str,
    start: UtcTime,
    end: Option<UtcTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environment: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workspace: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    task: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag: Vec<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timetable: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_ms: Option<i64>,
}

impl<'a> WindowLine<'a> {
    /// The line of that window. A suggestion stands in no timetable yet.
    pub(super) fn new(listed: &'a ListedWindow) -> Self {
        let ListedWindow { window, load } = listed;
        let patterns = |field| patterns(window, field).collect::<Vec<_>>();
        let source = load.is_none().then_some(&window.source);
        Self {
            name: &window.name,
            start: window.start,
            end: window.end,
            kind: (window.kind == WindowKind::Open).then_some("open"),
            environment: patterns(Field::Environment),
            workspace: patterns(Field::Workspace),
            task: patterns(Field::Task),
            tag: patterns(Field::Tag),
            kinds: patterns(Field::Type),
            dst: window.dst.map(Dst::as_str),
            timetable: source.map(|source| &*source.origin.file),
            line: source.map(|source| source.line),
            uid: source.and_then(|source| source.origin.uid.as_deref()),
            runs: load.map(|load| load.runs),
            running_ms: load.and_then(|load| load.running),
        }
    }
}

/// The patterns of a window's scope for a field.
pub(super) fn patterns(window: &Window, field: Field) -> impl Iterator<Item = &str> {
    window.scope.patterns(field).iter().map(Pattern::as_str)
}
