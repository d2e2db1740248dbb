//! A place for a pipeline test: a stand-in, a directory to work in, and the
//! tools joined by real pipes.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;
use tmc_standin::{Standin, World};

use super::ended::Ended;
use super::environment::kept_variables;

/// A stand-in, a directory to work in, and the environment that brings the
/// tools to both.
pub(crate) struct PipelineDir {
    pub(crate) standin: Standin,
    dir: TempDir,
}

impl PipelineDir {
    /// The world of the documentation's example.
    pub(crate) fn sample() -> Self {
        Self::with(World::documentation_sample())
    }

    /// That world.
    pub(crate) fn with(world: World) -> Self {
        Self { standin: Standin::start(world).unwrap(), dir: TempDir::new().unwrap() }
    }

    /// The path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the directory.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// Runs tools joined by pipes, as a shell does; each is a line of words.
    /// The output of a tool to the next one is not among what it is said to have
    /// written.
    pub(crate) fn pipe(&self, stages: &[&str]) -> Vec<Ended> {
        let mut children = Vec::new();
        let mut input = Stdio::null();
        for (index, stage) in stages.iter().enumerate() {
            let mut words = stage.split_whitespace();
            let mut command = Command::new(cargo_bin(words.next().unwrap()));
            command.args(words).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = self.settle(&mut command).spawn().unwrap();
            input = Stdio::null();
            if index + 1 < stages.len() {
                input = child.stdout.take().unwrap().into();
            }
            children.push(child);
        }
        // From the last to the first: an earlier one may wait for its reader.
        let ended = children.into_iter().rev().map(|child| child.wait_with_output().unwrap());
        let mut ended: Vec<_> = ended.map(Ended::of).collect();
        ended.reverse();
        ended
    }

    /// Runs a line of shell with the tools on its path.
    pub(crate) fn shell(&self, line: &str) -> Ended {
        let tools = cargo_bin("runs-fetch").parent().unwrap().to_owned();
        let mut path = OsString::from(tools);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", line]).stdin(Stdio::null());
        Ended::of(self.settle(&mut command).env("PATH", path).output().unwrap())
    }

    /// Puts a command into this place: its directory, and an environment in
    /// which nothing leaks from the machine that runs the tests.
    fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(self.dir.path())
            .env_clear()
            .envs(kept_variables())
            .env("TALEND_API_URL", self.standin.url())
            .env("TALEND_TOKEN", "sample-personal-access-token")
            .env("TASK_PAUSE_LEDGER", self.dir.path().join("state/ledger.jsonl"))
    }
}
