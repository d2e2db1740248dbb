//! One build for many small changes of the code. `scripts/mutants` takes the changes from
//! cargo-mutants, which makes them one at a time and builds anew for each. Here every change
//! stands beside the code that it is about, behind a switch:
//!
//! ```text
//! if end <= now {
//! if (if crate::mutant_switch::on(7) { (end) > (now) } else { end <= now }) {
//! ```
//!
//! Without the variable `MUTANT` such a build does the same as the code; with a number in it
//! the change of that number is on. `MUTANTS_REACHED` names a file that gets the numbers of
//! the switches that the code came to.
//!
//! [`rewrite`] puts the switches into one file. It moves no code, only puts text between
//! it, so that a message of the compiler still leads to a place in the source: [`Fate`] says
//! which part of the new text is whose. A change that can have no switch is named with the
//! reason ([`Unswitched`]). [`SWITCH`] is the module that the switches ask.

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "a table is one function"))]

mod edits;
mod mutant;
mod rewrite;
mod sites;
pub mod switch;

pub use mutant::{Genre, LineColumn, Mutant, TextSpan, Unswitched};
pub use rewrite::{Fate, Rewritten, rewrite};

/// The source of the module `mutant_switch`, which stands at the root of a package that has
/// switches.
pub const SWITCH: &str = include_str!("switch.rs");
