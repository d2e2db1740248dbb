//! The schedule of `wait`: the windows that were handled, the candidates of the next
//! pass, the next edge. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{ActiveHold, LedgerState};
use maintenance_core::time::UtcTime;

use crate::decide::candidates::{ResumeSelection, giving_back, pausing};
use crate::output::NextStep;
use crate::timing::TAKES_EFFECT;
use crate::types::{
    Action, Candidate, Decision, DecisionStep, LedgerAt, Moment, Report, WINDOW_ENDED,
    WantedTarget, Wish,
};

/// The windows that `wait` handles, and those that it has handled.
#[derive(Debug)]
pub(super) struct WaitSchedule<'a> {
    /// The tasks and plans of the input; with `--with-plans`, the plans of these
    /// tasks as well.
    wanted: Cow<'a, [WantedTarget]>,
    /// The plans that were wanted because of their tasks, now or earlier.
    plans: BTreeSet<Target>,
    /// Whether holds are given back at their end.
    resume: bool,
    /// Whether no pass succeeded yet.
    pub(super) is_new: bool,
    /// Whether unsettled holds of other tasks and plans are left to another call.
    is_alone: bool,
    handled: HandledWindows,
    /// The last report on each hold, by its target and start.
    reported: BTreeMap<(Target, UtcTime), Reported>,
}

/// The part of a report that makes another one news.
#[derive(Debug, PartialEq, Eq)]
struct Reported {
    action: Action,
    /// Whether something was left undone.
    is_partial: bool,
    warnings: Vec<String>,
}

/// The handled windows: after the window opened, its task was decided on. Windows are
/// recorded one by one, since a command may give back one window of a hold.
#[derive(Debug, Default)]
struct HandledWindows(BTreeMap<Target, Vec<HoldWindow>>);

impl HandledWindows {
    fn insert(&mut self, target: &Target, window: &HoldWindow) {
        if !self.has(target, window) {
            self.0.entry(target.clone()).or_default().push(window.clone());
        }
    }

    fn has(&self, target: &Target, window: &HoldWindow) -> bool {
        self.0.get(target).is_some_and(|windows| windows.contains(window))
    }
}

impl<'a> WaitSchedule<'a> {
    pub(super) fn new(wanted: &'a [WantedTarget], resume: bool) -> Self {
        Self {
            wanted: Cow::Borrowed(wanted),
            plans: BTreeSet::new(),
            resume,
            is_new: true,
            is_alone: false,
            handled: HandledWindows::default(),
            reported: BTreeMap::new(),
        }
    }

    /// The schedule of a call whose first pass was made, of no holds but these.
    pub(super) fn after_first_pass(wanted: &'a [WantedTarget]) -> Self {
        Self { is_new: false, is_alone: true, ..Self::new(wanted, false) }
    }

    /// The tasks and plans that are wanted.
    pub(super) fn wanted(&self) -> &[WantedTarget] {
        &self.wanted
    }

    /// Replaces the wanted tasks and plans after plans were listed again.
    pub(super) fn want(&mut self, wanted: Vec<WantedTarget>) {
        let plans = wanted.iter().map(|wanted| &wanted.target);
        let plans = plans.filter(|target| target.kind == TargetKind::Plan);
        self.plans.extend(plans.cloned());
        self.wanted = Cow::Owned(wanted);
    }

    /// The candidates of the next pass: windows that opened, active holds to be given
    /// back, and unsettled holds; with `--reassert`, settled holds, too. In the first
    /// pass, all of them.
    pub(super) fn candidates(&self, state: &LedgerState, moment: Moment) -> Vec<Candidate> {
        let mut candidates = pausing(&self.wanted, LedgerAt { state, moment });
        if self.is_alone {
            let ours: BTreeSet<&Target> = self.wanted.iter().map(|wanted| &wanted.target).collect();
            candidates.retain(|candidate| ours.contains(&candidate.target));
        }
        if !self.is_new {
            let is_open = |window: &&HoldWindow| moment.tense_of(window) == Tense::Open;
            candidates.retain(|candidate| {
                let mut open = candidate.hold.windows().iter().filter(is_open);
                let is_due = |window| {
                    moment.policy.reassert || !self.is_handled(&candidate.target, window, state)
                };
                open.any(is_due)
                    || state.active(&candidate.target).is_some_and(|active| !active.is_settled())
            });
        }
        // If a target has two candidates, the one to give back counts.
        let ending = self.giving_back(state, moment);
        let ends: BTreeSet<&Target> = ending.iter().map(|candidate| &candidate.target).collect();
        candidates.retain(|candidate| !ends.contains(&candidate.target));
        candidates.extend(ending);
        candidates
    }

    /// Whether a window needs no more work: it was handled, or our hold has it.
    fn is_handled(&self, target: &Target, window: &HoldWindow, state: &LedgerState) -> bool {
        self.handled.has(target, window) || is_covered(state, target, window)
    }

    /// Records the windows that opened while their tasks were held already, and those
    /// that a command gave back while another window held their task.
    pub(super) fn record_held_windows(&mut self, state: &LedgerState, moment: Moment) {
        for wanted in self.wanted.iter() {
            for window in wanted.holds.iter().flat_map(Hold::windows) {
                let is_released = || {
                    let active = state.active(&wanted.target);
                    !moment.policy.reassert
                        && active.is_some_and(|active| active.is_released(window))
                };
                if moment.tense_of(window) != Tense::Pending
                    && (is_covered(state, &wanted.target, window) || is_released())
                {
                    self.handled.insert(&wanted.target, window);
                }
            }
        }
    }

    fn giving_back(&self, state: &LedgerState, moment: Moment) -> Vec<Candidate> {
        if !self.resume {
            return Vec::new();
        }
        let mut candidates = giving_back(LedgerAt { state, moment }, &ResumeSelection::Ended);
        candidates.retain(Candidate::is_to_give_back);
        if candidates.is_empty() {
            return candidates;
        }
        let mut by_target: BTreeMap<&Target, Vec<&WantedTarget>> = BTreeMap::new();
        for wanted in self.wanted.iter() {
            by_target.entry(&wanted.target).or_default().push(wanted);
        }
        // A task whose next window is open is not given back in between, unless that
        // window was given back.
        candidates.retain(|candidate| {
            let mut wanted = by_target.get(&candidate.target).into_iter().flatten();
            let keeps = |window: &HoldWindow| {
                moment.tense_of(window) == Tense::Open
                    && state.given_up(&candidate.target, window).is_none()
            };
            !wanted.any(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(keeps))
        });
        candidates
    }

    /// Records a report. Returns whether the report is new.
    pub(super) fn record(&mut self, report: &Report, is_partial: bool, moment: Moment) -> bool {
        let Report { target, hold, action, .. } = report;
        for window in hold.windows() {
            let is_handled = match moment.tense_of(window) {
                Tense::Pending => false,
                // A pause that was not sent in time missed its window.
                Tense::Open => !action.is_partial() && *action != Action::Expired,
                // The task was held before the end of the window, and is given back now.
                Tense::Over => {
                    let since = report.paused_since.filter(|_| *action == Action::Resumed);
                    since.zip(window.end).is_some_and(|(since, end)| since < end)
                }
            };
            if is_handled {
                self.handled.insert(target, window);
            }
        }
        let warnings = report.details().warnings.clone();
        let reported = Reported { action: *action, is_partial, warnings };
        let key = (target.clone(), hold.start());
        // Every new change is reported.
        let is_done = *action == Action::Paused || report.details().caught_up.is_some();
        let is_news = is_done || self.reported.get(&key) != Some(&reported);
        self.reported.insert(key, reported);
        is_news
    }

    /// The last action on each hold, and whether something was left undone.
    pub(super) fn actions(&self) -> impl Iterator<Item = (Action, bool)> {
        self.reported.values().map(|reported| (reported.action, reported.is_partial))
    }

    /// Whether a missed run of a wanted task or plan may still be made up for.
    pub(super) fn is_to_catch_up(&self, state: &LedgerState) -> bool {
        let is_ours = |target| {
            self.plans.contains(target) || self.wanted.iter().any(|wanted| wanted.target == *target)
        };
        state.catch_ups().any(|(_, catch_up)| is_ours(&catch_up.target))
    }

    /// Whether every wanted hold is over.
    pub(super) fn is_past(&self, moment: Moment) -> bool {
        let mut holds = self.wanted.iter().flat_map(|wanted| &wanted.holds);
        holds.all(|hold| hold.is_over(moment.now))
    }

    /// Whether a recent request may still take effect.
    pub(super) fn is_to_show(&self, state: &LedgerState, moment: Moment) -> bool {
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.active(target));
        ours.any(|active| {
            !active.is_settled() && moment.now.since(active.request.asked) < TAKES_EFFECT
        })
    }

    /// Whether every wanted window was handled or is over, every hold of ours is settled,
    /// and, with `--resume`, every hold of the ledger with an end was given back.
    pub(super) fn is_over(&self, state: &LedgerState, moment: Moment) -> bool {
        let all_handled = self.wanted.iter().all(|wanted| {
            wanted.holds.iter().flat_map(Hold::windows).all(|window| {
                moment.tense_of(window) == Tense::Over
                    || self.is_handled(&wanted.target, window, state)
            })
        });
        // Also plans that no longer contain the task for which they were paused.
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.active(target));
        // Also holds of earlier calls: the list may show no runs of paused tasks.
        let is_left = self.resume && state.all_active().any(|active| active.hold.end().is_some());
        all_handled && !is_left && ours.all(ActiveHold::is_settled)
    }

    /// With `--resume`: the number of tasks and plans that stay paused after this call,
    /// since a window that holds them, or will, has no end.
    pub(super) fn endless(&self, state: &LedgerState) -> usize {
        let held = state.all_active().filter(|active| active.hold.end().is_none());
        let to_come = self.wanted.iter().filter(|wanted| {
            let mut windows = wanted.holds.iter().flat_map(Hold::windows);
            windows.any(|window| {
                window.end.is_none() && !self.is_handled(&wanted.target, window, state)
            })
        });
        let held = held.map(|active| &active.target).chain(to_come.map(|wanted| &wanted.target));
        held.filter(|_| self.resume).collect::<BTreeSet<_>>().len()
    }

    /// Whether a window ended during this call without being handled: the API was
    /// unavailable, or the ledger locked, all the time.
    pub(super) fn is_missed(&self, began: Moment, now: UtcTime) -> bool {
        self.missed(began, now).next().is_some()
    }

    /// A report on each hold with such windows that is new, or says the same as the last one
    /// did: it was not paused in time.
    pub(super) fn missed_holds(&self, began: Moment, now: UtcTime) -> Vec<Report> {
        let unpaused = self.missed(began, now).filter(|(wanted, start, _)| {
            let reported = self.reported.get(&(wanted.target.clone(), *start));
            reported.is_none_or(|last| matches!(last.action, Action::Pending | Action::Expired))
        });
        let decision = Decision::because(DecisionStep::Report, Action::Expired, WINDOW_ENDED);
        let reports = unpaused.map(|(wanted, _, missed)| {
            Report::of(&Candidate::new(wanted, missed, Wish::Hold), decision)
        });
        reports.collect()
    }

    /// The windows of a hold that ended during this call without being handled, with the
    /// start of the hold.
    fn missed(
        &self,
        began: Moment,
        now: UtcTime,
    ) -> impl Iterator<Item = (&WantedTarget, UtcTime, Hold)> {
        let went_by = move |window: &&HoldWindow| {
            began.tense_of(window) != Tense::Over && window.end.is_some_and(|end| end <= now)
        };
        self.wanted.iter().flat_map(move |wanted| {
            wanted.holds.iter().filter_map(move |hold| {
                let windows = hold.windows().iter().filter(went_by);
                let missed = windows.filter(|window| !self.handled.has(&wanted.target, window));
                let missed = Hold::new(missed.cloned().collect(), hold.runs().to_vec())?;
                Some((wanted, hold.start(), missed))
            })
        })
    }

    /// The next start of a window, or end of a hold that is to be given back. Includes
    /// windows whose task is held already: somebody may give it back until then.
    pub(super) fn next_edge(&self, state: &LedgerState, moment: Moment) -> Option<UtcTime> {
        let windows = self.wanted.iter().flat_map(|w| &w.holds).flat_map(Hold::windows);
        let starts = windows.map(|window| window.start.saturating_sub(moment.policy.lead));
        let ends =
            state.all_active().filter(|_| self.resume).filter_map(|active| active.hold.end());
        starts.chain(ends).filter(|edge| *edge > moment.now).min()
    }

    /// The starts, within `length` from now, of windows of tasks and plans that the
    /// ledger does not hold.
    pub(super) fn starts_ahead(
        &self,
        state: &LedgerState,
        moment: Moment,
        length: Duration,
    ) -> BTreeSet<UtcTime> {
        let until = moment.now.saturating_add(length);
        let free = self.wanted.iter().filter(|wanted| state.active(&wanted.target).is_none());
        let windows = free.flat_map(|wanted| &wanted.holds).flat_map(Hold::windows);
        let starts = windows.map(|window| window.start.saturating_sub(moment.policy.lead));
        starts.filter(|start| moment.now < *start && *start <= until).collect()
    }

    /// The first end of a window that is open now.
    pub(super) fn next_end(&self, moment: Moment) -> Option<UtcTime> {
        let windows = self.wanted.iter().flat_map(|w| &w.holds).flat_map(Hold::windows);
        let open = windows.filter(|window| moment.tense_of(window) == Tense::Open);
        open.filter_map(|window| window.end).min()
    }

    /// The next step, at `edge`, for the progress line.
    pub(super) fn next_step(
        &self,
        state: &LedgerState,
        moment: Moment,
        edge: Option<UtcTime>,
    ) -> NextStep {
        let Some(at) = edge else { return NextStep::Again };
        let starts = |window: &HoldWindow| window.start.saturating_sub(moment.policy.lead) == at;
        let wanted = self
            .wanted
            .iter()
            .filter(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(starts));
        let ends = state.all_active().filter(|active| self.resume && active.hold.end() == Some(at));
        NextStep::Edge {
            at,
            pauses: wanted.map(|wanted| wanted.target.clone()).collect(),
            resumes: ends.map(|active| active.target.clone()).collect(),
        }
    }
}

/// Whether a settled hold of ours has this window. A window that is over counts only if
/// the hold began before its end.
fn is_covered(state: &LedgerState, target: &Target, window: &HoldWindow) -> bool {
    let active = state.active(target).filter(|active| active.is_settled());
    active.is_some_and(|active| {
        window.end.is_none_or(|end| active.since < end) && active.hold.windows().contains(window)
    })
}

#[cfg(test)]
mod tests;
