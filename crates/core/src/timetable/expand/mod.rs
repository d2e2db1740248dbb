//! From a rule to the starts between two instants.
//!
//! Nothing is computed that was not asked for: a rule without COUNT is entered
//! at the period of the first instant asked for, by division, so that a rule
//! that began in 1601 costs the same as one of last week; and a period that
//! makes a start each second is entered at the first that was asked for. A
//! COUNT is counted out once, as the rule is read, and then is an end like any
//! other. All of it is paid for from a [`StepBudget`].
//!
//! Rules by calendar step on the wall clock. HOURLY, MINUTELY and SECONDLY
//! rules step in elapsed time, so that a change of the clock neither doubles
//! nor loses an instance.

mod budget;
mod elapsed;

use super::civil::{DAY, Wall, from_civil, to_civil};
use super::period::{Days, Periods};
use super::rrule::{Freq, RecurrenceRule};
use super::stamp::Stamp;
use crate::time::UtcTime;
use crate::zone::{Dst, Zone};

pub(super) use budget::{Capped, MAX_EMPTY, StepBudget};

/// More than any change of the clock moves it: Samoa once skipped a day.
const SLACK: i64 = 2 * DAY;

/// Where one instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) utc: UtcTime,
    /// On the wall clock, as the rule has it: 02:30 also where the clock
    /// skipped that.
    pub(super) wall: Wall,
    /// The clock change that the wall time falls into.
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

/// A rule with its DTSTART in its zone.
#[derive(Clone, Debug)]
pub(super) struct Recurrence {
    rule: RecurrenceRule,
    zone: Zone,
    start: Start,
    periods: Periods,
    /// The start that COUNT ends with; `None` without COUNT, or if UNTIL or
    /// the end of time comes first. An error: the rule makes nothing.
    last: Result<Option<Start>, Capped>,
}

impl Recurrence {
    /// A rule that begins there; its COUNT is counted out.
    pub(super) fn new(
        mut rule: RecurrenceRule,
        zone: Zone,
        start: Start,
        all_day: bool,
        budget: &mut StepBudget,
    ) -> Result<Self, Capped> {
        let periods = Periods::new(rule.clone(), start.wall, all_day);
        // Rules that step in elapsed time step in UTC, and so does their
        // UNTIL where it names no zone; others have it on their wall clock.
        // (RFC 5545 wants a `Z` there, and calendar programs agree on this
        // reading of its absence.)
        if rule.freq < Freq::Daily
            && let Some(Stamp::Wall(wall)) = rule.until
        {
            rule.until = UtcTime::from_millis(wall.saturating_mul(1000)).map(Stamp::Utc);
        }
        let mut recurrence = Self { rule, zone, start, periods, last: Ok(None) };
        if let Some(mut left) = recurrence.rule.count {
            let mut last = None;
            let walked = recurrence.walk(start.utc, UtcTime::MAX, budget, &mut |start, _| {
                left -= 1;
                last = Some(start);
                Ok(left > 0)
            });
            recurrence.last = match walked {
                Err(Capped::Empty) => Err(Capped::Empty),
                walked => walked.map(|()| Ok(last))?,
            };
        }
        Ok(recurrence)
    }

    /// Whether DTSTART is one of the starts that the rule makes.
    pub(super) fn matches_start(&self) -> bool {
        let start = self.start;
        let mut found = false;
        if self.rule.freq < Freq::Daily {
            let next = start.utc.saturating_add(std::time::Duration::from_millis(1));
            let walked = self.walk(start.utc, next, &mut StepBudget::new(1), &mut |made, _| {
                found |= made.wall == start.wall;
                Ok(!found)
            });
            return found || walked.is_err();
        }
        if self.is_past(start) {
            return false;
        }
        // The first week of a year may begin in the year before.
        let mut days = Days::new();
        for number in -1..=1 {
            self.periods.fill(number, &mut days);
            self.periods.instances(&days, start.wall, |wall| {
                found |= wall == start.wall;
                false
            });
        }
        found
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
            Stamp::Utc(time) => Some(time),
            Stamp::Wall(wall) => to_utc(&self.zone, wall).map(|(time, _)| time),
            Stamp::Day(day) => to_utc(&self.zone, (day + 1) * DAY).map(|(time, _)| time),
        });
        let counted = self.last.ok().flatten().map(|last| last.utc);
        until.into_iter().chain(counted).min()
    }

    /// Hands the starts in `[from, to)` to `take`. Those by calendar come in
    /// the order of the wall clock, which a change may make another than that
    /// of the instants.
    pub(super) fn starts(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        take: &mut impl FnMut(Start, &mut StepBudget) -> Result<(), Capped>,
    ) -> Result<(), Capped> {
        if to <= self.start.utc && to_wall(&self.zone, to) < self.start.wall - SLACK {
            return Ok(());
        }
        let last = self.last?;
        if let Some(last) = last
            && from > last.utc
            && to_wall(&self.zone, from) > last.wall + SLACK
        {
            return Ok(());
        }
        self.walk(from, to, budget, &mut |start, budget| {
            if last.is_some_and(|last| start.wall > last.wall && start.utc > last.utc) {
                return Ok(false);
            }
            if start.utc >= from && start.utc < to {
                take(start, budget)?;
            }
            Ok(true)
        })
    }

    /// Walks through the starts from `from` on, or from one a little before,
    /// until past `to`, UNTIL, or a false from `take`. COUNT is not asked.
    fn walk(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        take: &mut impl FnMut(Start, &mut StepBudget) -> Result<bool, Capped>,
    ) -> Result<(), Capped> {
        if self.rule.freq < Freq::Daily {
            self.walk_elapsed(from, to, budget, take)
        } else {
            self.walk_calendar(from, to, budget, take)
        }
    }

    fn walk_calendar(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        take: &mut impl FnMut(Start, &mut StepBudget) -> Result<bool, Capped>,
    ) -> Result<(), Capped> {
        let stop = (to_wall(&self.zone, to) + SLACK).min(self.until_wall());
        let first = (to_wall(&self.zone, from) - SLACK).max(self.start.wall);
        let mut days = Days::new();
        let mut empty = 0;
        for number in (self.periods.number_of(first) - 1).max(0).. {
            if self.periods.earliest(number) > stop {
                break;
            }
            budget.step(self.periods.fill(number, &mut days))?;
            let mut result = Ok(true);
            let any = self.periods.instances(&days, first, |wall| {
                if wall > stop {
                    result = Ok(false);
                    return false;
                }
                result = budget.step(1).and_then(|()| {
                    // Outside the years that records can write there is nothing.
                    let Some(start) = Start::at_wall(&self.zone, wall) else { return Ok(true) };
                    if self.is_past(start) { Ok(false) } else { take(start, budget) }
                });
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
            Some(Stamp::Utc(time)) => start.utc > time,
            Some(Stamp::Wall(wall)) => start.wall > wall,
            Some(Stamp::Day(day)) => start.wall >= (day + 1) * DAY,
        }
    }

    /// A wall time that no start before UNTIL lies after.
    fn until_wall(&self) -> Wall {
        match self.rule.until {
            None => Wall::MAX,
            Some(Stamp::Utc(time)) => to_wall(&self.zone, time) + SLACK,
            Some(Stamp::Wall(wall)) => wall,
            Some(Stamp::Day(day)) => (day + 1) * DAY - 1,
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
