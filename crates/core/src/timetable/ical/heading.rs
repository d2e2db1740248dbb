//! The properties of a calendar that bear on all of its events.

use super::broken::Broken;
use super::line::{ContentLine, unescape};
use super::misspelt;
use super::raw::Calendar;
use super::remarks::Remarks;
use super::zones::Zones;
use crate::short_name::clip;
use crate::timetable::problem::Severity;
use crate::timetable::reader::TimetableReader;
use crate::zone::Zone;

/// The settings that the events of a calendar share.
#[derive(Debug)]
pub(super) struct Heading {
    /// X-WR-TIMEZONE: the zone of times that say none.
    pub(super) floating: Option<Zone>,
    /// Whether X-WR-TIMEZONE names a zone that nothing knows: then nobody can
    /// say when a time is that names none.
    pub(super) is_zone_unknown: bool,
    /// The name of the calendar's VTIMEZONE, if it has only one.
    only: Option<String>,
    /// METHOD:CANCEL: all events are called off.
    pub(super) is_cancelled: bool,
}

impl Heading {
    /// Reads the heading; `None` if the calendar counts its days in a way that
    /// is not known here. Faults are reported.
    pub(super) fn of(
        calendar: &Calendar,
        zones: &mut Zones<'_>,
        reading: &mut TimetableReader<'_>,
    ) -> Option<Self> {
        if let Some((line, meant)) = misspelt::in_calendar(&calendar.properties) {
            let name = clip(&line.name.to_lowercase()).to_string();
            let message = format!("{name}: a calendar has no such property");
            let hint = format!("did you mean {meant}? remove the line if not");
            reading.report(Severity::Error, line.place(), message, hint);
            return None;
        }
        let is_gregorian =
            find(calendar, "CALSCALE", reading).is_none_or(|line| is_gregorian(line, reading));
        let floating =
            find(calendar, "X-WR-TIMEZONE", reading).map(|line| zone(line, zones, reading));
        let is_zone_unknown = matches!(floating, Some(Err(NotKnown)));
        let floating = floating.and_then(Result::ok).flatten();
        let is_cancelled =
            find(calendar, "METHOD", reading).is_some_and(|line| is_cancelled(line, reading));
        let only = match calendar.zones.as_slice() {
            [only] => Some(only.id.clone()),
            _ => None,
        };
        is_gregorian.then_some(Self { floating, is_zone_unknown, only, is_cancelled })
    }

    /// The zone in which a series of days begins its days: X-WR-TIMEZONE, the
    /// calendar's only VTIMEZONE, or `--timezone`.
    pub(super) fn days(
        &self,
        zones: &mut Zones<'_>,
        remarks: &mut Remarks,
        reading: &TimetableReader<'_>,
    ) -> Zone {
        if let Some(zone) = &self.floating {
            return zone.clone();
        }
        let instead = reading.floating_zone();
        match self.only.as_ref().map_or(Ok(None), |id| zones.find(id)) {
            Ok(only) => only.unwrap_or(instead),
            Err(Broken { place, fault }) => {
                let message = || {
                    let name = clip(instead.name());
                    format!("{}; whole days are those of {name:?} instead", fault.message)
                };
                remarks.note("days", place, message, "mend it, or write an X-WR-TIMEZONE");
                instead
            }
        }
    }
}

/// The first property of that name; others are reported, since they do not count.
fn find<'c>(
    calendar: &'c Calendar,
    name: &str,
    reading: &mut TimetableReader<'_>,
) -> Option<&'c ContentLine> {
    let mut found = calendar.properties.iter().filter(|line| line.name == name);
    let first = found.next()?;
    for other in found.filter(|other| other.value.trim() != first.value.trim()) {
        let name = name.to_lowercase();
        let message = format!(
            "{name}: the calendar has it in line {} already; the first one counts",
            first.line
        );
        let hint = "remove the one that is not meant";
        reading.warn(other.place(), message, hint);
    }
    Some(first)
}

fn is_gregorian(line: &ContentLine, reading: &mut TimetableReader<'_>) -> bool {
    const NAME: &str = "GREGORIAN";
    let scale = line.value.trim().to_ascii_uppercase();
    if scale == NAME {
        return true;
    }
    if scale.is_empty() || scale.contains(NAME) || strsim::osa_distance(&scale, NAME) <= 3 {
        let message = format!("calscale: {:?} is read as GREGORIAN", clip(line.value.trim()));
        reading.warn(line.place(), message, "write CALSCALE:GREGORIAN");
        return true;
    }
    let message = format!(
        "calscale: {:?} is no calendar that is read here, only GREGORIAN",
        clip(line.value.trim())
    );
    let hint = "export it with Gregorian dates";
    reading.report(Severity::Error, line.place(), message, hint);
    false
}

/// A name that no zone has, which was reported.
struct NotKnown;

fn zone(
    line: &ContentLine,
    zones: &mut Zones<'_>,
    reading: &mut TimetableReader<'_>,
) -> Result<Option<Zone>, NotKnown> {
    let name = unescape(line.value.trim().trim_matches('"'));
    if name.is_empty() {
        let message = "x-wr-timezone: it names no zone, as if it were not there";
        let hint = "write an IANA name such as Europe/Paris, or remove it";
        reading.warn(line.place(), message, hint);
        return Ok(None);
    }
    match zones.get(line, &name) {
        Ok(zone) => Ok(Some(zone)),
        Err(broken) => {
            broken.report(reading);
            Err(NotKnown)
        }
    }
}

/// Whether a METHOD (RFC 5546) calls the events off. One that does not
/// announce events is reported; its events count all the same.
fn is_cancelled(line: &ContentLine, reading: &mut TimetableReader<'_>) -> bool {
    let method = line.value.trim().to_ascii_uppercase();
    let (message, hint, cancels) = match method.as_str() {
        "PUBLISH" | "REQUEST" | "ADD" | "" => return false,
        "CANCEL" => ("calls its events off: none is a window", "remove them, or the METHOD", true),
        _ => (
            "announces no events; they count all the same",
            "export the calendar itself, not a message about an event",
            false,
        ),
    };
    let message = format!("method: {:?} {message}", clip(&method));
    reading.warn(line.place(), message, hint);
    cancels
}
