//! The picture in a real browser, which shows where it has put what: compared
//! by structure, not by pixels.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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
const lines = all("line.grid").filter((line) => box(line).width < 1).map((line) => box(line).left), middle = (what) => (box(what).left + box(what).right) / 2;
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
  labelsAtTheirTicks: ticks.every((label) => lines.some((line) => Math.abs(line - middle(label)) < 2)),
  everyTickHasALabel: lines.every((line) => ticks.some((label) => Math.abs(line - middle(label)) < 2)),
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
const reported = {
  before, up, sorted, down, turned: head.getAttribute("aria-sort"),
  button: button.getAttribute("aria-label"),
  fits: wide.scrollWidth <= wide.clientWidth,
  captions: [...document.querySelectorAll("caption span")].every((text) =>
    text.getBoundingClientRect().right <= wide.clientWidth),
  tables: [...document.querySelectorAll("table")].every((table) => table.caption !== null),
  heads: [...document.querySelectorAll("th")].every((head) => head.scope !== ""),
  levels: [...document.querySelectorAll("h1, h2, h3")].map((title) => title.localName).join(" "),
  links: [...document.querySelectorAll("a")].every((a) => document.querySelector(a.hash) !== null),
  named: [...document.querySelectorAll("[role=region]")].every((part) => part.ariaLabel !== null),
};
document.body.textContent = JSON.stringify(reported);
"#;

/// The browser's output on a page.
fn browser(dir: &Path, page: &Path, flags: &[&str]) -> Output {
    Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(flags)
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap()
}

/// The JSON that a page shows in the end, in a browser of that size.
fn browse(dir: &Path, page: &Path, size: &str) -> Value {
    let output = browser(dir, page, &["--dump-dom", &format!("--window-size={size}")]);
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
                "captions": true,
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

    let reported = browse(dir.path(), &page, "1100,700");
    assert_eq!(
        reported,
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
            "labelsAtTheirTicks": true,
            "everyTickHasALabel": true,
            "heldInTheirWindow": true,
        })
    );
}

/// The timetable and the runs of two weeks: 60 tasks with long names in several scripts,
/// and 12 windows that overlap.
fn crowd() -> (tempfile::TempDir, String) {
    const NAMES: [&str; 5] = [
        "夜間バッチ処理・売上データ取り込み（東日本エリア）",
        "Загрузка заказов из внешней системы учёта",
        "Synchronize customer master data with the regional warehouse of Northern Europe and Scandinavia",
        "تحميل الطلبات",
        "<b>Invoices & \\\"credits\\\"</b>",
    ];
    let rows: Vec<String> = (0..12)
        .map(|n| {
            let day = n + 1;
            let name = NAMES[n % 5].replace(['\\', '"'], "");
            format!("{name} {n},2026-12-{day:02}T06:00:00Z,2026-12-{:02}T10:00:00Z", day + n % 3)
        })
        .collect();
    let mut runs = String::new();
    for day in 1..15 {
        for n in 0..60 {
            // Some run every hour of that day, and are drawn as bands.
            for hour in if n % 20 == 0 { 0..24 } else { n % 24..n % 24 + 1 } {
                let _ = writeln!(
                    runs,
                    "{{\"id\":\"t{n}\",\"name\":\"{} {n}\",\"workspaceName\":\"{}\",\"date\":\"2026-12-{day:02}T{hour:02}:{n:02}:00Z\"}}",
                    NAMES[n % 5],
                    NAMES[n % 3],
                );
            }
        }
    }
    (table("name,start,end", &rows.join("\n")), runs)
}

#[test]
fn a_crowd_of_long_names_is_neither_clipped_nor_laid_over_each_other() {
    if skip_without("chromium") {
        return;
    }
    let (dir, runs) = crowd();
    let shown = |format: &str, script: &str, size: &str| {
        let made = filter(&dir, &["--quiet", "--format", format], runs.as_str());
        assert_eq!((made.code, made.stderr.as_str()), (0, ""), "{format}");
        let page = dir.path().join("page.html");
        let text = match format {
            "svg" => format!("<!DOCTYPE html><body>{}<script>{script}</script>", made.stdout),
            _ => made.stdout.replace("</body>", &format!("<script>{script}</script></body>")),
        };
        fs::write(&page, text).unwrap();
        browse(dir.path(), &page, size)
    };
    let reported = shown("svg", ASK, "1200,900");
    // Three tasks are drawn as bands, without a circle.
    assert_eq!((&reported["rows"], &reported["tasks"]), (&json!(72), &json!(57)), "{reported}");
    for rule in [
        "rowsGoDown",
        "allInside",
        "noneClipped",
        "namesBesideTheChart",
        "namesApart",
        "labels",
        "labelsApart",
        "labelsAtTheirTicks",
        "everyTickHasALabel",
        "heldInTheirWindow",
    ] {
        assert_eq!(reported[rule], true, "{rule}: {reported}");
    }
    for size in ["400,800", "1200,800"] {
        let reported = shown("html", SORT, size);
        for rule in ["fits", "captions", "tables", "heads", "links", "named"] {
            assert_eq!(reported[rule], true, "{size} {rule}: {reported}");
        }
    }
    // The same in a terminal.
    for columns in [80, 200] {
        let mut command = crate::support::tool::tool("window-filter");
        command.current_dir(dir.path()).args([
            "--quiet",
            "--timetable",
            "t.csv",
            "--format",
            "timeline",
        ]);
        command
            .env("COLUMNS", columns.to_string())
            .env("LC_ALL", "C.UTF-8")
            .write_stdin(runs.as_str());
        let drawn = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let widest = drawn.lines().map(unicode_width::UnicodeWidthStr::width).max();
        assert_eq!(widest, Some(columns), "{drawn}");
    }
}

#[test]
fn the_page_prints_on_a4_with_whole_rows_below_repeated_heads() {
    if skip_without("chromium") || skip_without("pdftotext") {
        return;
    }
    // A window of 60 tasks, whose names take many lines each.
    let dir = table("name,start,end", "Patching,2026-12-01T00:00:00Z,2026-12-02T00:00:00Z");
    let run = |n: usize| {
        let name = format!("Begin{n} {} End{n}", "of a long name of a task ".repeat(12));
        format!(
            "{{\"id\":\"t{n}\",\"name\":\"{name}\",\"type\":\"TASK\",\"workspaceName\":\"Finance\",\
             \"date\":\"2026-12-01T03:{n:02}:00Z\"}}\n"
        )
    };
    let runs: String = (0..60).map(run).collect();
    let made = filter(&dir, &["--format", "html"], runs);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let (page, pdf) = (dir.path().join("page.html"), dir.path().join("page.pdf"));
    fs::write(&page, made.stdout).unwrap();
    let print = format!("--print-to-pdf={}", pdf.display());
    browser(dir.path(), &page, &[&print, "--no-pdf-header-footer"]);
    let bytes = fs::read(&pdf).unwrap();
    let bytes = String::from_utf8_lossy(&bytes);
    let boxes: Vec<&str> = bytes.split("/MediaBox [").skip(1).collect();
    assert!(boxes.iter().all(|page| page.starts_with("0 0 594.9") && page.contains("841.9")));
    let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let pages: Vec<&str> = text.split('\u{c}').filter(|page| !page.is_empty()).collect();
    assert_eq!(pages.len(), boxes.len(), "{text}");
    // The picture has the names, too.
    let (_, tables) = text.split_once("What happens in each window").unwrap();
    let tables: Vec<&str> = tables.split('\u{c}').filter(|page| !page.is_empty()).collect();
    assert!(tables.len() >= 8, "{} pages", tables.len());
    for (number, page) in tables.iter().enumerate() {
        let head = "Task Workspace Type Runs Planned starts What happens\n";
        assert_eq!(page.matches(head).count(), 1, "page {number}: {page}");
        assert!(number == 0 || page.starts_with(head), "page {number}: {page}");
        assert_eq!(page.matches("Begin").count(), page.matches("End").count(), "cut: {page}");
        assert!(page.contains("Begin"), "a head without a row: {page}");
    }
    let of = |word: &str| (0..60).all(|n| tables.concat().contains(&format!("{word}{n}")));
    assert!(of("Begin") && of("End"), "{text}");
}
