//! Checks the tables in the documentation of decisions: every combination of
//! facts, and the row that is about it.

use std::collections::BTreeSet;

/// A row: the allowed values of each column, and the verdict in the last columns.
type TableLine = (Vec<Vec<String>>, String);

fn lines(table: &str, columns: usize) -> Vec<TableLine> {
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(2);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert!(cells.len() > columns, "{line}");
            let allowed = cells[..columns]
                .iter()
                .map(|cell| cell.split(',').map(|value| value.trim().to_owned()).collect());
            let allowed = allowed.collect();
            (allowed, cells[columns..].join(" | "))
        })
        .collect()
}

/// Checks every combination of these values against the table: `find` is the
/// code, and says the verdict as the table does. Each row must be the first that
/// fits some combination, and know all its words.
pub(super) fn check(table: &str, columns: &[&[&str]], find: impl Fn(&[&str]) -> String) {
    let lines = lines(table, columns.len());
    let mut used = BTreeSet::new();
    let mut combinations: Vec<Vec<&str>> = vec![Vec::new()];
    for column in columns {
        combinations = combinations
            .iter()
            .flat_map(|begun| column.iter().map(|value| [&begun[..], &[*value]].concat()))
            .collect();
    }
    for values in combinations {
        let fits = |(cells, _): &TableLine| {
            cells.iter().zip(&values).all(|(cell, value)| {
                cell.iter().any(|allowed| allowed == "any" || allowed == value)
            })
        };
        let line = lines.iter().position(fits).unwrap_or_else(|| panic!("no row for {values:?}"));
        used.insert(line);
        assert_eq!(find(&values), lines[line].1, "{values:?}, row {}", line + 1);
    }
    assert_eq!(used.len(), lines.len(), "rows without use: only these have one: {used:?}");
    for (cells, _) in &lines {
        for (cell, column) in cells.iter().zip(columns) {
            let is_known = |value: &String| value == "any" || column.contains(&value.as_str());
            assert!(cell.iter().all(is_known), "{cell:?} of {column:?}");
        }
    }
}
