//! Names that strangers write, in every view and message: nothing of them is
//! obeyed, by a terminal, a spreadsheet or a browser, and nothing of them is
//! lost in records.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::hostile_names::{NAMES, hostile, is_obeyed};

#[test]
fn no_view_for_people_shows_what_a_terminal_obeys() {
    for format in ["table", "timeline", "svg", "html"] {
        let out = hostile(&["--format", format]).stdout;
        let obeyed: Vec<char> = out.chars().filter(|c| is_obeyed(*c)).collect();
        assert!(obeyed.is_empty(), "{format}: {obeyed:?}: {out}");
        assert!(out.contains("日次"), "{format}: {out}");
    }
}

#[test]
fn the_picture_is_xml_and_its_names_are_text() {
    let out = hostile(&["--format", "svg"]).stdout;
    let picture = roxmltree::Document::parse(&out).unwrap();
    assert!(picture.descendants().all(|node| !node.has_tag_name("script")));
    let texts = picture.descendants().filter_map(|node| node.text());
    assert!(texts.clone().any(|text| text.contains("<script>alert(1)</script>&amp;]]>")));
}

#[test]
fn the_page_is_xml_too_and_its_names_are_text() {
    let out = hostile(&["--format", "html", "--title", "<script>alert(2)</script>"]).stdout;
    let (doctype, rest) = out.split_once('\n').unwrap();
    assert_eq!(doctype, "<!DOCTYPE html>");
    let page = roxmltree::Document::parse(rest).unwrap();
    let scripts = page
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/1999/xhtml", "script")));
    let scripts: Vec<&str> = scripts.filter_map(|node| node.text()).collect();
    assert_eq!(scripts.len(), 1, "our own alone");
    assert!(!scripts[0].contains("alert"), "{}", scripts[0]);
    let texts = || page.descendants().filter_map(|node| node.text());
    assert!(texts().any(|text| text.contains("<script>alert(1)</script>&amp;]]>")));
    assert!(texts().any(|text| text == "<script>alert(2)</script>"));
    // No handler, and nothing to fetch.
    for attribute in page.descendants().flat_map(|node| node.attributes()) {
        let (name, value) = (attribute.name(), attribute.value());
        assert!(!name.starts_with("on") && name != "src", "{name}={value}");
        assert!(name != "href" || value.starts_with("#window"), "{name}={value}");
    }
}

#[test]
fn no_cell_is_a_formula_unless_a_program_asks_for_the_names_as_they_are() {
    let names = |args: &[&str]| {
        let out = hostile(args).stdout;
        let mut reader = csv::Reader::from_reader(out.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for cell in rows.iter().flatten() {
            let begins = cell.trim_start_matches([' ', '\n']);
            let is_formula = begins.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!is_formula || args.contains(&"--csv-raw"), "{cell:?}");
        }
        rows.iter().map(|row| row[6].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--format", "csv", "--csv-raw"]), NAMES);
    let changed =
        NAMES.iter().zip(names(&["--format", "csv"])).filter(|(name, cell)| cell != *name);
    let changed: Vec<String> = changed.map(|(_, cell)| cell).collect();
    let formulas =
        [9, 10, 11, 12, 13, 17, 20, 21].map(|number: usize| format!("'{}", NAMES[number]));
    assert_eq!(changed, formulas);
}

#[test]
fn records_have_the_names_as_they_came_and_ours_without_controls() {
    let out = hostile(&[]).stdout;
    for (line, name) in out.lines().zip(NAMES) {
        let (theirs, ours) = line.split_once(",\"window\":").unwrap();
        assert!(!ours.chars().any(char::is_control), "{ours}");
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["name"], name, "{theirs}");
        assert_eq!(record["window"]["name"], NAMES.concat());
    }
    assert_eq!(out.lines().count(), NAMES.len());
}

#[test]
fn lists_of_windows_are_as_safe_as_views() {
    let dir = TempDir::new().unwrap();
    let window = |name: &&str| {
        let (start, end) = ("2026-03-01T00:00:00Z", "2026-03-01T04:00:00Z");
        format!("{}\n", json!({"name": name, "start": start, "end": end, "task": ["=x*", "日次"]}))
    };
    let windows: String = NAMES.iter().map(window).collect();
    std::fs::write(dir.path().join("t.jsonl"), windows).unwrap();
    let list = |args: &[&str]| {
        let mut command = crate::support::tool::tool("window-filter");
        command.current_dir(dir.path()).args(["windows", "--quiet", "--timetable", "t.jsonl"]);
        let output = command.args(args).output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = list(&["--format", "table"]);
    is_plain("table", &table);
    assert!(table.contains("日次"), "{table}");
    let cells = |args: &[&str]| {
        let csv = list(&[&["--format", "csv"], args].concat());
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), NAMES.len());
        rows
    };
    for cell in cells(&[]).iter().flatten() {
        let begins = cell.trim_start_matches([' ', '\n']);
        assert!(!begins.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let raw = cells(&["--csv-raw"]);
    // Timetables have no blanks around a name.
    assert!(raw.iter().zip(NAMES).all(|(row, name)| &row[0] == name.trim()), "{raw:?}");
}

/// Checks that nothing in a message is obeyed.
fn is_plain(case: &str, stderr: &str) {
    let obeyed: Vec<char> = stderr.chars().filter(|c| is_obeyed(*c)).collect();
    assert!(obeyed.is_empty(), "{case}: {obeyed:?}: {stderr}");
}

#[test]
fn no_problem_of_a_timetable_says_what_a_terminal_obeys() {
    let (at, end) = ("2020-03-01T00:00Z", "2020-03-01T01:00Z");
    for name in NAMES {
        let cell = format!("\"{}\"", name.replace('"', "\"\""));
        let line = name.replace(['\n', '\r'], "");
        let event = "BEGIN:VEVENT\nDTSTART:20200301T000000Z\nDURATION:PT1H\nEND:VEVENT\n";
        let of_event = |property: &str| {
            format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.replacen("END:", property, 1))
        };
        let texts = [
            ("t.csv", format!("name,start,end\n{cell},{at},{end}\n")),
            ("t.csv", format!("name,start,end\nx,{cell},{end}\n")),
            ("t.csv", format!("name,start,end,timezone\nx,{at},{end},{cell}\n")),
            ("t.csv", format!("name,start,end,kind,{cell}\nx,{at},{end},{cell},\n")),
            ("t.csv", format!("name,start,end,recurrence\nx,{at},{end},{cell}\n")),
            (
                "t.jsonl",
                format!("{}\n", json!({"name": name, "start": at, "end": end, "kind": name})),
            ),
            ("t.jsonl", format!("{}\n", json!({"name": name, "start": at, "end": end, name: 1}))),
            ("t.ics", of_event(&format!("SUMMARY:{line}\nEND:"))),
            ("t.ics", of_event(&format!("STATUS:{line}\nEND:"))),
            ("t.ics", of_event(&format!("RRULE:FREQ={line}\nEND:"))),
            ("t.ics", of_event(&format!("EXDATE;TZID={line}:20200301T000000\nEND:"))),
            ("t.ics", of_event(&format!("BEGIN:{line}\nEND:"))),
            ("t.ics", format!("BEGIN:VCALENDAR\nX-WR-TIMEZONE:{line}\n{event}END:VCALENDAR\n")),
        ];
        let dir = TempDir::new().unwrap();
        let mut files = Vec::new();
        for (number, (file, text)) in texts.iter().enumerate() {
            files.push(format!("{number}{file}"));
            std::fs::write(dir.path().join(&files[number]), text).unwrap();
        }
        for format in ["text", "json"] {
            let mut command = crate::support::tool::tool("window-filter");
            command.current_dir(dir.path()).args(["check", "--log-format", format]);
            command.args(files.iter().flat_map(|file| ["--timetable", file]));
            let stderr = String::from_utf8(command.output().unwrap().stderr).unwrap();
            for (file, (_, text)) in files.iter().zip(&texts) {
                assert!(stderr.contains(file), "{file}: {text}: {stderr}");
            }
            if format == "text" {
                is_plain(name, &stderr);
            } else {
                // A log is data: one object a line, without a raw control.
                for line in stderr.lines() {
                    assert!(!line.chars().any(char::is_control), "{line:?}");
                    serde_json::from_str::<Value>(line).unwrap();
                }
            }
        }
    }
}

#[test]
fn no_message_about_a_tenant_says_what_a_terminal_obeys() {
    let bench = crate::recipes::hostile_bench();
    let say = |line: &str| {
        let output = bench.shell(line).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let run = "runs-fetch --environment e --to +2d --names --end-record | \
         window-filter --timetable maintenance.jsonl | task-pause";
    let (receipts, stderr) = say(run);
    is_plain("pause", &stderr);
    assert!(receipts.lines().count() > NAMES.len(), "{stderr}");
    let (table, stderr) = say("task-pause status --format table");
    is_plain("status", &(table.clone() + &stderr));
    assert!(table.contains("日次"), "{table}");
    bench.write("none.csv", "name,start,end\nx,2099-01-01T00:00Z,2099-01-01T01:00Z\n");
    let mut reported = String::new();
    for line in [
        "runs-fetch --environment e --workspace nobody --to +2d".to_owned(),
        "task-pause resume --window nobody".to_owned(),
        format!("{run} -v --dry-run"),
        "task-pause sync --environment e --timetable none.csv </dev/null".to_owned(),
    ] {
        let (_, stderr) = say(&line);
        is_plain(&line, &stderr);
        reported += &stderr;
    }
    assert!(reported.contains("\\u{1b}[2Jb") && reported.contains("\\u{202e}"), "{reported}");
}
