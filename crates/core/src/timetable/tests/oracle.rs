//! Rules against an evaluator that is slow and obvious: it looks at every day
//! (or every step) from DTSTART on, and asks of each part of the rule whether
//! it lets that day pass. It shares nothing with the product but the parsed
//! rule and the zones.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::ical;
use crate::time::UtcTime;
use crate::timetable::rrule::{Freq, RecurrenceRule, Until};
use crate::window::Window;
use crate::zone::{Zone, ZoneTable};

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

fn first_period(rule: &RecurrenceRule, date: Date) -> i64 {
    if rule.freq == Freq::Yearly { date.year().into() } else { period(rule, date) }
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

/// The instants up to another, step by step in elapsed time.
fn by_steps(rule: &RecurrenceRule, zone: &Zone, start: UtcTime, to: UtcTime) -> Vec<UtcTime> {
    let unit = match rule.freq {
        Freq::Hourly => 3_600_000,
        Freq::Minutely => 60_000,
        _ => 1000,
    };
    let mut found = Vec::new();
    let mut at = start.as_millis();
    while at < to.as_millis() {
        let time = UtcTime::from_millis(at).unwrap();
        let local = zone.to_local(time).unwrap();
        let has = |list: &[i64], value: i8| list.is_empty() || list.contains(&value.into());
        if is_day(rule, local.date(), local.date())
            && has(&rule.by_hour, local.hour())
            && has(&rule.by_minute, local.minute())
            && has(&rule.by_second, local.second())
        {
            found.push(time);
        }
        at += unit * rule.interval;
    }
    found
}

/// The starts of the rule up to a time, with COUNT, UNTIL and DTSTART.
fn slow(rule: &RecurrenceRule, zone: &Zone, start: DateTime, to: UtcTime) -> Vec<UtcTime> {
    let first = zone.to_utc(start).unwrap().0;
    let mut found: Vec<(UtcTime, DateTime)> = if rule.freq < Freq::Daily {
        let steps = by_steps(rule, zone, first, to);
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
    if let Some(Until::Instant(until)) = rule.until {
        found.retain(|&(time, _)| time <= until);
    }
    if !found.iter().any(|&(_, local)| local == start)
        && !matches!(rule.until, Some(Until::Instant(until)) if until < first)
    {
        found.push((first, start));
    }
    let mut times: Vec<UtcTime> = found.into_iter().map(|(time, _)| time).collect();
    times.retain(|&time| time < to);
    times.sort_unstable();
    times
}

fn some(list: Vec<i64>, most: usize) -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(list, 1..=most)]
}

fn text(name: &str, list: &[i64]) -> String {
    let numbers: Vec<String> = list.iter().map(i64::to_string).collect();
    if list.is_empty() { String::new() } else { format!(";{name}={}", numbers.join(",")) }
}

/// Rules of every frequency with the parts that it allows.
fn rules() -> impl Strategy<Value = String> {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let days = prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec((prop::option::of(-5_i64..=5), 0_usize..7), 1..4),
    ];
    let lists = (
        some((1..=12).collect(), 3),
        some((-31..=-1).chain(1..=31).collect(), 4),
        some((-366..=-1).chain(1..=366).collect(), 4),
        some((-53..=-1).chain(1..=53).collect(), 3),
        some((-4..=-1).chain(1..=4).collect(), 2),
        some((0..=23).collect(), 3),
        some(vec![0, 15, 30, 59], 2),
    );
    let end = prop_oneof![2 => Just(0), 1 => 1_u32..40];
    (0_usize..6, 1_i64..5, 0_usize..7, days, lists, end).prop_map(
        move |(freq, interval, week_start, days, lists, count)| {
            let (months, month_days, year_days, weeks, places, hours, minutes) = lists;
            let freq = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"][freq];
            let interval = if freq == "MINUTELY" { interval * 7 } else { interval };
            let numbered = matches!(freq, "YEARLY" | "MONTHLY");
            let weeks = if freq == "YEARLY" { weeks } else { Vec::new() };
            let mut rule = format!("FREQ={freq};INTERVAL={interval};WKST={}", names[week_start]);
            if !days.is_empty() {
                let days: Vec<String> = days
                    .iter()
                    .map(|&(ordinal, day)| match ordinal {
                        Some(n) if n != 0 && numbered && weeks.is_empty() => {
                            format!("{n}{}", names[day])
                        }
                        _ => names[day].to_owned(),
                    })
                    .collect();
                rule.push_str(";BYDAY=");
                rule.push_str(&days.join(","));
            }
            rule += &text("BYMONTH", &months);
            if freq != "WEEKLY" {
                rule += &text("BYMONTHDAY", &month_days);
            }
            if freq == "YEARLY" {
                rule += &text("BYYEARDAY", &year_days);
            }
            rule += &text("BYWEEKNO", &weeks);
            if !matches!(freq, "HOURLY" | "MINUTELY") {
                rule += &text("BYSETPOS", &places);
            }
            rule += &text("BYHOUR", &hours);
            if freq != "HOURLY" {
                rule += &text("BYMINUTE", &minutes);
            }
            if count > 0 {
                rule.push_str(";COUNT=");
                rule.push_str(&count.to_string());
            }
            rule
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn rules_make_what_the_slow_evaluator_makes(
        rule in rules(),
        zone in prop::sample::select(vec![
            "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Gaza",
        ]),
        day in 0_i64..1500,
        hour in 0_i8..24,
        from in 0_i64..900,
        long in 1_i64..200,
    ) {
        let start = (Date::new(2022, 1, 1).unwrap() + day.days()).at(hour, 30, 0, 0);
        let zone = ZoneTable::bundled().get(zone).unwrap();
        let first = zone.to_utc(start).unwrap().0;
        let (parsed, _) = RecurrenceRule::parse(&rule).unwrap();
        // Step by step is slow: nearer, and shorter.
        let unit = if parsed.freq < Freq::Daily { 3_600_000 } else { 86_400_000 };
        let plus = |by: i64| UtcTime::from_millis(first.as_millis() + by * unit).unwrap();
        let (from, to) = (plus(from), plus(from + long));
        let text = format!(
            "BEGIN:VEVENT\nDTSTART;TZID={}:{}\nDURATION:PT1S\nRRULE:{rule}\nEND:VEVENT\n",
            zone.name(),
            start.strftime("%Y%m%dT%H%M%S"),
        );
        let loaded = ical(&text);
        let windows = match loaded.timetable.windows(from, to) {
            // A COUNT that is never reached is refused.
            Err(_) if parsed.count.is_some() => return Ok(()),
            windows => windows.unwrap(),
        };
        let found: Vec<UtcTime> = windows.iter().map(|w: &Window| w.start).collect();
        let mut expected = slow(&parsed, &zone, start, to);
        expected.retain(|&time| time >= from);
        prop_assert_eq!(found, expected, "{}", text);
    }
}
