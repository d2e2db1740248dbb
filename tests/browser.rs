//! The picture in a real browser, which tells where it has put what: compared
//! by structure, not by pixels.

use std::fs;
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

    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1100,700", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let (_, body) = dom.split_once("<body>").unwrap();
    let (body, _) = body.split_once("</body>").unwrap();
    let told: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {dom}"));
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
