//! `runs-fetch`, as a library: its binary is one call.
//!
//! `args` is what is typed; `resolve` turns names into IDs; `fetch` writes
//! pages as lines, with what `annotate` looked up; `list` writes the other
//! lists; `progress` entertains a terminal.

mod annotate;
mod args;
mod fetch;
mod list;
mod manual;
mod progress;
mod resolve;

use std::process::ExitCode;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages, Refusal, env};
use maintenance_core::client::Client;
use maintenance_core::clock;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::zone::ZoneTable;

use args::{Args, FetchArgs, PlaceArgs, Runtime, Word};
use fetch::Ask;
use list::List;
use resolve::Selection;

/// Runs the tool with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(|args: Args, messages| run(&args, messages))
}

fn run(args: &Args, messages: &Messages) -> anyhow::Result<Ending> {
    let none = PlaceArgs::default();
    let (list, connection) = match &args.word {
        None => return fetch_runs(&args.fetch, messages),
        Some(Word::Environments(args)) => (List::Environments, &args.connection),
        Some(Word::Workspaces(args)) => (List::Workspaces, &args.connection),
        Some(Word::Tasks(args)) => (List::Tasks, &args.connection),
        Some(Word::Plans(args)) => (List::Plans, &args.connection),
    };
    let (place, workspaces, accept_mismatch) = match &args.word {
        Some(Word::Workspaces(args)) => (&args.place, &[][..], false),
        Some(Word::Tasks(args) | Word::Plans(args)) => {
            (&args.place, &args.workspace[..], args.accept_total_mismatch)
        }
        _ => (&none, &[][..], false),
    };
    let is_bounded = matches!(list, List::Tasks | List::Plans);
    let selection = selection(place, workspaces, is_bounded)?;
    let client = Client::new(connection.resolve(messages)?)?;
    cli::block_on(list::list(&client, list, (&selection, accept_mismatch), messages))?;
    Ok(Ending::DONE)
}

/// Lists the runs.
fn fetch_runs(args: &FetchArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let ask = ask(args)?;
    let selection = selection(&args.place, &args.workspace, true)?;
    let client = Client::new(args.connection.resolve(messages)?)?;
    cli::block_on(async {
        let places = resolve::resolve(&client, &selection).await?;
        fetch::fetch(&client, &places, &ask, messages).await
    })?;
    Ok(Ending::DONE)
}

/// The environments and workspaces that are meant; `is_bounded`: some must be
/// named.
fn selection(
    place: &PlaceArgs,
    workspaces: &[String],
    is_bounded: bool,
) -> Result<Selection, Refusal> {
    let mut environments = place.environment.clone();
    if environments.is_empty() && !place.all_environments {
        let variable = std::env::var(env::ENVIRONMENT).ok();
        environments.extend(variable.filter(|name| !name.is_empty()));
    }
    if is_bounded && !place.all_environments && environments.is_empty() {
        return Err(Refusal::config("no environment").hint(format!(
            "give --environment, {} or --all-environments; `runs-fetch environments` shows them",
            env::ENVIRONMENT
        )));
    }
    Ok(Selection {
        environments,
        all_environments: place.all_environments,
        workspaces: workspaces.to_vec(),
    })
}

/// Which runs are meant. Times are resolved once, so that all pages of all
/// environments ask for the same ones.
fn ask(args: &FetchArgs) -> anyhow::Result<Ask> {
    let zone = ZoneTable::bundled()
        .get(&args.timezone)
        .map_err(|error| Refusal::usage(error.to_string()).hint("give an IANA name, or UTC"))
        .context("--timezone")?;
    let now = clock::now();
    let resolve = |name: &'static str, time: TimeArg| {
        time.resolve(now, &zone).map_err(|error| Refusal::usage(format!("{name}: {error}")))
    };
    let from = resolve("--from", args.from)?;
    let to = args.to.ok_or_else(|| Refusal::usage("--to is required"))?;
    let to = resolve("--to", to)?;
    if to <= from {
        return Err(Refusal::usage(format!("--to ({to}) is not after --from ({from})")).into());
    }
    Ok(Ask {
        from,
        to,
        tags: args.tag.clone(),
        runtime: args.runtime.map(Runtime::api_name),
        page_size: args.page_size,
        names: args.names,
        durations: args.durations,
        end_record: args.end_record,
        accept_mismatch: args.accept_total_mismatch,
        now,
    })
}
