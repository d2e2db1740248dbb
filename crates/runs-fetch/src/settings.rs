//! The meaning of the flags: the runs to list, and the environments to search.

use maintenance_core::cli::{Refusal, env, named_zone};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::zone::{Zone, ZoneTable};

use crate::args::{FetchArgs, RuntimeArg, SelectionArgs};
use crate::resolve::Selection;

/// The runs to list in each environment, and the members to add to them.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct FetchSettings {
    /// The zone of times without one, and of times shown to people.
    pub(crate) zone: Zone,
    pub(crate) from: UtcTime,
    pub(crate) to: UtcTime,
    pub(crate) tags: Vec<String>,
    pub(crate) runtime: Option<&'static str>,
    pub(crate) page_size: u64,
    pub(crate) names: bool,
    /// Whether the tags of each task and plan are added.
    pub(crate) with_tags: bool,
    pub(crate) durations: bool,
    pub(crate) end_record: bool,
    pub(crate) accept_mismatch: bool,
    pub(crate) now: UtcTime,
}

impl FetchSettings {
    /// Resolves the flags. Times are resolved once, so that all pages of all
    /// environments are asked for with the same times.
    pub(crate) fn new(args: &FetchArgs) -> Result<Self, Refusal> {
        let zone = named_zone(&ZoneTable::bundled(), &args.timezone)?;
        let now = clock::now();
        let resolve = |name: &'static str, time: TimeArg| {
            time.resolve(now, &zone).map_err(|error| Refusal::usage(format!("{name}: {error}")))
        };
        let from = resolve("--from", args.from)?;
        // The parser has refused a call without it.
        let to = args.to.ok_or_else(|| Refusal::usage("--to is required"))?;
        let to = resolve("--to", to)?;
        if to <= from {
            let refusal = Refusal::usage(format!("--to ({to}) is not after --from ({from})"));
            let is_swapped = to < from;
            return Err(if is_swapped { refusal.hint("swap the two") } else { refusal });
        }
        Ok(Self {
            zone,
            from,
            to,
            tags: each_once(&args.tag),
            runtime: args.runtime.map(RuntimeArg::api_name),
            page_size: args.page_size,
            names: args.names,
            with_tags: args.tags,
            durations: args.durations,
            end_record: args.end_record,
            accept_mismatch: args.mismatch.accept_total_mismatch,
            now,
        })
    }
}

/// The values without those that were given before.
fn each_once(values: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for value in values {
        if !once.contains(value) {
            once.push(value.clone());
        }
    }
    once
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
