//! The components of a calendar that matter here, its events and its zones,
//! and whether the file has all of them.
//!
//! A download that breaks off leaves a file that ends inside a component, or
//! without END:VCALENDAR. Its last event may lack its end, and whatever stood
//! behind it is lost: such a file is an error. An END that only one component
//! lacks, since the next of its kind begins or its own parent ends, is
//! supplied and reported.

use super::broken::Broken;
use super::line::{ContentLine, UnfoldedLine, content_lines};
use super::not_calendar::FETCH;
use super::raw::{Calendar, CalendarFile, RawEvent, RawOnset, RawZone};
use super::{component_name, not_content};
use crate::short_name::clip;

/// The calendars of a file; `None` if it has no component of a calendar.
pub(super) fn calendars(bytes: &[u8]) -> Option<CalendarFile> {
    let mut reader = Reader::default();
    let last = content_lines(bytes, is_wanted, |line| reader.line(line));
    reader.end(last);
    (reader.is_calendar || !reader.file.damages.is_empty()).then_some(reader.file)
}

fn is_wanted(name: &str) -> bool {
    matches!(
        name,
        "BEGIN"
            | "END"
            | "CALSCALE"
            | "METHOD"
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
    ) || super::scope::is_ours(name)
        || super::misspelt::is_likely(name)
}

/// The components that stand in a calendar itself (RFC 5545, section 3.6, and
/// RFC 7953). None of them stands in another.
const TOP: [&str; 6] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"];

/// The hint for what is no part of a time zone.
const ONSETS: &str = "its parts are BEGIN:STANDARD and BEGIN:DAYLIGHT, each with its END";

/// The deepest that components may nest: calendars have three levels.
const DEEPEST: usize = 64;

#[derive(Debug)]
struct OpenComponent {
    name: String,
    /// The line of its BEGIN.
    line: u64,
}

#[derive(Debug, Default)]
struct Reader {
    /// Whether a component of a calendar was begun.
    is_calendar: bool,
    file: CalendarFile,
    open: Vec<OpenComponent>,
    event: Option<RawEvent>,
    zone: Option<RawZone>,
    /// Whether components nest too deeply to read on.
    has_stopped: bool,
    /// Whether the last line that is no content line begins a BEGIN.
    is_begun_line: bool,
}

impl Reader {
    fn line(&mut self, line: UnfoldedLine<'_>) {
        if self.has_stopped {
            return;
        }
        match line {
            UnfoldedLine::Other(line, text) => self.other(line, text),
            UnfoldedLine::Content(line) => {
                self.is_begun_line = false;
                match line.name.as_str() {
                    "BEGIN" => self.begin(&line),
                    "END" => self.close(&line),
                    _ => self.property(line),
                }
            }
        }
    }

    fn other(&mut self, line: u64, text: &[u8]) {
        self.is_begun_line = b"BEGIN".starts_with(&text.to_ascii_uppercase());
        if self.is_begun_line && self.open.is_empty() {
            return;
        }
        if let Some(unread) = not_content::fault(line, text) {
            match self.open.last().map_or("", |open| open.name.as_str()) {
                "VEVENT" => {
                    if let Some(event) = &mut self.event {
                        event.unread.get_or_insert(unread);
                        return;
                    }
                }
                "STANDARD" | "DAYLIGHT" => {
                    if let Some(part) = self.zone.as_mut().and_then(|zone| zone.parts.last_mut()) {
                        part.unread.get_or_insert(unread);
                        return;
                    }
                }
                "VCALENDAR" if not_content::is_of_calendars(&unread) => {
                    return self.file.damages.push(unread);
                }
                _ => {}
            }
        }
        let message = || "the line has no property's name and colon, and is not read".to_owned();
        let hint = "a long line goes on in the next one behind a space";
        self.file.remarks.note("other", (line, None), message, hint);
    }

    fn begin(&mut self, line: &ContentLine) {
        let name = self.name_of_begin(line);
        if name == "VCALENDAR" {
            self.begin_calendar(line.line);
        } else {
            self.begin_component(&name, line);
        }
        self.open.push(OpenComponent { name, line: line.line });
        if self.open.len() > DEEPEST {
            let message = format!("components nest more than {DEEPEST} deep");
            self.damage(line.line, message);
            self.abandon();
            self.has_stopped = true;
        }
    }

    /// The name of the component that a BEGIN names. One that no component has is reported.
    fn name_of_begin(&mut self, line: &ContentLine) -> String {
        let name = line.value.trim().to_ascii_uppercase();
        if let Some(meant) = component_name::meant(&name) {
            let message = format!("a calendar has no component {:?}", clip(line.value.trim()));
            self.wrong(line.line, message, format!("did you mean BEGIN:{meant}?"));
            // Read under a wrong name, its content would be lost.
            if meant == "VCALENDAR" {
                return meant.to_owned();
            }
        } else if !component_name::is_known(&name)
            && self.open.last().is_some_and(|open| open.name == "VCALENDAR")
        {
            let message = || format!("the component {:?} is not read", clip(&name));
            let hint = "windows are made of events: BEGIN:VEVENT";
            self.file.remarks.note("component", (line.line, None), message, hint);
        }
        name
    }

    /// Begins a calendar. What is open then looks cut: a calendar stands in nothing.
    fn begin_calendar(&mut self, line: u64) {
        self.is_calendar = true;
        if let Some(open) = self.open.last() {
            let message = format!(
                "a calendar begins inside the {} of line {}: the one before it looks cut",
                clip(&open.name),
                open.line
            );
            self.damage(line, message);
            self.abandon();
        }
        self.file.calendars.push(Calendar { line: Some(line), ..Calendar::default() });
    }

    /// Begins a component of a calendar, and ends those that it cannot stand in.
    fn begin_component(&mut self, name: &str, line: &ContentLine) {
        let is_top = TOP.contains(&name);
        self.is_calendar |= is_top;
        // What this one cannot stand in has ended without saying so.
        let is_observance = |name: &str| matches!(name, "STANDARD" | "DAYLIGHT");
        let place = self.open.iter().position(|open| {
            open.name == name
                || is_top && TOP.contains(&open.name.as_str())
                || is_observance(name) && is_observance(&open.name)
        });
        if let Some(place) = place {
            self.supply_ends(place, line);
        }
        let (line, properties) = (line.line, Vec::new());
        match name {
            "VEVENT" => self.event = Some(RawEvent { line, properties, unread: None }),
            "VTIMEZONE" => self.zone = Some(RawZone::default()),
            "STANDARD" | "DAYLIGHT" => {
                if let Some(zone) = &mut self.zone {
                    zone.parts.push(RawOnset { line, properties, unread: None });
                } else {
                    let message =
                        format!("a {name} stands in no time zone: a BEGIN:VTIMEZONE is missing");
                    self.damage(line, message);
                }
            }
            _ if component_name::is_known(name) => {}
            _ => {
                if self.open.last().is_some_and(|open| open.name == "VTIMEZONE") {
                    let message = format!("a time zone has no part {:?}", clip(name));
                    self.lose_onset(Broken::of_line(line, message, ONSETS));
                }
            }
        }
    }

    /// Ends the component that an END names, and all inside it.
    fn close(&mut self, line: &ContentLine) {
        let name = line.value.trim().to_ascii_uppercase();
        let place = self.open.iter().rposition(|open| open.name == name).or_else(|| {
            // `END:VCALENDARD`, but never a name that was cut.
            let last = self.open.len().checked_sub(1)?;
            is_misspelt(&self.open.get(last)?.name, &name).then_some(last)
        });
        let Some(place) = place else { return self.stray_end(line, &name) };
        self.supply_ends(place + 1, line);
        let Some(open) = self.open.pop() else { return };
        if open.name != name {
            let message = || format!("END:{} is read as END:{}", clip(&name), clip(&open.name));
            let hint = "write the name of its BEGIN";
            self.file.remarks.note("misspelt end", line.place(), message, hint);
        }
        self.take(&open.name);
    }

    fn stray_end(&mut self, line: &ContentLine, name: &str) {
        let has_begun = match name {
            "VCALENDAR" => self.file.calendars.iter().any(|calendar| calendar.line.is_some()),
            _ => self.is_calendar,
        };
        if !has_begun {
            return self.headless(line.line);
        }
        let message = || format!("END:{} has no BEGIN and is not read", clip(name));
        self.file.remarks.note("stray end", line.place(), message, "remove the line");
    }

    /// Ends the components from that place of the open ones on, which lack
    /// their END.
    fn supply_ends(&mut self, place: usize, at: &ContentLine) {
        while self.open.len() > place {
            let Some(open) = self.open.pop() else { return };
            let message = || {
                let ended = format!("{}:{}", clip(&at.name), clip(at.value.trim()));
                let OpenComponent { name, line } = &open;
                format!("the {} of line {line} has no END before this {ended}", clip(name))
            };
            let hint = "it is taken to end here; make sure that nothing of it is lost";
            self.file.remarks.note("missing end", at.place(), message, hint);
            self.take(&open.name);
        }
    }

    /// Keeps a component that has ended.
    fn take(&mut self, name: &str) {
        match name {
            "VCALENDAR" => {}
            "VEVENT" => {
                if let Some(mut event) = self.event.take() {
                    event.properties.shrink_to_fit();
                    self.calendar().events.push(event);
                }
            }
            "VTIMEZONE" => {
                if let Some(zone) = self.zone.take() {
                    self.calendar().zones.push(zone);
                }
            }
            other if self.open.last().is_none_or(|open| open.name == "VCALENDAR") => {
                *self.calendar().others.entry(other.to_owned()).or_insert(0) += 1;
            }
            _ => {}
        }
    }

    fn in_calendar(&self) -> bool {
        self.open.first().is_some_and(|open| open.name == "VCALENDAR")
    }

    /// The calendar that is open, or the one of what stands outside of any.
    fn calendar(&mut self) -> &mut Calendar {
        let in_calendar = self.in_calendar();
        let calendars = &mut self.file.calendars;
        let has_own = calendars.last().is_some_and(|last| in_calendar || last.line.is_none());
        if !has_own {
            calendars.push(Calendar::default());
        }
        let last = calendars.len() - 1;
        &mut calendars[last]
    }

    fn property(&mut self, line: ContentLine) {
        match self.open.last().map_or("", |open| open.name.as_str()) {
            "VEVENT" => {
                if let Some(event) = &mut self.event {
                    event.properties.push(line);
                }
            }
            "VTIMEZONE" if line.name == "TZID" => {
                if let Some(zone) = &mut self.zone {
                    zone.id = super::line::unescape(line.value.trim());
                }
            }
            // Each part has one.
            "VTIMEZONE" if line.name == "TZOFFSETTO" => {
                self.lose_onset(Broken::at(&line, "it stands in no part of the time zone", ONSETS));
            }
            "STANDARD" | "DAYLIGHT" => {
                if let Some(part) = self.zone.as_mut().and_then(|zone| zone.parts.last_mut()) {
                    part.properties.push(line);
                }
            }
            // No calendar has a DTSTART: it is an event's.
            "" | "VCALENDAR" if line.name == "DTSTART" => self.headless(line.line),
            "VCALENDAR" => self.calendar().properties.push(line),
            _ => {}
        }
    }

    /// Keeps why a part of the time zone that is open is lost.
    fn lose_onset(&mut self, broken: Broken) {
        if let Some(zone) = &mut self.zone {
            zone.unread.get_or_insert(broken);
        }
    }

    /// Reports, once, that the beginning of something is missing.
    fn headless(&mut self, line: u64) {
        const MESSAGE: &str =
            "the line stands in no event: the file's beginning is missing, or a BEGIN:VEVENT";
        if !self.file.damages.iter().any(|damage| damage.fault.message == MESSAGE) {
            self.damage(line, MESSAGE.to_owned());
        }
    }

    /// Reports where a file ends too early. `last` is its last line.
    fn end(&mut self, last: u64) {
        let in_calendar = self.in_calendar();
        if let Some(open) = self.open.last() {
            let message = match open.name.as_str() {
                "VCALENDAR" => "the file ends without END:VCALENDAR: it looks cut".to_owned(),
                name => {
                    let end = if in_calendar { ", and without END:VCALENDAR" } else { "" };
                    format!(
                        "the file ends inside the {} of line {}{end}: it looks cut",
                        clip(name),
                        open.line
                    )
                }
            };
            self.damage(last, message);
            self.abandon();
        } else if self.is_begun_line && self.is_calendar {
            let message = "the file ends where a component begins: it looks cut";
            self.damage(last, message.to_owned());
        }
    }

    fn damage(&mut self, line: u64, message: String) {
        if let Some(calendar) = self.file.calendars.last_mut() {
            calendar.is_damaged = true;
        }
        self.wrong(line, message, FETCH);
    }

    /// Reports an error that costs no more than what stands there.
    fn wrong(&mut self, line: u64, message: String, hint: impl Into<String>) {
        self.file.damages.push(Broken::of_line(line, message, hint));
    }

    /// Drops what is open: it is not whole.
    fn abandon(&mut self) {
        self.open.clear();
        self.event = None;
        self.zone = None;
    }
}

/// Whether a name is another one with a slip in it, and not only the beginning
/// of it, which a cut leaves.
fn is_misspelt(known: &str, name: &str) -> bool {
    known.len() > 5
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !known.starts_with(name)
        && strsim::osa_distance(known, name) <= 2
}
