//! `window-filter suggest`: the quietest slots, as a timetable.

use serde_json::Value;

use crate::support::ended::Ended;
use crate::support::filter::{SAMPLE, filter, record_at, table, timetable};
use crate::support::tool::tool;

fn suggest(args: &[&str], input: &str) -> Ended {
    let mut command = tool("window-filter");
    Ended::of(command.arg("suggest").args(args).write_stdin(input).output().unwrap())
}

/// A run every ten minutes of a day, but for the night from 01:00 to 03:10.
fn a_day() -> String {
    let minutes = (0..24 * 60).step_by(10).filter(|minute| !(61..190).contains(minute));
    minutes
        .map(|minute| record_at(&format!("2026-12-01T{:02}:{:02}:00Z", minute / 60, minute % 60)))
        .collect()
}

// README: **Agree on a window**
#[test]
fn the_quietest_slot_is_a_window_that_selects_no_run() {
    let input = a_day();
    let ended = suggest(&["--length", "2h", "--count", "1"], &input);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let expected = r#"{"name":"Suggestion 1","start":"2026-12-01T01:05:00.000Z","end":"2026-12-01T03:05:00.000Z","runs":0}"#;
    assert_eq!(ended.stdout, format!("{expected}\n"));
    // It is a timetable without any fault.
    let dir = timetable("");
    std::fs::write(dir.path().join("t.jsonl"), &ended.stdout).unwrap();
    let mut check = tool("window-filter");
    check.current_dir(dir.path()).args(["check", "--timetable", "t.jsonl"]);
    let checked = Ended::of(check.output().unwrap());
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(!checked.stderr.contains("not used"), "{}", checked.stderr);
    let mut select = tool("window-filter");
    select.current_dir(dir.path()).args(["--timetable", "t.jsonl"]).write_stdin(input);
    assert_eq!(Ended::of(select.output().unwrap()).stdout, "");
}

#[test]
fn counts_are_those_that_the_filter_selects() {
    let input = a_day();
    for args in [
        &[][..],
        &["--before", "15m"],
        &["--before", "7m", "--after", "1m"],
        &["--assume-duration", "25m"],
        &["--assume-duration", "5m", "--before", "15m"],
    ] {
        let ended = suggest(&[&["--length", "150m", "--count", "4"], args].concat(), &input);
        assert_eq!((ended.code, ended.stdout.lines().count()), (0, 4), "{}", ended.stderr);
        let mut last = 0;
        for line in ended.stdout.lines() {
            let window: Value = serde_json::from_str(line).unwrap();
            let [start, end] = ["start", "end"].map(|name| window[name].as_str().unwrap());
            let dir = timetable(&format!("w,{start},{end}"));
            let selected = filter(&dir, args, input.clone()).stdout.lines().count();
            assert_eq!(window["runs"], selected, "{args:?}: {line}");
            assert!(selected >= last, "{args:?}: the quietest come first");
            last = selected;
            let is_known = window.get("runningMs").is_some();
            assert_eq!(is_known, args.contains(&"--assume-duration"), "{line}");
        }
    }
}

#[test]
fn a_timetable_bounds_the_hours_that_are_allowed() {
    let dir = table(
        "name,start,end,timezone,recurrence,kind,workspace",
        "Evenings,2026-11-01 20:07,2026-11-01 22:37,Europe/Paris,FREQ=DAILY,,\n\
         Gala,2026-12-01T19:00Z,2026-12-01T19:30Z,,,open,Sales",
    );
    let file = dir.path().join("t.csv");
    let file = file.to_str().unwrap();
    let args = ["--length", "90m", "--count", "5", "--timezone", "Europe/Paris"];
    let ended = suggest(&[&args[..], &["--timetable", file]].concat(), &a_day());
    let starts: Vec<String> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["start"].to_string())
        .collect();
    // The evening has 19:07 to 21:37 UTC, and the gala takes its begin.
    assert_eq!(starts, ["\"2026-12-01T19:35:00.000Z\""], "{}", ended.stderr);
    assert!(ended.stderr.contains("1 of 5 slots of 1h 30m were found"), "{}", ended.stderr);
    assert!(ended.stderr.contains("scopes, which are not looked at"), "{}", ended.stderr);
}

#[test]
fn nothing_is_suggested_where_no_runs_were_listed() {
    let end = |members: &str| format!("{SAMPLE}{{\"end\":{{\"runs\":6{members}}}}}\n");
    let times = r#","from":"2022-07-01T00:00:00.000Z","to":"2023-01-01T00:00:00.000Z""#;
    let args = ["--length", "4h", "--count", "1"];
    let ended = suggest(&args, &end(times));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let asked = [&args[..], &["--from", "2022-06-01", "--to", "2023-06-01"]].concat();
    let wider = suggest(&asked, &end(times));
    assert_eq!((wider.code, &wider.stdout), (0, &ended.stdout));
    assert!(wider.stderr.contains("runs were listed from 2022-07-01T"), "{}", wider.stderr);
    // A slot as it is widened must lie in the time of the list, too.
    let listed = r#","from":"2022-09-20T00:00:00.000Z","to":"2022-09-20T06:00:00.000Z""#;
    for (flags, start) in [
        (&["--before", "2h"][..], "2022-09-20T02:00:00.000Z"),
        (&["--after", "2h"], "2022-09-20T00:00:00.000Z"),
        (&["--before", "2h", "--after", "3h"], "2022-09-20T02:00:00.000Z"),
    ] {
        let input = format!("{{\"end\":{{\"runs\":0{listed}}}}}\n");
        let args = [&["--length", "1h", "--count", "9"][..], flags].concat();
        let ended = suggest(&args, &input);
        let slots: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let starts = slots.iter().map(|slot| slot["start"].as_str().unwrap());
        assert_eq!(starts.min(), Some(start), "{flags:?} {}", ended.stderr);
        let ends = slots.iter().map(|slot| slot["end"].as_str().unwrap());
        let last = if flags.contains(&"3h") {
            "03"
        } else if flags[0] == "--after" {
            "04"
        } else {
            "06"
        };
        assert_eq!(ends.max(), Some(&*format!("2022-09-20T{last}:00:00.000Z")), "{flags:?}");
    }
    let ended = suggest(&["--length", "1h", "--from", "now", "--to", "+5h"], "");
    assert!(ended.stderr.contains("the input is empty"), "{}", ended.stderr);
    for (members, warning) in [
        (",\"filtered\":true", "was narrowed"),
        (",\"selected\":5", "counts 5 selected runs, but 6"),
    ] {
        let ended = suggest(&args, &end(members));
        assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    }
    let ended = suggest(&args, &end("").replace(":6", ":7"));
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("line 7: the end record counts 7 runs"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    for (args, input, code, text) in [
        (&["--length", "4h"][..], "", 2, "no run, and no --from"),
        (&["--length", "0s"], "", 2, "a slot of no length"),
        (&["--length", "4h", "--from", "+2d", "--to", "+1d"], "", 2, "is not after --from"),
        (&["--length", "4h", "--from", "2099-01-01"], &a_day(), 2, "the time to look at is empty"),
        (
            &["--length", "4h", "--from", "1990-01-01", "--to", "2026-01-01"],
            "",
            2,
            "more than 1000000",
        ),
        (&["--length", "4h", "--from", "now", "--to", "+1h"], "", 0, "0 of 3 slots"),
        (&["--length", "4h"], "nonsense\n", 65, "line 1"),
        (&["--length", "4h", "--csv-raw"], "", 2, "--format csv alone"),
        (&[], "", 2, "--length"),
    ] {
        let ended = suggest(args, input);
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(text), "{args:?}: {}", ended.stderr);
    }
    // A bad line can be left out, and the rest counts.
    let input = format!("nonsense\n{}", a_day());
    let ended = suggest(&["--length", "2h", "--count", "1", "--on-error", "skip"], &input);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 1));
    assert!(ended.stderr.contains("line 1: not JSON"), "{}", ended.stderr);
}

#[test]
fn suggestions_are_tables_and_csv_too() {
    let args = ["--length", "2h", "--count", "2", "--timezone", "Europe/Paris", "--format"];
    let ended = suggest(&[&args[..], &["csv"]].concat(), &a_day());
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[0], "name,start,end,runs");
    assert_eq!(lines[1], "Suggestion 1,2026-12-01T02:05:00+01:00,2026-12-01T04:05:00+01:00,0");
    let ended = suggest(&[&args[..], &["table"]].concat(), &a_day());
    assert!(ended.stdout.contains("12-01 02:05"), "{}", ended.stdout);
    assert!(
        ended.stdout.ends_with("2 suggestions, together 4h. Times are in Europe/Paris, 2026.\n"),
        "{}",
        ended.stdout
    );
}
