//! `history --format table`: the records, for people.

use maintenance_core::cli::{TableCell, Terminal, below_table, common_year, table, without_year};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use super::record::{Happened, HistoryRecord, counts};
use crate::output::in_words;

/// The least width of a terminal for the table with one line for each record.
const WIDE: usize = 130;

/// The cells of one record.
struct HistoryCells {
    name: String,
    paused: String,
    ended: String,
    length: String,
    by: String,
    host: String,
    windows: String,
    outcome: String,
}

/// The table of the records, and a line with counts, zone and time.
pub(super) fn draw(
    records: &[HistoryRecord],
    zone: &Zone,
    now: UtcTime,
    terminal: &Terminal,
) -> String {
    if records.is_empty() {
        return "The journal tells of no pause in that time.\n".to_owned();
    }
    let mut rows: Vec<HistoryCells> =
        records.iter().map(|record| HistoryCells::of(record, zone, now)).collect();
    let clock = zone.to_minute(now);
    let times = rows.iter().flat_map(|row| [&*row.paused, &*row.ended]).chain([&*clock]);
    let year = common_year(times.filter(|time| !time.is_empty()));
    for row in &mut rows {
        for time in [&mut row.paused, &mut row.ended] {
            *time = without_year(time, year.as_deref()).to_owned();
        }
    }
    let text = if terminal.width >= WIDE { wide(rows, terminal) } else { narrow(rows, terminal) };
    let (counts, zone) = (counts(records), zone.name());
    let counts = counts.replacen('p', "P", 1) + ".";
    let times = format!("Times are in {zone}, where it is {clock}.");
    text + &below_table(terminal, [&counts, &times])
}

impl HistoryCells {
    fn of(record: &HistoryRecord, zone: &Zone, now: UtcTime) -> Self {
        let clipped = |text: &str| clip(text).to_string();
        let name = record.name.as_ref().unwrap_or(&record.id);
        let kind = if record.kind == "PLAN" { " (plan)" } else { "" };
        let ended = record.ended.as_ref();
        // Whoever ended it is told where it was another one.
        let others =
            ended.and_then(|end| end.by.as_ref()).filter(|by| record.by.as_ref() != Some(by));
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
            (Some(start), Some(end), _) => in_words(end.at.since(start)),
            (Some(start), None, Happened::Paused) => in_words(now.since(start)),
            (Some(start), None, Happened::Foreign) => in_words(record.last_seen_at.since(start)),
        };
        let start = match record.what {
            Happened::Failed => Some(record.seen_at),
            _ => record.paused_at,
        };
        Self {
            name: format!("{}{kind}", clip(name)),
            paused: start.map_or_else(String::new, |time| zone.to_minute(time)),
            ended: ended.map_or_else(String::new, |end| zone.to_minute(end.at)),
            length,
            by,
            host: record.host.as_deref().map(clipped).unwrap_or_default(),
            windows: cause,
            outcome: match why {
                Some(why) => format!("{}: {}", record.outcome(), clip(why)),
                None => record.outcome().to_owned(),
            },
        }
    }
}

fn wide(rows: Vec<HistoryCells>, terminal: &Terminal) -> String {
    let header = ["Task or plan", "Paused", "Ended", "Length", "By", "On host", "Why", "Outcome"];
    let rows = rows.into_iter().map(|row| {
        let HistoryCells { name, paused, ended, length, by, host, windows, outcome } = row;
        [&*name, &paused, &ended, &length, &by, &host, &windows, &outcome].map(TableCell::from)
    });
    table(terminal, header, rows, &[1, 2, 3])
}

/// With two lines for each record: the beginning above the end, the account above the
/// host, the outcome above the length.
fn narrow(rows: Vec<HistoryCells>, terminal: &Terminal) -> String {
    let header = ["Task or plan", "Paused\nEnded", "By\nOn host", "Why", "Outcome\nLength"];
    let rows = rows.into_iter().map(|row| {
        let HistoryCells { name, paused, ended, length, by, host, windows, outcome } = row;
        let times = TableCell::of_lines([&paused, &ended]);
        let who = TableCell::of_lines([&by, &host]);
        let end = TableCell::of_lines([&outcome, &length]);
        [(&*name).into(), times, who, (&*windows).into(), end]
    });
    table(terminal, header, rows, &[1])
}
