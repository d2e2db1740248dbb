//! A run as the views show it, read from a line of the filter.

use maintenance_core::cli::escape_controls;
use maintenance_core::jsonl::scan::{FoundMembers, Keys};
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use serde_json::Value;

use crate::style::Style;

/// The members of a run that the views show.
#[derive(Clone, Debug)]
pub(crate) struct ShownRun {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) environment: String,
    pub(super) workspace: String,
    pub(super) date: UtcTime,
    /// Its length in milliseconds, if the record has one.
    pub(super) length: Option<i64>,
    /// Whether its task is known to be paused.
    pub(super) is_paused: bool,
    pub(super) window: Option<RunWindow>,
}

/// The window that a run is in.
#[derive(Clone, Debug)]
pub(super) struct RunWindow {
    pub(super) name: String,
    pub(super) start: UtcTime,
    pub(super) end: Option<UtcTime>,
    pub(super) running: bool,
    /// The zone that its timetable names for it.
    pub(super) zone: Option<Zone>,
}

impl ShownRun {
    /// Reads a run from a line of the filter. Returns `None` for an end record.
    ///
    /// The window's `zone` is an index into `zones`, from 1 on.
    pub(super) fn read(line: &str, date_field: &str, zones: &[Zone]) -> Option<Self> {
        let value = shown_members(line, date_field)?;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let time = |value: &Value, name: &str| UtcTime::parse(value[name].as_str()?);
        let named = |name: &str, id: &str| match text(&value, name) {
            name if name.is_empty() => text(&value, id),
            name => name,
        };
        let run_window = &value["window"];
        let place = run_window["zone"].as_u64().and_then(|place| usize::try_from(place).ok());
        Some(Self {
            id: text(&value, "id"),
            name: text(&value, "name"),
            kind: text(&value, "type"),
            environment: named("environmentName", "environmentId"),
            workspace: named("workspaceName", "workspaceId"),
            date: time(&value, date_field)?,
            #[expect(clippy::cast_possible_truncation, reason = "the filter has checked it")]
            length: value["durationMs"].as_f64().map(|length| length.ceil() as i64),
            is_paused: value["paused"] == true,
            window: time(run_window, "start").map(|start| RunWindow {
                name: text(run_window, "name"),
                start,
                end: time(run_window, "end"),
                running: run_window["overlap"] == "running",
                zone: place.and_then(|place| zones.get(place.checked_sub(1)?)).cloned(),
            }),
        })
    }

    /// The name of the task, or its ID, without control characters.
    pub(super) fn task(&self) -> String {
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        escape_controls(name).into_owned()
    }

    /// The zone of the run's window. Without one, the zone of `--timezone`.
    pub(super) fn zone<'a>(&'a self, style: &'a Style) -> &'a Zone {
        self.window.as_ref().and_then(|run_window| run_window.zone.as_ref()).unwrap_or(&style.zone)
    }
}

/// Reads the members of a record that the views show. The other members are not
/// read: they may hold numbers that no `Value` can hold.
fn shown_members(line: &str, date_field: &str) -> Option<Value> {
    let names = [
        "id",
        "name",
        "type",
        "environmentName",
        "environmentId",
        "workspaceName",
        "workspaceId",
        "window",
        "durationMs",
        "paused",
        date_field,
    ];
    let keys = Keys::new(&names);
    let mut found = FoundMembers::default();
    let is_record = keys.read(line, 0, &mut found).ok()?;
    let members = names.iter().filter_map(|name| {
        let value = without_lone_surrogates(found.value(keys.place(name)?, line)?);
        Some(((*name).to_owned(), serde_json::from_str(&value).ok()?))
    });
    is_record.then(|| Value::Object(members.collect()))
}
