//! Applies change sets in batches.
//!
//! All looks of a batch run at once, then its intents are put on disk with one
//! sync, then its changes are sent. When all batches are through, the changes are
//! read back, and each is settled in the ledger as its outcome comes in. The
//! order of work is: candidates that were looked at before (ahead of an edge, or by a
//! list), all others, held ones that are only looked at, and those whose look was
//! postponed. Reports keep the order of the candidates; only the last group comes last.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use maintenance_core::change::{Permit, Target};
use maintenance_core::client::ClientError;
use maintenance_core::ledger::{Intent, Ledger, LedgerState};
use maintenance_core::time::UtcTime;

use super::context::{BATCH, Context};
use super::known_looks::KnownLooks;
use super::outage::Answers;
use super::sending::Sending;
use super::{early_looks, intents, look};
use crate::decide::change_set::{BatchTimes, ChangeSet, Looked, Unproven, needs_look_at, propose};
use crate::decide::task_limit::TaskLimit;
use crate::talend::{NearRuns, PauseLists, Talend};
use crate::timing::LOOK_TIMEOUT;
use crate::types::{Candidate, Policy, Report, more_severe_error};

/// The candidates of one pass, with its limit and its near runs.
pub(crate) struct PassWork<'w, 'm> {
    pub(crate) candidates: Vec<Candidate>,
    /// When the candidates were collected, UTC. A hold that opens later is left to
    /// the next pass.
    pub(crate) collected: UtcTime,
    pub(crate) limit: Option<&'w mut TaskLimit>,
    pub(crate) near_runs: &'w mut NearRuns<'m>,
    /// The looks that were made before. Their candidates come first.
    pub(crate) known: KnownLooks,
    pub(crate) lists: &'w mut PauseLists,
}

/// The outcome of applying. The reports are true even if it was cut short.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) reports: Vec<Report>,
    pub(crate) cut_short: Option<anyhow::Error>,
    looks: Answers,
    changes: Answers,
}

impl Applied {
    fn cut_short_by(&mut self, error: Option<anyhow::Error>) {
        self.cut_short = more_severe_error(self.cut_short.take(), error);
    }

    /// This outcome, and then that of the later part of the pass.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.reports.extend(later.reports);
        self.cut_short_by(later.cut_short);
        self.looks.add(later.looks);
        self.changes.add(later.changes);
        self
    }

    /// The outcome of the whole pass: it was cut short, too, if no look or no change was
    /// answered. Of a part that may be a single task, that says nothing about the API.
    pub(crate) fn whole(mut self) -> Self {
        for answers in [std::mem::take(&mut self.changes), std::mem::take(&mut self.looks)] {
            self.cut_short_by(answers.none().map(Into::into));
        }
        self
    }

    /// Whether the API answered any look.
    pub(crate) fn is_answered(&self) -> bool {
        self.looks.is_any
    }
}

/// Decides on the candidates of a pass, or of a part of it, batch by batch, and makes the
/// changes. [`Applied::whole`] gives the outcome of the whole pass.
pub(crate) async fn apply<T: Talend>(
    context: &Context<'_, T>,
    ledger: &mut Ledger,
    mut work: PassWork<'_, '_>,
) -> Applied {
    let mut candidates = std::mem::take(&mut work.candidates);
    // The reports keep this order, also where some are decided on first.
    let places = candidates.iter().enumerate();
    let places: HashMap<Target, usize> =
        places.map(|(place, candidate)| (candidate.target.clone(), place)).collect();
    let applied = Applied::default();
    let mut batches = Batches { context, work, applied, unproven: Vec::new() };
    let is_held = |one: &mut Candidate| is_only_looked_at(one, ledger.state(), context.policy);
    let held: Vec<Candidate> = candidates.extract_if(.., is_held).collect();
    let mut postponed = batches.process_all(ledger, candidates).await;
    // No change waits for a look that none needs.
    postponed.extend(batches.process_all(ledger, held).await);
    // Read back the sent changes first: proof of ownership gets weaker with time, and
    // the repeated looks may be slow.
    let mut sending = Sending::new(context);
    // A few at a time, so that no look is old when its change is sent.
    for batch in postponed.chunks(context.concurrency.first()) {
        // After the deadline, the next pass looks at these candidates.
        if batches.are_over() || sending.is_halted() || context.deadline.is_past() {
            break;
        }
        batches.process_batch(ledger, batch, &mut sending, None).await;
    }
    let slow: HashSet<Target> = postponed.into_iter().map(|one| one.target).collect();
    batches.read_back(ledger, sending).await;
    batches.decide_unproven_again(ledger).await;
    let order = |report: &Report| (slow.contains(&report.target), places.get(&report.target));
    batches.applied.reports.sort_by_key(order);
    batches.applied
}

/// Whether a task or plan is held, and looked at only to see that it still is.
fn is_only_looked_at(candidate: &Candidate, state: &LedgerState, policy: Policy) -> bool {
    let active = state.active(&candidate.target).filter(|active| active.is_settled());
    let is_same = active.is_some_and(|active| active.hold.touches(&candidate.hold));
    is_same && !candidate.is_to_give_back() && !policy.reassert
}

/// The batches of one pass, as far as they have come.
struct Batches<'a, 'w, 'm, T> {
    context: &'a Context<'a, T>,
    work: PassWork<'w, 'm>,
    applied: Applied,
    /// Where nothing proved whose pause a look showed.
    unproven: Vec<Unproven>,
}

impl<T: Talend> Batches<'_, '_, '_, T> {
    /// Whether no further batch is started.
    fn are_over(&self) -> bool {
        self.context.stop.is_asked() || self.applied.cut_short.is_some()
    }

    /// Looks at candidates, sends their changes and reads them back. Returns the
    /// candidates whose look took too long.
    async fn process_all(
        &mut self,
        ledger: &mut Ledger,
        mut candidates: Vec<Candidate>,
    ) -> Vec<Candidate> {
        let mut sending = Sending::new(self.context);
        self.process_known(ledger, &mut candidates, &mut sending).await;
        let mut is_to_list = true;
        while is_to_list {
            Box::pin(self.look_by_lists(ledger.state(), &candidates)).await;
            // While thousands of changes wait for the allowance, the looks at the last of
            // them grow old.
            is_to_list = self.process_known(ledger, &mut candidates, &mut sending).await;
        }
        let mut postponed = Vec::new();
        for batch in candidates.chunks(BATCH) {
            if self.are_over() || sending.is_halted() {
                break;
            }
            postponed
                .extend(self.process_batch(ledger, batch, &mut sending, Some(LOOK_TIMEOUT)).await);
        }
        // The candidates are no longer needed: the reports hold their results.
        drop(candidates);
        self.read_back(ledger, sending).await;
        postponed
    }

    /// Looks at one batch, decides on it and sends its changes. Returns the candidates
    /// whose look took longer than `timeout`.
    async fn process_batch(
        &mut self,
        ledger: &mut Ledger,
        batch: &[Candidate],
        sending: &mut Sending<'_, T>,
        timeout: Option<Duration>,
    ) -> Vec<Candidate> {
        let began = self.context.now();
        let looks = look::look(self.context, ledger.state(), batch, began, timeout).await;
        self.applied.looks.add(looks.answers);
        if self.context.stop.is_asked() {
            return Vec::new();
        }
        let mut looked = Vec::with_capacity(batch.len());
        let mut postponed = Vec::new();
        for (candidate, look) in batch.iter().zip(looks.looked) {
            match look {
                Some(look) => looked.push((candidate, look)),
                None => postponed.push(candidate.clone()),
            }
        }
        self.change(ledger, LookedBatch { began, looked, outage: looks.outage }, sending).await;
        postponed
    }

    /// Looks and decides again where nothing proved whose pause it is, if what came later
    /// in this pass shows more about the tenant.
    async fn decide_unproven_again(&mut self, ledger: &mut Ledger) {
        let unproven = std::mem::take(&mut self.unproven).into_iter();
        let again: Vec<Candidate> =
            unproven.flat_map(|unproven| unproven.if_more_is_known(ledger.state())).collect();
        for batch in again.chunks(BATCH) {
            if self.are_over() || self.context.deadline.is_past() {
                break;
            }
            let targets: HashSet<&Target> = batch.iter().map(|one| &one.target).collect();
            let is_again = |report: &mut Report| targets.contains(&report.target);
            let before: Vec<Report> = self.applied.reports.extract_if(.., is_again).collect();
            let others = self.applied.reports.len();
            let mut sending = Sending::new(self.context);
            // Where the look takes too long, the report that there is stands.
            self.process_batch(ledger, batch, &mut sending, Some(LOOK_TIMEOUT)).await;
            self.read_back(ledger, sending).await;
            let reports = self.applied.reports.iter().skip(others);
            let decided: HashSet<Target> = reports.map(|report| report.target.clone()).collect();
            let is_left = |report: &Report| !decided.contains(&report.target);
            self.applied.reports.extend(before.into_iter().filter(is_left));
        }
    }

    /// Looks at the candidates of a pass by lists, where that saves requests.
    async fn look_by_lists(&mut self, state: &LedgerState, candidates: &[Candidate]) {
        let context = self.context;
        let now = context.now();
        // What is to be given back is looked at just before.
        let is_to_look_at = |candidate: &&Candidate| {
            !candidate.is_to_give_back() && needs_look_at(candidate, state, now, context.policy)
        };
        let targets = candidates.iter().filter(is_to_look_at);
        let targets: Vec<Target> = targets.map(|candidate| candidate.target.clone()).collect();
        let PassWork { lists, known, .. } = &mut self.work;
        self.applied.looks.is_any |=
            early_looks::look_by_lists(context, &targets, lists, known, None).await;
    }

    /// Decides on the candidates that were looked at before, and sends their changes.
    /// Leaves those that must be looked at. Returns whether a look was too old for some.
    async fn process_known(
        &mut self,
        ledger: &mut Ledger,
        candidates: &mut Vec<Candidate>,
        sending: &mut Sending<'_, T>,
    ) -> bool {
        let is_known = |candidate: &mut Candidate| self.work.known.has(&candidate.target);
        let known: Vec<Candidate> = candidates.extract_if(.., is_known).collect();
        let policy = self.context.policy;
        let mut unknown = Vec::new();
        let mut is_any_old = false;
        for batch in known.chunks(BATCH) {
            if self.are_over() || sending.is_halted() {
                break;
            }
            let began = self.context.now();
            let mut looked = Vec::with_capacity(batch.len());
            for candidate in batch {
                is_any_old |= self.work.known.is_old(&candidate.target, began);
                match self.work.known.take(candidate, ledger.state(), began, policy) {
                    Some(look) => looked.push((candidate, look)),
                    None => unknown.push(candidate.clone()),
                }
            }
            self.change(ledger, LookedBatch { began, looked, outage: None }, sending).await;
        }
        candidates.splice(..0, unknown);
        is_any_old
    }

    /// Decides on a batch that was looked at, puts its intents on disk and sends its
    /// changes.
    async fn change(
        &mut self,
        ledger: &mut Ledger,
        batch: LookedBatch<'_>,
        sending: &mut Sending<'_, T>,
    ) {
        let LookedBatch { began, looked, outage } = batch;
        let times =
            BatchTimes { collected: self.work.collected, began, looked: self.context.now() };
        let limit = self.work.limit.as_deref_mut();
        let policy = self.context.policy;
        let change_set = propose(looked.into_iter(), ledger.state(), times, policy, limit);
        self.unproven.extend(change_set.unproven());
        match self.write_intents(ledger, &change_set, outage).await {
            Ok(permits) => {
                self.context.wait_for_edge().await;
                sending.send(ledger, permits, &mut self.applied.reports).await;
            }
            Err(error) => self.applied.cut_short_by(Some(error)),
        }
    }

    /// Records the findings of a change set, and puts its intents on disk. Returns the permit
    /// of each change, with the place of its report in the pass.
    async fn write_intents(
        &mut self,
        ledger: &mut Ledger,
        change_set: &ChangeSet<'_>,
        outage: Option<ClientError>,
    ) -> anyhow::Result<Vec<(usize, Permit)>> {
        let Context { api, policy, reason, catch_up, .. } = *self.context;
        // An intent ahead of an edge counts from the edge on: nothing is sent before.
        let now = self.context.now();
        let (reports, intents) =
            intents::reports_and_intents(change_set, ledger.state(), reason, catch_up);
        let first = self.applied.reports.len();
        self.applied.reports.extend(reports);
        let reports = &mut self.applied.reports;
        let recorded = intents::record(ledger, change_set, policy.reassert, now);
        if let Some(error) = outage {
            // Without looks there is nothing to send.
            return Err(recorded.map_or_else(Into::into, |()| error.into()));
        }
        if !policy.lead.is_zero() {
            // Ahead of a hold, no run of the input shows it, and the runs of a paused task may
            // not be listed. Else they are asked for after the changes.
            let targets = intents.iter().map(|(place, _)| &reports[first + *place].target);
            self.work.near_runs.ask(api, targets, now).await;
        }
        let (places, intents): (Vec<usize>, Vec<Intent>) = intents.into_iter().unzip();
        let places = places.into_iter().map(|place| first + place);
        match recorded.and_then(|()| ledger.intend(intents, now)) {
            Ok(permits) => Ok(places.zip(permits).collect()),
            Err(error) => {
                // These changes were not sent, so there is nothing to report.
                places.rev().for_each(|place| drop(reports.remove(place)));
                Err(error.into())
            }
        }
    }

    /// Reads back the changes that were sent, and puts all outcomes on disk.
    async fn read_back(&mut self, ledger: &mut Ledger, sending: Sending<'_, T>) {
        let lists = &mut *self.work.lists;
        let (answers, halted) = sending.read_back(ledger, lists, &mut self.applied.reports).await;
        self.applied.changes.add(answers);
        self.applied.cut_short_by(halted);
    }
}

/// A batch that was looked at.
struct LookedBatch<'b> {
    /// When it began, UTC.
    began: UtcTime,
    looked: Vec<(&'b Candidate, Looked)>,
    /// The error of an API that is unavailable.
    outage: Option<ClientError>,
}
