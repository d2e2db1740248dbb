//! The environments whose holds a call may act on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maintenance_core::change::Target;

/// The environments whose holds a call may act on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environments {
    /// These, by ID; `None` for all environments of the ledger.
    pub(crate) ids: Option<BTreeSet<Arc<str>>>,
    /// The IDs of those that `--environment` names, by what it says.
    pub(crate) named: BTreeMap<String, Arc<str>>,
    /// The environments of which the list has only a part: a workspace, a tag or
    /// a runtime narrowed the list, and nobody named the environment.
    pub(crate) narrowed: BTreeSet<Arc<str>>,
    /// Whether a name was given that could not be resolved.
    pub(crate) has_unresolved: bool,
}

impl Environments {
    /// Whether the call may act on the hold of this task or plan.
    pub(crate) fn include(&self, target: &Target) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&target.environment_id))
    }

    /// Whether the list has only a part of the environment of this task or plan. The
    /// timetable may then be of that part only, too.
    pub(crate) fn is_list_narrowed(&self, target: &Target) -> bool {
        self.narrowed.contains(&target.environment_id)
    }
}
