//! iCalendar (RFC 5545), as Outlook, Google Calendar, Apple's and others
//! export it.
//!
//! What a window needs is read: when events start and end, how they recur,
//! what replaces or cancels single instances, the zones. All else (alarms,
//! to-dos, attendees, TRANSP, CLASS, PRIORITY, vendors' own properties) means
//! nothing here and does no harm.

mod component;
mod event;
mod line;
mod overrides;
mod zones;

use super::decode::decode;
use super::problem::Severity;
use super::reading::Reading;
use component::calendars;
use event::{Broken, Context};
use overrides::Group;
use zones::Zones;

/// Reads one calendar file.
pub(super) fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    // Folds may split characters, so bytes are unfolded before they are text;
    // only UTF-16 has to be made UTF-8 first.
    let decoded = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => decode(bytes).ok(),
        _ => None,
    };
    let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Some(calendars) = calendars(bytes) else {
        let hint = "an iCalendar file has BEGIN:VCALENDAR".to_owned();
        reading.report(Severity::Fatal, 1, None, "the file is not a calendar", Some(hint));
        return;
    };
    let mut zones = Zones::new(&reading.options.zones, &calendars);
    let mut events = Vec::new();
    for calendar in &calendars {
        let floating = calendar.zone.as_ref().and_then(|line| match zones.get(&line.value) {
            Ok(zone) => Some(zone),
            Err(unknown) => {
                let hint = Some(unknown.hint());
                reading.warn(line.line, Some(line.column), unknown.to_string(), hint);
                None
            }
        });
        let mut context = Context { zones: &mut zones, floating, reading };
        for raw in &calendar.events {
            match context.event(raw) {
                Ok(event) => events.extend(event),
                Err(broken) => {
                    let Broken { line, column, message, hint } = broken;
                    context.reading.report(Severity::Error, line, column, message, Some(hint));
                }
            }
        }
    }
    for group in Group::of(events) {
        group.add_to(reading);
    }
}
