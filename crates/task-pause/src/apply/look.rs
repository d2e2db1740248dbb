//! Looks at the candidates of a batch, all at once.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use maintenance_core::client::ClientError;
use maintenance_core::ledger::LedgerState;
use maintenance_core::time::UtcTime;

use super::context::Context;
use super::missing;
use super::outage::{Answers, breaker, counts_toward_breaker, opens_breaker_at_once};
use crate::deadline::Deadline;
use crate::decide::change_set::{Looked, needs_look_at};
use crate::talend::Talend;
use crate::types::{Candidate, Look, Observation};

/// The looks at one batch.
#[derive(Debug)]
pub(super) struct Looks {
    /// In batch order. `None`: the look timed out, or a deadline or signal cut it
    /// off.
    pub(super) looked: Vec<Option<Looked>>,
    /// The error of an API that is unavailable: several looks in a row failed with a
    /// connection error, or one with an error that every request would meet, and no
    /// look was answered.
    pub(super) outage: Option<ClientError>,
    pub(super) answers: Answers,
}

/// Looks at the candidates that need a look, each for at most `timeout`.
pub(super) async fn look<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    batch: &[Candidate],
    now: UtcTime,
    timeout: Option<Duration>,
) -> Looks {
    let (looked, outage) = look_at_each(context, state, batch, now, timeout).await;
    // Any answer shows that the connection works.
    let is_answer = |look: &Looked| match look {
        Ok(observed) => observed.is_some(),
        Err(error) => !counts_toward_breaker(error),
    };
    let is_any = looked.iter().flatten().any(is_answer);
    let first = |is_one: fn(&ClientError) -> bool| {
        let mut errors = looked.iter().flatten().filter_map(|look| look.as_ref().err());
        errors.find(|error| is_one(error)).cloned()
    };
    // A single task that cannot be reached is no outage.
    let outage = outage.or_else(|| first(opens_breaker_at_once)).filter(|_| !is_any);
    let answers = Answers { is_any, unreached: first(counts_toward_breaker) };
    let looked = missing::replace_404_by_missing(context, state, batch, looked).await;
    Looks { looked, outage, answers }
}

/// The looks, and the error of an outage if several looks in a row failed with one.
async fn look_at_each<T: Talend>(
    context: &Context<'_, T>,
    state: &LedgerState,
    batch: &[Candidate],
    now: UtcTime,
    timeout: Option<Duration>,
) -> (Vec<Option<Looked>>, Option<ClientError>) {
    let Context { stop, display, policy, concurrency, .. } = *context;
    display.looking(batch.len());
    let mut connection = breaker(concurrency);
    let mut outage: Option<ClientError> = None;
    // If several looks in a row time out, the API is slow for all tasks: do not
    // postpone looks.
    let mut speed = breaker(concurrency);
    let mut looked: Vec<Option<Looked>> = batch.iter().map(|_| None).collect();
    let mut waiting = batch.iter().enumerate();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < context.api.allowed_in_flight()
            && let Some((place, candidate)) = waiting.next()
        {
            if !needs_look_at(candidate, state, now, policy) {
                looked[place] = Some(Ok(None));
                display.looked();
            } else if let Some(error) = &outage {
                looked[place] = Some(Err(error.clone()));
                display.looked();
            } else if !stop.is_asked() {
                let is_slow = speed.is_open();
                running.push(async move {
                    (place, look_in_time(context, candidate, timeout, is_slow).await)
                });
            }
        }
        let Some((place, look)) = running.next().await else { break };
        display.looked();
        match &look {
            None => speed.failure(),
            Some(Err(error)) if counts_toward_breaker(error) => {
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
    (looked, outage)
}

/// Looks at a candidate for at most `length`, or as long as the pass; `is_slow` says that the
/// API is slow for all tasks. `None` if that took too long. While all requests wait for the
/// allowance, the task is not the slow one: the look has as much time again.
async fn look_in_time<T: Talend>(
    context: &Context<'_, T>,
    candidate: &Candidate,
    length: Option<Duration>,
    is_slow: bool,
) -> Option<Result<Look, ClientError>> {
    let Context { api, stop, deadline: of_pass, .. } = *context;
    let mut look = pin!(api.look(&candidate.target));
    loop {
        // A look cut off by the pass deadline is repeated in the next pass.
        let deadline = length.map_or(of_pass, |length| {
            let one = if is_slow { of_pass.not_before(length) } else { Deadline::after(length) };
            // Leave time for a second look before the hold ends.
            let again = Deadline::of_request(candidate.hold.end(), (context.clock)());
            one.earlier(again.only_if(context.tries_again))
        });
        let looked = stop.at_most(deadline, &mut look).await;
        if looked.is_some() || stop.is_asked() || of_pass.is_past() || !api.is_throttled() {
            return looked;
        }
    }
}
