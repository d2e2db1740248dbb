//! JSON Lines: one JSON object a line, UTF-8, `\n`.
//!
//! Records are not taken apart and put together again: their bytes are read,
//! checked, looked into, and passed on, with at most one member added. So the
//! order of members, the digits of numbers and fields that nobody here knows
//! stay as they came.
//!
//! - [`reader`]: lines and their numbers, from any [`std::io::Read`]
//! - [`scan`]: where the members of a line are, after checking all of it
//! - [`end_record`]: the last line, which says how many there are
//! - [`splice`]: add one member to an object
//! - [`text`]: our own values as JSON that is safe to look at
//! - [`writer`]: whole lines, and whether the reader of them has gone away
//!
//! The readers accept more than the letter of the format: a byte order mark
//! before the first line; `\r\n`, whose `\r` is white space to JSON; blank
//! lines, which are counted and passed over; a last line without its `\n`.

mod buffer;
pub mod end_record;
pub mod error;
mod format;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
pub mod reader;
pub mod scan;
pub mod splice;
pub mod text;
pub mod writer;

pub use buffer::enlarge_buffer;
pub use error::{BadLine, LineError, ReadError, WriteError};
pub use format::{BYTE_ORDER_MARK, LINE_LIMIT, is_blank};
pub use reader::{InputLine, LineReader};
pub use writer::LineWriter;
