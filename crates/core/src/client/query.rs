//! The lists that can be asked for: their filters and limits.

use crate::change::TargetKind;
use crate::short_name::clip;
use crate::time::UtcTime;

/// Items on a page, at most: the API's own bound.
pub const LARGEST_PAGE: u64 = 100;
/// Items on a page, at least: neighbouring pages have one in common.
pub(super) const SMALLEST_PAGE: u64 = 2;

/// Which scheduled runs are asked for
/// (`POST /orchestration/executables/events/search`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSearch {
    /// The environment's ID.
    pub environment_id: String,
    /// Only those workspaces; all if empty.
    pub workspace_ids: Vec<String>,
    /// From then on, UTC. Fixed, so that pages do not drift while time passes.
    pub from: UtcTime,
    /// Until then, UTC. Whether the API leaves that instant out is not said.
    pub to: UtcTime,
    /// Only executables with one of those tags; all if empty.
    pub tags: Vec<String>,
    /// Only runs on that type of runtime, as the API spells it.
    pub runtime: Option<&'static str>,
    /// Items on a page, 1 to [`LARGEST_PAGE`]. Pages of one item are asked for
    /// as of two: neighbours have one in common.
    pub page_size: u64,
    /// Whether a list is taken whose total is not how many items it has, as
    /// long as every reading shows the same ones.
    pub accept_mismatch: bool,
}

impl RunSearch {
    /// The name of the list, for messages.
    pub(super) fn describe(&self) -> String {
        format!("scheduled runs of environment {}", clip(&self.environment_id))
    }
}

/// Which tasks or plans are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutableFilter {
    /// Of that environment.
    pub environment_id: Option<String>,
    /// Of that workspace.
    pub workspace_id: Option<String>,
    /// As [`RunSearch::accept_mismatch`].
    pub accept_mismatch: bool,
}

impl ExecutableFilter {
    /// All of that environment. A list that does not add up is an error.
    #[must_use]
    pub fn of_environment(id: &str) -> Self {
        Self { environment_id: Some(id.to_owned()), ..Self::default() }
    }
}

/// Which executions are asked for
/// (`GET /processing/executables/{tasks,plans}/executions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionQuery {
    /// Of tasks or of plans.
    pub kind: TargetKind,
    /// Of that environment.
    pub environment_id: String,
    /// Only those with that `status`, as the API spells it.
    pub status: Option<&'static str>,
    /// Only those under way at this time or later, UTC.
    pub from: UtcTime,
    /// Only those under way at this time or earlier, UTC.
    pub to: UtcTime,
}

/// The API's word for all of a kind.
pub(super) const fn collection(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Task => "tasks",
        TargetKind::Plan => "plans",
    }
}
