//! A `wait` call: its loop of passes and sleeps.
//!
//! The wall clock is read at least every [`MAX_SLEEP`], so that a suspended machine or
//! a changed clock does no harm. The ledger is locked only during a pass, so that
//! another call can end a hold early. A failed change is retried until its window is
//! over. A request that only reads is cut off at the next edge.
//!
//! The sleep after a pass ends at the next edge, or earlier:
//!
//! | after the pass | sleep at most |
//! |---|---|
//! | it failed, or a recent change may still take effect | 1 s, doubled up to [`MAX_RETRY_DELAY`] |
//! | a part of it failed, or plans are unknown | 1 s, doubled up to [`MAX_SLEEP`] |
//! | else | [`MAX_SLEEP`] |
//!
//! Ahead of an edge at which windows open, their plans, looks and near runs are asked for
//! (`look_ahead.rs`). The pass for that edge then begins [`MAX_EARLY_PASS`] before it, with the
//! intents, and sends nothing before it.
//!
//! The time that the pass took is part of the sleep. An edge that passed during the pass
//! ends the sleep at once.

use std::time::Duration;

use maintenance_core::cli::Refusal;
use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerState};
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::draining::Draining;
use super::look_ahead::EdgeLooks;
use super::next_pass::NextPass;
use super::retries::Retries;
use super::schedule::WaitSchedule;
use crate::apply::Context;
use crate::apply::limit_check::MaxTasks;
use crate::deadline::Deadline;
use crate::decide::clock_check;
use crate::decide::task_limit::{CountAhead, TaskLimit};
use crate::gather::{CallInputs, list_plans};
use crate::jobs::ending::{self, Unfinished};
use crate::jobs::pass::{PassInput, PassLimit, run_pass};
use crate::jobs::{clock_trust, open_ledger};
use crate::output::Receipts;
use crate::session::Session;
use crate::timing::{MAX_EARLY_PASS, MAX_LOOK_AHEAD, MAX_RETRY_DELAY, MAX_SLEEP};
use crate::types::{Action, FollowUp, LedgerAt, Moment, PassOutcome, Plans, Policy, Report};

/// The state of a `wait` call between two passes.
pub(super) struct Waiting<'a> {
    session: &'a Session<'a>,
    call: &'a CallInputs,
    receipts: &'a mut Receipts,
    pub(super) schedule: WaitSchedule<'a>,
    /// With `--with-plans`: the plans, as they were last listed.
    pub(super) plans: Plans,
    /// With `--max-tasks`: the limit, after the count.
    limit: Option<TaskLimit>,
    retries: Retries,
    backoff: Backoff,
    /// The work ahead of the next edges.
    ahead: EdgeLooks<'a>,
    draining: Draining,
    /// Whether every start so far for a missed run worked.
    is_caught_up: bool,
    /// The outcome of the last pass.
    last: LastPass,
    /// The pass of another call that takes over what is left.
    pub(super) next_pass: Option<NextPass>,
    /// ID of the ledger, after it was opened.
    pub(super) ledger: String,
    /// Whether a warning said that the clock is behind the ledger.
    has_warned_of_clock: bool,
}

/// The outcome of the last pass.
#[derive(Default)]
struct LastPass {
    /// Whether a part was left to the next pass.
    is_left: bool,
    /// Whether a change failed that may work soon.
    has_failed: bool,
    /// Whether plans joined that were unknown to it.
    has_joined: bool,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        call: &'a CallInputs,
        receipts: &'a mut Receipts,
        schedule: WaitSchedule<'a>,
    ) -> Self {
        Self {
            session,
            call,
            receipts,
            schedule,
            plans: Plans::default(),
            limit: None,
            retries: Retries::default(),
            backoff: Backoff::default(),
            ahead: EdgeLooks::default(),
            draining: Draining::default(),
            is_caught_up: true,
            last: LastPass::default(),
            next_pass: None,
            ledger: String::new(),
            has_warned_of_clock: false,
        }
    }

    /// Adds what was left undone since `began`, with a receipt for each hold that was not
    /// paused in time, if no other receipt says so.
    pub(super) fn add_unfinished(&mut self, began: Moment, unfinished: &mut Unfinished) {
        let now = clock::now();
        let missed = self.schedule.missed_holds(began, now);
        for report in &missed {
            if self.schedule.record(report, false, Moment { now, ..began }) {
                self.receipts.report(report, now);
            }
        }
        ending::warn_of_late_pauses(self.session, &missed);
        for (action, is_partial) in self.schedule.actions() {
            unfinished.add_action(action, is_partial);
        }
        let is_missed = self.schedule.is_missed(began, now);
        unfinished.add_if(is_missed, "a window went by in which not everything was paused");
        unfinished.add_if(!self.draining.is_done(), ending::NOT_DRAINED);
        unfinished.add_if(!self.is_caught_up, ending::NOT_CAUGHT_UP);
        unfinished.add_if(!self.plans.are_known(), ending::NO_PLANS);
    }

    /// Makes a pass whenever there are candidates, until all is over or a signal comes.
    pub(super) async fn until_over(&mut self) -> anyhow::Result<()> {
        let Session { settings, stop, .. } = self.session;
        let mut edge: Option<UtcTime> = None;
        let mut has_reported_endless = false;
        while !stop.is_asked() {
            let began = Instant::now();
            let state = self.read_ledger()?;
            let looked = self.moment_of_pass(&state);
            if edge.is_some_and(|edge| edge <= looked.now) {
                // At a new window, retry soon again.
                self.backoff.reset();
            }
            let must_retry = self.pass_if_due(&state, looked).await?;
            if stop.is_asked() {
                break;
            }
            if std::mem::take(&mut self.last.has_joined) {
                continue;
            }
            let moment = settings.moment(clock::now());
            let state = self.read_ledger()?;
            if !must_retry && self.is_done(&state, looked, moment) {
                break;
            }
            if !std::mem::replace(&mut has_reported_endless, true) {
                self.report_endless(&state);
            }
            let longest = self.longest_sleep(&state, moment, must_retry);
            let longest = longest.saturating_sub(began.elapsed());
            edge = self.schedule.next_edge(&state, looked);
            let rest = Deadline::after(longest).earlier(self.next_pass_begins());
            let until = rest.earlier(Deadline::before_edge(edge, moment.now));
            Box::pin(self.look_ahead(&state, until)).await?;
            self.drain_and_sleep(&state, edge, rest, must_retry).await;
        }
        let (state, until) = (self.read_ledger()?, self.next_pass_begins());
        Box::pin(self.draining.go_on(self.session, &state, until)).await;
        Ok(())
    }

    /// Whether nothing is left to do after a pass made for `looked`: all is over, or the
    /// next pass takes over what is left.
    fn is_done(&self, state: &LedgerState, looked: Moment, moment: Moment) -> bool {
        let catches_up = self.last.is_left && self.schedule.is_to_catch_up(state);
        let is_left = catches_up || self.expects_plans(moment);
        let is_over = !is_left && self.schedule.is_over(state, moment);
        is_over || self.is_left_to_next_pass(state, looked)
    }

    /// Whether plans are unknown that may be known before the last window is over.
    fn expects_plans(&self, moment: Moment) -> bool {
        self.plans.may_be_known_later() && !self.schedule.is_past(moment)
    }

    /// The longest sleep after a pass, by the table above.
    fn longest_sleep(&mut self, state: &LedgerState, moment: Moment, must_retry: bool) -> Duration {
        if must_retry || self.schedule.is_to_show(state, moment) {
            self.backoff.next(MAX_RETRY_DELAY)
        } else if self.last.has_failed || self.expects_plans(moment) {
            self.backoff.next(MAX_SLEEP)
        } else {
            self.backoff.reset();
            MAX_SLEEP
        }
    }

    /// Goes on with the drain, then sleeps, both until the rest is over or the pass for the
    /// edge begins: early, if tasks were looked at for it.
    async fn drain_and_sleep(
        &mut self,
        state: &LedgerState,
        edge: Option<UtcTime>,
        rest: Deadline,
        must_retry: bool,
    ) {
        let Session { settings, stop, display, .. } = self.session;
        let moment = settings.moment(clock::now());
        let has_looked = edge.is_some_and(|edge| self.ahead.has_looked(edge));
        let wake = if has_looked {
            Deadline::before_edge(edge, moment.now)
        } else {
            Deadline::at_time(edge, moment.now)
        };
        Box::pin(self.draining.go_on(self.session, state, rest.earlier(wake))).await;
        let next = self.schedule.next_step(state, moment, edge.filter(|_| !must_retry));
        let sleeping = stop.sleep(rest.earlier(wake).left(MAX_SLEEP));
        display.during(sleeping, |zone, _| next.text(zone, clock::now())).await;
    }

    /// At the beginning of the call: warns of holds that it will not give back.
    fn report_endless(&self, state: &LedgerState) {
        let count = self.schedule.endless(state);
        if count > 0 {
            self.session.messages.warn(&ending::endless(count));
        }
    }

    /// When the next pass takes over; never for `wait`.
    fn next_pass_begins(&self) -> Deadline {
        self.next_pass.map_or(Deadline::NEVER, |next| next.begins)
    }

    /// Whether the next pass takes over what is left: nothing opens before it, or it
    /// begins now.
    fn is_left_to_next_pass(&self, state: &LedgerState, moment: Moment) -> bool {
        self.next_pass.is_some_and(|next| {
            let opens = next.is_after(self.schedule.next_edge(state, moment));
            next.begins.is_past() || !(opens || self.last.has_failed)
        })
    }

    /// Makes a pass if there are candidates. Returns whether it failed with an error that
    /// a retry may avoid.
    async fn pass_if_due(&mut self, state: &LedgerState, moment: Moment) -> anyhow::Result<bool> {
        let Session { stop, messages, .. } = self.session;
        self.last.has_failed = false;
        let now = self.session.settings.moment(clock::now());
        self.schedule.record_held_windows(state, now);
        let candidates = self.schedule.candidates(state, moment);
        let is_due = self.schedule.is_new || !candidates.is_empty() || self.last.is_left;
        if !is_due {
            self.retries.succeed();
        }
        // Unlisted plans may have to be paused.
        if !is_due && !self.plans.may_be_known_later() {
            return Ok(false);
        }
        match Box::pin(self.pass(moment)).await {
            Ok(()) => {
                self.retries.succeed();
                Ok(false)
            }
            Err(error) if stop.is_asked() => {
                messages.warn(&format!("{error:#}"));
                Ok(false)
            }
            Err(error) if !self.next_pass_begins().is_past() && self.retries.may_pass(&error) => {
                messages.warn(&format!("{error:#}: trying again"));
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// The moment of the next pass: the present, or an edge that is near and that tasks
    /// were looked at for.
    fn moment_of_pass(&self, state: &LedgerState) -> Moment {
        let moment = self.session.settings.moment(clock::now());
        let starts = self.schedule.starts_ahead(state, moment, MAX_EARLY_PASS);
        let Some(now) = starts.first().copied() else { return moment };
        let at_edge = Moment { now, ..moment };
        let are_plans_listed =
            !self.session.settings.pausing.with_plans || self.ahead.has_plans(now);
        let is_ready = !self.schedule.is_new
            && are_plans_listed
            && self.ahead.helps(&self.schedule.candidates(state, at_edge));
        if is_ready { at_edge } else { moment }
    }

    /// Asks for all that can be known before the windows that open soon, until the
    /// deadline.
    async fn look_ahead(&mut self, state: &LedgerState, deadline: Deadline) -> anyhow::Result<()> {
        let moment = self.session.settings.moment(clock::now());
        self.ahead.forget(moment.now);
        if self.schedule.is_new {
            return Ok(());
        }
        for edge in self.schedule.starts_ahead(state, moment, MAX_LOOK_AHEAD) {
            let at_edge = Moment { now: edge, ..moment };
            let needs_plans = self.session.settings.pausing.with_plans
                && self.ahead.needs_plans(edge, moment.now);
            // A list that is cut off is worth nothing.
            if needs_plans && !deadline.is_within(MAX_EARLY_PASS) {
                self.list_plans(at_edge, deadline).await?;
                if !self.plans.may_be_known_later() {
                    self.ahead.record_plans(edge);
                }
            }
            let candidates = self.schedule.candidates(state, at_edge);
            self.ahead.look(self.session, state, candidates, edge, deadline).await;
        }
        Ok(())
    }

    /// Makes one pass, and writes the new receipts.
    async fn pass(&mut self, looked: Moment) -> anyhow::Result<()> {
        let Session { settings, messages, .. } = self.session;
        // Ahead of an edge, the plans were listed with the looks.
        if settings.pausing.with_plans && looked.now <= clock::now() {
            self.list_plans(looked, Deadline::NEVER).await?;
        }
        let mut ledger = open_ledger::open(self.session).await?;
        self.check_ledger(ledger.state())?;
        ledger.state().id().clone_into(&mut self.ledger);
        clock_trust::accept(self.session, &mut ledger)?;
        let moment = settings.moment(clock::now().max(looked.now));
        let mut candidates = self.schedule.candidates(ledger.state(), moment);
        let mut withheld = Vec::new();
        let problem = clock_trust::problem(self.session, ledger.state());
        if problem.is_some() {
            (candidates, withheld) = clock_check::withhold(candidates, ledger.state());
        }
        let is_reported = std::mem::replace(&mut self.has_warned_of_clock, problem.is_some());
        if let Some(problem) = problem.filter(|_| !is_reported) {
            messages.warn(&problem);
        }
        self.count_ahead(ledger.state(), moment).await?;
        let helps = self.ahead.helps(&candidates);
        let ahead = helps.then(|| self.ahead.take(self.session, &candidates, moment.now));
        let (schedule, looked_ahead_to) = (&self.schedule, self.ahead.edges());
        let next_due = |state: &LedgerState| {
            // An edge that passed meanwhile is a deadline in the past.
            let edge = schedule.next_edge(state, moment);
            let is_early = edge.is_some_and(|edge| looked_ahead_to.contains(&edge));
            let early = if is_early { MAX_EARLY_PASS } else { Duration::ZERO };
            Deadline::at_time(edge.map(|edge| edge.saturating_sub(early)), clock::now())
        };
        let input = PassInput {
            candidates,
            withheld,
            moment,
            plans: std::mem::take(&mut self.plans),
            limit: self.limit.as_mut().map_or(PassLimit::None, PassLimit::Counted),
            next_due: &next_due,
            lists: &mut self.ahead.lists,
            ahead,
            tries_again: true,
            gives_back_until: None,
        };
        let began = Instant::now();
        let outcome = run_pass(self.session, self.call, ledger, input).await?;
        self.session.display.clear();
        self.record_outcome(outcome, moment, began)
    }

    /// With `--max-tasks`, before the first pass: counts the most holds that the call
    /// ever has at once. A call that is refused has nothing to give back yet.
    pub(super) async fn count_ahead(
        &mut self,
        state: &LedgerState,
        moment: Moment,
    ) -> anyhow::Result<()> {
        let settings = self.session.settings;
        let Some(limit) = settings.pausing.max_tasks.filter(|_| self.limit.is_none()) else {
            return Ok(());
        };
        let max = MaxTasks { limit, ledger: self.session.ledger };
        let context = Context::new(self.session, Deadline::NEVER);
        let gives_back = settings.job.gives_back();
        let ahead = CountAhead { now: moment.now, lead: settings.pausing.lead, gives_back };
        self.limit =
            Some(max.count_whole_wait(&context, state, self.schedule.wanted(), ahead).await?);
        Ok(())
    }

    /// Records the outcome of the pass that began then, and writes the new receipts.
    fn record_outcome(
        &mut self,
        outcome: PassOutcome,
        moment: Moment,
        began: Instant,
    ) -> anyhow::Result<()> {
        let Session { settings, messages, .. } = self.session;
        let PassOutcome { reports, cut_short, follow_up, drained, plans, state, .. } = outcome;
        self.retries.is_answered |= outcome.is_answered;
        self.last.has_failed = reports.iter().any(Report::may_work_soon);
        let now = clock::now();
        // A change that failed in an outage is retried. Its receipt follows then.
        let may_pass = cut_short.as_ref().is_some_and(|error| self.retries.may_pass(error));
        let mut news = Vec::new();
        for report in &reports {
            if may_pass && report.action == Action::Failed {
                continue;
            }
            if self.schedule.record(report, report.is_partial(settings.change.no_verify), moment) {
                self.receipts.report(report, now);
                news.push(report);
            }
        }
        if !settings.job.is_sync() {
            ending::warn_of_given_back(self.session, news);
        }
        self.receipts.write_journal(messages);
        if let Some(state) = state {
            // A newly paused task may have plans that were not listed before.
            self.plans = plans;
            let known = self.schedule.wanted().len();
            self.want_with_plans(&state, moment);
            self.last.has_joined |= self.schedule.wanted().len() > known;
        }
        let FollowUp { is_whole, is_left } = follow_up?;
        if !drained? {
            self.draining.add(reports, began);
        }
        self.is_caught_up &= is_whole;
        self.last.is_left = is_left;
        cut_short.map_or(Ok(()), Err)?;
        self.schedule.is_new = false;
        Ok(())
    }

    /// Lists the plans of the candidates, without a lock of the ledger, at most until a
    /// deadline. Skips the list if it failed recently.
    async fn list_plans(&mut self, moment: Moment, until: Deadline) -> anyhow::Result<()> {
        let settings = self.session.settings;
        let end = self.schedule.next_end(moment);
        if self.retries.have_plans_failed_lately(end, moment.now) {
            return Ok(());
        }
        let state = Ledger::read(self.session.ledger)?;
        let candidates = self.schedule.candidates(&state, moment);
        let next_edge = Deadline::at_time(self.schedule.next_edge(&state, moment), clock::now());
        // The list must not take up a short window.
        let deadline = until.earlier(next_edge).earlier(Deadline::of_request(end, moment.now));
        // The count at the start needs the plans of all tasks.
        let counts = self.limit.is_none() && settings.pausing.max_tasks.is_some();
        let lead = if counts { Duration::MAX } else { settings.pausing.lead };
        let policy = Policy { lead, ..moment.policy };
        let ledger = LedgerAt { state: &state, moment: Moment { policy, ..moment } };
        let listed = list_plans(self.session, self.call, &candidates, ledger, deadline).await;
        // A list that an edge cut off is asked for again after the edge.
        self.retries.record_plans(listed.may_be_known_later() && !deadline.is_past());
        self.plans.renew(listed);
        self.want_with_plans(&state, moment);
        Ok(())
    }

    /// Adds the known plans to the wanted tasks.
    fn want_with_plans(&mut self, state: &LedgerState, moment: Moment) {
        let ledger = LedgerAt { state, moment };
        let wanted = self.call.wanted(self.session.settings, &self.plans, ledger);
        self.schedule.want(wanted);
    }

    pub(super) fn read_ledger(&self) -> anyhow::Result<LedgerState> {
        let state = Ledger::read(self.session.ledger)?;
        self.check_ledger(&state)?;
        Ok(state)
    }

    /// Refuses another ledger than before, or none: its holds are unknown.
    fn check_ledger(&self, state: &LedgerState) -> Result<(), Refusal> {
        if self.ledger.is_empty() || self.ledger == state.id() {
            return Ok(());
        }
        let path = self.session.ledger.display();
        let what = format!("{path} is another ledger than before: its holds are unknown");
        Err(Refusal::bad_input(what).hint("put it back, or see `task-pause recover --help`"))
    }
}
