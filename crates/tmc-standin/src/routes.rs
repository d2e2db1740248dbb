//! The API: each request goes to one function, which reads and changes the
//! tenant and either answers or refuses.

mod executables;
mod oauth;
mod orchestration;
mod processing;
mod show;

use std::time::{Duration, Instant};

use hyper::{Method, StatusCode, header};

use crate::clock::real_now;
use crate::http::{Answer, Ask, Refusal};
use crate::options::RetryAfter;
use crate::tenant::Tenant;

/// Answers a request to the API.
pub(crate) fn answer(tenant: &mut Tenant, ask: &Ask, number: u64) -> Answer {
    let answer = route(tenant, ask).unwrap_or_else(|refusal| refusal.into_answer(number));
    tenant.options.manners.shape(ask, answer)
}

fn route(tenant: &mut Tenant, ask: &Ask) -> Result<Answer, Refusal> {
    let segments = ask.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (api, rest) = segments.split_first().ok_or_else(|| no_such_path(ask))?;
    let accept = ask.header(header::ACCEPT);
    if tenant.options.manners.refuses_accept(ask)
        || accept.is_some_and(|accept| !accepts_json(accept))
    {
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "only application/json is served"));
    }
    if let Some(version) = ask.headers.get("talend-version")
        && version != "2021-03"
    {
        return Err(Refusal::bad(format!("talend-version {version:?} is unknown")));
    }
    let options = &tenant.options;
    let (limit, allowed) = match (*api, rest) {
        ("security", ["oauth", "token"]) => {
            return only(ask, &Method::POST, || oauth::token(tenant, ask));
        }
        ("orchestration", _) => (&mut tenant.orchestration_limit, options.orchestration_limit),
        ("processing", _) => (&mut tenant.processing_limit, options.processing_limit),
        _ => return Err(no_such_path(ask)),
    };
    let taken = limit.take(ask.source, allowed, Instant::now());
    taken.map_err(|wait| too_many(wait, options.retry_after))?;
    let user = tenant.accounts.user(ask, tenant.now())?;
    if *api == "orchestration" {
        orchestration::route(tenant, &user, ask, rest)
    } else {
        processing::route(tenant, &user, ask, rest)
    }
}

/// Runs a route that exists for one method only.
fn only(
    ask: &Ask,
    method: &Method,
    run: impl FnOnce() -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    if ask.method == *method { run() } else { Err(wrong_method(ask, method.as_str())) }
}

fn wrong_method(ask: &Ask, allowed: &str) -> Refusal {
    let message = format!("{} is not allowed here, only {allowed}", ask.method);
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message).with_header(header::ALLOW, allowed)
}

fn no_such_path(ask: &Ask) -> Refusal {
    Refusal::not_found(format!("no such path: {}", ask.path))
}

fn accepts_json(accept: &str) -> bool {
    accept
        .split(',')
        .filter_map(|part| part.split(';').next())
        .any(|kind| matches!(kind.trim(), "application/json" | "application/*" | "*/*"))
}

fn too_many(wait: Duration, retry_after: RetryAfter) -> Refusal {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests a minute");
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
