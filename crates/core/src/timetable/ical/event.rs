//! One VEVENT, understood.

use std::collections::HashSet;
use std::sync::Arc;

use super::component::RawEvent;
use super::heading::Heading;
use super::line::{ContentLine, unescape};
use super::misspelt;
use super::not_content::Unread;
use super::parameters;
use super::properties;
use super::tally::Remarks;
use super::times::{EventTime, NO_LENGTH, day_named, not_a_time};
use super::zones::Zones;
use crate::scope::Scope;
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::timetable::civil::DAY;
use crate::timetable::expand::{Recurrence, Start, to_wall};
use crate::timetable::reading::TimetableReader;
use crate::timetable::rrule::{BadRule, RecurrenceRule, Until};
use crate::timetable::series::WindowLength;
use crate::timetable::stamp::{Stamp, parse_duration, parse_stamp};
use crate::timetable::value::Length;
use crate::window::{Origin, Source, WindowKind, WindowName};
use crate::zone::Zone;

/// Why an event cannot be used.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) column: Option<u64>,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Broken {
    pub(super) fn at(line: &ContentLine, message: &str, hint: &str) -> Self {
        let message = format!("{}: {message}", clip(&line.name.to_lowercase()));
        Self { line: line.line, column: Some(line.column), message, hint: hint.to_owned() }
    }

    fn rule(line: &ContentLine) -> impl FnOnce(BadRule) -> Self + '_ {
        |bad| Self::at(line, &bad.message, &bad.hint)
    }
}

/// An original start, as EXDATE and RECURRENCE-ID name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Instant(UtcTime),
    /// The start on that local day, by its number.
    Day(i64),
}

/// A VEVENT. What could stand in it and means nothing here is gone.
#[derive(Debug)]
pub(super) struct CalendarEvent {
    pub(super) source: Source,
    /// `None` where there is no SUMMARY.
    pub(super) name: Option<WindowName>,
    pub(super) kind: Option<WindowKind>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) sequence: i64,
    pub(super) cancelled: bool,
    pub(super) recurrence_id: Option<RecurrenceId>,
    pub(super) zone: Zone,
    /// The zone to show it in: its own; the calendar's, if it is in UTC.
    pub(super) home: Option<Zone>,
    pub(super) start: Start,
    /// If its start is a DATE: the zone in which an instant may name one of
    /// its days.
    pub(super) days: Option<Zone>,
    pub(super) span: WindowLength,
    /// The end of the event's own window: an end in another zone than the
    /// start's is exact there.
    pub(super) end: UtcTime,
    pub(super) rules: Vec<Recurrence>,
    pub(super) dates: Vec<(Start, Option<WindowLength>)>,
    pub(super) except: Vec<Key>,
}

impl CalendarEvent {
    /// The instances that EXDATEs take out, to be looked up.
    pub(super) fn excluded(&self) -> Excluded<'_> {
        let mut excluded = Excluded {
            event: self,
            keys: HashSet::new(),
            days: HashSet::new(),
            days_of_instants: HashSet::new(),
        };
        for &key in &self.except {
            match key {
                Key::Instant(time) => _ = excluded.days_of_instants.insert(self.day(time)),
                Key::Day(day) => _ = excluded.days.insert(day),
            }
            excluded.keys.insert(key);
        }
        excluded
    }

    /// The local day of an instant, by its number.
    fn day(&self, time: UtcTime) -> i64 {
        to_wall(&self.zone, time).div_euclid(DAY)
    }
}

/// The instances of a series that its EXDATEs take out.
pub(super) struct Excluded<'e> {
    event: &'e CalendarEvent,
    keys: HashSet<Key>,
    /// The days that are taken out as days.
    days: HashSet<i64>,
    /// The local days of the instants that are taken out.
    days_of_instants: HashSet<i64>,
}

impl Excluded<'_> {
    /// Whether that instance is taken out.
    pub(super) fn has(&self, key: Key) -> bool {
        self.keys.contains(&key)
            || match key {
                Key::Instant(time) => self.days.contains(&self.event.day(time)),
                Key::Day(day) => self.days_of_instants.contains(&day),
            }
    }
}

/// Which instance of a series an event replaces.
#[derive(Clone, Debug)]
pub(super) struct RecurrenceId {
    stamp: Stamp,
    zone: Option<Zone>,
    /// RANGE=THISANDFUTURE: the rest of the series moves with it.
    pub(super) and_future: bool,
}

impl RecurrenceId {
    /// The original start; a time without a zone is in the series' own.
    pub(super) fn key(&self, series: &CalendarEvent) -> Option<Key> {
        if let Some(days) = &series.days {
            return Some(Key::Day(day_named(self.stamp, self.zone.as_ref().unwrap_or(days))));
        }
        let zone = self.zone.as_ref().unwrap_or(&series.zone);
        Some(match self.stamp {
            Stamp::Utc(time) => Key::Instant(time),
            Stamp::Wall(wall) => Key::Instant(Start::at_wall(zone, wall)?.utc),
            Stamp::Day(day) => Key::Day(day),
        })
    }
}

/// What an event is read with: the zones of its file, and what its calendar
/// says for all of its events.
pub(super) struct EventReader<'a, 'z, 'o> {
    pub(super) zones: &'a mut Zones<'z>,
    pub(super) heading: Heading,
    /// Whether the event has a time that hangs on a zone which nothing knows.
    pub(super) lacks_zone: bool,
    pub(super) remarks: &'a mut Remarks,
    pub(super) reading: &'a mut TimetableReader<'o>,
}

impl EventReader<'_, '_, '_> {
    /// Reads an event; `None` if it is cancelled and so thin that it names no
    /// time.
    pub(super) fn event(&mut self, raw: &RawEvent) -> Result<Option<CalendarEvent>, Broken> {
        if let Some((line, meant)) = misspelt::in_event(raw) {
            let hint = format!("did you mean {meant}? remove the line if not");
            return Err(Broken::at(line, "an event has no such property", &hint));
        }
        if let Some(Unread { line, message, hint }) = &raw.unread {
            let (message, hint) = (message.clone(), hint.clone());
            return Err(Broken { line: *line, column: None, message, hint });
        }
        parameters::check(raw, self.remarks)?;
        properties::warn_of_repeats(raw, self.reading);
        let one = |name: &'static str| raw.properties.iter().find(|line| line.name == name);
        let cancelled = one("STATUS")
            .is_some_and(|line| properties::is_cancelled(line, self.reading))
            || self.heading.is_cancelled;
        let Some(dtstart) = one("DTSTART") else {
            return match one("RECURRENCE-ID") {
                // An instance that is called off is only named.
                Some(line) if cancelled => self.cancelled_instance(raw, line).map(Some),
                None if cancelled => Ok(None),
                _ => Err(Broken {
                    line: raw.line,
                    column: None,
                    message: "the event has no DTSTART".to_owned(),
                    hint: "say when it starts, or remove it".to_owned(),
                }),
            };
        };
        let EventTime { zone, start, is_day, is_utc } = self.time(dtstart, &dtstart.value, None)?;
        let home = if is_utc { self.heading.floating.clone() } else { Some(zone.clone()) };
        let has_zone = dtstart.param("TZID").is_some();
        let days = match (is_day, has_zone) {
            (false, _) => None,
            (true, true) => Some(zone.clone()),
            (true, false) => Some(self.heading.days(self.zones, self.reading)),
        };
        let (span, end) = self.span(raw, &zone, start, is_day)?;
        if !cancelled && end == start.utc {
            self.warn_of_no_length(raw, dtstart);
        }
        let rules = self.rules(raw, &zone, start, days.as_ref())?;
        let dates = self.dates(raw, &zone, days.as_ref())?;
        let except = self.except(raw, &zone, days.as_ref())?;
        let recurrence_id =
            one("RECURRENCE-ID").map(|line| self.recurrence_id(line)).transpose()?;
        let (scope, kind) = self.scope(raw)?;
        let name = one("SUMMARY").map(|line| self.name(line));
        Ok(Some(CalendarEvent {
            source: self.source(raw),
            name,
            kind,
            scope,
            sequence: one("SEQUENCE").map_or(0, |line| properties::sequence(line, self.reading)),
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

    /// An instance that is called off and says no more than which it is.
    fn cancelled_instance(
        &mut self,
        raw: &RawEvent,
        line: &ContentLine,
    ) -> Result<CalendarEvent, Broken> {
        let recurrence_id = self.recurrence_id(line)?;
        let one = |name: &'static str| raw.properties.iter().find(|line| line.name == name);
        let zone = self.reading.floating_zone();
        let start = self.time(line, &line.value, Some(&zone))?.start;
        Ok(CalendarEvent {
            source: self.source(raw),
            name: None,
            kind: None,
            scope: None,
            sequence: one("SEQUENCE").map_or(0, |line| properties::sequence(line, self.reading)),
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

    fn name(&mut self, line: &ContentLine) -> WindowName {
        if line.value.contains(char::REPLACEMENT_CHARACTER) {
            let message = || "summary: it has letters that are not UTF-8".to_owned();
            let place = (line.line, Some(line.column));
            self.remarks.note("UTF-8", place, message, "save the calendar as UTF-8");
        }
        self.reading.name(unescape(&line.value).trim())
    }

    fn source(&mut self, raw: &RawEvent) -> Source {
        let uid = raw.properties.iter().find(|line| line.name == "UID");
        // An empty one would make one series of all events that have it.
        let uid = uid.map(|line| line.value.trim()).filter(|uid| !uid.is_empty());
        let uid = uid.map(|uid| self.reading.intern(uid));
        let file = Arc::clone(&self.reading.origin.file);
        Source { origin: Arc::new(Origin { file, uid }), line: raw.line }
    }

    fn warn_of_no_length(&mut self, raw: &RawEvent, dtstart: &ContentLine) {
        let find = |name: &str| raw.properties.iter().find(|line| line.name == name);
        let (line, message) = match (find("DTEND"), find("DURATION")) {
            (Some(line), _) => (line, "dtend: the event ends when it starts"),
            (None, Some(line)) => (line, "duration: the event is of no length"),
            (None, None) => {
                (dtstart, "the event has no DTEND and no DURATION, and so is of no length")
            }
        };
        self.reading.warn(line.line, Some(line.column), message, Some(NO_LENGTH.to_owned()));
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
            match line.name.as_str() {
                "RRULE" => {}
                "EXRULE" => {
                    let message =
                        "exrule: RFC 5545 has no such property any more; it is passed over";
                    let hint = "take dates out with EXDATE, or with an event that has X-MAINTENANCE-KIND:open";
                    self.reading.warn(line.line, Some(line.column), message, Some(hint.to_owned()));
                    continue;
                }
                _ => continue,
            }
            let (mut rule, passed_over) =
                RecurrenceRule::parse(&line.value).map_err(Broken::rule(line))?;
            for message in passed_over {
                self.reading.warn(line.line, Some(line.column), message, None);
            }
            if let Some(zone) = days {
                rule.until = rule.until.map(|until| Until::Day(day_named(until.into(), zone)));
            }
            let counting = &mut self.reading.counting;
            let recurrence =
                Recurrence::new(rule, zone.clone(), start, days.is_some(), counting)
                    .map_err(|capped| Broken::at(line, &capped.message(), capped.hint()))?;
            if recurrence.never_begins() {
                let message = "rrule: UNTIL lies before DTSTART, so the rule makes no window";
                let hint = "write a later UNTIL, or remove the event".to_owned();
                self.reading.warn(line.line, Some(line.column), message, Some(hint));
            }
            rules.push(recurrence);
        }
        let is_made = |rule: &Recurrence| rule.never_begins() || rule.matches_start();
        if self.reading.is_check() && !rules.is_empty() && !rules.iter().any(is_made) {
            let message =
                "the rule does not make the event's own DTSTART, which is a window all the same";
            let hint = "start with the first window that the rule makes".to_owned();
            self.reading.warn(raw.line, None, message, Some(hint));
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
        for line in raw.properties.iter().filter(|line| line.name == "RDATE") {
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
    ) -> Result<Vec<Key>, Broken> {
        let mut except = Vec::new();
        for line in raw.properties.iter().filter(|line| line.name == "EXDATE") {
            for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                except.push(match (parse_stamp(text), days) {
                    (Some(Stamp::Day(day)), _) => Key::Day(day),
                    (Some(stamp), Some(days)) => {
                        let own = line.param("TZID").map(|id| self.zone(line, id));
                        Key::Day(day_named(stamp, own.as_ref().unwrap_or(days)))
                    }
                    _ => Key::Instant(self.time(line, text, Some(zone))?.start.utc),
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
            let hint = Some("only this one instance is replaced".to_owned());
            self.reading.warn(line.line, Some(line.column), message, hint);
        }
        let zone = line.param("TZID").map(|id| self.zone(line, id));
        Ok(RecurrenceId { stamp, zone, and_future })
    }

    /// How long the event is, and when its own window ends.
    fn span(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        start: Start,
        is_day: bool,
    ) -> Result<(WindowLength, UtcTime), Broken> {
        let find = |name: &str| raw.properties.iter().find(|line| line.name == name);
        let out_of_range = |line: &ContentLine| {
            Broken::at(line, "the event ends after the year 9999", "write another end")
        };
        if let Some(line) = find("DTEND") {
            let own = self.time(line, &line.value, Some(zone))?;
            let end = own.start.utc;
            // In the start's zone, so that the windows of a series that ends
            // in another one are as long as the first.
            let wall =
                if own.zone.name() == zone.name() { own.start.wall } else { to_wall(zone, end) };
            let span = WindowLength::Wall(wall - start.wall);
            if wall < start.wall && end < start.utc {
                return Err(Broken::at(
                    line,
                    &format!("the event ends ({end}) before it starts ({})", start.utc),
                    "write an end after the start",
                ));
            }
            if is_day && own.is_day && wall == start.wall {
                // A whole day that ends where it starts means that day.
                let span = WindowLength::Wall(DAY);
                let (end, _) = span.end(zone, start).ok_or_else(|| out_of_range(line))?;
                return Ok((span, end));
            }
            if end > start.utc {
                return Ok((span, end));
            }
            let (end, _) = span.end(zone, start).ok_or_else(|| out_of_range(line))?;
            return Ok((span, end));
        }
        let Some(line) = find("DURATION") else {
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
