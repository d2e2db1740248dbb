//! The schedule of `wait`: the windows that were met, the candidates that are
//! due, the next edge. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{LedgerState, OpenHold};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::decide::candidates::{GiveBack, giving_back, pausing};
use crate::output::NextStep;
use crate::timing::TAKES_EFFECT;
use crate::types::{Candidate, Moment, Report, WantedTarget};

/// The windows that are waited for, and how far that has come.
#[derive(Debug)]
pub(super) struct WaitSchedule<'a> {
    /// The tasks and plans of the input; with `--with-plans`, the plans of these
    /// tasks as well.
    wanted: Cow<'a, [WantedTarget]>,
    /// The plans that were wanted for their tasks' sake, now or before.
    plans: BTreeSet<Target>,
    /// Whether holds are given back at their end.
    resume: bool,
    /// Whether a first pass went through.
    began: bool,
    met: Met,
    /// The last report on each hold, by its target and start.
    reported: BTreeMap<(Target, UtcTime), Reported>,
}

/// The part of a report that makes another one news.
#[derive(Debug, PartialEq, Eq)]
struct Reported {
    action: Action,
    /// Whether that left something undone.
    is_partial: bool,
    warnings: Vec<String>,
}

/// Which windows were met: of each it was decided, once it was open, what to do
/// with its task. They may be parts of one hold, and yet one of them may be
/// given back without the others.
#[derive(Debug, Default)]
struct Met(BTreeMap<Target, Vec<HoldWindow>>);

impl Met {
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
            began: false,
            met: Met::default(),
            reported: BTreeMap::new(),
        }
    }

    /// The tasks and plans that are wanted.
    pub(super) fn wanted(&self) -> &[WantedTarget] {
        &self.wanted
    }

    /// Replaces what is wanted: the plans of these tasks were listed anew.
    pub(super) fn want(&mut self, wanted: Vec<WantedTarget>) {
        let plans = wanted.iter().map(|wanted| &wanted.target);
        let plans = plans.filter(|target| target.kind == TargetKind::Plan);
        self.plans.extend(plans.cloned());
        self.wanted = Cow::Owned(wanted);
    }

    /// Whether no pass went through yet.
    pub(super) fn is_new(&self) -> bool {
        !self.began
    }

    /// Notes that a pass went through.
    pub(super) fn begin(&mut self) {
        self.began = true;
    }

    /// The candidates of the next pass: windows that opened, entries to be given
    /// back, and entries that are not settled; with `--reassert`, entries that are
    /// held as well. At the beginning, all of them.
    pub(super) fn due(&self, state: &LedgerState, moment: Moment) -> Vec<Candidate> {
        let mut candidates = pausing(&self.wanted, state, moment);
        if !self.is_new() {
            let is_open = |window: &&HoldWindow| tense(window, moment) == Tense::Open;
            candidates.retain(|candidate| {
                let mut open = candidate.hold.windows().iter().filter(is_open);
                let is_due =
                    |window| moment.reassert || !self.is_met(&candidate.target, window, state);
                open.any(is_due)
                    || state.open(&candidate.target).is_some_and(|open| !open.is_settled())
            });
        }
        // Of two for one target, the one that ends counts.
        let ending = self.giving_back(state, moment);
        let ends: BTreeSet<&Target> = ending.iter().map(|candidate| &candidate.target).collect();
        candidates.retain(|candidate| !ends.contains(&candidate.target));
        candidates.extend(ending);
        candidates
    }

    /// Whether a window needs nothing more: it was met, or is part of a hold
    /// that is known to last.
    fn is_met(&self, target: &Target, window: &HoldWindow, state: &LedgerState) -> bool {
        self.met.has(target, window) || is_covered(state, target, window)
    }

    /// Takes in which windows opened while their tasks were held already, also
    /// for another window, where a command gave this one back.
    pub(super) fn meet(&mut self, state: &LedgerState, moment: Moment) {
        for wanted in self.wanted.iter() {
            for window in wanted.holds.iter().flat_map(Hold::windows) {
                let is_released = || {
                    let open = state.open(&wanted.target);
                    !moment.reassert && open.is_some_and(|open| open.is_released(window))
                };
                if tense(window, moment) != Tense::Pending
                    && (is_covered(state, &wanted.target, window) || is_released())
                {
                    self.met.insert(&wanted.target, window);
                }
            }
        }
    }

    fn giving_back(&self, state: &LedgerState, moment: Moment) -> Vec<Candidate> {
        if !self.resume {
            return Vec::new();
        }
        let mut candidates = giving_back(state, &GiveBack::Ended, moment);
        candidates.retain(Candidate::is_due);
        if candidates.is_empty() {
            return candidates;
        }
        let mut by_target: BTreeMap<&Target, Vec<&WantedTarget>> = BTreeMap::new();
        for wanted in self.wanted.iter() {
            by_target.entry(&wanted.target).or_default().push(wanted);
        }
        // A task whose next window is open already is not given back in
        // between, unless that was given back before its end.
        candidates.retain(|candidate| {
            let mut wanted = by_target.get(&candidate.target).into_iter().flatten();
            let keeps = |window: &HoldWindow| {
                tense(window, moment) == Tense::Open
                    && state.given_up(&candidate.target, window).is_none()
            };
            !wanted.any(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(keeps))
        });
        candidates
    }

    /// Takes a report in, made at that moment. Tells whether it is news.
    pub(super) fn note(&mut self, report: &Report, is_partial: bool, moment: Moment) -> bool {
        let Report { target, hold, action, .. } = report;
        for window in hold.windows() {
            let is_met = match tense(window, moment) {
                Tense::Pending => false,
                // One that was not sent in time missed its window.
                Tense::Open => !action.is_partial() && *action != Action::Expired,
                // It was held before its end, and was given back now.
                Tense::Over => {
                    let since = report.paused_since.filter(|_| *action == Action::Resumed);
                    since.zip(window.end).is_some_and(|(since, end)| since < end)
                }
            };
            if is_met {
                self.met.insert(target, window);
            }
        }
        let warnings = report.details().warnings.clone();
        let reported = Reported { action: *action, is_partial, warnings };
        let key = (target.clone(), hold.start());
        // A change that was made anew is news in any case.
        let is_done = *action == Action::Paused || report.details().caught_up.is_some();
        let is_news = is_done || self.reported.get(&key) != Some(&reported);
        self.reported.insert(key, reported);
        is_news
    }

    /// The last action on each hold, and whether that left something unfinished.
    pub(super) fn actions(&self) -> impl Iterator<Item = (Action, bool)> {
        self.reported.values().map(|reported| (reported.action, reported.is_partial))
    }

    /// Whether a run that one of these missed may still be made up for.
    pub(super) fn is_to_catch_up(&self, state: &LedgerState) -> bool {
        let is_ours = |target| {
            self.plans.contains(target) || self.wanted.iter().any(|wanted| wanted.target == *target)
        };
        state.catch_ups().any(|(_, catch_up)| is_ours(&catch_up.target))
    }

    /// Whether no wanted hold is open, or to come.
    pub(super) fn is_past(&self, moment: Moment) -> bool {
        let mut holds = self.wanted.iter().flat_map(|wanted| &wanted.holds);
        holds.all(|hold| hold.is_over(moment.now))
    }

    /// Whether something that was asked of the API lately may yet show.
    pub(super) fn is_to_show(&self, state: &LedgerState, moment: Moment) -> bool {
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.open(target));
        ours.any(|open| !open.is_settled() && moment.now.since(open.request.asked) < TAKES_EFFECT)
    }

    /// Whether every wanted window was met or is over, nothing of ours is
    /// unsettled, and everything in the ledger that has an end was given back, if
    /// it is to be.
    pub(super) fn is_over(&self, state: &LedgerState, moment: Moment) -> bool {
        let all_met = self.wanted.iter().all(|wanted| {
            wanted.holds.iter().flat_map(Hold::windows).all(|window| {
                tense(window, moment) == Tense::Over || self.is_met(&wanted.target, window, state)
            })
        });
        // A plan may have ceased to have the task for whose sake it was paused.
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.open(target));
        // Also of earlier calls: the list may show no runs of what is paused.
        let is_left = self.resume && state.all_open().any(|open| open.hold.end().is_some());
        all_met && !is_left && ours.all(OpenHold::is_settled)
    }

    /// Whether a window went by, since we stay, of which nothing came: the API
    /// was away, or the ledger busy, all the time.
    pub(super) fn is_missed(&self, began: Moment, now: UtcTime) -> bool {
        let went_by = |window: &&HoldWindow| {
            tense(window, began) != Tense::Over && window.end.is_some_and(|end| end <= now)
        };
        self.wanted.iter().any(|wanted| {
            let windows = wanted.holds.iter().flat_map(Hold::windows);
            windows.filter(went_by).any(|window| !self.met.has(&wanted.target, window))
        })
    }

    /// The next start of a window, or end of a hold that is to be given back.
    /// Also of a window whose task is held already: until then somebody may give
    /// that back.
    pub(super) fn next_edge(&self, state: &LedgerState, moment: Moment) -> Option<UtcTime> {
        let windows = self.wanted.iter().flat_map(|w| &w.holds).flat_map(Hold::windows);
        let starts = windows.map(|window| window.start.saturating_sub(moment.lead));
        let ends = state.all_open().filter(|_| self.resume).filter_map(|open| open.hold.end());
        starts.chain(ends).filter(|edge| *edge > moment.now).min()
    }

    /// The first end of a window that is open now.
    pub(super) fn next_end(&self, moment: Moment) -> Option<UtcTime> {
        let windows = self.wanted.iter().flat_map(|w| &w.holds).flat_map(Hold::windows);
        let open = windows.filter(|window| tense(window, moment) == Tense::Open);
        open.filter_map(|window| window.end).min()
    }

    /// The next step, at that edge, for somebody who watches.
    pub(super) fn next_step(
        &self,
        state: &LedgerState,
        moment: Moment,
        edge: Option<UtcTime>,
    ) -> NextStep {
        let Some(at) = edge else { return NextStep::Again };
        let starts = |window: &HoldWindow| window.start.saturating_sub(moment.lead) == at;
        let wanted = self
            .wanted
            .iter()
            .filter(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(starts));
        let ends = state.all_open().filter(|open| self.resume && open.hold.end() == Some(at));
        NextStep::Edge {
            at,
            pauses: wanted.map(|wanted| wanted.target.clone()).collect(),
            resumes: ends.map(|open| open.target.clone()).collect(),
        }
    }
}

/// Whether a window is part of a hold that we have, and have seen so; one that
/// is over, if we had it before its end.
fn is_covered(state: &LedgerState, target: &Target, window: &HoldWindow) -> bool {
    let open = state.open(target).filter(|open| open.is_settled());
    open.is_some_and(|open| {
        window.end.is_none_or(|end| open.since < end) && open.hold.windows().contains(window)
    })
}

/// The place of that moment in a window, which is open from `lead` before its
/// start on.
fn tense(window: &HoldWindow, moment: Moment) -> Tense {
    window.tense(moment.now, moment.lead)
}
