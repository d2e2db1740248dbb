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
    /// The first and the last time that it shows.
    shown: (i64, i64),
}

/// One task's row.
#[derive(Debug, Default)]
pub(super) struct Task {
    pub(super) label: String,
    /// Its windows.
    pub(super) windows: Vec<Span>,
    /// Where each run is, and whether it is in a window.
    pub(super) runs: Vec<(f64, bool)>,
}

/// Where a window begins and ends, as shares of the chart's width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: f64,
    pub(super) to: f64,
    /// It goes on beyond the chart, for ever.
    pub(super) endless: bool,
}

/// A place on the axis, and what it says.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
    /// The same where there is little room: the day, or else the time of day.
    pub(super) short: String,
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
        // What has no end is seen to go on behind the last run.
        let endless = held().any(|held| held.end.is_none());
        let room_behind = if endless { 3 * room } else { room };
        let mut chart = Self {
            tasks: Vec::new(),
            others: 0,
            start: first.saturating_sub(room),
            end: last.saturating_add(room_behind),
            shown: (first, last),
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
            let window = row.window.as_ref().map(|held| Span {
                from: chart.share(held.start),
                to: held.end.map_or(1.0, |end| chart.share(end)),
                endless: held.end.is_none(),
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

    /// Whether a window goes on beyond the chart.
    pub(super) fn has_endless(&self) -> bool {
        self.tasks.iter().any(|task| task.windows.iter().any(|window| window.endless))
    }

    /// What the axis is: the zone, and the days in it from the first to the
    /// last.
    pub(super) fn axis(&self, style: &Style) -> String {
        let day = |time| {
            let local = style.zone.to_local(UtcTime::from_millis(time)?)?;
            Some(local.strftime("%Y-%m-%d").to_string())
        };
        let zone = style.zone.name();
        match (day(self.shown.0), day(self.shown.1)) {
            (Some(first), Some(last)) if first == last => format!("{zone}, {first}"),
            (Some(first), Some(last)) => format!("{zone}, {first} to {last}"),
            _ => zone.to_owned(),
        }
    }

    /// Whether days alone do not tell where one is: it is about a year.
    pub(super) fn is_long(&self) -> bool {
        self.end - self.start > 300 * DAY
    }

    /// Round times in the zone, at most that many.
    pub(super) fn ticks(&self, style: &Style, most: usize) -> Vec<Tick> {
        if self.tasks.is_empty() {
            return Vec::new();
        }
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let span = self.end - self.start;
        let step = STEPS.into_iter().find(|step| span / step <= most).unwrap_or(span / most + 1);
        // In steps of the wall clock, so that they stay round across its
        // changes.
        let utc = Zone::utc();
        let wall = |time| style.zone.to_local(UtcTime::from_millis(time)?);
        let millis = |local| Some(utc.to_utc(local)?.0.as_millis());
        let start = wall(self.start).and_then(millis).unwrap_or(self.start);
        let first = start.div_euclid(step) * step + step;
        let instant = |wall| Some(style.zone.to_utc(utc.to_local(UtcTime::from_millis(wall)?)?)?.0);
        let times = (0..).map_while(|n| instant(first + n * step));
        times
            .skip_while(|time| time.as_millis() < self.start)
            .take_while(|time| time.as_millis() < self.end)
            .filter_map(|time| {
                let form = if step < DAY { "%d %b %H:%M" } else { "%d %b %Y" };
                let local = style.zone.to_local(time)?;
                let short = match () {
                    () if self.is_long() => "%d %b %Y",
                    () if (local.hour(), local.minute()) == (0, 0) => "%d %b",
                    () => "%H:%M",
                };
                let [label, short] = [form, short].map(|form| local.strftime(form).to_string());
                Some(Tick { at: self.share(time), label, short })
            })
            .collect()
    }
}
