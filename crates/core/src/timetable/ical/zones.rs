//! The zones that a calendar names, and those that it brings.

use std::collections::{HashMap, HashSet};

use super::line::ContentLine;
use super::raw::{Calendar, RawZone};
use crate::time::UtcTime;
use crate::timetable::civil::{DAY, Wall};
use crate::timetable::expand::{Capped, Recurrence, Start, StepBudget};
use crate::timetable::reader::UnknownZones;
use crate::timetable::rrule::RecurrenceRule;
use crate::timetable::stamp::{Stamp, parse_offset, parse_stamp};
use crate::zone::{UnknownZone, Zone, ZoneTable};

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
    made: HashMap<(usize, String), Option<Zone>>,
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
    /// those of the others.
    pub(super) fn get(&mut self, id: &str) -> Result<Zone, UnknownZone> {
        self.find(id).ok_or_else(|| self.unknown.get(id, self.table))
    }

    /// The zone of a TZID, if it is known.
    pub(super) fn find(&mut self, id: &str) -> Option<Zone> {
        let known = self.known.get(id).cloned().unwrap_or_else(|| {
            let zone = self.table.find(id);
            self.known.insert(id.to_owned(), zone.clone());
            zone
        });
        known.or_else(|| self.own(id.trim()))
    }

    fn own(&mut self, id: &str) -> Option<Zone> {
        let all = self.own.get(id)?;
        let place = all.partition_point(|zone| zone.calendar < self.calendar);
        let of_calendar = all.get(place).filter(|zone| zone.calendar == self.calendar);
        let &OwnZone { raw, same_as, .. } = of_calendar.or(all.first())?;
        let key = (same_as, id.to_owned());
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let zone = changes(raw, &mut self.budget);
        self.made.insert(key, zone.clone());
        zone
    }

    /// Whether this is the first time that this TZID has to be talked about.
    pub(super) fn is_news(&mut self, id: &str) -> bool {
        self.reported.insert(id.to_owned())
    }
}

/// A VTIMEZONE as its changes (RFC 5545, section 3.6.5); `None` if it says
/// nothing that can be read.
fn changes(zone: &RawZone, budget: &mut StepBudget) -> Option<Zone> {
    let mut changes: Vec<(i64, i64)> = Vec::new();
    let mut first: Option<(i64, i64)> = None;
    for part in &zone.parts {
        let value = |name: &str| part.iter().find(|line| line.name == name);
        let offset = |name: &str| value(name).and_then(|line| parse_offset(&line.value));
        let Some(to) = offset("TZOFFSETTO") else { continue };
        let from = offset("TZOFFSETFROM").unwrap_or(to);
        let Some(onset) = value("DTSTART").and_then(|line| wall(&line.value)) else { continue };
        // An onset is written in the offset that it ends.
        let before = Zone::fixed(&zone.id, from);
        let onsets = onsets(&before, onset, part, budget).ok()?;
        if first.is_none_or(|(at, _)| onset - from < at) {
            first = Some((onset - from, from));
        }
        changes.extend(onsets.into_iter().map(|at| (at, to)));
    }
    let (_, before) = first?;
    changes.sort_unstable();
    changes.dedup();
    let is_crowd = |changes: &[(i64, i64)]| {
        changes.first().zip(changes.last()).is_some_and(|(one, last)| last.0 - one.0 < CROWD_SPAN)
    };
    if changes.windows(CROWD + 1).any(is_crowd) {
        return None;
    }
    Some(Zone::from_changes(&zone.id, before, changes))
}

fn wall(text: &str) -> Option<Wall> {
    match parse_stamp(text)? {
        Stamp::Wall(wall) => Some(wall),
        Stamp::Utc(time) => Some(time.as_millis().div_euclid(1000)),
        Stamp::Day(day) => Some(day * DAY),
    }
}

/// The seconds since 1970 from which a part of a VTIMEZONE holds.
fn onsets(
    before: &Zone,
    onset: Wall,
    part: &[ContentLine],
    budget: &mut StepBudget,
) -> Result<Vec<i64>, Capped> {
    let mut onsets = Vec::new();
    let mut take = |start: Start, budget: &mut StepBudget| {
        budget.window(0)?;
        onsets.push(start.utc.as_millis().div_euclid(1000));
        Ok(())
    };
    if let Some(start) = Start::at_wall(before, onset) {
        take(start, budget)?;
        for rule in part.iter().filter(|line| line.name == "RRULE") {
            // A rule that cannot be read leaves the onset itself.
            if let Ok((rule, _)) = RecurrenceRule::parse(&rule.value) {
                let recurrence = Recurrence::new(rule, before.clone(), start, false, budget)?;
                recurrence.starts(UtcTime::MIN, UtcTime::MAX, budget, &mut take)?;
            }
        }
    }
    for dates in part.iter().filter(|line| line.name == "RDATE") {
        for date in dates.value.split(',').filter_map(wall) {
            if let Some(start) = Start::at_wall(before, date) {
                take(start, budget)?;
            }
        }
    }
    Ok(onsets)
}
