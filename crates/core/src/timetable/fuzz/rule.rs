//! Fuzz target: a rule makes what the slow evaluator makes.

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::rrule::{Freq, RecurrenceRule};
use super::super::slow_rule::{expands, slow};
use super::super::{Format, Severity, read};
use super::{OPTIONS, file};
use crate::time::UtcTime;
use crate::zone::Zone;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Gaza",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Antarctica/Troll",
];

/// The most starts that a day may have: the slow evaluator looks at every one.
const MOST_A_DAY: usize = 48;

/// A rule's start, and the time that is asked for.
struct Asked {
    zone: Zone,
    start: jiff::civil::DateTime,
    /// The beginning and the length of the time, in units of the rule's own scale.
    from: i64,
    long: i64,
}

/// A rule behind eight bytes that say when it starts, and which time is asked for.
///
/// # Panics
///
/// The windows do not start when the slow evaluator says.
pub fn fuzz_rule(data: &[u8]) {
    let Some((head, rule)) = data.split_first_chunk::<8>() else { return };
    let Ok(rule) = std::str::from_utf8(rule) else { return };
    if rule.chars().any(char::is_control) {
        return;
    }
    let (Some(asked), Ok((parsed, _))) = (asked(*head), RecurrenceRule::parse(rule)) else {
        return;
    };
    let Asked { zone, start, from, long } = asked;
    if !is_small(&parsed, &zone) {
        return;
    }
    let Some((first, _)) = zone.to_utc(start) else { return };
    // Step by step is slow: nearer, and shorter.
    let (unit, from, long) = match parsed.freq {
        Freq::Secondly => (60_000, from % 64, long % 64 + 1),
        Freq::Minutely => (3_600_000, from % 64, long % 64 + 1),
        Freq::Hourly => (86_400_000, from % 64, long % 64 + 1),
        _ => (86_400_000, from % 1024, long + 1),
    };
    let plus = |by: i64| UtcTime::from_millis(first.as_millis() + by * unit);
    let (Some(from), Some(to)) = (plus(from), plus(from + long)) else { return };
    let text = format!(
        "BEGIN:VEVENT\nDTSTART;TZID={}:{}\nDURATION:PT1S\nRRULE:{rule}\nEND:VEVENT\n",
        zone.name(),
        start.strftime("%Y%m%dT%H%M%S"),
    );
    let loaded = read([file(text.as_bytes(), Format::Ical)], &OPTIONS);
    if loaded.problems.iter().any(|problem| problem.severity != Severity::Warning) {
        return;
    }
    // A rule that takes too many steps, or a COUNT that is never reached, is refused.
    let Ok(windows) = loaded.timetable.windows(from, to) else { return };
    let found: Vec<UtcTime> = windows.iter().map(|window| window.start).collect();
    let mut expected = slow(&parsed, &zone, start, to);
    expected.retain(|&time| time >= from);
    assert_eq!(found, expected, "{from} to {to}\n{text}");
}

/// The start and the time that eight bytes say.
fn asked(head: [u8; 8]) -> Option<Asked> {
    let [zone, day, days, hour, minute, from, far, long] = head.map(i64::from);
    let zone = ZONES.get(usize::try_from(zone).ok()? % ZONES.len())?;
    let zone = OPTIONS.zones.get(zone).ok()?;
    let date = Date::constant(2022, 1, 1).checked_add((day + days % 8 * 256).days()).ok()?;
    let small = |number: i64| i8::try_from(number).ok();
    let start = date.at(small(hour % 24)?, small(minute % 60)?, 0, 0);
    Some(Asked { zone, start, from: from + far % 4 * 256, long })
}

/// Whether the slow evaluator can take the rule.
fn is_small(rule: &RecurrenceRule, zone: &Zone) -> bool {
    let count = |list: &[i64]| list.len().max(1);
    let a_day = count(&rule.by_hour) * count(&rule.by_minute) * count(&rule.by_second);
    // It knows no leap second, and places in a set only by calendar.
    let is_known =
        !rule.by_second.contains(&60) && (rule.freq >= Freq::Daily || rule.by_set_pos.is_empty());
    // Where clocks change by half an hour, no step of an hour is one on the clock.
    let has_hours = zone.name() != "Australia/Lord_Howe" || !expands(rule);
    is_known && has_hours && a_day <= MOST_A_DAY
}
