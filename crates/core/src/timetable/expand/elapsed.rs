//! HOURLY, MINUTELY and SECONDLY rules: instants, one step after the other.
//!
//! Time that BYDAY and its like exclude is skipped whole, as cron does it, so
//! that "every second of one minute a year" costs no more than that minute.

use super::{Capped, MAX_EMPTY, Recurrence, Start, StepBudget, to_utc, to_wall};
use crate::time::UtcTime;
use crate::timetable::civil::{DAY, Wall, date_of, day_of};
use crate::timetable::period::{or_own, places};
use crate::timetable::rrule::{Freq, RecurrenceRule};

/// The periods of a rule, each so many seconds after the one before. Times are in seconds
/// since 1970.
struct ElapsedPeriods {
    /// The beginning of the first period.
    origin: i64,
    step: i64,
    /// Whether a period has its starts at the minutes and seconds that the rule names.
    expands: bool,
}

impl ElapsedPeriods {
    fn of(rule: &RecurrenceRule, start: Start) -> Self {
        // A period begins where DTSTART's own hour or minute does, if more
        // than DTSTART's own minute and second is wanted of it.
        let (unit, expands) = match rule.freq {
            Freq::Hourly => (3600, !rule.by_minute.is_empty() || !rule.by_second.is_empty()),
            Freq::Minutely => (60, !rule.by_second.is_empty()),
            _ => (1, false),
        };
        let into = if expands { start.wall.rem_euclid(unit) } else { 0 };
        let origin = start.utc.as_millis().div_euclid(1000) - into;
        Self { origin, step: unit * rule.interval, expands }
    }

    /// The number of the last period that begins at or before an instant.
    fn number_of(&self, time: UtcTime) -> i64 {
        (time.as_millis().div_euclid(1000) - self.origin).div_euclid(self.step)
    }

    /// The second at which a period begins.
    fn begin(&self, number: i64) -> i64 {
        self.origin.saturating_add(number.saturating_mul(self.step))
    }

    /// The number of the first period that begins at or after a second.
    fn first_from(&self, second: i64) -> i64 {
        (second - self.origin + self.step - 1).div_euclid(self.step)
    }
}

impl Recurrence {
    /// Walks through the starts from `from` on until `to`, UNTIL, or a false
    /// from `take`. COUNT is not asked.
    pub(super) fn walk_elapsed(
        &self,
        from: UtcTime,
        to: UtcTime,
        budget: &mut StepBudget,
        take: &mut impl FnMut(Start, &mut StepBudget) -> Result<bool, Capped>,
    ) -> Result<(), Capped> {
        let periods = ElapsedPeriods::of(&self.rule, self.start);
        let mut number = periods.number_of(from).max(0);
        let mut empty = 0;
        loop {
            budget.step(1)?;
            let at = periods.begin(number);
            let Some(time) = at.checked_mul(1000).and_then(UtcTime::from_millis) else { break };
            if time >= to {
                break;
            }
            let wall = to_wall(&self.zone, time);
            if let Some(next) = self.skip(at, wall) {
                number = periods.first_from(next).max(number + 1);
                empty += 1;
            } else {
                let mut any = false;
                let offsets = self.offsets(wall, periods.expands);
                budget.step(offsets.len().saturating_sub(1) as u64)?;
                for offset in offsets {
                    let Some(utc) = UtcTime::from_millis((at + offset) * 1000) else { break };
                    let start = Start { utc, wall: wall + offset, dst: None };
                    any = true;
                    if start.utc < self.start.utc {
                        continue;
                    }
                    if self.is_past(start) || !take(start, budget)? {
                        return Ok(());
                    }
                }
                empty = if any { 0 } else { empty + 1 };
                number += 1;
            }
            if empty > MAX_EMPTY {
                return Err(Capped::Empty);
            }
        }
        Ok(())
    }

    /// The second before which no period has an instance, if the period that begins at
    /// `at` has none. Whole months, days, hours and minutes are skipped, as cron does
    /// it; within a day at most a quarter of an hour at once, since clocks change at
    /// quarters.
    fn skip(&self, at: i64, wall: Wall) -> Option<i64> {
        let (day, clock) = (wall.div_euclid(DAY), wall.rem_euclid(DAY));
        let midnight_of = |day: i64| {
            let time = to_utc(&self.zone, day * DAY).map(|(time, _)| time.as_millis());
            time.map_or(i64::MAX / 2, |millis| millis.div_euclid(1000))
        };
        // A period that only begins on the day, with an hour before midnight,
        // lies in the day wholly: clocks change by less than an hour's part.
        if !self.periods.has_month(day) {
            let (year, month, _) = date_of(day);
            return Some(midnight_of(day_of(year, month + 1, 1)).max(at + 1));
        }
        if !(self.periods.has_month_day(day)
            && self.periods.has_year_day(day)
            && self.periods.has_weekday(day))
        {
            return Some(midnight_of(day + 1).max(at + 1));
        }
        let lacks = |list: &[i64], value: i64| !list.is_empty() && !list.contains(&value);
        if lacks(&self.rule.by_hour, clock / 3600) {
            return Some((at.div_euclid(900) + 1) * 900);
        }
        if self.rule.freq < Freq::Hourly && lacks(&self.rule.by_minute, clock / 60 % 60) {
            return Some(at + 60 - clock % 60);
        }
        let seconds = &self.rule.by_second;
        if self.rule.freq == Freq::Secondly && lacks(seconds, clock % 60) {
            let next = seconds.iter().find(|&&second| second > clock % 60).unwrap_or(&60);
            return Some(at + next - clock % 60);
        }
        None
    }

    /// The seconds of a period, from its beginning, at which instances start.
    fn offsets(&self, wall: Wall, expands: bool) -> Vec<i64> {
        let mut offsets = Vec::new();
        if expands {
            let own = self.start.wall.rem_euclid(DAY);
            let (minutes, unit) = match self.rule.freq {
                Freq::Hourly => (or_own(&self.rule.by_minute, own / 60 % 60), 3600),
                _ => (vec![0], 60),
            };
            let mut seconds = or_own(&self.rule.by_second, own % 60);
            seconds.retain(|&second| second < 60);
            for minute in minutes {
                // The minute on the clock, also where a change of half an hour
                // moved the period against it.
                let offset = |second: &i64| (minute * 60 + second - wall).rem_euclid(unit);
                offsets.extend(seconds.iter().map(offset));
            }
            offsets.sort_unstable();
        } else {
            offsets.push(0);
        }
        if self.rule.by_set_pos.is_empty() {
            return offsets;
        }
        let places = places(&self.rule.by_set_pos, offsets.len());
        places.into_iter().map(|place| offsets[place]).collect()
    }
}
