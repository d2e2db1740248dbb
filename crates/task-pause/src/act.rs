//! Doing what was decided: look, decide, intend, send, read back, settle.
//!
//! Work goes in batches. All looks of a batch run at once, then its intents
//! are put on disk with one sync, then its changes run at once, and each is
//! settled in the ledger as its outcome comes in. Receipts keep the order of
//! the input.

use std::cell::Cell;
use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use maintenance_core::change::{PauseState, Permit, Target};
use maintenance_core::client::ClientError;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{CatchUp, Intent, Ledger, NewHold, State};
use maintenance_core::receipt::{Action, Failure, PlanRef};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use crate::agenda::Item;
use crate::api::Api;
use crate::decide::{Case, Decision, Policy, Seen, Step, decide, needs_look};
use crate::effect::{self, Outcome};
use crate::reason::Reason;
use crate::signals::Stop;

/// How many tasks and plans are looked at before the first of them is paused,
/// and how many intents share one sync.
const BATCH: usize = 256;

/// What became of one item.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) target: Target,
    pub(crate) labels: Labels,
    pub(crate) hold: Hold,
    pub(crate) action: Action,
    pub(crate) why: Option<&'static str>,
    pub(crate) failure: Option<Failure>,
    /// The exit code that the failure alone would end with.
    pub(crate) exit: Option<Exit>,
    /// From when on we have it paused, if we had before.
    pub(crate) paused_since: Option<UtcTime>,
    /// The text left with its pause.
    pub(crate) reason: Option<String>,
    /// The runs that were suppressed, where the API itself recorded them.
    pub(crate) runs: Option<Vec<UtcTime>>,
    pub(crate) warnings: Vec<String>,
    pub(crate) plans: Vec<PlanRef>,
    /// Executions that had not ended.
    pub(crate) in_flight: Vec<String>,
    /// The execution that made up for what was missed.
    pub(crate) caught_up: Option<String>,
}

/// What became of a pass. The reports are true also where it was cut short.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) reports: Vec<Report>,
    pub(crate) cut_short: Option<anyhow::Error>,
}

/// How a pass is to be made.
pub(crate) struct Actor<'a, A> {
    pub(crate) api: &'a A,
    pub(crate) stop: &'a Stop,
    pub(crate) policy: Policy,
    pub(crate) effects: effect::Settings,
    pub(crate) concurrency: usize,
    pub(crate) reason: &'a Reason,
    pub(crate) catch_up: bool,
    pub(crate) clock: fn() -> UtcTime,
}

impl<A: Api> Actor<'_, A> {
    /// Decides on all items without changing anything: the reports, and how
    /// many tasks and plans would be paused that are not now.
    pub(crate) async fn preview(
        &self,
        state: &State,
        items: &[Item],
        now: UtcTime,
    ) -> Result<(Vec<Report>, usize), ClientError> {
        let mut reports = Vec::with_capacity(items.len());
        let mut pauses = 0;
        for batch in items.chunks(BATCH) {
            let looks = self.look(state, batch, now).await?;
            for (item, look) in batch.iter().zip(looks) {
                reports.push(match look {
                    Ok(look) => {
                        let decision = decide(&case(state, item), look.as_ref(), now, self.policy);
                        pauses +=
                            usize::from(matches!(decision.step, Step::Pause | Step::PauseAgain));
                        let reason = self.reason(item, decision.step);
                        Report { reason, ..report(item, decision) }
                    }
                    Err(error) => failed(item, &error),
                });
            }
        }
        Ok((reports, pauses))
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
        for batch in items.chunks(BATCH) {
            if self.stop.is_asked() {
                break;
            }
            if let Err(error) = self.batch(ledger, batch, checked, &mut pass.reports).await {
                pass.cut_short = Some(error);
                break;
            }
        }
        pass
    }

    async fn batch(
        &self,
        ledger: &mut Ledger,
        batch: &[Item],
        checked: UtcTime,
        reports: &mut Vec<Report>,
    ) -> anyhow::Result<()> {
        let now = (self.clock)();
        let looks = self.look(ledger.state(), batch, now).await?;
        let mut intents = Vec::new();
        let mut sending = Vec::new();
        let mut decided = Vec::with_capacity(batch.len());
        for (item, look) in batch.iter().zip(looks) {
            let look = match look {
                Ok(look) => look,
                Err(error) => {
                    decided.push(failed(item, &error));
                    continue;
                }
            };
            let open = ledger.state().open(&item.target);
            let paused_since = open.map(|open| open.since);
            let is_moved = open.is_some_and(|open| open.hold != item.hold);
            let mut decision = decide(&case(ledger.state(), item), look.as_ref(), now, self.policy);
            if decision.step == Step::Pause
                && item.hold.tense(checked, self.policy.lead) == Tense::Pending
            {
                // It opened meanwhile, and was not counted before.
                decision = Decision { step: Step::Report, action: Action::Pending, why: None };
            }
            if is_moved {
                ledger.move_hold(&item.target, &item.hold, now)?;
            }
            let seen = match look {
                Some(Seen::State(state)) => Some(state),
                Some(Seen::Gone) | None => None,
            };
            if let Step::Settle(result) = decision.step {
                ledger.find(&item.target, result, None, seen.clone(), now)?;
            }
            if let Some(intent) = self.intent(item, decision.step, seen) {
                intents.push(intent);
                sending.push(decided.len());
            }
            decided.push(Report {
                paused_since,
                reason: self.reason(item, decision.step),
                ..report(item, decision)
            });
        }
        let permits = match ledger.intend(intents, now) {
            Ok(permits) => permits,
            Err(error) => {
                // None was sent, so there is nothing to tell of these.
                let told = decided.into_iter().enumerate().filter(|(at, _)| !sending.contains(at));
                reports.extend(told.map(|(_, report)| report));
                return Err(error.into());
            }
        };
        let sent = self.send_all(ledger, permits, &sending, &mut decided).await;
        reports.append(&mut decided);
        sent
    }

    /// Sends what is permitted, and settles each outcome as it comes.
    async fn send_all(
        &self,
        ledger: &mut Ledger,
        permits: Vec<Permit>,
        sending: &[usize],
        reports: &mut [Report],
    ) -> anyhow::Result<()> {
        let halted = Cell::new(false);
        let halted = &halted;
        let sends: Vec<_> = permits
            .into_iter()
            .zip(sending)
            .map(|(permit, &place)| {
                let open = ledger.state().open(&permit.change().target);
                (permit, place, open.map_or_else(String::new, |open| open.id.clone()))
            })
            .collect();
        let sends = sends.into_iter().map(|(permit, place, hold)| async move {
            if halted.get() || self.stop.is_asked() {
                return (permit, place, Outcome::withdrawn());
            }
            let outcome = effect::apply(self.api, &permit, &hold, self.effects, self.stop).await;
            if outcome.is_systematic() {
                halted.set(true);
            }
            (permit, place, outcome)
        });
        let mut outcomes = stream::iter(sends).buffer_unordered(self.concurrency);
        let mut ledger_error = None;
        let mut api_error = None;
        while let Some((permit, place, outcome)) = outcomes.next().await {
            let Outcome { result, answer, seen, action, why, error } = outcome;
            if let Some(result) = result
                && let Err(error) = ledger.settle(permit, result, answer, seen, (self.clock)())
            {
                halted.set(true);
                ledger_error.get_or_insert(error);
            }
            let report = &mut reports[place];
            report.action = action;
            report.why = why;
            if let Some(error) = error {
                report.failure = Some(failure(&error));
                report.exit = Some(error.exit());
                if effect::is_systematic(&error) {
                    api_error.get_or_insert(error);
                }
            }
        }
        ledger_error.map_or(Ok(()), Err)?;
        ledger.sync()?;
        Ok(api_error.map_or(Ok(()), Err)?)
    }

    fn reason(&self, item: &Item, step: Step) -> Option<String> {
        matches!(step, Step::Pause | Step::PauseAgain).then(|| self.reason.render(&item.hold))
    }

    fn intent(&self, item: &Item, step: Step, prior: Option<PauseState>) -> Option<Intent> {
        let target = item.target.clone();
        let reason = || self.reason.render(&item.hold);
        match step {
            Step::Report | Step::Settle(_) => None,
            Step::Pause => Some(Intent::Pause(Box::new(NewHold {
                target,
                labels: item.labels.clone(),
                hold: item.hold.clone(),
                prior: prior.unwrap_or_default(),
                reason: reason(),
            }))),
            Step::PauseAgain => Some(Intent::PauseAgain { target, reason: reason() }),
            Step::Resume => Some(Intent::Resume { target, catch_up: self.catch_up }),
        }
    }

    /// Looks at those items that cannot be decided without. The outer error is
    /// one that every look met.
    async fn look(
        &self,
        state: &State,
        batch: &[Item],
        now: UtcTime,
    ) -> Result<Vec<Result<Option<Seen>, ClientError>>, ClientError> {
        let looks = batch.iter().map(|item| async move {
            if !needs_look(&case(state, item), now, self.policy) {
                return Ok(None);
            }
            self.api.look(&item.target).await.map(|state| Some(Seen::State(state)))
        });
        let looks: Vec<_> = stream::iter(looks).buffered(self.concurrency).collect().await;
        // An answer of any kind shows that what failed is not the connection.
        let is_answer = |look: &Result<Option<Seen>, ClientError>| match look {
            Ok(seen) => seen.is_some(),
            Err(error) => !effect::is_systematic(error),
        };
        let any_answer = looks.iter().any(is_answer);
        let mut visible: HashMap<&str, bool> = HashMap::new();
        let mut judged = Vec::with_capacity(looks.len());
        for (item, look) in batch.iter().zip(looks) {
            judged.push(match look {
                Err(error) if error.is_not_found() => {
                    let environment = item.target.environment_id.as_str();
                    let sees = match visible.get(environment) {
                        Some(sees) => *sees,
                        // Whoever may not list environments proves nothing.
                        None => self.api.sees(environment).await.unwrap_or(false),
                    };
                    visible.insert(environment, sees);
                    // With the credentials of another tenant nothing is there,
                    // and nothing is gone.
                    if sees { Ok(Some(Seen::Gone)) } else { Err(error) }
                }
                Err(error) if effect::is_systematic(&error) && !any_answer => return Err(error),
                look => look,
            });
        }
        Ok(judged)
    }
}

fn case<'a>(state: &'a State, item: &'a Item) -> Case<'a> {
    Case {
        ledger: state.id(),
        hold: &item.hold,
        open: state.open(&item.target),
        given_up: item.given_up,
        cancelled: item.cancelled,
        still_held: item.still_held,
        due: item.due,
        contexts: state.shows_contexts(),
    }
}

fn report(item: &Item, decision: Decision) -> Report {
    Report {
        target: item.target.clone(),
        labels: item.labels.clone(),
        hold: item.hold.clone(),
        action: decision.action,
        why: decision.why,
        failure: None,
        exit: None,
        paused_since: None,
        reason: None,
        runs: None,
        warnings: Vec::new(),
        plans: Vec::new(),
        in_flight: Vec::new(),
        caught_up: None,
    }
}

impl Report {
    /// What an earlier call resumed, and did not come to tell of.
    pub(crate) fn of_earlier(catch_up: &CatchUp) -> Self {
        Self {
            target: catch_up.target.clone(),
            labels: catch_up.labels.clone(),
            hold: catch_up.hold.clone(),
            action: Action::Resumed,
            why: Some("resumed by an earlier call"),
            failure: None,
            exit: None,
            paused_since: Some(catch_up.paused.0),
            reason: None,
            runs: None,
            warnings: Vec::new(),
            plans: Vec::new(),
            in_flight: Vec::new(),
            caught_up: None,
        }
    }
}

fn failed(item: &Item, error: &ClientError) -> Report {
    let decision = Decision { step: Step::Report, action: Action::Failed, why: None };
    let failure = Some(failure(error));
    Report { failure, exit: Some(error.exit()), ..report(item, decision) }
}

/// An error of the API, as a receipt shows it.
pub(crate) fn failure(error: &ClientError) -> Failure {
    Failure {
        code: error.code().to_owned(),
        message: error.to_string(),
        retryable: error.retryable(),
        status: error.status(),
        request_id: error.request_id().map(str::to_owned),
    }
}
