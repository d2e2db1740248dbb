//! Asks the API for the present names of tasks and plans.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use maintenance_core::change::Target;
use maintenance_core::circuit_breaker::CircuitBreaker;

use crate::deadline::Deadline;
use crate::decide::present_names::PresentNames;
use crate::session::Session;
use crate::timing::LOOK_TIMEOUT;

/// The number of failed looks in a row after which no more are made.
const FAILURES: usize = 8;

/// Looks up the present names of these tasks and plans. A name that the API does
/// not say in time stays in doubt, and a warning says so.
pub(super) async fn learn<'t>(
    session: &Session<'_>,
    names: &mut PresentNames,
    targets: &'t BTreeSet<Target>,
) {
    let look = async |target: &'t Target| {
        let deadline = Deadline::after(LOOK_TIMEOUT);
        let shown = session.client.executable(target.kind, &target.id);
        (target, session.stop.at_most(deadline, shown).await)
    };
    let mut waiting = targets.iter();
    let mut looks = FuturesUnordered::new();
    let (mut known, mut why) = (0, None);
    let mut breaker = CircuitBreaker::new(FAILURES);
    loop {
        // A look that waits for its turn loses time.
        while looks.len() < session.client.allowed_in_flight()
            && let Some(target) = waiting.next()
        {
            looks.push(look(target));
        }
        let Some((target, shown)) = looks.next().await else { break };
        let problem = match shown {
            Some(Ok(executable)) => {
                names.learn(target, executable);
                known += 1;
                breaker.success();
                None
            }
            Some(Err(error)) => Some(error.to_string()),
            None => Some("no answer came in time".to_owned()),
        };
        if problem.is_some() {
            breaker.failure();
        }
        why = why.or(problem);
        if breaker.is_open() || session.stop.is_asked() {
            break;
        }
    }
    if let Some(why) = why {
        let left = targets.len() - known;
        session.messages.warn(&format!(
            "{left} holds unchanged: the API did not give the present name, and a window may \
             match under it: {why}"
        ));
    }
}
