//! A call of task-pause that waits for windows, and its receipts as they come.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use super::ended::records;
use super::process::{command, signal};
use super::scene::Scene;

/// A call that waits, and its receipts.
pub(crate) struct Waiting {
    child: Child,
    receipts: BufReader<ChildStdout>,
}

impl Waiting {
    /// Starts a call that waits and gives everything back.
    pub(crate) fn start(scene: &Scene, stdin: &str) -> Self {
        Self::start_with(scene, &["wait", "--resume"], stdin)
    }

    /// Starts a call with these arguments.
    pub(crate) fn start_with(scene: &Scene, args: &[&str], stdin: &str) -> Self {
        let mut command = command(scene, args, stdin);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let receipts = BufReader::new(child.stdout.take().unwrap());
        Self { child, receipts }
    }

    /// The action of the next receipt.
    pub(crate) fn action(&mut self) -> Value {
        let mut line = String::new();
        self.receipts.read_line(&mut line).unwrap();
        let receipt: Value = serde_json::from_str(&line).unwrap();
        receipt["action"].clone()
    }

    /// The rest of the receipts, once it ended by itself with that code.
    pub(crate) fn rest(mut self, code: i32) -> Vec<Value> {
        let mut rest = Vec::new();
        self.receipts.read_to_end(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
        records(&rest)
    }

    /// Ends the call by a signal of that name.
    pub(crate) fn end(mut self, name: &str) {
        signal(&self.child, name);
        let code = (name == "TERM").then_some(143);
        assert_eq!(self.child.wait().unwrap().code(), code);
    }
}

/// The actions of a task's receipts, in order.
pub(crate) fn actions(records: &[Value], id: &str) -> Vec<String> {
    let of_task = records.iter().filter(|record| record["id"] == id);
    of_task.map(|record| record["action"].as_str().unwrap().to_owned()).collect()
}
