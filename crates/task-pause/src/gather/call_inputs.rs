//! The inputs of a call.

use std::collections::BTreeSet;

use maintenance_core::ledger::{ActiveHold, LedgerState};

use crate::decide::plan_holds;
use crate::decide::present_names::PresentNames;
use crate::settings::Settings;
use crate::types::{Environments, LedgerAt, Plans, SelectedInput, WantedTarget};

/// The selected runs of a call, the environments that it may act on, and the names that it
/// knows.
#[derive(Debug, Default)]
pub(crate) struct CallInputs {
    pub(crate) input: SelectedInput,
    pub(crate) environments: Environments,
    pub(crate) names: PresentNames,
    /// The doubts about the names of environments that were reported: before the list is
    /// read and after it, the names are resolved.
    pub(crate) reported_doubts: BTreeSet<String>,
}

impl CallInputs {
    /// The active holds that the call may act on.
    pub(crate) fn active<'s>(
        &'s self,
        state: &'s LedgerState,
    ) -> impl Iterator<Item = &'s ActiveHold> {
        state.all_active().filter(|active| self.environments.include(&active.target))
    }

    /// The tasks and plans that the input wants; with `--with-plans`, the plans
    /// of these tasks as well.
    pub(crate) fn wanted(
        &self,
        settings: &Settings,
        plans: &Plans,
        ledger: LedgerAt<'_>,
    ) -> Vec<WantedTarget> {
        let wanted = self.input.wanted.clone();
        if settings.pausing.with_plans {
            plan_holds::with_plans(wanted, plans, ledger)
        } else {
            wanted
        }
    }
}
