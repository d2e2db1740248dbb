//! IDs of tasks, plans, environments and workspaces: opaque texts of the API,
//! which stand in the paths of its URLs and in the ledger.
//!
//! They come from anywhere: a list that somebody made by hand, a ledger, an
//! answer. One that leads to another path of the API (`..`), or that looks like
//! another one while it is not (blanks around it, characters that cannot be
//! seen), is refused where it comes in, before anything is asked. All others are
//! taken as they are, and written into a path as one segment.

use crate::short_name::{is_control, is_invisible};

/// The longest ID, in bytes: those of the API have 24 or 36.
const LONGEST: usize = 128;

/// Why a text is no ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// In the path of a URL it means the place itself, or the one above.
    #[error("it is `.` or `..`, which lead to another place")]
    Dots,
    /// It has controls, or characters that a screen does not show.
    #[error("it has characters that cannot be seen")]
    Unseen,
    /// It has what stands for characters that could not be read.
    #[error("it has characters that could not be read")]
    Unread,
    /// There is white space around it.
    #[error("it begins or ends with a blank")]
    Blanks,
    /// It is too long.
    #[error("it has {0} bytes, more than {LONGEST}")]
    TooLong(usize),
}

/// Checks that a text can be an ID.
///
/// # Errors
///
/// It cannot be one of the API's, or could be taken for another one.
pub fn check(id: &str) -> Result<(), BadId> {
    match id {
        "" => Err(BadId::Empty),
        "." | ".." => Err(BadId::Dots),
        _ if id.len() > LONGEST => Err(BadId::TooLong(id.len())),
        _ if id.chars().any(|c| is_control(c) || is_invisible(c)) => Err(BadId::Unseen),
        _ if id.contains(char::REPLACEMENT_CHARACTER) => Err(BadId::Unread),
        _ if id.trim().len() < id.len() => Err(BadId::Blanks),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_leads_elsewhere_or_is_not_seen_for_what_it_is_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for (id, expected) in [
            ("", BadId::Empty),
            (".", BadId::Dots),
            ("..", BadId::Dots),
            (&long, BadId::TooLong(129)),
            (&"é".repeat(65), BadId::TooLong(130)),
            ("a\nb", BadId::Unseen),
            ("a\0", BadId::Unseen),
            ("\ta", BadId::Unseen),
            ("a\x7f", BadId::Unseen),
            ("a\u{9b}b", BadId::Unseen),
            ("a\u{200b}b", BadId::Unseen),
            ("\u{feff}a", BadId::Unseen),
            ("a\u{202e}b", BadId::Unseen),
            ("a\u{3164}b", BadId::Unseen),
            ("a\u{115f}b", BadId::Unseen),
            ("a\u{34f}b", BadId::Unseen),
            ("a\u{fe0f}b", BadId::Unseen),
            ("a\u{2028}", BadId::Unseen),
            ("a\u{fffd}", BadId::Unread),
            (" a", BadId::Blanks),
            ("a ", BadId::Blanks),
            (" ", BadId::Blanks),
            ("a\u{a0}", BadId::Blanks),
            ("\u{3000}a", BadId::Blanks),
        ] {
            assert_eq!(check(id), Err(expected), "{id:?}");
        }
    }

    #[test]
    fn every_other_text_is_an_id() {
        let longest = "x".repeat(LONGEST);
        for id in [
            "61323d2498d04f63ee697541",
            "e56cd2a1-0f3b-4a4e-9d37-7a1c2b3d4e5f",
            "42",
            "a b",
            "...",
            "a/..",
            "../a",
            "%2e%2e",
            "a?b#c",
            "a\\b",
            "a;b",
            "é日🛠",
            "-n",
            &longest,
        ] {
            assert_eq!(check(id), Ok(()), "{id:?}");
        }
    }
}
