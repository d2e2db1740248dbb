//! Tables that are mistyped, cut or without effect: refused or reported by the
//! tools themselves, before anything is selected.

use std::fmt::Write as _;
use std::fs;

use tempfile::TempDir;

use crate::support::tool::tool;

/// The exit code, stdout and stderr of `window-filter` with that timetable.
fn filter(file: &str, text: &str, args: &[&str], input: &str) -> (i32, String, String) {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(file), text).unwrap();
    let output = tool("window-filter")
        .current_dir(dir.path())
        .args(args)
        .args(["--timetable", file])
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const RUN: &str = "{\"id\":\"a\",\"date\":\"2098-12-01T03:00:00.000Z\"}\n";
const ROW: &str = "w,2098-12-01T02:00Z,2098-12-01T06:00Z";

// README: A timetable is read strictly
#[test]
fn a_table_that_may_be_misread_selects_nothing_and_ends_with_65() {
    for (file, text, part) in [
        ("t.csv", "name,start,end\nw,2098-12-01T02:00Z,\n".to_owned(), "t.csv:2:3: end: the row has neither"),
        ("t.csv", format!("name,start,end,enviroment\n{ROW},x\n"), "did you mean environment?"),
        ("t.csv", format!("name,start,end,tz\n{ROW},UTC\n"), "did you mean timezone?"),
        ("t.csv", "name,start,end,timezone\nw,2098-12-01T02:00\n".to_owned(), "t.csv:2:2: the row has 2 fields"),
        ("t.csv", format!("name,start,end,task\n{ROW},a"), "t.csv:2: the last line has no line break"),
        ("t.csv", format!("name,start,end,x\n{ROW},\"\n{ROW},\n"), "t.csv:2: a quote that opens here is never closed"),
        ("t.csv", "name,start,start time,end,end time\nw,2098-12-01,02:00,2098-12-01,06:00\n".to_owned(), "write date and time together"),
        ("t.jsonl", "{\"name\":\"w\",\"start\":\"2098-12-01T02:00Z\"}\n".to_owned(), "t.jsonl:1:"),
        ("t.jsonl", "{\"name\":\"w\",\"start\":\"2098-12-01T02:00Z\",\"end\":null,\"workspaces\":[\"x\"]}\n".to_owned(), "did you mean workspace?"),
    ] {
        for args in [&[][..], &["windows"], &["check"]] {
            let (code, out, err) = filter(file, &text, args, RUN);
            assert_eq!((code, out.as_str()), (65, ""), "{text} {args:?}: {err}");
            // In a check the severity stands behind the place.
            let reported = err.replace(" error:", "");
            assert!(reported.contains(part), "{text} {args:?}: {err}");
        }
    }
}

#[test]
fn a_list_without_a_window_is_reported() {
    for (args, format, reported) in [
        (&["--from", "2098-12-02"][..], "jsonl", " from 2098-12-02T00:00:00.000Z"),
        (&["--to", "2098-12-01T02:00Z"], "csv", " to 2098-12-01T02:00:00.000Z"),
        (
            &["--from", "2098-11-01", "--to", "2098-12-01"],
            "table",
            " from 2098-11-01T00:00:00.000Z to 2098-12-01T00:00:00.000Z",
        ),
        (&["--name", "other"], "jsonl", ""),
    ] {
        let args = [&["windows", "--format", format], args].concat();
        let (code, _, err) = filter("t.csv", &format!("name,start,end\n{ROW}\n"), &args, "");
        let reported = format!("window-filter: warning: the timetable has no windows{reported}\n");
        assert_eq!(code, 0, "{args:?}: {err}");
        assert!(err.ends_with(&reported), "{args:?}: {err}");
    }
}

#[test]
fn a_timetable_without_a_window_is_reported_by_every_job() {
    for (text, part) in [
        ("name,start,end\n", "t.csv:1: the timetable has a header and no rows"),
        (
            "name,start,end,recurrence,until\nw,2098-12-02T02:00Z,2098-12-02T06:00Z,daily,2098-12-01\n",
            "t.csv:2:5: until: it is before the start",
        ),
        (
            "name,start,end,recurrence,except\nw,2098-12-02T02:00Z,2098-12-02T06:00Z,FREQ=DAILY;COUNT=2,2098-12-02;2098-12-03\n",
            "t.csv:2:5: except: all starts are taken out",
        ),
    ] {
        for args in [&[][..], &["windows"], &["check"]] {
            let (code, out, err) = filter("t.csv", text, args, RUN);
            assert_eq!((code, out.as_str()), (0, ""), "{text} {args:?}: {err}");
            assert!(err.replace(" warning:", "").contains(part), "{text} {args:?}: {err}");
        }
    }
}

const TO: [&str; 3] = ["windows", "--to", "2100-01-01"];

#[test]
fn what_is_listed_of_a_window_without_an_end_is_read_back() {
    let (code, listed, err) =
        filter("t.csv", "name,start,end\nw,2098-12-01T02:00Z,open\n", &TO, "");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(listed.contains("\"end\":null"), "{listed}");
    let (code, out, err) = filter("t.jsonl", &listed, &[], RUN);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().count(), 1);
    let (_, again, _) = filter("t.jsonl", &listed, &TO, "");
    assert_eq!(again, listed.replace("t.csv\",\"line\":2", "t.jsonl\",\"line\":1"));
}

#[test]
fn a_check_of_many_problems_stays_short() {
    let mut text = String::from("name,start,end,timezone,owner\n");
    for row in 0..2000 {
        let _ = writeln!(text, "w{row},2098-12-01T02:00Z,2098-12-01T06:{:02}Z,,me", row % 60);
    }
    for row in 0..500 {
        let _ = writeln!(text, "p{row},2001-12-01T02:00Z,2001-12-01T06:00Z,EST,me");
        let _ = writeln!(text, "e{row},2098-12-01T02:00Z,,,me");
    }
    let (code, _, err) = filter("t.csv", &text, &["check"], "");
    assert_eq!(code, 65);
    let count = |part: &str| err.lines().filter(|line| line.contains(part)).count();
    for (part, times) in [
        ("2000 windows overlap one another", 1),
        ("lies wholly in the past", 20),
        ("neither an end nor a duration", 20),
        ("and 480 more of this kind", 2),
        ("columns that are not used: \"owner\"", 1),
        ("the zone \"EST\" never changes its clocks: it is UTC-05:00 all year", 1),
        // All of them, shown or not.
        ("errors: 500, warnings: 2503", 1),
    ] {
        assert_eq!(count(part), times, "{part}\n{err}");
    }
    assert!(err.lines().count() < 140, "{err}");
}

#[test]
fn a_check_reports_what_may_not_mean_what_it_says() {
    let text = "name,start,end,timezone,recurrence,until\n\
        far,2098-12-01T02:00Z,2098-12-01T06:00Z,,,\n\
        year,2001-12-01T02:00Z,2098-12-01T06:00Z,,,\n\
        \u{a0},2001-01-01T02:00Z,2001-01-01T06:00Z,,,\n\
        rare,2001-01-01T02:00Z,2001-01-01T06:00Z,,FREQ=YEARLY;INTERVAL=400,\n\
        over,2001-01-31T02:00Z,2001-01-31T06:00Z,,FREQ=YEARLY;INTERVAL=400,2200-01-01\n\
        fixed,02:00,06:00,Etc/GMT+2,daily,\n";
    let (code, _, err) = filter("t.csv", text, &["check"], "");
    assert_eq!(code, 0, "{err}");
    for part in [
        "t.csv:2: warning: the window \"far\" starts 2098-12-01T02:00:00.000Z, more than ten years",
        "t.csv:3: warning: the window \"year\" ends 2098-12-01T06:00:00.000Z, more than ten years",
        "t.csv:4: warning: the window has no name",
        "t.csv:5: warning: the next window \"rare\" starts 2401-01-01T02:00:00.000Z, more than ten years",
        "t.csv:6: warning: the recurrence of \"over\" makes no window any more",
        "t.csv:7: warning: the zone \"Etc/GMT+2\" never changes its clocks: it is UTC-02:00 all year",
    ] {
        assert!(err.contains(part), "{part}\n{err}");
    }
}

#[test]
fn a_zone_that_is_no_place_gets_the_hint_with_its_offset_or_none() {
    for (zone, hint) in [
        ("GMT+2", Some("did you mean Etc/GMT-2?")),
        ("UTC-05:00", Some("did you mean Etc/GMT+5?")),
        ("UTC+5:30", None),
        ("UTC+15", None),
        ("PDT", Some("did you mean America/Los_Angeles?")),
        ("IST", None),
    ] {
        let row = "w,2098-12-01T02:00,2098-12-01T06:00";
        let (code, _, err) =
            filter("t.csv", &format!("name,start,end,timezone\n{row},{zone}\n"), &["windows"], "");
        assert_eq!(code, 65, "{err}");
        let (usage, _, flag) = filter(
            "t.csv",
            &format!("name,start,end\n{row}\n"),
            &["windows", "--timezone", zone],
            "",
        );
        assert_eq!(usage, 2, "{flag}");
        for err in [err, flag] {
            assert_eq!(err.contains("did you mean"), hint.is_some(), "{zone}: {err}");
            assert!(err.contains(hint.unwrap_or("the IANA name of a place")), "{zone}: {err}");
        }
    }
}
