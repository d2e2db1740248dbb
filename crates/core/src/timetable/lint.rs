//! Single windows and series that may not mean what they say.

use super::expand::StepBudget;
use super::problem::{Problem, warning};
use super::series::Series;
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::window::{Source, Window};
use crate::zone::Zone;

const DAY: i64 = 86_400_000;

/// Farther away than plans are made: ten years, in milliseconds.
const FAR: i64 = 3653 * DAY;

/// Longer than maintenance takes, or a freeze: a quarter of a year.
const LONG: i64 = 92 * DAY;

/// A warning about a window that is not over.
pub(super) fn window(window: &Window, now: UtcTime) -> Option<Problem> {
    let name = &window.name;
    let away = |time: UtcTime| time.as_millis() - now.as_millis();
    for (does, time) in [("starts", Some(window.start)), ("ends", window.end)] {
        if let Some(time) = time.filter(|time| away(*time) > FAR) {
            let message =
                format!("the window {:?} {does} {time}, more than ten years from now", clip(name));
            return Some(warning(&window.source, message, "make sure that its year is right"));
        }
    }
    let length = window.end?.as_millis() - window.start.as_millis();
    (length > LONG).then(|| {
        let message = format!("the window {name:?} lasts {} days", length / DAY, name = clip(name));
        warning(&window.source, message, "make sure that its end is right")
    })
}

/// A warning about a window that is over.
pub(super) fn past_window(window: &Window, now: UtcTime) -> Option<Problem> {
    let end = window.end.filter(|&end| end <= now)?;
    let name = clip(&window.name);
    let message = format!("the window {name:?} lies wholly in the past: it ended {end}");
    Some(warning(&window.source, message, "remove it, or mend its dates"))
}

/// A warning about a series whose windows are all over.
pub(super) fn past_series(
    series: &Series,
    now: UtcTime,
    budget: &mut StepBudget,
) -> Option<Problem> {
    let bound = series.last_end().filter(|&bound| bound <= now)?;
    let last = match series.end_after(UtcTime::MIN, bound, budget) {
        Ok(Some(end)) => format!("the last ended {end}"),
        _ => format!("the last by {bound}"),
    };
    let message = format!("all windows {:?} lie in the past, {last}", clip(&series.head.name));
    Some(warning(&series.head.source, message, "remove them, or give them a later end"))
}

/// A window that the receipts and the history cannot call by a name.
pub(super) fn unnamed(name: &str, source: &Source) -> Option<Problem> {
    name.trim().is_empty().then(|| {
        let message = "the window has no name".to_owned();
        warning(source, message, "give it one: receipts and pauses show it")
    })
}

/// A warning about a series that has not ended: that it makes no window any
/// more, or none for long. One that makes none at all is reported when it is read.
pub(super) fn series(series: &Series, now: UtcTime, budget: &mut StepBudget) -> Option<Problem> {
    let source = &series.head.source;
    let name = &series.head.name;
    let Some(next) = series.next(now, budget).ok()? else {
        let first = series.next(UtcTime::MIN, budget).ok().flatten()?;
        let message = format!(
            "the recurrence of {name:?} makes no window any more; its first was {}",
            first.start,
            name = clip(name)
        );
        return Some(warning(source, message, "remove it, or mend its rule"));
    };
    let length = series.span.nominal().saturating_mul(1000);
    if next.start.as_millis() - now.as_millis() > FAR {
        let message = format!(
            "the next window {name:?} starts {}, more than ten years from now",
            next.start,
            name = clip(name)
        );
        return Some(warning(source, message, "make sure that its rule is right"));
    }
    (length > LONG).then(|| {
        let message =
            format!("each window {name:?} lasts {} days", length / DAY, name = clip(name));
        warning(source, message, "make sure that its end is right")
    })
}

/// A zone that looks like a place's own, and has no summer time.
pub(super) fn fixed(zone: &Zone, source: &Source, now: UtcTime) -> Option<Problem> {
    let name = zone.name();
    let is_fixed = ["EST", "MST", "HST", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich"]
        .iter()
        .any(|fixed| fixed.eq_ignore_ascii_case(name))
        || name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("Etc/GMT"));
    is_fixed.then(|| {
        let minutes = zone.offset(now).unwrap_or(0) / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        let message = format!(
            "the zone {:?} never changes its clocks: it is UTC{sign}{hours:02}:{minutes:02} all year", clip(name));
        let hint = "if clocks change there, write the zone of the place: Area/City";
        warning(source, message, hint)
    })
}
