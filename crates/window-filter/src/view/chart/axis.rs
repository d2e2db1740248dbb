//! The axis of time, with its ticks.

use maintenance_core::time::UtcTime;

use crate::round_times::round_times;
use crate::style::Style;
use crate::view::shown_run::ShownRun;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The distances between ticks, in milliseconds.
const STEPS: [i64; 18] = [
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
    3 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    364 * DAY,
];

/// The time in milliseconds that a window may add to each side of the runs, or as
/// much as the runs take, if that is more. A longer window is drawn to the border.
const MOST_BESIDE: i64 = 7 * DAY;

/// The axis of time.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Axis {
    start: i64,
    end: i64,
    /// The first and the last time of a run or window.
    shown: (i64, i64),
}

/// A tick of the axis.
#[derive(Debug)]
pub(in crate::view) struct Tick {
    /// Its place, as a share of the width.
    pub(in crate::view) at: f64,
    pub(in crate::view) label: String,
    /// A shorter label, where there is little margin: the day, or the time of day.
    pub(in crate::view) short: String,
}

impl Axis {
    /// The axis that has those runs, and their windows if they are not too long.
    pub(in crate::view) fn of(runs: &[ShownRun]) -> Self {
        let bounds = |times: &mut dyn Iterator<Item = i64>| {
            times.fold((i64::MAX, i64::MIN), |(a, b), time| (a.min(time), b.max(time)))
        };
        let (first, last) = bounds(&mut runs.iter().map(|run| run.date.as_millis()));
        let beside = last.saturating_sub(first).max(MOST_BESIDE);
        let run_window = runs.iter().filter_map(|run| run.window.as_ref());
        let edges =
            run_window.flat_map(|run_window| [Some(run_window.start), run_window.end]).flatten();
        let edges = edges.map(UtcTime::as_millis).filter(|edge| {
            (first.saturating_sub(beside)..=last.saturating_add(beside)).contains(edge)
        });
        let (first, last) = bounds(&mut edges.chain([first, last]));
        // A margin, so that nothing is drawn on the border.
        let margin = (last.saturating_sub(first) / 50).max(MINUTE);
        // A wider margin shows that a window without an end goes on.
        let endless = runs.iter().any(|run| run.window.as_ref().is_some_and(|w| w.end.is_none()));
        let margin_behind = if endless { 3 * margin } else { margin };
        Self {
            start: first.saturating_sub(margin),
            end: last.saturating_add(margin_behind),
            shown: (first, last),
        }
    }

    /// Its first and last time. `None`: there is nothing on it.
    pub(in crate::view) fn bounds(&self) -> Option<(UtcTime, UtcTime)> {
        Some((UtcTime::from_millis(self.start)?, UtcTime::from_millis(self.end)?))
    }

    /// The place of a time, as a share of the width.
    #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
    pub(in crate::view) fn share(&self, time: UtcTime) -> f64 {
        let from_start = time.as_millis().clamp(self.start, self.end) - self.start;
        from_start as f64 / (self.end - self.start).max(1) as f64
    }

    /// Whether a time lies behind the end of the axis.
    pub(in crate::view) fn is_after(&self, time: UtcTime) -> bool {
        time.as_millis() > self.end
    }

    /// Whether any of a window lies on the axis.
    pub(super) fn has(&self, start: UtcTime, end: Option<UtcTime>) -> bool {
        start.as_millis() < self.end && end.is_none_or(|end| end.as_millis() > self.start)
    }

    /// The title of the axis: the zone, and the first and last day in it.
    pub(in crate::view) fn title(&self, style: &Style) -> String {
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
    pub(in crate::view) fn is_long(&self) -> bool {
        self.end - self.start > 300 * DAY
    }

    /// Ticks at round times in the zone, at most `most` of them.
    pub(in crate::view) fn ticks(&self, style: &Style, most: usize) -> Vec<Tick> {
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let span = self.end - self.start;
        let step = STEPS.into_iter().find(|step| span / step <= most).unwrap_or(span / most + 1);
        let Some((from, to)) = self.bounds() else { return Vec::new() };
        let tick = |time| {
            let form = if step < DAY { "%d %b %H:%M" } else { "%d %b %Y" };
            let local = style.zone.to_local(time)?;
            let short = match () {
                () if self.is_long() => "%d %b %Y",
                () if (local.hour(), local.minute()) == (0, 0) => "%d %b",
                () => "%H:%M",
            };
            let offset = style.zone.offset_if_twice(time);
            let [label, short] = [form, short].map(|form| {
                let offset = if form.ends_with("%M") { &*offset } else { "" };
                local.strftime(form).to_string() + offset
            });
            Some(Tick { at: self.share(time), label, short })
        };
        round_times(&style.zone, from, to, step).filter_map(tick).collect()
    }
}
