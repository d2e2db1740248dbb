//! The cells of the CSV that people open in a spreadsheet.

use crate::short_name::is_control;

/// The form of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvCells {
    /// Whether cells that begin like a formula stay as they are.
    pub raw: bool,
}

impl CsvCells {
    /// The cell with that text.
    #[must_use]
    pub fn cell(self, text: String) -> String {
        if self.raw { text } else { plain_cell(text) }
    }

    /// The same of a timetable, from which [`without_apostrophe`] has to bring the text back.
    #[must_use]
    pub fn timetable_cell(self, text: String) -> String {
        if text.starts_with('\'') { plain_cell(text) } else { self.cell(text) }
    }
}

/// The text of a cell of a timetable: without the `'` that keeps a spreadsheet from
/// computing it.
#[must_use]
pub fn without_apostrophe(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_computed(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

/// Returns a text as a cell that a spreadsheet shows and does not compute: one that
/// begins like a formula gets a `'` in front. So does one that begins like such a cell.
fn plain_cell(text: String) -> String {
    if is_computed(text.trim_start_matches('\'')) { format!("'{text}") } else { text }
}

/// Whether a text begins like a formula, also where blanks, or characters that a
/// spreadsheet drops (NUL), stand before that.
fn is_computed(text: &str) -> bool {
    let is_passed_over = |c: char| c.is_whitespace() || is_control(c);
    let begins = text.trim_start_matches(is_passed_over);
    let before = text.len() - begins.len();
    let is_cell_end = text.get(..before).is_some_and(|before| before.contains(['\t', '\r']));
    // The full-width signs begin a formula where a spreadsheet is set to
    // Japanese or Chinese.
    is_cell_end || begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_quoted_for_a_spreadsheet() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@A1",
            "\t=1",
            "\r=1",
            " =1",
            "\u{a0} -1",
            "\n=1",
            "＝1",
            "\0=1",
            "\u{feff}=1",
            "\u{200b} +1",
            "\u{2003}@A1",
            " \ta",
            "\u{1f}\r",
            "'=1",
            "''+1",
        ] {
            assert_eq!(plain_cell(text.to_owned()), format!("'{text}"), "{text:?}");
            for cells in [CsvCells { raw: false }, CsvCells { raw: true }] {
                assert_eq!(without_apostrophe(&cells.timetable_cell(text.to_owned())), text);
            }
        }
        for text in
            ["", " ", "load orders", "a=1", "2022-09-20T17:00:00.000Z", "'a", "日次", "\u{200b}a"]
        {
            assert_eq!(plain_cell(text.to_owned()), text);
            assert_eq!(without_apostrophe(text), text);
        }
    }
}
