//! Local time to UTC: the one place where clock changes are resolved.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::civil;
use jiff::tz::{self, TimeZone, TimeZoneDatabase};

use crate::time::UtcTime;

/// How a local time met a clock change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// The time zone database: the bundled one, so that a machine whose own files
/// are years old computes the same windows as any other.
#[derive(Clone, Debug)]
pub struct ZoneTable {
    database: TimeZoneDatabase,
}

/// A zone name that the database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {name:?}")]
pub struct UnknownZone {
    /// The name as it was given.
    pub name: String,
    /// Known names that look like it, best first.
    pub similar: Vec<String>,
}

impl UnknownZone {
    /// What to write instead, if something looks like it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.similar.as_slice() {
            [] => Some("write an IANA name such as Europe/Paris".to_owned()),
            names => Some(format!("did you mean {}?", names.join(" or "))),
        }
    }
}

impl ZoneTable {
    /// The database that is built into the program.
    #[must_use]
    pub fn bundled() -> Self {
        Self { database: TimeZoneDatabase::bundled() }
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

    /// The zone of that IANA name, in any case.
    pub fn get(&self, name: &str) -> Result<Zone, UnknownZone> {
        self.database
            .get(name)
            .map(|zone| Zone { name: Arc::from(zone.iana_name().unwrap_or(name)), zone })
            .map_err(|_| UnknownZone { name: name.to_owned(), similar: self.similar(name) })
    }

    fn similar(&self, name: &str) -> Vec<String> {
        let wanted = name.to_ascii_lowercase();
        let city = wanted.rsplit('/').next().unwrap_or(&wanted).replace(' ', "_");
        if city.len() < 3 {
            return Vec::new();
        }
        self.database
            .available()
            .map(|known| known.as_str().to_owned())
            .filter(|known| {
                let known = known.to_ascii_lowercase();
                let known_city = known.rsplit('/').next().unwrap_or(&known);
                known_city.contains(&city) || city.contains(known_city)
            })
            .take(3)
            .collect()
    }
}

/// One time zone and the name it goes by.
#[derive(Clone)]
pub struct Zone {
    name: Arc<str>,
    zone: TimeZone,
}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: Arc::from("UTC"), zone: TimeZone::UTC }
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant that a local time means, and how it met a clock change.
    /// `None` where it lies outside the years 0000 to 9999 of UTC.
    #[must_use]
    pub fn to_utc(&self, local: civil::DateTime) -> Option<(UtcTime, Option<Dst>)> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let dst = match ambiguous.offset() {
            tz::AmbiguousOffset::Unambiguous { .. } => None,
            tz::AmbiguousOffset::Gap { .. } => Some(Dst::Gap),
            tz::AmbiguousOffset::Fold { .. } => Some(Dst::Fold),
        };
        let millis = ambiguous.compatible().ok()?.as_millisecond();
        Some((UtcTime::from_millis(millis)?, dst))
    }

    /// The local time at an instant.
    #[must_use]
    pub fn to_local(&self, time: UtcTime) -> Option<civil::DateTime> {
        let timestamp = jiff::Timestamp::from_millisecond(time.as_millis()).ok()?;
        Some(self.zone.to_datetime(timestamp))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_folds() {
        // The changes of 2026 as the tz database 2026f has them.
        let zones = ZoneTable::bundled();
        for (zone, local, utc, dst) in [
            ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30:00Z", Some(Dst::Gap)),
            ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30:00Z", Some(Dst::Fold)),
            ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z", Some(Dst::Gap)),
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z", Some(Dst::Gap)),
            ("UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z", None),
        ] {
            let local = crate::time::parse_civil(local).unwrap();
            let expected = (UtcTime::parse(utc).unwrap(), dst);
            assert_eq!(zones.get(zone).unwrap().to_utc(local), Some(expected), "{zone} {local}");
        }
    }

    #[test]
    fn unknown_names_get_a_suggestion() {
        let zones = ZoneTable::bundled();
        assert_eq!(zones.get("europe/paris").unwrap().name(), "Europe/Paris");
        let unknown = zones.get("Europe/Pari").unwrap_err();
        assert!(unknown.similar.contains(&"Europe/Paris".to_owned()), "{unknown:?}");
    }
}
