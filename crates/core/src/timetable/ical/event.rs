//! One VEVENT, understood.

use std::sync::Arc;

use super::component::RawEvent;
use super::line::{ContentLine, list, unescape};
use super::zones::Zones;
use crate::scope::{Field, Pattern, Scope};
use crate::time::UtcTime;
use crate::timetable::civil::{DAY, Wall};
use crate::timetable::expand::{Recurrence, Start, to_wall};
use crate::timetable::problem::Severity;
use crate::timetable::reading::Reading;
use crate::timetable::rrule::{BadRule, Rule};
use crate::timetable::series::Span;
use crate::timetable::stamp::{Stamp, parse_duration, parse_stamp};
use crate::timetable::value::Length;
use crate::window::{Kind, Name, Origin, Source};
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
    fn at(line: &ContentLine, message: &str, hint: &str) -> Self {
        let message = format!("{}: {message}", line.name.to_lowercase());
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
pub(super) struct Event {
    pub(super) source: Source,
    /// `None` where there is no SUMMARY.
    pub(super) name: Option<Name>,
    pub(super) kind: Option<Kind>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) sequence: i64,
    pub(super) cancelled: bool,
    pub(super) recurrence_id: Option<RecurrenceId>,
    pub(super) zone: Zone,
    /// The zone to show it in: its own; the calendar's, if it is in UTC.
    pub(super) home: Option<Zone>,
    pub(super) start: Start,
    pub(super) span: Span,
    /// The end of the event's own window: an end in another zone than the
    /// start's is exact there.
    pub(super) end: UtcTime,
    pub(super) rules: Vec<Recurrence>,
    pub(super) dates: Vec<(Start, Option<Span>)>,
    pub(super) except: Vec<Key>,
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
    pub(super) fn key(&self, series: &Zone) -> Option<Key> {
        let zone = self.zone.as_ref().unwrap_or(series);
        Some(match self.stamp {
            Stamp::Utc(time) => Key::Instant(time),
            Stamp::Wall(wall) => Key::Instant(Start::at_wall(zone, wall)?.utc),
            Stamp::Day(day) => Key::Day(day),
        })
    }
}

/// What an event is read with: the zones of its file, and the calendar's own
/// for times that say none.
pub(super) struct Context<'a, 'z, 'o> {
    pub(super) zones: &'a mut Zones<'z>,
    pub(super) floating: Option<Zone>,
    pub(super) reading: &'a mut Reading<'o>,
}

/// A time with its zone.
struct Time {
    zone: Zone,
    start: Start,
    is_day: bool,
    /// Whether it was written with a `Z`.
    is_utc: bool,
}

impl Context<'_, '_, '_> {
    /// Reads an event; `None` if it is cancelled and so thin that it names no
    /// time.
    pub(super) fn event(&mut self, raw: &RawEvent) -> Result<Option<Event>, Broken> {
        let all = |name: &'static str| raw.properties.iter().filter(move |line| line.name == name);
        let one = |name: &'static str| all(name).next();
        let cancelled =
            one("STATUS").is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"));
        let Some(dtstart) = one("DTSTART") else {
            if cancelled && one("RECURRENCE-ID").is_none() {
                return Ok(None);
            }
            return Err(Broken {
                line: raw.line,
                column: None,
                message: "the event has no DTSTART".to_owned(),
                hint: "say when it starts, or remove it".to_owned(),
            });
        };
        let Time { zone, start, is_day, is_utc } = self.time(dtstart, &dtstart.value, None)?;
        let home = if is_utc { self.floating.clone() } else { Some(zone.clone()) };
        let (span, end) = self.span(raw, &zone, start, is_day)?;

        let mut rules = Vec::new();
        for line in all("RRULE") {
            let (rule, passed_over) = Rule::parse(&line.value).map_err(Broken::rule(line))?;
            for message in passed_over {
                self.reading.warn(line.line, Some(line.column), message, None);
            }
            let counting = &mut self.reading.counting;
            let recurrence = Recurrence::new(rule, zone.clone(), start, is_day, counting);
            rules.push(
                recurrence.map_err(|capped| Broken::at(line, &capped.message(), capped.hint()))?,
            );
        }
        for line in all("EXRULE") {
            let message = "exrule: RFC 5545 has no such property any more; it is passed over";
            let hint = "take dates out with EXDATE, or with an event of kind open".to_owned();
            self.reading.warn(line.line, Some(line.column), message, Some(hint));
        }
        let mut dates = Vec::new();
        for line in all("RDATE") {
            for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                dates.push(self.date(line, text, &zone)?);
            }
        }
        let mut except = Vec::new();
        for line in all("EXDATE") {
            for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                except.push(match parse_stamp(text) {
                    Some(Stamp::Day(day)) => Key::Day(day),
                    _ => Key::Instant(self.time(line, text, Some(&zone))?.start.utc),
                });
            }
        }
        let recurrence_id = match one("RECURRENCE-ID") {
            None => None,
            Some(line) => Some(RecurrenceId {
                stamp: parse_stamp(&line.value).ok_or_else(|| not_a_time(line, &line.value))?,
                zone: line.param("TZID").map(|id| self.zone(line, id)),
                and_future: line
                    .param("RANGE")
                    .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")),
            }),
        };
        let (scope, kind) = self.scope(raw)?;
        let name = one("SUMMARY").map(|line| self.reading.name(unescape(&line.value).trim()));
        let uid = one("UID").map(|line| self.reading.intern(line.value.trim()));
        let file = Arc::clone(&self.reading.origin.file);
        Ok(Some(Event {
            source: Source { origin: Arc::new(Origin { file, uid }), line: raw.line },
            name,
            kind,
            scope,
            sequence: one("SEQUENCE").and_then(|line| line.value.trim().parse().ok()).unwrap_or(0),
            cancelled,
            recurrence_id,
            zone,
            home,
            start,
            span,
            end,
            rules,
            dates,
            except,
        }))
    }

    /// How long the event is, and when its own window ends.
    fn span(
        &mut self,
        raw: &RawEvent,
        zone: &Zone,
        start: Start,
        is_day: bool,
    ) -> Result<(Span, UtcTime), Broken> {
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
            let span = Span::Wall(wall - start.wall);
            if wall < start.wall && end < start.utc {
                return Err(Broken::at(
                    line,
                    &format!("the event ends ({end}) before it starts ({})", start.utc),
                    "write an end after the start",
                ));
            }
            if is_day && own.is_day && wall == start.wall {
                // A whole day that ends where it starts means that day.
                let span = Span::Wall(DAY);
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
            let span = Span::Wall(if is_day { DAY } else { 0 });
            let end = span.end(zone, start).map_or(start.utc, |(end, _)| end);
            return Ok((span, end));
        };
        let (length, negative) = parse_duration(&line.value).ok_or_else(|| {
            let message = format!("{:?} is not a duration in range", line.value.trim());
            Broken::at(line, &message, "write PT2H or P1D")
        })?;
        if negative && length != (Length { days: 0, millis: 0 }) {
            let message = format!("{:?} is negative", line.value.trim());
            return Err(Broken::at(line, &message, "write PT2H or P1D"));
        }
        let span = Span::Exact(length);
        let (end, _) = span.end(zone, start).ok_or_else(|| out_of_range(line))?;
        Ok((span, end))
    }

    /// One value of an RDATE: a start, perhaps with an end of its own.
    fn date(
        &mut self,
        line: &ContentLine,
        text: &str,
        zone: &Zone,
    ) -> Result<(Start, Option<Span>), Broken> {
        let (start, end) = match text.split_once('/') {
            None => (text, None),
            Some((start, end)) => (start, Some(end)),
        };
        let time = self.time(line, start, Some(zone))?;
        // On the series' own wall clock, like all its starts.
        let own = |utc: UtcTime, start: Start| {
            if time.zone.name() == zone.name() { start } else { Start::at_utc(zone, utc) }
        };
        let start = own(time.start.utc, time.start);
        let Some(end) = end else { return Ok((start, None)) };
        let span = match parse_duration(end) {
            Some((length, false)) => Span::Exact(length),
            Some((_, true)) => return Err(not_a_time(line, text)),
            None => {
                let end = self.time(line, end, Some(zone))?;
                let end = if end.zone.name() == zone.name() {
                    end.start.wall
                } else {
                    to_wall(zone, end.start.utc)
                };
                if end < start.wall {
                    return Err(not_a_time(line, text));
                }
                Span::Wall(end - start.wall)
            }
        };
        Ok((start, Some(span)))
    }

    /// A time of a property, in its own zone, else in `zone`, else in the
    /// calendar's.
    fn time(
        &mut self,
        line: &ContentLine,
        text: &str,
        zone: Option<&Zone>,
    ) -> Result<Time, Broken> {
        let stamp = parse_stamp(text).ok_or_else(|| not_a_time(line, text))?;
        let zone = match (stamp, line.param("TZID"), zone) {
            (Stamp::Utc(_), _, _) => Zone::utc(),
            (_, Some(id), _) => self.zone(line, id),
            (_, None, Some(zone)) => zone.clone(),
            (_, None, None) => self.floating(line.line),
        };
        let at = |wall: Wall| {
            Start::at_wall(&zone, wall).ok_or_else(|| {
                let message = format!("{:?} lies outside the years 0000 to 9999", text.trim());
                Broken::at(line, &message, "write another time")
            })
        };
        let start = match stamp {
            Stamp::Utc(utc) => Start::at_utc(&zone, utc),
            Stamp::Wall(wall) => at(wall)?,
            Stamp::Day(day) => at(day * DAY)?,
        };
        let (is_day, is_utc) = (matches!(stamp, Stamp::Day(_)), matches!(stamp, Stamp::Utc(_)));
        Ok(Time { zone, start, is_day, is_utc })
    }

    /// The zone of a TZID. An unknown one is an error, said once; where errors
    /// are skipped it is the parameter that is, so that the event is not lost:
    /// its times are then read as if they had no zone.
    fn zone(&mut self, line: &ContentLine, id: &str) -> Zone {
        let unknown = match self.zones.get(id) {
            Ok(zone) => return zone,
            Err(unknown) => unknown,
        };
        if self.zones.is_news(id) {
            let message = format!("{}: {unknown}", line.name.to_lowercase());
            let hint = Some(unknown.hint());
            let column = Some(line.column);
            self.reading.report(Severity::Error, line.line, column, message, hint);
        }
        self.floating(line.line)
    }

    /// The zone of times that say none.
    fn floating(&mut self, line: u64) -> Zone {
        self.floating.clone().unwrap_or_else(|| self.reading.default_zone(line))
    }

    /// The scope and kind that CATEGORIES and our own properties give it.
    /// Other categories mean nothing here.
    fn scope(&mut self, raw: &RawEvent) -> Result<(Option<Arc<Scope>>, Option<Kind>), Broken> {
        let mut patterns: Vec<(Field, String)> = Vec::new();
        let mut kind = None;
        for line in &raw.properties {
            match line.name.as_str() {
                "CATEGORIES" | "X-MAINTENANCE-SCOPE" => {
                    for word in list(&line.value) {
                        let field = word
                            .split_once(':')
                            .and_then(|(name, text)| Some((Field::from_name(name.trim())?, text)));
                        if let Some((field, text)) = field {
                            Pattern::new(text.trim()).map_err(|error| {
                                Broken::at(line, &error.to_string(), "close the bracket")
                            })?;
                            patterns.push((field, text.trim().to_owned()));
                        } else if line.name == "X-MAINTENANCE-SCOPE" {
                            return Err(Broken::at(
                                line,
                                &format!("{word:?} is not a scope"),
                                "write environment:, workspace:, task:, tag: or type: and a pattern",
                            ));
                        } else if word.eq_ignore_ascii_case("maintenance-open") {
                            kind = Some(Kind::Open);
                        }
                    }
                }
                "X-MAINTENANCE-KIND" => {
                    kind = Some(match line.value.trim().to_ascii_lowercase().as_str() {
                        "open" => Kind::Open,
                        "maintenance" => Kind::Maintenance,
                        other => {
                            let message = format!("{other:?} is not a kind of window");
                            return Err(Broken::at(line, &message, "write maintenance or open"));
                        }
                    });
                }
                _ => {}
            }
        }
        let scope = self.reading.scope(patterns.iter().map(|(field, text)| (*field, &**text)));
        // Each pattern could be read above.
        Ok((scope.ok().filter(|scope| !scope.is_unrestricted()), kind))
    }
}

fn not_a_time(line: &ContentLine, text: &str) -> Broken {
    Broken::at(
        line,
        &format!("{:?} is not a date or a time of a calendar", text.trim()),
        "write 20261201T020000, 20261201T010000Z or 20261201",
    )
}
