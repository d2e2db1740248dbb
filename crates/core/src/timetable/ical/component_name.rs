//! The names of components: which one is known, and which one was meant by a
//! name with a slip in it. Passed over, as RFC 5545 wants of unknown ones
//! (section 3.6), a misspelt event would be a window that nobody misses in time.

/// Those on which windows hang: they are lost, or move, with their name.
const MATTER: [&str; 5] = ["VEVENT", "VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT"];

/// All others that calendars have (RFC 5545, 7953 and 9073, and drafts that
/// programs write already).
const OTHERS: [&str; 15] = [
    "VTODO",
    "VJOURNAL",
    "VFREEBUSY",
    "VALARM",
    "VAVAILABILITY",
    "AVAILABLE",
    "PARTICIPANT",
    "VLOCATION",
    "VRESOURCE",
    "VPOLL",
    "VVOTER",
    "VOTE",
    "VPATCH",
    "VCARD",
    "VNOTE",
];

/// Words for an event that are no component of a calendar.
const EVENTS: [&str; 6] = ["APPOINTMENT", "MEETING", "VMEETING", "MAINTENANCE", "WINDOW", "ENTRY"];

/// Whether a component of that name may stand in a calendar.
pub(super) fn is_known(name: &str) -> bool {
    MATTER.contains(&name) || OTHERS.contains(&name) || name.starts_with("X-")
}

/// The component that matters and is meant by a name in capitals which is not
/// known: it differs in a letter or two, or in its punctuation.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    if is_known(name) {
        return None;
    }
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if is_known(&letters) || EVENTS.contains(&letters.as_str()) {
        let exact = MATTER.iter().copied().find(|known| *known == letters);
        return exact.or_else(|| EVENTS.contains(&letters.as_str()).then_some("VEVENT"));
    }
    let distance = |known: &str| strsim::osa_distance(known, &letters);
    let others = OTHERS.iter().map(|known| distance(known)).min().unwrap_or(usize::MAX);
    let nearest = MATTER.iter().copied().min_by_key(|known| distance(known))?;
    let near = distance(nearest);
    (near <= 2 && near <= others).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_means_the_component_that_matters() {
        for (name, expected) in [
            ("VEVNT", Some("VEVENT")),
            ("EVENT", Some("VEVENT")),
            ("EVENTS", Some("VEVENT")),
            ("VEVENTS", Some("VEVENT")),
            ("V-EVENT", Some("VEVENT")),
            ("V EVENT", Some("VEVENT")),
            ("VEVENT:", Some("VEVENT")),
            ("VEVETN", Some("VEVENT")),
            ("WEVENT", Some("VEVENT")),
            ("EVENEMENT", None),
            ("MEETING", Some("VEVENT")),
            ("VCALENDER", Some("VCALENDAR")),
            ("CALENDAR", Some("VCALENDAR")),
            ("VCALENDARS", Some("VCALENDAR")),
            ("TIMEZONE", Some("VTIMEZONE")),
            ("VTIMEZONES", Some("VTIMEZONE")),
            ("V_TIMEZONE", Some("VTIMEZONE")),
            ("STANDART", Some("STANDARD")),
            ("DAYLIHGT", Some("DAYLIGHT")),
            ("VALRAM", None),
            ("VTODOS", None),
            ("V-TODO", None),
            ("VEVENT", None),
            ("VALARM", None),
            ("X-VEVENT", None),
            ("X", None),
            ("VPOLL", None),
        ] {
            assert_eq!(meant(name), expected, "{name}");
        }
    }
}
