//! The API: each request goes to one function, which reads and changes the
//! tenant and either answers or refuses.

mod executables;
mod oauth;
mod orchestration;
mod processing;
mod refusals;
mod show;

use std::time::Instant;

use hyper::{Method, StatusCode, header};

use crate::http::{Answer, ApiRefusal, Ask};
use crate::tenant::Tenant;

use refusals::{accepts_json, no_such_path, only, too_many};

/// Answers a request to the API.
pub(crate) fn answer(tenant: &mut Tenant, ask: &Ask, number: u64) -> Answer {
    let answer = route(tenant, ask).unwrap_or_else(|refusal| refusal.into_answer(number));
    tenant.options.shapes.shape(ask, answer)
}

fn route(tenant: &mut Tenant, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let segments = ask.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (api, rest) = segments.split_first().ok_or_else(|| no_such_path(ask))?;
    let accept = ask.header(header::ACCEPT);
    if tenant.options.shapes.refuses_accept(ask)
        || accept.is_some_and(|accept| !accepts_json(accept))
    {
        return Err(ApiRefusal::new(StatusCode::NOT_ACCEPTABLE, "only application/json is served"));
    }
    if let Some(version) = ask.headers.get("talend-version")
        && version != "2021-03"
    {
        return Err(ApiRefusal::bad(format!("talend-version {version:?} is unknown")));
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
