//! One pass over candidates: the only place that strings the steps together, for
//! the main job, `sync`, `resume` and `wait`.
//!
//! 1. With a limit: give back first, which makes room, and count the rest.
//! 2. Apply: look, decide, intend, send, read back, settle.
//! 3. Name the plans of paused tasks; warn of runs that are near.
//! 4. List the runs that holds suppressed, and make up for them.
//! 5. For `sync`: give back the holds that ended meanwhile.
//! 6. Unlock the ledger and drain. Meanwhile repeat step 5 for holds that end.

use std::collections::BTreeSet;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::clock;
use maintenance_core::ledger::{ActiveHold, Ledger, LedgerError, LedgerState};
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use super::{clock_trust, open_ledger};
use crate::after::catch_up::{CaughtUp, catch_up};
use crate::after::{drain, missed_runs, plan_warnings};
use crate::apply::early_looks::WorkAhead;
use crate::apply::limit_check::MaxTasks;
use crate::apply::{Applied, Context, KnownLooks, PassWork, apply};
use crate::deadline::Deadline;
use crate::decide::task_limit::{TaskLimit, needs_no_room};
use crate::gather::{CallInputs, by_timetable};
use crate::session::Session;
use crate::talend::{NearRuns, PauseLists};
use crate::timing::{MAX_RETRY_DELAY, MAX_SLEEP};
use crate::types::{
    Candidate, FollowUp, LedgerAt, Moment, PassOutcome, Plans, Report, more_severe_error,
};

/// The candidates of a pass, and the rules for them.
pub(crate) struct PassInput<'p> {
    pub(crate) candidates: Vec<Candidate>,
    /// The reports on candidates that are not given back while the clock is wrong.
    pub(crate) withheld: Vec<Report>,
    /// When the candidates were gathered.
    pub(crate) moment: Moment,
    pub(crate) plans: Plans,
    pub(crate) limit: PassLimit<'p>,
    /// The deadline of the pass, by the state of the ledger.
    pub(crate) next_due: &'p dyn Fn(&LedgerState) -> Deadline,
    /// The lists of this call.
    pub(crate) lists: &'p mut PauseLists,
    /// The work that was done ahead of the edge that this pass is made for.
    pub(crate) ahead: Option<WorkAhead<'p>>,
    /// Whether this call makes another pass for what fails in this one.
    pub(crate) tries_again: bool,
    /// For a pass that also gives back the holds that end while it runs: the deadline of
    /// its drain.
    pub(crate) gives_back_until: Option<Deadline>,
}

/// `--max-tasks`.
#[derive(Debug)]
pub(crate) enum PassLimit<'p> {
    /// The flag was not given.
    None,
    /// The limit, to be counted for this pass.
    Count(usize),
    /// The limit, counted for all passes of a call.
    Counted(&'p mut TaskLimit),
}

/// The deadline of a pass that nothing follows.
pub(crate) fn never(_: &LedgerState) -> Deadline {
    Deadline::NEVER
}

/// Makes one pass. Unlocks the ledger at the end.
///
/// # Errors
///
/// More than `--max-tasks` would be paused, and this job gives nothing back: nothing
/// was changed. All other errors are part of the outcome, beside what was done.
pub(crate) async fn run_pass(
    session: &Session<'_>,
    call: &CallInputs,
    mut ledger: Ledger,
    input: PassInput<'_>,
) -> anyhow::Result<PassOutcome> {
    let PassInput { candidates, withheld, moment, plans, limit, next_due, lists, ahead, .. } =
        input;
    let tries_again = input.tries_again;
    let new = || NearRuns::new(session.settings.change.guard, moment.now, session.messages);
    let (not_before, known, near_runs) = match ahead {
        Some(WorkAhead { edge, looks, near_runs }) => (Some(edge), looks, near_runs),
        None => (None, KnownLooks::default(), new()),
    };
    let tried = targets_to_give_back(&candidates);
    let mut pass =
        Pass { session, call, near_runs, plans, tried, lists, not_before, known, tries_again };
    let deadline = next_due(ledger.state());
    let applied = pass.apply_with_limit(limit, &mut ledger, candidates, (moment, deadline));
    let (applied, refusal) = Box::pin(applied).await?;
    let is_answered = applied.is_answered();
    let Applied { mut reports, cut_short, .. } = applied.whole();
    reports.extend(withheld);
    let deadline = pass.deadline_after(next_due(ledger.state()), &reports, cut_short.is_some());
    let CaughtUp { reports, follow_up } = pass.follow_up(&mut ledger, reports, deadline).await;
    let mut outcome = PassOutcome {
        reports,
        superseded: Vec::new(),
        cut_short,
        doubt: None,
        refusal,
        follow_up,
        drained: Ok(true),
        plans: Plans::default(),
        state: None,
        is_answered,
    };
    if let Some(until) = input.gives_back_until {
        if let Err(error) = pass.give_back_ended(&mut ledger, &mut outcome).await {
            outcome.follow(Err(error));
        }
        outcome.drained = pass.drain_and_give_back(ledger, &mut outcome, until).await;
    } else {
        outcome.state = session.settings.pausing.with_plans.then(|| ledger.state().clone());
        drop(ledger);
        let deadline = pass.drain_deadline(deadline, &outcome);
        let drained = drain::drain(session, &mut outcome.reports, deadline, Duration::ZERO).await;
        outcome.drained = Ok(drained);
    }
    outcome.plans = pass.plans;
    Ok(outcome)
}

/// The targets of the candidates that are to be given back.
fn targets_to_give_back(candidates: &[Candidate]) -> BTreeSet<Target> {
    let due = candidates.iter().filter(|candidate| candidate.is_to_give_back());
    due.map(|candidate| candidate.target.clone()).collect()
}

/// A pass under way.
struct Pass<'a> {
    session: &'a Session<'a>,
    call: &'a CallInputs,
    near_runs: NearRuns<'a>,
    plans: Plans,
    /// The tasks and plans that this pass tried to give back.
    tried: BTreeSet<Target>,
    lists: &'a mut PauseLists,
    /// The edge that the pass is made for, if it began before.
    not_before: Option<UtcTime>,
    /// The looks that were made ahead of it.
    known: KnownLooks,
    /// Whether the call makes another pass.
    tries_again: bool,
}

impl<'a> Pass<'a> {
    /// Applies the candidates within a limit: gives back first, counts the pauses, then
    /// makes them. Also returns the refusal of too many pauses, if the job gives back; else
    /// that is an error.
    async fn apply_with_limit(
        &mut self,
        limit: PassLimit<'_>,
        ledger: &mut Ledger,
        mut candidates: Vec<Candidate>,
        (moment, deadline): (Moment, Deadline),
    ) -> anyhow::Result<(Applied, Option<anyhow::Error>)> {
        let context = &Context {
            not_before: self.not_before,
            tries_again: self.tries_again,
            ..Context::new(self.session, deadline)
        };
        let collected = moment.now;
        let mut applied = Applied::default();
        let is_due = |candidate: &mut Candidate| candidate.is_to_give_back();
        if !matches!(limit, PassLimit::None) && candidates.iter().any(Candidate::is_to_give_back) {
            // A task that is given back makes room for another.
            let due = candidates.extract_if(.., is_due).collect();
            applied = apply(context, ledger, self.work(due, collected)).await;
        }
        let mut counted = None;
        let mut refusal = None;
        let limit = match limit {
            PassLimit::None => None,
            PassLimit::Counted(limit) => Some(limit),
            PassLimit::Count(limit) => {
                let max = MaxTasks { limit, ledger: self.session.ledger };
                let checked = max.count_now(context, ledger.state(), &candidates, moment).await;
                Some(counted.insert(match checked {
                    Ok(task_limit) => task_limit,
                    // Holds are given back all the same; only nothing is paused.
                    Err(error) if self.session.settings.job.gives_back() => {
                        refusal = Some(error);
                        let reassert = self.session.settings.pausing.reassert;
                        let needs_no_room =
                            |one: &Candidate| needs_no_room(one, ledger.state(), reassert);
                        candidates.retain(needs_no_room);
                        TaskLimit::nothing()
                    }
                    Err(error) => return Err(error),
                }))
            }
        };
        if applied.cut_short.is_none() {
            let known = std::mem::take(&mut self.known);
            let work = PassWork { limit, known, ..self.work(candidates, collected) };
            applied = applied.and(apply(context, ledger, work).await);
        }
        Ok((applied, refusal))
    }

    /// The work on candidates that were collected then, without a limit or an earlier look.
    fn work(&mut self, candidates: Vec<Candidate>, collected: UtcTime) -> PassWork<'_, 'a> {
        PassWork {
            candidates,
            collected,
            limit: None,
            near_runs: &mut self.near_runs,
            known: KnownLooks::default(),
            lists: self.lists,
        }
    }

    /// The deadline of the steps after the changes. These steps do not delay the retry of
    /// a failed change.
    fn deadline_after(&self, deadline: Deadline, reports: &[Report], is_cut: bool) -> Deadline {
        let may_work_soon = is_cut || reports.iter().any(Report::may_work_soon);
        let is_retried = self.tries_again && may_work_soon;
        deadline.earlier(Deadline::after(MAX_RETRY_DELAY).only_if(is_retried))
    }

    /// The deadline of the drain: the next pass of the call, if that has work left.
    fn drain_deadline(&self, deadline: Deadline, outcome: &PassOutcome) -> Deadline {
        let settings = self.session.settings;
        let is_left = outcome.follow_up.as_ref().is_ok_and(|follow_up| follow_up.is_left);
        let is_partial = |report: &Report| report.is_partial(settings.change.no_verify);
        let is_left = is_left || outcome.reports.iter().any(is_partial);
        deadline.earlier(Deadline::after(MAX_SLEEP).only_if(self.tries_again && is_left))
    }

    /// Lists the plans of paused tasks, warns of near runs, lists the missed runs and
    /// makes up for them, until the deadline.
    async fn follow_up(
        &mut self,
        ledger: &mut Ledger,
        mut reports: Vec<Report>,
        deadline: Deadline,
    ) -> CaughtUp {
        let Session { client, stop, messages, .. } = self.session;
        if !stop.is_asked() {
            plan_warnings::list(self.session, &mut self.plans, &reports, deadline).await;
        }
        plan_warnings::add_to(&self.plans, &mut reports, ledger.state());
        let now = clock::now();
        if !stop.is_asked() {
            let asking = self.near_runs.ask_about(client, &reports, now);
            if stop.at_most(deadline, asking).await.is_none() {
                messages
                    .warn("which runs are near is not known: something else was to be done first");
            }
        }
        self.near_runs.warn(&mut reports, now);
        // A clock that is behind makes an old resume look recent.
        if stop.is_asked() || clock_trust::problem(self.session, ledger.state()).is_some() {
            missed_runs::add_to(&mut reports, None, now);
            return CaughtUp { reports, follow_up: Ok(FollowUp::NOTHING) };
        }
        let listed = missed_runs::list(client, &reports, now);
        let listed = stop.at_most(deadline, listed).await;
        let unlisted = listed.iter().flat_map(missed_runs::RecordedRuns::unlisted);
        let mut unlisted: Vec<String> = unlisted.collect();
        // To make up for them, the next pass lists them again.
        if listed.is_none() && !missed_runs::are_made_up_for(&reports, ledger.state()) {
            unlisted.push("something else was to be done first".to_owned());
        }
        for why in unlisted {
            messages.warn(&format!("{}: {why}", missed_runs::NOT_KNOWN));
        }
        missed_runs::add_to(&mut reports, listed.as_ref(), now);
        let environments = &self.call.environments;
        catch_up(self.session, environments, ledger, reports, deadline).await
    }

    /// Gives back the holds that have ended since the pass began.
    async fn give_back_ended(
        &mut self,
        ledger: &mut Ledger,
        outcome: &mut PassOutcome,
    ) -> anyhow::Result<()> {
        let Session { settings, stop, .. } = self.session;
        let moment = settings.moment(clock::now());
        let is_new = |active: &ActiveHold| {
            active.hold.is_over(moment.now) && !self.tried.contains(&active.target)
        };
        let has_ended = self.call.active(ledger.state()).any(is_new);
        if !has_ended || is_fatal(outcome) || stop.is_asked() {
            return Ok(());
        }
        if clock_trust::problem(self.session, ledger.state()).is_some() {
            // By a wrong clock, a hold that seems to be over may not be over.
            return Ok(());
        }
        let at = LedgerAt { state: ledger.state(), moment };
        let wanted = self.call.wanted(settings, &self.plans, at);
        let mut candidates =
            by_timetable(self.session, self.call, &wanted, &self.plans, at)?.candidates;
        candidates.retain(|one| one.is_to_give_back() && !self.tried.contains(&one.target));
        if candidates.is_empty() {
            return Ok(());
        }
        let ended = targets_to_give_back(&candidates);
        let context = Context::new(self.session, Deadline::NEVER);
        let work = self.work(candidates, moment.now);
        let Applied { reports, cut_short, .. } = apply(&context, ledger, work).await.whole();
        let CaughtUp { reports, follow_up } =
            self.follow_up(ledger, reports, Deadline::NEVER).await;
        let is_again = |report: &mut Report| ended.contains(&report.target);
        outcome.superseded.extend(outcome.reports.extract_if(.., is_again));
        outcome.reports.extend(reports);
        outcome.cut_short = more_severe_error(outcome.cut_short.take(), cut_short);
        outcome.follow(follow_up);
        self.tried.extend(ended);
        Ok(())
    }

    /// With `--drain`: waits for runs in flight, until the deadline, and meanwhile gives
    /// back the holds that end. Returns whether no run is in flight.
    async fn drain_and_give_back(
        &mut self,
        ledger: Ledger,
        outcome: &mut PassOutcome,
        until: Deadline,
    ) -> anyhow::Result<bool> {
        let session = self.session;
        let began = Instant::now();
        let mut end = until.earlier(self.next_end(ledger.state()));
        // Other calls may use the ledger during the drain.
        drop(ledger);
        loop {
            let drained = drain::drain(session, &mut outcome.reports, end, began.elapsed()).await;
            let is_done = !end.is_past() || until.is_past();
            if is_done || is_fatal(outcome) || session.stop.is_asked() {
                return Ok(drained);
            }
            // The next look lists the runs again.
            let details = outcome.reports.iter_mut().filter_map(|one| one.details.as_mut());
            details.for_each(|details| details.in_flight.clear());
            let mut ledger = open_ledger::open(session).await?;
            self.give_back_ended(&mut ledger, outcome).await?;
            end = until.earlier(self.next_end(ledger.state()));
        }
    }

    /// The end of the next hold that this call gives back.
    fn next_end(&self, state: &LedgerState) -> Deadline {
        let now = clock::now();
        let ends = self.call.active(state).filter_map(|active| active.hold.end());
        Deadline::at_time(ends.filter(|end| now < *end).min(), now)
    }
}

/// Whether the ledger or the follow-up failed, so that no further step is made.
fn is_fatal(outcome: &PassOutcome) -> bool {
    let cut_short = outcome.cut_short.as_ref();
    outcome.follow_up.is_err() || cut_short.is_some_and(anyhow::Error::is::<LedgerError>)
}
