//! An evaluator of rules that is slow and obvious, to judge the fast one: it looks at
//! every day (or every step) from DTSTART on, and asks of each part of the rule whether
//! it lets that day pass. It shares nothing with the product but the parsed
//! rule and the zones.

#![allow(clippy::unwrap_used, reason = "it judges the code, and is compiled for that alone")]

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

use super::rrule::{Freq, RecurrenceRule};
use super::stamp::Stamp;
use crate::time::UtcTime;
use crate::zone::Zone;

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn weekday(number: i64) -> Weekday {
    WEEKDAYS[usize::try_from(number).unwrap()]
}

/// Whether `value`, or its distance from the end, is listed; an empty list
/// lets all pass.
fn lists(list: &[i64], value: i64, count: i64) -> bool {
    list.is_empty() || list.contains(&value) || list.contains(&(value - count - 1))
}

/// The first day of the week that a date lies in.
fn week(rule: &RecurrenceRule, date: Date) -> Date {
    let mut day = date;
    while day.weekday() != weekday(rule.week_start) {
        day = day.yesterday().unwrap();
    }
    day
}

/// The week-numbering year of a date, its week, and how many that year has.
fn week_number(rule: &RecurrenceRule, date: Date) -> (i16, i64, i64) {
    // The year that has the week's fourth day has the week.
    let year = (week(rule, date) + 3.days()).year();
    let first = week(rule, Date::new(year, 1, 4).unwrap());
    let next = week(rule, Date::new(year + 1, 1, 4).unwrap());
    let days = |from: Date, to: Date| i64::from((to - from).get_days());
    (year, days(first, week(rule, date)) / 7 + 1, days(first, next) / 7)
}

/// The period that a date belongs to, as a number; the rule's own parts decide
/// whether it is the calendar's year or that of the weeks.
fn period(rule: &RecurrenceRule, date: Date) -> i64 {
    let epoch = Date::new(1970, 1, 1).unwrap();
    let days = |date: Date| i64::from((date - epoch).get_days());
    match rule.freq {
        Freq::Yearly if !rule.by_week_no.is_empty() => week_number(rule, date).0.into(),
        Freq::Yearly => date.year().into(),
        Freq::Monthly => i64::from(date.year()) * 12 + i64::from(date.month()),
        Freq::Weekly => (days(week(rule, date)) + 70_000_000) / 7,
        _ => days(date),
    }
}

/// The period that the rule begins with: the year of weeks of a start that lies in one of
/// the weeks which the rule names, and the calendar's year of any other.
fn first_period(rule: &RecurrenceRule, start: Date) -> i64 {
    let (_, number, weeks) = week_number(rule, start);
    if rule.freq == Freq::Yearly && !lists(&rule.by_week_no, number, weeks) {
        return start.year().into();
    }
    period(rule, start)
}

fn is_day(rule: &RecurrenceRule, start: Date, date: Date) -> bool {
    let (month_length, year_length) =
        (i64::from(date.days_in_month()), i64::from(date.days_in_year()));
    let nothing_by_day =
        rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty();
    let nth = |ordinal: i64| {
        let by_year = rule.freq == Freq::Yearly && rule.by_month.is_empty() && {
            rule.by_month_day.is_empty() || !rule.by_day.is_empty()
        };
        let (place, length) = if by_year {
            (i64::from(date.day_of_year()), year_length)
        } else {
            (i64::from(date.day()), month_length)
        };
        if ordinal > 0 {
            (place - 1) / 7 + 1 == ordinal
        } else {
            (length - place) / 7 + 1 == -ordinal
        }
    };
    let by_day = rule.by_day.is_empty()
        || rule
            .by_day
            .iter()
            .any(|by| weekday(by.weekday) == date.weekday() && by.ordinal.is_none_or(nth));
    let (_, number, weeks) = week_number(rule, date);
    let by_default = !nothing_by_day
        || match rule.freq {
            Freq::Yearly if !rule.by_week_no.is_empty() => date.weekday() == start.weekday(),
            Freq::Yearly if rule.by_month.is_empty() => {
                (date.month(), date.day()) == (start.month(), start.day())
            }
            Freq::Yearly | Freq::Monthly => date.day() == start.day(),
            Freq::Weekly => date.weekday() == start.weekday(),
            _ => true,
        };
    by_default
        && by_day
        && (rule.by_month.is_empty() || rule.by_month.contains(&date.month().into()))
        && lists(&rule.by_month_day, date.day().into(), month_length)
        && lists(&rule.by_year_day, date.day_of_year().into(), year_length)
        && lists(&rule.by_week_no, number, weeks)
}

/// The starts on the wall clock up to a date, by calendar.
fn by_calendar(rule: &RecurrenceRule, start: DateTime, to: Date) -> Vec<DateTime> {
    let or = |list: &[i64], own: i8| if list.is_empty() { vec![own.into()] } else { list.to_vec() };
    let mut found: Vec<DateTime> = Vec::new();
    let mut set: Vec<DateTime> = Vec::new();
    let mut last = None;
    let mut finish = |set: &mut Vec<DateTime>| {
        let count = i64::try_from(set.len()).unwrap();
        let chosen =
            set.drain(..).zip(1..).filter(|&(_, place)| lists(&rule.by_set_pos, place, count));
        found.extend(chosen.map(|(time, _)| time).filter(|&time| time >= start));
    };
    // A year of weeks may begin before the year, and a set begins with its
    // period, not with DTSTART.
    let mut date = start.date() - 400.days();
    while date <= to {
        let number = period(rule, date);
        if last.is_some_and(|last| last != number) {
            finish(&mut set);
        }
        last = Some(number);
        let steps = number - first_period(rule, start.date());
        if steps >= 0 && steps % rule.interval == 0 && is_day(rule, start.date(), date) {
            for &hour in &or(&rule.by_hour, start.hour()) {
                for &minute in &or(&rule.by_minute, start.minute()) {
                    for &second in &or(&rule.by_second, start.second()) {
                        let small = |n: i64| i8::try_from(n).unwrap();
                        set.push(date.at(small(hour), small(minute), small(second), 0));
                    }
                }
            }
        }
        date = date.tomorrow().unwrap();
    }
    found
}

/// Whether a rule shorter than a day asks for several starts of an hour or a minute.
pub(super) fn expands(rule: &RecurrenceRule) -> bool {
    match rule.freq {
        Freq::Hourly => !rule.by_minute.is_empty() || !rule.by_second.is_empty(),
        Freq::Minutely => !rule.by_second.is_empty(),
        _ => false,
    }
}

/// The instants up to another, step by step in elapsed time. A step from which several
/// starts are wanted begins where the clock's own hour or minute does.
fn by_steps(
    rule: &RecurrenceRule,
    zone: &Zone,
    (first, start): (UtcTime, DateTime),
    to: UtcTime,
) -> Vec<UtcTime> {
    let unit = match rule.freq {
        Freq::Hourly => 3_600_000,
        Freq::Minutely => 60_000,
        _ => 1000,
    };
    let or = |list: &[i64], own: i8| if list.is_empty() { vec![own.into()] } else { list.to_vec() };
    let (mut before, mut offsets) = (0, vec![0]);
    if expands(rule) {
        let (minute, second) = (i64::from(start.minute()), i64::from(start.second()));
        before = (minute * 60 + second) * 1000 % unit;
        let of_hour = rule.freq == Freq::Hourly;
        let minutes = if of_hour { or(&rule.by_minute, start.minute()) } else { vec![0] };
        let seconds = or(&rule.by_second, start.second());
        let all = minutes.iter().flat_map(|minute| seconds.iter().map(move |s| minute * 60 + s));
        offsets = all.map(|seconds| seconds * 1000).collect();
    }
    let mut found = Vec::new();
    let mut at = first.as_millis() - before;
    while at < to.as_millis() {
        for offset in &offsets {
            let time = UtcTime::from_millis(at + offset).unwrap();
            let local = zone.to_local(time).unwrap();
            let has = |list: &[i64], value: i8| list.is_empty() || list.contains(&value.into());
            if time >= first
                && is_day(rule, local.date(), local.date())
                && has(&rule.by_hour, local.hour())
                && has(&rule.by_minute, local.minute())
                && has(&rule.by_second, local.second())
            {
                found.push(time);
            }
        }
        at += unit * rule.interval;
    }
    found
}

/// Whether UNTIL lets a start pass. One on the wall clock is UTC for rules shorter than a
/// day.
fn is_before_end(rule: &RecurrenceRule, time: UtcTime, local: DateTime) -> bool {
    let seconds = |time: DateTime| {
        let since = time.duration_since(Date::new(1970, 1, 1).unwrap().at(0, 0, 0, 0));
        since.as_secs()
    };
    match rule.until {
        None => true,
        Some(Stamp::Utc(until)) => time <= until,
        Some(Stamp::Wall(wall)) if rule.freq < Freq::Daily => time.as_millis() <= wall * 1000,
        Some(Stamp::Wall(wall)) => seconds(local) <= wall,
        Some(Stamp::Day(day)) => seconds(local).div_euclid(86_400) <= day,
    }
}

/// The starts of the rule up to a time, with COUNT, UNTIL and DTSTART.
pub(super) fn slow(
    rule: &RecurrenceRule,
    zone: &Zone,
    start: DateTime,
    to: UtcTime,
) -> Vec<UtcTime> {
    let first = zone.to_utc(start).unwrap().0;
    let mut found: Vec<(UtcTime, DateTime)> = if rule.freq < Freq::Daily {
        let steps = by_steps(rule, zone, (first, start), to);
        steps.into_iter().map(|time| (time, zone.to_local(time).unwrap())).collect()
    } else {
        // The last period has to be whole, so that its set is.
        let last = zone.to_local(to).unwrap().date() + 800.days();
        let days = by_calendar(rule, start, last);
        days.into_iter().map(|local| (zone.to_utc(local).unwrap().0, local)).collect()
    };
    if let Some(count) = rule.count {
        found.truncate(count as usize);
    }
    found.retain(|&(time, local)| is_before_end(rule, time, local));
    if !found.iter().any(|&(_, local)| local == start) && is_before_end(rule, first, start) {
        found.push((first, start));
    }
    let mut times: Vec<UtcTime> = found.into_iter().map(|(time, _)| time).collect();
    times.retain(|&time| time < to);
    times.sort_unstable();
    times
}
