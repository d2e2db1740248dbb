//! Globs: how a pattern is held against a name.
//!
//! A timetable may have thousands of patterns, and every run is held against
//! those of the windows of its time. So `*` and `?`, which nearly all patterns
//! make do with, are matched as they stand; only brackets and braces need the
//! library, which takes kilobytes for each, and these are kept short.

use globset::{GlobBuilder, GlobMatcher};

/// The longest pattern with brackets or braces, in bytes.
const LONGEST: usize = 4096;

/// The most levels of braces in braces.
const DEEPEST: usize = 8;

/// A pattern that was understood.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// It matches only itself.
    Plain,
    /// It has `*` and `?`, and nothing else that means something.
    Wildcards,
    /// It has brackets, braces or backslashes.
    Library(GlobMatcher),
}

impl Glob {
    /// Understands a pattern, or says why it cannot be.
    pub(super) fn new(text: &str) -> Result<Self, String> {
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
        let glob = GlobBuilder::new(text).build().map_err(|error| error.kind().to_string())?;
        Ok(Self::Library(glob.compile_matcher()))
    }

    /// Whether the pattern with that text matches a value that is not the same.
    pub(super) fn matches(&self, text: &str, value: &str) -> bool {
        match self {
            Self::Plain => false,
            Self::Wildcards => wildcards(text, value),
            Self::Library(glob) => glob.is_match(value),
        }
    }
}

/// Refuses what would take the library long, or deep into its own calls.
fn limits(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("with brackets or braces it may have {LONGEST} bytes"));
    }
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("braces stand in more than {DEEPEST} others"));
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
    fn stars_and_question_marks() {
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
        ] {
            assert!(Glob::new(&text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn wildcards_are_what_the_library_takes_them_for(
            text in "[ab*?]{0,8}",
            value in "[ab]{0,10}",
        ) {
            let glob = GlobBuilder::new(&text).build().unwrap().compile_matcher();
            prop_assert_eq!(wildcards(&text, &value), glob.is_match(&value));
        }
    }
}
