//! `window-filter`, as a library: its binary is one call.
//!
//! - `args`, `manual`: the flags, and the rest of the help
//! - `timetables`: the files that the flags name
//! - `select`: the main job, from the flags to the output
//! - `horizon`: the windows around any date
//! - `record`: the members of a run, read from its line
//! - `scope_watch`: scopes that match no run, and look like a slip
//! - `filter`: selects the lines of a block
//! - `summary`: the counts of a call, for a person at a terminal
//! - `windows`, `check`, `suggest`: the words
//! - `listing`: windows as JSON Lines, CSV or a table
//! - `view`: the selected runs for people
//! - `style`, `round_times`: texts and times of views and lists
//! - `input`, `parallel`: blocks from stdin, on several threads, in order
//!
//! # What it costs
//!
//! `scripts/README.md` of the repository has the measurements of `scripts/bench`. They are
//! the reason why a short name is stored in its window, why windows are compiled in place,
//! and why values that are cheap to compute are not stored: many windows cost more memory
//! than time.
//!
//! A pipe on stdin is enlarged to 1 MiB if the system allows it, since
//! with the usual 64 KiB the two programs at its ends mostly wait for each
//! other. A file on stdin is read at offsets, without any lock.

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "a table is one function"))]

mod args;
mod check;
mod filter;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod horizon;
mod input;
mod listing;
mod manual;
mod parallel;
mod record;
mod round_times;
mod scope_watch;
mod select;
mod style;
mod suggest;
mod summary;
mod timetables;
mod view;
mod windows;

use std::process::ExitCode;

use maintenance_core::cli::{self, Ending, Messages};

use args::{Args, Word};

/// Runs the tool with the process's own arguments and streams. `build` says of which
/// commit it is.
#[must_use]
pub fn main(build: &'static str) -> ExitCode {
    cli::run(build, run)
}

#[expect(clippy::needless_pass_by_value, reason = "a tool owns its arguments")]
fn run(args: Args, messages: &Messages) -> anyhow::Result<Ending> {
    match &args.word {
        Some(Word::Check(args)) => check::check(args, messages),
        Some(Word::Windows(args)) => windows::list(args, messages),
        Some(Word::Suggest(args)) => suggest::suggest(args, messages),
        None => select::filter(&args.filter, messages),
    }
}
