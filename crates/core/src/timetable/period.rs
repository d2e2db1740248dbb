//! One step of a rule by calendar: the instances of one year, month, week or day,
//! before DTSTART, COUNT and UNTIL are applied.
//!
//! Which parts expand and which limit is the table of RFC 5545, section
//! 3.3.10. Days are collected first, then times of day; the product of both is
//! never written out, since `BYHOUR`, `BYMINUTE` and `BYSECOND` together may
//! name every second.

use super::civil::{DAY, Wall, date_of, day_of, days_in_month, weekday};
use super::rrule::{ByDay, Freq, RecurrenceRule};

/// The periods of a rule that steps by calendar: yearly to daily.
#[derive(Clone, Debug)]
pub(super) struct Periods {
    rule: RecurrenceRule,
    /// DTSTART.
    start: Wall,
    /// The first year of a yearly rule, from which INTERVAL counts.
    year: i64,
    clocks: Clocks,
    /// The weekdays that BYDAY names, a bit each. Without BYDAY all of them, or
    /// DTSTART's own if nothing else says which day of a week is meant.
    weekdays: u8,
    /// The steps of a budget that finding the days of one period takes.
    effort: u64,
}

/// The days of one period, sorted, in memory that is used again.
pub(super) type Days = Vec<i64>;

impl Periods {
    /// The periods of `rule` from DTSTART on. An all-day rule has no times of
    /// day but midnight.
    pub(super) fn new(rule: RecurrenceRule, start: Wall, all_day: bool) -> Self {
        let clocks = Clocks::new(&rule, start.rem_euclid(DAY), all_day);
        let by_date = !rule.by_month_day.is_empty() || !rule.by_year_day.is_empty();
        let by_week = rule.freq == Freq::Weekly || !rule.by_week_no.is_empty() && !by_date;
        let weekdays = if !rule.by_day.is_empty() {
            rule.by_day.iter().fold(0, |days, by| days | 1 << by.weekday)
        } else if by_week {
            1 << weekday(start.div_euclid(DAY))
        } else {
            u8::MAX
        };
        let months = if rule.freq == Freq::Yearly { 12 } else { 1 };
        let listed = rule.by_day.len()
            + rule.by_month_day.len() * months
            + rule.by_year_day.len()
            + rule.by_week_no.len() * 7
            + rule.by_set_pos.len();
        // To look at a day takes far less than to look at a start.
        let effort = 2 + listed as u64 / 8;
        let own = start.div_euclid(DAY);
        let mut periods = Self { rule, start, year: date_of(own).0, clocks, weekdays, effort };
        // In a week that BYWEEKNO names, DTSTART lies in the year that has this week, which
        // may be the one before or after: else the rest of the week would be in none.
        let year_of_week = date_of(periods.week_of(own) + 3).0;
        let mut is_named = false;
        periods.each_week_day(year_of_week, |day| is_named |= day == own);
        if is_named {
            periods.year = year_of_week;
        }
        periods
    }

    /// The number of the period, from DTSTART's own, that a wall time lies in,
    /// or of the one before.
    pub(super) fn number_of(&self, wall: Wall) -> i64 {
        let (day, first) = (wall.div_euclid(DAY), self.start.div_euclid(DAY));
        let steps = match self.rule.freq {
            Freq::Yearly => date_of(day).0 - self.year,
            Freq::Monthly => {
                let months = |day| {
                    let (year, month, _) = date_of(day);
                    year * 12 + month
                };
                months(day) - months(first)
            }
            Freq::Weekly => (self.week_of(day) - self.week_of(first)) / 7,
            _ => day - first,
        };
        steps.div_euclid(self.rule.interval)
    }

    /// No instance of that period or a later one is before this wall time.
    pub(super) fn earliest(&self, number: i64) -> Wall {
        let steps = number.saturating_mul(self.rule.interval);
        let (year, month, day) = date_of(self.start.div_euclid(DAY));
        let first = match self.rule.freq {
            // The first week of a year may begin in the year before.
            Freq::Yearly => day_of(self.year.saturating_add(steps).min(20_000), 1, 1) - 7,
            Freq::Monthly => day_of(year, month.saturating_add(steps).min(240_000), 1),
            Freq::Weekly => self
                .week_of(self.start.div_euclid(DAY))
                .saturating_add(steps.min(1_000_000_000) * 7),
            _ => day_of(year, month, day).saturating_add(steps.min(10_000_000_000)),
        };
        first * DAY
    }

    /// The day on which the week of a day starts.
    fn week_of(&self, day: i64) -> i64 {
        day - (weekday(day) - self.rule.week_start).rem_euclid(7)
    }

    /// Hands every instance of a period from `from` on to `take`, in order,
    /// until it returns false. `days` are the period's. Whether the period has
    /// any instance, also before `from`.
    pub(super) fn instances(
        &self,
        days: &Days,
        from: Wall,
        mut take: impl FnMut(Wall) -> bool,
    ) -> bool {
        let times = self.clocks.len();
        let instance = |index: usize| -> Option<Wall> {
            Some(days.get(index / times)? * DAY + self.clocks.get(index % times)?)
        };
        let total = days.len() * times;
        if self.rule.by_set_pos.is_empty() {
            let (day, clock) = (from.div_euclid(DAY), from.rem_euclid(DAY));
            let before = days.partition_point(|&known| known < day);
            let today = days.get(before) == Some(&day);
            let first = before * times + if today { self.clocks.before(clock) } else { 0 };
            let _ = (first..total).map_while(instance).all(take);
            return total > 0;
        }
        let places = places(&self.rule.by_set_pos, total);
        let any = !places.is_empty();
        let mut from_on = places.into_iter().filter_map(instance).filter(|&wall| wall >= from);
        let _ = from_on.all(&mut take);
        any
    }

    /// Finds the days of a period, sorted, each once, and says how many steps
    /// of a budget that takes.
    pub(super) fn fill(&self, number: i64, days: &mut Days) -> u64 {
        days.clear();
        let steps = number.saturating_mul(self.rule.interval);
        let first = self.start.div_euclid(DAY);
        let (year, month, _) = date_of(first);
        match self.rule.freq {
            Freq::Yearly => self.days_of_year(self.year.saturating_add(steps), days),
            Freq::Monthly => {
                let months = year * 12 + month - 1 + steps;
                self.days_of_month(months.div_euclid(12), months.rem_euclid(12) + 1, days);
            }
            Freq::Weekly => self.days_of_week(self.week_of(first) + steps * 7, days),
            _ => {
                let day = first + steps;
                if self.has_month(day) && self.has_month_day(day) && self.has_weekday(day) {
                    days.push(day);
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        self.effort + days.len() as u64 / 8
    }

    fn days_of_year(&self, year: i64, days: &mut Days) {
        let rule = &self.rule;
        let (_, first_month, first_day) = date_of(self.start.div_euclid(DAY));
        if !rule.by_week_no.is_empty() {
            self.each_week_day(year, |day| {
                if self.has_weekday(day)
                    && self.has_month(day)
                    && self.has_month_day(day)
                    && self.has_year_day(day)
                {
                    days.push(day);
                }
            });
        } else if !rule.by_year_day.is_empty() {
            let (start, end) = (day_of(year, 1, 1), day_of(year + 1, 1, 1));
            let listed = rule.by_year_day.iter().map(|&n| from_either_end(n, start, end));
            days.extend(listed.flatten().filter(|&day| {
                self.has_month(day) && self.has_month_day(day) && self.is_nth_weekday(day)
            }));
        } else if !rule.by_month_day.is_empty() || !rule.by_month.is_empty() {
            (1..=12).for_each(|month| self.days_of_month(year, month, days));
        } else if rule.by_day.is_empty() {
            push_day(year, first_month, first_day, days);
        } else {
            self.weekdays_between(day_of(year, 1, 1), day_of(year + 1, 1, 1), days);
        }
    }

    fn days_of_month(&self, year: i64, month: i64, days: &mut Days) {
        let rule = &self.rule;
        if !rule.by_month.is_empty() && !rule.by_month.contains(&month) {
            return;
        }
        if rule.by_month_day.is_empty() && rule.by_day.is_empty() {
            push_day(year, month, date_of(self.start.div_euclid(DAY)).2, days);
        } else {
            self.days_in(year, month, days);
        }
    }

    fn days_of_week(&self, week: i64, days: &mut Days) {
        days.extend((week..week + 7).filter(|&day| self.has_month(day) && self.has_weekday(day)));
    }

    /// The days of a month by BYMONTHDAY, limited by BYDAY, or by BYDAY alone.
    fn days_in(&self, year: i64, month: i64, days: &mut Days) {
        let (start, end) = (day_of(year, month, 1), day_of(year, month + 1, 1));
        if self.rule.by_month_day.is_empty() {
            self.weekdays_between(start, end, days);
            return;
        }
        let listed = self.rule.by_month_day.iter().map(|&n| from_either_end(n, start, end));
        days.extend(listed.flatten().filter(|&day| self.is_nth_weekday(day)));
    }

    /// The days between two that BYDAY names, counted in that span.
    fn weekdays_between(&self, start: i64, end: i64, days: &mut Days) {
        for by in &self.rule.by_day {
            let first = start + (by.weekday - weekday(start)).rem_euclid(7);
            let last = end - 1 - (weekday(end - 1) - by.weekday).rem_euclid(7);
            match by.ordinal {
                None => days.extend((first..end).step_by(7)),
                Some(n) => {
                    let day = if n > 0 { first + (n - 1) * 7 } else { last + (n + 1) * 7 };
                    if (start..end).contains(&day) {
                        days.push(day);
                    }
                }
            }
        }
    }

    /// The days of a year's weeks that BYWEEKNO names. A year's first week is
    /// the first with four of its days, so weeks may reach into other years.
    fn each_week_day(&self, year: i64, mut take: impl FnMut(i64)) {
        let first_week = |year| self.week_of(day_of(year, 1, 4));
        let (start, end) = (first_week(year), first_week(year + 1));
        let weeks = (end - start) / 7;
        for &number in &self.rule.by_week_no {
            let index = if number > 0 { number - 1 } else { weeks + number };
            if (0..weeks).contains(&index) {
                (start + index * 7..start + index * 7 + 7).for_each(&mut take);
            }
        }
    }

    /// Whether BYMONTH lets that day pass.
    pub(super) fn has_month(&self, day: i64) -> bool {
        self.rule.by_month.is_empty() || self.rule.by_month.contains(&date_of(day).1)
    }

    /// Whether BYMONTHDAY lets that day pass.
    pub(super) fn has_month_day(&self, day: i64) -> bool {
        if self.rule.by_month_day.is_empty() {
            return true;
        }
        let (year, month, number) = date_of(day);
        let from_end = number - days_in_month(year, month) - 1;
        has(&self.rule.by_month_day, &number) || has(&self.rule.by_month_day, &from_end)
    }

    /// Whether BYYEARDAY lets that day pass.
    pub(super) fn has_year_day(&self, day: i64) -> bool {
        if self.rule.by_year_day.is_empty() {
            return true;
        }
        let (year, _, _) = date_of(day);
        let (start, end) = (day_of(year, 1, 1), day_of(year + 1, 1, 1));
        has(&self.rule.by_year_day, &(day - start + 1)) || has(&self.rule.by_year_day, &(day - end))
    }

    /// Whether BYDAY lets that day pass, by its weekday alone.
    pub(super) fn has_weekday(&self, day: i64) -> bool {
        self.weekdays & 1 << weekday(day) != 0
    }

    /// Whether BYDAY lets that day pass, numbers and all: they count in the
    /// month, or in the year of a yearly rule without BYMONTH.
    fn is_nth_weekday(&self, day: i64) -> bool {
        if self.rule.by_day.is_empty() {
            return true;
        }
        let (year, month, _) = date_of(day);
        let by_year = self.rule.freq == Freq::Yearly && self.rule.by_month.is_empty();
        let (start, end) = if by_year {
            (day_of(year, 1, 1), day_of(year + 1, 1, 1))
        } else {
            (day_of(year, month, 1), day_of(year, month + 1, 1))
        };
        let (nth, nth_from_end) = ((day - start) / 7 + 1, -((end - 1 - day) / 7 + 1));
        let weekday = weekday(day);
        [None, Some(nth), Some(nth_from_end)]
            .into_iter()
            .any(|ordinal| has(&self.rule.by_day, &ByDay { ordinal, weekday }))
    }
}

/// The day of that number in a span, counted from 1 or, negative, from its
/// end.
fn from_either_end(number: i64, start: i64, end: i64) -> Option<i64> {
    let day = if number > 0 { start + number - 1 } else { end + number };
    (start..end).contains(&day).then_some(day)
}

/// A date, if there is one: the 31st of a short month is none, and never
/// another day instead.
fn push_day(year: i64, month: i64, day: i64, days: &mut Days) {
    if day <= days_in_month(year, month) {
        days.push(day_of(year, month, day));
    }
}

/// The places, from 0, that BYSETPOS names among so many, in order, each once.
pub(super) fn places(by_set_pos: &[i64], total: usize) -> Vec<usize> {
    let place = |&place: &i64| {
        let distance = usize::try_from(place.unsigned_abs()).ok()?;
        if place > 0 { distance.checked_sub(1) } else { total.checked_sub(distance) }
    };
    let mut places: Vec<usize> =
        by_set_pos.iter().filter_map(place).filter(|&place| place < total).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The values of a list of a rule, or DTSTART's own where it says nothing.
pub(super) fn or_own(list: &[i64], own: i64) -> Vec<i64> {
    if list.is_empty() { vec![own] } else { list.to_vec() }
}

/// Whether a list of a rule, which is sorted, has that.
fn has<T: Ord>(list: &[T], wanted: &T) -> bool {
    list.binary_search(wanted).is_ok()
}

/// The times of day of a rule: what BYHOUR, BYMINUTE and BYSECOND name, and
/// DTSTART's own where they say nothing. Their product is never written out.
#[derive(Clone, Debug)]
struct Clocks {
    hours: Vec<i64>,
    minutes: Vec<i64>,
    seconds: Vec<i64>,
}

impl Clocks {
    fn new(rule: &RecurrenceRule, own: i64, all_day: bool) -> Self {
        if all_day {
            return Self { hours: vec![0], minutes: vec![0], seconds: vec![0] };
        }
        let mut seconds = or_own(&rule.by_second, own % 60);
        // A leap second is never met.
        seconds.retain(|&second| second < 60);
        Self {
            hours: or_own(&rule.by_hour, own / 3600),
            minutes: or_own(&rule.by_minute, own / 60 % 60),
            seconds,
        }
    }

    /// The number of times of day.
    fn len(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    /// The one at that place, in the order of the day, as a second of it.
    fn get(&self, place: usize) -> Option<i64> {
        let (minute, second) = (place / self.seconds.len(), place % self.seconds.len());
        let (hour, minute) = (minute / self.minutes.len(), minute % self.minutes.len());
        Some(self.hours.get(hour)? * 3600 + self.minutes[minute] * 60 + self.seconds[second])
    }

    /// The number of times before that second of the day.
    fn before(&self, clock: i64) -> usize {
        let below = |list: &[i64], value: i64| list.partition_point(|&known| known < value);
        let (hour, minute) = (clock / 3600, clock / 60 % 60);
        let hours = below(&self.hours, hour);
        let mut places = hours * self.minutes.len();
        let mut seconds = 0;
        if self.hours.get(hours) == Some(&hour) {
            let minutes = below(&self.minutes, minute);
            places += minutes;
            if self.minutes.get(minutes) == Some(&minute) {
                seconds = below(&self.seconds, clock % 60);
            }
        }
        places * self.seconds.len() + seconds
    }
}
