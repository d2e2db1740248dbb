//! Where the members of a line are, after checking all of it.
//!
//! A line passes if it is a JSON object (RFC 8259), nested at most
//! [`DEEPEST`] levels deep: also with numbers beyond 64-bit floating point and
//! with halves of surrogate pairs, since nobody has to make anything of a
//! member that is only passed on. Where a member comes twice, the last one
//! counts, as for `serde_json` and jq.
//!
//! The scanner walks over the bytes once and builds nothing. It knows the
//! ordinary cases for certain and leaves all others (an escape in a key, a
//! deep nesting, anything that is not JSON) to `serde_json`, which also words
//! the errors. So it can be too slow, but it
//! cannot disagree. For the lines of a stream a [`Scanner`] remembers what
//! they have in common.
//!
//! # Why a scanner of our own
//!
//! Measured on 20,000 lines of 206 bytes as `runs-fetch --names` writes them,
//! one thread, medians of 25 interleaved rounds; a struct of one field is the
//! leanest use of a library that finds the date. The second row is from
//! `cargo bench`: 1,000 lines of 191 bytes.
//!
//! | | time | what it takes beyond `serde_json` |
//! |---|---|---|
//! | this | 1 | nothing |
//! | the same, lines of one shape | 0.35 | nothing |
//! | `serde_json`, struct of one field | 1.8 | (but not where the members are) |
//! | `serde_json::Value` | 5.1 | |
//! | sonic-rs 0.5, `get` | 0.66 | all behind the member: broken, unclosed, more than one value |
//! | sonic-rs 0.5, `LazyValue` | 1.2 | members are still to be found |
//! | sonic-rs 0.5, struct of one field | 1.4 | lone surrogates, `1e999` |
//! | sonic-rs 0.5, `Value` | 1.7 | |
//! | simd-json 0.17, struct of one field | 2.6 | lone surrogates; it needs a copy of the line |
//! | simd-json 0.17, tape | 4.2 | the same |
//!
//! Only code that does not check the rest of the line is faster than the first row, and
//! no code is faster than the second. If no two lines have one shape, the [`Scanner`]
//! costs as much as the first row. Libraries that
//! use wide registers gain on long documents; on a line of a few hundred bytes
//! their setting-up costs more. Sixteen bytes at a time gained nothing here
//! over eight, since most strings of a record are shorter than three words.
//! `cargo bench -p maintenance-core` has the first three rows.

mod checked;
mod keys;
mod scanner;
mod shape;
mod skip;
#[cfg(test)]
mod tests;

pub use super::format::DEEPEST;
pub use keys::{FoundMembers, Keys, MOST_KEYS, Member};
pub use scanner::Scanner;
