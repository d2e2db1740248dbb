//! Fuzz target: a journal that is shown.

use std::collections::HashSet;
use std::path::Path;

use maintenance_core::cli::{CommonArgs, Messages, Terminal};
use maintenance_core::jsonl::text::to_json;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::read::read_file;
use super::record::HistoryRecord;
use super::{csv, join, table};

/// Any bytes as a journal.
///
/// # Panics
///
/// There are more records than lines, they are not in order, an end comes before its
/// beginning, lines that two journals have count twice, or a cell of the CSV is a formula.
pub fn fuzz_history(data: &[u8]) {
    let common = CommonArgs { quiet: true, ..CommonArgs::default() };
    let messages = Messages::new("fuzz", &common);
    let count = data.split(|byte| *byte == b'\n').count();
    let Ok(lines) = read_file(Path::new("j"), data, &messages) else { return };
    assert!(lines.len() <= count);
    let records = join::join(lines.clone());
    assert!(records.len() <= lines.len());
    assert!(records.is_sorted_by_key(|record| record.span().0));
    for record in &records {
        assert!(record.last_seen_at >= record.seen_at, "{record:?}");
        let ended = record.ended.as_ref().map(|end| end.at);
        assert!(ended.is_none_or(|end| end >= record.last_seen_at), "{record:?}");
    }
    // Lines of one instant have no order that two files would have in common.
    let instants: HashSet<UtcTime> = lines.iter().map(|line| line.at).collect();
    if instants.len() == lines.len() {
        let twice = join::join([lines.clone(), lines].concat());
        assert_eq!(reported(&twice), reported(&records));
    }
    drawn(&records);
}

fn reported(records: &[HistoryRecord]) -> Vec<String> {
    records.iter().filter_map(|record| to_json(record).ok()).collect()
}

/// The records as tables.
fn drawn(records: &[HistoryRecord]) {
    let now = UtcTime::parse("2026-06-01T00:00:00Z").unwrap_or(UtcTime::MIN);
    for width in [80, 200] {
        let terminal = Terminal { width, unicode: true, color: false };
        let text = table::draw(records, &Zone::utc(), now, &terminal);
        let is_control = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(is_control), "{text:?}");
    }
    let Ok(text) = csv::draw(records) else { panic!("no CSV: {records:?}") };
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for row in reader.records() {
        let Ok(row) = row else { panic!("not CSV: {text}") };
        assert!(!row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
        rows += 1;
    }
    assert_eq!(rows, records.len());
}
