//! Looks at the candidates of a batch, all at once.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use maintenance_core::client::ClientError;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use super::context::Context;
use super::missing;
use super::outage::{breaker, is_hopeless, is_systematic};
use crate::deadline::Deadline;
use crate::decide::change_set::{Looked, case};
use crate::decide::decision::needs_look;
use crate::talend::Talend;
use crate::types::{Candidate, Observation};

/// The looks at one batch.
#[derive(Debug)]
pub(super) struct Looks {
    /// In the order of the batch; `None` for one that took longer than the
    /// patience, or, without that, was cut off by the deadline or a signal.
    pub(super) looked: Vec<Option<Looked>>,
    /// The error of an API that is away: several looks in a row met with it, or
    /// it is certain to meet every other, and none was answered.
    pub(super) outage: Option<ClientError>,
    /// Whether any look was answered.
    pub(super) is_answered: bool,
    /// The first connection error.
    pub(super) unreached: Option<ClientError>,
}

/// Looks at those candidates that cannot be decided without it.
pub(super) async fn look<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    batch: &[Candidate],
    now: UtcTime,
    patience: Option<Duration>,
) -> Looks {
    let Context { stop, display, policy, concurrency, .. } = *context;
    display.looking(batch.len());
    let mut connection = breaker(concurrency);
    let mut outage: Option<ClientError> = None;
    // Where looks in a row take too long, they all do, and to set them aside
    // would gain nothing.
    let mut speed = breaker(concurrency);
    let mut looked: Vec<Option<Looked>> = batch.iter().map(|_| None).collect();
    let mut waiting = batch.iter().enumerate();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < concurrency
            && let Some((place, candidate)) = waiting.next()
        {
            let entry = state.open(&candidate.target);
            if !needs_look(&case(candidate, state, entry, state.known()), now, policy) {
                looked[place] = Some(Ok(None));
                display.looked();
            } else if let Some(error) = &outage {
                looked[place] = Some(Err(error.clone()));
                display.looked();
            } else if !stop.is_asked() {
                let deadline = deadline(context, candidate, patience, speed.is_open());
                running.push(async move {
                    (place, stop.at_most(deadline, context.api.look(&candidate.target)).await)
                });
            }
        }
        let Some((place, look)) = running.next().await else { break };
        display.looked();
        match &look {
            None => speed.failure(),
            Some(Err(error)) if is_systematic(error) => {
                connection.failure();
                outage = outage.or_else(|| connection.is_open().then(|| error.clone()));
            }
            Some(_) => {
                speed.success();
                connection.success();
            }
        }
        looked[place] = look.map(|look| look.map(|look| Some(Observation::Found(look))));
    }
    // An answer of any kind shows that what failed is not the connection.
    let is_answer = |look: &Looked| match look {
        Ok(observed) => observed.is_some(),
        Err(error) => !is_systematic(error),
    };
    let is_answered = looked.iter().flatten().any(is_answer);
    let first = |is_one: fn(&ClientError) -> bool| {
        let mut errors = looked.iter().flatten().filter_map(|look| look.as_ref().err());
        errors.find(|error| is_one(error)).cloned()
    };
    // One task that cannot be reached is not yet an API that is away.
    let outage = outage.or_else(|| first(is_hopeless)).filter(|_| !is_answered);
    let unreached = first(is_systematic);
    let looked = missing::tell_missing(context, state, batch, looked).await;
    Looks { looked, outage, is_answered, unreached }
}

/// When one look is left. At the deadline of the pass it is due again after it.
fn deadline<T>(
    context: &Context<'_, T>,
    candidate: &Candidate,
    patience: Option<Duration>,
    is_slow: bool,
) -> Deadline {
    let edge = context.deadline;
    let Some(patience) = patience else { return edge };
    let until = if is_slow { edge.not_before(patience) } else { Deadline::after(patience) };
    // A call that tries again leaves it early enough for a second look.
    let end = candidate.hold.end();
    let again = Deadline::of_request(end, (context.clock)()).only_if(context.tries_again);
    until.earlier(again)
}
