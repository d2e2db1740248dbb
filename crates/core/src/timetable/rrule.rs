//! Reading recurrence rules (RFC 5545, section 3.3.10).
//!
//! Small slips of real exports are forgiven (lower case, spaces, a trailing
//! `;`, a word that has nothing of a rule). What would change which days are
//! meant is not: a part that is unknown, without a value, out of range, or that
//! the frequency does not allow is an error.

use super::problem::Mistake;
use super::stamp::{Stamp, parse_stamp};
use crate::short_name::clip;
use crate::time::UtcTime;

/// The most instances that one COUNT may ask for.
pub(super) const MAX_COUNT: u32 = 1_000_000;

/// The frequency of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// One BYDAY: a weekday (0 is Monday), perhaps only the n-th, or the n-th from
/// the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByDay {
    pub(super) ordinal: Option<i64>,
    pub(super) weekday: i64,
}

/// A recurrence rule. Lists are sorted and without repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecurrenceRule {
    pub(super) freq: Freq,
    pub(super) interval: i64,
    pub(super) count: Option<u32>,
    /// The end itself still belongs to the rule: of a day the whole of it. A
    /// local time, or a day, is one of the rule's zone.
    pub(super) until: Option<Stamp>,
    pub(super) week_start: i64,
    pub(super) by_second: Vec<i64>,
    pub(super) by_minute: Vec<i64>,
    pub(super) by_hour: Vec<i64>,
    pub(super) by_day: Vec<ByDay>,
    pub(super) by_month_day: Vec<i64>,
    pub(super) by_year_day: Vec<i64>,
    pub(super) by_week_no: Vec<i64>,
    pub(super) by_month: Vec<i64>,
    pub(super) by_set_pos: Vec<i64>,
}

/// Whether a part without a `=` may bear on the days that a rule means: it has
/// a number, or is a weekday, a frequency, or nearly a part's name.
fn may_bear(part: &str) -> bool {
    const WORDS: [&str; 22] = [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "WKST",
        "BYDAY",
        "BYSECOND",
        "BYMINUTE",
        "BYHOUR",
        "BYMONTH",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYSETPOS",
        "RSCALE",
        "SKIP",
        "DAILY",
        "WEEKLY",
        "MONTHLY",
        "YEARLY",
        "HOURLY",
        "MINUTELY",
    ];
    let part = part.to_ascii_uppercase();
    let is_weekdays = part.split(',').all(|day| parse_weekday(day.trim()).is_ok());
    is_weekdays
        || part.bytes().any(|byte| byte.is_ascii_digit())
        || WORDS.iter().any(|word| {
            let most = if word.len() > 5 { 2 } else { 1 };
            part.starts_with(word)
                || part.len().abs_diff(word.len()) <= most
                    && strsim::osa_distance(word, &part) <= most
        })
}

/// Refuses a part that has no `=`: the end or the days that it stands for would
/// be lost.
fn no_value(part: &str, before: Option<&str>) -> Mistake {
    if part.is_empty() {
        return match before {
            Some(key) => {
                let message = format!("the part behind {} is empty", clip(key));
                Mistake::new(message, "write one ; between two parts")
            }
            None => Mistake::new("the rule begins with an empty part", EXAMPLE),
        };
    }
    let message = format!("{:?} has no value", clip(part));
    match before {
        Some(key) if key.starts_with("BY") => {
            Mistake::new(message, "write a comma between values: BYDAY=MO,TU")
        }
        _ => Mistake::new(message, "write its value, such as COUNT=10, or remove it"),
    }
}

const EXAMPLE: &str = "write for example FREQ=WEEKLY;BYDAY=SU";

impl RecurrenceRule {
    /// A rule with nothing but a frequency.
    pub(super) const fn every(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            week_start: 0,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
        }
    }

    /// Reads a rule, and what in it was passed over.
    pub(super) fn parse(text: &str) -> Result<(Self, Vec<String>), Mistake> {
        let text = text.trim();
        let text = match text.split_at_checked(6) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("RRULE:") => rest,
            _ => text,
        };
        let mut rule = Self::every(Freq::Yearly);
        let mut freq = None;
        let mut seen = Vec::new();
        let mut passed_over = Vec::new();
        let text = text.trim_end();
        let text = text.strip_suffix(';').unwrap_or(text);
        for part in text.split(';').map(str::trim) {
            let Some((key, value)) = part.split_once('=') else {
                if !part.is_empty() && !may_bear(part) {
                    let message = format!("{:?} in the rule has no value", clip(part));
                    passed_over.push(format!("{message} and is passed over"));
                    continue;
                }
                return Err(no_value(part, seen.last().map(String::as_str)));
            };
            let key = key.trim().to_ascii_uppercase();
            let value = value.trim();
            if seen.contains(&key) {
                return Err(Mistake::new(format!("{} stands twice", clip(&key)), "write it once"));
            }
            match key.as_str() {
                "FREQ" => freq = Some(parse_freq(value)?),
                key => rule.set(key, value, &mut passed_over)?,
            }
            seen.push(key);
        }
        rule.freq = freq.ok_or_else(|| Mistake::new("the rule has no FREQ", EXAMPLE))?;
        rule.check()?;
        Ok((rule, passed_over))
    }

    fn set(&mut self, key: &str, value: &str, over: &mut Vec<String>) -> Result<(), Mistake> {
        match key {
            "INTERVAL" => {
                let number = value.parse().ok().filter(|number| (1..=1 << 31).contains(number));
                self.interval = number.ok_or_else(|| {
                    Mistake::new(
                        format!("INTERVAL={} is not a number from 1 on", clip(value)),
                        "write INTERVAL=2",
                    )
                })?;
            }
            "COUNT" => {
                let number = value.parse().ok().filter(|number| (1..=MAX_COUNT).contains(number));
                self.count = Some(number.ok_or_else(|| {
                    Mistake::new(
                        format!("COUNT={} is not a number from 1 to {MAX_COUNT}", clip(value)),
                        "write UNTIL with the last day instead",
                    )
                })?);
            }
            "UNTIL" => {
                let until = parse_stamp(value).or_else(|| UtcTime::parse(value).map(Stamp::Utc));
                self.until = Some(until.ok_or_else(|| {
                    let hint = "write UNTIL=20261231 or UNTIL=20261231T220000Z";
                    Mistake::new(format!("UNTIL={} is not a date or a time", clip(value)), hint)
                })?);
            }
            "WKST" => self.week_start = parse_weekday(value)?,
            "BYDAY" => self.by_day = list(key, value, parse_by_day)?,
            "BYSECOND" => self.by_second = numbers(key, value, 0, 60)?,
            "BYMINUTE" => self.by_minute = numbers(key, value, 0, 59)?,
            "BYHOUR" => self.by_hour = numbers(key, value, 0, 23)?,
            "BYMONTH" => self.by_month = numbers(key, value, 1, 12)?,
            "BYMONTHDAY" => self.by_month_day = signed(key, value, 31)?,
            "BYYEARDAY" => self.by_year_day = signed(key, value, 366)?,
            "BYWEEKNO" => self.by_week_no = signed(key, value, 53)?,
            "BYSETPOS" => self.by_set_pos = signed(key, value, 366)?,
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => {}
            key if key.starts_with("X-") => {
                over.push(format!("{} in the rule is passed over", clip(key)));
            }
            key => {
                return Err(Mistake::new(
                    format!("{}={} is not a part of a rule", clip(key), clip(value)),
                    EXAMPLE,
                ));
            }
        }
        Ok(())
    }

    /// Refuses the combinations that the table in the RFC's section forbids.
    /// Taken as a filter or left out, each would give other days; so neither.
    fn check(&self) -> Result<(), Mistake> {
        let freq = self.freq;
        let by_week = freq < Freq::Monthly || freq == Freq::Yearly && !self.by_week_no.is_empty();
        let what = if !self.by_week_no.is_empty() && freq != Freq::Yearly {
            "BYWEEKNO has a meaning only with FREQ=YEARLY"
        } else if !self.by_year_day.is_empty()
            && matches!(freq, Freq::Daily | Freq::Weekly | Freq::Monthly)
        {
            "BYYEARDAY has no meaning with FREQ=DAILY, WEEKLY or MONTHLY"
        } else if !self.by_month_day.is_empty() && freq == Freq::Weekly {
            "BYMONTHDAY has no meaning with FREQ=WEEKLY"
        } else if by_week && self.by_day.iter().any(|day| day.ordinal.is_some()) {
            "a numbered BYDAY has a meaning only by month or year"
        } else {
            return Ok(());
        };
        let message = format!("{what} (RFC 5545, section 3.3.10)");
        Err(Mistake::new(message, "say it with another frequency"))
    }
}

fn parse_freq(value: &str) -> Result<Freq, Mistake> {
    Ok(match value.to_ascii_uppercase().as_str() {
        "SECONDLY" => Freq::Secondly,
        "MINUTELY" => Freq::Minutely,
        "HOURLY" => Freq::Hourly,
        "DAILY" => Freq::Daily,
        "WEEKLY" => Freq::Weekly,
        "MONTHLY" => Freq::Monthly,
        "YEARLY" => Freq::Yearly,
        _ => return Err(Mistake::new(format!("FREQ={} is not a frequency", clip(value)), EXAMPLE)),
    })
}

/// `MO` to `SU`, in any case.
pub(super) fn parse_weekday(text: &str) -> Result<i64, Mistake> {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .zip(0..)
        .find_map(|(name, number)| name.eq_ignore_ascii_case(text).then_some(number))
        .ok_or_else(|| {
            Mistake::new(
                format!("{:?} is not a weekday", clip(text)),
                "write MO, TU, WE, TH, FR, SA or SU",
            )
        })
}

fn parse_by_day(text: &str) -> Result<ByDay, Mistake> {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, name) = text.split_at(at);
    let weekday = parse_weekday(name)?;
    if number.trim().is_empty() {
        return Ok(ByDay { ordinal: None, weekday });
    }
    let ordinal = number.trim().parse().ok().filter(|&n: &i64| n != 0 && (-53..=53).contains(&n));
    let ordinal = ordinal.ok_or_else(|| {
        Mistake::new(
            format!("BYDAY={}: there is no such weekday", clip(text)),
            "write 1SU for the first, -1SU for the last",
        )
    })?;
    Ok(ByDay { ordinal: Some(ordinal), weekday })
}

fn list<T: Ord>(
    key: &str,
    value: &str,
    parse: impl Fn(&str) -> Result<T, Mistake>,
) -> Result<Vec<T>, Mistake> {
    if value.is_empty() {
        return Err(Mistake::new(format!("{key} has no value"), "leave it out, or say which"));
    }
    let parts = value.split(',').map(str::trim);
    if parts.clone().any(str::is_empty) {
        let message = format!("{key}={} has an empty value", clip(value));
        return Err(Mistake::new(message, "write the value that lacks, or remove the comma"));
    }
    let mut list = parts.map(parse).collect::<Result<Vec<T>, _>>()?;
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn numbers(key: &str, value: &str, min: i64, max: i64) -> Result<Vec<i64>, Mistake> {
    list(key, value, |text| {
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| {
            Mistake::new(
                format!("{key}={} is not a number from {min} to {max}", clip(text)),
                "mend the number",
            )
        })
    })
}

/// Numbers that count from the start or, negative, from the end; never zero.
fn signed(key: &str, value: &str, max: i64) -> Result<Vec<i64>, Mistake> {
    let list = numbers(key, value, -max, max)?;
    if list.contains(&0) {
        return Err(Mistake::new(
            format!("{key}=0: there is no such one"),
            "count from 1, or from -1",
        ));
    }
    Ok(list)
}
