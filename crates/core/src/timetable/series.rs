//! Windows that recur.

use std::collections::HashSet;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use super::civil::{DAY, Wall};
use super::expand::{Capped, Recurrence, Start, StepBudget, to_utc, to_wall};
use super::problem::TimetableError;
use super::stamp::Stamp;
use super::value::Length;
use crate::scope::Scope;
use crate::time::UtcTime;
use crate::window::{Source, Window, WindowKind, WindowName, ZoneIndex};
use crate::zone::{Dst, Zone};

/// The properties that all windows of a series share.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) name: WindowName,
    pub(super) kind: WindowKind,
    pub(super) scope: Arc<Scope>,
    pub(super) source: Source,
    /// The zone that its windows are shown in, if it names one.
    pub(super) zone: Option<ZoneIndex>,
}

impl Head {
    pub(super) fn window(&self, start: UtcTime, end: Option<UtcTime>, dst: Option<Dst>) -> Window {
        self.clone().into_window(start, end, dst)
    }

    /// The one window that has it.
    pub(super) fn into_window(
        self,
        start: UtcTime,
        end: Option<UtcTime>,
        dst: Option<Dst>,
    ) -> Window {
        let Self { name, kind, scope, source, zone } = self;
        Window { name, start, end, kind, scope, source, dst, zone }
    }
}

/// The length of each window of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowLength {
    /// Until the wall clock has moved on by that many seconds: 22:00 to 06:00
    /// ends at 06:00 also in the nights in which clocks change.
    Wall(i64),
    /// Until that many seconds have elapsed, since no wall clock says when it ends.
    Elapsed(i64),
    /// A duration: days on the calendar, the rest elapsed.
    Exact(Length),
}

impl WindowLength {
    /// From a start to an end in the same zone. Where a change of the clock brings the
    /// end to the start's time or before it, or the clock shows the end's hour a second
    /// time, it is the time that elapses.
    pub(super) fn between(zone: &Zone, start: Start, end: Start) -> Self {
        let wall = Self::Wall(end.wall - start.wall);
        let is_said = wall.end(zone, start).is_some_and(|(made, _)| made == end.utc);
        if end.utc <= start.utc || end.wall > start.wall && is_said {
            return wall;
        }
        Self::Elapsed((end.utc.as_millis() - start.utc.as_millis()) / 1000)
    }

    /// Its length in seconds where no clock changes.
    pub(super) fn nominal(self) -> i64 {
        match self {
            Self::Wall(seconds) | Self::Elapsed(seconds) => seconds,
            Self::Exact(length) => i64::from(length.days) * DAY + length.millis / 1000,
        }
    }

    /// The end of a window that starts there. Where clock changes leave none
    /// of it (it lies in a gap, its day was skipped), it keeps its nominal
    /// length.
    pub(super) fn end(self, zone: &Zone, start: Start) -> Option<(UtcTime, Option<Dst>)> {
        let (end, dst) = match self {
            Self::Wall(seconds) => to_utc(zone, start.wall.checked_add(seconds)?)?,
            Self::Elapsed(seconds) => {
                let end = UtcTime::from_millis(start.utc.as_millis() + seconds * 1000)?;
                (end, to_utc(zone, to_wall(zone, end))?.1)
            }
            Self::Exact(length) => {
                let (base, dst) = if length.days == 0 {
                    (start.utc, None)
                } else {
                    to_utc(zone, start.wall + i64::from(length.days) * DAY)?
                };
                (UtcTime::from_millis(base.as_millis() + length.millis)?, dst)
            }
        };
        if end > start.utc {
            return Some((end, dst));
        }
        let end = UtcTime::from_millis(start.utc.as_millis() + self.nominal() * 1000)?;
        Some((end, dst))
    }
}

/// An original start of a series, as exceptions and RECURRENCE-ID name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OriginalStart {
    /// The one at that instant.
    Instant(UtcTime),
    /// Those of that local day, by its number.
    Day(i64),
}

impl OriginalStart {
    /// The start that a time names, read in a zone; `None` where it is no
    /// instant in UTC.
    pub(super) fn of(stamp: Stamp, zone: &Zone) -> Option<Self> {
        Some(match stamp {
            Stamp::Utc(time) => Self::Instant(time),
            Stamp::Wall(wall) => Self::Instant(Start::at_wall(zone, wall)?.utc),
            Stamp::Day(day) => Self::Day(day),
        })
    }
}

/// From one instance on, the rest is moved (RANGE=THISANDFUTURE).
#[derive(Clone, Debug)]
pub(super) struct Shift {
    /// The original start of the first instance that moves.
    pub(super) from: UtcTime,
    /// By how many seconds on the wall clock; `None` drops them all.
    pub(super) by: Option<i64>,
    pub(super) span: WindowLength,
    pub(super) head: Head,
}

/// Windows that recur: a first start, rules and dates that add to it, and what
/// is taken out.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) head: Head,
    pub(super) zone: Zone,
    pub(super) start: Start,
    /// Whether the first start is a window of its own, also where no rule
    /// makes it.
    pub(super) starts_itself: bool,
    pub(super) span: WindowLength,
    pub(super) rules: Vec<Recurrence>,
    /// Further starts, some with a length of their own.
    pub(super) dates: Vec<(Start, Option<WindowLength>)>,
    /// Original starts that are taken out, or replaced by windows elsewhere.
    pub(super) except: HashSet<OriginalStart>,
    /// By `from`.
    pub(super) shifts: Vec<Shift>,
}

impl Series {
    /// Adds every window that overlaps `[from, to)` to `windows`.
    pub(super) fn windows(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        windows: &mut Vec<Window>,
    ) -> Result<(), Capped> {
        self.each_window(from, to, budget, &mut |window, _| windows.push(window))
    }

    /// Hands every window that overlaps `[from, to)` to `take`, with its length as
    /// it was written.
    pub(super) fn each_window(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        take: &mut impl FnMut(Window, WindowLength),
    ) -> Result<(), Capped> {
        let (first, last) = self.reach(from, to);
        let price = self.price();
        let inside = |start: &Start| start.utc >= first && start.utc < last;
        // DTSTART counts even where the rule does not match it, but not where
        // the rule had ended by then.
        let mut own =
            Some(self.start).filter(inside).filter(|_| self.starts_itself && self.begins());
        let mut add = |start: Start, span, budget: &mut StepBudget| {
            let made = self.window(start, span).filter(|(window, _)| window.overlaps(from, to));
            if let Some((window, span)) = made.filter(|_| !self.excludes(start)) {
                budget.window(price)?;
                take(window, span);
            }
            Ok(())
        };
        if let ([rule], []) = (&self.rules[..], &self.dates[..]) {
            // Only DTSTART can come twice: as the start of the series, and from the
            // rule.
            rule.starts(first, last, budget, &mut |start, budget| {
                own = own.filter(|own| (own.utc, own.wall) != (start.utc, start.wall));
                add(start, None, budget)
            })?;
            return own.map_or(Ok(()), |own| add(own, None, budget));
        }
        let mut starts: Vec<(Start, Option<WindowLength>)> = Vec::new();
        for rule in &self.rules {
            rule.starts(first, last, budget, &mut |start, budget| {
                // The start counts as one window of the budget before its window is
                // made.
                budget.window(0)?;
                starts.push((start, None));
                Ok(())
            })?;
        }
        starts.extend(self.dates.iter().filter(|(start, _)| inside(start)));
        starts.extend(own.map(|own| (own, None)));
        // The same start twice is one; two that a clock change brought to the
        // same instant are two.
        starts.sort_unstable_by_key(|(start, span)| (start.utc, start.wall, span.is_none()));
        starts.dedup_by_key(|(start, _)| (start.utc, start.wall));
        starts.into_iter().try_for_each(|(start, span)| add(start, span, budget))
    }

    /// The properties that its windows have, also where the rest of them is moved.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> {
        let moved = self.shifts.iter().filter(|shift| shift.by.is_some());
        iter::once(&self.head).chain(moved.map(|shift| &shift.head))
    }

    /// The kinds of its windows.
    pub(super) fn kinds(&self) -> impl Iterator<Item = WindowKind> {
        self.heads().map(|head| head.kind)
    }

    /// Whether there is a start of its own or of a rule: not if UNTIL lies before
    /// DTSTART.
    pub(super) fn begins(&self) -> bool {
        self.rules.is_empty() || !self.rules.iter().all(Recurrence::never_begins)
    }

    /// Whether that start is taken out.
    pub(super) fn excludes(&self, start: Start) -> bool {
        self.except.contains(&OriginalStart::Instant(start.utc))
            || self.except.contains(&OriginalStart::Day(start.wall.div_euclid(DAY)))
    }

    /// The steps of a budget that one of its windows takes: to write a long
    /// name, or patterns, takes longer than to find out when it is.
    fn price(&self) -> u64 {
        let text = |head: &Head| {
            let patterns = head.scope.all_patterns().map(|(_, pattern)| pattern.as_str().len());
            patterns.sum::<usize>() + head.name.len()
        };
        self.heads().map(text).max().unwrap_or(0) as u64 / 32
    }

    /// The error of a series that ran into a cap.
    pub(super) fn limit(&self, capped: Capped) -> TimetableError {
        let Source { origin, line } = &self.head.source;
        let (file, line) = (Arc::clone(&origin.file), *line);
        TimetableError::Limit { file, line, message: capped.message(), hint: capped.hint() }
    }

    /// The window of an original start, and its length as it was written.
    pub(super) fn window(
        &self,
        start: Start,
        span: Option<WindowLength>,
    ) -> Option<(Window, WindowLength)> {
        let begun = self.shifts.partition_point(|shift| shift.from <= start.utc);
        let shift = begun.checked_sub(1).and_then(|last| self.shifts.get(last));
        let (head, span, start) = match shift {
            None => (&self.head, span.unwrap_or(self.span), start),
            Some(shift) => (&shift.head, span.unwrap_or(shift.span), self.moved(start, shift.by?)?),
        };
        let (end, end_dst) = span.end(&self.zone, start)?;
        Some((head.window(start.utc, Some(end), start.dst.or(end_dst)), span))
    }

    /// A start that is moved by so many seconds on the wall clock.
    fn moved(&self, start: Start, by: i64) -> Option<Start> {
        if Start::at_wall(&self.zone, start.wall)?.utc == start.utc {
            return Start::at_wall(&self.zone, start.wall + by);
        }
        // The clock shows it twice, and the second time is meant.
        let utc = UtcTime::from_millis(start.utc.as_millis() + by * 1000)?;
        Some(Start::at_utc(&self.zone, utc))
    }

    /// Between which original starts all windows lie that overlap `[from, to)`.
    pub(super) fn reach(&self, from: UtcTime, to: UtcTime) -> (UtcTime, UtcTime) {
        let (back, ahead) = self.lengths();
        (from.saturating_sub(back), to.saturating_add(ahead))
    }

    /// The time after its original start within which any window ends, and the time
    /// before it within which any begins.
    fn lengths(&self) -> (Duration, Duration) {
        let shifts = || self.shifts.iter().filter_map(|shift| shift.by);
        let longest = self
            .dates
            .iter()
            .filter_map(|&(_, span)| span)
            .chain(self.shifts.iter().map(|shift| shift.span))
            .map(WindowLength::nominal)
            .fold(self.span.nominal(), i64::max);
        // Clock changes move nothing whose length is elapsed time; a second
        // is for what the whole seconds left out.
        let elapsed = matches!(self.span, WindowLength::Exact(length) if length.days == 0)
            && self.shifts.is_empty()
            && self.dates.iter().all(|(_, span)| span.is_none());
        let slack = if elapsed { 1 } else { 2 * DAY };
        let seconds = |wall: Wall| {
            Duration::from_secs(u64::try_from(wall.saturating_add(slack)).unwrap_or(0))
        };
        let back = longest.saturating_add(shifts().max().unwrap_or(0).max(0));
        let ahead = shifts().map(|by| -by).max().unwrap_or(0).max(0);
        let ahead = if self.shifts.is_empty() { Duration::ZERO } else { seconds(ahead) };
        (seconds(back), ahead)
    }

    /// When its last window has ended at the latest; `None`: never.
    pub(super) fn last_end(&self) -> Option<UtcTime> {
        let rules = self.rules.iter().map(|rule| rule.ends().then(|| rule.last_utc()));
        let mut last = self.start.utc;
        for end in rules {
            last = last.max(end?.unwrap_or(UtcTime::MAX));
        }
        let last = self.dates.iter().map(|(start, _)| start.utc).fold(last, UtcTime::max);
        Some(last.saturating_add(self.lengths().0))
    }
}
