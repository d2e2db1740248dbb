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
//! - `progress`, `summary`: the progress bar on a terminal, and the summary in the end

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
mod summary;
mod tags;

use std::process::ExitCode;

use anyhow::Context;
use maintenance_core::change::TargetKind;
use maintenance_core::cli::{self, Ending, Messages};
use maintenance_core::client::Client;
use maintenance_core::jsonl::WriteError;

use args::{Args, ExecutablesArgs, FetchArgs, Word};
use fetch::FetchOutput;
use list::{List, write_list};
use progress::Progress;
use settings::{FetchSettings, bounded_selection, selection};
use summary::FetchSummary;

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
        Some(Word::Check(args)) => {
            report_signal(messages, "nothing was changed")?;
            return check::check(args, messages);
        }
        Some(Word::Environments(args)) => (List::Environments, &args.format, &args.call.connection),
        Some(Word::Workspaces(args)) => {
            (List::Workspaces(selection(&args.selection, &[])), &args.format, &args.call.connection)
        }
        Some(Word::Tasks(args)) => {
            (executables(TargetKind::Task, args)?, &args.format, &args.call.connection)
        }
        Some(Word::Plans(args)) => {
            (executables(TargetKind::Plan, args)?, &args.format, &args.call.connection)
        }
    };
    report_signal(messages, "the list is not complete")?;
    let client = Client::new(connection.resolve(messages)?)?;
    cli::block_on(write_list(&client, (&list, format.format), messages))?;
    Ok(Ending::DONE)
}

/// Shows a person at a terminal the signal, and what that means.
fn report_signal(messages: &Messages, meaning: &'static str) -> anyhow::Result<()> {
    cli::report_signal(messages, move |by| vec![format!("{by}: {meaning}")])
        .context("cannot listen to signals")
}

/// Lists the runs, and sums up on a terminal.
fn fetch_runs(args: &FetchArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let settings = FetchSettings::new(args)?;
    let selection = bounded_selection(&args.selection, &args.workspace)?;
    let client = Client::new(args.call.connection.resolve(messages)?)?;
    let progress = Progress::new(messages);
    let summary = FetchSummary::new(&settings, messages.wants_progress());
    let (bar, counts) = (progress.bar(), summary.clone());
    let lines = move |by: &str| {
        bar.clear();
        let end = format!("{by}: the list is not complete");
        counts.lines().into_iter().chain([end]).collect()
    };
    cli::report_signal(messages, lines).context("cannot listen to signals")?;
    let done = cli::block_on(async {
        let selected = resolve::resolve(&client, &selection, messages).await?;
        let output = FetchOutput { messages, progress: &progress, summary: &summary };
        fetch::fetch(&client, &selected, &settings, &output).await
    });
    progress.bar().clear();
    // A reader who went away has seen enough.
    let is_closed =
        |error: &anyhow::Error| matches!(error.downcast_ref(), Some(WriteError::Closed));
    if !done.as_ref().is_err_and(is_closed) {
        summary.lines().iter().for_each(|line| messages.note(line));
    }
    done.map(|()| Ending::DONE)
}
