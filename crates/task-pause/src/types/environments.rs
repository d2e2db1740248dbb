//! The environments whose holds a call may act on.

use std::collections::BTreeSet;
use std::sync::Arc;

use maintenance_core::change::Target;

/// The environments whose holds a call may act on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Environments {
    /// Those of the whole ledger.
    #[default]
    All,
    /// These, by ID.
    Only {
        ids: BTreeSet<Arc<str>>,
        /// Those of which a list has a part only: a workspace, a tag or a
        /// runtime narrowed it, and nobody named the environment itself.
        in_part: BTreeSet<Arc<str>>,
        /// Whether one was named of which nobody could say which it is.
        is_one_unknown: bool,
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

    /// Whether a list that was narrowed is all that is known of the environment
    /// of this task or plan. Then a timetable may be that of a part of it, too.
    pub(crate) fn are_in_part(&self, target: &Target) -> bool {
        match self {
            Self::All => false,
            Self::Only { in_part, .. } => in_part.contains(&target.environment_id),
        }
    }

    /// Whether an environment was named of which nobody could say which it is.
    pub(crate) fn some_are_unknown(&self) -> bool {
        matches!(self, Self::Only { is_one_unknown: true, .. })
    }
}
