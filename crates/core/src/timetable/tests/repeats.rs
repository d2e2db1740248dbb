//! Properties that stand twice or against each other, and values that are
//! close to one that is known: which one counts is reported.

use super::{problems, read_as, shown};
use crate::timetable::OnError;

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:a\nSUMMARY:x\nDTSTART:20261206T020000Z\n{lines}\nEND:VEVENT\n")
}

#[test]
fn of_two_properties_of_one_name_the_first_counts_with_a_warning() {
    let hour = "x 2026-12-06T02:00/2026-12-06T03:00";
    for (lines, message, windows) in [
        (
            "DTSTART:20261207T020000Z\nDTEND:20261206T030000Z",
            "x.ics:5:9: dtstart: the event has it in line 4 already; the first one counts",
            &[hour][..],
        ),
        (
            "DTEND:20261206T030000Z\nDTEND:20261206T050000Z",
            "x.ics:6:7: dtend: the event has it in line 5 already; the first one counts",
            &[hour],
        ),
        (
            "DTEND:20261206T030000Z\nDURATION:PT5H",
            "x.ics:6:10: duration: the event has a DTEND too; the DTEND counts",
            &[hour],
        ),
        (
            "DURATION:PT5H\nDTEND:20261206T030000Z",
            "x.ics:5:10: duration: the event has a DTEND too; the DTEND counts",
            &[hour],
        ),
        (
            "DURATION:PT1H\nDURATION:PT2H",
            "x.ics:6:10: duration: the event has it in line 5 already; the first one counts",
            &[hour],
        ),
        ("DURATION:PT1H\nUID:b", "uid: the event has it in line 2 already", &[hour]),
        ("DURATION:PT1H\nSUMMARY:y", "summary: the event has it in line 3 already", &[hour]),
        (
            "DURATION:PT1H\nSTATUS:CONFIRMED\nSTATUS:CANCELLED",
            "status: the event has it in line 6 already; the first one counts",
            &[hour],
        ),
        (
            "DURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=1\nRRULE:FREQ=WEEKLY;COUNT=2",
            "x.ics:7:7: rrule: the event has it in line 6 already; both count",
            &[hour, "x 2026-12-13T02:00/2026-12-13T03:00"],
        ),
    ] {
        let loaded = read_as("x.ics", event(lines).as_bytes());
        let texts = problems(&loaded);
        assert!(
            texts.len() == 1 && texts[0].starts_with(message) || texts[0].contains(message),
            "{texts:?}"
        );
        assert_eq!(shown(&loaded), windows, "{lines}");
        assert!(loaded.accept(OnError::Stop).is_ok());
    }
}

/// The value counts, whatever the parameters say.
#[test]
fn parameters_that_contradict_their_value() {
    let text = |dtstart: &str| {
        format!("BEGIN:VEVENT\nSUMMARY:x\nDTSTART{dtstart}\nDURATION:PT1H\nEND:VEVENT\n")
    };
    let hour = "x 2026-12-06T02:00/2026-12-06T03:00";
    for (dtstart, message) in [
        (
            ";TZID=Europe/Paris:20261206T020000Z",
            "x.ics:3:27: dtstart: it has a TZID (Europe/Paris) and a Z: the Z counts",
        ),
        (";TZID=Nowhere:20261206T020000Z", "it has a TZID (Nowhere) and a Z: the Z counts"),
        (
            ";VALUE=DATE:20261206T020000Z",
            "dtstart: it says VALUE=DATE, but is a date with a time, which counts",
        ),
    ] {
        let loaded = read_as("x.ics", text(dtstart).as_bytes());
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(message), "{texts:?}");
        assert_eq!(shown(&loaded), [hour], "{dtstart}");
        let many = text(dtstart).repeat(50);
        let texts = problems(&read_as("x.ics", many.as_bytes()));
        assert!(texts.len() == 1 && texts[0].contains("so 49 more in this file"), "{texts:?}");
    }
    // Where both say the same there is nothing to report.
    for dtstart in [";TZID=UTC:20261206T020000Z", ";TZID=Europe/London:20261206T020000Z"] {
        let loaded = read_as("x.ics", text(dtstart).as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new());
        assert_eq!(shown(&loaded), [hour]);
    }
}

#[test]
fn a_status_or_sequence_that_cannot_be_read_is_reported() {
    for (line, message, windows) in [
        ("STATUS:TENTATIVE", None, 1),
        ("STATUS:Confirmed", None, 1),
        (
            "STATUS:CANCELED",
            Some("status: \"CANCELED\" is not a status of an event (it is read as"),
            0,
        ),
        ("STATUS:CANCELLD", Some("(it is read as CANCELLED)"), 0),
        (
            "STATUS:POSTPONED",
            Some("\"POSTPONED\" is not a status of an event (the event counts)"),
            1,
        ),
        ("SEQUENCE:two", Some("sequence: \"two\" is not a number (it is read as 0"), 1),
    ] {
        let text = event(&format!("DURATION:PT1H\n{line}"));
        let loaded = read_as("x.ics", text.as_bytes());
        let texts = problems(&loaded);
        let reported = texts.iter().any(|text| message.is_some_and(|part| text.contains(part)));
        assert_eq!(reported, message.is_some(), "{line}: {texts:?}");
        assert_eq!(texts.is_empty(), message.is_none(), "{line}: {texts:?}");
        assert_eq!(shown(&loaded).len(), windows, "{line}");
    }
}

/// Passed over, a misspelt scope would make the event concern every run.
#[test]
fn a_scope_that_is_nearly_one_is_refused() {
    for (line, message) in [
        (
            "CATEGORIES:enviroment:prod",
            "\"enviroment:prod\" is not a scope (did you mean environment:prod?)",
        ),
        ("CATEGORIES:Holiday,workspaces:Finance", "did you mean workspace:Finance?"),
        ("CATEGORIES:tasks:load*", "did you mean task:load*?"),
        ("X-MAINTENANCE-SCOPE:enviroment:prod", "did you mean environment:prod?"),
        (
            "X-MAINTENANCE-SCOPES:task:a",
            "x-maintenance-scopes: the property is not known (did you mean X-MAINTENANCE-SCOPE?)",
        ),
        ("X-MAINTENACE-KIND:open", "did you mean X-MAINTENANCE-KIND?"),
        ("X-MAINTENANCE:open", "the property is not known"),
        ("X-MAINTENANCE-SCOPE:start:x", "\"start:x\" is not a scope"),
        ("X-MAINTENANCE-SCOPE:colour:red", "\"colour:red\" is not a scope"),
        ("CATEGORIES:maintenance open:yes", "\"maintenance open:yes\" is not a scope"),
    ] {
        let loaded = read_as("x.ics", event(&format!("DURATION:PT1H\n{line}")).as_bytes());
        let texts = problems(&loaded);
        assert!(texts.len() == 1 && texts[0].contains(message), "{line}: {texts:?}");
        assert!(loaded.accept(OnError::Stop).is_err());
    }
    for line in [
        "CATEGORIES:Holiday",
        "CATEGORIES:start:x",
        "X-MOZ-SNOOZE-TIMES:1",
        "CATEGORIES:Team:A,Tax:2026,Text:x",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
    ] {
        let loaded = read_as("x.ics", event(&format!("DURATION:PT1H\n{line}")).as_bytes());
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{line}");
    }
}

/// An empty UID names no series: its events would replace each other.
#[test]
fn events_with_an_empty_uid_stand_for_themselves() {
    let text = "BEGIN:VEVENT\nUID:\nDTSTART:20261206T020000Z\nDURATION:PT1H\nSEQUENCE:1\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID: \nDTSTART:20261207T020000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let loaded = read_as("x.ics", text.as_bytes());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(shown(&loaded).len(), 2);
}
