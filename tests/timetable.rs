//! Timetables: what `windows` shows of real exports, and what `check` says
//! of broken files.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::tool::tool;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/timetables").join(name)
}

/// The exit code, stdout and stderr of `window-filter`.
fn filter(dir: &Path, args: &[&str], input: &str) -> (i32, String, String) {
    let output =
        tool("window-filter").current_dir(dir).args(args).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Each window as `start/end name`, of those between two days.
fn listed(file: &str, from: &str, to: &str) -> Vec<String> {
    let args = ["windows", "--from", from, "--to", to, "--timetable", file];
    let (code, out, err) = filter(&data("exports"), &args, "");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    out.lines()
        .map(|line| {
            let window: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| window[name].as_str().unwrap().replace(":00.000Z", "");
            format!("{}/{} {}", text("start"), text("end"), text("name"))
        })
        .collect()
}

#[test]
fn exports_of_three_calendars() {
    assert_eq!(
        listed("google.ics", "2026-01-01", "2027-01-01"),
        [
            "2026-03-08T01:00/2026-03-08T05:00 Second Sunday",
            "2026-03-28T23:00/2026-03-29T22:00 Data centre move",
            "2026-04-13T00:00/2026-04-13T01:00 Second Sunday (on Monday: Easter)",
            "2026-06-14T00:00/2026-06-14T04:00 Second Sunday",
        ]
    );
    assert_eq!(
        listed("outlook.ics", "2026-01-01", "2027-01-01"),
        [
            "2026-10-17T20:00/2026-10-18T04:00 Nächtliche Sperre",
            "2026-10-20T20:00/2026-10-20T21:30 Kyiv switch-over",
            // The night is an hour longer.
            "2026-10-24T20:00/2026-10-25T05:00 Nächtliche Sperre",
            "2026-10-31T21:00/2026-11-01T05:00 Nächtliche Sperre",
            "2026-10-31T22:00/2026-11-01T00:00 Freigabe",
            "2026-11-07T21:00/2026-11-08T05:00 Nächtliche Sperre",
        ]
    );
    assert_eq!(
        listed("apple.ics", "2026-01-01", "2027-01-01"),
        [
            "2026-10-31T05:00/2026-10-31T07:00 Index rebuild",
            "2026-11-01T05:00/2026-11-01T08:00 Index rebuild",
            "2026-11-02T06:30/2026-11-02T07:00 Index rebuild (short)",
        ]
    );
}

#[test]
fn a_listed_window_says_where_it_comes_from_and_whom_it_concerns() {
    let args =
        ["windows", "--from", "2026-10-24", "--to", "2026-11-01", "--timetable", "outlook.ics"];
    let (_, out, _) = filter(&data("exports"), &args, "");
    let uid = "040000008200E00074C5B7101A82E00800000000EXAMPLE00000000000000000100000000000001";
    let first = out.lines().next().unwrap();
    let expected = format!(
        r#"{{"name":"Nächtliche Sperre","start":"2026-10-24T20:00:00.000Z","end":"2026-10-25T05:00:00.000Z","environment":["prod"],"type":["TASK"],"timetable":"outlook.ics","line":36,"uid":"{uid}"}}"#
    );
    assert_eq!(first, expected);
    assert!(out.lines().last().unwrap().contains(r#""kind":"open""#), "{out}");
}

/// Every file in `broken/`, and what `check` says of it.
const BROKEN: &[(&str, &str)] = &[
    (
        "ambiguous-date.csv",
        "ambiguous-date.csv:2:2: error: start: \"03/04/2026 02:00\" is ambiguous: which number is \
         the day?\n  hint: write 2026-04-03 or 2026-03-04",
    ),
    (
        "serial-number.csv",
        "serial-number.csv:2:2: error: start: \"46115.0833\" is a spreadsheet's serial number, not a \
         date\n  hint: format the column as yyyy-mm-dd hh:mm before you export it; here that may be \
         2026-04-03 02:00",
    ),
    (
        "end-before-start.csv",
        "end-before-start.csv:2:3: error: end: the window ends (2026-04-03T00:00:00.000Z) when or \
         before it starts (2026-04-03T04:00:00.000Z)",
    ),
    (
        "unknown-zone.csv",
        "unknown-zone.csv:2:4: error: timezone: unknown time zone \"Europe/Pariss\"\n  hint: did you \
         mean Europe/Paris",
    ),
    (
        "missing-column.csv",
        "missing-column.csv:1: error: the header lacks the column start\n  hint: the first line names \
         the columns: name,start,end",
    ),
    (
        "unquoted-comma.csv",
        "unquoted-comma.csv:2:4: error: the row has 4 fields, the header 3\n  hint: quote a field that \
         holds the delimiter",
    ),
    (
        "recurrence-in-words.csv",
        "recurrence-in-words.csv:2:4: error: recurrence: \"every sunday\" is not a recurrence\n  hint: \
         write daily, weekly, SU, MO-FR or a rule such as FREQ=MONTHLY;BYDAY=2SU",
    ),
    ("open-bracket.csv", "open-bracket.csv:2:4: error: workspace: \"[Finance\" is not a pattern: "),
    (
        "half-an-object.jsonl",
        "half-an-object.jsonl:1:43: error: not a JSON object: EOF while parsing",
    ),
    ("empty.csv", "empty.csv:1: error: the timetable is empty"),
    (
        "spreadsheet.xlsx",
        "spreadsheet.xlsx:1: error: a workbook of a spreadsheet program, not a table in text\n  hint: save \
         the sheet as CSV (UTF-8), and name that file",
    ),
    (
        "no-dtstart.ics",
        "no-dtstart.ics:2: error: the event has no DTSTART\n  hint: say when it starts, or remove it",
    ),
    (
        "endless-duration.ics",
        "endless-duration.ics:5:10: error: duration: \"P999999999999999999W\" is not a duration in \
         range\n  hint: write PT2H or P1D",
    ),
    (
        "interval-zero.ics",
        "interval-zero.ics:6:7: error: rrule: INTERVAL=0 is not a number from 1 on\n  hint: write \
         INTERVAL=2",
    ),
    (
        "cut-in-an-event.ics",
        "cut-in-an-event.ics:12: error: the file ends inside the VEVENT of line 9, and without \
         END:VCALENDAR: it looks cut\n  hint: fetch it again",
    ),
    (
        "cut-between-events.ics",
        "cut-between-events.ics:8: error: the file ends without END:VCALENDAR: it looks cut\n  hint: \
         fetch it again",
    ),
    (
        "sign-in-page.ics",
        "sign-in-page.ics:1: error: the file is not a calendar: it looks like a web page (HTML)\n  \
         hint: fetch the calendar's own address; it may want a login",
    ),
    (
        "hebrew-dates.ics",
        "hebrew-dates.ics:3:10: error: calscale: \"HEBREW\" is no calendar that is read here, only \
         GREGORIAN\n  hint: export it with Gregorian dates",
    ),
    (
        "unknown-calendar-zone.ics",
        "unknown-calendar-zone.ics:3:15: error: x-wr-timezone: unknown time zone \"Europe/Pariss\"\n  \
         hint: did you mean Europe/Paris?",
    ),
    (
        "zone-without-its-rules.ics",
        "zone-without-its-rules.ics:4:35: error: dtstart: unknown time zone \"Customized Time Zone\"",
    ),
];

// README: This finds mistakes in it.
#[test]
fn every_broken_timetable_gets_its_message() {
    let mut files: Vec<String> = fs::read_dir(data("broken"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<&str> = BROKEN.iter().map(|(file, _)| *file).collect();
    known.sort_unstable();
    assert_eq!(files, known);
    for (file, message) in BROKEN {
        let (code, out, err) = filter(&data("broken"), &["check", "--timetable", file], "");
        assert_eq!((code, out.as_str()), (65, ""), "{file}: {err}");
        assert!(err.contains(message), "{file}: expected\n{message}\nbut it was\n{err}");
        // Used as it is, it stops the tool before any line is read.
        let (code, out, err) = filter(&data("broken"), &["--timetable", file], "{\"date\":1}\n");
        assert_eq!((code, out.as_str()), (65, ""), "{file}: {err}");
        let place = message.split(" error:").next().unwrap().trim_end_matches(':');
        assert!(err.contains(place), "{file}: {err}");
    }
}

/// With `--on-error skip` the events that are whole are used, and it is reported.
#[test]
fn what_is_whole_of_a_cut_calendar_is_used_where_errors_are_skipped() {
    let run = |date: &str| format!("{{\"id\":\"x\",\"date\":\"{date}\"}}\n");
    let input = run("2026-12-06T03:00:00.000Z") + &run("2026-12-07T03:00:00.000Z");
    for file in ["cut-in-an-event.ics", "cut-between-events.ics"] {
        let args = ["--on-error", "skip", "--timetable", file];
        let (code, out, err) = filter(&data("broken"), &args, &input);
        assert_eq!((code, out.lines().count()), (0, 1), "{file}: {err}");
        assert!(out.contains("2026-12-06") && out.contains("Patching"), "{out}");
        assert!(err.contains("END:VCALENDAR: it looks cut (fetch it again)"), "{err}");
    }
}

/// A directory with these files.
fn dir(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn warnings_of_a_timetable_leave_the_exit_code_at_0() {
    let csv = "name,start,end,timezone,task,environment\n\
        gone,2020-01-01T02:00,2020-01-01T06:00,UTC,,\n\
        a,2099-03-28T22:00,2099-03-29T06:00,Europe/Paris,,\n\
        b,2099-03-29T03:00,2099-03-29T08:00,Europe/Paris,,\n\
        c,2099-05-01T03:00,2099-05-01T08:00,UTC,orders,prod|dev\n";
    let tasks = "{\"executable\":\"61323d2498d04f63ee697541\",\"name\":\"load orders\",\
        \"workspace\":{\"id\":\"w\",\"name\":\"Finance\",\"environment\":{\"id\":\"e\",\"name\":\"prod\"}}}\n";
    let dir = dir(&[("t.csv", csv), ("tasks.jsonl", tasks)]);
    let args = ["check", "--timetable", "t.csv", "--tasks", "tasks.jsonl"];
    let (code, out, err) = filter(dir.path(), &args, "");
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    for part in [
        "t.csv:2: warning: the window \"gone\" lies wholly in the past",
        "t.csv:3: warning: the clock of Europe/Paris changes in the window \"a\" of \
         2099-03-28T21:00:00.000Z: it lasts 7 h, not 8 h",
        "t.csv:4: warning: the window \"b\" of 2099-03-29T01:00:00.000Z overlaps \"a\" of \
         2099-03-28T21:00:00.000Z (t.csv:3)",
        "t.csv:5: warning: task:\"orders\" matches none of the tasks and plans (1)",
        "t.csv:5: warning: environment:\"dev\" matches none of the tasks and plans (1)",
        // Four of them lie in another century, as they should be wherever this runs.
        "errors: 0, warnings: 8",
    ] {
        assert!(err.contains(part), "{part}\n{err}");
    }
    assert!(!err.contains("environment:\"prod"), "{err}");
}

#[test]
fn a_check_without_an_error_reports_what_is_ahead() {
    let csv = "name,start,end,timezone,recurrence,workspace,kind\n\
        over,2020-01-01T02:00,2020-01-01T06:00,UTC,,,\n\
        on now,2020-01-01T02:00,open,UTC,,Sales,\n\
        let through,2098-05-01T03:00,2098-05-01T08:00,UTC,,,open\n";
    let task = |name: &str, workspace: &str| {
        format!(
            "{{\"executable\":\"{name}\",\"name\":\"{name}\",\"workspace\":{{\"id\":\"w\",\
             \"name\":\"{workspace}\",\"environment\":{{\"id\":\"e\",\"name\":\"prod\"}}}}}}\n"
        )
    };
    let tasks = task("a", "Sales") + &task("b", "Finance") + &task("c", "Sales");
    let daily = "name,start,end,recurrence,timezone\nnight,02:00,04:00,daily,Asia/Tokyo\n";
    let past = "name,start,end\nover,2020-01-01T02:00Z,2020-01-01T06:00Z\n";
    let tags = "name,start,end,workspace,tag\n\
        a,2020-01-01T02:00Z,open,Sales,\nb,2020-01-01T02:00Z,open,Finance,x\n";
    let disjoint = "name,start,end,workspace,task\na,2020-01-01T02:00Z,open,Sales,b\n";
    let dir = dir(&[
        ("t.csv", csv),
        ("daily.csv", daily),
        ("past.csv", past),
        ("tags.csv", tags),
        ("disjoint.csv", disjoint),
        ("tasks.jsonl", &tasks),
    ]);
    let check = |args: &[&str]| {
        let (code, out, err) = filter(dir.path(), &[&["check"], args].concat(), "");
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
        err
    };
    let err = check(&["--timetable", "t.csv", "--tasks", "tasks.jsonl"]);
    let on = "1 window in the next 366 days; on now is \"on now\", 2020-01-01 02:00 without an end (UTC)";
    assert!(err.contains(on), "{err}");
    assert!(err.contains("these windows concern 2 of 3 tasks and plans"), "{err}");
    let err = check(&["--timetable", "tags.csv", "--tasks", "tasks.jsonl"]);
    assert!(
        err.contains(
            "these windows concern 2 of 3 tasks and plans; whether they concern 1 more is not known"
        ),
        "{err}"
    );
    let err = check(&["--timetable", "disjoint.csv", "--tasks", "tasks.jsonl"]);
    assert!(
        err.contains(
            "disjoint.csv:2: warning: workspace:\"Sales\" and task:\"b\" together match none of the \
             tasks and plans (3)"
        ),
        "{err}"
    );
    let err = check(&["--timetable", "daily.csv"]);
    assert!(err.contains(" windows in the next 366 days; "), "{err}");
    assert!(err.contains(" is \"night\", ") && err.contains("04:00 (Asia/Tokyo)"), "{err}");
    let err = check(&["--timetable", "past.csv"]);
    assert!(err.contains("no window is ahead in the next 366 days"), "{err}");
    assert_eq!(check(&["--quiet", "--timetable", "daily.csv"]), "");
}

#[test]
fn a_file_that_cannot_be_read_hides_no_problem_of_another() {
    let dir = dir(&[("bad.csv", "name,start,end\nw,2026-01-02T00:00Z,2026-01-01T00:00Z\n")]);
    let args = ["check", "--timetable", "none.csv", "--timetable", "bad.csv"];
    let (code, _, err) = filter(dir.path(), &args, "");
    assert_eq!(code, 65, "{err}");
    for part in
        ["none.csv:1: error: cannot read", "bad.csv:2:3: error: end", "errors: 2, warnings: 0"]
    {
        assert!(err.contains(part), "{part}\n{err}");
    }
}

/// The list is a timetable again that selects the same runs, and a run
/// is selected exactly if it lies in a listed window.
#[test]
fn the_list_and_the_selection_agree() {
    let csv = "name,start,end,timezone,recurrence,until,except,kind,task\n\
        night,22:00,06:00,Europe/Paris,SA,,,,\n\
        week,2026-10-05T09:00,2026-10-05T17:00,America/New_York,MO-FR,2026-11-20,2026-10-14,,a*\n\
        month,2026-10-01T00:00,2026-10-02T00:00,Asia/Tokyo,FREQ=MONTHLY;BYMONTHDAY=1,,,,\n\
        free,2026-10-24T23:00,2026-10-25T03:30,UTC,,,,open,\n\
        long,2026-11-28T00:00,open,UTC,,,,,b\n";
    let mut runs = String::new();
    for day in 1..=61 {
        for half in 0..48 {
            let (month, day) = if day <= 31 { (10, day) } else { (11, day - 31) };
            let (hour, minute) = (half / 2, half % 2 * 30);
            for name in ["a1", "b"] {
                let _ = writeln!(
                    runs,
                    r#"{{"id":"x","name":"{name}","date":"2026-{month}-{day:02}T{hour:02}:{minute:02}:00.000Z"}}"#
                );
            }
        }
    }
    let dir = dir(&[("t.csv", csv)]);
    let span = ["--from", "2026-10-01", "--to", "2026-12-15"];
    for widening in [&[][..], &["--before", "20m", "--after", "10m"]] {
        let list = [&["windows", "--timetable", "t.csv"][..], &span, widening].concat();
        let (code, windows, err) = filter(dir.path(), &list, "");
        assert_eq!((code, err.as_str()), (0, ""));
        fs::write(dir.path().join("listed.jsonl"), &windows).unwrap();
        let (_, selected, _) =
            filter(dir.path(), &[&["--timetable", "t.csv"][..], widening].concat(), &runs);
        let (_, again, _) = filter(dir.path(), &["--timetable", "listed.jsonl"], &runs);
        let bare = |lines: &str| -> Vec<String> {
            lines.lines().map(|line| line.split(",\"window\"").next().unwrap().to_owned()).collect()
        };
        assert_eq!(bare(&selected), bare(&again));

        let windows: Vec<Value> =
            windows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let inside = |window: &Value, run: &Value| {
            let scope = window["task"][0].as_str().map(|glob| glob.trim_end_matches('*'));
            let date = run["date"].as_str().unwrap();
            scope.is_none_or(|scope| run["name"].as_str().unwrap().starts_with(scope))
                && window["start"].as_str().unwrap() <= date
                && window["end"].as_str().is_none_or(|end| date < end)
        };
        let expected: Vec<String> = runs
            .lines()
            .filter(|line| {
                let run: Value = serde_json::from_str(line).unwrap();
                let of = |open: bool| {
                    windows
                        .iter()
                        .filter(|window| (window["kind"] == "open") == open)
                        .any(|window| inside(window, &run))
                };
                of(false) && !of(true)
            })
            .map(|line| line.trim_end_matches('}').to_owned())
            .collect();
        assert!(expected.len() > 500, "{}", expected.len());
        assert_eq!(bare(&selected), expected);
    }
}

#[test]
fn a_series_that_is_open_from_one_instance_on_takes_its_time_out_of_the_others() {
    let event = |lines: &str| format!("BEGIN:VEVENT\nUID:a\nSUMMARY:a\n{lines}END:VEVENT\n");
    let night = event("DTSTART:20270104T020000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\n");
    let free = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270106T020000Z\nDTSTART:20270106T020000Z\n\
         DURATION:PT1H\nX-MAINTENANCE-KIND:open\n",
    );
    let month =
        event("DTSTART:20270101T000000Z\nDTEND:20270201T000000Z\n").replace("UID:a", "UID:b");
    let text = format!("BEGIN:VCALENDAR\n{night}{free}{month}END:VCALENDAR\n");
    let dir = dir(&[("t.ics", &text)]);
    let run =
        |day: u32| format!("{{\"id\":\"{day}\",\"date\":\"2027-01-0{day}T02:30:00.000Z\"}}\n");
    let runs: String = (4..=9).map(run).collect();
    let (code, out, _) = filter(dir.path(), &["--timetable", "t.ics"], &runs);
    let days: Vec<&str> = out.lines().map(|line| &line[7..8]).collect();
    assert_eq!((code, days.concat().as_str()), (0, "459"));
}

#[test]
fn the_span_of_a_list() {
    let csv = "name,start,end,timezone\na,2020-01-01,2020-01-02,UTC\nb,2990-01-01,2990-01-02,UTC\n";
    let dir = dir(&[("t.csv", csv)]);
    let names = |args: &[&str]| {
        let (code, out, err) =
            filter(dir.path(), &[&["windows", "--timetable", "t.csv"], args].concat(), "");
        assert_eq!(code, 0, "{err}");
        out.lines().map(|line| line[9..10].to_owned()).collect::<String>()
    };
    assert_eq!(names(&[]), "ab");
    assert_eq!(names(&["--from", "now"]), "b");
    assert_eq!(names(&["--to", "now"]), "a");
    assert_eq!(names(&["--from", "2020-01-02"]), "b");
    assert_eq!(names(&["--from", "2020-01-02", "--after", "1m"]), "ab");
    assert_eq!(names(&["--to", "2990-01-01"]), "a");
    let args = ["windows", "--timetable", "t.csv", "--from", "+1d", "--to", "-1d"];
    let (code, _, err) = filter(dir.path(), &args, "");
    assert_eq!(code, 2, "{err}");
}

#[test]
fn an_endless_list_goes_on_for_a_year_from_its_start_and_says_where_it_stops() {
    let endless = "name,start,end,recurrence\nd,2020-01-01T00:00Z,2020-01-01T01:00Z,MO\n";
    let far = format!("{endless}f,2990-01-01T00:00Z,2990-01-02T00:00Z,\n");
    let open = "name,start,end\no,2020-01-01T00:00Z,open\n";
    let later = format!("{open}f,2990-01-01T00:00Z,2990-01-02T00:00Z\n");
    let dir = dir(&[("e.csv", endless), ("f.csv", &far), ("o.csv", open), ("l.csv", &later)]);
    for (file, args, is_reported) in [
        ("e.csv", &["--from", "now"][..], true),
        ("e.csv", &["--from", "+400d"], true),
        ("e.csv", &["--from", "+400d", "--to", "+500d"], false),
        ("f.csv", &["--from", "now"], true),
        ("o.csv", &[], false),
        ("o.csv", &["--from", "+400d"], false),
        ("l.csv", &[], true),
    ] {
        let args = [&["windows", "--timetable", file], args].concat();
        let (code, out, err) = filter(dir.path(), &args, "");
        assert_eq!(code, 0, "{args:?} {err}");
        assert!(!out.is_empty(), "{args:?}");
        let reported = err.contains("and there are later ones: give --to");
        assert_eq!(reported, is_reported, "{args:?} {err}");
    }
}
