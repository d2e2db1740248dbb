//! From the lines of a VEVENT to an event.

use std::sync::Arc;

use super::broken::Broken;
use super::event::{CalendarEvent, RecurrenceId};
use super::event_reader::EventReader;
use super::line::{ContentLine, unescape};
use super::misspelt;
use super::named_day::day_named;
use super::parameters;
use super::picked::{self, PickedEvents};
use super::properties;
use super::raw::RawEvent;
use super::times::{EventTime, NO_LENGTH, not_a_time};
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::timetable::civil::DAY;
use crate::timetable::expand::{Recurrence, Start};
use crate::timetable::rrule::RecurrenceRule;
use crate::timetable::series::{OriginalStart, WindowLength};
use crate::timetable::stamp::{Stamp, parse_duration, parse_stamp};
use crate::timetable::value::Length;
use crate::window::{Origin, Source, WindowName};
use crate::zone::Zone;

impl EventReader<'_, '_, '_> {
    /// Reads an event; `None` if it is left out, or is cancelled and so thin that it
    /// names no time.
    pub(super) fn event(
        &mut self,
        raw: &RawEvent,
        picked: &PickedEvents<'_>,
    ) -> Result<Option<CalendarEvent>, Broken> {
        refuse_unreadable(raw)?;
        if !picked.is_read(raw, self.reading) {
            return Ok(None);
        }
        parameters::check(raw, self.remarks)?;
        properties::warn_of_repeats(raw, self.reading);
        self.note_recurrence_of_instance(raw);
        let cancelled = self.is_cancelled(raw);
        let Some(dtstart) = raw.get("DTSTART") else {
            return self.event_without_start(raw, cancelled);
        };
        let EventTime { zone, start, is_day, is_utc } = self.time(dtstart, &dtstart.value, None)?;
        let home = if is_utc { self.heading.floating.clone() } else { Some(zone.clone()) };
        let days = is_day.then(|| self.zone_of_days(dtstart, &zone));
        let (span, end) = self.span(raw, &zone, start, is_day)?;
        if !cancelled && end == start.utc {
            self.warn_of_no_length(raw, dtstart);
        }
        let rules = self.rules(raw, &zone, start, days.as_ref())?;
        let dates = self.dates(raw, &zone, days.as_ref())?;
        let except = self.except(raw, &zone, days.as_ref())?;
        let recurrence_id =
            raw.get("RECURRENCE-ID").map(|line| self.recurrence_id(line)).transpose()?;
        let (scope, kind) = self.scope(raw)?;
        let name = raw.get("SUMMARY").map(|line| self.name(line));
        Ok(Some(CalendarEvent {
            source: self.source(raw),
            name,
            kind,
            scope,
            has_category: picked::has_category(raw, &self.reading.options.pick),
            is_picked: true,
            sequence: properties::sequence(raw, self.reading),
            cancelled,
            recurrence_id,
            zone,
            home,
            start,
            days,
            span,
            end,
            rules,
            dates,
            except,
        }))
    }

    fn is_cancelled(&mut self, raw: &RawEvent) -> bool {
        raw.get("STATUS").is_some_and(|line| properties::is_cancelled(line, self.reading))
            || self.heading.is_cancelled
    }

    /// Reads an event that has no DTSTART. Only one that is cancelled may lack it.
    fn event_without_start(
        &mut self,
        raw: &RawEvent,
        cancelled: bool,
    ) -> Result<Option<CalendarEvent>, Broken> {
        if !cancelled {
            let hint = "say when it starts, or remove it";
            return Err(Broken::of_line(raw.line, "the event has no DTSTART", hint));
        }
        raw.get("RECURRENCE-ID").map(|line| self.cancelled_instance(raw, line)).transpose()
    }

    /// The zone in which an instant names a day of an event that starts on a day.
    fn zone_of_days(&mut self, dtstart: &ContentLine, zone: &Zone) -> Zone {
        if dtstart.param("TZID").is_some() {
            zone.clone()
        } else {
            self.heading.days(self.zones, self.remarks, self.reading)
        }
    }

    /// An instance that is called off and says no more than which it is.
    fn cancelled_instance(
        &mut self,
        raw: &RawEvent,
        line: &ContentLine,
    ) -> Result<CalendarEvent, Broken> {
        let recurrence_id = self.recurrence_id(line)?;
        let zone = self.reading.floating_zone();
        let start = self.time(line, &line.value, Some(&zone))?.start;
        Ok(CalendarEvent {
            source: self.source(raw),
            name: None,
            kind: None,
            scope: None,
            has_category: None,
            is_picked: true,
            sequence: properties::sequence(raw, self.reading),
            cancelled: true,
            recurrence_id: Some(recurrence_id),
            zone,
            home: None,
            start,
            days: None,
            span: WindowLength::Wall(0),
            end: start.utc,
            rules: Vec::new(),
            dates: Vec::new(),
            except: Vec::new(),
        })
    }

    /// Notes what would make a series of one instance (RFC 5545, section 3.8.4.4).
    fn note_recurrence_of_instance(&mut self, raw: &RawEvent) {
        let recurs = |line: &&ContentLine| matches!(&*line.name, "RRULE" | "RDATE" | "EXDATE");
        let line = raw.properties.iter().find(recurs);
        if let (Some(line), Some(_)) = (line, raw.get("RECURRENCE-ID")) {
            let message = || {
                let name = line.name.to_lowercase();
                format!("{name}: it is passed over, since the event is one instance of a series")
            };
            let hint = "remove it, or the RECURRENCE-ID of an event that is a series";
            self.remarks.note("instance", line.place(), message, hint);
        }
    }

    fn name(&mut self, line: &ContentLine) -> WindowName {
        if line.value.contains(char::REPLACEMENT_CHARACTER) {
            let message = || "summary: it has letters that are not UTF-8".to_owned();
            self.remarks.note("UTF-8", line.place(), message, "save the calendar as UTF-8");
        }
        self.reading.name(unescape(&line.value).trim())
    }

    fn source(&mut self, raw: &RawEvent) -> Source {
        let uid = raw.uid().map(|uid| self.reading.intern(uid));
        let file = Arc::clone(&self.reading.origin.file);
        Source { origin: Arc::new(Origin { file, uid }), line: raw.line }
    }

    fn warn_of_no_length(&mut self, raw: &RawEvent, dtstart: &ContentLine) {
        let (line, message) = match (raw.get("DTEND"), raw.get("DURATION")) {
            (Some(line), _) => (line, "dtend: the event ends when it starts"),
            (None, Some(line)) => (line, "duration: the event is of no length"),
            (None, None) => {
                (dtstart, "the event has no DTEND and no DURATION, and so is of no length")
            }
        };
        self.reading.warn(line.place(), message, NO_LENGTH);
    }

    /// The rules of the event. `days` is its zone if it is a series of days.
    fn rules(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        start: Start,
        days: Option<&Zone>,
    ) -> Result<Vec<Recurrence>, Broken> {
        let mut rules = Vec::new();
        for line in &raw.properties {
            if line.name == "EXRULE" {
                let message = "exrule: RFC 5545 has no such property any more; it is passed over";
                let hint =
                    "take dates out with EXDATE, or with an event that has X-MAINTENANCE-KIND:open";
                self.reading.warn(line.place(), message, hint);
            }
            if line.name != "RRULE" {
                continue;
            }
            let (mut rule, passed_over) =
                RecurrenceRule::parse(&line.value).map_err(Broken::rule(line))?;
            for message in passed_over {
                self.reading.warn(line.place(), message, "");
            }
            if let Some(zone) = days {
                rule.until = rule.until.map(|until| Stamp::Day(day_named(until, zone)));
            }
            let counting = &mut self.reading.counting;
            let recurrence =
                Recurrence::new(rule, zone.clone(), start, days.is_some(), counting)
                    .map_err(|capped| Broken::at(line, &capped.message(), capped.hint()))?;
            if recurrence.never_begins() {
                let message = "rrule: UNTIL lies before DTSTART, so the rule makes no window";
                let hint = "write a later UNTIL, or remove the event";
                self.reading.warn(line.place(), message, hint);
            }
            rules.push(recurrence);
        }
        let is_made = |rule: &Recurrence| rule.never_begins() || rule.matches_start();
        if self.reading.is_check() && !rules.is_empty() && !rules.iter().any(is_made) {
            let message =
                "the rule does not make the event's own DTSTART, which is a window all the same";
            let hint = "start with the first window that the rule makes";
            self.reading.warn((raw.line, None), message, hint);
        }
        Ok(rules)
    }

    /// The further starts of the event. `days` is its zone if it is a series of
    /// days.
    fn dates(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        days: Option<&Zone>,
    ) -> Result<Vec<(Start, Option<WindowLength>)>, Broken> {
        let mut dates = Vec::new();
        for line in raw.all("RDATE") {
            for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                dates.push(self.date(line, text, zone, days)?);
            }
        }
        Ok(dates)
    }

    /// The starts that are taken out of the event. `days` is its zone if it is
    /// a series of days.
    fn except(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        days: Option<&Zone>,
    ) -> Result<Vec<OriginalStart>, Broken> {
        let mut except = Vec::new();
        for line in raw.all("EXDATE") {
            for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                except.push(match (parse_stamp(text), days) {
                    (Some(Stamp::Day(day)), _) => OriginalStart::Day(day),
                    (Some(stamp), Some(days)) => {
                        let own = line.param("TZID").map(|id| self.zone(line, id));
                        OriginalStart::Day(day_named(stamp, own.as_ref().unwrap_or(days)))
                    }
                    _ => OriginalStart::Instant(self.time(line, text, Some(zone))?.start.utc),
                });
            }
        }
        Ok(except)
    }

    fn recurrence_id(&mut self, line: &ContentLine) -> Result<RecurrenceId, Broken> {
        let stamp = parse_stamp(&line.value).ok_or_else(|| not_a_time(line, &line.value))?;
        let range = line.param("RANGE").unwrap_or_default();
        let and_future = range.eq_ignore_ascii_case("THISANDFUTURE");
        if !and_future && !range.is_empty() {
            let message = format!("recurrence-id: the range {:?} is not read", clip(range));
            let hint = "only this one instance is replaced";
            self.reading.warn(line.place(), message, hint);
        }
        let zone = line.param("TZID").map(|id| self.zone(line, id));
        Ok(RecurrenceId { stamp, zone, and_future })
    }

    /// The length of the event, and the end of its own window.
    fn span(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        start: Start,
        is_day: bool,
    ) -> Result<(WindowLength, UtcTime), Broken> {
        let out_of_range = |line: &ContentLine| {
            Broken::at(line, "the event ends after the year 9999", "write another end")
        };
        if let Some(line) = raw.get("DTEND") {
            let own = self.time(line, &line.value, Some(zone))?;
            let end = own.start.utc;
            // In the start's zone, so that the windows of a series that ends
            // in another one are as long as the first.
            let end_in_zone = own.start_in(zone);
            let wall = end_in_zone.wall;
            if wall < start.wall && end <= start.utc {
                return Err(Broken::at(
                    line,
                    &format!("the event ends ({end}) before it starts ({})", start.utc),
                    "write an end after the start",
                ));
            }
            // A whole day that ends where it starts means that day.
            let is_that_day = is_day && own.is_day && wall == start.wall;
            let span = if is_that_day {
                WindowLength::Wall(DAY)
            } else {
                WindowLength::between(zone, start, end_in_zone)
            };
            if end > start.utc && !is_that_day {
                return Ok((span, end));
            }
            let (end, _) = span.end(zone, start).ok_or_else(|| out_of_range(line))?;
            return Ok((span, end));
        }
        let Some(line) = raw.get("DURATION") else {
            let span = WindowLength::Wall(if is_day { DAY } else { 0 });
            let end = span.end(zone, start).map_or(start.utc, |(end, _)| end);
            return Ok((span, end));
        };
        let (length, negative) = parse_duration(&line.value).ok_or_else(|| {
            let message = format!("{:?} is not a duration in range", clip(line.value.trim()));
            Broken::at(line, &message, "write PT2H or P1D")
        })?;
        if negative && length != (Length { days: 0, millis: 0 }) {
            let message = format!("{:?} is negative", clip(line.value.trim()));
            return Err(Broken::at(line, &message, "write PT2H or P1D"));
        }
        let span = WindowLength::Exact(length);
        let (end, _) = span.end(zone, start).ok_or_else(|| out_of_range(line))?;
        Ok((span, end))
    }
}

/// Refuses an event that has a line which cannot be read, or whose name has a slip in it.
fn refuse_unreadable(raw: &RawEvent) -> Result<(), Broken> {
    if let Some((line, meant)) = misspelt::in_event(raw) {
        let hint = format!("did you mean {meant}? remove the line if not");
        return Err(Broken::at(line, "an event has no such property", &hint));
    }
    raw.unread.clone().map_or(Ok(()), Err)
}
