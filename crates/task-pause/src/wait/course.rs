//! The course of a wait: which holds were met, what is due, what comes next.
//! Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{Open, Phase, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::agenda::{self, Item, Moment, Which};
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
    met: Met,
    /// What has been told of a target last, for which hold, and whether that
    /// left something undone.
    told: BTreeMap<Target, (Action, UtcTime, bool)>,
}

/// Which holds were met.
#[derive(Debug, Default)]
struct Met(BTreeMap<Target, Vec<(UtcTime, Option<UtcTime>)>>);

impl Met {
    fn insert(&mut self, target: &Target, hold: &Hold) {
        self.0.entry(target.clone()).or_default().push((hold.start(), hold.end()));
    }

    /// Whether the hold began in one that was met, as its part or alone.
    fn has(&self, target: &Target, hold: &Hold) -> bool {
        let start = hold.start();
        let met = self.0.get(target).into_iter().flatten();
        met.into_iter().any(|(from, to)| *from <= start && to.is_none_or(|to| start < to))
    }
}

impl<'a> Course<'a> {
    pub(super) fn new(wanted: &'a [Wanted], resume: bool) -> Self {
        Self {
            wanted: Cow::Borrowed(wanted),
            plans: BTreeSet::new(),
            resume,
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

    /// Whether nothing was done yet.
    pub(super) fn is_new(&self) -> bool {
        self.told.is_empty()
    }

    /// What is to be done now: holds that opened, entries to be given back,
    /// and what is not settled. At the beginning, all that there is to tell.
    pub(super) fn due(&self, state: &State, moment: Moment) -> Vec<Item> {
        let mut items = agenda::pausing(&self.wanted, state, moment);
        if !self.is_new() {
            let is_open = |item: &Item| item.hold.tense(moment.now, moment.lead) == Tense::Open;
            let is_unmet = |item: &Item| is_open(item) && !self.met.has(&item.target, &item.hold);
            items.retain(|item| {
                is_unmet(item) || state.open(&item.target).is_some_and(is_unsettled)
            });
        }
        // Of two for one target, what ends counts.
        let ending = self.giving_back(state, moment);
        items.retain(|item| !ending.iter().any(|other| other.target == item.target));
        items.extend(ending);
        items
    }

    fn giving_back(&self, state: &State, moment: Moment) -> Vec<Item> {
        if !self.resume {
            return Vec::new();
        }
        let mut items = agenda::giving_back(state, &Which::Ended, moment);
        items.retain(|item| item.due);
        // A task whose next hold is open already is not given back in between.
        let is_open = |hold: &Hold| hold.tense(moment.now, moment.lead) == Tense::Open;
        items.retain(|item| {
            let mut wanted = self.wanted.iter().filter(|wanted| wanted.target == item.target);
            !wanted.any(|wanted| wanted.holds.iter().any(is_open))
        });
        items
    }

    /// Takes a report in, made at that moment. Tells whether it is news.
    pub(super) fn note(&mut self, report: &Report, is_partial: bool, moment: Moment) -> bool {
        let is_open = report.hold.tense(moment.now, moment.lead) == Tense::Open;
        if is_open && !report.action.is_partial() {
            self.met.insert(&report.target, &report.hold);
        }
        let news = (report.action, report.hold.start(), is_partial);
        // What was started for it afterwards is news in any case.
        self.told.insert(report.target.clone(), news) != Some(news)
            || report.found().caught_up.is_some()
    }

    /// Whether what was told last of anything left something undone.
    pub(super) fn is_partial(&self) -> bool {
        self.told.values().any(|(_, _, partial)| *partial)
    }

    /// Whether no wanted hold is open, or to come.
    pub(super) fn is_past(&self, moment: Moment) -> bool {
        let mut holds = self.wanted.iter().flat_map(|wanted| &wanted.holds);
        holds.all(|hold| hold.tense(moment.now, moment.lead) == Tense::Over)
    }

    /// Whether every wanted hold was met or is over, nothing of ours is
    /// unsettled, and everything with an end was given back, if it is to be.
    pub(super) fn is_over(&self, state: &State, moment: Moment) -> bool {
        let holds_met = self.wanted.iter().all(|wanted| {
            wanted.holds.iter().all(|hold| match hold.tense(moment.now, moment.lead) {
                Tense::Over => true,
                Tense::Pending => false,
                Tense::Open => self.met.has(&wanted.target, hold),
            })
        });
        // A plan may have ceased to have the task for whose sake it was paused.
        let wanted = self.wanted.iter().map(|wanted| &wanted.target);
        let mut ours = wanted.chain(&self.plans).filter_map(|target| state.open(target));
        let is_left = |open: &Open| self.resume && open.hold.end().is_some();
        holds_met && !ours.any(|open| is_unsettled(open) || is_left(open))
    }

    /// Whether a hold went by, since we stay, of which nothing came: the API
    /// was away, or the ledger busy, all the time.
    pub(super) fn is_missed(&self, began: Moment, now: UtcTime) -> bool {
        let went_by = |hold: &&Hold| {
            hold.tense(began.now, began.lead) != Tense::Over
                && hold.tense(now, began.lead) == Tense::Over
        };
        self.wanted.iter().any(|wanted| {
            let mut went_by = wanted.holds.iter().filter(went_by);
            went_by.any(|hold| !self.met.has(&wanted.target, hold))
        })
    }

    /// The next start of a hold, or end of one that is to be given back.
    pub(super) fn next_edge(&self, state: &State, moment: Moment) -> Option<UtcTime> {
        let wanted = self.wanted.iter().flat_map(|wanted| &wanted.holds);
        let starts = wanted.map(|hold| hold.start().saturating_sub(moment.lead));
        let ends = state.all_open().filter(|_| self.resume).filter_map(|open| open.hold.end());
        starts.chain(ends).filter(|edge| *edge > moment.now).min()
    }

    /// What happens at that edge, for somebody who watches.
    pub(super) fn next(&self, state: &State, moment: Moment, edge: Option<UtcTime>) -> Next {
        let Some(at) = edge else { return Next::Again };
        let starts = |hold: &Hold| hold.start().saturating_sub(moment.lead) == at;
        let wanted = self.wanted.iter().filter(|wanted| wanted.holds.iter().any(starts));
        let ends = state.all_open().filter(|open| self.resume && open.hold.end() == Some(at));
        Next::Edge {
            at,
            pauses: wanted.map(|wanted| wanted.target.clone()).collect(),
            resumes: ends.map(|open| open.target.clone()).collect(),
        }
    }
}

fn is_unsettled(open: &Open) -> bool {
    open.phase != Phase::Held
}
