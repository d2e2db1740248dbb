//! Doing what was decided: look, decide, intend, send, read back, settle.
//!
//! Work goes in batches. All looks of a batch run at once, then its intents
//! are put on disk with one sync, then its changes are sent. When all batches
//! are through, the changes are read back, and each is settled in the ledger
//! as its outcome comes in. Receipts keep the order of the input.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use maintenance_core::change::{PauseState, Permit};
use maintenance_core::client::ClientError;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Intent, Ledger, NewHold, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::agenda::Item;
use crate::api::{Api, Look};
use crate::changes::{Changes, LEAST_IN_A_ROW};
use crate::decide::{Case, Decision, Policy, Seen, Step, decide, needs_look};
use crate::effect;
use crate::progress::Display;
use crate::reason::Reason;
use crate::report::Report;
use crate::signals::Stop;

/// How many tasks and plans are looked at before the first of them is paused,
/// and how many intents share one sync.
const BATCH: usize = 256;

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
    pub(crate) display: &'a Display,
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
                        Report { reason, ..Report::of(item, decision) }
                    }
                    Err(error) => Report::failed(item, &error),
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
        let mut changes = Changes::new(self);
        for batch in items.chunks(BATCH) {
            if self.stop.is_asked() || changes.are_halted() {
                break;
            }
            match self.batch(ledger, batch, checked, &mut pass.reports).await {
                Ok(permits) => changes.send(ledger, permits, &mut pass.reports).await,
                Err(error) => {
                    pass.cut_short = Some(error);
                    break;
                }
            }
        }
        let sent = changes.read_back(ledger, &mut pass.reports).await;
        // What kept changes from the ledger comes before what kept them from
        // the API.
        pass.cut_short = pass.cut_short.or(sent.err());
        pass
    }

    /// Looks at a batch, decides on it, and puts its intents on disk: leave to
    /// send its changes, each with the place of its report.
    async fn batch(
        &self,
        ledger: &mut Ledger,
        batch: &[Item],
        checked: UtcTime,
        reports: &mut Vec<Report>,
    ) -> anyhow::Result<Vec<(usize, Permit)>> {
        let now = (self.clock)();
        let looks = self.look(ledger.state(), batch, now).await?;
        if self.stop.is_asked() {
            return Ok(Vec::new());
        }
        let mut intents = Vec::new();
        let mut sending = Vec::new();
        let mut decided = Vec::with_capacity(batch.len());
        for (item, look) in batch.iter().zip(looks) {
            let look = match look {
                Ok(look) => look,
                Err(error) => {
                    decided.push(Report::failed(item, &error));
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
            let seen = look.and_then(Seen::into_look);
            if let Step::Settle(result) = decision.step {
                let state = seen.as_ref().map(|look| look.state.clone());
                ledger.find(&item.target, result, None, state, now)?;
            }
            if let Some(intent) = self.intent(item, decision.step, seen) {
                intents.push(intent);
                sending.push(decided.len());
            }
            decided.push(Report {
                paused_since,
                reason: self.reason(item, decision.step),
                ..Report::of(item, decision)
            });
        }
        self.api.about_to_change(sending.iter().map(|&place| &decided[place].target)).await;
        match ledger.intend(intents, now) {
            Ok(permits) => {
                let first = reports.len();
                reports.append(&mut decided);
                let places = sending.into_iter().map(|place| first + place);
                Ok(places.zip(permits).collect())
            }
            Err(error) => {
                // None was sent, so there is nothing to tell of these.
                let told = decided.into_iter().enumerate().filter(|(at, _)| !sending.contains(at));
                reports.extend(told.map(|(_, report)| report));
                Err(error.into())
            }
        }
    }

    fn reason(&self, item: &Item, step: Step) -> Option<String> {
        matches!(step, Step::Pause | Step::PauseAgain).then(|| self.reason.render(&item.hold))
    }

    fn intent(&self, item: &Item, step: Step, seen: Option<Look>) -> Option<Intent> {
        let target = item.target.clone();
        let reason = || self.reason.render(&item.hold);
        match step {
            Step::Report | Step::Settle(_) => None,
            Step::Pause => {
                let mut labels = item.labels.clone();
                let (prior, workspace_id) = match seen {
                    Some(Look { state, workspace_id }) => (state, workspace_id),
                    None => (PauseState::default(), None),
                };
                // Where it belongs bears on what "not found" means later.
                labels.workspace_id = labels.workspace_id.or(workspace_id.map(Arc::from));
                let (hold, reason) = (item.hold.clone(), reason());
                Some(Intent::Pause(Box::new(NewHold { target, labels, hold, prior, reason })))
            }
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
        self.display.looking(batch.len());
        // Several in a row that met with an API out of reach are an API that is
        // away: the rest need not find that out one by one.
        let (in_a_row, away) = (&Cell::new(0), &RefCell::new(None));
        let looks = batch.iter().map(|item| async move {
            if !needs_look(&case(state, item), now, self.policy) || self.stop.is_asked() {
                return Ok(None);
            }
            if let Some(error) = away.borrow().clone() {
                return Err(error);
            }
            self.api.look(&item.target).await.map(|look| Some(Seen::Look(look)))
        });
        let looks = stream::iter(looks).buffered(self.concurrency).inspect(|look| match look {
            Err(error) if effect::is_systematic(error) => {
                in_a_row.set(in_a_row.get() + 1);
                if in_a_row.get() >= self.concurrency.max(LEAST_IN_A_ROW) {
                    away.replace(Some(error.clone()));
                }
            }
            _ => in_a_row.set(0),
        });
        let looks: Vec<_> = looks.inspect(|_| self.display.looked()).collect().await;
        // An answer of any kind shows that what failed is not the connection.
        let is_answer = |look: &Result<Option<Seen>, ClientError>| match look {
            Ok(seen) => seen.is_some(),
            Err(error) => !effect::is_systematic(error),
        };
        let any_answer = looks.iter().any(is_answer);
        let mut visible: HashMap<(&str, Option<&str>), bool> = HashMap::new();
        let mut judged = Vec::with_capacity(looks.len());
        for (item, look) in batch.iter().zip(looks) {
            judged.push(match look {
                Err(error) if error.is_not_found() => {
                    let labels = state.open(&item.target).map_or(&item.labels, |o| &o.labels);
                    let workspace = labels.workspace_id.as_deref();
                    let place = (&*item.target.environment_id, workspace);
                    let sees = match visible.get(&place) {
                        Some(sees) => *sees,
                        // Whoever may not list environments proves nothing.
                        None => self.api.sees(&item.target, workspace).await.unwrap_or(false),
                    };
                    visible.insert(place, sees);
                    // With the credentials of another tenant, or without the
                    // permission to read the workspace, nothing is there, and
                    // nothing is gone.
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
