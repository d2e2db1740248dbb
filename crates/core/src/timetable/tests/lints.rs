//! The warnings of a check, and its reasons where nothing is held.

use super::*;
use crate::scope::{Field, Subject};

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
fn a_pattern_that_can_hardly_match_is_reported_by_a_check() {
    for (column, pattern, part) in [
        ("workspace", "Finance;Sales", Some("looks like several patterns")),
        ("workspace", "\"Finance, Sales\"", Some("looks like several patterns")),
        ("workspace", "\u{201c}Finance\u{201d}", Some("has quotes")),
        ("workspace", "'Finance'", Some("has quotes")),
        ("workspace", "Finance'", Some("has quotes")),
        ("workspace", "'Finance", Some("has quotes")),
        ("workspace", "\u{ab}Finance\u{bb}", Some("has quotes")),
        ("environment", "#REF!", Some("a spreadsheet writes for an error")),
        ("environment", "#N/A", Some("a spreadsheet writes for an error")),
        ("environment", "#BEZUG!", Some("a spreadsheet writes for an error")),
        ("task", "!Finance", Some("no way to say what is left out")),
        ("task", "not Finance", Some("no way to say what is left out")),
        ("task", "Fin.*", Some("looks like a regular expression")),
        ("tag", "all", Some("is read as a name as it stands")),
        ("tag", "N/A", Some("is read as a name as it stands")),
        ("type", "taks", Some("is no type that runs have")),
        ("type", "TAKS", Some("is no type that runs have")),
        ("type", "TASKS", Some("is no type that runs have")),
        ("type", "Tasks", Some("is no type that runs have")),
        ("type", "job", Some("is no type that runs have")),
        ("type", "task", None),
        ("type", "Plan", None),
        ("type", "data_service", None),
        ("type", "TASK|PLAN", None),
        ("type", "T*", None),
        ("type", "DATA_SERVICE", None),
        ("workspace", "Finance", None),
        ("workspace", "Finance|Sales", None),
        ("workspace", "\"{A,B}*\"", None),
        ("task", "Load (daily) #2", None),
        ("task", "Load all", None),
        ("task", "#1", None),
        ("task", "Load!", None),
    ] {
        let table =
            format!("name,start,end,{column}\nA,2026-12-01T02:00Z,2026-12-01T03:00Z,{pattern}\n");
        let reported = texts(&checked("x.csv", &table));
        assert_eq!(reported.len(), usize::from(part.is_some()), "{pattern}: {reported:?}");
        assert!(
            reported.iter().all(|text| text.contains(part.unwrap())),
            "{pattern}: {reported:?}"
        );
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
fn a_start_that_an_events_rule_does_not_make_is_reported_by_a_check() {
    for (rule, is_reported) in [
        ("FREQ=WEEKLY;BYDAY=MO", true),
        ("FREQ=MONTHLY;BYMONTHDAY=2", true),
        ("FREQ=DAILY;BYHOUR=3", true),
        ("FREQ=HOURLY;BYHOUR=3", true),
        ("FREQ=MINUTELY;BYMINUTE=30", true),
        ("FREQ=HOURLY;BYHOUR=2", false),
        ("FREQ=DAILY;BYHOUR=2", false),
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
        let reported = texts(&checked("x.ics", &text));
        let is_so =
            reported.iter().any(|text| text.contains("does not make the event's own DTSTART"));
        assert_eq!(is_so, is_reported, "{rule}: {reported:?}");
    }
}

#[test]
fn an_override_that_replaces_nothing_is_reported_by_a_check() {
    for (id, is_reported) in
        [("20261202T020000Z", false), ("20261202T030000Z", true), ("20261210T020000Z", true)]
    {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261201T020000Z\n\
             DTEND:20261201T030000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n\
             RECURRENCE-ID:{id}\nDTSTART:20261220T020000Z\nDTEND:20261220T030000Z\nEND:VEVENT\n\
             END:VCALENDAR\n"
        );
        let reported = texts(&checked("x.ics", &text));
        let is_so = reported.iter().any(|text| text.contains("the event replaces nothing"));
        assert_eq!(is_so, is_reported, "{id}: {reported:?}");
        assert_eq!(problems(&read_as("x.ics", text.as_bytes())), Vec::<String>::new());
    }
}

#[test]
fn the_reason_why_nothing_is_held_is_reported() {
    let row = |kind: &str| format!("A,2026-12-01T02:00Z,2026-12-01T03:00Z,{kind}\n");
    let only_open = "all windows are of the kind open: nothing is ever held";
    for (kinds, part) in [
        (&["open"][..], Some(only_open)),
        (&["open", "OPEN"], Some(only_open)),
        (&["open", ""], None),
        (&["maintenance"], None),
    ] {
        let rows: String = kinds.iter().map(|kind| row(kind)).collect();
        let reported =
            problems(&read_as("x.csv", format!("name,start,end,kind\n{rows}").as_bytes()));
        assert_eq!(reported.len(), usize::from(part.is_some()), "{reported:?}");
        assert!(reported.iter().all(|text| text.contains(part.unwrap())), "{reported:?}");
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
        let reported = problems(&read_as("x.ics", text.as_bytes()));
        assert!(
            reported.len() == 1 && reported[0].contains("every event is cancelled, or"),
            "{reported:?}"
        );
    }
    let open = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event("X-MAINTENANCE-KIND:open"));
    assert!(problems(&read_as("x.ics", open.as_bytes()))[0].contains(only_open));
}

/// Checked on the first of January 2026: ten years are 3653 days, a quarter is 92.
#[test]
fn a_window_far_away_long_past_or_of_odd_hours_is_reported_by_a_check() {
    for (row, part) in [
        ("W,2026-02-01T00:00Z,2026-02-02T00:00Z,,", None),
        ("W,2036-01-01T23:00Z,2036-01-02T00:00Z,,", None),
        (
            "W,2036-01-02T00:00Z,2036-01-02T00:01Z,,",
            Some("ends 2036-01-02T00:01:00.000Z, more than ten"),
        ),
        (
            "W,2036-01-02T00:01Z,2036-01-02T00:02Z,,",
            Some("starts 2036-01-02T00:01:00.000Z, more than ten"),
        ),
        ("W,2026-02-01T00:00Z,2026-05-04T00:00Z,,", None),
        ("W,2026-02-01T00:00Z,2026-05-04T00:00:01Z,,", Some("the window \"W\" lasts 92 days")),
        ("W,2026-02-01T00:00Z,OPEN,,", None),
        (
            "W,2025-12-31T00:00Z,2026-01-01T00:00Z,,",
            Some("lies wholly in the past: it ended 2026-01-01T00"),
        ),
        ("W,2025-12-31T00:00Z,2026-01-01T00:00:01Z,,", None),
        (",2026-02-01T00:00Z,2026-02-02T00:00Z,,", Some("the window has no name")),
        // Clocks change.
        (
            "W,2026-03-28T22:00,2026-03-29T06:00,Europe/Paris,",
            Some(
                "the clock of Europe/Paris changes in the window \"W\" of 2026-03-28T21:00:00.000Z: \
             it lasts 7 h, not 8 h (",
            ),
        ),
        (
            "W,2026-10-24T22:00,2026-10-25T06:30,Europe/Paris,",
            Some("it lasts 9 h 30 min, not 8 h 30 min"),
        ),
        ("W,2026-03-27T22:00,2026-03-28T06:00,Europe/Paris,", None),
        (
            "W,22:00,06:00,Europe/Paris,daily",
            Some("of 2026-03-28T21:00:00.000Z: it lasts 7 h, not 8 h"),
        ),
        // Zones that look like a place's own.
        (
            "W,2026-02-01T00:00,2026-02-02T00:00,EST,",
            Some("never changes its clocks: it is UTC-05:00 all"),
        ),
        ("W,2026-02-01T00:00,2026-02-02T00:00,Etc/GMT-3,", Some("it is UTC+03:00 all year")),
        ("W,2026-02-01T00:00,2026-02-02T00:00,GMT,", Some("it is UTC+00:00 all year")),
        ("W,22:00,06:00,MST,daily", Some("it is UTC-07:00 all year")),
        ("W,2026-02-01T00:00,2026-02-02T00:00,UTC,", None),
        ("W,2026-02-01T00:00,2026-02-02T00:00,Africa/Abidjan,", None),
        // Those that recur.
        ("W,2036-01-02T00:00Z,2036-01-02T00:01Z,,yearly", None),
        (
            "W,2036-01-02T00:01Z,2036-01-02T00:02Z,,yearly",
            Some("the next window \"W\" starts 2036-01-02T00:01"),
        ),
        ("W,2026-02-01T00:00Z,2026-05-04T00:00Z,,yearly", None),
        (
            "W,2026-02-01T00:00Z,2026-05-04T00:00:01Z,,yearly",
            Some("each window \"W\" lasts 92 days"),
        ),
        (",02:00,03:00,UTC,daily", Some("the window has no name")),
        (
            "W,2025-01-05T00:00Z,2025-01-05T01:00Z,,FREQ=WEEKLY;COUNT=3",
            Some("all windows \"W\" lie in the past, the last ended 2025-01-19T01:00"),
        ),
        (
            "W,2025-12-17T00:00Z,2025-12-17T01:00Z,,FREQ=WEEKLY;COUNT=3",
            Some(
                "the recurrence of \"W\" makes no window any more; its first was 2025-12-17T00:00",
            ),
        ),
        ("W,2025-12-17T00:00Z,2025-12-17T01:00Z,,FREQ=WEEKLY;COUNT=4", None),
    ] {
        let row = row.replace(",yearly", ",FREQ=YEARLY");
        let reported =
            texts(&checked("x.csv", &format!("name,start,end,timezone,recurrence\n{row}\n")));
        assert_eq!(reported.len(), usize::from(part.is_some()), "{row}: {reported:?}");
        assert!(reported.iter().all(|text| text.contains(part.unwrap())), "{row}: {reported:?}");
    }
}

/// Paris goes to summer time on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00.
#[test]
fn a_clock_change_is_reported_where_a_window_is_not_as_long_as_it_was_written() {
    for (row, reported) in [
        // An end on the wall clock: over the change, and with an edge in it.
        (
            "2026-03-29T01:00,2026-03-29T04:00,,",
            Some("of 2026-03-29T00:00:00.000Z: it lasts 2 h, not 3 h"),
        ),
        ("2026-03-29T02:15,2026-03-29T04:00,,", Some("it lasts 45 min, not 1 h 45 min")),
        ("2026-03-29T01:30,2026-03-29T02:30,,", None),
        ("2026-03-29T02:15,2026-03-29T02:45,,", None),
        ("2026-03-29T02:45,2026-03-29T03:15,,", None),
        ("2026-10-25T01:00,2026-10-25T04:00,,", Some("it lasts 4 h, not 3 h")),
        ("2026-10-25T02:15,2026-10-25T04:00,,", Some("it lasts 2 h 45 min, not 1 h 45 min")),
        ("2026-10-25T01:30,2026-10-25T02:30,,", None),
        ("2026-10-25T02:15,2026-10-25T02:45,,", None),
        // An offset says the length itself, on both sides.
        ("2026-03-29T01:00+01:00,2026-03-29T04:00+02:00,,", None),
        ("2026-03-29T01:00+01:00,2026-03-29T04:00,,", Some("it lasts 2 h, not 3 h")),
        ("2026-03-29T01:00,2026-03-29T02:00Z,,", Some("it lasts 2 h, not 3 h")),
        ("2026-03-29T01:00,open,,", None),
        // Hours are elapsed, days are on the wall clock.
        ("2026-03-29T01:30,,2h,", None),
        ("2026-03-29T02:15,,2h,", None),
        ("2026-10-25T02:15,,2h,", None),
        ("2026-03-28T12:00,,1d,", Some("it lasts 23 h, not 24 h")),
        ("2026-10-24T12:00,,1d,", Some("it lasts 25 h, not 24 h")),
        ("2026-03-29T02:30,,1d,", Some("it lasts 23 h, not 24 h")),
        ("2026-03-28T02:30,,1d,", None),
        // The first of a series that is not as long.
        ("01:00,04:00,,daily", Some("of 2026-03-29T00:00:00.000Z: it lasts 2 h, not 3 h")),
        ("02:15,04:00,,daily", Some("of 2026-03-29T01:15:00.000Z: it lasts 45 min, not")),
        ("02:30,02:30,,daily", Some("of 2026-03-29T01:30:00.000Z: it lasts 23 h, not 24 h")),
        ("02:45,02:15,,daily", Some("of 2026-03-29T01:45:00.000Z: it lasts 22 h 30 min, not 23 h")),
        ("01:30,02:30,,daily", None),
        ("01:30,,2h,daily", None),
        ("02:15,,2h,daily", None),
        ("12:00,,1d,daily", Some("of 2026-03-28T11:00:00.000Z: it lasts 23 h, not 24 h")),
        ("2026-10-25T02:15,2026-10-25T04:00,,FREQ=DAILY;COUNT=2", Some("it lasts 2 h 45 min, not")),
    ] {
        let table = format!("name,start,end,duration,recurrence,timezone\nW,{row},Europe/Paris\n");
        let texts = texts(&checked("x.csv", &table));
        let changes: Vec<_> = texts.iter().filter(|text| text.contains("clock")).collect();
        assert_eq!(changes.len(), usize::from(reported.is_some()), "{row}: {texts:?}");
        assert!(changes.iter().all(|text| text.contains(reported.unwrap())), "{row}: {texts:?}");
    }
}

#[test]
fn a_clock_change_is_reported_for_events_by_the_length_of_their_own() {
    let long = "DTSTART;TZID=Europe/Paris:20260322T010000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9";
    let moved = "END:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\n\
         RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20260327T010000\n\
         DTSTART;TZID=Europe/Paris:20260327T010000\nDTEND;TZID=Europe/Paris:20260327T040000";
    let period = "RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260328T220000/20260329T060000";
    for (lines, reported) in [
        (
            "DTSTART;TZID=Europe/Paris:20260329T021500\nDTEND;TZID=Europe/Paris:20260329T040000",
            Some("lasts 45 min, not 1 h 45 min"),
        ),
        (
            "DTSTART;TZID=Europe/Paris:20260329T013000\nDTEND;TZID=Europe/Paris:20260329T023000",
            None,
        ),
        ("DTSTART;TZID=Europe/Paris:20260329T013000\nDURATION:PT2H", None),
        ("DTSTART;TZID=Europe/Paris;VALUE=DATE:20260329", Some("lasts 23 h, not 24 h")),
        (long, None),
        (&format!("{long}\n{moved}"), Some("lasts 2 h, not 3 h")),
        (&format!("{long}\n{period}"), Some("lasts 7 h, not 8 h")),
    ] {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let texts = texts(&checked("x.ics", &text));
        let changes: Vec<_> = texts.iter().filter(|text| text.contains("the clock of")).collect();
        assert_eq!(changes.len(), usize::from(reported.is_some()), "{lines}: {texts:?}");
        assert!(changes.iter().all(|text| text.contains(reported.unwrap())), "{lines}: {texts:?}");
    }
}

#[test]
fn problems_are_reported_in_the_order_of_files_and_lines_and_each_zone_once() {
    let zone = |time: &str, recurrence: &str| format!("W,{time},{time}:30,EST,{recurrence}\n");
    let header = "name,start,end,timezone,recurrence\n";
    let first = format!("{header}{}", zone("02:00", "daily"));
    let second = format!(
        "{header}{0}{0}W,2025-01-01T00:00Z,2025-01-02T00:00Z,,\n",
        zone("2026-02-01T02:00", "")
    );
    let inputs = [("b.csv", &first), ("a.csv", &second)].map(|(file, text)| TimetableFile {
        file,
        format: None,
        bytes: text.as_bytes(),
    });
    let against = Against { now: at("2026-01-01T00:00:00Z"), tasks: None };
    let places: Vec<String> = check(inputs, &options(None), &against)
        .iter()
        .filter(|problem| !problem.message.contains("overlap"))
        .map(Problem::place)
        .collect();
    assert_eq!(places, ["b.csv:2", "a.csv:2", "a.csv:4"]);
}

#[test]
fn a_pattern_that_no_task_matches_is_reported_once() {
    let task = |name| Subject { name: Some(name), kind: Some("TASK"), ..Subject::default() };
    let row =
        |day: u32, task: &str| format!("A,2026-12-0{day}T02:00Z,2026-12-0{day}T03:00Z,{task}\n");
    let table =
        format!("name,start,end,task\n{}{}{}", row(1, "Load*"), row(2, "Lod"), row(3, "Lod"));
    let inputs = || [TimetableFile { file: "x.csv", format: None, bytes: table.as_bytes() }];
    let tasks = [task("Load A"), task("Report")];
    let against = |tasks| Against { now: at("2026-01-01T00:00:00Z"), tasks };
    let reported = texts(&check(inputs(), &options(Some("UTC")), &against(Some(&tasks))));
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(
        reported[0].contains("x.csv:3: task:\"Lod\" matches none of the tasks and plans (2)"),
        "{reported:?}"
    );
    assert_eq!(
        texts(&check(inputs(), &options(Some("UTC")), &against(None))),
        Vec::<String>::new()
    );
}

/// Finance is a workspace of Prod alone, Sales one of both.
#[test]
fn a_scope_that_no_task_matches_is_reported_for_each_row_where_no_field_alone_is_the_reason() {
    let task = |environment, workspace| Subject {
        environment_name: Some(environment),
        workspace_name: Some(workspace),
        ..Subject::default()
    };
    let tasks = [task("Prod", "Finance"), task("Prod", "Sales"), task("Test", "Sales")];
    let against = Against { now: at("2026-01-01T00:00:00Z"), tasks: Some(&tasks) };
    let together = "environment:\"Test\" and workspace:\"Finance\" together match none of";
    for (scope, reported) in [
        (",,", &[][..]),
        ("Test,Sales,", &[]),
        ("Test|Prod,Finance,", &[]),
        ("T*,*,", &[]),
        ("Test,Finance,", &[together]),
        ("Test,Fin,", &["workspace:\"Fin\" matches none of the tasks"]),
        ("Tset,Finance,", &["environment:\"Tset\" matches none of the tasks"]),
        (
            "Test|Tset,Finance,",
            &[
                "environment:\"Tset\" matches none of the tasks",
                "environment:\"Test|Tset\" and workspace:\"Finance\" together match none of",
            ],
        ),
        ("Prod,Finance,x", &["whether tag:\"x\" matches is not known"]),
        (
            "Test,Finance,x",
            &[
                "whether tag:\"x\" matches is not known",
                "environment:\"Test\" and workspace:\"Finance\" and tag:\"x\" together match",
            ],
        ),
    ] {
        let row = |day: u32| format!("A,2026-12-0{day}T02:00Z,2026-12-0{day}T03:00Z,{scope}\n");
        let table = format!("name,start,end,environment,workspace,tag\n{}{}", row(1), row(2));
        let inputs = [TimetableFile { file: "x.csv", format: None, bytes: table.as_bytes() }];
        let texts = texts(&check(inputs, &options(Some("UTC")), &against));
        let of = |part: &str| -> Vec<_> { texts.iter().filter(|t| t.contains(part)).collect() };
        for part in reported {
            let lines = if part.contains("together") {
                &["x.csv:2:", "x.csv:3:"][..]
            } else {
                &["x.csv:2:"]
            };
            let found = of(part);
            assert_eq!(found.len(), lines.len(), "{scope}: {texts:?}");
            assert!(
                found.iter().zip(lines).all(|(text, line)| text.starts_with(line)),
                "{texts:?}"
            );
        }
        assert_eq!(
            of("together").len(),
            2 * reported.iter().filter(|t| t.contains("together")).count()
        );
        assert!(!reported.is_empty() || texts.is_empty(), "{scope}: {texts:?}");
    }
}

/// From the second window on the series is another environment's.
#[test]
fn a_scope_of_the_rest_of_a_series_is_one_of_the_timetable() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART:20261201T020000Z\n\
        DTEND:20261201T030000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20261202T020000Z\nDTSTART:20261202T020000Z\n\
        DTEND:20261202T030000Z\nCATEGORIES:environment:Test\nEND:VEVENT\nEND:VCALENDAR\n";
    let loaded = read_as("x.ics", text.as_bytes());
    assert_eq!(loaded.timetable.fields(), [Field::Environment]);
    let tasks = [Subject { environment_name: Some("Prod"), ..Subject::default() }];
    let against = Against { now: at("2026-01-01T00:00:00Z"), tasks: Some(&tasks) };
    let inputs = [TimetableFile { file: "x.ics", format: None, bytes: text.as_bytes() }];
    let reported = texts(&check(inputs, &options(Some("UTC")), &against));
    assert!(
        reported.len() == 1 && reported[0].contains("environment:\"Test\" matches none"),
        "{reported:?}"
    );
}

#[test]
fn a_series_that_lasts_a_quarter_by_its_duration_is_reported_by_a_check() {
    for (duration, part) in [
        ("92d", None),
        ("2208h", None),
        ("93d", Some("lasts 93 days")),
        ("2232h", Some("lasts 93 days")),
    ] {
        let table =
            format!("name,start,duration,recurrence\nW,2026-02-01T00:00Z,{duration},FREQ=YEARLY\n");
        let reported = texts(&checked("x.csv", &table));
        assert_eq!(reported.len(), usize::from(part.is_some()), "{duration}: {reported:?}");
        assert!(reported.iter().all(|text| text.contains(part.unwrap())), "{reported:?}");
    }
    let words = [Severity::Fatal, Severity::Error, Severity::Warning].map(Severity::as_str);
    assert_eq!(words, ["error", "error", "warning"]);
}

#[test]
fn windows_of_maintenance_that_overlap_are_reported_and_open_periods_are_not() {
    for (kind, is_reported) in [("", true), ("open", false)] {
        let table = format!(
            "name,start,end,kind\nA,2026-12-01T02:00Z,2026-12-01T04:00Z,\n\
             B,2026-12-01T03:00Z,2026-12-01T05:00Z,{kind}\n"
        );
        let reported = texts(&checked("x.csv", &table));
        assert_eq!(reported.len(), usize::from(is_reported), "{reported:?}");
        assert!(reported.iter().all(|text| text.contains("overlap")), "{reported:?}");
    }
}
