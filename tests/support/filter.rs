//! `window-filter` with a timetable in a directory of its own.

use tempfile::TempDir;

use super::ended::Ended;
use super::tool::tool;

/// The sample of the API's documentation: one task, monthly at 20:00 in
/// Europe/Paris, so that the last two are an hour later in UTC.
pub(crate) const SAMPLE: &str = r#"{"id":"61323d2498d04f63ee697541","date":"2022-07-20T18:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
{"id":"61323d2498d04f63ee697541","date":"2022-08-20T18:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
{"id":"61323d2498d04f63ee697541","date":"2022-09-20T18:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
{"id":"61323d2498d04f63ee697541","date":"2022-10-20T18:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
{"id":"61323d2498d04f63ee697541","date":"2022-11-20T19:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
{"id":"61323d2498d04f63ee697541","date":"2022-12-20T19:00:00.000Z","type":"TASK","environmentId":"6242bc6eac74e9757cda41bb"}
"#;

/// A directory with a timetable of those rows, `name,start,end`.
pub(crate) fn timetable(rows: &str) -> TempDir {
    table("name,start,end", rows)
}

/// A directory with a timetable of that header and those rows.
pub(crate) fn table(header: &str, rows: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("t.csv"), format!("{header}\n{rows}\n")).unwrap();
    dir
}

/// Runs `window-filter` with the timetable of that directory.
pub(crate) fn filter(dir: &TempDir, args: &[&str], input: impl Into<Vec<u8>>) -> Ended {
    let mut command = tool("window-filter");
    command.current_dir(dir.path()).args(args).args(["--timetable", "t.csv"]);
    Ended::of(command.write_stdin(input).output().unwrap())
}

/// A record with that date.
pub(crate) fn record_at(date: &str) -> String {
    format!("{{\"id\":\"a\",\"date\":\"{date}\"}}\n")
}
