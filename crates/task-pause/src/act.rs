//! Doing what was decided: look, decide, intend, send, read back, settle.
//!
//! Work goes in batches. All looks of a batch run at once, then its intents
//! are put on disk with one sync, then its changes are sent. When all batches
//! are through, the changes are read back, and each is settled in the ledger
//! as its outcome comes in. Receipts keep the order of the input, but for what
//! could not be looked at in time: that is done last.

mod missing;
mod row;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use maintenance_core::change::{PauseState, Permit};
use maintenance_core::client::ClientError;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Finding, Intent, Ledger, LedgerError, LedgerState, NewHold, Phase};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::agenda::Item;
use crate::api::{Api, Look};
use crate::changes::{Changes, LEAST_IN_A_ROW, graver};
use crate::decide::{Case, Decision, Policy, Seen, Step, decide, needs_look};
use crate::effect;
use crate::haste;
use crate::limit::{self, Allowance, Pauses};
use crate::other_ledger;
use crate::progress::Display;
use crate::reason::Reason;
use crate::release;
use crate::report::Report;
use crate::signals::Stop;

use row::Row;

/// How many tasks and plans are looked at before the first of them is paused,
/// and how many intents share one sync.
const BATCH: usize = 256;

/// How long one look may keep the others of its batch waiting. What takes
/// longer is set aside until all others are through.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What one look came to; it was needless where it is `Ok(None)`.
type Looked = Result<Option<Seen>, ClientError>;

/// What became of a pass. The reports are true also where it was cut short.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) reports: Vec<Report>,
    pub(crate) cut_short: Option<anyhow::Error>,
}

/// What a batch came to, until its intents are on disk.
#[derive(Debug, Default)]
struct Decided {
    reports: Vec<Report>,
    /// The number of intents that begin a hold.
    begun: usize,
    intents: Vec<Intent>,
    /// The place of the report of each intent.
    sending: Vec<usize>,
}

/// How a pass is to be made.
pub(crate) struct Actor<'a, A> {
    pub(crate) api: &'a A,
    pub(crate) stop: &'a Stop,
    pub(crate) display: &'a Display,
    pub(crate) policy: Policy,
    pub(crate) effects: effect::Verification,
    pub(crate) concurrency: usize,
    pub(crate) reason: &'a Reason,
    pub(crate) catch_up: bool,
    /// Whether this call tries again what was not answered in time.
    pub(crate) stays: bool,
    /// Whether this call gives back what ends while it is under way.
    pub(crate) gives_back: bool,
    /// How much may be paused, if not all.
    pub(crate) allowance: Option<&'a Allowance>,
    /// Whether the API answered any look so far.
    pub(crate) answered: Cell<bool>,
    /// What the first look met with that did not reach it.
    pub(crate) unreached: RefCell<Option<ClientError>>,
    pub(crate) clock: fn() -> UtcTime,
}

impl<A: Api> Actor<'_, A> {
    /// When a request is left that a pause needs whose hold ends then, so that
    /// it can be made once more before that. Only a call that stays does so.
    pub(crate) fn answer_by(&self, end: Option<UtcTime>) -> Option<Instant> {
        haste::answer_by(end.filter(|_| self.stays), (self.clock)())
    }

    /// Decides on all items without changing anything: the reports, and how
    /// many tasks and plans would be paused. What takes longer
    /// to look at than `patience` is left out.
    pub(crate) async fn preview(
        &self,
        state: &LedgerState,
        items: &[Item],
        now: UtcTime,
        patience: Option<Duration>,
    ) -> Result<(Vec<Report>, Pauses), ClientError> {
        let mut reports = Vec::with_capacity(items.len());
        let mut pauses = Pauses::default();
        for batch in items.chunks(BATCH) {
            let (looks, away) = self.look(state, batch, now, patience).await;
            away.map_or(Ok(()), Err)?;
            let looks = batch.iter().zip(looks);
            for (item, look) in looks.filter_map(|(item, look)| Some((item, look?))) {
                let look = match look {
                    Ok(look) => look,
                    Err(error) => {
                        reports.push(Report::failed(item, &error));
                        continue;
                    }
                };
                let past = self.past(state, item, look.as_ref(), now);
                let open = state.open(&item.target).filter(|_| past.is_none());
                if let Some((past, decision)) = past {
                    reports.push(Report::of(&past, decision));
                    if !decision.ends_hold() {
                        continue;
                    }
                }
                let case = Case { open, ..case(state, item) };
                let decision = decide(&case, look.as_ref(), now, self.policy);
                pauses.count(decision.step, state.open(&item.target).is_some());
                let reason = self.reason(item, decision.step);
                let mut report = Report { reason, ..Report::of(item, decision) };
                if let Some(Seen::Look(look)) = &look {
                    other_ledger::tell(&mut report, state.id(), &look.state);
                }
                reports.push(report);
            }
        }
        self.nowhere().map_or(Ok((reports, pauses)), Err)
    }

    /// Decides on all items and does it, batch by batch. What was not open yet
    /// when the items were made, at `checked`, is not begun.
    pub(crate) async fn pass(
        &self,
        ledger: &mut Ledger,
        items: Vec<Item>,
        checked: UtcTime,
    ) -> Pass {
        let mut pass = Pass::default();
        let mut changes = Changes::new(self);
        let mut aside = Vec::new();
        for batch in items.chunks(BATCH) {
            if !self.batch(ledger, batch, checked, &mut pass, &mut changes, Some(&mut aside)).await
            {
                break;
            }
        }
        let sent = changes.read_back(ledger, &mut pass.reports).await;
        pass.cut_short = graver(pass.cut_short, sent.err());
        // Only then, since what was sent is known for ours as long as nobody
        // had time to change it, and these may take all the patience there is.
        let mut changes = Changes::new(self);
        // A few at a time, so that no look is old when its change is sent.
        for batch in aside.chunks(self.concurrency) {
            // They are due again after the edge.
            if self.effects.until.is_some_and(|edge| edge <= Instant::now()) {
                break;
            }
            if !self.batch(ledger, batch, checked, &mut pass, &mut changes, None).await {
                break;
            }
        }
        // Their reports have what is still of use.
        drop((items, aside));
        let sent = changes.read_back(ledger, &mut pass.reports).await;
        pass.cut_short = graver(pass.cut_short, sent.err());
        pass.cut_short = graver(pass.cut_short, self.nowhere().map(Into::into));
        pass
    }

    /// What every look met with, where none was answered.
    fn nowhere(&self) -> Option<ClientError> {
        self.unreached.take().filter(|_| !self.answered.get())
    }

    /// Does one batch, up to the sending of its changes. Tells whether there is
    /// any use in the next one.
    async fn batch(
        &self,
        ledger: &mut Ledger,
        batch: &[Item],
        checked: UtcTime,
        pass: &mut Pass,
        changes: &mut Changes<'_, A>,
        aside: Option<&mut Vec<Item>>,
    ) -> bool {
        if self.stop.is_asked() || changes.are_halted() || pass.cut_short.is_some() {
            return false;
        }
        match self.intend(ledger, batch, checked, &mut pass.reports, aside).await {
            Ok(permits) => changes.send(ledger, permits, &mut pass.reports).await,
            Err(error) => pass.cut_short = Some(error),
        }
        true
    }

    /// Looks at a batch, decides on it, and puts its intents on disk: leave to
    /// send its changes, each with the place of its report.
    async fn intend(
        &self,
        ledger: &mut Ledger,
        batch: &[Item],
        checked: UtcTime,
        reports: &mut Vec<Report>,
        mut aside: Option<&mut Vec<Item>>,
    ) -> anyhow::Result<Vec<(usize, Permit)>> {
        let now = (self.clock)();
        let patience = aside.is_some().then_some(PATIENCE);
        let (looks, away) = self.look(ledger.state(), batch, now, patience).await;
        if self.stop.is_asked() {
            return Ok(Vec::new());
        }
        let mut decided = Decided::default();
        let mut noted = Ok(());
        for (item, look) in batch.iter().zip(looks) {
            match look {
                Some(Ok(look)) => {
                    let opened = (checked, now);
                    let done = self.conclude(ledger, item, look, opened, &mut decided);
                    noted = noted.and(done);
                }
                Some(Err(error)) => decided.reports.push(Report::failed(item, &error)),
                None => {
                    if let Some(aside) = &mut aside {
                        aside.push(item.clone());
                    }
                }
            }
        }
        let Decided { reports: mut told, intents, sending, .. } = decided;
        if let Some(error) = away {
            // Nothing that needed a look is known, so there is nothing to send.
            reports.append(&mut told);
            return Err(noted.map_or_else(Into::into, |()| error.into()));
        }
        self.api.about_to_change(sending.iter().map(|&place| &told[place].target)).await;
        match noted.and_then(|()| ledger.intend(intents, now)) {
            Ok(permits) => {
                let first = reports.len();
                reports.append(&mut told);
                let places = sending.into_iter().map(|place| first + place);
                Ok(places.zip(permits).collect())
            }
            Err(error) => {
                // None was sent, so there is nothing to tell of these.
                let told = told.into_iter().enumerate().filter(|(at, _)| !sending.contains(at));
                reports.extend(told.map(|(_, report)| report));
                Err(error.into())
            }
        }
    }

    /// Decides on what was looked at, and records what was found out.
    fn conclude(
        &self,
        ledger: &mut Ledger,
        item: &Item,
        look: Option<Seen>,
        (checked, now): (UtcTime, UtcTime),
        decided: &mut Decided,
    ) -> Result<(), LedgerError> {
        if let Some((past, decision)) = self.past(ledger.state(), item, look.as_ref(), now) {
            let settled = self.carry_out(ledger, &past, decision, look.clone(), now, decided);
            if settled.is_err() || !decision.ends_hold() {
                return settled;
            }
        }
        let case = case(ledger.state(), item);
        let mut decision = decide(&case, look.as_ref(), now, self.policy);
        let looked = (self.clock)();
        if matches!(decision.step, Step::Pause | Step::PauseAgain)
            && item.hold.tense(looked, self.policy.lead) == Tense::Over
        {
            // It ended while this was looked at.
            decision = decide(&case, look.as_ref(), looked, self.policy);
            decision.why = decision.why.or(Some(effect::LATE));
        }
        if decision.step == Step::Pause
            && item.hold.tense(checked, self.policy.lead) == Tense::Pending
        {
            // It opened meanwhile, and was not counted before.
            decision = Decision { step: Step::Report, action: Action::Pending, why: None };
        }
        if let Some(allowance) = self.allowance {
            let held = ledger.state().open_count() + decided.begun;
            let is_admitted = match decision.step {
                Step::Pause => allowance.admit(&item.target, held),
                Step::PauseAgain => allowance.admit_again(held),
                _ => true,
            };
            if !is_admitted {
                decision = limit::TOO_MANY;
            }
        }
        if self.policy.reassert {
            release::take_up(ledger, item, now)?;
        }
        missing::note(ledger, item, look.as_ref(), now)?;
        let is_moved = ledger.state().open(&item.target).is_some_and(|o| o.hold != item.hold);
        let moved = if is_moved { ledger.move_hold(&item.target, &item.hold, now) } else { Ok(()) };
        moved.and(self.carry_out(ledger, item, decision, look, now, decided))
    }

    /// The decision on the hold that an item's entry had, where that is over
    /// and, as it turns out, was ended, or is about to be: its next hold is a
    /// new one then.
    fn past(
        &self,
        state: &LedgerState,
        item: &Item,
        look: Option<&Seen>,
        now: UtcTime,
    ) -> Option<(Item, Decision)> {
        let open = state.open(&item.target)?;
        let is_over = open.hold.tense(now, Duration::ZERO) == Tense::Over;
        if !is_over || open.hold.touches(&item.hold) || !matches!(look, Some(Seen::Look(_))) {
            return None;
        }
        let past = Item { hold: open.hold.clone(), ..item.clone() };
        let decision = decide(&case(state, &past), look, now, self.policy);
        let is_ending = matches!(open.phase, Phase::Resuming { .. } | Phase::Accepted { .. })
            && decision.action == Action::Accepted;
        (is_ending || decision.ends_hold()).then_some((past, decision))
    }

    /// Records what was found out by the way, and takes up what is to be sent.
    fn carry_out(
        &self,
        ledger: &mut Ledger,
        item: &Item,
        decision: Decision,
        look: Option<Seen>,
        now: UtcTime,
        decided: &mut Decided,
    ) -> Result<(), LedgerError> {
        let seen = look.and_then(Seen::into_look);
        let mut report = Report {
            paused_since: ledger.state().open(&item.target).map(|open| open.since),
            reason: self.reason(item, decision.step),
            ..Report::of(item, decision)
        };
        // A pause of ours that was ended meanwhile shows no account any more.
        let known = ledger.state().open(&item.target).and_then(|open| open.seen());
        report.note_account(known);
        if let Some(look) = &seen {
            other_ledger::tell(&mut report, ledger.state().id(), &look.state);
            report.note_account(Some(&look.state));
        }
        let found = if let Step::Settle(result) = decision.step {
            let state = seen.as_ref().map(|look| look.state.clone());
            ledger.record(&item.target, Finding { result, answer: None, seen: state }, now)
        } else {
            Ok(())
        };
        if let Some(intent) = self.intent(item, decision.step, seen) {
            decided.begun += usize::from(matches!(intent, Intent::Pause(_)));
            decided.intents.push(intent);
            decided.sending.push(decided.reports.len());
        }
        decided.reports.push(report);
        found
    }

    fn reason(&self, item: &Item, step: Step) -> Option<Box<str>> {
        matches!(step, Step::Pause | Step::PauseAgain)
            .then(|| self.reason.render(&item.hold).into())
    }

    fn intent(&self, item: &Item, step: Step, seen: Option<Look>) -> Option<Intent> {
        let target = item.target.clone();
        let reason = || self.reason.render(&item.hold);
        match step {
            Step::Report | Step::Settle(_) => None,
            Step::Pause => {
                let mut labels = Arc::clone(&item.labels);
                let (prior, workspace_id) = match seen {
                    Some(Look { state, workspace_id }) => (state, workspace_id),
                    None => (PauseState::default(), None),
                };
                // Where it belongs bears on what "not found" means later.
                if labels.workspace_id.is_none() && workspace_id.is_some() {
                    Arc::make_mut(&mut labels).workspace_id = workspace_id.map(Arc::from);
                }
                let (hold, reason) = (item.hold.clone(), reason());
                Some(Intent::Pause(Box::new(NewHold { target, labels, hold, prior, reason })))
            }
            Step::PauseAgain => {
                let looked = seen.and_then(|look| look.state.shown_at);
                Some(Intent::PauseAgain { target, reason: reason(), looked })
            }
            Step::Resume => Some(Intent::Resume { target, catch_up: self.catch_up }),
        }
    }

    /// Looks at those items that cannot be decided without; `None` for one that
    /// took longer than `patience`, or, without that, was cut off by an edge or
    /// after a signal. With them, if several in a row met with an API out of
    /// reach and none was answered, what they met with.
    async fn look(
        &self,
        state: &LedgerState,
        batch: &[Item],
        now: UtcTime,
        patience: Option<Duration>,
    ) -> (Vec<Option<Looked>>, Option<ClientError>) {
        self.display.looking(batch.len());
        let row = &Row::new(self.concurrency.max(LEAST_IN_A_ROW));
        let look = async |item: &Item| {
            if !needs_look(&case(state, item), now, self.policy) || self.stop.is_asked() {
                return Some(Ok(None));
            }
            if let Some(error) = row.away.borrow().clone() {
                return Some(Err(error));
            }
            // What is cut off at an edge is due again after it.
            let edge = self.effects.until;
            let until = match patience.map(|patience| Instant::now() + patience) {
                Some(patient) if row.is_slow() => edge.map(|edge| edge.max(patient)),
                Some(patient) => Some(patient),
                None => edge,
            };
            let again = patience.and_then(|_| self.answer_by(item.hold.end()));
            let until = haste::earlier(until, again);
            let look = self.stop.at_most(until, self.api.look(&item.target)).await;
            look.map(|look| look.map(|look| Some(Seen::Look(look))))
        };
        let looking = batch.iter().enumerate().map(async |(place, item)| (place, look(item).await));
        let mut looking = stream::iter(looking).buffer_unordered(self.concurrency);
        let mut looks: Vec<Option<Looked>> = batch.iter().map(|_| None).collect();
        while let Some((place, look)) = looking.next().await {
            self.display.looked();
            row.count(look.as_ref());
            looks[place] = look;
        }
        // An answer of any kind shows that what failed is not the connection.
        let is_answer = |look: &Looked| match look {
            Ok(seen) => seen.is_some(),
            Err(error) => !effect::is_systematic(error),
        };
        let any_answer = looks.iter().flatten().any(is_answer);
        self.answered.set(self.answered.get() || any_answer);
        let first = |is_one: fn(&ClientError) -> bool| {
            let errors = looks.iter().flatten().filter_map(|look| look.as_ref().err());
            errors.clone().find(|error| is_one(error)).cloned()
        };
        // One that cannot be reached is not yet an API that is away.
        let away = row.away.take().or_else(|| first(effect::is_hopeless)).filter(|_| !any_answer);
        let unreached = self.unreached.take().or_else(|| first(effect::is_systematic));
        self.unreached.replace(unreached);
        (self.without_missing(state, batch, looks).await, away)
    }
}

fn case<'a>(state: &'a LedgerState, item: &'a Item) -> Case<'a> {
    Case {
        ledger: state.id(),
        hold: &item.hold,
        open: state.open(&item.target),
        given_up: item.given_up,
        cancelled: item.cancelled,
        still_held: item.still_held,
        due: item.due,
        known: state.known(),
    }
}
