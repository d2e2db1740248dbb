//! Standard input: selected runs, read to holds.

mod reader;
mod selected_runs;

pub(crate) use reader::{InputEnd, read};
