//! The warnings of a check, and its reasons where nothing is held.

use super::*;

/// The messages of a check of a timetable.
fn checked(file: &str, text: &str) -> Vec<Problem> {
    let now = at("2026-01-01T00:00:00Z");
    let inputs = [TimetableFile { file, format: None, bytes: text.as_bytes() }];
    check(inputs, &options(Some("UTC")), &Against { now, tasks: None })
}

fn texts(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_pattern_that_can_hardly_match_is_told_by_a_check() {
    for (column, pattern, part) in [
        ("workspace", "Finance;Sales", Some("looks like several patterns")),
        ("workspace", "\"Finance, Sales\"", Some("looks like several patterns")),
        ("workspace", "\u{201c}Finance\u{201d}", Some("has quotes")),
        ("workspace", "'Finance'", Some("has quotes")),
        ("workspace", "\u{ab}Finance\u{bb}", Some("has quotes")),
        ("environment", "#REF!", Some("a spreadsheet writes for an error")),
        ("environment", "#N/A", Some("a spreadsheet writes for an error")),
        ("environment", "#BEZUG!", Some("a spreadsheet writes for an error")),
        ("task", "!Finance", Some("no way to say what is left out")),
        ("task", "not Finance", Some("no way to say what is left out")),
        ("task", "Fin.*", Some("looks like a regular expression")),
        ("tag", "all", Some("is read as a name as it stands")),
        ("tag", "N/A", Some("is read as a name as it stands")),
        ("type", "task", Some("is no type that runs have")),
        ("type", "TAKS", Some("is no type that runs have")),
        ("type", "TASKS", Some("is no type that runs have")),
        ("type", "Plan", Some("is no type that runs have")),
        ("type", "TASK|PLAN", None),
        ("type", "T*", None),
        ("type", "DATA_SERVICE", None),
        ("workspace", "Finance", None),
        ("workspace", "Finance|Sales", None),
        ("workspace", "\"{A,B}*\"", None),
        ("task", "Load (daily) #2", None),
        ("task", "Load all", None),
    ] {
        let table =
            format!("name,start,end,{column}\nA,2026-12-01T02:00Z,2026-12-01T03:00Z,{pattern}\n");
        let told = texts(&checked("x.csv", &table));
        assert_eq!(told.len(), usize::from(part.is_some()), "{pattern}: {told:?}");
        assert!(told.iter().all(|text| text.contains(part.unwrap())), "{pattern}: {told:?}");
        assert_eq!(problems(&read_as("x.csv", table.as_bytes())), Vec::<String>::new());
    }
}

#[test]
fn a_check_refuses_what_no_run_can_be_looked_up_in() {
    for (start, duration, rule, is_refused) in [
        ("2020-01-01T00:00Z", "90000h", "FREQ=MINUTELY", true),
        ("2020-01-01T00:00Z", "1d", "FREQ=SECONDLY", true),
        ("2026-06-01T00:00Z", "90000h", "FREQ=MINUTELY", true),
        ("2020-01-01T00:00Z", "50d", "FREQ=MINUTELY;INTERVAL=2", false),
        ("2020-01-01T00:00Z", "1h", "FREQ=SECONDLY", false),
    ] {
        let table = format!("name,start,duration,recurrence\nW,{start},{duration},{rule}\n");
        let problems = checked("x.csv", &table);
        let errors: Vec<_> = problems.iter().filter(|p| p.severity != Severity::Warning).collect();
        assert_eq!(errors.len(), usize::from(is_refused), "{rule}: {errors:?}");
        assert!(errors.iter().all(|p| p.message.contains("makes more than")), "{errors:?}");
    }
}

#[test]
fn a_start_that_an_events_rule_does_not_make_is_told_by_a_check() {
    for (rule, is_told) in [
        ("FREQ=WEEKLY;BYDAY=MO", true),
        ("FREQ=MONTHLY;BYMONTHDAY=2", true),
        ("FREQ=DAILY;BYHOUR=3", true),
        ("FREQ=WEEKLY;BYDAY=TU", false),
        ("FREQ=WEEKLY;BYDAY=MO\nRRULE:FREQ=WEEKLY;BYDAY=TU", false),
        ("FREQ=WEEKLY", false),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20261101", false),
    ] {
        // A Tuesday.
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261201T020000Z\n\
             DTEND:20261201T030000Z\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let told = texts(&checked("x.ics", &text));
        let is_so = told.iter().any(|text| text.contains("does not make the event's own DTSTART"));
        assert_eq!(is_so, is_told, "{rule}: {told:?}");
    }
}

#[test]
fn an_override_that_replaces_nothing_is_told_by_a_check() {
    for (id, is_told) in
        [("20261202T020000Z", false), ("20261202T030000Z", true), ("20261210T020000Z", true)]
    {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261201T020000Z\n\
             DTEND:20261201T030000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n\
             RECURRENCE-ID:{id}\nDTSTART:20261220T020000Z\nDTEND:20261220T030000Z\nEND:VEVENT\n\
             END:VCALENDAR\n"
        );
        let told = texts(&checked("x.ics", &text));
        let is_so = told.iter().any(|text| text.contains("the event replaces nothing"));
        assert_eq!(is_so, is_told, "{id}: {told:?}");
        assert_eq!(problems(&read_as("x.ics", text.as_bytes())), Vec::<String>::new());
    }
}

#[test]
fn the_reason_why_nothing_is_held_is_told() {
    let row = |kind: &str| format!("A,2026-12-01T02:00Z,2026-12-01T03:00Z,{kind}\n");
    let only_open = "all windows are of the kind open: nothing is ever held";
    for (kinds, part) in [
        (&["open"][..], Some(only_open)),
        (&["open", "OPEN"], Some(only_open)),
        (&["open", ""], None),
        (&["maintenance"], None),
    ] {
        let rows: String = kinds.iter().map(|kind| row(kind)).collect();
        let told = problems(&read_as("x.csv", format!("name,start,end,kind\n{rows}").as_bytes()));
        assert_eq!(told.len(), usize::from(part.is_some()), "{told:?}");
        assert!(told.iter().all(|text| text.contains(part.unwrap())), "{told:?}");
    }
    let event = |lines: &str| {
        format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261201T020000Z\nDTEND:20261201T030000Z\n\
             {lines}\nEND:VEVENT\n"
        )
    };
    let master = event("RRULE:FREQ=DAILY;COUNT=3\nSEQUENCE:2\nSTATUS:CANCELLED");
    let moved = event("RECURRENCE-ID:20261202T020000Z\nSEQUENCE:1");
    for events in [format!("{master}{moved}"), format!("{moved}{master}")] {
        let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
        let told = problems(&read_as("x.ics", text.as_bytes()));
        assert!(told.len() == 1 && told[0].contains("every event is cancelled, or"), "{told:?}");
    }
    let open = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event("X-MAINTENANCE-KIND:open"));
    assert!(problems(&read_as("x.ics", open.as_bytes()))[0].contains(only_open));
}
