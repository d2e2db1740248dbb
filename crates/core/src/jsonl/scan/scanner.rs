//! The scanner with a memory, for streams.
//!
//! A line of a known shape takes a third of the time. But comparing a line with a shape
//! that does not fit, and learning a new shape, cost time. So the scanner keeps a
//! credit: a line that fits adds one unit, a line that fits no shape costs `MISS`, and
//! a new shape costs `LEARN`; these are estimates on the safe side. Measured on streams
//! of two, four and ever new shapes, with escapes in all or half of the lines, or with
//! members that are objects, `window-filter` was never slower by more than the noise of
//! 1 %.

use super::keys::{FoundMembers, Keys};
use super::shape::Shape;
use crate::jsonl::error::BadLine;

/// The cost of learning a shape.
const LEARN: u32 = 8;

/// The cost of trying shapes that the line does not have.
const MISS: u32 = 2;

/// The most credit that is kept.
const MOST_CREDIT: u32 = 32;

/// The number of lines without credit after which one try and one new shape are
/// allowed.
const IDLE: u32 = 64;

/// Reads the lines of one stream, and finds in each what [`Keys::read`] would:
/// faster where lines have what stands between their values in common.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    keys: &'a Keys,
    /// The shape that fitted or was learnt last is first.
    shapes: [Shape; 2],
    credit: u32,
    /// The number of lines since the last that was tried.
    idle: u32,
}

impl<'a> Scanner<'a> {
    /// For those members.
    #[must_use]
    pub fn new(keys: &'a Keys) -> Self {
        Self { keys, shapes: <[Shape; 2]>::default(), credit: MOST_CREDIT, idle: 0 }
    }

    /// Reads the line that begins at `at`: see [`Keys::read`].
    pub fn read(
        &mut self,
        text: &str,
        at: usize,
        found: &mut FoundMembers,
    ) -> Result<bool, BadLine> {
        let bytes = text.as_bytes();
        if self.credit >= MISS {
            if self.read_known(bytes, at, found) {
                self.credit = (self.credit + 1).min(MOST_CREDIT);
                return Ok(true);
            }
            self.credit -= MISS;
        } else {
            self.idle += 1;
            if self.idle == IDLE {
                self.idle = 0;
                self.credit = LEARN + MISS;
            }
        }
        let is_object = self.keys.read(text, at, found);
        if self.credit >= LEARN && is_object == Ok(true) {
            self.credit -= LEARN;
            self.shapes.swap(0, 1);
            self.shapes[0].learn(self.keys, bytes, at);
        }
        is_object
    }

    /// Whether the line is of a shape that is known, the last one first, and
    /// was read by that.
    fn read_known(&mut self, text: &[u8], at: usize, found: &mut FoundMembers) -> bool {
        let [last, other] = &mut self.shapes;
        if last.read(text, at, found).is_some() {
            return true;
        }
        let is_other = other.read(text, at, found).is_some();
        if is_other {
            self.shapes.swap(0, 1);
        }
        is_other
    }
}

#[cfg(test)]
mod tests;
