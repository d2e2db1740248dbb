//! The titles of columns and the names of members.

use super::*;

/// A title that no column has, and the columns that it means.
const MISNAMED: &[(&str, &str)] = &[
    // One or two letters off.
    ("timzone", "timezone"),
    ("Time Zome", "timezone"),
    ("timezoen", "timezone"),
    ("tmezon", "timezone"),
    ("enviroment", "environment"),
    ("environement", "environment"),
    ("enviornments", "environment"),
    ("work space s", "workspace"),
    ("worksapce", "workspace"),
    ("wrkspc", "workspace"),
    ("reccurence", "recurrence"),
    ("recurrance", "recurrence"),
    ("untill", "until"),
    ("utnil", "until"),
    ("exept", "except"),
    ("taks", "task"),
    ("tpye", "type"),
    ("knid", "kind"),
    ("tga", "tag"),
    ("duartion", "duration"),
    ("kend", "end or kind"),
    // Plurals, IDs and names of scopes, and what stands around them.
    ("environments", "environment"),
    ("workspace(s)", "workspace"),
    ("workspaceId", "workspace"),
    ("Workspace Name", "workspace"),
    ("affected_tasks", "task"),
    ("Talend task names", "task"),
    ("environment-id", "environment"),
    ("tags:", "tag"),
    ("types", "type"),
    // Other words.
    ("tz", "timezone"),
    ("TZID", "timezone"),
    ("zone", "timezone"),
    ("utc offset", "timezone"),
    ("rrule", "recurrence"),
    ("repeat", "recurrence"),
    ("repeats", "recurrence"),
    ("recurring", "recurrence"),
    ("Recurrence Rule", "recurrence"),
    ("frequency", "recurrence"),
    ("weekdays", "recurrence"),
    ("exdate", "except"),
    ("exceptions", "except"),
    ("until date", "until"),
    ("repeat until", "until"),
    ("env", "environment"),
    ("job", "task"),
    ("plans", "task"),
    ("project", "workspace"),
    ("keywords", "tag"),
    ("length", "duration"),
    ("duration (min)", "duration"),
    // Beside the right one: whichever counts, one is lost.
    ("begin", "start"),
    ("from", "start"),
    ("DTSTART", "start"),
    ("Start (UTC)", "start"),
    ("window start", "start"),
    ("to", "end"),
    ("stop", "end"),
    ("finish", "end"),
    ("ends", "end"),
    ("end_utc", "end"),
    // Sheets in German and French.
    ("Zeitzone", "timezone"),
    ("fuseau horaire", "timezone"),
    ("Umgebung", "environment"),
    ("environnements", "environment"),
    ("Arbeitsbereich", "workspace"),
    ("espace de travail", "workspace"),
    ("Aufgaben", "task"),
    ("tâche", "task"),
    ("Wiederholung", "recurrence"),
    ("récurrence", "recurrence"),
    ("Ausnahmen", "except"),
    ("sauf", "except"),
    ("Dauer", "duration"),
    ("durée", "duration"),
    ("von", "start"),
    ("Début", "start"),
    ("bis", "end or until"),
    ("fin", "end"),
    ("étiquette", "tag"),
    ("Typ", "type"),
    ("Regel", "recurrence"),
    ("wiederholen", "recurrence"),
    ("règle", "recurrence"),
    ("zone horaire", "timezone"),
    // In Spanish, Italian and Portuguese.
    ("entorno", "environment"),
    ("ambiente", "environment"),
    ("espacio de trabajo", "workspace"),
    ("tarea", "task"),
    ("etiqueta", "tag"),
    ("zona horaria", "timezone"),
    ("fuso orario", "timezone"),
    ("hasta", "end or until"),
    ("excepción", "except"),
    ("repetición", "recurrence"),
    ("tipo", "type"),
    ("duración", "duration"),
    ("duração", "duration"),
    ("außer", "except"),
    ("window start time", "start"),
    ("inicio", "start"),
    // With what explains them, or two in one.
    ("tz (IANA)", "timezone"),
    ("timezone (IANA)", "timezone"),
    ("zone [olson]", "timezone"),
    ("time zone of start", "timezone"),
    ("TZ database name", "timezone"),
    ("timezone for the window", "timezone"),
    ("Workspace (optional)", "workspace"),
    ("Task (glob or ID of those that it concerns)", "task"),
    ("workspaces/tasks", "workspace or task"),
    ("Workspace / Environment", "workspace or environment"),
    ("tasks & plans", "task"),
    ("task or workspace", "task or workspace"),
    ("Workspace / Owner", "workspace"),
    ("target workspace", "workspace"),
    ("name of task", "task"),
    ("label", "tag or name"),
    ("except task", "task"),
    ("excluded tasks", "task"),
    ("tasks to exclude", "task"),
    ("tasks not affected", "task"),
    ("task exceptions", "task"),
    ("ausgenommene Aufgaben", "task"),
    ("time zone used", "timezone"),
    ("without workspaces", "workspace"),
    // A time in two columns.
    ("start time", "start"),
    ("Start Date", "start"),
    ("End Time", "end"),
    ("date", "start or end"),
    ("Uhrzeit", "start or end"),
    ("heure de fin", "end"),
];

/// The problems that a check finds in a timetable.
fn checked(file: &str, text: &str) -> Vec<Problem> {
    let now = at("2026-01-01T00:00:00Z");
    let inputs = [TimetableFile { file, format: None, bytes: text.as_bytes() }];
    check(inputs, &options(Some("UTC")), &Against { now, tasks: None })
}

#[test]
fn a_title_that_is_close_or_means_the_same_is_an_error_that_names_the_right_one() {
    for (title, meant) in MISNAMED {
        let row = "w,2026-12-01T02:00Z,2026-12-01T06:00Z";
        let csv = format!("name,start,end,{title}\n{row},x\n");
        let texts = problems(&read_as("x.csv", csv.as_bytes()));
        let hint = format!("did you mean {meant}?");
        assert_eq!(texts.len(), 1, "{title}: {texts:?}");
        assert!(
            texts[0].starts_with("x.csv:1:4: the column ") && texts[0].contains(&hint),
            "{texts:?}"
        );
        // Nothing of such a table may be used.
        let loaded = read_as("x.csv", csv.as_bytes());
        assert!(loaded.accept(OnError::Skip).is_err(), "{title}");

        let line = format!(
            r#"{{"name":"w","start":"2026-12-01T02:00Z","end":"2026-12-01T06:00Z","{title}":"x"}}"#
        );
        let texts = problems(&read_as("x.jsonl", line.as_bytes()));
        assert_eq!(texts.len(), 1, "{title}: {texts:?}");
        assert!(
            texts[0].starts_with("x.jsonl:1: the member ") && texts[0].contains(&hint),
            "{texts:?}"
        );
        let nested =
            line.replace(&format!(r#""{title}":"x""#), &format!(r#""more":[{{"{title}":"x"}}]"#));
        let texts = problems(&read_as("x.jsonl", nested.as_bytes()));
        if *meant != "type" {
            assert!(texts.len() == 1 && texts[0].contains("inside \"more\""), "{title}: {texts:?}");
        }
    }
}

#[test]
fn a_title_of_something_else_is_reported_once_by_a_check_and_not_otherwise() {
    let others = [
        "comment",
        "notes",
        "note",
        "owner",
        "approved by",
        "Approver",
        "ticket",
        "change",
        "id",
        "status",
        "state",
        "unit",
        "impact",
        "risk",
        "reason",
        "contact",
        "host",
        "Location",
        "Categories",
        "Priority",
        "description",
        "summary",
        "title",
        "internal",
        "location",
        "change type",
        "Type/Category",
        "Plan of action",
        "Rollback plan",
        "Risk and impact",
        "Approval (CAB)",
        "Name (optional)",
        "Reason: why",
        "host name",
        "created",
        "link",
        "url",
        "Kommentar",
        "Verantwortlich",
        "remarque",
        "progress",
        "office",
        "team",
        "unit",
        "cost",
        "accept",
        "weekend",
        "trend",
        "color",
        "pending",
        "maintenance date",
        "window to",
        "plans / owners / teams / hosts / ports / sites / racks / rooms / floors / towns / lands \
         / roads / hills / lakes / rivers / seas / clouds / moons / suns / skies / winds / snows",
        "",
    ];
    for other in others {
        let row = "w,2026-12-01T02:00Z,2026-12-01T06:00Z";
        let csv = format!(
            "name,start,end,until,{other}\n{row},,{}\n{row},,\n",
            &other[..other.len().min(1)]
        );
        assert_eq!(problems(&read_as("x.csv", csv.as_bytes())), Vec::<String>::new(), "{other}");
        let line = format!(
            r#"{{"name":"w","start":"2026-12-01T02:00Z","end":"2026-12-01T06:00Z","until":null,"{other}":{{"name":1,"type":2}}}}"#
        );
        let inside = line.replace(
            &format!(r#""{other}":{{"name":1,"type":2}}"#),
            &format!(r#""more":[{{"{other}":"x"}}]"#),
        );
        assert_eq!(
            problems(&read_as("x.jsonl", inside.as_bytes())),
            Vec::<String>::new(),
            "{other}"
        );
        let twice = format!("{line}\n{}", line.replace("-01", "-02"));
        assert_eq!(
            problems(&read_as("x.jsonl", twice.as_bytes())),
            Vec::<String>::new(),
            "{other}"
        );
        for (file, text) in [("x.csv", &csv), ("x.jsonl", &twice)] {
            let reported: Vec<Problem> = checked(file, text)
                .into_iter()
                .filter(|p| p.message.contains("not used"))
                .collect();
            assert_eq!(
                reported.len(),
                usize::from(!other.is_empty() || file == "x.jsonl"),
                "{other}: {reported:?}"
            );
            assert!(
                reported.iter().all(|p| p.message.contains(&format!("{other:?}")) && p.line == 1)
            );
        }
    }
}

#[test]
fn a_title_that_is_written_otherwise_is_the_same_title() {
    for title in [
        "TimeZone",
        "time zone",
        "time_zone",
        "Time-Zone",
        " time\u{a0}zone ",
        "\u{feff}timezone",
        "time\u{ad}zone\u{200b}",
        "\"time\nzone\"",
    ] {
        let csv =
            format!("name,start,end,{title}\nw,2026-12-01T02:00,2026-12-01T06:00,Europe/Paris\n");
        let loaded = read_as("x.csv", csv.as_bytes());
        assert_eq!(shown(&loaded), ["w 2026-12-01T01:00/2026-12-01T05:00"], "{title}");
        let twice = csv.replace(title, &format!("timezone,{title}"));
        let texts = problems(&read_as("x.csv", twice.as_bytes()));
        assert!(texts.len() == 1 && texts[0].contains("stands twice"), "{texts:?}");
    }
    for (line, part) in [
        (r#""name":"a","name":"b""#, "\"name\" stands twice"),
        (r#""name":"a","Name":"b""#, "\"Name\" stands twice"),
        (r#""end":null,"END":null"#, "\"END\" stands twice"),
    ] {
        let line = format!(r#"{{"start":"2026-12-01T02:00Z","end_":"2026-12-01T06:00Z",{line}}}"#);
        let line = if part.contains("END") {
            line.replace("\"end_\":\"2026-12-01T06:00Z\",", "")
        } else {
            line
        };
        let texts = problems(&read_as("x.jsonl", line.as_bytes()));
        assert!(texts.len() == 1 && texts[0].contains(part), "{texts:?}");
    }
}

#[test]
fn a_time_that_is_split_is_refused_with_what_to_write() {
    for titles in [
        "start,start time,end,end time",
        "Start Date,Start Time,End Date,End Time",
        "Datum,von,bis,start",
        "date,start,end,kind",
    ] {
        let csv = format!("Subject,{titles}\nw,2026-12-06,22:00,2026-12-07,04:00\n");
        let texts = problems(&read_as("x.csv", csv.as_bytes())).join("\n");
        assert!(texts.contains("date and time together there: 2026-12-01T22:00"), "{texts}");
    }
}

#[test]
fn a_header_says_of_each_wrong_title_why_it_is_wrong() {
    let split = |title: &str| format!("the column {title:?} splits a time: date and time of day");
    let unknown = |title: &str, meant: &str| {
        format!("the column {title:?} is not known (did you mean {meant}? ")
    };
    for (titles, expected) in [
        ("Summary,start,end", vec![unknown("Summary", "name")]),
        ("name,Start Date,end", vec![unknown("Start Date", "start")]),
        (
            "name,Start Date,End Date",
            vec![unknown("Start Date", "start"), unknown("End Date", "end")],
        ),
        ("name,Start Date,Start Time,end", vec![split("Start Date"), split("Start Time")]),
        ("name,start,Start Time,end", vec![split("Start Time")]),
        (
            "name,begin,start,end",
            vec!["the column \"begin\" means the same as start, which is there too".to_owned()],
        ),
        ("name,begin,end", vec![unknown("begin", "start")]),
        // Two letters of five are a lot: harmless beside the right one.
        ("name,stent,end", vec![unknown("stent", "start")]),
        ("name,stent,start,end", vec!["the timetable has a header and no rows".to_owned()]),
        // Harmless beside a name.
        ("name,Summary,start,end", vec!["the timetable has a header and no rows".to_owned()]),
    ] {
        let texts = problems(&read_as("x.csv", format!("{titles}\n").as_bytes()));
        assert_eq!(texts.len(), expected.len(), "{titles}: {texts:?}");
        for (text, expected) in texts.iter().zip(expected) {
            assert!(text.contains(&expected), "{titles}: {expected}\n{text}");
        }
    }
}

#[test]
fn unknown_members_are_reported_once_each_and_those_inside_others_where_they_would_count() {
    let line = |more: &str| {
        format!(
            "{{\"name\":\"w\",\"start\":\"2026-12-01T02:00Z\",\"end\":\"2026-12-01T06:00Z\"{more}}}\n"
        )
    };
    let many = (0..12).map(|number| format!(",\"colour{number}\":1")).collect::<Vec<_>>().concat();
    let reported = checked("x.jsonl", &(line(&many) + &line(&many)));
    let unused: Vec<_> = reported.iter().filter(|p| p.message.contains("not used")).collect();
    assert!(unused.len() == 1 && unused[0].message.ends_with("and 2 more"), "{reported:?}");
    for (more, inner) in [
        (",\"more\":{\"task\":\"x\"}", Some("\"task\" stands inside \"more\"")),
        (",\"more\":[1,{\"a\":{\"start\":1}}]", Some("\"start\" stands inside \"more\"")),
        (",\"more\":{\"name\":\"x\",\"type\":\"y\",\"summary\":\"z\"}", None),
    ] {
        let texts = problems(&read_as("x.jsonl", line(more).as_bytes()));
        assert_eq!(texts.len(), usize::from(inner.is_some()), "{more}: {texts:?}");
        assert!(texts.iter().all(|text| text.contains(inner.unwrap())), "{texts:?}");
    }
}

#[test]
fn misnamed_columns_beyond_fifty_are_counted_in_one_problem() {
    for (count, more) in [(50, None), (51, Some("1 more columns")), (60, Some("10 more columns"))] {
        let text = format!("name,start,end{}\n", ",begin".repeat(count));
        let loaded = read_as("x.csv", text.as_bytes());
        let last = loaded.problems.last().unwrap();
        assert_eq!(loaded.problems.len(), 50 + usize::from(more.is_some()), "{count}");
        assert_eq!(more.is_some_and(|more| last.message.starts_with(more)), more.is_some());
    }
}
