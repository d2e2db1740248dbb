//! `--format table`: the receipts of a pass, for people.

use maintenance_core::cli::{TableCell, Terminal, common_year, table, without_year};
use maintenance_core::short_name::clip;
use maintenance_core::zone::Zone;

use crate::types::Receipt;

/// The least width of a terminal for the table with one line for each receipt.
const WIDE: usize = 120;

/// The cells of one receipt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReceiptCells {
    /// The first key of the order, so that receipts of one window are neighbours.
    order: String,
    windows: String,
    name: String,
    action: &'static str,
    start: String,
    end: String,
    runs: usize,
    why: String,
}

impl ReceiptCells {
    /// The cells of a receipt.
    pub(super) fn of(receipt: &Receipt<'_>, zone: &Zone) -> Self {
        let clipped = |text: &str| clip(text).to_string();
        let kind = if receipt.kind == "PLAN" { " (plan)" } else { "" };
        let windows: Vec<String> = receipt.hold.windows.iter().map(|name| clipped(name)).collect();
        let error = receipt.error.map(|error| clipped(&error.message));
        let reasons = [error, receipt.why.map(clipped)].into_iter().flatten();
        let warnings = receipt.warnings.iter().map(|warning| clipped(warning));
        Self {
            order: receipt.hold.start.to_string(),
            windows: windows.join(", "),
            name: format!("{}{kind}", clip(receipt.name.unwrap_or(receipt.id))),
            action: receipt.action.as_str(),
            start: zone.to_minute(receipt.hold.start),
            end: receipt.hold.end.map_or_else(|| "no end".to_owned(), |end| zone.to_minute(end)),
            runs: receipt.runs.len(),
            why: reasons.chain(warnings).collect::<Vec<_>>().join("; "),
        }
    }
}

/// The table of these receipts, by window.
pub(super) fn draw(mut rows: Vec<ReceiptCells>, terminal: &Terminal) -> String {
    rows.sort();
    let times = rows.iter().flat_map(|row| [&*row.start, &*row.end]);
    let year = common_year(times.filter(|time| *time != "no end"));
    let rows = rows.into_iter().map(|row| {
        let short = |time: &str| without_year(time, year.as_deref()).to_owned();
        (short(&row.start), short(&row.end), row)
    });
    if terminal.width >= WIDE {
        let header = ["Window", "Start", "End", "Task or plan", "Action", "Runs", "Why"];
        let rows = rows.map(|(start, end, row)| {
            let runs = row.runs.to_string();
            [&*row.windows, &start, &end, &row.name, row.action, &runs, &row.why]
                .map(TableCell::from)
        });
        return table(terminal, header, rows, &[1, 2, 4, 5]);
    }
    let header = ["Window", "Start\nEnd", "Task or plan", "Action\nRuns", "Why"];
    let rows = rows.map(|(start, end, row)| {
        let (times, runs) = (TableCell::of_lines([&start, &end]), row.runs.to_string());
        let action = TableCell::of_lines([row.action, &runs]);
        [(&*row.windows).into(), times, (&*row.name).into(), action, (&*row.why).into()]
    });
    table(terminal, header, rows, &[1, 3])
}
