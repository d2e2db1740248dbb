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
}

/// Returns a text as a cell that a spreadsheet shows and does not compute: one
/// that begins like a formula gets a `'` in front, also where blanks, or
/// characters that a spreadsheet drops (NUL), stand before that.
fn plain_cell(text: String) -> String {
    let is_passed_over = |c: char| c.is_whitespace() || is_control(c);
    let begins = text.trim_start_matches(is_passed_over);
    let before = text.len() - begins.len();
    let is_cell_end = text.get(..before).is_some_and(|before| before.contains(['\t', '\r']));
    // The full-width signs begin a formula where a spreadsheet is set to
    // Japanese or Chinese.
    let is_formula = begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula || is_cell_end { format!("'{text}") } else { text }
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
        ] {
            assert_eq!(plain_cell(text.to_owned()), format!("'{text}"), "{text:?}");
        }
        for text in
            ["", " ", "load orders", "a=1", "2022-09-20T17:00:00.000Z", "'=1", "日次", "\u{200b}a"]
        {
            assert_eq!(plain_cell(text.to_owned()), text);
        }
    }
}
