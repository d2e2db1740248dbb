//! The tools in a clean environment.

use assert_cmd::Command;

use super::ended::Ended;
use super::environment::kept_variables;

/// The three tools.
pub(crate) const TOOLS: [&str; 3] = ["runs-fetch", "window-filter", "task-pause"];

/// One of the built binaries, in an environment without anything that could
/// leak in from the machine that runs the tests.
pub(crate) fn tool(name: &str) -> Command {
    let mut command = Command::cargo_bin(name).unwrap();
    command.env_clear().envs(kept_variables());
    command
}

/// A tool, connected to a stand-in with the sample's access token.
pub(crate) fn api_tool(name: &str, standin: &tmc_standin::Standin) -> Command {
    let mut command = tool(name);
    command.env("TALEND_API_URL", standin.url());
    command.env("TALEND_TOKEN", "sample-personal-access-token");
    command
}

/// Runs a tool to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    Ended::of(command.output().unwrap())
}
