//! Calendars with a slip of the pen that would lose or move a window, or let it
//! concern other tasks.

use super::*;

const WHEN: &str = "DTSTART:20261201T020000Z\nDTEND:20261201T030000Z\n";

/// A calendar with these lines in its only event.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

/// Whether a timetable is an error, and its only problem says that.
#[track_caller]
fn is_refused(file: &str, text: &str, part: &str) {
    let loaded = read_as(file, text.as_bytes());
    let texts = problems(&loaded);
    let errors = loaded.problems.iter().filter(|problem| problem.severity != Severity::Warning);
    assert_eq!(errors.count(), 1, "{text}: {texts:?}");
    assert!(texts.iter().any(|text| text.contains(part)), "{part}: {text}: {texts:?}");
    assert_eq!(loaded.accept(OnError::Stop).unwrap_err().exit(), Exit::BadInput);
}

#[test]
fn a_misspelt_component_is_an_error_and_never_a_lost_event() {
    for name in [
        "VEVNT", "EVENT", "EVENTS", "VEVENTS", "V-EVENT", "V EVENT", "VEVETN", "vevnt", "Vevents",
        "MEETING",
    ] {
        for end in [name, "VEVENT"] {
            let own = format!("BEGIN:{name}\nUID:2\nSUMMARY:B\n{WHEN}END:{end}\n");
            for beside in ["", "BEGIN:VEVENT\nUID:1\nDTSTART:20261201\nEND:VEVENT\n"] {
                let text = format!("BEGIN:VCALENDAR\n{own}{beside}END:VCALENDAR\n");
                is_refused("x.ics", &text, "did you mean BEGIN:VEVENT?");
                let text = format!("BEGIN:VCALENDAR\n{beside}{own}END:VCALENDAR\n");
                is_refused("x.ics", &text, "did you mean BEGIN:VEVENT?");
            }
        }
    }
    for (name, meant) in [("VCALENDER", "VCALENDAR"), ("CALENDAR", "VCALENDAR")] {
        let text = event(WHEN).replace("VCALENDAR", name);
        is_refused("x.ics", &text, &format!("did you mean BEGIN:{meant}?"));
    }
    for name in ["VTIMEZONES", "TIMEZONE", "VTIMEZOEN"] {
        let zone = format!("BEGIN:{name}\nTZID:X\nEND:{name}\nBEGIN:VEVENT");
        let text = event(WHEN).replacen("BEGIN:VEVENT", &zone, 1);
        is_refused("x.ics", &text, "did you mean BEGIN:VTIMEZONE?");
    }
}

#[test]
fn a_component_that_nothing_is_known_of_is_reported() {
    for (name, reported) in
        [("VFOO", true), ("SOMETHING", true), ("X-FOO", false), ("VALARM", false), ("VTODO", false)]
    {
        let own = format!("BEGIN:{name}\n{WHEN}END:{name}\nBEGIN:VEVENT");
        let loaded = read_as("x.ics", event(WHEN).replacen("BEGIN:VEVENT", &own, 1).as_bytes());
        assert_eq!(shown(&loaded), ["A 2026-12-01T02:00/2026-12-01T03:00"]);
        let message = format!(
            "x.ics:2: the component {name:?} is not read (windows are made of events: BEGIN:VEVENT)"
        );
        assert_eq!(problems(&loaded), Vec::from_iter(reported.then_some(message)));
    }
}

#[test]
fn a_misspelt_parameter_of_a_time_is_an_error_and_moves_nothing() {
    for (param, part) in [
        ("TZDI=Asia/Tokyo", "did you mean TZID?"),
        ("TZ=Asia/Tokyo", "did you mean TZID?"),
        ("TZI=Asia/Tokyo", "did you mean TZID?"),
        ("tz-id=Asia/Tokyo", "did you mean TZID?"),
        ("TIMEZONE=Asia/Tokyo", "did you mean TZID?"),
        ("ZONE=Asia/Tokyo", "did you mean TZID?"),
        ("TZID", "the parameter \"TZID\" has no value"),
        ("TZID=", "the parameter TZID names no zone"),
        ("Asia/Tokyo", "the parameter \"ASIA/TOKYO\" has no value"),
        ("VALEU=DATE-TIME", "did you mean VALUE?"),
        ("VALUES=DATE-TIME", "did you mean VALUE?"),
        ("X=1;TZDI=Asia/Tokyo", "did you mean TZID?"),
    ] {
        for property in ["DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"] {
            let line = format!("{property};{param}:20261201T020000");
            let lines = match property {
                "DTSTART" => line,
                "DTEND" => format!("DTSTART:20261201T010000Z\n{line}"),
                _ => format!("{WHEN}{line}"),
            };
            is_refused("x.ics", &event(&lines), part);
        }
    }
    for range in ["RANG=THISANDFUTURE", "RANGES=THISANDFUTURE", "RNAGE=THISANDFUTURE"] {
        let lines = format!("{WHEN}RECURRENCE-ID;{range}:20261201T020000Z");
        is_refused("x.ics", &event(&lines), "did you mean RANGE?");
    }
    // With the sign of a value where a parameter begins.
    for property in ["DTSTART", "EXDATE"] {
        let line = format!("{property}:TZID=Asia/Tokyo:20261201T020000");
        let lines = if property == "DTSTART" { line } else { format!("{WHEN}{line}") };
        is_refused("x.ics", &event(&lines), "a parameter stands behind a semicolon");
    }
}

#[test]
fn parameters_that_move_nothing_are_passed_over() {
    for (param, reported) in [
        ("VALUE=DATE-TIME", false),
        ("X-VOBJ-ORIGINAL-TZID=Asia/Tokyo", false),
        ("LANGUAGE=en", false),
        ("", false),
        ("DATE-TIME", false),
        ("FOO=1", true),
    ] {
        let lines = format!("DTSTART;{param}:20261201T020000Z\nDTEND:20261201T030000Z");
        let loaded = read_as("x.ics", event(&lines).as_bytes());
        assert_eq!(shown(&loaded), ["A 2026-12-01T02:00/2026-12-01T03:00"], "{param}");
        let message = "x.ics:5:15: dtstart: the parameter \"FOO\" is not read (a time has TZID, VALUE \
                       and RANGE)";
        assert_eq!(problems(&loaded), Vec::from_iter(reported.then_some(message)), "{param}");
    }
}

#[test]
fn a_scope_that_is_near_or_means_the_same_is_an_error() {
    for (words, part) in [
        ("env:Test", "did you mean environment:Test?"),
        ("Environments:Test", "did you mean environment:Test?"),
        ("Umgebung:Test", "did you mean environment:Test?"),
        ("ws:Sales", "did you mean workspace:Sales?"),
        ("project:Sales", "did you mean workspace:Sales?"),
        ("wrkspace:Sales", "did you mean workspace:Sales?"),
        ("workspaces:Sales", "did you mean workspace:Sales?"),
        ("workspace=Sales", "did you mean workspace:Sales?"),
        ("workspace = Sales", "did you mean workspace:Sales?"),
        ("workspace\u{ff1a}Sales", "did you mean workspace:Sales?"),
        ("workspace name:Sales", "did you mean workspace:Sales?"),
        ("red,job:Load", "did you mean task:Load?"),
        ("t\u{e2}che:Load", "did you mean task:Load?"),
        ("tags:gold", "did you mean tag:gold?"),
        ("taks:Load", "did you mean task:Load?"),
        ("Typ:TASK", "did you mean type:TASK?"),
        ("workspace:", "has no pattern"),
        ("workspace: ", "has no pattern"),
        ("red,TASK:", "has no pattern"),
        ("workspaces:", "did you mean workspace:and a pattern?"),
        ("workspace:[Sales", "close the bracket"),
    ] {
        for property in ["CATEGORIES", "X-MAINTENANCE-SCOPE"] {
            let words =
                if property == "CATEGORIES" { words } else { words.trim_start_matches("red,") };
            is_refused("x.ics", &event(&format!("{WHEN}{property}:{words}")), part);
        }
    }
    for (words, part) in [
        ("kind:open", "write X-MAINTENANCE-KIND:open, or CATEGORIES:maintenance-open"),
        ("Kind=open", "write X-MAINTENANCE-KIND:open, or CATEGORIES:maintenance-open"),
        ("window kind:open", "CATEGORIES:maintenance-open"),
        ("maintenance open", "did you mean maintenance-open?"),
        ("maintenance_open", "did you mean maintenance-open?"),
        ("maintenence-open", "did you mean maintenance-open?"),
        ("open-maintenance", "did you mean maintenance-open?"),
    ] {
        is_refused("x.ics", &event(&format!("{WHEN}CATEGORIES:{words}")), part);
    }
    let bytes = event(&format!("{WHEN}CATEGORIES:workspace:Financ#")).into_bytes();
    let latin: Vec<u8> = bytes.iter().map(|&b| if b == b'#' { 0xE9 } else { b }).collect();
    assert!(problems(&read_as("x.ics", &latin))[0].contains("save the calendar as UTF-8"));
}

#[test]
fn categories_of_another_meaning_mean_nothing() {
    for words in [
        "Tax:2026",
        "Team:A",
        "red",
        "Workspace",
        "open",
        "Holiday,Project X",
        "https://localhost/x",
        "Priority: high",
        "Meeting=yes",
        "10:30",
        "room: 5",
        "maintenance",
    ] {
        let loaded = ical(&event(&format!("{WHEN}CATEGORIES:{words}")));
        assert_eq!(loaded.timetable.fields(), []);
        assert!(!loaded.timetable.has_open(), "{words}");
    }
    for words in ["workspace:Sales", "Work-Space: Sales ", "red,WORKSPACE:S\\, A"] {
        let loaded = ical(&event(&format!("{WHEN}CATEGORIES:{words}")));
        assert_eq!(loaded.timetable.fields(), [Field::Workspace], "{words}");
    }
}

#[test]
fn a_part_of_a_rule_without_its_value_is_an_error() {
    for (rule, part) in [
        ("FREQ=DAILY;COUNT", "\"COUNT\" has no value"),
        ("FREQ=DAILY;COUNT;", "\"COUNT\" has no value"),
        ("FREQ=DAILY;CUONT", "\"CUONT\" has no value"),
        ("FREQ=DAILY;count 3", "\"count 3\" has no value"),
        ("FREQ=DAILY;COUNT:", "\"COUNT:\" has no value"),
        ("FREQ=DAILY;3", "\"3\" has no value"),
        ("FREQ=DAILY;UNTIL", "\"UNTIL\" has no value"),
        ("FREQ=DAILY;UNTIL20261231", "\"UNTIL20261231\" has no value"),
        ("FREQ=WEEKLY;BYDAY=MO;TU", "write a comma between values"),
        ("FREQ=WEEKLY;BYDAY=MO;;COUNT=3", "the part behind BYDAY is empty"),
        ("FREQ=WEEKLY;;", "the part behind FREQ is empty"),
        (";FREQ=WEEKLY", "begins with an empty part"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY has no value"),
        ("FREQ=WEEKLY;BYDAY=MO,", "BYDAY=MO, has an empty value"),
        ("FREQ=WEEKLY;BYDAY=MO,,TU", "has an empty value"),
        ("FREQ=WEEKLY;COUNT=", "COUNT= is not a number"),
        ("DAILY", "\"DAILY\" has no value"),
    ] {
        is_refused("x.ics", &event(&format!("{WHEN}RRULE:{rule}")), part);
        if rule.contains('=') {
            let table = format!(
                "name,start,end,recurrence\nw,2026-12-01T02:00Z,2026-12-01T03:00Z,\"{rule}\"\n"
            );
            is_refused("x.csv", &table, part);
        }
    }
    let loaded = ical(&event(&format!("{WHEN}RRULE:FREQ=DAILY;COUNT=2;")));
    assert_eq!(shown(&loaded).len(), 2);
    // A word that has nothing of a rule bears on no day.
    let loaded = read_as("x.ics", event(&format!("{WHEN}RRULE:FREQ=DAILY;X;COUNT=2")).as_bytes());
    assert_eq!(shown(&loaded).len(), 2);
    assert!(problems(&loaded)[0].contains("\"X\" in the rule has no value and is passed over"));
}

#[test]
fn a_property_without_its_colon_is_an_error() {
    for line in [
        "RRULE FREQ=DAILY",
        "RRULE=FREQ=DAILY",
        "RRULE;FREQ=DAILY;COUNT=3",
        "rrule",
        "FREQ=DAILY",
        "EXDATE 20261201T020000Z",
        "EXDATE TZID=Asia/Tokyo:20261201T020000",
        "RDATE=20261202T020000Z",
        "STATUS CANCELLED",
        "CATEGORIES workspace:Sales",
        "X-MAINTENANCE-KIND open",
    ] {
        is_refused("x.ics", &event(&format!("{WHEN}{line}")), "before its value");
        // In an alarm or a to-do it does no harm.
        let alarm = format!("{WHEN}BEGIN:VALARM\n{line}\nEND:VALARM");
        let loaded = read_as("x.ics", event(&alarm).as_bytes());
        assert!(problems(&loaded).iter().all(|text| text.contains("is not read")), "{line}");
    }
    is_refused(
        "x.ics",
        &event(WHEN).replacen("BEGIN:VEVENT", "X-WR-TIMEZONE Asia/Tokyo\nBEGIN:VEVENT", 1),
        "write X-WR-TIMEZONE:",
    );
    let loaded = read_as("x.ics", event(&format!("{WHEN}Status of the work\nDuration")).as_bytes());
    assert_eq!(shown(&loaded), ["A 2026-12-01T02:00/2026-12-01T03:00"]);
    assert!(loaded.accept(OnError::Stop).is_ok());
}

#[test]
fn a_time_of_day_and_a_date_make_no_window_of_years() {
    for recurrence in ["daily", "SU", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYMONTHDAY=1"] {
        for end in ["2026-12-01 03:00", "2026-12-01", "2026-12-01T03:00Z", "2026-12-01T03:00+01:00"]
        {
            let table =
                format!("name,start,end,timezone,recurrence\nW,02:00,{end},UTC,\"{recurrence}\"\n");
            is_refused("x.csv", &table, "has a date, and the start has none");
            let member = format!(
                r#"{{"name":"W","start":"02:00","end":"{end}","timezone":"UTC","recurrence":"{recurrence}"}}"#
            );
            is_refused("x.jsonl", &format!("{member}\n"), "has a date, and the start has none");
        }
    }
    for cells in ["02:00,03:00", "2026-12-01T02:00,03:00", "22:00,06:00"] {
        let table = format!("name,start,end,timezone,recurrence\nW,{cells},UTC,daily\n");
        assert_eq!(problems(&read_as("x.csv", table.as_bytes())), Vec::<String>::new());
    }
}
