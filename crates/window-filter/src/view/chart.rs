//! What both charts draw: a row a task, its windows and its runs, and an axis.

use std::collections::HashMap;

use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::{Row, Style};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How far ticks may lie apart, in milliseconds.
const STEPS: [i64; 17] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    364 * DAY,
];

/// A chart, in times: who draws it decides on columns or pixels.
#[derive(Debug)]
pub(super) struct Chart {
    /// The tasks that a window touches, in the order of their first such run.
    pub(super) tasks: Vec<Task>,
    /// How many tasks no window touches; they are not drawn.
    pub(super) others: usize,
    start: i64,
    end: i64,
}

/// One task's row.
#[derive(Debug, Default)]
pub(super) struct Task {
    pub(super) label: String,
    /// Where each window begins and ends, as shares of the chart's width.
    pub(super) windows: Vec<(f64, f64)>,
    /// Where each run is, and whether it is in a window.
    pub(super) runs: Vec<(f64, bool)>,
}

/// A place on the axis, and what it says.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

impl Chart {
    pub(super) fn new(rows: &[Row]) -> Self {
        let held = || rows.iter().filter_map(|row| row.window.as_ref());
        let edges = held().flat_map(|held| [Some(held.start), held.end]).flatten();
        let times = rows.iter().map(|row| row.date).chain(edges).map(UtcTime::as_millis);
        let (first, last) =
            times.fold((i64::MAX, i64::MIN), |(a, b), time| (a.min(time), b.max(time)));
        // A little room, so that nothing sits on the border.
        let room = (last.saturating_sub(first) / 50).max(MINUTE);
        let mut chart = Self {
            tasks: Vec::new(),
            others: 0,
            start: first.saturating_sub(room),
            end: last.saturating_add(room),
        };
        let mut places: HashMap<&str, Option<usize>> = HashMap::new();
        for row in rows {
            places.entry(&row.id).or_insert(None);
        }
        for row in rows.iter().filter(|row| row.window.is_some()) {
            let place = places.entry(&row.id).or_insert(None);
            if place.is_none() {
                *place = Some(chart.tasks.len());
                chart.tasks.push(Task { label: row.task(), ..Task::default() });
            }
        }
        for row in rows {
            let Some(Some(place)) = places.get(row.id.as_str()).copied() else { continue };
            let run = (chart.share(row.date), row.window.is_some());
            let window = row.window.as_ref().map(|held| {
                (chart.share(held.start), held.end.map_or(1.0, |end| chart.share(end)))
            });
            let task = &mut chart.tasks[place];
            task.runs.push(run);
            if let Some(window) = window
                && !task.windows.contains(&window)
            {
                task.windows.push(window);
            }
        }
        chart.others = places.values().filter(|place| place.is_none()).count();
        chart
    }

    #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
    fn share(&self, time: UtcTime) -> f64 {
        (time.as_millis() - self.start) as f64 / (self.end - self.start).max(1) as f64
    }

    /// Round times in the zone, at most that many.
    pub(super) fn ticks(&self, style: &Style, most: usize) -> Vec<Tick> {
        if self.tasks.is_empty() {
            return Vec::new();
        }
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let span = self.end - self.start;
        let step = STEPS.into_iter().find(|step| span / step <= most).unwrap_or(span / most + 1);
        let local = UtcTime::from_millis(self.start).and_then(|start| style.zone.to_local(start));
        let read_as_utc = local.and_then(|local| Zone::utc().to_utc(local));
        let offset = read_as_utc.map_or(0, |(time, _)| time.as_millis() - self.start);
        let first = (self.start + offset).div_euclid(step) * step + step - offset;
        let times = (0..).map(|n| first + n * step).take_while(|time| *time < self.end);
        times
            .filter_map(UtcTime::from_millis)
            .filter_map(|time| {
                let form = if step < DAY { "%d %b %H:%M" } else { "%d %b %Y" };
                let label = style.zone.to_local(time)?.strftime(form).to_string();
                Some(Tick { at: self.share(time), label })
            })
            .collect()
    }
}
