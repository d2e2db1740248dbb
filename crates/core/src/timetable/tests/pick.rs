//! Windows that `--category` and `--name` pick.

use super::*;

/// A calendar with maintenance, a meeting, a broken birthday, and series.
const MIXED: &str = "BEGIN:VCALENDAR\nVERSION:2.0\n\
    BEGIN:VEVENT\nUID:1\nSUMMARY:Maintenance DB\nCATEGORIES:Maintenance,Red\nDTSTART:20261201T020000Z\nDTEND:20261201T040000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:2\nSUMMARY:Weekly meeting\nCATEGORIES:Meetings\nDTSTART:20261202T020000Z\nDTEND:20261202T040000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:3\nSUMMARY:Birthday\nDTSTART;TZID=Nowhere/Land:20261203T020000\nDTEND;TZID=Nowhere/Land:20261203T040000\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:4\nSUMMARY:Payroll\nCATEGORIES:maintenance-open\nDTSTART:20261204T020000Z\nDTEND:20261204T030000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:5\nSUMMARY:Maintenance weekly\nCATEGORIES:maintenance\nRRULE:FREQ=WEEKLY;COUNT=4\nDTSTART:20261205T020000Z\nDTEND:20261205T040000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:5\nRECURRENCE-ID:20261212T020000Z\nDTSTART:20261213T020000Z\nDTEND:20261213T040000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:5\nRECURRENCE-ID:20261219T020000Z\nSUMMARY:Party instead\nCATEGORIES:Private\nDTSTART:20261219T020000Z\nDTEND:20261219T040000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:6\nSUMMARY:Standup\nCATEGORIES:Meetings\nRRULE:FREQ=DAILY;COUNT=3\nDTSTART:20261210T080000Z\nDTEND:20261210T090000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:6\nRECURRENCE-ID:20261211T080000Z\nSUMMARY:Maintenance of the room\nCATEGORIES:Maintenance\nDTSTART:20261211T080000Z\nDTEND:20261211T100000Z\nEND:VEVENT\n\
    END:VCALENDAR\n";

fn picked(file: &str, text: &str, categories: &[&str], names: &[&str]) -> Loaded {
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let pick = Pick::new(&texts(categories), &texts(names)).unwrap();
    let options = ReadOptions { pick, ..options(None) };
    read([TimetableFile { file, format: None, bytes: text.as_bytes() }], &options)
}

#[test]
fn events_are_picked_by_their_own_category_and_name_or_those_of_their_series() {
    const OPEN: &str = "Payroll 2026-12-04T02:00/2026-12-04T03:00";
    const DB: &str = "Maintenance DB 2026-12-01T02:00/2026-12-01T04:00";
    const ROOM: &str = "Maintenance of the room 2026-12-11T08:00/2026-12-11T10:00";
    const WEEKLY: [&str; 3] = [
        "Maintenance weekly 2026-12-05T02:00/2026-12-05T04:00",
        "Maintenance weekly 2026-12-13T02:00/2026-12-13T04:00",
        "Maintenance weekly 2026-12-26T02:00/2026-12-26T04:00",
    ];
    let all = [DB, OPEN, WEEKLY[0], ROOM, WEEKLY[1], WEEKLY[2]];
    for (categories, names, expected, left_out) in [
        (&["Maintenance"][..], &[][..], &all[..], "4 of 9"),
        (&["MAINTENANCE", "red"], &[], &all, "4 of 9"),
        (&[], &["Maintenance*"], &all, "4 of 9"),
        (&["red"], &["Maintenance*"], &[DB, OPEN], "7 of 9"),
        (&["Maintenance"], &["* weekly"], &[OPEN, WEEKLY[0], WEEKLY[1], WEEKLY[2]], "6 of 9"),
        (&["Private"], &[], &[OPEN, "Party instead 2026-12-19T02:00/2026-12-19T04:00"], "7 of 9"),
    ] {
        let loaded = picked("x.ics", MIXED, categories, names);
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{categories:?} {names:?}");
        assert_eq!(shown(&loaded), expected, "{categories:?} {names:?}");
        let reported = loaded.timetable.left_out().unwrap();
        assert!(reported.starts_with(left_out), "{categories:?} {names:?}: {reported}");
    }
    let whole = read_as("x.ics", MIXED.as_bytes());
    assert!(problems(&whole)[0].contains("Nowhere/Land"), "{whole:?}");
    assert_eq!(whole.timetable.left_out(), None);
}

#[test]
fn a_series_that_is_renamed_from_one_instance_on_is_picked_from_there() {
    const SERIES: &str = "BEGIN:VCALENDAR\nVERSION:2.0\n\
        BEGIN:VEVENT\nUID:1\nSUMMARY:Meeting\nRRULE:FREQ=DAILY;COUNT=4\nDTSTART:20261201T020000Z\nDTEND:20261201T040000Z\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nSUMMARY:Patching\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261203T020000Z\nDTSTART:20261203T030000Z\nDTEND:20261203T040000Z\nEND:VEVENT\n\
        END:VCALENDAR\n";
    for (name, expected) in [
        (
            "Patch*",
            [
                "Patching 2026-12-03T03:00/2026-12-03T04:00",
                "Patching 2026-12-04T03:00/2026-12-04T04:00",
            ],
        ),
        (
            "Meeting",
            [
                "Meeting 2026-12-01T02:00/2026-12-01T04:00",
                "Meeting 2026-12-02T02:00/2026-12-02T04:00",
            ],
        ),
    ] {
        let loaded = picked("x.ics", SERIES, &[], &[name]);
        assert_eq!(problems(&loaded), Vec::<String>::new());
        assert_eq!(shown(&loaded), expected, "{name}");
    }
}

/// Without the scope of its series a window would concern every task, and without the
/// rule an open rest would be one window.
#[test]
fn an_event_that_is_picked_without_its_series_has_its_scope_and_its_rule() {
    let event = |lines: &str| {
        format!("BEGIN:VEVENT\nUID:1\nDTSTART:20261203T020000Z\nDURATION:PT1H\n{lines}END:VEVENT\n")
    };
    let series = event("SUMMARY:Meeting\nCATEGORIES:task:Load*\nRRULE:FREQ=DAILY;COUNT=3\n");
    let cancelled = event("RECURRENCE-ID:20261204T020000Z\nSTATUS:CANCELLED\n");
    for (lines, expected) in [
        ("SUMMARY:Patching\nRECURRENCE-ID:20261203T020000Z\n", "Patching 03"),
        ("SUMMARY:Free\nX-MAINTENANCE-KIND:open\nRECURRENCE-ID:20261203T020000Z\n", "Free 03"),
        (
            "SUMMARY:Free\nX-MAINTENANCE-KIND:open\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261203T020000Z\n",
            "Free 03 Free 05",
        ),
    ] {
        let text = format!("{series}{}{cancelled}", event(lines));
        let loaded = picked("x.ics", &text, &[], &["Patch*"]);
        let reported = problems(&loaded);
        assert!(
            reported.iter().all(|text| text.contains("--name") || text.contains("kind open")),
            "{reported:?}"
        );
        let windows = loaded.timetable.windows(UtcTime::MIN, UtcTime::MAX).unwrap();
        let shown =
            |window: &Window| format!("{} {}", window.name, &window.start.to_string()[8..10]);
        assert_eq!(windows.iter().map(shown).collect::<Vec<_>>().join(" "), expected);
        for window in windows {
            assert_eq!(window.scope.patterns(Field::Task).len(), 1, "{lines}");
        }
    }
}

#[test]
fn rows_are_picked_by_name_and_a_kind_that_may_be_open_is_read() {
    let csv = "name,start,end,kind\n\
        Q3 patching,2026-12-01T02:00Z,2026-12-01T04:00Z,\n\
        Lunch,nonsense,2026-12-01T04:00Z,\n\
        Payroll,2026-12-02T02:00Z,2026-12-02T04:00Z,open\n";
    let loaded = picked("x.csv", csv, &[], &["Q? *"]);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        shown(&loaded),
        [
            "Q3 patching 2026-12-01T02:00/2026-12-01T04:00",
            "Payroll 2026-12-02T02:00/2026-12-02T04:00",
        ]
    );
    assert_eq!(
        loaded.timetable.left_out(),
        Some("1 of 3 events and rows is left out by --category and --name")
    );
    // Left out, it would take no time out of the windows.
    for (file, text, reported) in [
        ("x.csv", csv.replace(",open", ",opne"), "kind: \"opne\""),
        ("x.ics", MIXED.replace("maintenance-open", "maintenence-open"), "maintenence-open"),
        ("x.ics", MIXED.replace("SUMMARY:Birthday", "SUMMRY:Birthday"), "no such property"),
        (
            "x.ics",
            MIXED.replace("CATEGORIES:maintenance-open", "X-MAINTENANCE-KIND:opne"),
            "\"opne\" is not a kind of window",
        ),
    ] {
        let loaded = picked(file, &text, &[], &["Q3*", "Maintenance*"]);
        assert!(problems(&loaded).iter().any(|it| it.contains(reported)), "{reported}: {loaded:?}");
    }
    // Of one that says to be maintenance nothing that is wrong matters.
    let broken = "SUMMARY:Birthday\nX-MAINTENANCE-KIND:maintenance";
    let loaded = picked("x.ics", &MIXED.replace("SUMMARY:Birthday", broken), &[], &["Maint*"]);
    assert_eq!(problems(&loaded), Vec::<String>::new());
}

#[test]
fn a_category_or_name_that_nothing_has_and_flags_that_pick_nothing_are_reported() {
    for (categories, names, reported) in [
        (
            &["Maintenence"][..],
            &[][..],
            &[
                "x.ics:1: --category \"Maintenence\": no event has it (did you mean \"Maintenance\"?)",
                "x.ics:1: --category picks none of 9 events and rows: no window (nothing is ever held by it)",
            ][..],
        ),
        (
            &["Maintenance", "x"],
            &[],
            &[
                "x.ics:1: --category \"x\": no event has it (its categories are \"Maintenance\", \"Meetings\", \"Private\", \"Red\", \"maintenance\", \"maintenance-open\")",
            ],
        ),
        (
            &["Red"],
            &["* weekly"],
            &[
                "x.ics:1: --category and --name together pick none of 9 events and rows: no window (nothing is ever held by it)",
            ],
        ),
        (
            &[],
            &["maintenance*"],
            &[
                "x.ics:1: --name \"maintenance*\": no event or row is called so (did you mean \"Maintenance DB\"?)",
                "x.ics:1: --name picks none of 9 events and rows: no window (nothing is ever held by it)",
            ],
        ),
    ] {
        let loaded = picked("x.ics", MIXED, categories, names);
        let problems: Vec<String> =
            problems(&loaded).into_iter().filter(|it| it.contains("--")).collect();
        assert_eq!(problems, reported, "{categories:?} {names:?}");
        assert!(loaded.problems.iter().all(|it| it.severity == Severity::Warning));
    }
}

#[test]
fn events_that_are_picked_and_make_no_window_are_reported_as_such() {
    let event = |name: &str, lines: &str| {
        format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:{name}\nDTSTART:20261203T020000Z\nDURATION:PT1H\n\
             {lines}END:VEVENT\n"
        )
    };
    let other = event("Other", "RRULE:FREQ=DAILY\n");
    let moved = event("Release", "RECURRENCE-ID:20261203T020000Z\nCATEGORIES:monthly\n");
    let off = event("Backup", "RECURRENCE-ID:20261203T020000Z\nSTATUS:CANCELLED\n");
    let none = "no event that is picked makes a window";
    for (events, categories, names, expected) in [
        (format!("{other}{off}"), &[][..], &["Backup"][..], &[none][..]),
        (format!("{other}{moved}"), &["monthly"], &["Other"], &["together pick none of 2"]),
        (format!("{other}{off}"), &[], &["Other"], &[]),
    ] {
        let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
        let found = problems(&picked("x.ics", &text, categories, names));
        let found: Vec<&String> = found.iter().filter(|text| !text.contains("UTC")).collect();
        assert_eq!(found.len(), expected.len(), "{names:?}: {found:?}");
        assert!(found.iter().zip(expected).all(|(text, part)| text.contains(part)), "{found:?}");
    }
}

#[test]
fn what_could_be_meant_by_a_name_that_nothing_has_is_listed_up_to_ten() {
    let rows = |count: u32| -> Vec<String> {
        (10..10 + count).map(|n| format!("Row{n},2026-12-01T02:00Z,2026-12-01T04:00Z\n")).collect()
    };
    for (count, reported) in [
        (2, "(its names are \"Row10\", \"Row11\")"),
        (10, "\"Row18\", \"Row19\")"),
        (11, "\"Row18\", \"Row19\" and 1 more)"),
    ] {
        let table = format!("name,start,end\n{}", rows(count).concat());
        let texts = problems(&picked("x.csv", &table, &[], &["Zzzzzzz"]));
        assert!(texts[0].ends_with(reported), "{count}: {texts:?}");
    }
    let event = "BEGIN:VEVENT\nSUMMARY:a\nDTSTART:20261201T020000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let texts = problems(&picked("x.ics", event, &["x"], &[]));
    assert!(texts[0].ends_with("no event has it (there are no categories in it)"), "{texts:?}");
}
