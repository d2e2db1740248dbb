//! The size and abilities of the terminal.

use std::io::{self, IsTerminal};

use super::Messages;

/// The width of a picture that is not written to a terminal, in columns, unless
/// `COLUMNS` says another one.
const WIDTH: usize = 100;

/// The narrowest and widest terminal that `COLUMNS` can say.
const COLUMNS: std::ops::RangeInclusive<usize> = 20..=10_000;

/// The terminal that stdout is, or what stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Its width in columns.
    pub width: usize,
    /// Whether more than ASCII can be shown.
    pub unicode: bool,
    /// Whether colour is wanted. It only helps: what it says is said in words
    /// or signs, too.
    pub color: bool,
}

impl Terminal {
    /// The terminal of stdout. A pipe or a file counts as wide as `COLUMNS` says, or
    /// else as 100 columns wide.
    #[must_use]
    pub fn stdout(messages: &Messages) -> Self {
        let terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size().filter(|_| terminal);
        // What a program may write is in the locale, as for any other.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let columns = columns.filter(|columns| COLUMNS.contains(columns)).unwrap_or(WIDTH);
        Self {
            width: size.map_or(columns, |(width, _)| usize::from(width.0)),
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            color: messages.wants_color(terminal),
        }
    }
}
