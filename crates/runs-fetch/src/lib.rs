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

use args::{Args, List, Runtime};
use fetch::Ask;
use resolve::Selection;

/// Runs the tool with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(|args: Args, messages| run(&args, messages))
}

/// What is to be done, once it is known what the flags mean.
enum Work {
    List(List),
    Fetch(Ask),
}

fn run(args: &Args, messages: &Messages) -> anyhow::Result<Ending> {
    let work = match args.list {
        Some(what) => Work::List(what),
        None => Work::Fetch(ask(args)?),
    };
    let selection = selection(args)?;
    let client = Client::new(args.connection.resolve(messages)?)?;
    cli::block_on(async {
        match work {
            Work::List(what) => {
                let accept_mismatch = args.accept_total_mismatch;
                list::list(&client, what, (&selection, accept_mismatch), messages).await
            }
            Work::Fetch(ask) => {
                let places = resolve::resolve(&client, &selection).await?;
                fetch::fetch(&client, &places, &ask, messages).await
            }
        }
    })?;
    Ok(Ending::DONE)
}

/// Which environments and workspaces are meant.
fn selection(args: &Args) -> Result<Selection, Refusal> {
    let mut environments = args.environment.clone();
    if environments.is_empty() && !args.all_environments {
        let variable = std::env::var(env::ENVIRONMENT).ok();
        environments.extend(variable.filter(|name| !name.is_empty()));
    }
    let some = args.all_environments || !environments.is_empty();
    if !some && !matches!(args.list, Some(List::Environments | List::Workspaces)) {
        return Err(Refusal::config("no environment").hint(format!(
            "give --environment, {} or --all-environments; --list environments shows them",
            env::ENVIRONMENT
        )));
    }
    Ok(Selection {
        environments,
        all_environments: args.all_environments,
        workspaces: args.workspace.clone(),
    })
}

/// Which runs are meant. Times are resolved once, so that all pages of all
/// environments ask for the same ones.
fn ask(args: &Args) -> anyhow::Result<Ask> {
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
