//! The chart that `timeline` and `svg` draw: a line for each task, with its windows
//! and runs, and an axis.

use std::collections::HashMap;

use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::shown_run::ShownRun;
use crate::style::Style;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The distances between ticks, in milliseconds.
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

/// A chart. Positions are shares of its width: the drawing module turns them into
/// columns or pixels.
#[derive(Debug)]
pub(super) struct Chart {
    /// The tasks with a run in a window, in the order of their first such run.
    pub(super) tasks: Vec<ChartTask>,
    /// The number of tasks without a run in a window. They are not drawn.
    pub(super) others: usize,
    start: i64,
    end: i64,
    /// The first and the last time of a run or window.
    shown: (i64, i64),
}

/// A task with its windows and runs.
#[derive(Debug, Default)]
pub(super) struct ChartTask {
    pub(super) label: String,
    /// Its windows.
    pub(super) windows: Vec<ChartWindow>,
    /// The position of each run, and whether it is in a window.
    pub(super) runs: Vec<(f64, bool)>,
}

/// A window of a task. Its edges are shares of the chart's width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChartWindow {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Whether the window has no end.
    pub(super) endless: bool,
}

/// A tick of the axis.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
    /// A shorter label, where there is little margin: the day, or the time of day.
    pub(super) short: String,
}

impl Chart {
    pub(super) fn new(all: &[ShownRun]) -> Self {
        let held = || all.iter().filter_map(|run| run.window.as_ref());
        let edges = held().flat_map(|held| [Some(held.start), held.end]).flatten();
        let times = all.iter().map(|run| run.date).chain(edges).map(UtcTime::as_millis);
        let (first, last) =
            times.fold((i64::MAX, i64::MIN), |(a, b), time| (a.min(time), b.max(time)));
        // A margin, so that nothing is drawn on the border.
        let margin = (last.saturating_sub(first) / 50).max(MINUTE);
        // A wider margin shows that a window without an end goes on.
        let endless = held().any(|held| held.end.is_none());
        let margin_behind = if endless { 3 * margin } else { margin };
        let mut chart = Self {
            tasks: Vec::new(),
            others: 0,
            start: first.saturating_sub(margin),
            end: last.saturating_add(margin_behind),
            shown: (first, last),
        };
        let mut places: HashMap<&str, Option<usize>> = HashMap::new();
        for run in all {
            places.entry(&run.id).or_insert(None);
        }
        for run in all.iter().filter(|run| run.window.is_some()) {
            let place = places.entry(&run.id).or_insert(None);
            if place.is_none() {
                *place = Some(chart.tasks.len());
                chart.tasks.push(ChartTask { label: run.task(), ..ChartTask::default() });
            }
        }
        for run in all {
            let Some(Some(place)) = places.get(run.id.as_str()).copied() else { continue };
            let mark = (chart.share(run.date), run.window.is_some());
            let window = run.window.as_ref().map(|held| ChartWindow {
                from: chart.share(held.start),
                to: held.end.map_or(1.0, |end| chart.share(end)),
                endless: held.end.is_none(),
            });
            let task = &mut chart.tasks[place];
            task.runs.push(mark);
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

    /// Whether a window has no end.
    pub(super) fn has_endless(&self) -> bool {
        self.tasks.iter().any(|task| task.windows.iter().any(|window| window.endless))
    }

    /// The title of the axis: the zone, and the first and last day in it.
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

    /// Whether labels need the year: the chart covers about a year or more.
    pub(super) fn is_long(&self) -> bool {
        self.end - self.start > 300 * DAY
    }

    /// Ticks at round times in the zone, at most `most` of them.
    pub(super) fn ticks(&self, style: &Style, most: usize) -> Vec<Tick> {
        if self.tasks.is_empty() {
            return Vec::new();
        }
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let span = self.end - self.start;
        let step = STEPS.into_iter().find(|step| span / step <= most).unwrap_or(span / most + 1);
        // The steps are those of local time, so that ticks are at round times also
        // after a change of the clock.
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
