//! The times of an event, in their zones.

use super::broken::Broken;
use super::event_reader::EventReader;
use super::line::ContentLine;
use super::named_day::day_begun;
use crate::short_name::clip;
use crate::timetable::civil::{DAY, Wall};
use crate::timetable::expand::Start;
use crate::timetable::options::OnError;
use crate::timetable::problem::Severity;
use crate::timetable::series::WindowLength;
use crate::timetable::stamp::{Stamp, parse_duration, parse_stamp};
use crate::zone::Zone;

/// A time with its zone.
pub(super) struct EventTime {
    pub(super) zone: Zone,
    pub(super) start: Start,
    pub(super) is_day: bool,
    /// Whether it was written with a `Z`.
    pub(super) is_utc: bool,
}

impl EventTime {
    /// The same start on the wall clock of a zone.
    pub(super) fn start_in(&self, zone: &Zone) -> Start {
        if self.zone.name() == zone.name() {
            self.start
        } else {
            Start::at_utc(zone, self.start.utc)
        }
    }
}

impl EventReader<'_, '_, '_> {
    /// Reads a time of a property, in its own zone, else in `zone`, else in
    /// the calendar's.
    pub(super) fn time(
        &mut self,
        line: &ContentLine,
        text: &str,
        zone: Option<&Zone>,
    ) -> Result<EventTime, Broken> {
        let stamp = parse_stamp(text).ok_or_else(|| not_a_time(line, text))?;
        self.note_contradictions(line, stamp);
        let zone = match (stamp, line.param("TZID"), zone) {
            (Stamp::Utc(_), _, _) => Zone::utc(),
            (_, Some(id), _) => self.zone(line, id),
            (_, None, Some(zone)) => zone.clone(),
            (_, None, None) => self.floating(line.line),
        };
        let at = |wall: Wall| {
            Start::at_wall(&zone, wall).ok_or_else(|| {
                let message =
                    format!("{:?} lies outside the years 0000 to 9999", clip(text.trim()));
                Broken::at(line, &message, "write another time")
            })
        };
        let start = match stamp {
            Stamp::Utc(utc) => Start::at_utc(&zone, utc),
            Stamp::Wall(wall) => at(wall)?,
            Stamp::Day(day) => at(day * DAY)?,
        };
        let (is_day, is_utc) = (matches!(stamp, Stamp::Day(_)), matches!(stamp, Stamp::Utc(_)));
        Ok(EventTime { zone, start, is_day, is_utc })
    }

    /// Notes where a property's parameters say something else than its value,
    /// and that the value counts.
    fn note_contradictions(&mut self, line: &ContentLine, stamp: Stamp) {
        let place = line.place();
        let name = line.name.to_lowercase();
        if let (Stamp::Utc(time), Some(id)) = (stamp, line.param("TZID"))
            && self.zones.find(id).ok().flatten().is_none_or(|zone| zone.offset(time) != Some(0))
        {
            let message = || format!("{name}: it has a TZID ({}) and a Z: the Z counts", clip(id));
            self.remarks.note("TZID and Z", place, message, "remove one of them");
        }
        let is_day = matches!(stamp, Stamp::Day(_));
        let says = line.param("VALUE").map(str::to_ascii_uppercase);
        let other = match says.as_deref() {
            Some("DATE") => !is_day,
            Some("DATE-TIME") => is_day,
            _ => false,
        };
        if other {
            let what = if is_day { "a date" } else { "a date with a time" };
            let says = says.unwrap_or_default();
            let message = || format!("{name}: it says VALUE={says}, but is {what}, which counts");
            self.remarks.note("VALUE", place, message, "mend one of them");
        }
    }

    /// Reads one value of an RDATE: a start, perhaps with an end of its own. In
    /// a series of days, whose zone for that is `days`, a midnight is its day.
    pub(super) fn date(
        &mut self,
        line: &ContentLine,
        text: &str,
        zone: &Zone,
        days: Option<&Zone>,
    ) -> Result<(Start, Option<WindowLength>), Broken> {
        if let Some(days) = days
            && let Some(stamp) = parse_stamp(text)
        {
            let own = line.param("TZID").map(|id| self.zone(line, id));
            let day = day_begun(stamp, own.as_ref().unwrap_or(days));
            if let Some(start) = day.and_then(|day| Start::at_wall(zone, day * DAY)) {
                return Ok((start, None));
            }
        }
        let (start, end) = match text.split_once('/') {
            None => (text, None),
            Some((start, end)) => (start, Some(end)),
        };
        let time = self.time(line, start, Some(zone))?;
        // On the series' own wall clock, like all its starts.
        let start = time.start_in(zone);
        let Some(end) = end else { return Ok((start, None)) };
        let span = match parse_duration(end) {
            Some((length, false)) => WindowLength::Exact(length),
            Some((_, true)) => return Err(not_a_time(line, text)),
            None => {
                let end = self.time(line, end, Some(zone))?.start_in(zone);
                if end.wall < start.wall && end.utc <= start.utc {
                    return Err(not_a_time(line, text));
                }
                WindowLength::between(zone, start, end)
            }
        };
        if span.nominal() == 0 {
            let message = format!("rdate: {:?} is a window of no length", clip(text.trim()));
            self.reading.warn(line.place(), message, NO_LENGTH);
        }
        Ok((start, Some(span)))
    }

    /// The zone of a TZID. If the TZID is unknown, or its VTIMEZONE is damaged, an
    /// error is reported once. With `--on-error skip` the parameter is ignored and the
    /// event is kept: its times are then read as if they had no zone.
    pub(super) fn zone(&mut self, line: &ContentLine, id: &str) -> Zone {
        let Broken { place, fault } = match self.zones.get(line, id) {
            Ok(zone) => return zone,
            Err(broken) => broken,
        };
        self.lacks_zone |= self.heading.is_zone_unknown;
        let floating = self.heading.floating.clone();
        let instead = floating.unwrap_or_else(|| self.reading.floating_zone());
        if self.zones.is_news(id) {
            // Otherwise nothing is read.
            let is_read =
                self.reading.options.on_error == OnError::Skip && !self.heading.is_zone_unknown;
            let read = if is_read {
                format!("; its times are read in {:?} instead", clip(instead.name()))
            } else {
                String::new()
            };
            let message = format!("{}{read}", fault.message);
            self.reading.report(Severity::Error, place, message, fault.hint);
        }
        instead
    }

    /// The zone of times that say none.
    fn floating(&mut self, line: u64) -> Zone {
        if self.heading.is_zone_unknown {
            self.lacks_zone = true;
            return self.reading.floating_zone();
        }
        self.heading.floating.clone().unwrap_or_else(|| self.reading.default_zone(line))
    }
}

/// The hint for a window of no length.
pub(super) const NO_LENGTH: &str = "no run lies in it: write an end after the start";

pub(super) fn not_a_time(line: &ContentLine, text: &str) -> Broken {
    let has_zone = text.to_ascii_uppercase().contains("TZID");
    let hint = if has_zone {
        "a parameter stands behind a semicolon: DTSTART;TZID=Europe/Paris:20261201T020000"
    } else {
        "write 20261201T020000, 20261201T010000Z or 20261201"
    };
    let message = format!("{:?} is not a date or a time of a calendar", clip(text.trim()));
    Broken::at(line, &message, hint)
}
