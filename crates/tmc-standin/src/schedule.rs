//! From triggers to instants: what the scheduler of the platform would start.
//!
//! Every trigger is evaluated on civil time (what a clock on the wall of its
//! zone shows) and then turned into an instant. A civil time that a clock
//! change skips is moved forward by the length of the gap, and one that comes
//! twice counts once, the first time, as Quartz does it.

use anyhow::{Context as _, bail, ensure};
use chrono::{NaiveDate, NaiveDateTime};
use croner::Cron;
use croner::parser::CronParser;
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::clock::Time;

/// One trigger of a task or plan, as the world file gives it.
///
/// | `type` | members that count |
/// |---|---|
/// | `ONCE` | `startDate`, `startTime` or `times` |
/// | `DAILY` | `startDate`, `interval` (days), `startTime` or `times` |
/// | `WEEKLY` | `startDate`, `interval` (weeks), `days`, `startTime` or `times` |
/// | `MONTHLY` | `startDate`, `interval` (months), `day` (1..31), `startTime` or `times` |
/// | `CRON` | `cronExpression`: minute, hour, day of month, month, day of week (1 is Sunday) and perhaps year, in the manner of Quartz; `startDate`, `startTime` are optional |
/// | `MANUAL`, `WEBHOOK` | none: no planned runs |
///
/// `startDate` is `YYYY-MM-DD`, times are `HH:MM[:SS]`, all in `timeZone`, an
/// IANA name (default `UTC`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trigger {
    /// The trigger's name, shown as `sourceTriggerName` where a task has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The kind of trigger.
    #[serde(rename = "type")]
    pub kind: TriggerKind,
    /// IANA name of the zone of all its dates and times; `UTC` if absent.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// First day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    /// Time of day, `HH:MM[:SS]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Several times of day instead of `startTime`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<String>,
    /// Every so many days, weeks or months; 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<u16>,
    /// Days of the week of a `WEEKLY` trigger: `MONDAY` to `SUNDAY`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Day of the month of a `MONTHLY` trigger; months without it are skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u8>,
    /// The expression of a `CRON` trigger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_expression: Option<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Trigger {
    /// A cron trigger in an IANA zone.
    #[must_use]
    pub fn cron(expression: &str, time_zone: &str) -> Self {
        Self {
            cron_expression: Some(expression.to_owned()),
            ..Self::empty(TriggerKind::Cron, time_zone)
        }
    }

    /// A trigger that fires once, at a civil date and time of an IANA zone.
    #[must_use]
    pub fn once(date: &str, time: &str, time_zone: &str) -> Self {
        Self {
            start_date: Some(date.to_owned()),
            start_time: Some(time.to_owned()),
            ..Self::empty(TriggerKind::Once, time_zone)
        }
    }

    /// A trigger that fires every day from a date on, at one time of day.
    #[must_use]
    pub fn daily(from: &str, time: &str, time_zone: &str) -> Self {
        Self { kind: TriggerKind::Daily, ..Self::once(from, time, time_zone) }
    }

    /// This trigger with a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    pub(crate) fn empty(kind: TriggerKind, time_zone: &str) -> Self {
        Self {
            name: None,
            kind,
            time_zone: time_zone.to_owned(),
            start_date: None,
            start_time: None,
            times: Vec::new(),
            interval: None,
            days: Vec::new(),
            day: None,
            cron_expression: None,
        }
    }
}

/// The kind of a trigger. `MULTIPLE` is the API's word for a task that has
/// several triggers and so is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the API's own and say it all")]
pub enum TriggerKind {
    Once,
    Daily,
    Weekly,
    Monthly,
    Cron,
    Webhook,
    Manual,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A trigger that was checked, ready to be asked for its instants.
#[derive(Debug)]
pub(crate) struct Schedule {
    zone: TimeZone,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    Never,
    Once(Vec<civil::DateTime>),
    Cron {
        cron: Box<Cron>,
        start: Option<civil::DateTime>,
    },
    /// From `first` on, on the days of `step`, each time of day in `times`.
    Every {
        first: civil::Date,
        step: DayStep,
        times: Vec<civil::Time>,
    },
}

/// The step from one day of a rule to the next, with its length.
#[derive(Debug)]
enum DayStep {
    Days(i64),
    /// On these days of the week, of which Monday is 0.
    Weeks(i64, Vec<i8>),
    /// On this day of the month.
    Months(i64, i8),
}

impl Schedule {
    pub(crate) fn compile(trigger: &Trigger) -> anyhow::Result<Self> {
        let zone = TimeZone::get(&trigger.time_zone)
            .with_context(|| format!("unknown time zone \"{}\"", trigger.time_zone))?;
        let rule = match trigger.kind {
            TriggerKind::Webhook | TriggerKind::Manual => Rule::Never,
            TriggerKind::Cron => cron_rule(trigger)?,
            TriggerKind::Once => {
                let date = first_day(trigger)?;
                Rule::Once(times(trigger)?.iter().map(|time| date.to_datetime(*time)).collect())
            }
            TriggerKind::Daily | TriggerKind::Weekly | TriggerKind::Monthly => Rule::Every {
                first: first_day(trigger)?,
                step: step(trigger)?,
                times: times(trigger)?,
            },
        };
        Ok(Self { zone, rule })
    }

    /// The instants in `[from, to)`, ascending and without repetition.
    pub(crate) fn between(&self, from: Time, to: Time) -> Vec<Time> {
        let mut found = Vec::new();
        if from < to {
            // Clock changes move civil times by at most a day (a date line that
            // moved over an island), so a day on either side misses nothing.
            let first = self.civil(from.plus(-DAY));
            let last = self.civil(to.plus(DAY));
            let mut add = |civil: civil::DateTime| {
                if let Ok(zoned) = self.zone.to_ambiguous_zoned_datetime(civil).compatible() {
                    found.push(Time::from_millis(zoned.timestamp().as_millisecond()));
                }
            };
            match &self.rule {
                Rule::Never => {}
                Rule::Once(civils) => civils.iter().copied().for_each(add),
                Rule::Cron { cron, start } => {
                    let first = start.map_or(first, |start| start.max(first));
                    cron_between(cron, first, last, add);
                }
                Rule::Every { first: anchor, step, times } => {
                    for date in step.days_between(*anchor, first.date(), last.date()) {
                        for time in times {
                            add(date.to_datetime(*time));
                        }
                    }
                }
            }
        }
        found.retain(|time| (from..to).contains(time));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn civil(&self, time: Time) -> civil::DateTime {
        self.zone.to_datetime(time.timestamp())
    }
}

const DAY: i64 = 86_400_000;

impl DayStep {
    /// The days on which it fires, from `first` to `last`, both included.
    fn days_between(
        &self,
        anchor: civil::Date,
        first: civil::Date,
        last: civil::Date,
    ) -> Vec<civil::Date> {
        let first = first.max(anchor);
        let ahead = i64::from((first - anchor).get_days());
        match self {
            // Rounded down, so that the first wanted day is not stepped over.
            Self::Days(every) => (ahead / every..)
                .map_while(|n| anchor.checked_add((n * every).days()).ok())
                .skip_while(|day| *day < first)
                .take_while(|day| *day <= last)
                .collect(),
            Self::Weeks(every, weekdays) => {
                let monday_offset = i64::from(monday_zero(anchor));
                let days = ((ahead + monday_offset) / (7 * every)..)
                    .flat_map(|n| (0..7).map(move |day| n * 7 * every + day - monday_offset))
                    .map_while(|days| anchor.checked_add(days.days()).ok());
                days.take_while(|day| *day <= last)
                    .filter(|day| *day >= first && weekdays.contains(&monday_zero(*day)))
                    .collect()
            }
            Self::Months(every, day) => (0..)
                .map_while(|n: i64| anchor.first_of_month().checked_add((n * every).months()).ok())
                .take_while(|month| *month <= last)
                .filter_map(|month| civil::Date::new(month.year(), month.month(), *day).ok())
                .filter(|date| (first..=last).contains(date))
                .collect(),
        }
    }
}

/// The number of a day in its week, from Monday, which is 0, on.
fn monday_zero(day: civil::Date) -> i8 {
    day.weekday().to_monday_zero_offset()
}

fn first_day(trigger: &Trigger) -> anyhow::Result<civil::Date> {
    let text = trigger.start_date.as_ref();
    let text = text.context("a trigger of this type needs \"startDate\"")?;
    text.parse().with_context(|| format!("startDate \"{text}\": expected YYYY-MM-DD"))
}

fn times(trigger: &Trigger) -> anyhow::Result<Vec<civil::Time>> {
    let texts =
        if trigger.times.is_empty() { trigger.start_time.as_slice() } else { &trigger.times };
    ensure!(!texts.is_empty(), "a trigger of this type needs \"startTime\" or \"times\"");
    texts.iter().map(|text| time_of_day(text)).collect()
}

fn time_of_day(text: &str) -> anyhow::Result<civil::Time> {
    text.parse().with_context(|| format!("time \"{text}\": expected HH:MM[:SS]"))
}

fn step(trigger: &Trigger) -> anyhow::Result<DayStep> {
    let every = i64::from(trigger.interval.unwrap_or(1));
    ensure!(every > 0, "\"interval\" must be at least 1");
    Ok(match trigger.kind {
        TriggerKind::Weekly if trigger.days.is_empty() => bail!("a WEEKLY trigger needs \"days\""),
        TriggerKind::Weekly => {
            DayStep::Weeks(every, trigger.days.iter().map(|day| *day as i8).collect())
        }
        TriggerKind::Monthly => match trigger.day {
            Some(day @ 1..=31) => DayStep::Months(every, day.cast_signed()),
            _ => bail!("a MONTHLY trigger needs \"day\" from 1 to 31"),
        },
        _ => DayStep::Days(every),
    })
}

fn cron_rule(trigger: &Trigger) -> anyhow::Result<Rule> {
    let expression = trigger.cron_expression.as_ref();
    let expression = expression.context("a CRON trigger needs \"cronExpression\"")?;
    ensure!(
        matches!(expression.split_whitespace().count(), 5 | 6),
        "cronExpression \"{expression}\": expected 5 fields, or 6 with the year"
    );
    let cron = CronParser::builder()
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build()
        .parse(&format!("0 {expression}"))
        .with_context(|| format!("cronExpression \"{expression}\""))?;
    let start = if trigger.start_date.is_some() {
        let time = trigger.start_time.as_deref().unwrap_or("00:00");
        Some(first_day(trigger)?.to_datetime(time_of_day(time)?))
    } else {
        None
    };
    Ok(Rule::Cron { cron: Box::new(cron), start })
}

/// From day to day: the times of day are the same on every day that the pattern has, and
/// to search for each of them takes long.
fn cron_between(
    cron: &Cron,
    first: civil::DateTime,
    last: civil::DateTime,
    mut add: impl FnMut(civil::DateTime),
) {
    let mut times = Vec::new();
    let mut day = to_chrono(first.date());
    // The search ends with an error where the pattern has no further match.
    while let Some(found) = day.and_then(|day| cron.find_next_occurrence(&day, true).ok()) {
        let Some(date) = from_chrono(found).map(civil::DateTime::date) else { return };
        if date > last.date() {
            return;
        }
        if times.is_empty() {
            times = times_of_day(cron, found);
        }
        let all = times.iter().map(|time| date.to_datetime(*time));
        all.filter(|civil| (first..=last).contains(civil)).for_each(&mut add);
        day = date.tomorrow().ok().and_then(to_chrono);
    }
}

/// The times of the first match's day, from that match on.
fn times_of_day(cron: &Cron, first: NaiveDateTime) -> Vec<civil::Time> {
    let next = |found: &NaiveDateTime| cron.find_next_occurrence(found, false).ok();
    let all = std::iter::successors(Some(first), next);
    let of_that_day = all.take_while(|found| found.date() == first.date());
    of_that_day.filter_map(from_chrono).map(civil::DateTime::time).collect()
}

fn to_chrono(date: civil::Date) -> Option<NaiveDateTime> {
    let (month, day) = (date.month().cast_unsigned(), date.day().cast_unsigned());
    NaiveDate::from_ymd_opt(date.year().into(), month.into(), day.into())?.and_hms_opt(0, 0, 0)
}

/// The same date and time, by way of the seconds of UTC, which both count alike.
fn from_chrono(naive: NaiveDateTime) -> Option<civil::DateTime> {
    let instant = Timestamp::from_second(naive.and_utc().timestamp()).ok()?;
    Some(TimeZone::UTC.to_datetime(instant))
}

#[cfg(test)]
#[path = "schedule/tests.rs"]
mod tests;
