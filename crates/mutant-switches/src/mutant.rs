//! A change as `cargo mutants --list --json` describes it, and the reason that it may have
//! no switch.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A change, and the number of its switch.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// The number of its switch, which the caller adds.
    pub id: u32,
    /// The file, from the root of the tree on.
    pub file: String,
    /// The kind of code that is changed.
    pub genre: Genre,
    /// The code that takes the place of what `span` has.
    pub replacement: String,
    /// The place of the code that is changed.
    pub span: TextSpan,
}

/// The kind of code that a change is about.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Genre {
    /// A binary operator is replaced.
    BinaryOperator,
    /// A unary operator is left out.
    UnaryOperator,
    /// The body of a function is replaced by a value.
    FnValue,
    /// A field of an expression with a base (`..base`) is left out.
    StructField,
    /// An arm of a `match` is left out.
    MatchArm,
    /// The guard of an arm is replaced by `true` or `false`.
    MatchArmGuard,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

/// Why a change has no switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unswitched {
    /// `let` in a condition cannot be joined by `||`: the change compiles nowhere.
    LetChain,
    /// The function returns `impl Trait`, which is one type, and no iterator, or not only
    /// at its end.
    OpaqueType,
    /// No code that runs has it, but a constant or a pattern, for example.
    NotRun,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct TextSpan {
    /// The first character.
    pub start: LineColumn,
    /// The character after the last one.
    pub end: LineColumn,
}

/// A character of a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct LineColumn {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl TextSpan {
    /// The bytes of a text that lie in this place; `None` if the text has no such place.
    #[must_use]
    pub fn bytes(&self, text: &str) -> Option<Range<usize>> {
        Some(self.start.byte(text)?..self.end.byte(text)?)
    }
}

impl LineColumn {
    fn byte(self, text: &str) -> Option<usize> {
        let mut begin = 0;
        for line in text.split_inclusive('\n').take(self.line.checked_sub(1)?) {
            begin += line.len();
        }
        let line = text.get(begin..)?.split_inclusive('\n').next().unwrap_or_default();
        let column = self.column.checked_sub(1)?;
        let mut places = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        Some(begin + places.nth(column)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let byte = |line, column| LineColumn { line, column }.byte("é=1\nab\n");
        assert_eq!(byte(1, 1), Some(0));
        assert_eq!(byte(1, 2), Some(2));
        assert_eq!(byte(2, 2), Some(6));
        assert_eq!(byte(2, 9), None);
        assert_eq!(byte(0, 1), None);
        assert_eq!(byte(1, 0), None);
    }

    #[test]
    fn a_change_is_read_as_it_is_listed_and_an_unknown_kind_is_no_error() {
        let listed = |genre: &str| {
            let text = format!(
                r#"{{"id": 7, "file": "crates/a/src/b.rs", "genre": "{genre}", "package": "a",
                    "replacement": "==", "span": {{"start": {{"line": 1, "column": 2}},
                    "end": {{"line": 1, "column": 3}}}}}}"#
            );
            serde_json::from_str::<Mutant>(&text).unwrap()
        };
        assert_eq!(listed("BinaryOperator").genre, Genre::BinaryOperator);
        assert_eq!(listed("Comment").genre, Genre::Other);
        assert_eq!(listed("MatchArm").span.bytes("a=b"), Some(1..2));
    }
}
