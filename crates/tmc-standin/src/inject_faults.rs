//! Answers one request that meets with faults.

use std::time::Duration;

use hyper::{Response, StatusCode, header};

use crate::faults::{Effect, Hit, paging};
use crate::http::{Answer, ApiRefusal, Ask};
use crate::reply::Script;
use crate::shared::{Reset, StandinState};

/// Handles the request as the faults allow and answers as they want.
///
/// The order is that of a request's life: waits and actions before it, a reset
/// on arrival, its handling or what replaces that, actions after it, what
/// happens to the body, waits, a reset in place of the answer.
pub(crate) async fn answer(
    shared: &StandinState,
    mut ask: Ask,
    n: u64,
    faults: &[Hit],
) -> Result<Response<Script>, Reset> {
    shared.note(n, |request| request.faults = faults.iter().map(|hit| hit.name.clone()).collect());
    wait(faults, false).await;
    shared.act(n, faults, false);
    if resets(faults, false) {
        return Err(Reset);
    }
    let offset = paging::asked_offset(&ask);
    let mut answer = match faults.iter().find_map(|hit| instead(&hit.effect, &ask, n)) {
        Some((answer, false)) => answer,
        Some((answer, true)) => {
            shared.process(&ask, n);
            answer
        }
        None => {
            lies(faults).for_each(|lie| lie.distort(&mut ask));
            shared.process(&ask, n)
        }
    };
    shared.act(n, faults, true);
    lies(faults).for_each(|lie| lie.apply(offset, &mut answer));
    for hit in faults {
        if let Effect::Body { text } = &hit.effect {
            answer.replace_body(text);
        }
    }
    wait(faults, true).await;
    if resets(faults, true) {
        return Err(Reset);
    }
    let body_fault = faults.iter().map(|hit| &hit.effect).find(|effect| {
        matches!(effect, Effect::Truncate { .. } | Effect::Drip { .. } | Effect::Huge { .. })
    });
    Ok(shared.answered(&ask, n, answer, body_fault))
}

/// Waits as long as the faults want before or after the request is handled.
async fn wait(faults: &[Hit], after: bool) {
    for hit in faults {
        if let Effect::Latency { min_ms, max_ms, processed } = hit.effect
            && processed == after
        {
            let spread = Duration::from_millis(max_ms - min_ms).mul_f64(hit.chance);
            tokio::time::sleep(Duration::from_millis(min_ms) + spread).await;
        }
    }
}

fn resets(faults: &[Hit], after: bool) -> bool {
    faults.iter().any(|hit| hit.effect == Effect::Reset { processed: after })
}

fn lies(faults: &[Hit]) -> impl Iterator<Item = &paging::PagingLie> {
    faults.iter().filter_map(|hit| match &hit.effect {
        Effect::Paging(lie) => Some(lie),
        _ => None,
    })
}

/// The answer that replaces the true one, and whether the request is handled
/// all the same.
fn instead(effect: &Effect, ask: &Ask, n: u64) -> Option<(Answer, bool)> {
    match effect {
        Effect::Status { status, retry_after, body, processed } => {
            let status = StatusCode::from_u16(*status).ok()?;
            let mut refusal = ApiRefusal::new(status, "a fault on demand");
            if let Some(retry_after) = retry_after {
                refusal = refusal.with_header(header::RETRY_AFTER, retry_after);
            }
            let mut answer = refusal.into_answer(n);
            if let Some(body) = body {
                answer.replace_body(body);
            }
            Some((answer, *processed))
        }
        Effect::Redirect { to } => {
            let to = to.as_deref().unwrap_or(&ask.path);
            let refusal = ApiRefusal::new(StatusCode::TEMPORARY_REDIRECT, "go elsewhere");
            Some((refusal.with_header(header::LOCATION, to).into_answer(n), false))
        }
        _ => None,
    }
}
