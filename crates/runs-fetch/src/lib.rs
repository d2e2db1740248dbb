//! `runs-fetch`, as a library: its binary is one call.
//!
//! - `args`, `manual`: the flags, and the rest of the help
//! - `settings`: the meaning of the flags
//! - `resolve`: names of environments and workspaces to IDs
//! - `fetch`: pages of runs to lines, and the end record
//! - `annotate`: the members that `--names` and `--durations` add
//! - `tags`: the tags that `--tags` adds
//! - `list`: the words `environments`, `workspaces`, `tasks` and `plans`
//! - `list_table`: their tables for people
//! - `check`: tries what a list of runs needs
//! - `progress`: the progress bar on a terminal

mod annotate;
mod args;
mod check;
mod fetch;
mod list;
mod list_table;
mod manual;
mod progress;
mod resolve;
mod settings;
mod tags;

use std::process::ExitCode;

use maintenance_core::change::TargetKind;
use maintenance_core::cli::{self, Ending, Messages};
use maintenance_core::client::Client;

use args::{Args, ExecutablesArgs, FetchArgs, Word};
use list::{List, write_list};
use settings::{FetchSettings, bounded_selection, selection};

/// Runs the tool with the process's own arguments and streams. `build` says of which
/// commit it is.
#[must_use]
pub fn main(build: &'static str) -> ExitCode {
    cli::run(build, |args: Args, messages| run(&args, messages))
}

fn run(args: &Args, messages: &Messages) -> anyhow::Result<Ending> {
    let executables = |kind, args: &ExecutablesArgs| -> anyhow::Result<List> {
        Ok(List::Executables {
            kind,
            selection: bounded_selection(&args.selection, &args.workspace)?,
            accept_mismatch: args.mismatch.accept_total_mismatch,
        })
    };
    let (list, format, connection) = match &args.word {
        None => return fetch_runs(&args.fetch, messages),
        Some(Word::Check(args)) => return check::check(args, messages),
        Some(Word::Environments(args)) => (List::Environments, &args.format, &args.connection),
        Some(Word::Workspaces(args)) => {
            (List::Workspaces(selection(&args.selection, &[])), &args.format, &args.connection)
        }
        Some(Word::Tasks(args)) => {
            (executables(TargetKind::Task, args)?, &args.format, &args.connection)
        }
        Some(Word::Plans(args)) => {
            (executables(TargetKind::Plan, args)?, &args.format, &args.connection)
        }
    };
    let client = Client::new(connection.resolve(messages)?)?;
    cli::block_on(write_list(&client, (&list, format.format.into()), messages))?;
    Ok(Ending::DONE)
}

/// Lists the runs.
fn fetch_runs(args: &FetchArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let settings = FetchSettings::new(args)?;
    let selection = bounded_selection(&args.selection, &args.workspace)?;
    let client = Client::new(args.connection.resolve(messages)?)?;
    cli::block_on(async {
        let selected = resolve::resolve(&client, &selection).await?;
        fetch::fetch(&client, &selected, &settings, messages).await
    })?;
    Ok(Ending::DONE)
}
