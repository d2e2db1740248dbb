//! One execution, and the lists of them that are remembered.

use std::sync::Arc;

use crate::clock::Time;
use crate::kind::Kind;
use crate::world::{ExecutionKind, UserKind};

/// One execution of a task or plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExecutionRecord {
    pub(crate) executable: usize,
    /// The plan that started the task.
    pub(crate) plan: Option<usize>,
    pub(crate) kind: ExecutionKind,
    pub(crate) trigger: Time,
    pub(crate) outcome: ExecutionOutcome,
    /// Its id is made of this.
    pub(crate) key: u64,
}

/// The outcome of an execution, past or to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionOutcome {
    /// It starts and ends at these times, well or not.
    Run { start: Time, finish: Time, success: bool },
    /// A pause suppressed it.
    Suppressed,
    /// The world file says all about it: its number there.
    Recorded(usize),
}

/// A start on request.
#[derive(Debug)]
pub(crate) struct RequestedStart {
    pub(crate) executable: usize,
    pub(crate) at: Time,
    pub(crate) kind: ExecutionKind,
    pub(crate) key: u64,
    pub(crate) user: String,
    pub(crate) user_type: UserKind,
}

/// The executions of one kind, computed a little ahead of the clock so that
/// they serve for some time.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) kind: Kind,
    pub(crate) from: Time,
    pub(crate) until: Time,
    pub(crate) list: Arc<Vec<ExecutionRecord>>,
}
