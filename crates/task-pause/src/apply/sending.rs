//! Sends the changes of one pass, and reads them back. All are sent before the
//! first is read back, so that a change which takes long to show keeps nothing
//! from being paused in time. Each outcome stands in the ledger as soon as it is
//! known.

use std::collections::HashMap;

use futures_util::stream::{self, FuturesUnordered, StreamExt};
use maintenance_core::change::{ChangeAnswer, Permit, Target};
use maintenance_core::circuit_breaker::CircuitBreaker;
use maintenance_core::client::ClientError;
use maintenance_core::ledger::{Finding, Ledger};
use tokio::sync::{Semaphore, watch};

use super::context::Context;
use super::outage::{Answers, breaker, counts_toward_breaker, opens_breaker_at_once};
use super::verify::{self, Outcome, UnreadChange, Verifier, judge_again, listed};
use crate::deadline::Deadline;
use crate::decide::other_ledger;
use crate::talend::{PauseLists, Talend};
use crate::timing::LISTED_READ_BACK_DELAYS;
use crate::types::{Look, Report, more_severe_error};

/// The number of changes that are read back at once. Most of them wait; their looks
/// share the concurrency of the call.
const READ_BACK_AT_ONCE: usize = 256;

/// The changes of one pass that were sent and not read back yet.
pub(super) struct Sending<'a, T> {
    context: &'a Context<'a, T>,
    /// Each with the place of its report.
    sent: Vec<(usize, UnreadChange)>,
    breaker: CircuitBreaker,
    answers: Answers,
    /// The reason why no more changes are sent.
    halted: Option<anyhow::Error>,
}

impl<'a, T: Talend> Sending<'a, T> {
    pub(super) fn new(context: &'a Context<'a, T>) -> Self {
        Self {
            context,
            sent: Vec::new(),
            breaker: breaker(context.concurrency),
            answers: Answers::default(),
            halted: None,
        }
    }

    /// Whether no more changes are sent.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.is_some()
    }

    /// Sends the permitted changes, each with the place of its report.
    pub(super) async fn send(
        &mut self,
        ledger: &mut Ledger,
        permits: Vec<(usize, Permit)>,
        reports: &mut [Report],
    ) {
        let context = self.context;
        context.display.sending(permits.iter().map(|(_, permit)| permit.change().pause));
        let mut waiting = permits.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < context.api.allowed_in_flight()
                && let Some((place, permit)) = waiting.next()
            {
                if let Some(outcome) = self.unsent(&permit) {
                    context.display.sent(permit.change().pause);
                    self.settle(ledger, permit, outcome, &mut reports[place]);
                    continue;
                }
                // Never `None`: the intent of each permit opened this hold, or found it active.
                let Some(active) = ledger.state().snapshot(&permit.change().target) else {
                    continue;
                };
                running.push(async move {
                    let response = verify::send(context, &permit).await;
                    (place, permit, active, response)
                });
            }
            let Some((place, permit, active, response)) = running.next().await else { break };
            context.display.sent(permit.change().pause);
            match response {
                Ok(response) => {
                    self.count(response.error());
                    self.sent.push((place, UnreadChange { permit, active, response }));
                }
                Err(outcome) => {
                    // That a window ended says nothing about the API.
                    if outcome.error.is_some() {
                        self.count(outcome.error.as_ref());
                    }
                    self.settle(ledger, permit, *outcome, &mut reports[place]);
                }
            }
        }
    }

    /// The outcome of a change that is not sent any more.
    fn unsent(&self, permit: &Permit) -> Option<Outcome> {
        let now = (self.context.clock)();
        if self.is_halted() || self.context.stop.is_asked() || self.context.is_early() {
            Some(Outcome::withdrawn())
        } else if permit.change().until.is_some_and(|until| until <= now) {
            // A change may wait too long for its turn.
            Some(Outcome::late())
        } else {
            None
        }
    }

    /// Reads back the changes that were sent, and puts all outcomes on disk. Also returns
    /// the reason why changes were not sent.
    pub(super) async fn read_back(
        mut self,
        ledger: &mut Ledger,
        lists: &mut PauseLists,
        reports: &mut [Report],
    ) -> (Answers, Option<anyhow::Error>) {
        let context = self.context;
        let Context { display, clock, .. } = *context;
        let slots = &Semaphore::new(context.concurrency.most());
        display.reading_back(self.sent.len());
        Box::pin(self.read_back_by_lists(ledger, lists, reports)).await;
        let sent = std::mem::take(&mut self.sent);
        // Facts that one pause shows may prove the owner of another.
        let (known, watched) = watch::channel(ledger.state().known().clone());
        let reading = sent.into_iter().map(async |(place, sent)| {
            // A hold that ends is given back, and looked at then.
            let end = sent.permit.change().until.filter(|_| context.gives_back);
            let deadline = context.deadline.earlier(Deadline::at_time(end, clock()));
            let verifier = Verifier { context, slots, deadline };
            let outcome = verifier.read_back(&sent, &watched).await;
            (place, sent, outcome)
        });
        let mut outcomes = stream::iter(reading).buffer_unordered(READ_BACK_AT_ONCE);
        let mut unclear = Vec::new();
        while let Some((place, sent, outcome)) = outcomes.next().await {
            display.read_back();
            // A result that a look found shows that the API answers.
            self.answers.is_any |= outcome.error.is_none();
            if outcome.is_unclear() {
                unclear.push((place, sent, outcome));
                continue;
            }
            self.settle(ledger, sent.permit, outcome, &mut reports[place]);
            known.send_replace(ledger.state().known().clone());
        }
        for (place, sent, outcome) in unclear {
            let outcome = judge_again(outcome, &sent, ledger.state().known());
            self.settle(ledger, sent.permit, outcome, &mut reports[place]);
        }
        if let Err(error) = ledger.sync() {
            self.halt(error.into());
        }
        (self.answers, self.halted)
    }

    /// Settles the changes that lists show as they were made, where that saves requests.
    /// All others are read back one by one.
    async fn read_back_by_lists(
        &mut self,
        ledger: &mut Ledger,
        lists: &mut PauseLists,
        reports: &mut [Report],
    ) {
        let context = self.context;
        if !context.policy.verify {
            return;
        }
        // A change is made in the background, and may show a moment later.
        for delay in LISTED_READ_BACK_DELAYS {
            if context.stop.is_asked() || context.deadline.is_past() {
                return;
            }
            let targets = self.sent.iter().filter(|(_, sent)| sent.is_answered());
            let targets: Vec<Target> =
                targets.map(|(_, sent)| sent.permit.change().target.clone()).collect();
            if !lists.may_serve(targets.len()) {
                return;
            }
            context.stop.sleep(context.deadline.left(delay)).await;
            let looks = lists.looks(context.api, &targets, context.messages);
            let Some(looks) = context.stop.at_most(context.deadline, looks).await else { return };
            if looks.is_empty() {
                return;
            }
            let mut looks: HashMap<Target, Look> = looks.into_iter().collect();
            for (place, sent) in std::mem::take(&mut self.sent) {
                let look = looks.remove(&sent.permit.change().target);
                match look.and_then(|look| listed(&sent, look.state, ledger.state().known())) {
                    Some(outcome) => {
                        context.display.read_back();
                        self.answers.is_any = true;
                        self.settle(ledger, sent.permit, outcome, &mut reports[place]);
                    }
                    None => self.sent.push((place, sent)),
                }
            }
        }
    }

    /// Counts the answer to one change, or its error, for the circuit breaker.
    fn count(&mut self, error: Option<&ClientError>) {
        let Some(error) = error.filter(|error| counts_toward_breaker(error)) else {
            self.breaker.success();
            self.answers.is_any = true;
            return;
        };
        self.breaker.failure();
        if opens_breaker_at_once(error) || self.breaker.is_open() {
            self.halt(error.clone().into());
        }
        self.answers.unreached = Some(error.clone());
    }

    /// Records the outcome of a change in the ledger and in its report.
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
            report.details_mut().answer = Some(ChangeAnswer::Unchanged);
        }
        if let Some(state) = &seen {
            other_ledger::add_owner_details(report, ledger.state().id(), state);
            report.add_account(Some(state));
        }
        let finding = Finding { result, answer, seen };
        if let Err(error) = ledger.settle(permit, finding, (self.context.clock)()) {
            self.halt(error.into());
        }
        if let Some(error) = error {
            report.fail(&error);
        }
    }

    fn halt(&mut self, error: anyhow::Error) {
        self.halted = more_severe_error(self.halted.take(), Some(error));
    }
}
