//! Zone names that are no places: offsets and abbreviations.

/// The zone that a name means which is an offset or an abbreviation: none, or
/// one that has just that offset. `None` of any other name.
pub(super) fn meant(name: &str) -> Option<Vec<String>> {
    if let Some(zones) = of_offset(name).or_else(|| several(name)) {
        return Some(zones);
    }
    // `EST5`, `CET-1CEST` are rules of POSIX.
    if !name.contains(['/', ' ']) && name.bytes().any(|byte| byte.is_ascii_digit()) {
        return Some(Vec::new());
    }
    let (_, zone) = ABBREVIATIONS.iter().find(|(short, _)| short.eq_ignore_ascii_case(name))?;
    Some((!zone.is_empty()).then(|| (*zone).to_owned()).into_iter().collect())
}

/// The abbreviations of winter and summer that stand together, and a zone whose
/// clocks show both.
const PAIRS: [(&str, &str, &str); 14] = [
    ("CET", "CEST", "Europe/Paris"),
    ("MEZ", "MESZ", "Europe/Berlin"),
    ("EET", "EEST", "Europe/Helsinki"),
    ("WET", "WEST", "Europe/Lisbon"),
    ("GMT", "BST", "Europe/London"),
    ("EST", "EDT", "America/New_York"),
    ("CST", "CDT", "America/Chicago"),
    ("MST", "MDT", "America/Denver"),
    ("PST", "PDT", "America/Los_Angeles"),
    ("AKST", "AKDT", "America/Anchorage"),
    ("AEST", "AEDT", "Australia/Sydney"),
    ("ACST", "ACDT", "Australia/Adelaide"),
    ("NZST", "NZDT", "Pacific/Auckland"),
    ("UTC", "GMT", "UTC"),
];

/// The zone of several abbreviations, as in `CET/CEST`: the one whose clocks
/// show all of them, or none. `None` of a name that is not of such alone.
fn several(name: &str) -> Option<Vec<String>> {
    let split = name.split(|c: char| !c.is_alphanumeric());
    let parts: Vec<String> =
        split.filter(|part| !part.is_empty()).map(str::to_ascii_uppercase).collect();
    let of_pairs = |part: &str| PAIRS.iter().any(|(one, two, _)| [*one, *two].contains(&part));
    let is_short =
        |part: &String| of_pairs(part) || ABBREVIATIONS.iter().any(|(short, _)| short == part);
    if parts.len() < 2 || !parts.iter().all(is_short) {
        return None;
    }
    let shows_all = |one: &str, two: &str| parts.iter().all(|part| [one, two].contains(&&**part));
    let zone = PAIRS.iter().find(|(one, two, _)| shows_all(one, two));
    Some(zone.map(|(_, _, zone)| (*zone).to_owned()).into_iter().collect())
}

/// Abbreviations, and a zone whose clocks show them at some time of the year.
/// Those that mean several offsets, such as IST of India, Israel and Ireland,
/// have none.
const ABBREVIATIONS: [(&str, &str); 44] = [
    ("CEST", "Europe/Paris"),
    ("MEZ", "Europe/Berlin"),
    ("MESZ", "Europe/Berlin"),
    ("EEST", "Europe/Helsinki"),
    ("WEST", "Europe/Lisbon"),
    ("MSK", "Europe/Moscow"),
    ("EDT", "America/New_York"),
    ("CDT", "America/Chicago"),
    ("MDT", "America/Denver"),
    ("PDT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("AKST", "America/Anchorage"),
    ("AKDT", "America/Anchorage"),
    ("NDT", "America/St_Johns"),
    ("AEST", "Australia/Brisbane"),
    ("AEDT", "Australia/Sydney"),
    ("ACST", "Australia/Darwin"),
    ("ACDT", "Australia/Adelaide"),
    ("AWST", "Australia/Perth"),
    ("NZST", "Pacific/Auckland"),
    ("NZDT", "Pacific/Auckland"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("HKT", "Asia/Hong_Kong"),
    ("SGT", "Asia/Singapore"),
    ("PHT", "Asia/Manila"),
    ("PKT", "Asia/Karachi"),
    ("WIB", "Asia/Jakarta"),
    ("SAST", "Africa/Johannesburg"),
    ("CAT", "Africa/Maputo"),
    ("EAT", "Africa/Nairobi"),
    ("IDT", "Asia/Jerusalem"),
    ("ADT", "America/Halifax"),
    ("BRT", "America/Sao_Paulo"),
    ("ART", "America/Argentina/Buenos_Aires"),
    ("AST", ""),
    ("BST", ""),
    ("CST", ""),
    ("IST", ""),
    ("NST", ""),
    ("GST", ""),
    ("SST", ""),
    ("HDT", "America/Adak"),
    ("ICT", "Asia/Bangkok"),
];

/// The zone that has the offset in `GMT+2`, `UTC+05:30`, `(UTC-03:00) Somewhere`,
/// `+0200`: none if it is not certain, or no zone has it. `None` of a name that
/// writes no offset. In `Etc/GMT+2` the sign is the other way round, and what is
/// not known of that kind may be meant either way.
fn of_offset(name: &str) -> Option<Vec<String>> {
    let name = name.trim().trim_start_matches('(').to_ascii_lowercase();
    if let Some(rest) = name.strip_prefix("etc/") {
        let is_offset = rest.bytes().any(|byte| byte.is_ascii_digit());
        return is_offset.then(Vec::new);
    }
    let rest = ["utc", "gmt", "ut"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let has_digit = name.bytes().any(|byte| byte.is_ascii_digit());
    let rest = match rest {
        Some(rest) if has_digit || rest.trim_start().starts_with(['+', '-']) => rest,
        None if name.starts_with(['+', '-', '\u{2212}', '\u{b1}']) && has_digit => &name,
        _ if name == "z" => return Some(vec!["UTC".to_owned()]),
        _ => return None,
    };
    let rest = rest.split(')').next().unwrap_or_default().trim();
    Some(minutes(rest).and_then(zone_of).into_iter().collect())
}

/// `+2`, `-05:30`, `+0200`, in minutes.
fn minutes(text: &str) -> Option<i32> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, text.get(1..)?),
        '-' => (-1, text.get(1..)?),
        '\u{2212}' => (-1, text.get('\u{2212}'.len_utf8()..)?),
        _ => return None,
    };
    let digits = digits.trim();
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// The zone that always has that offset, whose name has the sign the other way
/// round. There is none for parts of an hour.
fn zone_of(minutes: i32) -> Option<String> {
    let hours = minutes / 60;
    match (minutes % 60, hours) {
        (0, 0) => Some("UTC".to_owned()),
        (0, 1..=14) => Some(format!("Etc/GMT-{hours}")),
        (0, -12..=-1) => Some(format!("Etc/GMT+{}", -hours)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcTime;
    use crate::zone::ZoneTable;

    #[test]
    fn a_written_offset_means_the_zone_that_has_it_or_none() {
        let zones = ZoneTable::bundled();
        for (name, hours) in [
            ("GMT+2", Some(2)),
            ("UTC+2", Some(2)),
            ("utc +02", Some(2)),
            ("UTC+02:00", Some(2)),
            ("UTC+0200", Some(2)),
            ("UTC-5", Some(-5)),
            ("UTC\u{2212}5", Some(-5)),
            ("GMT-05:00", Some(-5)),
            ("(UTC+03:00) Somewhere", Some(3)),
            ("(GMT-12:00)", Some(-12)),
            ("+01:00", Some(1)),
            ("-0800", Some(-8)),
            ("UTC+14", Some(14)),
            ("UTC+00:00", Some(0)),
            ("+0000", Some(0)),
            ("Z", Some(0)),
            ("UTC+15", None),
            ("UTC-13", None),
            ("UTC+5:30", None),
            ("UTC+05:45", None),
            ("GMT-3.5", None),
            ("UTC+5:3", None),
            ("UTC+2:00:00", None),
            ("GMT+2 DST", None),
            ("UTC2", None),
            ("GMT 2", None),
            ("UTC+99", None),
            ("UTC+", None),
            ("Etc/GMT+15", None),
            ("Etc/UTC+2", None),
            ("EST5", None),
            ("CET-1CEST", None),
            ("<+03>-3", None),
        ] {
            let unknown = zones.get(name).unwrap_err();
            let Some(hours) = hours else {
                assert_eq!(unknown.similar, Vec::<String>::new(), "{name}");
                assert!(!unknown.hint().contains("did you mean"), "{name}");
                continue;
            };
            assert_eq!(unknown.similar.len(), 1, "{name}: {unknown:?}");
            let zone = zones.get(&unknown.similar[0]).unwrap();
            for day in ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"] {
                let at = UtcTime::parse(day).unwrap();
                assert_eq!(zone.offset(at), Some(hours * 3600), "{name}");
            }
        }
    }

    #[test]
    fn an_abbreviation_means_a_zone_whose_clocks_show_it() {
        let zones = ZoneTable::bundled();
        for (short, offset) in [
            ("CEST", 2),
            ("MEZ", 1),
            ("mesz", 2),
            ("EEST", 3),
            ("WEST", 1),
            ("MSK", 3),
            ("EDT", -4),
            ("CDT", -5),
            ("MDT", -6),
            ("PDT", -7),
            ("PST", -8),
            ("AKST", -9),
            ("AEST", 10),
            ("AEDT", 11),
            ("AWST", 8),
            ("NZST", 12),
            ("NZDT", 13),
            ("JST", 9),
            ("SAST", 2),
            ("CAT", 2),
            ("EAT", 3),
            ("IDT", 3),
            ("ADT", -3),
            ("BRT", -3),
            ("ART", -3),
            ("HDT", -9),
            ("ICT", 7),
        ] {
            let unknown = zones.get(short).unwrap_err();
            let [similar] = &unknown.similar[..] else { panic!("{short}: {unknown:?}") };
            let zone = zones.get(similar).unwrap();
            let shown = ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"]
                .map(|day| zone.offset(UtcTime::parse(day).unwrap()));
            assert!(shown.contains(&Some(offset * 3600)), "{short}: {similar} {shown:?}");
        }
        for (short, zone) in ABBREVIATIONS {
            let Err(unknown) = zones.get(short) else { panic!("{short} is known") };
            let expected = Vec::from_iter((!zone.is_empty()).then(|| zone.to_owned()));
            assert_eq!(unknown.similar, expected, "{short}");
            assert!(zone.is_empty() || zones.get(zone).is_ok(), "{zone}");
        }
        for (name, expected) in [
            ("CET/CEST", Some("Europe/Paris")),
            ("cest / cet", Some("Europe/Paris")),
            ("EST/EDT", Some("America/New_York")),
            ("PST (PDT)", Some("America/Los_Angeles")),
            ("UTC/GMT", Some("UTC")),
            ("CET/EST", None),
            ("CET/EET/WET", None),
            ("IST/BST", None),
        ] {
            let similar = zones.get(name).unwrap_err().similar;
            assert_eq!(similar, Vec::from_iter(expected.map(str::to_owned)), "{name}");
        }
        // Four letters that are no place's are not guessed at.
        assert_eq!(zones.get("XEST").unwrap_err().similar, Vec::<String>::new());
        assert_eq!(zones.get("rome").unwrap_err().similar, ["Europe/Rome"]);
    }
}
