//! The limits of a line, and the characters around it.

/// The most levels to which the values of a record may be nested.
pub const DEEPEST: usize = 1000;

/// The longest line that is read, in bytes without its `\n`: far above any
/// record, and low enough that a stream that is no text ends with an error
/// and not with all memory in use.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// The byte order mark that some programs write before the first line.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether the text is nothing but what JSON calls white space.
#[must_use]
pub fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
