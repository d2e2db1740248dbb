//! Tables for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::{Terminal, escape_controls};

/// The text of a cell. Control characters of the text are made visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableCell(String);

impl TableCell {
    /// One text below the other, each on a line of its own.
    #[must_use]
    pub fn of_lines<const N: usize>(lines: [&str; N]) -> Self {
        Self(lines.map(escape_controls).join("\n"))
    }
}

impl From<&str> for TableCell {
    fn from(text: &str) -> Self {
        Self::of_lines([text])
    }
}

/// A table that fits the terminal where it can be had: texts are broken, so
/// that nothing is cut off, but the columns of `whole` (by number) are not.
#[must_use]
pub fn table<const N: usize>(
    terminal: &Terminal,
    header: [&str; N],
    rows: impl IntoIterator<Item = [TableCell; N]>,
    whole: &[usize],
) -> String {
    let mut table = Table::new();
    table
        .load_style(if terminal.unicode {
            presets::UTF8_FULL_CONDENSED
        } else {
            presets::ASCII_FULL_CONDENSED
        })
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(terminal.width).unwrap_or(u16::MAX))
        .set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| cell.0));
    }
    for &number in whole {
        if let Some(column) = table.column_mut(number) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!("{table}\n")
}

/// A number of things: `1 run`, `2 runs`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Sentences below a table, broken where the terminal ends. Control characters of the
/// text are made visible.
#[must_use]
pub fn below_table<const N: usize>(terminal: &Terminal, lines: [&str; N]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(terminal.width).unwrap_or(u16::MAX))
        .add_row([TableCell::of_lines(lines).0]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    let text = table.to_string();
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// The year that all these local times (`2026-03-01 02:00`) have in common: in
/// each of them it only takes away room from the names.
pub fn common_year<'a>(times: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut years = times.into_iter().map(|time| time.split('-').next().unwrap_or_default());
    let first = years.next()?;
    years.all(|year| year == first).then(|| first.to_owned())
}

/// A local time without its year, if that is the one.
#[must_use]
pub fn without_year<'a>(time: &'a str, year: Option<&str>) -> &'a str {
    let rest = year.and_then(|year| time.strip_prefix(year)?.strip_prefix('-'));
    rest.unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(width: usize, unicode: bool) -> String {
        let terminal = Terminal { width, unicode, color: false };
        let rows = [
            ["load the orders of all regions".into(), "2026-03-01 02:00".into()],
            ["evil\u{1b}[2J\n".into(), TableCell::of_lines(["", "one below"])],
        ];
        table(&terminal, ["Task", "Start"], rows, &[1])
    }

    #[test]
    fn texts_are_broken_and_times_are_not() {
        assert_eq!(
            draw(36, false),
            "\
+---------------+------------------+
| Task          | Start            |
+==================================+
| load the      | 2026-03-01 02:00 |
| orders of all |                  |
| regions       |                  |
| evil\\u{1b}[2J |                  |
| \\n            | one below        |
+---------------+------------------+
"
        );
    }

    #[test]
    fn what_fits_is_not_broken() {
        assert_eq!(
            draw(80, true),
            "\
┌────────────────────────────────┬──────────────────┐
│ Task                           ┆ Start            │
╞════════════════════════════════╪══════════════════╡
│ load the orders of all regions ┆ 2026-03-01 02:00 │
│ evil\\u{1b}[2J\\n                ┆                  │
│                                ┆ one below        │
└────────────────────────────────┴──────────────────┘
"
        );
    }

    #[test]
    fn sentences_below_a_table_are_broken_where_the_terminal_ends() {
        let terminal = Terminal { width: 20, unicode: true, color: false };
        let text = below_table(&terminal, ["Paused: 3.", "Left alone: 1 (by 月次決算データ連携)."]);
        assert_eq!(text, "Paused: 3.\nLeft alone: 1 (by\n月次決算データ連携).\n");
    }

    #[test]
    fn a_year_is_left_out_where_all_have_it() {
        let times = ["2026-03-01 02:00", "2026-12-31 23:00"];
        let year = common_year(times);
        assert_eq!(year.as_deref(), Some("2026"));
        assert_eq!(
            times.map(|time| without_year(time, year.as_deref())),
            ["03-01 02:00", "12-31 23:00"]
        );
        assert_eq!(common_year([times[0], "2027-01-01 00:00"]), None);
        assert_eq!(common_year([]), None);
        assert_eq!(without_year(times[0], None), times[0]);
    }
}
