//! The runs for people: a table, CSV for a change ticket, a chart.
//!
//! A view is a picture of the whole, so here, and only here, all runs are held
//! in memory at once.

mod chart;
mod csv;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::cli::{Messages, Terminal, escape_controls};
use maintenance_core::jsonl::WriteError;
use maintenance_core::jsonl::scan::{FoundMembers, Keys};
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::args::View;

/// What is said where nothing is shown.
const NOTHING: &str = "No run falls into a window.";

/// One run, as far as a view shows it.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    name: String,
    kind: String,
    environment: String,
    workspace: String,
    date: UtcTime,
    window: Option<Held>,
}

/// The window that a run is in.
#[derive(Clone, Debug)]
struct Held {
    name: String,
    start: UtcTime,
    end: Option<UtcTime>,
    running: bool,
    /// The zone that its timetable names for it.
    zone: Option<Zone>,
}

/// How a view is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The zone that was asked for.
    zone: Zone,
    terminal: Terminal,
}

impl Row {
    /// The run that a line of the filter tells of; `None`: it is an end record.
    ///
    /// Its window names its zone by a place in `zones`, from 1 on.
    fn read(line: &str, date_field: &str, zones: &[Zone]) -> Option<Self> {
        let value = shown(line, date_field)?;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let time = |value: &Value, name: &str| UtcTime::parse(value[name].as_str()?);
        let named = |name: &str, id: &str| match text(&value, name) {
            name if name.is_empty() => text(&value, id),
            name => name,
        };
        let held = &value["window"];
        let place = held["zone"].as_u64().and_then(|place| usize::try_from(place).ok());
        Some(Self {
            id: text(&value, "id"),
            name: text(&value, "name"),
            kind: text(&value, "type"),
            environment: named("environmentName", "environmentId"),
            workspace: named("workspaceName", "workspaceId"),
            date: time(&value, date_field)?,
            window: time(held, "start").map(|start| Held {
                name: text(held, "name"),
                start,
                end: time(held, "end"),
                running: held["overlap"] == "running",
                zone: place.and_then(|place| zones.get(place.checked_sub(1)?)).cloned(),
            }),
        })
    }

    /// What the task is called, safe to show.
    fn task(&self) -> String {
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        escape_controls(name).into_owned()
    }

    /// The zone of the run's window; where it names none, the one asked for.
    fn zone<'a>(&'a self, style: &'a Style) -> &'a Zone {
        self.window.as_ref().and_then(|held| held.zone.as_ref()).unwrap_or(&style.zone)
    }
}

impl Style {
    /// As stdout wants it.
    pub(crate) fn new(zone: Zone, messages: &Messages) -> Self {
        Self { zone, terminal: Terminal::stdout(messages) }
    }
}

/// The members of a record that a view shows. The others may be what no value
/// of ours can hold.
fn shown(line: &str, date_field: &str) -> Option<Value> {
    let names = [
        "id",
        "name",
        "type",
        "environmentName",
        "environmentId",
        "workspaceName",
        "workspaceId",
        "window",
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

/// A time in a zone, as `2022-09-20 20:00`, with seconds where it has any.
fn local(zone: &Zone, time: UtcTime) -> String {
    let Some(local) = zone.to_local(time) else { return time.to_string() };
    let seconds = local.second() != 0 || local.subsec_nanosecond() != 0;
    let form = if seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    local.strftime(form).to_string()
}

/// A text in at most so many columns; a longer one ends with the sign.
fn cut(text: &str, columns: usize, sign: char) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    text.chars().take_while(fits).chain([sign]).collect()
}

/// The zone's offset from UTC at a time, as `+02:00`.
fn offset(zone: &Zone, time: UtcTime) -> String {
    let Some(offset) = zone.offset(time) else { return String::new() };
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Where the filter writes lines to that a view is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered(Arc<Mutex<Vec<u8>>>);

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what the filter gathered as that view. `zones` are the timetable's.
pub(crate) fn write(
    view: View,
    gathered: &Gathered,
    date_field: &str,
    style: &Style,
    zones: &[Zone],
) -> anyhow::Result<()> {
    let bytes = mem::take(&mut *gathered.0.lock().unwrap_or_else(PoisonError::into_inner));
    let lines = String::from_utf8_lossy(&bytes);
    let rows = lines.lines().filter_map(|line| Row::read(line, date_field, zones));
    let rows: Vec<Row> = rows.collect();
    let text = match view {
        View::Csv { raw } => csv::draw(&rows, style, raw)?,
        View::Table => table::draw(&rows, style),
        View::Timeline => timeline::draw(&rows, style),
        View::Svg => svg::draw(&rows, style),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}
