//! The page of a small input.

use maintenance_core::cli::Terminal;
use maintenance_core::zone::ZoneTable;

use super::*;
use crate::view::{ShownRun, ShownWindow};
use maintenance_core::time::UtcTime;

fn style() -> Style {
    let zone = ZoneTable::bundled().get("Europe/Paris").unwrap();
    Style { zone, terminal: Terminal { width: 80, unicode: true, color: false } }
}

fn at(text: &str) -> UtcTime {
    UtcTime::parse(&format!("2022-09-{text}:00Z")).unwrap()
}

fn window(name: &str, start: &str, end: &str) -> ShownWindow {
    let before = std::time::Duration::from_secs(900);
    ShownWindow {
        name: name.to_owned(),
        planned: (at(start), Some(at(end))),
        start: at(start).saturating_sub(before),
        end: Some(at(end)),
        is_open: false,
        zone: None,
    }
}

fn run(id: &str, date: &str, more: &str) -> ShownRun {
    let window = r#""window":{"name":"Q3","start":"2022-09-20T16:45:00.000Z","end":"2022-09-20T21:00:00.000Z""#;
    let line = format!(
        r#"{{"id":"{id}","type":"TASK","name":"load {id}","workspaceName":"Finance","date":"2022-09-{date}:00Z",{window}{more}}}"#
    );
    ShownRun::read(&line, "date", &[]).unwrap()
}

fn overview() -> Overview {
    let minutes = |id: &str, count: usize| {
        let date = |n: usize| format!("20T{:02}:{:02}", 17 + n / 6, n % 6 * 10);
        (0..count).map(|n| run(id, &date(n), "}")).collect::<Vec<_>>()
    };
    let mut runs = minutes("a", 2);
    runs.extend(minutes("many", 20));
    runs.push(run("running", "20T15:00", r#","overlap":"running"}"#));
    runs.push(run("paused", "20T18:00", r#"},"paused":true"#));
    let mut job = run("engine", "20T18:00", "}");
    job.kind = "PIPELINE".to_owned();
    runs.push(job);
    let mut free = run("free", "21T18:00", "}");
    free.window = None;
    runs.push(free);
    Overview {
        title: Some("CHG <7>".to_owned()),
        made: at("01T12:00"),
        runs,
        windows: vec![
            window("Empty", "19T17:00", "19T21:00"),
            window("Q3", "20T17:00", "20T21:00"),
        ],
        warnings: vec!["the timetable ends & so on".to_owned()],
    }
}

/// The rows of the tables as texts of their cells.
fn rows(html: &str) -> Vec<Vec<String>> {
    let text = |html: &str| {
        let mut text = String::new();
        for part in html.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
            text.push(' ');
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rows = html.lines().filter(|line| line.starts_with("<tr>"));
    rows.map(|row| row.split("</td>").map(text).filter(|cell| !cell.is_empty()).collect()).collect()
}

#[test]
fn the_page_shows_the_windows_their_tasks_and_what_happens() {
    let html = draw(&overview(), &style());
    let found = rows(&html);
    let expected: [&[&str]; 7] = [
        &["Empty", "2022-09-19 19:00", "2022-09-19 23:00", "Europe/Paris", "4h", "0", "0"],
        &["Q3", "2022-09-20 19:00", "2022-09-20 23:00", "Europe/Paris", "4h", "5", "25"],
        &[
            "load a",
            "Finance",
            "TASK",
            "2",
            "2022-09-20 19:00 2022-09-20 19:10",
            "is paused: 2 runs do not start",
        ],
        &[
            "load many",
            "Finance",
            "TASK",
            "20",
            "2022-09-20 19:00 2022-09-20 19:10 2022-09-20 19:20 2022-09-20 19:30 2022-09-20 19:40 and 14 more until 2022-09-20 22:10",
            "is paused: 20 runs do not start",
        ],
        &[
            "load running",
            "Finance",
            "TASK",
            "1",
            "2022-09-20 17:00",
            "is paused; 1 run begins before and goes on",
        ],
        &[
            "load paused",
            "Finance",
            "TASK",
            "1",
            "2022-09-20 20:00",
            "paused already: left as it is",
        ],
        &[
            "load engine",
            "Finance",
            "PIPELINE",
            "1",
            "2022-09-20 20:00",
            "cannot be paused: its runs start",
        ],
    ];
    assert_eq!(found, expected);
    for part in [
        "<title>CHG &lt;7&gt;</title>",
        "<li>the timetable ends &amp; so on</li>",
        "<th scope=\"row\" colspan=\"4\">Together: 2 windows, and each task once</th><td>8h</td>",
        "with its widening <time datetime=\"2022-09-20T16:45:00.000Z\">2022-09-20 18:45</time>",
        "<dt>Counts</dt><dd>25 of 26 runs in a window; 5 of 6 tasks; 2 windows</dd>",
        "<a href=\"#window2\">Q3</a>",
        "<h3 id=\"window2\">Q3</h3>",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
}

#[test]
fn nothing_comes_from_elsewhere() {
    let html = draw(&overview(), &style());
    for word in ["src=", "url(http", "@import", "<link", "<iframe", "<img", "javascript:"] {
        assert!(!html.contains(word), "{word}");
    }
    let addresses = html.matches("http").count();
    let namespaces =
        html.matches("http://www.w3.org/").count() + html.matches("http-equiv").count();
    assert_eq!(addresses, namespaces);
    // The script is text in XML, too.
    assert!(!SCRIPT.contains(['<', '&']) && !STYLE.contains(['<', '&']));
}

#[test]
fn a_page_without_a_run_in_a_window_says_so() {
    let mut overview = overview();
    overview.runs.retain(|run| run.window.is_none());
    let html = draw(&overview, &style());
    assert!(html.contains("<p>No run falls into a window.</p>"), "{html}");
    assert!(!html.contains("<svg") && html.contains(">Empty</td>"), "{html}");
    overview.runs.clear();
    overview.windows.clear();
    let html = draw(&overview, &style());
    assert!(
        html.contains("<p>No run falls into a window.</p>") && !html.contains("<table"),
        "{html}"
    );
}

#[test]
fn ids_of_pictures_are_used_once() {
    let html = draw(&overview(), &style());
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for reference in html.split("url(#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(ids.contains(&reference), "{reference}");
    }
}
