//! Rows that recur: `recurrence`, `until` and `except`.

use super::civil::{DAY, Wall, from_civil};
use super::column::Column;
use super::exceptions;
use super::expand::{Recurrence, Start, to_wall};
use super::problem::Severity;
use super::reader::TimetableReader;
use super::rrule::{ByDay, Freq, RecurrenceRule, parse_weekday};
use super::series::{OriginalStart, Series, WindowLength};
use super::stamp::Stamp;
use super::table_row::{RowEnd, TableRow, Wrong};
use super::value::{Length, When, parse_length, parse_when};
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::zone::Zone;

/// Makes the row's series.
pub(super) fn read(row: &TableRow<'_>, reading: &mut TimetableReader<'_>) -> Result<(), Wrong> {
    let own = row.zone(reading)?;
    let zone = own.clone().unwrap_or_else(|| reading.floating_zone());
    let mut rule = rule(row)?;
    let start = start(row, &rule, &zone, own.is_some())?;
    if own.is_none() && !start.is_utc {
        reading.default_zone(row.line);
    }
    let zone = if start.is_utc && own.is_none() { Zone::utc() } else { zone };
    let first = Start::at_wall(&zone, start.wall).ok_or_else(|| outside(Column::Start))?;
    if start.instant.is_some_and(|instant| instant != first.utc) {
        let message = "the clock shows this hour twice, and the windows start the first time";
        let hint = "write a start on another day, or one that the clock shows once";
        row.report(reading, Severity::Warning, Wrong::new(Column::Start, message, hint));
    }
    let span = span(row, &zone, first, start.is_dated)?;
    rule.until = until(row, &rule, &zone)?;
    let exceptions = exceptions(row, &zone)?;
    let mut head = row.head(reading)?;
    // Times with a `Z` say nothing of where their writer lives.
    if own.is_some() || !start.is_utc {
        head.zone = reading.place(&zone);
    }
    let recurrence = Recurrence::new(rule, zone.clone(), first, false, &mut reading.counting)
        .map_err(|capped| Wrong::new(Column::Recurrence, capped.message(), capped.hint()))?;
    if start.is_dated && !recurrence.never_begins() && !recurrence.matches_start() {
        let message = "the rule does not make the row's own start, which is a window all the same";
        let hint = "start with the first window that the rule makes";
        row.report(reading, Severity::Warning, Wrong::new(Column::Start, message, hint));
    }
    let series = Series {
        head,
        zone,
        start: first,
        starts_itself: start.is_dated,
        span,
        rules: vec![recurrence],
        dates: Vec::new(),
        except: exceptions.iter().map(|(exception, _)| *exception).collect(),
        shifts: Vec::new(),
    };
    warn_of_idle(row, &series, exceptions, reading);
    reading.series.push(series);
    Ok(())
}

/// The whole second of an instant: a recurrence has no parts of one.
fn whole(time: UtcTime) -> UtcTime {
    UtcTime::from_millis(time.as_millis().div_euclid(1000) * 1000).unwrap_or(time)
}

/// The time in a column that has to have a date.
fn dated(column: Column, text: &str) -> Result<Stamp, Wrong> {
    Ok(match parse_when(text).map_err(Wrong::value(column))? {
        When::Instant(time) => Stamp::Utc(time),
        When::Local(local) => Stamp::Wall(from_civil(local)),
        When::Date(midnight) => Stamp::Day(from_civil(midnight).div_euclid(DAY)),
        When::Clock(_) => {
            let message = format!("{:?} has no date", clip(text));
            return Err(Wrong::new(column, message, "write 2026-12-31"));
        }
    })
}

/// The refusal of a time that is no instant in UTC.
fn outside(column: Column) -> Wrong {
    Wrong::new(column, "outside the years 0000 to 9999", "write another")
}

/// Warns of a row that makes no window, or else of each exception that takes none out.
fn warn_of_idle(
    row: &TableRow<'_>,
    series: &Series,
    exceptions: Vec<(OriginalStart, &str)>,
    reading: &mut TimetableReader<'_>,
) {
    if let Some(wrong) = without_effect(series, reading) {
        return row.report(reading, Severity::Warning, wrong);
    }
    for text in exceptions::idle(series, exceptions, &mut reading.seeking) {
        let message = format!("{:?} takes nothing out: no window starts then", clip(text));
        let hint = "write when a window of the row starts, or remove it";
        row.report(reading, Severity::Warning, Wrong::new(Column::Except, message, hint));
    }
}

/// Why a row makes no window, if it makes none.
fn without_effect(series: &Series, reading: &mut TimetableReader<'_>) -> Option<Wrong> {
    let begins = series.begins();
    let excludes = !series.except.is_empty();
    // One that names its first day has a window that day.
    if series.starts_itself && begins && !excludes {
        return None;
    }
    // A series that the budget is too small for is reported when it is used.
    if series.next(UtcTime::MIN, &mut reading.seeking) != Ok(None) {
        return None;
    }
    Some(if !begins {
        let message = "it is before the start, so the row makes no window";
        Wrong::new(Column::Until, message, "write a later day, or remove the row")
    } else if excludes {
        let message = "all starts are taken out, so the row makes no window";
        Wrong::new(Column::Except, message, "take out fewer days, or remove the row")
    } else {
        let message = "the rule makes no window";
        Wrong::new(Column::Recurrence, message, "mend the rule, or remove the row")
    })
}

/// Where a recurrence begins.
struct First {
    wall: Wall,
    /// Whether that is a date that the row names, and so a window of its own.
    is_dated: bool,
    /// Whether it was written with a `Z`.
    is_utc: bool,
    /// The instant that it was written as, if its zone is another one.
    instant: Option<UtcTime>,
}

fn start(
    row: &TableRow<'_>,
    rule: &RecurrenceRule,
    zone: &Zone,
    has_zone: bool,
) -> Result<First, Wrong> {
    let Some(text) = row.get(Column::Start) else {
        let hint = "write 2026-12-06T02:00 or, of a daily or weekly one, 02:00";
        return Err(Wrong::new(Column::Start, "it is empty", hint));
    };
    let dated = |wall, is_utc, instant| Ok(First { wall, is_dated: true, is_utc, instant });
    match parse_when(text).map_err(Wrong::value(Column::Start))? {
        When::Local(local) | When::Date(local) => dated(from_civil(local), false, None),
        // The row's zone says where it recurs, the offset only when it starts.
        When::Instant(time) if has_zone => dated(to_wall(zone, time), false, Some(whole(time))),
        When::Instant(time) if text.ends_with(['Z', 'z']) => {
            dated(to_wall(&Zone::utc(), time), true, None)
        }
        When::Instant(_) => {
            let message =
                format!("{:?} has an offset, but in which zone does it recur?", clip(text));
            Err(Wrong::new(Column::Start, message, "fill in the column timezone"))
        }
        // It would be the midnight before the days that the rule names.
        When::Clock(clock) if i64::from(clock) == DAY => {
            let message = format!("{:?} is the end of a day, not a start", clip(text));
            Err(Wrong::new(Column::Start, message, "write 00:00, and the day after"))
        }
        When::Clock(clock) if needs_no_date(rule) => Ok(First {
            // On the first of all days: the rule means the same days whenever it began.
            wall: clock.into(),
            is_dated: false,
            is_utc: false,
            instant: None,
        }),
        When::Clock(_) => {
            let message = format!("{:?} has no date, and the rule needs one", clip(text));
            Err(Wrong::new(Column::Start, message, "write the first start: 2026-12-06T02:00"))
        }
    }
}

/// The end of the recurrence, from its rule or from the row's own column.
fn until(row: &TableRow<'_>, rule: &RecurrenceRule, zone: &Zone) -> Result<Option<Stamp>, Wrong> {
    let until = match row.get(Column::Until) {
        None => rule.until,
        Some(text) if rule.until.is_none() => Some(dated(Column::Until, text)?),
        Some(_) => {
            let message = "the rule has an UNTIL of its own";
            return Err(Wrong::new(Column::Until, message, "write it once"));
        }
    };
    match until {
        // In a calendar such an end is read in UTC, if the rule steps in elapsed time. Who
        // writes a row means its zone, as with its other times.
        Some(Stamp::Wall(wall)) if rule.freq < Freq::Daily => {
            let end = Start::at_wall(zone, wall).ok_or_else(|| outside(Column::Until))?;
            Ok(Some(Stamp::Utc(end.utc)))
        }
        until => Ok(until),
    }
}

/// The starts that the row takes out, each with its text.
fn exceptions<'r>(row: &TableRow<'r>, zone: &Zone) -> Result<Vec<(OriginalStart, &'r str)>, Wrong> {
    let exception = |text| {
        let exception = OriginalStart::of(dated(Column::Except, text)?, zone);
        Ok((exception.ok_or_else(|| outside(Column::Except))?, text))
    };
    row.except().map(exception).collect()
}

/// Whether a rule means the same days whenever it began.
fn needs_no_date(rule: &RecurrenceRule) -> bool {
    let days = !rule.by_day.is_empty() || !rule.by_month_day.is_empty();
    rule.interval == 1
        && rule.count.is_none()
        && match rule.freq {
            Freq::Daily => true,
            Freq::Weekly => !rule.by_day.is_empty(),
            Freq::Monthly => days,
            Freq::Yearly => days || !rule.by_year_day.is_empty(),
            Freq::Secondly | Freq::Minutely | Freq::Hourly => false,
        }
}

fn span(
    row: &TableRow<'_>,
    zone: &Zone,
    first: Start,
    is_dated: bool,
) -> Result<WindowLength, Wrong> {
    match row.end()? {
        RowEnd::Open => {
            Err(Wrong::new(Column::End, "a window that recurs has to end", "write an end: 06:00"))
        }
        RowEnd::After(text) => {
            let length = parse_length(text).map_err(Wrong::value(Column::Duration))?;
            if length == (Length { days: 0, millis: 0 }) {
                let message = "the windows are empty";
                return Err(Wrong::new(Column::Duration, message, "write 2h"));
            }
            Ok(WindowLength::Exact(length))
        }
        RowEnd::At(text) => {
            let at_wall = |wall| Start::at_wall(zone, wall).ok_or_else(|| outside(Column::End));
            let (end, is_later) = match parse_when(text).map_err(Wrong::value(Column::End))? {
                // They are no shorthand together: the windows would last from the
                // beginning of all days to that date.
                When::Instant(_) | When::Local(_) | When::Date(_) if !is_dated => {
                    let message = format!("{:?} has a date, and the start has none", clip(text));
                    let hint = "write both times of day, 02:00 and 03:00, or both with dates";
                    return Err(Wrong::new(Column::End, message, hint));
                }
                When::Clock(clock) => {
                    // At or before the start: the next day.
                    let ahead = i64::from(clock) - first.wall.rem_euclid(DAY);
                    let ahead = if ahead > 0 { ahead } else { ahead + DAY };
                    (at_wall(first.wall + ahead)?, true)
                }
                When::Instant(time) => {
                    let end = Start::at_utc(zone, whole(time));
                    (end, end.wall > first.wall || end.utc > first.utc)
                }
                When::Local(local) | When::Date(local) => {
                    let wall = from_civil(local);
                    (at_wall(wall)?, wall > first.wall)
                }
            };
            if !is_later {
                return Err(Wrong::new(
                    Column::End,
                    "the first window ends when or before it starts",
                    "write the end's own date, or only its time of day",
                ));
            }
            Ok(WindowLength::between(zone, first, end))
        }
    }
}

/// The rule that the row names: an RRULE's value or a shorthand.
fn rule(row: &TableRow<'_>) -> Result<RecurrenceRule, Wrong> {
    let text = row.get(Column::Recurrence).unwrap_or_default();
    if text.contains('=') {
        let (rule, passed_over) =
            RecurrenceRule::parse(text).map_err(Wrong::value(Column::Recurrence))?;
        // In a table that people write there is nothing to forgive.
        return passed_over.into_iter().next().map_or(Ok(rule), |message| {
            Err(Wrong::new(Column::Recurrence, message, "write FREQ=WEEKLY;BYDAY=SU"))
        });
    }
    shorthand(text).ok_or_else(|| {
        Wrong::new(
            Column::Recurrence,
            format!("{:?} is not a recurrence", clip(text)),
            "write daily, weekly, SU, MO-FR or a rule such as FREQ=MONTHLY;BYDAY=2SU",
        )
    })
}

/// `daily`, `weekly`, weekdays (`SU`, `Sat, Sun`), or a range of them
/// (`MO-FR`, also over the week's end).
fn shorthand(text: &str) -> Option<RecurrenceRule> {
    match text.to_ascii_lowercase().as_str() {
        "daily" => return Some(RecurrenceRule::every(Freq::Daily)),
        "weekly" => return Some(RecurrenceRule::every(Freq::Weekly)),
        _ => {}
    }
    let mut rule = RecurrenceRule::every(Freq::Weekly);
    let parts = text.split([',', ' ', '|']).filter(|part| !part.is_empty());
    for part in parts {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let days = (last - first).rem_euclid(7);
        let weekdays = (0..=days).map(|offset| (first + offset) % 7);
        rule.by_day.extend(weekdays.map(|weekday| ByDay { ordinal: None, weekday }));
    }
    rule.by_day.sort_unstable();
    rule.by_day.dedup();
    (!rule.by_day.is_empty()).then_some(rule)
}

/// `SU`, `Sun` or `Sunday`.
fn weekday(name: &str) -> Option<i64> {
    let name = name.trim().to_ascii_lowercase();
    let full = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let known = matches!(name.len(), 2 | 3) && full.iter().any(|day| day.starts_with(&name))
        || full.contains(&name.as_str());
    known.then(|| parse_weekday(name.get(..2)?).ok()).flatten()
}
