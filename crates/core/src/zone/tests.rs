use super::*;

fn local(text: &str) -> civil::DateTime {
    crate::time::parse_civil(text).unwrap()
}

fn utc(text: &str) -> UtcTime {
    UtcTime::parse(text).unwrap()
}

#[test]
fn a_time_in_a_gap_or_a_fold_is_resolved_as_the_rfc_says() {
    // The changes of 2026 as the tz database 2026f has them.
    let zones = ZoneTable::bundled();
    for (zone, at, expected, dst) in [
        ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30:00Z", Some(Dst::Gap)),
        ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30:00Z", Some(Dst::Fold)),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z", Some(Dst::Gap)),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z", Some(Dst::Gap)),
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z", None),
    ] {
        let expected = (utc(expected), dst);
        assert_eq!(zones.get(zone).unwrap().to_utc(local(at)), Some(expected), "{zone} {at}");
    }
}

#[test]
fn zone_names_of_windows_and_vendors_mean_their_iana_zone() {
    let zones = ZoneTable::bundled();
    for (name, iana) in [
        ("europe/paris", "Europe/Paris"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/America/New_York", "America/New_York"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time ", "Europe/Berlin"),
        ("(UTC+09:00) Osaka, Sapporo, Tokyo", "Asia/Tokyo"),
    ] {
        assert_eq!(zones.get(name).unwrap().name(), iana, "{name}");
    }
}

#[test]
fn unknown_names_get_a_suggestion() {
    let zones = ZoneTable::bundled();
    for (name, suggestion) in [
        ("Europe/Pari", "Europe/Paris"),
        ("Amercia/New_York", "America/New_York"),
        ("New York", "America/New_York"),
        ("W Europe Standard Time", "W. Europe Standard Time"),
    ] {
        let unknown = zones.get(name).unwrap_err();
        assert_eq!(unknown.similar.first().map(String::as_str), Some(suggestion), "{unknown:?}");
    }
    assert!(zones.get("xyzzy").unwrap_err().similar.is_empty());
    assert!(zones.get("").is_err());
}

/// A zone by its changes answers as the database does, at every quarter of an
/// hour of the days around each change.
#[test]
fn a_zone_by_its_changes_equals_the_database() {
    let zones = ZoneTable::bundled();
    for name in ["Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"] {
        let known = zones.get(name).unwrap();
        let Rules::Tz(tz, _) = &known.0.rules else { panic!("{name} is no database zone") };
        let from = jiff::Timestamp::from_second(1_262_304_000).unwrap();
        let to = jiff::Timestamp::from_second(1_388_534_400).unwrap();
        let changes: Vec<(i64, i64)> = tz
            .following(from)
            .take_while(|change| change.timestamp() < to)
            .map(|change| (change.timestamp().as_second(), i64::from(change.offset().seconds())))
            .collect();
        let before = i64::from(tz.to_offset(from).seconds());
        let own = Zone::from_changes(name, before, changes.clone());
        assert!(changes.len() > 4, "{name}");
        for (at, _) in changes {
            for quarter in -200..200 {
                let instant = jiff::Timestamp::from_second(at + quarter * 900).unwrap();
                let time = UtcTime::from_millis(instant.as_millisecond()).unwrap();
                assert_eq!(own.to_local(time), known.to_local(time), "{name} {time}");
                let local = TimeZone::UTC.to_datetime(instant);
                assert_eq!(own.to_utc(local), known.to_utc(local), "{name} {local}");
            }
        }
    }
}

/// A zone has a cache, which a calendar with many times in UTC must not have many times.
#[test]
fn utc_is_one_zone() {
    assert!(Arc::ptr_eq(&Zone::utc().0, &Zone::utc().0));
}
