//! `wait`: a loop over passes, until every window was met.
//!
//! Time is the wall clock, looked at again at least every thirty seconds, so
//! that a suspended machine, a clock that is set, or a clock change does no
//! harm. The ledger is locked only while a pass is made, so that another call
//! can end a hold early. A change that failed is tried again until its window is
//! over. A request that only finds something out is cut off when something else
//! is due.

mod backoff;
mod retries;
mod schedule;

use std::time::Duration;

use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerState};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use super::ending::{self, Unfinished};
use super::pass::{PassInput, PassLimit, run_pass};
use super::{clock_trust, open_ledger};
use crate::apply::Context;
use crate::apply::limit_check::MaxTasks;
use crate::deadline::Deadline;
use crate::decide::clock_check;
use crate::decide::task_limit::{CountAhead, TaskLimit};
use crate::gather::{Demand, list_plans};
use crate::output::Receipts;
use crate::session::Session;
use crate::timing::{MAX_RETRY_DELAY, MAX_SLEEP};
use crate::types::{FollowUp, LedgerAt, Moment, PassOutcome, Plans, Report};

use backoff::Backoff;
use retries::Retries;
use schedule::WaitSchedule;

/// The state of a `wait` call between two passes.
struct Waiting<'a> {
    session: &'a Session<'a>,
    demand: &'a Demand,
    receipts: &'a mut Receipts,
    schedule: WaitSchedule<'a>,
    /// With `--with-plans`: the plans, as they were last listed.
    plans: Plans,
    /// With `--max-tasks`, once it was counted.
    limit: Option<TaskLimit>,
    retries: Retries,
    /// The outcome of all passes so far.
    total: Total,
    /// The outcome of the last pass.
    last: LastPass,
    /// ID of the ledger, once it was opened.
    ledger: String,
    /// Whether a warning said that the clock is behind the ledger.
    is_clock_told: bool,
}

/// The outcome of all passes of a call.
struct Total {
    /// Whether no run was in flight any more, each time that was waited for.
    is_drained: bool,
    /// Whether every run that could be made up for was.
    is_caught_up: bool,
}

/// The outcome of the last pass.
#[derive(Default)]
struct LastPass {
    /// Whether a part of it was left to the next one.
    is_left: bool,
    /// Whether a change failed that may work soon.
    has_failed: bool,
    /// Whether plans joined that it did not know.
    has_joined: bool,
}

/// Makes passes until every window was met.
pub(super) async fn run(
    session: &Session<'_>,
    demand: &Demand,
    receipts: &mut Receipts,
) -> anyhow::Result<Ending> {
    let settings = session.settings;
    receipts.unsupported(&demand.input.unsupported, clock::now());
    let began = settings.moment(clock::now());
    let mut waiting = Waiting {
        session,
        demand,
        receipts,
        schedule: WaitSchedule::new(&demand.input.wanted, settings.job.gives_back()),
        plans: Plans::default(),
        limit: None,
        retries: Retries::default(),
        total: Total { is_drained: true, is_caught_up: true },
        last: LastPass::default(),
        ledger: String::new(),
        is_clock_told: false,
    };
    waiting.until_over().await?;
    if let Some(exit) = session.stop.exit() {
        return Ok(ending::stopped(exit));
    }
    let Waiting { schedule, plans, total, .. } = waiting;
    let mut unfinished = Unfinished::new(demand.input.unsupported.len());
    for (action, is_partial) in schedule.actions() {
        unfinished.action(action, is_partial);
    }
    let is_missed = schedule.is_missed(began, clock::now());
    unfinished.also(is_missed, "a window went by in which not everything was paused");
    unfinished.also(!total.is_drained, ending::NOT_DRAINED);
    unfinished.also(!total.is_caught_up, ending::NOT_CAUGHT_UP);
    unfinished.also(!plans.are_known(), ending::NO_PLANS);
    Ok(unfinished.ending())
}

impl Waiting<'_> {
    /// Makes a pass whenever something is due, until all is over or a signal
    /// comes.
    async fn until_over(&mut self) -> anyhow::Result<()> {
        let Session { settings, stop, display, .. } = self.session;
        let mut backoff = Backoff::default();
        let mut edge: Option<UtcTime> = None;
        while !stop.is_asked() {
            let began = Instant::now();
            let looked = settings.moment(clock::now());
            let state = self.read_ledger()?;
            if edge.is_some_and(|edge| edge <= looked.now) {
                // A request that failed for long may work for a new window.
                backoff.reset();
            }
            let is_again = self.pass_if_due(&state, looked).await?;
            if stop.is_asked() {
                break;
            }
            if std::mem::take(&mut self.last.has_joined) {
                continue;
            }
            let moment = settings.moment(clock::now());
            let state = self.read_ledger()?;
            let are_plans_known = !self.plans.may_be_known_later() || self.schedule.is_past(moment);
            let catches_up = self.last.is_left && self.schedule.is_to_catch_up(&state);
            let is_done = are_plans_known && !is_again && !catches_up;
            if is_done && self.schedule.is_over(&state, moment) {
                break;
            }
            // A change that failed at an edge is tried again without waiting for
            // another edge.
            let longest = if is_again || self.schedule.is_to_show(&state, moment) {
                backoff.next(MAX_RETRY_DELAY)
            } else if self.last.has_failed || !are_plans_known {
                backoff.next(MAX_SLEEP)
            } else {
                backoff.reset();
                MAX_SLEEP
            };
            // A pass that took long, of which a part failed, is made again at once.
            let longest = longest.saturating_sub(began.elapsed());
            // An edge that passed during this pass is due at once.
            edge = self.schedule.next_edge(&state, looked);
            let sleep = edge.map_or(longest, |edge| edge.since(moment.now).min(longest));
            let next = self.schedule.next_step(&state, moment, edge.filter(|_| !is_again));
            let sleeping = stop.sleep(sleep);
            display.during(sleeping, |zone, _| next.text(zone, clock::now())).await;
        }
        Ok(())
    }

    /// Makes a pass if something is due. Tells whether it met with an error that
    /// may pass.
    async fn pass_if_due(&mut self, state: &LedgerState, moment: Moment) -> anyhow::Result<bool> {
        let Session { stop, messages, .. } = self.session;
        self.last.has_failed = false;
        self.schedule.meet(state, moment);
        let candidates = self.schedule.due(state, moment);
        let is_due = self.schedule.is_new() || !candidates.is_empty() || self.last.is_left;
        if !is_due {
            self.retries.succeed();
        }
        // Plans that could not be listed may be part of what is due.
        if !is_due && !self.plans.may_be_known_later() {
            return Ok(false);
        }
        match self.pass().await {
            Ok(()) => {
                self.retries.succeed();
                Ok(false)
            }
            Err(error) if stop.is_asked() => {
                messages.warn(&format!("{error:#}"));
                Ok(false)
            }
            Err(error) if self.retries.may_pass(&error) => {
                messages.warn(&format!("{error:#}: trying again"));
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes one pass over the candidates that are due, and writes the receipts
    /// that are news.
    async fn pass(&mut self) -> anyhow::Result<()> {
        let Session { settings, messages, .. } = self.session;
        if settings.with_plans {
            self.list_plans().await?;
        }
        let mut ledger = open_ledger::open(self.session).await?;
        self.check_ledger(ledger.state())?;
        ledger.state().id().clone_into(&mut self.ledger);
        clock_trust::accept(self.session, &mut ledger)?;
        let moment = settings.moment(clock::now());
        let mut candidates = self.schedule.due(ledger.state(), moment);
        let mut withheld = Vec::new();
        let problem = clock_trust::problem(self.session, ledger.state());
        if problem.is_some() {
            (candidates, withheld) = clock_check::withhold(candidates, ledger.state());
        }
        let is_told = std::mem::replace(&mut self.is_clock_told, problem.is_some());
        if let Some(problem) = problem.filter(|_| !is_told) {
            messages.warn(&problem);
        }
        self.count_ahead(ledger.state(), moment).await?;
        let schedule = &self.schedule;
        let next_due = |state: &LedgerState| {
            // An edge that passed since is due at once.
            Deadline::at_time(schedule.next_edge(state, moment), clock::now())
        };
        let plans = std::mem::take(&mut self.plans);
        let input = PassInput {
            candidates,
            withheld,
            moment,
            plans: if settings.with_plans { plans } else { Plans::default() },
            limit: self.limit.as_mut().map_or(PassLimit::None, PassLimit::Counted),
            next_due: &next_due,
            gives_back_ended_holds: false,
        };
        let outcome = run_pass(self.session, self.demand, ledger, input).await?;
        self.session.display.clear();
        self.take_in(outcome, moment)
    }

    /// With `--max-tasks`, before the first pass: counts all that will ever be
    /// held at once, while there is nothing to give back.
    async fn count_ahead(&mut self, state: &LedgerState, moment: Moment) -> anyhow::Result<()> {
        let Session { settings, client, .. } = self.session;
        let Some(limit) = settings.max_tasks.filter(|_| self.limit.is_none()) else {
            return Ok(());
        };
        let max = MaxTasks { limit, ledger: self.session.ledger };
        let context = Context::new(self.session, client, Deadline::NEVER);
        let gives_back = settings.job.gives_back();
        let ahead = CountAhead { now: moment.now, lead: settings.lead, gives_back };
        self.limit = Some(max.ahead(&context, state, self.schedule.wanted(), ahead).await?);
        Ok(())
    }

    /// Takes in the outcome of a pass, and writes the receipts that are news.
    fn take_in(&mut self, outcome: PassOutcome, moment: Moment) -> anyhow::Result<()> {
        let Session { settings, messages, .. } = self.session;
        let PassOutcome { reports, cut_short, follow_up, drained, plans, state, .. } = outcome;
        self.retries.is_answered |= outcome.is_answered;
        self.last.has_failed = reports.iter().any(Report::may_work_soon);
        let now = clock::now();
        // A change that the API was away for is tried again, and its receipt is
        // written when that worked.
        let may_pass = cut_short.as_ref().is_some_and(|error| self.retries.may_pass(error));
        for report in &reports {
            if may_pass && report.action == Action::Failed {
                continue;
            }
            if self.schedule.note(report, report.is_partial(settings.no_verify), moment) {
                self.receipts.report(report, now);
            }
        }
        self.receipts.write_journal(messages);
        if let Some(state) = state {
            // A task that was paused meanwhile may have plans that were not asked
            // for.
            self.plans = plans;
            let known = self.schedule.wanted().len();
            self.want_with_plans(&state, moment);
            self.last.has_joined |= self.schedule.wanted().len() > known;
        }
        let FollowUp { is_whole, is_left } = follow_up?;
        self.total.is_drained &= drained?;
        self.total.is_caught_up &= is_whole;
        self.last.is_left = is_left;
        cut_short.map_or(Ok(()), Err)?;
        self.schedule.begin();
        Ok(())
    }

    /// Lists the plans of the tasks that are due. The ledger is not locked for
    /// it, and where that failed lately, nothing waits for it once more.
    async fn list_plans(&mut self) -> anyhow::Result<()> {
        let settings = self.session.settings;
        let moment = settings.moment(clock::now());
        let end = self.schedule.next_end(moment);
        if self.retries.have_plans_failed_lately(end, moment.now) {
            return Ok(());
        }
        let state = Ledger::read(self.session.ledger)?;
        let candidates = self.schedule.due(&state, moment);
        let next_edge = Deadline::at_time(self.schedule.next_edge(&state, moment), clock::now());
        // A short window is not spent on a list.
        let deadline = next_edge.earlier(Deadline::of_request(end, moment.now));
        // At the start all is counted that will ever be paused.
        let counts = self.limit.is_none() && settings.max_tasks.is_some();
        let lead = if counts { Duration::MAX } else { settings.lead };
        let ledger = LedgerAt { state: &state, moment: Moment { lead, ..moment } };
        let listed = list_plans(self.session, self.demand, &candidates, ledger, deadline).await;
        // A list that an edge cut off is tried again after it.
        self.retries.note_plans(listed.may_be_known_later() && !deadline.is_past());
        self.plans.renew(listed);
        self.want_with_plans(&state, moment);
        Ok(())
    }

    /// Wants the plans that are known, too.
    fn want_with_plans(&mut self, state: &LedgerState, moment: Moment) {
        let ledger = LedgerAt { state, moment };
        let wanted = self.demand.wanted(self.session.settings, &self.plans, ledger);
        self.schedule.want(wanted);
    }

    fn read_ledger(&self) -> anyhow::Result<LedgerState> {
        let state = Ledger::read(self.session.ledger)?;
        self.check_ledger(&state)?;
        Ok(state)
    }

    /// Refuses another ledger than before, or none: the holds would be forgotten.
    fn check_ledger(&self, state: &LedgerState) -> Result<(), Refusal> {
        if self.ledger.is_empty() || self.ledger == state.id() {
            return Ok(());
        }
        let path = self.session.ledger.display();
        let what =
            format!("{path} is not the ledger any more that it was: what is held is not known");
        Err(Refusal::bad_input(what).hint("put it back, or see `task-pause recover --help`"))
    }
}
