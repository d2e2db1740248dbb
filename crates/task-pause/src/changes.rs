//! The changes of one pass. All of them are sent before the first is read
//! back, so that what takes long to show keeps nothing from being paused in
//! time. Each outcome stands in the ledger as soon as it is known.

use std::cell::{Cell, RefCell};

use futures_util::{StreamExt, stream};
use maintenance_core::change::{ChangeAnswer, Permit};
use maintenance_core::client::ClientError;
use maintenance_core::ledger::{Finding, Ledger, LedgerError};
use tokio::time::Instant;

use crate::act::Actor;
use crate::api::{Api, Throttled};
use crate::effect::{self, Context, Outcome, Told, Verification};
use crate::haste;
use crate::other_ledger;
use crate::report::Report;

/// How many changes are read back at once. Most of them only wait; the looks
/// among them share the call's concurrency.
const WATCHED: usize = 256;

/// After so many changes in a row that met with an API out of reach, at least,
/// no more are sent.
pub(crate) const LEAST_IN_A_ROW: usize = 2;

/// A change that was sent, and not read back yet.
struct Sent {
    permit: Permit,
    /// Where its report is.
    place: usize,
    context: Context,
    told: Told,
}

/// The changes of one pass.
pub(crate) struct Changes<'a, A> {
    actor: &'a Actor<'a, A>,
    sent: Vec<Sent>,
    /// Changes in a row that met with an API out of reach, and the last error.
    in_a_row: usize,
    out_of_reach: Option<ClientError>,
    /// Whether any change got an answer.
    any_answer: bool,
    /// Why no more are sent.
    halted: Option<anyhow::Error>,
}

impl<'a, A: Api> Changes<'a, A> {
    pub(crate) fn new(actor: &'a Actor<'a, A>) -> Self {
        Self {
            actor,
            sent: Vec::new(),
            in_a_row: 0,
            out_of_reach: None,
            any_answer: false,
            halted: None,
        }
    }

    /// Whether no more are sent.
    pub(crate) fn are_halted(&self) -> bool {
        self.halted.is_some()
    }

    /// Sends what is permitted, each with the place of its report.
    pub(crate) async fn send(
        &mut self,
        ledger: &mut Ledger,
        permits: Vec<(usize, Permit)>,
        reports: &mut [Report],
    ) {
        let halted = Cell::new(self.are_halted());
        let actor = self.actor;
        let sends: Vec<_> = permits
            .into_iter()
            .filter_map(|(place, permit)| {
                let context = Context::of(ledger.state().snapshot(&permit.change().target)?);
                Some((place, permit, context))
            })
            .collect();
        actor.display.sending(sends.iter().map(|(_, permit, _)| permit.change().pause));
        let sends = sends.into_iter().map(async |(place, permit, context)| {
            let until = permit.change().until;
            let told = if halted.get() || actor.stop.is_asked() {
                Err(Box::new(Outcome::withdrawn()))
            } else if until.is_some_and(|until| until <= (actor.clock)()) {
                // Many may wait for one API, and some for too long.
                Err(Box::new(Outcome::late()))
            } else {
                effect::send(actor.api, &permit, actor.effects, actor.stop).await
            };
            (place, permit, context, told)
        });
        let mut answers = stream::iter(sends).buffer_unordered(actor.concurrency);
        while let Some((place, permit, context, told)) = answers.next().await {
            actor.display.sent(permit.change().pause);
            match told {
                Ok(told) => {
                    self.count(told.error());
                    self.sent.push(Sent { permit, place, context, told });
                }
                Err(outcome) => {
                    if !outcome.is_unasked() {
                        self.count(outcome.error.as_ref());
                    }
                    self.settle(ledger, permit, *outcome, &mut reports[place]);
                }
            }
            halted.set(self.are_halted());
        }
    }

    /// Reads back what was sent, and puts all outcomes on disk. The error is
    /// what kept changes from being sent.
    pub(crate) async fn read_back(
        mut self,
        ledger: &mut Ledger,
        reports: &mut [Report],
    ) -> anyhow::Result<()> {
        let Actor { effects, stop, api, concurrency, display, gives_back, clock, .. } = *self.actor;
        let api = &Throttled::new(api, concurrency);
        let sent = std::mem::take(&mut self.sent);
        display.reading_back(sent.len());
        // What is seen of one pause may tell whose another one is.
        let known = &RefCell::new(ledger.state().known().clone());
        let reading = sent.into_iter().map(async |Sent { permit, place, context, told }| {
            let change = permit.change();
            // Whose hold is over is to be given back, and is looked at then.
            let left = change.until.filter(|_| gives_back).map(|end| end.since(clock()));
            let until = haste::earlier(effects.until, left.map(|left| Instant::now() + left));
            let effects = Verification { until, ..effects };
            let answer = told.clone();
            let outcome =
                effect::read_back(api, change, &context, answer, known, effects, stop).await;
            (Sent { permit, place, context, told }, outcome)
        });
        let mut outcomes = stream::iter(reading).buffer_unordered(WATCHED);
        let mut unclear = Vec::new();
        while let Some((sent, outcome)) = outcomes.next().await {
            display.read_back();
            // What was found out by looking shows that the API is there.
            self.any_answer |= outcome.error.is_none();
            if outcome.is_unclear() {
                unclear.push((sent, outcome));
                continue;
            }
            self.settle(ledger, sent.permit, outcome, &mut reports[sent.place]);
            known.borrow_mut().clone_from(ledger.state().known());
        }
        for (Sent { permit, place, context, told }, outcome) in unclear {
            let known = ledger.state().known();
            let outcome = effect::judge_again(outcome, permit.change(), &context, told, known);
            self.settle(ledger, permit, outcome, &mut reports[place]);
        }
        if let Some(error) = self.out_of_reach.take().filter(|_| !self.any_answer) {
            self.halt(error.into());
        }
        if let Err(error) = ledger.sync() {
            self.halt(error.into());
        }
        self.halted.map_or(Ok(()), Err)
    }

    /// Takes one answer, or none, into account. One that cannot be reached
    /// starves no other; several in a row are an API that is away.
    fn count(&mut self, error: Option<&ClientError>) {
        match error.filter(|error| effect::is_systematic(error)) {
            None => {
                self.in_a_row = 0;
                self.any_answer = true;
            }
            Some(error) => {
                self.in_a_row += 1;
                let limit = self.actor.concurrency.max(LEAST_IN_A_ROW);
                if effect::is_hopeless(error) || self.in_a_row >= limit {
                    self.halt(error.clone().into());
                }
                self.out_of_reach = Some(error.clone());
            }
        }
    }

    fn settle(
        &mut self,
        ledger: &mut Ledger,
        permit: Permit,
        outcome: Outcome,
        report: &mut Report,
    ) {
        let Outcome { result, answer, is_unchanged, seen, action, why, error } = outcome;
        report.action = action;
        report.why = why;
        if is_unchanged {
            report.found_mut().answer = Some(ChangeAnswer::Unchanged);
        }
        if let Some(state) = &seen {
            other_ledger::tell(report, ledger.state().id(), state);
            report.note_account(Some(state));
        }
        let settled: Result<(), LedgerError> =
            ledger.settle(permit, Finding { result, answer, seen }, (self.actor.clock)());
        if let Err(error) = settled {
            self.halt(error.into());
        }
        if let Some(error) = error {
            report.fail(&error);
        }
    }

    fn halt(&mut self, error: anyhow::Error) {
        self.halted = graver(self.halted.take(), Some(error));
    }
}

/// What is not on disk outranks what did not reach the API; else the first
/// counts.
pub(crate) fn graver(
    known: Option<anyhow::Error>,
    new: Option<anyhow::Error>,
) -> Option<anyhow::Error> {
    match (known, new) {
        (Some(known), Some(new)) if new.is::<LedgerError>() && !known.is::<LedgerError>() => {
            Some(new)
        }
        (known, new) => known.or(new),
    }
}
