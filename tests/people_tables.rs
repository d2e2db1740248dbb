//! The tables of task-pause for people, with names as strangers write them: each line fits
//! a terminal of 80 columns, and shows nothing that a terminal obeys.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::support::hostile_names::{NAMES, is_obeyed, lines};
use crate::support::runs::selected;
use crate::support::scene::Scene;
use crate::support::world::{HUMAN, world};

/// Names of tasks and windows: what readers obey, and what is long in other scripts.
fn names() -> Vec<String> {
    let long = [
        "Load the ledger of the subsidiary ".repeat(9),
        "Ladebestandsführungsübersicht".repeat(9),
        "月次決算データ連携処理".repeat(20),
        "صيانة-قاعدة-البيانات-".repeat(20),
        "👩‍🔧🛠️".repeat(60),
    ];
    NAMES.iter().map(|name| (*name).to_owned()).chain(long).collect()
}

/// A run of each task, each with a name of its own and in a window of that name.
fn runs(names: &[String]) -> String {
    let ids = (0..names.len()).map(|n| format!("t{n}")).chain([HUMAN.to_owned()]);
    lines(ids.zip(names.iter().chain([&names[0]])).map(|(id, name)| {
        let mut run: Value = serde_json::from_str(&selected(&id, name, -30, Some(60))).unwrap();
        run["name"] = json!(name);
        run
    }))
}

fn is_fit(case: &str, text: &str) {
    let obeyed: Vec<char> = text.chars().filter(|c| is_obeyed(*c)).collect();
    assert!(obeyed.is_empty(), "{case}: {obeyed:?}: {text}");
    assert!(text.contains("日次"), "{case}: {text}");
    for line in text.lines().filter(|line| !line.starts_with("Ledger: ")) {
        assert!(line.width() <= 80, "{case}: {} columns: {line}", line.width());
    }
}

#[test]
fn tables_of_long_and_hostile_names_fit_eighty_columns() {
    let names = names();
    let scene = Scene::of(world(names.len()));
    let runs = runs(&names);
    let table = |args: &[&str]| {
        let args = [args, &["--format", "table", "--quiet"]].concat();
        let output = scene.command(&args).env("COLUMNS", "80").write_stdin(&*runs).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    is_fit("dry run", &table(&["--dry-run"]));
    is_fit("receipts", &table(&[]));
    is_fit("status", &table(&["status"]));
    let held = table(&["history"]);
    is_fit("history, held", &held);
    assert!(held.contains("still held: 27; left alone: 1"), "{held}");
    is_fit("given back", &table(&["resume", "--all"]));
    let ended = table(&["history", "--timezone", "America/Argentina/ComodRivadavia"]);
    is_fit("history, ended", &ended);
    assert!(ended.contains("still held: 0; left alone: 1"), "{ended}");
    scene.end_clean();
}
