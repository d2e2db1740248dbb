//! The environments whose holds a call may act on.

use std::collections::BTreeSet;
use std::sync::Arc;

use maintenance_core::change::Target;

/// The environments whose holds a call may act on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Environments {
    /// All environments of the ledger.
    #[default]
    All,
    /// These, by ID.
    Only {
        ids: BTreeSet<Arc<str>>,
        /// The environments of which the list has only a part: a workspace, a tag or
        /// a runtime narrowed the list, and nobody named the environment.
        narrowed: BTreeSet<Arc<str>>,
        /// Whether a name was given that could not be resolved.
        has_unresolved: bool,
    },
}

impl Environments {
    /// Whether the call may act on the hold of this task or plan.
    pub(crate) fn include(&self, target: &Target) -> bool {
        match self {
            Self::All => true,
            Self::Only { ids, .. } => ids.contains(&target.environment_id),
        }
    }

    /// Whether the list has only a part of the environment of this task or plan. The
    /// timetable may then be of that part only, too.
    pub(crate) fn is_list_narrowed(&self, target: &Target) -> bool {
        match self {
            Self::All => false,
            Self::Only { narrowed, .. } => narrowed.contains(&target.environment_id),
        }
    }

    /// Whether a name was given that could not be resolved.
    pub(crate) fn has_unresolved(&self) -> bool {
        matches!(self, Self::Only { has_unresolved: true, .. })
    }
}
