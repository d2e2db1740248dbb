//! `window-filter`: lines in, the selected ones out.

use crate::support::filter::{SAMPLE, filter, record_at, table, timetable};

#[test]
fn the_documentations_sample() {
    for (window, selected) in [
        ("September,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z", &[2][..]),
        ("half open,2022-11-20T18:00:00Z,2022-11-20T19:00:00Z", &[]),
        ("from its start,2022-11-20T19:00:00Z,2022-11-20T20:00:00Z", &[4]),
        ("all,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z", &[0, 1, 2, 3, 4, 5]),
    ] {
        let dir = timetable(window);
        let ended = filter(&dir, &[], SAMPLE);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let [name, start, end] = window.split(',').collect::<Vec<_>>()[..] else { panic!() };
        let millis = |time: &str| time.replace('Z', ".000Z");
        let window = format!(
            ",\"window\":{{\"name\":\"{name}\",\"start\":\"{}\",\"end\":\"{}\"}}}}\n",
            millis(start),
            millis(end)
        );
        let lines: Vec<&str> = SAMPLE.lines().collect();
        let expected: String = selected
            .iter()
            .map(|&line: &usize| lines[line].strip_suffix('}').unwrap().to_owned() + &window)
            .collect();
        assert_eq!(ended.stdout, expected);

        let rest = filter(&dir, &["-v"], SAMPLE).stdout;
        let expected: String = (0..6)
            .filter(|line| !selected.contains(line))
            .map(|line| lines[line].to_owned() + "\n")
            .collect();
        assert_eq!(rest, expected);
    }
}

#[test]
fn all_other_bytes_stay_as_they_are() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let window = "\"window\":{\"name\":\"w\",\"start\":\"2022-01-01T00:00:00.000Z\",\
                  \"end\":\"2023-01-01T00:00:00.000Z\"}";
    let date = "\"date\":\"2022-07-20T18:00:00.000Z\"";
    for (line, expected) in [
        (format!("{{{date},\"x\":1.50e+01}}"), format!("{{{date},\"x\":1.50e+01,{window}}}")),
        (format!(" {{ {date} }} "), format!(" {{ {date} ,{window}}} ")),
        (format!("{{{date}}}\r"), format!("{{{date},{window}}}\r")),
        (
            format!("{{\"é\\u00e9\":[{{}}],{date}}}"),
            format!("{{\"é\\u00e9\":[{{}}],{date},{window}}}"),
        ),
        // An older window is another timetable's: it is replaced.
        (format!("{{{date},\"window\":{{\"name\":\"}}\"}}}}"), format!("{{{date},{window}}}")),
        (format!("{{\"window\":null,{date}}}"), format!("{{{date},{window}}}")),
        // Escapes in a name or a date, and the last of two.
        (
            "{\"d\\u0061te\":\"2022-07-20T18:00:00.000Z\"}".to_owned(),
            format!("{{\"d\\u0061te\":\"2022-07-20T18:00:00.000Z\",{window}}}"),
        ),
        (
            "{\"date\":\"2022-07-20\\u005418:00:00.000Z\"}".to_owned(),
            format!("{{\"date\":\"2022-07-20\\u005418:00:00.000Z\",{window}}}"),
        ),
        (format!("{{\"date\":\"x\",{date}}}"), format!("{{\"date\":\"x\",{date},{window}}}")),
        // Other forms of the same time.
        (
            "{\"date\":\"2022-07-20T20:00:00+02:00\"}".to_owned(),
            format!("{{\"date\":\"2022-07-20T20:00:00+02:00\",{window}}}"),
        ),
    ] {
        for end in ["\n", ""] {
            let ended = filter(&dir, &[], format!("{line}{end}"));
            assert_eq!((ended.stdout, ended.code), (format!("{expected}\n"), 0), "{line}");
        }
    }
    // Not selected: not even an older window is touched.
    let line = "{\"date\":\"2024-07-20T18:00:00.000Z\",\"window\":{} }\n";
    assert_eq!(filter(&dir, &["-v"], line).stdout, line);
}

#[test]
fn blank_lines_and_a_byte_order_mark_are_passed_over() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    assert_eq!(filter(&dir, &[], "").code, 0);
    assert_eq!(filter(&dir, &[], "\n \t\r\n").stdout, "");
    let input = format!("\u{feff}{}\n\r\n{}\n", record_at("2022-07-20T18:00:00Z"), record_at("x"));
    let ended = filter(&dir, &[], input);
    assert_eq!(ended.stdout.lines().count(), 1);
    assert!(!ended.stdout.starts_with('\u{feff}'));
    assert!(
        ended.stderr.contains("line 4: `date` is not a time in RFC 3339: \"x\""),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_bad_line_stops_behind_the_lines_before_it() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let good = record_at("2022-07-20T18:00:00Z");
    for (bad, message) in [
        (&b"{"[..], "line 3: not JSON: EOF while parsing an object at byte 1"),
        (b"[\"2022-07-20T18:00:00Z\"]", "line 3: not a JSON object"),
        (b"{\"id\":\"a\"}", "line 3: no `date` in the record"),
        (b"{\"date\":null}", "line 3: `date` is not a time in RFC 3339: null"),
        (b"{\"date\":\"2022-02-30T00:00:00.000Z\"}", "line 3: `date` is not a time in RFC 3339"),
        (b"{\"a\":\"\xff\"}", "line 3: not UTF-8 at byte 7"),
        (b"{\"a\":\"\\ud8\"}", "line 3: not JSON: "),
        (b"{\"a\":1e}", "line 3: not JSON: "),
        (b"{\"date\":\"2022-07-20T18:00:00Z\",\"durationMs\":-1}", "line 3: `durationMs` is not"),
    ] {
        let input = [good.as_bytes(), b"\n", bad, b"\n", good.as_bytes(), b"nonsense\n"].concat();
        let ended = filter(&dir, &[], input.clone());
        assert_eq!(ended.code, 65, "{message}");
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
        assert_eq!(ended.stdout.lines().count(), 1, "{message}: {}", ended.stdout);

        let ended = filter(&dir, &["--on-error", "skip"], input);
        assert_eq!(ended.code, 0, "{message}");
        assert_eq!(ended.stdout.lines().count(), 2, "{message}: {}", ended.stdout);
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
        assert!(ended.stderr.contains("line 5: not JSON"), "{}", ended.stderr);
        assert!(ended.stderr.contains("2 lines were left out"), "{}", ended.stderr);
    }
}

#[test]
fn an_error_is_one_json_object_with_log_format_json() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let ended = filter(&dir, &["--log-format", "json"], "{\n");
    let error: serde_json::Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!(error["code"], "bad-line");
    assert_eq!(error["exit"], 65);
    assert_eq!(error["retryable"], false);
    assert!(error["message"].as_str().unwrap().starts_with("line 1: "), "{error}");
}

// README: `--before 15m` begins each window 15 minutes earlier
#[test]
fn widening_lengths_and_overlaps() {
    let dir = timetable("w,2022-09-01T02:00:00Z,2022-09-01T06:00:00Z");
    let selected = |args: &[&str], record: &str| {
        let ended = filter(&dir, args, format!("{{\"date\":{record}}}\n"));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let line: Option<serde_json::Value> = serde_json::from_str(&ended.stdout).ok();
        line.map(|line| line["window"]["overlap"] == "running")
    };
    let early = "\"2022-09-01T01:50:00Z\"";
    assert_eq!(selected(&[], early), None);
    assert_eq!(selected(&["--before", "10m"], early), Some(false));
    assert_eq!(selected(&["--before", "9m59s"], early), None);
    assert_eq!(selected(&["--after", "1s"], "\"2022-09-01T06:00:00Z\""), Some(false));
    assert_eq!(selected(&["--assume-duration", "10m"], early), None);
    assert_eq!(selected(&["--assume-duration", "10m1s"], early), Some(true));
    // What the record says of itself wins, whatever is assumed.
    let long = format!("{early},\"durationMs\":600001");
    assert_eq!(selected(&[], &long), Some(true));
    assert_eq!(selected(&["--assume-duration", "1s"], &long), Some(true));
    let short = format!("{early},\"durationMs\":600000");
    assert_eq!(selected(&["--assume-duration", "1h"], &short), None);
    assert_eq!(
        selected(&["--assume-duration", "1h"], &format!("{early},\"durationMs\":null")),
        Some(true)
    );
    assert_eq!(selected(&["--assume-duration", "1h"], "\"2022-09-01T02:00:00Z\""), Some(false));
    // A day-long run over a window that is long over when it ends.
    assert_eq!(selected(&["--assume-duration", "1d"], early), Some(true));
}

#[test]
fn a_run_in_several_windows_gets_the_one_that_ends_last() {
    let dir = timetable(
        "short,2022-09-01T02:00:00Z,2022-09-01T06:00:00Z\n\
         long,2022-09-01T00:00:00Z,2022-09-02T00:00:00Z\n\
         late,2022-09-01T05:00:00Z,2022-09-01T07:00:00Z",
    );
    let ended = filter(&dir, &[], record_at("2022-09-01T05:30:00Z"));
    let line: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line["window"]["name"], "long");
}

#[test]
fn a_date_is_read_from_the_named_member() {
    let dir = timetable("w,2022-09-01T00:00:00Z,2022-10-01T00:00:00Z");
    let line = "{\"date\":\"x\",\"due\":\"2022-09-20T18:00:00Z\"}\n";
    assert_eq!(filter(&dir, &["--date-field", "due"], line).stdout.lines().count(), 1);
    let ended = filter(&dir, &["--date-field", "at"], line);
    assert_eq!(ended.code, 65);
    assert!(ended.stderr.contains("line 1: no `at` in the record"), "{}", ended.stderr);
}

#[test]
fn exit_status_says_whether_anything_was_selected() {
    let dir = timetable("w,2022-09-01T00:00:00Z,2022-10-01T00:00:00Z");
    let (inside, outside) = (record_at("2022-09-20T18:00:00Z"), record_at("2022-08-20T18:00:00Z"));
    for (args, input, code) in [
        (&["-e"][..], &inside, 0),
        (&["-e"], &outside, 1),
        (&["-e", "-v"], &outside, 0),
        (&["-e", "-v"], &inside, 1),
        (&[], &outside, 0),
    ] {
        assert_eq!(filter(&dir, args, input.as_str()).code, code, "{args:?}");
    }
}

#[test]
fn a_timetable_that_ends_before_the_runs_do_is_a_warning() {
    let dir = timetable("w,2022-09-01T00:00:00Z,2022-10-01T00:00:00Z");
    let ended = filter(&dir, &[], SAMPLE);
    let warning =
        "the timetable ends 2022-10-01T00:00:00.000Z, but runs go to 2022-12-20T19:00:00.000Z";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    assert_eq!(filter(&dir, &["--quiet"], SAMPLE).stderr, "");
    assert_eq!(filter(&dir, &[], record_at("2022-09-30T23:59:59.999Z")).stderr, "");
}

/// The one window of the first rule ends 2026-01-04T05:00Z, almost a year before UNTIL.
#[test]
fn the_end_of_a_timetable_that_recurs_is_that_of_its_last_window() {
    const NIGHT: &str = "2026-01-04T06:00";
    for (end, rule, run, after, reported) in [
        (NIGHT, "FREQ=YEARLY;UNTIL=20261231", "2026-01-04T04:59", "0s", None),
        (
            NIGHT,
            "FREQ=YEARLY;UNTIL=20261231",
            "2026-01-04T05:00",
            "0s",
            Some("ends 2026-01-04T05:00"),
        ),
        (NIGHT, "FREQ=YEARLY;UNTIL=20261231", "2026-01-04T05:59", "1h", None),
        (
            NIGHT,
            "FREQ=YEARLY;UNTIL=20261231",
            "2027-01-02T00:00",
            "1h",
            Some("ends 2026-01-04T06:00"),
        ),
        (
            NIGHT,
            "FREQ=WEEKLY;UNTIL=20261231",
            "2026-12-27T05:00",
            "0s",
            Some("ends 2026-12-27T05:00"),
        ),
        (NIGHT, "FREQ=WEEKLY;COUNT=20", "2026-05-17T04:00", "0s", Some("ends 2026-05-17T04:00")),
        (NIGHT, "FREQ=WEEKLY", "2099-05-17T04:00", "0s", None),
        // Too many are on at once to find the last of them: no exact end is claimed.
        (
            "2026-04-04T02:00",
            "FREQ=SECONDLY;UNTIL=20260801T000000Z",
            "2028-01-01T00:00",
            "0s",
            Some("has ended by 2026-11-01T00:00"),
        ),
    ] {
        let row = format!("w,2026-01-04T02:00,{end},{rule},Europe/Paris");
        let dir = table("name,start,end,recurrence,timezone", &row);
        let ended = filter(&dir, &["--after", after], record_at(&format!("{run}:00Z")));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        match reported {
            Some(reported) => {
                let reported =
                    format!("the timetable {reported}:00.000Z, but runs go to {run}:00.000Z");
                assert!(ended.stderr.contains(&reported), "{rule} {run}: {}", ended.stderr);
            }
            None => assert!(!ended.stderr.contains("the timetable"), "{rule}: {}", ended.stderr),
        }
    }
}

#[test]
fn bad_flags_and_timetables_end_with_their_code_and_message() {
    let dir = timetable("w,2022-09-01T00:00:00,2022-10-01T00:00:00");
    for (args, code, message) in [
        (&["--timezone", "Europe/Pari"][..], 2, "did you mean Europe/Paris"),
        (&["--tzdb", "no/such/dir"], 2, "no such directory"),
        (&["--tzdb", "."], 2, "no database of time zones: UTC is not in it"),
        (&["--date-field", ""], 2, "--date-field: the name is empty"),
        (&["--format", "svg", "--title", " "], 2, "--title: the text is empty"),
        (&["--timetable", "none.csv"], 65, "cannot read the timetable none.csv"),
        (&["--before", "soon"], 2, "not a duration"),
        (&["--threads", "0"], 2, "--threads"),
    ] {
        let ended = filter(&dir, args, SAMPLE);
        assert_eq!(ended.code, code, "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    let dir = timetable("w,2022-09-02T00:00:00Z,2022-09-01T00:00:00Z");
    let ended = filter(&dir, &[], SAMPLE);
    assert_eq!((ended.code, ended.stdout.as_str()), (65, ""));
    assert!(ended.stderr.contains("t.csv:2"), "{}", ended.stderr);
}

#[test]
fn zones_are_those_of_the_tool_the_system_or_a_directory() {
    let rows = "w,2022-07-20T20:00,2022-07-20T20:01,Europe/Berlin";
    let dir = table("name,start,end,timezone", rows);
    let system = "/usr/share/zoneinfo";
    for zones in ["bundled", "system", system] {
        if zones != "bundled" && !std::path::Path::new(system).join("UTC").exists() {
            eprintln!("SKIPPED: this system has no database of time zones");
            continue;
        }
        let runs = [record_at("2022-07-20T17:00:00Z"), record_at("2022-07-20T18:00:00Z")].concat();
        let ended = filter(&dir, &["--tzdb", zones], runs);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{zones}");
        assert_eq!(ended.stdout.lines().count(), 1, "{zones}: {}", ended.stdout);
        assert!(ended.stdout.contains("18:00"), "{zones}: {}", ended.stdout);
    }
}

#[test]
fn a_timetable_whose_name_has_no_ending_needs_its_format() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("windows");
    for (formats, text) in [
        (&["csv"][..], "name,start,end\nw,2026-12-01T00:00:00Z,2026-12-01T01:00:00Z\n"),
        (
            &["ics", "ical"],
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
             SUMMARY:w\r\nDTSTART:20261201T000000Z\r\nDTEND:20261201T010000Z\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n",
        ),
        (
            &["jsonl"],
            "{\"name\":\"w\",\"start\":\"2026-12-01T00:00:00Z\",\"end\":\"2026-12-01T01:00:00Z\"}\n",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let windows = |flags: &[&str]| {
            let mut command = crate::support::tool::tool("window-filter");
            command.args(["windows", "--timetable"]).arg(&path).args(flags);
            crate::support::tool::run(&mut command)
        };
        for format in formats {
            let ended = windows(&["--timetable-format", format]);
            assert_eq!(ended.code, 0, "{format}: {}", ended.stderr);
            assert!(ended.stdout.contains(r#""start":"2026-12-01T00:00:00.000Z""#), "{format}");
        }
        let ended = windows(&[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (65, ""), "{formats:?}");
        assert!(ended.stderr.contains("--timetable-format"), "{}", ended.stderr);
    }
}

#[test]
fn a_window_selects_only_the_runs_in_its_scope() {
    let rows = "w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z,Finance,";
    let dir = table("name,start,end,workspace,tag", rows);
    let record = |members: &str| format!("{{\"date\":\"2022-07-20T18:00:00Z\"{members}}}\n");
    let ended =
        filter(&dir, &[], record(",\"workspaceId\":\"x\",\"workspaceName\":\"F\\u0069nance\""));
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stderr);
    let ended = filter(&dir, &[], record(",\"workspaceId\":\"x\",\"workspaceName\":\"Sales\""));
    assert_eq!((ended.stdout.as_str(), ended.code), ("", 0), "{}", ended.stderr);
    for (members, message) in [
        ("", "line 1: no \"workspaceName\" in the record"),
        (",\"workspaceName\":7", "line 1: `workspaceName` is not a string: 7"),
    ] {
        let ended = filter(&dir, &[], record(members));
        assert_eq!((ended.stdout.as_str(), ended.code), ("", 65), "{}", ended.stderr);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    assert!(filter(&dir, &[], record("")).stderr.contains("--names"));
    // Outside the window nothing needs to be known.
    assert_eq!(filter(&dir, &[], record_at("2024-07-20T18:00:00Z")).code, 0);

    let dir = table("name,start,end,tag", "w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z,eu*");
    let tags = |tags: &str| filter(&dir, &[], record(&format!(",\"tags\":{tags}")));
    assert_eq!(tags("[\"a\",\"eu-1\"]").stdout.lines().count(), 1);
    assert_eq!(tags("[]").stdout, "");
    assert!(tags("\"eu\"").stderr.contains("line 1: `tags` is not an array of strings"));
}

#[test]
fn rules_of_seconds_and_many_rules_of_minutes_have_an_answer() {
    let minutes = "m,1970-01-01T00:00:10,30s,,UTC,FREQ=MINUTELY\n".repeat(14);
    let second = "s,1970-01-01T00:00:00,PT0.5S,,UTC,FREQ=SECONDLY\n";
    let walls = "w,1970-01-01T00:00:00,,1970-01-01T00:01:00,Europe/Paris,FREQ=SECONDLY\n";
    let inside =
        [record_at("2026-03-01T12:00:10.000Z"), record_at("1991-07-20T23:59:39.499Z")].concat();
    let outside = record_at("2026-03-01T12:00:09.750Z");
    for (rows, all_inside) in [(minutes.as_str(), false), (second, false), (walls, true)] {
        let dir = table("name,start,duration,end,timezone,recurrence", rows);
        let got = filter(&dir, &[], format!("{inside}{outside}"));
        assert_eq!(got.code, 0, "{}", got.stderr);
        assert_eq!(
            got.stdout.lines().count(),
            if all_inside { 3 } else { 2 },
            "{rows}{}",
            got.stdout
        );
    }
    // A run that began between two windows, and meets those until its end.
    let dir = table("name,start,duration,end,timezone,recurrence", second);
    let run = "{\"date\":\"2026-03-01T12:00:09.750Z\",\"durationMs\":200000000}\n";
    let got = filter(&dir, &[], run);
    assert!(
        got.stdout.contains("\"start\":\"2026-03-03T19:33:29.000Z\""),
        "{}{}",
        got.stdout,
        got.stderr
    );
}

const EMPTY_INPUT: &str = "window-filter: warning: the input is empty: no run was read\n";

#[test]
fn an_input_without_a_line_is_reported_in_one_line() {
    let dir = timetable("w,2098-12-01T02:00Z,2098-12-01T06:00Z");
    for (input, reported) in [
        ("", EMPTY_INPUT),
        ("\n\n", EMPTY_INPUT),
        ("{\"end\":{\"runs\":0}}\n", ""),
        ("{\"id\":\"a\",\"date\":\"2098-12-01T03:00:00.000Z\"}\n", ""),
    ] {
        for args in [&[][..], &["--invert-match"], &["--format", "table"], &["--threads", "3"]] {
            let ended = filter(&dir, args, input);
            assert_eq!((ended.code, ended.stderr.as_str()), (0, reported), "{input:?} {args:?}");
            let ended = filter(&dir, &[args, &["--quiet"]].concat(), input);
            assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{input:?} {args:?}");
        }
        let ended = filter(&dir, &["--exit-status", "--invert-match"], input);
        assert_eq!(ended.code, 1, "{input:?}");
    }
}
