//! The command line that the tools share: flags, messages, progress, tables, errors,
//! exit codes, and generated pages.

mod background;
mod checks;
mod common;
mod completions;
mod connection;
mod core_dump;
mod drawn_line;
mod ending;
pub mod env;
mod finish;
mod generate;
mod last_signal;
mod manual;
mod messages;
mod named_id;
mod pick_args;
mod progress;
mod repeated;
mod report;
mod screen;
mod streams;
mod table;
mod terminal;
mod timetables;
mod usage_tips;

pub use checks::Checks;
pub use common::{Color, CommonArgs, GenerateArgs, GeneratedPage, LogFormat};
pub use connection::ConnectionArgs;
pub use ending::Ending;
pub use last_signal::{is_ignored, report_signal};
pub use manual::{CONNECTION_VARIABLES, Example, Manual, WordHelp};
pub use messages::{BAD_TIMETABLE, Messages};
pub use named_id::{
    NameMatch, NamedId, environment_ids, environments_of, find_named, list_named,
    merge_environments, named_again, pick_named,
};
pub use pick_args::PickArgs;
pub use progress::{ProgressLine, WaitText};
pub use repeated::each_once;
pub use report::Refusal;
pub use screen::escape_controls;
pub use streams::{RecordOutput, Streams};
pub use table::{TableCell, below_table, common_year, counted, table, without_year};
pub use terminal::Terminal;
pub use timetables::{TimetableFiles, check_period, named_time, named_zone};

use std::future::Future;
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::Context;
use clap::{CommandFactory, Parser};

use crate::zone::ZoneTable;

/// A tool's arguments: what clap derives, and the flags that all tools have.
pub trait Arguments: Parser + CommandFactory {
    /// The flags that every job of all tools has.
    fn common(&self) -> &CommonArgs;

    /// The page that is asked for in the place of a job.
    fn generate(&self) -> Option<GeneratedPage>;

    /// The parts of the help and the manual page beyond the flags.
    fn manual() -> &'static Manual;
}

/// The version of the tools, and that of the time zone database in them: the windows
/// depend on both.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let build = BUILD.get().map_or("commit unknown", |build| build);
        format!("{} ({build}, tzdb {})", env!("CARGO_PKG_VERSION"), ZoneTable::bundled_version())
    })
}

/// The text on the commit of this build, which only a binary knows.
static BUILD: OnceLock<&str> = OnceLock::new();

/// Runs a tool: reads its arguments, does its work, reports its error or what
/// it left undone, and says how the process ends. This is all that a `main`
/// calls, and the only place where an outcome becomes an exit code.
///
/// `build` is the text of `--version` on the commit.
///
/// A usage error is clap's own: its message on stderr, and exit code 2. Help
/// and version are on stdout.
pub fn run<A: Arguments>(
    build: &'static str,
    work: impl FnOnce(A, &Messages) -> anyhow::Result<Ending>,
) -> ExitCode {
    BUILD.get_or_init(|| build);
    // Made anew where it is needed once more: a copy would cost every call a tenth of its start.
    let command = || manual::with_help(A::command(), A::manual());
    let mut typed = generate::typed(command());
    let matches = typed.try_get_matches_from_mut(std::env::args_os());
    let read = matches.and_then(|matches| Ok((A::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = match read {
        Ok(read) => read,
        Err(error) => {
            let error = usage_tips::with_tip(error, &command());
            return ExitCode::from(report::usage(&error, typed.get_name()).code());
        }
    };
    let (common, page) = (arguments.common().clone(), arguments.generate());
    let messages = Messages::new(typed.get_name(), &common);
    repeated::warn_of_repeated(&typed, &matches, &messages);
    let result = match page {
        Some(page) => generate::write(page, command(), A::manual()),
        None => work(arguments, &messages),
    };
    messages.progress().clear();
    ExitCode::from(finish::finish(result, &messages).code())
}

/// Does asynchronous work to its end, on this thread. Only tools that talk to
/// a network need it.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the event loop")?
        .block_on(work)
}
