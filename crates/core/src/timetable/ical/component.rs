//! The components of a calendar that matter here: its events and its zones.

use super::line::{ContentLine, content_lines};

/// A VCALENDAR; events that stand outside of one have one of their own.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// X-WR-TIMEZONE: the zone of times that say none.
    pub(super) zone: Option<ContentLine>,
    pub(super) zones: Vec<RawZone>,
    pub(super) events: Vec<RawEvent>,
}

/// A VEVENT: the properties that matter, in order.
#[derive(Debug)]
pub(super) struct RawEvent {
    /// The line of its BEGIN.
    pub(super) line: u64,
    pub(super) properties: Vec<ContentLine>,
}

/// A VTIMEZONE.
#[derive(Debug, Default)]
pub(super) struct RawZone {
    pub(super) id: String,
    /// Its STANDARD and DAYLIGHT parts.
    pub(super) parts: Vec<Vec<ContentLine>>,
}

/// The calendars of a file; `None` if it is no calendar at all.
///
/// An END that is missing is supplied by whatever ends the component anyway:
/// the next event, the next calendar, the end of the file.
pub(super) fn calendars(bytes: &[u8]) -> Option<Vec<Calendar>> {
    let mut reader = Reader::default();
    content_lines(bytes, is_wanted, |line| reader.line(line));
    reader.close(0);
    reader.begun.then_some(reader.calendars)
}

fn is_wanted(name: &str) -> bool {
    matches!(
        name,
        "BEGIN"
            | "END"
            | "X-WR-TIMEZONE"
            | "TZID"
            | "TZOFFSETFROM"
            | "TZOFFSETTO"
            | "DTSTART"
            | "DTEND"
            | "DURATION"
            | "RRULE"
            | "EXRULE"
            | "RDATE"
            | "EXDATE"
            | "RECURRENCE-ID"
            | "SEQUENCE"
            | "STATUS"
            | "SUMMARY"
            | "UID"
            | "CATEGORIES"
            | "X-MAINTENANCE-SCOPE"
            | "X-MAINTENANCE-KIND"
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Calendar,
    Event,
    Zone,
    Observance,
    Other,
}

#[derive(Debug, Default)]
struct Reader {
    begun: bool,
    calendars: Vec<Calendar>,
    open: Vec<(Part, String)>,
    event: Option<RawEvent>,
    zone: Option<RawZone>,
}

impl Reader {
    fn line(&mut self, line: ContentLine) {
        match line.name.as_str() {
            "BEGIN" => self.begin(&line),
            "END" => {
                let name = line.value.trim();
                let place = self.open.iter().rposition(|(_, open)| open.eq_ignore_ascii_case(name));
                if let Some(place) = place {
                    self.close(place);
                }
            }
            _ => self.property(line),
        }
    }

    fn begin(&mut self, line: &ContentLine) {
        self.begun = true;
        let name = line.value.trim().to_ascii_uppercase();
        let part = match name.as_str() {
            "VCALENDAR" => Part::Calendar,
            "VEVENT" => Part::Event,
            "VTIMEZONE" => Part::Zone,
            "STANDARD" | "DAYLIGHT" => Part::Observance,
            _ => Part::Other,
        };
        match part {
            Part::Calendar => {
                self.close(0);
                self.calendars.push(Calendar::default());
            }
            Part::Event | Part::Zone => {
                let inside =
                    self.open.iter().position(|(p, _)| matches!(p, Part::Event | Part::Zone));
                if let Some(place) = inside {
                    self.close(place);
                }
                if part == Part::Event {
                    self.event = Some(RawEvent { line: line.line, properties: Vec::new() });
                } else {
                    self.zone = Some(RawZone::default());
                }
            }
            Part::Observance => {
                if let Some(place) = self.open.iter().position(|(p, _)| *p == Part::Observance) {
                    self.close(place);
                }
                if let Some(zone) = &mut self.zone {
                    zone.parts.push(Vec::new());
                }
            }
            Part::Other => {}
        }
        self.open.push((part, name));
    }

    fn property(&mut self, line: ContentLine) {
        match self.open.last().map(|(part, _)| *part) {
            Some(Part::Event) => {
                if let Some(event) = &mut self.event {
                    event.properties.push(line);
                }
            }
            Some(Part::Zone) if line.name == "TZID" => {
                if let Some(zone) = &mut self.zone {
                    zone.id = super::line::unescape(line.value.trim());
                }
            }
            Some(Part::Observance) => {
                if let Some(part) = self.zone.as_mut().and_then(|zone| zone.parts.last_mut()) {
                    part.push(line);
                }
            }
            Some(Part::Calendar) if line.name == "X-WR-TIMEZONE" => {
                if let Some(calendar) = self.calendars.last_mut() {
                    calendar.zone = Some(line);
                }
            }
            _ => {}
        }
    }

    /// Ends the component at that place of the open ones, and all inside it.
    fn close(&mut self, place: usize) {
        for (part, _) in self.open.drain(place.min(self.open.len())..) {
            if self.calendars.is_empty() && matches!(part, Part::Event | Part::Zone) {
                self.calendars.push(Calendar::default());
            }
            let Some(calendar) = self.calendars.last_mut() else { continue };
            match part {
                Part::Event => calendar.events.extend(self.event.take()),
                Part::Zone => calendar.zones.extend(self.zone.take()),
                _ => {}
            }
        }
    }
}
