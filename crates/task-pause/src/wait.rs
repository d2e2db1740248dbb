//! `wait`: staying until every window was met.
//!
//! Time is the wall clock, looked at again at least every thirty seconds, so
//! that a suspended machine, a clock that is set, or a clock change does no
//! harm. The ledger is locked only while something is done, so that another
//! call can end a hold early. What fails is tried again until its window is
//! over. What is only to be found out, and changes nothing, is cut off when
//! something else is to be done.

mod backoff;
mod course;

use std::time::Duration;

use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::client::{ClientError, patience};
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::act::{Actor, Pass};
use crate::agenda::{self, Moment};
use crate::clock_check;
use crate::haste;
use crate::limit::Allowance;
use crate::output::Output;
use crate::plans::Plans;
use crate::report::Report;
use crate::undone::{self, Undone};
use crate::work::{Followed, Work};

use backoff::Backoff;
use course::Course;

/// The longest time without a look at the clock.
const TICK: Duration = Duration::from_secs(30);

/// The longest time between two attempts where the API is away or the ledger
/// busy.
const RETRY: Duration = Duration::from_secs(5);

/// For how long plans that could not be listed are not asked for again, at most.
const UNLISTED_FOR: Duration = Duration::from_secs(25);

/// For how long a refusal is taken for one that passes: a token is renewed, a
/// permission is mended.
const REFUSED_FOR: Duration = Duration::from_secs(600);

/// One that stays.
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
struct Stay<'a> {
    work: &'a Work<'a>,
    course: Course<'a>,
    /// With `--with-plans`: the plans, as they were last listed.
    plans: Plans,
    allowance: Option<Allowance>,
    /// When they could not be listed last.
    unlisted: Option<Instant>,
    /// Whether no run was in flight any more, each time that was waited for.
    drained: bool,
    /// Whether every run that could be made up for was.
    caught_up: bool,
    /// Whether the last pass left some of that to the next one.
    left: bool,
    /// Whether some of the last pass failed that may work soon.
    failed: bool,
    /// Whether plans joined that the last pass did not know.
    joined: bool,
    /// How long to wait before what failed is tried again.
    backoff: Backoff,
    /// The edge that is waited for.
    edge: Option<UtcTime>,
    /// Whether it was told that the clock is behind the ledger.
    told_clock: bool,
    /// ID of the ledger, once it was opened.
    ledger: String,
    /// Whether the API ever answered a look.
    answered: bool,
    /// Since when the API refuses everything.
    refused: Option<Instant>,
    output: Output<'a>,
}

/// Stays until all is done.
pub(crate) async fn run(work: &Work<'_>) -> anyhow::Result<Ending> {
    let mut stay = Stay {
        work,
        course: Course::new(&work.input.wanted, work.settings.job.gives_back()),
        plans: Plans::default(),
        allowance: None,
        unlisted: None,
        drained: true,
        caught_up: true,
        left: false,
        failed: false,
        joined: false,
        backoff: Backoff::default(),
        edge: None,
        told_clock: false,
        ledger: String::new(),
        answered: false,
        refused: None,
        output: Output::kept_in(work.messages, &work.journal.receipts),
    };
    stay.output.unsupported(&work.input.unsupported, clock::now());
    let began = work.moment(clock::now());
    if let Some(exit) = stay.until_over().await? {
        return Ok(undone::stopped(exit));
    }
    stay.output.finish()?;
    let missed = stay.course.is_missed(began, clock::now());
    let mut undone = Undone::new(work.input.unsupported.len());
    for (action, is_partial) in stay.course.told() {
        undone.action(action, is_partial);
    }
    undone.also(missed, "a window went by in which not everything was paused");
    undone.also(!stay.drained, undone::NOT_DRAINED);
    undone.also(!stay.caught_up, undone::NOT_CAUGHT_UP);
    undone.also(!stay.plans.are_known(), undone::NO_PLANS);
    Ok(undone.ending())
}

impl Stay<'_> {
    /// Does each thing when it is due. A signal ends it with its own code.
    async fn until_over(&mut self) -> anyhow::Result<Option<Exit>> {
        let work = self.work;
        loop {
            let began = Instant::now();
            let looked = work.moment(clock::now());
            let state = Ledger::read(work.ledger)?;
            self.check_ledger(&state)?;
            if self.edge.is_some_and(|edge| edge <= looked.now) {
                // What failed for long may work for what is new.
                self.backoff.reset();
            }
            self.failed = false;
            self.course.meet(&state, looked);
            let items = self.course.due(&state, looked);
            let mut again = false;
            // Plans that could not be listed may be part of what is due.
            let is_due = self.course.is_new() || !items.is_empty() || self.left;
            if !is_due {
                self.refused = None;
            }
            if is_due || self.plans.may_be_known_later() {
                match self.go().await {
                    Ok(()) => self.refused = None,
                    Err(error) if work.stop.is_asked() => {
                        work.messages.warn(&format!("{error:#}"));
                    }
                    Err(error) if is_passing(&error) || self.may_be_mended(&error) => {
                        work.messages.warn(&format!("{error:#}: trying again"));
                        again = true;
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some(exit) = work.stop.exit() {
                return Ok(Some(exit));
            }
            if std::mem::take(&mut self.joined) {
                continue;
            }
            let moment = work.moment(clock::now());
            let state = Ledger::read(work.ledger)?;
            self.check_ledger(&state)?;
            let all_known = !self.plans.may_be_known_later() || self.course.is_past(moment);
            let catches_up = self.left && self.course.is_to_catch_up(&state);
            let is_done = all_known && !again && !catches_up;
            if is_done && self.course.is_over(&state, moment) {
                return Ok(None);
            }
            // What failed at an edge is tried again without waiting for another.
            let longest = if again || self.course.is_to_show(&state, moment) {
                self.backoff.next(RETRY)
            } else if self.failed || !all_known {
                self.backoff.next(TICK)
            } else {
                self.backoff.reset();
                TICK
            };
            // A pass that took long, of which a part failed, is made again at once.
            let longest = longest.saturating_sub(began.elapsed());
            // An edge that passed while this was busy is due at once.
            let edge = self.course.next_edge(&state, looked);
            self.edge = edge;
            let sleep = edge.map_or(longest, |edge| edge.since(moment.now).min(longest));
            let next = self.course.next(&state, moment, edge.filter(|_| !again));
            let waiting = work.stop.sleep(sleep);
            work.display.during(waiting, |zone, _| next.text(zone, clock::now())).await;
            if let Some(exit) = work.stop.exit() {
                return Ok(Some(exit));
            }
        }
    }

    /// Does what is due, and tells what is new.
    async fn go(&mut self) -> anyhow::Result<()> {
        let work = self.work;
        // At the start all is counted that will ever be paused, while there is
        // nothing to give back.
        let counts = self.allowance.is_none() && work.settings.max_tasks.is_some();
        let lead = if counts { Duration::MAX } else { work.settings.lead };
        if work.settings.with_plans {
            self.list_plans(lead).await?;
        }
        let mut ledger = work.open_ledger().await?;
        self.check_ledger(ledger.state())?;
        ledger.state().id().clone_into(&mut self.ledger);
        work.accept_clock(&mut ledger)?;
        let moment = work.moment(clock::now());
        let mut items = self.course.due(ledger.state(), moment);
        let problem = work.clock_problem(ledger.state());
        let withheld = match &problem {
            Some(_) => clock_check::withhold(&mut items, ledger.state()),
            None => Vec::new(),
        };
        let is_told = std::mem::replace(&mut self.told_clock, problem.is_some());
        if let Some(problem) = problem.filter(|_| !is_told) {
            work.messages.warn(&problem);
        }
        if counts {
            let ever = Moment { lead, ..moment };
            let all = agenda::pausing(self.course.wanted(), ledger.state(), ever);
            let wanted = self.course.wanted();
            self.allowance = work.allowance_ever(ledger.state(), wanted, &all, ever).await?;
        }
        let guard = work.guard(moment.now);
        let mut actor = Actor { allowance: self.allowance.as_ref(), ..work.actor(&guard) };
        actor.effects.until = self.until(ledger.state(), moment);
        // What is given back makes room for what is to be paused.
        let mut pass = Pass::default();
        if self.allowance.is_some() && items.iter().any(|item| item.due) {
            let due = items.extract_if(.., |item| item.due).collect();
            pass = actor.pass(&mut ledger, due, moment.now).await;
        }
        if pass.cut_short.is_none() {
            pass = pass.and(actor.pass(&mut ledger, items, moment.now).await);
        }
        let Pass { mut reports, cut_short } = pass;
        reports.extend(withheld);
        self.answered |= actor.answered.get();
        self.failed = reports.iter().any(may_work_soon);
        let until = self.until(ledger.state(), moment);
        // What failed is not kept waiting by what is only to be found out.
        let again = cut_short.is_some() || self.failed;
        let until = haste::earlier(until, again.then(|| Instant::now() + RETRY));
        let mut listed = Plans::default();
        let plans = if work.settings.with_plans { &mut self.plans } else { &mut listed };
        work.note_plans(plans, &mut reports, ledger.state(), until).await;
        if work.settings.with_plans {
            // What was paused meanwhile may have plans that were not asked for.
            let known = self.course.wanted().len();
            self.course.want(work.wanted(&self.plans, ledger.state(), moment));
            self.joined |= self.course.wanted().len() > known;
        }
        let followed = work.follow_up(&mut ledger, &mut reports, &guard, until).await;
        // Runs in flight are waited for until the next window opens or ends, or
        // what failed is tried again, and not with the ledger locked.
        drop(ledger);
        let is_left = followed.as_ref().is_ok_and(|followed| followed.left);
        let retry = is_left || reports.iter().any(|report| work.is_partial(report));
        let until = haste::earlier(until, retry.then(|| Instant::now() + TICK));
        let drained = work.drain(&mut reports, until, Duration::ZERO).await;
        work.display.clear();
        let now = clock::now();
        // What the API was away for is tried again, and told when that worked.
        let passes = cut_short.as_ref().is_some_and(|e| is_passing(e) || self.may_be_mended(e));
        for report in reports.iter().filter(|report| !passes || report.action != Action::Failed) {
            if self.course.note(report, work.is_partial(report), moment) {
                self.output.report(report, now);
            }
        }
        work.write_journal();
        let Followed { whole, left } = followed?;
        self.drained &= drained;
        self.caught_up &= whole;
        self.left = left;
        cut_short.map_or(Ok(()), Err)?;
        self.course.begin();
        Ok(())
    }

    /// Lists the plans of what is due with that lead. The ledger is not locked
    /// for it, and where that failed lately, nothing waits for it once more.
    async fn list_plans(&mut self, lead: Duration) -> anyhow::Result<()> {
        let work = self.work;
        let moment = work.moment(clock::now());
        let end = self.course.next_end(moment);
        let lately =
            end.map_or(UNLISTED_FOR, |end| patience(end.since(moment.now)).min(UNLISTED_FOR));
        if self.unlisted.is_some_and(|when| when.elapsed() < lately) {
            return Ok(());
        }
        let state = Ledger::read(work.ledger)?;
        let items = self.course.due(&state, moment);
        let until = self.until(&state, moment);
        // A short window is not spent on a list.
        let until = haste::earlier(until, haste::answer_by(end, moment.now));
        let listed = work.plans(&items, &state, Moment { lead, ..moment }, until).await;
        // One that an edge cut off is tried again after it.
        let is_cut = until.is_some_and(|until| until <= Instant::now());
        self.unlisted = (listed.may_be_known_later() && !is_cut).then(Instant::now);
        self.plans.renew(listed);
        self.course.want(work.wanted(&self.plans, &state, moment));
        Ok(())
    }

    /// With another ledger, or none, what is held would be forgotten.
    fn check_ledger(&self, state: &LedgerState) -> Result<(), Refusal> {
        if self.ledger.is_empty() || self.ledger == state.id() {
            return Ok(());
        }
        let path = self.work.ledger.display();
        let what =
            format!("{path} is not the ledger any more that it was: what is held is not known");
        Err(Refusal::bad_input(what).hint("put it back, or see `task-pause recover --help`"))
    }

    /// Whether an error, new since the stay began, may be that of a token or a
    /// permission that is about to be mended.
    fn may_be_mended(&mut self, error: &anyhow::Error) -> bool {
        let is_refusal = |cause: &ClientError| cause.exit() == Exit::Refused;
        let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
        if !self.answered || !causes.any(is_refusal) {
            return false;
        }
        self.refused.get_or_insert_with(Instant::now).elapsed() < REFUSED_FOR
    }

    /// When something else is to be done: the first edge after `moment`, when
    /// this began. One that passed since is due at once.
    fn until(&self, state: &LedgerState, moment: Moment) -> Option<Instant> {
        let edge = self.course.next_edge(state, moment)?;
        Some(Instant::now() + edge.since(clock::now()))
    }
}

/// Whether what failed may work when it is tried again within seconds.
fn may_work_soon(report: &Report) -> bool {
    report.action == Action::Failed
        && report.failure.as_ref().is_some_and(|failure| failure.retryable)
}

/// Whether an error may pass: the ledger is busy, the API is away.
fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(LedgerError::Busy { .. }))
            || cause.downcast_ref::<ClientError>().is_some_and(|error| {
                // The deadline of the whole conversation does not pass twice.
                error.exit() == Exit::Unavailable && !matches!(error, ClientError::Deadline { .. })
            })
    })
}
