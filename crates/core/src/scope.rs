//! Which runs a window concerns.

/// The runs that a window concerns. Fields are joined by *and*, the patterns
/// of one field by *or*; a field without patterns takes every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Environment IDs, names or globs.
    pub environment: Vec<String>,
    /// Workspace IDs, names or globs.
    pub workspace: Vec<String>,
    /// Task or plan IDs, names or globs.
    pub task: Vec<String>,
    /// Tags, or globs of tags.
    pub tag: Vec<String>,
    /// Executable types (`TASK`, `PLAN`, …), or globs of them.
    pub kind: Vec<String>,
}
