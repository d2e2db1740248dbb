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

use std::io::{self, IsTerminal, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::cli::{Messages, escape_controls};
use maintenance_core::jsonl::WriteError;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;
use serde_json::Value;

use crate::args::View;

/// How wide a view is that is not written to a terminal, in columns.
const WIDTH: usize = 100;

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
}

/// How a view is drawn.
#[derive(Clone, Debug)]
struct Style {
    zone: Zone,
    width: usize,
    unicode: bool,
    color: bool,
}

impl Row {
    /// The run that a line of the filter tells of; `None`: it is an end record.
    fn read(line: &str, date_field: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let time = |value: &Value, name: &str| UtcTime::parse(value[name].as_str()?);
        let named = |name: &str, id: &str| match text(&value, name) {
            name if name.is_empty() => text(&value, id),
            name => name,
        };
        let held = &value["window"];
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
            }),
        })
    }

    /// What the task is called, safe to show.
    fn task(&self) -> String {
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        escape_controls(name).into_owned()
    }
}

impl Style {
    fn new(zone: Zone, messages: &Messages) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = terminal_size::terminal_size().filter(|_| terminal);
        // What a program may write is in the locale, as for any other.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        Self {
            zone,
            width: width.map_or(WIDTH, |(width, _)| usize::from(width.0)),
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            color: messages.wants_color(terminal),
        }
    }

    /// A time in the zone, as `2022-09-20 20:00`, with seconds where it has any.
    fn local(&self, time: UtcTime) -> String {
        let Some(local) = self.zone.to_local(time) else { return time.to_string() };
        let seconds = local.second() != 0 || local.subsec_nanosecond() != 0;
        let form = if seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
        local.strftime(form).to_string()
    }
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

/// Writes what the filter gathered as that view.
pub(crate) fn write(
    view: View,
    gathered: &Gathered,
    date_field: &str,
    zone: Zone,
    messages: &Messages,
) -> anyhow::Result<()> {
    let bytes = mem::take(&mut *gathered.0.lock().unwrap_or_else(PoisonError::into_inner));
    let lines = String::from_utf8_lossy(&bytes);
    let rows: Vec<Row> = lines.lines().filter_map(|line| Row::read(line, date_field)).collect();
    let style = Style::new(zone, messages);
    let text = match view {
        View::Csv => csv::draw(&rows, &style)?,
        View::Table => table::draw(&rows, &style),
        View::Timeline => timeline::draw(&rows, &style),
        View::Svg => svg::draw(&rows, &style),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(WriteError::from)?;
    Ok(())
}
