//! The progress line on a terminal: counts while tasks are looked at and changed,
//! a countdown while nothing is to be done. A log has the same in the receipts.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::cli::ProgressLine;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::short_length;
use crate::timing::REDRAW_INTERVAL;

/// The line at the bottom of the terminal, and the counts in it.
#[derive(Debug)]
pub(crate) struct Display {
    line: ProgressLine,
    zone: Zone,
    counts: RefCell<ProgressCounts>,
}

/// For each kind of work: the number done, and the number of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ProgressCounts {
    looks: (usize, usize),
    pauses: (usize, usize),
    resumes: (usize, usize),
    read_back: (usize, usize),
}

/// The next step of a call that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// Windows open or end.
    Edge {
        /// When, UTC.
        at: UtcTime,
        /// The tasks and plans that will be paused then.
        pauses: Vec<Target>,
        /// The tasks and plans that will be given back then.
        resumes: Vec<Target>,
    },
    /// Changes that failed, or are not settled, are tried again.
    Again,
}

impl Display {
    /// Shows times in that zone.
    pub(crate) fn new(line: &ProgressLine, zone: Zone) -> Self {
        Self { line: line.clone(), zone, counts: RefCell::default() }
    }

    /// A display that shows nothing.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self::new(&ProgressLine::default(), Zone::utc())
    }

    /// Whether the line is shown.
    pub(crate) fn is_shown(&self) -> bool {
        self.line.is_shown()
    }

    /// Begins to count the looks at so many tasks and plans.
    pub(crate) fn looking(&self, count: usize) {
        self.count(|counts| {
            *counts = ProgressCounts { looks: (0, count), ..ProgressCounts::default() }
        });
    }

    /// Counts a look.
    pub(crate) fn looked(&self) {
        self.count(|counts| counts.looks.0 += 1);
    }

    /// Begins to count these changes: `true` is a pause.
    pub(crate) fn sending(&self, changes: impl Iterator<Item = bool>) {
        self.count(|counts| {
            *counts = ProgressCounts::default();
            for pause in changes {
                counts.of(pause).1 += 1;
            }
        });
    }

    /// Counts a change that was made, or failed.
    pub(crate) fn sent(&self, pause: bool) {
        self.count(|counts| counts.of(pause).0 += 1);
    }

    /// Begins to count so many changes that are read back.
    pub(crate) fn reading_back(&self, count: usize) {
        self.count(|counts| {
            *counts = ProgressCounts { read_back: (0, count), ..ProgressCounts::default() }
        });
    }

    /// Counts a change that was read back.
    pub(crate) fn read_back(&self) {
        self.count(|counts| counts.read_back.0 += 1);
    }

    /// Clears the line until the next text.
    pub(crate) fn clear(&self) {
        self.line.clear();
    }

    /// Waits, and shows a text meanwhile. `text` gets the time waited so far.
    pub(crate) async fn during<T>(
        &self,
        wait: impl Future<Output = T>,
        text: impl Fn(&Zone, Duration) -> String,
    ) -> T {
        if !self.is_shown() {
            return wait.await;
        }
        let begun = Instant::now();
        let mut wait = std::pin::pin!(wait);
        loop {
            self.line.show(|| text(&self.zone, begun.elapsed()));
            tokio::select! {
                done = &mut wait => return done,
                () = tokio::time::sleep(REDRAW_INTERVAL) => {}
            }
        }
    }

    fn count(&self, change: impl FnOnce(&mut ProgressCounts)) {
        let mut counts = self.counts.borrow_mut();
        change(&mut counts);
        if *counts != ProgressCounts::default() {
            self.line.show(|| counts.text());
        }
    }
}

impl ProgressCounts {
    fn of(&mut self, pause: bool) -> &mut (usize, usize) {
        if pause { &mut self.pauses } else { &mut self.resumes }
    }

    fn text(self) -> String {
        let parts = [
            ("looking at", self.looks),
            ("pausing", self.pauses),
            ("resuming", self.resumes),
            ("reading back", self.read_back),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(_, (_, all))| *all > 0)
            .map(|(verb, (done, all))| format!("{verb} {done} of {all}"))
            .collect();
        parts.join(", ")
    }
}

impl NextStep {
    /// The text at `now`: `next: pause 12 tasks at 02:00
    /// Europe/Paris, in 1h 03m`.
    pub(crate) fn text(&self, zone: &Zone, now: UtcTime) -> String {
        let Self::Edge { at, pauses, resumes } = self else {
            return "next: try again what is not settled".to_owned();
        };
        let mut parts = Vec::new();
        for (verb, targets) in [("give back", resumes), ("pause", pauses)] {
            if !targets.is_empty() {
                parts.push(format!("{verb} {}", counted(targets)));
            }
        }
        let what = if parts.is_empty() { "look again".to_owned() } else { parts.join(", ") };
        let when = clock_time(zone, *at, now);
        format!("next: {what} at {when} {}, in {}", zone.name(), short_length(at.since(now)))
    }
}

/// The number of targets, and the word for them.
fn counted(targets: &[Target]) -> String {
    let all = |kind| targets.iter().all(|target| target.kind == kind);
    let what = match (targets.len(), all(TargetKind::Task), all(TargetKind::Plan)) {
        (1, true, _) => "task",
        (_, true, _) => "tasks",
        (1, _, true) => "plan",
        (_, _, true) => "plans",
        _ => "tasks and plans",
    };
    format!("{} {what}", targets.len())
}

/// The time of day in the zone, with its date if that is not today's there, and with its
/// offset where the clock shows it twice.
fn clock_time(zone: &Zone, at: UtcTime, now: UtcTime) -> String {
    let Some(local) = zone.to_local(at) else { return at.to_string() };
    let today = zone.to_local(now).is_some_and(|now| now.date() == local.date());
    // Most edges are at full minutes; for others, show the seconds.
    let seconds = if local.second() == 0 { "" } else { ":%S" };
    let form = if today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    local.strftime(&format!("{form}{seconds}")).to_string() + &zone.offset_if_twice(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use maintenance_core::zone::ZoneTable;

    fn at(text: &str) -> UtcTime {
        UtcTime::parse(text).unwrap()
    }

    fn targets(kind: TargetKind, count: usize) -> Vec<Target> {
        let target = |n| Target { kind, id: format!("{n}").into(), environment_id: "e".into() };
        (0..count).map(target).collect()
    }

    #[test]
    fn the_next_edge_is_shown_in_the_zone_with_the_time_until_it() {
        let zone = ZoneTable::bundled().get("Europe/Paris").unwrap();
        let next = |pauses, resumes| NextStep::Edge {
            at: at("2026-03-02T01:00:00Z"),
            pauses: targets(TargetKind::Task, pauses),
            resumes: targets(TargetKind::Plan, resumes),
        };
        for (now, next, text) in [
            (
                "2026-03-01T23:56:30Z",
                next(12, 0),
                "next: pause 12 tasks at 02:00 Europe/Paris, in 1h 03m",
            ),
            (
                "2026-02-27T00:00:00Z",
                next(1, 0),
                "next: pause 1 task at 2026-03-02 02:00 Europe/Paris, in 3d 01h",
            ),
            (
                "2026-03-02T00:59:15Z",
                next(2, 1),
                "next: give back 1 plan, pause 2 tasks at 02:00 Europe/Paris, in 45s",
            ),
            (
                "2026-03-02T00:47:55Z",
                next(0, 2),
                "next: give back 2 plans at 02:00 Europe/Paris, in 12m 05s",
            ),
        ] {
            assert_eq!(next.text(&zone, at(now)), text);
        }
    }

    #[test]
    fn counts_name_what_there_is() {
        let mut counts = ProgressCounts { looks: (3, 256), ..ProgressCounts::default() };
        assert_eq!(counts.text(), "looking at 3 of 256");
        counts = ProgressCounts::default();
        *counts.of(true) = (3, 5);
        assert_eq!(counts.text(), "pausing 3 of 5");
        *counts.of(false) = (0, 2);
        assert_eq!(counts.text(), "pausing 3 of 5, resuming 0 of 2");
    }
}
