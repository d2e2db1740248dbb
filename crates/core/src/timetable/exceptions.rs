//! Exceptions of a series that take nothing out: most are a slip of the pen, and
//! the window that was to be taken out is still there.

use std::time::Duration;

use super::civil::DAY;
use super::expand::{Capped, Start, StepBudget, to_utc};
use super::series::{OriginalStart, Series};

/// The exceptions after which the series is what it was. None, where finding
/// that out takes more than the budget has.
pub(super) fn idle<T>(
    series: &Series,
    exceptions: impl IntoIterator<Item = (OriginalStart, T)>,
    budget: &mut StepBudget,
) -> Vec<T> {
    let mut idle = Vec::new();
    for (exception, what) in exceptions {
        match named(series, exception, budget) {
            Ok(Some(_)) => {}
            Ok(None) => idle.push(what),
            Err(_) => return Vec::new(),
        }
    }
    idle
}

/// The start of the series that is meant, if nothing is taken out: of a day the first.
pub(super) fn named(
    series: &Series,
    exception: OriginalStart,
    budget: &mut StepBudget,
) -> Result<Option<Start>, Capped> {
    const MILLISECOND: Duration = Duration::from_millis(1);
    /// Longer than any day, however its clock changes.
    const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);
    let (from, to) = match exception {
        OriginalStart::Instant(time) => (time, time.saturating_add(MILLISECOND)),
        OriginalStart::Day(day) => match to_utc(&series.zone, day * DAY) {
            Some((time, _)) => (time.saturating_sub(TWO_DAYS), time.saturating_add(TWO_DAYS)),
            None => return Ok(None),
        },
    };
    let is_meant = |start: &Start| match exception {
        OriginalStart::Instant(time) => start.utc == time,
        OriginalStart::Day(day) => start.wall.div_euclid(DAY) == day,
    };
    let own = Some(&series.start).filter(|_| series.starts_itself);
    let starts = own.into_iter().chain(series.dates.iter().map(|(start, _)| start));
    let mut found = starts.copied().filter(is_meant).min();
    if found.is_some() {
        return Ok(found);
    }
    for rule in &series.rules {
        rule.starts(from, to, budget, &mut |start, _| {
            found = found.into_iter().chain(Some(start).filter(is_meant)).min();
            Ok(())
        })?;
    }
    Ok(found)
}
