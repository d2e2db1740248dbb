//! Distinguishes JSON from other text, for the lines that the scanner leaves.
//!
//! `serde_json` decides, by the reading with which it passes over a value: it
//! checks the grammar, and neither calls itself for each level nor makes
//! anything of numbers and escapes. What it makes of them has limits that
//! JSON does not have (64-bit floating point, pairs of surrogates, 127
//! levels), and a record that is only passed on need not fit them.

use serde::de::IgnoredAny;

use crate::jsonl::error::BadLine;
use crate::jsonl::format::DEEPEST;

/// Whether a text that is not blank is an object, and not too deep.
pub(super) fn check(text: &str) -> Result<(), BadLine> {
    let IgnoredAny = serde_json::from_str(text)?;
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(BadLine::NotAnObject);
    }
    // The object itself is not counted.
    if levels(text) > DEEPEST + 1 {
        return Err(BadLine::TooDeep);
    }
    Ok(())
}

/// The number of levels to which a text is nested that is JSON.
fn levels(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                open += 1;
                most = most.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next().filter(|byte| *byte != b'"') {
                    if byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_outside_of_strings() {
        for (text, expected) in [
            ("1", 0),
            ("{}", 1),
            (r#"{"a":[[],[[]]],"b":{}}"#, 4),
            (r#"{"[[[":"]\"[[[\\","b":[]}"#, 2),
        ] {
            assert_eq!(levels(text), expected, "{text}");
        }
    }
}
