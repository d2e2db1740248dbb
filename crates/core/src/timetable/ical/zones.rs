//! The zones that a calendar names, and those that it brings.

use std::collections::{HashMap, HashSet};

use super::broken::Broken;
use super::line::ContentLine;
use super::misspelt;
use super::raw::{Calendar, RawOnset, RawZone};
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::timetable::civil::{DAY, Wall};
use crate::timetable::expand::{Capped, Recurrence, Start, StepBudget};
use crate::timetable::reader::{TimetableReader, UnknownZones};
use crate::timetable::rrule::RecurrenceRule;
use crate::timetable::stamp::{Stamp, parse_offset, parse_stamp};
use crate::zone::{Zone, ZoneTable};

/// The most changes of the clock that the VTIMEZONEs of a file may make: far
/// more than a rule that was never ended makes until the year 9999.
const MAX_CHANGES: u32 = 500_000;

/// The most changes of the clock within [`CROWD_SPAN`]. No zone ever had more
/// than two, and each makes reading a time near it slower.
const CROWD: usize = 16;

/// Three days, in seconds.
const CROWD_SPAN: i64 = 3 * DAY;

/// One of the file's own zones.
#[derive(Clone, Copy)]
struct OwnZone<'a> {
    /// The place of its calendar.
    calendar: usize,
    raw: &'a RawZone,
    /// The place of the first calendar that has the same zone.
    same_as: usize,
}

/// The zones of one file.
pub(super) struct Zones<'a> {
    table: &'a ZoneTable,
    /// The file's own zones by their TZID.
    own: HashMap<&'a str, Vec<OwnZone<'a>>>,
    /// The place of the calendar that is being read.
    calendar: usize,
    /// Those that the database knows.
    known: HashMap<String, Option<Zone>>,
    unknown: UnknownZones,
    /// The file's own that were made ready, by the first calendar that has
    /// them.
    made: HashMap<(usize, String), Result<Option<Zone>, Broken>>,
    /// The parts of rules that were passed over in those that were made ready.
    passed_over: Vec<Broken>,
    reported: HashSet<String>,
    budget: StepBudget,
}

impl<'a> Zones<'a> {
    pub(super) fn new(table: &'a ZoneTable, calendars: &'a [Calendar]) -> Self {
        let mut own: HashMap<&str, Vec<OwnZone<'_>>> = HashMap::new();
        let mut firsts = HashMap::new();
        for (calendar, raw) in calendars
            .iter()
            .enumerate()
            .flat_map(|(place, calendar)| calendar.zones.iter().map(move |zone| (place, zone)))
        {
            // Files put together have the same zone again and again.
            let same_as = *firsts.entry((raw.id.as_str(), raw.rules())).or_insert(calendar);
            own.entry(raw.id.as_str()).or_default().push(OwnZone { calendar, raw, same_as });
        }
        Self {
            table,
            own,
            calendar: 0,
            known: HashMap::new(),
            unknown: UnknownZones::default(),
            made: HashMap::new(),
            passed_over: Vec::new(),
            reported: HashSet::new(),
            budget: StepBudget::of_windows(MAX_CHANGES, 0),
        }
    }

    /// Goes on to the calendar of that place.
    pub(super) fn enter(&mut self, calendar: usize) {
        self.calendar = calendar;
    }

    /// The zone of a TZID. The database knows best; the file's own VTIMEZONE
    /// is for names that it does not know, that of the same calendar before
    /// those of the others. An error says why there is none for this line.
    pub(super) fn get(&mut self, line: &ContentLine, id: &str) -> Result<Zone, Broken> {
        self.find(id)?.ok_or_else(|| {
            let unknown = self.unknown.get(id, self.table);
            Broken::at(line, &unknown.to_string(), &unknown.hint())
        })
    }

    /// The zone of a TZID, if it is known. An error: the file's own cannot be read.
    pub(super) fn find(&mut self, id: &str) -> Result<Option<Zone>, Broken> {
        let known = self.known.get(id).cloned().unwrap_or_else(|| {
            let zone = self.table.find(id);
            self.known.insert(id.to_owned(), zone.clone());
            zone
        });
        known.map_or_else(|| self.own(id.trim()), |known| Ok(Some(known)))
    }

    fn own(&mut self, id: &str) -> Result<Option<Zone>, Broken> {
        let Some(all) = self.own.get(id) else { return Ok(None) };
        let place = all.partition_point(|zone| zone.calendar < self.calendar);
        let of_calendar = all.get(place).filter(|zone| zone.calendar == self.calendar);
        let Some(&OwnZone { raw, same_as, .. }) = of_calendar.or(all.first()) else {
            return Ok(None);
        };
        let key = (same_as, id.to_owned());
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let zone = changes(raw, &mut self.budget, &mut self.passed_over).map_err(|mut broken| {
            broken.fault.message = format!("{}, in the zone {:?}", broken.fault.message, clip(id));
            broken
        });
        self.made.insert(key, zone.clone());
        zone
    }

    /// Reports what was passed over in the file's own zones.
    pub(super) fn report(&mut self, reading: &mut TimetableReader<'_>) {
        for Broken { place, fault } in self.passed_over.drain(..) {
            reading.warn(place, fault.message, fault.hint);
        }
    }

    /// Whether this is the first time that this TZID has to be talked about.
    pub(super) fn is_news(&mut self, id: &str) -> bool {
        self.reported.insert(id.to_owned())
    }
}

/// A VTIMEZONE as its changes (RFC 5545, section 3.6.5); `None` if it has none, or
/// more than a zone can have.
fn changes(
    zone: &RawZone,
    budget: &mut StepBudget,
    passed_over: &mut Vec<Broken>,
) -> Result<Option<Zone>, Broken> {
    if let Some(unread) = &zone.unread {
        return Err(unread.clone());
    }
    let is_fixed = has_one_offset(zone);
    let mut changes: Vec<(i64, i64)> = Vec::new();
    let mut first: Option<(i64, i64)> = None;
    for part in &zone.parts {
        // Programs leave a part behind that says nothing.
        if part.properties.is_empty() && part.unread.is_none() {
            continue;
        }
        let onset = Onset::read(part, is_fixed, passed_over)?;
        let Ok(instants) = onset.instants(budget) else { return Ok(None) };
        let begin = seconds(onset.start);
        if first.is_none_or(|(at, _)| begin < at) {
            first = Some((begin, onset.from));
        }
        changes.extend(instants.into_iter().map(|at| (at, onset.to)));
    }
    let Some((_, before)) = first else { return Ok(None) };
    changes.sort_unstable();
    changes.dedup();
    let is_crowd = |changes: &[(i64, i64)]| {
        changes.first().zip(changes.last()).is_some_and(|(one, last)| last.0 - one.0 < CROWD_SPAN)
    };
    if changes.windows(CROWD + 1).any(is_crowd) {
        return Ok(None);
    }
    Ok(Some(Zone::from_changes(&zone.id, before, changes)))
}

/// Whether all parts of a VTIMEZONE have the same offset.
fn has_one_offset(zone: &RawZone) -> bool {
    let lines = zone.parts.iter().flat_map(|part| &part.properties);
    let mut offsets = lines.filter(|line| line.name == "TZOFFSETTO").map(|line| line.value.trim());
    let first = offsets.next();
    offsets.all(|offset| Some(offset) == first)
}

fn seconds(start: Start) -> i64 {
    start.utc.as_millis().div_euclid(1000)
}

/// A STANDARD or DAYLIGHT part of a VTIMEZONE, understood.
struct Onset {
    /// The offset before it, in which its times are written.
    from: i64,
    to: i64,
    before: Zone,
    start: Start,
    rules: Vec<RecurrenceRule>,
    dates: Vec<Start>,
}

impl Onset {
    /// Reads a part. Of a zone that is `is_fixed`, having one offset only, programs
    /// leave out what the offset was before (Outlook for Mac).
    fn read(
        part: &RawOnset,
        is_fixed: bool,
        passed_over: &mut Vec<Broken>,
    ) -> Result<Self, Broken> {
        if let Some((line, meant)) = misspelt::in_onset(&part.properties) {
            let hint = format!("did you mean {meant}? remove the line if not");
            return Err(Broken::at(line, "a time zone has no such property", &hint));
        }
        if let Some(unread) = &part.unread {
            return Err(unread.clone());
        }
        let offset = |name| {
            let line = only(part, name)?;
            parse_offset(&line.value)
                .ok_or_else(|| unreadable(line, &line.value, "write an offset such as +0200"))
        };
        let to = offset("TZOFFSETTO")?;
        let has_from = part.properties.iter().any(|line| line.name == "TZOFFSETFROM");
        let from = if is_fixed && !has_from { to } else { offset("TZOFFSETFROM")? };
        let before = Zone::fixed("before", from);
        let time = |line: &ContentLine, text: &str| {
            wall(text)
                .and_then(|wall| Start::at_wall(&before, wall))
                .ok_or_else(|| unreadable(line, text, "write a local time such as 20260329T020000"))
        };
        let dtstart = only(part, "DTSTART")?;
        let start = time(dtstart, &dtstart.value)?;
        let (mut rules, mut dates) = (Vec::new(), Vec::new());
        for line in &part.properties {
            match line.name.as_str() {
                "RRULE" => {
                    let (rule, over) =
                        RecurrenceRule::parse(&line.value).map_err(Broken::rule(line))?;
                    passed_over.extend(over.iter().map(|over| Broken::at(line, over, "")));
                    rules.push(rule);
                }
                "RDATE" => {
                    for text in line.value.split(',').filter(|text| !text.trim().is_empty()) {
                        // Of a period its start.
                        let start = text.split_once('/').map_or(text, |(start, _)| start);
                        dates.push(time(line, start)?);
                    }
                }
                _ => {}
            }
        }
        Ok(Self { from, to, before, start, rules, dates })
    }

    /// The seconds since 1970 from which it holds.
    fn instants(&self, budget: &mut StepBudget) -> Result<Vec<i64>, Capped> {
        let mut instants = Vec::new();
        let mut take = |start: Start, budget: &mut StepBudget| {
            budget.window(0)?;
            instants.push(seconds(start));
            Ok(())
        };
        take(self.start, budget)?;
        for rule in &self.rules {
            let (rule, before) = (rule.clone(), self.before.clone());
            let recurrence = Recurrence::new(rule, before, self.start, false, budget)?;
            recurrence.starts(UtcTime::MIN, UtcTime::MAX, budget, &mut take)?;
        }
        self.dates.iter().try_for_each(|&date| take(date, budget))?;
        Ok(instants)
    }
}

/// The line of a property that a part of a VTIMEZONE has once.
fn only<'p>(part: &'p RawOnset, name: &str) -> Result<&'p ContentLine, Broken> {
    let mut lines = part.properties.iter().filter(|line| line.name == name);
    let Some(line) = lines.next() else {
        let message = format!("this part of the time zone has no {name}");
        return Err(Broken::of_line(part.line, message, "export the calendar again"));
    };
    match lines.find(|other| other.value.trim() != line.value.trim()) {
        None => Ok(line),
        Some(other) => {
            let message =
                format!("this part of the time zone has it in line {} already", line.line);
            Err(Broken::at(other, &message, "remove the one that is not meant"))
        }
    }
}

fn unreadable(line: &ContentLine, text: &str, hint: &str) -> Broken {
    Broken::at(line, &format!("{:?} cannot be read", clip(text.trim())), hint)
}

fn wall(text: &str) -> Option<Wall> {
    match parse_stamp(text)? {
        Stamp::Wall(wall) => Some(wall),
        Stamp::Utc(time) => Some(time.as_millis().div_euclid(1000)),
        Stamp::Day(day) => Some(day * DAY),
    }
}
