//! From a rule to the starts between two instants.
//!
//! Nothing is computed that was not asked for: a rule without COUNT is entered
//! at the period of the first instant asked for, by division, so that a rule
//! that began in 1601 costs the same as one of last week. A COUNT is counted
//! out once and then is an end like any other.
//!
//! Rules by calendar step on the wall clock. HOURLY, MINUTELY and SECONDLY
//! rules step in elapsed time, so that a change of the clock neither doubles
//! nor loses an instance.

mod elapsed;

use std::sync::OnceLock;

use super::civil::{DAY, Wall, from_civil, to_civil};
use super::period::{Days, Periods};
use super::rrule::{Freq, Rule, Until};
use crate::time::UtcTime;
use crate::zone::{Dst, Zone};

/// The most starts that a series may make in one look.
pub(super) const MAX_INSTANCES: u32 = 1_000_000;

/// The most starts that all series may make in one look: what bounds memory.
pub(super) const MAX_TOGETHER: u32 = 5_000_000;

/// The most periods in a row that a rule may leave empty.
pub(super) const MAX_EMPTY: u32 = 10_000;

/// The most periods that a rule may walk through at once.
pub(super) const MAX_STEPS: u32 = 10_000_000;

/// More than any change of the clock moves it: Samoa once skipped a day.
const SLACK: i64 = 2 * DAY;

/// Where one instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) utc: UtcTime,
    /// On the wall clock, as the rule has it: 02:30 also where the clock
    /// skipped that.
    pub(super) wall: Wall,
    /// How the wall time met a clock change.
    pub(super) dst: Option<Dst>,
}

impl Start {
    /// The start at a wall time of a zone.
    pub(super) fn at_wall(zone: &Zone, wall: Wall) -> Option<Self> {
        to_utc(zone, wall).map(|(utc, dst)| Self { utc, wall, dst })
    }

    /// The start at an instant.
    pub(super) fn at_utc(zone: &Zone, utc: UtcTime) -> Self {
        Self { utc, wall: to_wall(zone, utc), dst: None }
    }
}

/// Which cap a rule ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capped {
    /// [`MAX_INSTANCES`]
    Instances,
    /// [`MAX_TOGETHER`], or what was given in its place.
    Together,
    /// [`MAX_EMPTY`]
    Empty,
    /// [`MAX_STEPS`]
    Steps,
}

impl Capped {
    /// Which cap, in words.
    pub(super) fn message(self) -> String {
        match self {
            Self::Instances => format!("more than {MAX_INSTANCES} windows in the time looked at"),
            Self::Together => format!(
                "all rules together make more than {MAX_TOGETHER} windows in the time looked at"
            ),
            Self::Empty => format!("the rule makes nothing in {MAX_EMPTY} periods in a row"),
            Self::Steps => format!("the rule takes more than {MAX_STEPS} steps"),
        }
    }
}

/// How many starts may still be made in one look.
#[derive(Debug)]
pub(super) struct Budget {
    /// By the series at hand.
    series: u32,
    /// By all of them.
    together: u32,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self::of(MAX_TOGETHER)
    }

    /// Of that many starts of all series together.
    pub(super) const fn of(together: u32) -> Self {
        Self { series: MAX_INSTANCES, together }
    }

    /// Goes on to the next series.
    pub(super) const fn next_series(&mut self) {
        self.series = MAX_INSTANCES;
    }

    pub(super) fn spend(&mut self) -> Result<(), Capped> {
        self.series = self.series.checked_sub(1).ok_or(Capped::Instances)?;
        self.together = self.together.checked_sub(1).ok_or(Capped::Together)?;
        Ok(())
    }
}

/// A rule with its DTSTART in its zone.
#[derive(Clone, Debug)]
pub(super) struct Recurrence {
    rule: Rule,
    zone: Zone,
    start: Start,
    periods: Periods,
    /// The start that COUNT ends with, once it is known.
    last: OnceLock<Result<Option<Start>, Capped>>,
}

impl Recurrence {
    pub(super) fn new(mut rule: Rule, zone: Zone, start: Start, all_day: bool) -> Self {
        let periods = Periods::new(rule.clone(), start.wall, all_day);
        // Rules that step in elapsed time step in UTC, and so does their
        // UNTIL where it names no zone; others have it on their wall clock.
        // (RFC 5545 wants a `Z` there, and calendar programs agree on this
        // reading of its absence.)
        if rule.freq < Freq::Daily
            && let Some(Until::Wall(wall)) = rule.until
        {
            rule.until = UtcTime::from_millis(wall.saturating_mul(1000)).map(Until::Instant);
        }
        Self { rule, zone, start, periods, last: OnceLock::new() }
    }

    /// Whether DTSTART is one of the starts that the rule makes.
    pub(super) fn matches_start(&self) -> bool {
        let mut found = false;
        let next = self.start.utc.saturating_add(std::time::Duration::from_millis(1));
        let walked = self.walk(self.start.utc, next, &mut |start| {
            found |= start.wall == self.start.wall;
            Ok(!found)
        });
        found || walked.is_err()
    }

    /// Whether UNTIL lies before DTSTART.
    pub(super) fn never_begins(&self) -> bool {
        self.is_past(self.start)
    }

    /// Whether the rule ends at all.
    pub(super) fn ends(&self) -> bool {
        self.rule.count.is_some() || self.rule.until.is_some()
    }

    /// An instant that no start lies after, if the rule ends.
    pub(super) fn last_utc(&self) -> Option<UtcTime> {
        let until = self.rule.until.and_then(|until| match until {
            Until::Instant(time) => Some(time),
            Until::Wall(wall) => to_utc(&self.zone, wall).map(|(time, _)| time),
            Until::Day(day) => to_utc(&self.zone, (day + 1) * DAY).map(|(time, _)| time),
        });
        let counted = match self.last() {
            Ok(Some(last)) => Some(last.utc),
            _ => None,
        };
        match (until, counted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Hands the starts in `[from, to)` to `take`. Those by calendar come in
    /// the order of the wall clock, which a change may make another than that
    /// of the instants.
    pub(super) fn starts(
        &self,
        from: UtcTime,
        to: UtcTime,
        take: &mut impl FnMut(Start) -> Result<(), Capped>,
    ) -> Result<(), Capped> {
        if to <= self.start.utc && to_wall(&self.zone, to) < self.start.wall - SLACK {
            return Ok(());
        }
        let last = self.last()?;
        if let Some(last) = last
            && from > last.utc
            && to_wall(&self.zone, from) > last.wall + SLACK
        {
            return Ok(());
        }
        self.walk(from, to, &mut |start| {
            if last.is_some_and(|last| start.wall > last.wall && start.utc > last.utc) {
                return Ok(false);
            }
            if start.utc >= from && start.utc < to {
                take(start)?;
            }
            Ok(true)
        })
    }

    /// The start that COUNT ends with; `None` without COUNT, or if UNTIL or
    /// the end of time comes first.
    fn last(&self) -> Result<Option<Start>, Capped> {
        let Some(count) = self.rule.count else { return Ok(None) };
        *self.last.get_or_init(|| {
            let mut left = count;
            let mut last = None;
            self.walk(UtcTime::MIN, UtcTime::MAX, &mut |start| {
                left -= 1;
                last = Some(start);
                Ok(left > 0)
            })?;
            Ok(last)
        })
    }

    /// Walks through the starts from `from` on, or from one a little before,
    /// until past `to`, UNTIL, or a false from `take`. COUNT is not asked.
    fn walk(
        &self,
        from: UtcTime,
        to: UtcTime,
        take: &mut impl FnMut(Start) -> Result<bool, Capped>,
    ) -> Result<(), Capped> {
        if self.rule.freq < Freq::Daily {
            self.walk_elapsed(from, to, take)
        } else {
            self.walk_calendar(from, to, take)
        }
    }

    fn walk_calendar(
        &self,
        from: UtcTime,
        to: UtcTime,
        take: &mut impl FnMut(Start) -> Result<bool, Capped>,
    ) -> Result<(), Capped> {
        let stop = (to_wall(&self.zone, to) + SLACK).min(self.until_wall());
        let first = self.periods.number_of(to_wall(&self.zone, from) - SLACK) - 1;
        let mut days = Days::new();
        let mut empty = 0;
        for number in first.max(0).. {
            if self.periods.earliest(number) > stop {
                break;
            }
            let mut result = Ok(true);
            let mut any = false;
            self.periods.instances(number, &mut days, |wall| {
                any = true;
                if wall < self.start.wall {
                    return true;
                }
                if wall > stop {
                    result = Ok(false);
                    return false;
                }
                // Outside the years that records can write there is nothing.
                let Some(start) = Start::at_wall(&self.zone, wall) else { return true };
                result = if self.is_past(start) { Ok(false) } else { take(start) };
                result == Ok(true)
            });
            if !result? {
                break;
            }
            empty = if any { 0 } else { empty + 1 };
            if empty > MAX_EMPTY {
                return Err(Capped::Empty);
            }
        }
        Ok(())
    }

    /// Whether a start lies after UNTIL.
    fn is_past(&self, start: Start) -> bool {
        match self.rule.until {
            None => false,
            Some(Until::Instant(time)) => start.utc > time,
            Some(Until::Wall(wall)) => start.wall > wall,
            Some(Until::Day(day)) => start.wall >= (day + 1) * DAY,
        }
    }

    /// A wall time that no start before UNTIL lies after.
    fn until_wall(&self) -> Wall {
        match self.rule.until {
            None => Wall::MAX,
            Some(Until::Instant(time)) => to_wall(&self.zone, time) + SLACK,
            Some(Until::Wall(wall)) => wall,
            Some(Until::Day(day)) => (day + 1) * DAY - 1,
        }
    }
}

/// The instant of a wall time, and how it met a clock change.
pub(super) fn to_utc(zone: &Zone, wall: Wall) -> Option<(UtcTime, Option<Dst>)> {
    zone.to_utc(to_civil(wall)?)
}

/// The wall time of an instant. Within the years 0000 to 9999 of UTC every
/// zone has one.
pub(super) fn to_wall(zone: &Zone, time: UtcTime) -> Wall {
    zone.to_local(time).map_or(time.as_millis().div_euclid(1000), from_civil)
}
