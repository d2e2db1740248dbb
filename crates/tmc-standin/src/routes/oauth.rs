//! `POST /security/oauth/token`.

use hyper::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Answer, ApiRefusal, Ask};
use crate::tenant::Tenant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    audience: String,
    grant_type: String,
}

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: Value,
}

pub(super) fn token(tenant: &mut Tenant, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let body: TokenRequest = ask.json()?;
    if body.grant_type != "client_credentials" {
        return Err(ApiRefusal::bad(format!(
            "grant_type \"{}\" is not supported",
            body.grant_type
        )));
    }
    // The address of the API itself; of the real one also where it is called otherwise here.
    let host = ask.header(header::HOST).unwrap_or_default();
    let is_real =
        body.audience.starts_with("https://api.") && body.audience.ends_with(".cloud.talend.com");
    if body.audience != format!("http://{host}") && !is_real {
        return Err(ApiRefusal::bad(format!("audience {:?} is not this API", body.audience)));
    }
    let (now, seconds) = (tenant.now(), tenant.options.token_seconds);
    let access_token = tenant.accounts.issue(ask, now, seconds)?;
    let is_number = tenant.options.expires_in_as_number;
    let expires_in = if is_number { seconds.into() } else { seconds.to_string().into() };
    Answer::json(StatusCode::OK, &TokenResponse { access_token, token_type: "Bearer", expires_in })
}
