//! `history --format csv`, for a spreadsheet. Times are in UTC.

use anyhow::Context;
use maintenance_core::csv_cell::CsvCells;
use maintenance_core::time::UtcTime;

use super::record::HistoryRecord;

const HEADER: [&str; 20] = [
    "id",
    "type",
    "environment_id",
    "name",
    "what",
    "paused_at",
    "by",
    "ended_at",
    "ended_by",
    "outcome",
    "seconds",
    "windows",
    "hold_start",
    "hold_end",
    "reason",
    "why",
    "host",
    "call",
    "seen_at",
    "error",
];

/// Draws the records, one line for each. A spreadsheet takes no cell for a formula.
pub(super) fn draw(records: &[HistoryRecord]) -> anyhow::Result<String> {
    let cells = CsvCells { raw: false };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let time = |time: Option<UtcTime>| time.map_or(String::new(), |time| time.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    for record in records {
        let ended = record.ended.as_ref();
        let row = [
            record.id.clone(),
            record.kind.clone(),
            record.environment_id.clone(),
            text(&record.name),
            record.what.as_str().to_owned(),
            time(record.paused_at),
            text(&record.by),
            time(ended.map(|end| end.at)),
            ended.map_or(String::new(), |end| text(&end.by)),
            record.outcome().to_owned(),
            record.seconds.map_or(String::new(), |seconds| seconds.to_string()),
            record.hold.windows.join("; "),
            time(Some(record.hold.start)),
            time(record.hold.end),
            text(&record.reason),
            ended.map_or_else(|| text(&record.why), |end| text(&end.why)),
            text(&record.host),
            text(&record.call),
            time(Some(record.seen_at)),
            record.error.as_ref().map_or(String::new(), |error| error.message.clone()),
        ];
        writer.write_record(row.map(|cell| cells.cell(cell)))?;
    }
    let bytes = writer.into_inner().context("cannot end the table")?;
    Ok(String::from_utf8(bytes)?)
}
