//! The answers of the model.

use maintenance_core::change::{ChangeAnswer, PauseState, Permit, Target, TargetKind};
use maintenance_core::client::{ClientError, Made, SendError, SentChange};
use maintenance_core::hold::Mark;
use maintenance_core::ledger::Ledger;
use maintenance_core::time::UtcTime;
use tokio::time::{Instant, sleep};

use super::{AT_ONCE, LATE, Model, Tenant, Trouble, now};
use crate::talend::{ListedPages, ListedStates, Talend};
use crate::types::{Inventory, Look};

impl Talend for Model {
    fn allowed_in_flight(&self) -> usize {
        AT_ONCE
    }

    fn is_throttled(&self) -> bool {
        self.traffic.get().is_throttled
    }

    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        self.count(|traffic| traffic.looks += 1);
        tokio::task::yield_now().await;
        let mut state = None;
        if let Some(hang) = self.with(target, |task| task.hang.take()) {
            self.troubled.set(Some(Instant::now()));
            state = hang.is_stale.then(|| self.shown(target));
            sleep(hang.length / 2).await;
            if let Some((task, pause)) = hang.act {
                self.human(task, pause);
                self.with(&super::target(task), |task| task.unseen = pause);
            }
            sleep(hang.length / 2).await;
        }
        let state = state.unwrap_or_else(|| self.shown(target));
        Ok(Look { state, workspace_id: None })
    }

    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError> {
        tokio::task::yield_now().await;
        let wait = self.traffic.get().change_waits;
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let change = permit.change();
        let trouble = self.trouble.get();
        if trouble != Trouble::None {
            self.troubled.set(Some(Instant::now()));
        }
        if trouble == Trouble::LostBefore {
            return Err(SendError { error: Self::error(500), made: Made::Unknown });
        }
        if trouble == Trouble::Refused {
            return Err(SendError { error: Self::error(403), made: Made::No });
        }
        if trouble == Trouble::HumanFaster && change.pause {
            self.human(change.target.id.parse().unwrap(), true);
        }
        // To judge a change, all of the ledger is read: too much where hundreds wait.
        let is_judged = wait.is_zero();
        if is_judged && change.pause && !self.reasserts.get() {
            let is_held = self.is_held_by_others(&change.target);
            assert!(is_held, "pauses again what a command gave back: {change:?}");
        }
        let Tenant { is_late, only_204, .. } = self.tenant.get();
        if is_late {
            self.troubled.set(Some(Instant::now()));
        }
        let is_late = is_late || matches!(trouble, Trouble::ShowsLate | Trouble::LostAndLate);
        let is_lost = matches!(trouble, Trouble::LostAfter | Trouble::LostAndLate);
        let answer = self.with(&change.target, |task| {
            if let (false, Some(state)) = (change.pause, &task.paused) {
                let mark = state.context.as_deref().and_then(Mark::parse);
                assert!(mark.is_some() || task.unseen, "resumes what a person paused: {state:?}");
                if mark.is_none() {
                    task.human = Some(false);
                }
            }
            if is_judged && change.pause {
                let state = Ledger::read(&self.ledger).unwrap();
                let start = state.active(&change.target).map(|active| active.hold.start());
                assert!(start.is_some_and(|start| start <= now()), "paused before {start:?}");
            }
            if let Some(mark) = Mark::parse(&change.context) {
                let again = task.ended.as_ref() == Some(&mark.hold);
                assert!(!again, "pauses again what a person resumed: {mark:?}");
            }
            if task.paused.is_some() == change.pause {
                return ChangeAnswer::Unchanged;
            }
            task.shown = task.paused.clone();
            task.paused = change.pause.then(|| PauseState {
                paused: true,
                since: Some(now()),
                user: Some("ops".into()),
                user_type: Some("SERVICE".into()),
                context: Some(change.context.clone()),
                shown_at: None,
            });
            task.late = is_late.then(|| Instant::now() + LATE);
            task.made = (!is_late && !is_lost).then(Instant::now);
            if change.pause {
                // What a person did before this pause is not undone by it.
                task.human = task.human.filter(|paused| *paused);
            }
            if only_204 { ChangeAnswer::Unchanged } else { ChangeAnswer::Changed }
        });
        tokio::task::yield_now().await;
        if is_lost {
            return Err(SendError { error: Self::error(500), made: Made::Unknown });
        }
        Ok(SentChange { answer, retried: false })
    }

    async fn inventory(&self, _: &str, _: TargetKind) -> Result<Inventory, ClientError> {
        Ok(Inventory::default())
    }

    async fn listed_states(
        &self,
        _: &str,
        _: TargetKind,
        _: ListedPages,
    ) -> Result<ListedStates, ClientError> {
        self.count(|traffic| traffic.lists += 1);
        tokio::task::yield_now().await;
        let shows = self.tenant.get().lists_pauses;
        let targets: Vec<Target> = self.tasks.borrow().keys().cloned().collect();
        let states = targets.iter().map(|target| {
            let mut state = self.shown(target);
            state.shown_at = None;
            (target.id.to_string(), shows.then_some(Look { state, workspace_id: None }))
        });
        let total = u64::try_from(targets.len()).ok();
        Ok(ListedStates { states: states.collect(), total })
    }

    async fn planned_runs(
        &self,
        _: &str,
        _: UtcTime,
        _: UtcTime,
    ) -> Result<Vec<(Target, UtcTime)>, ClientError> {
        Ok(Vec::new())
    }
}
