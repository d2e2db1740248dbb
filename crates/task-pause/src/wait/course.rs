//! The course of a wait: which windows were met, what is due, what comes next.
//! Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{LedgerState, OpenHold};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::agenda::{self, Item, Moment, Which};
use crate::decide::LATE;
use crate::input::Wanted;
use crate::progress::Next;
use crate::report::Report;

/// What is waited for, and how far that has come.
#[derive(Debug)]
pub(super) struct Course<'a> {
    /// What the input asks for; with `--with-plans`, the plans of it as well.
    wanted: Cow<'a, [Wanted]>,
    /// The plans that were wanted for their tasks' sake, now or before.
    plans: BTreeSet<Target>,
    /// Whether holds are given back at their end.
    resume: bool,
    /// Whether a first pass went through.
    began: bool,
    met: Met,
    /// What has been told of a hold last, by its target and start.
    told: BTreeMap<(Target, UtcTime), Told>,
}

/// What was told.
#[derive(Debug, PartialEq, Eq)]
struct Told {
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

impl<'a> Course<'a> {
    pub(super) fn new(wanted: &'a [Wanted], resume: bool) -> Self {
        Self {
            wanted: Cow::Borrowed(wanted),
            plans: BTreeSet::new(),
            resume,
            began: false,
            met: Met::default(),
            told: BTreeMap::new(),
        }
    }

    /// What is wanted.
    pub(super) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// Wants this from now on: the plans of what is wanted were listed anew.
    pub(super) fn want(&mut self, wanted: Vec<Wanted>) {
        let plans = wanted.iter().map(|wanted| &wanted.target);
        let plans = plans.filter(|target| target.kind == TargetKind::Plan);
        self.plans.extend(plans.cloned());
        self.wanted = Cow::Owned(wanted);
    }

    /// Whether no pass went through yet.
    pub(super) fn is_new(&self) -> bool {
        !self.began
    }

    /// A pass went through.
    pub(super) fn begin(&mut self) {
        self.began = true;
    }

    /// What is to be done now: windows that opened, entries to be given back,
    /// and what is not settled; with `--reassert`, what is held as well. At the
    /// beginning, all that there is to tell.
    pub(super) fn due(&self, state: &LedgerState, moment: Moment) -> Vec<Item> {
        let mut items = agenda::pausing(&self.wanted, state, moment);
        if !self.is_new() {
            let is_open = |window: &&HoldWindow| tense(window, moment) == Tense::Open;
            items.retain(|item| {
                let mut open = item.hold.windows().iter().filter(is_open);
                let is_due = |window| moment.reassert || !self.is_met(&item.target, window, state);
                open.any(is_due) || state.open(&item.target).is_some_and(|open| !open.is_settled())
            });
        }
        // Of two for one target, what ends counts.
        let ending = self.giving_back(state, moment);
        let ends: BTreeSet<&Target> = ending.iter().map(|item| &item.target).collect();
        items.retain(|item| !ends.contains(&item.target));
        items.extend(ending);
        items
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

    fn giving_back(&self, state: &LedgerState, moment: Moment) -> Vec<Item> {
        if !self.resume {
            return Vec::new();
        }
        let mut items = agenda::giving_back(state, &Which::Ended, moment);
        items.retain(|item| item.due);
        if items.is_empty() {
            return items;
        }
        let mut by_target: BTreeMap<&Target, Vec<&Wanted>> = BTreeMap::new();
        for wanted in self.wanted.iter() {
            by_target.entry(&wanted.target).or_default().push(wanted);
        }
        // A task whose next window is open already is not given back in
        // between, unless that was given back before its end.
        items.retain(|item| {
            let mut wanted = by_target.get(&item.target).into_iter().flatten();
            let keeps = |window: &HoldWindow| {
                tense(window, moment) == Tense::Open
                    && state.given_up(&item.target, window).is_none()
            };
            !wanted.any(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(keeps))
        });
        items
    }

    /// Takes a report in, made at that moment. Tells whether it is news.
    pub(super) fn note(&mut self, report: &Report, is_partial: bool, moment: Moment) -> bool {
        let Report { target, hold, action, .. } = report;
        for window in hold.windows() {
            let is_met = match tense(window, moment) {
                Tense::Pending => false,
                // One that was not sent in time missed its window.
                Tense::Open => !action.is_partial() && *action != Action::Expired,
                // What was held before its end, and was given back now.
                Tense::Over => {
                    let since = report.paused_since.filter(|_| *action == Action::Resumed);
                    since.zip(window.end).is_some_and(|(since, end)| since < end)
                }
            };
            if is_met {
                self.met.insert(target, window);
            }
        }
        let warnings = report.found().warnings.clone();
        let told = Told { action: *action, is_partial, warnings };
        let key = (target.clone(), hold.start());
        // What was done anew is news in any case.
        let is_done = *action == Action::Paused || report.found().caught_up.is_some();
        let is_news = is_done || self.told.get(&key) != Some(&told);
        self.told.insert(key, told);
        is_news
    }

    /// What was told last of each hold, and whether that left something undone.
    pub(super) fn told(&self) -> impl Iterator<Item = (Action, bool)> {
        self.told.values().map(|told| (told.action, told.is_partial))
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
        holds.all(|hold| hold.tense(moment.now, moment.lead) == Tense::Over)
    }

    /// Whether something that was asked of the API lately may yet show.
    pub(super) fn is_to_show(&self, state: &LedgerState, moment: Moment) -> bool {
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.open(target));
        ours.any(|open| !open.is_settled() && moment.now.since(open.request.asked) < LATE)
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

    /// What happens at that edge, for somebody who watches.
    pub(super) fn next(&self, state: &LedgerState, moment: Moment, edge: Option<UtcTime>) -> Next {
        let Some(at) = edge else { return Next::Again };
        let starts = |window: &HoldWindow| window.start.saturating_sub(moment.lead) == at;
        let wanted = self
            .wanted
            .iter()
            .filter(|wanted| wanted.holds.iter().flat_map(Hold::windows).any(starts));
        let ends = state.all_open().filter(|open| self.resume && open.hold.end() == Some(at));
        Next::Edge {
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

/// Where a window is at that moment: from `lead` before its start on, it is
/// open.
fn tense(window: &HoldWindow, moment: Moment) -> Tense {
    window.tense(moment.now, moment.lead)
}
