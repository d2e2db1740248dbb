//! The end of a process, and its output.

use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;

/// The end of a process: its exit code, and all that it wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; -1 if a signal ended the process.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    records: OnceLock<Vec<Value>>,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            records: OnceLock::new(),
        }
    }

    /// The end of a process whose stdout is nothing but JSON Lines, each of them
    /// whole.
    pub(crate) fn of_records(output: Output) -> Self {
        let ended = Self::of(output);
        let is_whole = ended.stdout.is_empty() || ended.stdout.ends_with('\n');
        assert!(is_whole, "the last line is cut: {ended:#?}");
        ended.records();
        ended
    }

    /// The end of a call that was not made, because it had nothing to do.
    pub(crate) fn done() -> Self {
        let (stdout, stderr) = (String::new(), String::new());
        Self { code: 0, stdout, stderr, records: OnceLock::new() }
    }

    /// The JSON Lines on stdout.
    pub(crate) fn records(&self) -> &[Value] {
        self.records.get_or_init(|| records(self.stdout.as_bytes()))
    }

    /// The action of a task's or plan's first receipt; empty if it has none.
    pub(crate) fn action(&self, id: &str) -> String {
        let receipt = self.records().iter().find(|record| record["id"] == id);
        let action = receipt.and_then(|receipt| receipt["action"].as_str());
        action.unwrap_or_default().to_owned()
    }

    /// The receipt of a task or plan.
    pub(crate) fn receipt(&self, id: &str) -> &Value {
        self.records().iter().find(|record| record["id"] == id).unwrap()
    }
}

/// JSON Lines, read.
pub(crate) fn records(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read = |line: &[u8]| {
        serde_json::from_slice(line)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
    };
    lines.map(read).collect()
}
