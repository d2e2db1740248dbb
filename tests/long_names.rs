//! Names without end in every place that strangers write: a message shows the
//! first 200 characters of each, and records have all of them.

use serde_json::json;
use tempfile::TempDir;
use tmc_standin::World;

use crate::recipes::Bench;
use crate::support::tool::tool;

/// A letter that no word of ours has twice in a row.
const LETTER: char = 'Q';

fn long() -> String {
    LETTER.to_string().repeat(10_000)
}

/// Checks that a message shows a cut name, and no long one.
fn is_cut(case: &str, stderr: &str) {
    let is_other = |c: char| !c.eq_ignore_ascii_case(&LETTER);
    let longest = stderr.split(is_other).map(str::len).max().unwrap_or_default();
    assert!(longest <= 200, "{case}: {longest} in a row: {stderr:.3000}");
    assert!(stderr.contains('…') && longest >= 150, "{case}: nothing was cut: {stderr:.3000}");
}

/// Calls the filter with a timetable, and gives back what it says on stderr.
fn said(file: &str, text: &str, args: &[&str], input: &str) -> String {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join(file), text).unwrap();
    let mut command = tool("window-filter");
    let command = command.current_dir(dir.path()).args(args).args(["--timetable", file]);
    let output = command.write_stdin(input).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_long_cell_of_a_table_is_cut_in_every_problem() {
    let long = long();
    let row = "x,2026-03-01T00:00Z,2026-03-01T01:00Z";
    let titled = |title: &str, cell: &str| format!("name,start,end,{title}\n{row},{cell}\n");
    for (case, text) in [
        ("unused column", titled(&long, "")),
        ("column twice", format!("name,start,end,{long},{long}\n{row},,\n")),
        ("timezone", titled("timezone", &long)),
        ("recurrence", titled("recurrence", &long)),
        ("part of a rule", titled("recurrence", &format!("FREQ=WEEKLY;{long}=1"))),
        ("part without a value", titled("recurrence", &format!("FREQ=WEEKLY;{long}"))),
        ("frequency", titled("recurrence", &format!("FREQ={long}"))),
        ("interval", titled("recurrence", &format!("FREQ=DAILY;INTERVAL={long}"))),
        ("count", titled("recurrence", &format!("FREQ=DAILY;COUNT={long}"))),
        ("until of a rule", titled("recurrence", &format!("FREQ=DAILY;UNTIL={long}"))),
        ("weekday", titled("recurrence", &format!("FREQ=WEEKLY;BYDAY={long}"))),
        ("hour", titled("recurrence", &format!("FREQ=DAILY;BYHOUR={long}"))),
        ("X- part", titled("recurrence", &format!("FREQ=DAILY;X-{long}=1"))),
        ("until", titled("recurrence,until", &format!("FREQ=DAILY,{long}"))),
        ("except", titled("recurrence,except", &format!("FREQ=DAILY,{long}"))),
        ("kind", titled("kind", &long)),
        ("pattern", titled("task", &format!("[{long}"))),
        ("start", format!("name,start,end\nx,{long},2026-03-01T01:00Z\n")),
        ("end", format!("name,start,end\nx,2026-03-01T00:00Z,{long}\n")),
        ("duration", format!("name,start,duration\nx,2026-03-01T00:00Z,{long}\n")),
        ("past window", format!("name,start,end\n{long},2020-03-01T00:00Z,2020-03-01T01:00Z\n")),
        (
            "overlap",
            format!(
                "name,start,end\n{long},2099-03-01T00:00Z,2099-03-01T02:00Z\n\
                 {long},2099-03-01T01:00Z,2099-03-01T03:00Z\n"
            ),
        ),
        ("far window", format!("name,start,end\n{long},2099-03-01T00:00Z,2099-09-01T02:00Z\n")),
        (
            "clock change",
            format!(
                "name,start,end,timezone\n\
                 {long},2030-03-31T00:00,2030-03-31T12:00,Europe/Paris\n"
            ),
        ),
        (
            "past recurrence",
            format!(
                "name,start,end,recurrence,until\n{long},{}\n",
                "2020-03-01T00:00Z,2020-03-01T01:00Z,FREQ=DAILY,2020-03-02"
            ),
        ),
    ] {
        is_cut(case, &said("t.csv", &text, &["check"], ""));
    }
    let member = |name: &str, value: &str| {
        format!(
            "{{\"name\":\"x\",\"start\":\"2026-03-01T00:00Z\",\"end\":\"2026-03-01T01:00Z\",\"{name}\":{value}}}\n"
        )
    };
    for (case, text) in [
        ("unused member", member(&long, "1")),
        ("member twice", member(&long, "1").replace('}', &format!(",\"{long}\":1}}"))),
        ("nested", member(&long, "{\"timezone\":\"UTC\"}")),
        ("zone", member("timezone", &format!("\"{long}\""))),
        ("no JSON", format!("{{\"name\":{long}\n")),
    ] {
        let stderr = said("t.jsonl", &text, &["check"], "");
        if case == "no JSON" {
            assert!(stderr.len() < 1_000, "{stderr}");
        } else {
            is_cut(case, &stderr);
        }
    }
}

#[test]
fn a_long_line_of_a_calendar_is_cut_in_every_problem() {
    let long = long();
    let event = |lines: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20990301T000000Z\r\n\
             {lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let calendar = |lines: &str| {
        event("DTEND:20990301T010000Z").replacen(
            "BEGIN:VEVENT",
            &format!("{lines}\r\nBEGIN:VEVENT"),
            1,
        )
    };
    let started =
        |start: &str| event("DTEND:20990301T010000Z").replace("DTSTART:20990301T000000Z", start);
    for (case, text) in [
        ("start", started(&format!("DTSTART:{long}"))),
        ("zone", started(&format!("DTSTART;TZID={long}:20990301T000000"))),
        ("zone and Z", started(&format!("DTSTART;TZID={long}:20990301T000000Z"))),
        ("end", event(&format!("DTEND:{long}"))),
        ("duration", event(&format!("DURATION:{long}"))),
        ("rule", event(&format!("DURATION:PT1H\r\nRRULE:FREQ={long}"))),
        ("exception", event(&format!("DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEXDATE:{long}"))),
        ("date", event(&format!("DURATION:PT1H\r\nRDATE:{long}"))),
        ("status", event(&format!("DURATION:PT1H\r\nSTATUS:{long}"))),
        ("sequence", event(&format!("DURATION:PT1H\r\nSEQUENCE:{long}"))),
        ("range", event(&format!("DURATION:PT1H\r\nRECURRENCE-ID;RANGE={long}:20990301T000000Z"))),
        ("category", event(&format!("DURATION:PT1H\r\nCATEGORIES:workspaces:{long}"))),
        ("scope", event(&format!("DURATION:PT1H\r\nX-MAINTENANCE-SCOPE:{long}"))),
        ("kind", event(&format!("DURATION:PT1H\r\nX-MAINTENANCE-KIND:{long}"))),
        ("summary", event(&format!("DURATION:PT1H\r\nSUMMARY:{long}"))),
        (
            "summary of an exception",
            event(&format!("DURATION:PT1H\r\nSUMMARY:{long}\r\nEXDATE:20990301T000000Z")),
        ),
        ("method", calendar(&format!("METHOD:{long}"))),
        ("calscale", calendar(&format!("CALSCALE:{long}"))),
        ("calendar's zone", calendar(&format!("X-WR-TIMEZONE:{long}"))),
        ("stray end", calendar(&format!("END:{long}"))),
        ("component without an end", calendar(&format!("BEGIN:{long}"))),
        (
            "only others",
            format!("BEGIN:VCALENDAR\r\nBEGIN:{long}\r\nEND:{long}\r\nEND:VCALENDAR\r\n"),
        ),
        ("cut in a component", format!("BEGIN:VCALENDAR\r\nBEGIN:{long}\r\n")),
        ("UID", {
            let one = event("DURATION:PT1H").replace("UID:u", &format!("UID:{long}"));
            let event = &one[one.find("BEGIN:VEVENT").unwrap()..one.find("END:VCALENDAR").unwrap()];
            one.replacen("BEGIN:VEVENT", &format!("{event}BEGIN:VEVENT"), 1)
        }),
    ] {
        is_cut(case, &said("t.ics", &text, &["check"], ""));
    }
}

#[test]
fn a_long_name_of_a_file_keeps_its_end_in_problems() {
    let dir = "d".repeat(200);
    let file = format!("{}.csv", LETTER.to_string().repeat(250));
    let place = TempDir::new().unwrap();
    std::fs::create_dir(place.path().join(&dir)).unwrap();
    let path = format!("{dir}/{file}");
    for text in [None, Some("name,start,end\nx,y,z\n")] {
        if let Some(text) = text {
            std::fs::write(place.path().join(&path), text).unwrap();
        }
        let mut command = tool("window-filter");
        let command = command.current_dir(place.path()).args(["--timetable", &path]);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(65), "{stderr}");
        is_cut("path", &stderr);
        assert!(stderr.contains("QQ.csv"), "{stderr}");
    }
}

#[test]
fn a_long_value_of_a_record_is_cut_in_messages_and_whole_in_records() {
    let long = long();
    let window = "name,start,end,task\nx,2026-03-01T00:00Z,2026-03-01T02:00Z,*\n";
    let at = "2026-03-01T01:00:00.000Z";
    let run = |members: &str| format!("{{\"id\":\"a\",\"type\":\"TASK\",{members}}}\n");
    let unjudged = window.replace('*', &long);
    let reported = [
        ("date", said("t.csv", window, &[], &run(&format!("\"date\":\"{long}\"")))),
        ("scope", said("t.csv", &unjudged, &[], &run(&format!("\"date\":\"{at}\"")))),
        ("zone", said("t.csv", window, &["--timezone", &long], "")),
    ];
    assert!(reported[0].1.contains('…') && reported[0].1.len() < 500, "{}", reported[0].1);
    for (case, stderr) in &reported[1..] {
        is_cut(case, stderr);
    }
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("t.csv"), window).unwrap();
    let mut command = tool("window-filter");
    let command = command.current_dir(dir.path()).args(["--timetable", "t.csv"]);
    let input = run(&format!("\"date\":\"{at}\",\"name\":\"{long}\""));
    let assert = command.write_stdin(input).assert().success();
    assert!(String::from_utf8_lossy(&assert.get_output().stdout).contains(&long));
}

/// A tenant in which all has names without end.
fn bench() -> Bench {
    let long = long();
    let world = json!({
        "environments": [{"id": "e", "name": long}, {"id": "e2", "name": "Empty"},
            {"id": "e3", "name": format!("{long}3")}],
        "workspaces": [{"id": "w", "name": long, "environment": "e"}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
        "tasks": [{"id": "t", "name": long, "workspace": "w",
            "triggers": [{"type": "DAILY", "startDate": "2026-01-01", "startTime": "02:00"}]}],
        "plans": [],
    });
    Bench::of(World::from_json(&world.to_string()).unwrap())
}

#[test]
fn long_names_of_a_tenant_are_cut_in_messages_and_whole_in_records() {
    let (bench, long) = (bench(), long());
    let say = |line: &str| {
        let output = bench.shell(line).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let unknown = format!("{long}x");
    for line in [
        format!("runs-fetch --environment {unknown} --to +7d"),
        "runs-fetch --environment x --to +7d".to_owned(),
        "runs-fetch --environment e --workspace x --to +7d".to_owned(),
        format!("runs-fetch --environment {long}3 --to +7d"),
        format!("task-pause sync --environment {unknown} </dev/null"),
        "task-pause sync --environment x </dev/null".to_owned(),
        "task-pause recover --environment x".to_owned(),
    ] {
        let (_, stderr) = say(&line);
        is_cut(&line.replace(&long, "LONG"), &stderr);
    }
    let (runs, _) = say("runs-fetch --environment e --to +2d --names");
    assert!(runs.contains(&long));

    // What is held has the names of its run and its window.
    let at = |hours: i64| (bench.now() + chrono::TimeDelta::hours(hours)).to_rfc3339();
    let run = json!({"id": "t", "type": "TASK", "environmentId": "e", "environmentName": long,
        "name": long, "workspaceName": long, "date": at(0),
        "window": {"name": long, "start": at(-1), "end": at(9)}});
    let odd = json!({"id": "odd", "type": long, "environmentId": "e", "date": at(0),
        "window": {"name": "x", "start": at(-1), "end": at(9)}});
    bench.write("selected.jsonl", &format!("{run}\n{odd}\n"));
    let (receipts, stderr) = say("task-pause <selected.jsonl");
    assert!(receipts.contains(&format!("\"name\":\"{long}\"")), "{stderr}");
    assert_eq!(bench.paused(), ["t"], "{stderr}");
    assert!(stderr.len() < 2_000, "{stderr}");
    let (table, _) = say("task-pause status --format table");
    // The task, its environment and its window; the path above them may have the letter, too.
    let cells: String = table.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!((cells.matches(LETTER).count(), cells.matches('…').count()), (600, 3), "{table}");
    bench.write("soon.csv", &format!("name,start,end\nx,{},{}\n", at(20), at(21)));
    for line in [
        "task-pause resume --window x".to_owned(),
        format!("task-pause resume --window {unknown}"),
        "task-pause sync --environment e2 </dev/null".to_owned(),
        "task-pause sync --environment e --timetable soon.csv </dev/null".to_owned(),
        "task-pause sync --environment e --timetable soon.csv --allow-empty </dev/null".to_owned(),
    ] {
        let (_, stderr) = say(&line);
        is_cut(&line.replace(&long, "LONG"), &stderr);
    }
    assert!(bench.paused().is_empty());
}
