//! The command line of `runs-fetch`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use maintenance_core::cli::{
    Arguments, CommonArgs, ConnectionArgs, GenerateArgs, GeneratedPage, Manual, version,
};
use maintenance_core::client::LARGEST_PAGE;
use maintenance_core::time_arg::TimeArg;

use crate::manual::MANUAL;

/// List the scheduled runs of Talend Cloud tasks and plans as JSON Lines
///
/// Each line is one run: the API's own object, with the `environmentId` that it
/// belongs to. Only two values are changed, so that the other tools can read
/// them: a date that is not RFC 3339 becomes RFC 3339, and an ID that is a
/// number becomes a text. The list is complete, or the command fails: a run that
/// is missing from the list is a run that nobody compares with the timetable.
///
/// The list has only runs that the account may see, and only those of a
/// schedule: tasks that a webhook or a person starts have no planned runs.
///
/// Other jobs are words, each with its own flags behind it: see
/// `runs-fetch tasks --help`.
#[derive(Debug, Parser)]
#[command(name = "runs-fetch", version = version(), disable_help_subcommand = true)]
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
    Check(CheckArgs),
    Environments(EnvironmentsArgs),
    Workspaces(WorkspacesArgs),
    /// List tasks, as the API describes them
    ///
    /// Of the environments that are named, or of all with --all-environments.
    Tasks(ExecutablesArgs),
    /// List plans, as the API describes them
    ///
    /// Of the environments that are named, or of all with --all-environments.
    Plans(ExecutablesArgs),
}

/// The flags of the job without a word.
#[derive(Debug, Flags)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// Only the runs of that workspace; repeatable
    #[arg(short, long, value_name = "ID|NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) workspace: Vec<String>,

    /// List runs from this time on
    ///
    /// 2026-12-01T02:00:00Z, 2026-12-01T02:00 or 2026-12-01 in --timezone,
    /// epoch milliseconds, now, +7d or -90m.
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub(crate) from: TimeArg,

    /// List runs before this time
    // Only the main job needs `--to`, so the type is an `Option`.
    #[arg(long, value_name = "TIME", required = true, allow_hyphen_values = true)]
    pub(crate) to: Option<TimeArg>,

    /// Time zone of times without one
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: String,

    /// Only tasks and plans with this tag; repeatable
    #[arg(long, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
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

    /// Add the tags of the task or plan
    ///
    /// Adds `tags`, an array, for scopes by tag in a timetable. The API's lists have no
    /// tags, so this costs one request for each task or plan that has a run.
    #[arg(long)]
    pub(crate) tags: bool,

    /// Add how long the runs usually take
    ///
    /// Adds `durationMs`: the length that 95 % of the successful executions of
    /// that task or plan did not exceed in the last 60 days, or in the part of
    /// them that the API still lists. Costs a listing of the environment's
    /// executions for every ten days.
    #[arg(long)]
    pub(crate) durations: bool,

    #[command(flatten)]
    pub(crate) mismatch: MismatchArgs,

    /// Items on one page of the API's answers
    ///
    /// Neighbouring pages have one item in common, which proves that no item
    /// moved between them. So 1 is requested as 2.
    #[arg(long, value_name = "N", default_value_t = LARGEST_PAGE,
          value_parser = clap::value_parser!(u64).range(1..=LARGEST_PAGE))]
    pub(crate) page_size: u64,

    /// End with a line that says how many runs there were
    ///
    /// {"end":{"runs":N, ...}} shows the next tool that the list is whole: a pipe
    /// alone cannot distinguish a short list from a broken one. It also has the
    /// environments, the times from and to, and `filtered` if --workspace, --tag
    /// or --runtime narrowed the list.
    #[arg(long)]
    pub(crate) end_record: bool,

    #[command(flatten)]
    pub(crate) call: CallArgs,
}

/// Try everything that a list of runs needs, and say what is wrong
///
/// The connection, the token and until when it is good, and what the account may
/// see of each environment: workspaces, tasks, plans, planned runs and executions.
/// A list that a flag needs and the account may not see is a warning. Nothing is
/// changed. The results are
/// a table on a terminal, and JSON Lines otherwise; the exit code is that of the
/// first error. Without --environment, every environment that the account may see
/// is tried.
#[derive(Debug, Flags)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) call: CallArgs,
}

/// List the environments that the account may see, as the API describes them
#[derive(Debug, Flags)]
pub(crate) struct EnvironmentsArgs {
    #[command(flatten)]
    pub(crate) format: ListFormArgs,

    #[command(flatten)]
    pub(crate) call: CallArgs,
}

/// List workspaces, as the API describes them: each with its environment
///
/// Those of every environment, unless some are named.
#[derive(Debug, Flags)]
pub(crate) struct WorkspacesArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) format: ListFormArgs,

    #[command(flatten)]
    pub(crate) call: CallArgs,
}

/// The flags of the lists of tasks and of plans.
#[derive(Debug, Flags)]
pub(crate) struct ExecutablesArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// Only those of that workspace; repeatable
    #[arg(short, long, value_name = "ID|NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) workspace: Vec<String>,

    #[command(flatten)]
    pub(crate) format: ListFormArgs,

    #[command(flatten)]
    pub(crate) mismatch: MismatchArgs,

    #[command(flatten)]
    pub(crate) call: CallArgs,
}

/// The flags of every job: how it asks the API, and how it says what happened.
#[derive(Debug, Flags)]
pub(crate) struct CallArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    common: CommonArgs,
}

/// The flag of the lists.
#[derive(Debug, Flags)]
pub(crate) struct ListFormArgs {
    /// The form in which the list is written
    ///
    /// `table` is for people: sorted by names, with totals, and fits the terminal.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: ListForm,
}

/// The form in which a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListForm {
    /// JSON Lines, for scripts: the API's own objects
    #[default]
    Jsonl,
    /// A table that fits the terminal
    Table,
}

/// The environments of every job that lists what is in some.
#[derive(Debug, Default, Flags)]
#[expect(clippy::doc_markdown, reason = "the help names variables as clap itself does")]
pub(crate) struct SelectionArgs {
    /// Environment to list from; repeatable [env: TALEND_ENVIRONMENT]
    #[arg(short, long, value_name = "ID|NAME", conflicts_with = "all_environments",
          value_parser = NonEmptyStringValueParser::new())]
    pub(crate) environment: Vec<String>,

    /// List from every environment that the account may see
    #[arg(long)]
    pub(crate) all_environments: bool,
}

/// The flag of every job that reads lists with a total.
#[derive(Debug, Flags)]
pub(crate) struct MismatchArgs {
    /// Accept a list whose total is not the number of its items
    ///
    /// Some tenants count items that the account may not see, or one item too
    /// many. By default that is an error, since a list that is cut short looks
    /// the same. With this flag a list is accepted if every reading of it has the
    /// same items and no page follows them. A warning names both numbers.
    #[arg(long)]
    pub(crate) accept_total_mismatch: bool,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.word {
            None => &self.fetch.call.common,
            Some(Word::Check(args)) => &args.call.common,
            Some(Word::Environments(args)) => &args.call.common,
            Some(Word::Workspaces(args)) => &args.call.common,
            Some(Word::Tasks(args) | Word::Plans(args)) => &args.call.common,
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
