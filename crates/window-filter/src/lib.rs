//! `window-filter`, as a library: its binary is one call.

mod args;
mod manual;

use std::process::ExitCode;

use maintenance_core::cli::{self, Messages};
use maintenance_core::exit::Exit;

use args::Args;

/// Runs the tool with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(run)
}

#[expect(clippy::unnecessary_wraps, reason = "the work follows")]
fn run(_args: Args, _messages: &Messages) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
