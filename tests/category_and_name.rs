//! `--category` and `--name`: windows that are picked from a calendar which holds
//! more than maintenance, by every job that reads a timetable.

use std::fs;

use tempfile::TempDir;

use crate::support::ended::Ended;
use crate::support::runs::{NOTHING, open_now, whole_minute};
use crate::support::scene::Scene;
use crate::support::tool::tool;
use crate::support::world::ENVIRONMENT;

const RUNS: &str = "{\"id\":\"a\",\"date\":\"2098-12-01T03:00:00.000Z\"}\n\
    {\"id\":\"a\",\"date\":\"2098-12-02T03:00:00.000Z\"}\n";

/// Maintenance on the 1st, a party on the 2nd, and a dinner in no zone.
fn calendar(start: &str, end: &str) -> String {
    let event =
        |uid: u8, lines: &str| format!("BEGIN:VEVENT\r\nUID:{uid}\r\n{lines}END:VEVENT\r\n");
    let events = [
        event(
            1,
            &format!(
                "SUMMARY:Patching\r\nCATEGORIES:Maintenance\r\nDTSTART:{start}\r\nDTEND:{end}\r\n"
            ),
        ),
        event(
            2,
            "SUMMARY:Party\r\nCATEGORIES:Fun\r\nDTSTART:20981202T020000Z\r\nDTEND:20981202T040000Z\r\n",
        ),
        event(
            3,
            "SUMMARY:Dinner\r\nDTSTART;TZID=Nowhere:20981203T190000\r\nDTEND;TZID=Nowhere:20981203T200000\r\n",
        ),
    ];
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.concat())
}

fn site() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("t.ics"), calendar("20981201T020000Z", "20981201T040000Z")).unwrap();
    fs::write(dir.path().join("t.csv"), "name,start,end\nw,2098-12-01T02:00Z,2098-12-01T06:00Z\n")
        .unwrap();
    dir
}

fn filter(dir: &TempDir, args: &[&str]) -> Ended {
    let mut command = tool("window-filter");
    command.current_dir(dir.path()).args(args).write_stdin(RUNS);
    Ended::of(command.output().unwrap())
}

#[test]
fn every_job_reads_what_is_picked_and_reports_how_much_is_left_out_in_one_line() {
    const LEFT_OUT: &str =
        "window-filter: 2 of 3 events and rows are left out by --category and --name\n";
    let dir = site();
    for pick in [["--category", "maintenance"], ["--name", "Patch*"]] {
        for (args, lines) in [
            (&[][..], 1),
            (&["windows"], 1),
            (&["check"], 0),
            (
                &[
                    "suggest",
                    "--length",
                    "1h",
                    "--from",
                    "2098-12-01",
                    "--to",
                    "2098-12-04",
                    "--count",
                    "1",
                ],
                1,
            ),
        ] {
            let args = [args, &["--timetable", "t.ics"], &pick].concat();
            let ended = filter(&dir, &args);
            assert_eq!((ended.code, ended.stdout.lines().count()), (0, lines), "{ended:#?}");
            assert_eq!(ended.stderr.matches(LEFT_OUT).count(), 1, "{args:?} {ended:#?}");
            assert!(!ended.stderr.contains("Nowhere"), "{args:?} {ended:#?}");
            assert!(!ended.stdout.contains("2098-12-02"), "{args:?} {ended:#?}");
            let quiet = filter(&dir, &[&args[..], &["--quiet"]].concat());
            assert_eq!(quiet.stderr, "", "{args:?}");
        }
        // Unpicked, the calendar has an error.
        assert_eq!(filter(&dir, &["--timetable", "t.ics"]).code, 65);
    }
    // Beside a calendar, rows of a table all count.
    let both = ["windows", "--timetable", "t.ics", "--timetable", "t.csv", "--category", "fun"];
    let ended = filter(&dir, &both);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 2), "{ended:#?}");
}

#[test]
fn flags_that_pick_nothing_are_reported_and_those_without_a_meaning_are_refused() {
    let dir = site();
    for word in [&[][..], &["windows"], &["check"]] {
        let args = [word, &["--timetable", "t.ics", "--category", "Maintenence"]].concat();
        let ended = filter(&dir, &args);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{ended:#?}");
        for part in ["no event has it", "did you mean \"Maintenance\"?", "picks none of 3 events"] {
            assert!(ended.stderr.contains(part), "{part}: {ended:#?}");
        }
    }
    for (args, part) in [
        (
            &["--timetable", "t.csv", "--category", "x"][..],
            "--category: no timetable is a calendar",
        ),
        (&["--timetable", "t.ics", "--category", " "], "--category: the value is empty"),
        (&["--timetable", "t.ics", "--name", ""], "--name: the value is empty"),
        (&["--timetable", "t.ics", "--name", "[a"], "--name: \"[a\" is not a pattern"),
        (&["suggest", "--length", "1h", "--name", "x"], "--name is of use with --timetable alone"),
        (
            &["suggest", "--length", "1h", "--timetable-format", "csv"],
            "--timetable-format is of use with --timetable alone",
        ),
        (
            &["suggest", "--length", "1h", "--tzdb", "system"],
            "--tzdb is of use with --timetable or --timezone alone",
        ),
    ] {
        let ended = filter(&dir, args);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{args:?} {ended:#?}");
        assert!(ended.stderr.contains(part), "{args:?} {ended:#?}");
    }
}

#[test]
fn sync_follows_what_is_picked_and_doubts_flags_that_pick_nothing() {
    let stamp = |minute| whole_minute(minute).to_string()[..19].replace(['-', ':'], "") + "Z";
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0"]));
    let file = scene.file("t.ics");
    fs::write(&file, calendar(&stamp(-30), &stamp(90)).replace("Patching", "patching")).unwrap();
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let with = |more: &[&'static str]| [&sync[..], more].concat();
    assert_eq!(scene.run(&sync, NOTHING).code, 65, "its dinner is in no zone");
    let ended = scene.expect(0, &with(&["--category", "Maintenance"]), NOTHING);
    assert_eq!(ended.action("t0"), "held");
    assert!(ended.stderr.contains("2 of 3 events and rows are left out"), "{ended:#?}");
    assert_eq!(ended.receipt("t0")["hold"]["end"], whole_minute(90).to_string());
    for (pick, reported) in [
        (["--category", "Maintenence"], "did you mean \"Maintenance\"?"),
        (["--name", "Q4*"], "no event or row is called so"),
    ] {
        let ended = scene.expect(65, &with(&pick), NOTHING);
        assert!(ended.stderr.contains(reported), "{ended:#?}");
        assert!(ended.stderr.contains("none was given back"), "{ended:#?}");
    }
    let ended = scene.run(&["sync", "--environment", ENVIRONMENT, "--name", "x"], NOTHING);
    assert_eq!(ended.code, 2, "{ended:#?}");
    scene.end_clean();
}
