//! Standard input: selected runs, read to holds.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod reader;
mod selected_runs;

pub(crate) use reader::{InputEnd, read};
