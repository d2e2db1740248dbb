//! Every CSV that we write, as a real spreadsheet reads it: no name becomes a
//! formula, which could fetch, run or send something.

use std::fs;
use std::process::{Command, Stdio};

use crate::recipes::{Stdout, hostile_bench};
use crate::support::hostile_names::{NAMES, hostile, receipts};
use crate::support::skip::skip_without;

#[test]
fn a_spreadsheet_finds_no_formula_in_any_csv() {
    if skip_without("soffice") || skip_without("jq") {
        return;
    }
    let bench = hostile_bench();
    bench.write("receipts.jsonl", &receipts("paused"));
    let files = [
        ("raw", hostile(&["--format", "csv", "--csv-raw"]).stdout),
        ("filter", hostile(&["--format", "csv"]).stdout),
        ("ticket", bench.recipe("ticket-csv").args(["Production", "maintenance.jsonl"]).stdout()),
        ("audit", bench.recipe("audit-report").arg("receipts.jsonl").stdout()),
    ];
    let dir = tempfile::TempDir::new().unwrap();
    for (name, text) in &files {
        fs::write(dir.path().join(format!("{name}.csv")), text).unwrap();
    }
    let status = Command::new("soffice")
        .current_dir(dir.path())
        .arg(format!("-env:UserInstallation=file://{}/profile", dir.path().display()))
        // 44,34,76: commas, double quotes, UTF-8.
        .args(["--headless", "--infilter=CSV:44,34,76", "--convert-to", "fods"])
        .args(files.iter().map(|(name, _)| format!("{name}.csv")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    for (name, _) in files {
        let sheet = fs::read_to_string(dir.path().join(format!("{name}.fods"))).unwrap();
        let sheet = roxmltree::Document::parse(&sheet).unwrap();
        let formulas: Vec<&str> = sheet
            .descendants()
            .flat_map(|node| node.attributes())
            .filter(|attribute| attribute.name() == "formula")
            .map(|attribute| attribute.value())
            .collect();
        // What a program asks for as it is shows that the spreadsheet would find some.
        assert_eq!(formulas.is_empty(), name != "raw", "{name}: {formulas:?}");
        let rows = sheet.descendants().filter(|node| node.has_tag_name((TABLE, "table-row")));
        let filled = rows.filter(|row| row.descendants().any(|node| node.is_text())).count();
        assert!(filled > NAMES.len(), "{name}: {filled} rows");
    }
}

const TABLE: &str = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
