//! The command line of `runs-fetch`.

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use maintenance_core::cli::{
    Arguments, CommonArgs, ConnectionArgs, GenerateArgs, GeneratedPage, Manual,
};
use maintenance_core::client::LARGEST_PAGE;
use maintenance_core::time_arg::TimeArg;

use crate::manual::MANUAL;

/// List the scheduled runs of Talend Cloud tasks and plans as JSON Lines
///
/// One line is one run: the API's own object, and the `environmentId` it
/// belongs to. Only a date that is not RFC 3339 is written as that, and an ID
/// that is a number as text, so that what reads the runs can read them. The
/// list is complete, or the command fails: a run that is missing from it would
/// be a run that nobody holds against the timetable.
///
/// Only what the account may see is listed, and only what has a schedule:
/// tasks that a webhook or a person starts have no planned runs.
///
/// Each other job is a word with flags of its own, which stand after it:
/// `runs-fetch tasks --help` tells of them.
#[derive(Debug, Parser)]
#[command(name = "runs-fetch", version, disable_help_subcommand = true)]
#[command(subcommand_value_name = "WORD", subcommand_help_heading = "Words")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) word: Option<Word>,

    #[command(flatten)]
    pub(crate) fetch: FetchArgs,

    #[command(flatten)]
    generate: GenerateArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Word {
    Environments(EnvironmentsArgs),
    Workspaces(WorkspacesArgs),
    /// List tasks, as the API describes them
    Tasks(ExecutablesArgs),
    /// List plans, as the API describes them
    Plans(ExecutablesArgs),
}

/// The flags of the job without a word.
#[derive(Debug, Flags)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// Only the runs of that workspace; repeatable
    #[arg(short, long, value_name = "ID|NAME")]
    pub(crate) workspace: Vec<String>,

    /// List runs from this time on
    ///
    /// 2026-12-01T02:00:00Z, 2026-12-01T02:00 or 2026-12-01 in --timezone,
    /// epoch milliseconds, now, +7d or -90m.
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub(crate) from: TimeArg,

    /// List runs before this time
    #[arg(long, value_name = "TIME", required = true, allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    /// Time zone of times without one
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: String,

    /// Only tasks and plans with this tag; repeatable
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,

    /// Only runs on this type of runtime
    #[arg(long, value_name = "KIND", value_enum)]
    pub(crate) runtime: Option<RuntimeArg>,

    /// Add the names of task or plan, workspace and environment
    ///
    /// Adds `name`, `workspaceId`, `workspaceName` and `environmentName`, and
    /// `paused: true` to what is known to be paused. Costs one listing of the
    /// environment's tasks and plans.
    #[arg(long)]
    pub(crate) names: bool,

    /// Add how long the runs usually take
    ///
    /// Adds `durationMs`: what 95 % of the successful executions of that task
    /// or plan stayed within in the last 60 days, or in as much of them as the
    /// API still tells. Costs a listing of the environment's executions for
    /// every ten days.
    #[arg(long)]
    pub(crate) durations: bool,

    /// Take a list whose total is not how many items it has
    ///
    /// Some tenants count what the account may not see, or one too many. By
    /// default that is an error, since a list that is cut short looks the same.
    /// With this flag a list is taken if every reading of it shows the same
    /// items and nothing follows them, and a warning names both numbers.
    #[arg(long)]
    pub(crate) accept_total_mismatch: bool,

    /// Items on one page of the API's answers
    ///
    /// Neighbouring pages have one item in common, which proves that nothing
    /// moved between them; so 1 is asked for as 2.
    #[arg(long, value_name = "N", default_value_t = LARGEST_PAGE,
          value_parser = clap::value_parser!(u64).range(1..=LARGEST_PAGE))]
    pub(crate) page_size: u64,

    /// End with a line that says how many runs there were
    ///
    /// {"end":{"runs":N, ...}} tells the next tool that the list is whole: a pipe
    /// alone cannot tell a short list from a broken one. It also says what was
    /// asked for: the environments, from when to when, and `filtered` where
    /// --workspace, --tag or --runtime narrowed the list.
    #[arg(long)]
    pub(crate) end_record: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// List the environments that the account may see, as the API describes them
#[derive(Debug, Flags)]
pub(crate) struct EnvironmentsArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// List workspaces, as the API describes them: each with its environment
///
/// Those of every environment, unless some are named.
#[derive(Debug, Flags)]
pub(crate) struct WorkspacesArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// The flags of the lists of tasks and of plans.
#[derive(Debug, Flags)]
pub(crate) struct ExecutablesArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// Only those of that workspace; repeatable
    #[arg(short, long, value_name = "ID|NAME")]
    pub(crate) workspace: Vec<String>,

    /// Take a list whose total is not how many items it has
    ///
    /// Some tenants count what the account may not see, or one too many. By
    /// default that is an error, since a list that is cut short looks the same.
    /// With this flag a list is taken if every reading of it shows the same
    /// items and nothing follows them, and a warning names both numbers.
    #[arg(long)]
    pub(crate) accept_total_mismatch: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// The environments of every job that lists what is in some.
#[derive(Debug, Default, Flags)]
#[expect(clippy::doc_markdown, reason = "the help names variables as clap itself does")]
pub(crate) struct SelectionArgs {
    /// Environment that is listed; repeatable [env: TALEND_ENVIRONMENT]
    #[arg(short, long, value_name = "ID|NAME", conflicts_with = "all_environments")]
    pub(crate) environment: Vec<String>,

    /// List every environment that the account may see
    #[arg(long)]
    pub(crate) all_environments: bool,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.word {
            None => &self.fetch.common,
            Some(Word::Environments(args)) => &args.common,
            Some(Word::Workspaces(args)) => &args.common,
            Some(Word::Tasks(args) | Word::Plans(args)) => &args.common,
        }
    }

    fn generate(&self) -> Option<GeneratedPage> {
        self.generate.page
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}

/// A type of runtime, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuntimeArg {
    /// Cloud engines
    Cloud,
    /// Remote engines
    RemoteEngine,
    /// Clusters of remote engines
    RemoteEngineCluster,
    /// Cloud engines that are reserved for a task
    CloudExclusive,
    /// Engines of pipelines
    PipelineEngine,
}

impl RuntimeArg {
    /// The API's word for it.
    pub(crate) const fn api_name(self) -> &'static str {
        match self {
            Self::Cloud => "CLOUD",
            Self::RemoteEngine => "REMOTE_ENGINE",
            Self::RemoteEngineCluster => "REMOTE_ENGINE_CLUSTER",
            Self::CloudExclusive => "CLOUD_EXCLUSIVE",
            Self::PipelineEngine => "PIPELINE_ENGINE",
        }
    }
}
