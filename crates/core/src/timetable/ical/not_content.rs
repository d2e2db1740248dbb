//! Lines that were meant to be a property and are no content line: without the
//! colon before its value, or with another sign in its place.
//!
//! Most lines that cannot be read are text that goes on without its fold, and
//! do no harm. One that begins with the name of a property that bears on the
//! windows does: the rule or the end that it holds would be lost.

use super::broken::Broken;
use crate::short_name::clip;

/// The names that are no words of any text.
const NAMES: [&str; 10] = [
    "RRULE",
    "RDATE",
    "EXDATE",
    "DTSTART",
    "DTEND",
    "RECURRENCE-ID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "X-MAINTENANCE-SCOPE",
    "X-MAINTENANCE-KIND",
];

/// The names that texts have as words: only in capitals, and with one word
/// behind them, are they meant as names.
const WORDS: [&str; 5] = ["DURATION", "STATUS", "CATEGORIES", "SEQUENCE", "UID"];

/// The names of properties of calendars.
const OF_CALENDARS: [&str; 2] = ["X-WR-TIMEZONE", "CALSCALE"];

/// The fault of a line that is no content line, if it was meant to be one that
/// matters.
pub(super) fn fault(line: u64, text: &[u8]) -> Option<Broken> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim();
    let capitals = name.to_ascii_uppercase();
    let is = |names: &[&str]| names.contains(&capitals.as_str());
    // A rule without its property's name.
    let is_rule = capitals == "FREQ" && rest.starts_with('=');
    let is_meant = is(&NAMES)
        || is(&OF_CALENDARS)
        || is_rule
        || is(&WORDS) && capitals == name && !rest.is_empty() && !rest.contains(' ');
    is_meant.then(|| {
        let name = if is_rule { "RRULE" } else { &capitals };
        let message = format!("{:?} has no {name}: before its value", clip(text));
        Broken::of_line(line, message, format!("write {name}:, then its value"))
    })
}

/// Whether it is the fault of a line of a calendar's own.
pub(super) fn is_of_calendars(broken: &Broken) -> bool {
    OF_CALENDARS.iter().any(|name| broken.fault.hint.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_without_its_colon_is_distinguished_from_a_text_that_goes_on() {
        for (text, is_meant) in [
            ("RRULE FREQ=DAILY", true),
            ("RRULE;FREQ=DAILY;COUNT=3", true),
            ("RRULE=FREQ=DAILY", true),
            ("rrule", true),
            ("FREQ=DAILY;COUNT=3", true),
            ("DTEND 20261201T020000Z", true),
            ("DTSTART;TZID=Asia/Tokyo;20261201T020000", true),
            ("EXDATE TZID=Asia/Tokyo:20261201T020000", true),
            ("RECURRENCE-ID=20261201T020000Z", true),
            ("DURATION PT2H", true),
            ("TZOFFSETTO +0200", true),
            ("STATUS=CANCELLED", true),
            ("CATEGORIES workspace:Sales", true),
            ("X-WR-TIMEZONE Asia/Tokyo", true),
            ("X-MAINTENANCE-KIND open", true),
            ("Duration of the work", false),
            ("DURATION OF THE WORK", false),
            ("Status", false),
            ("STATUS", false),
            ("Duration 2h", false),
            ("see you there", false),
            ("FREQ", false),
            ("", false),
        ] {
            assert_eq!(fault(1, text.as_bytes()).is_some(), is_meant, "{text}");
        }
    }
}
