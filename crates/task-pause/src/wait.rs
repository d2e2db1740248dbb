//! `--wait`: staying until every window was met.
//!
//! Time is the wall clock, looked at again at least every thirty seconds, so
//! that a suspended machine, a clock that is set, or a clock change does no
//! harm. The ledger is locked only while something is done, so that another
//! call can end a hold early. What fails is tried again until its window is
//! over. What is only to be found out, and changes nothing, is cut off when
//! something else is to be done.

mod course;

use std::time::Duration;

use maintenance_core::client::ClientError;
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{Ledger, LedgerError, State};
use tokio::time::Instant;

use crate::act::{Actor, Pass};
use crate::agenda::{self, Moment};
use crate::limit::Allowance;
use crate::output::Output;
use crate::plans::Plans;
use crate::work::Work;

use course::Course;

/// The longest time without a look at the clock.
const TICK: Duration = Duration::from_secs(30);

/// The time between two attempts where the API is away or the ledger busy.
const RETRY: Duration = Duration::from_secs(5);

/// One that stays.
struct Stay<'a> {
    work: &'a Work<'a>,
    course: Course<'a>,
    /// With `--with-plans`: the plans, as they were last listed.
    plans: Plans,
    allowance: Option<Allowance>,
    /// Whether all that follows a pass worked each time.
    whole: bool,
    /// Whether the last pass left some of that to the next one.
    left: bool,
    output: Output,
}

/// Stays until all is done.
pub(crate) async fn run(work: &Work<'_>) -> anyhow::Result<Exit> {
    let mut stay = Stay {
        work,
        course: Course::new(&work.input.wanted, work.args.resume),
        plans: Plans::default(),
        allowance: None,
        whole: true,
        left: false,
        output: Output::stdout(false),
    };
    stay.output.unsupported(&work.input.unsupported, clock::now());
    let began = work.moment(clock::now());
    if let Some(exit) = stay.until_over().await? {
        return Ok(exit);
    }
    stay.output.finish()?;
    let missed = stay.course.is_missed(began, clock::now());
    if missed {
        work.messages.warn("a window went by in which not everything was paused");
    }
    let partial = stay.course.is_partial() || !stay.whole || !stay.plans.are_known();
    let partial = partial || missed || !work.input.unsupported.is_empty();
    Ok(if partial { Exit::Partial } else { Exit::Done })
}

impl Stay<'_> {
    /// Does each thing when it is due. A signal ends it with its own code.
    async fn until_over(&mut self) -> anyhow::Result<Option<Exit>> {
        let work = self.work;
        loop {
            let looked = work.moment(clock::now());
            let state = Ledger::read(work.ledger)?;
            let items = self.course.due(&state, looked);
            let mut again = false;
            // Plans that could not be listed may be part of what is due.
            let is_due = self.course.is_new() || !items.is_empty() || self.left;
            if is_due || self.plans.may_be_known_later() {
                match self.go().await {
                    Ok(()) => {}
                    Err(error) if work.stop.is_asked() => {
                        work.messages.warn(&format!("{error:#}"));
                    }
                    Err(error) if is_passing(&error) => {
                        work.messages.warn(&format!("{error:#}: trying again"));
                        again = true;
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some(exit) = work.stop.exit() {
                return Ok(Some(exit));
            }
            let moment = work.moment(clock::now());
            let state = Ledger::read(work.ledger)?;
            let all_known = !self.plans.may_be_known_later() || self.course.is_past(moment);
            let is_done = all_known && !again && !self.left;
            if is_done && self.course.is_over(&state, moment) {
                return Ok(None);
            }
            // What failed at an edge is tried again without waiting for another.
            let longest = if again { RETRY } else { TICK };
            // An edge that passed while this was busy is due at once.
            let edge = self.course.next_edge(&state, looked);
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
        let mut ledger = work.open_ledger().await?;
        let moment = work.moment(clock::now());
        let mut items = self.course.due(ledger.state(), moment);
        // At the start all is counted that will ever be paused, while there is
        // nothing to give back.
        let counts = self.course.is_new() && work.args.max_tasks.is_some();
        let ever = Moment { lead: Duration::MAX, ..moment };
        if work.args.with_plans {
            let listed = if counts { ever } else { moment };
            self.plans.renew(work.plans(&items, ledger.state(), listed).await);
            self.course.want(work.wanted(&self.plans));
            items = self.course.due(ledger.state(), moment);
        }
        if counts {
            let all = agenda::pausing(self.course.wanted(), ledger.state(), ever);
            self.allowance = work.allowance(ledger.state(), &all, ever).await?;
        }
        let guard = work.guard(moment.now);
        let mut actor = Actor { allowance: self.allowance.as_ref(), ..work.actor(&guard) };
        actor.effects.until = self.until(ledger.state(), moment);
        let Pass { mut reports, cut_short } = actor.pass(&mut ledger, items, moment.now).await;
        let until = self.until(ledger.state(), moment);
        let mut listed = Plans::default();
        let plans = if work.args.with_plans { &mut self.plans } else { &mut listed };
        work.note_plans(plans, &mut reports, ledger.state(), until).await;
        let followed = work.follow_up(&mut ledger, &mut reports, &guard, until).await;
        // Runs in flight are waited for until the next window opens or ends,
        // and not with the ledger locked.
        drop(ledger);
        let drained = work.drain(&mut reports, until).await;
        work.display.clear();
        let now = clock::now();
        // What the API was away for is tried again, and told when that worked.
        let is_passing = cut_short.as_ref().is_some_and(is_passing);
        for report in reports.iter().filter(|report| !is_passing || report.failure.is_none()) {
            if self.course.note(report, work.is_partial(report), moment) {
                self.output.report(report, now);
            }
        }
        cut_short.map_or(Ok(()), Err)?;
        let followed = followed?;
        self.whole &= followed.whole && drained;
        self.left = followed.left;
        Ok(())
    }

    /// When something else is to be done: the first edge after `moment`, when
    /// this began. One that passed since is due at once.
    fn until(&self, state: &State, moment: Moment) -> Option<Instant> {
        let edge = self.course.next_edge(state, moment)?;
        Some(Instant::now() + edge.since(clock::now()))
    }
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
