//! `window-filter` between two other programs: what it reads from, what it
//! writes to, and when.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::process::{Child, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use crate::support::filter::{record_at, timetable};

/// The filter as a process that the test talks to.
fn start(dir: &TempDir, args: &[&str]) -> Child {
    std::process::Command::new(cargo_bin("window-filter"))
        .current_dir(dir.path())
        .args(["--timetable", "t.csv"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_slow_producer_is_followed_line_by_line() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let mut child = start(&dir, &[]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for day in 10..13 {
        let (whole, half) = (record_at(&format!("2022-07-{day}T18:00:00Z")), "{\"date\":");
        // A part of the next line is on its way already. If the filter waited
        // for the rest of it, or for more, this test would not end.
        stdin.write_all(format!("{whole}{half}").as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("2022-07-{day}")), "{line}");
        stdin.write_all(b"\"2024-01-01T00:00:00Z\"}\n").unwrap();
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_bad_line_ends_the_filter_though_the_producer_stays_silent() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let mut child = start(&dir, &["--threads", "3"]);
    let mut stdin = child.stdin.take().unwrap();
    // Enough for the threads to be started.
    let lines = record_at("2024-07-20T18:00:00Z").repeat(150_000);
    stdin.write_all(lines.as_bytes()).unwrap();
    stdin.write_all(b"nonsense\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(65));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(err.contains("line 150001: not JSON"), "{err}");
    drop(stdin);
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    for threads in ["1", "2"] {
        let mut child = start(&dir, &["--threads", threads]);
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().unwrap();
        let lines = record_at("2022-07-20T18:00:00Z").repeat(200_000);
        // The filter ends before it has read all of that.
        assert!(stdin.write_all(lines.as_bytes()).is_err());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(err, "");
    }
}

#[test]
fn a_line_that_is_too_long_is_reported_by_its_number_by_one_thread_and_by_many() {
    const LIMIT: usize = 16 * 1024 * 1024;
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let (outside, inside) = (record_at("2024-07-20T18:00:00Z"), record_at("2022-07-20T18:00:00Z"));
    let of_length = |length: usize| {
        let padding = length - r#"{"date":"2022-07-20T18:00:00Z","x":""}"#.len();
        format!("{{\"date\":\"2022-07-20T18:00:00Z\",\"x\":\"{}\"}}\n", "y".repeat(padding))
    };
    // The others are enough for the threads to be started.
    let lines = [&outside.repeat(150_000), &of_length(LIMIT), &of_length(LIMIT + 1), &inside];
    let path = dir.path().join("runs.jsonl");
    std::fs::write(&path, lines.map(String::as_str).concat()).unwrap();
    for threads in ["1", "3"] {
        for (on_error, code, selected) in [("stop", 65, 1), ("skip", 0, 2)] {
            let output = std::process::Command::new(cargo_bin("window-filter"))
                .current_dir(dir.path())
                .args(["--timetable", "t.csv", "--threads", threads, "--on-error", on_error])
                .stdin(std::fs::File::open(&path).unwrap())
                .output()
                .unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{threads} {on_error}: {err}");
            assert!(err.contains("line 150002: longer than 16 MiB"), "{threads} {on_error}: {err}");
            let lines = String::from_utf8(output.stdout).unwrap();
            assert_eq!(lines.lines().count(), selected, "{threads} {on_error}");
        }
    }
}

#[test]
fn a_file_on_stdin_is_read_from_where_its_descriptor_stands() {
    let dir = timetable("w,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z");
    let path = dir.path().join("runs.jsonl");
    let mut text = String::from("a first line that another program has read\n");
    let skipped = text.len() as u64;
    for number in 0..100_000 {
        let date = if number % 3 == 0 { "2022-07-20T18:00:00Z" } else { "2024-01-01T00:00:00Z" };
        writeln!(text, "{{\"n\":{number},\"date\":\"{date}\"}}").unwrap();
    }
    std::fs::write(&path, &text).unwrap();
    for threads in ["1", "2", "4"] {
        let mut file = std::fs::File::open(&path).unwrap();
        file.seek(SeekFrom::Start(skipped)).unwrap();
        let output = std::process::Command::new(cargo_bin("window-filter"))
            .current_dir(dir.path())
            .args(["--timetable", "t.csv", "--threads", threads])
            .stdin(file.try_clone().unwrap())
            .output()
            .unwrap();
        let numbers: Vec<u64> = output
            .stdout
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                serde_json::from_slice::<serde_json::Value>(line).unwrap()["n"].as_u64().unwrap()
            })
            .collect();
        assert_eq!(numbers, (0..100_000).step_by(3).collect::<Vec<_>>());
        // It is left at the end, as by any program that reads it through.
        assert_eq!(file.stream_position().unwrap(), text.len() as u64);
    }
}
