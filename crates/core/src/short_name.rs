//! Names from outside, as messages show them.

use std::borrow::Cow;
use std::path::Path;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The most characters of a foreign name that a message shows.
const MOST: usize = 200;

/// Cuts a foreign name for a message: its first 200 characters, with "…" where it has
/// more. Whoever may name a task or write a calendar must not be able to fill a screen
/// or a log. Records are never cut. Characters are counted, not columns: a thousand
/// characters without a width would fill a log, too.
///
/// `{}` writes it as it is, `{:?}` in quotes. The controls in it are still
/// there: they are escaped where a message is written for a terminal.
#[must_use]
pub fn clip(name: &str) -> Cow<'_, str> {
    // A character has a byte at least.
    let end = (name.len() > MOST).then(|| name.char_indices().nth(MOST)).flatten();
    end.map_or(Cow::Borrowed(name), |(end, _)| Cow::Owned(format!("{}…", &name[..end])))
}

/// Cuts the path of a file for a message. The end of a path says more than its
/// beginning, so the last 200 characters are left.
#[must_use]
pub fn clip_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    let start = (path.len() > MOST).then(|| path.char_indices().nth_back(MOST - 1)).flatten();
    match start {
        Some((start @ 1.., _)) => format!("…{}", &path[start..]),
        _ => path.into_owned(),
    }
}

/// Whether a terminal obeys a character, or shows nothing for it: controls
/// (Cc), format characters (Cf: direction marks, zero width, soft hyphen),
/// separators of lines and paragraphs (Zl, Zp), and tag characters, of which
/// some are not assigned (UAX #44, section 5.7.1).
#[must_use]
pub fn is_control(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    // Most names are ASCII, and need no look at the table.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c, '\u{e0000}'..='\u{e007f}')
        || matches!(c.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
}

/// Whether nothing is shown for a character, so that two names which differ in it
/// look alike: the `Default_Ignorable_Code_Points` of Unicode (soft hyphens, zero
/// width spaces and joiners, fillers, marks of direction, variation selectors).
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_two_hundred_characters_is_whole_and_a_longer_one_is_cut_between_two() {
        for letter in ["a", "é", "日", "🛠"] {
            let (whole, long) = (letter.repeat(MOST), letter.repeat(MOST + 1));
            assert_eq!(clip(&whole).to_string(), whole);
            assert_eq!(clip(&long).to_string(), format!("{whole}…"));
            assert_eq!(format!("{:?}", clip(&long)), format!("\"{whole}…\""));
        }
        assert_eq!(format!("{} {0:?}", clip("a\"\n")), "a\"\n \"a\\\"\\n\"");
    }

    #[test]
    fn a_path_keeps_its_end() {
        for letter in ["a", "é", "🛠"] {
            let (whole, long) = (letter.repeat(MOST), letter.repeat(MOST + 1));
            assert_eq!(clip_path(Path::new(&whole)), whole);
            assert_eq!(clip_path(Path::new(&long)), format!("…{whole}"));
        }
        assert_eq!(clip_path(Path::new("/tmp/t.csv")), "/tmp/t.csv");
    }
}
