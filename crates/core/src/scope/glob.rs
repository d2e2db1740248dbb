//! Globs: how a pattern is held against a name.
//!
//! A timetable may have thousands of patterns, and every run is held against
//! those of the windows of its time. So `*` and `?`, which nearly all patterns
//! make do with, are matched as they stand; only brackets and braces need the
//! library, which takes kilobytes for each, and these are kept short.
//!
//! All of it goes by characters. The library alone would go by bytes, of which
//! an umlaut has two: `[Ä]` would match no Ä, and `?` behind a bracket none
//! either. So it only reads the pattern, and its expression is translated.

use globset::{ErrorKind, Glob as Library};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// The longest pattern with brackets or braces, in bytes.
const LONGEST: usize = 4096;

/// The most bytes that one such pattern may take in memory, as a program.
const LARGEST: usize = 256 << 10;

/// The most levels of braces in braces.
const DEEPEST: usize = 8;

/// The hint on a pattern that is too large.
const SPLIT: &str = "write several patterns";

/// A pattern that cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// Its fault.
    pub(super) reason: String,
    /// The way to mend it.
    pub(super) hint: &'static str,
}

/// A pattern that was understood.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// It matches only itself.
    Plain,
    /// It has `*` and `?`, and nothing else that means something.
    Wildcards,
    /// It has brackets, braces or backslashes.
    Library(Regex),
}

impl Glob {
    /// Understands a pattern, or says why it cannot be.
    pub(super) fn new(text: &str) -> Result<Self, Unreadable> {
        // What the library makes of two stars beside a slash is its own.
        let is_library =
            text.contains(['[', '{', '\\']) || text.contains("**") && text.contains('/');
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Plain);
        }
        if !is_library {
            return Ok(Self::Wildcards);
        }
        limits(text)?;
        library(text).map(Self::Library)
    }

    /// Whether the pattern with that text matches a value that is not the same.
    pub(super) fn matches(&self, text: &str, value: &str) -> bool {
        match self {
            Self::Plain => false,
            Self::Wildcards => wildcards(text, value),
            Self::Library(regex) => regex.is_match(value),
        }
    }
}

/// The program of a pattern as the library reads it, by characters.
fn library(text: &str) -> Result<Regex, Unreadable> {
    let glob = Library::new(text).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::InvalidRange(..) => "write the range the other way round",
            ErrorKind::UnopenedAlternates => "remove the brace, or open it",
            ErrorKind::UnclosedAlternates => "close the brace",
            ErrorKind::DanglingEscape => "write two backslashes for one",
            _ => "close the bracket",
        };
        Unreadable { reason: error.kind().to_string(), hint }
    })?;
    let too_large = || {
        let reason = "with brackets or braces it takes too much memory".to_owned();
        Unreadable { reason, hint: SPLIT }
    };
    let expression = by_characters(glob.regex()).ok_or_else(too_large)?;
    Regex::builder()
        .syntax(syntax::Config::new().dot_matches_new_line(true))
        .configure(Regex::config().nfa_size_limit(Some(LARGEST)))
        .build(&expression)
        .map_err(|_| too_large())
}

/// The library's expression without its `(?-u)`, which makes it go by bytes.
/// `\x` stands in it for a byte of a character beyond ASCII, and for nothing
/// else: of other characters, those that would mean something have a backslash.
fn by_characters(expression: &str) -> Option<String> {
    let mut rest = expression.strip_prefix("(?-u)")?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        let (plain, escaped) = rest.split_at(at);
        bytes.extend(plain.as_bytes());
        if let Some(byte) = escaped.strip_prefix("\\x") {
            let (digits, behind) = byte.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = behind;
        } else {
            let (pair, behind) = escaped.split_at_checked(2)?;
            bytes.extend(pair.as_bytes());
            rest = behind;
        }
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

/// Refuses what would take the library long, or deep into its own calls.
fn limits(text: &str) -> Result<(), Unreadable> {
    if text.len() > LONGEST {
        let reason = format!("with brackets or braces it may have {LONGEST} bytes");
        return Err(Unreadable { reason, hint: SPLIT });
    }
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            let reason = format!("braces stand in more than {DEEPEST} others");
            return Err(Unreadable { reason, hint: SPLIT });
        }
    }
    Ok(())
}

/// Whether a value matches a pattern of `*`, which stands for anything, and
/// `?`, which stands for one character.
///
/// A star takes as little as it can. Only the last one ever has to take more:
/// what the earlier ones took was enough for all that stands before it.
fn wildcards(pattern: &str, value: &str) -> bool {
    let (pattern, value) = (pattern.as_bytes(), value.as_bytes());
    // Past a character, which has no other beginning than its first byte.
    let next = |at: usize| {
        let more = value.get(at + 1..).unwrap_or_default();
        at + 1 + more.iter().take_while(|&&byte| byte & 0xc0 == 0x80).count()
    };
    let (mut p, mut v) = (0, 0);
    // Where the last star is, and where what it took ends.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, v));
                p += 1;
                continue;
            }
            Some(b'?') if v < value.len() => {
                (p, v) = (p + 1, next(v));
                continue;
            }
            Some(wanted) if value.get(v) == Some(wanted) && *wanted != b'?' => {
                (p, v) = (p + 1, v + 1);
                continue;
            }
            None if v == value.len() => return true,
            _ => {}
        }
        let Some((at, taken)) = star.filter(|(_, taken)| *taken < value.len()) else {
            return false;
        };
        star = Some((at, next(taken)));
        (p, v) = (at + 1, next(taken));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(text: &str, value: &str) -> bool {
        Glob::new(text).unwrap().matches(text, value)
    }

    #[test]
    fn a_star_matches_any_text_and_a_question_mark_one_character() {
        for (text, value, expected) in [
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("*??", "é", false),
            ("caf?*", "café noir", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("*load", "upload load", true),
            ("a**b", "a/b", true),
            ("a/**/b", "a/b", true),
            ("[ab]?", "b1", true),
            ("{PLAN,TASK}", "TASK", true),
            ("a\\*", "a*", true),
            ("a?", "a?", true),
        ] {
            assert_eq!(matches(text, value), expected, "{text} {value}");
        }
    }

    #[test]
    fn patterns_that_would_take_long_are_refused_or_take_no_time() {
        let stars = "*a".repeat(50_000);
        assert!(matches!(Glob::new(&stars), Ok(Glob::Wildcards)));
        assert!(!matches(&stars, &"a".repeat(10_000)));
        for text in [
            "{".repeat(3_000) + &"}".repeat(3_000),
            "{a,".repeat(9) + &"}".repeat(9),
            format!("[a]{}", "*a".repeat(4_000)),
            "{a,b}".repeat(1_000),
            format!("[a]{}", "?".repeat(4_000)),
        ] {
            assert!(Glob::new(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_has_a_hint_that_fits_its_fault() {
        for (text, hint) in [
            ("[Sales", "close the bracket"),
            ("[Z-A]*", "write the range the other way round"),
            ("{a,b", "close the brace"),
            ("[a]}", "remove the brace, or open it"),
            ("[a]\\", "write two backslashes for one"),
            (&"{".repeat(9), SPLIT),
            (&"[a]".repeat(LONGEST), SPLIT),
        ] {
            assert_eq!(Glob::new(text).unwrap_err().hint, hint, "{text}");
        }
    }

    #[test]
    fn brackets_braces_and_question_marks_beside_them_go_by_characters() {
        for (text, value, expected) in [
            ("[ÄA]bschluss*", "Äbschluss", true),
            ("[ÄA]bschluss*", "Abschluss 2", true),
            ("[ÄA]bschluss*", "Öbschluss", false),
            ("[c]af? n*", "café noir", true),
            ("[c]af?? n*", "café noir", false),
            ("{Ä,A}bschluss ?", "Äbschluss ü", true),
            ("{Ä,A}bschluss ?", "Äbschluss", false),
            ("[ä-ü]", "ö", true),
            ("[ä-ü]", "Ö", false),
            ("[a-ö]", "é", true),
            ("[!ä]", "ö", true),
            ("[!ä]", "ä", false),
            ("[^ä-ü]x", "öx", false),
            ("[!a]", "ö", true),
            ("[!a]", "öö", false),
            ("[🌙🌞] load ?", "🌙 load 🌞", true),
            ("[😀-😂]", "😁", true),
            ("[😀-😂]", "🌙", false),
            ("{🌙,{tag,日}} ?", "日 本", true),
            ("{ä*,*ö}", "xö", true),
            ("\\??", "?é", true),
            ("[\\\\x]c3", "xc3", true),
            ("*\\\\xc3", "ä\\xc3", true),
            ("ä/**/ö?", "ä/é/ü/öñ", true),
            ("[a]?b", "a\nb", true),
            // One that is written as two characters takes two.
            ("[e]?", "e\u{301}", true),
            ("[é]", "e\u{301}", false),
        ] {
            assert_eq!(matches(text, value), expected, "{text} {value}");
        }
    }

    /// The same text in letters of two, three and four bytes.
    fn in_other_letters(text: &str) -> String {
        let other = |letter| match letter {
            'a' => 'ä',
            'b' => '日',
            'c' => '😀',
            same => same,
        };
        text.chars().map(other).collect()
    }

    proptest! {
        #[test]
        fn wildcards_are_what_the_library_takes_them_for(
            text in "[ab*?]{0,8}",
            value in "[ab]{0,10}",
        ) {
            let glob = Library::new(&text).unwrap().compile_matcher();
            prop_assert_eq!(wildcards(&text, &value), glob.is_match(&value));
            let (text, value) = (in_other_letters(&text), in_other_letters(&value));
            prop_assert_eq!(wildcards(&text, &value), library(&text).unwrap().is_match(&value));
        }

        #[test]
        fn a_pattern_means_the_same_in_letters_of_several_bytes(
            text in r"([abc*?/]|\[\[abx?*]|\[!?[abc][-abc]{0,3}\]|[{},]){0,8}",
            value in "[abc*/\\\\x-]{0,6}",
        ) {
            let Ok(theirs) = Library::new(&text) else {
                prop_assert!(library(&text).is_err());
                return Ok(());
            };
            let expected = theirs.compile_matcher().is_match(&value);
            prop_assert_eq!(library(&text).unwrap().is_match(&value), expected);
            let other = library(&in_other_letters(&text)).unwrap();
            prop_assert_eq!(other.is_match(&in_other_letters(&value)), expected);
        }
    }
}
