//! Applies a timetable to the holds of `sync`, and checks the reason before a hold loses
//! a window.
//!
//! That a timetable has no window for a hold any more can have three reasons: the
//! window was cancelled or put off; something was renamed, and this call does not
//! know the new name yet; or the timetable speaks of another part of the
//! environment. Only in the first case is the hold over, so the API is asked for
//! the present name of a task where that can make a difference. A timetable that would
//! end holds by a slip, as it seems, is not believed: see
//! [`doubtful_timetable`](crate::decide::doubtful_timetable).

use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::Target;
use maintenance_core::cli::{Messages, counted};
use maintenance_core::scope::MissingField;

use super::call_inputs::CallInputs;
use crate::decide::candidates::{SyncCandidates, loses_window, pausing, syncing, unchanged};
use crate::decide::doubtful_timetable::{self, DoubtfulTimetable};
use crate::decide::plan_windows::{PlanWindows, tasks_of};
use crate::decide::present_names::ByPresentNames;
use crate::decide::timetable_windows::WindowsAround;
use crate::session::Session;
use crate::types::{Candidate, LedgerAt, Plans, WantedTarget};

/// The candidates by the timetable, and the doubts about their windows.
#[derive(Debug, Default)]
pub(crate) struct ByTimetable {
    pub(crate) candidates: Vec<Candidate>,
    /// The tasks and plans that a window may match by a new name. Until the name is
    /// known, their holds do not change.
    pub(crate) doubtful: BTreeSet<Target>,
    /// The tasks and plans that a window matches by a former name.
    by_former_name: BTreeSet<Target>,
    /// The tasks and plans that the timetable cannot rule on, and why.
    undecided: BTreeMap<Target, MissingField>,
    /// The number of holds that stay as they are, since the list is of another
    /// part of their environment.
    elsewhere: usize,
    /// The doubt about the timetable. The holds that it is about stay as they are.
    pub(crate) doubt: Option<DoubtfulTimetable>,
}

impl ByTimetable {
    /// The candidates of a call without a timetable.
    fn without(candidates: Vec<Candidate>) -> Self {
        Self { candidates, ..Self::default() }
    }

    /// Keeps the holds as they are that lose a window for a reason that may be no
    /// cancellation: the list was narrowed to another part of their environment, or
    /// the window may match a name that is not known yet.
    fn keep_what_is_doubtful(
        &mut self,
        call: &CallInputs,
        around: &WindowsAround,
        wanted: &[WantedTarget],
        ledger: LedgerAt<'_>,
    ) {
        let LedgerAt { state, moment } = ledger;
        let listed: BTreeSet<&Target> = wanted.iter().map(|wanted| &wanted.target).collect();
        for candidate in &mut self.candidates {
            let Some(active) = state.active(&candidate.target) else { continue };
            if !loses_window(candidate, ledger) {
                continue;
            }
            let target = &active.target;
            if call.environments.is_list_narrowed(target) && !listed.contains(target) {
                self.elsewhere += 1;
                *candidate = unchanged(active, moment);
                continue;
            }
            let now = call.names.newest(target, &active.labels);
            let may_be_renamed = !call.names.is_from_api(target)
                && around.by_other_names(target, &now, &active.hold).next().is_some();
            if may_be_renamed {
                self.doubtful.insert(target.clone());
                *candidate = unchanged(active, moment);
            }
        }
    }

    /// Keeps the holds as they are that the timetable may end by a slip.
    fn keep_what_a_slip_may_end(&mut self, ledger: LedgerAt<'_>) {
        let Some(doubt) = &self.doubt else { return };
        for candidate in &mut self.candidates {
            if let Some(active) = ledger.state.active(&candidate.target)
                && doubt.targets.contains(&candidate.target)
            {
                *candidate = unchanged(active, ledger.moment);
            }
        }
    }

    /// Warns of holds that go on though no window has them by their present names.
    pub(crate) fn print_doubts(&self, messages: &Messages) {
        if let Some((target, missing)) = self.undecided.first_key_value() {
            let more = match self.undecided.len() - 1 {
                0 => String::new(),
                more => format!("; the same for {more} more"),
            };
            messages
                .warn(&format!("{target}: {missing}: its hold stays as the ledger has it{more}"));
        }
        if let Some(first) = self.by_former_name.first() {
            messages.warn(&format!(
                "held by a name from before a renaming: {}, among them {first}: bring the timetable \
                 up to date",
                counted(self.by_former_name.len(), "task or plan", "tasks and plans")
            ));
        }
        if self.elsewhere > 0 {
            messages.note(&format!(
                "held to the end that the ledger has, since the list was narrowed to a part of \
                 their environment: {}; --environment says that the timetable is for all of it",
                self.elsewhere
            ));
        }
    }
}

/// The candidates by the timetable, with the names that are known now.
pub(crate) fn by_timetable(
    session: &Session<'_>,
    call: &CallInputs,
    wanted: &[WantedTarget],
    plans: &Plans,
    ledger: LedgerAt<'_>,
) -> anyhow::Result<ByTimetable> {
    let LedgerAt { state, moment } = ledger;
    if !session.settings.job.is_sync() {
        return Ok(ByTimetable::without(pausing(wanted, ledger)));
    }
    let is_ours = |target: &Target| call.environments.include(target);
    let Some(timetable) = &session.timetable else {
        let mut candidates = syncing(wanted, ledger, None).candidates;
        candidates.retain(|candidate| is_ours(&candidate.target));
        return Ok(ByTimetable::without(candidates));
    };
    let holds = wanted.iter().flat_map(|wanted| &wanted.holds);
    let holds = holds.chain(call.active(state).map(|active| &active.hold));
    let around = WindowsAround::new(timetable, session.settings.widening(), holds, moment.now)?;
    let by_present_names = ByPresentNames { timetable: &around, names: &call.names };
    let plan_windows = PlanWindows {
        timetable: &by_present_names,
        plans,
        tasks: tasks_of(wanted, state),
        ledger,
        with_plans: session.settings.pausing.with_plans,
    };
    let all = syncing(wanted, ledger, Some(&plan_windows));
    let SyncCandidates { mut candidates, mut by_former_name, mut undecided } = all;
    candidates.retain(|candidate| is_ours(&candidate.target));
    by_former_name.retain(is_ours);
    undecided.retain(|target, _| is_ours(target));
    let mut judged = ByTimetable { by_former_name, undecided, ..ByTimetable::without(candidates) };
    judged.keep_what_is_doubtful(call, &around, wanted, ledger);
    if !session.settings.timetable.allow_empty {
        let has_name = |name: &str| timetable.has_name(name);
        judged.doubt =
            doubtful_timetable::find(&judged.candidates, ledger, &around, &call.names, has_name);
        judged.keep_what_a_slip_may_end(ledger);
    }
    Ok(judged)
}
