//! The picture in a real browser, which tells where it has put what: compared
//! by structure, not by pixels.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::filter::{filter, table};
use crate::support::skip::skip_without;

/// The script that the browser runs: whether it could read the picture, and where
/// things are that must not lie on each other or outside.
const ASK: &str = r#"
const svg = document.querySelector("svg"), all = (what) => [...svg.querySelectorAll(what)];
const box = (what) => what.getBoundingClientRect(), whole = box(svg);
const inside = (what) => {
  const { left, right, top, bottom } = box(what);
  return left >= whole.left && right <= whole.right && top >= whole.top && bottom <= whole.bottom;
};
const apart = (a, b) => box(a).right < box(b).left;
const ticks = all("text.tick");
const drawn = all("g").filter((row) => row.querySelector("line"));
const rows = drawn.map((row) => box(row.querySelector("line")).top);
const tasks = drawn.filter((row) => row.querySelector("circle.held"));
const names = all("text.name"), chart = Math.min(...all("g line").map((line) => box(line).left));
document.body.textContent = JSON.stringify({
  title: svg.querySelector("title").textContent,
  rows: rows.length,
  rowsGoDown: rows.every((top, n) => n === 0 || top > rows[n - 1]),
  tasks: tasks.length,
  held: all("g circle.held").length,
  allInside: all("circle, rect.window, path, text").every(inside),
  noneClipped: all("[clip-path]").length === 0,
  namesBesideTheChart: names.every((name) => box(name).right < chart),
  namesApart: names.every((name, n) => n === 0 || box(names[n - 1]).bottom <= box(name).top + 3),
  labels: ticks.length > 4 && new Set(ticks.map((label) => box(label).top)).size === 2,
  labelsApart: ticks.every((a, n) => ticks.slice(n + 1).every((b) =>
    box(a).top !== box(b).top || apart(a, b) || apart(b, a))),
  heldInTheirWindow: tasks.every((row) => [...row.querySelectorAll("circle.held")].every(
    (run) => [...row.querySelectorAll("rect.window")].some((window) => {
      const middle = (box(run).left + box(run).right) / 2;
      return box(window).left <= middle && middle <= box(window).right;
    }))),
});
"#;

/// The script that sorts the tables of the page as its reader does, and asks what a
/// reader on a small screen would miss.
const SORT: &str = r#"
const table = document.querySelectorAll("table.sortable")[1];
const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
const head = table.tHead.rows[0].cells[0], button = head.querySelector("button");
const before = names();
button.click();
const up = names(), sorted = head.getAttribute("aria-sort");
button.click();
const down = names(), wide = document.documentElement;
const told = {
  before, up, sorted, down, turned: head.getAttribute("aria-sort"),
  button: button.getAttribute("aria-label"),
  fits: wide.scrollWidth <= wide.clientWidth,
  tables: [...document.querySelectorAll("table")].every((table) => table.caption !== null),
  heads: [...document.querySelectorAll("th")].every((head) => head.scope !== ""),
  levels: [...document.querySelectorAll("h1, h2, h3")].map((title) => title.localName).join(" "),
  links: [...document.querySelectorAll("a")].every((a) => document.querySelector(a.hash) !== null),
  named: [...document.querySelectorAll("[role=region]")].every((part) => part.ariaLabel !== null),
};
document.body.textContent = JSON.stringify(told);
"#;

/// The JSON that a page shows in the end, in a browser of that size.
fn browse(dir: &Path, page: &Path, size: &str) -> Value {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--dump-dom", &format!("--window-size={size}")])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let (_, body) = dom.split_once("<body>").unwrap();
    let (body, _) = body.split_once("</body>").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {dom}"))
}

#[test]
fn a_reader_sorts_the_tables_of_the_page_and_reads_it_on_a_small_screen() {
    if skip_without("chromium") {
        return;
    }
    let dir = table(
        "name,start,end,task",
        "Q3 <patching> of all execution engines in both data centres,2022-09-20T17:00:00Z,\
         2022-09-20T21:00:00Z,",
    );
    let run = |name: &str, date: &str| {
        format!(
            "{{\"id\":\"{name}\",\"name\":\"{name}\",\"type\":\"TASK\",\"date\":\"2022-09-20T{date}:00Z\"}}\n"
        )
    };
    let runs = run("task 10", "17:00") + &run("日次", "18:00") + &run("task 9", "19:00");
    let made = filter(&dir, &["--format", "html"], runs);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let page = dir.path().join("page.html");
    let text = made.stdout.replace("</body>", &format!("<script>{SORT}</script></body>"));
    fs::write(&page, text).unwrap();
    for size in ["400,800", "1200,800"] {
        assert_eq!(
            browse(dir.path(), &page, size),
            json!({
                "before": ["task 10", "日次", "task 9"],
                "up": ["task 9", "task 10", "日次"],
                "sorted": "ascending",
                "down": ["日次", "task 10", "task 9"],
                "turned": "descending",
                "button": "Sort by Task",
                "fits": true,
                "tables": true,
                "heads": true,
                "levels": "h1 h2 h2 h2 h3",
                "links": true,
                "named": true,
            }),
            "{size}"
        );
    }
}

#[test]
fn a_browser_puts_everything_in_its_place() {
    if skip_without("chromium") {
        return;
    }
    let dir = table(
        "name,start,end,task",
        "Q3 <patching>,2022-09-20T17:00:00Z,2022-09-20T21:00:00Z,\n\
         Without an end,2022-09-21T12:00:00Z,open,long*",
    );
    let names = ["long name ".repeat(20), "evil\\u001b[2J & <b>".to_owned(), "W".repeat(60)];
    let run = |name: &str, date: &str| {
        format!("{{\"id\":\"{name}\",\"name\":\"{name}\",\"date\":\"2022-09-{date}:00Z\"}}\n")
    };
    let dates = ["20T17:00", "20T20:55", "21T18:00"];
    let runs: String = names.iter().flat_map(|name| dates.map(|date| run(name, date))).collect();
    let args = ["--timezone", "Europe/Paris", "--format", "svg"];
    let picture = filter(&dir, &args, runs);
    assert_eq!((picture.code, picture.stderr.as_str()), (0, ""));
    let page = dir.path().join("page.html");
    let text = format!("<!DOCTYPE html><body>{}<script>{ASK}</script>", picture.stdout);
    fs::write(&page, text).unwrap();

    let told = browse(dir.path(), &page, "1100,700");
    assert_eq!(
        told,
        json!({
            "title": "Runs and maintenance windows",
            // Two windows and three tasks.
            "rows": 5,
            "rowsGoDown": true,
            "tasks": 3,
            "held": 7,
            "allInside": true,
            "noneClipped": true,
            "namesBesideTheChart": true,
            "namesApart": true,
            "labels": true,
            "labelsApart": true,
            "heldInTheirWindow": true,
        })
    );
}
