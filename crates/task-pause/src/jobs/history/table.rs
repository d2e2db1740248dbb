//! `history --format table`: the records, for people.

use maintenance_core::cli::{TableCell, Terminal, below_table, common_year, table, without_year};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::record::{Happened, HistoryRecord, counts};
use crate::output::short_length;

/// The least width of a terminal for the table with one line for each record.
const WIDE: usize = 130;

/// The cells of one record: the name, the times of its beginning and its end, its length,
/// the account, the host, the windows or the text, and the outcome.
type HistoryCells = [String; 8];

/// The table of the records, and a line with counts, zone and time.
pub(super) fn draw(
    records: &[HistoryRecord],
    zone: &Zone,
    now: UtcTime,
    terminal: &Terminal,
) -> String {
    if records.is_empty() {
        return "The journal has no pause in that time.\n".to_owned();
    }
    let mut rows: Vec<HistoryCells> =
        records.iter().map(|record| cells(record, zone, now)).collect();
    let clock = zone.to_minute(now);
    let times =
        rows.iter().flat_map(|[_, paused, ended, ..]| [&**paused, &**ended]).chain([&*clock]);
    let year = common_year(times.filter(|time| !time.is_empty()));
    for [_, paused, ended, ..] in &mut rows {
        for time in [paused, ended] {
            *time = without_year(time, year.as_deref()).to_owned();
        }
    }
    let text = if terminal.width >= WIDE { wide(&rows, terminal) } else { narrow(&rows, terminal) };
    let (counts, zone) = (counts(records), zone.name());
    let counts = counts.replacen('p', "P", 1) + ".";
    let times = format!("Times are in {zone}, where it is {clock}.");
    text + &below_table(terminal, [&counts, &times])
}

fn cells(record: &HistoryRecord, zone: &Zone, now: UtcTime) -> HistoryCells {
    let clipped = |text: &str| clip(text).to_string();
    let name = record.name.as_ref().unwrap_or(&record.id);
    let kind = if record.kind == "PLAN" { " (plan)" } else { "" };
    let ended = record.ended.as_ref();
    // Who ended it is shown where it was another one.
    let others = ended.and_then(|end| end.by.as_ref()).filter(|by| record.by.as_ref() != Some(by));
    let by = match (&record.by, others) {
        (Some(by), Some(other)) => format!("{}, ended by {}", clip(by), clip(other)),
        (Some(by), None) => clipped(by),
        (None, Some(other)) => format!("ended by {}", clip(other)),
        (None, None) => String::new(),
    };
    let windows: Vec<String> = record.hold.windows.iter().map(|name| clipped(name)).collect();
    let cause = match (record.what, &record.reason) {
        (Happened::Foreign, Some(reason)) => clipped(reason),
        (Happened::Foreign, None) => String::new(),
        _ => windows.join(", "),
    };
    let why = ended.and_then(|end| end.why.as_deref());
    let error = record.error.as_ref().map(|error| error.message.as_str());
    let why = why.or(error).or(record.why.as_deref().filter(|_| ended.is_none()));
    let length = match (record.paused_at, ended, record.what) {
        (_, _, Happened::Failed) | (None, ..) => String::new(),
        (Some(start), Some(end), _) => short_length(end.at.since(start)),
        (Some(start), None, Happened::Paused) => short_length(now.since(start)),
        (Some(start), None, Happened::Foreign) => short_length(record.last_seen_at.since(start)),
    };
    let start = match record.what {
        Happened::Failed => Some(record.seen_at),
        _ => record.paused_at,
    };
    let outcome = match why {
        Some(why) => format!("{}: {}", record.outcome(), clip(why)),
        None => record.outcome().to_owned(),
    };
    [
        format!("{}{kind}", clip(name)),
        start.map_or_else(String::new, |time| zone.to_minute(time)),
        ended.map_or_else(String::new, |end| zone.to_minute(end.at)),
        length,
        by,
        record.host.as_deref().map(clipped).unwrap_or_default(),
        cause,
        outcome,
    ]
}

fn wide(rows: &[HistoryCells], terminal: &Terminal) -> String {
    let header = ["Task or plan", "Paused", "Ended", "Length", "By", "On host", "Why", "Outcome"];
    let rows = rows.iter().map(|row| row.each_ref().map(|cell| TableCell::from(&**cell)));
    table(terminal, header, rows, &[1, 2, 3])
}

/// With two lines for each record: the beginning above the end, the account above the
/// host, the outcome above the length.
fn narrow(rows: &[HistoryCells], terminal: &Terminal) -> String {
    let header = ["Task or plan", "Paused\nEnded", "By\nOn host", "Why", "Outcome\nLength"];
    let rows = rows.iter().map(|[name, paused, ended, length, by, host, cause, outcome]| {
        let times = TableCell::of_lines([paused, ended]);
        let who = TableCell::of_lines([by, host]);
        let end = TableCell::of_lines([outcome, length]);
        [(&**name).into(), times, who, (&**cause).into(), end]
    });
    table(terminal, header, rows, &[1])
}
