//! Plans that are held as long as their tasks. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{self, Hold, Tense};
use maintenance_core::ledger::ActiveHold;
use maintenance_core::run::Labels;

use super::given_up::is_given_back;
use crate::types::{Candidate, LedgerAt, Plans, WantedTarget, Wish};

/// The environments in which a task is about to be paused.
pub(crate) fn environments_of_new_tasks<'a>(
    candidates: &'a [Candidate],
    ledger: LedgerAt<'_>,
) -> BTreeSet<&'a str> {
    let LedgerAt { state, moment } = ledger;
    let is_new = |candidate: &&Candidate| {
        candidate.target.kind == TargetKind::Task
            && state.active(&candidate.target).is_none()
            && candidate.wish == Wish::Hold
            && moment.tense(&candidate.hold) == Tense::Open
    };
    let new = candidates.iter().filter(is_new);
    new.map(|candidate| &*candidate.target.environment_id).collect()
}

/// The environments of these holds.
pub(crate) fn environments_of<'a>(held: impl Iterator<Item = &'a ActiveHold>) -> BTreeSet<&'a str> {
    held.map(|active| &*active.target.environment_id).collect()
}

/// The environments in which a plan is held.
pub(crate) fn environments_of_plans<'a>(
    held: impl Iterator<Item = &'a ActiveHold>,
) -> BTreeSet<&'a str> {
    environments_of(held.filter(|active| active.target.kind == TargetKind::Plan))
}

/// Adds the plans of wanted tasks, with the same holds, without windows that a
/// command gave back.
pub(crate) fn with_plans(
    mut wanted: Vec<WantedTarget>,
    plans: &Plans,
    ledger: LedgerAt<'_>,
) -> Vec<WantedTarget> {
    let mut added: BTreeMap<Target, (Arc<Labels>, Vec<_>)> = BTreeMap::new();
    for task in &wanted {
        for plan in plans.of_task(&task.target) {
            let target = Target {
                environment_id: task.target.environment_id.clone(),
                kind: TargetKind::Plan,
                id: plan.id.clone(),
            };
            let labels = Labels { name: plan.name.clone(), ..Labels::clone(&task.labels) };
            let (_, windows) =
                added.entry(target).or_insert_with(|| (Arc::new(labels), Vec::new()));
            let held = task.holds.iter().flat_map(Hold::windows);
            let held = held.filter(|window| !is_given_back(window, &task.target, ledger));
            windows.extend(held.map(|window| (window.clone(), None)));
        }
    }
    for known in &mut wanted {
        if let Some((_, mut windows)) = added.remove(&known.target) {
            for hold in &known.holds {
                windows.extend(hold.windows().iter().map(|window| (window.clone(), None)));
                let runs =
                    hold.windows().first().into_iter().flat_map(|first| {
                        hold.planned().iter().map(|run| (first.clone(), Some(*run)))
                    });
                windows.extend(runs);
            }
            known.holds = hold::merge(windows);
        }
    }
    added.retain(|_, (_, windows)| !windows.is_empty());
    wanted.extend(added.into_iter().map(|(target, (labels, windows))| WantedTarget {
        target,
        labels,
        holds: hold::merge(windows),
    }));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::test_ledger::{self, hold, ledger, moment, pausing, task, window};

    fn plan(id: &str) -> Target {
        Target { kind: TargetKind::Plan, ..task(id) }
    }

    #[test]
    fn a_task_is_about_to_be_paused_if_it_is_wanted_now_and_not_held_yet() {
        let state = ledger([pausing(&task("held"), &[window("w", 10, 20)])]);
        for (target, wish, now, expected) in [
            (task("a"), Wish::Hold, 15, Some("e")),
            (task("a"), Wish::Hold, 9, None),
            (task("a"), Wish::Hold, 20, None),
            (task("a"), Wish::Cancelled, 15, None),
            (task("held"), Wish::Hold, 15, None),
            (plan("a"), Wish::Hold, 15, None),
        ] {
            let hold = hold(&[window("w", 10, 20)]);
            let candidate = Candidate { target, labels: Arc::default(), hold, wish };
            let candidates = [candidate];
            let ledger = LedgerAt { state: &state, moment: moment(now, false) };
            let environments = environments_of_new_tasks(&candidates, ledger);
            assert_eq!(environments.into_iter().next(), expected, "{candidates:?} at {now}");
        }
    }

    #[test]
    fn environments_are_those_of_the_holds_or_of_the_plans_among_them() {
        let elsewhere = Target { environment_id: "f".into(), ..plan("p") };
        let own = [window("w", 10, 20)];
        let state = ledger([pausing(&task("a"), &own), pausing(&elsewhere, &own)]);
        assert_eq!(environments_of(state.all_active()), ["e", "f"].into());
        assert_eq!(environments_of_plans(state.all_active()), ["f"].into());
    }

    #[test]
    fn a_plan_has_the_names_of_its_task_but_for_its_own() {
        let plan = test_ledger::executable("p", Some("Plan"), &["a"]);
        let mut plans = Plans::default();
        plans.add("e", vec![plan]);
        let labels = Labels {
            name: Some("Task".into()),
            workspace_name: Some("Finance".into()),
            ..Labels::default()
        };
        let holds = vec![hold(&[window("w", 10, 20)])];
        let wanted = vec![WantedTarget { target: task("a"), labels: labels.clone().into(), holds }];
        let ledger = LedgerAt { state: &ledger([]), moment: moment(15, false) };
        let all = with_plans(wanted, &plans, ledger);
        assert_eq!(*all[1].labels, Labels { name: Some("Plan".into()), ..labels });
    }

    #[test]
    fn a_plan_of_the_list_keeps_its_runs_also_those_from_before_the_window() {
        let mut plans = Plans::default();
        plans.add("e", vec![test_ledger::executable("p", None, &["a"])]);
        let (own, of_task) = (window("w", 10, 20), window("w", 20, 30));
        let own = Hold::new(vec![own], [5, 12].map(test_ledger::at).to_vec()).unwrap();
        let wanted =
            |target, hold| WantedTarget { target, labels: Arc::default(), holds: vec![hold] };
        let wanted = vec![wanted(task("a"), hold(&[of_task])), wanted(plan("p"), own)];
        let ledger = LedgerAt { state: &ledger([]), moment: moment(15, false) };
        let all = with_plans(wanted, &plans, ledger);
        assert_eq!(all[1].holds.len(), 1);
        assert_eq!(all[1].holds[0].runs(), [5, 12].map(test_ledger::at));
        assert_eq!(all[1].holds[0].windows().len(), 2);
    }
}
