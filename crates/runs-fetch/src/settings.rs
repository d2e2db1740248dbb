//! The meaning of the flags: the runs to list, and the environments to search.

use std::collections::HashSet;

use maintenance_core::cli::{Refusal, check_period, env, named_zone};
use maintenance_core::client::{Environment, RunSearch, Workspace};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::zone::{Zone, ZoneTable};

use crate::args::{FetchArgs, RuntimeArg, SelectionArgs};
use crate::resolve::Selection;

/// The runs to list in each environment, and the members to add to them.
#[derive(Debug)]
pub(crate) struct FetchSettings<'a> {
    /// The flags, of which most mean what they say.
    pub(crate) flags: &'a FetchArgs,
    /// The zone of times without one, and of times shown to people.
    pub(crate) zone: Zone,
    pub(crate) from: UtcTime,
    pub(crate) to: UtcTime,
    pub(crate) now: UtcTime,
}

impl<'a> FetchSettings<'a> {
    /// Resolves the flags. Times are resolved once, so that all pages of all
    /// environments are asked for with the same times.
    pub(crate) fn new(flags: &'a FetchArgs) -> Result<Self, Refusal> {
        let zone = named_zone(&ZoneTable::bundled(), &flags.timezone)?;
        let now = clock::now();
        let resolve = |name: &'static str, time: TimeArg| {
            time.resolve(now, &zone).map_err(|error| Refusal::usage(format!("{name}: {error}")))
        };
        let from = resolve("--from", flags.from)?;
        // The parser has refused a call without it.
        let to = flags.to.ok_or_else(|| Refusal::usage("--to is required"))?;
        let to = resolve("--to", to)?;
        check_period(from, to)?;
        Ok(Self { flags, zone, from, to, now })
    }

    /// The search for the runs of an environment, or of some of its workspaces.
    pub(crate) fn search(&self, environment: &Environment, workspaces: &[Workspace]) -> RunSearch {
        let mut seen = HashSet::new();
        RunSearch {
            environment_id: environment.id.clone(),
            workspace_ids: workspaces.iter().map(|workspace| workspace.id.clone()).collect(),
            from: self.from,
            to: self.to,
            // A tag that is given twice is asked for once.
            tags: self.flags.tag.iter().filter(|tag| seen.insert(*tag)).cloned().collect(),
            runtime: self.flags.runtime.map(RuntimeArg::api_name),
            page_size: self.flags.page_size,
            accept_mismatch: self.flags.mismatch.accept_total_mismatch,
        }
    }
}

/// Resolves the environments and workspaces to search.
pub(crate) fn selection(args: &SelectionArgs, workspaces: &[String]) -> Selection {
    let mut environments = args.environment.clone();
    if environments.is_empty() && !args.all_environments {
        let variable = std::env::var(env::ENVIRONMENT).ok();
        environments.extend(variable.filter(|name| !name.is_empty()));
    }
    Selection {
        environments,
        all_environments: args.all_environments,
        workspaces: workspaces.to_vec(),
    }
}

/// Resolves the environments and workspaces for a job that does not search all
/// environments unless `--all-environments` is given.
pub(crate) fn bounded_selection(
    args: &SelectionArgs,
    workspaces: &[String],
) -> Result<Selection, Refusal> {
    let selection = selection(args, workspaces);
    if selection.all_environments || !selection.environments.is_empty() {
        return Ok(selection);
    }
    Err(Refusal::config("no environment").hint(format!(
        "give --environment, {} or --all-environments; `runs-fetch environments` shows them",
        env::ENVIRONMENT
    )))
}
