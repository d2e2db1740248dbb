//! `status --format table`: the active holds, for people.

use maintenance_core::change::TargetKind;
use maintenance_core::cli::{TableCell, Terminal, below_table, common_year, table, without_year};
use maintenance_core::ledger::{ActiveHold, Phase};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::output::short_length;

/// The beginning of the text for a hold that is past its end.
const OVERDUE: &str = "overdue by ";

/// The least width of a terminal for the table with one line for each hold.
const WIDE: usize = 120;

/// The cells of one hold: its name, environment, start, end, windows, state and time left.
type HoldCells = [String; 7];

/// The table of active holds, by their end, and a line with counts, zone and time.
pub(crate) fn draw<'a>(
    holds: impl Iterator<Item = &'a ActiveHold>,
    zone: &Zone,
    now: UtcTime,
    terminal: &Terminal,
) -> String {
    let mut holds: Vec<&ActiveHold> = holds.collect();
    if holds.is_empty() {
        return "Nothing is held.\n".to_owned();
    }
    holds.sort_by_key(|active| (active.hold.end().unwrap_or(UtcTime::MAX), active.hold.start()));
    let mut rows: Vec<HoldCells> = holds.iter().map(|active| cells(active, zone, now)).collect();
    let clock = zone.to_minute(now);
    let times = rows.iter().flat_map(|[_, _, start, end, ..]| [&**start, &**end]).chain([&*clock]);
    let year = common_year(times.filter(|time| !time.is_empty()));
    for [_, _, start, end, ..] in &mut rows {
        for time in [start, end] {
            *time = without_year(time, year.as_deref()).to_owned();
        }
    }
    let text = if terminal.width >= WIDE { wide(&rows, terminal) } else { narrow(&rows, terminal) };
    let text = if terminal.color { emphasize(&text) } else { text };
    let overdue = holds.iter().filter(|active| active.overdue_by(now).is_some()).count();
    let (count, name) = (holds.len(), zone.name());
    let counts =
        format!("Held: {count}, overdue: {overdue}. Times are in {name}, where it is {clock}.");
    text + &below_table(terminal, [&counts])
}

fn cells(active: &ActiveHold, zone: &Zone, now: UtcTime) -> HoldCells {
    let (target, labels, end) = (&active.target, &active.labels, active.hold.end());
    let name = labels.name.as_ref().unwrap_or(&target.id);
    let environment = labels.environment_name.as_ref().unwrap_or(&target.environment_id);
    let windows: Vec<_> = active.hold.names().iter().map(|name| clip(name).to_string()).collect();
    let kind = if target.kind == TargetKind::Plan { " (plan)" } else { "" };
    let left = match (end, active.overdue_by(now)) {
        (_, Some(past)) => format!("{OVERDUE}{}", short_length(past)),
        (Some(end), None) => short_length(end.since(now)),
        (None, None) => "no end".to_owned(),
    };
    [
        format!("{}{kind}", clip(name)),
        clip(environment).to_string(),
        zone.to_minute(active.hold.start()),
        end.map_or_else(String::new, |end| zone.to_minute(end)),
        windows.join(", "),
        phase_word(&active.phase).to_owned(),
        left,
    ]
}

/// The word for a phase, in records and tables.
pub(super) fn phase_word(phase: &Phase) -> &'static str {
    match phase {
        Phase::Pausing { .. } => "pausing",
        Phase::Accepted { .. } => "accepted",
        Phase::Held { .. } => "held",
        Phase::Resuming { .. } => "resuming",
    }
}

fn wide(rows: &[HoldCells], terminal: &Terminal) -> String {
    let header = ["Task or plan", "Environment", "Start", "End", "Windows", "State", "Left"];
    let rows = rows.iter().map(|row| row.each_ref().map(|cell| TableCell::from(&**cell)));
    table(terminal, header, rows, &[2, 3, 5, 6])
}

/// With two lines for each hold: the start above the end, the state above the
/// time left.
fn narrow(rows: &[HoldCells], terminal: &Terminal) -> String {
    let header = ["Task or plan", "Environment", "Start\nEnd", "Windows", "State\nLeft"];
    let rows = rows.iter().map(|[name, environment, start, end, windows, state, left]| {
        let times = TableCell::of_lines([start, end]);
        let state = TableCell::of_lines([state, left]);
        [(&**name).into(), (&**environment).into(), times, (&**windows).into(), state]
    });
    table(terminal, header, rows, &[2, 4])
}

/// Colors overdue cells red. Only the last column can have them, so no name is colored.
fn emphasize(table: &str) -> String {
    let mut text = String::with_capacity(table.len() + 64);
    for line in table.lines() {
        let cell = line
            .rfind(OVERDUE)
            .filter(|at| line[*at..].chars().filter(|c| ['|', '│', '┆'].contains(c)).count() == 1);
        match cell {
            Some(at) => {
                let end = line[at..].find("  ").or_else(|| line[at..].rfind(' '));
                let end = end.map_or(line.len(), |end| at + end);
                text.push_str(&line[..at]);
                text.push_str("\x1b[1;31m");
                text.push_str(&line[at..end]);
                text.push_str("\x1b[0m");
                text.push_str(&line[end..]);
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;

    use maintenance_core::ledger::{Ledger, LedgerState};
    use maintenance_core::zone::ZoneTable;

    use super::*;

    /// Four holds: over, on, without an end, and with names that are not nice.
    fn state() -> LedgerState {
        let holds = [
            (
                "t1",
                "TASK",
                "Load orders",
                "PROD",
                "2026-03-01T01:00:00.000Z",
                Some("2026-03-01T04:00:00.000Z"),
            ),
            (
                "p1",
                "PLAN",
                "Nightly",
                "PROD",
                "2026-03-01T01:00:00.000Z",
                Some("2026-03-01T05:03:00.000Z"),
            ),
            (
                "t2",
                "TASK",
                "overdue by \\u001b[2J design",
                "PROD",
                "2026-02-28T23:00:00.000Z",
                Some("2026-03-03T08:00:00.000Z"),
            ),
            ("t3", "TASK", "", "", "2026-03-01T01:00:00.000Z", None),
        ];
        let at = "2026-03-01T01:00:00.000Z";
        let mut lines = format!(
            r#"{{"v":1,"seq":1,"at":"{at}","event":{{"ledger":{{"id":"l","api":"http://127.0.0.1:1"}}}}}}"#
        );
        for (seq, (id, kind, name, environment, start, end)) in (2..).zip(holds) {
            let end = end.map_or("null".to_owned(), |end| format!("\"{end}\""));
            let labels = if name.is_empty() {
                "{}".to_owned()
            } else {
                format!(r#"{{"name":"{name}","environmentName":"{environment}"}}"#)
            };
            let _ = write!(
                lines,
                r#"
{{"v":1,"seq":{seq},"at":"{at}","event":{{"pausing":{{"hold":"l-{seq}","target":{{"environmentId":"6242bc6eac74e9757cda41bb","type":"{kind}","id":"{id}"}},"labels":{labels},"windows":[{{"start":"{start}","end":{end},"name":"Patch Sunday"}}],"runs":[],"prior":{{"paused":false}}}}}}}}"#
            );
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        fs::write(&path, lines + "\n").unwrap();
        Ledger::read(&path).unwrap()
    }

    fn draw(width: usize, unicode: bool, color: bool) -> String {
        let zone = ZoneTable::bundled().get("Europe/Paris").unwrap();
        let now = UtcTime::parse("2026-03-01T04:12:05Z").unwrap();
        let terminal = Terminal { width, unicode, color };
        super::draw(state().all_active(), &zone, now, &terminal)
    }

    #[test]
    fn the_table_at_200_columns() {
        assert_eq!(draw(200, true, false), "\
┌─────────────────────────────┬──────────────────────────┬─────────────┬─────────────┬──────────────┬─────────┬────────────────────┐
│ Task or plan                ┆ Environment              ┆ Start       ┆ End         ┆ Windows      ┆ State   ┆ Left               │
╞═════════════════════════════╪══════════════════════════╪═════════════╪═════════════╪══════════════╪═════════╪════════════════════╡
│ Load orders                 ┆ PROD                     ┆ 03-01 02:00 ┆ 03-01 05:00 ┆ Patch Sunday ┆ pausing ┆ overdue by 12m 05s │
│ Nightly (plan)              ┆ PROD                     ┆ 03-01 02:00 ┆ 03-01 06:03 ┆ Patch Sunday ┆ pausing ┆ 50m 55s            │
│ overdue by \\u{1b}[2J design ┆ PROD                     ┆ 03-01 00:00 ┆ 03-03 09:00 ┆ Patch Sunday ┆ pausing ┆ 2d 03h             │
│ t3                          ┆ 6242bc6eac74e9757cda41bb ┆ 03-01 02:00 ┆             ┆ Patch Sunday ┆ pausing ┆ no end             │
└─────────────────────────────┴──────────────────────────┴─────────────┴─────────────┴──────────────┴─────────┴────────────────────┘
Held: 4, overdue: 1. Times are in Europe/Paris, where it is 2026-03-01 05:12.
");
    }

    #[test]
    fn the_table_at_80_columns_in_ascii() {
        assert_eq!(
            draw(80, false, false),
            "\
+----------------+----------------+-------------+---------+--------------------+
| Task or plan   | Environment    | Start       | Windows | State              |
|                |                | End         |         | Left               |
+==============================================================================+
| Load orders    | PROD           | 03-01 02:00 | Patch   | pausing            |
|                |                | 03-01 05:00 | Sunday  | overdue by 12m 05s |
| Nightly (plan) | PROD           | 03-01 02:00 | Patch   | pausing            |
|                |                | 03-01 06:03 | Sunday  | 50m 55s            |
| overdue by     | PROD           | 03-01 00:00 | Patch   | pausing            |
| \\u{1b}[2J      |                | 03-03 09:00 | Sunday  | 2d 03h             |
| design         |                |             |         |                    |
| t3             | 6242bc6eac74e9 | 03-01 02:00 | Patch   | pausing            |
|                | 757cda41bb     |             | Sunday  | no end             |
+----------------+----------------+-------------+---------+--------------------+
Held: 4, overdue: 1. Times are in Europe/Paris, where it is 2026-03-01 05:12.
"
        );
    }

    #[test]
    fn colour_is_only_an_aid_and_only_on_what_is_overdue() {
        for (width, unicode) in [(80, false), (200, true)] {
            let colored = draw(width, unicode, true);
            assert_eq!(colored.matches("\x1b[1;31moverdue by 12m 05s\x1b[0m").count(), 1);
            assert_eq!(colored.matches('\x1b').count(), 2, "{colored}");
            let plain = colored.replace("\x1b[1;31m", "").replace("\x1b[0m", "");
            assert_eq!(plain, draw(width, unicode, false));
        }
    }

    #[test]
    fn the_year_is_shown_where_it_is_not_the_present_one() {
        let now = UtcTime::parse("2027-01-01T04:12:05Z").unwrap();
        let terminal = Terminal { width: 200, unicode: false, color: false };
        let text = super::draw(state().all_active(), &Zone::utc(), now, &terminal);
        assert!(text.contains("| 2026-03-01 01:00 | 2026-03-01 04:00 |"), "{text}");
    }

    #[test]
    fn nothing_held_is_said() {
        let terminal = Terminal { width: 80, unicode: true, color: true };
        let text = super::draw(std::iter::empty(), &Zone::utc(), UtcTime::MIN, &terminal);
        assert_eq!(text, "Nothing is held.\n");
    }
}
