//! Refusals that several routes share.

use std::time::Duration;

use hyper::{Method, StatusCode, header};

use crate::clock::{Time, real_now};
use crate::http::{Answer, ApiRefusal, Ask};
use crate::options::RetryAfter;

/// Runs a route that exists for one method only.
pub(super) fn only(
    ask: &Ask,
    method: &Method,
    run: impl FnOnce() -> Result<Answer, ApiRefusal>,
) -> Result<Answer, ApiRefusal> {
    if ask.method == *method { run() } else { Err(wrong_method(ask, method.as_str())) }
}

pub(super) fn wrong_method(ask: &Ask, allowed: &str) -> ApiRefusal {
    let message = format!("{} is not allowed here, only {allowed}", ask.method);
    ApiRefusal::new(StatusCode::METHOD_NOT_ALLOWED, message).with_header(header::ALLOW, allowed)
}

pub(super) fn no_such_path(ask: &Ask) -> ApiRefusal {
    ApiRefusal::not_found(format!("no such path: {}", ask.path))
}

pub(super) fn accepts_json(accept: &str) -> bool {
    accept
        .split(',')
        .filter_map(|part| part.split(';').next())
        .any(|kind| matches!(kind.trim(), "application/json" | "application/*" | "*/*"))
}

pub(super) fn too_many(wait: Duration, retry_after: RetryAfter) -> ApiRefusal {
    let refusal = ApiRefusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests a minute");
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match retry_after {
        RetryAfter::Seconds => refusal.with_header(header::RETRY_AFTER, &seconds.to_string()),
        RetryAfter::Date => {
            let wait = i64::try_from(seconds).unwrap_or(60) * 1_000;
            // An HTTP date has whole seconds: the next one is not too early.
            let date = real_now().plus(wait + 999).http_date();
            let date = date.as_ref().and_then(|date| date.to_str().ok()).unwrap_or_default();
            refusal.with_header(header::RETRY_AFTER, date)
        }
        RetryAfter::Absent => refusal,
    }
}

/// The longest span that is searched, in milliseconds: a hundred years. All runs of a
/// longer span would not fit into memory.
const LONGEST: i64 = 100 * 366 * 86_400_000;

/// Refuses a span whose runs are too many to be worked out.
pub(super) fn check_span(from: Time, to: Time) -> Result<(), ApiRefusal> {
    if to.millis() - from.millis() > LONGEST {
        return Err(ApiRefusal::bad("the span between from and to is too long"));
    }
    Ok(())
}
