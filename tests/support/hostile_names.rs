//! Names that some reader would obey, in receipts and runs.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::ended::Ended;
use super::filter::filter;

/// Names that some reader obeys: a terminal, a spreadsheet, XML, a shell.
pub(crate) const NAMES: [&str; 22] = [
    "a\u{1b}[2Jb",
    "a\u{9b}2Jb",
    "a\u{202e}b\u{2066}c",
    "a\u{200b}\u{feff}\u{ad}b",
    "a\u{2028}b\u{2029}c",
    "a\u{fff9}b",
    "a\u{e0041}\u{e007f}b",
    "a\u{7f}\u{85}b",
    "a\nb\r\nc\td",
    "=HYPERLINK(\"http://x\",\"y\")",
    "  +1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>&amp;]]>",
    "\u{fffe}\u{ffff}",
    "$(id) `id` '\"; |",
    "--format",
    ".",
    "日次 صيانة e\u{301} 🛠",
    "\0=1+1",
    "\u{feff}＝1+1",
];

/// Records as JSON Lines.
pub(crate) fn lines(records: impl Iterator<Item = Value>) -> String {
    records.map(|record| record.to_string() + "\n").collect()
}

/// Receipts of tasks with these names.
pub(crate) fn receipts(action: &str) -> String {
    let receipts = NAMES.iter().enumerate().map(|(number, name)| {
        let receipt = json!({"id": format!("t{number}"), "type": "TASK", "name": name,
            "action": action, "runs": ["2026-12-05T02:00:00.000Z"]});
        receipt
    });
    lines(receipts)
}

/// Runs of tasks with these names, in a window with such a name too.
pub(crate) fn hostile(args: &[&str]) -> Ended {
    let dir = TempDir::new().unwrap();
    let window = json!({"name": NAMES.concat(), "start": "2026-03-01T00:00:00Z",
        "end": "2026-03-01T04:00:00Z"});
    std::fs::write(dir.path().join("t.jsonl"), format!("{window}\n")).unwrap();
    std::fs::write(
        dir.path().join("t.csv"),
        "name,start,end\nx,2026-04-01T00:00Z,2026-04-01T01:00Z\n",
    )
    .unwrap();
    let runs = NAMES.iter().enumerate().map(|(number, name)| {
        let run = json!({"id": format!("t{number}"), "date": "2026-03-01T01:00:00.000Z",
            "type": "TASK", "environmentId": "e", "name": name, "workspaceName": name});
        run
    });
    let args = [&["--quiet", "--timetable", "t.jsonl"], args].concat();
    let ended = filter(&dir, &args, lines(runs));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    ended
}

/// Whether a terminal obeys a character, or shows nothing for it.
pub(crate) fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}
