//! The views for people, from the real binaries.

use crate::support::filter::{SAMPLE, filter, record_at, table, timetable};
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;

// README: **Agree on a window**
#[test]
fn views_of_the_sample() {
    let dir = timetable("Q3 patching,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z");
    let view = |format: &str| {
        let ended =
            filter(&dir, &["--quiet", "--timezone", "Europe/Paris", "--format", format], SAMPLE);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{format}");
        ended.stdout
    };
    assert_eq!(
        view("csv").lines().nth(1).unwrap(),
        "Q3 patching,2022-09-20T17:00:00.000Z,2022-09-20T21:00:00.000Z,\
         2022-09-20T19:00:00+02:00,2022-09-20T23:00:00+02:00,61323d2498d04f63ee697541,,TASK,\
         6242bc6eac74e9757cda41bb,,2022-09-20T18:00:00.000Z,2022-09-20T20:00:00+02:00,Europe/Paris,"
    );
    assert!(view("table").contains("09-20 20:00"));
    // The runs that no window concerns are only in the pictures.
    let timeline = view("timeline");
    let row = timeline.lines().find(|line| line.contains(" 61323d")).unwrap();
    assert_eq!(row.matches('o').count(), 5, "{timeline}");
    assert!(row.ends_with(" 1/6"), "{timeline}");
    assert_eq!(view("svg").matches("<circle class=\"free\"").count(), 5);

    let ended = filter(&dir, &["-v", "--format", "csv"], SAMPLE);
    assert_eq!(ended.stdout.lines().count(), 6);
    assert_eq!(filter(&dir, &["-v", "--format", "svg"], SAMPLE).code, 2);
    // An older window is not shown as one of this timetable.
    let older = record_at("2022-09-19T18:00:00Z")
        .replace('}', ",\"window\":{\"start\":\"2022-09-19T00:00:00Z\"}}");
    let ended = filter(&dir, &["--format", "svg"], older + &record_at("2022-09-20T18:00:00Z"));
    // One in the row of the window, and one in that of the task.
    assert_eq!(ended.stdout.matches("<rect class=\"window\"").count(), 2, "{}", ended.stdout);
    assert_eq!(filter(&dir, &["--format", "table"], "nonsense\n").code, 65);
}

#[test]
fn views_show_times_in_the_zone_of_the_window_and_records_do_not() {
    let dir = table(
        "name,start,end,timezone,recurrence",
        "Tokyo,2022-07-20 22:00,2022-07-21 04:00,Asia/Tokyo,\n\
         Paris,2022-08-01 19:00,23:00,Europe/Paris,FREQ=MONTHLY;BYMONTHDAY=20;COUNT=2\n\
         Zulu,2022-10-20T17:00:00Z,2022-10-20T21:00:00Z,,",
    );
    let view = |args: &[&str]| {
        let ended = filter(&dir, &[args, &["--quiet"]].concat(), SAMPLE);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let csv = view(&["--format", "csv", "--timezone", "America/New_York"]);
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let shown: Vec<_> = rows.iter().map(|row| [row[0], row[3], row[11], row[12]]).collect();
    let paris = |day: &'static str, run: &'static str| ["Paris", day, run, "Europe/Paris"];
    assert_eq!(
        shown,
        [
            ["Tokyo", "2022-07-20T22:00:00+09:00", "2022-07-21T03:00:00+09:00", "Asia/Tokyo"],
            paris("2022-08-20T19:00:00+02:00", "2022-08-20T20:00:00+02:00"),
            paris("2022-09-20T19:00:00+02:00", "2022-09-20T20:00:00+02:00"),
            ["Zulu", "2022-10-20T13:00:00-04:00", "2022-10-20T14:00:00-04:00", "America/New_York"],
        ]
    );
    let table = view(&["--format", "table"]);
    let tokyo = "Tokyo: 2022-07-20 22:00 to 2022-07-21 04:00 (Asia/Tokyo), 1 run of 1 task\n";
    assert!(table.starts_with(tokyo), "{table}");
    assert!(
        table.contains("2022-07-21 03:00") && table.contains("(Europe/Paris), 1 run of"),
        "{table}"
    );
    assert!(table.contains("Zulu: 2022-10-20 17:00 to 2022-10-20 21:00 (UTC)"), "{table}");
    assert!(table.ends_with("Together: 4 runs of 1 task in 4 windows.\n"), "{table}");
    for view in [view(&[]), view(&["windows", "--to", "2023-01-01"])] {
        assert!(!view.contains("zone"), "{view}");
    }
}

#[test]
fn pictures_have_a_title_and_windows_without_a_run_and_only_pictures_have() {
    let dir = timetable(
        "Q3 patching,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z\n\
         Nothing runs,2022-10-01T17:00:00Z,2022-10-01T21:00:00Z\n\
         Far away,2032-10-01T17:00:00Z,2032-10-01T21:00:00Z",
    );
    for format in ["timeline", "svg"] {
        let args = ["--quiet", "--format", format, "--title", "CHG-12 <now>"];
        let ended = filter(&dir, &args, SAMPLE);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{format}");
        let text = ended.stdout.replace("&lt;", "<").replace("&gt;", ">");
        for part in [
            "CHG-12 <now>",
            "Environment 6242bc6eac74e9757cda41bb",
            "1 of 6 runs in a window; 1 of 1 task; 2 windows",
            "Q3 patching",
            "Nothing runs",
            "Made 20",
        ] {
            assert!(text.contains(part), "{format}: {part}: {text}");
        }
        assert!(!text.contains("Far away"), "{format}: {text}");
    }
    for format in ["jsonl", "csv", "table"] {
        assert_eq!(filter(&dir, &["--format", format, "--title", "x"], SAMPLE).code, 2, "{format}");
    }
}

#[test]
fn a_timeline_on_a_pipe_is_as_wide_as_columns_says() {
    let dir = timetable("Q3 patching,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z");
    for (columns, widest) in
        [(Some("60"), 60), (Some("200"), 200), (Some("wide"), 100), (None, 100)]
    {
        let mut command = crate::support::tool::tool("window-filter");
        command.current_dir(dir.path()).args(["--timetable", "t.csv", "--format", "timeline"]);
        command.envs(columns.map(|columns| ("COLUMNS", columns)));
        let output = command.write_stdin(SAMPLE).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        // The axis ends before the column of the counts.
        assert!(longest <= widest && longest + 8 > widest, "{columns:?}: {longest}: {text}");
    }
}

/// That text without its colours.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.filter_map(|part| Some(part.split_once('m')?.1)).collect::<String>()
}

#[test]
fn the_colors_of_a_timeline_add_nothing_that_its_signs_do_not_show() {
    let dir = timetable("Q3 patching,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z");
    let timeline = |color: &str, no_color: Option<&str>| {
        let mut command = crate::support::tool::tool("window-filter");
        command.current_dir(dir.path()).envs(no_color.map(|value| ("NO_COLOR", value)));
        command.args(["--timetable", "t.csv", "--format", "timeline", "--color", color]);
        let output = command.write_stdin(SAMPLE).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = timeline("never", None);
    let colored = timeline("always", None);
    // The run in the window, and the window's bar: one in red, one in yellow.
    for color in ["\x1b[1;31m", "\x1b[33m"] {
        assert!(colored.contains(color), "{color:?}: {colored:?}");
    }
    assert!(!plain.contains('\x1b'), "{plain:?}");
    // The minute in which each was made may differ.
    let signs = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("Made "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(signs(&without_colors(&colored)), signs(&plain));
    // A flag says more than the variable; without one, a pipe has no colours.
    assert!(timeline("always", Some("1")).contains('\x1b'));
    assert!(!timeline("auto", None).contains('\x1b'));
}

#[test]
fn status_shows_holds_as_a_table() {
    let scene = Scene::new();
    let show = |args: &[&str]| {
        let output = scene.command(&[&["status"], args].concat()).output().unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), out, err)
    };
    let table = |args: &[&str]| show(&[&["--format", "table"], args].concat());
    let path = scene.ledger();
    let header = format!("Ledger: {}\n", path.display());
    scene.expect(0, &[], &(open_now(&["t0"]) + &selected("plan", "freeze", -90, None)));
    let (code, out, err) = table(&["--timezone", "Asia/Tokyo", "--overdue"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with(&header), "{out}");
    assert!(out.contains("| held") && out.contains("| no end"), "{out}");
    assert!(out.contains("Held: 2, overdue: 0. Times are in Asia/Tokyo"), "{out}");
    // The time that is left goes by between two calls.
    let [before, coloured, after] =
        [&[][..], &["--color", "always"], &[]].map(|args| table(args).1);
    assert!(!out.contains('\x1b') && (coloured == before || coloured == after), "{coloured}");
    // The records are what they were.
    let (_, records, _) = show(&[]);
    assert_eq!(show(&["--format", "jsonl"]).1, records);
    assert_eq!(records.lines().count(), 2);

    scene.an_hour_later();
    scene.end_clean();
    assert_eq!(table(&[]), (Some(0), header + "Nothing is held.\n", String::new()));
    // Neither in a job without it, nor in a zone that is none.
    for (args, code) in [
        (&["coverage", "--format", "table"][..], 2),
        (&["status", "--format", "table", "--timezone", "Europe/Pari"], 2),
    ] {
        assert_eq!(scene.run(args, "").code, code, "{args:?}");
    }
}
