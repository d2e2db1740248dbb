//! The parameters of an event's times. One whose name has a slip in it would
//! leave the time in another zone, so it is an error, like a property's.

use super::broken::Broken;
use super::line::{ContentLine, is_time};
use super::raw::RawEvent;
use super::remarks::Remarks;
use crate::short_name::clip;

/// Those that bear on a time.
const OF_TIMES: [&str; 3] = ["TZID", "VALUE", "RANGE"];

/// Those of other properties (RFC 5545, section 3.2, and RFC 7986), which do no
/// harm at a time.
const OF_OTHERS: [&str; 24] = [
    "ALTREP",
    "CHARSET",
    "CN",
    "CUTYPE",
    "DELEGATED-FROM",
    "DELEGATED-TO",
    "DERIVED",
    "DIR",
    "DISPLAY",
    "EMAIL",
    "ENCODING",
    "FBTYPE",
    "FEATURE",
    "FMTTYPE",
    "LABEL",
    "LANGUAGE",
    "MEMBER",
    "ORDER",
    "PARTSTAT",
    "RELATED",
    "RELTYPE",
    "ROLE",
    "RSVP",
    "SENT-BY",
];

/// The types of a value, which old programs write without `VALUE=`.
const TYPES: [&str; 3] = ["DATE", "DATE-TIME", "PERIOD"];

/// Words for a zone that are no parameter.
const ZONES: [&str; 8] =
    ["TZ", "TZNAME", "TZINFO", "ZONE", "ZONEID", "TIMEZONE", "TIMEZONEID", "OLSON"];

/// Checks the parameters of all times of an event; one of no known name and
/// meaning is noted.
pub(super) fn check(raw: &RawEvent, remarks: &mut Remarks) -> Result<(), Broken> {
    for line in raw.properties.iter().filter(|line| is_time(&line.name)) {
        for (name, value) in &line.params {
            check_one(line, name, value.as_deref(), remarks)?;
        }
    }
    Ok(())
}

fn check_one(
    line: &ContentLine,
    name: &str,
    value: Option<&str>,
    remarks: &mut Remarks,
) -> Result<(), Broken> {
    let Some(value) = value else {
        if TYPES.contains(&name) {
            return Ok(());
        }
        let message = format!("the parameter {:?} has no value", clip(name));
        let hint = match meant(name) {
            Some("VALUE") => "write VALUE=DATE, or remove it",
            Some("RANGE") => "write RANGE=THISANDFUTURE, or remove it",
            _ => "write the zone of the time, such as TZID=Europe/Paris, or remove it",
        };
        return Err(Broken::at(line, &message, hint));
    };
    if name == "TZID" && value.trim().is_empty() {
        let hint = "write the zone of the time, such as TZID=Europe/Paris, or remove it";
        return Err(Broken::at(line, "the parameter TZID names no zone", hint));
    }
    if OF_TIMES.contains(&name) || OF_OTHERS.contains(&name) || name.starts_with("X-") {
        return Ok(());
    }
    if let Some(meant) = meant(name) {
        let message = format!("a time has no parameter {:?}", clip(name));
        return Err(Broken::at(line, &message, &format!("did you mean {meant}? remove it if not")));
    }
    let message =
        || format!("{}: the parameter {:?} is not read", line.name.to_lowercase(), clip(name));
    let hint = "a time has TZID, VALUE and RANGE";
    remarks.note("parameter", line.place(), message, hint);
    Ok(())
}

/// The parameter that is meant by one of another name.
fn meant(name: &str) -> Option<&'static str> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if ZONES.contains(&letters.as_str()) {
        return Some("TZID");
    }
    let distance = |known: &str| strsim::osa_distance(known, &letters);
    OF_TIMES.into_iter().min_by_key(|known| distance(known)).filter(|known| distance(known) <= 2)
}
